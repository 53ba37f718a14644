"""The simulation: closed forms, an exact convolution, the copula's direction, and what must not change the bits."""

from __future__ import annotations

import importlib
from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from siop.core import Refused, add_months
from siop.risks import Exposure, column, percentiles, simulate, tail_mean, what_if
from tests.risks.cases import four, item, reference

MANY = 1_000_000
module = importlib.import_module("siop.risks.simulate")


@st.composite
def registers(draw: st.DrawFn, least: int = 1) -> list[Exposure]:
    count = draw(st.integers(least, 7))
    made = []
    for number in range(count):
        low, likely, high = sorted(draw(st.lists(st.integers(0, 1000), min_size=3, max_size=3)))
        first = draw(st.integers(0, 14))
        last = draw(st.integers(first, 17))
        made.append(
            item(
                f"I{number}", draw(st.sampled_from([-1, 1])), draw(st.integers(0, 20)) / 20, low, likely, high,
                draw(st.sampled_from([None, "steel", "tenders"])), add_months("2026-11", first),
                add_months("2026-11", last), draw(st.sampled_from(["triangular", "pert"])),
            )
        )  # fmt: skip
    return made


quick = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def test_mean_within_three_standard_errors_and_sd_within_one_per_cent() -> None:
    found = simulate(four(), draws=MANY)
    error = 27.3161**0.5 / MANY**0.5
    print(f"mean {found.total.mean():.4f} (2.05), sd {found.sd:.4f} (5.2265), {MANY} draws")
    assert found.expected == pytest.approx(2.05, abs=1e-12)
    assert float(found.total.mean(dtype=np.float64)) == pytest.approx(2.05, abs=3 * error)
    assert found.sd == pytest.approx(27.3161**0.5, rel=0.01)
    assert [found.percentile(q) for q in (0.1, 0.5, 0.9)] == pytest.approx([-1.94, 0.884, 6.42], abs=0.15)


def test_driver_group_raises_spread_and_tail_but_not_the_mean() -> None:
    found = {rho: simulate(four("steel"), rho=rho, draws=MANY) for rho in (0.0, 0.3, 0.5, 1.0)}
    sds = [found[rho].sd for rho in found]
    tails = [tail_mean(f.total, 0.05, worst="high") for f in found.values()]
    print("sd", [round(s, 3) for s in sds], "CVaR95", [round(t, 2) for t in tails])
    assert sds == pytest.approx([5.209, 5.84, 6.19, 7.00], rel=0.012)
    assert tails[:3] == pytest.approx([20.2, 22.25, 23.45], rel=0.02)
    assert sds == sorted(sds)
    assert tails == sorted(tails)
    error = 7.0 / MANY**0.5
    assert all(abs(float(f.total.mean(dtype=np.float64)) - 2.05) < 4 * error for f in found.values())


def test_comonotone_tail_is_the_sum_of_the_tails() -> None:
    found = simulate(four("steel"), rho=1.0, draws=MANY)
    worst = tail_mean(found.total, 0.05, worst="high")
    print(f"comonotone CVaR95 {worst:.3f} (26.023)")
    assert worst == pytest.approx(26.023, rel=0.005)


def test_contribution_shows_the_rare_large_item_that_rank_correlation_hides() -> None:
    found = simulate(four(), draws=MANY)
    shares = found.contributions
    assert [shares[i] for i in ("R1", "R2", "R3", "R4")] == pytest.approx(
        [0.082, 0.0569, 0.8481, 0.013], abs=0.01
    )
    draws = column(four()[2], 0.3, MANY, 11)
    ranked = stats.spearmanr(draws[:50_000], found.total[:50_000]).statistic
    assert ranked < 0.6 < float(shares["R3"] or 0)


def exact(register: list[tuple[float, int]]) -> np.ndarray:
    """Distribution of a sum of independent fixed amounts, by convolution."""
    parts = []
    for p, amount in register:
        pmf = np.zeros(amount + 1)
        pmf[0] += 1 - p
        pmf[amount] += p
        parts.append(pmf)
    return reduce(np.convolve, parts)


