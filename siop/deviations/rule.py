"""Cases opened and closed by rule: proposals with their evidence; somebody with the right writes them into the ledger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siop.core import words
from siop.deviations.case import CALM_MONTHS, closing, open_case, opening
from siop.deviations.streams import Streams
from siop.ledger import State
from siop.ledger.entries import CaseClosed, CaseOpened
from siop.ledger.state import CaseView


@dataclass(frozen=True, slots=True)
class Opening:
    """A case that the rule would open, why, and the money it is about (None unknown)."""

    entry: CaseOpened
    why: str
    money: float | None


@dataclass(frozen=True, slots=True)
class Closing:
    """A case that the rule would close, and the evidence, which becomes the reason in the ledger."""

    case: CaseView
    entry: CaseClosed


def to_open(found: Streams, state: State) -> list[Opening]:
    """Families out of tolerance in the last closed month, or with a signal that began then, that have no open case.

    The largest money first. Judged by the tolerance in force; a family that is out of its original one only is shown as
    becoming normal, and may be opened by hand.
    """
    proposed = []
    last = len(found.months) - 1
    for i, family in enumerate(found.families):
        begun = found.chart.run_start(i) == last if found.months else False
        out = bool(found.months) and bool(found.out(i)[last])
        if not (out or begun) or open_case(state, family, found.measure) is not None:
            continue
        why = "out of tolerance" if out else "a signal"
        why += " and a signal" if out and begun else ""
        off = found.deviation[i, last]
        money = found.money[i, last]
        entry = opening(family, found.measure, found.months[last], None if np.isnan(off) else float(off))
        if entry.id in state.cases:  # opened for this month before, and closed since
            continue
        proposed.append(
            Opening(
                entry,
                f"{why} in {words.month(found.months[last])}",
                None if np.isnan(money) else float(money),
            )
        )
    return sorted(proposed, key=lambda p: (-abs(p.money or 0.0), p.entry.family))


def to_close(found: Streams, state: State) -> list[Closing]:
    """Open cases whose family is back in control: in tolerance in the last two closed months, both after the case's
    month, and without a signal in them."""
    proposed = []
    at = {family: i for i, family in enumerate(found.families)}
    for case in state.cases.values():
        i = at.get(case.family)
        if case.closed_seq is not None or i is None or case.measure != found.measure:
            continue
        evidence = calm(found, i, case.month)
        if evidence is not None:
            proposed.append(Closing(case, closing(case, evidence)))
    return proposed


def calm(found: Streams, i: int, since: str) -> str | None:
    """Why a family counts as back in control, or None where it does not."""
    months = found.months[-CALM_MONTHS:]
    known = np.isfinite(found.deviation[i, -CALM_MONTHS:])
    if len(months) < CALM_MONTHS or not known.all() or months[0] <= since:
        return None
    if found.out(i)[-CALM_MONTHS:].any() or found.chart.signal[i, -CALM_MONTHS:].any():
        return None
    said = words.listed([
        f"{words.percent(_ratio(found, i, t), 1, signed=True)} in {words.month(m)}"
        for t, m in zip(range(-CALM_MONTHS, 0), months, strict=True)
    ])  # fmt: skip
    signal = "no signal" if found.chart.enough[i] else "too little history for signals"
    return f"Back in control: {said}, tolerance ±{words.percent(found.tolerances[i].now, 0)}, {signal}"


def _ratio(found: Streams, i: int, t: int) -> float | None:
    plan = float(found.plan[i, t])
    return float(found.deviation[i, t]) / abs(plan) if plan else None
