"""What a load would take each column for: the mapping beside the headers and first rows that it is about.

Runs in the child process, like everything that reads a company's files."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from siop.core import Refused
from siop.warehouse import codes
from siop.warehouse.contract import TABLES
from siop.warehouse.files import File, check_size, find, is_text, kind_of
from siop.warehouse.findings import Findings
from siop.warehouse.mapping import FILE as MAPPING
from siop.warehouse.mapping import SUFFIXES, Plan, Source
from siop.warehouse.mapping_reader import read_mapping
from siop.warehouse.opening import open_file
from siop.warehouse.propose import LIMITS, propose, propose_file

_SHOWN = 3


@dataclass
class Looked:
    """A folder's mapping and what it is about, JSON-ready.

    mapping: the text, None where nothing is mapped and nothing could be proposed; proposed: it comes from the
    headers, nobody has written it. told: the mapping as a table. sources: one {header, samples, problem} per
    source of `told`. unused: files that no source reads, each {file, sources}: what could be added.
    """

    mapping: str | None = None
    proposed: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    unused: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {n: getattr(self, n) for n in self.__dataclass_fields__}


def look(folder: Path, findings: Findings) -> Looked:
    """Read the mapping (or propose one), and the head of every file that it names."""
    found = Looked()
    path = folder / MAPPING
    if path.is_file():
        found.mapping = path.read_text(encoding="utf-8", errors="replace")
    else:
        found.mapping, found.proposed = propose(folder), True
    if found.mapping is None:
        return found
    try:
        found.told = tomllib.loads(found.mapping)
    except tomllib.TOMLDecodeError as error:
        findings.add("error", "mapping", f"not valid TOML: {error}", file=MAPPING)
        return found
    listed = found.told.get("source")
    found.told["source"] = [s for s in listed if isinstance(s, dict)] if isinstance(listed, list) else []
    plan = _plan(folder, found, findings)
    by_number = {source.number: source for source in plan.sources}
    used: set[str] = set()
    for number, told in enumerate(found.told["source"], 1):
        source = by_number.get(number)
        used |= _used(folder, told)
        found.sources.append(
            _look_at(folder, source) if source else _unread(str(told.get("file", "")), "see the findings")
        )
    for other in sorted(p for p in folder.iterdir() if p.is_file() and p.name.casefold().endswith(SUFFIXES)):
        if other.name not in used and is_text(other.name):
            blocks = propose_file(other)
            more = tomllib.loads(blocks)["source"] if blocks else []
            found.unused.append({"file": other.name, "sources": more})
    return found


def _plan(folder: Path, found: Looked, findings: Findings) -> Plan:
    if not found.proposed:
        return read_mapping(folder / MAPPING, findings)
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        written = Path(place) / MAPPING
        written.write_text(found.mapping or "", encoding="utf-8")
        return read_mapping(written, findings)


def _used(folder: Path, told: dict[str, Any]) -> set[str]:
    """The names of the files that a source and its lookups read."""
    lookups = told.get("lookup", [])
    named = [told.get("file"), *(one.get("file") for one in lookups if isinstance(one, dict))]
    patterns = [n for n in named if isinstance(n, str)]
    return {p.relative_to(folder).as_posix() for n in patterns for p in find(folder, n, Findings())}


def _look_at(folder: Path, source: Source) -> dict[str, Any]:
    """Header and first values of the (first) file of a source, read as the mapping says."""
    found = find(folder, source.file, Findings())
    if not found:
        return _unread(source.file, "no such file among these")
    path = found[0]
    try:
        kind = kind_of(path)
        check_size(path, kind, LIMITS)
        file = File(0, path.relative_to(folder).as_posix(), path, kind)
        opened = open_file(file, source.reading, source.table, LIMITS, Findings())
        batch = next(opened.read(list(range(len(opened.header)))), None)
    except Refused as error:
        return _unread(source.file, error.findings[0].message if error.findings else str(error))
    arrays = batch[1] if batch is not None else []
    samples = [[str(v) for v in a[:200].to_pylist() if v not in (None, "")] for a in arrays]
    first = [list(dict.fromkeys(v))[:_SHOWN] for v in samples]
    values = [[v[:40] for v in row] for row in first] or [[] for _ in opened.header]
    return {
        "file": source.file, "files": len(found), "sheet": file.sheet, "header": [h.strip() for h in opened.header],
        "samples": values, "taken": taken(source, opened.header), "problem": None,
    }  # fmt: skip


def _unread(file: str, problem: str) -> dict[str, Any]:
    return {
        "file": file,
        "files": 0,
        "sheet": None,
        "header": [],
        "samples": [],
        "taken": [],
        "problem": problem,
    }


def taken(source: Source, header: list[str]) -> list[list[str]]:
    """For each column of a file, the contract columns it feeds."""
    table = TABLES[source.table]
    pairs = source.columns
    if pairs is None:
        names = {codes.header(n): n for n in table.names}
        extra = table.extras
        pairs = tuple(
            (names.get(codes.header(h), codes.identifier(h)), h)
            for h in header
            if codes.header(h) in names or (extra and h.strip())
        )
    return [[c for c, h in pairs if codes.header(h) == codes.header(name)] for name in header]
