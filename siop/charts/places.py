"""Where a label may stand: the first place whose box meets neither a line, a point nor another label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in px; y grows upwards."""

    x0: float
    y0: float
    x1: float
    y1: float

    def meets(self, other: Box) -> float:
        """The area two boxes share, px squared."""
        across = min(self.x1, other.x1) - max(self.x0, other.x0)
        along = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(0.0, across) * max(0.0, along)

    def outside(self, room: Box) -> float:
        """How far it sticks out of the room, px."""
        return (
            max(0.0, room.x0 - self.x0) + max(0.0, self.x1 - room.x1)
            + max(0.0, room.y0 - self.y0) + max(0.0, self.y1 - room.y1)
        )  # fmt: skip


def line_boxes(x: np.ndarray, y: np.ndarray, thick: float = 6.0) -> list[Box]:
    """A polyline in px as boxes small enough to follow it."""
    boxes = []
    for (xa, ya), (xb, yb) in zip(
        zip(x[:-1], y[:-1], strict=True), zip(x[1:], y[1:], strict=True), strict=True
    ):
        steps = max(1, int(max(abs(xb - xa), abs(yb - ya)) // 10))
        for k in range(steps):
            fx, tx = xa + (xb - xa) * k / steps, xa + (xb - xa) * (k + 1) / steps
            fy, ty = ya + (yb - ya) * k / steps, ya + (yb - ya) * (k + 1) / steps
            boxes.append(
                Box(
                    min(fx, tx) - thick / 2,
                    min(fy, ty) - thick / 2,
                    max(fx, tx) + thick / 2,
                    max(fy, ty) + thick / 2,
                )
            )
    return boxes


def best_place(candidates: Sequence[Box], taken: Sequence[Box], room: Box) -> int:
    """The number of the candidate that meets least; the earlier one where they are equal."""
    costs = [sum(c.meets(t) for t in taken) + 40.0 * c.outside(room) for c in candidates]
    return int(np.argmin(np.round(costs, 6)))


def apart(places: Sequence[float], least: float) -> list[float]:
    """The places, pushed apart until neighbours are `least` from each other; the order stays.

    >>> apart([0.0, 10.0, 12.0], 4.0)
    [0.0, 9.0, 13.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    at = [places[i] for i in order]
    for _ in range(60):
        for k in range(len(at) - 1):
            lack = least - (at[k + 1] - at[k])
            if lack > 1e-12:
                at[k], at[k + 1] = at[k] - lack / 2, at[k + 1] + lack / 2
    found = [0.0] * len(places)
    for place, i in zip(at, order, strict=True):
        found[i] = place
    return found
