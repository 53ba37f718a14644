"""When it was said and when it happened: what lies in the future, or before its own beginning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from siop.ledger import entries as e
from siop.ledger.oddities import TIME, Odd
from siop.ledger.world import Line, Problem, World

GRACE = timedelta(days=1)
"""A bare date is read as its first instant in UTC, wherever the company is."""

HAPPENED: dict[type[e.Payload], tuple[str, ...]] = {
    e.Stage: ("actual_end",),
    e.Gate: ("checked_at", "stamped_at"),
    e.Meeting: ("started", "ended"),
    e.ImprovementClosed: ("at",),
}
"""Fields that tell of what has happened. Planned, due and valid-to fields may lie ahead."""

_ONE_OF_TWO = "correct the time of one of the two"


def impossible_times(world: World, line: Line, now: datetime) -> list[Problem]:
    """What no reading of the times makes true."""
    payload, found = line.payload, []
    for name in HAPPENED.get(type(payload), ()):
        moment = getattr(payload, name)
        if moment is not None and moment > now + GRACE:
            fix = "it tells of what has happened: correct the time"
            found.append((f"payload.{name}", "lies in the future", fix, e.moment_text(moment)))
    if isinstance(payload, e.Meeting) and payload.started and payload.ended:
        a_day = payload.ended.time() == time() and payload.ended.date() == payload.started.date()
        if payload.ended < payload.started and not a_day:  # a bare date as the end is the whole day
            started = e.moment_text(payload.started)
            ended = e.moment_text(payload.ended)
            found.append(("payload.ended", f"it ended before it started ({started})", _ONE_OF_TWO, ended))
    if isinstance(payload, e.Decided):
        raised = world.born.get(payload.subject)
        if raised is not None and line.at.date() < raised:
            message = f"it was decided before it was raised ({raised})"
            found.append(("at", message, _ONE_OF_TWO, str(line.at.date())))
    return found


def odd_times(world: World, line: Line, now: datetime) -> Iterator[Odd]:
    """What is told out of its order: answered before it was asked, by the day."""
    payload, day = line.payload, line.at.date()
    subjects = dict(payload.refers())
    if isinstance(payload, e.Position):
        subjects["subject"] = f"decision:{payload.about}"
    for subject in subjects.values():
        born = world.born.get(subject)
        if born is not None and day < born:
            what = subject.partition(":")[0].replace("_", " ")
            message = f"the {payload.TYPE} is dated before the {what} it belongs to"
            yield Odd(TIME, "at", message, f"{_ONE_OF_TWO} (the {what} is of {born})", str(day))
    if isinstance(payload, e.ImprovementClosed):
        opened = world.born.get(payload.subject)
        if opened is not None and payload.at.date() < opened - GRACE:  # a history may be written down late
            message = "the improvement was closed before the line that opens it"
            yield Odd(
                TIME, "payload.at", message, f"{_ONE_OF_TWO} (opened on {opened})", e.moment_text(payload.at)
            )
    if isinstance(payload, e.DecisionEffect):
        decided = world.answered.get(payload.decision)
        if decided is not None and day < decided:
            message = "the decision_effect is dated before the decision was decided"
            yield Odd(TIME, "at", message, f"{_ONE_OF_TWO} (decided on {decided})", str(day))
    if isinstance(payload, e.Meeting) and payload.preread_at and payload.preread_at > now + GRACE:
        sent = e.moment_text(payload.preread_at)
        yield Odd(TIME, "payload.preread_at", "lies in the future", "write when the pre-read was sent", sent)
