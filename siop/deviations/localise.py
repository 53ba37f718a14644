"""Where is it? Slices of the business that moved by a common percentage, with the rest of the business apart.

SlicePeel: give every slice of every combination of dimensions a score, how much better a change of its own explains its
leaves than the change of all others; take the best, put its leaves aside, repeat. What a leaf can say is weighted by
how noisy leaves of its size are, which is estimated first; without that, small leaves drown the search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import fsum

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import nnls

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOST = 8
LEAST_EFFECT = 0.05  # against the others; smaller moves are rest
LEAST_BROAD = 0.02
SURE = 2.0  # standard errors from which a change across the board is told
PENALTY = 2.2  # of the score, per slice that was looked at: keeps false slices under 1 in 20 clean companies
FITS = 6
FLOOR = 0.02  # least noise of a leaf, a standard deviation as a fraction of plan
REACH = 4.0  # a leaf counts at most so many of its standard deviations
LEAST_PLAN = 1e-9  # of the largest leaf's: what rounding leaves is not searched
WIDEST = 0.3  # ... or so many times this fraction, where the leaf is quieter


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice. effect: actual/plan - 1, None without plan; impact: actual - plan x (1 + broad effect).

    items: leaves with plan or actual; score: twice the gain in log likelihood less the penalty; without: the slices
    taken before that it meets: their leaves are not counted here again. window: None where the whole showed it, else
    the index of the window that did, and recent: its effect there.
    """

    where: dict[str, str]
    effect: float | None
    impact: float
    plan: float
    actual: float
    items: int
    score: float
    without: tuple[dict[str, str], ...] = ()
    window: int | None = None
    recent: float | None = None


@dataclass(frozen=True, slots=True)
class Localised:
    """Slices by money; impacts + broad_impact + rest = gap, exactly."""

    slices: tuple[Slice, ...]
    gap: float
    broad_effect: float
    broad_impact: float
    rest: float


@dataclass(frozen=True, slots=True)
class _Cuboid:
    """A combination of dimensions: the slice of every leaf, how many slices, and a leaf of each."""

    dims: tuple[str, ...]
    key: Ints
    size: int


def localise(
    leaves: pd.DataFrame,
    dims: Sequence[str],
    *,
    windows: Sequence[tuple[Floats, Floats]] = (),
    most: int = MOST,
    least_effect: float = LEAST_EFFECT,
) -> Localised:
    """Find the slices.

    The broad effect is that of everything outside the slices, told where it is at least 2 per cent and two standard
    errors; else it is zero and what is left is the rest. A leaf without a plan cannot be searched; its money counts.

    Args: leaves: dims (text), plan, actual; NaN counts as nothing planned or sold. windows: (plan, actual) of the same
        leaves in shorter times, searched too, because what was lost lately hides in a long time; effects and impacts
        are of the whole. most: slices at most; least_effect: of a slice, against the others.
    Source: own work; scores every slice of every cuboid as the literature on multi-dimensional root causes does.
    """
    plan = np.nan_to_num(leaves["plan"].to_numpy(dtype=np.float64))
    actual = np.nan_to_num(leaves["actual"].to_numpy(dtype=np.float64))
    codes = {d: pd.factorize(leaves[d].astype(object).where(leaves[d].notna(), ""), sort=True) for d in dims}
    times = [(plan, actual), *((np.nan_to_num(p), np.nan_to_num(a)) for p, a in windows)]
    views = [_View.of(p, a) for p, a in times if (p > 0).any()]
    found = _peel(views, codes, most, least_effect) if views else []
    taken = np.zeros(len(plan), dtype=bool)
    for f in found:
        taken |= f.leaves
    broad = _broad(plan[~taken], actual[~taken])
    slices = []
    for n, f in enumerate(found):
        p, a = fsum(plan[f.leaves]), fsum(actual[f.leaves])
        items = int(((plan[f.leaves] != 0) | (actual[f.leaves] != 0)).sum())
        meets = tuple(earlier.where for earlier in found[:n] if _meet(f.where, earlier.where))
        within = times[f.view]
        recent = fsum(within[1][f.leaves]) / fsum(within[0][f.leaves]) - 1 if f.view else None
        slices.append(
            Slice(
                f.where, a / p - 1 if p else None, a - p * (1 + broad), p, a, items, f.score, meets,
                f.view - 1 if f.view else None, recent,
            )
        )  # fmt: skip
    slices.sort(key=lambda s: -abs(s.impact))
    gap = fsum(actual) - fsum(plan)
    broad_impact = broad * fsum(plan)
    rest = gap - fsum([broad_impact, *(s.impact for s in slices)])
    return Localised(tuple(slices), gap, broad, broad_impact, rest)


