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


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to try: dx, dy px from the point x, y of the data.

    share: which part of the label is there, 0 its left edge, 1 its right edge; its near edge where None.
    """

    x: float
    y: float
    dx: float
    dy: float
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """The plot at one width, and what stands in it already. x and y of the data run over `xs` and `ys`."""

    width: float
    height: float
    xs: tuple[float, float]
    ys: tuple[float, float]
    taken: list[Box] = field(default_factory=list)
    labels: list[Box] = field(default_factory=list)

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
        """A point stands there; to cover it is as bad as to cover a label."""
        cx, cy = self.px(x, y)
        self.labels.append(Box(cx - radius, cy - radius, cx + radius, cy + radius))

    def lead(self, spot: Spot, tall: float) -> Box:
        """The line from the point straight up or down to its label."""
        cx, cy = self.px(spot.x, spot.y)
        end = cy + spot.dy - (tall / 2 if spot.dy > 0 else -tall / 2)
        return Box(cx - 2, min(cy, end), cx + 2, max(cy, end))

    def box(self, spot: Spot, wide: float, tall: float) -> Box:
        """The box of a label at a spot."""
        cx, cy = self.px(spot.x, spot.y)
        share = spot.share if spot.share is not None else 0.0 if spot.dx >= 0 else 1.0
        left = cx + spot.dx - share * wide
        return Box(left, cy + spot.dy - tall / 2, left + wide, cy + spot.dy + tall / 2)


def scenes(
    height: float, xs: tuple[float, float], ys: tuple[float, float], widths: Sequence[float] = WIDTHS
) -> list[Scene]:
    """The empty plot at each width."""
    return [Scene(width, height, xs, ys) for width in widths]


def place(
    plots: Sequence[Scene], spots: Sequence[Spot], wide: float, tall: float, *, led: bool = False
) -> Spot:
    """The spot that meets least over all widths, the earlier one where they are equal; it is taken from then on.

    To stand on another label is far worse than to touch a line. led: a straight line leads to the label, which may
    cross no other label.
    """
    costs = np.zeros(len(spots))
    for plot in plots:
        mine = _rows([plot.box(spot, wide, tall) for spot in spots])
        labels = _rows(plot.labels)
        costs += _shared(mine, _rows(plot.taken)) + 20.0 * _shared(mine, labels)
        if led:
            costs += 20.0 * _shared(_rows([plot.lead(spot, tall) for spot in spots]), labels)
        costs += 40.0 * (
            np.maximum(0, 4 - mine[:, 0]) + np.maximum(0, mine[:, 2] - plot.width + 4)
            + np.maximum(0, 4 - mine[:, 1]) + np.maximum(0, mine[:, 3] - plot.height + 4)
        )  # fmt: skip
    best = spots[int(np.argmin(np.round(costs, 6)))]
    for plot in plots:
        plot.taken.append(plot.box(best, wide, tall))
        plot.labels.append(plot.box(best, wide, tall))
        if led:
            plot.taken.append(plot.lead(best, tall))
    return best


def _rows(boxes: Sequence[Box]) -> np.ndarray:
    return np.array([(b.x0, b.y0, b.x1, b.y1) for b in boxes], dtype=float).reshape(-1, 4)


def _shared(mine: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The area each box of `mine` shares with all `others` together, px squared; shape (len(mine),)."""
    across = np.minimum(mine[:, None, 2], others[None, :, 2]) - np.maximum(
        mine[:, None, 0], others[None, :, 0]
    )
    along = np.minimum(mine[:, None, 3], others[None, :, 3]) - np.maximum(
        mine[:, None, 1], others[None, :, 1]
    )
    total: np.ndarray = (np.maximum(0, across) * np.maximum(0, along)).sum(axis=1)
    return total


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
