"""Keys of a load: lookups, rows that name nobody, repeats, one file for several tables."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.warehouse.making import PRODUCTS, errors, loaded, looked_at


def test_where_constants_and_lookups(tmp_path: Path) -> None:
    snapshot = loaded(
        tmp_path,
        facts_csv="Scenario|YearPeriod|Product Key|Customer Key|State|Revenue\n"
        "Actual|20260115|7|C1|WA|10\nActual|20260120|7|C2|NY|4.5\nBudget|20260101|7|C1|WA|12\n",
        states_csv="StateCode,Region\nWA,West\nNY,East\n",
        mapping="""
[company]
name = "Example"
currency = "EUR"
[[source]]
table = "actuals"
file = "facts.csv"
delimiter = "|"
where = { Scenario = "Actual" }
columns = { month = "YearPeriod", sku = "Product Key", customer = "Customer Key", revenue = "Revenue" }
month_format = "%Y%m%d"
[[source.lookup]]
file = "states.csv"
key = { State = "StateCode" }
columns = { region = "Region" }
[[source]]
table = "plans"
file = "facts.csv"
where = { Scenario = ["Budget", "Plan"] }
constants = { version = "Budget", kind = "budget" }
columns = { month = "YearPeriod", sku = "Product Key", revenue = "Revenue" }
[[source.lookup]]
file = "states.csv"
key = { StateCode = "State" }
columns = { region = "Region" }
""",
    )
    rows = snapshot.rows("SELECT sku, customer, region, revenue FROM actuals ORDER BY 2")
    assert rows == [("7", "C1", "West", Decimal("10.0")), ("7", "C2", "East", Decimal("4.5"))]
    assert snapshot.rows("SELECT version, customer, region, revenue FROM plans") == [
        ("Budget", None, "West", Decimal(12))
    ]
    assert snapshot.rows("SELECT kind, rows FROM versions") == [("budget", 1)]
    assert snapshot.currency == "EUR"


def test_a_lookup_that_finds_nothing_is_an_error_or_unmapped(tmp_path: Path) -> None:
    files = {
        "facts_csv": "month,sku,state,revenue\n2026-01,A,WA,10\n2026-01,B,ZZ,4\n2026-02,B,,5\n",
        "states_csv": "code,area\nWA,West\n",
    }
    mapping = """
[[source]]
table = "actuals"
file = "facts.csv"
columns = { month = "month", sku = "sku", revenue = "revenue" }
[[source.lookup]]
file = "states.csv"
key = { state = "code" }
columns = { region = "area" }
"""
    assert errors(looked_at(tmp_path / "a", **files, mapping=mapping)) == [
        [3, "state", "lookup"],
        [4, "state", "lookup"],
    ]
    kept = mapping.replace('file = "facts.csv"', 'file = "facts.csv"\nunknown = "unmapped"')
    snapshot = loaded(tmp_path / "b", **files, mapping=kept)
    assert dict(snapshot.rows("SELECT region, sum(revenue) FROM actuals GROUP BY 1")) == {
        "West": 10,
        "(unmapped)": 9,
    }
    said = snapshot.rows("SELECT message FROM findings")[0][0]
    assert said.startswith("2 rows")


def test_unknown_keys_are_errors_or_kept_as_unmapped(tmp_path: Path) -> None:
    bad = "month,sku,quantity\n2026-01,A,1\n2026-01,X,2\n2026-01,Y,4\n2026-02,,8\n"
    refused = looked_at(tmp_path / "a", actuals_csv=bad, products_csv=PRODUCTS)
    assert errors(refused) == [[3, "sku", "unknown_key"], [4, "sku", "unknown_key"], [5, "sku", "missing"]]
    mapping = """
[[source]]
table = "products"
file = "products.csv"
[[source]]
table = "actuals"
file = "actuals.csv"
unknown = "unmapped"
"""
    snapshot = loaded(tmp_path / "b", actuals_csv=bad, products_csv=PRODUCTS, mapping=mapping)
    found = snapshot.rows("SELECT sku, family, sum(quantity) FROM actuals GROUP BY ALL ORDER BY 1")
    assert found == [("(unmapped)", "(unmapped)", Decimal(14)), ("A", "Pumps", Decimal(1))]
    assert snapshot.rows("SELECT brand, family FROM products WHERE sku = '(unmapped)'") == [
        ("(unmapped)", "(unmapped)")
    ]
    assert snapshot.rows("SELECT brand, sum(quantity) FROM cube GROUP BY 1 ORDER BY 1")[0] == (
        "(unmapped)",
        14.0,
    )


def test_one_file_feeds_plan_and_actual_and_future_months_are_no_actuals(tmp_path: Path) -> None:
    mapping = """
[[source]]
table = "actuals"
file = "wide.csv"
columns = { month = "month", sku = "item", quantity = "act" }
[[source]]
table = "plans"
file = "wide.csv"
columns = { month = "month", sku = "item", quantity = "plan" }
constants = { version = "AOP", kind = "budget" }
"""
    wide = "month,item,plan,act\n2026-01,A,10,9\n2026-02,A,11,\n2026-03,A,12,\n"
    snapshot = loaded(tmp_path, wide_csv=wide, mapping=mapping)
    assert snapshot.tables["actuals"] == 1
    assert snapshot.tables["plans"] == 3
    assert snapshot.as_of == "2026-01"
    assert snapshot.closed_months == ["2026-01"]
    assert list(snapshot.calendar["month"]) == ["2026-01", "2026-02", "2026-03"]


def test_aggregate_sums_repeats_and_without_it_they_are_errors(tmp_path: Path) -> None:
    rows = "month,sku,quantity\n2026-01-03,A,1\n2026-01-20,A,2\n2026-02-01,A,4\n"
    refused = looked_at(tmp_path / "a", actuals_csv=rows)
    assert errors(refused) == [[3, "month", "duplicate_key"]]
    mapping = '[[source]]\ntable = "actuals"\nfile = "actuals.csv"\naggregate = "sum"\n'
    result = looked_at(tmp_path / "b", actuals_csv=rows, mapping=mapping)
    assert result["tables"]["actuals"] == {"rows": 2, "rows_read": 3, "sums": {"quantity": "7"}}


def test_the_same_key_in_two_sources_is_an_error(tmp_path: Path) -> None:
    mapping = '[[source]]\ntable = "actuals"\nfile = "a.csv"\n[[source]]\ntable = "actuals"\nfile = "b.csv"\n'
    rows = "month,sku,quantity\n2026-01,A,1\n"
    refused = looked_at(tmp_path, a_csv=rows, b_csv=rows, mapping=mapping)
    assert [(f["file"], f["row"], f["rule"]) for f in refused["findings"]] == [("b.csv", 2, "duplicate_key")]


def test_a_glob_reads_all_its_files_whatever_the_order_of_columns(tmp_path: Path) -> None:
    mapping = '[[source]]\ntable = "actuals"\nfile = "sales/*.csv"\n'
    (tmp_path / "in" / "sales").mkdir(parents=True)
    result = looked_at(
        tmp_path / "in", sales__jan_csv="month,sku,quantity\n2026-01,A,1\n", sales__feb_csv="quantity,sku,month\n2,A,2026-02\n",
        mapping=mapping,
    )  # fmt: skip
    assert result["tables"]["actuals"]["sums"] == {"quantity": "3"}
