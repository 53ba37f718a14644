"""Loading: what a company hands over comes out as the contract says, exactly."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from siop.core import Refused
from siop.warehouse import check, current_snapshot, load
from tests.warehouse.making import errors, loaded, looked_at, run_here, warnings, write

ACTUALS = "month,sku,quantity,revenue\n2026-01,A,10,100.50\n2026-02,A,20,210\n2026-01,B,5,55.25\n"
PRODUCTS = "sku,name,family,category,brand\nA,Pump A,Pumps,Machines,Red\nB,Valve B,Valves,Parts,Blue\n"


def test_files_named_after_tables_need_no_mapping(tmp_path: Path) -> None:
    snapshot = loaded(tmp_path, actuals_csv=ACTUALS, products_csv=PRODUCTS)
    rows = snapshot.rows("SELECT month, sku, family, quantity, revenue FROM actuals ORDER BY ALL")
    assert rows == [
        (date(2026, 1, 1), "A", "Pumps", Decimal(10), Decimal("100.50")),
        (date(2026, 1, 1), "B", "Valves", Decimal(5), Decimal("55.25")),
        (date(2026, 2, 1), "A", "Pumps", Decimal(20), Decimal(210)),
    ]
    assert snapshot.as_of == "2026-02"
    brand = snapshot.dimension("brand")
    assert (brand.side, brand.level, brand.of_parent, brand.members) == ("product", "attribute", True, 2)
    assert snapshot.rows("SELECT family, category, brand FROM families ORDER BY 1")[0] == (
        "Pumps",
        "Machines",
        "Red",
    )


def test_json_of_check_and_load(tmp_path: Path) -> None:
    sources = write(tmp_path / "sources", actuals_csv=ACTUALS)
    told = check(sources).as_dict()
    assert list(told) == ["ok", "findings", "tables"]
    assert told["tables"]["actuals"] == {
        "rows": 3,
        "rows_read": 3,
        "sums": {"quantity": "35", "revenue": "365.75"},
    }
    result = load(sources, tmp_path / "snapshots", by="Ann").as_dict()
    assert list(result) == ["ok", "findings", "tables", "snapshot", "content_hash", "plan_hashes", "seconds"]
    snapshot = current_snapshot(tmp_path / "snapshots")
    assert snapshot is not None
    assert snapshot.meta["loaded_by"] == "Ann"
    assert snapshot.id == result["snapshot"] == snapshot.path.stem
    assert not (tmp_path / "nowhere").exists()


def test_a_check_publishes_nothing(tmp_path: Path) -> None:
    sources = write(tmp_path / "sources", actuals_csv=ACTUALS)
    before = sorted(p.name for p in tmp_path.rglob("*"))
    assert check(sources).ok
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_same_sources_same_hashes_and_changed_sources_others(tmp_path: Path) -> None:
    plans = "version,month,sku,quantity,kind\nB1,2026-01,A,5,budget\nB2,2026-01,A,7,estimate\n"
    sources = write(tmp_path / "sources", actuals_csv=ACTUALS, plans_csv=plans)
    one, two = load(sources, tmp_path / "one"), load(sources, tmp_path / "two", by="somebody else")
    assert (one.content_hash, one.plan_hashes) == (two.content_hash, two.plan_hashes)
    # Another order of rows and another way to write the same number are the same plan.
    again = "kind,version,month,sku,quantity\nestimate,B2,2026-01,A,7.00\nbudget,B1,2026-01,A,5\n"
    write(sources, plans_csv=again)
    assert load(sources, tmp_path / "three").plan_hashes == one.plan_hashes
    write(sources, plans_csv=plans.replace("A,7", "A,8"))
    four = load(sources, tmp_path / "four")
    assert four.plan_hashes["B1"] == one.plan_hashes["B1"]
    assert four.plan_hashes["B2"] != one.plan_hashes["B2"]
    assert four.content_hash != one.content_hash


def test_price_yields_revenue_where_revenue_is_not_given(tmp_path: Path) -> None:
    snapshot = loaded(
        tmp_path, actuals_csv="month,sku,quantity,price,revenue\n2026-01,A,3,2.345,\n2026-01,B,3,2.345,9\n"
    )
    found = dict(snapshot.rows("SELECT sku, revenue FROM actuals"))
    assert found == {"A": Decimal("7.035"), "B": Decimal(9)}


def test_amounts_are_exact_and_as_narrow_as_they_can_be(tmp_path: Path) -> None:
    wide = "0.1000000000000000055"
    snapshot = loaded(
        tmp_path, actuals_csv=f"month,sku,quantity,revenue,cost\n2026-01,A,0.1,{wide},1\n2026-02,A,0.2,0.2,\n"
    )
    assert snapshot.rows("SELECT sum(quantity), sum(revenue), sum(cost) FROM actuals") == [
        (Decimal("0.3"), Decimal("0.3000000000000000055"), Decimal(1))
    ]
    kinds = dict(
        snapshot.rows("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'actuals'")
    )
    assert (kinds["quantity"], kinds["revenue"]) == ("DECIMAL(18,1)", "DECIMAL(38,19)")
    assert snapshot.rows("SELECT cost FROM actuals WHERE month = DATE '2026-02-01'") == [(None,)]


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
    assert errors(torn) == [[None, "version", "version"]]
    missing = looked_at(
        tmp_path / "c", actuals_csv=ACTUALS, plans_csv=plans + "ZZ,2026-02,A,1\n", versions_csv=versions
    )
    assert errors(missing) == [[5, "version", "unknown_key"]]
    nameless = looked_at(
        tmp_path / "d",
        actuals_csv=ACTUALS,
        plans_csv="version,kind,month,sku,quantity\nI,input,2026-02,A,1\n",
    )
    assert errors(nameless) == [[None, "function", "version"]]


def test_kind_from_the_name_is_said(tmp_path: Path) -> None:
    plans = "version,month,sku,quantity\nBudget 2026,2026-02,A,1\nconsensus 2026-01,2026-02,A,2\n"
    result = looked_at(tmp_path, actuals_csv=ACTUALS, plans_csv=plans)
    assert sorted(w[1] for w in warnings(result)) == ["cycle", "kind", "kind"]


def test_every_table_of_the_contract_loads(tmp_path: Path) -> None:
    snapshot = loaded(
        tmp_path,
        actuals_csv="month,sku,customer,site,quantity,revenue,cost\n2026-01,A,C1,S1,1,2,1\n",
        products_csv=PRODUCTS,
        customers_csv="customer,name,region,channel,key_account,tier\nC1,Cust,West,Direct,yes,gold\n",
        sites_csv="site,name,region,kind\nS1,Plant,North,plant\n",
        calendar_csv="month,closed\n2026-01,1\n",
        versions_csv="version,kind\nSUP,supply\n",
        production_csv="version,month,sku,site,quantity\nactual,2026-01,A,S1,3\nSUP,2026-02,A,S1,4\n",
        inventory_csv="version,month,sku,site,quantity,value\nactual,2026-01,A,S1,9,90.5\n",
        orders_csv="order,line,sku,customer,ordered_quantity,requested_date,promised_date,delivered_quantity,delivered_date\n"
        "O1,1,A,C1,1,2026-01-05,2026-01-06,1,2026-01-07\nO1,2,A,C1,2,2026-01-05,,,\n",
        resources_csv="resource,site,name,demonstrated_rate\nR1,S1,Line,0.92\n",
        capacity_csv="resource,month,available_hours,overtime_hours,overtime_cost\nR1,2026-01,160.5,20,35\n",
        bills_csv="resource,sku,family,hours_per_unit\nR1,A,,0.25\nR1,,Valves,0.5\n",
        policies_csv="family,min_days,target_days,max_days,fence_months,tolerance_pct,tolerance_abs\nPumps,10,20,30,2,7.5,\n",
    )
    counts = {
        t: n for t, n in snapshot.tables.items() if t not in ("meta", "sources", "dimensions", "grains")
    }
    assert counts == {
        "actuals": 1, "bills": 2, "calendar": 2, "capacity": 1, "control_totals": 10, "cube": 1, "customers": 1,
        "families": 2, "inventory": 1, "orders": 2, "policies": 1, "production": 2, "products": 2, "regions": 1,
        "resources": 1, "sites": 1, "versions": 1,
    }  # fmt: skip
    totals = {(t, c): v for t, c, _, v in snapshot.rows("SELECT * FROM control_totals")}
    assert totals["capacity", "available_hours"] == "160.5"
    assert totals["orders", "delivered_quantity"] == "1"
    dims = snapshot.dimensions
    assert {"tier", "channel", "key_account", "site_region", "site_kind", "brand"} <= set(dims)
    assert dims["site_region"].side == "site"
    assert "name" not in dims


def test_the_same_rows_in_every_format_give_the_same_content(tmp_path: Path) -> None:
    columns = {
        "month": [date(2026, 1, 1), date(2026, 2, 1)], "sku": ["00123", "12E5"], "quantity": [1.5, 0.1],
        "revenue": [10.25, 1e-05], "note": ["x", "y"],
    }  # fmt: skip
    texts = "month,sku,quantity,revenue\n2026-01-01,00123,1.5,10.25\n2026-02-01,12E5,0.1,1e-05\n"
    hashes = {load(write(tmp_path / "csv", actuals_csv=texts), tmp_path / "o1").content_hash}
    zipped = tmp_path / "gz"
    zipped.mkdir()
    (zipped / "actuals.csv.gz").write_bytes(gzip.compress(texts.encode("utf-16")))
    hashes.add(load(zipped, tmp_path / "o2").content_hash)
    parquet = tmp_path / "parquet"
    parquet.mkdir()
    pq.write_table(pa.table(columns), parquet / "actuals.parquet")
    hashes.add(load(parquet, tmp_path / "o3").content_hash)
    small = columns | {
        "quantity": pa.array([1.5, 0.1], pa.float32()),
        "month": pa.array(columns["month"], pa.date32()).cast(pa.timestamp("ns")),
    }
    pq.write_table(pa.table(small), parquet / "actuals.parquet")
    hashes.add(load(parquet, tmp_path / "o5").content_hash)
    excel = tmp_path / "xlsx"
    excel.mkdir()
    with xlsxwriter.Workbook(excel / "actuals.xlsx") as book:
        sheet, day = book.add_worksheet("anything"), book.add_format({"num_format": "dd.mm.yyyy"})
        for place, (name, values) in enumerate(columns.items()):
            sheet.write(0, place, name)
            for row, value in enumerate(values, 1):
                sheet.write_datetime(row, place, value, day) if isinstance(value, date) else sheet.write(
                    row, place, value
                )
    hashes.add(load(excel, tmp_path / "o4").content_hash)
    assert len(hashes) == 1
    assert None not in hashes


@pytest.mark.parametrize(
    ("reading", "text", "encoding"),
    [
        ('delimiter = ";"\ndecimal = ","\nthousands = "."', "month;sku;quantity\n2026-01;A;1.234,5\n2026-02;A;7\n", "utf-8"),
        ('delimiter = "\\t"', "month\tsku\tquantity\n2026-01\tA\t1234.5\n2026-02\tA\t7\n", "utf-16"),
        ('encoding = "cp1252"\nthousands = "\'"', "month,sku,quantity\n2026-01,Ä,1'234.5\n2026-02,Ä,7\n", "cp1252"),
        ('month_format = "%b %y"', "month,sku,quantity\nJan 26,A,1234.5\nFeb 26,A,7\n", "utf-8-sig"),
        ('month_format = "%Y%m"', "month,sku,quantity\n202601,A,1234.5\n202602,A,7\n", "utf-8"),
        ('month_format = "%d.%m.%Y"', "month,sku,quantity\n1.1.2026,A,1234.5\n28.02.2026,A,7\n", "utf-8"),
        ('header = ["month", "sku", "quantity"]', "2026-01,A,1234.5\n2026-02,A,7\n", "utf-8"),
    ],
)  # fmt: skip
def test_declared_forms(reading: str, text: str, encoding: str, tmp_path: Path) -> None:
    mapping = f'[[source]]\ntable = "actuals"\nfile = "facts.csv"\n{reading}\n'
    sources = write(tmp_path, mapping=mapping)
    (sources / "facts.csv").write_bytes(text.encode(encoding))
    result = run_here(sources)
    assert errors(result) == []
    assert result["tables"]["actuals"]["sums"] == {"quantity": "1241.5"}


def test_undeclared_forms_are_refused_with_the_declaration_as_fix(tmp_path: Path) -> None:
    semicolon = looked_at(tmp_path / "a", actuals_csv="month;sku;quantity\n2026-01;A;1\n")
    assert any('delimiter = ";"' in f["fix"] for f in semicolon["findings"])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "actuals.csv").write_bytes("month,sku,quantity\n2026-01,Ä,1\n".encode("cp1252"))
    encoded = run_here(tmp_path / "b")
    assert errors(encoded) == [[2, None, "encoding"]]
    assert "cp1252" in encoded["findings"][0]["fix"]


def test_constants_are_plain_whatever_the_file_declares(tmp_path: Path) -> None:
    mapping = """
