"""Where each contract column of a source comes from: a column of its file, of a lookup, or a constant."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace

from siop.warehouse import codes
from siop.warehouse.contract import TABLES, VERSION_COLUMNS, Column, Table
from siop.warehouse.files import Limits
from siop.warehouse.findings import Findings
from siop.warehouse.mapping import FILE as MAPPING
from siop.warehouse.mapping import Lookup, Plan, Source
from siop.warehouse.opening import column_fix
from siop.warehouse.raw import Bench, FileSet
from siop.warehouse.synonyms import SYNONYMS, plain

HERE = 0  # the number of the source's own file; lookups are 1, 2, ...


@dataclass(frozen=True, slots=True)
class Place:
    """A column of the source's own file (`file` 0) or of its n-th lookup; `header` as compared."""

    file: int
    header: str


@dataclass
class Resolved:
    """A source with its files opened and every column's place known."""

    source: Source
    table: Table
    files: FileSet
    lookups: list[FileSet] = field(default_factory=list)
    keys: list[list[tuple[Place, str]]] = field(default_factory=list)  # per lookup: (here, header there)
    places: dict[str, Place] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    where: list[tuple[Place, tuple[str, ...]]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)  # further columns: how the file calls them

    def kind(self, name: str) -> str:
        """The kind of a column; further columns of a dimension table are text."""
        found = column_of(self.table, name)
        return found.kind if found is not None else "text"

    @property
    def columns(self) -> list[str]:
        """The contract columns that this source fills, in the order of the contract, further ones last."""
        known = [c.name for c in (*self.table.columns, *VERSION_COLUMNS)]
        have = {**self.places, **self.constants}
        return sorted(have, key=lambda c: (known.index(c) if c in known else len(known), c))


def column_of(table: Table, name: str) -> Column | None:
    """A column of the table, or one of those that say what a version is."""
    return table.column(name) or next(
        (c for c in VERSION_COLUMNS if c.name == name and "version" in table.key), None
    )


def resolve(bench: Bench, plan: Plan) -> list[Resolved]:
    """All sources whose files and columns are there; findings for the rest. Nothing is read yet but headers."""
    limits = _limits(plan)
    out = []
    for source in plan.sources:
        bench.progress(f"opening {source.file}", 0.0)
        one = _Resolver(bench, source, TABLES[source.table], limits).resolve()
        if one is not None:
            out.append(one)
    return out


def _limits(plan: Plan) -> dict[str, Limits]:
    """Per file the strictest limits that its sources declare."""
    out: dict[str, Limits] = {}
    for source in plan.sources:
        rules = source.rules
        mine = Limits(rules.max_rows, rules.max_cell_chars, rules.max_bytes, rules.max_seconds)
        for name in (source.file, *(look.file for look in source.lookups)):
            have = out.get(name, mine)
            out[name] = Limits(
                min(have.rows, mine.rows), min(have.cell_chars, mine.cell_chars),
                min(have.bytes, mine.bytes), min(have.seconds, mine.seconds),
            )  # fmt: skip
    return out


