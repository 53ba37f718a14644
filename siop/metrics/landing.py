"""Where will a running sum land? Point forecast, its own past misses, and an interval calibrated on them.

The sum of the months left is forecast directly; its interval comes from the misses of the same method at earlier
origins with the same number of months left, each scaled by what its series usually misses, and pooled over the
family of series (conformal prediction; methods.md section 5). Past origins use only what was known then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siop.metrics.forecast import METHODS
from siop.metrics.scores import Numbers

LEVEL = 0.8
ORIGINS = 30  # how far back the method is tried: fewer see too few kinds of years, more remember too old ones
NEEDED = 4  # misses without which an 80 % interval says nothing
_PRIOR = 2.0  # a series' own usual miss counts against the pool's as its independent misses against this many


@dataclass(frozen=True, slots=True)
class Track:
    """Forecasts of several series and how the same method missed before.

    point: (series, horizon), what the next 1, 2, ... months are forecast to sum to (or each month, `single`);
    misses: (series, origins, horizon), newest origin first, NaN where the outcome is not known yet: ln(actual /
    forecast), or (actual - forecast) / size where `ratio` is False; size: (series, horizon).
    past, outcome: (series, origins, horizon), the forecasts and actuals behind the misses; plan: the plan of then.
    weights: (members, series, horizon); members: their names.
    """

    point: Numbers
    misses: Numbers
    ratio: np.ndarray
    size: Numbers
    past: Numbers
    outcome: Numbers
    plan: Numbers | None
    weights: Numbers
    members: tuple[str, ...]


def track(
    history: Numbers,
    horizon: int,
    plans: Numbers | None = None,
    *,
    single: bool = False,
    origins: int = ORIGINS,
) -> Track:
    """Forecast the next months and try the same method at earlier origins.

    Args: history: (series, n) monthly, oldest first, no NaN; plans: (series, origins + 1, horizon), the plan as it
        stood at each origin for the months after it, today first, NaN where there was none; single: every month
        by itself instead of running sums.
    """
    k, n = history.shape
    count = min(n - first_origin(n), origins)
    members = [*METHODS, *(["plan"] if plans is not None else [])]
    raw = np.full((len(members), k, count + 1, horizon), np.nan)
    outcome = np.full((k, count + 1, horizon), np.nan)
    for j in range(count + 1):
        known = history[:, : n - j]
        for m, method in enumerate(METHODS.values()):
            raw[m, :, j] = method(known, horizon)
        ahead = min(j, horizon)
        outcome[:, j, :ahead] = history[:, n - j : n - j + ahead]
    if plans is not None:
        raw[-1] = plans[:, : count + 1] if plans.shape[1] > count else _padded(plans, count + 1)
    if not single:
        raw, outcome = raw.cumsum(axis=-1), outcome.cumsum(axis=-1)
    size = np.abs(history).mean(axis=1)[:, None] * (
        np.arange(1, horizon + 1) if not single else np.ones(horizon)
    )
    size = np.where(size > 0, size, 1.0)
    ratio: np.ndarray = np.all(history > 0, axis=1)
    raw_plan = None if plans is None else raw[-1].copy()
    if plans is not None:
        raw[-1] = _unbiased(raw[-1], outcome, ratio)
    last = len(members) - 1 if plans is not None else len(members)
    point, weights = _combined(raw[:last], outcome, size)
    if plans is not None:
        point, weights = _with_plan(raw[-1], point, weights, outcome, size)
    misses = _misses(outcome, point, ratio, size)
    return Track(
        point=point[:, 0], misses=misses[:, 1:], ratio=ratio, size=size, past=point[:, 1:], outcome=outcome[:, 1:],
        plan=None if raw_plan is None else raw_plan[:, 1:], weights=weights[:, :, 0], members=tuple(members),
    )  # fmt: skip


def first_origin(n: int) -> int:
    """How many months of history the first try has: two years where there are four, else half of what is there."""
    return 24 if n >= 48 else max(n // 2, 1)


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a forecast misses. scale: (series, horizon) usual |miss|; quantile: (horizon,) of |miss| / scale at the
    level; n: (horizon,) misses it rests on. Where n is under NEEDED the quantile is NaN: no interval."""

    scale: Numbers
    quantile: Numbers
    n: np.ndarray


