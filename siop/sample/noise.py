"""The noise of a family's monthly total: small numbers, shaped so that each family shows what its story says.

A family said to be only noisy must not raise a signal by bad luck, and a fine one must be fine.
"""

from __future__ import annotations

import numpy as np

from siop.sample.company import Floats
from siop.sample.draw import CLOSED, FIRST_CYCLE
from siop.sample.names import FAMILIES
from siop.sample.stories import Stories

TOLERANCE = {"fine": 6.0, "noisy": 9.0, "normalised": 6.0, "other": 9.0}
"""Per cent of plan, as first agreed with each family's planners."""
_NOISE = {"fine": 0.018, "noisy": 0.095, "normalised": 0.016, "other": 0.028}
_TRIES = 4000


def kind_of(stories: Stories, family: int) -> str:
    """fine, noisy, normalised or other: what sets a family's noise and tolerance."""
    named = {stories.fine: "fine", stories.noisy: "noisy", stories.normalised: "normalised"}
    return named.get(family, "other")


def tolerances(stories: Stories) -> list[float]:
    """First agreed tolerance of each family, per cent."""
    return [TOLERANCE[kind_of(stories, f)] for f in range(len(FAMILIES))]


def family_noise(
    rng: np.random.Generator, stories: Stories, family: int, wanted: Floats, planned: Floats
) -> Floats:
    """Monthly factors of a family, shape (CLOSED,), drawn again until they look like what its story says.

    Args: wanted: expected sales by month; planned: the consensus a month before, zero where there was none.
    """
    kind = kind_of(stories, family)
    seen = slice(FIRST_CYCLE + 1, CLOSED)
    best, least = np.ones(CLOSED), np.inf
    for _ in range(_TRIES):
        noise = np.exp(_NOISE[kind] * rng.standard_normal(CLOSED))
        ratio = (wanted * noise)[seen] / planned[seen]
        faults = _FAULTS[kind](ratio, TOLERANCE[kind] / 100, stories.onset - FIRST_CYCLE - 1)
        faults += _odd(np.log(ratio[:_YEAR]))
        if faults < least:
            best, least = noise, faults
        if faults == 0:
            break
    return np.asarray(best)


def _fine(ratio: Floats, tolerance: float, _: int) -> float:
    """Quiet, at most one miss in two years and none in the last."""
    out, year = np.abs(ratio - 1), np.abs(ratio[-12:] - 1)
    missed = max(0.0, float((out > tolerance).sum()) - 1.0) + float((year > 0.97 * tolerance).sum())
    return _loud(ratio, 0.85) + missed


def _noisy(ratio: Floats, tolerance: float, _: int) -> float:
    """Out of tolerance four to six times a year, on both sides, never far; no signal."""
    year, half = ratio[-12:] - 1, ratio[-6:] - 1
    low, high = (year < -tolerance).sum(), (year > tolerance).sum()
    recent = (half < -tolerance).sum(), (half > tolerance).sum()
    wild = max(0.0, float(np.abs(ratio - 1).max()) - 0.2)
    wrong = abs(float(low + high) - 5) > 1, min(low, high) < 2, min(recent) < 1, sum(recent) > 3
    return _loud(ratio, 0.85) + wild + float(sum(map(int, wrong)))


def _other(ratio: Floats, tolerance: float, _: int) -> float:
    """Misses now and then, never half of the time; no signal."""
    often = max(0.0, float((np.abs(ratio[-6:] - 1) > tolerance).sum()) - 2.0)
    return _loud(ratio, 0.9) + often


def _normalised(ratio: Floats, tolerance: float, onset: int) -> float:
    """Calm before the onset, then every month between 7 and 15 per cent under its plan."""
    before, since = np.abs(ratio[:onset] - 1), 1 - ratio[onset:]
    return float((before > tolerance).sum() + (since < 0.07).sum() + (since > 0.15).sum())


_YEAR = 12


def _odd(first: Floats) -> float:
    """How far a month of the first year lies beyond 4.5 robust deviations: a year of calm has no such month."""
    off = np.abs(first - np.median(first))
    return max(0.0, float(off.max() / (1.4826 * np.median(off))) - 4.5)


_FAULTS = {"fine": _fine, "noisy": _noisy, "other": _other, "normalised": _normalised}


def _loud(ratio: Floats, most: float) -> float:
    """How far the series is above `most` of a signal, over several lengths of the baseline."""
    return sum(max(0.0, loudness(np.log(ratio), m) - most) for m in (10, 12, 14, 16))


def loudness(values: Floats, baseline: int) -> float:
    """How near a series comes to a signal after its first `baseline` points; 1 is a signal.

    A joint chart of methods.md section 1: EWMA(0.3) with exact limits and Shewhart, limits for the baseline's
    length, interpolated in 1/m.
    """
    first, rest = values[:baseline], values[baseline:]
    z = (rest - first.mean()) / (first.std(ddof=1) * np.sqrt(1 + 1 / baseline))
    limit = float(np.interp(1 / baseline, [1 / 36, 1 / 24, 1 / 12, 1 / 10], [3.05, 3.20, 3.63, 3.80]))
    smooth, worst = 0.0, 0.0
    for t, value in enumerate(z, start=1):
        smooth = 0.7 * smooth + 0.3 * float(value)
        width = limit * (0.3 / 1.7 * (1 - 0.7 ** (2 * t))) ** 0.5
        worst = max(worst, abs(smooth) / width, abs(float(value)) / limit)
    return worst
