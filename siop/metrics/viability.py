"""What the supply balance page shows: the balance report at four cuts of one scope, in the order of trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from siop.core import Report, Scope, add_months, words
from siop.metrics.balance import balance
from siop.metrics.cycle import cycle_of
from siop.metrics.footing import by_name, statement
from siop.warehouse import Snapshot

WINDOW, PAST = 18, 3  # months a figure has room for, and how many of them are closed
GRID = 13  # months a grid has room for
OVER, OVERTIME, WITHIN = "over", "overtime", "within"


@dataclass(frozen=True, slots=True)
class Viability:
    """The same numbers as `report balance`.

    items: by `by` over the open months, the most troubled first; strips: {item: its rows by month, 'by,month'};
    total: by month; resources: by resource and month; names: {resource: what people call it}; first: the first open
    month; cycle: whose plans these are, None where no cycle has a plan.
    """

    by: str
    first: str | None
    cycle: str | None
    items: Report
    strips: dict[str, list[dict[str, Any]]]
    total: Report
    resources: Report
    names: dict[str, str]


def viability(snapshot: Snapshot, scope: Scope) -> Viability:
    """Balance and load of a scope's plan over all its open months. A cycle without a plan gives the newest one that has."""
    cycle = plan_cycle(snapshot, scope.cycle)
    whole = replace(by_name(snapshot, scope), cycle=cycle, first=None, last=None)
    by = _level(snapshot, whole)
    last = cycle_of(snapshot, cycle).last
    first = None if last is None else add_months(last, 1)
    ahead = replace(whole, first=first)
    strips: dict[str, list[dict[str, Any]]] = {}
    for row in balance(snapshot, whole, by=(by, "month")).rows:
        strips.setdefault(row[by] or "", []).append(row)
    items = balance(snapshot, ahead, by=(by,))
    found = snapshot.table(statement("resource_names"))
    return Viability(
        by=by, first=first, cycle=cycle, items=replace(items, rows=sorted(items.rows, key=_trouble_first)), strips=strips,
        total=balance(snapshot, whole, by=("month",)), resources=balance(snapshot, whole, by=("resource", "month")),
        names=dict(zip(found["resource"].astype(str), found["name"].astype(str), strict=True)),
    )  # fmt: skip


def plan_cycle(snapshot: Snapshot, cycle: str | None) -> str | None:
    """The cycle where it has a consensus plan, else None: the newest one that has."""
    versions = snapshot.versions
    known = set(versions.loc[versions["kind"] == "consensus", "cycle"].dropna())
    return cycle if cycle in known else None


def window(rows: Sequence[dict[str, Any]], trouble: str | None) -> list[dict[str, Any]]:
    """The rows by month that a figure has room for: a few closed ones, then the open ones, moved on where the month of
    trouble lies later."""
    closed = sum(1 for row in rows if row["closed"])
    start = max(closed - PAST, 0)
    at = next((i for i, row in enumerate(rows) if row["month"] == trouble), None)
    if at is not None and at >= start + WINDOW:
        start = at - WINDOW + 2
    return list(rows[start : start + WINDOW])


def smallest_scale(rows: Sequence[dict[str, Any]]) -> list[float | None]:
    """The numbers that choose a table's unit: stock where it is known, so that it is not all zeros beside the demand."""
    stock = [row["opening"] for row in rows]
    return stock if any(stock) else [row["demand"] for row in rows]


def load_rows(found: Viability) -> list[dict[str, Any]]:
    """One row a resource, the most loaded first: {resource, name, cells {month: {utilisation, kind}}, worst, month}.

    kind: over is above hours and overtime, overtime above the hours alone, within; open months only.
    """
    made: dict[str, dict[str, Any]] = {}
    for row in found.resources.rows:
        if row["closed"]:
            continue
        one = made.setdefault(
            row["resource"],
            {"resource": row["resource"], "name": found.names.get(row["resource"], row["resource"]), "cells": {}, "worst": None, "month": None},
        )  # fmt: skip
        one["cells"][row["month"]] = {"utilisation": row["utilisation"], "kind": load_kind(row)}
        if row["utilisation"] is not None and (one["worst"] is None or row["utilisation"] > one["worst"]):
            one |= {"worst": row["utilisation"], "month": row["month"]}
    return sorted(made.values(), key=lambda r: (r["worst"] is None, -(r["worst"] or 0.0)))


