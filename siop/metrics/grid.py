"""The family grid: plan, actual, deviation and cumulative deviation of sales, production, stock and backlog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np
import pandas as pd

from siop.core import Report, Scope, add_months, span, words
from siop.metrics.backlog import past_due
from siop.metrics.compare import deviation, deviation_ratio, unknown_values
from siop.metrics.cycle import cycle_of
from siop.metrics.footing import by_name, filters, lacking_note, statement, unit_of
from siop.metrics.grain import grains
from siop.metrics.source import resolve
from siop.metrics.supply import Slice, slice_of, without_time
from siop.metrics.viability import plan_cycle
from siop.metrics.vintages import fiscal_year, plan_ahead, plan_of
from siop.warehouse import Snapshot

SALES, PRODUCTION, INVENTORY, BACKLOG = "sales", "production", "inventory", "backlog"
KINDS = (SALES, PRODUCTION, INVENTORY, BACKLOG)
PAST, AHEAD = 6, 8


def family_grid(
    snapshot: Snapshot, scope: Scope, *, past: int = PAST, ahead: int = AHEAD, version: str | None = None
) -> Report:
    """The grid of one family (or any slice): in units where all its products are counted alike, else in money.

    Args: past, ahead: how many closed and open months are shown; version: the signed plan, default the consensus of
        scope.cycle. Closed months are compared with the plan of scope.lag: the consensus for sales, the supply plan for
        production and stock. Open months show the plan in force.
    Returns: rows {kind (sales, production, inventory, backlog), month, closed, fenced, plan, actual, deviation,
        deviation_ratio, cumulative}; cumulative runs from the first month of the fiscal year, for flows only, and stops
        where a month has no deviation. totals: unit (units, money), fence_months, per kind the sums of the closed
        months shown. Money of production is quantity x unit cost, of stock its value. The backlog is what was due and
        not delivered at the end of a closed month, in money at list price; nobody plans it.
    Raises: NotFound for an unknown dimension.
    Source: Wallace and Stahl, the S&OP spreadsheet by family.
    """
    scope = replace(
        by_name(snapshot, without_time(snapshot, by_name(snapshot, scope))), first=None, last=None
    )
    plans = cycle_of(snapshot, plan_cycle(snapshot, scope.cycle))
    last = plans.last
    if last is None:
        return Report(
            "family-grid", snapshot.id, None, scope.as_dict(), [], {}, None, ["No month is closed yet."]
        )
    part = slice_of(snapshot, scope)
    unit, notes = _unit(snapshot, part)
    first = add_months(last, 1 - past)
    start = min(first, _year_start(snapshot, last))
    closed, open_ = span(start, last), span(add_months(last, 1), add_months(last, ahead))
    fence = _fence(snapshot, part)
    signed = version or (plans.consensus[0] if plans.consensus else None)
    lines = {SALES: _sales(snapshot, scope, unit, signed, last, closed, open_)}
    notes += [*unknown_values(snapshot, scope), *_unseen(snapshot, scope, unit, signed)]
    if part.blocked:
        names = words.listed([d.name for d in part.blocked])
        notes.append(f"Production and stock are not split by {names}: only sales are shown.")
    else:
        for kind, file in ((PRODUCTION, "made_in_month"), (INVENTORY, "stock_in_month")):
            found = _planned(snapshot, part, file, unit, scope.lag, plans.supplies, closed, open_)
            if found is None:
                notes.append(f"No {kind} is loaded: it would stand beside its supply plan here.")
            else:
                lines[kind] = found
    due = past_due(snapshot, scope, closed)
    if due is not None:
        ordered = due["quantity" if unit == "units" else "money"].reindex(closed)
        lines[BACKLOG] = _nothing([*closed, *open_]), ordered.astype("float64")
    rows: list[dict[str, Any]] = []
    for kind, (plan, actual) in lines.items():
        rows += _rows(snapshot, kind, plan, actual, closed, open_, first, fence)
    rows = [] if all(r["plan"] is None and r["actual"] is None for r in rows) else rows
    if not rows:
        notes.append("There are no rows in this scope.")
    totals: dict[str, Any] = {"unit": unit, "fence_months": fence, "lag": scope.lag, "versions": [
        *plans.consensus[:1], *plans.supplies[:1]], "from": first, "to": open_[-1], "last_closed": last}  # fmt: skip
    for kind in lines:
        own = [r for r in rows if r["kind"] == kind and r["closed"]]
        totals[kind] = {
            "cumulative": own[-1]["cumulative"] if own else None,
            "deviation": own[-1]["deviation"] if own else None,
        }
    return Report("family-grid", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, None, notes)


def grid_sentence(report: Report, currency: str = "EUR") -> str:
    """How far sales and production have drifted from their plans this year; from the totals."""
    unit = report.totals.get("unit", "units")
    said: list[str] = []
    for kind in (SALES, PRODUCTION):
        off = (report.totals.get(kind) or {}).get("cumulative")
        if off is not None:
            side = (
                "on"
                if not off
                else f"{words.amount(abs(off), unit, currency)} {'above' if off > 0 else 'under'}"
            )
            said.append(
                f"{kind.capitalize() if not said else kind} {'are' if kind == SALES else 'is'} {side}"
            )
    if not said:
        return "There is no plan of closed months to compare with"
    return f"{' and '.join(said)} plan this year, at lag {report.totals['lag']}"


def _unit(snapshot: Snapshot, part: Slice) -> tuple[str, list[str]]:
    """units inside one family that is counted in one unit; else money, which always adds up."""
    families = set(part.products["family"].dropna().astype(str)) if "family" in part.products else set()
    known = unit_of(snapshot, "family")
    if len(families) == 1 and next(iter(families)) in known:
        return "units", []
    if len(families) == 1:
        return "money", [
            f"The products of {next(iter(families))} are in several units: the grid is in money."
        ]
    return "money", []


def _year_start(snapshot: Snapshot, month: str) -> str:
    year = fiscal_year(snapshot, month)
    return next(m for m in span(add_months(month, -11), month) if fiscal_year(snapshot, m) == year)


def _fence(snapshot: Snapshot, part: Slice) -> int:
    """The longest fence of the slice's families, in months; 0 without one."""
    known = snapshot.table(statement("fences")).set_index("family")["fence_months"]
    families = set(part.products["family"].dropna().astype(str)) if "family" in part.products else set()
    own = [int(known[f]) for f in families if f in known.index]
    return max(own, default=0)


