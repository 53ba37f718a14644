"""Questions to the table of entries, asked within a transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from siop.core import NotFound, Refused, StaleForm
from siop.ledger.canonical import START
from siop.ledger.entries import parse_moment, payload_of
from siop.ledger.entry import Entry
from siop.ledger.tables import ENTRIES


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: its number (0 where there is none), its hash and its time."""

    seq: int
    hash: str
    at: str | None


def entry_of(text: str, digest: str, signature: str) -> Entry:
    """An entry from its stored body. Raises Refused where it is not one that was written here."""
    try:
        return _entry(json.loads(text), digest, signature)
    except (ValueError, KeyError, TypeError, NotFound) as error:
        said = str(error).splitlines()[0]
        raise Refused(
            f"An entry of the ledger is not as it was written ({said}). Run `ledger verify`."
        ) from error


def _entry(body: Mapping[str, Any], digest: str, signature: str) -> Entry:
    return Entry(
        seq=body["seq"],
        type=body["type"],
        at=parse_moment(body["at"]),
        by=body["by"],
        payload=payload_of(body["type"], body["payload"]),
        capacity=body["capacity"],
        cycle=body.get("cycle"),
        imported=body.get("imported", False),
        snapshot=body.get("snapshot"),
        auth=body.get("auth"),
        idem=body["idem"],
        prev=body["prev"],
        hash=digest,
        signature=signature,
    )


def head_of(connection: Connection) -> Head:
    """The last entry."""
    found = connection.execute(
        select(ENTRIES.c.seq, ENTRIES.c.hash, ENTRIES.c.at).order_by(ENTRIES.c.seq.desc()).limit(1)
    ).first()
    return Head(found.seq, found.hash, found.at) if found else Head(0, START, None)


def written_at(connection: Connection) -> datetime | None:
    """When the last entry was written, which for an imported one is not the time it tells of."""
    body = connection.scalar(select(ENTRIES.c.body).order_by(ENTRIES.c.seq.desc()).limit(1))
    if body is None:
        return None
    told = json.loads(body)
    return parse_moment(told.get("saved") or told["at"])


def last_about(connection: Connection, subject: str) -> tuple[int, str]:
    """Number and writer of the last entry about a subject; (0, "") for none."""
    found = connection.execute(
        select(ENTRIES.c.seq, ENTRIES.c.by)
        .where(ENTRIES.c.subject == subject)
        .order_by(ENTRIES.c.seq.desc())
        .limit(1)
    ).first()
    return (found.seq, found.by) if found else (0, "")


def check_expected(connection: Connection, subject: str, seen: int) -> None:
    """Raises StaleForm where the last entry about a subject is not the one that was seen."""
    last, by = last_about(connection, subject)
    if last != seen:
        raise StaleForm(subject, by or "Somebody", last)
