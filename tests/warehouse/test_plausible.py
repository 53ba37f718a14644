"""What can be loaded but is hardly meant is told: where it stands, and what to do. It loads all the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from siop.core import add_months, month_of
from tests.warehouse.making import ACTUALS, PRODUCTS, errors, looked_at, run_here, write


def told(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(severity, file, row, column, value) of every finding."""
    return [(f["severity"], f["file"], f["row"], f["column"], f["value"]) for f in result["findings"]]


def warned(tmp_path: Path, **files: str) -> dict[str, Any]:
    """The answer to files beside actuals and products; they load, with warnings."""
    result = looked_at(tmp_path, **{"actuals_csv": ACTUALS, "products_csv": PRODUCTS, **files})
    assert result["ok"]
    return result


@pytest.mark.parametrize("column", ["tolerance_pct", "tolerance_abs"])
def test_a_tolerance_below_zero_is_refused(column: str, tmp_path: Path) -> None:
    result = looked_at(tmp_path, actuals_csv=ACTUALS, policies_csv=f"family,{column}\nPumps,5\nValves,-5\n")
    assert errors(result) == [[3, column, "range"]]


def test_days_that_do_not_rise(tmp_path: Path) -> None:
    head = "family,min_days,target_days,max_days\n"
    result = warned(tmp_path / "a", policies_csv=head + "Pumps,10,20,20\nValves,30,20,10\n")
    assert told(result) == [("warning", "policies.csv", 3, "min_days", "30, 20, 10")]
    blank = warned(tmp_path / "b", policies_csv=head + "Pumps,30,,10\n")
    assert told(blank) == [("warning", "policies.csv", 2, "min_days", "30, 10")]


@pytest.mark.parametrize("column", ["min_days", "target_days", "max_days"])
def test_days_below_zero(column: str, tmp_path: Path) -> None:
    result = warned(tmp_path, policies_csv=f"family,{column}\nPumps,3\nValves,-3\n")
    assert told(result) == [("warning", "policies.csv", 3, column, "-3")]


def test_amounts_that_are_hardly_ever_negative(tmp_path: Path) -> None:
    head = "order,line,sku,customer,ordered_quantity,requested_date\n"
    orders = head + "O,1,A,c,5,2026-01-05\nO,2,A,c,-5,2026-01-05\nO,3,A,c,-7,2026-01-05\n"
    products = "sku,family,unit_cost,unit_price\nA,F,1,2\nB,F,-1.5,-2\n"
    result = warned(tmp_path, orders_csv=orders, products_csv=products)
    assert told(result) == [
        ("warning", "orders.csv", 3, "ordered_quantity", "-5"),
        ("warning", "products.csv", 3, "unit_cost", "-1.5"),
        ("warning", "products.csv", 3, "unit_price", "-2"),
    ]
    assert "2 rows" in result["findings"][0]["message"]


def test_negative_amounts_that_a_company_declares_are_its_own(tmp_path: Path) -> None:
    mapping = """
[[source]]
table = "actuals"
file = "actuals.csv"
[[source]]
table = "orders"
file = "orders.csv"
[source.rules.ordered_quantity]
negative = "allow"
"""
    orders = "order,line,sku,customer,ordered_quantity,requested_date\nO,2,A,c,-5,2026-01-05\n"
    assert warned(tmp_path, orders_csv=orders, mapping=mapping)["findings"] == []


def test_a_policy_for_a_family_that_nobody_has(tmp_path: Path) -> None:
    policies = "family,tolerance_pct\nPumps,5\nValvs,5\n"
    result = warned(tmp_path / "a", policies_csv=policies)
    assert told(result) == [("warning", "policies.csv", 3, "family", "Valvs")]
    assert result["findings"][0]["fix"] == "did you mean 'Valves'?"
    by_family = "month,family,quantity\n2026-01,Pumps,1\n2026-01,Valvs,1\n"
    assert looked_at(tmp_path / "b", actuals_csv=by_family, policies_csv=policies)["findings"] == []
    assert looked_at(tmp_path / "c", actuals_csv=ACTUALS, policies_csv=policies)["findings"] == []


def test_a_bill_with_another_family_than_its_sku(tmp_path: Path) -> None:
    bills = "resource,sku,family,hours_per_unit\nR,A,Pumps,1\nR,B,Pumps,1\nR,,Valves,2\n"
    assert told(warned(tmp_path, bills_csv=bills)) == [("warning", "bills.csv", 3, "family", "Pumps")]


def test_actuals_of_months_to_come(tmp_path: Path) -> None:
    """The current month and the one after it are no surprise: periods end early, clocks differ."""
    now = month_of(datetime.now(UTC).date())
    rows = [f"{add_months(now, n)},A,1\n" for n in (0, 1)]
    assert warned(tmp_path / "a", actuals_csv="month,sku,quantity\n" + "".join(rows))["findings"] == []
    rows += [f"{add_months(now, 50)},A,1\n", f"{add_months(now, 2)},A,1\n"]
    result = warned(tmp_path / "b", actuals_csv="month,sku,quantity\n" + "".join(rows))
    assert told(result) == [("warning", "actuals.csv", 4, "month", add_months(now, 50))]
    assert "2 rows" in result["findings"][0]["message"]


def test_the_month_to_come_of_a_company_calendar_is_that_of_its_start(tmp_path: Path) -> None:
    now = month_of(datetime.now(UTC).date())
    later, start = add_months(now, 2), add_months(now, 1) + "-28"
    calendar = f"month,start_date\n{add_months(now, 1)},{now}-28\n{later},{start}\n"
    actuals = f"month,sku,quantity\n{later},A,1\n"
    assert warned(tmp_path / "a", actuals_csv=actuals, calendar_csv=calendar)["findings"] == []
    assert told(warned(tmp_path / "b", actuals_csv=actuals)) == [
        ("warning", "actuals.csv", 2, "month", later)
    ]


def test_a_year_that_is_not_over_is_no_month_to_come(tmp_path: Path) -> None:
    year = datetime.now(UTC).year
    mapping = '[[source]]\ntable = "actuals"\nfile = "actuals.csv"\nperiod = "year"\n'
    sources = write(tmp_path, actuals_csv=f"month,sku,quantity\n{year}-12,A,1\n", mapping=mapping)
    assert run_here(sources)["findings"] == []
