"""A calendar file that names fiscal years rules the months around it; a column named like a figure is a dimension too."""

from __future__ import annotations

from pathlib import Path

from siop.core import Scope, span
from siop.metrics.compare import plan_vs_actual
from siop.metrics.vintages import fiscal_year, year_months
from siop.warehouse import Snapshot
from tests.warehouse.making import loaded

SOLD = "month,sku,revenue\n" + "".join(f"{m},A,100\n" for m in span("2024-02", "2025-10"))
MAPPING = """
[company]
name = "Retail"
currency = "USD"
[[source]]
table = "calendar"
file = "calendar.csv"
columns = {{ month = "month", fiscal_year = "fiscal_year"{more} }}
[[source]]
table = "actuals"
file = "actuals.csv"
columns = {{ month = "month", sku = "sku", revenue = "revenue" }}
[[source]]
table = "plans"
file = "plans.csv"
period = "quarter"
constants = {{ version = "AOP", kind = "budget" }}
columns = {{ month = "month", sku = "sku", revenue = "revenue" }}
"""
PLANS = "month,sku,revenue\n" + "".join(f"2025-Q{q},A,300\n" for q in (1, 2, 3, 4))


def retail(folder: Path, calendar: str, more: str) -> Snapshot:
    return loaded(
        folder,
        actuals_csv=SOLD,
        plans_csv=PLANS,
        calendar_csv=calendar,
        mapping=MAPPING.format(more=more),
    )


def test_the_months_around_the_table_follow_its_years(tmp_path: Path) -> None:
    named = "month,fiscal_year,fiscal_period\n" + "".join(
        f"{m},2025,{i + 1}\n" for i, m in enumerate(span("2025-02", "2026-01"))
    )
    snapshot = retail(tmp_path, named, ', fiscal_period = "fiscal_period"')
    found = plan_vs_actual(snapshot, Scope(), by=("quarter",))
    assert [r["quarter"] for r in found.rows] == [f"{y}-Q{q}" for y in (2024, 2025) for q in (1, 2, 3, 4)][:7]
    assert [(r["plan"], r["actual"]) for r in found.rows[4:]] == [(300.0, 300.0)] * 3
    assert (fiscal_year(snapshot, "2023-12"), fiscal_year(snapshot, "2026-02")) == ("2023", "2026")
    assert year_months(snapshot, "2025-06") == span(
        "2025-02", "2026-01"
    )  # no month after the table joins the year


def test_years_without_periods_say_where_they_begin(tmp_path: Path) -> None:
    named = "month,fiscal_year\n2025-01,2024\n" + "".join(f"{m},2025\n" for m in span("2025-02", "2026-01"))
    found = plan_vs_actual(retail(tmp_path, named, ""), Scope(), by=("quarter",))
    assert {r["quarter"]: r["plan"] for r in found.rows if r["plan"] is not None} == {
        f"2025-Q{q}": 300.0 for q in (1, 2, 3)
    }


def test_a_column_named_like_a_figure_is_a_dimension_with_its_side_before_it(tmp_path: Path) -> None:
    snapshot = loaded(
        tmp_path,
        actuals_csv="month,sku,revenue\n2025-01,A,10\n2025-01,B,20\n",
        products_csv="sku,family,plan,kind\nA,F,yes,buy\nB,F,no,make\n",
    )
    for asked in ("plan", "product_plan"):
        found = plan_vs_actual(snapshot, Scope(where=Scope.filters({asked: "yes"})), by=(asked,))
        assert [(r["product_plan"], r["actual"]) for r in found.rows] == [("yes", 10.0)]
    assert snapshot.dimension("kind").name == "product_kind"
