"""Is it becoming normal? States by hand, then five planted ways of living with misses."""

from __future__ import annotations

import importlib
import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import norm as planted
from siop.deviations.decay import Decay, decay
from siop.deviations.norm import Stream, norm

module = importlib.import_module(
    "siop.deviations.decay"
)  # the room's face hands out the function of that name
SEEDS = int(os.environ.get("SIOP_SEEDS", "25"))  # 200 for the figures of the documentation


def stream(
    out: str, replied: str | None = None, growth: float | None = 1.0, rebased: float = np.nan, **more: Any
) -> Stream:
    """out: a letter a month, + over, - under, . within, ? unknown; replied: 1, 0 or ? a month."""
    sides = np.array([{"+": 0.2, "-": -0.2, ".": 0.01, "?": np.nan}[c] for c in out], dtype=float)
    missed = np.array([c in "+-" for c in out], dtype=bool)
    told = np.array([{"1": 1.0, "0": 0.0, "?": np.nan}[c] for c in replied or "0" * len(out)])
    fields = {"ratio": sides, "out": missed, "replied": np.where(missed, told, np.nan),
              "rebased": np.full(len(out), rebased), "growth": growth, "size": np.abs(sides) / 0.1,
              "tolerance": np.full(len(out), 0.1), **more}  # fmt: skip
    return Stream(**fields)


@pytest.mark.parametrize(
    ("out", "replied", "growth", "state"),
    [
        ("............", None, 1.0, "normal"),
        ("..........+.", None, 1.0, "normal"),
        ("-------.....", None, 3.0, "normal"),  # it was out, and is not any more
        ("......-.-...", "1" * 12, 1.0, "managed"),
        ("------------", "1" * 12, 3.0, "managed"),  # a wider tolerance is no matter where people answer
        ("------------", "0" * 12, 1.0, "tolerated"),
        ("------------", "0" * 12, 1.5, "normalised"),
        ("------------", "0" * 12, 1.1, "tolerated"),
        ("------------", "0" * 12, None, "normalised"),  # widened from zero
        ("......-.-...", "0" * 12, 1.5, "normal"),  # two of six: not yet a pattern
        ("----..-.-...", "0" * 12, 1.5, "normalised"),  # two of six, but six of twelve
        ("......-.-.-.", "0" * 12, 1.5, "normalised"),
        ("......------", "??????010100", 1.5, "normalised"),  # a third answered
        ("......------", "??????101010", 1.5, "managed"),  # half answered
        ("......------", "??????111110", 1.5, "managed"),
        ("......------", "????????????", 1.5, "insufficient"),  # nobody knows whether they were answered
        ("--------", "0" * 8, 2.0, "insufficient"),  # eight months: persistence only
        ("---------", "0" * 9, 2.0, "normalised"),
        ("------???---", "0" * 12, 2.0, "insufficient"),  # three of the last six months known
        ("------??----", "0" * 12, 2.0, "normalised"),
        ("-", "0", 1.0, "insufficient"),
        ("", None, 1.0, "insufficient"),
    ],
)  # fmt: skip
def test_state(out: str, replied: str | None, growth: float | None, state: str) -> None:
    assert norm(stream(out, replied, growth)).state == state


def test_what_a_state_rests_on() -> None:
    found = norm(stream("+.--.-.-----", "0000100010011"[:12], 1.5))
    assert (found.months, found.breaches_6, found.known_6, found.run, found.longest_run) == (12, 5, 6, 5, 5)
    assert (found.answered, found.asked) == (2, 5)
    assert found.response_rate == pytest.approx(2 / 5)
    assert found.earlier_response_rate == pytest.approx(0.0)
    assert found.breach_rate == pytest.approx(5 / 6)
    assert found.cumulative == pytest.approx(0.2 - 8 * 0.2 + 3 * 0.01)


