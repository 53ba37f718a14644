"""Cells become values: keys cleaned, months and dates read, numbers exact. What does not is a finding."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from siop.warehouse import codes
from siop.warehouse.amounts import MAX_DIGITS, NumberForm, scientific
from siop.warehouse.cells import Cells
from siop.warehouse.contract import UNMAPPED
from siop.warehouse.mapping import Source
from siop.warehouse.months import Calendar, NotADate, read_date, read_moment, read_month
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import Resolved, column_of
from siop.warehouse.sqltext import Sql, exact_decimal, joined, literal, sql

_FLAGS = {"true": True, "yes": True, "y": True, "1": True, "x": True, "t": True, "closed": True, "ja": True,
          "false": False, "no": False, "n": False, "0": False, "f": False, "open": False, "nein": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """What the previous snapshot says about a file: its rows as read and as kept, and where they stood."""

    rows_read: int
    rows: int
    first_row: int
    last_row: int


@dataclass
class Stage:
    """A source's typed rows: a temporary table with _file, _row and its columns.

    digits: {number column: (digits before the point, digits after)}. reported: (file, row, column) of the cells
    that have a finding, column "" for whole rows; lost: columns that could not be looked up. Neither is
    reported once more."""

    source: Source
    one: Resolved
    table: str
    columns: list[str]
    rows: int
    digits: dict[str, tuple[int, int]] = field(default_factory=dict)
    reported: set[tuple[int, int, str]] = field(default_factory=set)
    lost: frozenset[str] = frozenset()
    proved: frozenset[str] = frozenset()  # keys that are in their table, which was seen while parsing
    fast: bool = False  # read the quick way: rows are clean, but have no numbers
    unique: bool = False  # no key twice, which was seen
    taken: dict[int, Taken] = field(default_factory=dict)  # files whose rows come from the previous snapshot
    keys: dict[int, str] = field(default_factory=dict)  # per file, what its rows are made by

    def is_reported(self, file: object, row: object, column: str) -> bool:
        """Whether a cell has its finding already."""
        at = (int(str(file)), -1 if row is None else int(str(row)))  # a quickly read file has no rows
        return column in self.lost or (*at, "") in self.reported or (*at, column) in self.reported


@dataclass
class Typing:
    """Turns one source's cells into a stage."""

    bench: Bench
    one: Resolved
    cells: Cells
    calendar: Calendar
    digits: dict[str, tuple[int, int]] = field(default_factory=dict)
    reported: set[tuple[int, int, str]] = field(default_factory=set)
    _joins: list[Sql] = field(default_factory=list)

    def run(self) -> Stage:
        """The stage; its findings are in the bench."""
        kinds = {name: self.one.kind(name) for name in self.one.columns}
        makers: dict[str, Callable[[str], Sql]] = {
            "key": self.key,
            "text": self.text,
            "month": self.month,
            "date": self.date,
            "moment": self.moment,
            "number": self.number,
            "integer": self.integer,
            "flag": self.flag,
        }
        # Months first: a totals row shows there, and is then not reported once more per column.
        order = sorted(kinds, key=lambda name: kinds[name] not in ("month", "date"))
        made = {name: makers[kinds[name]](name) for name in order}
        table = self.bench.new_table("stage")
        self.bench.run(
            sql(
                "CREATE TEMP TABLE {t} AS SELECT c._file, c._row, {values} FROM {cells} c{joins}",
                t=table, values=[sql("{v} AS {n}", v=made[n], n=n) for n in kinds], cells=self.cells.table,
                joins=joined("", self._joins),
            )
        )  # fmt: skip
        self.bench.run(sql("DROP TABLE {t}", t=self.cells.table))
        return Stage(
            self.one.source,
            self.one,
            table,
            list(kinds),
            self.cells.rows,
            self.digits,
            self.reported,
            self.cells.lost,
        )

    # one method per kind: the SQL of the typed value

    def key(self, name: str) -> Sql:
        problems: list[tuple[str, str, str]] = []
        values: dict[str, str | None] = {}
        for text in self.distinct(name, codes.PLAIN, matches=False):
            code, problem = codes.clean(text)
            values[text] = code or None
            if problem:
                problems.append((text, "code", problem))
        for text in self.distinct(name, codes.SCIENTIFIC):
            problems.append((text, "code", str(codes.clean(text)[1])))
        self.report(name, problems)
        own = sql("c.{n}", n=name)
        if not values:
            return own
        alias = self.map(name, values, pa.string())
        return sql("CASE WHEN {a}.raw IS NULL THEN {own} ELSE {a}.value END", a=alias, own=own)

    def text(self, name: str) -> Sql:
        found = self.bench.rows(
            sql(
                "SELECT DISTINCT {n} FROM {t} WHERE regexp_matches({n}, $pattern)", n=name, t=self.cells.table
            ),
            {"pattern": codes.CONTROL},
        )
        self.report(name, [(str(t), "code", "an invisible control character in a text") for (t,) in found])
        return sql("nfc_normalize(c.{n})", n=name)

    def month(self, name: str) -> Sql:
        """A month; the declared format is that of the column `month`, other months may also be plain."""
        native = self.one.files.native
        form = None if name in self.one.constants else self.one.source.reading.month_format
        forms = (form,) if name == "month" or form is None else (form, None)
        calendar, period = self.calendar, self.one.source.period if name == "month" else "month"
        if name == "cycle" or self.one.table.name == "calendar":
            # A label, whatever day the company's month starts on.
            calendar = Calendar(calendar.fiscal_year_start, named=calendar.named)

        def read(text: str) -> date:
            for tried in forms[:-1]:
                with contextlib.suppress(NotADate):
                    return date.fromisoformat(
                        read_month(text, calendar, tried, native=native, period=period) + "-01"
                    )
            last = read_month(text, calendar, forms[-1], native=native, period=period)
            return date.fromisoformat(last + "-01")

        return self.parsed(name, read, pa.date32())

    def date(self, name: str) -> Sql:
        form = None if name in self.one.constants else self.one.source.reading.date_format
        return self.parsed(
            name, lambda text: read_date(text, form, native=self.one.files.native), pa.date32()
        )

    def moment(self, name: str) -> Sql:
        form = None if name in self.one.constants else self.one.source.reading.date_format
        return self.parsed(name, lambda text: read_moment(text, form), pa.timestamp("us"))

    def flag(self, name: str) -> Sql:
        def read(text: str) -> bool:
            if text.casefold() not in _FLAGS:
                raise NotADate("neither yes nor no", "flag")
            return _FLAGS[text.casefold()]

        return self.parsed(name, read, pa.bool_())

    def integer(self, name: str) -> Sql:
        def read(text: str) -> int:
            plain = text[:-2] if text.endswith(".0") else text
            if not plain.removeprefix("-").isascii() or not plain.removeprefix("-").isdigit():
                raise NotADate("not a whole number", "number")
            if len(plain) > 9:
                raise NotADate("too large a whole number", "range")
            return int(plain)

        return self.parsed(name, read, pa.int64())

    def number(self, name: str) -> Sql:
        """Exact decimals: the column's digits decide DECIMAL(w, s); a text of another form is a finding."""
        form = NumberForm() if name in self.one.constants else self._form()
        own = sql("c.{n}", n=name)
        good = sql("regexp_full_match({v}, {p})", v=own, p=literal(form.pattern))
        odd = self.bench.rows(
            sql("SELECT DISTINCT {v} FROM {t} c WHERE NOT {good}", v=own, t=self.cells.table, good=good)
        )
        values: dict[str, str | None] = {}
        problems = []
        for (found,) in odd:
            text = str(found)
            values[text] = scientific(text) if form.decimal == "." else None
            if values[text] is None:
                problems.append((text, "number", form.problem(text)))
        self.report(name, problems)
        value = own
        for mark in form.marks:
            value = sql("replace({v}, {m}, '')", v=value, m=literal(mark))
        if form.decimal == ",":
            value = sql("replace({v}, ',', '.')", v=value)
        value = sql("CASE WHEN {good} THEN {v} END", good=good, v=value)
        if values:
            alias = self.map(name, values, pa.string())
            value = sql("CASE WHEN {a}.raw IS NULL THEN {v} ELSE {a}.value END", a=alias, v=value)
        whole, scale = self._digits(value)
        if whole + scale > MAX_DIGITS:
            said = f"{whole} digits before the point and {scale} after it are more than {MAX_DIGITS}"
            file = self.one.source.file
            self.bench.findings.add("error", "precision", said, file=file, column=self.header(name))
            return Sql("NULL")
        self.digits[name] = (whole, scale)
        return sql("CAST({v} AS {k})", v=value, k=exact_decimal(whole, scale))

    def _form(self) -> NumberForm:
        if self.one.files.opened[0][0].kind == "parquet":
            return NumberForm()  # numbers, or text in the plain form
        reading = self.one.source.reading
        return NumberForm(reading.decimal or ".", reading.thousands)

    def _digits(self, value: Sql) -> tuple[int, int]:
        found = self.bench.rows(
            sql(
                "SELECT max(length(ltrim(split_part(v, '.', 1), '+-0'))),"
                " max(length(rtrim(split_part(v, '.', 2), '0'))) FROM (SELECT {v} AS v FROM {t} c{joins})",
                v=value, t=self.cells.table, joins=joined("", self._joins),
            )
        )[0]  # fmt: skip
        return int(str(found[0] or 0)), int(str(found[1] or 0))

    # shared

    def distinct(self, name: str, pattern: str | None = None, *, matches: bool = True) -> list[str]:
        """The column's different texts; with a pattern those that match it wholly (or do not)."""
        where = Sql("")
        if pattern is not None:
            test = Sql(
                " WHERE regexp_full_match({n}, {p})" if matches else " WHERE NOT regexp_full_match({n}, {p})"
            )
            where = sql(test, n=name, p=literal(pattern))
        found = self.bench.rows(sql("SELECT DISTINCT {n} FROM {t}{w}", n=name, t=self.cells.table, w=where))
        return [str(text) for (text,) in found if text is not None]

    def parsed(self, name: str, read: Callable[[str], object], kind: pa.DataType) -> Sql:
        """Values read by a Python function, once per distinct text."""
        values: dict[str, object] = {}
        problems = []
        for text in self.distinct(name):
            try:
                values[text] = read(text)
            except NotADate as error:
                problems.append((text, error.rule, str(error)))
        self.report(name, problems)
        return sql("{a}.value", a=self.map(name, values, kind))

    def map(self, name: str, values: dict[str, object] | dict[str, str | None], kind: pa.DataType) -> str:
        """Join a table (raw, value) to the cells; returns its alias."""
        table = self.bench.new_table("map")
        incoming = pa.table(
            {"raw": pa.array(list(values), pa.string()), "value": pa.array(list(values.values()), kind)}
        )
        self.bench.fill(table, incoming)
        alias = f"m{len(self._joins)}"
        self._joins.append(sql(" LEFT JOIN {t} {a} ON c.{n} = {a}.raw", t=table, a=alias, n=name))
        return alias

    def report(self, name: str, problems: Iterable[tuple[str, str, str]]) -> None:
        """A finding per row that holds one of the bad texts; a totals row once, for all its columns."""
        listed = list(problems)
        if not listed:
            return
        bad = self.bench.new_table("bad")
        texts, rules, messages = zip(*listed, strict=True)
        incoming = pa.table({"raw": pa.array(texts), "rule": pa.array(rules), "message": pa.array(messages)})
        self.bench.fill(bad, incoming)
        column = self.header(name)
        for file, row, text, rule, message in self.bench.rows(
            sql(
                "SELECT c._file, c._row, b.raw, b.rule, b.message FROM {t} c JOIN {b} b ON c.{n} = b.raw ORDER BY 1, 2",
                n=name, t=self.cells.table, b=bad,
            )
        ):  # fmt: skip
            at = (int(str(file)), int(str(row)))
            if (*at, "") in self.reported:
                continue
            said, why = str(rule), str(message)
            if codes.is_total(str(text)):
                self.reported.add((*at, ""))
                said, why = "totals_row", "a totals row among the rows"
            self.reported.add((*at, name))
            self.bench.findings.add(
                "error", said, why, file=self.bench.file_name(file), sheet=self.bench.sheet_name(file),
                row=at[1], column=column, value=text, fix=self.fix(said),
            )  # fmt: skip

    def fix(self, rule: str) -> str | None:
        """What to do where the source declares how its cells are written; None for the rule's own words."""
        reading = self.one.source.reading
        if rule == "number" and (reading.decimal == "," or reading.thousands):
            return f"write for instance 1{reading.thousands or ''}234{reading.decimal or '.'}5, as this source declares"
        if rule == "date" and (reading.month_format or reading.date_format):
            return "write it in this form, or correct the format that this source declares"
        return None

    def header(self, name: str) -> str:
        """How the file calls a contract column."""
        return header_of(self.one, name)