def noise(plan: Floats, actual: Floats) -> Floats:
    """Standard deviation of actual/plan of leaves of each leaf's size, as a fraction; shape of plan, plan > 0.

    The spread of ln(actual/plan) is measured robustly in groups of leaves of like plan and fitted by v + k/plan: large
    leaves share the noise of the business, small ones have the noise of few orders on top.
    """
    size = plan / plan.max()
    log = np.log(np.maximum(actual / plan, 1e-9))
    groups = np.array_split(np.argsort(size, kind="stable"), int(np.clip(len(plan) // 25, 1, 24)))
    inverse = np.array([1 / np.median(size[g]) for g in groups])
    spread = np.array([1.4826 * np.median(np.abs(log[g] - np.median(log[g]))) for g in groups])
    variance = np.maximum(spread, FLOOR) ** 2
    scale = float(inverse.max())
    parts = np.stack([np.ones(len(groups)), inverse / scale], axis=1)
    fitted, weight = np.zeros(2), variance
    for _ in range(
        FITS
    ):  # weighted by what is fitted: by what was measured, groups that look quiet would win
        fitted, _ = nnls(parts / weight[:, None], variance / weight)
        weight = np.maximum(parts @ fitted, FLOOR**2)
    of_log = np.clip(fitted[0] + fitted[1] / scale / size, FLOOR**2, 4.0)
    return np.asarray(np.sqrt(np.expm1(of_log)))


@dataclass(frozen=True, slots=True)
class _View:
    """The leaves in one time: actual/plan - 1, what each can say (1/variance, 0 without a plan), how far it counts."""

    ratio: Floats
    weight: Floats
    reach: Floats

    @classmethod
    def of(cls, plan: Floats, actual: Floats) -> _View:
        usable = plan > LEAST_PLAN * max(float(plan.max()), float(np.abs(actual).max()))
        sd = np.ones(len(plan))
        if usable.any():
            sd[usable] = noise(plan[usable], actual[usable])
        ratio = np.divide(actual, plan, out=np.ones(len(plan)), where=usable) - 1
        return cls(ratio, np.where(usable, 1 / sd**2, 0.0), REACH * np.maximum(sd, WIDEST))


@dataclass(frozen=True, slots=True)
class _Found:
    """A slice that was taken: its values, its leaves that no slice before has, its score and the view that showed it."""

    where: dict[str, str]
    leaves: Flags
    score: float
    view: int


def _peel(
    views: Sequence[_View], codes: dict[str, tuple[Ints, pd.Index]], most: int, least_effect: float
) -> list[_Found]:
    """The slices, in the order in which they were found."""
    cuboids = _cuboids(codes)
    looked_at, so_far = {}, 0
    for (
        c
    ) in cuboids:  # the deeper, the more; a slice named by fewer dimensions wins over the same leaves by more
        so_far += c.size * len(views)
        looked_at[len(c.dims)] = max(so_far, 2)
    left = np.ones(len(views[0].ratio), dtype=bool)
    found: list[_Found] = []
    while len(found) < most and left.any():
        best: tuple[float, _Cuboid, int, int] | None = None
        for n, view in enumerate(views):
            w = np.where(left, view.weight, 0.0)
            if not w.any():
                continue
            value = _bounded(view.ratio, w, view.reach)
            for c in cuboids:
                gain = _gain(c, w, value, least_effect) - 2 * PENALTY * np.log(looked_at[len(c.dims)])
                at = int(np.argmax(gain))
                if gain[at] > 0 and (best is None or gain[at] > best[0] + 1e-9):
                    best = (float(gain[at]), c, at, n)
        if best is None:
            break
        score, c, at, n = best
        member = c.key == at
        example = int(np.flatnonzero(member)[0])
        where = {d: str(codes[d][1][codes[d][0][example]]) for d in c.dims}
        found.append(_Found(where, member & left, score, n))
        left &= ~member
    return found


def _gain(c: _Cuboid, weight: Floats, value: Floats, least_effect: float) -> Floats:
    """(slices,) twice the log likelihood ratio of "the slice and the others each have their own change" to "all alike".

    n ln(1 + g/r): g what the two changes explain, r what they leave, both in units of the estimated noise and r at
    least n: tails heavier than the middle of the noise tells, and few leaves, prove less.
    -inf for a slice that carries more than half of the weight, since then the others are what moved, and for one that
    differs by less than least_effect.
    """
    inside = np.bincount(c.key, weight, c.size)
    moved = np.bincount(c.key, weight * value, c.size)
    whole, all_moved = float(inside.sum()), float(moved.sum())
    outside = whole - inside
    able = (inside > 0) & (outside > 0) & (inside <= outside)
    apart = np.divide(moved, inside, out=np.zeros(c.size), where=able) - np.divide(
        all_moved - moved, outside, out=np.zeros(c.size), where=able
    )
    explained = apart**2 * np.divide(inside * outside, whole, out=np.zeros(c.size), where=able)
    leaves = int(np.count_nonzero(weight))
    if leaves <= 2:
        return np.full(c.size, -np.inf)
    before = float((weight * (value - all_moved / whole) ** 2).sum())
    rest = np.maximum((before - explained) * leaves / (leaves - 2), leaves)
    gain = leaves * np.log1p(explained / rest)
    return np.where(able & (np.abs(apart) >= least_effect), gain, -np.inf)


def _bounded(ratio: Floats, weight: Floats, reach: Floats) -> Floats:
    """The ratios, none further than its reach from their common mean, so that one leaf cannot make a slice."""
    centre = float(np.average(ratio, weights=weight))
    for _ in range(3):
        centre = float(np.average(np.clip(ratio, centre - reach, centre + reach), weights=weight))
    return np.asarray(np.clip(ratio, centre - reach, centre + reach))


def _broad(plan: Floats, actual: Floats) -> float:
    """Change of what no slice holds, or zero where it is small or within chance."""
    total = fsum(plan)
    if total <= LEAST_PLAN * float(np.abs(actual).sum()):
        return 0.0
    effect = fsum(actual) / total - 1
    error = float(np.sqrt(((actual - plan * (1 + effect)) ** 2).sum())) / total
    return effect if abs(effect) >= LEAST_BROAD and abs(effect) > SURE * error else 0.0


def _cuboids(codes: dict[str, tuple[Ints, pd.Index]]) -> list[_Cuboid]:
    """Every combination of dimensions, those of fewer dimensions first: of equal scores the shorter name wins."""
    found = []
    for size in range(1, len(codes) + 1):
        for dims in combinations(codes, size):
            key = np.zeros(len(codes[dims[0]][0]), dtype=np.int64)
            for d in dims:
                key = key * len(codes[d][1]) + codes[d][0]
            values, dense = np.unique(key, return_inverse=True)
            found.append(_Cuboid(dims, dense.astype(np.int64).ravel(), len(values)))
    return found


def _meet(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether two slices can have a leaf in common."""
    return all(other[d] == value for d, value in one.items() if d in other)
