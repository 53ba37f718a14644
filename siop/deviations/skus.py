"""Which SKUs inside a flagged family are off? Moderated t, an empirical null against heavy tails, and Benjamini-Hochberg."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from siop.deviations.detect import Chart
from siop.deviations.limits import FEWEST

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Q = 0.10  # share of the SKUs named that may be wrong, on average


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry per SKU, (k,): z of the last month, its p, its adjusted p (NaN where not tested), and whether it is named."""

    z: Floats
    p: Floats
    q: Floats
    named: Flags


def judge_skus(found: Chart, inside: Flags | None = None, q: float = Q) -> Judged:
    """Test the last month of every SKU against its baseline and name those that are off.

    p is the larger of two: of a t-statistic whose variance is shrunk towards that of the other SKUs, and the share of
    all baseline months of all SKUs, each judged against the rest of its own baseline, that look at least as odd. The
    second holds where tails are heavy.

    Args: found: the chart of all SKUs; inside: (k,) which are tested (in a flagged family), default all.
    Source: Smyth (2004), Stat. Appl. Genet. Mol. Biol. 3 (moderated t); Benjamini and Hochberg (1995), JRSS B 57.
    """
    n = found.used.astype(np.float64)
    able = (n >= FEWEST) & np.isfinite(found.sd) & ~np.isnan(found.shewhart_limit)
    free = np.where(able, n - 1, np.nan)
    more, common = prior(found.sd[able] ** 2, free[able])
    value, centre = found.ratio[:, -1], found.centre[:, -1]
    squares = found.sd**2 * free
    sd = np.sqrt(moderated(squares, free, more, common))
    z = np.where(found.watched[:, -1], (value - centre) / (sd * np.sqrt(1 + 1 / n)), np.nan)
    p = _two_sided(z, free, more)
    null = np.sort(baseline_p(found, able, more, common))
    odd = np.where(np.isfinite(p), (1 + np.searchsorted(null, p, side="right")) / (1 + len(null)), np.nan)
    p = np.maximum(p, odd)
    tested = np.isfinite(p) & (inside if inside is not None else np.ones(len(p), bool))
    adjusted = np.full(len(p), np.nan)
    if tested.any():
        adjusted[tested] = stats.false_discovery_control(p[tested], method="bh")
    with np.errstate(invalid="ignore"):
        return Judged(z, p, adjusted, adjusted <= q)


def prior(variance: Floats, free: Floats) -> tuple[float, float]:
    """(degrees of freedom, variance) that all SKUs share, by moments of the logarithms of their variances.

    Infinite degrees of freedom where the variances differ no more than chance makes them; (0, 1), which shrinks
    nothing, for fewer than three SKUs.
    """
    if len(variance) < 3:
        return 0.0, 1.0
    half = free / 2
    e = np.log(variance) - special.digamma(half) + np.log(half)
    centre = float(e.mean())
    spread = float(((e - centre) ** 2).sum() / (len(e) - 1) - special.polygamma(1, half).mean())
    if spread <= 0:
        return float("inf"), float(np.exp(centre))
    d = 2 * trigamma_inverse(spread)
    return d, float(np.exp(centre + special.digamma(d / 2) - np.log(d / 2)))


def moderated(squares: Floats, free: Floats, more: float, common: float) -> Floats:
    """Variances shrunk to the common one: (d0 s0^2 + sum of squares)/(d0 + degrees of freedom)."""
    if np.isinf(more):
        return np.where(np.isfinite(free), common, np.nan)
    return np.asarray((more * common + squares) / (more + free))


def trigamma_inverse(value: float) -> float:
    """x with trigamma(x) = value > 0, by Newton's steps on 1/trigamma.

    >>> round(trigamma_inverse(float(special.polygamma(1, 2.5))), 9)
    2.5
    """
    x = 0.5 + 1 / value
    for _ in range(50):
        known = float(special.polygamma(1, x))
        step = known * (1 - known / value) / float(special.polygamma(2, x))
        x += step
        if abs(step) < 1e-12 * x:
            break
    return x


def baseline_p(found: Chart, able: Flags, more: float, common: float) -> Floats:
    """p of every baseline month of every SKU, judged against the other months of its baseline; flat, unsorted."""
    n = found.used[able].astype(np.float64)[:, None]
    rest = (found.ratio - found.centre)[able]
    squares = (found.sd[able] ** 2)[:, None] * (n - 1)
    outside = found.aside[able]
    gap = np.where(outside, rest, rest * n / (n - 1))
    left = np.where(outside, squares, np.maximum(squares - rest**2 * n / (n - 1), 0))
    free = np.where(outside, n - 1, n - 2)
    sd = np.sqrt(moderated(left, free, more, common))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = gap / (sd * np.sqrt(1 + 1 / np.where(outside, n, n - 1)))
    return _two_sided(z, free, more)[found.baseline[able]]


def _two_sided(z: Floats, free: Floats, more: float) -> Floats:
    degrees = free + more if np.isfinite(more) else np.full(np.shape(free), 1e9)
    return np.asarray(2 * stats.t.sf(np.abs(z), degrees))
