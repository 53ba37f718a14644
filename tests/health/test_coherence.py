"""Coherence: a consistent plan is exactly 100, and one wrong cell is found where it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.core import span
from siop.health.coherence import Coherence, adds_up, balance, coherence, load, revenue, summed

FAMILIES, MONTHS = ("Pumps", "Valves", "Drives"), span("2026-11", "2027-10")


def plan(seed: int) -> dict[str, pd.DataFrame]:
    """A plan that agrees with itself: tenths of units, prices in cents, hours within capacity."""
    rng = np.random.default_rng(seed)
    keys = [(f, m) for f in FAMILIES for m in MONTHS]
    frame = pd.DataFrame(keys, columns=["item", "month"])
    frame["demand"] = rng.integers(500, 2000, len(frame)) / 10
    frame["supply"] = rng.integers(500, 2000, len(frame)) / 10
    opening, closing = [], []
    for _, rows in frame.groupby("item", sort=False):
        stock = 900.0
        for r in rows.itertuples():
            opening.append(stock)
            stock = round(stock + float(r.supply) - float(r.demand), 1)
            closing.append(stock)
    frame["opening"], frame["closing"], frame["unit_value"] = opening, closing, 120.0
    frame["price"] = rng.integers(5000, 20000, len(frame)) / 100
    frame["quantity"] = frame["demand"]
    frame["revenue"] = frame["quantity"] * frame["price"]
    hours = pd.DataFrame([(r, m) for r in ("Lathe", "Mill") for m in MONTHS], columns=["item", "month"])
    hours["available"] = 400.0
    hours["load"] = rng.uniform(200, 399, len(hours))
    hours["unit_value"] = 90.0
    sums = frame[["item", "month"]].assign(parts=frame["demand"], whole=frame["demand"], unit_value=120.0)
    return {"balance": frame, "revenue": frame.copy(), "load": hours, "supply": sums}


def score(p: dict[str, pd.DataFrame]) -> Coherence:
    return coherence(
        balance(p["balance"]), revenue(p["revenue"]), load(p["load"]), adds_up("supply", p["supply"])
    )


@pytest.mark.parametrize("seed", range(30))
def test_a_consistent_plan_scores_exactly_100(seed: int) -> None:
    told = score(plan(seed))
    assert told.score == 100.0
    assert told.breaks == ()
    assert told.checked == {"balance": 36, "revenue": 36, "load": 24, "supply": 36}


CELLS = (
    ("balance", "supply"), ("balance", "demand"), ("balance", "closing"), ("revenue", "revenue"),
    ("revenue", "quantity"), ("load", "load"), ("supply", "parts"),
)  # fmt: skip


def test_one_mutated_cell_is_found_in_1000_of_1000() -> None:
    rng = np.random.default_rng(7)
    plans = [plan(seed) for seed in range(25)]
    for n in range(1000):
        p = {name: table.copy() for name, table in plans[n % 25].items()}
        identity, column = CELLS[int(rng.integers(len(CELLS)))]
        table = p[identity]
        row = int(rng.integers(len(table)))
        size = float(rng.uniform(0.5, 80)) * (1 if identity == "load" else rng.choice([-1, 1]))
        if identity == "load":
            size += 400 - table.loc[row, "load"]  # the hours run out
        table.loc[row, column] += size
        if column == "closing":  # the next month opens with the wrong stock
            later = (table["item"] == table.loc[row, "item"]) & (
                table["month"] == _after(str(table.loc[row, "month"]))
            )
            table.loc[later, "opening"] += size
        told = score(p)
        first = told.breaks[0]
        assert len(told.breaks) == 1, (n, identity, column)
        assert (first.identity, first.item, first.month) == (
            identity, table.loc[row, "item"], table.loc[row, "month"]
        )  # fmt: skip
        assert told.score is not None
        assert told.score < 100


def test_a_score_by_hand() -> None:
    cells = pd.DataFrame(
        {"item": ["A", "B"], "month": ["2026-11"] * 2, "opening": [10.0, 10], "supply": [90.0, 100],
         "demand": [100.0, 100], "closing": [5.0, 10], "unit_value": [2.0, 2]}
    )  # fmt: skip
    told = coherence(balance(cells))
    assert told.score == pytest.approx(
        100 * (1 - 10 / 400)
    )  # 10 + 90 - 100 - 5 = -5 units at 2, of 200 units at 2
    assert told.breaks[0].residual == -5
    assert summed(told.breaks) == {("operations", "sales"): 10.0}


def test_nothing_to_check_is_not_a_score() -> None:
    assert coherence().score is None
    assert coherence(balance(plan(1)["balance"].iloc[:0])).score is None


def test_unknown_numbers_are_not_checked() -> None:
    p = plan(1)
    p["balance"].loc[3, "opening"] = np.nan
    assert score(p).checked["balance"] == 35
    assert score(p).score == 100.0


@settings(max_examples=50)
@given(st.integers(0, 500), st.floats(0.1, 1e4), st.sampled_from([-1.0, 1.0]))
def test_the_score_falls_with_the_size_of_the_break_and_never_below_zero(
    seed: int, size: float, sign: float
) -> None:
    small, large = plan(seed % 20), plan(seed % 20)
    small["balance"].loc[5, "supply"] += sign * size
    large["balance"].loc[5, "supply"] += sign * size * 2
    a, b = score(small).score, score(large).score
    assert a is not None
    assert b is not None
    assert 0 <= b <= a < 100


def _after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