def test_months_of_plan_zero_count_by_what_they_are_out_of() -> None:
    """Infinite: something came where nothing was planned. Six of them are six misses in a row, of no size in plan."""
    ratio = np.array([0.01] * 6 + [np.inf] * 6)
    found = norm(stream("......++++++", "0" * 12, ratio=ratio))
    assert (found.months, found.breaches_6, found.known_6, found.run) == (12, 6, 6, 6)
    assert found.cumulative == pytest.approx(6 * 0.01)
    assert found.state == "tolerated"
    within = norm(stream("............", ratio=ratio))  # less came than the absolute tolerance allows
    assert (within.breaches_6, within.known_6, within.state) == (0, 6, "normal")


def test_a_run_ends_where_the_side_changes() -> None:
    assert norm(stream(".......++-++")).longest_run == 2
    assert norm(stream("......++-++-")).run == 1


def test_rebasing_makes_tolerated_normalised_from_half_of_the_miss_on() -> None:
    assert norm(stream("-" * 12, "0" * 12, rebased=0.6)).signs == ("rebasing",)
    assert norm(stream("-" * 12, "0" * 12, rebased=0.6)).state == "normalised"
    assert norm(stream("-" * 12, "0" * 12, rebased=0.4)).state == "tolerated"
    few = stream("---.........", "0" * 12, rebased=0.9)
    assert norm(few).rebasing is None  # three misses are too few


def test_widenings_after_misses_are_counted() -> None:
    tolerance = np.array([0.1] * 4 + [0.15] * 4 + [0.2] * 4)
    assert norm(stream("..--....----", tolerance=tolerance)).widened_after_miss == 1
    assert norm(stream("..--..-.----", tolerance=tolerance)).widened_after_miss == 2
    assert norm(stream("............", tolerance=tolerance)).widened_after_miss == 0


def test_decay_counts_only_where_this_stream_s_answers_fell() -> None:
    falls = Decay(-0.5, 0.01, 40)
    less = stream("------------", "111110100000")
    assert norm(less, decay=falls).state == "normalised"
    assert norm(less, decay=Decay(-0.5, 0.2, 40)).state == "tolerated"
    assert norm(less, decay=Decay(0.5, 0.99, 40)).state == "tolerated"
    never = stream("------------", "0" * 12)
    assert norm(never, decay=falls).state == "tolerated"


@given(st.text("+-.?", min_size=0, max_size=40), st.floats(0.5, 3.0))
def test_every_history_has_a_state_and_counts_that_fit(out: str, growth: float) -> None:
    found = norm(stream(out, "0" * len(out), growth))
    assert found.state in planted_states()
    assert 0 <= found.breaches_6 <= found.known_6 <= 6
    assert found.longest_run >= found.run
    assert found.answered <= found.asked <= found.breaches_6


def planted_states() -> tuple[str, ...]:
    return ("normal", "managed", "tolerated", "normalised", "insufficient")


@given(st.text("+-.", min_size=9, max_size=24))
def test_answering_every_miss_is_never_tolerated(out: str) -> None:
    assert norm(stream(out, "1" * len(out), 3.0, 0.9)).state in ("normal", "managed")


# decay --------------------------------------------------------------------------------------------------------------


def panel(replied: np.ndarray, size: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    return [(np.ones(len(r), bool), r, s) for r, s in zip(replied, size, strict=True)]


def test_slope_is_that_of_a_plain_logistic_regression() -> None:
    """One stream of many misses, against Newton's method written out for three coefficients."""
    rng = np.random.default_rng(0)
    n = 400
    size = np.exp(rng.normal(0.5, 0.4, n))
    eta = 1.5 - 0.01 * np.arange(n) + 0.8 * np.log(size)
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    x = np.column_stack([np.ones(n), np.arange(n), np.log(size)])
    beta = np.zeros(3)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        beta = beta + np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]), x.T @ (y - p))
    found = decay(panel(y[None, :], size[None, :]))
    assert found is not None
    assert found.slope == pytest.approx(beta[1], rel=0.01)
    assert found.misses == n


