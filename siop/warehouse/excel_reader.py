"""XLSX to rows of text: values by calamine, and one pass over the XML for what it leaves out.

Calamine (like every fast reader) gives a blank for a formula without a stored value and for an error cell,
and does not say what is hidden; a second look at the sheet's XML names them (stack.md section 3)."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine
from lxml import etree

from siop.core import SiopError
from siop.warehouse.files import Limits, refused
from siop.warehouse.findings import Findings

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_REL = re.compile(r"\{http://[^}]*relationships\}id")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")


@dataclass
class Marks:
    """What the values alone do not show; cells are (row, column), both from 1."""

    uncalculated: list[tuple[int, int]] = field(default_factory=list)
    calculated: list[tuple[int, int]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # first row, column, last row, column
    hidden_sheet: bool = False


def read_sheet(
    path: Path, sheet: str | None, table: str, limits: Limits, decimal: str = "."
) -> tuple[str, list[list[str]], Marks]:
    """(sheet name, rows of text from row 1, marks). Raises Refused where the sheet is not clear or not there."""
    try:
        book = python_calamine.load_workbook(str(path))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise refused("format", f"the workbook cannot be read: {error}", path.name) from None
    names = list(book.sheet_names)
    name = _choose(names, sheet, table, path.name)
    try:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        marks = _marks(path, name)
    except (python_calamine.CalamineError, etree.XMLSyntaxError, KeyError, ValueError) as error:
        raise refused("format", f"the sheet cannot be read: {error}", path.name, sheet=name) from None
    if len(rows) > limits.rows + 1:
        raise refused("size", f"more rows than the limit of {limits.rows:,}", path.name, sheet=name)
    return name, [[_text(cell, decimal) for cell in row] for row in rows], marks


def sheet_sizes(path: Path) -> dict[str, int]:
    """{sheet: rows} of a workbook. Raises Refused where it cannot be read."""
    try:
        book = python_calamine.load_workbook(str(path))
        return {name: int(book.get_sheet_by_name(name).height) for name in book.sheet_names}
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise refused("format", f"the workbook cannot be read: {error}", path.name) from None


def _choose(names: list[str], wanted: str | None, table: str, file: str) -> str:
    listed = ", ".join(repr(n) for n in names)
    if wanted is not None:
        same = [n for n in names if n == wanted] or [n for n in names if n.casefold() == wanted.casefold()]
        if len(same) != 1:
            raise refused("sheet", f"no sheet named {wanted!r}; the sheets are {listed}", file, sheet=wanted)
        return same[0]
    if len(names) == 1:
        return names[0]
    named = [n for n in names if n.casefold() == table]
    if len(named) == 1:
        return named[0]
    raise refused("sheet", f"several sheets ({listed}) and none is named in the mapping", file)


def _text(value: Any, decimal: str = ".") -> str:
    """A cell as text: numbers in the shortest form that is the same number, dates as ISO.

    Where a decimal comma is declared, number cells are written with it too: text cells are written so, and
    which of the two a cell was is not told apart later."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        return repr(value) if decimal == "." else format(Decimal(repr(value)), "f").replace(".", decimal)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta | int):
        return str(value)
    raise SiopError(f"a cell of an unknown kind: {type(value).__name__}")


def _part_of(archive: zipfile.ZipFile, sheet: str) -> tuple[str, bool]:
    """(the XML part of a sheet, whether the sheet is hidden)."""
    book = _parse(archive, "xl/workbook.xml")
    links = _parse(archive, "xl/_rels/workbook.xml.rels")
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for one in book.iter(_MAIN + "sheet", _STRICT + "sheet"):
        if one.get("name") == sheet:
            key = next((v for k, v in one.attrib.items() if _REL.match(k)), None)
            target = targets[key]
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part, one.get("state", "visible") != "visible"
    raise KeyError(sheet)


def _parse(archive: zipfile.ZipFile, part: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(part), parser)


def _marks(path: Path, sheet: str) -> Marks:
    marks = Marks()
    with zipfile.ZipFile(path) as archive:
        part, marks.hidden_sheet = _part_of(archive, sheet)
        with archive.open(part) as handle:
            row = 0
            for event, node in etree.iterparse(
                handle, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
            ):  # fmt: skip
                tag = etree.QName(node).localname
                if event == "start":
                    if tag == "row":
                        row = int(node.get("r", row + 1))
                        if node.get("hidden") in ("1", "true"):
                            marks.hidden_rows.append(row)
                    continue
                if tag == "c":
                    _mark_cell(node, row, marks)
                elif tag == "col" and node.get("hidden") in ("1", "true"):
                    marks.hidden_columns.extend(
                        range(int(node.get("min")), min(int(node.get("max")), 16384) + 1)
                    )
                elif tag == "mergeCell":
                    first, _, last = node.get("ref", "").partition(":")
                    marks.merged.append((*_position(first, 0), *_position(last or first, 0)))
                elif tag == "row":
                    node.clear()
                    while node.getprevious() is not None:
                        del node.getparent()[0]
    return marks


def _mark_cell(node: Any, row: int, marks: Marks) -> None:
    formula = node.find("{*}f") is not None
    value = node.find("{*}v")
    if not formula and node.get("t") != "e":
        return
    at = _position(node.get("r", ""), row)
    if node.get("t") == "e":
        marks.errors.append((*at, (value.text if value is not None else None) or "#ERROR"))
    elif value is None or value.text is None:
        marks.uncalculated.append(at)
    else:
        marks.calculated.append(at)


def _position(ref: str, row: int) -> tuple[int, int]:
    found = _CELL.match(ref)
    if found is None:
        return row, 0
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def report_marks(
    marks: Marks, file: str, sheet: str, used: dict[int, str], header_rows: int, findings: Findings
) -> None:
    """Findings for what the values alone do not show, in the columns that are used and below the header."""
    add = findings.at(file, sheet)
    for row, column in marks.uncalculated:
        if column in used and row > header_rows:
            add("error", "formula", "a formula without a calculated value", row=row, column=used[column])
    for row, column, text in marks.errors:
        if column in used and row > header_rows:
            add(
                "error",
                "error_cell",
                "an Excel error in a cell",
                row=row,
                column=used[column],
                value=text,
            )
    cached = [(r, c) for r, c in marks.calculated if c in used and r > header_rows]
    for column in sorted({c for _, c in cached}):
        rows = [r for r, c in cached if c == column]
        add(
            "warning",
            "formula",
            f"formula cells: the cached value was used ({len(rows)} cells)",
            row=rows[0],
            column=used[column],
        )
    if marks.hidden_rows:
        add(
            "warning",
            "hidden",
            f"hidden rows were loaded ({len(marks.hidden_rows)} rows)",
            row=marks.hidden_rows[0],
        )
    hidden = [used[c] for c in marks.hidden_columns if c in used]
    if hidden:
        add("warning", "hidden", f"a hidden column was loaded: {', '.join(hidden)}", column=hidden[0])
    if marks.hidden_sheet:
        add("warning", "hidden", "a hidden sheet was loaded")
    for first_row, first_column, last_row, last_column in marks.merged:
        touched = [used[c] for c in range(first_column, last_column + 1) if c in used]
        if touched and last_row > header_rows and first_row <= 1:
            add("error", "header", "merged cells in the header", row=first_row, column=touched[0])
        elif touched and last_row > header_rows:
            add(
                "error",
                "structure",
                "merged cells: only the first of them holds the value",
                row=first_row,
                column=touched[0],
                fix="unmerge the cells and fill each",
            )
