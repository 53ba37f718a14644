"""Bars and pins inside a table: where zero lies and how far a value reaches, in per cent of the cell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from siop.charts.numbers import finite

PIN_CAP = 0.30
"""A relative variance beyond this is drawn at the cap with an arrow and its true number."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The scale of one column; zero is placed where the data need it."""

    low: float
    high: float

    @property
    def zero(self) -> float:
        """Where the axis stands, per cent from the left."""
        return self._at(0.0)

    def bar(self, value: float) -> tuple[float, float]:
        """(left, width) in per cent; a value beyond the scale ends at its edge."""
        at = self._at(max(self.low, min(self.high, value)))
        return min(at, self.zero), abs(at - self.zero)

    def beyond(self, value: float) -> bool:
        """Whether the value is larger than the scale shows."""
        return not self.low - 1e-12 <= value <= self.high + 1e-12

    def _at(self, value: float) -> float:
        return 100.0 * (value - self.low) / ((self.high - self.low) or 1.0)


def axis_of(values: Iterable[float | None], cap: float | None = None) -> Axis:
    """The scale that holds all values and zero; with `cap` nothing beyond it widens the scale.

    >>> axis = axis_of([-3.0, 1.0])
    >>> axis.zero, axis.bar(1.0), axis.bar(-3.0)
    (75.0, (75.0, 25.0), (0.0, 75.0))
    """
    known = [v for v in finite(v for v in values if v is not None) if math.isfinite(v)]
    if cap is not None:
        known = [max(-cap, min(cap, v)) for v in known]
    low, high = min([0.0, *known]), max([0.0, *known])
    return Axis(low, high) if high > low else Axis(-1.0, 1.0)
