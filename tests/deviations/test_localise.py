"""Which slices moved: companies where it is known, then what must hold for any, then the labelled generator."""

from __future__ import annotations

import importlib
import math
import os
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import localise as planted
from siop.deviations.localise import localise

CASES = int(os.environ.get("SIOP_CASES", "20"))  # 200 for the figures of the documentation
room = importlib.import_module(
    "siop.deviations.localise"
)  # the room's face hands out the report of that name
DIMS = list(planted.SIZES)
PLANTED = {s.name: s for s in planted.SETTINGS}


def cube(seed: int = 0) -> pd.DataFrame:
    """8 x 6 x 20 x 4 cells that met their plan exactly."""
    leaves, _ = planted.case(
        planted.Setting("exact", 0.0, slices=False, extra=0.0), np.random.default_rng(seed)
    )
    return leaves


def where(leaves: pd.DataFrame, **values: str) -> np.ndarray:
    found = np.ones(len(leaves), bool)
    for name, value in values.items():
        found &= (leaves[name] == value).to_numpy()
    return found


def test_one_slice_that_lost_forty_per_cent_is_named_exactly() -> None:
    leaves = cube()
    lost = where(leaves, region="region 2", channel="channel 1")
    leaves.loc[lost, "actual"] *= 0.6
    found = localise(leaves, DIMS)
    assert [s.where for s in found.slices] == [{"region": "region 2", "channel": "channel 1"}]
    one = found.slices[0]
    assert one.effect == pytest.approx(-0.4)
    assert one.impact == pytest.approx(-0.4 * leaves.loc[lost, "plan"].sum())
    assert one.items == int(lost.sum())
    assert found.broad_effect == 0.0
    assert found.rest == pytest.approx(0.0, abs=1e-6)


def test_a_company_on_plan_has_no_slice_and_no_broad_effect() -> None:
    found = localise(cube(), DIMS)
    assert (found.slices, found.broad_effect) == ((), 0.0)
    assert found.gap == pytest.approx(0.0, abs=1e-6)


def test_ten_per_cent_across_the_board_is_broad_and_no_slice() -> None:
    leaves = cube()
    leaves["actual"] *= 0.9
    found = localise(leaves, DIMS)
    assert found.slices == ()
    assert found.broad_effect == pytest.approx(-0.1)
    assert found.broad_impact == pytest.approx(found.gap)


def test_a_slice_beside_a_broad_effect_is_measured_against_it() -> None:
    leaves = cube()
    grown = where(leaves, family="family 3")
    leaves["actual"] *= 0.95
    leaves.loc[grown, "actual"] *= 1.4
    found = localise(leaves, DIMS)
    assert [s.where for s in found.slices] == [{"family": "family 3"}]
    plan = leaves.loc[grown, "plan"].sum()
    assert found.broad_effect == pytest.approx(-0.05)
    assert found.slices[0].effect == pytest.approx(0.95 * 1.4 - 1)
    assert found.slices[0].impact == pytest.approx(plan * 0.95 * 1.4 - plan * 0.95)


def test_slices_that_meet_do_not_count_a_leaf_twice() -> None:
    leaves = cube()
    both = where(leaves, region="region 2"), where(leaves, family="family 3")
    leaves.loc[both[0], "actual"] *= 0.5
    leaves.loc[both[1] & ~both[0], "actual"] *= 1.5
    found = localise(leaves, DIMS)
    assert {tuple(s.where.items()) for s in found.slices} == {
        (("region", "region 2"),),
        (("family", "family 3"),),
    }
    later = next(s for s in found.slices if s.without)
    earlier = next(s for s in found.slices if not s.without)
    assert later.without == (earlier.where,)
    assert later.items + earlier.items == int((both[0] | both[1]).sum())
    assert math.fsum(s.impact for s in found.slices) == pytest.approx(found.gap)


def test_of_names_for_the_same_leaves_the_shorter_wins() -> None:
    leaves = cube()
    leaves["category"] = leaves["family"].astype(str).map(lambda f: "A" if f < "family 4" else "B")
    leaves.loc[where(leaves, family="family 1"), "actual"] *= 0.7
    found = localise(leaves, ["category", *DIMS])
    assert [s.where for s in found.slices] == [{"family": "family 1"}]


