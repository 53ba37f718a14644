"""Reading a mapping: from mapping.toml, strictly, or from files that are named after their tables."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from siop.core import is_month
from siop.warehouse.contract import PERIODS, SPREADS, TABLES, VERSION_COLUMNS, Table
from siop.warehouse.findings import Findings
from siop.warehouse.mapping import SUFFIXES, Company, Lookup, Plan, Range, Reading, Rules, Source

_READING: dict[str, Callable[[Any], bool]] = {
    "delimiter": lambda v: isinstance(v, str) and len(v) == 1,
    "encoding": lambda v: isinstance(v, str),
    "decimal": lambda v: v in (".", ","),
    "thousands": lambda v: isinstance(v, str) and len(v) == 1 and not v.isdigit(),
    "header": lambda v: isinstance(v, list) and bool(v) and all(isinstance(x, str) for x in v),
    "sheet": lambda v: isinstance(v, str),
    "month_format": lambda v: isinstance(v, str) and "%" in v,
    "date_format": lambda v: isinstance(v, str) and "%" in v,
}


def _text_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) or hasattr(value, "isoformat")


_LOOKUP: dict[str, Callable[[Any], bool]] = {
    "file": lambda v: isinstance(v, str),
    "key": lambda v: _text_table(v) and bool(v),
    "columns": lambda v: _text_table(v) and bool(v),
    **_READING,
}
_SOURCE: dict[str, Callable[[Any], bool]] = {
    "table": lambda v: isinstance(v, str),
    "file": lambda v: isinstance(v, str),
    "where": lambda v: (
        isinstance(v, dict)
        and all(_plain(x) or (isinstance(x, list) and bool(x) and all(map(_plain, x))) for x in v.values())
    ),
    "columns": _text_table,
    "constants": lambda v: isinstance(v, dict) and all(_plain(x) for x in v.values()),
    "aggregate": lambda v: v == "sum",
    "unknown": lambda v: v == "unmapped",
    "period": lambda v: v in PERIODS,
    "spread": lambda v: v in SPREADS,
    "lookup": lambda v: isinstance(v, list) and all(isinstance(x, dict) for x in v),
    "rules": lambda v: isinstance(v, dict),
    **_READING,
}
_COMPANY: dict[str, Callable[[Any], bool]] = {
    "name": lambda v: isinstance(v, str),
    "currency": lambda v: isinstance(v, str),
    "fiscal_year_start": lambda v: isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= 12,
    "labels": _text_table,
}


def _anything(_: Any) -> bool:
    return True


def _nothing(_: Any) -> bool:
    return False


def _count(v: Any) -> bool:
    return isinstance(v, int) and not isinstance(v, bool) and v > 0


def _number(v: Any) -> bool:
    return isinstance(v, int | float) and not isinstance(v, bool)


_RULES: dict[str, Callable[[Any], bool]] = {
    "known_skus": lambda v: isinstance(v, bool) or (isinstance(v, list) and all(map(_plain, v))),
    "first_month": is_month,
    "last_month": is_month,
    "no_month_gaps": lambda v: isinstance(v, bool),
    "one_currency": lambda v: isinstance(v, str),
    "one_unit_per_sku": lambda v: isinstance(v, bool),
    "max_rows": _count,
    "max_cell_chars": _count,
    "max_bytes": _count,
    "max_seconds": lambda v: _number(v) and v > 0,
}
_RANGE: dict[str, Callable[[Any], bool]] = {
    "min": _number,
    "max": _number,
    "negative": lambda v: v in ("allow", "warn", "error"),
}
_WANTS = {
    "delimiter": "one character",
    "decimal": '"." or ","',
    "thousands": "one character",
    "header": "a list of column names",
    "month_format": 'a format such as "%Y%m"',
    "date_format": 'a format such as "%d.%m.%Y"',
    "aggregate": '"sum"',
    "unknown": '"unmapped"',
    "period": '"month", "quarter" or "year"',
    "spread": '"even", "working_days" or "last_year"',
    "fiscal_year_start": "a month from 1 to 12",
    "first_month": '"YYYY-MM"',
    "last_month": '"YYYY-MM"',
    "negative": '"allow", "warn" or "error"',
    "known_skus": "a list of SKUs, or false",
    "where": "{ column = value } or { column = [values] }",
    "columns": "{ contract column = file column }",
    "key": "{ column here = column of the other file }",
}


def read_mapping(path: Path, findings: Findings) -> Plan:
    """The mapping of a `mapping.toml`. What is wrong is a finding; the rest is still read, so that one run
    names all mistakes."""
    reader = _Reader(path.name, findings)
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        findings.add("error", "mapping", f"not valid TOML: {error}", file=path.name)
        return Plan(path.parent)
    reader.known(told, {"company": _anything, "source": _anything}, "")
    company = reader.company(told.get("company", {}))
    listed = told.get("source", [])
    sources: list[Source] = []
    if not isinstance(listed, list) or not listed:
        findings.add("error", "mapping", "no [[source]]: nothing would be loaded", file=path.name)
    else:
        for number, one in enumerate(listed, 1):
            source = reader.source(number, one) if isinstance(one, dict) else None
            if source is not None:
                sources.append(_inherit(source, sources))
    return Plan(path.parent, company, tuple(sources))


def implied_mapping(folder: Path, findings: Findings) -> Plan:
    """Without a mapping: files named after the tables, with the contract's column names."""
    sources: list[Source] = []
    for table in TABLES:
        there = [folder / (table + suffix) for suffix in SUFFIXES if (folder / (table + suffix)).is_file()]
        if len(there) > 1:
            names = " and ".join(p.name for p in there)
            findings.add(
                "error",
                "file",
                f"two files for the table {table}: {names}",
                file=there[1].name,
                fix="keep one of them",
            )
        if there:
            sources.append(Source(len(sources) + 1, table, there[0].name))
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.endswith(SUFFIXES) and path.name not in {s.file for s in sources}:
            near = difflib.get_close_matches(path.name.split(".")[0].casefold(), TABLES, 1)
            fix = f"rename it to {near[0]}, or write a mapping.toml" if near else None
            findings.add(
                "warning", "unused", "no table has this name: the file is not used", file=path.name, fix=fix
            )
    return Plan(folder, Company(), tuple(sources), declared=False)


