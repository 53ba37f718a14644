"""Did it work? What was predicted beforehand against what came of it, judged by rule (field.md N10).

The rule, for a prediction whose P50 is above zero (below zero, mirrored):
  delivered   realised is at least P10, or where P10 is not above zero, at least half of P50
  partly      it moved in the right direction by at least a tenth of P50, but less than that
  not         it did not, or it moved the other way
  not_executed    nobody did it
  not_assessable  no prediction; P50 of zero; another decision on the same metric, scope and months, so that what
                  the actuals show belongs to no single one; or no number for it
An open window has no verdict (None).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from siop.core import MEASURES, NotFound, Scope, span
from siop.ledger.state import DecisionView, OutcomeView, PredictionView, State
from siop.metrics.query import table
from siop.warehouse import Snapshot

DELIVERED, PARTLY, NOT = "delivered", "partly", "not"
NOT_EXECUTED, NOT_ASSESSABLE = "not_executed", "not_assessable"
VERDICTS = (DELIVERED, PARTLY, NOT, NOT_EXECUTED, NOT_ASSESSABLE)
HALF = 0.5
LEAST = 0.1
"""Below a tenth of what was predicted, "partly" would be a courtesy."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of a decision.

    executed: None where nobody has said. recorded: what people put down; computed: actual less baseline over the
    window; realised: the recorded one where there is one, else the computed one. why: for a verdict that is not
    assessable, or None.
    """

    executed: bool | None
    recorded: float | None
    computed: float | None
    realised: float | None
    verdict: str | None
    why: str | None


def judge(realised: float, prediction: PredictionView) -> str | None:
    """delivered, partly or not; None where the prediction is of no change.

    >>> from types import SimpleNamespace as P
    >>> told = P(p10=60.0, p50=100.0, p90=130.0)
    >>> judge(75.0, told), judge(50.0, told), judge(5.0, told), judge(-20.0, told)
    ('delivered', 'partly', 'not', 'not')
    """
    sign = 1.0 if prediction.p50 > 0 else -1.0
    middle, got = abs(prediction.p50), realised * sign
    if middle == 0:
        return None
    near = prediction.p10 if sign > 0 else -prediction.p90
    if got >= (near if near > 0 else HALF * middle):
        return DELIVERED
    return PARTLY if got >= LEAST * middle else NOT


def same_ground(one: PredictionView, other: PredictionView) -> bool:
    """Whether two predictions are about the same metric, a common scope and a common month.

    Scopes are common where they name the same dimensions with a common value of each.
    """
    if one.metric != other.metric or one.last < other.first or other.last < one.first:
        return False
    if set(one.scope) != set(other.scope):
        return False
    return all(_values(one.scope[d]) & _values(other.scope[d]) for d in one.scope)


def effects(
    decisions: Iterable[DecisionView], closed: str | None, computed: Mapping[str, float]
) -> dict[str, Effect]:
    """{decision: effect} of the decisions that were approved.

    Args: closed: the last closed month; computed: {decision: actual less baseline} where it could be computed.
    """
    agreed = [(d, d.decided) for d in decisions if d.decided is not None and d.decided.agreed]
    acted = [
        (d.id, o.prediction)
        for d, o in agreed
        if o is not None and o.prediction is not None and not (d.effect is not None and not d.effect.executed)
    ]
    found = {}
    for decision, outcome in agreed:
        if outcome is not None:
            rivals = [
                other
                for other, told in acted
                if other != decision.id
                and outcome.prediction is not None
                and same_ground(outcome.prediction, told)
            ]
            found[decision.id] = _effect(decision, outcome, closed, computed.get(decision.id), rivals)
    return found


def _effect(
    decision: DecisionView,
    outcome: OutcomeView,
    closed: str | None,
    computed: float | None,
    rivals: Sequence[str],
) -> Effect:
    said = decision.effect
    executed = said.executed if said is not None else None
    recorded = said.realised if said is not None else None
    realised = recorded if recorded is not None else computed
    told = outcome.prediction
    verdict: str | None
    why: str | None = None
    if executed is False:
        verdict = NOT_EXECUTED
    elif told is None:
        verdict, why = NOT_ASSESSABLE, "no effect was predicted"
    elif recorded is None and (closed is None or told.last > closed):
        return Effect(executed, recorded, computed, realised, None, f"its window runs until {told.last}")
    elif realised is None:
        verdict, why = NOT_ASSESSABLE, "nobody put down what came of it, and the numbers do not show it"
    elif recorded is None and rivals:
        verdict, why = NOT_ASSESSABLE, f"{', '.join(rivals)} worked on the same numbers in the same months"
    else:
        verdict = judge(realised, told) or NOT_ASSESSABLE
        why = "no change was predicted" if verdict == NOT_ASSESSABLE else None
    return Effect(executed, recorded, computed, realised, verdict, why)


def computed_effects(snapshot: Snapshot, state: State, only: Scope | None = None) -> dict[str, float]:
    """{decision: actual less baseline version over the window}, where the window is closed and both are there.

    Args: only: the reader's scope, whose row-level limits hold here too.
    """
    found = {}
    closed = snapshot.as_of
    for decision in state.decisions.values():
        outcome = decision.decided
        told = outcome.prediction if outcome is not None and outcome.agreed else None
        if told is None or closed is None or told.last > closed or told.metric not in MEASURES:
            continue
        change = _change(snapshot, told, only)
        if change is not None:
            found[decision.id] = change
    return found


def _change(snapshot: Snapshot, told: PredictionView, only: Scope | None) -> float | None:
    try:
        where = Scope.filters({snapshot.dimension(d).name: sorted(_values(v)) for d, v in told.scope.items()})
        scope = Scope(told.first, told.last, where, only=only.only if only is not None else ())
        sides = [
            table(snapshot, source, ("month",), (told.metric,), scope)
            for source in ("actual", told.baseline_version)
        ]
    except NotFound:
        return None  # a dimension or a version that is no longer loaded: not assessable, and said so
    months = set(span(told.first, told.last))
    if any(set(side.loc[side[told.metric].notna(), "month"]) != months for side in sides):
        return None
    actual, baseline = (float(side[told.metric].sum()) for side in sides)
    return actual - baseline


def summary(found: Mapping[str, Effect], decisions: Mapping[str, DecisionView]) -> dict[str, Any]:
    """How well predictions hold.

    verdicts: how many of each; execution: executed / those of which it is known; coverage: share of realised
    effects inside P10 to P90 (0.8 is well calibrated); optimism: median of (P50 - realised) / |P50|, above zero
    is too rosy; realisation: {metric: sum of realised / sum of P50}, sums first; n: how many were judged.
    """
    judged = []
    for name, effect in found.items():
        outcome = decisions[name].decided
        told = outcome.prediction if outcome is not None else None
        if told is not None and effect.realised is not None and effect.verdict in (DELIVERED, PARTLY, NOT):
            judged.append((told, effect.realised))
    said = [e.executed for e in found.values() if e.executed is not None]
    sums: dict[str, tuple[float, float]] = {}
    for told, realised in judged:
        before = sums.get(told.metric, (0.0, 0.0))
        sums[told.metric] = (before[0] + realised, before[1] + told.p50)
    inside = [told.p10 <= realised <= told.p90 for told, realised in judged]
    off = [(told.p50 - realised) / abs(told.p50) for told, realised in judged]
    return {
        "verdicts": {v: sum(e.verdict == v for e in found.values()) for v in VERDICTS},
        "n": len(judged),
        "execution": sum(said) / len(said) if said else None,
        "coverage": sum(inside) / len(inside) if inside else None,
        "optimism": median(off) if off else None,
        "realisation": {metric: got / told if told else None for metric, (got, told) in sums.items()},
    }


def _values(values: str | tuple[str, ...]) -> set[str]:
    return {values} if isinstance(values, str) else set(values)
