"""What every item of the state keeps of its entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siop.core import month_of

ScopeOf = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What an item keeps of its entry."""

    seq: int
    at: datetime
    by: str
    capacity: str = "self"
    cycle: str | None = None
    imported: bool = False
    snapshot: str | None = None

    @property
    def in_cycle(self) -> str:
        """The cycle of the entry, or the month it was written in where it names none."""
        return self.cycle or month_of(self.at.date())