@dataclass
class _Resolver:
    bench: Bench
    source: Source
    table: Table
    limits: dict[str, Limits]

    @property
    def findings(self) -> Findings:
        return self.bench.findings

    def bad(self, message: str, fix: str | None = None, column: str | None = None) -> None:
        where = f"[[source]] {self.source.number} ({self.source.table})"
        self.findings.add("error", "mapping", f"{where}: {message}", file=MAPPING, fix=fix, column=column)

    def resolve(self) -> Resolved | None:
        source, table = self.source, self.table
        files = self.bench.file_set(source.file, source.reading, table.name, self.limits[source.file])
        lookups = [self.lookup_files(one, files) for one in source.lookups]
        if files is None or any(one is None for one in lookups):
            return None
        out = Resolved(source, table, files, [one for one in lookups if one is not None])
        self.own_columns(out)
        for number, look in enumerate(source.lookups, 1):
            self.lookup_columns(out, number, look)
        for name, value in source.constants:
            self.put(out, name)
            out.constants[name] = value
        self.required(out)
        for name, values in source.where:
            place = self.find(out, name, len(out.lookups))
            if place is None:
                self.missing(out, name, "where")
            else:
                out.where.append((place, values))
        self.want(out)
        return out

    def lookup_files(self, look: Lookup, files: FileSet | None) -> FileSet | None:
        """The lookup's file; where its delimiter is not declared and the comma gives one column, the
        delimiter of the source."""
        limits = self.limits[look.file]
        found = self.bench.file_set(look.file, look.reading, look.file, limits)
        if (
            found is not None
            and files is not None
            and len(found.header) == 1
            and look.reading.delimiter is None
        ):
            again = replace(look.reading, delimiter=files.reading.delimiter or ",")
            return self.bench.file_set(look.file, again, look.file, limits)
        return found

    def put(self, out: Resolved, name: str) -> None:
        if name in out.places or name in out.constants:
            self.bad(f"{name} is given twice", "give it in columns, in constants or in one lookup", name)

    def own_columns(self, out: Resolved) -> None:
        header = [codes.header(h) for h in out.files.header]
        if self.source.columns is not None:
            for name, theirs in self.source.columns:
                known = column_of(self.table, name) is not None
                name_here = name if known else codes.identifier(name)
                out.places[name_here] = Place(HERE, codes.header(theirs))
                if not known:
                    out.labels[name_here] = name
            return
        given = {name for name, _ in self.source.constants}
        given |= {name for look in self.source.lookups for name, _ in look.columns}
        for place, name in enumerate(header):
            if not name or name in given:
                continue
            if column_of(self.table, name) is not None:
                out.places[name] = Place(HERE, name)
            elif self.table.extras and codes.identifier(name) not in out.places:
                out.places[codes.identifier(name)] = Place(HERE, name)
                out.labels[codes.identifier(name)] = out.files.header[place].strip()
            elif name not in self.used_elsewhere():
                self.unknown_column(out, name, header)

    def used_elsewhere(self) -> set[str]:
        """Headers that where or a lookup's key name: known, though they feed no column."""
        named = {name for name, _ in self.source.where}
        named |= {left for look in self.source.lookups for left, _ in look.key}
        return {codes.header(name) for name in named}

    def unknown_column(self, out: Resolved, name: str, header: list[str]) -> None:
        """A header the contract does not know: refused where it looks like a slip of one that is missing."""
        known = [c.name for c in self.table.columns if c.name not in header]
        near = difflib.get_close_matches(name, known, 1, 0.75)
        # What companies call a column says more than letters in common: an item is a SKU, no site.
        word = plain(out.files.header[header.index(name)])
        meant = [c for c in known if word in SYNONYMS.get(c, ())] or near
        said = f"the column {name!r} is not one of {self.table.name}"
        fix = "it is not loaded; name what it means in a mapping.toml"
        if meant:
            fix = f"did you mean {meant[0]!r}?" if near else f"it is not loaded; did you mean {meant[0]!r}?"
        self.findings.add(
            "error" if near else "warning", "column", said, file=self.source.file, sheet=out.files.sheet, row=1,
            column=name, fix=fix,
        )  # fmt: skip

    def lookup_columns(self, out: Resolved, number: int, look: Lookup) -> None:
        there = {codes.header(h) for h in out.lookups[number - 1].header}
        pairs = []
        for left, right in look.key:
            place = self.find(out, left, number - 1)
            other = codes.header(right)
            if place is None or other not in there:  # written the other way round
                turned = self.find(out, right, number - 1)
                if turned is not None and codes.header(left) in there:
                    place, other = turned, codes.header(left)
            if place is None:
                self.missing(out, left, f"the key of lookup {number}")
                continue
            pairs.append((place, other))
        out.keys.append(pairs)
        for name, theirs in look.columns:
            self.put(out, name)
            known = column_of(self.table, name) is not None
            name_here = name if known else codes.identifier(name)
            out.places[name_here] = Place(number, codes.header(theirs))
            if not known:
                out.labels[name_here] = name

    def find(self, out: Resolved, name: str, lookups: int) -> Place | None:
        """A column by name: of the source's file, a contract column already placed, or of a lookup before."""
        compared = codes.header(name)
        if compared in {codes.header(h) for h in out.files.header}:
            return Place(HERE, compared)
        if name in out.places:
            return out.places[name]
        for number in range(1, lookups + 1):
            if compared in {codes.header(h) for h in out.lookups[number - 1].header}:
                return Place(number, compared)
        return None

    def missing(self, out: Resolved, name: str, what: str) -> None:
        fix = column_fix(codes.header(name), out.files.header, self.source.reading)
        self.findings.add(
            "error", "column", f"the column {name!r} of {what} is missing", file=self.source.file,
            sheet=out.files.sheet, row=1, column=name, fix=fix,
        )  # fmt: skip

    def required(self, out: Resolved) -> None:
        header = {codes.header(h) for h in out.files.header}
        needs = [c.name for c in self.table.columns if c.required]
        for name in needs:
            if name in out.places or name in out.constants:
                continue
            if name in header:  # not mapped, but there under the contract's own name
                out.places[name] = Place(HERE, name)
            else:
                self.unfilled(out, name, name)
        for group in self.table.one_of:
            if not any(name in out.places or name in out.constants for name in group):
                self.unfilled(out, " or ".join(group), group[0])

    def unfilled(self, out: Resolved, said: str, name: str) -> None:
        if self.source.columns is None:
            seen = ", ".join(repr(h) for h in out.files.header[:12])
            message = f"the column {said} is missing; the header row has {seen}"
            fix = column_fix(name, out.files.header, self.source.reading)
            self.findings.add(
                "error", "column", message, file=self.source.file, sheet=out.files.sheet, row=1, column=name, fix=fix
            )  # fmt: skip
        else:
            self.bad(f"the required column {said} is not mapped", f"add {name} to columns or constants", name)

    def want(self, out: Resolved) -> None:
        """Tell each file which of its columns are used."""
        used = [*out.places.values(), *(place for place, _ in out.where)]
        used += [place for pairs in out.keys for place, _ in pairs]
        for place in used:
            (out.files if place.file == HERE else out.lookups[place.file - 1]).wanted.add(place.header)
        for files, pairs in zip(out.lookups, out.keys, strict=True):
            files.wanted.update(other for _, other in pairs)
