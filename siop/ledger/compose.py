"""From what somebody wants to say to the row that is stored, and the receipt for it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siop.core import parse_month
from siop.ledger.canonical import canonical, entry_hash
from siop.ledger.checkpoint import Checkpoint, Receipt
from siop.ledger.entries import Payload, moment_text, parse_moment
from siop.ledger.entry import SELF, subject_of
from siop.ledger.signing import Signer

VERSION = 1
"""Of the body's form; a reader of a later form still reads this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An entry to be appended.

    idem: the key of the form; the same key is the same entry, however often it is sent.
    expected: {subject: number of the last entry about it that the writer has seen, 0 for none}.
    snapshot: what was on screen. auth: how and when the writer proved who they are.
    at, imported: set by the history import only.
    """

    payload: Payload
    by: str
    capacity: str = SELF
    cycle: str | None = None
    snapshot: str | None = None
    auth: str | None = None
    idem: str | None = None
    expected: Mapping[str, int] = field(default_factory=dict)
    at: datetime | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next entry goes: the ledger, its number, the hash before it, and the time."""

    ledger: str
    seq: int
    prev: str
    now: datetime


def row_of(item: New, by: str, place: Place, signer: Signer | None) -> dict[str, Any]:
    """The row of `item` at `place`: the canonical body, its hash, its signature, and the columns beside."""
    body: dict[str, Any] = {
        "v": VERSION,
        "ledger": place.ledger,
        "seq": place.seq,
        "prev": place.prev,
        "type": item.payload.TYPE,
        "at": moment_text(parse_moment(item.at or place.now)),
        "by": by,
        "capacity": item.capacity,
        "payload": item.payload.as_json(),
        "idem": item.idem or uuid.uuid4().hex,
    }
    for name, value in (("snapshot", item.snapshot), ("auth", item.auth)):
        if value is not None:
            body[name] = value
    if item.cycle is not None:
        body["cycle"] = parse_month(item.cycle)
    if item.imported:
        body["imported"] = True
        body["saved"] = moment_text(place.now)
    text = canonical(body)
    digest = entry_hash(text)
    return {
        "seq": place.seq,
        "type": body["type"],
        "at": body["at"],
        "by": by,
        "capacity": item.capacity,
        "cycle": item.cycle,
        "subject": subject_of(item.payload, item.cycle),
        "imported": item.imported,
        "idem": body["idem"],
        "prev": place.prev,
        "hash": digest,
        "signature": signer.entry(digest) if signer else "",
        "body": text.decode(),
    }


def receipt_of(row: Mapping[str, Any], ledger: str, signer: Signer | None) -> Receipt:
    """The receipt of a row; always the same one for the same row."""
    at = json.loads(row["body"]).get("saved") or row["at"]
    closed = Checkpoint(ledger, row["seq"], row["hash"], at).signed(signer)
    return Receipt(
        ledger, row["seq"], row["hash"], row["type"], row["at"], row["by"], row["signature"], closed
    )
