"""What the deviations page draws: a year of families, one family's chart, and the list by money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from siop.core import Report, words
from siop.deviations.case import covers, open_case, real_answers, standing
from siop.deviations.sentences import short_said
from siop.deviations.streams import Streams
from siop.ledger import State

YEAR = 12
MOST_DECISIONS = 2  # noted on a chart: more would hide the line


@dataclass(frozen=True, slots=True)
class Board:
    """Families by month. rows: name, tolerance, state, cells {month: {text, kind, title}} for siop.ui.html.grid."""

    months: list[str]
    rows: list[dict[str, Any]]
    sentence: str


@dataclass(frozen=True, slots=True)
class Control:
    """One family's control chart; ratios are fractions of plan."""

    months: list[str]
    ratio: list[float | None]
    tolerance: list[float | None]
    signals: list[str]
    limit: float | None
    notes: list[tuple[str, str]]
    sentence: str
    table: list[dict[str, Any]]


def board(found: Streams, state: State, report: Report) -> Board:
    """The last twelve closed months. A cell out of tolerance is owned where the miss was answered or has a case owner."""
    months = list(found.months[-YEAR:])
    order = {row["family"]: n for n, row in enumerate(report.rows)}
    shown = []
    out_count = alone = known = 0
    for i, family in sorted(enumerate(found.families), key=lambda pair: order.get(pair[1], 99)):
        out, first = found.out(i), found.out_at_first(i)
        cells = {}
        for month in months:
            t = found.months.index(month)
            plan, actual = found.plan[i, t], found.actual[i, t]
            if not (np.isfinite(plan) and np.isfinite(actual)):
                continue
            known += 1
            ratio = (actual - plan) / abs(plan) if plan else None
            owned = bool(found.answered[i, t]) or _has_owner(state, family, month)
            said = words.percent(ratio, 0, signed=True) if ratio is not None else "unplanned"
            if out[t] or first[t]:
                out_count += 1
                alone += not owned
                kind = f"{'owned' if owned else 'out'} {'good' if actual > plan else 'bad'}"
                where = "out of tolerance" if out[t] else "out of the first tolerance"
                cells[month] = {"text": said.replace(f"{words.NBSP}%", ""), "kind": kind,
                                "title": f"{said} against plan, {where}, {'owned' if owned else 'no owner'}"}  # fmt: skip
            else:
                cells[month] = {"text": "·", "kind": "in", "title": f"{said} against plan, within tolerance"}
        tolerance = found.tolerances[i]
        shown.append({"name": family, "tolerance": f"±{words.percent(float(tolerance.pct[-1]), 0)}",
                      "state": found.norms[i].state, "cells": cells})  # fmt: skip
    said = f"{out_count} of {known} family months out of tolerance, {alone} without an owner"
    return Board(months, shown, said)


def control_of(found: Streams, state: State, family: str) -> Control:
    """The chart of a family over all months with a plan; changes of tolerance and signals are annotated in place."""
    i = found.families.index(family) if family in found.families else 0
    family = found.families[i]
    bounds = found.chart.bounds(i)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(
            found.plan[i] != 0, (found.actual[i] - found.plan[i]) / np.abs(found.plan[i]), np.nan
        )
    signals = [m for t, m in enumerate(found.months) if found.chart.signal[i, t]]
    start = found.chart.run_start(i)
    upper = bounds["upper"].to_numpy(dtype=float)
    limit = float(np.nanmax(upper)) if np.isfinite(upper).any() else None
    notes = [(m.valid_from, f"{state.name(m.by)} sets ±{words.number(m.pct, 0)}{words.NBSP}%")
             for m in found.tolerances[i].changes[1:]]  # fmt: skip
    notes += _said_about(found, state, family)
    if start is not None:
        notes.append((found.months[start], f"{words.month(found.months[start], year=False)}: first signal"))
    table = [
        {"month": m, "plan": _none(found.plan[i, t]), "actual": _none(found.actual[i, t]), "deviation_ratio": _none(ratio[t]),
         "tolerance": float(found.tolerances[i].pct[t]), "signal": "yes" if m in signals else "no"}
        for t, m in enumerate(found.months)
    ]  # fmt: skip
    return Control(
        list(found.months), [_none(v) for v in ratio], [float(v) for v in found.tolerances[i].pct], signals, limit,
        notes, _sentence(found, i, start), table,
    )  # fmt: skip


def _said_about(found: Streams, state: State, family: str) -> list[tuple[str, str]]:
    """What was said about a family, to be noted on its chart: the last decisions that cover it, and the last answer."""
    notes = []
    for decision in state.decisions.values():
        agreed = next((o for o in decision.outcomes if o.agreed), None)
        if agreed is None or not any(covers(decision, family, m) for m in found.months):
            continue
        month = f"{agreed.at:%Y-%m}"
        if month in found.months:
            notes.append((month, f"{decision.id} decided"))
    answers = [a for c in state.cases.values() if c.family == family for a in real_answers(c)]
    last = max((f"{a.at:%Y-%m}" for a in answers), default="")
    answered = [(last, "last answer")] if last in found.months else []
    return [*sorted(notes)[-MOST_DECISIONS:], *answered]


def money_rows(found: Streams, report: Report, state: State) -> list[dict[str, Any]]:
    """The report's families by money of the last closed month, with owner and response clock of their open case."""
    known = {family: norm.known_6 for family, norm in zip(found.families, found.norms, strict=True)}
    today = datetime.now(UTC).date()
    rows = []
    for row in report.rows:
        case = open_case(state, row["family"], row["measure"])
        now = standing(state, case, today) if case is not None else None
        owner = state.name(now.owner) if now is not None and now.owner else "No owner"
        clock = "no case" if now is None else f"{now.state}, {words.count(now.waited, 'day')}"
        lasts = f"{row['breaches_6']} of {known[row['family']]}"
        rows.append({**row, "open": row["family"], "case": case.id if case else None, "said": short_said(row),
                     "owner": owner, "clock": clock, "lasts": lasts})  # fmt: skip
    return rows


def _sentence(found: Streams, i: int, start: int | None) -> str:
    family = found.families[i]
    if not found.chart.enough[i]:
        return f"{family}: insufficient history to tell a shift from noise"
    if start is not None:
        return f"{family}: the shift is real, and it began in {words.month(found.months[start], long=True)}"
    out = int(found.out(i)[-YEAR:].sum())
    if out:
        return f"{family}: out of tolerance in {words.count(out, 'month')} of the last twelve, but nothing has changed"
    return f"{family}: within tolerance, and nothing has changed"


def _has_owner(state: State, family: str, month: str) -> bool:
    return any(c.family == family and c.month == month and c.answers for c in state.cases.values())


def _none(value: float) -> float | None:
    return None if value != value else float(value)
