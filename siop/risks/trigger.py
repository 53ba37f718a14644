"""Has the sign come that an item waits for? Triggers are short sentences on measures, read and evaluated on the data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from siop.core import MEASURES, NotFound, Scope, words
from siop.ledger.state import RiskView
from siop.metrics import query
from siop.warehouse import Snapshot

_WORDS = {"below": "<", "under": "<", "above": ">", "over": ">", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_TRIGGER = re.compile(
    r"\s*(?P<measure>[a-z]+)\s*(?P<sign>below|under|above|over|<=|>=|<|>)\s*"
    r"(?P<number>-?\d+(?:\.\d+)?)\s*(?P<percent>%\s*of\s*(?:the\s+)?(?P<base>plan|budget|prior[ -]year))?\s*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """measure (below or above) a number, or a share of the plan, the budget or the prior year."""

    measure: str
    sign: str
    number: float
    base: str | None  # consensus, budget, prior-year; None compares with the number itself


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger on the last closed month. passed: None where it could not be evaluated; said: why, in words."""

    item: str
    text: str
    passed: bool | None
    value: float | None
    limit: float | None
    month: str | None
    said: str


def read_trigger(text: str) -> Trigger | None:
    """A trigger that can be evaluated, or None where the text is for people only.

    >>> read_trigger("quantity below 90 % of plan")
    Trigger(measure='quantity', sign='<', number=0.9, base='consensus')
    >>> read_trigger("when the customer signs") is None
    True
    """
    found = _TRIGGER.match(text)
    if found is None or found["measure"].lower() not in MEASURES:
        return None
    base = found["base"]
    named = {"plan": "consensus", "budget": "budget"}.get(base.lower(), "prior-year") if base else None
    number = float(found["number"]) / (100 if named else 1)
    return Trigger(found["measure"].lower(), _WORDS[found["sign"].lower()], number, named)


Sums = dict[tuple[object, ...], float]


def evaluate_all(snapshot: Snapshot, risks: Iterable[RiskView], scope: Scope) -> dict[str, Fired]:
    """{item: its trigger}; items that watch the same number ask for it once."""
    sums: Sums = {}
    found = {risk.id: evaluate(snapshot, risk, scope, sums) for risk in risks}
    return {item: fired for item, fired in found.items() if fired is not None}


def evaluate(snapshot: Snapshot, risk: RiskView, scope: Scope, sums: Sums | None = None) -> Fired | None:
    """An item's trigger at the item's own scope in the last closed month; None where it has none."""
    sums = {} if sums is None else sums
    if not risk.trigger:
        return None
    trigger, month = read_trigger(risk.trigger), snapshot.as_of

    def unknown(why: str) -> Fired:
        return Fired(risk.id, risk.trigger or "", None, None, None, month, why)

    if trigger is None:
        return unknown("not evaluated: write a measure, below or above, and a number or a % of plan")
    if month is None:
        return unknown("not evaluated: no month is closed")
    where = {d: v if isinstance(v, str) else list(v) for d, v in risk.scope.items()}
    here = replace(scope, first=month, last=month, where=Scope.filters(where))
    try:
        value = _sum(snapshot, "actual", trigger.measure, here, sums)
        limit = trigger.number
        if trigger.base is not None:
            base = _sum(snapshot, trigger.base, trigger.measure, here, sums)
            limit = base * trigger.number
    except NotFound as error:
        return unknown(f"not evaluated: {error}")
    if not (words.known(value) and words.known(limit)):
        return unknown(f"not evaluated: {trigger.measure} is not known for {words.month(month)}")
    passed = {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
    }[trigger.sign]
    unit = MEASURES[trigger.measure].unit
    said = (
        f"{trigger.measure} was {words.amount(value, unit, snapshot.currency)} in {words.month(month)},"
        f" limit {words.amount(limit, unit, snapshot.currency)}"
    )
    return Fired(risk.id, risk.trigger, passed, value, limit, month, said)


def _sum(snapshot: Snapshot, source: str, measure: str, scope: Scope, sums: Sums) -> float:
    key = (source, measure, scope)
    if key not in sums:
        frame = query.table(snapshot, source, (), (measure,), scope)
        sums[key] = float(frame[measure].iloc[0]) if len(frame) else float("nan")
    return sums[key]
