"""Does a history fit itself and what the ledger knows? What cannot be true is refused; what is odd is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from siop.core.finding import Finding
from siop.ledger import entries as e
from siop.ledger.entry import DELEGATE, SELF, Entry
from siop.ledger.voices import StandIn, Voices

DEFINING = (
    e.Decision, e.Action, e.CaseOpened, e.Risk, e.Assumption, e.SurveyRound, e.Improvement, e.Request,
    e.ImpactRun, e.Meeting,
)  # fmt: skip
"""Types that bring something into being; others refer to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a history that fits its model."""

    number: int
    at: datetime
    by: str
    cycle: str | None
    payload: e.Payload
    capacity: str | None
    idem: str


@dataclass
class Checked:
    """What was found, and in whose name each line was said ({line number: capacity})."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    capacity: dict[int, str] = field(default_factory=dict)


@dataclass
class _World:
    """Everything that exists: in the ledger, and in the file wherever it stands."""

    file: str
    versions: Mapping[str, str] | None
    subjects: set[str] = field(default_factory=set)
    people: dict[str, e.Person] = field(default_factory=dict)
    functions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    decisions: dict[str, e.Decision] = field(default_factory=dict)
    raised: dict[str, date] = field(default_factory=dict)
    rounds: dict[str, set[str]] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    delegations: list[e.Delegation] = field(default_factory=list)

    def learn(self, payload: e.Payload, at: datetime) -> None:
        if isinstance(payload, DEFINING):
            self.subjects.add(payload.subject)
        if isinstance(payload, e.Person):
            self.people[payload.id] = payload
            self.functions[payload.id].add(payload.function)
        elif isinstance(payload, e.Delegation):
            self.delegations.append(payload)
        elif isinstance(payload, e.Decision):
            self.decisions[payload.id] = payload
            self.raised[payload.id] = min(self.raised.get(payload.id, at.date()), at.date())
        elif isinstance(payload, e.SurveyRound):
            self.rounds[payload.round] = {item.id for item in payload.items}
        elif isinstance(payload, e.ImpactRun):
            self.runs[payload.id] = payload.request


def check_references(
    file: str, lines: Sequence[Line], known: Iterable[Entry], versions: Mapping[str, str] | None
) -> Checked:
    """Check every line against the file, the ledger's entries and the snapshot's plan versions."""
    world = _World(file, versions)
    for entry in known:
        world.learn(entry.payload, entry.at)
    for line in lines:
        world.learn(line.payload, line.at)
    checked = Checked()
    voices = Voices(
        world.functions, [StandIn(d.from_, d.to, d.valid_from, d.valid_to) for d in world.delegations]
    )
    odd: dict[tuple[str, str], list[int]] = defaultdict(list)
    for line in lines:
        for name, message, fix, value in _impossible(world, line):
            checked.errors.append(
                Finding("error", file, "reference", message, fix, row=line.number, column=name, value=value)
            )
        for name, person in {**line.payload.owners(), "by": line.by}.items():
            if not _is_somebody(world, person):
                odd[name, person].append(line.number)
        _unbound(checked, world, line)
        spoken = _capacity(world, line)
        if spoken:
            checked.capacity[line.number] = spoken
        _foreign(checked, world, voices, line, line.capacity or spoken or SELF)
    for (name, person), numbers in odd.items():
        checked.warnings.append(
            Finding(
                "warning", file, "reference",
                f"is neither a person's id or name nor a function (lines: {len(numbers)})",
                'declare the person with a line of type "person"', row=numbers[0], column=name, value=person,
            )
        )  # fmt: skip
    return checked


Problem = tuple[str, str, str, str]


def _impossible(world: _World, line: Line) -> list[Problem]:
    """(field, message, fix, value) of everything that cannot be true of one line."""
    payload, found = line.payload, []
    for name, subject in payload.refers().items():
        if subject not in world.subjects:
            kind, _, ident = subject.partition(":")
            what = {"case": "case_opened"}.get(kind, kind)
            fix = f'add the line of type "{what}" with this id, or correct the id'
            found.append((f"payload.{name}", f"there is no {kind.replace('_', ' ')} of this id", fix, ident))
    for name, person in payload.people().items():
        if person not in world.people:
            fix = 'add a line of type "person" with this id, or correct the id'
            found.append((f"payload.{name}", "this person was never declared", fix, person))
    found.extend(_impossible_of_type(world, line))
    return found


