"""Cash and service in eight tiles: what lies in stock, how fast it turns, what is short, and what customers get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from siop import metrics
from siop.core import Report, Scope, add_months, words
from siop.meeting.tiles import Tile, tile_row
from siop.warehouse import Snapshot


def cash_and_service(snapshot: Snapshot, scope: Scope) -> Report:
    """One row per tile of the supply balance page, made as the scorecard's are.

    Stock is of the scope's last closed month, turns and days of the twelve months before it, service of the scope's
    months, excess and shortage of the open months of the plan. What is compared with the prior year says so.
    """
    rows = [tile_row(tile, snapshot, scope, "prior-year") for tile in SUPPLY_TILES]
    notes = [f"{row['label']}: {row['note']}" for row in rows if row["note"] and row["value"] is None]
    totals = {"from": scope.first, "to": scope.last}
    return Report("cash-and-service", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, None, notes)


def _inventory(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    found = metrics.inventory_position(snapshot, scope)
    return {
        "value": found["value"], "plan": found["target_value"], "against": "target",
        "note": _why(found["notes"]) if found["value"] is None else None,
    }  # fmt: skip


def _position(name: str) -> Callable[[Snapshot, Scope, str], dict[str, Any]]:
    """Turns or days, against the same months one year before."""

    def ask(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
        now = metrics.inventory_position(snapshot, scope)
        if now[name] is None or now["month"] is None:
            return {"note": _why(now["notes"])}
        past = metrics.inventory_position(
            snapshot, replace(scope, first=None, last=add_months(now["month"], -12))
        )
        before = past[name] if past["months"] == now["months"] else None
        return {"value": now[name], "plan": before, "against": "prior year",
                "note": None if before is not None else f"{words.count(now['months'], 'month')} to {words.month(now['month'])}"}  # fmt: skip

    return ask


def _service(name: str, basis: str) -> Callable[[Snapshot, Scope, str], dict[str, Any]]:
    def ask(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
        found = metrics.service(snapshot, scope, basis=basis)  # type: ignore[arg-type]
        if found.totals[name] is None:
            return {"note": _why(found.notes)}
        months = metrics.months_of(snapshot, scope)
        past = replace(scope, first=add_months(months[0], -12), last=add_months(months[-1], -12))
        before = metrics.service(snapshot, past, basis=basis).totals[name]  # type: ignore[arg-type]
        return {"value": found.totals[name], "plan": before, "against": "prior year"}

    return ask


def _excess(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    found = _ahead(snapshot, scope)
    if found.totals["excess_value"] is None:
        return {"note": _why(metrics.inventory_position(snapshot, scope)["notes"] or found.notes)}
    return {"value": found.totals["excess_value"], "note": "above the policy's most"}


def _short(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    found = _ahead(snapshot, scope)
    short = found.totals["shortage"]["revenue"]
    if short is None:
        return {"note": _why(metrics.inventory_position(snapshot, scope)["notes"] or found.notes)}
    return {"value": short, "note": f"of demand to {words.month(found.totals['horizon_to'])}"}


def _ahead(snapshot: Snapshot, scope: Scope) -> Report:
    cycle = metrics.plan_cycle(snapshot, scope.cycle)
    return metrics.balance(snapshot, replace(scope, cycle=cycle, first=None, last=None), by=("month",))


def _why(notes: list[str]) -> str:
    """The first reason in words, without its full stop."""
    return notes[0].rstrip(".") if notes else "not enough data"


SUPPLY_TILES: tuple[Tile, ...] = (
    Tile("inventory_value", 0.05, _inventory),
    Tile("inventory_turns", None, _position("turns")),
    Tile("days_of_inventory", None, _position("days")),
    Tile("excess_value", None, _excess),
    Tile("short_revenue", None, _short),
    Tile("otif", None, _service("otif", "requested")),
    Tile("otif_promised", None, _service("otif", "promised")),
    Tile("fill_rate", None, _service("fill_rate", "requested")),
)
"""In the order of the page."""