@pytest.mark.parametrize(
    "register",
    [
        [(0.3, 1)] * 10,
        [(0.8, 10), (0.3, 30), (0.5, 8), (0.1, 40), (0.3, 20), (0.25, 10)],
        [(0.05, 50), (0.9, 3), (0.5, 7)],
    ],
)
def test_exact_convolution_agrees_at_every_percentile(register: list[tuple[float, int]]) -> None:
    found = simulate([item(f"I{n}", 1, p, a, a, a) for n, (p, a) in enumerate(register)], draws=100_000)
    cdf = np.cumsum(exact(register))
    worst = 0.0
    for percentile in range(1, 100):
        value = int(np.searchsorted(cdf, percentile / 100 - 1e-12))
        chance = float(cdf[value])
        seen = float((found.total <= value + 0.5).mean())
        error = (chance * (1 - chance) / found.draws) ** 0.5
        worst = max(worst, abs(seen - chance) / error if error > 1e-9 else 0.0)
    print(f"largest distance {worst:.2f} standard errors")
    assert worst < 3


def test_ten_coins_by_hand_and_in_step() -> None:
    coins = [item(f"C{n}", 1, 0.3, 1, 1, 1, "one") for n in range(10)]
    apart = simulate([replace(c, group=None) for c in coins], draws=MANY)
    assert float((apart.total >= 5).mean()) == pytest.approx(
        0.150268, abs=4 * (0.1503 * 0.8497 / MANY) ** 0.5
    )
    assert apart.percentile(0.9) == 5
    together = simulate(coins, rho=1.0, draws=20_000)
    assert set(np.unique(together.total).tolist()) == {0.0, 10.0}


def test_published_register_keeps_its_worst_case_and_its_expected_value() -> None:
    case = reference("simulate_emv_six_risks")
    p, impact = case["input"]["p"], case["input"]["impact"]
    found = simulate(
        [item(f"I{n}", -1, q, x, x, x) for n, (q, x) in enumerate(zip(p, impact, strict=True))], draws=MANY
    )
    assert found.expected == -case["expected"]["ev_total"]["value"]
    assert float(found.total.min()) == -case["expected"]["worst_case"]["value"]
    assert found.sd == pytest.approx(case["computed_here"]["sd_if_independent"], rel=0.01)


def test_a_favourable_driver_raises_opportunities_and_softens_risks() -> None:
    risk, reward = item("R", -1, 0.5, 1, 2, 4, "steel"), item("O", 1, 0.5, 1, 2, 4, "steel")
    a, b = (column(e, 0.6, 50_000, 11) for e in (risk, reward))
    assert np.corrcoef(a, b)[0, 1] > 0.2
    apart = column(replace(reward, group="tenders"), 0.6, 50_000, 11)
    assert abs(np.corrcoef(a, apart)[0, 1]) < 0.02


def test_ungrouped_items_do_not_notice_the_correlation() -> None:
    assert np.array_equal(
        simulate(four(), rho=0.0, draws=5_000).total, simulate(four(), rho=0.9, draws=5_000).total
    )


@quick
@given(registers(), st.integers(0, 5))
def test_threads_do_not_change_a_bit(register: list[Exposure], seed: int) -> None:
    one, two, four_ = (simulate(register, draws=60_000, seed=seed, threads=n) for n in (1, 2, 4))
    for other in (two, four_):
        assert one.total.tobytes() == other.total.tobytes()
        assert one.monthly.tobytes() == other.monthly.tobytes()
        assert one.covariances.tobytes() == other.covariances.tobytes()


