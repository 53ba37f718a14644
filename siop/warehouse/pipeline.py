"""From a sources folder to a filled database, or to findings: the steps of a load, in order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from siop.core import month_of
from siop.warehouse import build, dims, hashes, spread
from siop.warehouse.cells import read_cells
from siop.warehouse.company_calendar import Month, Told, complete, read_calendar
from siop.warehouse.contract import TABLES
from siop.warehouse.facts import combine, fill_parents, find_repeats, merge_repeats
from siop.warehouse.findings import Findings
from siop.warehouse.judge import Judge
from siop.warehouse.mapping import FILE as MAPPING
from siop.warehouse.mapping import Plan, implied_mapping, read_mapping
from siop.warehouse.months import Calendar
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import Resolved, resolve
from siop.warehouse.snapshot import SCHEMA_VERSION
from siop.warehouse.sqltext import joined, sql
from siop.warehouse.stage import Stage, Typing, required_missing
from siop.warehouse.version_table import read_versions

_DIMENSION_TABLES = ("products", "customers", "sites", "versions", "resources", "policies")


@dataclass
class Outcome:
    """What a check or load found. `ok` false: nothing was built."""

    ok: bool = False
    tables: dict[str, dict[str, object]] = field(default_factory=dict)
    content_hash: str | None = None
    plan_hashes: dict[str, str] = field(default_factory=dict)
    as_of: str | None = None


@dataclass
class Pipeline:
    """One run over one sources folder, into the database of the connection."""

    con: duckdb.DuckDBPyConnection
    sources: Path
    findings: Findings
    progress: Callable[[str, float], None] = lambda _text, _share: None
    outcome: Outcome = field(default_factory=Outcome)

    def run(self) -> Outcome:
        """All steps as far as the data allow; findings are collected from as many as possible."""
        plan = self.mapping()
        self.bench = Bench(self.con, plan.folder, self.findings, self.progress)
        stages = self.stages(plan)
        if stages is None or self.findings.errors:
            return self.outcome
        self.combine(plan, stages)
        if self.findings.errors:
            return self.outcome
        self.fill(plan)
        self.outcome.ok = not self.findings.errors
        return self.outcome

    def mapping(self) -> Plan:
        """The mapping of the folder (or the mapping named), else files named after the tables."""
        path = self.sources if self.sources.is_file() else self.sources / MAPPING
        if path.is_file():
            return read_mapping(path, self.findings)
        if not self.sources.is_dir():
            self.findings.add(
                "error",
                "file",
                "no such folder",
                file=str(self.sources.name),
                fix="name the folder that holds the company's files",
            )
            return Plan(self.sources)
        return implied_mapping(self.sources, self.findings)

    def stages(self, plan: Plan) -> dict[str, list[Stage]] | None:
        """Every source typed and judged; None where a file could not be read."""
        if self.findings.errors:
            return None
        if not any(s.table == "actuals" for s in plan.sources):
            self.findings.add(
                "error", "file", "no actuals: the one table that is required", file=MAPPING if plan.declared else "actuals.csv",
                fix="name a file actuals.csv, or write a mapping.toml" if not plan.declared else "add a [[source]] for actuals",
            )  # fmt: skip
            return None
        resolved = resolve(self.bench, plan)
        if self.findings.errors:
            return None
        order = ["calendar", *_DIMENSION_TABLES, *(t for t in TABLES if TABLES[t].fact)]
        out: dict[str, list[Stage]] = {}
        self.calendar = Calendar(plan.company.fiscal_year_start)
        self.told: dict[str, Told] = {}
        judge = Judge(self.bench, plan.company)
        for table in order:
            mine = [one for one in resolved if one.table.name == table]
            for place, one in enumerate(mine):
                self.progress(f"checking {table}", place / len(mine))
                stage = self.stage(one, judge)
                if stage is not None:
                    out.setdefault(table, []).append(stage)
            if table == "calendar" and table in out:
                self.calendar, self.told = read_calendar(
                    self.bench, out[table], plan.company.fiscal_year_start
                )
            if table in out:
                self.learn(table, out[table], judge)
        return out

    def stage(self, one: Resolved, judge: Judge) -> Stage | None:
        cells = read_cells(self.bench, one)
        if cells is None:
            return None
        typing = Typing(self.bench, one, cells, self.calendar)
        stage = typing.run()
        judge.totals = typing.totals
        required_missing(self.bench, stage, typing.totals)
        judge.run(stage)
        return stage

    def learn(self, table: str, stages: list[Stage], judge: Judge) -> None:
        """A dimension table that is given lists its keys (and the parents') for the sources after it."""
        listed = {"products": ("sku", "family"), "customers": ("customer", "region"), "sites": ("site",),
                  "versions": ("version",), "resources": ("resource",)}  # fmt: skip
        for column in listed.get(table, ()):
            with_it = [s for s in stages if column in s.columns]
            if with_it:
                judge.know(
                    column,
                    joined(" UNION ALL ", [sql("SELECT {c} FROM {t}", c=column, t=s.table) for s in with_it]),
                )

    def combine(self, plan: Plan, stages: dict[str, list[Stage]]) -> None:
        """Tables from their sources, with parents, periods, spreading and the repeated keys found."""
        self.all = {t: combine(self.bench, TABLES[t], s) for t, s in stages.items() if t != "versions"}
        self.actuals = self.all.get("actuals")
        if (
            self.actuals is not None
            and self.bench.count(sql("SELECT count(*) FROM {t}", t=self.actuals.name)) == 0
        ):
            self.findings.add(
                "error", "empty", "no actuals: no row has a number", file=self.actuals.stages[0].source.file
            )
            return
        parents = self.parents()
        sliced = [c for t, c in self.all.items() if t in ("actuals", "plans")]
        for one in sliced:
            fill_parents(self.bench, one, parents)
        self.versions = read_versions(
            self.bench, stages.get("versions", []), [c for c in self.all.values() if c.table.fact]
        )
        self.months = self.complete_calendar(plan)
        build.create_schema(self.bench)
        build.fill_calendar(self.bench, self.months)
        for one in sliced:
            spread.spread_rows(self.bench, one, self.months, self.actuals)
            build.first_of_period(self.bench, one)
        for one in self.all.values():
            find_repeats(self.bench, one)
            if not one.table.fact and any(s.source.aggregate for s in one.stages):
                merge_repeats(self.bench, one)

    def parents(self) -> dict[str, str]:
        """{key: temporary table (key, parent)}: from the dimension table, else from the facts themselves."""
        out = {}
        for key, parent, table in (("sku", "family", "products"), ("customer", "region", "customers")):
            given = self.all.get(table)
            with_both = [given] if given is not None and parent in given.columns else [
                c for c in self.all.values() if c.table.fact and key in c.columns and parent in c.columns]  # fmt: skip
            if not with_both:
                continue
            name = self.bench.new_table("parents")
            parts = [
                sql(
                    "SELECT {k} AS key, {p} AS parent, _file, _row FROM {t} WHERE {k} IS NOT NULL AND {p} IS NOT NULL",
                    k=key,
                    p=parent,
                    t=c.name,
                )
                for c in with_both
            ]
            self.bench.run(
                sql(
                    "CREATE TEMP TABLE {n} AS SELECT key, arg_min(parent, (_file, _row)) AS parent FROM ({p}) GROUP BY key",
                    n=name,
                    p=joined(" UNION ALL ", parts),
                )
            )
            out[key] = name
        return out

    def complete_calendar(self, plan: Plan) -> list[Month]:
        seen: list[date] = []
        last: date | None = None
        for one in self.all.values():
            if one.table.fact and "month" in one.columns:
                low, high = self.bench.rows(sql("SELECT min(month), max(month) FROM {t}", t=one.name))[0]
                seen += [d for d in (low, high) if isinstance(d, date)]
                if one.table.name == "actuals" and isinstance(high, date):
                    last = high
        seen += [v.cycle for v in self.versions if v.cycle is not None]
        periods = {s.source.period for c in self.all.values() for s in c.stages}
        whole = "year" if "year" in periods else "quarter" if "quarter" in periods else "month"
        first, final = month_of(min(seen)), month_of(max(seen))
        last_actual = month_of(last) if last is not None else None
        coarse = (
            next((s.source.period for s in self.actuals.stages if s.source.period != "month"), None)
            if self.actuals
            else None
        )
        if last_actual is not None and coarse is not None:
            whole_months = complete(self.calendar, self.told, (last_actual, last_actual), None, coarse)
            period = next(m for m in whole_months if m.month == last_actual)
            inside = [
                m.month
                for m in whole_months
                if (m.quarter if coarse == "quarter" else m.year)
                == (period.quarter if coarse == "quarter" else period.year)
            ]
            last_actual = max(inside)
        return complete(self.calendar, self.told, (first, final), last_actual, whole)

    def fill(self, plan: Plan) -> None:
        """The snapshot's tables, hashes, dimensions and cube."""
        bench, labels = self.bench, dict(plan.company.labels)
        self.progress("building", 0.2)
        ids = self.fill_sources()
        sliced = [c for t, c in self.all.items() if t in ("actuals", "plans")]
        build.fill_grains(bench, sliced)
        sides = dims.build_sides(bench, self.all, [c for c in self.all.values() if c.table.fact], labels)
        for table in build.stored_tables():
            if table in self.all:
                self.progress(f"building {table}", 0.4)
                totals = build.fill_fact(bench, self.all[table], ids)
                self.record(table, totals)
        for side in sides:
            if side.table in self.all:
                count = bench.count(sql("SELECT count(*) FROM {t}", t=self.all[side.table].name))
                self.record(side.table, build.Totals(self.all[side.table].rows_read, count, {}))
        if "calendar" in self.all:
            self.record(
                "calendar", build.Totals(self.all["calendar"].rows_read, self.all["calendar"].rows_read, {})
            )
        plan_hashes = {v.version: hashes.version_hash(bench, v.version) for v in self.versions}
        build.fill_versions(bench, self.versions, plan_hashes)
        if self.versions:
            self.outcome.tables["versions"] = {
                "rows": len(self.versions),
                "rows_read": len(self.versions),
                "sums": {},
            }
        self.outcome.plan_hashes = {v: h for v, h in plan_hashes.items() if h is not None}
        every = build.fill_dimensions(bench, sides, labels, self.months)
        self.progress("building the cube", 0.8)
        build.build_cube(bench, sides, every)
        self.fill_meta(plan)

    def record(self, table: str, totals: build.Totals) -> None:
        """Control totals: those of the files must be those of the snapshot."""
        there = build.snapshot_totals(self.bench, table, list(totals.sums))
        for column, total in totals.sums.items():
            if there[column] != total:
                self.findings.add(
                    "error",
                    "identity",
                    f"{table}: the files' {column} is {total}, the snapshot's {there[column]}",
                    file=self.all[table].stages[0].source.file,
                    column=column,
                )
            self.bench.run(
                "INSERT INTO control_totals VALUES ($1, $2, $3, $4)", [table, column, totals.rows, total]
            )
        self.outcome.tables[table] = {"rows": totals.rows, "rows_read": totals.rows_read, "sums": totals.sums}

    def fill_sources(self) -> str:
        """The table `sources`; returns the temporary table that gives each row's source."""
        bench = self.bench
        ids = bench.new_table("ids")
        bench.run(sql("CREATE TEMP TABLE {t} (_source INTEGER, _file INTEGER, source INTEGER)", t=ids))
        number = 0
        for one in self.all.values():
            for stage in one.stages:
                for file, rows, first, last in bench.rows(
                    sql(
                        "SELECT _file, count(*), min(_row), max(_row) FROM {t} GROUP BY 1 ORDER BY 1",
                        t=stage.table,
                    )
                ):
                    number += 1
                    seen = bench.files[int(str(file))]
                    bench.run(
                        "INSERT INTO sources VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                        [number, one.table.name, seen.name, seen.sheet, seen.sha256, seen.bytes, rows, rows, first, last,
                         stage.source.period, stage.source.spread],
                    )  # fmt: skip
                    bench.run(
                        sql("INSERT INTO {t} VALUES ($1, $2, $3)", t=ids), [stage.source.number, file, number]
                    )
        return ids

    def fill_meta(self, plan: Plan) -> None:
        """What the snapshot says about itself; the content hash covers all that people see."""
        bench = self.bench
        closed = [m.month for m in self.months if m.closed]
        self.outcome.as_of = closed[-1] if closed else None
        company = {
            "company": plan.company.name, "currency": plan.company.currency,
            "fiscal_year_start": str(plan.company.fiscal_year_start), "as_of": self.outcome.as_of or "",
            "labels": json.dumps(dict(plan.company.labels), sort_keys=True, ensure_ascii=False),
        }  # fmt: skip
        hashed = ["calendar", "products", "customers", "sites", "versions", *build.stored_tables()]
        parts = [f"{t} {hashes.table_hash(bench, t)}" for t in hashed]
        self.outcome.content_hash = hashlib.sha256(
            "\n".join([*parts, json.dumps(company, sort_keys=True)]).encode()
        ).hexdigest()
        for key, value in {
            **company,
            "schema_version": str(SCHEMA_VERSION),
            "content_hash": self.outcome.content_hash,
        }.items():
            bench.run("INSERT INTO meta VALUES ($1, $2)", [key, value])
        for f in self.findings.ordered:
            bench.run(
                "INSERT INTO findings VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                [f.severity, f.file, f.sheet, f.row, f.column, f.value, f.rule, f.message, f.fix],
            )
