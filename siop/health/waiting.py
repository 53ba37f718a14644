"""How long do questions wait, counting those that still do? Kaplan-Meier, with open ones as censored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from scipy.stats import norm

from siop.health.numbers import LEVEL


@dataclass(frozen=True, slots=True)
class Point:
    """The curve after a time at which something was settled. se, low, high: None where nothing waits any more."""

    time: float
    at_risk: int
    settled: int
    waiting: float
    se: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The share still waiting over time. median: the first time at which half or fewer wait, None where never."""

    points: tuple[Point, ...]
    median: float | None
    interval: tuple[float, float] | None


def waiting(times: Sequence[float], settled: Sequence[bool], level: float = LEVEL) -> Waiting:
    """The curve of what still waits.

    Args: times: days from raised to settled, or for open ones until now; settled: which are settled. At the same
        time, what is settled counts before what is censored.
    Interval: exp(log S +- z se / S), cut at 1, with Greenwood's standard error; of the median, where the bounds of
    the curve cross one half.
    Source: Kaplan and Meier (1958); Greenwood (1926).
    """
    z = float(norm.ppf((1 + level) / 2))
    rows = sorted(zip(times, settled, strict=True))
    share, variance = 1.0, 0.0
    points: list[Point] = []
    for time in sorted({t for t, done in rows if done}):
        at_risk = sum(t >= time for t, _ in rows)
        done = sum(t == time and over for t, over in rows)
        share *= 1 - done / at_risk
        if share <= 0:
            points.append(Point(time, at_risk, done, 0.0, None, None, None))
            break
        variance += done / (at_risk * (at_risk - done))
        se = share * sqrt(variance)
        low, high = (exp(log(share) + sign * z * se / share) for sign in (-1, 1))
        points.append(Point(time, at_risk, done, share, se, low, min(1.0, high)))
    half = _first(points, "waiting")
    low_, high_ = _first(points, "low"), _first(points, "high")
    band = (low_, high_) if low_ is not None and high_ is not None else None
    return Waiting(tuple(points), half, band)


def _first(points: Sequence[Point], bound: str) -> float | None:
    """The first time at which a bound of the curve is one half or less."""
    for p in points:
        value = getattr(p, bound)
        if value is None or value <= 0.5 + 1e-12:
            return p.time
    return None
