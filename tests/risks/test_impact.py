"""One item: its mean and variance by hand, its quantile function against an independent computation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from siop.core import Refused
from siop.risks.impact import amount_mean, amount_variance, quantile
from tests.risks.cases import four, item, reference

amounts = st.tuples(*[st.integers(0, 1000)] * 3).map(sorted).filter(lambda t: t[2] > t[0])


def test_means_and_variances_by_hand() -> None:
    assert amount_mean(80, 100, 150) == 110
    assert amount_variance(80, 100, 150) ** 0.5 == pytest.approx(14.7196, abs=5e-5)
    assert amount_mean(80, 100, 150, "pert") == 105
    assert amount_variance(80, 100, 150, "pert") ** 0.5 == pytest.approx(12.6773, abs=5e-5)


def test_worked_example_of_four_items() -> None:
    means = [e.mean for e in four()]
    assert means == pytest.approx([0.9, -1.1667, 1.5, 0.8167], abs=5e-5)
    assert [e.variance for e in four()] == pytest.approx([2.24, 1.5556, 23.1667, 0.3539], abs=5e-5)
    assert sum(means) == pytest.approx(2.05, abs=1e-12)
    assert sum(e.variance for e in four()) == pytest.approx(27.3161, abs=5e-5)


@pytest.mark.parametrize("name", ["simulate_emv_four_threats", "simulate_emv_six_risks"])
def test_published_expected_values(name: str) -> None:
    case = reference(name)
    p, impact = case["input"]["p"], case["input"]["impact"]
    made = [
        item(str(i), 1 if x > 0 else -1, q, abs(x), abs(x), abs(x))
        for i, (q, x) in enumerate(zip(p, impact, strict=True))
    ]
    ev, total = case["expected"]["ev"], case["expected"]["ev_total"]
    assert [e.mean for e in made] == pytest.approx(ev["value"], abs=ev["tol"])
    assert sum(e.mean for e in made) == pytest.approx(total["value"], abs=total["tol"])
    sd = sum(e.variance for e in made) ** 0.5
    assert sd == pytest.approx(case["computed_here"]["sd_if_independent"], abs=5e-4)


@given(amounts)
def test_triangular_quantiles_are_those_of_scipy(three: list[int]) -> None:
    low, likely, high = three
    v = np.linspace(0.001, 0.999, 41)
    theirs = stats.triang.ppf(v, (likely - low) / (high - low), low, high - low)
    assert quantile(v, low, likely, high) == pytest.approx(theirs, abs=1e-9 * high)


@given(amounts)
def test_pert_quantiles_are_those_of_the_beta_distribution(three: list[int]) -> None:
    low, likely, high = three
    v = np.linspace(0.01, 0.99, 41)
    mode = (likely - low) / (high - low)
    theirs = stats.beta.ppf(v, 1 + 4 * mode, 5 - 4 * mode, low, high - low)
    assert quantile(v, low, likely, high, "pert") == pytest.approx(theirs, abs=1e-3 * (high - low))


def test_fixed_amount_has_no_spread() -> None:
    assert quantile(np.array([0.0, 0.5, 1.0]), 7, 7, 7).tolist() == [7, 7, 7]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"probability": 1.2}, "probability"),
        ({"probability": float("nan")}, "probability"),
        ({"low": -1.0}, "low"),
        ({"low": 3.0, "likely": 2.0}, "likely"),
        ({"high": float("inf")}, "high"),
        ({"first": "2026-13"}, "from"),
        ({"last": "2025-12"}, "to"),
    ],
)
def test_an_item_out_of_range_is_refused_with_its_field(change: dict[str, object], field: str) -> None:
    told = {"probability": 0.3, "low": 1.0, "likely": 2.0, "high": 6.0, "first": "2026-01", "last": "2026-03"}
    with pytest.raises(Refused) as caught:
        item("R1", 1, **{**told, **change})  # type: ignore[arg-type]
    assert caught.value.findings[0].column == field
    assert caught.value.findings[0].fix
