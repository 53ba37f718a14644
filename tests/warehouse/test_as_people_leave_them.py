"""Files as people leave them: blank lines, odd names, other headers; each is read, or told where it stands."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from siop.warehouse import check, load, look_at, raw
from tests.warehouse.making import ACTUALS, errors, looked_at, run_here, write

ODD = b"caf\xe9.csv"  # a file name in Latin-1
MAPPING = '[[source]]\ntable = "actuals"\nfile = "a.xlsx"\n'


def workbook(folder: Path, fill: Callable[[Any], None]) -> Path:
    """A folder with a.xlsx, its only sheet named Data, and a mapping that names it."""
    write(folder, mapping=MAPPING)
    with xlsxwriter.Workbook(folder / "a.xlsx") as book:
        fill(book.add_worksheet("Data"))
    return folder


@pytest.mark.parametrize("plain_bytes", [raw.PLAIN_BYTES, 0])
@pytest.mark.parametrize("blank", ["", "   ", ",,,", " ,\t, , ", "\t", "   ,"])
def test_blank_lines_are_left_out_and_counted(
    blank: str, plain_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "PLAIN_BYTES", plain_bytes)
    lines = ACTUALS.splitlines()
    fine = [*lines[:2], blank, *lines[2:], blank]
    result = looked_at(tmp_path / "a", actuals_csv="\n".join(fine) + "\n")
    assert (result["findings"], result["tables"]["actuals"]["rows_read"]) == ([], 3)
    bad = [*fine, "2026-13,B,5,1"]
    assert errors(looked_at(tmp_path / "b", actuals_csv="\n".join(bad) + "\n")) == [[7, "month", "date"]]


def test_blank_lines_of_a_workbook_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        ["month", "sku", "quantity"],
        ["2026-01", "A", 1],
        ["   ", " ", ""],
        ["2026-13", "A", 2],
        ["  ", "", ""],
    ]

    def fill(sheet: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    assert errors(run_here(workbook(tmp_path, fill))) == [[4, "month", "date"]]


def test_a_file_whose_name_is_no_text_is_named_and_left_out(tmp_path: Path) -> None:
    sources = write(tmp_path / "sources", actuals_csv=ACTUALS)
    Path(os.fsdecode(os.fsencode(sources) + b"/" + ODD)).write_text(ACTUALS)
    dry, done = check(sources), load(sources, tmp_path / "snapshots")
    assert dry.ok
    assert done.ok
    for result in (dry, done):
        assert [(f.severity, f.file, f.rule) for f in result.findings] == [
            ("warning", "caf\\xe9.csv", "unused")
        ]
    assert dry.proposal is not None
    assert dry.proposal.count("[[source]]") == 1
    assert look_at(write(sources, mapping=dry.proposal)).unused == []


def test_a_glob_that_finds_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    sources = write(tmp_path, mapping='[[source]]\ntable = "actuals"\nfile = "*.csv"\n', sales_csv=ACTUALS)
    Path(os.fsdecode(os.fsencode(sources) + b"/" + ODD)).write_text(ACTUALS)
    result = check(sources)
    assert [(f.severity, f.file, f.rule, f.fix) for f in result.findings] == [
        ("error", "caf\\xe9.csv", "file", "rename the file")
    ]


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    sources = write(
        tmp_path, actuals_csv=ACTUALS, mapping='[[source]]\ntable = "actuals"\nfile = "actuals.csv"\n'
    )
    result = run_here(sources / "actuals.csv")
    assert [(f["file"], f["rule"], f["message"][:14]) for f in result["findings"]] == [
        ("actuals.csv", "file", "this is a file")
    ]
    assert run_here(sources / "mapping.toml")["ok"]


def test_a_finding_about_the_header_names_the_sheet(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.write_row(0, 0, ["Sales report"])
        sheet.write_row(1, 0, ["month", "sku", "quantity"])

    findings = run_here(workbook(tmp_path / "a", fill))["findings"]
    assert {(f["sheet"], f["row"], f["rule"]) for f in findings} == {("Data", 1, "column")}
    folder = workbook(tmp_path / "b", fill)
    write(
        folder,
        mapping=MAPPING + 'where = { kind = "x" }\ncolumns = { month = "month", quantity = "quantity" }\n',
    )
    missing = run_here(folder)["findings"]
    assert [(f["sheet"], f["row"], f["column"]) for f in missing] == [("Data", 1, "kind")]


@pytest.mark.parametrize(("delimiter", "said"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_a_file_with_another_delimiter(delimiter: str, said: str, tmp_path: Path) -> None:
    text = ACTUALS.replace(",", delimiter)
    fix = f'the header seems to have another delimiter: declare delimiter = "{said}" for this source'
    result = looked_at(tmp_path / "a", actuals_csv=text)
    assert {f["fix"] for f in result["findings"] if f["severity"] == "error"} == {fix}
    mapping = '[[source]]\ntable = "actuals"\nfile = "x.csv"\ncolumns = { month = "month", quantity = "quantity" }\n'
    result = looked_at(tmp_path / "b", x_csv=text, mapping=mapping)
    assert {f["fix"] for f in result["findings"]} == {fix}


def test_a_header_is_taken_for_what_companies_mean_by_it(tmp_path: Path) -> None:
    result = looked_at(tmp_path / "a", actuals_csv="month,Item,quantity\n2026-01,A,1\n")
    assert [(f["severity"], f["column"], f["fix"]) for f in result["findings"]] == [
        ("error", "item", "did you mean 'sku'?")
    ]
    loads = looked_at(tmp_path / "b", actuals_csv="month,sku,quantity,SalesRegion\n2026-01,A,1,NL\n")
    assert [(f["severity"], f["column"], f["fix"]) for f in loads["findings"]] == [
        ("warning", "salesregion", "it is not loaded; did you mean 'region'?")
    ]