def test_too_few_or_one_sided_answers_say_nothing() -> None:
    size = np.full((2, 6), 1.5)
    assert decay(panel(np.ones((2, 5)), size[:, :5])) is None
    assert decay(panel(np.ones((2, 6)), size)) is None
    one = np.ones((2, 6))
    one[0, 0] = 0.0
    assert decay(panel(one, size)) is None
    unknown = np.where(np.arange(12).reshape(2, 6) % 2, np.nan, 1.0)
    assert decay(panel(unknown, size)) is None


def test_perfect_separation_is_found_and_finite() -> None:
    replied = np.tile([1.0] * 6 + [0.0] * 6, (4, 1))
    found = decay(panel(replied, np.full((4, 12), 2.0)))
    assert found is not None
    assert found.decays
    assert np.isfinite(found.slope)


def test_answering_that_stays_is_seldom_called_decay() -> None:
    share = planted.decays("managed", 4 * SEEDS, 24, offset=1_000)
    print(f"constant answers called decay: {share:.3f} of {4 * SEEDS}")
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / (4 * SEEDS))


def test_misses_that_shrink_are_not_called_decay_because_size_is_held() -> None:
    share = planted.decays("shrinking", 4 * SEEDS, 24, offset=1_000)
    print(f"shrinking misses called decay: {share:.3f} of {4 * SEEDS}")
    assert share <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / (4 * SEEDS))


def test_without_the_size_shrinking_misses_would_be_called_decay() -> None:
    """The broken twin: every miss is taken to be of the same size."""
    blind = [
        decay((s.out, s.replied, np.ones(len(s.size))) for s in planted.company("shrinking", seed).streams)
        for seed in range(SEEDS)
    ]
    assert sum(d is not None and d.decays for d in blind) / SEEDS > 0.5


def test_intercepts_shrunk_to_zero_would_bias_the_slope_upwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the common intercept is free: with it held near zero, decay is missed."""
    free = np.mean(
        [d.slope for s in range(SEEDS) if (d := planted.company("decaying", s, 12).decay) is not None]
    )
    fit = module._fit

    def shrunk(x: np.ndarray, y: np.ndarray, penalty: np.ndarray) -> tuple[np.ndarray, float]:
        return fit(x, y, np.concatenate([[50.0], penalty[1:]]))

    monkeypatch.setattr(module, "_fit", shrunk)
    biased = np.mean(
        [d.slope for s in range(SEEDS) if (d := planted.company("decaying", s, 12).decay) is not None]
    )
    assert biased > free + 0.02


# regimes ------------------------------------------------------------------------------------------------------------


def test_creep_is_found_and_healthy_managed_and_shrinking_are_left_alone() -> None:
    share = {regime: planted.states(regime, SEEDS) for regime in planted.REGIMES}
    print({r: {k: round(v, 3) for k, v in s.items()} for r, s in share.items()})
    flagged = {r: s.get("normalised", 0.0) for r, s in share.items()}
    assert flagged["creep"] >= 0.85
    assert flagged["healthy"] <= 0.01
    assert flagged["managed"] <= 0.01
    assert flagged["shrinking"] <= 0.06
    assert flagged["decaying"] >= 0.6
    assert share["managed"]["managed"] >= 0.9
    assert share["healthy"]["normal"] >= 0.9


def test_judged_by_the_tolerance_in_force_creep_would_not_be_seen() -> None:
    """The broken twin: misses against the widened tolerance."""
    found = []
    for seed in range(SEEDS):
        for s in planted.company("creep", seed).streams:
            now = s.size * planted.TOLERANCE / s.tolerance
            found.append(norm(replace(s, out=now > 1)).state == "normalised")
    assert np.mean(found) < 0.2


def test_months_needed_to_see_decay() -> None:
    power = {m: planted.decays("decaying", SEEDS, m) for m in (9, 12, 18, 24)}
    print({m: round(p, 2) for m, p in power.items()})
    assert power[9] < power[18]
    assert power[18] >= 0.8


def test_rules_in_use_alarm_on_what_is_managed() -> None:
    streams = [s for seed in range(SEEDS) for s in planted.company("managed", seed).streams]
    assert np.mean([planted.often(s) for s in streams]) > 0.4
    assert np.mean([planted.tracking(s) for s in streams]) > 0.9
