"""A mapping proposed from what the files look like: to be read, corrected and saved as mapping.toml.

Nothing is loaded by a guess: the proposal says for every file which table it seems to feed, what each column is
taken for, and how its numbers and months are written, with the columns it could not place in a comment."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from siop.core import Refused
from siop.warehouse import codes, excel_reader
from siop.warehouse.contract import TABLES, Table
from siop.warehouse.csv_reader import open_bytes
from siop.warehouse.files import File, Limits, check_size, is_text, kind_of
from siop.warehouse.findings import Findings
from siop.warehouse.mapping import SUFFIXES, Reading
from siop.warehouse.mapping_text import key_text, quoted
from siop.warehouse.opening import open_file
from siop.warehouse.synonyms import SYNONYMS, plain
from siop.warehouse.written import date_form, number_form

LIMITS = Limits(rows=1_000_000, bytes=2_000_000_000)
_SAMPLE = 300
_ACTUAL = ("actual", "actuals", "act", "ist", "real", "sold", "sales", "shipped", "invoiced")
_PLAN = ("plan", "planned", "budget", "aop", "forecast", "target", "soll", "quota", "consensus", "fcst")


@dataclass
class Look:
    """What was seen of a file: its header, some rows, how it is read."""

    file: File
    reading: Reading
    header: list[str]
    rows: list[list[str]]
    native: bool
    declared: dict[str, str] = field(default_factory=dict)  # reading keys that a mapping must declare

    def values(self, header: str) -> list[str]:
        """The filled cells of a column."""
        place = [codes.header(h) for h in self.header].index(codes.header(header))
        return [row[place].strip() for row in self.rows if place < len(row) and row[place].strip()]


@dataclass
class Guess:
    """A source, as far as it can be guessed. columns: contract column -> header as written."""

    table: str
    columns: dict[str, str]
    where: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)


def propose(folder: Path) -> str | None:
    """The text of a mapping.toml for the files of a folder; None where no file looks like any table."""
    files = sorted(
        p for p in folder.iterdir() if p.is_file() and p.name.endswith(SUFFIXES) and is_text(p.name)
    )
    blocks = "".join(propose_file(path) or "" for path in files)
    if not blocks:
        return None
    head = "# Proposed from the headers and first rows. Read it, correct it, and save it as mapping.toml.\n"
    return head + '\n[company]\nname = ""\ncurrency = ""\n' + blocks


def propose_file(path: Path) -> str | None:
    """The [[source]] blocks that one file seems to feed, as text; None where it looks like no table."""
    look = _look(path)
    blocks = [_block(look, guess) for guess in _guess(look)] if look is not None else []
    return "".join(blocks) or None


def _look(path: Path) -> Look | None:
    """A file's header and first rows, whatever its delimiter and encoding; None where it cannot be read."""
    try:
        kind = kind_of(path)
        check_size(path, kind, LIMITS)
        file = File(0, path.name, path, kind)
        if kind.startswith("csv"):
            return _look_at_text(file)
        reading = Reading(sheet=_sheet(path) if kind == "xlsx" else None)
        opened = open_file(file, reading, "", LIMITS, Findings())
        _, arrays = next(opened.read(list(range(len(opened.header)))))
    except (Refused, StopIteration):
        return None
    rows = [
        list(cells)
        for cells in zip(
            *(["" if v is None else str(v) for v in a[:_SAMPLE].to_pylist()] for a in arrays), strict=True
        )
    ]
    declared = {"sheet": str(file.sheet)} if reading.sheet is not None else {}
    return Look(file, reading, opened.header, rows, True, declared)


def _sheet(path: Path) -> str | None:
    """The sheet with the most rows, where there are several."""
    names = excel_reader.sheet_sizes(path)
    return max(names, key=lambda n: names[n]) if len(names) > 1 else None


