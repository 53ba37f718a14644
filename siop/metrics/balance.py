"""Is the plan viable? Demand, supply and stock against policy, and load against capacity, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from siop.core import NotFound, Report, Scope, words
from siop.metrics.capacity import CAPACITY, Load, load
from siop.metrics.footing import by_name
from siop.metrics.horizon import Horizon, horizon
from siop.metrics.scores import Numbers
from siop.metrics.stock import cover, level, projected, shortage
from siop.metrics.supply import slice_of, without_time
from siop.warehouse import Snapshot

SHORTAGE = "shortage"
FLOWS = ("demand", "supply", "constrained_supply", "shortage")
STOCKS = ("opening", "closing", "constrained_closing", "min", "target", "max")
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Balance:
    """Arrays (items, months) behind the rows. items: families or products; open: which months are still to come."""

    items: tuple[str, ...]
    months: tuple[str, ...]
    open: np.ndarray
    value: dict[str, Numbers]
    notes: tuple[str, ...]
    horizon: Horizon
    load: Load


def balance(
    snapshot: Snapshot, scope: Scope, *, by: Sequence[str] | None = None, cycle: str | None = None
) -> Report:
    """Demand, supply, stock and capacity: what was, and what the plan of a cycle makes of it.

    Args: by: family (default), sku, a family's attribute or nothing, and month; or resource and month. cycle: the
        executive meeting whose plans are looked at, default scope.cycle, else the newest. The scope's first and last
        month cut the rows; without them the rows run from five months before the last closed one to the end of
        the plan.
    Returns: rows {by, month, closed, demand, supply, opening, closing, min, target, max, days_of_supply,
        constrained_supply, constrained_closing, shortage, value}, or {resource, month, closed, load_hours,
        available_hours, overtime_hours, utilisation}. Closed months are actual (sales, production, stock); open months
        are planned: closing = opening + supply - demand, below zero where the plan cannot be kept. constrained: what
        the hours of the resources allow. totals: first_trouble {month, kind (shortage, capacity), family or
        resource}, shortage {quantity, revenue, margin}: demand of the open months that stock and constrained supply cannot
        serve, cut: planned supply that the hours do not allow; identity_residual, excess_value, stock_value.
    Raises: NotFound for an unknown dimension or one that supply does not have.
    Source: APICS (projected balance, rough-cut capacity); field practice (forward cover).
    """
    scope = replace(by_name(snapshot, scope), cycle=cycle or scope.cycle)
    asked = [snapshot.dimension(n).name if n != "resource" else n for n in (by or _default(snapshot))]
    if "resource" in asked:
        return _by_resource(snapshot, scope, asked)
    dims = [d for d in asked if d != "month"]
    item = _item(snapshot, dims)
    made = compute(snapshot, scope, item)
    rows = _rows(snapshot, made, dims, item, scope, with_month="month" in asked)
    return _report(snapshot, scope, made, rows, _trouble(made))


def compute(snapshot: Snapshot, scope: Scope, item: str = "family") -> Balance:
    """The balance of every family (or product) of a scope over the whole horizon."""
    scope = without_time(snapshot, scope)
    part = slice_of(snapshot, scope)
    loaded = load(snapshot, scope)
    seen = horizon(snapshot, scope, part, item, loaded)
    v = dict(seen.value)
    is_open = np.array([m > seen.last for m in seen.months])
    at = int((~is_open).sum())  # first open month
    known = v["stock"]
    opening = np.column_stack([np.full(len(seen.items), np.nan), known[:, :-1]])
    closing, tight, tight_opening = known.copy(), known.copy(), opening.copy()
    if at and at < len(seen.months):
        start = known[:, at - 1]
        for name, target in (("supply", closing), ("constrained_supply", tight)):
            target[:, at:] = projected(start, v[name][:, at:], v["demand"][:, at:])
        opening[:, at:] = np.column_stack([start, closing[:, at:-1]])
        tight_opening[:, at:] = np.column_stack([start, tight[:, at:-1]])
    short = np.where(is_open, shortage(tight_opening, tight), np.nan)
    v |= {"opening": opening, "closing": closing, "constrained_closing": tight, "shortage": short}
    v["days_of_supply"], v["days_at_least"] = cover(closing, v["demand"], seen.days)
    for name, column in (("min", "min_days"), ("target", "target_days"), ("max", "max_days")):
        v[name] = level(seen.policy[column].to_numpy(float), v["demand"], seen.days)
    v["residual"] = np.where(is_open, np.nan, closing - (opening + v["supply"] - v["demand"]))
    v["value"] = closing * seen.unit_value[:, None]
    return Balance(seen.items, seen.months, is_open, v, seen.notes, seen, loaded)


def viability_sentence(snapshot: Snapshot, scope: Scope) -> str:
    """Is the plan viable, in one sentence: the first month of trouble, what is short, and what it costs."""
    return balance_sentence(balance(snapshot, replace(scope, first=None, last=None)), snapshot.currency)


def balance_sentence(report: Report, currency: str = "EUR") -> str:
    """The headline of a balance, from its totals."""
    first, short = report.totals["first_trouble"], report.totals["shortage"]
    if first is None:
        if report.totals["horizon_to"] is None:
            return "The plan cannot be judged: there is neither a supply plan with stock nor capacity with bills."
        return f"The plan is viable to {words.month(report.totals['horizon_to'])}: no shortage and no resource above its hours."
    month = words.month(first["month"], long=True)
    if first["kind"] == CAPACITY:
        over = (
            ""
            if first["utilisation"] is None
            else f" at {words.percent(first['utilisation'], 0)} of its hours"
        )
        said = f"The plan is not feasible in {month}: {first['resource']} is loaded{over}"
    else:
        who = f"{first['family']} runs" if first.get("family") else f"{first.get('sku') or 'Stock'} runs"
        said = f"The plan does not hold in {month}: {who} out of stock"
    cut = report.totals["cut"]
    if short["revenue"]:
        said += f"; {words.amount(short['revenue'], 'money', currency)} of revenue cannot be served"
    elif first["kind"] == CAPACITY and cut["revenue"]:
        said += (
            f"; {words.amount(cut['revenue'], 'money', currency)} of supply cannot be made, stock covers it"
        )
    return said + "."


def _default(snapshot: Snapshot) -> tuple[str, ...]:
    return ("family", "month") if "family" in snapshot.dimensions else ("sku", "month")


def _item(snapshot: Snapshot, dims: Sequence[str]) -> str:
    """The level the balance is struck at: families, or products where the dimensions need them."""
    found = [snapshot.dimension(d) for d in dims]
    wrong = [d.name for d in found if d.side != "product"]
    if wrong:
        raise NotFound(
            f"supply and stock have no {wrong[0]}: a balance is by family, sku or resource, and month"
        )
    if "family" not in snapshot.dimensions:
        return "sku"
    return "family" if all(d.level == "parent" or d.of_parent for d in found) else "sku"


def _groups(
    snapshot: Snapshot, made: Balance, dims: Sequence[str], item: str, scope: Scope
) -> list[tuple[str, ...]]:
    """The values of `dims` of every item, empty text where unknown."""
    if list(dims) == [item]:
        return [(name,) for name in made.items]
    products = slice_of(snapshot, without_time(snapshot, scope)).products
    found = products.drop_duplicates(item)
    columns = []
    for d in dims:
        known = dict(
            zip(found[item].astype(str), found[d].astype(object).where(found[d].notna(), ""), strict=True)
        )
        columns.append([name if d == item else str(known.get(name, "")) for name in made.items])
    return list(zip(*columns, strict=True)) if columns else [()] * len(made.items)


def _rows(
    snapshot: Snapshot, made: Balance, dims: Sequence[str], item: str, scope: Scope, *, with_month: bool
) -> list[dict[str, Any]]:
    """Rows of the months looked at. A group whose items are in several units has no quantities, only value."""
    groups = _groups(snapshot, made, dims, item, scope)
    shown = [i for i, m in enumerate(made.months) if _looked_at(snapshot, made, scope, m)]
    rows = []
    for key in dict.fromkeys(groups):
        inside = np.array([g == key for g in groups])
        names = {d: (k or None) for d, k in zip(dims, key, strict=True)}
        units = {made.horizon.units[i] for i in np.flatnonzero(inside)}
        own = {
            n: _together(made.value[n][inside], len(units) > 1 and n != "value")
            for n in (*FLOWS, *STOCKS, "value")
        }
        days, least = made.value["days_of_supply"][inside][0], made.value["days_at_least"][inside][0]
        if inside.sum() > 1:
            days, least = (a[0] for a in cover(own["closing"][None], own["demand"][None], made.horizon.days))
        if with_month:
            rows += [_row(made, names | {"month": made.months[i]}, own, days, least, [i]) for i in shown]
        elif shown:
            rows.append(_row(made, names, own, days, least, shown))
    return [
        row
        for row in rows
        if any(row[n] is not None for n in ("demand", "supply", "opening", "closing", "value"))
    ]


def _together(values: Numbers, mixed: bool) -> Numbers:
    if mixed:
        return np.full(values.shape[1], np.nan)
    known = np.isfinite(values).any(axis=0)
    return np.where(known, np.nansum(values, axis=0), np.nan)


def _row(
    made: Balance,
    names: dict[str, Any],
    own: dict[str, Numbers],
    days: Numbers,
    least: Numbers,
    at: Sequence[int],
) -> dict[str, Any]:
    """One row over months `at`: flows are summed, the opening is the first month's, other stocks the last one's."""
    first, last = at[0], at[-1]
    row: dict[str, Any] = {**names, "closed": bool(not made.open[last])}
    for name in ("demand", "supply"):
        row[name] = _sum(own[name], at)
    row |= {"opening": _at(own["opening"], first), "closing": _at(own["closing"], last)}
    row |= {name: _at(own[name], last) for name in ("min", "target", "max")}
    row |= {"days_of_supply": _at(days, last), "days_at_least": _at(least, last)}
    row |= {name: _sum(own[name], at) for name in ("constrained_supply", "shortage")}
    row |= {name: _at(own[name], last) for name in ("constrained_closing", "value")}
    return row


def _looked_at(snapshot: Snapshot, made: Balance, scope: Scope, month: str) -> bool:
    if (
        not (scope.first or made.horizon.from_month)
        <= month
        <= (scope.last or made.months[-1] if made.months else month)
    ):
        return False
    calendar = snapshot.calendar.set_index("month")
    for name, values in (*scope.where, *scope.only):
        if snapshot.dimension(name).side == "time":
            value = (
                month if name == "month" else str(calendar.at[month, name]) if month in calendar.index else ""
            )
            if value not in values:
                return False
    return True


def _trouble(made: Balance) -> dict[str, Any] | None:
    """The first open month that the plan cannot be kept in; capacity before shortage, for it is the cause."""
    found = [t for t in (_first_overload(made.load), _first_shortage(made)) if t is not None]
    return min(found, key=lambda t: t["month"]) if found else None


def _first_shortage(made: Balance) -> dict[str, Any] | None:
    below = (made.value["closing"] < -_TINY) & made.open
    if not below.any():
        return None
    at = int(below.any(axis=0).argmax())
    worst = int(np.where(below[:, at], made.value["closing"][:, at], np.inf).argmin())
    name = made.items[worst] or None
    return {
        "month": made.months[at], "kind": SHORTAGE, made.horizon.item: name, "resource": None,
        "quantity": float(-made.value["closing"][worst, at]),
    }  # fmt: skip


def _first_overload(found: Load) -> dict[str, Any] | None:
    over = found.first_overload()
    if over is None:
        return None
    return {
        "month": over["month"], "kind": CAPACITY, "family": None, "resource": over["resource"],
        "utilisation": over["utilisation"],
    }  # fmt: skip


def _shortage(made: Balance) -> dict[str, float | None]:
    """Of all open months: units where they are of one kind, revenue and margin at the plan's own value a unit."""
    short = made.value["shortage"][:, made.open]
    known = np.isfinite(short)
    if not known.any():
        return {"quantity": None, "revenue": None, "margin": None}
    return _in_money(made, np.where(known, short, 0.0))


