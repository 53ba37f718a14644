"""The rules as a catalogue, and the list that collects what breaks them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from siop.core.finding import Finding

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule asks for, in words; `fix` is what to do where a finding has nothing better to say."""

    name: str
    asks: str
    fix: str


RULES: dict[str, Rule] = {
    r.name: r
    for r in (
        Rule("mapping", "the mapping has only known keys, each of the right type", "correct mapping.toml"),
        Rule("file", "each named file is there, inside the sources folder", "put the file there, or correct its name"),
        Rule("format", "a file is what its name says: CSV, XLSX or Parquet", "export the file again in that format"),
        Rule("size", "a file stays within the limits of bytes, rows, cell length and time", "split the file, or raise the limit in [source.rules]"),
        Rule("encoding", "text is UTF-8, or UTF-16 with its mark, or in the declared encoding", 'save as UTF-8, or declare the encoding, for instance encoding = "cp1252"'),
        Rule("structure", "every row has as many cells as the header, and quotes are closed", "correct the row, or export the file again"),
        Rule("header", "the header is the first row and names each column once", "put the header into row 1, or declare it in the mapping"),
        Rule("column", "every mapped column is in the file", "correct the column's name in the mapping"),
        Rule("empty", "a table has rows", "export the file again with its rows"),
        Rule("sheet", "the sheet is named where a workbook has several", "name the sheet in the mapping"),
        Rule("formula", "cells hold values: a formula was calculated before saving", "open, recalculate and save the workbook, or paste values"),
        Rule("error_cell", "no cell holds an Excel error", "correct the formula, or clear the cell"),
        Rule("hidden", "nothing that is loaded is hidden", "unhide the rows, or delete them, where they should not count"),
        Rule("missing", "required cells are filled", "fill the cell, or delete the row"),
        Rule("number", "a number is written plainly, with the declared decimal mark", "write for instance 1234.5, or declare decimal and thousands for this source"),
        Rule("precision", "a number fits into 38 digits", "round the numbers of this column"),
        Rule("range", "numbers lie within the limits declared for the column", "correct the number, or the limit in [source.rules]"),
        Rule("negative", "negative numbers are allowed where declared so", "correct the sign, or allow it in [source.rules]"),
        Rule("date", "a date or month is written as ISO, or in the declared format", 'write YYYY-MM or YYYY-MM-DD, or declare month_format or date_format'),
        Rule("time_zone", "timestamps carry no time zone: midnight elsewhere may be another month", "export dates without a time zone"),
        Rule("type", "a column holds single values", "export the column as text, number or date"),
        Rule("flag", "yes or no is written so", "write true or false"),
        Rule("code", "codes are plain text, as they are in the system they come from", "format the column as text before exporting"),
        Rule("unknown_key", "a key is in its dimension table", 'correct the code, add it to the table, or set unknown = "unmapped"'),
        Rule("lookup", "each row finds one row in the other file", 'add the row to the other file, or set unknown = "unmapped"'),
        Rule("parent", "a family or region beside its key is the one of the dimension table", "correct one of the two"),
        Rule("duplicate_key", "a key occurs once", 'delete one of the rows, or set aggregate = "sum" where they add up'),
        Rule("totals_row", "no totals among the rows", "delete the totals row"),
        Rule("period", "months lie within the declared first and last month", "correct the month, or the limit in [source.rules]"),
        Rule("month_gap", "each key has every month between its first and last", "add the month, with a number, or switch no_month_gaps off"),
        Rule("one_currency", "amounts are in one currency", "convert the amounts before loading"),
        Rule("one_unit", "a SKU is counted in one unit", "convert the quantities before loading"),
        Rule("version", "a version says what it is, and always the same", "add the table versions, or correct the constants"),
        Rule("calendar", "dated rows fall into a month of the company's calendar", "extend the calendar"),
        Rule("spread", "a spread row has something to be spread by", "give the rows by month, or spread evenly"),
        Rule("unmapped", "keys that find no row are counted", "add the keys to their table"),
        Rule("unused", "files in the folder are used", "name the file after its table, or map it"),
        Rule("rounded", "no amount was rounded for display", "export with full precision"),
        Rule("identity", "quantities that must agree do", "check the two sources against each other"),
        Rule("similar_keys", "no two keys differ only in case or spaces", "use one spelling"),
    )
}  # fmt: skip


@dataclass
class Findings:
    """Collects findings, each once. Errors refuse the load; warnings are stored with the snapshot."""

    items: list[Finding] = field(default_factory=list)
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def add(
        self,
        severity: Severity,
        rule: str,
        message: str,
        *,
        file: str,
        fix: str | None = None,
        sheet: str | None = None,
        row: object = None,
        column: str | None = None,
        value: object = None,
    ) -> None:
        """Record one finding; the rule's own fix where none is given."""
        text = None if value is None else str(value)
        if text is not None and len(text) > 200:
            text = text[:200] + "…"
        file = os.fsencode(file).decode(errors="backslashreplace")  # a name need not be UTF-8, a finding is
        number = None if row is None else int(str(row))
        item = Finding(
            severity,
            file,
            rule,
            message,
            fix or RULES[rule].fix,
            sheet=sheet,
            row=number,
            column=column,
            value=text,
        )
        key = (severity, file, sheet, number, column, rule, message)
        if key not in self._seen:
            self._seen.add(key)
            self.items.append(item)

    def extend(self, items: Iterable[Finding]) -> None:
        """Record findings made elsewhere."""
        for item in items:
            self.add(
                item.severity, item.rule, item.message, file=item.file, fix=item.fix, sheet=item.sheet,
                row=item.row, column=item.column, value=item.value,
            )  # fmt: skip

    def at(self, file: str, sheet: str | None = None) -> Callable[..., None]:
        """`add` for one file and sheet."""
        return partial(self.add, file=file, sheet=sheet)

    @property
    def errors(self) -> int:
        return sum(item.severity == "error" for item in self.items)

    @property
    def ordered(self) -> tuple[Finding, ...]:
        """Errors first, then by file and row."""
        return tuple(
            sorted(self.items, key=lambda f: (f.severity != "error", f.file, f.sheet or "", f.row or 0))
        )
