"""Scores against published answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.core import Undefined
from siop.metrics import scores

REFERENCE = Path(__file__).parents[1] / "data" / "reference"


def case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    told = json.loads((REFERENCE / f"{name}.json").read_text())
    return told["input"], told["expected"]


def expect(found: object, entry: dict[str, Any]) -> None:
    assert found == pytest.approx(entry["value"], abs=entry["tol"])


def test_small_vectors() -> None:
    told, answers = case("accuracy_small_vectors")
    a, f, y = (np.array(told[k]) for k in ("actual", "forecast", "y_train"))
    expect(scores.mae(a, f), answers["mae"])
    expect(scores.rmse(a, f) ** 2, answers["mse"])
    expect(scores.mape(a, f), answers["mape"])
    expect(scores.smape(a, f), answers["smape"])
    expect(scores.mase(a, f, y, season=1), answers["mase"])


@pytest.mark.parametrize("method", ["mean", "naive", "snaive"])
def test_quarterly_beer(method: str) -> None:
    told, answers = case("accuracy_quarterly_beer")
    y = np.array(told["y"], float)
    train, test = y[:64], y[64:]
    forecast = {
        "mean": np.full(10, train.mean()), "naive": np.full(10, train[-1]), "snaive": np.tile(train[-4:], 3)[:10],
    }[method]  # fmt: skip
    values, tol = answers[method]["value"], answers[method]["tol"]
    assert scores.mean_error(test, forecast) == pytest.approx(values[0], abs=tol)
    assert scores.rmse(test, forecast) == pytest.approx(values[1], abs=tol)
    assert scores.mae(test, forecast) == pytest.approx(values[2], abs=tol)
    assert 100 * scores.mape(test, forecast) == pytest.approx(values[4], abs=tol)
    assert scores.mase(test, forecast, train, season=4) == pytest.approx(values[5], abs=tol)


def test_tracking_signal_of_eight_months() -> None:
    told, answers = case("accuracy_tracking_signal_8")
    a, f = np.array(told["actual"], float), np.array(told["forecast"], float)
    running = [scores.tracking_signal(a[:n], f[:n]) for n in range(1, 9)]
    expect(running, answers["tracking_signal"])
    expect([scores.mae(a[:n], f[:n]) for n in range(1, 9)], answers["mad"])


def test_naive_forecast_of_six_weeks() -> None:
    told, answers = case("accuracy_naive_six_weeks")
    y = np.array(told["y"])
    expect(scores.mae(y[1:], y[:-1]), answers["mae"])
    expect(scores.rmse(y[1:], y[:-1]) ** 2, answers["mse"])
    expect(100 * scores.mape(y[1:], y[:-1]), answers["mape"])


def test_interval_scores() -> None:
    told, answers = case("accuracy_interval_scores")
    y = np.array(told["y"])
    q = {k: np.array(v, float) for k, v in told["quantiles"].items()}
    eighty = scores.interval_score(y, q["0.1"], q["0.9"], 0.2)
    expect(eighty.tolist(), answers["is_80"])
    expect((q["0.9"] - q["0.1"]).tolist(), answers["is_80_width"])
    both = (0.1 * eighty + 0.2 * scores.interval_score(y, q["0.2"], q["0.8"], 0.4)) / 0.3
    expect(both.tolist(), answers["wis_no_median"])


def test_interval_score_by_hand() -> None:
    """methods: (80, 95, 110) at 80 %: y = 100 gives 30, 3.6667 and 2/2.5/1; y = 120 gives 130 and 17."""
    y, low, mid, high = (
        np.array([100.0, 120.0]),
        np.array([80.0] * 2),
        np.array([95.0] * 2),
        np.array([110.0] * 2),
    )
    assert scores.interval_score(y, low, high).tolist() == pytest.approx([30, 130])
    assert scores.weighted_interval_score(y, mid, low, high).tolist() == pytest.approx([3.6667, 17], abs=1e-4)
    losses = [scores.pinball(y, f, level)[0] for f, level in ((low, 0.1), (mid, 0.5), (high, 0.9))]
    assert losses == pytest.approx([2, 2.5, 1])


def test_churn_of_three_vintages_by_hand() -> None:
    """(100,100,100,100), (-,110,100,90), (-,-,120,90): 40 of 490."""
    first, second, third = np.array([100.0] * 4), np.array([110.0, 100.0, 90.0]), np.array([120.0, 90.0])
    previous = np.concatenate([first[1:], second[1:]])
    assert scores.churn(previous, np.concatenate([second, third])) == pytest.approx(0.0816, abs=5e-5)


rows = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=30)


@given(rows)
def test_a_perfect_forecast_has_no_error_and_a_signal_never_exceeds_n(pairs: list[tuple[int, int]]) -> None:
    a, f = (np.array(column, float) for column in zip(*pairs, strict=True))
    assert abs(scores.tracking_signal(a, f)) <= len(a) + 1e-9
    assert scores.tracking_signal(a, a) == 0
    if a.sum():
        assert scores.wmape(a, a) == 0
        assert abs(scores.bias(a, f)) <= scores.wmape(a, f) + 1e-12


def test_undefined_is_said_and_not_zero() -> None:
    none, zero, one = np.array([]), np.zeros(3), np.ones(3)
    for score in (scores.wmape, scores.bias, scores.mape):
        with pytest.raises(Undefined):
            score(zero, one)
    for score in (scores.mae, scores.mean_error, scores.tracking_signal, scores.smape):
        with pytest.raises(Undefined):
            score(none, none)
    with pytest.raises(Undefined):
        scores.mase(one, zero, np.ones(20))
    with pytest.raises(Undefined):
        scores.mase(one, zero, np.ones(12))
    with pytest.raises(Undefined):
        scores.churn(zero, one)


def test_returns_do_not_shrink_the_denominator() -> None:
    a, f = np.array([100.0, -50.0]), np.array([90.0, 0.0])
    assert scores.wmape(a, f) == pytest.approx(60 / 150)
