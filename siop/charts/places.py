"""Where a label may stand: the place whose box meets no line, no point and no other label, at every plot width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

WIDTHS = (350.0, 470.0, 720.0)
"""Plot widths for which labels are kept apart, px: a panel at 1366, at 1920, and a wide one."""


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


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to try: dx, dy px from the point x, y of the data; the label's near edge is there (dx decides which)."""

    x: float
    y: float
    dx: float
    dy: float


@dataclass(frozen=True, slots=True)
class Scene:
    """The plot at one width, and what stands in it already. x and y of the data run over `xs` and `ys`."""

    width: float
    height: float
    xs: tuple[float, float]
    ys: tuple[float, float]
    taken: list[Box] = field(default_factory=list)

    def px(self, x: float, y: float) -> tuple[float, float]:
        """A point of the data in px."""
        (left, right), (low, high) = self.xs, self.ys
        return (x - left) / (right - left) * self.width, (y - low) / (high - low) * self.height

    def line(
        self, x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray, thick: float = 6.0
    ) -> None:
        """A polyline stands there: boxes small enough to follow it."""
        points = [self.px(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        for (xa, ya), (xb, yb) in pairwise(points):
            steps = max(1, int(max(abs(xb - xa), abs(yb - ya)) // 10))
            for k in range(steps):
                fx, tx = xa + (xb - xa) * k / steps, xa + (xb - xa) * (k + 1) / steps
                fy, ty = ya + (yb - ya) * k / steps, ya + (yb - ya) * (k + 1) / steps
                half = thick / 2
                self.taken.append(
                    Box(min(fx, tx) - half, min(fy, ty) - half, max(fx, tx) + half, max(fy, ty) + half)
                )

    def dot(self, x: float, y: float, radius: float = 9.0) -> None:
        """A point stands there."""
        cx, cy = self.px(x, y)
        self.taken.append(Box(cx - radius, cy - radius, cx + radius, cy + radius))

    def box(self, spot: Spot, wide: float, tall: float) -> Box:
        """The box of a label at a spot."""
        cx, cy = self.px(spot.x, spot.y)
        left = cx + spot.dx if spot.dx >= 0 else cx + spot.dx - wide
        return Box(left, cy + spot.dy - tall / 2, left + wide, cy + spot.dy + tall / 2)


def scenes(
    height: float, xs: tuple[float, float], ys: tuple[float, float], widths: Sequence[float] = WIDTHS
) -> list[Scene]:
    """The empty plot at each width."""
    return [Scene(width, height, xs, ys) for width in widths]


def place(plots: Sequence[Scene], spots: Sequence[Spot], wide: float, tall: float) -> Spot:
    """The spot that meets least over all widths, the earlier one where they are equal; it is taken from then on."""
    costs = []
    for spot in spots:
        cost = 0.0
        for plot in plots:
            mine = plot.box(spot, wide, tall)
            cost += sum(mine.meets(other) for other in plot.taken)
            cost += 40.0 * mine.outside(Box(4, 4, plot.width - 4, plot.height - 4))
        costs.append(round(cost, 6))
    best = spots[int(np.argmin(costs))]
    for plot in plots:
        plot.taken.append(plot.box(best, wide, tall))
    return best


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
    for at_place, i in zip(at, order, strict=True):
        found[i] = at_place
    return found
