"""Forecast value added: the known table, and intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from siop.core import Undefined
from siop.metrics.value_added import Step, value_added

# by hand, four months of one item
ACTUAL = np.array([100.0, 120, 90, 110])
STEPS = {
    "naive": np.array([110.0, 100, 120, 90]),
    "statistical": np.array([95.0, 110, 100, 100]),
    "sales": np.array([105.0, 140, 110, 120]),
    "consensus": np.array([100.0, 125, 95, 108]),
}


def test_the_known_table() -> None:
    got = value_added(ACTUAL, STEPS, np.zeros(4, int), np.arange(4))
    assert [s.wmape for s in got] == pytest.approx([0.1905, 0.0833, 0.1310, 0.0286], abs=5e-5)
    assert [s.fva for s in got[1:]] == pytest.approx([0.1071, -0.0476, 0.1024], abs=5e-5)
    assert [s.fva_naive for s in got[1:]] == pytest.approx([0.1071, 0.0595, 0.1619], abs=5e-5)
    assert got[0].fva is None
    assert got[1].interval is None  # one item and four months cannot tell
    assert got[1].verdict is None
    assert [s.share_improved for s in got] == [None, 1.0, 0.0, 1.0]
    with pytest.raises(Undefined):
        value_added(np.zeros(4), STEPS, np.zeros(4, int), np.arange(4))


def company(seed: int, gain: float, common: float) -> tuple[Step, float]:
    """50 items x 12 months; the second forecast's errors are smaller by `gain` of the level; months share a shock."""
    rng = np.random.default_rng(seed)
    items, months = 50, 12
    level = rng.lognormal(4, 1, items)[:, None] * np.ones((1, months))
    actual = level * np.exp(rng.normal(0, 0.2, (items, months)))
    shock = common * rng.normal(0, 1, (1, months))
    first = actual + level * (rng.laplace(0, 0.20, (items, months)) + shock)
    second = actual + level * (rng.laplace(0, 0.20 - gain, (items, months)) + shock)
    codes = np.repeat(np.arange(items), months), np.tile(np.arange(months), items)
    step = value_added(actual.ravel(), {"a": first.ravel(), "b": second.ravel()}, *codes, draws=500)[1]
    return step, gain / np.exp(0.02)


@pytest.mark.parametrize("gain", [-0.02, 0.02])
def test_ninety_per_cent_intervals_cover_planted_value(gain: float) -> None:
    hit = 0
    for seed in range(300):
        step, truth = company(seed, gain, 0.0)
        assert step.interval is not None
        hit += step.interval[0] <= truth <= step.interval[1]
    assert 0.85 <= hit / 300 <= 0.96


def test_no_added_value_is_seldom_called_value() -> None:
    verdicts = [company(seed, 0.0, 0.1)[0].verdict for seed in range(200)]
    assert verdicts.count("unclear") / 200 >= 0.85


def test_the_same_rows_give_the_same_interval() -> None:
    assert company(3, 0.02, 0.0) == company(3, 0.02, 0.0)
