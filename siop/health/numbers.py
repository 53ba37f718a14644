"""Intervals and means that several indices of this room use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Interval = tuple[float, float]
LEVEL = 0.9  # of every interval on the board


def exact_interval(hits: int, n: int, level: float = LEVEL) -> Interval:
    """Clopper-Pearson interval of a share; (0, 1) where nothing was seen.

    >>> [round(v, 4) for v in exact_interval(18, 20, 0.95)]
    [0.683, 0.9877]
    """
    if n == 0:
        return 0.0, 1.0
    found = stats.binomtest(hits, n).proportion_ci(level, "exact")
    return float(found.low), float(found.high)


def geometric_mean(parts: Iterable[float | None]) -> float | None:
    """Geometric mean of the parts that are known, each within 0..1; None where none is.

    >>> geometric_mean([1.0, 0.25, None]), geometric_mean([None])
    (0.5, None)
    """
    have = [p for p in parts if p is not None]
    if not have:
        return None
    return float(np.prod(np.asarray(have, dtype=float)) ** (1 / len(have)))


def spread_of(
    shares: Sequence[tuple[float, float]],
    combine: Callable[[Floats], Floats],
    *,
    draws: int = 4000,
    seed: int = 5,
) -> Interval:
    """Interval of a figure made of several shares, each seen only a few times.

    Every share (points, out of n) is drawn from its Beta distribution under Jeffreys' prior, which needs no large
    n and never leaves 0..1; the figure is computed per draw. What was observed is always inside: where all of n or
    none was counted, the quantile alone would leave it out (Brown, Cai and DasGupta 2001, section 4.1.1).

    Args: combine: from draws of shape (draws, shares) to the figure, shape (draws,).
    """
    rng = np.random.default_rng(seed)
    have = np.column_stack([rng.beta(k + 0.5, n - k + 0.5, draws) for k, n in shares])
    low, high = np.quantile(combine(have), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    seen = float(combine(np.array([[k / n if n else np.nan for k, n in shares]]))[0])
    return float(np.fmin(low, seen)), float(np.fmax(high, seen))
