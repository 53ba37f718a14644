"""Stock over time against known answers, then sentences of the business."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.core import Undefined
from siop.metrics.stock import cover, inventory_turns, level, projected, shortage

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
DAYS = np.full(6, 30.0)


def case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    told = json.loads((REFERENCE / f"{name}.json").read_text())
    return told["input"], told["expected"]


@pytest.mark.parametrize(("orders", "answer"), [("orders", "projected"), ("orders_after", "projected_after")])
def test_master_schedule_record(orders: str, answer: str) -> None:
    told, answers = case("balance_atp_before_after")
    demand = np.maximum(told["forecast"], told[orders]).astype(float)
    got = projected(np.array([float(told["opening"])]), np.array([told["mps"]], float), demand[None])
    assert got[0].tolist() == answers[answer]["value"]


def test_pottery_turns() -> None:
    told, answers = case("balance_turns_pottery")
    values = np.array([told["opening"], told["closing"]], float)
    assert inventory_turns(told["cogs"], values) == pytest.approx(
        answers["turns"]["value"], abs=answers["turns"]["tol"]
    )
    assert values.mean() / (told["cogs"] / 52) == pytest.approx(answers["weeks_of_supply"]["value"], abs=0.05)
    for nothing in (np.zeros(2), np.array([]), np.array([np.nan])):
        with pytest.raises(Undefined):
            inventory_turns(100.0, nothing)


def test_four_weeks_of_steel() -> None:
    """inv(t) = inv(t-1) + make - sell, from the printed plan."""
    told, answers = case("requests_steel_four_weeks")
    make, sell = (np.array(answers[k]["value"], float) for k in ("make", "sell"))
    assert projected(np.array(told["opening"], float), make, sell) == pytest.approx(
        np.array(answers["inventory"]["value"], float), abs=0.01
    )


def test_cover_of_constant_demand_is_stock_over_demand() -> None:
    demand = np.full((1, 6), 60.0)
    found, least = cover(np.array([[100.0, 120.0, 30.0, 0.0, -5.0, 10.0]]), demand, DAYS)
    assert found[0, :5].tolist() == pytest.approx([50.0, 60.0, 15.0, 0.0, 0.0])
    assert np.isnan(found[0, 5])  # nothing is known after the last month
    assert np.isnan(least[0, 5])
    outlasts, at_least = cover(np.array([[1000.0] * 6]), demand, DAYS)
    assert np.isnan(outlasts).all()
    assert at_least[0, :5].tolist() == [150, 120, 90, 60, 30]


def test_cover_without_demand_and_with_unknown_demand_is_unknown() -> None:
    found, least = cover(np.array([[10.0, 10.0, 10.0]]), np.zeros((1, 3)), DAYS[:3])
    assert np.isnan(found).all()
    assert np.isnan(least).all()
    gap = np.array([[5.0, 5.0, np.nan]])
    found, least = cover(np.array([[8.0, 8.0, 8.0]]), gap, DAYS[:3])
    assert np.isnan(found[0, 0])
    assert least[0, 0] == 30
    found, _ = cover(np.array([[np.nan, 3.0, 1.0]]), np.full((1, 3), 3.0), DAYS[:3])
    assert np.isnan(found[0, 0])
    assert found[0, 1] == 30


def test_levels_cover_the_days_asked_for() -> None:
    demand = np.array([[10.0, 30.0, 60.0, 60.0, 60.0, 60.0]])
    wanted = level(np.array([45.0]), demand, DAYS)
    assert wanted[0].tolist() == pytest.approx([60.0, 90.0, 90.0, 90.0, 90.0, 90.0])
    found, _ = cover(wanted, demand, DAYS)
    assert found[0, :4].tolist() == pytest.approx([45.0] * 4)
    assert np.isnan(level(np.array([np.nan]), demand, DAYS)).all()
    assert np.isnan(level(np.array([30.0]), np.full((1, 3), np.nan), DAYS[:3])).all()


def test_demand_served_late_is_short_once() -> None:
    # opening 100, supply 50, demand 80 a month: 70, 40, 10, -20, -50; then a month of 150 mends it
    opening, supply = np.array([100.0]), np.array([[50.0] * 5 + [150.0]])
    closing = projected(opening, supply, np.full((1, 6), 80.0))
    assert closing[0].tolist() == [70, 40, 10, -20, -50, 20]
    before = np.column_stack([opening, closing[:, :-1]])
    assert shortage(before, closing)[0].tolist() == [0, 0, 0, 20, 30, 0]


@settings(max_examples=50)
@given(st.integers(0, 10_000))
def test_stock_identity_and_unmet_demand(seed: int) -> None:
    rng = np.random.default_rng(seed)
    opening = rng.integers(0, 50, 3).astype(float)
    supply, demand = (rng.integers(0, 40, (3, 8)).astype(float) for _ in range(2))
    closing = projected(opening, supply, demand)
    assert (closing[:, -1] == opening + supply.sum(axis=1) - demand.sum(axis=1)).all()
    short = shortage(np.column_stack([opening, closing[:, :-1]]), closing)
    assert (short >= 0).all()
    assert (short <= demand).all()
    assert (short.sum(axis=1) >= np.maximum(-closing[:, -1], 0)).all()
    found, _ = cover(closing, demand, np.full(8, 30.0))
    assert not (found < 0).any()
    assert (found[closing <= 0] == 0).all()
