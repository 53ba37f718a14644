"""Influence: planted weights come back, near-identical inputs are not told apart, accuracy earns its say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.core import span
from siop.health import dominance
from siop.health.influence import Influence, blend, concentrated, contested, earned_shares, influence
from siop.health.numbers import exact_interval
from tests.health.companies import INPUTS, Plant, pairs

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
TWELVE, MONTHS24 = span("2025-11", "2026-10"), span("2024-11", "2026-10")


def found(seed: int, plant: Plant, months: list[str] = TWELVE, noise: float = 0.01) -> Influence:
    return influence(pairs(np.random.default_rng(seed), plant, months, noise=noise), INPUTS, resamples=200)


def test_exact_interval_of_the_reference() -> None:
    case = json.loads((REFERENCE / "calibrate_wilson_intervals.json").read_text())
    for (k, n), (low, high) in zip(
        case["input"]["k_n_exact"], case["expected"]["exact"]["value"], strict=True
    ):
        assert exact_interval(k, n, 0.95) == pytest.approx((low, high), abs=1e-9)


def test_weights_without_noise_come_back_exactly() -> None:
    told = found(3, Plant(weights=(0.4, 0.3, 0.2, 0.1, 0.0)), noise=0.0)
    assert [told.weights[k] for k in INPUTS] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0], abs=1e-6)
    assert told.dominance == pytest.approx((0.30 - 0.2) / 0.8, abs=1e-6)  # by hand: sum of squares .30, K = 5


def test_planted_weights_at_96_pairs() -> None:
    planted = np.array([0.10, 0.50, 0.20, 0.15, 0.05])
    errors = []
    for seed in range(40):
        told = found(seed, Plant(weights=tuple(planted)))
        assert told.pairs == 96
        errors.append(np.abs([told.weights[k] for k in INPUTS] - planted).mean())
    assert np.mean(errors) <= 0.02
    assert np.quantile(errors, 0.95) <= 0.05


@pytest.mark.parametrize("months", [TWELVE, MONTHS24], ids=["12 cycles", "24 cycles"])
def test_equal_weights_are_rarely_called_dominance(months: list[str]) -> None:
    from siop.health.board import thresholds

    limit = thresholds()["dominance"].red
    alarms = [
        (found(seed, Plant(weights=(0.2,) * 5), months, noise=0.02).dominance or 0) > limit
        for seed in range(60)
    ]
    assert sum(alarms) <= 0.05 * len(alarms)


def test_collinear_inputs_are_not_told_apart() -> None:
    for seed in range(20):
        table = pairs(np.random.default_rng(seed), Plant(), TWELVE)
        table["finance"] = table["sales"] + table["base"] * 0.004 * np.random.default_rng(seed).normal(
            size=len(table)
        )
        told = influence(table, INPUTS)
        assert told.weights == {}
        assert told.dominance is None
        assert set(told.alike or ()) == {"sales", "finance"}
        measured = dominance.measure(told)
        assert measured.value is None
        assert "cannot be told apart" in measured.sentence


def test_a_guess_would_have_been_made_without_the_condition_number() -> None:
    """The broken variant: the same near-identical inputs, judged all the same, give weights far off."""
    off = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        table = pairs(rng, Plant(weights=(0.1, 0.6, 0.1, 0.1, 0.1)), TWELVE)
        table["finance"] = table["sales"] + table["base"] * 0.004 * rng.normal(size=len(table))
        root = np.sqrt(table["value"] / table["value"].mean())
        x = np.column_stack([table[k] / table["base"] - 1 for k in INPUTS]) * root.to_numpy()[:, None]
        y = (table["consensus"] / table["base"] - 1) * root
        off.append(abs(blend(x, y.to_numpy())[1] - 0.6))
    assert np.mean(off) > 0.1


def test_too_few_pairs_abstain_with_the_number_that_would_do() -> None:
    told = found(1, Plant(), TWELVE[:7])
    measured = dominance.measure(told)
    assert measured.value is None
    assert measured.need == 60
    assert "60 would be enough" in measured.sentence
    one_cycle = pairs(np.random.default_rng(1), Plant(), TWELVE[:1] * 12).assign(month="2026-10")
    assert "of 1 cycles, 6 would be enough" in (influence(one_cycle, INPUTS).abstains or "")


def test_inputs_that_agree_say_nothing() -> None:
    table = pairs(np.random.default_rng(2), Plant(errors=(0.002,) * 5), TWELVE)
    assert "more than 2 % apart" in (influence(table, INPUTS).abstains or "")


def test_no_inputs_at_all() -> None:
    assert influence(pd.DataFrame(), INPUTS).abstains is not None
    assert influence(pd.DataFrame(columns=["month", "base", "consensus", "value", "actual"]), ()).abstains


def test_a_silent_function_is_left_out() -> None:
    table = pairs(np.random.default_rng(5), Plant(weights=(0.25, 0.25, 0.25, 0.25, 0.0)), MONTHS24)
    table["operations"] = np.nan
    told = influence(table, INPUTS)
    assert "operations" not in told.functions
    assert told.dominance is not None


def test_dominant_and_accurate_is_earned() -> None:
    """Sales decides nearly alone, and is five times as accurate: high dominance, no unearned one."""
    from siop.health.board import thresholds

    limits = thresholds()
    plant = Plant(weights=(0.1, 0.6, 0.1, 0.1, 0.1), errors=(0.25, 0.03, 0.25, 0.25, 0.25))
    for seed in range(20):
        told = found(seed, plant)
        assert told.strongest == "sales"
        assert (told.dominance or 0) > limits["dominance"].red
        assert limits["unearned_dominance"].status(dominance.measure_unearned(told)) != "red"
    same = Plant(weights=(0.1, 0.6, 0.1, 0.1, 0.1))
    unearned = dominance.measure_unearned(found(1, same))
    assert unearned.subject == {"function": "sales"}
    assert limits["unearned_dominance"].status(unearned) == "red"


def test_interval_covers_the_planted_weight() -> None:
    inside = 0
    for seed in range(60):
        low, high = found(seed, Plant(weights=(0.1, 0.5, 0.2, 0.1, 0.1)), MONTHS24).intervals["sales"]
        inside += low <= 0.5 <= high
    assert 0.80 <= inside / 60 <= 0.98  # 90 % nominal, 60 draws


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda w: sum(w) > 0.01), st.integers(0, 99))
def test_weights_are_shares_and_scale_does_not_matter(raw: list[float], seed: int) -> None:
    planted = np.array(raw) / sum(raw)
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(50, len(planted)))
    told = blend(x, x @ planted)
    assert told.sum() == pytest.approx(1)
    assert (told >= 0).all()
    assert told == pytest.approx(planted, abs=1e-5)
    assert blend(x * 1e4, x @ planted * 1e4) == pytest.approx(told, abs=1e-6)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=8))
def test_concentration_lies_between_equal_and_one(raw: list[float]) -> None:
    weights = np.array(raw) / sum(raw)
    assert -1e-12 <= concentrated(weights) <= 1


def test_earned_shares_by_hand() -> None:
    assert earned_shares(np.array([10.0, 20.0, 20.0, 100.0])) == pytest.approx([0.5, 0.25, 0.25])
    assert earned_shares(np.array([0.0, 20.0, 100.0])) == pytest.approx([1.0, 0.0])


def test_contested_decisions_by_hand() -> None:
    table = pd.DataFrame(
        [("D1", "sales", "A", "A"), ("D2", "sales", "B", "B"), ("D3", "sales", "A", "A"),
         ("D1", "finance", "B", "A"), ("D2", "finance", "A", "B")],
        columns=["decision", "function", "preferred", "outcome"],
    )  # fmt: skip
    sales, finance = contested(table)
    assert (sales.function, sales.won, sales.decisions) == ("sales", 3, 3)
    assert sales.interval == pytest.approx(
        (0.05 ** (1 / 3), 1.0)
    )  # all of 3, exact: lower bound is alpha/2 to the 1/n
    assert (finance.won, finance.share) == (0, 0.0)


def test_a_function_that_repeats_the_plan_is_named_and_nobody_else() -> None:
    rows = pairs(np.random.default_rng(3), Plant(), TWELVE)
    rows["finance"] = rows["base"]
    told = influence(rows, INPUTS)
    assert (
        told.abstains
        == "finance repeats the plan of the cycle before in every row: what say it has cannot be told."
    )
    assert told.alike is None


def test_what_would_be_enough_is_of_what_is_short() -> None:
    wide = pd.concat([pairs(np.random.default_rng(n), Plant(), TWELVE[:5]) for n in range(4)])
    told = influence(wide, INPUTS)
    assert told.disagreeing >= 60
    assert told.enough == (5, 6)
    both = influence(wide.head(20), INPUTS, say="region-months")
    assert "region-months" in (both.abstains or "")
    assert "would be enough in 6 cycles, and there are" in (both.abstains or "")
    assert influence(wide, INPUTS[:1]).enough == (1, 2)
