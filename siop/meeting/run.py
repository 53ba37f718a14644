"""Running the meeting: the pre-read is out, it starts, who is there, it ends. Each word of it is an entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from siop.core import Refused
from siop.core.finding import Finding
from siop.decisions import Identity, Service
from siop.ledger import Receipt
from siop.ledger.state import MeetingView, State
from siop.meeting.agenda import PAST, Agenda

STATUS = {"In person": "principal", "Delegate": "delegate", "Absent": "absent"}
"""{as it is said in the form: as it is entered}"""


def state_of(meeting: MeetingView | None) -> str:
    """none, planned, sent (the pre-read is out), running or over."""
    if meeting is None:
        return "none"
    if meeting.ended is not None:
        return "over"
    if meeting.started is not None:
        return "running"
    return "sent" if meeting.preread_at is not None else "planned"


def send_preread(
    service: Service, who: Identity, meeting: MeetingView, now: datetime | None = None
) -> Receipt:
    """The pre-read is out: from now on the numbers of the meeting stand. Raises Refused after the start."""
    if meeting.started is not None:
        raise _refused("preread_at", "the meeting has started", "the next pre-read goes out before it")
    return _said(service, who, meeting, preread_at=now or datetime.now(UTC))


def move(service: Service, who: Identity, meeting: MeetingView, planned: datetime) -> Receipt:
    """Plan the meeting for another time. Raises Refused after the start."""
    if meeting.started is not None:
        raise _refused("planned", "the meeting has started", "plan the next one")
    return _said(service, who, meeting, planned=planned)


def start(service: Service, who: Identity, meeting: MeetingView, now: datetime | None = None) -> Receipt:
    """The meeting starts now. Raises Refused where it has."""
    if meeting.started is not None:
        raise _refused("started", f"it started at {meeting.started:%H:%M} UTC", "end it when it is over")
    return _said(service, who, meeting, started=now or datetime.now(UTC))


def end(
    service: Service,
    who: Identity,
    meeting: MeetingView,
    *,
    past: float | None = None,
    future: float | None = None,
    now: datetime | None = None,
) -> Receipt:
    """The meeting is over. Args: past, future: minutes spent on each, where somebody kept them.

    Raises: Refused where it has not started or is over.
    """
    if meeting.started is None:
        raise _refused("ended", "the meeting has not started", "start it first")
    if meeting.ended is not None:
        raise _refused("ended", f"it ended at {meeting.ended:%H:%M} UTC", "nothing is left to do")
    return _said(
        service, who, meeting, ended=now or datetime.now(UTC), minutes_past=past, minutes_future=future
    )


def record(
    service: Service, who: Identity, state: State, meeting: MeetingView, told: Mapping[str, str | None]
) -> int:
    """Enter who came, {person: principal, delegate or absent}; only what changed. Returns how many were entered."""
    known = {a.person: a.status for a in state.attendance if a.meeting == meeting.id}
    changed = {p: s for p, s in told.items() if s is not None and known.get(p) != s}
    for person, status in changed.items():
        fields = {"meeting": meeting.id, "person": person, "status": status}
        service.create(who, "attendance", fields, cycle=meeting.in_cycle)
    return len(changed)


def leaders(state: State, meeting: MeetingView) -> list[str]:
    """Who is asked for at a meeting: who must sign, who was there or absent before, in the order of declaration."""
    ids = {m.id for m in state.meetings.values() if m.kind == meeting.kind}
    seen = {a.person for a in state.attendance if a.meeting in ids}
    return [
        p.id for p in state.people.values()
        if p.active and p.principal and (p.required_signer or p.id in seen)
    ]  # fmt: skip


def without_delegation(state: State, meeting: MeetingView) -> list[str]:
    """The people who were counted by a delegate on a day that no delegation covers: their vote does not count."""
    day = (meeting.started or meeting.planned).date()
    found = []
    for a in state.attendance:
        if a.meeting == meeting.id and a.status == "delegate":
            sent = any(d.covers(day) and a.person in (d.from_person, d.to) for d in state.delegations)
            found += [] if sent else [state.name(a.person)]
    return found


def planned_minutes(found: Agenda) -> tuple[int, int]:
    """(minutes on the past, minutes on the future) as the agenda plans them."""
    past = sum(i.minutes for i in found.items if i.kind in PAST)
    return past, sum(i.minutes for i in found.items) - past


def _said(service: Service, who: Identity, meeting: MeetingView, **changed: Any) -> Receipt:
    """The meeting as it was, with what changed; the cycle stays."""
    names = ("id", "kind", "planned", "started", "ended", "preread_at", "minutes_past", "minutes_future")
    fields = {name: getattr(meeting, name) for name in names} | changed
    return service.create(who, "meeting", fields, cycle=meeting.in_cycle)


def _refused(field: str, message: str, fix: str) -> Refused:
    finding = Finding("error", "meeting", "form", message, fix, column=field)
    return Refused(f"{message[:1].upper()}{message[1:]}: {fix}.", [finding])
