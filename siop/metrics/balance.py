"""Is the plan viable? Demand, supply and stock against policy, and load against capacity, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from siop.core import NotFound, Report, Scope, words
from siop.metrics import trouble
from siop.metrics.capacity import CAPACITY
from siop.metrics.compare import unknown_values
from siop.metrics.footing import by_name
from siop.metrics.projection import Balance, compute
from siop.metrics.scores import Numbers
from siop.metrics.stock import cover
from siop.metrics.supply import slice_of, without_time
from siop.metrics.trouble import TINY
from siop.warehouse import Snapshot

FLOWS = ("demand", "supply", "constrained_supply", "shortage")
STOCKS = ("opening", "closing", "constrained_closing", "min", "target", "max")
MONEY = ("value", "excess_value", "short_revenue", "short_margin")  # adds up over items of any unit


def balance(
    snapshot: Snapshot, scope: Scope, *, by: Sequence[str] | None = None, cycle: str | None = None
) -> Report:
    """Demand, supply, stock and capacity: what was, and what the plan of a cycle makes of it.

    Args: by: family (default), sku, a family's attribute or nothing, and month; or resource and month. cycle: the
        executive meeting whose plans are looked at, default scope.cycle, else the newest. The scope's first and last
        month cut the rows; without them the rows run from five months before the last closed one to the end of
        the plan.
    Returns: rows {by, month, closed, demand, supply, opening, closing, min, target, max, days_of_supply,
        constrained_supply, constrained_closing, shortage, value, excess_value (money above the policy's most; of
        several months the highest), short_revenue, short_margin}, without month also {first_below (first open month
        under the policy's least), first_short, least_days}; or {resource, month, closed, load_hours,
        available_hours, overtime_hours, utilisation}. Closed months are actual (sales, production, stock); open months
        are planned: closing = opening + supply - demand, below zero where the plan cannot be kept. constrained: what
        the hours of the resources allow. totals: first_trouble {month, kind (shortage, capacity), family or
        resource}, shortage {quantity, revenue, margin}: demand of the open months that stock and constrained supply cannot
        serve, cut: planned supply that the hours do not allow; identity_residual, excess_value, stock_value; judged: which of stock and hours
        could be, part: whether the reader sees a part of the company.
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
    return _report(snapshot, scope, made, rows, trouble.first(made))


def viability_sentence(snapshot: Snapshot, scope: Scope) -> str:
    """Is the plan viable, in one sentence: the first month of trouble, what is short, and what it costs."""
    return balance_sentence(balance(snapshot, replace(scope, first=None, last=None)), snapshot.currency)


_CLEAR = {"stock": "no shortage", "hours": "no resource above its hours"}


def balance_sentence(report: Report, currency: str = "EUR") -> str:
    """The headline of a balance, from its totals."""
    first, short = report.totals["first_trouble"], report.totals["shortage"]
    if first is None:
        judged = [_CLEAR[name] for name in report.totals["judged"]]
        if not judged and report.totals["part"]:
            return "A part of the company does not tell whether the plan is viable: stock and hours are of the whole."
        if not judged:
            return "The plan cannot be judged: there is neither a supply plan with stock nor capacity with bills."
        return f"The plan is viable to {words.month(report.totals['horizon_to'])}: {words.listed(judged)}."
    month = words.month(first["month"], long=True)
    if first["kind"] == CAPACITY:
        over = (
            " hours it has not"
            if first["utilisation"] is None
            else f" {words.percent(first['utilisation'], 0)} of its hours"
        )
        said = f"The plan is not feasible in {month}: {first['resource']} needs{over}"
    else:
        who = f"{first['family']} runs" if first.get("family") else f"{first.get('sku') or 'Stock'} runs"
        said = f"The plan does not hold in {month}: {who} out of stock"
    cut = report.totals["cut"]
    if short["revenue"]:
        said += f"; {words.amount(short['revenue'], 'money', currency)} of revenue cannot be served"
    elif first["kind"] == CAPACITY and cut["revenue"]:
        said += f"; stock covers the {words.amount(cut['revenue'], 'money', currency)} it cannot make"
    return said + "."


def _default(snapshot: Snapshot) -> tuple[str, ...]:
    if "sku" not in snapshot.dimensions and "family" not in snapshot.dimensions:
        raise NotFound(
            "the company's files name no product: a balance is by family, sku or resource, and month"
        )
    return ("family" if "family" in snapshot.dimensions else "sku", "month")


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
            n: _together(made.value[n][inside], len(units) > 1 and n not in MONEY)
            for n in (*FLOWS, *STOCKS, *MONEY)
        }
        days, least = made.value["days_of_supply"][inside][0], made.value["days_at_least"][inside][0]
        if inside.sum() > 1:
            days, least = (a[0] for a in cover(own["closing"][None], own["demand"][None], made.horizon.days))
        if with_month:
            rows += [_row(made, names | {"month": made.months[i]}, own, days, least, [i]) for i in shown]
        elif shown:
            row = _row(made, names, own, days, least, shown)
            rows.append(row | _firsts(made, inside, days, shown))
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
    row |= {name: _sum(own[name], at) for name in ("short_revenue", "short_margin")}
    row["excess_value"] = _most(own["excess_value"], at)
    return row


