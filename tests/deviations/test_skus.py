"""The list of SKUs inside a flagged family: published values, then how many of those named are wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from benchmarks.detect import false_discoveries, months, sku_panel
from siop.deviations.detect import chart_ratios
from siop.deviations.skus import judge_skus, moderated, prior, trigamma_inverse


def test_benjamini_hochberg_by_hand() -> None:
    """Ten p values of the research notes; two are rejected at 0.05."""
    p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]
    adjusted = stats.false_discovery_control(p, method="bh")
    assert list(adjusted) == pytest.approx(
        [0.010, 0.040, 0.084, 0.084, 0.084, 0.100, 0.1057, 0.216, 0.216, 0.216], abs=5e-5
    )
    assert (adjusted <= 0.05).sum() == 2


@pytest.mark.parametrize("value", [0.01, 0.4, 1.6449340668, 20.0])
def test_trigamma_inverse_undoes_trigamma(value: float) -> None:
    assert float(special.polygamma(1, trigamma_inverse(value))) == pytest.approx(value)


def test_prior_recovers_what_variances_share() -> None:
    """Variances of scaled inverse chi-squared with 8 degrees of freedom around 0.04, each seen with 11."""
    rng = np.random.default_rng(0)
    true = 0.04 * 8 / rng.chisquare(8, 20_000)
    seen = true * rng.chisquare(11, 20_000) / 11
    d0, s0 = prior(seen, np.full(20_000, 11.0))
    assert d0 == pytest.approx(8, rel=0.1)
    assert s0 == pytest.approx(0.04, rel=0.03)
    same = 0.04 * rng.chisquare(11, 5_000) / 11
    far, common = prior(same, np.full(5_000, 11.0))
    assert far > 200
    shrunk = moderated(same * 11, np.full(5_000, 11.0), far, common)
    assert float(np.std(shrunk)) < 0.2 * float(np.std(same))
    assert prior(same[:2], np.full(2, 11.0)) == (0.0, 1.0)


def test_no_more_of_those_named_are_wrong_than_promised() -> None:
    wrong, found = false_discoveries(24, "normal", 15)
    print(f"24 months, normal: wrong {wrong:.3f}, found {found:.2f}")
    assert wrong <= 0.12
    assert found >= 0.60


def test_heavy_tails_do_not_fill_the_list() -> None:
    """With t-values alone half of those named would be wrong; the empirical null names next to nothing instead."""
    rng = np.random.default_rng(3)
    found, truth = sku_panel(24, "t4", rng)
    judged = judge_skus(found)
    by_t = stats.false_discovery_control(2 * stats.t.sf(np.abs(judged.z), 23 + 20), method="bh") <= 0.10
    assert (by_t & ~truth).sum() > 20
    assert (judged.named & ~truth).sum() <= 5


def test_only_skus_inside_flagged_families_are_tested() -> None:
    found, truth = sku_panel(24, "normal", np.random.default_rng(4), skus=400, moved=40, size=8.0)
    inside = np.zeros(400, bool)
    inside[:200] = True
    judged = judge_skus(found, inside)
    assert np.isnan(judged.q[200:]).all()
    assert not judged.named[200:].any()
    assert judged.named[:200][truth[:200]].mean() > 0.8


def test_a_sku_without_a_baseline_is_not_named() -> None:
    found, _ = sku_panel(24, "normal", np.random.default_rng(5), skus=50, moved=0)
    values = np.random.default_rng(5).standard_normal((50, 10)) * 0.05
    values[:, -1] += 2.0
    short = chart_ratios(values, months(10))
    assert np.isnan(judge_skus(short).p).all()
    assert not judge_skus(short).named.any()
    assert np.isfinite(judge_skus(found).p).all()
