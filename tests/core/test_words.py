"""Numbers as they are said: the true minus, no minus zero, a plus only where asked, unknown is not zero."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from siop.core import Polarity, words
from siop.core.report import plain

numbers = st.floats(-1e12, 1e12)


@given(numbers, st.integers(0, 3))
def test_a_number_reads_back_within_half_its_last_digit(value: float, decimals: int) -> None:
    said = words.number(value, decimals).replace(words.MINUS, "-").replace(",", "")
    assert abs(float(said) - value) <= 0.5 * 10**-decimals + 1e-6 * abs(value) * 1e-6


@given(numbers)
def test_zero_never_has_a_sign(value: float) -> None:
    said = words.number(value, 1, signed=True)
    assert said == "0.0" or said[0] in f"+{words.MINUS}"
    assert f"{words.MINUS}0.0" != said


def test_unknown_is_a_dash_and_never_zero() -> None:
    assert words.number(None) == "–"
    assert words.percent(float("nan")) == "–"
    assert words.amount(None) == f"–{words.NBSP}EUR"


def test_one_unit_for_numbers_that_stand_together() -> None:
    assert words.scale_of([1_200.0, 3_400_000.0], "money", "USD") == (1e6, "mUSD")
    assert words.scale_of([]) == (1.0, "EUR")


def test_polarity_judges_the_side_of_the_plan() -> None:
    assert Polarity.LESS_IS_BETTER.judge(5.0) == "bad"
    assert Polarity.MORE_IS_BETTER.judge(5.0) == "good"
    assert Polarity.NEUTRAL.judge(-5.0) == "neutral"
    assert Polarity.MORE_IS_BETTER.judge(None) == "neutral"


def test_json_never_carries_nan() -> None:
    assert plain({"a": float("nan"), "b": [float("inf"), 1.5], "c": {1}}) == {
        "a": None,
        "b": [None, 1.5],
        "c": [1],
    }