def _cut(made: Balance) -> dict[str, float | None]:
    """Planned supply of open months that the hours do not allow, in units of one kind and in the money of its demand."""
    lost = (made.value["supply"] - made.value["constrained_supply"])[:, made.open]
    if not np.isfinite(lost).any():
        return {"quantity": None, "revenue": None, "margin": None}
    return _in_money(made, np.where(np.isfinite(lost), np.maximum(lost, 0.0), 0.0))


def _in_money(made: Balance, units: Numbers) -> dict[str, float | None]:
    """(items, open months) in units, revenue and margin; units only where all of them are of one kind."""
    hit = {made.horizon.units[i] for i in np.flatnonzero((units > 0).any(axis=1))}
    told: dict[str, float | None] = {"quantity": float(units.sum()) if len(hit) <= 1 else None}
    for name in ("revenue", "margin"):
        money = np.where(units > 0, units * made.value[f"unit_{name}"][:, made.open], 0.0)
        told[name] = None if np.isnan(money).any() else float(money.sum())
    return told


def _residual(made: Balance, scope: Scope) -> float | None:
    """Of the closed months looked at: how much closing stock does not follow from opening + made - sold, all signs off."""
    first, last = scope.first or made.horizon.from_month, scope.last or "9999-12"
    inside = np.array([first <= m <= last for m in made.months], bool)
    known = made.value["residual"][:, inside]
    return float(np.nansum(np.abs(known))) if np.isfinite(known).any() else None


