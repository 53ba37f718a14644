"""What the ledger says when it could not write."""

from __future__ import annotations

from siop.core import SiopError


class NotSaved(SiopError):
    """Nothing was written: the whole entry, or none of it, is the ledger's promise."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Not saved: {why}. Nothing was written; try again.")
        self.why = why
