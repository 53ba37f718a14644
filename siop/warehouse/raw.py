"""Every file becomes rows of text in a temporary table, once, whatever its format; the rest of the loader
never sees a file again."""

from __future__ import annotations

import glob
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from siop.core import Refused
from siop.warehouse import csv_reader
from siop.warehouse.files import File, Limits, check_size, find, is_text, kind_of, measure, refused
from siop.warehouse.findings import Findings
from siop.warehouse.mapping import Reading
from siop.warehouse.opening import Opened, open_file, places
from siop.warehouse.sqltext import joined, sql


class Progress(Protocol):
    """Told of every step: what is done, how far (0 to 1), and for a file the seconds it may take."""

    def __call__(
        self, text: str, share: float, file: str | None = None, limit: float | None = None
    ) -> None: ...


def silent(text: str, share: float, file: str | None = None, limit: float | None = None) -> None:
    """Nobody wants to know."""


PLAIN_BYTES = 2_000_000  # below this the strict reader takes no time


@dataclass(slots=True)
class FileSet:
    """The file (or the files of a glob) behind one or several sources, with the columns they want of it."""

    pattern: str
    reading: Reading
    limits: Limits
    header: list[str]
    opened: list[tuple[File, Opened]]
    native: bool
    wanted: set[str] = field(default_factory=set)  # headers as compared
    table: str | None = None  # the temporary table, once read
    failed: bool = False
    columns: dict[str, str] = field(default_factory=dict)  # header as compared -> column of the table

    @property
    def sheet(self) -> str | None:
        """The sheet of the (first) workbook, whose header this is."""
        return self.opened[0][0].sheet