def _report(
    snapshot: Snapshot,
    scope: Scope,
    made: Balance,
    rows: list[dict[str, Any]],
    trouble: dict[str, Any] | None,
) -> Report:
    notes = list(made.notes)
    short = _shortage(made)
    if short["revenue"] is not None and short["quantity"] is None:
        notes.append("The units of what is short differ and cannot be added: only money is.")
    residual = _residual(made, scope)
    sold = float(np.nansum(made.value["demand"][:, ~made.open]))
    if residual and sold and residual > 0.01 * sold:
        notes.append(
            f"Closing stock does not follow from opening + made - sold: off by {words.number(residual, 0)} in the closed months shown."
        )
    if not rows:
        notes.append("There are no rows in this scope.")
    judged = made.load.judged
    has_stock = bool(np.isfinite(made.value["closing"][:, made.open]).any())
    return Report(
        report="balance",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=scope.as_dict(),
        rows=rows,
        totals={
            **_totals(made, rows),
            "first_trouble": trouble,
            "first_shortage": _first_shortage(made),
            "first_overload": _first_overload(made.load),
            "shortage": short,
            "cut": _cut(made),
            "identity_residual": residual,
            "excess_value": _excess(made),
            "stock_value": _stock_value(made),
            "versions": list(made.horizon.versions),
            "load_from": made.load.source,
            "horizon_to": made.months[-1] if judged or has_stock else None,
        },
        coverage=None,
        notes=list(dict.fromkeys(notes)),
    )


