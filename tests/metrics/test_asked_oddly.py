"""Questions that a report cannot answer as asked: it says so in words, and never with a wrong or an empty figure."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from siop.core import NotFound, Scope, span
from siop.metrics.accuracy import accuracy
from siop.metrics.balance import balance
from siop.metrics.bridge import bridge
from siop.metrics.changes import change_sentence, plan_change
from siop.metrics.grid import family_grid
from siop.metrics.outlook import outlook
from siop.metrics.service import service
from siop.metrics.triangle import triangle
from siop.metrics.versions import versions_side_by_side
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot
from tests.warehouse.making import loaded

MONTHS = span("2024-01", "2025-06")
CYCLES = ("2025-04", "2025-05", "2025-06")
NO_ROWS = "There are no rows in this scope."


def company(tmp_path: Path, **more: object) -> Snapshot:
    """A and B of one family are sold at two sites, a hundred and a few more every month; the plans are by product."""
    sold = [
        {"month": m, "sku": s, "site": w, "quantity": 100.0 + i, "revenue": 1000.0 + 10 * i}
        for i, m in enumerate(MONTHS) for s in "AB" for w in "XY"
    ]  # fmt: skip
    plans = [
        {"version": f"C{c}", "month": m, "sku": s, "quantity": 200.0 + n, "revenue": 2000.0 + 10 * n}
        for n, c in enumerate(CYCLES) for m in span(c, "2025-09") for s in "AB"
    ]  # fmt: skip
    given: dict[str, object] = {
        "actuals": pd.DataFrame(sold),
        "plans": pd.DataFrame(plans),
        "versions": pd.DataFrame(
            {"version": [f"C{c}" for c in CYCLES], "kind": "consensus", "cycle": list(CYCLES)}
        ),
        "products": pd.DataFrame({"sku": ["A", "B"], "family": "F"}),
        "labels": {"site": "plant", "family": "line"},
    }
    return make_snapshot(tmp_path, **{**given, **more})  # type: ignore[arg-type]


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return company(tmp_path)


def where(**filters: str) -> Scope:
    return Scope(where=Scope.filters(dict(filters)))


def test_what_changed_takes_the_companys_own_names(snapshot: Snapshot) -> None:
    found = plan_change(snapshot, where(line="F"), by=("line",), measure="revenue")
    assert [(r["family"], r["change"]) for r in found.rows] == [("F", 80.0)]


def test_what_changed_by_a_dimension_the_plans_lack_is_said(snapshot: Snapshot) -> None:
    found = plan_change(snapshot, Scope(), by=("plant",))
    assert found.rows == []
    assert found.totals["change"] == 80.0
    assert "Plan C2025-06 is by sku, month: it has no plant." in found.notes
    seen = plan_change(snapshot, where(plant="X"))
    assert seen.totals["change"] is None
    assert any("has no plant" in n for n in seen.notes)


def test_a_measure_the_plans_lack_did_not_stay_the_same(snapshot: Snapshot) -> None:
    found = plan_change(snapshot, Scope(), measure="cost")
    assert found.rows == []
    assert found.totals["change"] is None
    assert "carries no cost" in change_sentence(found, "EUR")
    with pytest.raises(NotFound):
        plan_change(snapshot, Scope(), measure="nonsense")


def test_what_changed_says_that_months_do_not_cut_it(snapshot: Snapshot) -> None:
    found = plan_change(snapshot, Scope(first="2025-07", last="2025-07"))
    assert (found.totals["from"], found.totals["to"]) == ("2025-06", "2025-09")
    assert any("do not cut it" in n for n in found.notes)


def test_plans_by_quarter_change_in_whole_quarters(tmp_path: Path) -> None:
    plans = [
        pd.DataFrame(
            {
                "version": v,
                "month": ["2025-07", "2025-10"],
                "sku": "A",
                "revenue": [-100.0, q],
                "period": "quarter",
            }
        )
        for v, q in (("C2025-05", 50.0), ("C2025-06", 80.0))
    ]
    found = plan_change(company(tmp_path, plans=plans), Scope(), by=("quarter",), measure="revenue")
    assert [(r["quarter"], r["change"]) for r in found.rows] == [("2025-Q3", 0.0), ("2025-Q4", 30.0)]
    assert found.totals["stability"] == pytest.approx(
        30 / 150
    )  # the size of the plan before, whatever its sign


def test_a_scope_without_rows_is_said_in_every_report(snapshot: Snapshot) -> None:
    asked = where(sku="nope")
    for report in (
        plan_change(snapshot, asked), triangle(snapshot, asked), accuracy(snapshot, asked), family_grid(snapshot, asked),
        bridge(snapshot, asked, base="consensus"), balance(snapshot, asked), service(snapshot, asked),
    ):  # fmt: skip
        assert "No sku is called nope." in report.notes, report.report
        if report.report != "service":
            assert NO_ROWS in report.notes, report.report
    told = accuracy(snapshot, asked).notes
    assert not any("Lag" in n or "naive" in n for n in told)  # neither is the reason


def test_the_naive_forecast_looks_a_year_back_of_a_filter_on_time(snapshot: Snapshot) -> None:
    filtered = accuracy(snapshot, where(quarter="2025-Q2"), lag=1, measure="quantity")
    cut = accuracy(snapshot, Scope(first="2025-04", last="2025-06"), lag=1, measure="quantity")
    assert filtered.rows == cut.rows
    assert filtered.totals["naive"] == cut.totals["naive"]
    assert filtered.totals["naive"]["wmape"] < 0.2


def test_a_filter_on_time_does_not_shorten_the_year(snapshot: Snapshot) -> None:
    whole, one = outlook(snapshot, Scope()), outlook(snapshot, where(month="2025-05"))
    assert one.totals["landing"] == whole.totals["landing"]
    assert "The outlook is of the whole year, whatever months are asked for." in one.notes
    years = {
        scope: {r["version"]: r["year"] for r in versions_side_by_side(snapshot, scope).rows}
        for scope in (Scope(first="2025-05", last="2025-05"), where(month="2025-05"))
    }
    assert len({str(told) for told in years.values()}) == 1


def test_quarterly_actuals_stand_beside_no_month(tmp_path: Path) -> None:
    sold = pd.DataFrame({"month": ["2025-01", "2025-04"], "sku": "A", "revenue": [300.0, 330.0], "period": "quarter"})  # fmt: skip
    found = triangle(company(tmp_path, actuals=sold, closed_to="2025-06"), Scope(), measure="revenue")
    assert found.rows
    assert {r["actual"] for r in found.rows} == {None}
    assert "The actuals are by sku, quarter: they have no month." in found.notes


def test_the_grid_names_why_a_plan_is_not_there(snapshot: Snapshot) -> None:
    notes = family_grid(snapshot, where(plant="X")).notes
    assert "Plan C2025-06 is by sku, month: it has no plant." in notes


def test_no_month_is_closed_yet(tmp_path: Path) -> None:
    none = pd.DataFrame({"month": MONTHS, "closed": False})
    opened = company(tmp_path, calendar=none, plans=None, versions=None)
    assert NO_ROWS in balance(opened, Scope()).notes
    later = bridge(company(tmp_path, name="later"), Scope(first="2025-08"), base="consensus")
    assert "No month of this scope is closed: there is nothing to compare." in later.notes


def test_a_bridge_by_unit_leaves_the_unknown_unit_null(tmp_path: Path) -> None:
    held = loaded(
        tmp_path,
        actuals_csv="month,sku,quantity\n2025-01,A,10\n2025-01,B,20\n",
        plans_csv="version,month,sku,quantity\nP,2025-01,A,10\nP,2025-01,B,15\n",
        products_csv="sku,family,unit\nA,F,pc\nB,F,\n",
    )
    found = bridge(held, Scope(), base="P", by=("unit",), measure="quantity")
    assert {r["unit"]: r["volume"] for r in found.rows} == {"pc": 0.0, None: 5.0}
    assert "-0.0" not in json.dumps(found.rows)


def test_rows_without_quantity_are_told_of_the_scope_alone(tmp_path: Path) -> None:
    held = loaded(
        tmp_path,
        actuals_csv="month,sku,quantity,revenue\n2025-01,A,10,100\n2025-01,Z,,50\n2025-02,A,11,121\n2025-02,Z,5,60\n",
        plans_csv="version,month,sku,quantity,revenue\nP,2025-01,A,9,90\nP,2025-02,A,9,90\nP,2025-01,Z,2,20\n",
    )
    told = "The actuals give no quantity in 25.0\xa0% of their rows: the prices of those products are too high by it."
    assert told in bridge(held, Scope(), base="P", by=("sku",)).notes
    assert not any(
        "no quantity" in n for n in bridge(held, where(sku="A"), base="P", by=("sku", "sku")).notes
    )