def _look_at_text(file: File) -> Look | None:
    with open_bytes(file.path) as handle:
        head = handle.read(200_000)
    declared: dict[str, str] = {}
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        if encoding == "utf-16" and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            text = (
                head[: len(head) // 2 * 2].decode(encoding)
                if encoding == "utf-16"
                else _whole_lines(head).decode(encoding)
            )
            break
        except UnicodeDecodeError:
            continue
    else:
        return None
    if encoding == "cp1252":
        declared["encoding"] = encoding
    tables = {d: list(csv.reader(io.StringIO(text, newline=""), delimiter=d))[: _SAMPLE + 1] for d in ",;\t|"}
    delimiter = max(tables, key=lambda d: len(tables[d][0]) if tables[d] else 0)
    rows = tables[delimiter]
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    if delimiter != ",":
        declared["delimiter"] = delimiter
    body = [row for row in rows[1:] if len(row) == len(rows[0])]
    return Look(file, Reading(delimiter=delimiter), rows[0], body, False, declared)


def _whole_lines(head: bytes) -> bytes:
    """Up to the last line end, so that no letter is cut."""
    return head[: head.rfind(b"\n") + 1] or head


def _match(names: Iterable[str], header: list[str], taken: set[str]) -> dict[str, str]:
    """Contract columns that a header names, exactly or by a synonym; each header once."""
    out: dict[str, str] = {}
    for exact in (True, False):
        for name in names:
            words = (plain(name),) if exact else SYNONYMS.get(name, ())
            found = next(
                (h for h in header if plain(h) in words and h not in taken and h not in out.values()), None
            )
            if name not in out and found is not None:
                out[name] = found
    return out


def _guess(look: Look) -> list[Guess]:
    """The sources that a file seems to feed."""
    wide = _wide(look)
    if wide:
        return wide
    stem = plain(look.file.path.name.split(".")[0]).split()
    scored = []
    for table in TABLES.values():
        columns = _match(table.names, look.header, set())
        missing = [c.name for c in table.columns if c.required and c.name not in columns]
        if table.fact and table.name != "actuals":
            missing = [m for m in missing if m != "version"]
        one_of = all(any(n in columns for n in group) for group in table.one_of)
        named = table.name in stem or table.name.rstrip("s") in stem
        said = (table.name == "plans" and bool(set(_PLAN) & set(stem))) or (
            table.name == "actuals" and bool(set(_ACTUAL) & set(stem))
        )
        if not missing and one_of and columns:
            distinct = _distinct(table, look, columns)
            scored.append((4 * named + 2 * said + distinct, len(columns), table, columns))
    if not scored:
        return []
    _, _, table, columns = max(scored, key=lambda s: (s[0] + s[1], -list(TABLES).index(s[2].name)))
    return _by_scenario(look, Guess(table.name, columns))


def _distinct(table: Table, look: Look, columns: dict[str, str]) -> int:
    """Whether the key of a dimension table occurs once in the sample, as it must."""
    if table.fact:
        return 1
    key = look.values(columns[table.key[0]]) if table.key[0] in columns else []
    return 1 if key and len(set(key)) == len(key) else -20


def _wide(look: Look) -> list[Guess]:
    """A file with plan and actual columns beside each other feeds both tables."""
    by_kind: dict[str, dict[str, str]] = {"actuals": {}, "plans": {}}
    for header in look.header:
        words = plain(header).split()
        for table, marks in (("actuals", _ACTUAL), ("plans", _PLAN)):
            rest = " ".join(w for w in words if w not in marks)
            if len(words) > 1 and rest and rest != " ".join(words):
                measure = _match(("quantity", "revenue", "cost"), [rest], set())
                for name in measure:
                    by_kind[table].setdefault(name, header)
    if not all(by_kind.values()):
        return []
    taken = {h for columns in by_kind.values() for h in columns.values()}
    shared = _match(
        ("month", "sku", "family", "customer", "region", "site", "unit", "currency"), look.header, taken
    )
    if "month" not in shared:
        return []
    constants = {"version": "plan", "kind": "budget"}
    return [
        Guess("actuals", {**shared, **by_kind["actuals"]}),
        Guess("plans", {**shared, **by_kind["plans"]}, constants=constants),
    ]


def _by_scenario(look: Look, guess: Guess) -> list[Guess]:
    """A long file whose scenario column holds actuals and plans feeds both tables."""
    if guess.table not in ("actuals", "plans"):
        return [guess]
    scenario = guess.columns.get("version") or next(
        iter(_match(("version",), look.header, set(guess.columns.values())).values()), None
    )
    told = dict.fromkeys(look.values(scenario)) if scenario else {}
    actual = [v for v in told if plain(v) in _ACTUAL]
    others = [v for v in told if v not in actual]
    columns = {k: v for k, v in guess.columns.items() if k != "version"}
    if scenario is not None and actual and others and len(told) <= 50:
        return [
            Guess("actuals", columns, where={scenario: actual}),
            Guess("plans", {"version": scenario, **columns}, where={scenario: others}),
        ]
    if guess.table == "plans" and "version" not in guess.columns:
        guess.constants = {"version": look.file.path.name.split(".")[0], "kind": "budget"}
    return [guess]


def _block(look: Look, guess: Guess) -> str:
    """One [[source]] as text."""
    lines = ["", "[[source]]", f"table = {quoted(guess.table)}", f"file = {quoted(look.file.name)}"]
    lines += [f"{key} = {quoted(value)}" for key, value in {**look.declared, **_forms(look, guess)}.items()]
    if guess.where:
        pairs = ", ".join(f"{key_text(c)} = {_list(v)}" for c, v in guess.where.items())
        lines.append(f"where = {{ {pairs} }}")
    if guess.constants:
        lines.append(
            "constants = { " + ", ".join(f"{c} = {quoted(v)}" for c, v in guess.constants.items()) + " }"
        )
    used = set(guess.columns.values()) | set(guess.where)
    columns = dict(guess.columns)
    extras = [h for h in look.header if h.strip() and h not in used]
    if TABLES[guess.table].extras:
        columns |= {codes.identifier(h): h for h in extras if codes.identifier(h) not in columns}
        extras = []
    lines.append(
        "columns = { " + ", ".join(f"{key_text(c)} = {quoted(h.strip())}" for c, h in columns.items()) + " }"
    )
    if _repeats(look, guess):
        lines.append('aggregate = "sum" # some keys repeat in the first rows')
    if extras:
        lines.append("# not used: " + ", ".join(h.strip() for h in extras))
    return "\n".join(lines) + "\n"


def _forms(look: Look, guess: Guess) -> dict[str, str]:
    """decimal, thousands, month_format and date_format, where the plain forms do not fit the sample."""
    out: dict[str, str] = {}
    table = TABLES[guess.table]
    numbers = [
        v
        for c in table.columns
        if c.kind == "number" and c.name in guess.columns
        for v in look.values(guess.columns[c.name])
    ]
    if not look.native:
        out |= number_form(numbers)
    for kind, key in (("month", "month_format"), ("date", "date_format")):
        cells = [
            v
            for c in table.columns
            if c.kind == kind and c.name in guess.columns
            for v in look.values(guess.columns[c.name])
        ]
        form = date_form(cells, kind)
        if form is not None:
            out[key] = form
    return out


def _repeats(look: Look, guess: Guess) -> bool:
    """Whether the table's key repeats in the sample."""
    table = TABLES[guess.table]
    mapped = [guess.columns[k] for k in table.key if k in guess.columns]
    if not table.fact or not mapped:
        return False
    compared = [codes.header(h) for h in look.header]
    places = [compared.index(codes.header(h)) for h in (*mapped, *guess.where)]
    keys = [tuple(row[p] for p in places) for row in look.rows if max(places) < len(row)]
    kept = [k for k in keys if not guess.where or k[-1].strip() in next(iter(guess.where.values()))]
    return len(set(kept)) < len(kept)


def _list(values: list[str]) -> str:
    return quoted(values[0]) if len(values) == 1 else "[" + ", ".join(map(quoted, values)) + "]"
