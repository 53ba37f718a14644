"""Was anything changed? The chain, every column, the signatures, the checkpoints and the receipts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from siop.core import Refused
from siop.ledger.canonical import START, entry_hash
from siop.ledger.checkpoint import HEAD, Checkpoint, CheckpointFolder, checkpoint_of
from siop.ledger.engine import reading
from siop.ledger.rows import Unreadable, body_of, differences, read_rows
from siop.ledger.signing import ENTRY_DOMAIN, is_signed

_MISSING_ROW = re.compile(r"row (\d+) missing from index")


@dataclass
class _Findings:
    """What was found, entry by entry; the lowest bad number is told."""

    hashes: dict[int, str] = field(default_factory=dict)  # of each entry, as stored
    last: int = 0  # the number of the last entry
    rows: int = 0
    bad: dict[int, str] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)  # faults that no entry can be named for
    warnings: list[str] = field(default_factory=list)

    def hash_of(self, size: int) -> str | None:
        """What a checkpoint of `size` entries must name as its head."""
        return self.hashes.get(size) if size else START

    def add(self, seq: int, reason: str) -> None:
        self.bad.setdefault(seq, reason)


def verify(
    engine: Engine,
    ledger: str,
    public: str | None,
    folder: CheckpointFolder | None,
    receipts: Iterable[Mapping[str, Any]] = (),
    checkpoints: Iterable[Mapping[str, Any]] = (),
    *,
    key_wanted: bool = False,
) -> dict[str, Any]:
    """See `Ledger.verify`. Without a public key signatures are not checked, which is a fault where one is wanted.

    Checkpoints are read first: the ledger may grow meanwhile, but not shrink."""
    kept = folder.read() if folder else []
    found = _Findings()
    with reading(engine) as connection:
        last = None
        for row in read_rows(connection):
            if isinstance(row, Unreadable):
                found.add(row.seq, f"cannot be read: {row.said}")
                break
            last = _check_row(found, row, ledger, public, last)
    _check_file(found, engine)
    told = [_check_checkpoint(found, name, one, ledger, public) for name, one in kept]
    for number, given in enumerate(checkpoints, 1):
        told.append(_check_given(found, f"checkpoint {number} given", given, ledger, public))
    for given in receipts:
        _check_receipt(found, given, ledger, public)
    if public is None:
        told_so = "signatures were not checked: there is no public key"
        (found.elsewhere if key_wanted and found.rows else found.warnings).append(told_so)
    first = min(found.bad, default=None)
    first_bad = None if first is None else {"seq": first, "reason": found.bad[first]}
    if first_bad is None and found.elsewhere:
        first_bad = {"seq": None, "reason": found.elsewhere[0]}
    return {
        "ok": first_bad is None,
        "ledger": ledger,
        "entries": found.rows,
        "head": found.hashes.get(found.last, START),
        "first_bad": first_bad,
        "checkpoints": told,
        "warnings": found.warnings,
    }


def damaged(said: str) -> dict[str, Any]:
    """The result for a ledger that cannot even be opened."""
    return {
        "ok": False,
        "ledger": None,
        "entries": 0,
        "head": None,
        "first_bad": {"seq": None, "reason": said},
        "checkpoints": [],
        "warnings": [],
    }


def _check_row(
    found: _Findings, row: Mapping[str, Any], ledger: str, public: str | None, last: str | None
) -> str | None:
    """Check one row against its body and the row before; returns when it was written."""
    seq, expected = row["seq"], found.last + 1
    found.rows += 1
    if seq < 1:
        found.add(seq, "has no place in the ledger: entries are numbered from 1")
        return last
    prev = found.hashes.get(found.last, START) if seq == expected else None
    if seq != expected:
        found.add(expected, "is missing")
    found.last, found.hashes[seq] = seq, str(row["hash"])
    body = body_of(row)
    if body is None:
        found.add(seq, "its body is not what was written")
        return last
    if not isinstance(row["body"], str) or entry_hash(row["body"].encode()) != row["hash"]:
        found.add(seq, "was changed: its content does not give its hash")
    for name in differences(row, body):
        found.add(seq, f"was changed: its {name} is not what was written")
    if prev and body.get("prev") != prev:
        found.add(seq, "does not follow the entry before it: one of the two was changed, added or removed")
    if body.get("ledger") != ledger:
        found.add(seq, "belongs to another ledger")
    if public is not None and not _signed(public, row["signature"], row["hash"]):
        found.add(seq, "is not signed by this ledger's key")
    at = body.get("saved") or body.get("at")
    if last is not None and isinstance(at, str) and at < last:
        found.warnings.append(f"entry {seq} was written at {at}, before the entry above it ({last})")
    return at if isinstance(at, str) else last


def _signed(public: str, signature: Any, digest: Any) -> bool:
    try:
        message = ENTRY_DOMAIN + bytes.fromhex(digest)
    except (TypeError, ValueError):
        return False
    return isinstance(signature, str) and is_signed(public, signature, message)


def _check_file(found: _Findings, engine: Engine) -> None:
    """SQLite's own check: a change of a copy inside an index shows nowhere else."""
    if engine.dialect.name != "sqlite":
        return
    try:
        with reading(engine) as connection:
            said = [str(line) for (line,) in connection.execute(text("PRAGMA integrity_check(20)"))]
    except Refused as refused:
        said = [str(refused)]
    for line in said:
        if line == "ok":
            continue
        named = _MISSING_ROW.search(line)
        if named:
            found.add(int(named[1]), f"its copy in an index was changed ({line})")
        else:
            found.elsewhere.append(f"the ledger's file is damaged: {line.splitlines()[-1]}")