def _impossible_of_type(world: _World, line: Line) -> list[Problem]:
    payload = line.payload
    if isinstance(payload, e.Decided):
        return _decided(world, line, payload)
    if isinstance(payload, e.Position):
        return _position(world, payload)
    if isinstance(payload, e.SurveyResponse):
        known = world.rounds.get(payload.round)
        strange = sorted(set(payload.answers) - known) if known is not None else []
        fix = f"the round has {', '.join(sorted(known or ()))}"
        return [("payload.answers", "the round has no such statement", fix, item) for item in strange]
    if isinstance(payload, e.RequestAnswer) and payload.impact_run:
        of = world.runs.get(payload.impact_run, payload.request)
        if of != payload.request:
            fix = "name a run of the same request"
            return [("payload.impact_run", f"this run is of request {of}", fix, payload.impact_run)]
    if isinstance(payload, e.SignOff | e.Publish):
        lost = world.versions is not None and payload.plan_hash is None
        if lost and payload.version not in (world.versions or {}):
            fix = "correct the version, load the files that hold it, or give its plan_hash"
            return [("payload.version", "the snapshot has no such plan version", fix, payload.version)]
    return []


def _decided(world: _World, line: Line, payload: e.Decided) -> list[Problem]:
    found: list[Problem] = []
    decision = world.decisions.get(payload.decision)
    if decision is None:
        return found
    labels = [option.label for option in decision.options]
    if payload.option is not None and payload.option not in labels:
        fix = f"the options are {', '.join(labels) or 'none'}"
        found.append(("payload.option", "the decision has no such option", fix, payload.option))
    raised = world.raised[payload.decision]
    if line.at.date() < raised:
        fix = "correct the time of one of the two"
        found.append(("at", f"it was decided before it was raised ({raised})", fix, str(line.at.date())))
    return found


def _position(world: _World, payload: e.Position) -> list[Problem]:
    decision = world.decisions.get(payload.about)
    if decision is None:
        if world.versions is not None and payload.about not in world.versions:
            fix = "name a decision's id, or a plan version of the snapshot"
            return [("payload.subject", "this is neither a decision nor a plan version", fix, payload.about)]
        return []
    labels = [option.label for option in decision.options]
    if payload.preferred_option is not None and payload.preferred_option not in labels:
        fix = f"the options are {', '.join(labels) or 'none'}"
        return [
            ("payload.preferred_option", "the decision has no such option", fix, payload.preferred_option)
        ]
    return []


def _is_somebody(world: _World, person: str) -> bool:
    if person in world.people:
        return True
    return any(person in (known.name, known.function) for known in world.people.values())


def _unbound(checked: Checked, world: _World, line: Line) -> None:
    payload: Any = line.payload
    if isinstance(payload, e.SignOff | e.Publish) and payload.plan_hash is None and world.versions is None:
        checked.warnings.append(
            Finding(
                "warning", world.file, "binding", "it is bound to no plan: nothing was loaded yet",
                "load the company's files before the history", row=line.number, column="payload.plan_hash",
            )
        )  # fmt: skip


def _foreign(checked: Checked, world: _World, voices: Voices, line: Line, capacity: str) -> None:
    """A signature for another's function without a delegation: it is kept, and counts for nobody."""
    payload = line.payload
    if not isinstance(payload, e.SignOff) or payload.person not in world.people:
        return
    if voices.signs_for(payload.function, payload.person, capacity, line.at.date()):
        return
    own = world.people[payload.person].function
    checked.warnings.append(
        Finding(
            "warning", world.file, "signature",
            f"{payload.person} of {own} signs for {payload.function} without a delegation: it does not count",
            'add the line of type "delegation" that covers this day, or correct the person or the function',
            row=line.number, column="payload.function", value=payload.function,
        )
    )  # fmt: skip


def _capacity(world: _World, line: Line) -> str | None:
    """Delegate of the person the line is about, where a delegation covers its day."""
    person = line.payload.people().get("person")
    if person is None or person == line.by:
        return None
    for given in world.delegations:
        if (given.from_, given.to) == (
            person,
            line.by,
        ) and given.valid_from <= line.at.date() <= given.valid_to:
            return DELEGATE + person
    return None
