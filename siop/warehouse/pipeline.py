"""From a sources folder to a filled database, or to findings: the steps of a load, in order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb

from siop.core import month_of
from siop.warehouse import build, spread
from siop.warehouse.assemble import Assembly
from siop.warehouse.cells import read_cells
from siop.warehouse.company_calendar import Month, Told, complete, end_of_period, read_calendar
from siop.warehouse.contract import TABLES
from siop.warehouse.facts import Combined, combine
from siop.warehouse.fast import read_fast
from siop.warehouse.findings import Findings
from siop.warehouse.gaps import month_gaps
from siop.warehouse.identities import Identities
from siop.warehouse.judge import Judge
from siop.warehouse.keys import fill_parents, find_repeats, merge_repeats, read_parents, spellings
from siop.warehouse.mapping import FILE as MAPPING
from siop.warehouse.mapping import Plan
from siop.warehouse.mapping_reader import implied_mapping, read_mapping
from siop.warehouse.months import Calendar
from siop.warehouse.plausible import Plausible
from siop.warehouse.propose import propose
from siop.warehouse.raw import Bench, Progress, silent
from siop.warehouse.resolve import Resolved, resolve
from siop.warehouse.reuse import Reuse
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
    proposal: str | None = None  # a mapping, where there is none and the files' names do not do


@dataclass
class Pipeline:
    """One run over one sources folder, into the database of the connection."""

    con: duckdb.DuckDBPyConnection
    sources: Path
    findings: Findings
    progress: Progress = silent
    outcome: Outcome = field(default_factory=Outcome)
    fast: bool = True  # whether large plain files may be read the quick way
    quick: set[str] = field(default_factory=set)  # the files that were, or that were taken over: rows unknown
    previous: Path | None = None  # the snapshot from which unchanged facts may be taken
    reuse: Reuse | None = None

    def run(self) -> Outcome:
        """All steps as far as the data allow; findings are collected from as many as possible.

        Where there is no mapping, and files or columns are not named as the contract names them, one is
        proposed."""
        plan = self.mapping()
        self.bench = Bench(self.con, plan.folder, self.findings, self.progress)
        stages = self.stages(plan)
        if stages is not None and not self.findings.errors:
            self.combine(stages)
        if stages is not None and not self.findings.errors:
            self.assemble(plan)
            self.outcome.ok = not self.findings.errors
        unnamed = any(f.rule in ("file", "column", "header", "unused") for f in self.findings.items)
        if not plan.declared and unnamed and plan.folder.is_dir():
            self.outcome.proposal = propose(plan.folder)
        return self.outcome

    def mapping(self) -> Plan:
        """The mapping of the folder (or the mapping named), else files named after the tables."""
        path = self.sources if self.sources.is_file() else self.sources / MAPPING
        if path == self.sources and path.suffix.casefold() != ".toml":
            self.findings.add(
                "error", "file", "this is a file: a folder of files is loaded, or a mapping", file=path.name,
                fix="name the folder that holds the file, or the mapping.toml that names it",
            )  # fmt: skip
            return Plan(path.parent, declared=True)
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
            return Plan(self.sources, declared=False)
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
        judge = self.judge = Judge(self.bench, plan.company)
        for table in order:
            mine = [one for one in resolved if one.table.name == table]
            for place, one in enumerate(mine):
                self.progress(f"checking {table}", place / len(mine))
                for stage in self.changed(one, judge) if one.table.fact else [self.stage(one, judge)]:
                    if stage is not None:
                        out.setdefault(table, []).append(stage)
            if table == "calendar" and table in out:
                self.calendar, self.told = read_calendar(
                    self.bench, out[table], plan.company.fiscal_year_start
                )
            if table in out:
                self.learn(table, out[table], judge)
        if self.reuse is not None:
            self.reuse.detach()
        return out

    def changed(self, one: Resolved, judge: Judge) -> list[Stage | None]:
        """A source of facts: what is as it was comes from the previous snapshot, the rest is read."""
        if self.reuse is None:
            self.reuse = Reuse(self.bench, judge, self.calendar)
            if self.previous is not None and not self.reuse.attach(self.previous):
                self.reuse.keys.clear()
        keys = self.reuse.key_each(one)
        stages, left = self.reuse.take(one)
        self.quick |= {self.bench.file_name(n) for s in stages for n in s.taken}
        out: list[Stage | None] = [*stages]
        if left is not None:
            out.append(self.stage(left, judge))
        for stage in out:
            if stage is not None:
                stage.keys = keys
        return out

    def stage(self, one: Resolved, judge: Judge) -> Stage | None:
        """One source typed and judged: the quick way where its file allows, else the way that names faults."""
        if self.fast:
            quick = read_fast(self.bench, one, judge, self.calendar)
            if quick is not None:
                self.quick.add(self.bench.file_name(one.files.opened[0][0].number))
                return quick
        cells = read_cells(self.bench, one)
        if cells is None:
            return None
        typing = Typing(self.bench, one, cells, self.calendar)
        stage = typing.run()
        required_missing(self.bench, stage)
        judge.run(stage)
        month_gaps(self.bench, stage)
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

    def combine(self, stages: dict[str, list[Stage]]) -> None:
        """Tables from their sources, with parents, periods, spreading and the repeated keys found."""
        bench = self.bench
        self.all = {t: combine(bench, TABLES[t], s) for t, s in stages.items() if t != "versions"}
        if self.findings.errors:
            return
        actuals = self.all["actuals"]
        if bench.count(sql("SELECT count(*) FROM {t}", t=actuals.name)) == 0:
            file = actuals.stages[0].source.file
            self.findings.add("error", "empty", "no actuals: no row has a number", file=file)
            return
        self.parents = read_parents(bench, self.all)
        sliced = [c for t, c in self.all.items() if t in ("actuals", "plans")]
        for one in sliced:
            fill_parents(bench, one, self.parents)
        facts = [c for c in self.all.values() if c.table.fact]
        listed = stages.get("versions", [])
        if listed:
            self.settle_repeats(combine(bench, TABLES["versions"], listed))
        self.versions = read_versions(bench, listed, facts)
        self.months = self.complete_calendar()
        build.create_schema(bench)
        build.fill_calendar(bench, self.months)
        for one in sliced:
            spread.spread_rows(bench, one, self.months, actuals)
            build.first_of_period(bench, one)
        for one in self.all.values():
            spellings(bench, one, self.judge.known)
            self.settle_repeats(one)
        if not self.findings.errors:
            Plausible(bench, self.all, self.versions, self.parents).run()
            Identities(bench, self.all).run()

    def settle_repeats(self, one: Combined) -> None:
        """Repeated keys are findings, or merged where the sources say that they add up."""
        find_repeats(self.bench, one)
        if any(s.source.aggregate for s in one.stages):
            merge_repeats(self.bench, one)

    def complete_calendar(self) -> list[Month]:
        """The months of the calendar table, of the facts and of the cycles, without a gap."""
        seen: list[date] = [v.cycle for v in self.versions if v.cycle is not None]
        for one in self.all.values():
            if one.table.fact and "month" in one.columns:
                found = self.bench.rows(sql("SELECT min(month), max(month) FROM {t}", t=one.name))[0]
                seen += [d for d in found if isinstance(d, date)]
        last = ""
        for stage in self.all["actuals"].stages:
            found = self.bench.rows(
                sql("SELECT max(month) FROM {t} WHERE _source = $s", t=self.all["actuals"].name),
                {"s": stage.source.number},
            )[0]
            if isinstance(found[0], date):
                end = month_of(found[0])
                if stage.source.period != "month" and stage.source.spread is None:
                    end = end_of_period(self.calendar, self.told, end, stage.source.period)
                last = max(last, end)
        periods = {s.source.period for c in self.all.values() for s in c.stages}
        whole = "year" if "year" in periods else "quarter" if "quarter" in periods else "month"
        extent = (month_of(min(seen)), month_of(max(seen)))
        return complete(self.calendar, self.told, extent, last or None, whole)

    def assemble(self, plan: Plan) -> None:
        """The snapshot's tables, hashes, dimensions and cube."""
        company = replace(plan.company, fiscal_year_start=self.calendar.fiscal_year_start)
        assembly = Assembly(self.bench, company, self.all, self.parents, self.versions, self.months)
        found = assembly.run()
        self.outcome.tables, self.outcome.content_hash, self.outcome.plan_hashes = found
