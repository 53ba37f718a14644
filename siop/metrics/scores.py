"""How wrong was a forecast? Scores of one forecast against what came, each a number with a known answer.

Args everywhere: actual, forecast (plan), lower, upper: arrays of one shape (n,), one unit, no NaN. error is
actual - forecast; bias alone is forecast - actual, as people say "over-forecast" (contract.md section 2).
Raises: Undefined, where a score does not exist for the rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from siop.core import Undefined

Numbers = npt.NDArray[np.float64]


def wmape(actual: Numbers, forecast: Numbers) -> float:
    """Sum of |actual - forecast| over sum of |actual|; a ratio, 0 is best.

    |actual|, so that returns do not shrink the denominator; the same as the sum of actual where none is negative.
    Source: Kolassa and Schuetz (2007), Foresight 6 (MAD/mean ratio).
    >>> round(wmape(np.array([100., 0., 50.]), np.array([90., 10., 60.])), 12)
    0.2
    """
    base = float(np.abs(actual).sum())
    if base == 0:
        raise Undefined("actual sums to zero: no WMAPE")
    return float(np.abs(actual - forecast).sum()) / base


def bias(actual: Numbers, forecast: Numbers) -> float:
    """Sum of forecast - actual over |sum of actual|; above zero is over-forecast.

    >>> round(bias(np.array([100., 0., 50.]), np.array([90., 10., 60.])), 4)
    0.0667
    """
    base = abs(float(actual.sum()))
    if base == 0:
        raise Undefined("actual sums to zero: no bias")
    return float((forecast - actual).sum()) / base


def mae(actual: Numbers, forecast: Numbers) -> float:
    """Mean |actual - forecast|, in the unit of actual."""
    return float(np.abs(_errors(actual, forecast)).mean())


def mean_error(actual: Numbers, forecast: Numbers) -> float:
    """Mean of actual - forecast; below zero is over-forecast."""
    return float(_errors(actual, forecast).mean())


def rmse(actual: Numbers, forecast: Numbers) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt((_errors(actual, forecast) ** 2).mean()))


def mape(actual: Numbers, forecast: Numbers) -> float:
    """Mean of |error| / |actual| over rows whose actual is not zero; a fraction. Never a headline: small rows rule it."""
    some = actual != 0
    if not some.any():
        raise Undefined("every actual is zero: no MAPE")
    return float((np.abs(actual - forecast)[some] / np.abs(actual[some])).mean())


def smape(actual: Numbers, forecast: Numbers) -> float:
    """Mean of 2 |error| / (|actual| + |forecast|), 0 to 2; a row where both are zero counts 0."""
    size = np.abs(actual) + np.abs(forecast)
    error = 2 * np.abs(_errors(actual, forecast))
    return float(np.divide(error, size, out=np.zeros_like(size), where=size != 0).mean())


def mase(actual: Numbers, forecast: Numbers, history: Numbers, season: int = 12) -> float:
    """MAE over the in-sample MAE of the seasonal naive forecast on `history`; under 1 beats it.

    Source: Hyndman and Koehler (2006), International Journal of Forecasting 22.
    """
    if len(history) <= season:
        raise Undefined(f"a history of {len(history)} is too short for a season of {season}")
    scale = float(np.abs(history[season:] - history[:-season]).mean())
    if scale == 0:
        raise Undefined("the history repeats itself exactly: no MASE")
    return mae(actual, forecast) / scale


def tracking_signal(actual: Numbers, forecast: Numbers) -> float:
    """Sum of errors over their mean absolute size; between -n and n, 0 where every error is 0.

    Source: Brown (1962), Smoothing, Forecasting and Prediction.
    """
    error = _errors(actual, forecast)
    size = float(np.abs(error).mean())
    return 0.0 if size == 0 else float(error.sum()) / size


def tracking_limit(n: int) -> float | None:
    """2.5 sqrt(n) from n = 9 on, else None: fewer rows cannot tell a bias from noise.

    A fixed limit of 4 gives a false alarm for 37 % of unbiased windows of 12 and 52 % of 24 (simulation).
    >>> tracking_limit(16), tracking_limit(8)
    (10.0, None)
    """
    return 2.5 * float(np.sqrt(n)) if n >= 9 else None


def interval_score(actual: Numbers, lower: Numbers, upper: Numbers, alpha: float = 0.2) -> Numbers:
    """Width of the (1 - alpha) interval plus 2/alpha times how far the actual lies outside; per row.

    Source: Gneiting and Raftery (2007), JASA 102.
    """
    below, above = np.maximum(lower - actual, 0.0), np.maximum(actual - upper, 0.0)
    scored: Numbers = (upper - lower) + 2 / alpha * (below + above)
    return scored


def weighted_interval_score(
    actual: Numbers, median: Numbers, lower: Numbers, upper: Numbers, alpha: float = 0.2
) -> Numbers:
    """(|actual - median| / 2 + alpha / 2 x interval score) / 1.5, for one interval and the median; per row.

    Source: Bracher et al. (2021), PLOS Computational Biology 17.
    """
    scored: Numbers = (
        np.abs(actual - median) / 2 + alpha / 2 * interval_score(actual, lower, upper, alpha)
    ) / 1.5
    return scored


def pinball(actual: Numbers, forecast: Numbers, level: float) -> Numbers:
    """Loss of a forecast of the `level` quantile: level x shortfall, or (1 - level) x excess; per row."""
    error = actual - forecast
    scored: Numbers = np.maximum(level * error, (level - 1) * error)
    return scored


def churn(previous: Numbers, current: Numbers) -> float:
    """Sum of |current - previous| over the sum of |previous|, over months that both plans have.

    Source: forecast stability between cycles (de Kok).
    """
    base = float(np.abs(previous).sum())
    if base == 0:
        raise Undefined("the previous plan sums to zero: no churn")
    return float(np.abs(current - previous).sum()) / base


def _errors(actual: Numbers, forecast: Numbers) -> Numbers:
    if len(actual) == 0:
        raise Undefined("no rows: no score")
    error: Numbers = actual - forecast
    return error
