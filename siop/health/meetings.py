"""Was the meeting worth it? The meeting scorecard: each item a share, with its numerator and denominator."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from siop.health.cycle import POINTS, is_executive, stage_key, stage_of_gate, took_place, working_days_between
from siop.ledger.state import MeetingView, State

LATE_MINUTES = 15
BEFORE_THE_MEETING = {"close", "product", "demand", "supply", "reconciliation", "preread"}


@dataclass(frozen=True, slots=True)
class Score:
    """points out of; ratio None where nothing was there to count."""

    points: float
    of: float

    @property
    def ratio(self) -> float | None:
        return self.points / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class MeetingScore:
    """One meeting. Shares in 0..1, higher is better; None where it was not recorded.

    participation: principal 1, delegate 1/2, absent 0, over everybody with an entry.
    schedule: started within 15 minutes of its time. preread: out at least a working day before.
    readiness: gates due before the meeting whose content had passed. decisions: settled of those on the table.
    actions: done of those due since the last executive meeting. future: minutes on the future of all minutes.
    """

    meeting: str
    kind: str
    cycle: str
    planned: datetime
    held: bool
    participation: Score
    schedule: Score
    preread: Score
    readiness: Score
    decisions: Score
    actions: Score
    future: Score
    absent: tuple[str, ...] = field(default=())

    def row(self) -> dict[str, object]:
        """The meeting as a row: one ratio an item, and what it counts."""
        told: dict[str, object] = {"meeting": self.meeting, "kind": self.kind, "cycle": self.cycle}
        told |= {"planned": self.planned, "held": self.held}
        for name in ITEMS:
            score: Score = getattr(self, name)
            told |= {name: score.ratio, f"{name}_points": score.points, f"{name}_of": score.of}
        return told | {"absent": list(self.absent)}


ITEMS = ("participation", "schedule", "preread", "readiness", "decisions", "actions", "future")


def scores(state: State, *, executive_only: bool = True) -> list[MeetingScore]:
    """Every meeting that was planned, in order of time."""
    chosen = sorted(
        (m for m in state.meetings.values() if is_executive(m.kind) or not executive_only),
        key=lambda m: m.planned,
    )
    return [_score(state, m, chosen[i - 1] if i else None) for i, m in enumerate(chosen)]


def over_time(rows: list[MeetingScore]) -> dict[str, Score]:
    """Each item over several meetings: sums first, then divided."""
    return {
        name: Score(sum(getattr(r, name).points for r in rows), sum(getattr(r, name).of for r in rows))
        for name in ITEMS
    }


def _score(state: State, meeting: MeetingView, before: MeetingView | None) -> MeetingScore:
    held = took_place(state, meeting)
    entries = [a for a in state.attendance if a.meeting == meeting.id]
    when = meeting.started or meeting.planned
    return MeetingScore(
        meeting.id,
        meeting.kind,
        meeting.in_cycle,
        meeting.planned,
        held,
        Score(sum(POINTS[a.status] for a in entries), float(len(entries))),
        _schedule(meeting, held),
        _preread(meeting, held),
        _readiness(state, meeting, when),
        _decisions(state, meeting, when),
        _actions(state, when, before.started or before.planned if before else None),
        _future(meeting),
        tuple(state.name(a.person) for a in entries if a.status == "absent"),
    )


def _schedule(meeting: MeetingView, held: bool) -> Score:
    if meeting.started is None:
        return Score(0.0, 0.0) if held else Score(0.0, 1.0)
    late = (meeting.started - meeting.planned).total_seconds() / 60
    return Score(float(late <= LATE_MINUTES), 1.0)


def _preread(meeting: MeetingView, held: bool) -> Score:
    """Out a working day before; not counted for a meeting that was neither held nor prepared."""
    if meeting.preread_at is None:
        return Score(0.0, 1.0 if held else 0.0)
    ahead = working_days_between(meeting.preread_at.date(), (meeting.started or meeting.planned).date())
    return Score(float(ahead >= 1), 1.0)


def _readiness(state: State, meeting: MeetingView, when: datetime) -> Score:
    due = [
        g
        for g in state.gates
        if g.in_cycle == meeting.in_cycle and stage_key(stage_of_gate(g.gate)) in BEFORE_THE_MEETING
    ]
    return Score(float(sum(g.passed and g.holds_since <= when for g in due)), float(len(due)))


def _decisions(state: State, meeting: MeetingView, when: datetime) -> Score:
    """Settled in this cycle, of those raised by then and not settled in an earlier one."""
    on_table = settled = 0
    for decision in state.decisions.values():
        first = decision.first_decided
        if decision.in_cycle > meeting.in_cycle or decision.at.date() > when.date():
            continue
        if first is not None and first.in_cycle < meeting.in_cycle:
            continue
        on_table += 1
        settled += first is not None and first.in_cycle == meeting.in_cycle
    return Score(float(settled), float(on_table))


def _actions(state: State, when: datetime, since: datetime | None) -> Score:
    due = [
        a for a in state.actions.values() if a.due <= when.date() and (since is None or a.due > since.date())
    ]
    return Score(float(sum(a.done_at is not None and a.done_at <= when for a in due)), float(len(due)))


def _future(meeting: MeetingView) -> Score:
    past, future = meeting.minutes_past, meeting.minutes_future
    if past is None or future is None:
        return Score(0.0, 0.0)
    return Score(future, past + future)
