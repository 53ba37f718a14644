"""Does one function decide, and has it earned that? The two indices made of `influence` (field.md N6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from siop.core import words
from siop.health.influence import LEAST_PAIRS, Contested, Influence
from siop.health.measured import Evidence, Measured, Move, capital, insufficient


def measure(
    found: Influence,
    decisions: Sequence[Contested] = (),
    formal: Mapping[str, float] | None = None,
    say: str = "family-months",
) -> Measured:
    """dominance: 0 where the functions share the say, 1 where one decides."""
    if found.abstains is not None or found.dominance is None or found.strongest is None:
        return _abstains("dominance", found, decisions, formal)
    who = found.strongest
    share = found.weights[who]
    sentence = (
        f"{capital(who)} has {words.percent(share, 0)} of the say in the consensus "
        f"({len(found.functions)} inputs, {found.pairs} {say}; an equal share is {words.percent(1 / len(found.functions), 0)})."
    )
    return Measured(
        "dominance",
        found.dominance,
        sentence,
        n=found.disagreeing,
        need=LEAST_PAIRS,
        numerator=share,
        denominator=1.0,
        interval=found.dominance_interval,
        subject={"function": who},
        evidence=_evidence(found, decisions, formal),
        moves=(Move(f"Hear more than {who}", sentence, found.dominance, {"function": who}),),
    )


def measure_unearned(
    found: Influence, decisions: Sequence[Contested] = (), formal: Mapping[str, float] | None = None
) -> Measured:
    """unearned_dominance: the largest weight less earned share, with the function."""
    who = found.least_earned
    if found.abstains is not None or who is None:
        rest = _abstains("unearned_dominance", found, decisions, formal)
        if found.abstains is None:
            return insufficient("unearned_dominance", 0, 1, "closed months with inputs and actuals",
                                evidence=_evidence(found, decisions, formal))  # fmt: skip
        return rest
    value = found.unearned[who]
    sentence = (
        f"{capital(who)} has {words.percent(found.weights[who], 0)} of the say, "
        f"and its accuracy earned {words.percent(found.earned[who], 0)}."
    )
    return Measured(
        "unearned_dominance",
        value,
        sentence,
        n=found.disagreeing,
        need=LEAST_PAIRS,
        numerator=found.weights[who],
        denominator=found.earned[who],
        interval=found.unearned_intervals.get(who),
        subject={"function": who},
        evidence=_evidence(found, decisions, formal),
        moves=(Move(f"Weigh {who} by its accuracy", sentence, value, {"function": who}),),
    )


def _abstains(
    index: str, found: Influence, decisions: Sequence[Contested], formal: Mapping[str, float] | None
) -> Measured:
    n, need = found.enough
    return Measured(
        index, None, capital(found.abstains or "Not enough data."), n=n, need=need,
        evidence=_evidence(found, decisions, formal),
    )  # fmt: skip


def _evidence(
    found: Influence, decisions: Sequence[Contested], formal: Mapping[str, float] | None
) -> Evidence:
    """A row a function: weight against earned share and formal power, decisions won, conflicts won.

    Functions are matched whatever the case of their letters: files and people rarely agree on it.
    """
    here = {f.casefold(): f for f in found.functions}
    by_function = {here.get(c.function.casefold(), c.function): c for c in decisions}
    power = {here.get(f.casefold(), f): share for f, share in (formal or {}).items()}
    names = list(dict.fromkeys([*found.functions, *by_function, *power]))
    rows: Evidence = []
    for f in names:
        contested = by_function.get(f)
        rows.append(
            {
                "function": f,
                "influence": found.weights.get(f),
                "influence_interval": found.intervals.get(f),
                "wmape": found.wmape.get(f),
                "earned": found.earned.get(f),
                "unearned": found.unearned.get(f),
                "unearned_interval": found.unearned_intervals.get(f),
                "formal": power.get(f),
                "conflicts": found.conflicts if f in found.functions else None,
                "conflicts_won": found.won.get(f),
                "contested": contested.decisions if contested else None,
                "contested_won": contested.won if contested else None,
                "contested_interval": contested.interval if contested else None,
            }
        )
    rows.sort(key=lambda r: -(r["influence"] if r["influence"] is not None else -1.0))
    if found.alike:
        rows.append({"alike": list(found.alike), "condition": found.condition})
    return rows
