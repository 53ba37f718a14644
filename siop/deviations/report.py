"""`report deviations` and `report localise`: what needs an owner, where it is, and whether it is becoming normal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from siop import metrics
from siop.core import MEASURES, NotFound, Report, Scope, words
from siop.deviations.localise import Slice
from siop.deviations.localise import localise as find_slices
from siop.deviations.norm import STATES, Norm
from siop.deviations.streams import Streams, streams
from siop.ledger import State
from siop.metrics import query
from siop.warehouse import Snapshot

YEAR = 12


def deviations(snapshot: Snapshot, state: State, scope: Scope, *, measure: str = "quantity") -> Report:
    """One row a family of the scope, the largest money first.

    Returns: rows as contract.md section 2 names them, plus family, measure, owner-free evidence and a sentence; totals
        {norm: {state: {count, share}}, month, out, signalled}. share is by plan value of the last 12 closed months.
    Raises: NotFound for an unknown measure.
    """
    if measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)}")
    found = streams(snapshot, state, scope, measure)
    rows = [_row(found, i, snapshot.currency) for i in range(len(found.families))]
    rows.sort(key=lambda r: -abs(r["impact"] or 0.0))
    notes = list(found.notes)
    if not rows:
        notes.append("No family has a plan in a closed month: there is nothing to judge.")
    short = [r["family"] for r in rows if r["rule"] == "insufficient history"]
    if short:
        notes.append(
            f"Insufficient history for signals (12 baseline months are needed): {words.listed(short)}."
        )
    derived = [f for f, t in zip(found.families, found.tolerances, strict=True) if t.source == "derived"]
    if derived:
        notes.append(f"Nobody set a tolerance for {words.listed(derived)}: derived from their own history.")
    total = float(np.nansum(found.value))
    shares = {
        name: {
            "count": sum(r["norm"] == name for r in rows),
            "share": sum(r["plan_value"] for r in rows if r["norm"] == name) / total if total else None,
        }
        for name in STATES
    }
    totals = {
        "norm": shares,
        "month": found.months[-1] if found.months else None,
        "out": sum(r["in_tolerance"] is False for r in rows),
        "signalled": sum(bool(r["signal"]) for r in rows),
        "plan_version": found.source,
    }
    return Report("deviations", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, None, notes)


def _row(found: Streams, i: int, currency: str) -> dict[str, Any]:
    last = len(found.months) - 1
    plan, actual = _known(found.plan[i, last]), _known(found.actual[i, last])
    off = metrics.deviation(actual, plan)
    judged = off is not None
    tolerance, norm = found.tolerances[i], found.norms[i]
    signals = [m for t, m in enumerate(found.months) if found.chart.signal[i, t] and t > last - YEAR]
    start = found.chart.run_start(i)
    side = int(found.chart.side[i, start]) if start is not None else 0
    enough = bool(found.chart.enough[i])
    rule = None
    if not enough:
        rule = "insufficient history"
    elif found.chart.signal[i, last]:
        by = [
            n
            for n, on in (("shewhart", found.chart.shewhart[i, last]), ("ewma", found.chart.smooth[i, last]))
            if on
        ]
        rule = " and ".join(by)
    row: dict[str, Any] = {
        "family": found.families[i], "measure": found.measure, "month": found.months[last],
        "plan": plan, "actual": actual, "deviation": off, "deviation_ratio": metrics.deviation_ratio(actual, plan),
        "impact": _known(found.money[i, last]), "tolerance": float(tolerance.pct[last]),
        "original_tolerance": tolerance.original,
        "in_tolerance": not bool(found.out(i)[last]) if judged else None,
        "in_original_tolerance": not bool(found.out_at_first(i)[last]) if judged else None,
        "signal": bool(found.chart.signal[i, last]) if enough else None,
        "first_signal": found.months[start] if start is not None else None,
        "signals": signals, "direction": {1: "above", -1: "below"}.get(side), "rule": rule,
        "norm": norm.state, "breaches_6": norm.breaches_6, "response_rate": norm.response_rate,
        "tolerance_growth": norm.tolerance_growth, "plan_value": float(found.value[i]),
        "year_impact": _known(float(np.nansum(found.money[i, -YEAR:]))),
    }  # fmt: skip
    row["evidence"] = evidence(norm, tolerance.original, float(tolerance.pct[last]))
    row["sentence"] = sentence(row, currency)
    return row


def evidence(norm: Norm, original: float, now: float) -> list[str]:
    """What a state rests on, in words; computed from the norm."""
    said = [
        f"out of the first tolerance (±{words.percent(original, 0)}) in {norm.breaches_6} of the last 6 months"
    ]
    if norm.response_rate is not None:
        was = (
            f", {words.percent(norm.earlier_response_rate, 0)} before"
            if norm.earlier_response_rate is not None
            else ""
        )
        said.append(f"{words.percent(norm.response_rate, 0)} of the year's misses answered in time{was}")
    if norm.tolerance_growth is not None and abs(norm.tolerance_growth - 1) > 1e-9:
        said.append(f"tolerance ±{words.percent(now, 0)}, was ±{words.percent(original, 0)}")
    if norm.rebasing is not None:
        said.append(
            f"{words.percent(norm.rebasing, 0)} of a miss moved into the next plan without a decision"
        )
    return said


def sentence(row: dict[str, Any], currency: str) -> str:
    """One family in words an executive would say; each number is of the row."""
    if row["deviation"] is None:
        return f"No plan or no actual for {words.month(row['month'])}"
    ratio = (
        words.percent(row["deviation_ratio"], 0, signed=True)
        if row["deviation_ratio"] is not None
        else "unplanned"
    )
    money = (
        f", {words.amount(row['impact'], 'money', currency, signed=True)}"
        if row["impact"] is not None
        else ""
    )
    within = "within" if row["in_tolerance"] else "out of"
    said = f"{ratio} against plan{money}, {within} ±{words.percent(row['tolerance'], 0)}"
    if row["norm"] == "normalised":
        said += f"; becoming normal: {row['breaches_6']} of 6 months out of the first tolerance"
    elif row["first_signal"]:
        said += f"; the shift is real since {words.month(row['first_signal'])}"
    elif row["rule"] == "insufficient history":
        said += "; insufficient history to tell a shift from noise"
    elif row["signal"] is False and row["in_tolerance"] is False:
        said += "; no sign of a change"
    return said


def headline(report: Report) -> str:
    """The page's sentence: what is becoming normal first, else what is out of tolerance; from the rows."""
    normal = [r for r in report.rows if r["norm"] == "normalised"]
    out = [r for r in report.rows if r["in_tolerance"] is False]
    if normal:
        worst = max(normal, key=lambda r: r["plan_value"])
        return f"{worst['family']}: {worst['breaches_6']} of 6 months out of the first tolerance, becoming normal"
    if out:
        worst = max(out, key=lambda r: abs(r["impact"] or 0.0))
        said = words.percent(worst["deviation_ratio"], 0, signed=True)
        count = words.count(len(out), "family is", "families are").capitalize()
        return f"{count} out of tolerance; {worst['family']} most, {said} against plan"
    if not report.rows:
        return "No family has a plan to deviate from"
    return f"All {len(report.rows)} families are within their tolerance"


