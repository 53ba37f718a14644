"""Who wants what, and what there is to serve it with: plain arrays, so that an answer can be checked by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from siop.core import Refused

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Cells:
    """What customers want, one cell per customer, item and month; arrays of shape (n,).

    quantity: units wanted; margin, revenue: money a unit (NaN unknown); minimum: units that are committed.
    """

    customer: tuple[str, ...]
    item: Indices
    month: Indices
    quantity: Numbers
    margin: Numbers
    revenue: Numbers
    minimum: Numbers

    def __len__(self) -> int:
        return len(self.quantity)

    @property
    def worth(self) -> Numbers:
        """What a unit counts for when there is not enough: its margin, else its revenue, else one."""
        known = np.where(np.isfinite(self.margin), self.margin, self.revenue)
        return np.where(np.isfinite(known), known, 1.0)


@dataclass(frozen=True, slots=True)
class Supply:
    """What there is. Items i, lanes l (an item made at a site), resources r, months t.

    stock: (i,) units at the start; floor: (i, t) units that closing stock is not drawn below; lane_item: (l,);
    hours: (l, r) a unit; limit: (l, t) the most a lane makes, infinite where only hours limit it; available, overtime:
    (r, t) hours, infinite where no limit is known; overtime_cost: (r, t) money an hour; unit_cost: (i,) NaN unknown.
    """

    items: tuple[str, ...]
    months: tuple[str, ...]
    resources: tuple[str, ...]
    stock: Numbers
    floor: Numbers
    lane_item: Indices
    hours: Numbers
    limit: Numbers
    available: Numbers
    overtime: Numbers
    overtime_cost: Numbers
    unit_cost: Numbers = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True)
class Problem:
    """The plan and a request on it. asked: cells of what is asked for, of `asker`; planned: everybody's plan; source: (m,)
    the planned cell that an asked cell is moved from, -1 where it is on top of the plan; None is on top for all."""

    asker: str
    planned: Cells
    asked: Cells
    supply: Supply
    source: Indices | None = None

    @property
    def moved_from(self) -> Indices:
        """source, with -1 for all where none is given."""
        return np.full(len(self.asked), -1, np.int64) if self.source is None else self.source

    def checked(self) -> Problem:
        """The problem itself. Raises Refused, with what to correct, where the arrays do not fit or mean nothing."""
        s = self.supply
        size = {"i": len(s.items), "t": len(s.months), "r": len(s.resources), "l": len(s.lane_item)}
        shapes = (
            ("stock", s.stock, "i"), ("floor", s.floor, "it"), ("hours", s.hours, "lr"), ("limit", s.limit, "lt"),
            ("available", s.available, "rt"), ("overtime", s.overtime, "rt"), ("overtime_cost", s.overtime_cost, "rt"),
        )  # fmt: skip
        for name, array, axes in shapes:
            wanted = tuple(size[a] for a in axes)
            if array.shape != wanted:
                raise Refused(f"{name} has the shape {array.shape}, {wanted} is needed")
            if np.isnan(array).any() or (array < 0).any():
                raise Refused(f"{name} has a number that is missing or below zero")
        for cells in (self.planned, self.asked):
            if np.isnan(cells.quantity).any() or (cells.quantity < 0).any() or np.isinf(cells.quantity).any():
                raise Refused("a quantity wanted is missing, endless or below zero")
            if (cells.minimum > cells.quantity * (1 + 1e-9) + 1e-9).any():
                raise Refused("more is committed than is wanted")
            if len(cells) and (min(cells.item) < 0 or max(cells.item) >= size["i"] or min(cells.month) < 0):
                raise Refused("a cell names an item or a month that is not there")
            if len(cells) and max(cells.month) >= size["t"]:
                raise Refused("a cell names an item or a month that is not there")
        return self

    def without_minima(self) -> Problem:
        """The same with nothing committed."""
        return replace(self, planned=replace(self.planned, minimum=np.zeros(len(self.planned))))

    @property
    def own(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which planned cells are the asker's."""
        return np.array([c == self.asker for c in self.planned.customer], bool)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who gets what. planned: (n,) units of each planned cell; asked: (m, t) units of each asked cell by month shipped
    (in the month asked, or later where it is phased); make: (l, t); closing: (i, t); extra: (r, t) overtime hours;
    shadow: (r, t) money that one more hour would bring, NaN where it was not asked."""

    planned: Numbers
    asked: Numbers
    make: Numbers
    closing: Numbers
    extra: Numbers
    shadow: Numbers

    @property
    def asked_units(self) -> float:
        """Units of the request that are shipped."""
        return float(self.asked.sum())


def cells(
    rows: list[tuple[str, int, int, float, float, float, float]],
) -> Cells:
    """Cells from (customer, item, month, quantity, margin, revenue, minimum)."""
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), (), (), ()]
    ints = [np.array(columns[i], np.int64) for i in (1, 2)]
    floats = [np.array(columns[i], np.float64) for i in (3, 4, 5, 6)]
    return Cells(tuple(str(c) for c in columns[0]), ints[0], ints[1], floats[0], floats[1], floats[2], floats[3])  # fmt: skip
