"""What was decided, how long it took, what waits, and what did not hold (field.md N12): the report `decisions`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from statistics import fmean, median
from typing import Any

from siop.core import Report, Scope, add_months, month_of, months_between, words
from siop.decisions.effect import Effect, computed_effects, effects, summary
from siop.decisions.window import last_cycle
from siop.ledger.state import DecisionView, OutcomeView, State
from siop.warehouse import Snapshot

OPEN, DEFERRED, DECIDED, SUPERSEDED = "open", "deferred", "decided", "superseded"
REVERSED_WITHIN = 2  # cycles
WINDOW = 12  # cycles
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision as of a cycle: only what was said until the end of that cycle counts.

    state: open, deferred (still open), decided or superseded. latency: days from first raised to first settled,
    a deferral settles nothing. months_open, debt: of open ones; debt is value at stake per month x months open,
    None where an open one was never priced (contract.md: null is unknown, never zero).
    reversed_by: the decision that superseded it within two cycles without new information; itself, where it was
    answered again with another outcome in that time.
    """

    decision: DecisionView
    state: str
    outcome: OutcomeView | None
    settled: OutcomeView | None
    latency: float | None
    months_open: int
    debt: float | None
    superseded_by: str | None
    reversed_by: str | None

    @property
    def waits(self) -> bool:
        """Whether the question still has no answer."""
        return self.state in (OPEN, DEFERRED)


def standing(state: State, cycle: str | None = None, now: str | None = None) -> list[Standing]:
    """Every decision raised by the end of `cycle` (None: all), in the order they were raised.

    Args: now: the cycle until which months open are counted; default `cycle`, else the last cycle named.
    """
    known = [_as_of(d, cycle) for d in state.decisions.values() if cycle is None or d.in_cycle <= cycle]
    until = now or cycle or last_named(state) or ""
    replaced = _replaced(known)
    found = [_standing(d, until, replaced.get(d.id, ())) for d in known]
    return sorted(found, key=lambda s: (s.decision.at, s.decision.seq))


def _as_of(decision: DecisionView, cycle: str | None) -> DecisionView:
    """The decision with what was said of it until the end of a cycle."""
    if cycle is None:
        return decision
    return replace(
        decision,
        outcomes=tuple(o for o in decision.outcomes if o.in_cycle <= cycle),
        positions=tuple(p for p in decision.positions if p.in_cycle <= cycle),
        effects=tuple(e for e in decision.effects if e.in_cycle <= cycle),
    )


def last_named(state: State) -> str | None:
    """The last cycle in which something was raised, decided or met."""
    found = [d.in_cycle for d in state.decisions.values()]
    found += [o.in_cycle for d in state.decisions.values() for o in d.outcomes]
    found += [m.in_cycle for m in state.meetings.values()]
    return max(found, default=None)


def _replaced(known: Iterable[DecisionView]) -> dict[str, list[tuple[str, OutcomeView]]]:
    """{decision: [(the decision that supersedes it, its answer)]}, in order of time."""
    found: dict[str, list[tuple[str, OutcomeView]]] = {}
    for later in known:
        for outcome in later.outcomes:
            if outcome.supersedes and outcome.final:
                found.setdefault(outcome.supersedes, []).append((later.id, outcome))
    return {key: sorted(pairs, key=lambda pair: pair[1].at) for key, pairs in found.items()}


def _standing(decision: DecisionView, until: str, replaced: Sequence[tuple[str, OutcomeView]]) -> Standing:
    said, settled = decision.outcomes, decision.first_decided
    last = decision.decided or decision.outcome
    if replaced:
        name = SUPERSEDED
    elif settled is not None:
        name = DECIDED
    else:
        name = DEFERRED if said else OPEN
    months = max(0, months_between(decision.in_cycle, until)) if until and name in (OPEN, DEFERRED) else 0
    return Standing(
        decision=decision,
        state=name,
        outcome=last,
        settled=settled,
        latency=None if settled is None else (settled.at - decision.at).total_seconds() / DAY,
        months_open=months,
        debt=_debt(decision, months) if name in (OPEN, DEFERRED) else 0.0,
        superseded_by=replaced[-1][0] if replaced else None,
        reversed_by=_reversed_by(settled, [*_turned(decision), *replaced]),
    )


def _debt(decision: DecisionView, months: int) -> float | None:
    stake = decision.value_at_stake_month
    return None if stake is None else stake * months


