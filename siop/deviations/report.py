"""`report deviations`: what needs an owner, has something changed, and is it becoming normal?"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from siop import metrics
from siop.core import Report, Scope
from siop.deviations import sentences
from siop.deviations.facts import some
from siop.deviations.norm import STATES
from siop.deviations.slices import localise
from siop.deviations.streams import Streams, streams
from siop.ledger import State
from siop.warehouse import Snapshot

YEAR = 12
__all__ = ["deviations", "headline", "localise", "report_of"]


def deviations(
    snapshot: Snapshot, state: State, scope: Scope, *, measure: str | None = None, today: date | None = None
) -> Report:
    """One row a family of the scope, the largest money first.

    Args: measure: default quantity, where the actuals carry it; today: see `streams`.
    Returns: rows as contract.md section 2 names them, and family, measure, original_tolerance, tolerance_abs and
        original_tolerance_abs (in the measure's unit, None where only per cent is allowed), tolerance_source, plan_source,
        plan_value, year_impact, baseline_months, seasonal, and a sentence; evidence is a list of lines.
        tolerance and ratios are fractions; impact is the deviation in money: at the plan's price where it is in units.
        totals {norm: {state: {count, share}}, month, measure, out, signalled, headline ...}; share is of plan value.
    Raises: NotFound for an unknown measure, or where the company has no families.
    """
    return report_of(snapshot, streams(snapshot, state, scope, measure, today), scope)


def report_of(snapshot: Snapshot, found: Streams, scope: Scope) -> Report:
    """The report of streams that are known already."""
    rows = [_row(found, i, snapshot.currency) for i in range(len(found.families))]
    rows.sort(key=lambda r: (-abs(r["impact"] or 0.0), r["family"]))
    notes = list(found.notes)
    if not rows and not notes:
        notes.append("No family is planned or sold in a closed month: there is nothing to judge.")
    short = [r["family"] for r in rows if r["rule"] == sentences.INSUFFICIENT]
    if short:
        notes.append(
            f"Insufficient history for signals of {some(short)}: 12 months of plan and actual before the month watched are"
            " needed; tolerance is judged all the same."
        )
    total = float(np.nansum(found.value))
    norms = {
        name: {
            "count": sum(r["norm"] == name for r in rows),
            "share": sum(r["plan_value"] for r in rows if r["norm"] == name) / total if total else None,
        }
        for name in STATES
    }
    judged = [r for r in rows if r["in_tolerance"] is not None]
    totals = {
        "norm": norms,
        "month": found.months[-1] if found.months else None,
        "measure": found.measure,
        "plan_in_tolerance": sum(r["in_tolerance"] for r in judged) / len(judged) if judged else None,
        "out": sum(r["in_tolerance"] is False for r in rows),
        "signalled": sum(bool(r["signal"]) for r in rows),
        "plan_version": found.source,
        "impact": _known(_sum(found.money[:, -1])) if found.months else None,
        "decay": None if found.decay is None else {"slope": found.decay.slope, "p": found.decay.p, "misses": found.decay.misses},
        "headline": sentences.headline(rows),
    }  # fmt: skip
    return Report(
        "deviations", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, found.facts.coverage, notes
    )


def _row(found: Streams, i: int, currency: str) -> dict[str, Any]:
    last = len(found.months) - 1
    drawn, tolerance, norm = found.chart, found.tolerances[i], found.norms[i]
    plan, actual = _known(found.plan[i, last]), _known(found.actual[i, last])
    off = metrics.deviation(actual, plan)
    enough = bool(drawn.enough[i])
    start = drawn.run_start(i)
    out, first = bool(found.out(i)[last]), bool(found.out_at_first(i)[last])
    on = bool(drawn.signal[i, last])
    decays = "decay" in norm.signs
    row: dict[str, Any] = {
        "family": found.families[i], "measure": found.measure, "month": found.months[last],
        "plan": plan, "actual": actual, "deviation": off, "deviation_ratio": metrics.deviation_ratio(actual, plan),
        "impact": _known(found.money[i, last]), "tolerance": tolerance.now,
        "in_tolerance": None if off is None else not out, "in_original_tolerance": None if off is None else not first,
        "signal": on if enough else None, "first_signal": None if start is None else found.months[start],
        "signals": [m for t, m in enumerate(found.months) if drawn.signal[i, t] and t > last - YEAR],
        "direction": {1: "above", -1: "below"}.get(int(drawn.side[i, last])), "rule": _rule(found, i, last, enough),
        "norm": norm.state, "breaches_6": norm.breaches_6, "response_rate": norm.response_rate,
        "tolerance_growth": norm.tolerance_growth, "evidence": sentences.evidence(norm, tolerance, decays, found.measure, currency),
        "original_tolerance": tolerance.original, "tolerance_source": tolerance.source,
        "tolerance_abs": _known(tolerance.absolute[last]), "original_tolerance_abs": tolerance.original_absolute,
        "plan_source": found.facts.source[i], "plan_value": float(found.value[i]),
        "year_impact": _known(_sum(found.money[i, -YEAR:])), "rebasing": norm.rebasing,
        "signs": list(norm.signs), "baseline_months": int(drawn.used[i]) if enough else 0,
        "seasonal": bool(drawn.seasonal[i]),
    }  # fmt: skip
    row["sentence"] = sentences.sentence(row, currency)
    return row


def _rule(found: Streams, i: int, last: int, enough: bool) -> str | None:
    if not enough:
        return sentences.INSUFFICIENT
    by = [
        name for name, on in (("shewhart", found.chart.shewhart), ("ewma", found.chart.smooth)) if on[i, last]
    ]
    return " and ".join(by) or None


def headline(report: Report) -> str:
    """The page's sentence, from the report's rows."""
    return str(report.totals["headline"])


def _sum(values: npt.NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.sum()) if len(known) else float("nan")


def _known(value: float) -> float | None:
    return None if value != value else float(value)
