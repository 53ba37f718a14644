"""What has changed? Plan and actual of many streams on control charts, all at once.

A stream is charted on ln(actual / plan frozen at its lag): EWMA(0.3) with exact limits joined with a Shewhart chart,
both against a frozen baseline of earlier months, with limits calibrated for the number of baseline months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from siop.core import month_number
from siop.deviations.limits import LEAST, MOST, limits

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LAMBDA = 0.3
WINDOW = 12  # months watched
SEASONAL = 24  # baseline points from which a season is looked for
SEASON_P = 0.001  # how sure a season has to be before it is taken out
OUTLIER = 6.0  # baseline points so many robust deviations off are set aside
BEGUN = (
    3.0,
    5.0,
)  # the baseline's last months, so many deviations off on one side, are a shift: two months, or one
RHO = (0.3, 0.6, 0.8)  # autocorrelation: from where, and from where fully, it widens the EWMA's limits; most
LEAST_SD = 0.001  # a plan that was met exactly is still not expected to better than 0.1 per cent


@dataclass(frozen=True, slots=True)
class Chart:
    """Charts of k streams over t months; arrays are (k, t), or (k,) where it says so. NaN where not known.

    ratio: what is charted; logged (k,): ln(actual/plan), else (actual-plan)/plan. baseline, watched: which months.
    used (k,): baseline months the mean and sd come from; aside: baseline months set aside as outliers.
    centre: mean plus season; sd (k,); rho (k,): autocorrelation of the baseline; z: distance from the centre in
    standard deviations of a prediction; ewma and its standard deviation spread, ewma_limit, shewhart_limit (k,): in
    the same unit.
    signal: by either; shewhart, smooth: which; side: +1 above, -1 below, 0 no signal.
    """

    months: tuple[str, ...]
    ratio: Floats
    logged: Flags
    baseline: Flags
    watched: Flags
    aside: Flags
    used: Ints
    centre: Floats
    seasonal: Flags
    sd: Floats
    rho: Floats
    z: Floats
    ewma: Floats
    spread: Floats
    ewma_limit: Floats
    shewhart_limit: Floats
    shewhart: Flags
    smooth: Flags
    side: Ints

    @property
    def signal(self) -> Flags:
        """Whether a stream signals in a month."""
        return self.shewhart | self.smooth

    @property
    def enough(self) -> Flags:
        """(k,): whether a stream has a baseline and a watched month; without them nothing is said of changes."""
        return np.asarray(~np.isnan(self.shewhart_limit) & self.watched.any(axis=1))

    def run_start(self, stream: int) -> int | None:
        """Index of the first month of the run of signals on one side that ends with the last month, or None."""
        side = self.side[stream]
        known = np.flatnonzero(self.watched[stream])
        if not len(known) or known[-1] != len(self.months) - 1 or side[known[-1]] == 0:
            return None
        other = [int(t) for t in known if side[t] != side[known[-1]]]
        after = [int(t) for t in known if not other or t > other[-1]]
        return after[0]

    def bounds(self, stream: int) -> pd.DataFrame:
        """month, ratio, smooth, lower, upper, smooth_lower, smooth_upper: the chart of one stream in deviation ratios.

        Ratios are (actual - plan)/plan, whatever the stream is charted on; limits only in watched months.
        """
        width = self.sd[stream] * np.sqrt(1 + 1 / max(int(self.used[stream]), 1))
        centre, watched = self.centre[stream], self.watched[stream]
        shewhart = np.where(watched, self.shewhart_limit[stream] * width, np.nan)
        smooth = np.where(watched, self.ewma_limit[stream] * width, np.nan)
        columns = {
            "ratio": self.ratio[stream], "smooth": centre + self.ewma[stream] * width,
            "lower": centre - shewhart, "upper": centre + shewhart,
            "smooth_lower": centre - smooth, "smooth_upper": centre + smooth,
        }  # fmt: skip
        back = np.expm1 if self.logged[stream] else np.asarray
        return pd.DataFrame({"month": list(self.months), **{name: back(v) for name, v in columns.items()}})


def ratios(actual: Floats, plan: Floats) -> tuple[Floats, Flags]:
    """What is charted, and which streams are charted on the logarithm.

    Args: actual, plan: (k, t). A month without plan, without actual, or with a plan of zero or less is unknown.
    Returns: (k, t) ln(actual/plan), or (actual - plan)/plan for the whole of a stream that ever had an actual of
        zero or less, so that one stream has one scale; and (k,) whether it is the logarithm.
    """
    known = np.isfinite(actual) & np.isfinite(plan) & (plan > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(known, actual / plan, np.nan)
        logged = np.asarray(~(known & (actual <= 0)).any(axis=1))
        found = np.where(logged[:, None], np.log(share), share - 1)
    return found, logged


def chart(
    actual: Floats, plan: Floats, months: tuple[str, ...], window: int = WINDOW, calibrated: bool = True
) -> Chart:
    """Chart k streams over t consecutive months; the last month is the one that is judged.

    The last `window` months are watched and the known months before them, at most 48, are the frozen baseline. Where
    that leaves fewer than 12, the first 12 known months are the baseline and the rest is watched.
    Baseline months more than 6 robust deviations from the median are set aside; from 24 months a clear month-of-year
    pattern is taken out; autocorrelation widens the EWMA's limits. The EWMA signals only in a month that lies on its
    side itself: when a shift is over, so is the signal.

    Args: actual, plan: (k, t), NaN unknown; calibrated: False computes z and ewma but no limits (to calibrate them).
    Source: methods of Montgomery, Introduction to Statistical Quality Control, chapter 9 (EWMA with exact limits);
        limits by simulation, benchmarks/detect.py.
    """
    ratio, logged = ratios(actual, plan)
    return chart_ratios(ratio, months, logged, window, calibrated)


def chart_ratios(
    ratio: Floats,
    months: tuple[str, ...],
    logged: Flags | None = None,
    window: int = WINDOW,
    calibrated: bool = True,
    least: int = LEAST,
) -> Chart:
    """The same for ratios that are known already; see `chart`. least: months that a baseline needs."""
    baseline, watched = split(ratio, window, least)
    aside = baseline & outliers(ratio, baseline)
    keep = baseline & ~aside
    used = keep.sum(axis=1)
    centre, seasonal, free = centre_of(ratio, keep, months)
    rest = np.where(keep, ratio - centre, 0.0)
    sd = np.sqrt((rest**2).sum(axis=1) / np.maximum(free, 1))
    sd = np.where(used >= 2, np.maximum(sd, LEAST_SD), np.nan)
    rho = autocorrelation(rest, keep)
    width = sd * np.sqrt(1 + 1 / np.maximum(used, 1))
    z = np.where(watched, (ratio - centre) / width[:, None], np.nan)
    smooth, spread = ewma(z)
    able = np.isfinite(ratio).sum(axis=1) >= LEAST
    by_point, by_smooth = (
        limits(np.where(able, used, 0)) if calibrated else (np.full(len(ratio), np.nan),) * 2
    )
    smooth_limit = by_smooth[:, None] * spread * widening(rho)[:, None]
    with np.errstate(invalid="ignore"):
        point = np.abs(z) > by_point[:, None]
        slow = (np.abs(smooth) > smooth_limit) & (np.sign(smooth) == np.sign(z))
    side = np.where(point, np.sign(z), np.where(slow, np.sign(smooth), 0))
    return Chart(
        months=months, ratio=ratio, logged=np.ones(len(ratio), bool) if logged is None else logged, baseline=baseline,
        watched=watched, aside=aside, used=used, centre=centre, seasonal=seasonal, sd=sd, rho=rho, z=z, ewma=smooth, spread=spread,
        ewma_limit=smooth_limit, shewhart_limit=by_point, shewhart=point, smooth=slow,
        side=np.nan_to_num(side).astype(np.int64),
    )  # fmt: skip


def split(ratio: Floats, window: int = WINDOW, least: int = LEAST) -> tuple[Flags, Flags]:
    """(baseline, watched) months of each stream: before the window and in it, but at least 12 in the baseline.

    Where a shift began before the window, in the last third of the baseline, its months are watched instead: a baseline
    that holds the shift would hide it.
    """
    known = np.isfinite(ratio)
    order = np.cumsum(known, axis=1)  # 1 for the first known month
    before = known[:, : max(ratio.shape[1] - window, 0)].sum(axis=1)
    size = np.maximum(before, least)[:, None]
    baseline = known & (order <= size) & (order > size - MOST)
    size = size - begun(ratio, baseline)[:, None]
    return baseline & (order <= size), known & (order > size)


def begun(ratio: Floats, baseline: Flags) -> Ints:
    """(k,) how many of the baseline's last months belong to a shift that had begun: none, or up to a third of it.

    They lie on one side of the mean of the baseline's first two thirds, each further than three prediction deviations,
    two of them at least, or one further than five.
    """
    count = baseline.sum(axis=1)
    rank = np.cumsum(baseline, axis=1)
    first = baseline & (rank <= (count - count // 3)[:, None])
    n = np.maximum(first.sum(axis=1), 2)
    mean = np.where(first, ratio, 0).sum(axis=1) / n
    spread = np.sqrt(np.where(first, (ratio - mean[:, None]) ** 2, 0).sum(axis=1) / (n - 1) * (1 + 1 / n))
    z = np.where(baseline, ratio - mean[:, None], 0) / np.maximum(spread, LEAST_SD)[:, None]
    found, going, side = np.zeros(len(ratio), dtype=np.int64), count >= LEAST, np.zeros(len(ratio))
    furthest = np.zeros(len(ratio))
    for back in range(int(count.max(initial=0)) // 3):
        here = np.where(rank == (count - back)[:, None], z, 0) * baseline
        last = here.sum(axis=1)
        going = (
            going & (back < count // 3) & (np.abs(last) > BEGUN[0]) & ((side == 0) | (np.sign(last) == side))
        )
        side = np.where(going, np.sign(last), side)
        found += going
        furthest = np.where(going, np.maximum(furthest, np.abs(last)), furthest)
    return np.where((found >= 2) | (furthest > BEGUN[1]), found, 0)


def outliers(ratio: Floats, baseline: Flags) -> Flags:
    """Baseline months further than OUTLIER robust deviations (1.4826 MAD) from the baseline's median."""
    inside = np.where(baseline, ratio, np.nan)
    some = baseline.any(axis=1)
    found = np.zeros(ratio.shape, dtype=bool)
    if some.any():
        part = inside[some]
        middle = np.nanmedian(part, axis=1, keepdims=True)
        spread = 1.4826 * np.nanmedian(np.abs(part - middle), axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            found[some] = np.abs(part - middle) > OUTLIER * np.maximum(spread, LEAST_SD)
    return found


def centre_of(ratio: Floats, keep: Flags, months: tuple[str, ...]) -> tuple[Floats, Flags, Floats]:
    """(centre (k, t), whether a season is in it (k,), degrees of freedom left (k,)).

    The centre is the mean of the kept months; from 24 of them, where an F-test over calendar months is below
    SEASON_P, also the month's mean deviation shrunk by n/(n+2).
    """
    n = keep.sum(axis=1)
    mean = np.divide(np.where(keep, ratio, 0).sum(axis=1), n, out=np.full(len(n), np.nan), where=n > 0)
    rest = np.where(keep, ratio - mean[:, None], 0.0)
    free = (n - 1).astype(np.float64)
    of_year = np.array([month_number(m) % 12 for m in months], dtype=np.int64)
    onehot = (of_year[:, None] == np.arange(12)).astype(np.float64)
    count, total = keep @ onehot, rest @ onehot  # (k, 12)
    groups = (count > 0).sum(axis=1)
    between = np.divide(total**2, count, out=np.zeros_like(total), where=count > 0).sum(axis=1)
    within = np.maximum((rest**2).sum(axis=1) - between, 0.0)
    able = (n >= SEASONAL) & (groups > 1) & (n > groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (between / (groups - 1)) / (within / (n - groups))
        seasonal = able & (stats.f.sf(f, groups - 1, n - groups) < SEASON_P)
        shrunk = total / (count + 2)  # n/(n+2) times the month's mean
        lost = np.where(count > 0, count / (count + 2), 0).sum(axis=1) * (groups - 1) / np.maximum(groups, 1)
    season = np.where(seasonal[:, None], shrunk[:, of_year], 0.0)
    return mean[:, None] + season, seasonal, np.where(seasonal, free - lost, free)


def autocorrelation(rest: Floats, keep: Flags) -> Floats:
    """(k,) lag-1 autocorrelation of what is left of the baseline, corrected for its bias (Kendall 1954); NaN where none.

    Args: rest: deviations from the centre, zero where not kept; pairs are neighbouring kept months.
    """
    n = keep.sum(axis=1).astype(np.float64)
    squares = (rest**2).sum(axis=1)
    pairs = (rest[:, 1:] * rest[:, :-1]).sum(axis=1)
    raw = np.divide(pairs, squares, out=np.full(len(n), np.nan), where=(squares > 0) & (n > 4))
    return np.asarray((raw + 1 / np.maximum(n, 4)) / (1 - 3 / np.maximum(n, 4)))


def widening(rho: Floats) -> Floats:
    """(k,) factor on the EWMA's limits: sqrt((1 + r)/(1 - r)), r phased in because a short baseline cannot tell."""
    start, full, most = RHO
    known = np.nan_to_num(rho)
    r = np.clip(known, 0, most) * np.clip((known - start) / (full - start), 0, 1)
    return np.asarray(np.sqrt((1 + r) / (1 - r)))


def ewma(z: Floats, weight: float = LAMBDA) -> tuple[Floats, Floats]:
    """(smoothed z, standard deviation of it for independent z), both (k, t).

    Starts at zero; a missing month leaves the value as it is and does not count. The exact, time-varying deviation
    sqrt(w/(2-w) (1 - (1-w)^2n)) after n points, not its limit.
    >>> values, spread = ewma(np.array([[0.5, -0.2, 1.0, 1.5, 0.8, 2.0, 1.2]]), 0.2)
    >>> [round(float(v), 4) for v in values[0]]
    [0.1, 0.04, 0.232, 0.4856, 0.5485, 0.8388, 0.911]
    """
    smooth, spread = np.full(z.shape, np.nan), np.full(z.shape, np.nan)
    value, n = np.zeros(len(z)), np.zeros(len(z))
    for t in range(z.shape[1]):
        known = np.isfinite(z[:, t])
        n += known
        value = np.where(known, weight * z[:, t] + (1 - weight) * value, value)
        smooth[known, t] = value[known]
        spread[known, t] = np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * n[known])))
    return smooth, spread


