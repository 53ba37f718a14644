"""Does a history fit itself and what the ledger knows? What cannot be true is refused; what is odd is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siop.core.finding import Finding
from siop.ledger import entries as e
from siop.ledger.entry import DELEGATE, SELF, Entry
from siop.ledger.moments import impossible_times, odd_times
from siop.ledger.oddities import Oddities, odd_answers, odd_circles, odd_facts, odd_references
from siop.ledger.voices import StandIn, Voices
from siop.ledger.world import Line, Problem, World


@dataclass
class Checked:
    """What was found, and in whose name each line was said ({line number: capacity})."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    capacity: dict[int, str] = field(default_factory=dict)


def check_references(
    file: str,
    lines: Sequence[Line],
    known: Iterable[Entry],
    versions: Mapping[str, str] | None,
    now: datetime,
) -> Checked:
    """Check every line against the file, the ledger's entries, the snapshot's plan versions and the clock."""
    world = World(versions)
    for entry in known:
        world.learn(entry.payload, entry.at)
    for line in lines:
        world.learn(line.payload, line.at)
    checked, oddities = Checked(), Oddities(file)
    voices = Voices(
        world.functions, [StandIn(d.from_, d.to, d.valid_from, d.valid_to) for d in world.delegations]
    )
    for line in lines:
        for name, message, fix, value in [*_impossible(world, line), *impossible_times(world, line, now)]:
            checked.errors.append(
                Finding("error", file, "reference", message, fix, row=line.number, column=name, value=value)
            )
        odd_ones = (odd_references, odd_facts, odd_answers)
        for odd in (*(o for found in odd_ones for o in found(world, line)), *odd_times(world, line, now)):
            oddities.add(odd, line.number)
        _unbound(checked, world, file, line)
        spoken = _capacity(world, line)
        if spoken:
            checked.capacity[line.number] = spoken
        _foreign(checked, world, file, voices, line, line.capacity or spoken or SELF)
    for odd, number in odd_circles(world, lines):
        oddities.add(odd, number)
    checked.warnings.extend(oddities.findings())
    return checked


def _impossible(world: World, line: Line) -> list[Problem]:
    """(field, message, fix, value) of everything that cannot be true of one line."""
    payload, found = line.payload, []
    for name, subject in payload.refers().items():
        if subject not in world.born:
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


def _impossible_of_type(world: World, line: Line) -> list[Problem]:
    payload = line.payload
    if isinstance(payload, e.Decided):
        return _decided(world, payload)
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


def _decided(world: World, payload: e.Decided) -> list[Problem]:
    decision = world.decisions.get(payload.decision)
    if decision is None or payload.option is None:
        return []
    return _no_option(decision, "payload.option", payload.option)


def _position(world: World, payload: e.Position) -> list[Problem]:
    decision = world.decisions.get(payload.about)
    if decision is None:
        if world.versions is not None and payload.about not in world.versions:
            fix = "name a decision's id, or a plan version of the snapshot"
            return [("payload.subject", "this is neither a decision nor a plan version", fix, payload.about)]
        return []
    if payload.preferred_option is None:
        return []
    return _no_option(decision, "payload.preferred_option", payload.preferred_option)


def _no_option(decision: e.Decision, name: str, label: str) -> list[Problem]:
    labels = [option.label for option in decision.options]
    if label in labels:
        return []
    return [
        (name, "the decision has no such option", f"the options are {', '.join(labels) or 'none'}", label)
    ]


def _unbound(checked: Checked, world: World, file: str, line: Line) -> None:
    payload: Any = line.payload
    if isinstance(payload, e.SignOff | e.Publish) and payload.plan_hash is None and world.versions is None:
        checked.warnings.append(
            Finding(
                "warning", file, "binding", "it is bound to no plan: nothing was loaded yet",
                "load the company's files before the history", row=line.number, column="payload.plan_hash",
            )
        )  # fmt: skip


def _foreign(checked: Checked, world: World, file: str, voices: Voices, line: Line, capacity: str) -> None:
    """A signature for another's function without a delegation: it is kept, and counts for nobody."""
    payload = line.payload
    if not isinstance(payload, e.SignOff) or payload.person not in world.people:
        return
    if voices.signs_for(payload.function, payload.person, capacity, line.at.date()):
        return
    own = world.people[payload.person].function
    checked.warnings.append(
        Finding(
            "warning", file, "signature",
            f"{payload.person} of {own} signs for {payload.function} without a delegation: it does not count",
            'add the line of type "delegation" that covers this day, or correct the person or the function',
            row=line.number, column="payload.function", value=payload.function,
        )
    )  # fmt: skip


def _capacity(world: World, line: Line) -> str | None:
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
