"""A company's past, read line by line from JSON; every bad line is named, and one bad line refuses all."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from siop.core import Refused, parse_month
from siop.core.finding import Finding
from siop.ledger.compose import New
from siop.ledger.entries import ENTRY_TYPES, Payload, parse_moment, payload_of
from siop.ledger.entries.base import plain_text
from siop.ledger.entry import DELEGATE, SELF, Entry
from siop.ledger.problems import problems_of
from siop.ledger.references import check_references
from siop.ledger.world import Line

MAX_BYTES = 200_000_000
MAX_LINE = 1_000_000
MAX_FINDINGS = 500
_KEYS = ("type", "at", "by", "cycle", "payload", "capacity")
_EXPORTED = (
    "v", "ledger", "seq", "prev", "hash", "signature", "key", "auth", "imported", "saved", "idem", "snapshot",
)  # fmt: skip
"""What `ledger export` writes beside: the entry gets its own; only the snapshot on screen is kept."""
_REQUIRED = ("type", "at", "by", "payload")
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: new entries, lines that were there before, first and last new entry, warnings."""

    new: int
    already: int
    first: int | None
    last: int | None
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A history that may be appended: its entries in the order of their times."""

    items: list[New]
    already: int
    warnings: tuple[Finding, ...]


class Bad(ValueError):
    """A line that cannot be an entry: field, what is wrong, what to do."""

    def __init__(self, field: str | None, message: str, fix: str, value: Any = None) -> None:
        super().__init__(message)
        self.field, self.message, self.fix = field, message, fix
        self.value = None if value is None else str(value)[:80]


def read_history(
    path: Path,
    known: Sequence[Entry],
    plan_hashes: Mapping[str, str] | None,
    snapshot: str | None,
    now: datetime,
) -> History:
    """Read and check a whole file against itself, the ledger's entries and the snapshot's plan versions.

    Raises Refused with all findings (at most 500) where any line cannot be an entry.
    """
    findings: list[Finding] = []
    lines: list[Line] = []
    # an export may come back to its own ledger: what was said in the cockpit is there, too
    seen = {e.idem if e.imported else _idem(e.payload, e.at, e.by, e.cycle) for e in known}
    first_at: dict[str, int] = {}
    already = 0
    for number, raw in _raw_lines(path):
        try:
            told = _object(raw)
            line = _line(number, told, now)
        except Bad as bad:
            findings.append(_finding(path, number, bad))
            continue
        except ValidationError as error:
            findings.extend(
                _finding(
                    path,
                    number,
                    Bad(f"payload.{p.field}" if p.field else "payload", p.message, p.fix, p.value),
                )
                for p in problems_of(error, ENTRY_TYPES[told["type"]])
            )
            continue
        if line.idem in first_at:
            twice = Bad(None, f"repeats line {first_at[line.idem]}", "remove one of the two")
            findings.append(_finding(path, number, twice))
            continue
        first_at[line.idem] = number
        if line.idem in seen:
            already += 1
            continue
        lines.append(line)
        if len(findings) > MAX_FINDINGS:
            break
    checked = check_references(path.name, lines, known, plan_hashes, now)
    findings.extend(checked.errors)
    if findings:
        findings.sort(key=lambda finding: finding.row or 0)
        count = len(findings)
        said = "one finding" if count == 1 else f"{count} findings"
        raise Refused(f"{path.name}: nothing was imported: {said}; {findings[0]}", findings[:MAX_FINDINGS])
    lines.sort(key=lambda line: line.at)  # stable: lines of the same time stay in the order of the file
    items = [_new(line, plan_hashes, snapshot, checked.capacity.get(line.number)) for line in lines]
    return History(items, already, tuple(checked.warnings))


def _raw_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(line number from 1, bytes) of the lines that are not blank. Raises Refused where it is no such file."""
    if not path.is_file():
        raise _whole(path, "there is no such file", "name the history, a file of JSON lines")
    if path.stat().st_size > MAX_BYTES:
        raise _whole(path, f"the file is larger than {MAX_BYTES // 1_000_000} MB", "split it by year")
    count = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            if raw.strip():
                count += 1
                yield number, raw
    if not count:
        raise _whole(path, "the file is empty", "write one JSON object per line")


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_LINE:
        raise Bad(None, f"is longer than {MAX_LINE} bytes", "shorten its texts")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Bad(None, f"is not UTF-8 (byte {error.start + 1})", "save the file as UTF-8") from None
    try:
        told = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise Bad(None, f"is not JSON: {error.msg} (character {error.pos + 1})", _JSON_FIX) from None
    except RecursionError:
        raise Bad(None, "is nested too deep", _JSON_FIX) from None
    except Bad:
        raise
    except ValueError as error:
        raise Bad(None, f"is not JSON: {error}", _JSON_FIX) from None
    if not isinstance(told, dict):
        raise Bad(None, "is not a JSON object", _JSON_FIX)
    return told


_JSON_FIX = 'write {"type": ..., "at": ..., "by": ..., "payload": {...}} on one line'


