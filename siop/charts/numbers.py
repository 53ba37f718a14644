"""How many decimals, which unit, which scale: decided once for the numbers that stand together in a figure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from siop.core.words import number, scale_of

STEPS = (1, 2, 3, 5, 10, 20, 30, 50, 100)
"""Magnifications a variance tier may declare."""


def array(values: Iterable[float | None]) -> np.ndarray:
    """Numbers as float64; what is unknown is NaN."""
    return np.array([math.nan if v is None else float(v) for v in values], dtype=float)


def finite(values: Iterable[float | None]) -> list[float]:
    """The known numbers among them."""
    return [float(v) for v in values if v is not None and math.isfinite(v)]


def unit_of(values: Iterable[float | None], unit: str, currency: str) -> tuple[float, str]:
    """(divisor, unit said). `ratio` is said in per cent; its variances are points."""
    return (0.01, "%") if unit == "ratio" else scale_of(finite(values), unit, currency)


def decimals(values: Iterable[float | None], most: int = 2) -> int:
    """As many as give the biggest number three digits.

    >>> decimals([12.34, 3.0]), decimals([0.89]), decimals([153.0], 1), decimals([1530.0])
    (1, 2, 1, 0)
    """
    biggest = max((abs(v) for v in finite(values)), default=0.0)
    return min(most, 0 if biggest >= 1000 else 1 if biggest >= 10 else 2)


def factor_that_fits(low: float, high: float, px_per_unit: float, room_px: float) -> int:
    """The biggest magnification of STEPS at which low..high, zero included, still fits into the room.

    >>> factor_that_fits(-0.9, 0.6, 10.0, 160.0)
    10
    """
    span = max(high, 0.0) - min(low, 0.0)
    fitting = [step for step in STEPS if 0 < span * px_per_unit * step <= room_px]
    return fitting[-1] if fitting else 1


def nice_ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers between low and high, about so many.

    >>> nice_ticks(139.2, 156.1, 8)
    [140.0, 142.5, 145.0, 147.5, 150.0, 152.5, 155.0]
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9) * step
    return [round(float(v), 10) for v in np.arange(first, high + step * 1e-6, step)]


def tick_text(value: float, ticks: Sequence[float]) -> str:
    """A tick with the decimals its neighbours need."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    places = next((p for p in range(5) if abs(step * 10**p - round(step * 10**p)) < 1e-6), 5)
    return number(value, places)
