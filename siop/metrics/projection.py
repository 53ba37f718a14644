"""The arrays of a balance: demand, supply, stock and what the hours allow, of every item and month."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from siop.core import Scope
from siop.metrics.capacity import Load, load
from siop.metrics.horizon import Horizon, horizon
from siop.metrics.scores import Numbers
from siop.metrics.stock import cover, level, projected, shortage
from siop.metrics.supply import slice_of, without_time
from siop.warehouse import Snapshot


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


def compute(snapshot: Snapshot, scope: Scope, item: str = "family") -> Balance:
    """The balance of every family (or product) of a scope over the whole horizon."""
    scope = replace(without_time(snapshot, scope), last=None, lag=1)  # neither moves a stock
    found: Balance = snapshot.answers.ask(("balance", scope, item), lambda: _computed(snapshot, scope, item))
    return found


def _computed(snapshot: Snapshot, scope: Scope, item: str) -> Balance:
    part = slice_of(snapshot, scope)
    loaded = load(snapshot, scope)
    seen = horizon(snapshot, scope, part, item, loaded)
    v = dict(seen.value)
    is_open = np.array([m > seen.last for m in seen.months], bool)
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
    v["excess_value"] = np.maximum(closing - v["max"], 0.0) * seen.unit_value[:, None]
    for name in ("revenue", "margin"):
        v[f"short_{name}"] = np.where(short > 0, short * v[f"unit_{name}"], short)
    return Balance(seen.items, seen.months, is_open, v, seen.notes, seen, loaded)
