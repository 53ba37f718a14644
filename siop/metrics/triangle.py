"""How did the plan of a month move as it came nearer? The forecast triangle, and how stable the plan is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from siop.core import MEASURES, NotFound, Report, Scope, Undefined, span, words
from siop.metrics import scores
from siop.metrics.compare import default_measure, unknown_values
from siop.metrics.cycle import latest_by_cycle
from siop.metrics.footing import by_name, facts, filters, lacking_note, months_given
from siop.metrics.grain import closed_periods, coarsest, grains, period_number
from siop.metrics.units import mixed_total
from siop.warehouse import Snapshot


def triangle(
    snapshot: Snapshot, scope: Scope, *, measure: str | None = None, cycles: int | None = None
) -> Report:
    """Every cycle's consensus plan of every period, and the actual.

    Args: cycles: only the newest so many; default all up to scope.cycle. Months of the scope choose the periods
        looked at; without them all that the cycles plan.
    Returns: rows {cycle, version, period, plan, lag, actual} by cycle, then period (month, or quarter and year where
        the plans are so), lag in periods; actual only where the period is wholly closed. totals: stability =
        sum |this cycle's plan - the one before| / sum |the one before| over periods both have, by step in `steps`.
    Raises: NotFound for an unknown measure or dimension.
    Source: consensus waterfall of demand planning systems; stability: de Kok (COCC).
    """
    measure = measure or default_measure(snapshot)
    if measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)}")
    scope = by_name(snapshot, scope)
    versions = latest_by_cycle(snapshot, scope.cycle)
    chosen = dict(list(versions.items())[-cycles:] if cycles else versions.items())
    found = grains(snapshot, list(chosen.values()), measure)
    notes = unknown_values(snapshot, scope)
    blocked = [d for d in filters(snapshot, scope) if any(not g.has(d) for g in found)]
    if not found:
        notes.append(f"There is no consensus plan of {measure} by cycle.")
    if blocked:
        notes.append(lacking_note(snapshot, "consensus", found, blocked))
    rows: list[dict[str, Any]] = []
    period = coarsest(found).period
    mixed = (
        mixed_total(snapshot, measure, list(chosen.values()), scope, _months(snapshot, scope, chosen, period))
        if found and not blocked
        else None
    )
    if mixed:
        notes.append(mixed)
    elif found and not blocked:
        rows = _rows(snapshot, scope, measure, chosen, period)
        came = grains(snapshot, ["actual"], measure)
        lacking = [d for d in (snapshot.dimension(period),) if any(not g.has(d) for g in came)]
        notes += [lacking_note(snapshot, "actual", came, lacking)] if lacking else []
        if not rows:
            notes.append("There are no rows in this scope.")
    steps = _steps(rows)
    moved, base = sum(s["moved"] for s in steps), sum(s["base"] for s in steps)
    return Report(
        report="triangle", snapshot=snapshot.id, as_of=snapshot.as_of, scope=scope.as_dict(), rows=rows,
        totals={"measure": measure, "period": period, "stability": moved / base if base else None, "steps": steps},
        coverage=None, notes=notes,
    )  # fmt: skip


def triangle_sentence(totals: dict[str, Any]) -> str:
    """The headline: how much of the plan the newest cycle moved, and how much one usually does."""
    steps = [s for s in totals["steps"] if s["stability"] is not None]
    if not steps:
        return "How stable the plan is needs the consensus plans of two cycles that share a period."
    newest = steps[-1]
    return (
        f"Cycle {newest['cycle']} moved {words.percent(newest['stability'])} of the plan it took over;"
        f" a cycle usually moves {words.percent(totals['stability'])}."
    )


def _rows(
    snapshot: Snapshot, scope: Scope, measure: str, chosen: dict[str, str], period: str
) -> list[dict[str, Any]]:
    labels = _labels(snapshot, period)
    start = int(snapshot.meta.get("fiscal_year_start") or 1)
    first_of = {label: month for month, label in reversed(list(labels.items()))}
    months = _months(snapshot, scope, chosen, period)
    due = set(closed_periods(snapshot, months, period)[0])
    coarser = any(not g.has(snapshot.dimension(period)) for g in grains(snapshot, ["actual"], measure))
    came_in = [] if coarser else [m for m in months if labels.get(m) in due]
    closed = months_given(snapshot, "actual", came_in)
    came = facts(snapshot, "actual", (period,), (measure,), scope, closed) if closed else None
    actual = {} if came is None else dict(zip(came[period].astype(str), came[measure], strict=True))
    if closed:
        actual = {label: actual.get(label, 0.0) for label in due}
    rows: list[dict[str, Any]] = []
    for cycle, version in chosen.items():
        given = months_given(snapshot, version, months)
        if not given:
            continue
        plan = facts(snapshot, version, (period,), (measure,), replace(scope, first=None, last=None), given)
        for label, value in zip(plan[period].astype(str), plan[measure], strict=True):
            lag = period_number(first_of[label], period, start) - period_number(cycle, period, start)
            rows.append(
                {
                    "cycle": cycle, "version": version, "period": label, "lag": lag,
                    "plan": None if np.isnan(value) else float(value), "actual": _number(actual.get(label)),
                }
            )  # fmt: skip
    return rows


def _labels(snapshot: Snapshot, period: str) -> dict[str, str]:
    """{month: the period it lies in}."""
    calendar = snapshot.calendar
    return dict(zip(calendar["month"], calendar[period].astype(str), strict=True))


def _months(snapshot: Snapshot, scope: Scope, chosen: dict[str, str], period: str) -> list[str]:
    """The months of the scope, else all that the cycles plan, to the end of their last period."""
    known = snapshot.versions.set_index("version")
    firsts = [str(known.at[v, "first_month"]) for v in chosen.values()]
    lasts = [str(known.at[v, "last_month"]) for v in chosen.values()]
    labels = _labels(snapshot, period)
    ends = [m for m, label in labels.items() if label == labels.get(max(lasts))]
    return span(scope.first or min(firsts), scope.last or max([max(lasts), *ends]))


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(value)


def _steps(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """{cycle, against, moved, base, stability} of every cycle against the one before, over periods both have."""
    plans: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["plan"] is not None:
            plans.setdefault(row["cycle"], {})[row["period"]] = row["plan"]
    found = []
    for before, after in pairwise(sorted(plans)):
        shared = sorted(set(plans[before]) & set(plans[after]))
        old, new = (np.array([plans[c][p] for p in shared]) for c in (before, after))
        try:
            stability: float | None = scores.churn(old, new)
        except Undefined:
            stability = None
        moved, base = float(np.abs(new - old).sum()), float(np.abs(old).sum())
        found.append(
            {"cycle": after, "against": before, "moved": moved, "base": base, "stability": stability}
        )
    return found