def _firsts(made: Balance, inside: np.ndarray, days: Numbers, at: Sequence[int]) -> dict[str, Any]:
    """Of a row over open months `at`: the first month in which any of its items is under the policy's least stock, and
    in which any runs out within the hours; least_days: the lowest cover of those months, None where stock outlasts."""
    v = made.value
    with np.errstate(invalid="ignore"):
        below = (v["closing"] < v["min"] - TINY)[inside].any(axis=0) & made.open
        short = (v["constrained_closing"] < -TINY)[inside].any(axis=0) & made.open
    ahead = [i for i in at if made.open[i] and np.isfinite(days[i])]
    return {
        "first_below": next((made.months[i] for i in at if below[i]), None),
        "first_short": next((made.months[i] for i in at if short[i]), None),
        "least_days": float(days[ahead].min()) if ahead else None,
    }


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


def _report(
    snapshot: Snapshot,
    scope: Scope,
    made: Balance,
    rows: list[dict[str, Any]],
    first: dict[str, Any] | None,
) -> Report:
    notes = [*unknown_values(snapshot, scope), *made.notes]
    if scope.only:  # the hours of a resource are of the whole company: who sees a part is not told of them
        first = trouble.first_shortage(made)
        rows = [r for r in rows if "resource" not in r]
        notes.append("Load and hours are of the whole company and not shown to a reader of a part of it.")
    short = trouble.shortage(made)
    if short["revenue"] is not None and short["quantity"] is None:
        notes.append("The units of what is short differ and cannot be added: only money is.")
    residual = trouble.residual(made, scope)
    sold = float(np.nansum(made.value["demand"][:, ~made.open]))
    if residual and sold and residual > 0.01 * sold:
        notes.append(
            f"Closing stock does not follow from opening + made - sold: off by {words.number(residual, 0)} in the closed months shown."
        )
    if not rows:
        notes.append("There are no rows in this scope.")
    has_stock = bool(np.isfinite(made.value["closing"][:, made.open]).any())
    judged = [
        name
        for name, known in (("stock", has_stock), ("hours", made.load.judged and not scope.only))
        if known
    ]
    return Report(
        report="balance",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=scope.as_dict(),
        rows=rows,
        totals={
            **_totals(made, rows),
            "first_trouble": first,
            "first_shortage": trouble.first_shortage(made),
            "first_overload": None if scope.only else trouble.first_overload(made.load),
            "shortage": short,
            "cut": trouble.cut(made),
            "identity_residual": residual,
            "excess_value": trouble.excess(made),
            "stock_value": trouble.stock_value(made),
            "versions": list(made.horizon.versions),
            "load_from": made.load.source,
            "horizon_to": made.months[-1] if judged else None,
            "judged": judged,
            "part": bool(scope.only),
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


def _by_resource(snapshot: Snapshot, scope: Scope, asked: Sequence[str]) -> Report:
    """Load and hours by resource and month (or over the months looked at)."""
    if set(asked) - {"resource", "month"}:
        wrong = next(iter(set(asked) - {"resource", "month"}))
        raise NotFound(f"capacity has no {wrong}: load is by resource and month")
    made = compute(snapshot, scope, "family" if "family" in snapshot.dimensions else "sku")
    inside = {m for m in set(made.load.table["month"]) if _looked_at(snapshot, made, scope, m)}
    rows = made.load.rows(inside, with_month="month" in asked)
    return _report(snapshot, scope, made, rows, trouble.first_overload(made.load) or trouble.first(made))


def _at(values: Numbers, index: int) -> float | None:
    return None if np.isnan(values[index]) else float(values[index])


def _most(values: Numbers, at: Sequence[int]) -> float | None:
    picked = values[list(at)]
    return None if np.isnan(picked).all() else float(np.nanmax(picked))


def _sum(values: Numbers, at: Sequence[int]) -> float | None:
    picked = values[list(at)]
    return None if np.isnan(picked).all() else float(np.nansum(picked))


__all__ = ["Balance", "balance", "balance_sentence", "compute", "viability_sentence"]