def header_of(one: Resolved, name: str) -> str:
    """How the source's file calls a contract column (the contract's own name for constants)."""
    place = one.places.get(name)
    if place is None or place.file != 0:
        return name
    return next((h for h in one.files.header if codes.header(h) == place.header), name)


def required_missing(bench: Bench, stage: Stage) -> None:
    """Findings for empty cells in required columns."""
    for name in stage.columns:
        column = column_of(stage.one.table, name)
        if column is None or not column.required:
            continue
        if column.kind == "key" and stage.source.unmapped and name != "version":
            keep_unmapped(bench, stage, name, sql("{n} IS NULL", n=name))
            continue
        for file, row in bench.rows(
            sql("SELECT _file, _row FROM {t} WHERE {n} IS NULL ORDER BY 1, 2", t=stage.table, n=name)
        ):
            if not stage.is_reported(file, row, name):
                bench.findings.add(
                    "error", "missing", f"{name} is missing: the cell is empty", file=bench.file_name(file),
                    sheet=bench.sheet_name(file), row=row, column=header_of(stage.one, name),
                )  # fmt: skip


def keep_unmapped(bench: Bench, stage: Stage, name: str, blank: Sql) -> None:
    """Rows without a key are kept under one name, and counted."""
    found = bench.rows(
        sql(
            "SELECT _file, count(*), min(_row) FROM {t} WHERE {b} GROUP BY 1 ORDER BY 1",
            t=stage.table,
            b=blank,
        )
    )
    for file, count, row in found:
        bench.findings.add(
            "warning", "unmapped", f"{count} rows have no {name} and are kept as {UNMAPPED}", file=bench.file_name(file),
            sheet=bench.sheet_name(file), row=row, column=header_of(stage.one, name),
        )  # fmt: skip
    if found:
        fill = sql("UPDATE {t} SET {n} = $value WHERE {b}", t=stage.table, n=name, b=blank)
        bench.run(fill, {"value": UNMAPPED})
