"""Price, volume, mix: published answers, then exactness on random cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.metrics.pvm import EFFECTS, decompose, hierarchical_mix, lmdi, pvm, relative_mix, shapley

REFERENCE = Path(__file__).parents[1] / "data" / "reference"

# a forum example recomputed by hand: ABC 50 at 1.20 to 60 at 1.10, DEF 40 at 0.80 to 50 at 1.00
FORUM = pd.DataFrame(
    {"item": ["ABC", "DEF"], "q0": [50, 40], "p0": [1.2, 0.8], "q1": [60, 50], "p1": [1.1, 1.0]}
)
# a margin bridge by hand: A continues with price and cost, B in another currency, C ends, D begins
MARGIN = pd.DataFrame(
    {
        "item": list("ABCD"),
        "q0": [100, 200, 50, 0], "p0": [10, 5, 8, np.nan], "c0": [6, 3, 5, np.nan], "fx0": [1, 1.10, 1, np.nan],
        "q1": [120, 210, 0, 40], "p1": [10.5, 5, np.nan, 12], "c1": [6.3, 3.1, np.nan, 7], "fx1": [1, 1.05, np.nan, 1],
    }
)  # fmt: skip


def case(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text())
    return loaded


def expect(found: object, entry: dict[str, Any]) -> None:
    assert found == pytest.approx(entry["value"], abs=entry["tol"])


def test_forum_example() -> None:
    got = pvm(FORUM)
    assert got["price"].tolist() == pytest.approx([-6, 10])
    assert got["volume"].tolist() == pytest.approx([13.3333, 7.1111], abs=1e-4)
    assert got["mix"].tolist() == pytest.approx([-1.3333, 0.8889], abs=1e-4)
    assert got["mix"].sum() == pytest.approx(-0.4444, abs=1e-4)
    assert got["total"].sum() == pytest.approx(24.0)
    assert relative_mix(FORUM).tolist() == pytest.approx([-0.1975, -0.2469], abs=1e-4)
    assert relative_mix(FORUM).sum() == pytest.approx(got["mix"].sum())


def test_margin_bridge_reaches_1155_50() -> None:
    got = pvm(MARGIN)[list(EFFECTS)].sum()
    # plan 100*4 + 200*(5.5-3) + 50*3 = 1050
    assert got.to_dict() == pytest.approx(
        {"volume": 90, "mix": 15, "price": 60, "fx": -52.5, "cost": -57, "new": 200, "discontinued": -150,
         "unexplained": 0}
    )  # fmt: skip
    assert 1050 + got.sum() == pytest.approx(1155.5, abs=1e-12)


def test_without_an_order_of_factors() -> None:
    item = FORUM.iloc[:1]
    assert shapley(item).iloc[0].tolist() == pytest.approx([-5.5, 11.5])
    assert lmdi(item).iloc[0].tolist() == pytest.approx([-5.4776, 11.4776], abs=1e-4)


@pytest.mark.parametrize(
    "name",
    ["pvm_soda_three_products", "pvm_two_products_contribution", "pvm_composite_unit", "pvm_falling_volume",
     "pvm_dryers_washers"],
)  # fmt: skip
def test_published_volume_and_mix(name: str) -> None:
    told = case(name)
    given_ = told["input"]
    frame = pd.DataFrame({"q0": given_["q0"], "p0": given_["unit_margin0"], "q1": given_["q1"], "p1": given_["unit_margin0"]})  # fmt: skip
    got = pvm(frame)
    found = {
        "sales_quantity": got["volume"].tolist(), "sales_quantity_total": got["volume"].sum(),
        "sales_mix": got["mix"].tolist(), "sales_mix_total": got["mix"].sum(),
        "sales_volume": (got["volume"] + got["mix"]).tolist(), "sales_volume_total": (got["volume"] + got["mix"]).sum(),
        "average_margin0": (frame.q0 * frame.p0).sum() / frame.q0.sum(),
        "composite_margin_plan_mix": (frame.q0 * frame.p0).sum() / frame.q0.sum(),
        "composite_margin_actual_mix": (frame.q1 * frame.p0).sum() / frame.q1.sum(),
    }  # fmt: skip
    for key, entry in told["expected"].items():
        expect(found[key], entry)


def random_case(rng: np.random.Generator) -> pd.DataFrame:
    n = int(rng.integers(1, 40))
    frame = pd.DataFrame(
        {
            "item": np.arange(n),
            "family": rng.integers(0, 4, n),
            "unit": rng.choice(["kg", "pc"], n),
            **{q: rng.lognormal(3, 1.5, n) * (rng.random(n) > 0.2) for q in ("q0", "q1")},
            **{p: rng.lognormal(1, 1, n) for p in ("p0", "p1")},
            **{c: rng.lognormal(0, 1, n) for c in ("c0", "c1")},
            **{f: rng.choice([0.8, 1.0, 1.3], n) for f in ("fx0", "fx1")},
        }
    )
    frame.loc[rng.random(n) < 0.05, "q1"] *= -1  # returns
    return frame


def test_a_thousand_random_bridges_are_exact_at_every_level() -> None:
    rng = np.random.default_rng(6)
    frame = pd.concat([random_case(rng).assign(case=n) for n in range(1000)], ignore_index=True)
    sizes = (
        (frame.q0.abs() * frame.p0 * frame.fx0 + frame.q1.abs() * frame.p1 * frame.fx1)
        .groupby(frame.case)
        .sum()
    )
    allowed = 1e-9 * (1 + sizes)
    came = frame.q1 * (frame.p1 * frame.fx1 - frame.c1) - frame.q0 * (frame.p0 * frame.fx0 - frame.c0)
    whole, inner = pvm(frame, ["case", "unit"]), pvm(frame, ["case", "family", "unit"])
    for got in (whole, inner):
        by_case = got[list(EFFECTS)].sum(axis=1).groupby(frame.case).sum()
        assert ((by_case - came.groupby(frame.case).sum()).abs() <= allowed).all()
    # an item's volume + mix does not depend on the level it is seen from
    moved = (whole["volume"] + whole["mix"]) - (inner["volume"] + inner["mix"])
    assert (moved.abs().groupby(frame.case).max() <= allowed).all()
    assert whole["volume"].sub(inner["volume"]).abs().max() > 1  # though the split between the two does


def test_mix_between_and_inside_families_is_the_whole_mix() -> None:
    rng = np.random.default_rng(9)
    for _ in range(40):
        frame = random_case(rng)
        between, inside = hierarchical_mix(frame, "family")
        size = (frame.q0 * frame.p0).sum() + (frame.q1.abs() * frame.p1).sum()
        assert between + inside.sum() == pytest.approx(pvm(frame)["mix"].sum(), abs=1e-9 * (1 + size))


def test_mix_between_families_is_the_textbook_formula() -> None:
    frame = random_case(np.random.default_rng(3)).assign(fx0=1.0, fx1=1.0, unit="pc")
    keeps = frame[(frame.q0 > 0) & (frame.q1 > 0)]
    margin = (keeps.p0 - keeps.c0) * keeps.q0
    by = keeps.assign(margin=margin).groupby("family")[["q0", "q1", "margin"]].sum()
    by_hand = (by.q1.sum() * (by.q1 / by.q1.sum() - by.q0 / by.q0.sum()) * by.margin / by.q0).sum()
    between, _ = hierarchical_mix(frame, "family")
    assert between == pytest.approx(by_hand)


@settings(max_examples=50)
@given(st.integers(0, 10_000))
def test_no_price_change_has_no_price_effect_and_even_growth_has_no_mix(seed: int) -> None:
    frame = random_case(np.random.default_rng(seed))
    still = frame.assign(p1=frame.p0, fx1=frame.fx0, c1=frame.c0)
    assert pvm(still)[["price", "fx", "cost"]].abs().max().max() <= 1e-9 * (
        1 + (still.q1 * still.p0).abs().sum()
    )
    grown = still.assign(q1=still.q0 * 1.1)
    assert abs(pvm(grown)["mix"].sum()) <= 1e-9 * (1 + (still.q0 * still.p0).sum())


def test_what_cannot_be_split_is_unexplained_with_its_reason() -> None:
    items = pd.DataFrame(
        {
            "q0": [10.0, np.nan, 5.0, 0.0, 3.0], "q1": [-2.0, 4.0, 5.0, 0.0, 3.0],
            "value0": [100.0, 40.0, 50.0, 7.0, 30.0], "value1": [-20.0, 60.0, 55.0, 9.0, 33.0],
        }
    )  # fmt: skip
    items = items.assign(revenue0=items.value0, revenue1=items.value1, cost0=0.0, cost1=0.0)
    items.loc[4, "revenue1"] = 40.0  # 33 of margin, but revenue without all its cost
    got = decompose(items)
    assert got["unexplained"].tolist() == [-120.0, 20.0, 0.0, 2.0, 3.0]
    assert got["reason"].tolist() == ["sign", "quantity", "", "sign", "value"]
    assert got["price"].tolist() == [0, 0, 5, 0, 0]


def test_two_hundred_thousand_items_still_reach_the_total() -> None:
    rng = np.random.default_rng(1)
    n = 200_000
    frame = pd.DataFrame({c: rng.lognormal(1, 1, n) for c in ("q0", "p0", "q1", "p1", "c0", "c1")})
    got = pvm(frame)
    total = (frame.q1 * (frame.p1 - frame.c1)).sum() - (frame.q0 * (frame.p0 - frame.c0)).sum()
    assert got[list(EFFECTS)].sum().sum() == pytest.approx(total, rel=1e-9)
