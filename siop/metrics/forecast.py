"""Forecasts of monthly series in numpy: Theta, damped trend, seasonal naive, and their combination.

Every function takes a batch: histories of one length, shape (series, n), oldest first, no NaN; and returns
(series, horizon). Seasonality is multiplicative where all values are positive, else additive, and taken out only
where a test finds it. Methods in the M3 competition's sense: Assimakopoulos and Nikolopoulos (2000), International
Journal of Forecasting 16, for Theta; Gardner and McKenzie (1985), Management Science 31, for the damped trend.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from siop.metrics.scores import Numbers

SEASON = 12
_ALPHAS = np.linspace(0.02, 0.98, 33)


def seasonal_naive(history: Numbers, horizon: int, season: int = SEASON) -> Numbers:
    """The value of the same month one year before; the last value where there is no year.

    >>> seasonal_naive(np.array([[1.0, 2, 3, 4]]), 3, season=2).tolist()
    [[3.0, 4.0, 3.0]]
    """
    n = history.shape[1]
    if n < season:
        return np.repeat(history[:, -1:], horizon, axis=1)
    steps = n - season + np.arange(horizon) % season
    made: Numbers = history[:, steps]
    return made


def theta(history: Numbers, horizon: int, season: int = SEASON) -> Numbers:
    """The classical Theta method: mean of the trend line and exponential smoothing of twice the distance from it."""
    return _deseasonalised(_theta, history, horizon, season)


def damped(history: Numbers, horizon: int, season: int = SEASON) -> Numbers:
    """Exponential smoothing with a damped additive trend; the parameters by least squares on a grid, refined once."""
    return _deseasonalised(_damped, history, horizon, season)


METHODS: dict[str, Callable[[Numbers, int], Numbers]] = {
    "theta": theta,
    "damped": damped,
    "seasonal_naive": seasonal_naive,
}


def combination(history: Numbers, horizon: int, season: int = SEASON) -> Numbers:
    """Mean of Theta and the damped trend: the outlook's point forecast where no plan says more."""
    made: Numbers = (theta(history, horizon, season) + damped(history, horizon, season)) / 2
    return made


def seasonal_indices(history: Numbers, season: int = SEASON) -> tuple[Numbers, np.ndarray]:
    """(indices (series, season) by position in the cycle from the first value on, whether multiplicative).

    Classical decomposition by a centred moving average. Neutral (1 or 0) where the autocorrelation at one season is
    not significant at 90 %, or fewer than two full seasons and a half are known.
    """
    k, n = history.shape
    positive: np.ndarray = np.all(history > 0, axis=1)
    neutral: Numbers = np.where(positive[:, None], np.ones((k, season)), np.zeros((k, season)))
    if n < 2 * season + season // 2 or season < 2:
        return neutral, positive
    window = np.ones(season + 1)
    window[[0, -1]] = 0.5
    window /= season
    half = season // 2
    middle = np.apply_along_axis(np.convolve, 1, history, window, "valid")
    inner = history[:, half : half + middle.shape[1]]
    with np.errstate(divide="ignore", invalid="ignore"):
        detrended = np.where(positive[:, None], inner / middle, inner - middle)
        places = (half + np.arange(middle.shape[1])) % season
        indices = np.stack([detrended[:, places == s].mean(axis=1) for s in range(season)], axis=1)
        centre = indices.mean(axis=1, keepdims=True)
        indices = np.where(positive[:, None], indices / centre, indices - centre)
    return np.where(_is_seasonal(history, season)[:, None], indices, neutral), positive


