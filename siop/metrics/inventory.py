"""The cash in stock: value, target, turns and days, from month-end stock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from siop.core import Scope, Undefined, add_months, span, words
from siop.metrics.footing import by_name, facts, filters, months_given
from siop.metrics.grain import grains
from siop.metrics.projection import compute
from siop.metrics.scores import Numbers
from siop.metrics.stock import inventory_turns
from siop.metrics.supply import slice_of, stock, without_time
from siop.warehouse import Snapshot

DAYS = 365


@dataclass(frozen=True, slots=True)
class Position:
    """value, target_value: money at the end of `month`; turns: cost of the months over mean stock value, a year;
    days: value at mean cost of a day; months: how many closed months cost and mean rest on. None is unknown."""

    month: str | None
    value: float | None
    target_value: float | None
    turns: float | None
    days: float | None
    cost: float | None
    mean_value: float | None
    months: int
    notes: tuple[str, ...]


def inventory_position(snapshot: Snapshot, scope: Scope) -> dict[str, Any]:
    """Stock in money at the last closed month of the scope, as a plain table row; see Position."""
    made = position(snapshot, scope)
    return {name: getattr(made, name) for name in Position.__slots__} | {"notes": list(made.notes)}


def position(snapshot: Snapshot, scope: Scope) -> Position:
    """Value, target and turns. Turns = cost of the last twelve closed months / mean of their closing values; with fewer
    months the cost is scaled to a year and a note says so. Source: SCOR AM.2.2."""
    scope = without_time(snapshot, by_name(snapshot, scope))
    part = slice_of(snapshot, scope)
    nothing = Position(None, None, None, None, None, None, None, 0, ())
    if part.blocked:
        names = words.listed([d.name for d in part.blocked])
        return replace(nothing, notes=(f"Stock is not split by {names}.",))
    found = stock(snapshot, part)
    closed = [m for m in snapshot.closed_months if scope.last is None or m <= scope.last]
    have = sorted(set(found["month"]) & set(closed))
    if not have:
        return replace(nothing, notes=("No inventory of a closed month in this scope.",))
    month = have[-1]
    notes = []
    by_month = found.groupby("month")["value"].sum(min_count=1)
    if found["unvalued"].sum():
        notes.append("Some stock has neither a value nor a unit cost: it is left out of stock value.")
    year = [m for m in span(add_months(month, -11), month) if m in set(have)]
    values: Numbers = np.array(by_month.reindex(year), dtype=np.float64)
    value = None if np.isnan(values[-1]) else float(values[-1])
    cost, costed = _cost(snapshot, scope, year)
    turns = days = mean = None
    if cost is not None and costed:
        yearly = cost * 12 / costed
        try:
            turns = inventory_turns(yearly, values)
            mean = float(values[~np.isnan(values)].mean())
        except Undefined:
            turns = None
        if value is not None and yearly > 0:
            days = value / (yearly / DAYS)
        if costed < 12:
            notes.append(f"Turns rest on {words.count(costed, 'month')}, scaled to a year.")
    elif cost is None:
        notes.append("The actuals give no cost here: no turns and no days.")
    return Position(
        month, value, _target(snapshot, scope, month), turns, days, cost, mean, costed, tuple(notes)
    )


def _cost(snapshot: Snapshot, scope: Scope, months: list[str]) -> tuple[float | None, int]:
    """(cost of sales over the months the actuals have, how many); None where it is not known at this scope."""
    found_at = grains(snapshot, ["actual"], "cost")
    given = months_given(snapshot, "actual", months)
    needed = [*filters(snapshot, scope), snapshot.dimension("month")]
    if not found_at or not given or any(not g.has(d) for g in found_at for d in needed):
        return None, 0
    found = facts(snapshot, "actual", (), ("cost",), scope, given)
    total = float(found["cost"].sum(min_count=1)) if len(found) else float("nan")
    return (None, 0) if np.isnan(total) else (total, len(given))


def _target(snapshot: Snapshot, scope: Scope, month: str) -> float | None:
    """The policy's target stock in money, of the items that have a policy; None where none has."""
    if not snapshot.tables.get("policies"):
        return None
    made = compute(
        snapshot,
        replace(scope, first=None, last=None),
        "family" if "family" in snapshot.dimensions else "sku",
    )
    if month not in made.months:
        return None
    money = made.value["target"][:, made.months.index(month)] * made.horizon.unit_value
    return float(np.nansum(money)) if np.isfinite(money).any() else None