def _check_checkpoint(
    found: _Findings, name: str, kept: Checkpoint | None, ledger: str, public: str | None
) -> dict[str, Any]:
    """One checkpoint against the entries; what the command prints of it."""
    if kept is None:
        # the head's file is replaced without waiting for the disk: a power cut may leave it empty
        unreadable = "cannot be read"
        if name == HEAD:
            found.warnings.append(f"{name} {unreadable}; it is written again with the next entry")
        else:
            found.elsewhere.append(f"the checkpoint {name} {unreadable}")
        return {"file": name, "ok": name == HEAD, "reason": unreadable}
    reason = _against(found, name, kept, ledger, public)
    return {
        "file": name,
        "size": kept.size,
        "head": kept.head,
        "at": kept.at,
        "ok": reason is None,
        "reason": reason,
    }


def _check_given(
    found: _Findings, name: str, given: Mapping[str, Any], ledger: str, public: str | None
) -> dict[str, Any]:
    try:
        kept = checkpoint_of(dict(given))
    except ValueError as error:
        found.elsewhere.append(f"{name}: {error}")
        return {"file": name, "ok": False, "reason": str(error)}
    return _check_checkpoint(found, name, kept, ledger, public)


def _against(found: _Findings, name: str, kept: Checkpoint, ledger: str, public: str | None) -> str | None:
    have = found.last
    if kept.ledger != ledger:
        reason = "is of another ledger: this one was put in its place"
        found.elsewhere.append(f"the checkpoint {name} {reason}")
    elif public is not None and not kept.is_by(public):
        reason = "is not signed by this ledger's key"
        found.elsewhere.append(f"the checkpoint {name} {reason}")
    elif kept.size > have:
        reason = f"there were {kept.size} entries at {kept.at}, now there are {have}"
        found.add(have + 1, f"is missing: {reason} (checkpoint {name})")
    elif found.hash_of(kept.size) != kept.head:
        reason = f"entry {kept.size} is not the one of {kept.at}"
        found.add(kept.size, f"was changed, or one before it: {reason} (checkpoint {name})")
    else:
        return None
    return reason


def _check_receipt(found: _Findings, given: Mapping[str, Any], ledger: str, public: str | None) -> None:
    seq, digest = given.get("seq"), given.get("hash")
    if not isinstance(seq, int) or not isinstance(digest, str) or seq < 1:
        found.elsewhere.append("a receipt has the fields seq and hash; one given has not")
    elif given.get("ledger", ledger) != ledger:
        found.elsewhere.append(f"the receipt of entry {seq} is of another ledger")
    elif seq > found.last:
        found.add(found.last + 1, f"is missing: there is a receipt for entry {seq}")
    elif found.hashes.get(seq) != digest:
        found.add(seq, "is not the one its signer has the receipt for")
    elif public is not None and "signature" in given and not _signed(public, given["signature"], digest):
        found.elsewhere.append(f"the receipt of entry {seq} is not signed by this ledger's key")