def _is_seasonal(history: Numbers, season: int) -> np.ndarray:
    """Whether the autocorrelation at one season is outside its 90 % limit (as in the M3 competition)."""
    n = history.shape[1]
    centred = history - history.mean(axis=1, keepdims=True)
    size = (centred**2).sum(axis=1)
    lags = [(centred[:, lag:] * centred[:, : n - lag]).sum(axis=1) for lag in range(1, season + 1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.stack(lags, axis=1) / size[:, None]
    limit = 1.645 * np.sqrt((1 + 2 * (r[:, :-1] ** 2).sum(axis=1)) / n)
    found: np.ndarray = (size > 0) & (np.abs(r[:, -1]) > limit)
    return found


def _deseasonalised(
    method: Callable[[Numbers, int], Numbers], history: Numbers, horizon: int, season: int
) -> Numbers:
    """Take the season out, forecast, put it back; a positive history never gives a negative forecast."""
    n = history.shape[1]
    if n < 4:
        return np.repeat(history.mean(axis=1, keepdims=True), horizon, axis=1)
    indices, positive = seasonal_indices(history, season)
    past = indices[:, np.arange(n) % season]
    ahead = indices[:, (n + np.arange(horizon)) % season]
    flag = positive[:, None]
    plain = np.where(flag, history / np.where(flag, past, 1.0), history - past)
    forecast = method(plain, horizon)
    forecast = np.where(flag, forecast * ahead, forecast + ahead)
    floor = np.all(history >= 0, axis=1)[:, None]
    made: Numbers = np.where(floor, np.maximum(forecast, 0.0), forecast)
    return made


def _theta(plain: Numbers, horizon: int) -> Numbers:
    n = plain.shape[1]
    time = np.arange(1, n + 1)
    slope = ((time - time.mean()) * plain).sum(axis=1) / ((time - time.mean()) ** 2).sum()
    level = plain.mean(axis=1) - slope * time.mean()
    line = level[:, None] + slope[:, None] * time
    ahead = level[:, None] + slope[:, None] * (n + np.arange(1, horizon + 1))
    made: Numbers = (_smoothed(2 * plain - line)[:, None] + ahead) / 2
    return made


def _smoothed(series: Numbers) -> Numbers:
    """The last level of simple exponential smoothing; alpha by least squares, start at the mean of the first values."""
    start = series[:, :4].mean(axis=1)

    def run(alphas: Numbers) -> tuple[Numbers, Numbers]:
        level = np.repeat(start[:, None], alphas.shape[1], axis=1)
        loss = np.zeros_like(level)
        for t in range(series.shape[1]):
            error = series[:, t, None] - level
            loss += error**2
            level = level + alphas * error
        return loss, level

    rows = np.arange(len(series))
    grid = np.tile(_ALPHAS, (len(series), 1))
    best = grid[rows, run(grid)[0].argmin(axis=1)]
    step = _ALPHAS[1] - _ALPHAS[0]
    fine = np.clip(best[:, None] + np.linspace(-step, step, 9), 0.001, 0.999)
    loss, level = run(fine)
    made: Numbers = level[rows, loss.argmin(axis=1)]
    return made


_DAMPED = np.array(
    [(a, a * b, phi) for a in (0.05, 0.15, 0.3, 0.45, 0.6, 0.8, 0.95) for b in (0.02, 0.1, 0.3, 0.6) for phi in (0.8, 0.88, 0.94, 0.98)]
)  # fmt: skip


def _damped(plain: Numbers, horizon: int) -> Numbers:
    rows = np.arange(len(plain))
    first = min(plain.shape[1], 12)
    time = np.arange(first)
    slope = ((time - time.mean()) * plain[:, :first]).sum(axis=1) / ((time - time.mean()) ** 2).sum()
    start = plain[:, :first].mean(axis=1) - slope * (time.mean() + 1)

    def run(p: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        alpha, beta, phi = p[..., 0], p[..., 1], p[..., 2]
        level = np.repeat(start[:, None], p.shape[1], axis=1)
        trend = np.repeat(slope[:, None], p.shape[1], axis=1)
        loss = np.zeros_like(level)
        for t in range(plain.shape[1]):
            expected = level + phi * trend
            error = plain[:, t, None] - expected
            loss += error**2
            level = expected + alpha * error
            trend = phi * trend + beta * error
        return loss, level, trend

    grid = np.broadcast_to(_DAMPED, (len(plain), *_DAMPED.shape))
    best = _DAMPED[run(grid)[0].argmin(axis=1)]
    near = np.array(
        [(a, b, c) for a in (-0.07, 0.0, 0.07) for b in (0.6, 1.0, 1.5) for c in (-0.03, 0.0, 0.02)]
    )
    fine = np.stack(
        [
            np.clip(best[:, None, 0] + near[:, 0], 0.01, 0.99),
            np.clip(best[:, None, 1] * near[:, 1], 0.0001, 0.99),
            np.clip(best[:, None, 2] + near[:, 2], 0.7, 0.98),
        ],
        axis=-1,
    )
    loss, level, trend = run(fine)
    at = loss.argmin(axis=1)
    phi = fine[rows, at, 2]
    powers = np.cumsum(phi[:, None] ** np.arange(1, horizon + 1), axis=1)
    made: Numbers = level[rows, at][:, None] + powers * trend[rows, at][:, None]
    return made
