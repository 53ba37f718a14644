"""Versions: what each plan is, told by the table `versions`, by constants or by columns of the plans."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from siop.core import is_month, month_of
from siop.warehouse.contract import ACTUAL, VERSION_COLUMNS, VERSION_KINDS
from siop.warehouse.facts import Combined
from siop.warehouse.findings import Severity
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import sql
from siop.warehouse.stage import Stage, header_of

_TOLD = tuple(c.name for c in VERSION_COLUMNS)
STATISTICAL = "statistical"  # a kind, and the function whose input it is
_WORDS = (
    ("budget", "budget"), ("aop", "budget"), ("consensus", "consensus"), ("statistic", "statistical"),
    ("supply", "supply"), ("production", "supply"), ("forecast", "estimate"), ("estimate", "estimate"),
    ("outlook", "estimate"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class At:
    """Where something is said: a source, the number of its file, the row (None where it is not known)."""

    stage: Stage
    file: object
    row: object

    @property
    def in_table(self) -> bool:
        """Whether it is the table `versions` that says it."""
        return self.stage.one.table.name == "versions"


@dataclass
class Version:
    """One version, as told so far; `at` is where it is named first."""

    version: str
    at: At
    kind: str | None = None
    cycle: date | None = None
    function: str | None = None
    frozen_at: datetime | None = None
    parent: str | None = None


def read_versions(bench: Bench, stages: list[Stage], facts: list[Combined]) -> list[Version]:
    """All versions, in the order of their names; findings where what is told is missing or disagrees."""
    reader = _Reader(bench)
    for stage in [*stages, *(s for f in facts for s in f.stages if "version" in s.columns)]:
        reader.read(stage)
    for version in reader.versions.values():
        reader.complete(version)
    return [reader.versions[name] for name in sorted(reader.versions)]


def say(
    bench: Bench, severity: Severity, rule: str, message: str, at: At, column: str, value: object, fix: str | None = None
) -> None:  # fmt: skip
    """A finding about a version. A constant stands in no row."""
    bench.findings.add(
        severity, rule, message, file=bench.file_name(at.file), sheet=bench.sheet_name(at.file),
        row=None if column in at.stage.one.constants else at.row, column=header_of(at.stage.one, column),
        value=value, fix=fix,
    )  # fmt: skip


def warn(bench: Bench, version: Version, column: str, value: object, message: str, fix: str) -> None:
    """A warning about a version; without a row where facts name it, as facts taken over have none."""
    at = version.at if version.at.in_table else replace(version.at, row=None)
    say(bench, "warning", "version", message, at, column, value, fix)


@dataclass
class _Reader:
    bench: Bench
    versions: dict[str, Version] = field(default_factory=dict)
    # {a function in lower case: as it was written first}; the contract itself writes one.
    functions: dict[str, str] = field(default_factory=lambda: {STATISTICAL: STATISTICAL})
    spellings: set[str] = field(default_factory=set)  # other ones, already told

    def read(self, stage: Stage) -> None:
        """What one source says about versions, in the order of its rows."""
        told = [c for c in _TOLD if c in stage.columns]
        for name, *values, file, row in self.bench.rows(
            sql(
                "SELECT {c}, _file, min(_row) FROM {t} WHERE version IS NOT NULL GROUP BY {c}, _file"
                " ORDER BY _file, min(_row), {c}",
                c=["version", *told], t=stage.table,
            )
        ):  # fmt: skip
            at = At(stage, file, row)
            if name == ACTUAL and stage.one.table.name in ("production", "inventory"):
                continue
            if name == ACTUAL:
                said = f"a plan cannot be called {ACTUAL!r}: that is the name of the actuals"
                say(self.bench, "error", "version", said, at, "version", name, "give the plan another name")
                continue
            version = self.versions.setdefault(str(name), Version(str(name), at))
            for column, value in zip(told, values, strict=True):
                self.tell(version, at, column, value)

    def tell(self, version: Version, at: At, column: str, value: object) -> None:
        """Keep one thing that is said about a version, unless another one was said before."""
        if value is None:
            return
        if column == "kind":
            value = str(value).strip().casefold()
            if value not in VERSION_KINDS:
                self.unknown_kind(at, value)
        if column == "function":
            value = self.function(at, str(value).strip())
        have = getattr(version, column)
        if have is None:
            setattr(version, column, value)
        elif have != value and not at.in_table:  # in the table it is a repeated key, which is said already
            said = f"the version {version.version!r} has two values of {column}: {_shown(have)} and {_shown(value)}"
            fix = f"correct it here, or in {self.bench.file_name(version.at.file)}"
            say(self.bench, "error", "version", said, at, column, _shown(value), fix)

    def unknown_kind(self, at: At, value: str) -> None:
        """A kind that the contract does not know, with the one that was probably meant."""
        near = difflib.get_close_matches(value, VERSION_KINDS, 1)
        near += [kind for word, kind in _WORDS if word in value]
        said = f"unknown kind {value!r}; kinds are {', '.join(VERSION_KINDS)}"
        fix = f"did you mean {near[0]!r}?" if near else "write one of these kinds"
        say(self.bench, "error", "version", said, at, "kind", value, fix)

    def function(self, at: At, value: str) -> str:
        """The one spelling of a function: the first. Another one is told once."""
        first = self.functions.setdefault(value.casefold(), value)
        if first != value and value not in self.spellings:
            self.spellings.add(value)
            said = f"the function {value!r} is taken as {first!r}: they differ only in upper and lower case"
            say(self.bench, "warning", "version", said, at, "function", value, "use one spelling")
        return first

    def complete(self, version: Version) -> None:
        """What follows from the rest; said as a warning where it is taken from the name."""
        name = version.version
        if version.kind is None:
            lowered, alone = name.casefold(), len(self.versions) == 1
            by_name = next((kind for word, kind in _WORDS if word in lowered), None)
            version.kind = by_name or ("budget" if alone else "estimate")
            because = (
                "its name" if by_name else "being the only version" if alone else "nothing else being said"
            )
            said = f"the version {name!r} has no kind; taken as {version.kind}, from {because}"
            warn(self.bench, version, "kind", name, said, "add the table versions, or a constant kind")
        if version.kind == "consensus" and version.cycle is None:
            found = re.search(r"\d{4}-\d{2}", name)
            if found and is_month(found[0]):
                version.cycle = date.fromisoformat(found[0] + "-01")
                then = f"its cycle is taken from its name: {month_of(version.cycle)}"
            else:
                then = "without it the lag of this plan is not known"
            said = f"the consensus version {name!r} has no cycle; {then}"
            warn(self.bench, version, "cycle", name, said, "add the cycle, the month of the meeting")
        if version.kind == STATISTICAL and version.function is None:
            version.function = STATISTICAL
        if version.kind == "input" and version.function is None:
            said = f"the input version {name!r} does not say its function"
            fix = "add the function whose input it is"
            say(self.bench, "error", "version", said, version.at, "function", name, fix)


def _shown(value: object) -> str:
    """A value as people write it: the cycle as a month."""
    return month_of(value) if type(value) is date else str(value)
