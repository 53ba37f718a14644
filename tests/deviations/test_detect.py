"""Charts: published values first, then what must hold for any company, then calibration by simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import detect as bench
from siop.core import add_months
from siop.deviations import detect
from siop.deviations.detect import chart, chart_ratios, ewma, panel, ratios
from siop.deviations.limits import limits, table

REFERENCE = Path(__file__).parents[1] / "data" / "reference"


def reference(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    return told


def months(count: int, first: str = "2023-07") -> tuple[str, ...]:
    return tuple(add_months(first, n) for n in range(count))


def quiet(count: int, seed: int = 0, sd: float = 0.03) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).standard_normal((1, count)) * sd)


# known answers ------------------------------------------------------------------------------------------------------


def test_ewma_and_its_exact_deviation_by_hand() -> None:
    """EWMA(0.2) and limits at 2.86 deviations, computed by hand in the research notes."""
    values, spread = ewma(np.array([[0.5, -0.2, 1.0, 1.5, 0.8, 2.0, 1.2]]), 0.2)
    assert values[0] == pytest.approx([0.1, 0.04, 0.232, 0.4856, 0.5485, 0.8388, 0.9110], abs=5e-5)
    assert 2.86 * spread[0] == pytest.approx(
        [0.572, 0.7325, 0.8189, 0.8697, 0.9007, 0.9200, 0.9321], abs=5e-5
    )


def test_ewma_of_the_nist_series() -> None:
    told = reference("detect_ewma_target50")
    x, target, sigma = np.array(told["input"]["x"]), told["input"]["target"], told["input"]["sigma"]
    values, spread = ewma((x - target)[None, :] / sigma, told["input"]["lambda"])
    assert target + sigma * values[0] == pytest.approx(told["expected"]["ewma"]["value"], abs=0.005)
    width = (
        told["input"]["L"] * sigma * spread[0, -1]
    )  # after twenty points the exact deviation is the limiting one
    assert target + width == pytest.approx(told["expected"]["ucl"]["value"], abs=1e-3)
    assert not (np.abs(sigma * values[0]) > width).any()


def test_individuals_chart_of_the_nist_series() -> None:
    told = reference("detect_individuals_flowrate")
    mean, moving, lower, upper = bench.xmr(told["input"]["x"])
    assert mean == pytest.approx(told["expected"]["mean"]["value"], abs=0.005)
    assert moving == pytest.approx(told["expected"]["mr_bar"]["value"], abs=5e-5)
    assert (lower, upper) == pytest.approx(
        (told["expected"]["lcl"]["value"], told["expected"]["ucl"]["value"]), abs=5e-5
    )


def run_lengths(z: np.ndarray, limit: np.ndarray, weight: float) -> float:
    """Mean run length of an EWMA; series that never signal count in full."""
    values, _ = ewma(z, weight)
    over = np.abs(values) > limit
    first = np.where(over.any(axis=1), over.argmax(axis=1) + 1, z.shape[1])
    return float(first.mean())


@pytest.mark.parametrize(
    ("name", "scheme", "shifts"),
    [("detect_arl_ewma_two_sided", 0, (1.0, 2.0, 3.0)), ("detect_arl_ewma_two_sided", 1, (1.0, 2.0)),
     ("detect_arl_ewma_crowder", 0, (1.0, 2.0, 3.0)), ("detect_arl_ewma_crowder", 1, (1.0, 2.0))],
)  # fmt: skip
def test_run_lengths_of_the_ewma_against_printed_tables(
    name: str, scheme: int, shifts: tuple[float, ...]
) -> None:
    told = reference(name)
    weight, width = told["input"]["schemes"][scheme]["lambda"], told["input"]["schemes"][scheme]["L"]
    expected = told["expected"][f"arl_{scheme + 1}"]["value"]
    limit = np.full(400, width * np.sqrt(weight / (2 - weight)))
    z = np.random.default_rng(1).standard_normal((6_000, 400))
    for shift in shifts:
        printed = expected[told["input"]["shift_sigma"].index(shift)]
        assert run_lengths(z + shift, limit, weight) == pytest.approx(printed, rel=0.05)


def test_exact_limits_signal_earlier_than_limiting_ones() -> None:
    told = reference("detect_arl_ewma_exact_limits")
    weight, width = told["input"]["lambda"], told["input"]["L"]
    z = np.random.default_rng(2).standard_normal((6_000, 300))
    _, spread = ewma(z[:1], weight)
    limiting = np.full(300, width * np.sqrt(weight / (2 - weight)))
    for shift, exact, slow in zip(
        told["input"]["shift_sigma"], told["expected"]["arl_exact_limits"]["value"],
        told["expected"]["arl_asymptotic"]["value"], strict=True,
    ):  # fmt: skip
        if shift in (1, 2, 3):
            assert run_lengths(z + shift, width * spread[0], weight) == pytest.approx(exact, rel=0.07)
            assert run_lengths(z + shift, limiting, weight) == pytest.approx(slow, rel=0.05)


def test_cusum_by_hand_and_against_printed_run_lengths() -> None:
    told = bench.cusum([0.5, -0.2, 1.0, 1.5, 0.8, 2.0, 1.2])
    assert list(told) == pytest.approx([0, 0, 0.5, 1.5, 1.8, 3.3, 4.0])
    brook = reference("detect_arl_cusum_one_sided")
    z = np.random.default_rng(3).standard_normal((20_000, 60)) + 1.5
    over = bench.cusum(z, brook["input"]["brook_evans"]["k"]) > brook["input"]["brook_evans"]["h"]
    assert float((over.argmax(axis=1) + 1).mean()) == pytest.approx(
        brook["expected"]["brook_evans"]["value"][1], rel=0.02
    )


def test_three_sigma_alone_against_champ_and_woodall() -> None:
    told = reference("detect_arl_runs_rules")
    z = np.random.default_rng(4).standard_normal((20_000, 200))
    for shift in (2.0, 3.0):
        printed = told["expected"]["arl"]["value"][told["input"]["shift_sigma"].index(shift)][0]
        over = np.abs(z + shift) > 3
        assert float((over.argmax(axis=1) + 1).mean()) == pytest.approx(printed, rel=0.03)


def test_limits_fall_with_the_baseline_and_stop_below_eight_months() -> None:
    known, shewhart, smooth = table()
    assert list(known) == sorted(known)
    assert (np.diff(shewhart) < 0.02).all()
    assert (np.diff(smooth) < 0.02).all()
    between = limits(np.array([23.0]))
    assert shewhart[list(known).index(24)] < between[0][0] < shewhart[list(known).index(22)]
    assert np.isnan(limits(np.array([7.0]))[0][0])
    assert limits(np.array([200.0]))[1][0] == smooth[-1]


# the chart ----------------------------------------------------------------------------------------------------------


def test_a_frozen_baseline_finds_what_a_moving_one_absorbs() -> None:
    """The broken twin takes the watched months into the baseline, as a chart over everything does."""
    values = quiet(36)
    values[0, -5:] -= 0.09
    found = chart_ratios(values, months(36))
    assert found.signal[0, -1]
    assert found.side[0, -1] == -1
    assert found.months[found.run_start(0) or 0] in (months(36)[-5], months(36)[-4])
    broken = chart_ratios(np.concatenate([values, values[:, -5:]], axis=1), months(41), window=1)
    assert not broken.signal[0, -1]


def test_the_run_is_the_one_that_lasts() -> None:
    values = quiet(36)
    values[0, -10:-7] += 0.3
    values[0, -3:] -= 0.3
    found = chart_ratios(values, months(36))
    assert found.side[0, -8] == 1
    assert found.run_start(0) is not None
    assert (found.run_start(0) or 0) >= 33
    calm = quiet(36)
    calm[0, -10:-7] += 0.3
    assert chart_ratios(calm, months(36)).run_start(0) is None


def test_a_shift_that_began_in_the_baseline_is_watched_from_its_first_month() -> None:
    """22 months of plan: the first 12 would be the baseline, the shift began in the eleventh."""
    values = quiet(22, sd=0.02)
    values[0, 10:] -= 0.10
    found = chart_ratios(values, months(22))
    assert found.run_start(0) == 10
    assert int(found.baseline.sum()) == 10
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(detect, "BEGUN", (99.0, 99.0))
        assert chart_ratios(values, months(22)).run_start(0) != 10


def test_ratio_is_the_logarithm_or_relative_for_a_stream_that_ever_sold_nothing() -> None:
    actual = np.array([[110.0, 90.0, np.nan], [0.0, 50.0, 120.0], [-5.0, 100.0, 100.0], [10.0, 10.0, 10.0]])
    plan = np.array([[100.0, 100.0, 100.0], [100.0, 100.0, 100.0], [100.0, 100.0, 0.0], [-5.0, 0.0, 10.0]])
    found, logged = ratios(actual, plan)
    assert list(logged) == [True, False, False, True]
    assert found[0, 0] == pytest.approx(np.log(1.1))
    assert np.isnan(found[0, 2])
    assert list(found[1]) == pytest.approx([-1.0, -0.5, 0.2])
    assert found[2, 0] == pytest.approx(-1.05)
    assert np.isnan(found[3, :2]).all()  # a plan of zero or less has no ratio


@pytest.mark.parametrize("count", [0, 1, 2, 11, 12])
def test_short_histories_have_no_signal_and_do_not_fail(count: int) -> None:
    found = chart(
        np.full((2, max(count, 1)), 90.0),
        np.full((2, max(count, 1)), 100.0 if count else np.nan),
        months(max(count, 1)),
    )
    assert not found.signal.any()
    assert not found.enough.any()
    assert found.run_start(0) is None


def test_thirteen_months_are_enough_for_the_last_one() -> None:
    values = quiet(13)
    values[0, -1] = 0.5
    found = chart_ratios(values, months(13))
    assert found.enough[0]
    assert found.signal[0, -1]


def test_missing_months_are_skipped_not_zero() -> None:
    values = quiet(36)
    values[0, [5, 20, 30]] = np.nan
    found = chart_ratios(values, months(36))
    assert not found.signal.any()
    assert np.isnan(found.ewma[0, 30])
    full = quiet(36)
    full[0, [5, 20, 30]] = -1.0  # the broken twin: nothing known becomes nothing sold
    assert chart_ratios(full, months(36)).signal.any()


def test_a_plan_always_met_exactly_signals_only_beyond_a_tenth_of_a_per_cent() -> None:
    values = np.zeros((2, 36))
    values[0, -1] = 0.02
    values[1, -1] = 0.0005
    assert list(chart_ratios(values, months(36)).signal[:, -1]) == [True, False]


def test_one_wild_month_in_the_baseline_does_not_hide_a_shift() -> None:
    values = quiet(36)
    values[0, 7] = -0.8
    values[0, -6:] -= 0.12
    found = chart_ratios(values, months(36))
    assert found.aside[0, 7]
    assert found.signal[0, -1]


def test_a_season_is_taken_out_only_with_24_months_and_where_it_is_clear() -> None:
    season = np.tile(np.array([0.2, 0, 0, -0.2, 0, 0.1, 0, -0.1, 0, 0.15, 0, -0.15]), 3)
    seasonal = quiet(36, sd=0.02) + season
    found = chart_ratios(seasonal, months(36))
    assert found.seasonal[0]
    assert not found.signal[0, -12:].any()
    assert found.sd[0] < 0.07  # half of a season is left after two years: 0.12 without
    assert not chart_ratios(seasonal[:, :35], months(35)).seasonal[0]
    assert not chart_ratios(quiet(36), months(36)).seasonal[0]


def test_autocorrelation_widens_the_limits_of_the_smoothed_line_only() -> None:
    rng = np.random.default_rng(5)
    walk = bench.noise("ar.6", rng, (400, 60)) * 0.03
    found = chart_ratios(walk, months(60))
    assert float(np.median(found.rho)) == pytest.approx(0.6, abs=0.1)
    widened = found.ewma_limit[:, -1] / found.spread[:, -1]
    plain = chart_ratios(quiet(60)[:1].repeat(400, axis=0), months(60))
    assert float(np.median(widened)) > 1.3 * float(np.median(plain.ewma_limit[:, -1] / plain.spread[:, -1]))
    assert found.shewhart_limit[0] == plain.shewhart_limit[0]


def test_bounds_are_in_deviation_ratios() -> None:
    values = quiet(36)
    found = chart_ratios(values, months(36))
    drawn = found.bounds(0)
    assert drawn["ratio"].to_numpy() == pytest.approx(np.expm1(values[0]))
    assert drawn["upper"].isna().sum() == 24
    last = drawn.iloc[-1]
    width = found.shewhart_limit[0] * found.sd[0] * np.sqrt(1 + 1 / 24)
    assert last["upper"] == pytest.approx(np.expm1(found.centre[0, -1] + width))
    assert last["lower"] < last["smooth_lower"] < last["smooth_upper"] < last["upper"]


values = st.lists(st.floats(0.5, 1.5), min_size=30, max_size=30)


@settings(max_examples=40)
@given(values, st.floats(0.1, 1e6))
def test_signals_do_not_depend_on_the_unit(shares: list[float], unit: float) -> None:
    plan = np.full((1, 30), 100.0)
    actual = plan * np.array([shares])
    one, other = chart(actual, plan, months(30)), chart(actual * unit, plan * unit, months(30))
    assert one.z == pytest.approx(other.z, rel=1e-6, abs=1e-6, nan_ok=True)
    assert (one.side == other.side).all()


@settings(max_examples=20)
@given(values, values)
def test_streams_do_not_see_each_other(first: list[float], second: list[float]) -> None:
    plan = np.full((2, 30), 100.0)
    both = chart(plan * np.array([first, second]), plan, months(30))
    for i, shares in enumerate((first, second)):
        alone = chart(plan[:1] * np.array([shares]), plan[:1], months(30))
        assert both.z[i] == pytest.approx(alone.z[0], nan_ok=True)
        assert (both.side[i] == alone.side[0]).all()


def test_panel_sums_repeats_and_keeps_the_unknown_unknown() -> None:
    import pandas as pd

    frame = pd.DataFrame(
        [("a", "2024-01", 1.0), ("a", "2024-01", 2.0), ("b", "2024-02", np.nan), ("b", "2023-12", 9.0)],
        columns=["family", "month", "plan"],
    )
    names, (plan,) = panel(frame, ["family"], ("2024-01", "2024-02"), ("plan",))
    assert list(names["family"]) == ["a", "b"]
    assert plan[0, 0] == 3.0
    assert np.isnan(plan[0, 1])
    assert np.isnan(plan[1]).all()


# calibration: what the limits promise -------------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", [12, 18, 24, 36])
def test_five_in_a_hundred_unchanged_streams_signal_within_a_year(baseline: int) -> None:
    alarms = bench.false_alarms("normal", baseline, 20_000)
    print(f"{baseline} baseline months: false alarms {alarms:.4f}")
    assert 0.035 <= alarms <= 0.065


def test_textbook_limits_would_not_hold_it() -> None:
    """The broken twin of the calibration: three sigma from a dozen months."""
    assert bench.textbook("normal", 12, "XmR, 3 sigma") > 0.10


def test_a_shift_of_two_deviations_is_caught_within_six_months() -> None:
    found = bench.caught(24, 2, 6, 40_000)
    print(f"2 sigma within 6 months at 24 baseline months: {found:.4f}")
    assert found >= 0.88


def test_heavy_tails_and_autocorrelation_are_printed_as_they_come() -> None:
    told = {(k, m): bench.false_alarms(k, m, 5_000) for k in ("t4", "ar.3") for m in (12, 24, 36)}
    print(told)
    assert all(0.03 < alarms < 0.25 for alarms in told.values())


def test_the_shipped_limits_are_those_of_the_script() -> None:
    shewhart, smooth = bench.calibrate(24, 60_000, seed=5)
    ours = limits(24.0)
    assert smooth == pytest.approx(float(ours[1]), abs=0.06)
    assert shewhart == pytest.approx(float(ours[0]), abs=0.20)
