"""Forms of a file: every format gives the same content, declared forms are read, undeclared ones refused with their declaration."""

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

from siop.warehouse import load
from tests.warehouse.making import errors, looked_at, run_here, warnings, write


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
