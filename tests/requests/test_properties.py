"""Sentences of the business that hold for any plan, against brute force and greedy answers of their own."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.requests.allocate import Infeasible
from siop.requests.policies import kpis, losers, request_impact
from siop.requests.problem import Problem, cells
from tests.requests.test_known_answers import supply

ROUNDS = int(os.environ.get("SIOP_REQUEST_ROUNDS", "40"))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Small plans with whole numbers: one resource, an hour a unit, one or two months."""
    months = draw(st.integers(1, 2))
    number = draw(st.integers(1, 4))
    planned = []
    for n in range(number):
        quantity = draw(st.integers(0, 12))
        planned.append((f"C{n % 3}", 0, draw(st.integers(0, months - 1)), quantity, draw(st.integers(1, 9)), 20, draw(st.integers(0, quantity))))  # fmt: skip
    asked = [
        ("C0", 0, draw(st.integers(0, months - 1)), draw(st.integers(0, 12)), draw(st.integers(1, 9)), 20, 0)
    ]
    s = supply(float(draw(st.integers(0, 30))), months, stock=np.array([float(draw(st.integers(0, 5)))]))
    return Problem("C0", cells(planned), cells(asked), s)


def brute(problem: Problem) -> float | None:
    """The most margin over all whole shipments of one month, commitments and the asker's own plan kept as given."""
    room = problem.supply.available[0, 0] + problem.supply.stock[0]
    least = problem.planned.minimum
    best = None
    ranges = [range(int(lo), int(q) + 1) for lo, q in zip(least, problem.planned.quantity, strict=True)]
    for shipped in itertools.product(*ranges):
        if sum(shipped) <= room:
            value = float(np.dot(shipped, problem.planned.margin))
            best = value if best is None else max(best, value)
    return best


@settings(max_examples=ROUNDS)
@given(problems())
def test_the_plan_alone_is_the_best_there_is(problem: Problem) -> None:
    if problem.supply.available.shape[1] > 1:
        return
    expected = brute(problem)
    if expected is None:
        with pytest.raises(Infeasible):
            request_impact(problem)
        return
    assert kpis(request_impact(problem), "refuse")["margin"] == pytest.approx(expected, abs=1e-5)


@settings(max_examples=ROUNDS)
@given(problems())
def test_what_holds_for_every_answer(problem: Problem) -> None:
    try:
        solved = request_impact(problem)
    except Infeasible:
        return
    s, before = problem.supply, solved.before
    for name, found in solved.policies.items():
        shipped = np.zeros(len(s.months))
        np.add.at(shipped, problem.planned.month, found.planned)
        shipped += found.asked.sum(axis=0)
        made = found.make.sum(axis=0)
        opening = np.concatenate([s.stock, found.closing[0, :-1]])
        assert np.allclose(
            opening + made - shipped, found.closing[0], atol=1e-5
        )  # units are neither made up nor lost
        assert (made <= s.available[0] + 1e-5).all()  # hours are never exceeded
        assert (found.planned <= problem.planned.quantity + 1e-6).all()
        assert found.asked_units <= problem.asked.quantity.sum() + 1e-6
        figures = kpis(solved, name)
        assert figures["margin_change"] == pytest.approx(
            figures["request_margin"] + figures["others_margin"], abs=1e-6
        )
        if name in ("keep_commitments", "counter_offer", "phased", "best_margin", "refuse"):
            assert (found.planned >= problem.planned.minimum - 1e-4).all()
            assert figures["committed_short"] <= 1e-3
        if name in ("counter_offer", "phased"):  # nobody loses
            assert (found.planned >= before.planned - 1e-4).all()
            assert losers(solved, name) == []
        total = sum(row["units"] for row in losers(solved, name))
        assert figures["displaced"]["quantity"] == pytest.approx(total)
    best = kpis(solved, "best_margin")["margin"]
    assert best >= kpis(solved, "refuse")["margin"] - 1e-4
    assert best >= kpis(solved, "keep_commitments")["margin"] - 1e-4
    assert best >= kpis(solved, "counter_offer")["margin"] - 1e-4
    order = [kpis(solved, n)["quantity"] for n in ("counter_offer", "keep_commitments", "accept")]
    assert order == sorted(order) or np.allclose(order, sorted(order), atol=1e-3)
    assert kpis(solved, "phased")["quantity"] >= order[0] - 1e-3


def test_a_larger_request_never_pays_better_a_unit() -> None:
    planned = cells([("B", 0, 0, 60, 8, 18, 0), ("C", 0, 0, 30, 3, 16, 0)])
    each = []
    for quantity in (5, 20, 60):
        problem = Problem("A", planned, cells([("A", 0, 0, quantity, 9, 20, 0)]), supply())
        found = kpis(request_impact(problem), "keep_commitments")
        each.append(found["margin_change"] / quantity)
    assert each == sorted(each, reverse=True)  # 9; 9 less C; 9 less C and B


def test_a_wish_for_an_earlier_month_moves_units_and_makes_none() -> None:
    planned = cells([("A", 0, 1, 40, 10, 20, 0), ("B", 0, 0, 90, 8, 18, 0)])
    problem = Problem(
        "A", planned, cells([("A", 0, 0, 25, 10, 20, 0)]), supply(100.0, months=2), np.array([0], np.int64)
    )
    solved = request_impact(problem)
    offer = solved.policies["counter_offer"]
    assert offer.asked_units == pytest.approx(10.0, abs=1e-3)  # the free hours of the first month
    assert offer.planned[0] == pytest.approx(30.0, abs=1e-3)  # the rest stays in its month
    full = solved.policies["accept"]
    assert (full.asked_units, full.planned[0]) == (pytest.approx(25, abs=1e-3), pytest.approx(15, abs=1e-3))
    assert kpis(solved, "accept")["quantity"] == pytest.approx(25.0, abs=1e-3)
    assert losers(solved, "accept")[0]["customer"] == "B"
    assert kpis(solved, "counter_offer")["margin_change"] == pytest.approx(0.0, abs=1e-2)
