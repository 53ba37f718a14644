"""What was allowed, what was missed, and who answered for it."""

from __future__ import annotations

from typing import ClassVar

from siop.ledger.entries.base import Amount, Day, Month, Name, Number, OptionalText, Payload, Text


class Tolerance(Payload):
    """How far a family's measure may be off its plan, in per cent and optionally in units, from a month on."""

    TYPE: ClassVar[str] = "tolerance"
    family: Name
    measure: Name
    pct: Amount
    abs: Amount | None = None
    valid_from: Month
    reason: OptionalText = None

    @property
    def subject(self) -> str:
        return f"tolerance:{self.family}:{self.measure}"


class CaseOpened(Payload):
    """A deviation that needs an owner."""

    TYPE: ClassVar[str] = "case_opened"
    id: Name
    family: Name
    measure: Name
    month: Month
    deviation: Number | None = None

    @property
    def subject(self) -> str:
        return f"case:{self.id}"


class CaseAnswered(Payload):
    """The owner's answer to a case: cause, countermeasure and the date it is due."""

    TYPE: ClassVar[str] = "case_answered"
    id: Name
    owner: Name
    cause: Text
    countermeasure: Text
    due: Day

    @property
    def subject(self) -> str:
        return f"case:{self.id}"

    def refers(self) -> dict[str, str]:
        return {"id": f"case:{self.id}"}


class CaseClosed(Payload):
    """A case is closed, with the reason."""

    TYPE: ClassVar[str] = "case_closed"
    id: Name
    reason: Text

    @property
    def subject(self) -> str:
        return f"case:{self.id}"

    def refers(self) -> dict[str, str]:
        return {"id": f"case:{self.id}"}
