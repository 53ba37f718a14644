"""The landing: the outlook's interval alone, the register on it, and nothing counted twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.risks import Simulation, percentiles, simulate
from siop.risks.landing import KEPT, Z90, OutlookBand, land, variance_of_past_events
from tests.risks.cases import item
from tests.risks.test_calibrate import closed

MONTHS = ("2026-10", "2026-11", "2026-12")
BAND = OutlookBand(
    "2026", MONTHS, (80.0, 85.0, 90.0), (100.0, 105.0, 110.0), (125.0, 130.0, 135.0), actual=900.0,
    year=(1_170.0, 1_215.0, 1_270.0),
)  # fmt: skip
NOTHING = simulate([], draws=100_000)


def test_without_a_register_the_landing_is_the_outlook() -> None:
    found = land(BAND, NOTHING, budget=1_215.0)
    assert [found.p10, found.p50, found.p90] == pytest.approx([1_170.0, 1_215.0, 1_270.0], abs=0.6)
    assert found.chance_to_reach_budget == pytest.approx(0.5, abs=0.005)
    by_period = {r["period"]: r for r in found.periods}
    for index, month in enumerate(MONTHS):
        want = (BAND.p10[index], BAND.p50[index], BAND.p90[index])
        assert [by_period[month][q] for q in ("p10", "p50", "p90")] == pytest.approx(want, abs=0.5)


def test_months_move_together_just_as_much_as_the_year_says() -> None:
    found = land(BAND, NOTHING, quarters=dict.fromkeys(MONTHS, "Q4"), quarter_actuals={})
    quarter = next(r for r in found.periods if r["kind"] == "quarter")
    spread = (float(quarter["p90"]) - float(quarter["p10"])) / (2 * Z90)  # type: ignore[arg-type]
    assert spread == pytest.approx(BAND.variance**0.5, rel=0.02)
    assert quarter["outlook"] == 315.0


def test_a_plan_without_an_interval_is_reached_exactly() -> None:
    flat = OutlookBand.line("2026", MONTHS, [0.1, 0.2, 0.3], 0.3, "plan")
    found = land(flat, NOTHING, budget=0.9, signed=0.1 + 0.2 + 0.3 + 0.3)
    assert found.p10 == found.p90 == pytest.approx(0.9)
    assert (found.chance_to_reach_budget, found.chance_to_reach_signed) == (1.0, 1.0)
    assert found.shortfall == 0.0


def test_one_certain_loss_shifts_every_percentile() -> None:
    register = simulate([item("R", -1, 1.0, 50, 50, 50, first="2026-11", last="2026-12")])
    alone, found = land(BAND, NOTHING), land(BAND, register)
    for q in ("p10", "p50", "p90", "mean", "tail10"):
        assert getattr(found, q) == pytest.approx(getattr(alone, q) - 50, abs=0.01)


def test_only_the_open_months_of_the_year_count() -> None:
    """A loss of 60 over six months, two of them open and in the year: 20."""
    register = simulate([item("R", -1, 1.0, 60, 60, 60, first="2026-08", last="2027-01")], draws=1_000)
    late = simulate([item("R", -1, 1.0, 60, 60, 60, first="2026-11", last="2027-04")], draws=1_000)
    flat = OutlookBand.line("2026", MONTHS, [100, 100, 100], 900.0, "plan")
    assert land(flat, register).p50 == pytest.approx(1_200 - 30)
    assert land(flat, late).p50 == pytest.approx(1_200 - 20)


def test_independent_variances_add() -> None:
    register = simulate([item("R", -1, 0.5, 60, 90, 120, first="2026-10", last="2026-12")], draws=500_000)
    symmetric = replace(BAND, year=(1_170.0, 1_215.0, 1_260.0))
    found = land(symmetric, register)
    assert found.sd**2 == pytest.approx(symmetric.variance + register.sd**2, rel=0.01)
    assert found.mean == pytest.approx(1_215 + register.expected, abs=0.5)


def test_past_events_are_taken_out_but_never_more_than_the_register_puts_back() -> None:
    symmetric = replace(BAND, year=(1_170.0, 1_215.0, 1_260.0))
    variance = symmetric.variance
    small = simulate([item("R", -1, 0.5, 9, 10, 11, first="2026-10", last="2026-12")], draws=500_000)
    large = simulate([item("R", -1, 0.5, 150, 200, 250, first="2026-10", last="2026-12")], draws=500_000)
    for register, past in ((small, variance), (large, 0.3 * variance), (large, 99 * variance)):
        taken = min(past, register.sd**2, (1 - KEPT) * variance)
        found = land(symmetric, register, past_events=past)
        assert found.taken_out == pytest.approx(taken / variance, rel=0.01)
        assert found.sd**2 == pytest.approx(variance - taken + register.sd**2, rel=0.01)
        assert found.sd**2 >= variance * 0.99
    # the broken twin: adding without taking out counts the events of the past a second time
    assert land(symmetric, large).sd > land(symmetric, large, past_events=variance).sd
    assert land(symmetric, NOTHING, past_events=variance).taken_out == 0.0


def test_variance_of_past_events_by_hand() -> None:
    """24 months, a loss of 12 in each of months 1 and 13: monthly sums -12, 0 x 11, -12, 0 x 11."""
    events = [
        (closed(0.5, True, realised=12.0), "2025-01", "2025-01"), (closed(0.5, True, realised=12.0), "2026-01", "2026-01"),
    ]  # fmt: skip
    sums = np.zeros(24)
    sums[[0, 12]] = -12
    assert variance_of_past_events(events, "2026-12", 6) == pytest.approx(sums.var(ddof=1) * 6)
    assert variance_of_past_events(events[1:], "2026-06", 6) == 0.0  # six months tell nothing
    assert variance_of_past_events([], "2026-12", 6) == 0.0


def test_a_planted_history_is_counted_once() -> None:
    """Noise of sd 10 a month and an event of 60 with a chance of 10 % a month: the outlook's past misses hold both.
    With the register naming the next six, the landing has the spread of the truth; added on top it has too much."""
    rng = np.random.default_rng(5)
    months = 6
    truth = np.random.default_rng(6)
    sums = (truth.normal(0, 10, (100_000, months)) - 60 * (truth.random((100_000, months)) < 0.1)).sum(axis=1)
    past = [f"{2016 + n // 12}-{n % 12 + 1:02d}" for n in range(120)]
    events = [
        (closed(0.1, came, realised=60.0, likely=60.0), m, m)
        for m, came in zip(past, rng.random(120) < 0.1, strict=True)
    ]
    ahead = tuple(f"2026-{n:02d}" for n in range(1, 7))
    low, mid, high = (
        float(v) for v in (sums.mean() - Z90 * sums.std(), sums.mean(), sums.mean() + Z90 * sums.std())
    )
    flat = (0.0,) * months
    band = OutlookBand("2026", ahead, flat, flat, flat, year=(low, mid, high))
    register = simulate([item(f"R{m}", -1, 0.1, 60, 60, 60, first=m, last=m) for m in ahead], draws=200_000)
    once = land(band, register, past_events=variance_of_past_events(events, "2025-12", months))
    twice = land(band, register)
    print(f"truth sd {sums.std():.1f}, counted once {once.sd:.1f}, twice {twice.sd:.1f}")
    assert once.sd == pytest.approx(float(sums.std()), rel=0.12)
    assert twice.sd > 1.25 * float(sums.std())


def test_exceedance_curve_falls_and_passes_the_percentiles() -> None:
    found = land(BAND, simulate([item("R", -1, 0.4, 20, 40, 90, first="2026-10", last="2026-12")]))
    chances = [point["chance"] for point in found.curve]
    assert chances == sorted(chances, reverse=True)
    values = [point["value"] for point in found.curve]
    assert float(np.interp(found.p10, values, chances)) == pytest.approx(0.9, abs=0.01)
    assert float(np.interp(found.p90, values, chances)) == pytest.approx(0.1, abs=0.01)


def test_shortfall_is_the_mean_gap_where_the_budget_is_missed() -> None:
    flat = OutlookBand.line("2026", MONTHS, [100, 100, 100], 900.0, "plan")
    found = land(
        flat, simulate([item("R", -1, 0.25, 40, 40, 40, first="2026-10", last="2026-12")]), budget=1_200.0
    )
    assert found.shortfall == pytest.approx(40.0)
    assert found.chance_to_reach_budget == pytest.approx(0.75, abs=0.006)
    assert found.tail10 == pytest.approx(1_160.0)


def test_a_year_that_is_over_has_landed() -> None:
    found = land(OutlookBand.line("2026", (), (), 1_234.5, "plan"), NOTHING, budget=1_234.5)
    assert (found.p10, found.p90, found.chance_to_reach_budget) == (1_234.5, 1_234.5, 1.0)


@settings(max_examples=15)
@given(st.integers(1, 99), st.integers(1, 500))
def test_a_risk_more_never_raises_the_chance_to_reach_the_budget(percent: int, amount: int) -> None:
    register = simulate(
        [item("R", -1, percent / 100, amount, amount, amount, first="2026-10", last="2026-12")], draws=5_000
    )
    less = Simulation(
        (), 0.3, 5_000, 11, (), np.zeros((0, 5_000), np.float32), np.zeros(5_000, np.float32), np.zeros(0)
    )
    with_it, without = land(BAND, register, budget=1_200.0), land(BAND, less, budget=1_200.0)
    assert with_it.chance_to_reach_budget <= without.chance_to_reach_budget  # type: ignore[operator]
    assert percentiles(with_it.sample, (0.5,))[0] <= percentiles(without.sample, (0.5,))[0]