def spread(misses: Numbers, level: float = LEVEL) -> Spread:
    """Conformal calibration over a pool of series.

    Args: misses: (series, origins, horizon), newest first, NaN unknown. Overlapping sums repeat each other: a series
        with o origins at r months left has about o / r independent ones, and its usual miss is drawn towards the
        pool's by as much; the miss of an origin is scaled by origins that do not overlap it.
    """
    k, _, horizon = misses.shape
    scale = np.full((k, horizon), np.nan)
    quantile, counts = np.full(horizon, np.nan), np.zeros(horizon, int)
    size = np.abs(misses)
    own_level = _series_level(size)
    for r in range(horizon):
        known = np.isfinite(size[:, :, r])
        if not known.any():
            continue
        pool = float(np.nanmean(size[:, :, r] / own_level[:, None]))
        target = own_level * pool
        length = r + 1
        sums, n = np.nansum(size[:, :, r], axis=1), known.sum(axis=1)
        scale[:, r] = _drawn(sums, n, target, length)
        scaled = np.full(known.shape, np.nan)
        for j in np.flatnonzero(known.any(axis=0)):
            near = np.abs(np.arange(known.shape[1]) - j) < length
            apart = np.where(known & ~near, size[:, :, r], np.nan)
            base = _drawn(np.nansum(apart, axis=1), np.isfinite(apart).sum(axis=1), target, length)
            scaled[:, j] = size[:, j, r] / base
        values = np.sort(scaled[np.isfinite(scaled)])
        counts[r] = len(values)
        if len(values) >= NEEDED:
            rank = min(int(np.ceil((len(values) + 1) * level)), len(values))
            quantile[r] = values[rank - 1]
    return Spread(scale, quantile, counts)


def interval(point: Numbers, found: Spread, ratio: np.ndarray, size: Numbers) -> tuple[Numbers, Numbers]:
    """(low, high), each (series, horizon): the point and its calibrated miss on either side."""
    reach = found.scale * found.quantile[None, :]
    flag = ratio[:, None]
    low = np.where(flag, point * np.exp(-reach), point - reach * size)
    high = np.where(flag, point * np.exp(reach), point + reach * size)
    return low, high


def pooled(tracks: Sequence[Track]) -> Numbers:
    """The misses of several tracks as one pool, padded where their origins differ."""
    longest = max(t.misses.shape[1] for t in tracks)
    return np.concatenate([_padded(t.misses, longest) for t in tracks])


def _padded(values: Numbers, origins: int) -> Numbers:
    missing = origins - values.shape[1]
    return np.pad(values, ((0, 0), (0, max(missing, 0)), (0, 0)), constant_values=np.nan)


def _series_level(size: Numbers) -> Numbers:
    """How much a series misses relative to the pool, over all months left: the mean of its ratios to the pool's."""
    with np.errstate(invalid="ignore"):
        by_month = np.array(
            [c[np.isfinite(c)].mean() if np.isfinite(c).any() else np.nan for c in np.moveaxis(size, 2, 0)]
        )
        relative = size / np.where(by_month > 0, by_month, np.nan)
    known = np.isfinite(relative)
    sums, n = np.nansum(relative, axis=(1, 2)), known.any(axis=2).sum(axis=1)
    mean = np.divide(sums, known.sum(axis=(1, 2)), out=np.ones(len(size)), where=known.sum(axis=(1, 2)) > 0)
    made: Numbers = np.maximum((mean * n + 1.0) / (n + 1.0), 1e-6)
    return made


def _drawn(sums: Numbers, n: np.ndarray, target: Numbers, length: int) -> Numbers:
    """Mean |miss|, drawn towards the target by how few independent misses there are."""
    independent = n / length
    mean = np.divide(sums, n, out=np.zeros_like(sums), where=n > 0)
    made: Numbers = np.maximum((mean * independent + target * _PRIOR) / (independent + _PRIOR), 1e-12)
    return made


def _misses(outcome: Numbers, forecast: Numbers, ratio: np.ndarray, size: Numbers) -> Numbers:
    good = (outcome > 0) & (forecast > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(good, outcome, np.nan) / np.where(good, forecast, np.nan))
    plain = (outcome - forecast) / size[:, None, :]
    made: Numbers = np.where(ratio[:, None, None], logs, plain)
    return made


