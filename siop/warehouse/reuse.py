"""A load rebuilds what has changed: facts of files that are as they were come from the previous snapshot.

A file's rows are taken over where nothing they were made by has changed: its bytes, its lookups' bytes, its source
in the mapping, the keys that the dimension tables list, the company's calendar, the loader itself. Everything that
looks across sources (repeats, identities, cubes, hashes) is done again on all rows. A source that sums is taken
over as a whole, another one file by file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from siop import __version__
from siop.core.finding import Finding
from siop.warehouse.contract import VERSION_COLUMNS
from siop.warehouse.files import File
from siop.warehouse.judge import Judge
from siop.warehouse.months import Calendar
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import Resolved
from siop.warehouse.snapshot import SCHEMA_VERSION
from siop.warehouse.sqltext import Sql, sql
from siop.warehouse.stage import Stage, Taken

BYTES = 1_000_000  # files below this are read anew: it takes them no time
TABLES = ("actuals", "plans", "production", "inventory", "orders")
_TOLD = tuple(c.name for c in VERSION_COLUMNS)
_NOT_STORED = ("price", "unit", "currency", *_TOLD)
# Warnings that are made when a file is read; the others are made anew in every load.
_OF_THE_FILE = ("unmapped", "negative", "formula", "hidden", "missing", "spread")


@dataclass
class Reuse:
    """The previous snapshot, attached as `prev`; `keys` are its {key: [sources]}."""

    bench: Bench
    judge: Judge
    calendar: Calendar
    keys: dict[str, list[int]] = field(default_factory=dict)
    attached: bool = False
    _known: str | None = None

    def attach(self, previous: Path) -> bool:
        """Open the previous snapshot; False where it cannot be used."""
        try:
            self.bench.con.execute("ATTACH ? AS prev (READ_ONLY)", [str(previous)])
            self.attached = True
            meta = dict(self.bench.con.execute("SELECT key, value FROM prev.meta").fetchall())
        except duckdb.Error:
            return False
        if meta.get("schema_version") != str(SCHEMA_VERSION):
            return False
        for source, key in json.loads(meta.get("source_keys") or "{}").items():
            self.keys.setdefault(key, []).append(int(source))
        return True

    def detach(self) -> None:
        """Done with the previous snapshot: names of its tables must not be found beside the new ones."""
        if self.attached:
            self.bench.run("DETACH prev")
            self.attached = False

    def key(self, one: Resolved, files: list[File]) -> str:
        """What the rows of these files are made by, as one hash."""
        if self._known is None:
            parts = []
            for column, table in sorted(self.judge.known.items()):
                found = self.bench.rows(
                    sql("SELECT DISTINCT key FROM {t} WHERE key IS NOT NULL ORDER BY 1", t=table)
                )
                parts.append([column, [str(k) for (k,) in found]])
            self._known = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        source = replace(one.source, number=0)
        made_by = [
            __version__, SCHEMA_VERSION, repr(source), self._known, self.judge.company.currency, repr(self.calendar),
            [[f.name, f.sha256] for f in files], [[f.sha256 for f, _ in look.opened] for look in one.lookups],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()

    def key_each(self, one: Resolved) -> dict[int, str]:
        """{file number: key} of a source's files: one by one, or one key for all where the source sums."""
        files = [f for f, _ in one.files.opened]
        if one.source.aggregate:
            return dict.fromkeys((f.number for f in files), self.key(one, files))
        return {f.number: self.key(one, [f]) for f in files}

    def take(self, one: Resolved) -> tuple[list[Stage], Resolved | None]:
        """(stages taken over, what is left to read or None)."""
        each = self.key_each(one)
        files = [f for f, _ in one.files.opened]
        by_file = (
            not one.source.aggregate and not one.source.rules.no_month_gaps and "unit" not in one.columns
        )
        known = [f for f in files if f.bytes >= BYTES and each[f.number] in self.keys]
        # How a function is spelled is settled across files; how this file spells it is not kept.
        if "function" in one.columns:
            return [], one
        if one.table.name not in TABLES or not known or (len(known) < len(files) and not by_file):
            return [], one
        stage = self._stage(one, known, each)
        left = [pair for pair in one.files.opened if pair[0] not in known]
        if not left:
            return [stage], None
        return [stage], replace(one, files=replace(one.files, opened=left, table=None, columns={}))

    def _looks_across_files(self, one: Resolved) -> bool:
        """Whether a rule compares rows of different files of the source."""
        rules = one.source.rules
        declared = rules.one_currency or self.judge.company.currency
        return rules.no_month_gaps or "unit" in one.columns or ("currency" in one.columns and not declared)

    def _stage(self, one: Resolved, files: list[File], each: dict[int, str]) -> Stage:
        ids = self.bench.new_table("taken")
        self.bench.run(sql("CREATE TEMP TABLE {t} (source INTEGER, file INTEGER)", t=ids))
        taken = {}
        for file in files:
            told = self.bench.rows(
                "SELECT source, rows_read, rows, first_row, last_row FROM prev.sources"
                " WHERE list_contains($ids, source) AND file = $file",
                {"ids": self.keys[each[file.number]], "file": file.name},
            )[0]  # fmt: skip
            self.bench.run(sql("INSERT INTO {t} VALUES ($1, $2)", t=ids), [told[0], file.number])
            taken[file.number] = Taken(*(int(str(n)) for n in told[1:]))
            self._say_again(file)
        columns = [c for c in one.columns if c not in _NOT_STORED]
        if "price" in one.columns and "revenue" not in columns and one.table.column("revenue") is not None:
            columns.append("revenue")
        about = [c for c in one.columns if c in _TOLD]
        table = self.bench.new_table("stage")
        joined = Sql(" LEFT JOIN prev.versions v ON v.version = p.version") if about else Sql("")
        self.bench.run(
            sql(
                "CREATE TEMP TABLE {n} AS SELECT i.file AS _file, NULL::BIGINT AS _row, {c} FROM prev.{t} p"
                " JOIN {ids} i ON i.source = p.source{j}",
                n=table, t=one.table.name, ids=ids, j=joined,
                c=[*(sql("p.{c}", c=c) for c in columns), *(sql("v.{c}", c=c) for c in about)],
            )
        )  # fmt: skip
        digits = {c: self._digits(table, c) for c in columns if one.kind(c) == "number"}
        rows = sum(t.rows_read for t in taken.values())
        return Stage(one.source, one, table, [*columns, *about], rows, digits, taken=taken)

    def _digits(self, table: str, column: str) -> tuple[int, int]:
        found = self.bench.rows(
            sql(
                "SELECT max(length(ltrim(split_part(v, '.', 1), '-0'))), max(length(rtrim(split_part(v, '.', 2), '0')))"
                " FROM (SELECT CAST({c} AS VARCHAR) AS v FROM {t})",
                c=column, t=table,
            )
        )[0]  # fmt: skip
        return int(str(found[0] or 0)), int(str(found[1] or 0))

    def _say_again(self, file: File) -> None:
        """The warnings of the file's first reading."""
        for row in self.bench.rows(
            'SELECT severity, file, rule, message, fix, sheet, "row", "column", value FROM prev.findings'
            " WHERE file = $file AND list_contains($rules, rule) ORDER BY rowid",
            {"file": file.name, "rules": list(_OF_THE_FILE)},
        ):
            self.bench.findings.extend([Finding(*row)])  # type: ignore[arg-type]
