"""What do we decide today? The agenda of a cycle's executive meeting, from what is open in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from siop.core import Report, words
from siop.health.cycle import is_executive
from siop.ledger.state import ActionView, DecisionView, MeetingView, State

READY, ONE_OPTION, NO_COST = "Ready to sign", "Needs a second option", "Needs a cost"

# minutes by template (field.md 4.1): previous decisions 10, scorecard 10, gaps 20, risk 10, decisions 30, sign-off 10
_FRAME = (
    ("actions", "Open actions", 10),
    ("scorecard", "Where we stand", 10),
    ("deviations", "What needs an owner", 20),
    ("risk", "What could move the year", 10),
    ("decisions", "Decisions", 30),
    ("sign", "Close and sign", 10),
)
PAST = ("actions", "scorecard", "deviations")
"""Blocks that look back; the others look ahead."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the agenda. kind: actions, scorecard, deviations, risk, decisions or sign; it names the page."""

    kind: str
    title: str
    detail: str
    owner: str
    minutes: int
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A decision expected today and whether it can be taken. `ready` is READY or what is missing."""

    decision: DecisionView
    options: int
    cost: float | None
    ready: str


@dataclass(frozen=True, slots=True)
class Due:
    """An open action; days < 0 is late."""

    action: ActionView
    owner: str
    days: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """Everything the agenda page shows. `meeting` is None where the cycle has none planned."""

    cycle: str
    meeting: MeetingView | None
    items: tuple[Item, ...]
    expected: tuple[Expected, ...]
    actions: tuple[Due, ...]
    closed_since_last: tuple[
        int, int
    ]  # (actions done, actions that were due or open) since the meeting before


def current_cycle(state: State, as_of: str | None) -> str | None:
    """The newest cycle with an executive meeting, else the newest cycle with any stage, else None."""
    meetings = [m.in_cycle for m in state.meetings.values() if is_executive(m.kind)]
    found = meetings or [s.in_cycle for s in state.stages]
    return max(found) if found else as_of


def cycles(state: State) -> list[str]:
    """Every cycle that has an executive meeting, newest first."""
    return sorted({m.in_cycle for m in state.meetings.values() if is_executive(m.kind)}, reverse=True)


def meeting_of(state: State, cycle: str | None) -> MeetingView | None:
    """The executive meeting of a cycle."""
    return next((m for m in state.meetings.values() if m.in_cycle == cycle and is_executive(m.kind)), None)


def open_decisions(state: State) -> list[DecisionView]:
    """Questions nobody has settled yet, oldest first."""
    return [d for d in state.decisions.values() if d.decided is None and d.superseded_by is None]


def expected(state: State) -> tuple[Expected, ...]:
    """Open decisions and whether they can be decided: two options at least, and a cost for each (N2)."""
    found = []
    for decision in open_decisions(state):
        costs = [o.cost for o in decision.options]
        chosen = next((o.cost for o in decision.options if o.recommended), None)
        ready = ONE_OPTION if len(costs) < 2 else NO_COST if any(cost is None for cost in costs) else READY
        found.append(Expected(decision, len(costs), chosen, ready))
    return tuple(found)


def open_actions(state: State, today: date) -> tuple[Due, ...]:
    """Actions not done, the latest first."""
    found = [
        Due(a, state.name(a.owner), (a.due - today).days) for a in state.actions.values() if not a.done_at
    ]
    return tuple(sorted(found, key=lambda due: due.days))


def agenda(
    state: State,
    cycle: str,
    *,
    today: date | None = None,
    stands: str = "",
    deviations: str = "",
    risk: str = "",
) -> Agenda:
    """The agenda of a cycle; stands, deviations and risk are the sentences of those pages, shown as details."""
    day = today or datetime.now(UTC).date()
    due, ready = open_actions(state, day), expected(state)
    late = sum(1 for one in due if one.days < 0)
    before = max((c for c in cycles(state) if c < cycle), default=None)
    last = meeting_of(state, before)
    since = (last.started or last.planned) if last else None
    done = [a for a in state.actions.values() if a.done_at and since and a.done_at >= since]
    minutes = {kind: count for kind, _, count in _FRAME}
    each = max(5, minutes["decisions"] // max(1, len(ready)))
    items = [
        Item("actions", "Open actions", _actions_said(len(due), late), "Chair", minutes["actions"]),
        Item("scorecard", "Where do we stand?", stands, "Finance", minutes["scorecard"]),
        Item("deviations", "What needs an owner?", deviations, "Planning", minutes["deviations"]),
        Item("risk", "What could move the year?", risk, "Finance", minutes["risk"]),
        *(
            Item("decisions", f"{e.decision.id} {e.decision.question}", _decision_said(e),
                 state.name(e.decision.raised_by), each, e.decision.id)
            for e in ready
        ),
        Item("sign", "Close: who signs, what is published", "Sign-off by function, receipt, minutes", "Chair",
             minutes["sign"]),
    ]  # fmt: skip
    return Agenda(
        cycle, meeting_of(state, cycle), tuple(items), ready, due, (len(done), len(done) + len(due))
    )


def agenda_sentence(found: Agenda, stands: str = "") -> str:
    """The page's headline: how many decisions, how many of them ready, and where we stand."""
    total, ready = len(found.expected), sum(1 for e in found.expected if e.ready == READY)
    if not total:
        said = "No decision is waiting today"
    else:
        said = words.count(total, "decision").capitalize() + " today, "
        if total == 1:
            said += f"{'' if ready else 'not '}ready to sign"
        else:
            said += f"{'all' if ready == total else _some(ready)} ready to sign"
    return f"{said}; {stands}" if stands else said


