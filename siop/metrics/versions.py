"""Versions side by side: budget, consensus at a lag, latest estimate, prior year and the functions' inputs, one actual."""

from __future__ import annotations

from typing import Any

from siop.core import MEASURES, Report, Scope, words
from siop.metrics.compare import default_measure, plan_vs_actual
from siop.metrics.footing import by_name
from siop.metrics.source import ESTIMATE, Source, months_of
from siop.metrics.supply import without_time
from siop.metrics.units import mixed_notes, mixed_units
from siop.metrics.vintages import fiscal_year, plan_sum, year_months
from siop.warehouse import Snapshot

NAMES = {
    "budget": "Budget",
    "estimate": "Latest estimate",
    "prior-year": "Prior year",
    "statistical": "Statistical forecast",
}


def versions_side_by_side(
    snapshot: Snapshot, scope: Scope, *, measure: str | None = None, signed: str | None = None
) -> Report:
    """Every plan that there is against the same actuals of the scope's months, each as `report plan-vs-actual` has it.

    Args: signed: the plan in force, which the latest estimate takes for open months; None: the newest consensus.
    Returns: rows {version (what --version takes), name, lag (months, where it matters), plan, actual, deviation,
        deviation_ratio, coverage, year: the version's sum of the whole fiscal year, None where it does not have all its
        months}. The latest estimate is closed actuals and the signed plan for the rest: it has no deviation, its
        year is what counts. A version without months here is left out and named in a note.
    Raises: NotFound for an unknown dimension or measure.
    """
    measure = measure or default_measure(snapshot)
    scope = by_name(snapshot, scope)
    rows, notes = [], []
    for source, name, lagged in _sources(snapshot, signed):
        row, note = _row(snapshot, scope, source, measure)
        if note:
            notes.append(f"{name}: {note}")
        if row["plan"] is None and row["year"] is None:
            continue
        said = f"{name}, lag {scope.lag}" if lagged else name
        rows.append(
            {"version": version_name(source), "name": said, "lag": scope.lag if lagged else None, **row}
        )
    months = months_of(snapshot, scope)
    totals = {
        "measure": measure, "unit": unit_said(measure), "from": months[0] if months else None,
        "to": months[-1] if months else None, "year": fiscal_year(snapshot, months[-1]) if months else None,
        "actual": next((r["actual"] for r in rows if r["actual"] is not None), None),
    }  # fmt: skip
    if not rows:
        notes.append("No plan has anything in this scope.")
    return Report("versions", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, None, notes)


def versions_sentence(report: Report, currency: str = "EUR") -> str:
    """Which plan was nearest to what came; from the rows."""
    judged = [r for r in report.rows if r["deviation"] is not None and r["version"] != "prior-year"]
    if not judged:
        return "No plan covers the months in scope"
    best = min(judged, key=lambda r: abs(r["deviation"]))
    off = words.amount(abs(best["deviation"]), report.totals["unit"], currency)
    side = "under" if best["deviation"] < 0 else "over"
    return f"{best['name']} came nearest: actual is {off} {side} it"


def version_name(source: Source) -> str:
    """A source as `--version` takes it: input:Sales for the input of a function.

    >>> version_name(("input", "Sales")), version_name(("estimate", "2026-11 C")), version_name("budget")
    ('input:Sales', 'estimate', 'budget')
    """
    if isinstance(source, tuple) and source[0] == ESTIMATE:
        return ESTIMATE
    return source if isinstance(source, str) else ":".join(source)


def unit_said(measure: str) -> str:
    """money, units or hours."""
    return MEASURES[measure].unit if measure in MEASURES else "hours"


def _sources(snapshot: Snapshot, signed: str | None) -> list[tuple[Source, str, bool]]:
    """(source, its name, whether the lag matters) of everything loaded, the year's plan first."""
    versions = snapshot.versions
    kinds = set(versions["kind"])
    found: list[tuple[Source, str, bool]] = [("budget", "Budget", False)] if "budget" in kinds else []
    if "consensus" in kinds:
        found += [
            ("consensus", "Consensus plan", True),
            (ESTIMATE if signed is None else (ESTIMATE, signed), NAMES[ESTIMATE], False),
        ]
    found.append(("prior-year", "Prior year", False))
    inputs = versions.loc[versions["kind"] == "input", "function"].dropna()
    found += [(("input", str(f)), f"Input of {f}", True) for f in sorted(set(inputs))]
    if "statistical" in kinds:
        found.append(("statistical", "Statistical forecast", True))
    return found


def _row(snapshot: Snapshot, scope: Scope, source: Source, measure: str) -> tuple[dict[str, Any], str | None]:
    told = plan_vs_actual(snapshot, scope, measure=measure, version=source)
    total = told.totals
    row = {name: total[name] for name in ("plan", "actual", "deviation", "deviation_ratio")}
    if version_name(source) == ESTIMATE:
        row |= {"deviation": None, "deviation_ratio": None}
    row["coverage"] = told.coverage
    months = months_of(snapshot, scope)
    whole = year_months(snapshot, months[-1]) if months else []
    mixed = mixed_units(snapshot, [source], (), scope, whole) if measure == "quantity" else {}
    row["year"] = None
    if whole and measure in MEASURES and not mixed:
        row["year"] = plan_sum(snapshot, source, measure, without_time(snapshot, scope), whole)
    why = next((n for n in mixed_notes({}, mixed) or told.notes if total["plan"] is None), None)
    return row, why


__all__ = ["unit_said", "version_name", "versions_sentence", "versions_side_by_side"]
