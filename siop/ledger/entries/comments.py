"""Words pinned to a number."""

from __future__ import annotations

from typing import ClassVar

from siop.ledger.entries.base import Month, Name, Part, Payload, ScopeDict, Text


class Coordinates(Part):
    """Where a comment is pinned: metric, scope and cycle."""

    metric: Name
    scope: ScopeDict
    cycle: Month | None = None


class Comment(Payload):
    """A remark pinned to a number, so that next month the reason is still there."""

    TYPE: ClassVar[str] = "comment"
    coordinates: Coordinates
    text: Text

    @property
    def subject(self) -> str:
        return f"comment:{self.coordinates.metric}"
