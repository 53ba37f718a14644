"""Any file opened to the same thing: its header, and batches of text columns with their row numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from siop.warehouse import codes, csv_reader, excel_reader, parquet_reader
from siop.warehouse.files import File, Limits, refused
from siop.warehouse.findings import Findings
from siop.warehouse.mapping import Reading
from siop.warehouse.synonyms import SYNONYMS, plain

Batches = Iterator[tuple[pa.Array, list[pa.Array]]]


@dataclass(frozen=True, slots=True)
class Opened:
    """`header` as written; `read` gives (row numbers, columns) for the places wanted, in batches; `native`:
    the format has real dates, which arrive as ISO."""

    header: list[str]
    read: Callable[[list[int]], Batches]
    native: bool


def open_file(file: File, reading: Reading, table: str, limits: Limits, findings: Findings) -> Opened:
    """The file opened as its kind asks. Raises Refused where it cannot be read."""
    if file.kind == "parquet":
        return _open_parquet(file, limits)
    if file.kind == "xlsx":
        return _open_sheet(file, reading, table, limits, findings)
    return _open_csv(file, reading, limits, findings)


def _open_csv(file: File, reading: Reading, limits: Limits, findings: Findings) -> Opened:
    encoding = csv_reader.encoding_of(file.path, reading.encoding)
    delimiter = reading.delimiter or ","
    width = None if reading.header is None else len(reading.header)

    def found(notes: Findings) -> Iterator[tuple[list[int], list[list[str]]]]:
        return csv_reader.rows(file.path, encoding, delimiter, width, limits, notes, file.name)

    def read(places: list[int]) -> Batches:
        rows = found(findings)
        if width is None:
            next(rows, None)
        yield from _columns(rows, places)

    if reading.header is not None:
        return Opened(list(reading.header), read, False)
    first = next(found(Findings()), None)
    if first is None:
        raise refused("empty", "the file is empty: it has no header and no rows", file.name)
    return Opened(first[1][0], read, False)


def _open_sheet(file: File, reading: Reading, table: str, limits: Limits, findings: Findings) -> Opened:
    file.sheet, rows, marks = excel_reader.read_sheet(
        file.path, reading.sheet, table, limits, reading.decimal or "."
    )
    sheet = file.sheet
    start = 0 if reading.header is not None else 1
    if not rows:
        raise refused("empty", "the sheet is empty", file.name, sheet=sheet)
    named = list(reading.header) if reading.header is not None else rows[0]
    width = max(len(named), *(len(r) for r in rows))
    header = [*named, *[""] * (width - len(named))]

    def read(places: list[int]) -> Batches:
        used = {i + 1: header[i] for i in places}
        excel_reader.report_marks(marks, file.name, sheet, used, start, findings)
        numbers = [i + 1 for i in range(start, len(rows)) if not csv_reader.is_blank(rows[i])]
        body = [[*rows[n - 1], *[""] * (width - len(rows[n - 1]))] for n in numbers]
        for n, row in zip(numbers, body, strict=True):
            if max(map(len, row)) > limits.cell_chars:
                said = f"a cell is too long: the limit is {limits.cell_chars:,} characters"
                raise refused("size", said, file.name, row=n, sheet=sheet)
        yield from _columns(iter([(numbers, body)] if body else []), places)

    return Opened(header, read, True)


def _open_parquet(file: File, limits: Limits) -> Opened:
    opened = parquet_reader.open_parquet(file.path, limits)
    names = [str(n) for n in opened.schema_arrow.names]

    def read(places: list[int]) -> Batches:
        row = 2  # as below a header
        for arrays in parquet_reader.batches(
            opened, file.path, [names[i] for i in places], limits, file.name
        ):
            count = len(arrays[0])
            if count:
                yield pa.array(range(row, row + count), pa.int64()), arrays
            row += count

    return Opened(names, read, True)


def _columns(found: Iterator[tuple[list[int], list[list[str]]]], places: list[int]) -> Batches:
    for numbers, rows in found:
        yield pa.array(numbers, pa.int64()), [pa.array([r[i] for r in rows], pa.string()) for i in places]


def places(
    header: list[str], wanted: list[str], file: File, reading: Reading, findings: Findings
) -> list[int] | None:
    """The place of each wanted header (as compared), or None with findings where one is missing or twice."""
    compared = [codes.header(name) for name in header]
    add = findings.at(file.name, file.sheet)
    missing = [w for w in wanted if w not in compared]
    twice = [w for w in wanted if compared.count(w) > 1]
    for name in twice:
        add("error", "header", f"the header names the column {name!r} twice", row=1, column=name)
    seen = ", ".join(repr(h) for h in header[:12]) + (", …" if len(header) > 12 else "")
    for name in missing:
        said = f"the column {name!r} is missing; the header row has {seen}"
        fix = column_fix(name, header, reading)
        add("error", "column", said, row=1, column=name, fix=fix)
    return None if twice or missing else [compared.index(w) for w in wanted]


def column_fix(name: str, header: list[str], reading: Reading) -> str:
    """What to do about a column (as compared) that is not in the header (as written)."""
    import difflib

    if len(header) == 1:
        used = reading.delimiter or ","
        for delimiter, said in ((";", ";"), ("\t", "\\t"), ("|", "|"), (",", ",")):
            if delimiter != used and delimiter in header[0]:
                return f'the header seems to have another delimiter: declare delimiter = "{said}" for this source'
    near = [codes.header(h) for h in header if plain(h) in SYNONYMS.get(name, ())]
    near = near or difflib.get_close_matches(name, [codes.header(h) for h in header], 1)
    return f"did you mean {near[0]!r}?" if near else "is row 1 the header? correct the mapping, or the file"
