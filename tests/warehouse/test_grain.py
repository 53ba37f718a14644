"""Months and grains of a load: the company's calendar, rows for a quarter, spreading, parents instead of keys, versions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from siop.core import Scope
from siop.metrics import plan_vs_actual
from siop.warehouse import spread_versions
from tests.warehouse.making import ACTUALS, PRODUCTS, errors, loaded, looked_at, warnings


def test_company_calendar_gives_dated_rows_their_month(tmp_path: Path) -> None:
    calendar = "month,start_date\n2026-01,2025-12-28\n2026-02,2026-01-25\n2026-03,2026-02-22\n"
    rows = "month,sku,quantity\n2025-12-28,A,1\n2026-01-24,B,2\n2026-01-25,A,4\n2026-03-01,A,8\n"
    snapshot = loaded(tmp_path, actuals_csv=rows, calendar_csv=calendar)
    found = snapshot.rows("SELECT strftime(month, '%Y-%m'), sum(quantity) FROM actuals GROUP BY 1 ORDER BY 1")
    assert found == [("2026-01", 3), ("2026-02", 4), ("2026-03", 8)]
    early = looked_at(
        tmp_path / "b", actuals_csv="month,sku,quantity\n2025-12-27,A,1\n", calendar_csv=calendar
    )
    assert errors(early) == [[2, "month", "calendar"]]
    late = looked_at(
        tmp_path / "c", actuals_csv="month,sku,quantity\n2026-05-01,A,1\n", calendar_csv=calendar
    )
    assert errors(late) == [[2, "month", "calendar"]]


def test_fiscal_years_are_named_after_the_year_in_which_they_end(tmp_path: Path) -> None:
    mapping = '[company]\nfiscal_year_start = 7\n[[source]]\ntable = "actuals"\nfile = "actuals.csv"\n'
    rows = "month,sku,quantity\nFY24-P01,A,1\n2023-12,A,2\n2024-06,A,3\n2024-07,A,4\n"
    snapshot = loaded(tmp_path, actuals_csv=rows, mapping=mapping)
    found = dict(
        snapshot.rows("SELECT strftime(month, '%Y-%m'), quarter || ' P' || fiscal_period FROM calendar")
    )
    assert found["2023-07"] == "2024-Q1 P1"
    assert found["2023-12"] == "2024-Q2 P6"
    assert found["2024-06"] == "2024-Q4 P12"
    assert found["2024-07"] == "2025-Q1 P1"


def test_closed_months_are_those_of_the_calendar_where_it_says(tmp_path: Path) -> None:
    calendar = "month,closed,working_days\n2026-01,yes,21\n2026-02,no,20\n"
    snapshot = loaded(tmp_path, actuals_csv=ACTUALS, calendar_csv=calendar)
    assert snapshot.closed_months == ["2026-01"]
    assert snapshot.rows("SELECT working_days FROM calendar ORDER BY month") == [(21,), (20,)]


QUARTERS = """
[[source]]
table = "actuals"
file = "actuals.csv"
[[source]]
table = "plans"
file = "plans.csv"
constants = { version = "B", kind = "budget" }
period = "quarter"
"""


def test_rows_for_a_quarter_keep_their_grain(tmp_path: Path) -> None:
    plans = "month,family,quantity\n2026-02,Pumps,100\n2026-Q2,Pumps,50\n"
    snapshot = loaded(tmp_path, actuals_csv=ACTUALS, plans_csv=plans, mapping=QUARTERS)
    rows = snapshot.rows(
        "SELECT p.month, g.period, g.product, quantity FROM plans p JOIN grains g USING (grain) ORDER BY 1"
    )
    assert rows == [
        (date(2026, 1, 1), "quarter", "family", Decimal(100)),
        (date(2026, 4, 1), "quarter", "family", Decimal(50)),
    ]
    months = snapshot.rows("SELECT strftime(month, '%Y-%m') FROM calendar ORDER BY 1")
    assert months[-1] == ("2026-06",)  # the quarter is there as a whole


@pytest.mark.parametrize(
    ("spread", "expected"),
    [
        ("even", ["33.333333", "33.333334", "33.333333"]),
        ("working_days", ["20", "30", "50"]),
        ("last_year", ["10", "30", "60"]),
    ],
)
def test_spreading_happens_where_declared_and_adds_up(
    spread: str, expected: list[str], tmp_path: Path
) -> None:
    calendar = "month,working_days\n2026-01,10\n2026-02,15\n2026-03,25\n"
    actuals = "month,sku,family,quantity\n2025-01,A,Pumps,1\n2025-02,A,Pumps,3\n2025-03,A,Pumps,6\n2025-03,B,Valves,99\n"
    snapshot = loaded(
        tmp_path, actuals_csv=actuals, calendar_csv=calendar, plans_csv="month,family,quantity\n2026-01,Pumps,100\n",
        mapping=QUARTERS + f'spread = "{spread}"\n[[source]]\ntable = "calendar"\nfile = "calendar.csv"\n',
    )  # fmt: skip
    found = [q for (q,) in snapshot.rows("SELECT quantity FROM plans ORDER BY month")]
    assert found == [Decimal(e) for e in expected]
    assert sum(found) == 100
    assert snapshot.rows("SELECT spread, period FROM sources WHERE table_name = 'plans'") == [
        (spread, "quarter")
    ]
    assert snapshot.rows("SELECT period FROM grains JOIN plans USING (grain) GROUP BY 1") == [("month",)]
    assert spread_versions(snapshot) == {str(snapshot.versions["version"].iloc[0]): ("quarter", spread)}
    said = plan_vs_actual(snapshot, Scope("2026-01", "2026-03"), by=("month",)).notes
    assert any("given by quarter and spread over its months" in note for note in said)


def test_a_family_beside_a_sku_must_be_the_products(tmp_path: Path) -> None:
    rows = "month,sku,family,quantity\n2026-01,A,Pumps,1\n2026-01,B,Pumps,1\n"
    assert errors(looked_at(tmp_path / "a", actuals_csv=rows, products_csv=PRODUCTS)) == [
        [3, "family", "parent"]
    ]
    # Without a products table the first row of a SKU says its family.
    torn = "month,sku,family,quantity\n2026-01,A,Pumps,1\n2026-02,A,Valves,1\n"
    assert errors(looked_at(tmp_path / "b", actuals_csv=torn)) == [[3, "family", "parent"]]
    blank = "month,sku,family,quantity\n2026-01,A,Pumps,1\n2026-02,A,,1\n"
    snapshot = loaded(tmp_path / "c", actuals_csv=blank)
    assert snapshot.rows("SELECT DISTINCT family FROM actuals") == [("Pumps",)]
    assert snapshot.rows("SELECT sku, family FROM products") == [("A", "Pumps")]


def test_a_row_may_give_the_parent_instead_of_the_key(tmp_path: Path) -> None:
    rows = "month,sku,family,quantity\n2026-01,A,,1\n2026-01,,Valves,2\n"
    snapshot = loaded(tmp_path / "a", actuals_csv=rows, products_csv=PRODUCTS)
    grains = snapshot.rows(
        "SELECT product, family, quantity FROM actuals JOIN grains USING (grain) ORDER BY 1"
    )
    assert grains == [("family", "Valves", 2), ("sku", "Pumps", 1)]
    neither = looked_at(tmp_path / "b", actuals_csv=rows + "2026-02,,,3\n", products_csv=PRODUCTS)
    assert errors(neither) == [[4, "sku", "missing"]]
    unknown = looked_at(tmp_path / "c", actuals_csv=rows + "2026-02,,Hoses,3\n", products_csv=PRODUCTS)
    assert errors(unknown) == [[4, "family", "unknown_key"]]


def test_versions_from_a_table_constants_and_columns_must_agree(tmp_path: Path) -> None:
    plans = "version,month,sku,quantity\nC1,2026-02,A,1\nS1,2026-02,A,2\nB,2026-02,A,3\n"
    versions = (
        "version,kind,cycle,function,frozen_at,parent\nC1,consensus,2026-01,,2026-01-20 10:00:00,\n"
        "S1,input,2026-01,sales,,C1\nB,budget,,,,\n"
    )
    snapshot = loaded(tmp_path / "a", actuals_csv=ACTUALS, plans_csv=plans, versions_csv=versions)
    found = snapshot.rows("SELECT version, kind, cycle, function, parent FROM versions ORDER BY 1")
    assert found == [
        ("B", "budget", None, None, None),
        ("C1", "consensus", date(2026, 1, 1), None, None),
        ("S1", "input", date(2026, 1, 1), "sales", "C1"),
    ]
    assert snapshot.rows("SELECT version, lag FROM cube WHERE lag IS NOT NULL ORDER BY 1") == [
        ("C1", 1),
        ("S1", 1),
    ]
    torn = looked_at(
        tmp_path / "b", actuals_csv=ACTUALS, versions_csv=versions,
        plans_csv="version,kind,month,sku,quantity\nB,consensus,2026-02,A,1\n",
    )  # fmt: skip
    assert errors(torn) == [[2, "kind", "version"]]
    missing = looked_at(
        tmp_path / "c", actuals_csv=ACTUALS, plans_csv=plans + "ZZ,2026-02,A,1\n", versions_csv=versions
    )
    assert errors(missing) == [[5, "version", "unknown_key"]]
    nameless = looked_at(
        tmp_path / "d",
        actuals_csv=ACTUALS,
        plans_csv="version,kind,month,sku,quantity\nI,input,2026-02,A,1\n",
    )
    assert errors(nameless) == [[2, "function", "version"]]


def test_kind_from_the_name_is_said(tmp_path: Path) -> None:
    plans = "version,month,sku,quantity\nBudget 2026,2026-02,A,1\nconsensus 2026-01,2026-02,A,2\n"
    result = looked_at(tmp_path, actuals_csv=ACTUALS, plans_csv=plans)
    assert sorted(w[1] for w in warnings(result)) == ["cycle", "kind", "kind"]
