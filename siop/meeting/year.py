"""The year by month: plan, actual where closed, outlook where still open. One report for the tiers figure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from siop import metrics
from siop.core import MEASURES, Report, Scope, SiopError, words
from siop.warehouse import Snapshot

BY_MONTH = ("revenue", "quantity", "cost", "margin")


def year_by_month(
    snapshot: Snapshot,
    scope: Scope,
    *,
    measure: str = "revenue",
    version: str = "budget",
    signed: str | None = None,
) -> Report:
    """Rows {month, plan, actual, outlook, deviation, deviation_ratio} of the last closed month's fiscal year.

    deviation is actual - plan in closed months and outlook P50 - plan in open ones; a year without enough history
    has no outlook, and a note says so. signed: the plan in force, one of the outlook's voices.
    """
    calendar = snapshot.calendar
    as_of = snapshot.as_of or ""
    year = str(calendar.loc[calendar["month"] == as_of, "year"].iloc[0]) if as_of else ""
    months = [str(m) for m in calendar.loc[calendar["year"] == year, "month"]]
    whole = replace(scope, first=months[0], last=months[-1])
    found = metrics.plan_vs_actual(snapshot, whole, by=("month",), measure=measure, version=version)
    told = {row["month"]: row for row in found.rows}
    ahead, notes = _outlook(snapshot, scope, measure, months, signed)
    if all(row["plan"] is None for row in found.rows):
        notes = [*found.notes, *notes]
    closed = set(snapshot.closed_months)
    rows = []
    for month in months:
        row = told.get(month, {})
        actual = row.get("actual") if month in closed else None
        outlook = None if month in closed else ahead.get(month)
        shown, plan = actual if actual is not None else outlook, row.get("plan")
        rows.append(
            {"month": month, "plan": plan, "actual": actual, "outlook": outlook,
             "deviation": metrics.deviation(shown, plan), "deviation_ratio": metrics.deviation_ratio(shown, plan)}
        )  # fmt: skip
    totals = {
        "year": year,
        "measure": measure,
        "unit": MEASURES[measure].unit,
        "polarity": int(MEASURES[measure].polarity),
    }
    return Report(
        "year-by-month", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, found.coverage, notes
    )


def _outlook(
    snapshot: Snapshot, scope: Scope, measure: str, months: list[str], signed: str | None
) -> tuple[dict[str, float], list[str]]:
    try:
        found = metrics.outlook(
            snapshot, replace(scope, first=None, last=None), measure=measure, signed=signed
        )
    except SiopError as error:
        return {}, [str(error)]
    return {
        r["month"]: r["p50"] for r in found.rows if r.get("p50") is not None and r["month"] in months
    }, found.notes


def months_sentence(report: Report, currency: str) -> str:
    """Which months make the gap; computed from the closed months' rows."""
    closed: list[dict[str, Any]] = [
        r for r in report.rows if r["actual"] is not None and r["deviation"] is not None
    ]
    if not closed:
        return "No closed month of this year has a plan"
    unit = report.totals["unit"]
    gap = sum(r["deviation"] for r in closed)
    same = sorted((r for r in closed if r["deviation"] * gap > 0), key=lambda r: -abs(r["deviation"]))
    divisor, said = words.scale_of([gap], unit, currency)
    if not same:
        return f"The year is on plan so far: {words.number(gap / divisor, 1, signed=True)} {said}"
    most, total = [], 0.0
    for row in same[:4]:
        most.append(row)
        total += row["deviation"]
        if abs(total) >= 0.8 * abs(gap):
            break
    most.sort(key=lambda r: str(r["month"]))
    names = words.listed([words.LONG_MONTHS[int(r["month"][5:]) - 1] for r in most])
    verb = ("lose" if gap < 0 else "add") + ("s" if len(most) == 1 else "")
    return f"{names} {verb} {words.number(abs(total) / divisor)} of a gap of {words.number(abs(gap) / divisor)} {said}"