def _totals(made: Balance, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Flows over the rows shown; none where units differ."""
    one_unit = len(set(made.horizon.units)) <= 1
    found: dict[str, Any] = {}
    for name in ("demand", "supply"):
        known = [r[name] for r in rows if r.get(name) is not None]
        found[name] = float(sum(known)) if known and one_unit else None
    return found


def _excess(made: Balance) -> float | None:
    """Money in stock above the policy's maximum at the last closed month."""
    at = int((~made.open).sum()) - 1
    if at < 0:
        return None
    over = np.maximum(made.value["closing"][:, at] - made.value["max"][:, at], 0.0) * made.horizon.unit_value
    return float(np.nansum(over)) if np.isfinite(over).any() else None


def _stock_value(made: Balance) -> float | None:
    at = int((~made.open).sum()) - 1
    if at < 0 or not np.isfinite(made.value["value"][:, at]).any():
        return None
    return float(np.nansum(made.value["value"][:, at]))


def _by_resource(snapshot: Snapshot, scope: Scope, asked: Sequence[str]) -> Report:
    """Load and hours by resource and month (or over the months looked at)."""
    if set(asked) - {"resource", "month"}:
        wrong = next(iter(set(asked) - {"resource", "month"}))
        raise NotFound(f"capacity has no {wrong}: load is by resource and month")
    made = compute(snapshot, scope, "family" if "family" in snapshot.dimensions else "sku")
    inside = {m for m in set(made.load.table["month"]) if _looked_at(snapshot, made, scope, m)}
    rows = made.load.rows(inside, with_month="month" in asked)
    return _report(snapshot, scope, made, rows, _first_overload(made.load) or _trouble(made))


def _at(values: Numbers, index: int) -> float | None:
    return None if np.isnan(values[index]) else float(values[index])


def _sum(values: Numbers, at: Sequence[int]) -> float | None:
    picked = values[list(at)]
    return None if np.isnan(picked).all() else float(np.nansum(picked))


__all__ = ["Balance", "balance", "balance_sentence", "compute", "viability_sentence"]
