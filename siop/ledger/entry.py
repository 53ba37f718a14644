"""An entry of the ledger: who said what, when, in which capacity and in which cycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siop.core import month_of
from siop.ledger.entries import Payload, parse_moment, payload_of

SELF = "self"
DELEGATE = "delegate of "
ANONYMOUS = "anonymous"
"""Who writes the answers of a survey: nobody's name is kept."""
BY_CYCLE = ("stage", "gate")
"""Types of which there is one per cycle, so that the cycle is part of what they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `hash` is of the canonical body, which holds everything here but hash and signature.

    at: UTC. capacity: "self" or "delegate of ID". snapshot: what was on screen, None for a history that is no export.
    auth: how and when the writer proved who they are, None where no person was asked.
    """

    seq: int
    type: str
    at: datetime
    by: str
    payload: Payload
    capacity: str = SELF
    cycle: str | None = None
    imported: bool = False
    snapshot: str | None = None
    auth: str | None = None
    idem: str = ""
    prev: str = ""
    hash: str = ""
    signature: str = ""

    @property
    def in_cycle(self) -> str:
        """The cycle of the entry, or the month it was written in where it names none."""
        return self.cycle or month_of(self.at.date())

    @property
    def delegate_of(self) -> str | None:
        """The person in whose name `by` wrote, or None."""
        return self.capacity.removeprefix(DELEGATE) if self.capacity != SELF else None

    @property
    def subject(self) -> str:
        """What the entry is about: the unit of stale forms."""
        return subject_of(self.payload, self.cycle)


def subject_of(payload: Payload, cycle: str | None) -> str:
    """The subject of a payload written in a cycle."""
    return f"{payload.subject}@{cycle}" if payload.TYPE in BY_CYCLE else payload.subject


def entries_of(lines: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Import lines ({"type", "at", "by", "cycle"?, "payload"}) as entries, without a store.

    For folding a history that is not in a ledger, in tests and in generators. Numbered from 1 in the order
    given. Raises NotFound or pydantic.ValidationError for a line that is none.
    """
    found = []
    for seq, line in enumerate(lines, 1):
        found.append(
            Entry(
                seq=seq,
                type=line["type"],
                at=parse_moment(line["at"]),
                by=str(line["by"]),
                payload=payload_of(line["type"], dict(line["payload"])),
                capacity=line.get("capacity") or SELF,
                cycle=line.get("cycle"),
                imported=True,
            )
        )
    return found