@dataclass
class Bench:
    """What the loader works with: one connection, the files seen, the findings."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    findings: Findings
    progress: Progress = silent
    files: list[File] = field(default_factory=list)
    _sets: dict[tuple[object, ...], FileSet | None] = field(default_factory=dict)
    _tables: int = 0

    def run(self, sql: str, params: object = None) -> None:
        """One statement without a result."""
        self.con.execute(sql, params)

    def rows(self, sql: str, params: object = None) -> list[tuple[object, ...]]:
        """The result of one statement."""
        found: list[tuple[object, ...]] = self.con.execute(sql, params).fetchall()
        return found

    def one(self, sql: str, params: object = None) -> object:
        """The first cell of the first row."""
        return self.rows(sql, params)[0][0]

    def count(self, sql: str, params: object = None) -> int:
        """The first cell of the first row, a count."""
        return int(str(self.one(sql, params)))

    def fill(self, table: str, rows: pa.Table) -> None:
        """A temporary table with these rows."""
        self.con.register("incoming", rows)
        self.run(sql("CREATE TEMP TABLE {t} AS SELECT * FROM incoming", t=table))
        self.con.unregister("incoming")

    def file_name(self, number: object) -> str:
        """The name of a file by its number in `_file`."""
        return self.files[int(str(number))].name

    def sheet_name(self, number: object) -> str | None:
        """The sheet that was read of a file, or None."""
        return self.files[int(str(number))].sheet

    def new_table(self, stem: str) -> str:
        """A name for a temporary table; made here, never from a file."""
        self._tables += 1
        return f"{stem}_{self._tables}"

    def file_set(self, pattern: str, reading: Reading, table: str, limits: Limits) -> FileSet | None:
        """The files, opened as far as their header; None with findings where that fails."""
        decimal = (
            reading.decimal if pattern.casefold().endswith(".xlsx") else None
        )  # a sheet's numbers are written with it
        key = (pattern, reading.delimiter, reading.encoding, reading.header, reading.sheet, decimal)
        if key not in self._sets:
            self._sets[key] = self._open(pattern, reading, table, limits)
        return self._sets[key]

    def _open(self, pattern: str, reading: Reading, table: str, limits: Limits) -> FileSet | None:
        before = self.findings.errors
        opened: list[tuple[File, Opened]] = []
        for path in find(self.folder, pattern, self.findings):
            name = path.relative_to(self.folder).as_posix()
            if not is_text(name):
                self.findings.add(
                    "error", "file", "the file's name is not UTF-8", file=name, fix="rename the file"
                )
                continue
            self.progress(f"opening {name}", 0.0, name, limits.seconds)
            try:
                kind = kind_of(path)
                check_size(path, kind, limits)
                file = File(len(self.files), name, path, kind)
                measure(file)
                opened.append((file, open_file(file, reading, table, limits, self.findings)))
                self.files.append(file)
            except Refused as error:
                self.findings.extend(replace(f, file=name) for f in error.findings)
        self.progress("opened", 0.0)
        if not opened or self.findings.errors > before:
            return None
        first = opened[0][1]
        return FileSet(pattern, reading, limits, first.header, opened, first.native)

    def read(self, files: FileSet) -> bool:
        """The wanted columns into a temporary table, once; False with findings where that fails."""
        if files.table is not None or files.failed:
            return not files.failed
        before = self.findings.errors
        wanted = sorted(files.wanted)
        columns = {w: f"c{i}" for i, w in enumerate(wanted)}
        table = self.new_table("raw")
        listed = joined("", [sql(", {c} VARCHAR", c=c) for c in columns.values()])
        self.run(sql("CREATE TEMP TABLE {t} (_file INTEGER, _row BIGINT{c})", t=table, c=listed))
        for file, opened in files.opened:
            self.progress(f"reading {file.name}", 0.0, file.name, files.limits.seconds)
            try:
                self._read(file, opened, files, wanted, table)
            except Refused as error:
                self.findings.extend(error.findings)
        self.progress("read", 0.0)
        if self.findings.errors > before:
            files.failed = True
            return False
        files.table, files.columns = table, columns
        return True

    def _read(self, file: File, opened: Opened, files: FileSet, wanted: list[str], table: str) -> None:
        stop = time.monotonic() + files.limits.seconds
        order = places(opened.header, wanted, file, files.reading, self.findings)
        if order is None:
            return
        if self._read_plain(file, files, order, len(opened.header), table):
            return
        count = 0
        for numbers, arrays in opened.read(order):
            if time.monotonic() > stop:
                said = f"reading took longer than the limit of {files.limits.seconds:g} seconds"
                raise refused("size", said, file.name)
            self._append(table, file.number, numbers, arrays)
            count += len(numbers)
        if count == 0:
            said = "no data rows: the file is empty below its header"
            raise refused("empty", said, file.name, sheet=file.sheet)

    def _read_plain(self, file: File, files: FileSet, order: list[int], width: int, table: str) -> bool:
        """A large plain file, where splitting at delimiters and line ends is all there is to reading it.

        False, with nothing read, for any other file and where the quick split meets something odd: a row of
        another length, a long line, bytes that are no UTF-8. The strict reader then says what."""
        reading = files.reading
        if not file.plain or file.bytes < PLAIN_BYTES or glob.has_magic(str(file.path)):
            return False
        if csv_reader.encoding_of(file.path, reading.encoding) != "utf-8-sig":
            return False
        header = 0 if reading.header is not None else 1
        names = [f"f{i}" for i in range(width)]
        wanted = [sql("{f} AS {c}", f=names[at], c=f"c{i}") for i, at in enumerate(order)]
        filled = joined(" OR ", [sql("trim({f}, e' \\t') <> ''", f=n) for n in names])
        quick = self.new_table("quick")
        try:
            self.run(
                sql(
                    "CREATE TEMP TABLE {q} AS SELECT $file::INTEGER AS _file, row_number() OVER () + $header AS _row,"
                    " {wanted}, {filled} AS filled FROM read_csv($path, auto_detect = false, header = $named,"
                    " delim = $delim, quote = '', escape = '', columns = $columns,"
                    " max_line_size = $longest, strict_mode = true)",
                    q=quick, wanted=wanted, filled=filled,
                ),
                {
                    "file": file.number, "header": header, "path": str(file.path), "named": header == 1,
                    "delim": reading.delimiter or ",",
                    "columns": dict.fromkeys(names, "VARCHAR"), "longest": files.limits.cell_chars,
                },
            )  # fmt: skip
        except duckdb.Error:
            return False
        count = self.count(sql("SELECT count(*) FROM {q}", q=quick))
        fine = count == file.lines - header and 0 < count <= files.limits.rows
        if fine:
            columns = ["_file", "_row", *(f"c{i}" for i in range(len(order)))]
            self.run(sql("INSERT INTO {t} SELECT {c} FROM {q} WHERE filled", t=table, c=columns, q=quick))
        self.run(sql("DROP TABLE {q}", q=quick))
        return fine

    def _append(self, table: str, file: int, numbers: pa.Array, arrays: list[pa.Array]) -> None:
        incoming = pa.table([numbers, *arrays], names=["_row", *(f"c{i}" for i in range(len(arrays)))])
        self.con.register("incoming", incoming)
        self.run(sql("INSERT INTO {t} SELECT $file::INTEGER, * FROM incoming", t=table), {"file": file})
        self.con.unregister("incoming")
