"""The record of those who scored: published scores, exact tests by hand, and simulated owners."""

from __future__ import annotations

import importlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from siop.risks import Closed, calibrate, calibrate_by, judge, reliability, wilson
from siop.risks.calibrate import BIN, brier, money_ratio, optimism_ratio, poisson_binomial, skill
from tests.risks.cases import reference

module = importlib.import_module(
    "siop.risks.calibrate"
)  # the room's face hands out the function of that name
HISTORIES = 1_000


def closed(
    p: float, occurred: bool, *, kind: str = "risk", realised: float | None = None, owner: str = "dirk",
    low: float = 5.0, likely: float = 10.0, high: float = 20.0,
) -> Closed:  # fmt: skip
    came = (likely if realised is None else realised) if occurred else 0.0
    return Closed("R", owner, "Sales", kind, p, low, likely, high, occurred, came)


def history(
    rng: np.random.Generator, n: int, *, said: list[float], happens: float | None = None, mixed: bool = True,
    size: float = 1.0, logit: float = 0.0,
) -> list[Closed]:  # fmt: skip
    """An owner: says one of `said`; it comes as often as said, or `happens`, or off by `logit`; amounts as said x size."""
    found = []
    for _ in range(n):
        p = float(rng.choice(said))
        true = p if happens is None else happens
        true = 1 / (1 + (1 - true) / true * np.exp(logit)) if logit else true
        likely = float(rng.lognormal(3, 0.7))
        came = bool(rng.random() < true)
        kind = "risk" if not mixed or rng.random() < 0.6 else "opportunity"
        amount = float(rng.triangular(0.5 * likely, likely, 2 * likely)) * size
        found.append(
            closed(p, came, kind=kind, realised=amount, low=0.5 * likely, likely=likely, high=2 * likely)
        )
    return found


def test_published_brier_score() -> None:
    case = reference("calibrate_brier_small")
    said, came = case["input"]["p"], [bool(o) for o in case["input"]["occurred"]]
    want = case["expected"]
    assert brier(said, came) == pytest.approx(want["brier"]["value"], abs=want["brier"]["tol"])
    assert brier([round(p) for p in said], came) == want["brier_if_rounded_to_0_1"]["value"]


def test_published_wilson_intervals() -> None:
    case = reference("calibrate_wilson_intervals")
    for (k, n), want in zip(case["input"]["k_n"], case["expected"]["wilson"]["value"], strict=True):
        assert wilson(k, n) == pytest.approx(want, abs=case["expected"]["wilson"]["tol"])
    assert wilson(12, 30) == pytest.approx((0.246, 0.577), abs=5e-4)
    assert wilson(3, 10) == pytest.approx((0.108, 0.603), abs=5e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def worked() -> list[Closed]:
    """Five probabilities, four items each; outcomes 00111 01011 00101 00011."""
    rounds = ("00111", "01011", "00101", "00011")
    return [
        closed(p, o == "1") for bits in rounds for p, o in zip((0.1, 0.3, 0.5, 0.7, 0.9), bits, strict=True)
    ]


def test_worked_example_of_brier_and_skill() -> None:
    said, came = [c.probability for c in worked()], [c.occurred for c in worked()]
    assert brier(said, came) == pytest.approx(0.13, abs=1e-12)
    assert sum(came) / len(came) == 0.5
    assert skill(said, came) == pytest.approx(0.48, abs=1e-12)
    found = calibrate(worked(), "dirk")
    assert (found.n, found.brier, found.skill) == (20, pytest.approx(0.13), pytest.approx(0.48))


def test_skill_is_unknown_for_few_items_and_where_nothing_varies() -> None:
    assert calibrate(worked()[:9]).skill is None
    assert skill([0.2] * 12, [False] * 12) is None
    nobody = calibrate([])
    assert (nobody.brier, nobody.skill, nobody.money_ratio, nobody.status) == (
        None,
        None,
        None,
        "insufficient",
    )


def test_money_and_optimism_by_hand() -> None:
    # risks: expected 0.5 x 10 twice, realised 15; opportunities: expected 0.5 x 10 twice, realised 4
    record = [
        closed(0.5, True, realised=15.0), closed(0.5, False),
        closed(0.5, True, kind="opportunity", realised=4.0), closed(0.5, False, kind="opportunity"),
    ]  # fmt: skip
    assert money_ratio(record[:2]) == 1.5
    assert money_ratio(record[2:]) == 0.4
    assert optimism_ratio(record) == pytest.approx((10 / 4) / (10 / 15))
    assert optimism_ratio(record[:2]) is None
    assert money_ratio([closed(0.0, False)]) is None


def test_reliability_bins_hold_five_and_lose_nobody() -> None:
    bins = reliability(worked())
    assert [(b.n, b.occurred) for b in bins] == [(8, 1), (12, 9)]
    assert bins[0].said == pytest.approx(0.2)
    assert (bins[0].low, bins[0].high) == pytest.approx(wilson(1, 8))
    assert reliability(worked()[:4]) == []


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=BIN, max_size=60))
def test_every_item_is_in_one_bin_of_at_least_five(items: list[tuple[int, bool]]) -> None:
    record = [closed(p / 20, o) for p, o in items]
    bins = reliability(record)
    assert sum(b.n for b in bins) == len(record)
    assert sum(b.occurred for b in bins) == sum(c.occurred for c in record)
    assert all(b.n >= BIN and b.low <= b.rate <= b.high for b in bins)
    assert all(a.most < b.least for a, b in pairwise(bins))


