"""Loading: what a company hands over comes out as the contract says, exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from siop.core import Refused
from siop.warehouse import check, current_snapshot, load
from tests.warehouse.making import ACTUALS, PRODUCTS, errors, loaded, looked_at, warnings, write


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


def test_a_table_asked_for_again_is_as_it_was_whatever_was_done_to_the_first(tmp_path: Path) -> None:
    snapshot = loaded(tmp_path, actuals_csv=ACTUALS)
    asked = "SELECT sku, CAST(quantity AS DOUBLE) AS quantity FROM actuals WHERE sku = $sku ORDER BY month"
    first = snapshot.table(asked, {"sku": "A"})
    first.loc[0, "quantity"] = -1.0
    first["more"] = 1
    first.columns.name = "spoilt"
    first.index.name = "spoilt"
    again = snapshot.table(asked, {"sku": "A"})
    assert again["quantity"].tolist() == [10.0, 20.0]
    assert list(again) == ["sku", "quantity"]
    assert (again.columns.name, again.index.name) == (None, None)
    assert snapshot.table(asked, {"sku": "B"})["quantity"].tolist() == [5.0]
