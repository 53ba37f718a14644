"""Forecast value added: is each step of the forecast better than the one before, on the same rows?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from siop.core import Undefined
from siop.metrics.scores import Numbers, bias, wmape

LEVEL = 0.9
DRAWS = 2000
_SEED = 20261124  # one seed: the same rows give the same interval on every page


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the forecast.

    fva: WMAPE of the step before less this one's; above zero adds value. fva_naive: the same against the first
    step. interval: 90 % by paired block bootstrap; None with too few items and periods to tell.
    share_improved: share of items whose summed absolute error became smaller (a coin gives one half).
    """

    step: str
    against: str | None
    wmape: float
    bias: float
    fva: float | None
    interval: tuple[float, float] | None
    fva_naive: float | None
    interval_naive: tuple[float, float] | None
    share_improved: float | None

    @property
    def verdict(self) -> str | None:
        """better, worse, or unclear where the interval holds zero; None without an interval."""
        if self.interval is None:
            return None
        low, high = self.interval
        return "better" if low > 0 else "worse" if high < 0 else "unclear"


def value_added(
    actual: Numbers,
    forecasts: Mapping[str, Numbers],
    items: np.ndarray,
    periods: np.ndarray,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> list[Step]:
    """FVA of every step against the one before it.

    Args: actual (n,); forecasts: {step: (n,)} in the order of the process, the naive forecast first; items,
        periods: codes 0.. of the item and of the period of every row.
    The interval resamples whole blocks, the same for both steps: all rows of an item, and runs of about
    T^(1/3) periods; the wider of the two holds, so neither a common month nor a stubborn item is taken for many
    independent facts. Raises Undefined where actual sums to zero.
    Source: Gilliland (2010), The Business Forecasting Deal; block bootstrap: Kuensch (1989), Annals of Statistics 17.
    """
    names = list(forecasts)
    errors = np.column_stack([np.abs(actual - forecasts[name]) for name in names])
    size = np.abs(actual)
    if size.sum() == 0:
        raise Undefined("actual sums to zero: no forecast value added")
    by_item, by_period = _sums(errors, size, items), _sums(errors, size, periods)
    rng = np.random.default_rng(_SEED)
    resampled = [
        (_resample(by_item, 1, draws, rng), len(by_item)),
        (_resample(by_period, max(1, round(len(by_period) ** (1 / 3))), draws, rng), len(by_period)),
    ]
    base = errors.sum(axis=0) / size.sum()
    found = []
    for i, name in enumerate(names):
        before = i - 1 if i else None
        found.append(
            Step(
                step=name,
                against=names[before] if before is not None else None,
                wmape=wmape(actual, forecasts[name]),
                bias=_bias(actual, forecasts[name]),
                fva=None if before is None else float(base[before] - base[i]),
                interval=None if before is None else _interval(resampled, base, before, i, level),
                fva_naive=float(base[0] - base[i]) if i else None,
                interval_naive=_interval(resampled, base, 0, i, level) if i else None,
                share_improved=None if before is None else _improved(by_item, before, i),
            )
        )
    return found


def _bias(actual: Numbers, forecast: Numbers) -> float:
    try:
        return bias(actual, forecast)
    except Undefined:
        return float("nan")


def _sums(errors: Numbers, size: Numbers, codes: np.ndarray) -> Numbers:
    """Per block: the absolute errors of every step, then the absolute actual; (blocks, steps + 1)."""
    count = int(codes.max()) + 1
    columns = [np.bincount(codes, column, count) for column in (*errors.T, size)]
    made: Numbers = np.column_stack(columns)
    return made[np.bincount(codes, minlength=count) > 0]


def _resample(blocks: Numbers, length: int, draws: int, rng: np.random.Generator) -> Numbers:
    """WMAPE of every step in `draws` resamples of circular runs of `length` blocks; (draws, steps)."""
    n = len(blocks)
    runs = -(-n // length)
    starts = rng.integers(0, n, (draws, runs))
    picked = (starts[:, :, None] + np.arange(length)).reshape(draws, -1)[:, :n] % n
    weights = np.zeros((draws, n))
    np.add.at(weights, (np.arange(draws)[:, None], picked), 1.0)
    sums = weights @ blocks
    made: Numbers = sums[:, :-1] / np.where(sums[:, -1:] > 0, sums[:, -1:], np.nan)
    return made


def _interval(
    resampled: list[tuple[Numbers, int]], base: Numbers, before: int, step: int, level: float
) -> tuple[float, float] | None:
    widest: tuple[float, float] | None = None
    centre = float(base[before] - base[step])
    tail = (1 - level) / 2
    for ratios, n in resampled:
        if n < 6:
            continue
        drawn = ratios[:, before] - ratios[:, step]
        low, high = np.nanquantile(drawn, [tail, 1 - tail])
        factor = _widening(n, tail)
        low, high = centre + (low - centre) * factor, centre + (high - centre) * factor
        if widest is None or high - low > widest[1] - widest[0]:
            widest = (float(low), float(high))
    return widest


def _improved(by_item: Numbers, before: int, step: int) -> float | None:
    changed = by_item[:, before] != by_item[:, step]
    if not changed.any():
        return None
    return float((by_item[changed, step] < by_item[changed, before]).mean())


def _widening(n: int, tail: float) -> float:
    """By how much a bootstrap of n blocks is too narrow: Student's t instead of the normal, and n - 1 instead of n."""
    from scipy.special import ndtri, stdtrit  # a third of a second that most commands do not need

    return float(stdtrit(n - 1, 1 - tail) / ndtri(1 - tail) * np.sqrt(n / (n - 1)))
