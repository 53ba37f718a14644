"""The landing of a running sum: honest origins, calibrated width, and the plan as one voice among others."""

from __future__ import annotations

import numpy as np
import pytest

from siop.metrics.landing import NEEDED, interval, pooled, spread, track


def companies(seed: int, series: int = 8, months: int = 49, noise: float = 0.15) -> np.ndarray:
    rng = np.random.default_rng(seed)
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(months) / 12 + rng.uniform(0, 6, (series, 1)))
    level = rng.lognormal(5, 1, (series, 1)) * np.exp(
        np.cumsum(rng.normal(0, 0.02, (series, months)), axis=1)
    )
    return level * season * np.exp(rng.normal(0, noise, (series, months)))


def test_misses_are_what_the_past_forecasts_missed() -> None:
    history = companies(1)
    made = track(history, 6)
    assert made.point.shape == (8, 6)
    assert made.misses.shape == (8, 25, 6)
    # origin 10 back: 49 - 10 = 39 months known, the next six summed
    came = history[:, 38:44].sum(axis=1)
    assert made.outcome[:, 10, 5] == pytest.approx(came)
    assert made.misses[:, 10, 5] == pytest.approx(np.log(came / made.past[:, 10, 5]))
    assert np.isnan(made.misses[:, 0, 1]).all()  # one month back, two months are not known yet
    assert np.isfinite(made.misses[:, 0, 0]).all()


def test_nothing_after_an_origin_changes_what_was_said_there() -> None:
    history = companies(2)
    changed = history.copy()
    changed[:, -5:] *= 3.0
    plans = np.tile(history[:, -1:, None], (1, 31, 12))
    before, after = track(history, 12, plans), track(changed, 12, plans)
    # five origins back and older saw none of the last five months
    assert after.past[:, 4:] == pytest.approx(before.past[:, 4:])
    assert not np.allclose(after.past[:, :3], before.past[:, :3])


def test_eighty_per_cent_intervals_hold_about_eighty_per_cent() -> None:
    inside = []
    for seed in range(40):
        history = companies(seed, months=54)
        made = track(history[:, :48], 6)
        low, high = interval(made.point, spread(made.misses), made.ratio, made.size)
        came = history[:, 48:].cumsum(axis=1)
        inside.append((low <= came) & (came <= high))
    assert 0.74 <= np.mean(inside) <= 0.88
    assert np.mean(inside, axis=(0, 1))[5] >= 0.7


def test_a_good_plan_is_followed_and_a_biased_one_is_corrected() -> None:
    history = companies(3, months=60, noise=0.3)
    count, horizon = 30, 6
    truth = np.full((8, count + 1, horizon), np.nan)
    for j in range(1, count + 1):
        ahead = min(j, horizon)
        truth[:, j, :ahead] = history[:, 60 - j : 60 - j + ahead]
    truth = np.where(np.isfinite(truth), truth, history[:, -12:].mean(axis=1)[:, None, None])
    good = track(history, horizon, truth * 1.25)
    plan = good.members.index("plan")
    assert good.weights[plan][:, 0].mean() > 0.8  # a quarter too high every month: learnt, then followed
    assert track(history, horizon, truth).weights[plan].mean() > 0.9
    found = good.misses[:, :10, 0]
    assert np.abs(found).mean() < np.abs(track(history, horizon).misses[:, :10, 0]).mean()
    noise = np.exp(np.random.default_rng(1).normal(0, 2, truth.shape))
    assert track(history, horizon, truth * noise).weights[plan].mean() < 0.1


def test_series_with_nothing_or_below_zero_get_an_additive_miss() -> None:
    history = np.stack([np.zeros(40), np.sin(np.arange(40.0)) * 10, np.full(40, 5.0)])
    made = track(history, 3)
    assert made.ratio.tolist() == [False, False, True]
    low, high = interval(made.point, spread(made.misses), made.ratio, made.size)
    assert np.isfinite(low).all()
    assert (low <= made.point + 1e-9).all()
    assert (made.point <= high + 1e-9).all()
    assert made.point[0] == pytest.approx(0, abs=1e-9)


def test_too_few_misses_give_no_interval() -> None:
    made = track(companies(4, series=1, months=6), 3)
    found = spread(made.misses)
    assert found.n.tolist() == [3, 2, 1]
    assert np.isnan(found.quantile).all()
    assert NEEDED == 4
    assert pooled([made, track(companies(4, series=2, months=30), 3)]).shape == (3, 15, 3)


def test_single_months_are_forecast_alone() -> None:
    history = companies(6)
    one = track(history, 6, single=True)
    assert one.outcome[:, 10, 5] == pytest.approx(history[:, 43])
    assert one.point[:, 0] == pytest.approx(track(history, 6).point[:, 0])