def _no_constant(name: str) -> Any:
    raise Bad(None, f"{name} is not a number", "leave the field out where it is unknown")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Bad(key, "is there twice in one object", "keep one of the two")
        found[key] = value
    return found


def _line(number: int, told: dict[str, Any], now: datetime) -> Line:
    for key in told:
        if key == "row":
            fix = "run ledger verify where it was exported"
            raise Bad(key, "says that the entry was changed after it was written", fix)
        if key not in _KEYS and key not in _EXPORTED:
            near = difflib.get_close_matches(key, _KEYS, 1)
            fix = f"did you mean {near[0]}?" if near else f"a line has {', '.join(_KEYS[:5])}"
            raise Bad(key, "is not a field of a line", fix)
    for key in _REQUIRED:
        if told.get(key) is None:
            raise Bad(key, "is missing", f"add {key}")
    kind = told["type"]
    if not isinstance(kind, str) or kind not in ENTRY_TYPES:
        near = difflib.get_close_matches(str(kind), ENTRY_TYPES, 1)
        fix = f"did you mean {near[0]}?" if near else f"there are {', '.join(ENTRY_TYPES)}"
        raise Bad("type", "is not an entry type", fix, kind)
    if not isinstance(told["payload"], dict):
        raise Bad("payload", "is not an object", "write {...}", told["payload"])
    at = _at(told["at"], now)
    payload = payload_of(kind, told["payload"])
    return Line(
        number=number,
        at=at,
        by=_name("by", told["by"], "is not a person", "write the id of the person who said it"),
        cycle=_cycle(told.get("cycle"), kind),
        payload=payload,
        capacity=_capacity(told.get("capacity"), exported="hash" in told),
        idem=_idem(payload, at, str(told["by"]), told.get("cycle")),
        snapshot=_snapshot(told.get("snapshot")),
    )


def _at(value: Any, now: datetime) -> datetime:
    try:
        at = parse_moment(value)
    except ValueError as error:
        raise Bad(
            "at", str(error), "write the time in UTC, for instance 2026-11-24T09:30:00Z", value
        ) from None
    if at > now + _AHEAD:
        raise Bad("at", "lies in the future", "a history tells of what has happened: correct the time", value)
    return at


def _name(field: str, value: Any, wrong: str, fix: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise Bad(field, wrong, fix, value)
    try:
        return plain_text(value, lines=False)
    except ValueError as error:
        raise Bad(field, str(error), fix, value) from None


def _snapshot(value: Any) -> str | None:
    if value is None:
        return None
    return _name("snapshot", value, "is not the id of a snapshot", "leave it out")


def _cycle(value: Any, kind: str) -> str | None:
    if value is None:
        if kind in ("stage", "gate"):
            raise Bad("cycle", f"is missing: a {kind} belongs to a cycle", 'add "cycle": "YYYY-MM"')
        return None
    try:
        return parse_month(value)
    except (ValueError, TypeError):
        raise Bad("cycle", "is not a month", "write YYYY-MM, for instance 2026-11", value) from None


def _capacity(value: Any, *, exported: bool) -> str | None:
    """None where it is to be told from the delegations; an export has told it already."""
    if value is None or value == SELF:
        return SELF if exported else None
    if isinstance(value, str) and value.startswith(DELEGATE) and len(value) > len(DELEGATE):
        return value
    raise Bad(
        "capacity", "is neither self nor delegate of somebody", 'write "self" or "delegate of ID"', value
    )


def _idem(payload: Payload, at: datetime, by: str, cycle: Any) -> str:
    """The same for the same line, so that importing a file again adds nothing, an export of it neither."""
    if getattr(payload, "bound", None):  # as it was before the import bound it
        payload = payload.model_copy(update={"plan_hash": None, "snapshot": None, "bound": None})
    said = json.dumps(
        [payload.TYPE, at.isoformat(), by, cycle, payload.as_json()], sort_keys=True, ensure_ascii=False
    )
    return "import:" + hashlib.sha256(said.encode()).hexdigest()


def _new(
    line: Line, plan_hashes: Mapping[str, str] | None, snapshot: str | None, capacity: str | None
) -> New:
    payload = line.payload
    version = getattr(payload, "version", None)
    if payload.TYPE in ("sign_off", "publish") and getattr(payload, "plan_hash", None) is None:
        digest = (plan_hashes or {}).get(str(version))
        if digest is not None:
            told = {"plan_hash": digest, "snapshot": getattr(payload, "snapshot", None) or snapshot}
            payload = payload.model_copy(update={**told, "bound": "at import"})
    return New(
        payload=payload,
        by=line.by,
        capacity=line.capacity or capacity or SELF,
        cycle=line.cycle,
        snapshot=line.snapshot,
        idem=line.idem,
        at=line.at,
        imported=True,
    )


def _finding(path: Path, number: int, bad: Bad) -> Finding:
    return Finding(
        "error", path.name, "history", bad.message, bad.fix, row=number, column=bad.field, value=bad.value
    )


def _whole(path: Path, message: str, fix: str) -> Refused:
    return Refused(f"{path.name}: {message}; {fix}", [Finding("error", path.name, "history", message, fix)])
