"""Where is it? Slices of the business that moved by a common percentage, with the rest of the business apart.

SlicePeel: score every slice of every combination of dimensions by how much better one common change explains its
leaves than none; take the best, remove its leaves, repeat (methods: section 2.5 of the research; own work).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
LEAST_EFFECT = 0.10  # of the symmetric deviation; smaller moves are rest
LEAST_BROAD = 0.02
PENALTY = 3.0
CLIP = 1.3
FLOOR = 0.02


@dataclass(frozen=True, slots=True)
class Slice:
    """effect = actual/plan - 1; impact = actual - plan x (1 + broad effect); items: leaves with plan or actual."""

    where: dict[str, str]
    effect: float | None
    impact: float
    plan: float
    actual: float
    items: int


@dataclass(frozen=True, slots=True)
class Localised:
    """Slices by money; impacts + broad_impact + rest = gap, exactly."""

    slices: tuple[Slice, ...]
    gap: float
    broad_effect: float
    broad_impact: float
    rest: float


def localise(
    leaves: pd.DataFrame, dims: Sequence[str], *, most: int = 5, least_effect: float = LEAST_EFFECT
) -> Localised:
    """Find the slices.

    Args: leaves: dims (text), plan, actual; NaN counts as nothing planned or sold. most: slices at most.
    """
    plan = np.nan_to_num(leaves["plan"].to_numpy(dtype=float))
    actual = np.nan_to_num(leaves["actual"].to_numpy(dtype=float))
    gap = float(actual.sum() - plan.sum())
    usable = (plan > 0) & (actual + plan > 0)
    codes = {d: pd.factorize(leaves[d].fillna(""), sort=True) for d in dims}
    d = np.zeros(len(plan))
    d[usable] = 2 * (actual[usable] - plan[usable]) / (np.abs(actual[usable]) + plan[usable])
    d = np.clip(d, -2, 2)
    c = float(np.quantile(plan[usable], 0.25)) if usable.any() else 0.0
    weight = np.where(usable, plan / (plan + c) if c > 0 else 1.0, 0.0)
    centre = mode(d[usable], weight[usable]) if usable.sum() >= 8 else 0.0
    broad = 2 * centre / (2 - centre) if abs(centre) >= LEAST_BROAD else 0.0  # d = 2e/(2+e) backwards
    shift = np.clip(d - (centre if broad else 0.0), -CLIP, CLIP)
    spread = (
        max(FLOOR, 1.4826 * float(np.median(np.abs(shift[usable]) * np.sqrt(weight[usable]))))
        if usable.any()
        else FLOOR
    )
    found = _peel(shift, weight, usable, codes, dims, spread, most, least_effect)
    slices, taken = [], np.zeros(len(plan), dtype=bool)
    for where, mask in found:
        p, a = float(plan[mask].sum()), float(actual[mask].sum())
        items = int(((plan[mask] != 0) | (actual[mask] != 0)).sum())
        slices.append(Slice(where, a / p - 1 if p else None, a - p * (1 + broad), p, a, items))
        taken |= mask
    broad_impact = broad * float(plan.sum())
    rest = gap - broad_impact - sum(s.impact for s in slices)
    slices.sort(key=lambda s: -abs(s.impact))
    return Localised(tuple(slices), gap, broad, broad_impact, rest)


def mode(values: Floats, weights: Floats) -> float:
    """The weighted kernel mode of values; where most of the business moved to.

    >>> round(mode(np.array([-0.1] * 9 + [0.8] * 3), np.ones(12)), 2)
    -0.1
    """
    sd = max(1e-6, 1.4826 * float(np.median(np.abs(values - np.median(values)))))
    width = max(0.01, 0.6 * sd * len(values) ** -0.2 * 2)
    edges = np.arange(-2 - width, 2 + 2 * width, width / 4)
    counts, _ = np.histogram(values, bins=edges, weights=weights)
    kernel = np.exp(-0.5 * (np.arange(-12, 13) / 4) ** 2)
    smooth = np.convolve(counts, kernel, mode="same")
    at = int(np.argmax(smooth))
    middle = (edges[at] + edges[at + 1]) / 2
    near = np.abs(values - middle) <= width
    return (
        float(np.average(values[near], weights=weights[near])) if weights[near].sum() > 0 else float(middle)
    )


def _peel(
    shift: Floats, weight: Floats, usable: npt.NDArray[np.bool_], codes: dict[str, tuple[npt.NDArray[np.int64], pd.Index]],
    dims: Sequence[str], spread: float, most: int, least_effect: float,
) -> list[tuple[dict[str, str], npt.NDArray[np.bool_]]]:  # fmt: skip
    layers = [combo for size in range(1, len(dims) + 1) for combo in combinations(dims, size)]
    keys: dict[tuple[str, ...], tuple[npt.NDArray[np.int64], int]] = {}
    for combo in layers:
        key = np.zeros(len(shift), dtype=np.int64)
        for name in combo:
            key = key * len(codes[name][1]) + codes[name][0]
        values, inverse = np.unique(key, return_inverse=True)
        keys[combo] = (inverse.astype(np.int64), len(values))
    left = usable.copy()
    found: list[tuple[dict[str, str], npt.NDArray[np.bool_]]] = []
    everything = np.zeros(len(shift), dtype=bool)
    counts = {n: sum(keys[combo][1] for combo in layers if len(combo) == n) for n in range(1, len(dims) + 1)}
    while len(found) < most and left.any():
        best: tuple[float, tuple[str, ...], int] | None = None
        w = np.where(left, weight, 0.0)
        wd = w * shift
        for combo in layers:
            inverse, size = keys[combo]
            total, moved = np.bincount(inverse, w, size), np.bincount(inverse, wd, size)
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = np.where(total > 0, moved / total, 0.0)
                gain = np.where(total > 0, moved**2 / total, 0.0) / spread**2
            gain = gain - 2 * PENALTY * np.log(max(counts[len(combo)], 2))
            gain[np.abs(mean) < least_effect] = -np.inf
            at = int(np.argmax(gain))
            if gain[at] > 0 and (best is None or gain[at] > best[0] + 1e-9):
                best = (float(gain[at]), combo, at)
        if best is None:
            break
        _, combo, at = best
        mask = (keys[combo][0] == at) & ~everything
        example = int(np.flatnonzero(keys[combo][0] == at)[0])
        where = {name: str(codes[name][1][codes[name][0][example]]) for name in combo}
        found.append((where, mask))
        everything |= mask
        left &= ~mask
    return found
