"""From combined rows to the snapshot: tables filled and sorted, totals compared, hashes, dimensions, cube."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass, field

from siop.warehouse import build, dims, hashes
from siop.warehouse.company_calendar import Month
from siop.warehouse.contract import ACTUAL
from siop.warehouse.facts import Combined
from siop.warehouse.findings import Findings
from siop.warehouse.mapping import FILE as MAPPING
from siop.warehouse.mapping import Company
from siop.warehouse.raw import Bench
from siop.warehouse.snapshot import SCHEMA_VERSION
from siop.warehouse.sqltext import sql
from siop.warehouse.version_table import Version


@dataclass
class Assembly:
    """The last steps of a load, on tables that hold no error."""

    bench: Bench
    company: Company
    every: dict[str, Combined]
    parents: dict[str, str]
    versions: list[Version]
    months: list[Month]
    source_keys: dict[int, str] = field(default_factory=dict)

    @property
    def findings(self) -> Findings:
        return self.bench.findings

    def run(self) -> tuple[dict[str, dict[str, object]], str, dict[str, str]]:
        """(tables with rows and sums, content hash, plan hashes); the database is filled."""
        bench, labels = self.bench, dict(self.company.labels)
        bench.progress("building the tables", 0.3)
        ids = self.sources()
        facts = [c for c in self.every.values() if c.table.fact]
        build.fill_grains(bench, [c for t, c in self.every.items() if t in ("actuals", "plans")])
        sides = dims.build_sides(bench, self.every, facts, labels, self.parents)
        tables: dict[str, dict[str, object]] = {}
        for table in build.stored_tables():
            if table in self.every:
                bench.progress(f"building {table}", 0.5)
                one = self.every[table]
                build.fill_fact(bench, one, ids)
                tables[table] = self.totals(one)
        for table in ("calendar", "products", "customers", "sites"):
            if table in self.every:
                one = self.every[table]
                rows = bench.count(sql("SELECT count(*) FROM {t}", t=one.name))
                tables[table] = {"rows": rows, "rows_read": one.rows_read, "sums": {}}
        told = hashes.version_hashes(bench)
        build.fill_versions(bench, self.versions, told)
        if self.versions:
            tables["versions"] = {"rows": len(self.versions), "rows_read": len(self.versions), "sums": {}}
        every = build.fill_dimensions(bench, sides, labels, self.months)
        for name in sorted(set(labels) - {d.name for d in every}):
            near = difflib.get_close_matches(name, [d.name for d in every], 1)
            self.findings.add(
                "warning", "mapping", f"labels: no dimension {name!r} is loaded", file=MAPPING, column=name,
                fix=f"did you mean {near[0]}?" if near else f"dimensions: {', '.join(d.name for d in every)}",
            )  # fmt: skip
        bench.progress("building the cube", 0.8)
        build.build_cube(bench, sides, every)
        content = self.meta()
        for f in self.findings.ordered:
            bench.run(
                "INSERT INTO findings VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                [f.severity, f.file, f.sheet, f.row, f.column, f.value, f.rule, f.message, f.fix],
            )
        return tables, content, {v: h for v, h in told.items() if v != ACTUAL}

    def totals(self, one: Combined) -> dict[str, object]:
        """Control totals: the snapshot's sums must be the files', as exact decimals."""
        table = one.table.name
        rows = self.bench.count(sql("SELECT count(*) FROM {t}", t=table))
        for column, total in one.totals.items():
            there = build.exact_sum(self.bench, table, column, one.digits[column][1])
            if there != total:
                self.findings.add(
                    "error", "identity", f"{table}: {column} is {total} in the files and {there} in the snapshot",
                    file=one.stages[0].source.file, column=column,
                )  # fmt: skip
            self.bench.run("INSERT INTO control_totals VALUES ($1, $2, $3, $4)", [table, column, rows, total])
        return {"rows": rows, "rows_read": one.rows_read, "sums": one.totals}

    def sources(self) -> str:
        """Fill `sources`; returns the temporary table that gives each row's source."""
        bench = self.bench
        ids = bench.new_table("ids")
        bench.run(sql("CREATE TEMP TABLE {t} (_source INTEGER, _file INTEGER, source INTEGER)", t=ids))
        number = 0
        for one in self.every.values():
            for stage in one.stages:
                found = bench.rows(
                    sql(
                        "SELECT _file, count(*), min(_row), max(_row) FROM {t} GROUP BY 1 ORDER BY 1",
                        t=stage.table,
                    )
                )
                for file, rows, first, last in found:
                    number += 1
                    seen = bench.files[int(str(file))]
                    if stage.fast:
                        first, last = 1 + (stage.source.reading.header is None), seen.lines
                    kept = one.kept.get((stage.source.number, seen.number), 0)
                    taken = stage.taken.get(seen.number)
                    if taken is not None:
                        rows, first, last = taken.rows_read, taken.first_row, taken.last_row
                    if seen.number in stage.keys:
                        self.source_keys[number] = stage.keys[seen.number]
                    bench.run(
                        "INSERT INTO sources VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                        [number, one.table.name, seen.name, seen.sheet, seen.sha256, seen.bytes, rows, kept,
                         first, last, stage.source.period, stage.source.spread],
                    )  # fmt: skip
                    into = sql("INSERT INTO {t} VALUES ($1, $2, $3)", t=ids)
                    bench.run(into, [stage.source.number, file, number])
        return ids

    def meta(self) -> str:
        """What the snapshot says about itself; returns the content hash, which covers all that people see."""
        closed = [m.month for m in self.months if m.closed]
        company = {
            "company": self.company.name,
            "currency": self.company.currency,
            "fiscal_year_start": str(self.company.fiscal_year_start),
            "as_of": closed[-1] if closed else "",
            "labels": json.dumps(dict(self.company.labels), sort_keys=True, ensure_ascii=False),
        }
        hashed = ["calendar", "products", "customers", "sites", "versions", *build.stored_tables()]
        parts = [f"{t} {hashes.table_hash(self.bench, t)}" for t in hashed]
        text = "\n".join([*parts, json.dumps(company, sort_keys=True)])
        content = hashlib.sha256(text.encode()).hexdigest()
        more = {
            "schema_version": str(SCHEMA_VERSION),
            "content_hash": content,
            "source_keys": json.dumps(self.source_keys),
        }
        for key, value in (company | more).items():
            self.bench.run("INSERT INTO meta VALUES ($1, $2)", [key, value])
        return content