def test_what_was_lost_lately_is_found_in_a_long_time() -> None:
    leaves, _ = planted.case(
        planted.Setting("quiet", 0.05, slices=False, extra=0.5), np.random.default_rng(1)
    )
    lost = where(leaves, region="region 1", channel="channel 2")
    recent = leaves["plan"].to_numpy() / 6, np.where(lost, 0.7, 1.0) * leaves["actual"].to_numpy() / 6
    leaves["actual"] = leaves["actual"] * 5 / 6 + recent[1]
    assert localise(leaves, DIMS, least_effect=0.10).slices == ()
    found = localise(leaves, DIMS, least_effect=0.10, windows=[recent])
    assert [s.where for s in found.slices] == [{"region": "region 1", "channel": "channel 2"}]
    one = found.slices[0]
    assert one.window == 0
    assert one.recent == pytest.approx(recent[1][lost].sum() / recent[0][lost].sum() - 1)
    assert one.effect == pytest.approx(leaves.loc[lost, "actual"].sum() / leaves.loc[lost, "plan"].sum() - 1)


def test_sold_without_a_plan_planned_and_not_sold_and_returns_count_in_money() -> None:
    leaves = pd.DataFrame(
        [("A", "x", 100.0, 100.0), ("A", "y", None, 40.0), ("B", "x", 100.0, None), ("B", "y", 0.0, -5.0),
         ("C", "x", -10.0, 5.0), (None, "y", 100.0, 90.0)],
        columns=["family", "region", "plan", "actual"],
    )  # fmt: skip
    found = localise(leaves, ["family", "region"])
    assert found.gap == pytest.approx((100 + 40 - 5 + 5 + 90) - (100 + 100 - 10 + 100))
    assert math.fsum([found.broad_impact, found.rest, *(s.impact for s in found.slices)]) == pytest.approx(
        found.gap
    )


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_too_little_to_search_is_all_rest(rows: int) -> None:
    leaves = pd.DataFrame({"family": list("AB")[:rows], "plan": [10.0] * rows, "actual": [5.0] * rows})
    found = localise(leaves, ["family"])
    assert found.slices == ()
    assert found.gap == -5.0 * rows
    assert found.broad_impact + found.rest == pytest.approx(found.gap)


cells = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.sampled_from("xy"), st.sampled_from("pq"),
        st.floats(-100, 1e6), st.floats(-100, 1e6),
    ),
    max_size=60,
)  # fmt: skip


@settings(max_examples=60)
@given(cells)
def test_slices_broad_effect_and_rest_always_add_up_to_the_gap(
    rows: list[tuple[str, str, str, float, float]],
) -> None:
    leaves = pd.DataFrame(rows, columns=["family", "region", "channel", "plan", "actual"])
    leaves = leaves.groupby(["family", "region", "channel"], as_index=False)[["plan", "actual"]].sum()
    found = localise(leaves, ["family", "region", "channel"])
    scale = max(1.0, float(leaves[["plan", "actual"]].abs().to_numpy().sum()))
    total = math.fsum([*(s.impact for s in found.slices), found.broad_impact, found.rest])
    assert abs(total - found.gap) <= 1e-12 * scale
    assert found.gap == pytest.approx(leaves["actual"].sum() - leaves["plan"].sum(), abs=1e-9 * scale)


@settings(max_examples=10)
@given(st.floats(1e-3, 1e6), st.integers(0, 1_000))
def test_slices_do_not_depend_on_the_unit_or_the_order(unit: float, seed: int) -> None:
    leaves, _ = planted.case(PLANTED["1 to 3 slices, cv 0.15"], np.random.default_rng(3))
    other = leaves.sample(frac=1, random_state=seed).assign(
        plan=lambda f: f["plan"] * unit, actual=lambda f: f["actual"] * unit
    )
    one, two = localise(leaves, DIMS), localise(other, DIMS)
    assert {frozenset(s.where.items()) for s in one.slices} == {
        frozenset(s.where.items()) for s in two.slices
    }
    assert two.gap == pytest.approx(one.gap * unit, rel=1e-6)


# the labelled generator ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "least_f1"),
    [("1 to 3 slices, noiseless", 0.95), ("1 to 3 slices, cv 0.15", 0.90), ("1 to 3 slices, cv 0.30", 0.85),
     ("1 to 3 slices, cv 0.30, −5 % across the board", 0.85), ("1 to 3 slices, cv 0.30, −10 % across the board", 0.85)],
)  # fmt: skip
def test_planted_slices_are_named(setting: str, least_f1: float) -> None:
    found = planted.score(PLANTED[setting], CASES)
    print(
        f"{setting}: F1 {found.f1:.3f} over {CASES} cases, board off by {found.board_error:.3f}, p95 {found.p95:.3f} s"
    )
    assert found.f1 >= least_f1
    assert found.board_error <= 0.03


