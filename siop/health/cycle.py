"""Where is the cycle? Its stages by working day, who owns them, and how far they are."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from siop.core import Finding, Refused, is_month
from siop.ledger.state import AttendanceView, MeetingView, StageView, State
from siop.warehouse import Snapshot

DEFAULT = Path(__file__).with_name("cycle.toml")
POINTS = {"principal": 1.0, "delegate": 0.5, "absent": 0.0}


@dataclass(frozen=True, slots=True)
class TaskTemplate:
    """Something to do in a stage. gate: the check that proves it; without one it is done with its stage."""

    task: str
    gate: str | None = None


@dataclass(frozen=True, slots=True)
class StageTemplate:
    """A stage of every cycle: its last day is a working day of the cycle's month."""

    stage: str
    label: str
    working_day: int
    owner: str
    participants: tuple[str, ...] = ()
    tasks: tuple[TaskTemplate, ...] = ()


@dataclass(frozen=True, slots=True)
class GateTemplate:
    """A gate: what it asks of the content, and the stage whose end is its deadline. blocks: the stage stays open
    until it passes; else a gate that does not pass is a warning."""

    gate: str
    stage: str
    asks: str
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """The stages and gates of the cycles from `valid_from` on."""

    valid_from: str
    stages: tuple[StageTemplate, ...]
    gates: tuple[GateTemplate, ...]