def panel(
    frame: pd.DataFrame,
    keys: list[str],
    months: tuple[str, ...],
    columns: tuple[str, ...] = ("actual", "plan"),
) -> tuple[pd.DataFrame, list[Floats]]:
    """(streams, arrays): a long table as one (k, t) array per column, in the order of the streams.

    Args: frame: keys, month (YYYY-MM), columns; rows outside `months` are left out, repeated rows are summed.
    """
    place = {m: t for t, m in enumerate(months)}
    at = frame["month"].map(place).to_numpy(dtype=np.float64)
    inside = np.isfinite(at)
    rows = frame[inside]
    if len(keys) == 1:
        found, values = pd.factorize(rows[keys[0]], sort=True)
        code: Ints = found.astype(np.int64)
        names = pd.DataFrame({keys[0]: values})
    else:
        grouped = rows.groupby(keys, sort=True, observed=True, dropna=False)
        code = grouped.ngroup().to_numpy().astype(np.int64)
        names = grouped.size().reset_index()[keys]
    cell = code * len(months) + at[inside].astype(np.int64)
    size = len(names) * len(months)
    arrays = []
    for column in columns:
        value = rows[column].to_numpy(dtype=np.float64)
        known = np.isfinite(value)
        total = np.bincount(cell[known], value[known], size)
        seen = np.bincount(cell[known], minlength=size) > 0
        arrays.append(np.where(seen, total, np.nan).reshape(len(names), len(months)))
    return names, arrays