[company]
labels = { site = "plant", plnt = "works" }
[[source]]
table = "actuals"
file = "sub/facts.csv"
delimiter = ";"
decimal = ","
month_format = "%Y%m"
columns = { month = "m", sku = "s", quantity = "q" }
[[source]]
table = "plans"
file = "sub/facts.csv"
constants = { version = "C", kind = "consensus", cycle = "2025-12", month = "2026-03", cost = 1.5, frozen_at = "2025-12-20T10:00:00Z" }
columns = { sku = "s", quantity = "q", site = "w" }
unknown = "unmapped"
"""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    facts = "m;s;q;w\n202601;A;1,5;W\n202601;B;2;\n"
    target = tmp_path / "out.duckdb"
    result = run_here(write(tmp_path / "in", sub__facts_csv=facts, mapping=mapping), target)
    assert result["ok"], result["findings"]
    assert warnings(result) == [[None, "plnt", "mapping"], [3, "w", "unmapped"]]
    with duckdb.connect(str(target), read_only=True) as con:
        plans = con.execute("SELECT month, sku, site, quantity, cost FROM plans ORDER BY sku").fetchall()
        versions = con.execute("SELECT version, cycle, frozen_at FROM versions").fetchall()
    assert plans == [
        (date(2026, 3, 1), "A", "W", Decimal("1.5"), Decimal("1.5")),
        (date(2026, 3, 1), "B", "(unmapped)", Decimal(2), Decimal("1.5")),
    ]
    assert versions == [("C", date(2025, 12, 1), datetime(2025, 12, 20, 10))]
    bad = run_here(write(tmp_path / "in", sub__facts_csv="", mapping=mapping))
    assert [f["file"] for f in bad["findings"]] == ["sub/facts.csv"]


def test_a_misspelt_optional_column_is_told(tmp_path: Path) -> None:
    result = looked_at(tmp_path, actuals_csv="month,sku,quantity,revenu,mood\n2026-01,A,1,2,fine\n")
    assert [(f["severity"], f["column"], f["fix"][:23]) for f in result["findings"]] == [
        ("error", "revenu", "did you mean 'revenue'?"),
        ("warning", "mood", "it is not loaded; name "),
    ]


def test_files_outside_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(ACTUALS)
    for file in ("../secret.csv", str(tmp_path / "secret.csv"), "link.csv"):
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        link = folder / "link.csv"
        if not link.exists():
            link.symlink_to(tmp_path / "secret.csv")
        result = looked_at(folder, mapping=f'[[source]]\ntable = "actuals"\nfile = "{file}"\n')
        assert errors(result) == [[None, None, "file"]]


def test_bad_input_of_the_ground(tmp_path: Path) -> None:
    """A missing file, an unknown column, text for a number, an unknown SKU, a repeated key, an empty file."""
    mapping = '[[source]]\ntable = "actuals"\nfile = "facts.csv"\ncolumns = { month = "m", sku = "s", quantity = "q" }\n'
    products = '[[source]]\ntable = "products"\nfile = "products.csv"\n'
    assert errors(looked_at(tmp_path / "1", mapping=mapping)) == [[None, None, "file"]]
    assert errors(looked_at(tmp_path / "2", mapping=mapping, facts_csv="m,s,quant\n2026-01,A,1\n")) == [
        [1, "q", "column"]
    ]
    assert errors(looked_at(tmp_path / "3", mapping=mapping, facts_csv="m,s,q\n2026-01,A,lots\n")) == [
        [2, "q", "number"]
    ]
    unknown = looked_at(
        tmp_path / "4", mapping=mapping + products, facts_csv="m,s,q\n2026-01,a,1\n", products_csv=PRODUCTS
    )
    assert errors(unknown) == [[2, "s", "unknown_key"]]
    assert unknown["findings"][0]["fix"] == "did you mean 'A'?"
    twice = looked_at(
        tmp_path / "5", mapping=mapping, facts_csv="m,s,q\n2026-01,A,1\n2026-02,A,1\n2026-01,A,1\n"
    )
    assert errors(twice) == [[4, "m", "duplicate_key"]]
    assert errors(looked_at(tmp_path / "6", mapping=mapping, facts_csv="")) == [[None, None, "empty"]]
    assert errors(looked_at(tmp_path / "7")) == [[None, None, "file"]]


def test_a_refused_load_leaves_the_snapshot_as_it_is(tmp_path: Path) -> None:
    snapshot = loaded(tmp_path, actuals_csv=ACTUALS)
    folder = tmp_path / "snapshots"
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    write(tmp_path / "sources", actuals_csv=ACTUALS.replace("100.50", "hundred"))
    result = load(tmp_path / "sources", folder)
    assert not result.ok
    assert result.snapshot is None
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    again = current_snapshot(folder)
    assert again is not None
    assert again.id == snapshot.id


def test_a_damaged_snapshot_is_refused_in_words(tmp_path: Path) -> None:
    path = loaded(tmp_path, actuals_csv=ACTUALS).path
    path.chmod(0o644)
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(Refused, match="cannot be read"):
        current_snapshot(tmp_path / "snapshots")


def test_two_spellings_of_a_key_are_told(tmp_path: Path) -> None:
    rows = "month,sku,customer,quantity\n2026-01,00417,c1,1\n2026-01,417,C1,2\n2026-02,417,C1,2\n"
    result = looked_at(tmp_path, actuals_csv=rows)
    assert result["ok"]
    assert warnings(result) == [[3, "sku", "similar_keys"], [3, "customer", "similar_keys"]]