def read_templates(path: Path = DEFAULT) -> tuple[Template, ...]:
    """The versions of the cycle's template, oldest first. Raises Refused naming the entry and what is wrong."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(
            path, "file", str(error), "correct the line, or delete the file to use the default"
        ) from None
    found = [_template(path, n, one) for n, one in enumerate(told.get("template", []), 1)]
    if not found:
        raise _refused(path, "template", "there is none", "add a [[template]] with its stages")
    return tuple(sorted(found, key=lambda t: t.valid_from))


def company_templates(snapshot: Snapshot) -> tuple[Template, ...]:
    """The templates of the company of a snapshot: its own `cycle.toml` beside the snapshots, else the default.

    Raises: Refused naming the entry that is wrong in the company's file.
    """
    own = snapshot.path.parent.parent / DEFAULT.name
    return _read_once(own, own.stat().st_mtime_ns) if own.is_file() else _defaults()


@lru_cache(maxsize=8)
def _read_once(path: Path, changed: int) -> tuple[Template, ...]:
    """Read again only where the file changed. Its first template says nothing of cycles before: the default does."""
    own = read_templates(path)
    return tuple(
        sorted(
            (*(t for t in _defaults() if t.valid_from < own[0].valid_from), *own), key=lambda t: t.valid_from
        )
    )


def template_for(cycle: str, templates: tuple[Template, ...] | None = None) -> Template:
    """The template in force in a cycle; the oldest one before all of them."""
    known = templates or _defaults()
    return next((t for t in reversed(known) if t.valid_from <= cycle), known[0])


def working_day(start: date, number: int) -> date:
    """The n-th working day (Monday to Friday) of a month that starts on `start`.

    >>> working_day(date(2026, 11, 1), 3).isoformat()
    '2026-11-04'
    """
    day, left = start, number
    while True:
        if day.weekday() < 5:
            left -= 1
            if left <= 0:
                return day
        day += timedelta(days=1)


def working_days_between(first: date, last: date) -> int:
    """Working days after `first` up to `last`: 1 from Thursday to Friday, and from Friday to Monday.

    >>> working_days_between(date(2026, 11, 20), date(2026, 11, 23))
    1
    """
    days, day = 0, first
    while day < last:
        day += timedelta(days=1)
        days += day.weekday() < 5
    return days


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of one cycle as it stands. state: done, running (the next to end), overdue, open."""

    stage: str
    label: str
    owner: str
    participants: tuple[str, ...]
    planned_end: date
    actual_end: date | None
    state: str
    days_late: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A cycle: its steps in order of their planned end, and the share that is done."""

    cycle: str
    steps: tuple[Step, ...]
    done: int

    @property
    def share(self) -> float | None:
        return self.done / len(self.steps) if self.steps else None

    @property
    def on_time(self) -> tuple[int, int]:
        """(stages that ended by their planned day, stages that ended)."""
        ended = [s for s in self.steps if s.actual_end is not None]
        return sum(s.days_late == 0 for s in ended), len(ended)


def progress(
    state: State,
    cycle: str,
    today: date,
    *,
    templates: tuple[Template, ...] | None = None,
    start: date | None = None,
) -> Progress:
    """The steps of a cycle: those of the ledger, and those of the template that were not entered yet.

    Args: start: first day of the cycle's month in the company's calendar; the calendar month's where not given.
    """
    template = template_for(cycle, templates)
    entered = {stage_key(s.stage): s for s in state.stages if s.in_cycle == cycle}
    begin = start or date(int(cycle[:4]), int(cycle[5:7]), 1)
    drafts: list[tuple[str, str, str, tuple[str, ...], date, date | None]] = []
    if entered and not any(stage_key(t.stage) in entered for t in template.stages):
        plan: tuple[StageTemplate, ...] = ()  # the company has stages of its own
    else:
        plan = template.stages
    for t in plan:
        found = entered.pop(stage_key(t.stage), None)
        planned = found.planned_end.date() if found else working_day(begin, t.working_day)
        owner = found.owner if found else t.owner
        drafts.append((t.stage, t.label, owner, t.participants, planned, _ended(found)))
    for s in entered.values():
        label = s.stage[:1].upper() + s.stage[1:]
        drafts.append((s.stage, label, s.owner, (), s.planned_end.date(), _ended(s)))
    drafts.sort(key=lambda d: d[4])
    steps = []
    running = True
    for stage, label, owner, people, planned, ended in drafts:
        if ended is not None:
            how = "done"
        elif planned < today:
            how = "overdue"
        else:
            how, running = ("running", False) if running else ("open", False)
        late = max(0, ((ended or today) - planned).days) if ended is not None or planned < today else 0
        steps.append(Step(stage, label, owner, people, planned, ended, how, late))
    return Progress(cycle, tuple(steps), sum(s.state == "done" for s in steps))


def stage_key(name: str) -> str:
    """How a stage is recognised whatever it is called: "Demand review", "demand", "DEMAND" are one.

    >>> stage_key("Pre-read"), stage_key("Executive meeting")
    ('preread', 'executive')
    """
    words = re.findall(r"[a-z0-9]+", name.lower().replace("pre-read", "preread").replace("_", " "))
    first = words[0] if words else ""
    return {"exec": "executive", "reconcile": "reconciliation", "pre": "preread"}.get(first, first)


@lru_cache(maxsize=512)
def stage_of_gate(gate: str, templates: tuple[Template, ...] | None = None) -> str:
    """The stage whose end is a gate's deadline: the template's, else the stage the gate is named after."""
    for template in reversed(templates or _defaults()):
        for known in template.gates:
            if known.gate == gate.lower().replace(" ", "_").replace("-", "_"):
                return stage_key(known.stage)
    return stage_key(gate)


def is_executive(kind: str) -> bool:
    """Whether a meeting is the executive one, whatever exactly a company calls it.

    >>> [is_executive(k) for k in ("Executive S&OP", "MBR", "exec", "S&OE execution", "demand review")]
    [True, True, True, False, False]
    """
    told = re.findall(r"[a-z]+", kind.lower())
    return "management business review" in " ".join(told) or any(
        w in ("exec", "mbr") or w.startswith("executive") for w in told
    )


def took_place(state: State, meeting: MeetingView) -> bool:
    """Whether a meeting was held: it started or ended, or somebody came."""
    came = any(a.meeting == meeting.id and a.status != "absent" for a in state.attendance)
    return meeting.started is not None or meeting.ended is not None or came


def stands_for(state: State, entry: AttendanceView, meeting: MeetingView) -> frozenset[str]:
    """The functions for which somebody sat in a meeting, or sent a delegate; none for a person never declared.

    A delegate who came for somebody of another function (a delegation to them covers the day) came for that one. A
    principal marked as delegate speaks for their own function as well, and for it alone where they sent one.
    """
    person = state.people.get(entry.person)
    if person is None:
        return frozenset()
    own = frozenset({person.function_in(meeting.in_cycle)})
    if entry.status != "delegate":
        return own
    day = (meeting.started or meeting.planned).date()
    given = [d for d in state.delegations if d.covers(day)]
    sent_by = [
        state.people[d.from_person] for d in given if d.to == person.id and d.from_person in state.people
    ]
    if not sent_by or any(d.from_person == person.id for d in given):
        return own
    senders = frozenset(p.function_in(meeting.in_cycle) for p in sent_by)
    return senders | own if person.principal else senders


@lru_cache(maxsize=1)
def _defaults() -> tuple[Template, ...]:
    return read_templates()


def _ended(stage: StageView | None) -> date | None:
    ended: datetime | None = stage.actual_end if stage else None
    return ended.date() if ended else None


def _template(path: Path, number: int, told: dict[str, Any]) -> Template:
    since = told.get("valid_from")
    if not is_month(since):
        raise _refused(path, f"template {number}", f"valid_from is {since!r}", "write a month, YYYY-MM")
    stages = []
    for one in told.get("stage", []):
        name, day = one.get("stage"), one.get("working_day")
        if not isinstance(name, str) or not name.strip() or type(day) is not int or not 1 <= day <= 23:
            raise _refused(
                path, f"template {number}, stage {name!r}", f"working_day is {day!r}", "write 1 to 23"
            )
        people = tuple(map(str, one.get("participants", ())))
        tasks = tuple(
            TaskTemplate(str(t["task"]), t.get("gate")) for t in one.get("tasks", ()) if t.get("task")
        )
        stages.append(
            StageTemplate(name, str(one.get("label", name)), day, str(one.get("owner", "")), people, tasks)
        )
    if not stages:
        raise _refused(path, f"template {number}", "it has no stage", "add a [[template.stage]]")
    keys = {stage_key(s.stage) for s in stages}
    gates = []
    for one in told.get("gate", []):
        gate = GateTemplate(
            str(one.get("gate")), str(one.get("stage")), str(one.get("asks", "")), one.get("blocks") is True
        )
        if stage_key(gate.stage) not in keys:
            raise _refused(path, f"template {number}, gate {gate.gate!r}", f"no stage {gate.stage!r}",
                           f"use one of {', '.join(s.stage for s in stages)}")  # fmt: skip
        gates.append(gate)
    return Template(str(since), tuple(stages), tuple(gates))


def _refused(path: Path, where: str, message: str, fix: str) -> Refused:
    finding = Finding("error", path.name, "cycle template", message, fix, column=where)
    return Refused(f"{path.name}: {where}: {message}; {fix}", [finding])
