"""Versions side by side, standard hours and the family grid: small companies worked by hand."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siop.core import NotFound, Scope, Undefined, span
from siop.metrics import versions as room
from siop.metrics.backlog import order_backlog
from siop.metrics.compare import plan_vs_actual
from siop.metrics.grid import family_grid, grid_sentence
from siop.metrics.versions import versions_sentence, versions_side_by_side
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

YEAR = span("2026-01", "2026-12")
CLOSED, OPEN = YEAR[:3], YEAR[3:]
VERSIONS = pd.DataFrame(
    {
        "version": ["B", "C1", "C2", "C3", "C4", "S1", "S2", "S3", "S4", "X1", "X2", "X3"],
        "kind": ["budget", *["consensus"] * 4, *["supply"] * 4, *["input"] * 3],
        "cycle": [None, "2025-12", "2026-01", "2026-02", "2026-03", "2025-12", "2026-01", "2026-02", "2026-03",
                  "2025-12", "2026-01", "2026-02"],
        "parent": [None, None, None, None, None, "C1", "C2", "C3", "C4", None, None, None],
        "function": [*[None] * 9, *["Sales"] * 3],
    }
)  # fmt: skip


def rows(months: list[str], quantity: float, **values: Any) -> pd.DataFrame:
    return pd.DataFrame({"month": months, "quantity": quantity, **values}).assign(
        revenue=lambda f: f["quantity"] * 10, cost=lambda f: f["quantity"] * 4
    )


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """A is sold 90 a month; budget 100, consensus 95 at every lag, Sales said 110, made 92 of 94 planned, stock grows."""
    plans = [rows(YEAR, 100, version="B", sku="A"), rows(YEAR, 10, version="B", sku="N")]
    for i, cycle in enumerate(("2026-01", "2026-02", "2026-03", "2026-04")):
        plans.append(rows([m for m in YEAR if m >= cycle], 95, version=f"C{i + 1}", sku="A"))
    for i, cycle in enumerate(("2026-01", "2026-02", "2026-03")):
        plans.append(rows([m for m in YEAR if m >= cycle], 110, version=f"X{i + 1}", sku="A"))
    made = [pd.DataFrame({"month": CLOSED, "version": "actual", "sku": "A", "site": "P", "quantity": 92.0})]
    stock = [
        pd.DataFrame(
            {
                "month": ["2025-12", *CLOSED],
                "version": "actual",
                "sku": "A",
                "site": "P",
                "quantity": [50.0, 52, 54, 56],
            }
        )
    ]
    for i, cycle in enumerate(("2026-01", "2026-02", "2026-03", "2026-04")):
        ahead = [m for m in YEAR if m >= cycle]
        made.append(
            pd.DataFrame({"month": ahead, "version": f"S{i + 1}", "sku": "A", "site": "P", "quantity": 94.0})
        )
        stock.append(
            pd.DataFrame({"month": ahead, "version": f"S{i + 1}", "sku": "A", "site": "P", "quantity": 50.0})
        )
    return make_snapshot(
        tmp_path, actuals=[rows(CLOSED, 90, sku="A"), rows(CLOSED, 5, sku="N")], plans=plans, versions=VERSIONS,
        products=pd.DataFrame({"sku": ["A", "N"], "family": ["F", "G"], "unit": "pc", "unit_cost": [4.0, 4.0], "unit_price": 10.0}),
        production=pd.concat(made), inventory=pd.concat(stock), closed_to="2026-03",
        bills=pd.DataFrame({"resource": ["R", "Q"], "sku": ["A", "A"], "hours_per_unit": [0.5, 1.5]}),
        policies=pd.DataFrame({"family": ["F"], "min_days": [10.0], "target_days": [20.0], "max_days": [40.0], "fence_months": [2]}),
    )  # fmt: skip


def test_examples() -> None:
    assert doctest.testmod(room).failed == 0


def test_each_version_is_what_plan_vs_actual_says(snapshot: Snapshot) -> None:
    scope = Scope(first="2026-01", last="2026-03", where=(("family", ("F",)),))
    found = {r["version"]: r for r in versions_side_by_side(snapshot, scope, measure="quantity").rows}
    assert {v: (r["plan"], r["deviation"]) for v, r in found.items()} == {
        "budget": (300.0, -30.0), "consensus": (285.0, -15.0), "estimate": (270.0, None), "input:Sales": (330.0, -60.0),
    }  # fmt: skip
    for name, row in found.items():
        told = plan_vs_actual(snapshot, scope, measure="quantity", version=name).totals
        assert row["plan"] == told["plan"]
    assert (found["budget"]["year"], found["estimate"]["year"]) == (1200.0, 270.0 + 9 * 95)
    sentence = versions_sentence(versions_side_by_side(snapshot, scope, measure="quantity"))
    assert sentence == "Consensus plan, lag 1 came nearest: actual is 15\xa0units under it"


def test_open_months_are_no_misses(snapshot: Snapshot) -> None:
    scope = Scope(first="2026-01", last="2026-12", where=(("family", ("F",)),))
    found = {r["version"]: r for r in versions_side_by_side(snapshot, scope, measure="quantity").rows}
    assert found["budget"]["deviation"] == -30.0


def test_the_lag_chooses_the_cycle(snapshot: Snapshot) -> None:
    scope = Scope(first="2026-01", last="2026-03", lag=2)
    found = versions_side_by_side(snapshot, scope, measure="quantity")
    consensus = next(r for r in found.rows if r["version"] == "consensus")
    assert consensus["plan"] == 190.0  # January has no plan of two cycles before
    assert consensus["name"] == "Consensus plan, lag 2"


def test_standard_hours_are_quantity_times_the_bill(snapshot: Snapshot) -> None:
    scope = Scope(first="2026-01", last="2026-03")
    told = plan_vs_actual(snapshot, scope, measure="hours", by=("family",))
    assert (told.totals["plan"], told.totals["actual"], told.totals["deviation"]) == (600.0, 540.0, -60.0)
    assert {r["family"]: r["actual"] for r in told.rows} == {"F": 540.0}  # G has no bill
    assert (
        "One product without a bill: no hours, left out." in " ".join(told.notes).capitalize() or told.notes
    )
    with pytest.raises(NotFound, match="hours"):
        plan_vs_actual(snapshot, scope, measure="weight")


def test_open_months_are_planned_in_hours_without_a_deviation(snapshot: Snapshot) -> None:
    """A takes two hours: 90 sold, 100 budgeted a month; April is open."""
    scope = Scope(first="2026-03", last="2026-04")
    told = plan_vs_actual(snapshot, scope, measure="hours", by=("month",))
    assert [(r["month"], r["plan"], r["actual"], r["deviation"]) for r in told.rows] == [
        ("2026-03", 200.0, 180.0, -20.0), ("2026-04", 200.0, None, None),
    ]  # fmt: skip
    assert (told.totals["plan"], told.totals["actual"], told.totals["deviation"]) == (200.0, 180.0, -20.0)
    assert "2026-04: open, so not due; no deviation, and left out of the totals." in told.notes
    quarter = plan_vs_actual(snapshot, scope, measure="hours", by=("quarter",))
    assert [(r["quarter"], r["plan"], r["deviation"]) for r in quarter.rows] == [
        ("2026-Q1", 200.0, -20.0), ("2026-Q2", 200.0, None),
    ]  # fmt: skip
    year = plan_vs_actual(snapshot, scope, measure="hours", by=("year",))
    assert [(r["plan"], r["actual"], r["deviation"]) for r in year.rows] == [(400.0, 180.0, None)]
    ahead = plan_vs_actual(
        snapshot, Scope("2026-04", "2026-05"), measure="hours", by=("family",), version="C3"
    )
    assert [(r["family"], r["plan"], r["actual"]) for r in ahead.rows] == [("F", 2 * 190.0, None)]
    assert not any("no quantity" in n for n in ahead.notes)
    none = plan_vs_actual(
        snapshot, Scope("2026-01", "2026-02"), measure="hours", by=("family",), version="C3"
    )
    assert [(r["plan"], r["actual"]) for r in none.rows] == [(None, 360.0)]
    assert "Plan C3 has nothing in 2026-01 and 2026-02." in none.notes


def test_the_estimate_of_the_year_is_unknown_where_an_open_month_has_no_plan(tmp_path: Path) -> None:
    """A plan by quarter says nothing of June alone, once April and May are actual; the quarters after it are whole."""
    sold = rows(span("2025-07", "2026-05"), 10, sku="A")
    plan = rows(["2026-04", "2026-07", "2026-10"], 33, version="C", sku="A", period="quarter")
    kinds = pd.DataFrame({"version": ["C"], "kind": ["consensus"], "cycle": ["2026-01"]})
    held = make_snapshot(tmp_path, actuals=sold, plans=plan, versions=kinds, fiscal_year_start=7)
    year = {r["version"]: r["year"] for r in versions_side_by_side(held, Scope(), measure="quantity").rows}
    assert year["estimate"] is None
    told = plan_vs_actual(
        held, Scope("2026-04", "2026-12"), by=("quarter",), measure="quantity", version="estimate"
    )
    assert [(r["quarter"], r["plan"]) for r in told.rows][1:] == [("2027-Q1", 33.0), ("2027-Q2", 33.0)]
    assert "The latest estimate does not exist for one month of this scope (2026-06)." in told.notes


def test_the_grid_of_a_family_in_units(snapshot: Snapshot) -> None:
    found = family_grid(snapshot, Scope(where=(("family", ("F",)),), cycle="2026-03"), past=3, ahead=3)
    by = {(r["kind"], r["month"]): r for r in found.rows}
    assert found.totals["unit"] == "units"
    assert [by["sales", m]["deviation"] for m in CLOSED] == [-5.0] * 3
    assert [by["sales", m]["cumulative"] for m in CLOSED] == [-5.0, -10.0, -15.0]
    assert [by["production", m]["cumulative"] for m in CLOSED] == [-2.0, -4.0, -6.0]
    assert [by["inventory", m]["deviation"] for m in CLOSED] == [2.0, 4.0, 6.0]
    assert by["inventory", "2026-03"]["cumulative"] is None  # stocks do not add up over time
    assert by["sales", "2026-04"]["plan"] == 95.0
    assert by["sales", "2026-04"]["deviation"] is None
    assert [by["production", m]["fenced"] for m in OPEN[:3]] == [True, True, False]
    assert (
        grid_sentence(found)
        == "Sales are 15\xa0units under and production is 6\xa0units under plan this year, at lag 1"
    )


def test_the_grid_of_everything_is_in_money(snapshot: Snapshot) -> None:
    found = family_grid(snapshot, Scope(cycle="2026-03"), past=3, ahead=1)
    by = {(r["kind"], r["month"]): r for r in found.rows}
    assert found.totals["unit"] == "money"
    assert by["production", "2026-01"]["actual"] == 92 * 4.0
    assert by["inventory", "2026-02"]["plan"] == 50 * 4.0
    assert by["sales", "2026-01"]["actual"] == 950.0


def test_what_was_due_and_not_delivered_stands_in_the_grid(tmp_path: Path) -> None:
    """Ordered 40 + 7 due in January: 30 come in February, the rest never; 9 due in March come in time; 5 are due later."""
    orders = pd.DataFrame(
        {
            "order": ["1", "1", "2", "3", "4"], "line": ["1", "2", "1", "1", "1"], "sku": ["A", "A", "A", "A", "N"],
            "customer": ["K", "K", "L", "L", "K"], "ordered_quantity": [30.0, 10, 7, 9, 5],
            "requested_date": ["2026-01-10", "2026-01-10", "2026-01-31", "2026-03-02", "2026-04-20"],
            "delivered_date": ["2026-02-03", None, None, "2026-03-02", None],
            "delivered_quantity": [30.0, None, None, 9.0, None],
        }
    )  # fmt: skip
    products = pd.DataFrame(
        {"sku": ["A", "N"], "family": ["F", "G"], "unit": "pc", "unit_price": [10.0, 100.0]}
    )
    held = make_snapshot(
        tmp_path,
        actuals=rows(CLOSED, 90, sku="A"),
        products=products,
        orders=orders,
        sites=pd.DataFrame({"site": ["P"]}),
        closed_to="2026-03",
    )

    def backlog(scope: Scope) -> list[float | None]:
        return [r["actual"] for r in family_grid(held, scope, past=3, ahead=2).rows if r["kind"] == "backlog"]

    assert backlog(Scope(where=(("family", ("F",)),))) == [47.0, 17.0, 17.0, None, None]
    assert backlog(Scope()) == [470.0, 170.0, 170.0, None, None]  # in money
    assert backlog(Scope(where=(("customer", ("L",)),)))[:3] == [70.0, 70.0, 70.0]
    assert (
        order_backlog(held, Scope())["past_due"] == 170.0
    )  # the scorecard's tile says the same of the last month
    assert order_backlog(held, Scope(where=(("customer", ("L",)),)))["past_due"] == 70.0
    assert order_backlog(held, Scope(only=(("customer", ("L",)),)))["past_due"] == 70.0
    assert order_backlog(held, Scope(where=(("family", ("Nothing",)),)))["value"] is None
    with pytest.raises(Undefined, match="no site"):
        order_backlog(held, Scope(where=(("site", ("P",)),)))
    assert not [r for r in family_grid(held, Scope(where=(("site", ("P",)),))).rows if r["kind"] == "backlog"]


def test_what_the_grid_lacks_is_said(tmp_path: Path) -> None:
    bare = make_snapshot(tmp_path, actuals=rows(CLOSED, 90, sku="A"), closed_to="2026-03")
    found = family_grid(bare, Scope())
    assert {r["kind"] for r in found.rows} == {"sales"}
    assert any("No production is loaded" in n for n in found.notes)
    assert grid_sentence(found) == "There is no plan of closed months to compare with"
    told = versions_side_by_side(bare, Scope())
    assert told.rows == [] or told.rows[0]["version"] == "prior-year"
    assert versions_sentence(told) == "No plan covers the months in scope"
