"""Without a mapping, one is proposed from headers and first rows; saved as it is, it loads what it should."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import xlsxwriter

from siop.warehouse import check
from siop.warehouse.propose import propose
from tests.warehouse.making import errors, looked_at, run_here, write

GERMAN = (
    "Monat;Artikel;Kunde;Menge;Umsatz;Bemerkung\n"
    "15.01.2026;00123;K1;1.234;10.234,50;\n28.02.2026;00123;K1;7;1,25;ok\n"
)


def accepted(folder: Path) -> dict[str, dict[str, object]]:
    """Save the proposal as mapping.toml; the tables that then load."""
    text = propose(folder)
    assert text is not None
    (folder / "mapping.toml").write_text(text, encoding="utf-8")
    result = run_here(folder)
    assert errors(result) == [], (text, result["findings"])
    tables: dict[str, dict[str, object]] = result["tables"]
    return tables


def test_a_foreign_export(tmp_path: Path) -> None:
    (tmp_path / "Verkauf 2026.csv").write_bytes(GERMAN.encode("cp1252"))
    told = tomllib.loads(propose(tmp_path) or "")["source"]
    assert told == [
        {
            "table": "actuals", "file": "Verkauf 2026.csv", "delimiter": ";", "decimal": ",", "thousands": ".",
            "month_format": "%d.%m.%Y",
            "columns": {"month": "Monat", "sku": "Artikel", "customer": "Kunde", "quantity": "Menge", "revenue": "Umsatz"},
        }
    ]  # fmt: skip
    assert "# not used: Bemerkung" in (propose(tmp_path) or "")
    assert accepted(tmp_path)["actuals"]["sums"] == {"quantity": "1241", "revenue": "10235.75"}


def test_plan_and_actual_columns_beside_each_other(tmp_path: Path) -> None:
    write(
        tmp_path,
        demand_csv="Period,Item Number,Plant,Plan Qty,Actual Qty\n2026-01,A,P1,10,9\n2026-02,A,P1,11,12\n",
    )
    tables = accepted(tmp_path)
    assert tables["actuals"]["sums"] == {"quantity": "21"}
    assert tables["plans"]["sums"] == {"quantity": "21"}


def test_a_scenario_column(tmp_path: Path) -> None:
    rows = "Actual,202601,A,5\nActual,202602,A,6\nBudget,202601,A,7\nForecast,202602,A,8\n"
    write(tmp_path, export_csv="Scenario,YearPeriod,Product,Sales Amount\n" + rows)
    tables = accepted(tmp_path)
    assert tables["actuals"]["sums"] == {"revenue": "11"}
    assert tables["plans"]["sums"] == {"revenue": "15"}


def test_dimension_tables_and_a_workbook(tmp_path: Path) -> None:
    write(
        tmp_path,
        item_master_csv="Item,Description,Product Group,Colour\nA,Pump,Pumps,red\nB,Valve,Valves,blue\n",
    )
    with xlsxwriter.Workbook(tmp_path / "shipments.xlsx") as book:
        book.add_worksheet("Notes").write(0, 0, "see the other sheet")
        sheet = book.add_worksheet("Data")
        for r, row in enumerate(
            [["Month", "Item", "Qty"], ["2026-01", "A", 3], ["2026-01", "B", 4], ["2026-01", "A", 5]]
        ):
            for c, value in enumerate(row):
                sheet.write(r, c, value)
    tables = accepted(tmp_path)
    assert tables["products"]["rows"] == 2
    assert tables["actuals"] == {"rows": 2, "rows_read": 3, "sums": {"quantity": "12"}}
    assert 'sheet = "Data"' in (tmp_path / "mapping.toml").read_text()


def test_an_ambiguous_date_is_not_decided(tmp_path: Path) -> None:
    write(tmp_path, sales_csv="Date,Item,Qty\n01/02/2026,A,3\n02/03/2026,A,3\n")
    assert "month_format" not in (propose(tmp_path) or "")
    write(tmp_path, sales_csv="Date,Item,Qty\n13/02/2026,A,3\n02/03/2026,A,3\n")
    assert 'month_format = "%d/%m/%Y"' in (propose(tmp_path) or "")


def test_check_hands_it_over_where_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "Verkauf 2026.csv").write_bytes(GERMAN.encode("cp1252"))
    told = check(tmp_path).as_dict()
    assert not told["ok"]
    assert told["proposal"] == propose(tmp_path)
    named = looked_at(tmp_path / "b", actuals_csv="month,sku,quantity\n2026-01,A,1\n")
    assert named["proposal"] is None
    slip = looked_at(tmp_path / "c", actuals_csv="Period,Item,Qty\n2026-01,A,1\n")
    assert 'quantity = "Qty"' in slip["proposal"]


@pytest.mark.parametrize("text", ["", "just a note\n", "a;b\n", "x,y\n1,2\n"])
def test_nothing_is_proposed_for_what_looks_like_nothing(text: str, tmp_path: Path) -> None:
    write(tmp_path, notes_csv=text)
    assert propose(tmp_path) is None


def test_a_missing_column_is_found_under_what_companies_call_it(tmp_path: Path) -> None:
    """Closest in letters to quantity is unit; what is meant is qty."""
    result = looked_at(
        tmp_path,
        mapping='[[source]]\ntable = "actuals"\nfile = "a.csv"\n',
        a_csv="month,sku,qty,unit\n2026-01,A,1,pc\n",
    )
    found = next(f for f in result["findings"] if f["column"] == "quantity" or "qty" in f["fix"])
    assert "'qty'" in found["fix"]
