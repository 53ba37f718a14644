"""The eight tiles of the scorecard: each asks the room that owns its number and says how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from siop import metrics
from siop.core import Polarity, Scope, SiopError, add_months, words
from siop.metrics.catalogue import metric
from siop.metrics.units import mixed_total
from siop.warehouse import Snapshot

WITHIN, OUT, UNJUDGED, UNKNOWN = "within tolerance", "out of tolerance", "no plan", "not enough data"
ABOVE_CAPACITY = "above capacity"
COMPARED = "compared"
PLAIN = ("days", "a year", "hours")  # units whose numbers are said as they are


@dataclass(frozen=True, slots=True)
class Tile:
    """What a tile is: which catalogue entry, and how far from its plan it may be before it is said.

    tolerance: a fraction of |plan| for amounts, a difference in points for ratios; None is no judgement.
    """

    name: str
    tolerance: float | None
    ask: Callable[[Snapshot, Scope, str], dict[str, Any]]


def tile_row(tile: Tile, snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    """One row of the scorecard: metric, value, plan, deviation, status, sentence, and what the tile shows."""
    entry = metric(tile.name)
    missing = [name for name in entry.missing(snapshot) if name != "plans"]
    row: dict[str, Any] = {
        "metric": tile.name, "label": entry.label, "unit": entry.unit, "polarity": int(entry.polarity),
        "value": None, "plan": None, "deviation": None, "deviation_ratio": None, "against": None,
        "tolerance": tile.tolerance, "status": UNKNOWN, "sentence": "", "note": None,
    }  # fmt: skip
    if missing:
        row["note"] = f"needs {words.listed(missing)}"
        row["sentence"] = f"{entry.label} needs {words.listed(missing)}."
        return row
    try:
        row |= tile.ask(snapshot, scope, version)
    except SiopError as error:
        row["note"] = str(error)
        row["sentence"] = f"{entry.label}: {error}."
        return row
    value, plan = row["value"], row["plan"]
    row["deviation"] = metrics.deviation(value, plan)
    row["deviation_ratio"] = None if entry.unit == "ratio" else metrics.deviation_ratio(value, plan)
    row["status"] = _status(tile, entry.polarity, value, plan, entry.unit)
    row["sentence"] = _sentence(row, snapshot.currency)
    return row


def _status(tile: Tile, polarity: Polarity, value: float | None, plan: float | None, unit: str) -> str:
    if value is None:
        return UNKNOWN
    if plan is None:
        return UNJUDGED
    if tile.tolerance is None:
        return COMPARED
    if tile.name == "utilisation":
        return ABOVE_CAPACITY if value > plan else WITHIN
    off = value - plan
    allowed = tile.tolerance if unit == "ratio" else tile.tolerance * abs(plan)
    bad = off * int(polarity) < -allowed if polarity else abs(off) > allowed
    return OUT if bad else WITHIN


def _sentence(row: dict[str, Any], currency: str) -> str:
    """The tile in words; every number is of the row."""
    label, value, off = row["label"], row["value"], row["deviation"]
    if value is None:
        return f"{label} {row['note']}." if row["note"] else f"{label}: not enough data."
    if row["unit"] == "ratio":
        said = words.percent(value)
        gap = f"{words.number(abs(off) * 100)} points" if off is not None else ""
    elif row["unit"] in PLAIN:
        said = f"{words.number(value)} {row['unit']}"
        gap = words.number(abs(off)) if off is not None else ""
    else:
        kind = "money" if row["unit"] == "money" else "units"
        said = words.amount(value, kind, currency)
        gap = words.amount(abs(off), kind, currency) if off is not None else ""
    if off is None:
        return f"{label} is {said}."
    side = "on" if not off else "above" if off > 0 else "under"
    against = row["against"] or "plan"
    return f"{label} is {said}, {gap + ' ' if off else ''}{side} {against}."


def _measured(name: str) -> Callable[[Snapshot, Scope, str], dict[str, Any]]:
    def ask(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
        if not metrics.has_measure(snapshot, name):
            return {"note": "is not loaded"}
        total = metrics.plan_vs_actual(snapshot, scope, measure=name, version=version).totals
        mixed = None
        if total["actual"] is None:
            mixed = mixed_total(snapshot, name, ["actual"], scope, metrics.months_of(snapshot, scope))
        return {
            "value": total["actual"], "plan": total["plan"], "against": version.replace("-", " "),
            "note": "is of several units: no sum" if mixed else None,
        }  # fmt: skip

    return ask


def _margin_ratio(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    lacking = [name for name in ("revenue", "cost") if not metrics.has_measure(snapshot, name)]
    if lacking:
        return {"note": f"needs {words.listed(lacking)}"}
    found = {
        m: metrics.plan_vs_actual(snapshot, scope, measure=m, version=version).totals
        for m in ("margin", "revenue")
    }

    def ratio(side: str) -> float | None:
        top, bottom = found["margin"][side], found["revenue"][side]
        return None if top is None or not bottom else top / bottom

    return {"value": ratio("actual"), "plan": ratio("plan"), "against": version.replace("-", " ")}


def _otif(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    """On time in full of the scope against the same months of the year before."""
    now = metrics.service(snapshot, scope).totals
    months = metrics.months_of(snapshot, scope)
    past = [add_months(month, -12) for month in (months[0], months[-1])]
    before = metrics.service(snapshot, replace(scope, first=past[0], last=past[1])).totals
    return {"value": now["otif"], "plan": before["otif"], "against": "prior year"}


def _inventory(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    found = metrics.inventory_position(snapshot, scope)
    return {"value": found["value"], "plan": found["target_value"], "against": "target"}


def _backlog(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    found = metrics.order_backlog(snapshot, scope)
    past = found.get("past_due")
    note = f"{words.amount(past, 'money', snapshot.currency)} past due" if past is not None else None
    return {"value": found.get("value"), "note": note}


def _accuracy(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    """Accuracy of the consensus at the scope's lag against the naive forecast on the same rows."""
    total = metrics.accuracy(snapshot, scope, lag=scope.lag).totals
    naive = (total.get("naive") or {}).get("wmape")

    def right(wmape: float | None) -> float | None:
        return None if wmape is None else max(0.0, 1.0 - wmape)

    return {"value": right(total["wmape"]), "plan": right(naive), "against": "naive forecast"}


