"""What is wrong with a plan: the first month of trouble, what is short, what the hours cut, what lies too much."""

from __future__ import annotations

from typing import Any

import numpy as np

from siop.core import Scope
from siop.metrics.capacity import CAPACITY, Load
from siop.metrics.projection import Balance
from siop.metrics.scores import Numbers

SHORTAGE = "shortage"
TINY = 1e-6


def first(made: Balance) -> dict[str, Any] | None:
    """The first open month that the plan cannot be kept in; capacity before shortage, for it is the cause."""
    found = [t for t in (first_overload(made.load), first_shortage(made)) if t is not None]
    return min(found, key=lambda t: t["month"]) if found else None


def first_shortage(made: Balance) -> dict[str, Any] | None:
    below = (made.value["closing"] < -TINY) & made.open
    if not below.any():
        return None
    at = int(below.any(axis=0).argmax())
    worst = int(np.where(below[:, at], made.value["closing"][:, at], np.inf).argmin())
    name = made.items[worst] or None
    return {
        "month": made.months[at], "kind": SHORTAGE, made.horizon.item: name, "resource": None,
        "quantity": float(-made.value["closing"][worst, at]),
    }  # fmt: skip


def first_overload(found: Load) -> dict[str, Any] | None:
    over = found.first_overload()
    if over is None:
        return None
    return {
        "month": over["month"], "kind": CAPACITY, "family": None, "resource": over["resource"],
        "utilisation": over["utilisation"],
    }  # fmt: skip


def shortage(made: Balance) -> dict[str, float | None]:
    """Of all open months: units where they are of one kind, revenue and margin at the plan's own value a unit."""
    short = made.value["shortage"][:, made.open]
    known = np.isfinite(short)
    if not known.any():
        return {"quantity": None, "revenue": None, "margin": None}
    return _in_money(made, np.where(known, short, 0.0))


def cut(made: Balance) -> dict[str, float | None]:
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


def residual(made: Balance, scope: Scope) -> float | None:
    """Of the closed months looked at: how much closing stock does not follow from opening + made - sold, all signs off."""
    first, last = scope.first or made.horizon.from_month, scope.last or "9999-12"
    inside = np.array([first <= m <= last for m in made.months], bool)
    known = made.value["residual"][:, inside]
    return float(np.nansum(np.abs(known))) if np.isfinite(known).any() else None


def excess(made: Balance) -> float | None:
    """Money in stock above the policy's maximum at the last closed month."""
    at = int((~made.open).sum()) - 1
    if at < 0:
        return None
    over = np.maximum(made.value["closing"][:, at] - made.value["max"][:, at], 0.0) * made.horizon.unit_value
    return float(np.nansum(over)) if np.isfinite(over).any() else None


def stock_value(made: Balance) -> float | None:
    at = int((~made.open).sum()) - 1
    if at < 0 or not np.isfinite(made.value["value"][:, at]).any():
        return None
    return float(np.nansum(made.value["value"][:, at]))