def _some(count: int) -> str:
    """How many of several.

    >>> _some(0), _some(2)
    ('none', 'two')
    """
    return words.how_many(count) if count else "none"


def _actions_said(count: int, late: int) -> str:
    if not count:
        return "Every action is closed"
    return f"{words.count(count, 'action').capitalize()} open, {_some(late)} late"


def _decision_said(found: Expected) -> str:
    said = words.count(found.options, "option").capitalize()
    return said if found.ready == READY else f"{said}: {found.ready[0].lower()}{found.ready[1:]}"


def strip(found: Agenda, now: datetime) -> list[tuple[str, str, int]]:
    """(kind, title, minutes) of the meeting's blocks; kind is done, now or wait by the clock of a started meeting."""
    minutes = {kind: 0 for kind, _, _ in _FRAME}
    for item in found.items:
        minutes[item.kind] += item.minutes
    started = found.meeting.started if found.meeting and found.meeting.ended is None else None
    over = found.meeting is not None and found.meeting.ended is not None
    elapsed = (now - started).total_seconds() / 60 if started else -1.0
    blocks, begun = [], 0
    for kind, title, _ in _FRAME:
        if not minutes[kind]:
            continue
        ended = begun + minutes[kind]
        state = (
            "done"
            if over or (started and elapsed >= ended)
            else "now"
            if started and elapsed >= begun
            else "wait"
        )
        blocks.append((state, title, minutes[kind]))
        begun = ended
    return blocks


def days_said(days: int) -> str:
    """16 days late, due today, 6 days left.

    >>> days_said(-16), days_said(0), days_said(1)
    ('16 days late', 'due today', '1 day left')
    """
    if not days:
        return "due today"
    return f"{abs(days)} {'day' if abs(days) == 1 else 'days'} {'late' if days < 0 else 'left'}"


def stands_sentence(report: Report, currency: str) -> str:
    """Where the year to date stands against its plan; computed from the report's totals."""
    off, measure = report.totals["deviation"], report.totals["measure"]
    kind = "units" if measure == "quantity" else "money"
    if off is None:
        actual = report.totals["actual"]
        if actual is None:
            return ""
        return (
            f"{measure.capitalize()} is {words.amount(actual, kind, currency)}; budget says nothing about it"
        )
    if not off:
        return f"{measure.capitalize()} stands on budget"
    said = words.amount(abs(off), kind, currency)
    return f"{measure.capitalize()} stands {said} {'under' if off < 0 else 'over'} budget"