def _load(snapshot: Snapshot, scope: Scope, version: str) -> dict[str, Any]:
    """The most loaded resource of the months ahead, against its available hours."""
    ahead = metrics.balance(snapshot, replace(scope, first=None, last=None), by=("resource", "month")).rows
    loaded = [row for row in ahead if row.get("utilisation") is not None]
    if not loaded:
        return {}
    worst = max(loaded, key=lambda row: row["utilisation"])
    return {
        "value": worst["utilisation"], "plan": 1.0, "against": "capacity",
        "note": f"{worst['resource']}, {words.month(worst['month'])}",
    }  # fmt: skip


TILES: tuple[Tile, ...] = (
    Tile("revenue", 0.02, _measured("revenue")),
    Tile("margin_ratio", 0.01, _margin_ratio),
    Tile("quantity", 0.03, _measured("quantity")),
    Tile("otif", 0.02, _otif),
    Tile("inventory_value", 0.05, _inventory),
    Tile("order_backlog", 0.10, _backlog),
    Tile("forecast_accuracy", 0.0, _accuracy),
    Tile("utilisation", 0.0, _load),
)
"""In the order of the page. A tolerance here is for the whole company; each family's is in the ledger."""


def tile_cell(row: dict[str, Any], currency: str) -> dict[str, Any]:
    """What a tile shows of its row: id, label, value, unit, deviation, judged, ratio, state."""
    value, off, ratio = row["value"], row["deviation"], row["deviation_ratio"]
    if row["unit"] == "ratio":
        divisor, unit = 0.01, f"{words.NBSP}%"
    elif row["unit"] in PLAIN:
        divisor, unit = 1.0, row["unit"]
    else:
        divisor, unit = words.scale_of([value], "money" if row["unit"] == "money" else "units", currency)
    shown = words.number(None if value is None else value / divisor)
    gap = None if off is None else round(off / divisor, 1)
    change = words.number(gap, 1, signed=True) if gap is not None else ""
    if change and row["unit"] == "ratio":
        change += " points"
    small = words.percent(ratio, 1, signed=True) if ratio is not None else ""
    against = f" {row['against']}" if row["against"] and off is not None else ""
    judged = f"against{against}" if row["status"] == COMPARED else f"{row['status']}, against{against}"
    state = row["note"] or (judged if against else row["status"])
    return {"id": row["metric"], "label": row["label"], "value": shown, "unit": unit, "deviation": change,
            "judged": Polarity(row["polarity"]).judge(gap), "ratio": small, "state": state}  # fmt: skip