def test_a_shared_generator_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken twin: random numbers in the order of asking, not by name."""
    shared = np.random.default_rng(11)

    def raw(seed: int, key: tuple[int, ...], chunk: int, size: int, kind: type = np.uint32) -> np.ndarray:
        return shared.integers(0, np.iinfo(kind).max, size=size, dtype=kind, endpoint=True)

    monkeypatch.setattr(module, "_raw", raw)
    first, second = (simulate(four("steel"), draws=60_000, threads=n) for n in (1, 2))
    assert first.total.tobytes() != second.total.tobytes()
    assert not np.array_equal(column(four()[0], 0.3, 1_000, 11), column(four()[0], 0.3, 1_000, 11))


@quick
@given(registers())
def test_contributions_sum_to_one_where_anything_varies(register: list[Exposure]) -> None:
    found = simulate(register, draws=4_000)
    shares = list(found.contributions.values())
    if found.sd > 0:
        assert sum(s for s in shares if s is not None) == pytest.approx(1, abs=1e-9)
    else:
        assert shares == [None] * len(register)


@quick
@given(registers())
def test_months_add_up_to_the_total(register: list[Exposure]) -> None:
    found = simulate(register, draws=2_000)
    size = 1 + sum(e.high for e in register)
    assert found.monthly.sum(axis=0) == pytest.approx(found.total, abs=1e-5 * size)
    yearly = found.by_period(dict.fromkeys(found.months, "all"))["all"]
    assert yearly == pytest.approx(found.total, abs=1e-5 * size)


@quick
@given(registers(least=2), st.randoms())
def test_the_order_of_the_register_does_not_matter(register: list[Exposure], random: object) -> None:
    mixed = list(register)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    size = 1 + sum(e.high for e in register)
    a, b = simulate(register, draws=2_000), simulate(mixed, draws=2_000)
    assert a.total == pytest.approx(b.total, abs=1e-5 * size)


@quick
@given(registers(least=2))
def test_an_item_more_adds_its_own_draws_and_nothing_else(register: list[Exposure]) -> None:
    size = 1 + sum(e.high for e in register)
    less = simulate(register[:-1], draws=2_000).total
    more = simulate(register, draws=2_000).total
    own = column(register[-1], 0.3, 2_000, 11)
    assert more - less == pytest.approx(own, abs=1e-5 * size)


@quick
@given(registers(), registers())
def test_a_slider_gives_what_a_new_simulation_gives(before: list[Exposure], after: list[Exposure]) -> None:
    size = 1 + sum(e.high for e in (*before, *after))
    moved = what_if(simulate(before, draws=2_000), *after)
    fresh = simulate(moved.exposures, draws=2_000)
    assert {e.id for e in moved.exposures} == {e.id for e in (*before, *after)}
    assert moved.months == fresh.months
    assert moved.total == pytest.approx(fresh.total, abs=2e-5 * size)
    assert moved.monthly == pytest.approx(fresh.monthly, abs=2e-5 * size)


def test_a_slider_recomputes_the_shares_of_what_it_touches() -> None:
    register = [*four("steel"), item("R5", -1, 0.4, 2, 4, 9)]
    moved = what_if(simulate(register, draws=MANY), replace(register[0], probability=0.9))
    fresh = simulate(moved.exposures, draws=MANY)
    assert moved.contributions == pytest.approx(fresh.contributions, abs=0.01)
    assert sum(moved.contributions.values()) == pytest.approx(1, abs=1e-9)  # type: ignore[arg-type]


def test_certain_and_impossible_items() -> None:
    found = simulate(
        [item("A", 1, 1.0, 5, 5, 5, "g"), item("B", -1, 0.0, 1, 2, 3, "g"), item("C", 1, 1.0, 2, 2, 2)],
        draws=1_000,
    )
    assert set(np.unique(found.total).tolist()) == {7.0}
    assert set(found.contributions.values()) == {None}


def test_empty_one_and_five_hundred_items() -> None:
    empty = simulate([], draws=1_000)
    assert (empty.expected, empty.sd, empty.percentile(0.5), empty.months) == (0.0, 0.0, 0.0, ())
    alone = simulate([item("R", -1, 0.4, 1, 2, 3)], draws=1_000)
    assert alone.contributions == {"R": 1.0}
    many = [replace(e, id=f"{e.id}-{n}", group=f"g{n % 9}") for n in range(125) for e in four()]
    found = simulate(many, draws=20_000)
    assert len(found.contributions) == 500
    assert found.expected == pytest.approx(125 * 2.05)


def test_percentiles_are_those_of_numpy() -> None:
    values = np.random.default_rng(1).normal(size=1_001).astype(np.float32)
    assert percentiles(values, (0.1, 0.9)) == pytest.approx(
        np.quantile(values, [0.1, 0.9]).tolist(), abs=1e-6
    )


@pytest.mark.parametrize(
    ("setting", "value"), [("rho", 1.5), ("rho", -0.1), ("draws", 10), ("draws", 10**9), ("seed", -1)]
)
def test_a_setting_out_of_range_is_refused(setting: str, value: float) -> None:
    with pytest.raises(Refused) as caught:
        simulate(four(), **{setting: value})  # type: ignore[arg-type]
    assert caught.value.findings[0].column == setting


def test_an_id_used_twice_is_refused() -> None:
    with pytest.raises(Refused, match="R1"):
        simulate([*four(), four()[0]])


def test_the_noise_of_an_item_is_standard_normal() -> None:
    """The table of cell means: mean 0 by symmetry, variance 1 less what varies within cells, monotone."""
    noise = module._NOISE.astype(float)
    assert abs(noise.mean()) < 1e-8
    assert 0 < 1 - noise.var() < 2e-6
    assert (np.diff(noise) > 0).all()
    assert np.quantile(noise, [0.1, 0.5, 0.975]) == pytest.approx([-1.28155, 0.0, 1.95996], abs=3e-4)
