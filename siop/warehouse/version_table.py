"""Versions: what each plan is, told by the table `versions`, by constants or by columns of the plans."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from siop.core import is_month, month_of
from siop.warehouse.contract import ACTUAL, VERSION_COLUMNS, VERSION_KINDS
from siop.warehouse.facts import Combined
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import sql
from siop.warehouse.stage import Stage

_TOLD = tuple(c.name for c in VERSION_COLUMNS)
_WORDS = (
    ("budget", "budget"), ("aop", "budget"), ("consensus", "consensus"), ("statistic", "statistical"),
    ("supply", "supply"), ("production", "supply"), ("forecast", "estimate"), ("estimate", "estimate"),
    ("outlook", "estimate"),
)  # fmt: skip


@dataclass
class Version:
    """One version, as told so far."""

    version: str
    kind: str | None = None
    cycle: date | None = None
    function: str | None = None
    frozen_at: datetime | None = None
    parent: str | None = None


def read_versions(bench: Bench, stages: list[Stage], facts: list[Combined]) -> list[Version]:
    """All versions, in the order of their names; findings where what is told is missing or disagrees."""
    out: dict[str, Version] = {}
    for stage in [*stages, *(s for f in facts for s in f.stages if "version" in s.columns)]:
        told = [c for c in _TOLD if c in stage.columns]
        for row in bench.rows(
            sql(
                "SELECT DISTINCT {c} FROM {t} WHERE version IS NOT NULL ORDER BY ALL",
                c=["version", *told],
                t=stage.table,
            )
        ):
            name = str(row[0])
            if name == ACTUAL and stage.one.table.name in ("production", "inventory"):
                continue
            if name == ACTUAL:
                _bad(
                    bench, stage, name, f"a plan cannot be called {ACTUAL!r}: that is the name of the actuals"
                )
                continue
            version = out.setdefault(name, Version(name))
            for column, value in zip(told, row[1:], strict=True):
                _tell(bench, stage, version, column, value)
    for version in out.values():
        _complete(bench, version, len(out), stages, facts)
    return [out[name] for name in sorted(out)]


def _tell(bench: Bench, stage: Stage, version: Version, column: str, value: object) -> None:
    if value is None:
        return
    if column in ("kind", "function") and isinstance(value, str):
        value = value.strip().casefold() if column == "kind" else value.strip()
    if column == "kind" and value not in VERSION_KINDS:
        _bad(bench, stage, version.version, f"unknown kind {value!r}; kinds are {', '.join(VERSION_KINDS)}")
        return
    have = getattr(version, column)
    if have is not None and have != value:
        _bad(bench, stage, version.version, f"the version has two values of {column}: {have} and {value}")
        return
    setattr(version, column, value)


def _bad(bench: Bench, stage: Stage, version: str, message: str) -> None:
    bench.findings.add("error", "version", message, file=stage.source.file, column="version", value=version)


def _complete(bench: Bench, version: Version, count: int, stages: list[Stage], facts: list[Combined]) -> None:
    """What follows from the rest; said as a warning where it is taken from the name."""
    files = [s.source.file for s in [*stages, *(s for f in facts for s in f.stages)]]
    file = next(iter(files), "mapping.toml")
    if version.kind is None:
        lowered = version.version.casefold()
        by_name = next((kind for word, kind in _WORDS if word in lowered), None)
        version.kind = by_name or ("budget" if count == 1 else "estimate")
        because = (
            "its name" if by_name else "being the only version" if count == 1 else "nothing else being said"
        )
        bench.findings.add(
            "warning", "version", f"the version {version.version!r} has no kind; taken as {version.kind}, from {because}",
            file=file, column="kind", value=version.version, fix="add the table versions, or a constant kind",
        )  # fmt: skip
    if version.kind == "consensus" and version.cycle is None:
        found = re.search(r"\d{4}-\d{2}", version.version)
        if found and is_month(found[0]):
            version.cycle = date.fromisoformat(found[0] + "-01")
            said = f"its cycle is taken from its name: {month_of(version.cycle)}"
        else:
            said = "without it the lag of this plan is not known"
        bench.findings.add(
            "warning", "version", f"the consensus version {version.version!r} has no cycle; {said}",
            file=file, column="cycle", value=version.version, fix="add the cycle, the month of the meeting",
        )  # fmt: skip
    if version.kind == "statistical" and version.function is None:
        version.function = "statistical"
    if version.kind == "input" and version.function is None:
        bench.findings.add(
            "error", "version", f"the input version {version.version!r} does not say its function",
            file=file, column="function", value=version.version, fix="add the function whose input it is",
        )  # fmt: skip