@given(st.integers(1, 40), st.integers(1, 19))
def test_equal_chances_give_the_binomial(n: int, twentieths: int) -> None:
    p = twentieths / 20
    assert poisson_binomial([p] * n) == pytest.approx(stats.binom.pmf(range(n + 1), n, p), abs=1e-12)


def test_thirty_said_forty_five_came_is_the_exact_binomial() -> None:
    """P(at least 39 of 100 at 30 %) = 0.0340: flagged from 39 on, not at 38 (0.0530)."""
    for count, flagged in ((38, False), (39, True)):
        record = [closed(0.3, n < count) for n in range(100)]
        verdict = judge(record)
        assert verdict.p == pytest.approx(float(stats.binom.sf(count - 1, 100, 0.3)), abs=1e-12)
        assert verdict.flagged is flagged
    assert judge(record).direction == "optimistic"
    assert "says 30\u00a0% for risks that come 39\u00a0% of the time (n = 100)" in judge(record).evidence


def test_bad_news_of_both_kinds_adds_up() -> None:
    """Risks come more often and opportunities less often than said: each half alone is not enough to tell."""
    risks = [closed(0.5, n < 19) for n in range(30)]
    rewards = [closed(0.5, n < 11, kind="opportunity") for n in range(30)]
    assert not judge(risks).flagged
    assert not judge(rewards).flagged
    both = judge([*risks, *rewards])
    assert both.flagged
    assert both.direction == "optimistic"
    assert both.p == pytest.approx(float(stats.binom.sf(37, 60, 0.5)), abs=1e-12)


def test_amounts_twice_as_large_as_said_are_seen_without_a_wrong_probability() -> None:
    record = [closed(0.5, n % 2 == 0, realised=18.0 + n % 5) for n in range(40)]
    verdict = judge(record)
    assert verdict.flagged
    assert verdict.direction == "optimistic"
    assert "times what was said" in verdict.evidence


def alike(realised: float) -> list[Closed]:
    """Twenty risks said at 50 %, ten came; each said 80, 100, 150, mean 110; all that came cost the same."""
    return [closed(0.5, n < 10, realised=realised, low=80.0, likely=100.0, high=150.0) for n in range(20)]


def test_amounts_without_variance_are_judged_by_their_signs_and_that_p_is_shown() -> None:
    """Ten of ten above 110, the excusing reading: 0.5^10 = 1/1024, under 0.00125. Of the bad news p would be 0.588."""
    found = calibrate(alike(120.0))
    assert (found.flagged, found.direction, found.test, found.level) == (
        True,
        "optimistic",
        "amounts",
        0.00125,
    )
    assert found.p_value == pytest.approx(1 / 1024, abs=1e-15)
    assert judge(alike(120.0)).p_money == pytest.approx(2 / 1024, abs=1e-15)
    cheap = calibrate(alike(90.0))  # ten of ten below 100
    assert (cheap.direction, cheap.p_value) == ("pessimistic", pytest.approx(1 / 1024, abs=1e-15))
    fair = calibrate(alike(105.0))  # between most likely and mean: as said
    assert (fair.flagged, fair.test) == (False, "bad news")
    assert fair.p_value == pytest.approx(float(stats.binom.sf(9, 20, 0.5)), abs=1e-12)


def test_ten_amounts_alike_are_never_certain() -> None:
    """One in 1,024 by their signs; where one is off by a hair the t-test speaks, small but not zero."""
    values = [0.2] * 10
    assert module._above_zero(values) == 1 / 1024
    assert module._above_zero([-v for v in values]) == 1.0
    assert module._above_zero([0.0] * 10) == 1.0
    assert 0 < module._above_zero([*values[:9], 0.2001]) < 1e-9


