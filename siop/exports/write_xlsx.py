"""A document, or tables of a page, as an Excel workbook: real numbers and dates, formulas of ours alone."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

from siop.exports.document import Document, Facts, Heading, Table, Text, Value
from siop.exports.inert import inert

_SHEET = re.compile(r"[\[\]:*?/\\']")


def workbook(document: Document) -> bytes:
    """One sheet "Minutes" or "About" with headings, sentences and facts, and a sheet for each table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    moment = document.moment.replace(tzinfo=None)
    book.set_properties({"title": document.title, "subject": document.subject, "company": document.company, "created": moment})  # fmt: skip
    style = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "title": book.add_format({"bold": True, "font_size": 15}),
        "strong": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0.00;-#,##0.00", "valign": "top"}),
        "whole": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
        "ratio": book.add_format({"num_format": "0.0%", "valign": "top"}),
    }
    names: set[str] = set()
    first = book.add_worksheet(_sheet_name(document.title.split(":")[0] or "About", names))
    _words(first, document, style)
    for block in document.blocks:
        if isinstance(block, Table) and block.rows:
            _sheet(
                book.add_worksheet(_sheet_name(block.name or "Table", names)), block, style, document.footer
            )
    book.close()
    return out.getvalue()


def _words(sheet: Any, document: Document, style: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, inert(document.title), style["title"])
    sheet.write_string(1, 0, inert(document.subject))
    row = 3
    for block in document.blocks:
        if isinstance(block, Heading):
            sheet.write_string(row + 1, 0, inert(block.text), style["title"])
            row += 2
        elif isinstance(block, Text):
            sheet.write_string(row, 1, inert(block.text), style["strong" if block.strong else "text"])
            row += 1
        elif isinstance(block, Facts):
            for label, value in block.pairs:
                sheet.write_string(row, 0, inert(label), style["text"])
                sheet.write_string(row, 1, inert(value), style["text"])
                row += 1
        elif block.rows:
            sheet.write_string(row, 0, inert(f"See the sheet {block.name}"), style["text"])
            row += 1
    sheet.write_string(row + 1, 0, inert(document.footer), style["text"])


def _sheet(sheet: Any, table: Table, style: dict[str, Any], footer: str) -> None:
    widths = [len(h) for h in table.heads]
    for x, head in enumerate(table.heads):
        sheet.write_string(0, x, inert(head), style["head"])
    formulas = _formulas(table.heads)
    for y, row in enumerate(table.rows, start=1):
        for x, value in enumerate(row):
            widths[x] = max(widths[x], min(60, len(str(value)) if value is not None else 0))
            made = formulas.get(x)
            if made is not None and isinstance(value, int | float) and _adds_up(table.heads, row, x):
                kind = "ratio" if "ratio" in table.heads[x] else "number"
                sheet.write_formula(y, x, made(y + 1), style[kind], value)
            else:
                _cell(sheet, y, x, value, style, "ratio" in table.heads[x])
    for x, width in enumerate(widths):
        sheet.set_column(x, x, max(8, min(60, width + 2)))
    sheet.freeze_panes(1, 0)
    sheet.set_footer(f"&L{footer.replace('&', '&&')[:200]}&R&P of &N")


def _cell(sheet: Any, y: int, x: int, value: Value, style: dict[str, Any], ratio: bool) -> None:
    if value is None:
        sheet.write_blank(y, x, None)
    elif isinstance(value, bool):
        sheet.write_boolean(y, x, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(y, x, value.replace(tzinfo=None), style["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(y, x, datetime(value.year, value.month, value.day), style["date"])  # noqa: DTZ001
    elif isinstance(value, int | float):
        kind = "ratio" if ratio else "whole" if isinstance(value, int) else "number"
        sheet.write_number(y, x, value, style[kind])
    else:
        sheet.write_string(y, x, inert(value), style["text"])


def _formulas(heads: Sequence[str]) -> dict[int, Any]:
    """Deviation and its ratio follow from plan and actual in the sheet itself, where both stand there."""
    at = {h: i for i, h in enumerate(heads)}
    if not {"plan", "actual", "deviation"} <= set(at):
        return {}
    plan, actual, off = (_letter(at[n]) for n in ("plan", "actual", "deviation"))
    found = {at["deviation"]: lambda y: f"={actual}{y}-{plan}{y}"}
    if "deviation_ratio" in at:
        found[at["deviation_ratio"]] = lambda y: f"={off}{y}/ABS({plan}{y})"
    return found


def _adds_up(heads: Sequence[str], row: Sequence[Value], x: int) -> bool:
    """Whether the formula gives the row's own number: a deviation may be of due periods only."""
    at = {h: i for i, h in enumerate(heads)}
    plan, actual, off = (row[at[n]] for n in ("plan", "actual", "deviation"))
    if not all(isinstance(v, int | float) for v in (plan, actual, off)):
        return False
    same = abs((actual - plan) - off) <= 1e-9 * max(1.0, abs(actual), abs(plan))  # type: ignore[operator,arg-type]
    return bool(same and (heads[x] == "deviation" or plan != 0))


def _letter(column: int) -> str:
    return str(xlsxwriter.utility.xl_col_to_name(column))


def _sheet_name(text: str, used: set[str]) -> str:
    name = _SHEET.sub(" ", text).strip()[:28] or "Sheet"
    found, n = name, 2
    while found.lower() in used:
        found, n = f"{name} {n}", n + 1
    used.add(found.lower())
    return found
