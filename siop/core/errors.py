"""One family of errors, each with facts and with words that can be read aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siop.core.finding import Finding


class SiopError(Exception):
    """Everything the cockpit refuses or cannot do. `str(error)` is the sentence shown."""


class Refused(SiopError):
    """Input was refused as a whole; `findings` say where and what to do."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class NotFound(SiopError):
    """A name that is not in the snapshot, the ledger or the catalogue."""


class NotAllowed(SiopError):
    """The person's role does not allow the action."""


class Undefined(SiopError):
    """A number that does not exist for these rows, for instance a division by zero."""


class StaleForm(SiopError):
    """Somebody else wrote since the form was opened."""

    def __init__(self, subject: str, by: str, entry: int) -> None:
        super().__init__(f"{by} changed {subject} (entry {entry}). Compare, then sign again.")
        self.subject, self.by, self.entry = subject, by, entry