@pytest.mark.parametrize(
    ("record", "direction", "test", "p"),
    [
        ([closed(0.3, n < 39) for n in range(100)], "optimistic", "bad news", float(stats.binom.sf(38, 100, 0.3))),
        ([closed(0.5, n < 30) for n in range(100)], "pessimistic", "less bad news", float(stats.binom.cdf(30, 100, 0.5))),
        ([closed(0.5, n % 5 > 0, kind="risk" if n < 50 else "opportunity") for n in range(100)], "too low", "more of everything",
         float(stats.binom.sf(79, 100, 0.5))),
        ([closed(0.5, n % 5 == 0, kind="risk" if n < 50 else "opportunity") for n in range(100)], "too high", "less of everything",
         float(stats.binom.cdf(20, 100, 0.5))),
    ],
)  # fmt: skip
def test_the_p_shown_is_of_the_test_that_flagged(record: list[Closed], direction: str, test: str, p: float) -> None:  # fmt: skip
    found = calibrate([replace(c, realised=c.realised * (0.8 + n % 2)) for n, c in enumerate(record)])
    assert (found.direction, found.test) == (direction, test)
    assert found.p_value == pytest.approx(p, rel=1e-9)


@given(st.lists(st.tuples(st.integers(1, 19), st.booleans(), st.integers(1, 4)), min_size=10, max_size=80))
def test_flagged_is_where_the_p_shown_is_at_most_its_level(items: list[tuple[int, bool, int]]) -> None:
    found = calibrate([closed(p / 20, o, realised=5.0 * size) for p, o, size in items])
    assert found.p_value is not None
    assert found.level is not None
    assert found.flagged == (found.p_value <= found.level)
    assert found.p_value > 0


def test_few_items_are_not_judged() -> None:
    verdict = judge([closed(0.1, True)] * 9)
    assert (verdict.flagged, verdict.p) == (False, None)
    assert calibrate([closed(0.5, n % 2 == 0) for n in range(20)]).status == "insufficient"


def share_flagged(**how: object) -> float:
    rng = np.random.default_rng(2026)
    return float(np.mean([judge(history(rng, 100, **how)).flagged for _ in range(HISTORIES)]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "how",
    [
        {"said": [0.1, 0.3, 0.5, 0.7, 0.9]},
        {"said": [0.3], "mixed": False},
        {"said": [round(p, 2) for p in np.linspace(0.05, 0.95, 19)]},
    ],
)
def test_a_calibrated_owner_is_flagged_in_at_most_five_per_cent(how: dict[str, object]) -> None:
    share = share_flagged(**how)
    print(f"calibrated, {len(how['said'])} probabilities: flagged {share:.3f} of {HISTORIES}")
    assert share <= 0.05


def test_an_optimistic_owner_is_flagged_in_at_least_85_per_cent() -> None:
    share = share_flagged(said=[0.3], happens=0.45, mixed=False)
    print(f"says 30 %, 45 % come, n = 100: flagged {share:.3f} of {HISTORIES} (exact 0.905)")
    assert share >= 0.85


def test_probabilities_off_by_one_logit_are_found() -> None:
    share = share_flagged(said=[0.1, 0.3, 0.5, 0.7, 0.9], logit=1.0)
    print(f"off by a logit, n = 100: flagged {share:.3f} of {HISTORIES}")
    assert share >= 0.8


def test_a_two_sided_test_at_five_per_cent_plus_one_of_money_would_flag_too_many() -> None:
    """The broken twin: tests at 5 % each, joined by "or", flag a calibrated owner in more than 5 %."""
    rng = np.random.default_rng(2026)
    flagged = 0
    for _ in range(400):
        record = history(rng, 100, said=[round(p, 2) for p in np.linspace(0.05, 0.95, 19)], mixed=False)
        z = sum(c.occurred - c.probability for c in record)
        z /= sum(c.probability * (1 - c.probability) for c in record) ** 0.5
        money = [c.realised - (c.low + c.likely + c.high) / 3 for c in record if c.occurred]
        flagged += abs(z) > 1.96 or stats.ttest_1samp(money, 0).pvalue < 0.05
    assert flagged / 400 > 0.05


def test_records_by_owner_name_the_flagged_first() -> None:
    good = [closed(0.5, n % 2 == 0, owner="anna") for n in range(60)]
    bad = [closed(0.2, n % 2 == 0, owner="dirk") for n in range(40)]
    found = calibrate_by([*good, *bad], lambda c: c.owner)
    assert [(c.name, c.n, c.flagged, c.status) for c in found] == [
        ("dirk", 40, True, "flagged"), ("anna", 60, False, "calibrated"),
    ]  # fmt: skip