def _turned(decision: DecisionView) -> list[tuple[str, OutcomeView]]:
    """The answers that turned the decision's own first one: agreed or not, or another option; none that repeats it."""
    first = decision.first_decided
    later = [o for o in decision.outcomes if first is not None and o.final and o is not first]
    return [(decision.id, o) for o in later if first is not None and _differ(first, o)]


def _differ(first: OutcomeView, later: OutcomeView) -> bool:
    options = {o.option for o in (first, later) if o.option is not None}
    return first.agreed != later.agreed or (first.agreed and len(options) > 1)


def _reversed_by(settled: OutcomeView | None, replaced: Sequence[tuple[str, OutcomeView]]) -> str | None:
    if settled is None:
        return None
    for name, outcome in replaced:
        after = months_between(settled.in_cycle, outcome.in_cycle)
        if 0 <= after <= REVERSED_WITHIN and not outcome.new_information:
            return name
    return None


def totals(found: Sequence[Standing], last: str | None) -> dict[str, Any]:
    """Latency, debt and reversal of the log.

    latency: median days of the decisions first settled in the twelve cycles that end with `last`; reversal:
    reversed / settled of the same; debt: over everything that waits and was priced (`unpriced` counts the rest),
    None where something waits and nothing of it was priced.
    """
    first = add_months(last, 1 - WINDOW) if last else ""
    done = [s for s in found if s.settled is not None and first <= s.settled.in_cycle <= (last or "9999-12")]
    days = [s.latency for s in done if s.latency is not None]
    back = [s for s in done if s.reversed_by is not None]
    waits = [s for s in found if s.waits]
    priced = [s.debt for s in waits if s.debt is not None]
    return {
        "latency": float(median(days)) if days else None,
        "latency_mean": fmean(days) if days else None,
        "debt": float(sum(priced)) if priced or not waits else None,
        "reversal": len(back) / len(done) if done else None,
        "settled": len(done),
        "reversed": len(back),
        "open": len(waits),
        "carried_over": sum(s.months_open > 0 for s in waits),
        "unpriced": len(waits) - len(priced),
        "window": [first, last] if last else None,
    }


def decisions(
    snapshot: Snapshot | None, state: State, scope: Scope | None = None, *, today: date | None = None
) -> Report:
    """The log of decisions: each with its state, prediction, effect and verdict; latency, debt and reversal beside.

    Args:
        scope: `cycle` tells the log as it was at the end of that cycle; `first` and `last` keep the decisions
            raised in those cycles; `where` keeps those that name the slice (decisions without a scope are then
            left out, and a note says how many).
        today: for what is late; default the present day.

    The window of latency and reversal ends as those of `report health` do (`siop.decisions.window`).
    """
    scope = scope or Scope()
    as_of = snapshot.as_of if snapshot is not None else None
    recent = max((c for c in (as_of, last_named(state)) if c), default=None)
    every = standing(state, scope.cycle, scope.cycle or recent)
    computed = computed_effects(snapshot, state, scope) if snapshot is not None else {}
    closed = min((m for m in (as_of, scope.cycle) if m), default=None)
    came = effects([s.decision for s in every], closed, computed)
    kept = [s for s in every if _in_period(s, scope)]
    shown, aside = _in_slice(kept, scope)
    last = last_cycle(state, as_of, scope.cycle) if as_of or scope.cycle else last_named(state)
    beside = totals(shown, last)
    named = {s.decision.id: s.decision for s in shown}
    beside["effects"] = summary({k: v for k, v in came.items() if k in named}, named)
    notes = [_sentence(beside) if shown else _nothing(bool(every), bool(kept))]
    if scope.cycle is None and last and as_of and last < as_of:
        notes.append(
            f"The record of the process ends with {words.month(last)}, before the last closed month: windows end there."
        )
    if aside:
        notes.append(f"{words.count(aside, 'decision')} without a scope left out.")
    return Report(
        report="decisions",
        snapshot=snapshot.id if snapshot is not None else None,
        as_of=as_of,
        scope=scope.as_dict(),
        rows=[_row(s, state, came.get(s.decision.id), today or datetime.now(UTC).date()) for s in shown],
        totals=beside,
        notes=notes,
    )


def _in_period(found: Standing, scope: Scope) -> bool:
    raised = found.decision.in_cycle
    return (scope.first is None or raised >= scope.first) and (scope.last is None or raised <= scope.last)


