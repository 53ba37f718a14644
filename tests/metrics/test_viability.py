"""The supply balance page's numbers: the order of trouble, what is short in money, and which load fits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siop.core import Scope, span
from siop.metrics.balance import balance
from siop.metrics.viability import (
    items_sentence,
    load_kind,
    load_months,
    load_rows,
    load_sentence,
    plan_cycle,
    shortage_sentence,
    viability,
    window,
)
from tests.metrics.test_balance import AHEAD, company, flat


def capacity(hours: float, rate: float = 1.0) -> dict[str, pd.DataFrame]:
    return {
        "resources": pd.DataFrame({"resource": ["R"], "name": ["Test bench"], "demonstrated_rate": [rate]}),
        "capacity": flat([*span("2026-01", "2026-03"), *AHEAD], resource="R", available_hours=hours),
        "bills": pd.DataFrame({"resource": ["R", "R"], "sku": ["A", "B"], "hours_per_unit": [1.0, 1.0]}),
    }


def test_the_family_that_runs_out_comes_first_with_its_months(tmp_path: Path) -> None:
    """A starts with 100 and loses 30 a month: 70, 40, 10, -20; its least is 15 of 30 days of 80, so 40 at the end of May is just enough."""
    found = viability(company(tmp_path, demand=80.0, supply=50.0), Scope())
    first = found.items.rows[0]
    assert (found.by, found.first, first["family"]) == ("family", "2026-04", "F")
    assert (first["first_below"], first["first_short"]) == ("2026-06", "2026-07")
    assert first["shortage"] == 50.0
    assert (first["short_revenue"], first["short_margin"]) == (500.0, 300.0)
    assert items_sentence(found).startswith("F runs out in July 2026")
    said = shortage_sentence(found.items, "EUR")
    assert "50\xa0units" in said
    assert "500\xa0EUR of revenue" in said
    assert found.items.totals["shortage"]["revenue"] == sum(r["short_revenue"] or 0 for r in found.items.rows)


def test_the_page_shows_the_report_at_the_same_scope(tmp_path: Path) -> None:
    snapshot = company(tmp_path)
    found = viability(snapshot, Scope())
    told = balance(snapshot, Scope(first="2026-04"), by=("family",))
    assert sorted(found.items.rows, key=lambda r: r["family"]) == told.rows
    assert [r for rows in found.strips.values() for r in rows] == balance(snapshot, Scope()).rows


def test_stock_above_the_most_is_excess_in_money(tmp_path: Path) -> None:
    snapshot = company(tmp_path, demand=80.0, supply=200.0)
    row = next(r for r in balance(snapshot, Scope(), by=("family",)).rows if r["family"] == "F")
    last = [r for r in balance(snapshot, Scope()).rows if r["family"] == "F"][-1]
    assert last["excess_value"] == pytest.approx((last["closing"] - last["max"]) * 4.0)
    assert row["excess_value"] == last["excess_value"]  # it only grows


def test_a_load_fits_into_hours_into_overtime_or_not() -> None:
    def kind(load: float | None, hours: float | None, overtime: float | None) -> str | None:
        return load_kind({"load_hours": load, "available_hours": hours, "overtime_hours": overtime})

    assert kind(100.0, 100.0, None) == "within"
    assert kind(105.0, 100.0, 5.0) == "overtime"
    assert kind(105.1, 100.0, 5.0) == "over"
    assert kind(5.0, 0.0, None) == "over"
    assert kind(5.0, None, None) is None
    assert kind(None, 5.0, None) is None


def test_the_bottleneck_is_named_with_its_month(tmp_path: Path) -> None:
    found = viability(company(tmp_path, supply=90.0, **capacity(80.0)), Scope())
    rows = load_rows(found)
    assert [(r["name"], r["month"], r["worst"]) for r in rows] == [("Test bench", "2026-04", 100 / 80)]
    assert load_sentence(found) == "Test bench needs 125\xa0% of its hours in April 2026; all others fit"
    assert load_months(rows) == AHEAD


def test_what_is_not_loaded_is_said(tmp_path: Path) -> None:
    found = viability(company(tmp_path, policies=None, inventory=None), Scope())
    assert items_sentence(found) == "Stock of the months ahead is not known"
    assert load_sentence(found) == "Load against hours is not known"
    assert shortage_sentence(found.items, "EUR") == "What would be short is not known"
    assert found.items.rows[0]["first_short"] is None


def test_without_a_policy_no_stock_is_judged(tmp_path: Path) -> None:
    found = viability(company(tmp_path, supply=80.0, policies=None), Scope())
    assert items_sentence(found) == "No stock has a policy to be judged by"


def test_one_family_is_shown_by_its_products(tmp_path: Path) -> None:
    found = viability(company(tmp_path), Scope(where=(("family", ("F",)),)))
    assert (found.by, [r["sku"] for r in found.items.rows]) == ("sku", ["A"])


def test_a_cycle_without_a_plan_gives_the_newest(tmp_path: Path) -> None:
    snapshot = company(tmp_path)
    assert (plan_cycle(snapshot, "2026-03"), plan_cycle(snapshot, "2026-02")) == ("2026-03", None)
    assert viability(snapshot, Scope(cycle="2026-02")).items.totals["versions"] == ["C", "S"]


def test_a_figure_shows_the_month_of_trouble() -> None:
    rows = [{"month": m, "closed": m < "2026-06"} for m in span("2026-01", "2028-12")]
    near, far = window(rows, "2026-08"), window(rows, "2028-03")
    assert [r["month"] for r in near][:1] == ["2026-03"]
    assert len(near) == len(far) == 18
    assert "2028-03" in [r["month"] for r in far][:-1]
