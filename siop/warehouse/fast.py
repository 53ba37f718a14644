"""The quick way for large plain CSV files: typed and checked while parsing, or not at all.

Lists of known keys, of months and of days are ENUM types, so that a text that is not in them fails while it is
parsed; a number is kept only where writing it again gives the same text, or where a pattern says that it is one.
Whatever is not wholly clean makes this way give up (None), and the file is read once more, slowly, by the way
that names every fault. So the quick way never decides that a row is wrong, and never changes a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from siop.warehouse import codes
from siop.warehouse.contract import ACTUAL
from siop.warehouse.csv_reader import encoding_of
from siop.warehouse.files import File
from siop.warehouse.findings import Findings
from siop.warehouse.gaps import month_gaps
from siop.warehouse.judge import Judge
from siop.warehouse.months import Calendar, NotADate
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import HERE, Resolved, column_of
from siop.warehouse.sqltext import Sql, exact_decimal, joined, literal, sql
from siop.warehouse.sqltext import name as name_of
from siop.warehouse.sqltext import number as number_of
from siop.warehouse.stage import Stage

BYTES = 20_000_000  # files below this are read slowly: it takes them no time
FIRST, LAST = date(1990, 1, 1), date(2060, 1, 1)  # months and days that the quick way knows
KEPT = False  # the benchmark keeps the checked rows in the database file, as a plain load does
WIDTH = 18  # digits of a number; more are left to the slow way
MAX_BITS = 900_000_000  # of a string of bits, about 110 MB
_SAMPLE = 200


def read_fast(bench: Bench, one: Resolved, judge: Judge, calendar: Calendar) -> Stage | None:
    """The source's stage, every row clean; None where the slow way must look."""
    file = _single_plain_file(one)
    if file is None:
        return None
    bench.progress(f"reading {file.name}", 0.1, file.name, one.files.limits.seconds)
    reader = _Reader(bench, one, judge, calendar, file)
    stage = reader.read()
    if stage is None:
        reader.drop()
    bench.progress("read", 0.2)
    return stage


def _single_plain_file(one: Resolved) -> File | None:
    """The file, where its form leaves one way to read it: UTF-8, no quotes, one kind of line end."""
    source, reading = one.source, one.source.reading
    if len(one.files.opened) != 1 or one.lookups or one.where or source.unmapped or not one.table.fact:
        return None
    file = one.files.opened[0][0]
    if file.kind != "csv" or file.bytes < BYTES or not file.plain or _has_magic(file.path):
        return None
    if reading.month_format or reading.date_format or reading.thousands or reading.decimal == ",":
        return None
    if encoding_of(file.path, reading.encoding) != "utf-8-sig":
        return None
    return file


def _has_magic(path: Path) -> bool:
    return any(mark in str(path) for mark in "*?[")


