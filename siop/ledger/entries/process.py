"""The monthly cycle: its stages, gates, meetings, and who came."""

from __future__ import annotations

from typing import ClassVar, Literal

from siop.ledger.entries.base import Amount, Flag, Moment, Name, OptionalName, OptionalText, Payload


class Stage(Payload):
    """A step of a cycle: when it was to end, when it ended, who owns it. The envelope names the cycle."""

    TYPE: ClassVar[str] = "stage"
    stage: Name
    planned_end: Moment
    actual_end: Moment | None = None
    owner: Name

    @property
    def subject(self) -> str:
        return f"stage:{self.stage}"


class Gate(Payload):
    """What a gate's check found, and who stamped it. A stamp without a pass is visible as such."""

    TYPE: ClassVar[str] = "gate"
    gate: Name
    stamped_by: OptionalName = None
    stamped_at: Moment | None = None
    passed: Flag
    checked_at: Moment
    note: OptionalText = None

    @property
    def subject(self) -> str:
        return f"gate:{self.gate}"


class Meeting(Payload):
    """A meeting of the cycle: planned, held, pre-read sent, minutes spent on past and future."""

    TYPE: ClassVar[str] = "meeting"
    id: Name
    kind: Name
    planned: Moment
    started: Moment | None = None
    ended: Moment | None = None
    preread_at: Moment | None = None
    minutes_past: Amount | None = None
    minutes_future: Amount | None = None


class Attendance(Payload):
    """Whether a person came to a meeting, sent a delegate, or was absent."""

    TYPE: ClassVar[str] = "attendance"
    meeting: Name
    person: Name
    status: Literal["principal", "delegate", "absent"]

    @property
    def subject(self) -> str:
        return f"attendance:{self.meeting}:{self.person}"

    def people(self) -> dict[str, str]:
        return {"person": self.person}

    def refers(self) -> dict[str, str]:
        return {"meeting": f"meeting:{self.meeting}"}