@pytest.mark.parametrize("setting", [s.name for s in planted.SETTINGS if not s.slices])
def test_companies_without_a_moved_slice_name_none(setting: str) -> None:
    found = planted.score(PLANTED[setting], max(CASES, 20))
    print(f"{setting}: {found.false_slices:.3f} false slices a case, board off by {found.board_error:.3f}")
    assert found.false_slices <= 0.05
    assert found.board_error <= 0.03


def unweighted(plan: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """The broken twin of the weights: every leaf is taken to be as quiet as the large ones."""
    return np.full(len(plan), 0.3)


def found_in(setting: planted.Setting, count: int) -> int:
    """How many planted slices are named exactly."""
    hits = 0
    for seed in range(count):
        leaves, labels = planted.case(setting, np.random.default_rng([10, seed]))
        hits += len({frozenset(s.where.items()) for s in localise(leaves, DIMS).slices} & labels)
    return hits


def test_weighting_by_noise_is_what_finds_slices_among_small_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    small = planted.Setting("small cells are loud", 0.10, extra=60.0)
    ours = found_in(small, 20)
    monkeypatch.setattr(room, "noise", unweighted)
    blind = found_in(small, 20)
    print(f"{ours} slices found weighted, {blind} unweighted")
    assert blind < 0.8 * ours


def test_noise_of_leaves_is_estimated_by_their_size() -> None:
    rng = np.random.default_rng(7)
    plan = np.exp(rng.uniform(0, 9, 20_000))
    sd = np.sqrt(0.2**2 + 4 / plan)
    found = room.noise(plan, plan * np.exp(sd * rng.standard_normal(20_000) - sd**2 / 2))
    large, middle = plan > 5_000, (plan > 30) & (plan < 60)
    assert float(np.median(found[large])) == pytest.approx(0.2, rel=0.1)
    assert float(np.median(found[middle])) == pytest.approx(float(np.sqrt(np.expm1(0.04 + 4 / 43))), rel=0.15)


def lumpy(rng: np.random.Generator) -> pd.DataFrame:
    """A company on plan whose cells sell nothing in three times of ten."""
    leaves, _ = planted.case(planted.Setting("exact", 0.0, slices=False, extra=0.0), rng)
    sells = rng.random(len(leaves)) < 0.7
    noise = np.exp(0.2 * rng.standard_normal(len(leaves)) - 0.02)
    return leaves.assign(actual=np.where(sells, leaves["plan"] / 0.7 * noise, 0.0))


def test_cells_that_often_sell_nothing_do_not_make_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    companies = [lumpy(rng) for _ in range(10)]
    assert sum(len(localise(leaves, DIMS).slices) for leaves in companies) == 0
    monkeypatch.setattr(room, "_gain", middle_tells_all)
    assert sum(len(localise(leaves, DIMS).slices) for leaves in companies) > 10


def middle_tells_all(c: Any, weight: np.ndarray, value: np.ndarray, least_effect: float) -> np.ndarray:
    """The broken twin of the score: the noise is what its middle tells, however heavy the tails."""
    inside, moved = np.bincount(c.key, weight, c.size), np.bincount(c.key, weight * value, c.size)
    apart = np.divide(moved, inside, out=np.zeros(c.size), where=inside > 0) - moved.sum() / inside.sum()
    return np.where(inside <= inside.sum() / 2, apart**2 * inside, -np.inf)


def test_looking_at_shorter_times_too_does_not_name_more_in_companies_without_a_slice() -> None:
    """Twelve months of noise, searched as a whole, as the last six and as the last three."""
    false = 0
    for seed in range(20):
        rng = np.random.default_rng([9, seed])
        leaves, _ = planted.case(planted.Setting("exact", 0.0, slices=False, extra=0.0), rng)
        plan = np.repeat(leaves["plan"].to_numpy()[:, None] / 12, 12, axis=1)
        sd = np.sqrt(0.3**2 + 4 / plan)
        months = plan * np.exp(sd * rng.standard_normal(plan.shape) - sd**2 / 2)
        windows = [(plan[:, -n:].sum(axis=1), months[:, -n:].sum(axis=1)) for n in (6, 3)]
        false += len(localise(leaves.assign(actual=months.sum(axis=1)), DIMS, windows=windows).slices)
    print(f"{false} false slices in 20 companies, three times each")
    assert false <= 1