@dataclass
class _Reader:
    bench: Bench
    one: Resolved
    judge: Judge
    calendar: Calendar
    file: File
    types: dict[int, str] = field(default_factory=dict)  # place of a file column -> its type
    made: list[str] = field(default_factory=list)  # ENUM types made
    sample: list[list[str]] = field(default_factory=list)
    digits: dict[str, tuple[int, int]] = field(default_factory=dict)
    proved: set[str] = field(default_factory=set)
    shown: dict[str, Sql] = field(
        default_factory=dict
    )  # how the view shows what was parsed as something else
    join: Sql = field(default_factory=Sql)

    @property
    def table(self) -> str:
        return f"fast_{self.one.source.number}"

    @property
    def parsed(self) -> str:
        """The table below the stage's view: what was parsed, as narrow as it came."""
        return f"parsed_{self.one.source.number}"

    def drop(self) -> None:
        """Leave nothing behind."""
        self.bench.run(sql("DROP VIEW IF EXISTS {t}", t=self.table))
        self.bench.run(sql("DROP TABLE IF EXISTS {t}", t=self.parsed))
        for name in self.made:
            self.bench.run(sql("DROP TYPE IF EXISTS {t}", t=name))

    def read(self) -> Stage | None:
        self.sample = self._read_sample()
        values: dict[str, Sql] = {}
        for name in self.one.columns:
            value = self.constant(name) if name in self.one.constants else self.value(name)
            if value is None:
                return None
            (self.shown if name in self.one.constants else values)[name] = value
        try:
            self.parse(values)
            self.show()
            stage = self.stage()
            return stage if self.is_clean(stage) else None
        except (duckdb.Error, NotADate):
            return None

    def _read_sample(self) -> list[list[str]]:
        with self.file.path.open(encoding="utf-8", errors="replace") as handle:
            lines = [handle.readline().rstrip("\r\n") for _ in range(_SAMPLE)]
        delimiter = self.one.source.reading.delimiter or ","
        rows = [line.split(delimiter) for line in lines if line]
        return rows if self.one.source.reading.header is not None else rows[1:]

    def place(self, name: str) -> int | None:
        """Which column of the file feeds a contract column, where no other one does so too."""
        place = self.one.places[name]
        header = [codes.header(h) for h in self.one.files.header]
        if place.file != HERE or header.count(place.header) != 1:
            return None
        shared = [n for n, p in self.one.places.items() if p == place]
        return header.index(place.header) if len(shared) == 1 else None

    def value(self, name: str) -> Sql | None:
        """SQL of the column's value; the type it is parsed as goes to `types`. None: not this way."""
        at = self.place(name)
        if at is None or not self.sample or any(len(row) <= at for row in self.sample):
            return None
        raw = name_of(f"f{at}")
        kind = self.one.kind(name)
        if kind == "key":
            return self.key(name, at, raw)
        if kind == "month" and name == "month":
            return self.month(at, raw)
        if kind == "number":
            return self.number(name, at, raw)
        if name == "currency":
            return self.currency(at, raw)
        return None

    def enum(self, at: int, name: str, members: Sql) -> None:
        """Parse a column as one of the members of a statement's result."""
        kind = f"fast_{self.one.source.number}_{name}"
        self.made.append(kind)
        self.bench.run(
            sql("CREATE {temp} TYPE {k} AS ENUM ({m})", k=kind, m=members, temp=Sql("" if KEPT else "TEMP"))
        )
        self.types[at] = kind

    def key(self, name: str, at: int, raw: Sql) -> Sql:
        known = self.judge.known_keys(self.one.source, self.one.table, name)
        if known is None:
            self.types[at] = "VARCHAR"
        else:
            members = sql("SELECT key FROM {k} WHERE key IS NOT NULL ORDER BY key", k=known)
            if name == "version" and self.one.table.name != "plans":
                members = sql("SELECT unnest([{a}]) AS key UNION {m}", a=literal(ACTUAL), m=members)
            self.enum(at, name, members)
            self.proved.add(name)
        return raw

    def currency(self, at: int, raw: Sql) -> Sql | None:
        want = self.one.source.rules.one_currency or self.judge.company.currency
        if not want:
            return None
        self.enum(at, "currency", sql("SELECT {w}", w=literal(want)))
        return raw

    def month(self, at: int, raw: Sql) -> Sql | None:
        first, code = self.sample[0][at], Sql("enum_code(p.month)")
        if len(first) == 7:
            self.enum(at, "month", _series(Sql("MONTH"), "%Y-%m"))
            year = number_of(FIRST.year)
            self.shown["month"] = sql("make_date({y} + {c} // 12, {c} % 12 + 1, 1)", y=year, c=code)
            return raw
        if len(first) == 10:
            self.enum(at, "month", _series(Sql("DAY"), "%Y-%m-%d"))
            start = literal(FIRST.isoformat())
            self.shown["month"] = sql("date_trunc('month', DATE {s} + {c}::INTEGER)::DATE", s=start, c=code)
            if self.calendar.starts:
                self.company_month(code)
            return raw
        return None

    def company_month(self, code: Sql) -> None:
        """The company month of a day by its code; NULL, which is not clean, where the calendar does not reach."""
        days = self.bench.new_table("days")
        months: list[date | None] = []
        for number in range((LAST - FIRST).days + 1):
            try:
                months.append(date.fromisoformat(self.calendar.month(FIRST + timedelta(days=number)) + "-01"))
            except NotADate:
                months.append(None)
        self.bench.fill(days, pa.table({"code": range(len(months)), "month": pa.array(months, pa.date32())}))
        self.join = sql(" LEFT JOIN {d} days ON days.code = {c}", d=days, c=code)
        self.shown["month"] = Sql("days.month")

    def constant(self, name: str) -> Sql | None:
        """A constant that needs no check beyond being a plain code."""
        value = self.one.constants[name]
        if self.one.kind(name) not in ("key", "text") or codes.clean(value) != (value, None):
            return None
        self.proved.add(name) if name == "version" and "kind" in self.one.columns else None
        return sql("{v}::VARCHAR", v=literal(value))

    def number(self, name: str, at: int, raw: Sql) -> Sql:
        self.types[at] = "VARCHAR"
        cells = [row[at] for row in self.sample]
        scale = min(max(len(c.partition(".")[2]) for c in cells), WIDTH - 6)
        self.digits[name] = (WIDTH - scale, scale)
        fraction = f"([.][0-9]{{0,{scale}}})?" if scale else "[.]?"
        pattern = literal(f"[+-]?[0-9]{{1,{WIDTH - scale}}}{fraction}")
        return sql(
            "CASE WHEN {r} IS NULL THEN NULL WHEN CAST({d} AS VARCHAR) = {r} THEN {d}"
            " WHEN regexp_full_match({r}, {p}) THEN {d} ELSE error('not a plain number') END",
            r=raw, d=f"d{at}", p=pattern,
        )  # fmt: skip

    def parse(self, values: dict[str, Sql]) -> None:
        """The whole file in one statement; raises a DuckDB error at the first cell that is not clean."""
        header = self.one.files.header
        columns = {f"f{i}": self.types.get(i, "VARCHAR") for i in range(len(header))}
        numbers = {self.place(n): s for n, (_, s) in self.digits.items()}
        inner: list[str] = [f"f{i}" for i in sorted(self.types)]
        inner += [
            sql("TRY_CAST({f} AS {k}) AS {d}", f=f"f{i}", k=exact_decimal(WIDTH - s, s), d=f"d{i}")
            for i, s in numbers.items()
        ]
        self.bench.run("SET preserve_insertion_order = false")
        try:
            self.bench.run(
                sql(
                    "CREATE {temp} TABLE {t} AS SELECT {values}"
                    " FROM (SELECT {inner} FROM read_csv($path, auto_detect = false, header = $header, delim = $delim,"
                    " quote = '', escape = '', columns = $columns, max_line_size = $longest,"
                    " strict_mode = true))",
                    t=self.parsed, values=[sql("{v} AS {n}", v=v, n=n) for n, v in values.items()], inner=inner,
                    temp=Sql("" if KEPT else "TEMP"),
                ),
                {
                    "path": str(self.file.path), "header": self.one.source.reading.header is None,
                    "delim": self.one.source.reading.delimiter or ",", "columns": columns, "longest": max(2_000_000, self.one.files.limits.cell_chars),
                },
            )  # fmt: skip
        finally:
            self.bench.run("SET preserve_insertion_order = true")

    def show(self) -> None:
        """The stage as a view: months as dates, constants, the file's number."""
        columns = [sql("{v} AS {n}", v=self.shown.get(n, sql("p.{n}", n=n)), n=n) for n in self.one.columns]
        self.bench.run(
            sql(
                "CREATE TEMP VIEW {v} AS SELECT {f}::INTEGER AS _file, NULL::BIGINT AS _row, {c} FROM {t} p{join}",
                v=self.table, f=number_of(self.file.number), c=columns, t=self.parsed, join=self.join,
            )
        )  # fmt: skip

    def stage(self) -> Stage:
        sizes = [sql("max(abs({n}))", n=n) for n in self.digits]
        rows, *biggest = self.bench.rows(
            sql("SELECT {c} FROM {t}", c=[Sql("count(*)"), *sizes], t=self.table)
        )[0]
        for (name, (_, scale)), most in zip(list(self.digits.items()), biggest, strict=True):
            self.digits[name] = (len(str(int(Decimal(str(most or 0))))), scale)
        stage = Stage(self.one.source, self.one, self.table, self.one.columns, int(str(rows)), self.digits)
        stage.proved = frozenset(self.proved)
        stage.fast = True
        return stage

    def is_clean(self, stage: Stage) -> bool:
        """Nothing that the slow way would have to say: every row there, no blank, no rule broken, no repeat."""
        header = 0 if self.one.source.reading.header is not None else 1
        if (
            stage.rows == 0
            or stage.rows != self.file.lines - header
            or stage.rows > self.one.files.limits.rows
        ):
            return False
        needed = [
            n
            for n in stage.columns
            if (c := column_of(self.one.table, n)) and (c.required or c.kind == "key")
        ]
        blanks = joined(" + ", [sql("count(*) - count({n})", n=n) for n in needed])
        measures = joined(
            " AND ", [sql("{n} IS NULL", n=n) for n in self.one.table.sums if n in stage.columns]
        )
        found = self.bench.rows(
            sql(
                "SELECT {blanks}, count(*) FILTER (WHERE {m}) FROM {t}",
                blanks=blanks, m=measures or Sql("false"), t=stage.table,
            )
        )[0]  # fmt: skip
        if any(found):
            return False
        for name in stage.columns:
            if self.one.kind(name) == "key" and name not in self.proved and not self._plain_keys(name):
                return False
        said, real = Findings(), self.bench.findings
        self.bench.findings = said
        try:
            self.judge.run(stage)
            month_gaps(self.bench, stage)
        finally:
            self.bench.findings = real
        return not said.items and self.is_unique(stage)

    def _plain_keys(self, name: str) -> bool:
        keys = [str(k) for (k,) in self.bench.rows(sql("SELECT DISTINCT {n} FROM {t}", n=name, t=self.table))]
        return all(codes.clean(k) == (k, None) for k in keys)

    def is_unique(self, stage: Stage) -> bool:
        """No key twice, where the source does not sum.

        The ENUM codes of a key are packed into one number; where all numbers have room in a string of bits,
        as many bits as rows must be set."""
        if stage.source.aggregate:
            return True
        key = [k for k in self.one.table.key if k in stage.columns]
        packed = self._packed(key, stage.table) if set(key) - {"month"} <= self.proved else None
        if packed is not None and packed[1] <= MAX_BITS:
            bits = sql(
                "SELECT bit_count(bitstring_agg({v}, 0::BIGINT, {m}::BIGINT)) FROM {t}",
                v=packed[0], m=number_of(packed[1]), t=stage.table,
            )  # fmt: skip
            unique = self.bench.count(bits) == stage.rows
        else:
            twice = sql(
                "SELECT 1 FROM {t} GROUP BY {k} HAVING count(*) > 1 LIMIT 1",
                t=stage.table, k=packed[0] if packed is not None and packed[1] < 2**62 else key,
            )  # fmt: skip
            unique = not self.bench.rows(twice)
        stage.unique = unique and stage.source.period == "month"
        return unique

    def _packed(self, key: list[str], table: str) -> tuple[Sql, int] | None:
        """(SQL of the key as one number from 0, the largest it can be), where every part is a short list."""
        value, room = Sql("0::BIGINT"), 1
        for name in key:
            if name == "month":
                number = Sql("year(month) * 12 + month(month)")
                low, high = self.bench.rows(sql("SELECT min({n}), max({n}) FROM {t}", n=number, t=table))[0]
                first, size = int(str(low)), int(str(high)) - int(str(low)) + 1
                code = sql("({n} - {low})::BIGINT", n=number, low=number_of(first))
            elif name in self.one.constants:
                continue
            else:
                known = self.judge.known_keys(self.one.source, self.one.table, name)
                if known is None:
                    return None
                size = self.bench.count(sql("SELECT count(*) FROM {k}", k=known)) + 1
                code = sql("enum_code({n})::BIGINT", n=name)
            value = sql("({v} * {s} + {c})", v=value, s=number_of(size), c=code)
            room *= size
        return value, room


def _series(step: Sql, form: str) -> Sql:
    """A statement that lists the months or days from FIRST to LAST as text."""
    return sql(
        "SELECT strftime(unnest(generate_series({a}::DATE, {b}::DATE, INTERVAL 1 {step})), {form})",
        a=literal(FIRST.isoformat()), b=literal(LAST.isoformat()), step=step, form=literal(form),
    )  # fmt: skip