Line = tuple["pd.Series[float]", "pd.Series[float]"]


def _sales(
    snapshot: Snapshot, scope: Scope, unit: str, signed: str | None, last: str, closed: Sequence[str], open_: Sequence[str]
) -> Line:  # fmt: skip
    measure = "quantity" if unit == "units" else "revenue"
    before = (
        plan_of(snapshot, "consensus", measure, scope, closed)
        if _has(snapshot, "consensus")
        else _nothing(closed)
    )
    ahead = plan_ahead(snapshot, scope, measure, signed, last, open_)
    actual = plan_of(snapshot, "actual", measure, scope, closed)
    return pd.concat([before, ahead]), actual


def _unseen(snapshot: Snapshot, scope: Scope, unit: str, signed: str | None) -> list[str]:
    """Why the plan of sales, or what was sold, is not there: it is coarser than the scope."""
    notes = []
    for source in ("actual", *([signed] if signed is not None else [])):
        found = grains(snapshot, [source], "quantity" if unit == "units" else "revenue")
        lacking = [d for d in filters(snapshot, scope) if any(not g.has(d) for g in found)]
        notes += [lacking_note(snapshot, source, found, lacking)] if lacking else []
    return notes


def _has(snapshot: Snapshot, kind: str) -> bool:
    return bool((snapshot.versions["kind"] == kind).any())


def _nothing(months: Sequence[str]) -> pd.Series[float]:
    return pd.Series(np.nan, index=list(months), dtype="float64")


def _planned(
    snapshot: Snapshot, part: Slice, file: str, unit: str, lag: int, supplies: Sequence[str], closed: Sequence[str],
    open_: Sequence[str],
) -> Line | None:  # fmt: skip
    """Production or stock: the supply plan of the lag in closed months, the newest one that has the month in open ones."""
    pairs = resolve(snapshot, "supply", closed, lag)
    used = {
        "skus": None if part.skus is None else list(part.skus),
        "sites": None if part.sites is None else list(part.sites),
    }
    found = snapshot.table(statement(file), {"versions": ["actual", *pairs.names, *supplies], **used})
    if found.empty:
        return None
    table = found.set_index(["version", "month"])["quantity" if unit == "units" else "money"]
    actual = pd.Series([_at(table, "actual", m) for m in closed], index=list(closed), dtype="float64")
    by_month = dict(zip(pairs.months, pairs.versions, strict=True))
    plan = [_at(table, by_month.get(m, ""), m) for m in closed]
    for month in open_:
        values = [_at(table, v, month) for v in supplies]
        plan.append(next((v for v in values if not np.isnan(v)), np.nan))
    return pd.Series(plan, index=[*closed, *open_], dtype="float64"), actual


def _at(table: pd.Series[float], version: str, month: str) -> float:
    return float(table[version, month]) if (version, month) in table.index else float("nan")


def _rows(
    snapshot: Snapshot, kind: str, plan: pd.Series[float], actual: pd.Series[float], closed: Sequence[str],
    open_: Sequence[str], first: str, fence: int,
) -> list[dict[str, Any]]:  # fmt: skip
    running = _running(snapshot, kind, plan, actual, closed)
    made = []
    for month in [*(m for m in closed if m >= first), *open_]:
        known, came = _known(plan[month]), _known(actual[month]) if month in actual.index else None
        made.append(
            {
                "kind": kind, "month": month, "closed": month in actual.index,
                "fenced": month not in actual.index and open_.index(month) < fence, "plan": known, "actual": came,
                "deviation": deviation(came, known), "deviation_ratio": deviation_ratio(came, known),
                "cumulative": running.get(month),
            }
        )  # fmt: skip
    return made


def _running(
    snapshot: Snapshot, kind: str, plan: pd.Series[float], actual: pd.Series[float], closed: Sequence[str]
) -> dict[str, float | None]:
    """The running sum of deviations since the first month of each fiscal year; stocks have none."""
    if kind in (INVENTORY, BACKLOG):
        return {}
    by_year: dict[str, list[str]] = {}
    for month in closed:
        by_year.setdefault(fiscal_year(snapshot, month), []).append(month)
    found: dict[str, float | None] = {}
    for months in by_year.values():
        if fiscal_year(snapshot, add_months(months[0], -1)) == fiscal_year(snapshot, months[0]):
            continue  # the year began before the months that were read
        sums = accumulate(float(actual[m] - plan[m]) for m in months)
        found |= {m: _known(v) for m, v in zip(months, sums, strict=True)}
    return found


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


__all__ = ["KINDS", "family_grid", "grid_sentence"]
