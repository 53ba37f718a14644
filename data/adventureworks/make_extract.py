"""How `extract/` was cut from the full AdventureWorks files: python make_extract.py FULL_FOLDER OUT_FOLDER.

Columns that no mapping uses are emptied, not removed, so that the same mappings load both. Dates lose their
time of day, which is always midnight. Fourteen of the seventeen salespersons are kept with all their order
lines and quotas (the three with the most lines, 281 to 283, are left out), every thirtieth internet order
line, and the stock of two month ends."""

from __future__ import annotations

import sys
from pathlib import Path

LEFT_OUT = {"281", "282", "283"}
MONTH_ENDS = {"20121231", "20131231"}


def cut(full: Path, out: Path) -> None:
    """Write the extract of the files in `full` into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    _bar(full, out, "FactResellerSales.csv", [0, 4, 5, 12, 18, 19, 24], lambda r, _: r[5] not in LEFT_OUT)
    _bar(full, out, "FactInternetSales.csv", [0, 7, 11, 17, 18, 23], lambda _, n: n % 30 == 0, offset=1)
    _bar(full, out, "FactSalesQuota.csv", [0, 1, 2, 3, 4, 5, 6], lambda r, _: r[1] not in LEFT_OUT)
    _bar(full, out, "FactProductInventory_month_end.csv", [0, 2, 3, 6], lambda r, _: r[1] in MONTH_ENDS)
    _bar(full, out, "DimReseller.csv", [0, 1, 4, 5], lambda *_: True)
    _bar(full, out, "DimGeography.csv", [0, 5], lambda *_: True)
    _bar(full, out, "DimProductSubcategory.csv", [0, 2, 5], lambda *_: True)
    _bar(full, out, "DimProductCategory.csv", [0, 2], lambda *_: True)
    product = [
        "ProductKey",
        "ProductAlternateKey",
        "ProductSubcategoryKey",
        "EnglishProductName",
        "Color",
        "ModelName",
    ]
    _quoted(full, out, "DimProduct.csv", product, lambda _: True)
    person = ["EmployeeKey", "LastName", "Title", "SalesPersonFlag"]
    _quoted(full, out, "DimEmployee.csv", person, lambda r: r["SalesPersonFlag"] == '"1"')
    _quoted(
        full, out, "DimSalesTerritory.csv", ["SalesTerritoryKey", "SalesTerritoryCountry"], lambda _: True
    )


def _bar(full: Path, out: Path, name: str, keep: list[int], wanted: object, offset: int = 0) -> None:
    lines = []
    for number, line in enumerate((full / name).read_text(encoding="utf-8").splitlines()):
        row = line.split("|")
        if wanted(row, number):  # type: ignore[operator]
            cells = [c.removesuffix(" 00:00:00.000") if i in keep else "" for i, c in enumerate(row)]
            lines.append("|".join(cells))
    (out / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _quoted(full: Path, out: Path, name: str, keep: list[str], wanted: object) -> None:
    """Rows of quoted cells; a cell may hold the delimiter inside its quotes."""
    import csv

    with (full / name).open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle, delimiter=";")
    lines = [";".join(f'"{h}"' for h in header)]
    for row in rows:
        cells = {h: f'"{c}"' if c else "" for h, c in zip(header, row, strict=True)}
        if wanted(cells):  # type: ignore[operator]
            lines.append(";".join(cells[h] if h in keep else "" for h in header))
    (out / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    cut(Path(sys.argv[1]), Path(sys.argv[2]))