def _in_slice(found: Sequence[Standing], scope: Scope) -> tuple[list[Standing], int]:
    """Those that touch the slice, and how many were left out because they name none."""
    if not scope.where:
        return list(found), 0
    shown, aside = [], 0
    for one in found:
        outcome = one.outcome
        named: list[Any] = [a.scope for a in outcome.authorises] if outcome is not None else []
        if outcome is not None and outcome.prediction is not None:
            named.append(outcome.prediction.scope)
        if not any(named):
            aside += 1
        elif any(_touches(given, scope) for given in named if given):
            shown.append(one)
    return shown, aside


def _touches(given: dict[str, str | tuple[str, ...]], scope: Scope) -> bool:
    for dimension, values in scope.where:
        named = given.get(dimension)
        if named is None:
            return False
        if not set(values) & ({named} if isinstance(named, str) else set(named)):
            return False
    return True


def _nothing(raised: bool, in_period: bool) -> str:
    """Why the log is empty: nothing was raised, not in these cycles, or not about the slice."""
    if in_period:
        return "No decision names this slice."
    when = "" if not raised else " in these cycles"
    return f"No decision was raised{when}."


def _sentence(beside: dict[str, Any]) -> str:
    """The headline of the log, from its totals."""
    waits = words.count(beside["open"], "decision")
    said = f"{waits[0].upper()}{waits[1:]} {'waits' if beside['open'] == 1 else 'wait'}"
    said += f", {words.number(beside['debt'], 0)} at stake so far" if beside["debt"] else ""
    said += ", and nobody said what is at stake" if beside["debt"] is None else ""
    if beside["latency"] is not None:
        days = words.number(beside["latency"], 0)
        said += f"; half of {words.count(beside['settled'], 'decision')} took {days} days or less"
    if beside["reversal"]:
        said += f"; {words.percent(beside['reversal'], 0)} were reversed within two cycles without new information"
    return said + "."


def _row(found: Standing, state: State, effect: Effect | None, today: date) -> dict[str, Any]:
    d, o = found.decision, found.outcome
    told = o.prediction if o is not None else None
    return {
        "id": d.id,
        "cycle": d.in_cycle,
        "question": d.question,
        "state": found.state,
        "raised_at": d.at,
        "raised_by": d.raised_by,
        "needed_by": d.needed_by,
        "late": found.waits and d.needed_by is not None and d.needed_by < today,
        "value_at_stake_month": d.value_at_stake_month,
        "months_open": found.months_open if found.waits else None,
        "debt": found.debt if found.waits else None,
        "options": [
            {"label": x.label, "description": x.description, "cost": x.cost, "effect": x.effect,
             "recommended": x.recommended}
            for x in d.options
        ],
        "outcome": o.outcome if o is not None else None,
        "option": o.option if o is not None else None,
        "rationale": o.rationale if o is not None else None,
        "conditions": o.conditions if o is not None else None,
        "decided_at": found.settled.at if found.settled is not None else None,
        "decided_by": found.settled.by if found.settled is not None else None,
        "latency_days": found.latency,
        "owner": o.owner if o is not None else None,
        "due": o.due if o is not None else None,
        "review_on": o.review_on if o is not None else None,
        "review_due": o is not None and o.review_on is not None and o.review_on <= today and d.effect is None,
        "positions": [
            {"person": p.person, "function": p.function, "stance": p.stance, "reason": p.reason}
            for p in d.standing
        ],
        "objections": [p.function for p in d.standing if p.stance == "object"],
        "supersedes": o.supersedes if o is not None else None,
        "superseded_by": found.superseded_by,
        "new_information": o.new_information if o is not None else None,
        "reversed": found.reversed_by is not None,
        "prediction": None if told is None else {
            "metric": told.metric, "scope": _plain_scope(told.scope), "baseline_version": told.baseline_version,
            "p10": told.p10, "p50": told.p50, "p90": told.p90, "from": told.first, "to": told.last,
            "stop": told.stop,
        },
        "effect": None if effect is None else {
            "executed": effect.executed, "realised": effect.realised, "recorded": effect.recorded,
            "computed": effect.computed, "why": effect.why,
        },
        "verdict": effect.verdict if effect is not None else None,
        "actions": [a.id for a in state.actions.values() if a.decision == d.id],
        "evidence": {"url": d.evidence_url, "snapshot": d.evidence_snapshot} if d.evidence_url else None,
        "imported": d.imported,
        "entry": d.seq,
        "month": month_of(d.at.date()),
    }  # fmt: skip


def _plain_scope(scope: dict[str, str | tuple[str, ...]]) -> dict[str, str | list[str]]:
    return {d: v if isinstance(v, str) else list(v) for d, v in scope.items()}
