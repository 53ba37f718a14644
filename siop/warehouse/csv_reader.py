"""CSV to rows of text: strict about encoding, quotes, cells per row and the length of cells."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from siop.core import Refused
from siop.warehouse.files import Limits, refused
from siop.warehouse.findings import Findings

BATCH = 122_880  # rows of a DuckDB row group: smaller inserts cost many times more
MAX_LOOK = 10_000_000  # characters of a cell that is only looked at to name its column
MAX_BAD_ROWS = 100_000  # of wrong length; beyond that the delimiter is wrong, not the rows


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, unpacked."""
    if path.name.casefold().endswith(".gz"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def encoding_of(path: Path, declared: str | None) -> str:
    """The declared encoding; else UTF-16 where the file starts with its mark, else UTF-8."""
    with open_bytes(path) as handle:
        head = handle.read(4)
    if declared is not None:
        plain = declared.casefold().replace("_", "-")
        return "utf-8-sig" if plain in ("utf-8", "utf8") else declared
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "utf-8-sig"


def rows(
    path: Path,
    encoding: str,
    delimiter: str,
    width: int | None,
    limits: Limits,
    findings: Findings,
    name: str,
) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Batches of (row numbers, rows). The first batch is the first row alone: the header, or (with `width`)
    a row like the others. Blank rows are counted and left out; rows of another length become findings.
    Raises Refused where the file cannot be read on."""
    csv.field_size_limit(limits.cell_chars)
    with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        number, bad, kept = 0, 0, 0
        numbers: list[int] = []
        batch: list[list[str]] = []
        try:
            for row in reader:
                number += 1
                if width is None:
                    width = len(row)
                    yield [number], [row]
                    continue
                if len(row) != width:
                    if not is_blank(row):
                        bad += 1
                        _wrong_length(row, number, width, findings, name)
                        if bad >= MAX_BAD_ROWS:
                            raise refused(
                                "structure", f"more than {bad:,} rows of another length than the header", name
                            )
                    continue
                if is_blank(row):
                    continue
                numbers.append(number)
                batch.append(row)
                if len(batch) >= BATCH:
                    kept += len(batch)
                    if kept > limits.rows:
                        raise refused(
                            "size", f"more rows than the limit of {limits.rows:,}", name, row=number
                        )
                    yield numbers, batch
                    numbers, batch = [], []
        except csv.Error as error:
            raise _broken(
                str(error), number + 1, limits, name, _long_cell(path, encoding, delimiter, number)
            ) from None
        except UnicodeError as error:
            raise _undecodable(path, encoding, name, error) from None
        except (OSError, EOFError) as error:
            raise refused("format", f"the file is damaged: {error}", name) from None
        if kept + len(batch) > limits.rows:
            raise refused("size", f"more rows than the limit of {limits.rows:,}", name, row=number)
        if batch:
            yield numbers, batch


def is_blank(row: list[str]) -> bool:
    """Whether all cells of a row are empty or white space.

    >>> is_blank(["  ", ""]), is_blank([" ", "0"])
    (True, False)
    """
    return not any(map(str.strip, row))


def _wrong_length(row: list[str], number: int, width: int, findings: Findings, name: str) -> None:
    findings.add(
        "error", "structure", f"the row has {len(row)} cells, the header has {width} columns",
        file=name, row=number, value=" | ".join(row)[:120],
        fix="quote cells that hold the delimiter, and delete totals or notes below the table",
    )  # fmt: skip


def _broken(error: str, number: int, limits: Limits, name: str, column: str | None) -> Refused:
    if "field limit" in error:
        said = f"a cell is too long: the limit is {limits.cell_chars:,} characters"
        return refused("size", said, name, row=number, column=column)
    if "unexpected end" in error:
        return refused("structure", "a quote is opened and never closed", name, row=number)
    return refused("structure", f"the row's quotes are not closed properly ({error})", name, row=number)


def _long_cell(path: Path, encoding: str, delimiter: str, before: int) -> str | None:
    """The column of the cell that was too long: the longest of the row after `before` rows."""
    csv.field_size_limit(MAX_LOOK)
    header: list[str] = []
    try:
        with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
            for number, row in enumerate(csv.reader(text, delimiter=delimiter)):
                header = header or row
                if number == before:
                    longest = max(range(len(row)), key=lambda i: len(row[i]))
                    return header[longest] if longest < len(header) else None
    except (csv.Error, UnicodeError):
        return None  # a quote that never closes has no column
    return None


def _undecodable(path: Path, encoding: str, name: str, error: UnicodeError) -> Refused:
    """Name the first row that cannot be decoded; a declared encoding other than UTF-8 has no line to find."""
    row = None
    if encoding == "utf-8-sig":
        with open_bytes(path) as handle:
            for number, line in enumerate(handle, 1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    row = number
                    break
    said = "UTF-8" if encoding == "utf-8-sig" else encoding
    return refused("encoding", f"the text is not {said}: {getattr(error, 'reason', error)}", name, row=row)