def _known_later(values: Numbers, horizon: int) -> Numbers:
    """For every origin j (newest first) and r: mean over older origins whose outcome was known at j, NaN where none.

    The outcome of an origin j' at r months is known at j where j' >= j + r.
    """
    count = values.shape[1]
    made = np.full(values.shape, np.nan)
    for r in range(horizon):
        column = values[:, :, r]
        known = np.isfinite(column)
        sums = np.cumsum(np.where(known, column, 0.0)[:, ::-1], axis=1)[:, ::-1]
        counts = np.cumsum(known[:, ::-1], axis=1)[:, ::-1]
        shift = r + 1
        if shift < count:
            n = counts[:, shift:]
            made[:, : count - shift, r] = np.divide(
                sums[:, shift:], n, out=np.full(n.shape, np.nan), where=n > 0
            )
    return made


def _unbiased(plan: Numbers, outcome: Numbers, ratio: np.ndarray) -> Numbers:
    """The plan times its usual ratio to the outcome, as far as that is known at the origin, drawn towards 1."""
    count, horizon = plan.shape[1:]
    good = (plan > 0) & (outcome > 0) & ratio[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(good, np.log(np.where(good, outcome, 1.0) / np.where(good, plan, 1.0)), np.nan)
    known = np.isfinite(logs)
    mean = _known_later(logs, horizon)
    n = np.zeros(plan.shape)
    for r in range(horizon):
        counts = np.cumsum(known[:, ::-1, r], axis=1)[:, ::-1]
        if r + 1 < count:
            n[:, : count - r - 1, r] = counts[:, r + 1 :] / (r + 1)
    drawn = np.where(np.isfinite(mean), mean, 0.0) * n / (n + _PRIOR)
    made: Numbers = plan * np.exp(drawn)
    return made


def _combined(raw: Numbers, outcome: Numbers, size: Numbers) -> tuple[Numbers, Numbers]:
    """(forecast (series, origins, horizon), weights): members weighted by 1 / squared mean miss known at the origin.

    Members without a known miss count as the others' average; without any, all count alike, and a member that has
    no forecast at an origin does not count there.
    """
    horizon = raw.shape[-1]
    loss = np.abs(raw - outcome[None]) / size[None, :, None, :]
    known = np.stack([_known_later(member, horizon) for member in loss])
    told = np.isfinite(known)
    sums, n = np.where(told, known, 0.0).sum(axis=0), told.sum(axis=0)
    usual = np.divide(sums, n, out=np.ones(sums.shape), where=n > 0)
    filled = np.where(told, known, usual[None])
    weights = 1.0 / np.maximum(filled, 1e-9) ** 2
    weights = np.where(np.isfinite(raw), weights, 0.0)
    weights = weights / weights.sum(axis=0, keepdims=True)
    point = np.nansum(weights * np.where(np.isfinite(raw), raw, 0.0), axis=0)
    return point, weights


def _with_plan(
    plan: Numbers, methods: Numbers, weights: Numbers, outcome: Numbers, size: Numbers
) -> tuple[Numbers, Numbers]:
    """The plan against all methods together: half each to begin with, then by 1 / squared mean miss known at the origin.

    Misses of shorter sums are known earlier and speak for longer ones. Where there is no plan the methods stand alone.
    """
    horizon = plan.shape[-1]
    usual = []
    both = np.isfinite(plan) & np.isfinite(methods)
    for voice in (plan, methods):
        miss = np.where(both, np.abs(voice - outcome) / size[:, None, :], np.nan)
        known = _known_later(miss, horizon)
        told = np.isfinite(known)
        sums, n = np.where(told, known, 0.0).cumsum(axis=-1), told.cumsum(axis=-1)
        usual.append(np.divide(sums, n, out=np.ones(sums.shape), where=n > 0))
    squares = [np.maximum(u, 1e-9) ** 2 for u in usual]
    share = np.where(np.isfinite(plan), squares[1] / (squares[0] + squares[1]), 0.0)
    point = share * np.where(np.isfinite(plan), plan, 0.0) + (1 - share) * methods
    return point, np.concatenate([weights * (1 - share)[None], share[None]])