def _inherit(source: Source, earlier: list[Source]) -> Source:
    """A file has one form: what an earlier source of the same file said about reading it still holds."""
    for other in earlier:
        if other.file == source.file:
            source = replace(source, reading=source.reading.filled(other.reading))
    return source


def _said(value: Any) -> str:
    """A TOML value as the text a file would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)


@dataclass
class _Reader:
    file: str
    findings: Findings
    _where: str = field(default="", init=False)

    def bad(self, where: str, message: str, fix: str | None = None, value: object = None) -> None:
        self.findings.add(
            "error",
            "mapping",
            f"{where}: {message}" if where else message,
            file=self.file,
            fix=fix,
            value=value,
        )

    def known(
        self, told: Mapping[str, Any], keys: Mapping[str, Callable[[Any], bool]], where: str
    ) -> dict[str, Any]:
        """The known, well-typed part of `told`; the rest becomes findings that name the nearest key."""
        kept = {}
        for key, value in told.items():
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                fix = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(keys)}"
                self.bad(where, f"unknown key {key!r}", fix)
            elif not keys[key](value):
                self.bad(
                    where,
                    f"{key} is not as it should be",
                    f"write {_WANTS.get(key, 'a value of the right type')}",
                    value,
                )
            else:
                kept[key] = value
        return kept

    def company(self, told: Any) -> Company:
        if not isinstance(told, dict):
            self.bad("[company]", "is not a table")
            return Company()
        kept = self.known(told, _COMPANY, "[company]")
        if "labels" in kept:
            kept["labels"] = tuple(kept["labels"].items())
        return Company(**kept)

    def reading(self, kept: dict[str, Any], where: str) -> Reading:
        told = {key: kept[key] for key in _READING if key in kept}
        if "header" in told:
            told["header"] = tuple(told["header"])
        if told.get("thousands") is not None and told["thousands"] == told.get("decimal", "."):
            self.bad(where, "decimal and thousands are the same mark")
        if "encoding" in told:
            try:
                "".encode(told["encoding"])
            except LookupError:
                self.bad(
                    where,
                    f"unknown encoding {told['encoding']!r}",
                    'for instance "utf-8", "cp1252" or "utf-16"',
                )
                del told["encoding"]
        return Reading(**told)

    def names(self, pairs: Mapping[str, Any], table: Table, where: str) -> dict[str, Any]:
        """Only columns that the table has (or any, where further columns become dimensions)."""
        kept = {}
        allowed = {*table.names, *(c.name for c in VERSION_COLUMNS if table.fact and "version" in table.key)}
        for name, value in pairs.items():
            if name in allowed or table.extras:
                kept[name] = value
            else:
                near = difflib.get_close_matches(name, allowed, 1)
                fix = f"did you mean {near[0]}?" if near else f"{table.name} has {', '.join(table.names)}"
                self.bad(where, f"{table.name} has no column {name!r}", fix)
        return kept

    def source(self, number: int, told: dict[str, Any]) -> Source | None:
        where = f"[[source]] {number}"
        if isinstance(told.get("table"), str):
            where += f" ({told['table']})"
        kept = self.known(told, _SOURCE, where)
        table = TABLES.get(str(kept.get("table")))
        if table is None:
            near = difflib.get_close_matches(str(told.get("table")), TABLES, 1)
            self.bad(
                where,
                f"no table {told.get('table')!r}",
                f"did you mean {near[0]}?" if near else f"tables: {', '.join(TABLES)}",
            )
            return None
        if "file" not in kept:
            self.bad(where, "names no file", 'write file = "..."')
            return None
        if kept.get("spread") and kept.get("period", "month") == "month":
            self.bad(where, 'spread needs period = "quarter" or "year"', "say which period the rows are for")
        if kept.get("period", "month") != "month" and table.name not in ("plans", "actuals"):
            self.bad(where, f"period is for plans and actuals, not for {table.name}", "remove it")
        columns = self.names(kept["columns"], table, f"{where} columns") if "columns" in kept else None
        constants = self.names(kept.get("constants", {}), table, f"{where} constants")
        lookups = [
            self.lookup(one, table, f"{where} lookup {n}") for n, one in enumerate(kept.get("lookup", []), 1)
        ]
        return Source(
            number,
            table.name,
            kept["file"],
            self.reading(kept, where),
            tuple((c, tuple(map(_said, v if isinstance(v, list) else [v]))) for c, v in kept.get("where", {}).items()),
            None if columns is None else tuple(columns.items()),
            tuple((c, _said(v)) for c, v in constants.items()),
            "aggregate" in kept,
            "unknown" in kept,
            kept.get("period", "month"),
            kept.get("spread"),
            tuple(one for one in lookups if one is not None),
            self.rules(kept.get("rules", {}), table, f"{where} rules"),
        )  # fmt: skip

    def lookup(self, told: dict[str, Any], table: Table, where: str) -> Lookup | None:
        kept = self.known(told, _LOOKUP, where)
        missing = [key for key in ("file", "key", "columns") if key not in kept]
        if missing:
            self.bad(
                where,
                f"{' and '.join(missing)} missing",
                'write file = "...", key = {...} and columns = {...}',
            )
            return None
        columns = self.names(kept["columns"], table, f"{where} columns")
        return Lookup(
            kept["file"], tuple(kept["key"].items()), tuple(columns.items()), self.reading(kept, where)
        )

    def rules(self, told: dict[str, Any], table: Table, where: str) -> Rules:
        numbers = {c.name for c in table.columns if c.kind in ("number", "integer")}
        plain = {k: v for k, v in told.items() if not isinstance(v, dict)}
        tables = {k: v for k, v in told.items() if isinstance(v, dict)}
        kept = self.known(plain, {**_RULES, **dict.fromkeys(numbers, _nothing)}, where)
        if isinstance(kept.get("known_skus"), list):
            kept["known_skus"] = tuple(map(_said, kept["known_skus"]))
        ranges = []
        for name, limits in tables.items():
            if name not in numbers:
                near = difflib.get_close_matches(name, numbers, 1)
                self.bad(
                    where,
                    f"{name!r} is not a number column of {table.name}",
                    f"did you mean {near[0]}?" if near else f"number columns: {', '.join(sorted(numbers))}",
                )
                continue
            ranges.append((name, Range(**self.known(limits, _RANGE, f"{where}.{name}"))))
        return Rules(**kept, ranges=tuple(ranges))