def load_months(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The open months a grid has room for: the nearest, moved on where the first overload lies later."""
    months = sorted({m for row in rows for m in row["cells"]})
    over = [months.index(m) for row in rows for m, c in row["cells"].items() if c["kind"] == OVER]
    start = max(min(over, default=0) - GRID + 2, 0)
    return months[start : start + GRID]


def load_kind(row: dict[str, Any]) -> str | None:
    """Whether a load fits into the hours, into hours and overtime, or into neither; None where either is unknown."""
    needed, hours = row["load_hours"], row["available_hours"]
    if needed is None or hours is None:
        return None
    if needed > (hours + (row["overtime_hours"] or 0.0)) * (1 + 1e-9) + 1e-9:
        return OVER
    return OVERTIME if needed > hours else WITHIN


def items_sentence(found: Viability) -> str:
    """Which stock leaves its policy first, from the rows by item."""
    rows = found.items.rows
    many = {"family": "families", "sku": "products"}.get(found.by, f"{found.by}s")
    short = [r for r in rows if r["first_short"]]
    below = [r for r in rows if r["first_below"]]
    if short:
        first = min(short, key=lambda r: r["first_short"])
        return f"{first[found.by]} runs out in {words.month(first['first_short'], long=True)}, within the hours there are"
    if below:
        first = min(below, key=lambda r: r["first_below"])
        others = f", {words.how_many(len(below) - 1)} more later" if len(below) > 1 else ""
        return f"{first[found.by]} falls under its least stock in {words.month(first['first_below'], long=True)}{others}"
    if all(r["closing"] is None for r in rows):
        return "Stock of the months ahead is not known"
    judged = [r for r in rows if r["min"] is not None and r["closing"] is not None]
    if not judged:
        return "No stock has a policy to be judged by"
    return f"The stock of {'all ' if len(judged) == len(rows) else ''}{words.how_many(len(judged))} {many} stays above its least"


def shortage_sentence(report: Report, currency: str) -> str:
    """What stock and the hours there are cannot serve, and how much less is made than planned; from a balance's totals."""
    short, cut = report.totals["shortage"], report.totals["cut"]
    if short["revenue"] is None:
        return "What would be short is not known"
    units = [words.amount(short["quantity"], "units")] if short["quantity"] is not None else []
    money = [
        f"{words.amount(short[n], 'money', currency)} of {n}"
        for n in ("revenue", "margin")
        if short[n] is not None
    ]
    less = (
        f"; the hours allow {words.amount(cut['quantity'], 'units')} less than planned"
        if cut["quantity"]
        else ""
    )
    if not short["revenue"] and not short["quantity"]:
        return f"Nothing is short within the hours there are{less}{', which stock covers' if less else ''}"
    return f"Short within the hours there are: {words.listed([*units, *money])}{less}"


def load_sentence(found: Viability) -> str:
    """The tightest resource of the months ahead and how many are above their hours, from the rows by resource."""
    rows = load_rows(found)
    if not rows or rows[0]["worst"] is None:
        return "Load against hours is not known"
    worst = rows[0]
    over = [r for r in rows if any(c["kind"] == OVER for c in r["cells"].values())]
    said = f"{worst['name']} needs {words.percent(worst['worst'], 0)} of its hours in {words.month(worst['month'], long=True)}"
    if not over:
        return f"{said}, the most of all resources"
    return f"{said}; {'all others fit' if len(over) == 1 else f'{words.how_many(len(over) - 1)} more do not fit'}"


def _level(snapshot: Snapshot, scope: Scope) -> str:
    """Families; the products of one family where the scope is one; products where there are no families."""
    if "family" not in snapshot.dimensions or scope.value("family") is not None:
        return "sku"
    return "family"


def _trouble_first(row: dict[str, Any]) -> tuple[Any, ...]:
    days = row["least_days"]
    return (row["first_short"] or "9999", row["first_below"] or "9999", days is None, days or 0.0)


__all__ = [
    "OVER", "OVERTIME", "WITHIN", "Viability", "items_sentence", "load_kind", "load_months", "load_rows", "load_sentence", "plan_cycle",
    "shortage_sentence", "smallest_scale",    "viability", "window",
]  # fmt: skip
