"""The tolerance in force, the one first agreed, and what stands in where nobody agreed one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.core import span
from siop.metrics.tolerance import UNKNOWN, derived, outside, tolerance_of
from tests.deviations.company import told, tolerance

MONTHS = span("2024-07", "2026-06")
PLAN = np.full(24, 100.0)
NONE = np.full(24, 0.01)


def test_the_ledger_says_it_from_month_to_month_and_the_first_stays_visible() -> None:
    state = told(
        tolerance("Pumps", 6, "2024-01"),
        tolerance("Pumps", 9, "2025-07", reason="market"),
        tolerance("Valves", 3, "2024-01"),
    )
    found = tolerance_of(state, {}, "Pumps", "quantity", MONTHS, NONE)
    at = dict(zip(MONTHS, found.pct, strict=True))
    assert (at["2024-07"], at["2025-06"], at["2025-07"], at["2026-06"]) == (0.06, 0.06, 0.09, 0.09)
    assert (found.original, found.now, found.source) == (0.06, 0.09, "ledger")
    assert found.growth(PLAN) == pytest.approx(1.5)
    assert [c.reason for c in found.changes] == [None, "market"]


def test_a_widening_dated_back_does_not_become_the_original() -> None:
    """The order in which it was said decides what came first, not the month it is made valid from."""
    state = told(
        tolerance("Pumps", 6, "2025-01", at="2025-01-03"), tolerance("Pumps", 12, "2024-01", at="2026-05-20")
    )
    found = tolerance_of(state, {}, "Pumps", "quantity", MONTHS, NONE)
    assert found.original == 0.06


def test_a_correction_of_the_same_month_counts_last() -> None:
    state = told(tolerance("Pumps", 6, "2025-01"), tolerance("Pumps", 7, "2025-01", at="2025-01-09"))
    found = tolerance_of(state, {}, "Pumps", "quantity", MONTHS, NONE)
    assert found.now == 0.07
    assert found.original == 0.06


def test_the_policy_stands_in_before_the_ledger_and_the_tighter_is_the_original() -> None:
    late = told(tolerance("Pumps", 9, "2026-01"))
    found = tolerance_of(late, {"Pumps": (0.05, 20.0)}, "Pumps", "quantity", MONTHS, NONE)
    assert (found.pct[0], found.now, found.original) == (0.05, 0.09, 0.05)
    assert found.absolute[0] == 20.0
    assert np.isnan(found.absolute[-1])
    early = tolerance_of(
        told(tolerance("Pumps", 9, "2024-01")), {"Pumps": (0.05, None)}, "Pumps", "quantity", MONTHS, NONE
    )
    assert early.original == 0.09  # the policy was never in force
    only = tolerance_of(told(), {"Pumps": (0.05, 20.0)}, "Pumps", "quantity", MONTHS, NONE)
    assert (only.source, only.growth(PLAN)) == ("policy", 1.0)


def test_units_of_a_policy_do_not_become_money() -> None:
    found = tolerance_of(told(), {"Pumps": (0.05, 20.0)}, "Pumps", "revenue", MONTHS, NONE)
    assert np.isnan(found.absolute).all()


def test_the_tolerance_of_another_measure_is_borrowed_in_per_cent() -> None:
    state = told(tolerance("Pumps", 6, "2024-01", abs=50))
    found = tolerance_of(state, {}, "Pumps", "revenue", MONTHS, NONE)
    assert (found.now, found.measure, found.source) == (0.06, "quantity", "ledger")
    assert np.isnan(found.absolute).all()


def test_a_derived_tolerance_holds_four_of_five_earlier_months() -> None:
    ratio = np.concatenate([np.linspace(0.01, 0.12, 12), np.full(12, 0.9)])
    found = tolerance_of(told(), {}, "Pumps", "quantity", MONTHS, ratio)
    assert found.source == "derived"
    assert found.now == found.original == pytest.approx(0.10)  # 80th percentile 0.098, rounded to a point
    assert derived(np.full(36, 0.01)) == 0.05  # the materiality floor
    assert (
        derived(np.concatenate([np.full(5, 0.4), np.full(12, 0.4)])) == UNKNOWN
    )  # five months derive nothing
    assert derived(np.array([])) == UNKNOWN


def test_a_tolerance_of_zero_allows_nothing_and_growing_from_it_has_no_ratio() -> None:
    zero = tolerance_of(told(tolerance("Pumps", 0, "2024-01")), {}, "Pumps", "quantity", MONTHS, NONE)
    assert zero.growth(PLAN) == 1.0
    off = np.array([0.0, 0.1, np.nan])
    assert list(outside(off, zero.allowed(np.full(24, 100.0))[:3])) == [False, True, False]
    wider = tolerance_of(
        told(tolerance("Pumps", 0, "2024-01"), tolerance("Pumps", 5, "2026-01")),
        {},
        "Pumps",
        "quantity",
        MONTHS,
        NONE,
    )
    assert wider.growth(PLAN) is None


def test_an_absolute_amount_widens_like_a_percentage() -> None:
    """Five per cent of 600 are 30 units; "or 100 units" is 3.33 times that, and a miss of 90 is inside it."""
    plan = np.full(24, 600.0)
    state = told(tolerance("Pumps", 5, "2024-01"), tolerance("Pumps", 5, "2026-01", abs=100))
    found = tolerance_of(state, {}, "Pumps", "quantity", MONTHS, NONE)
    assert found.growth(plan) == pytest.approx(100 / 30)
    assert list(np.flatnonzero(np.diff(found.width) > 0) + 1) == [MONTHS.index("2026-01")]
    nothing = told(tolerance("Pumps", 0, "2024-01"), tolerance("Pumps", 0, "2026-01", abs=100))
    assert tolerance_of(nothing, {}, "Pumps", "quantity", MONTHS, NONE).growth(plan) is None
    units = told(tolerance("Pumps", 0, "2024-01", abs=50), tolerance("Pumps", 5, "2026-01", abs=50))
    assert tolerance_of(units, {}, "Pumps", "quantity", MONTHS, NONE).growth(plan) == 1.0


def test_a_plan_of_zero_allows_the_absolute_amount() -> None:
    state = told(tolerance("Pumps", 10, "2024-01", abs=8))
    found = tolerance_of(state, {}, "Pumps", "quantity", ["2026-06"] * 3, NONE)
    plan, off = np.array([0.0, 0.0, 100.0]), np.array([8.0, 9.0, 9.0])
    assert list(outside(off, found.allowed(plan))) == [False, True, False]
    none = tolerance_of(told(tolerance("Pumps", 10, "2024-01")), {}, "Pumps", "quantity", ["2026-06"], NONE)
    assert outside(np.array([0.5]), none.allowed(np.array([0.0])))[0]


def test_a_policy_in_units_alone_is_a_tolerance() -> None:
    """It allows its units and nothing per cent; in money it says nothing, so that is derived."""
    found = tolerance_of(told(), {"Pumps": (None, 5.0)}, "Pumps", "quantity", MONTHS, NONE)
    assert (found.source, found.now, found.original_absolute) == ("policy", 0.0, 5.0)
    off = np.array([5.0, 5.1])
    assert list(outside(off, found.allowed(np.full(24, 1000.0))[:2])) == [False, True]
    assert tolerance_of(told(), {"Pumps": (None, 5.0)}, "Pumps", "revenue", MONTHS, NONE).source == "derived"


@given(st.integers(1, 10**6), st.integers(1, 100))
def test_a_deviation_of_exactly_the_tolerance_is_within(plan: int, pct: int) -> None:
    state = told(tolerance("Pumps", pct, "2024-01"))
    found = tolerance_of(state, {}, "Pumps", "quantity", ["2026-06"], NONE)
    allowed = found.allowed(np.array([float(plan)]))
    assert not outside(np.array([plan * (1 + pct / 100) - plan]), allowed)[0]
    assert outside(np.array([plan * (1 + pct / 100) - plan + plan * 1e-6]), allowed)[0]