def localise(
    snapshot: Snapshot,
    state: State,
    scope: Scope,
    *,
    measure: str | None = None,
    by: Sequence[str] | None = None,
    version: str | None = None,
) -> Report:
    """Which slices moved by a common percentage.

    Args: by: dimensions to search (default: every dimension of the plan's grain with 2 to 60 members, at most four);
        version: default the consensus at scope.lag, else the budget. Months: scope's (default the last 3 closed).
    Returns: rows {slice, effect, impact, share_of_gap, plan, items}; totals {gap, broad_effect, broad_impact, rest}:
        impacts + broad_impact + rest = gap, exactly.
    """
    measure = measure or metrics.default_measure(snapshot)
    closed = snapshot.closed_months
    if scope.first is None and closed:
        scope = replace(scope, first=closed[-3:][0], last=scope.last or closed[-1])
    last = min(scope.last or closed[-1], closed[-1]) if closed else scope.last
    scope = replace(scope, last=last)
    has_consensus = bool((snapshot.versions["kind"] == "consensus").any())
    source = version or ("consensus" if has_consensus else "budget")
    months = metrics.months_of(snapshot, scope)
    pairs = query.resolve(snapshot, source, months, scope.lag)
    found = query.grains(snapshot, pairs.names, measure)
    dims = [snapshot.dimension(d).name for d in by] if by else _searchable(snapshot, found, scope)
    notes = []
    lacking = [d for d in dims if not all(g.has(snapshot.dimension(d)) for g in found)]
    if lacking:
        notes.append(f"The plan has no {words.listed(lacking)}: not searched.")
        dims = [d for d in dims if d not in lacking]
    if not dims or not pairs.versions:
        notes.append("There is no dimension that plan and actual share in this scope: nothing to localise.")
        none: dict[str, Any] = {"gap": None, "broad_effect": None, "broad_impact": None, "rest": None}
        return Report("localise", snapshot.id, snapshot.as_of, scope.as_dict(), [], none, None, notes)
    plan = query.table(snapshot, source, dims, (measure,), scope).rename(columns={measure: "plan"})
    actual = query.table(snapshot, "actual", dims, (measure,), scope).rename(columns={measure: "actual"})
    leaves = plan.merge(actual, on=dims, how="outer")
    result = find_slices(leaves, dims)
    rows = [
        _slice(s, result.gap, result.broad_effect, MEASURES[measure].unit, snapshot.currency)
        for s in result.slices
    ]
    totals = {
        "gap": result.gap, "broad_effect": result.broad_effect, "broad_impact": result.broad_impact, "rest": result.rest,
        "measure": measure, "dimensions": dims, "from": months[0] if months else None, "to": months[-1] if months else None,
    }  # fmt: skip
    return Report("localise", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, None, notes)


def _slice(found: Slice, gap: float, broad: float, unit: str, currency: str) -> dict[str, Any]:
    share = found.impact / gap if gap else None
    where = ", ".join(found.where.values())
    effect = words.percent(found.effect, 0, signed=True) if found.effect is not None else "unplanned"
    said = f"{where}: {words.amount(found.impact, unit, currency, signed=True)} ({effect} against plan)"
    said += f", {words.percent(share, 0)} of the gap" if share is not None else ""
    said += f"; {words.count(found.items, 'item')}"
    if broad:
        said += f", the rest of the business moved {words.percent(broad, 0, signed=True)}"
    return {"slice": found.where, "effect": found.effect, "impact": found.impact, "share_of_gap": share,
            "plan": found.plan, "items": found.items, "sentence": said}  # fmt: skip


def _searchable(snapshot: Snapshot, found: Sequence[query.Grain], scope: Scope) -> list[str]:
    fixed = {d for d, values in scope.where if len(values) == 1}
    rank = {"parent": 0, "attribute": 1, "key": 2}
    able = [
        d for d in snapshot.dimensions.values()
        if d.side != "time" and d.name not in fixed and 2 <= d.members <= 60 and all(g.has(d) for g in found)
    ]  # fmt: skip
    able.sort(key=lambda d: (rank.get(d.level, 3), d.members))
    return [d.name for d in able[:4]]


def _known(value: float) -> float | None:
    return None if value != value else float(value)
