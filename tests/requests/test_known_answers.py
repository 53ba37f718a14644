"""The worked table of the methods (capacity 100; A 50 and 30 more, B 40, C 30), by hand; no code of ours in the answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siop.core import Refused
from siop.requests.allocate import Infeasible
from siop.requests.policies import break_even_penalty, kpis, losers, request_impact, schedule, shadow_price
from siop.requests.problem import Problem, Supply, cells


def supply(capacity: float = 100.0, months: int = 1, **more: object) -> Supply:
    """One item, one resource, an hour a unit, no stock."""
    hours = np.full((1, months), capacity)
    base = Supply(
        items=("x",), months=tuple(f"2027-{m + 1:02d}" for m in range(months)), resources=("R",),
        stock=np.zeros(1), floor=np.zeros((1, months)), lane_item=np.zeros(1, np.int64), hours=np.ones((1, 1)),
        limit=np.full((1, months), np.inf), available=hours, overtime=np.zeros((1, months)),
        overtime_cost=np.zeros((1, months)),
    )  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


def table(asked: float = 30.0, minima: tuple[float, float, float] = (40.0, 30.0, 10.0)) -> Problem:
    planned = cells(
        [("A", 0, 0, 50, 10, 20, minima[0]), ("B", 0, 0, 40, 8, 18, minima[1]), ("C", 0, 0, 30, 6, 16, minima[2])]
    )  # fmt: skip
    return Problem("A", planned, cells([("A", 0, 0, asked, 10, 20, 0)]), supply())


@pytest.fixture(scope="module")
def solved() -> object:
    return request_impact(table())


def units(solved: object, policy: str) -> list[float]:
    found = solved.policies[policy]  # type: ignore[attr-defined]
    a, b, c = found.planned
    return [a + found.asked_units, b, c]


@pytest.mark.parametrize(
    ("policy", "expected", "margin"),
    [
        ("refuse", [50, 40, 10], 880.0),
        ("best_margin", [60, 30, 10], 900.0),
        ("keep_commitments", [60, 30, 10], 900.0),
        ("fair_share", [53.3333, 26.6667, 20], 866.6667),
        ("accept", [80, 11.4286, 8.5714], 942.8571),
        ("counter_offer", [50, 40, 10], 880.0),
        ("phased", [50, 40, 10], 880.0),
    ],
)
def test_the_table(solved: object, policy: str, expected: list[float], margin: float) -> None:
    assert units(solved, policy) == pytest.approx(expected, abs=2e-4)
    assert kpis(solved, policy)["margin"] == pytest.approx(margin, abs=2e-3)  # type: ignore[arg-type]


def test_the_table_to_a_millionth(solved: object) -> None:
    """By hand, in fractions: in full, B and C share 20 hours of 70 wanted, 80/7 and 60/7; fair shares are 2/3 of each."""
    margins = {"refuse": 880, "accept": 800 + 80 * 8 / 7 + 60 * 6 / 7, "keep_commitments": 900, "best_margin": 900,
               "counter_offer": 880, "phased": 880, "fair_share": 160 / 3 * 10 + 80 / 3 * 8 + 20 * 6}  # fmt: skip
    for policy, margin in margins.items():
        assert kpis(solved, policy)["margin"] == pytest.approx(margin, abs=1e-6)  # type: ignore[arg-type]
    assert units(solved, "accept") == pytest.approx([80, 80 / 7, 60 / 7], abs=1e-6)
    assert units(solved, "best_margin") == pytest.approx([60, 30, 10], abs=1e-6)
    assert units(solved, "fair_share") == pytest.approx([160 / 3, 80 / 3, 20], abs=1e-6)
    assert solved.feasible == pytest.approx(10, abs=1e-6)  # type: ignore[attr-defined]
    assert break_even_penalty(solved) == pytest.approx(300 / 7 / 20, abs=1e-6)  # type: ignore[arg-type]
    assert kpis(solved, "accept")["committed_short"] == pytest.approx(20, abs=1e-6)  # type: ignore[arg-type]
    assert kpis(solved, "keep_commitments")["break_even_price"] == pytest.approx(18, abs=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [1e-3, 1e3, 1e6])
def test_the_table_in_thousandths_and_in_millions(scale: float) -> None:
    """The same answers whatever the unit; commitments of 0.1 and 0.2 add to hours of 0.3, which no float sum hits."""
    planned = cells([("A", 0, 0, 50 * scale, 10, 20, 40 * scale), ("B", 0, 0, 40 * scale, 8, 18, 30 * scale),
                     ("C", 0, 0, 30 * scale, 6, 16, 10 * scale)])  # fmt: skip
    asked = cells([("A", 0, 0, 30 * scale, 10, 20, 0)])
    found = request_impact(Problem("A", planned, asked, supply(100.0 * scale)))
    assert kpis(found, "best_margin")["margin"] == pytest.approx(900 * scale, rel=1e-9)
    assert found.feasible == pytest.approx(10 * scale, rel=1e-8)
    full = cells([("B", 0, 0, 0.1 * scale, 8, 18, 0.1 * scale), ("C", 0, 0, 0.2 * scale, 6, 16, 0.2 * scale)])
    assert request_impact(Problem("A", full, asked, supply(0.3 * scale))).feasible == pytest.approx(0.0, abs=1e-6 * scale)  # fmt: skip


def test_the_trap_margin_rises_while_two_contracts_break(solved: object) -> None:
    found = kpis(solved, "accept")  # type: ignore[arg-type]
    assert found["margin_change"] == pytest.approx(62.8571, abs=1e-3)
    assert found["committed_short"] == pytest.approx(20.0, abs=1e-3)  # B 18.57, C 1.43
    assert found["committed_customers"] == 2
    assert break_even_penalty(solved) == pytest.approx(42.8571 / 20, abs=1e-3)  # type: ignore[arg-type]
    lost = {row["customer"]: row for row in losers(solved, "accept")}  # type: ignore[arg-type]
    assert lost["B"]["units"] == pytest.approx(28.5714, abs=1e-3)
    assert lost["B"]["money"] == pytest.approx(228.5714, abs=1e-2)
    assert lost["B"]["service"] == pytest.approx(11.4286 / 40, abs=1e-5)
    assert lost["B"]["service_before"] == pytest.approx(1.0)
    assert set(lost) == {"B", "C"}


def test_shadow_price_is_what_one_more_hour_brings(solved: object) -> None:
    assert shadow_price(solved) == (pytest.approx(10.0), "R", "2027-01")  # type: ignore[arg-type]
    without = request_impact(table(asked=0.0))
    assert shadow_price(without)[0] == pytest.approx(6.0)  # C is the one who waits


def test_feasible_is_what_commitments_allow(solved: object) -> None:
    assert solved.feasible == pytest.approx(10.0, abs=1e-4)  # type: ignore[attr-defined]
    assert kpis(solved, "keep_commitments")["quantity"] == pytest.approx(10.0, abs=1e-4)  # type: ignore[arg-type]


def test_break_even_price_is_where_the_yes_just_pays(solved: object) -> None:
    # in full: B and C lose 28.5714 x 8 + 1.4286 x 6 = 237.14 of margin; 30 units at a cost of 10 each
    assert kpis(solved, "accept")["break_even_price"] == pytest.approx(10 + 237.1429 / 30, abs=1e-3)  # type: ignore[arg-type]
    problem = table()
    at = replace(problem, asked=cells([("A", 0, 0, 30, 237.1429 / 30, 10 + 237.1429 / 30, 0)]))
    assert kpis(request_impact(at), "accept")["margin_change"] == pytest.approx(0.0, abs=0.01)


def test_nothing_asked_changes_nothing() -> None:
    found = request_impact(table(asked=0.0))
    for name in found.policies:
        if name in ("fair_share", "accept"):
            continue  # these share anew what is short already
        figures = kpis(found, name)
        assert figures["margin_change"] == pytest.approx(0.0, abs=1e-4)
        assert losers(found, name) == []


def test_committed_more_than_can_be_made_is_said() -> None:
    with pytest.raises(Infeasible, match="committed cannot be shipped"):
        request_impact(table(minima=(50.0, 40.0, 30.0)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stock": np.array([-1.0])}, "below zero"),
        ({"hours": np.ones((2, 1))}, "shape"),
        ({"available": np.full((1, 1), np.nan)}, "missing"),
    ],
)
def test_arrays_that_mean_nothing_are_refused(change: dict[str, object], said: str) -> None:
    problem = table()
    with pytest.raises(Refused, match=said):
        request_impact(replace(problem, supply=replace(problem.supply, **change)))  # type: ignore[arg-type]


def test_stock_is_used_down_to_its_floor_and_no_further() -> None:
    s = supply(100.0, stock=np.array([60.0]), floor=np.full((1, 1), 45.0))
    problem = Problem("A", cells([("A", 0, 0, 100, 10, 20, 0)]), cells([("A", 0, 0, 30, 10, 20, 0)]), s)
    found = request_impact(problem)
    assert kpis(found, "counter_offer")["quantity"] == pytest.approx(15.0, abs=1e-4)


def test_build_ahead_serves_a_full_month_from_a_free_one() -> None:
    planned = cells([("B", 0, 0, 80, 8, 18, 0), ("B", 0, 1, 100, 8, 18, 0)])
    problem = Problem("A", planned, cells([("A", 0, 1, 30, 10, 20, 0)]), supply(100.0, months=2))
    found = request_impact(problem)  # 20 hours are free in the first month
    assert kpis(found, "counter_offer")["quantity"] == pytest.approx(20.0, abs=1e-4)


def test_phased_ships_what_is_free_then_the_rest_later() -> None:
    planned = cells([("B", 0, 0, 90, 8, 18, 0), ("B", 0, 1, 85, 8, 18, 0), ("B", 0, 2, 95, 8, 18, 0)])
    problem = Problem("A", planned, cells([("A", 0, 0, 28, 10, 20, 0)]), supply(100.0, months=3))
    found = request_impact(problem)
    shipped = [round(row["quantity"], 3) for row in schedule(found, "phased")]
    assert shipped == pytest.approx([10.0, 15.0, 3.0], abs=1e-2)
    assert losers(found, "phased") == []


def test_overtime_is_paid_and_used_only_where_it_pays() -> None:
    hours = np.full((1, 1), 100.0)
    dear, cheap = np.full((1, 1), 50.0), np.full((1, 1), 3.0)
    planned = cells([("B", 0, 0, 100, 8, 18, 0)])
    asked = cells([("A", 0, 0, 30, 10, 20, 0)])
    at = supply(100.0, overtime=hours, overtime_cost=cheap)
    found = kpis(request_impact(Problem("A", planned, asked, at)), "best_margin")
    assert (found["quantity"], found["overtime_cost"]) == (
        pytest.approx(30, abs=1e-4),
        pytest.approx(90, abs=1e-2),
    )
    assert found["margin_change"] == pytest.approx(30 * 10 - 90, abs=1e-2)
    found = kpis(request_impact(Problem("A", planned, asked, replace(at, overtime_cost=dear))), "best_margin")
    assert found["overtime_cost"] == pytest.approx(0.0, abs=1e-6)
