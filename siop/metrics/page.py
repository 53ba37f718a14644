"""Sentences and orderings of the plan-vs-actual page; each number in them is of the report's rows."""

from __future__ import annotations

from typing import Any

from siop.core import MEASURES, Report, Scope, words
from siop.metrics.grain import grains
from siop.metrics.units import no_total
from siop.metrics.versions import unit_said
from siop.warehouse import Snapshot

_DRIVERS = {"volume": "volume", "mix": "mix", "price": "price", "cost": "unit cost", "fx": "currency",
            "new": "new products", "discontinued": "ended products"}  # fmt: skip


def levels(snapshot: Snapshot, scope: Scope) -> list[str]:
    """Dimensions to drill through, coarse to fine, without those the scope fixes to one value."""
    fixed = {d for d, values in scope.where if len(values) == 1}
    wanted = ("family", "region", "channel", "site", "category", "customer", "sku", "month")
    found = [d for d in wanted if d in snapshot.dimensions and d not in fixed]
    known = [d for d in found if d == "month" or snapshot.dimensions[d].members > 1]
    return known or ["month"]


def usual(snapshot: Snapshot) -> str:
    """The dimension that rows are by where nobody says: the family, else the SKU, else the coarsest there is."""
    return next((d for d in ("family", "sku") if d in snapshot.dimensions), levels(snapshot, Scope())[0])


def label_of(measure: str) -> str:
    """A measure as a page names it."""
    return MEASURES[measure].label if measure in MEASURES else "Standard hours"


def has_measure(snapshot: Snapshot, measure: str) -> bool:
    """Whether the actuals give a measure."""
    return bool(grains(snapshot, ["actual"], measure))


def ranked(
    report: Report, prior: Report, by: str, top: int = 12
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of the page, the largest loss first (months in order): the first `top` and the others in one row.

    Returns: (rows, total), each with name, open (the value a click narrows to, None for others), prior: the
    deviation from the prior year.
    """
    before = {row[by]: row["deviation"] for row in prior.rows}
    rows = [{**r, "name": r[by] or "(none)", "open": r[by], "prior": before.get(r[by])} for r in report.rows]
    if by != "month":
        rows.sort(key=lambda r: (r["deviation"] is None, r["deviation"] or 0.0, -(r["actual"] or 0.0)))
    if len(rows) > top and by != "month":
        largest = sorted(
            rows, key=lambda r: -abs(r["deviation"] if r["deviation"] is not None else r["actual"] or 0.0)
        )
        kept = {id(r) for r in largest[: top - 1]}
        rest = [r for r in rows if id(r) not in kept]
        rows = [r for r in rows if id(r) in kept] + [_others(rest, added=no_total(report) is None)]
    return rows, {**report.totals, "name": "Total", "open": None, "prior": prior.totals["deviation"]}


def _others(rows: list[dict[str, Any]], *, added: bool) -> dict[str, Any]:
    def total(key: str) -> float | None:
        known = [r[key] for r in rows if r[key] is not None]
        return sum(known) if known and added else None

    plan, off = total("plan"), total("deviation")
    return {"name": f"{len(rows)} others", "open": None, "plan": plan, "actual": total("actual"), "deviation": off,
            "deviation_ratio": off / abs(plan) if off is not None and plan else None, "prior": total("prior")}  # fmt: skip


def gap_sentence(report: Report, bridge: Report | None, currency: str, against: str) -> str:
    """We sold 3.7 mEUR less than budget: volume cost 3.0, price won back 1.2."""
    total = report.totals
    unit = unit_said(total["measure"])
    off, label = total["deviation"], label_of(total["measure"])
    if off is None:
        if total["actual"] is None:
            return (no_total(report) or "There is nothing in this scope.").removesuffix(".")
        return f"{label} is {words.amount(total['actual'], unit, currency)}; {against} says nothing about this scope"
    divisor, _ = words.scale_of([off], unit, currency)
    verb = "are" if label.endswith("s") else "is"
    said = (
        f"{label} {verb} {words.amount(abs(off), unit, currency)} {'under' if off < 0 else 'over'} {against}"
    )
    if not off:
        return f"{label} is on {against}"
    drivers = [(name, bridge.totals.get(key) or 0.0) for key, name in _DRIVERS.items()] if bridge else []
    worst = max(drivers, key=lambda d: d[1] * (1 if off > 0 else -1), default=None)
    against_it = min(drivers, key=lambda d: d[1] * (1 if off > 0 else -1), default=None)
    if worst and worst[1] * off > 0:
        said += f": {worst[0]} {'cost' if off < 0 else 'added'} {words.number(abs(worst[1]) / divisor)}"
        if against_it and against_it[1] * off < 0 and abs(against_it[1]) >= 0.05 * divisor:
            verb = "won back" if off < 0 else "took"
            said += f", {against_it[0]} {verb} {words.number(abs(against_it[1]) / divisor)}"
    return said


def row_sentence(rows: list[dict[str, Any]], by: str, currency: str, unit: str) -> str:
    """The row that explains most of the gap."""
    known = [r for r in rows if r["deviation"] is not None and r["open"] is not None]
    if not known:
        return f"Actuals by {by}"
    first = max(known, key=lambda r: abs(r["deviation"]))
    name = words.month(first["name"]) if by == "month" else first["name"]
    return f"Most of it in {name}: {words.amount(first['deviation'], unit, currency, signed=True)}"


def scope_said(snapshot: Snapshot, scope: Scope) -> str:
    """· Pumps · West, or nothing where the whole business is on screen."""
    return "".join(f" · {words.listed(list(values))}" for _, values in scope.where)
