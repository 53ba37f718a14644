"""Does one function decide, and has it earned that? The two indices made of `influence` (field.md N6)."""

from __future__ import annotations

from collections.abc import Sequence

from siop.core import words
from siop.health.influence import LEAST_PAIRS, Contested, Influence
from siop.health.measured import Evidence, Measured, Move, capital, insufficient


def measure(found: Influence, decisions: Sequence[Contested] = (), say: str = "family-months") -> Measured:
    """dominance: 0 where the functions share the say, 1 where one decides."""
    if found.abstains is not None or found.dominance is None or found.strongest is None:
        return _abstains("dominance", found, decisions)
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
        evidence=_evidence(found, decisions),
        moves=(Move(f"Hear more than {who}", sentence, found.dominance, {"function": who}),),
    )


def measure_unearned(found: Influence, decisions: Sequence[Contested] = ()) -> Measured:
    """unearned_dominance: the largest weight less earned share, with the function."""
    who = found.least_earned
    if found.abstains is not None or who is None:
        rest = _abstains("unearned_dominance", found, decisions)
        if found.abstains is None:
            return insufficient("unearned_dominance", 0, 1, "closed months with inputs and actuals",
                                evidence=_evidence(found, decisions))  # fmt: skip
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
        evidence=_evidence(found, decisions),
        moves=(Move(f"Weigh {who} by its accuracy", sentence, value, {"function": who}),),
    )


def _abstains(index: str, found: Influence, decisions: Sequence[Contested]) -> Measured:
    return Measured(
        index, None, found.abstains or "Not enough data.", n=found.disagreeing, need=LEAST_PAIRS,
        evidence=_evidence(found, decisions),
    )  # fmt: skip


def _evidence(found: Influence, decisions: Sequence[Contested]) -> Evidence:
    """The three lenses, a row a function: weights against earned shares, decisions won, conflicts won."""
    by_function = {c.function: c for c in decisions}
    names = list(dict.fromkeys([*found.functions, *by_function]))
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
