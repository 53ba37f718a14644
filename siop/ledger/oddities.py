"""What is odd in a history and taken all the same: told once for all the lines it is true of."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from siop.core.finding import Finding
from siop.ledger import entries as e
from siop.ledger.entry import ANONYMOUS, DELEGATE
from siop.ledger.world import Line, World

REFERENCE, TIME, CONSISTENCY = "reference", "time", "consistency"
PLANS_BY_KIND = ("actual", "budget", "consensus", "statistical", "estimate", "prior-year")
"""Words that stand for the plan of a kind where a baseline is named."""
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_DECIDE = 'add the line of type "decided" for this decision, or correct the id'


@dataclass(frozen=True, slots=True)
class Odd:
    """One odd thing: its rule, field, what is odd, the fix, the value, and what the value may have meant."""

    rule: str
    column: str
    message: str
    fix: str
    value: str
    known: Iterable[str] = ()


class Oddities:
    """Odd things in groups: references by their value, times and numbers by what is odd about them."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: dict[tuple[str, ...], tuple[Odd, list[int]]] = {}

    def add(self, odd: Odd, row: int) -> None:
        """Row: number of the line it was found in."""
        key = (odd.rule, odd.column, odd.message, odd.value if odd.rule == REFERENCE else "")
        self._found.setdefault(key, (odd, []))[1].append(row)

    def findings(self) -> list[Finding]:
        """One warning per group, at its first line, with the count of lines."""
        return [
            Finding(
                "warning", self._file, odd.rule, f"{odd.message} (lines: {len(rows)})", _fix(odd),
                row=rows[0], column=odd.column, value=odd.value,
            )
            for odd, rows in self._found.values()
        ]  # fmt: skip


def odd_references(world: World, line: Line) -> Iterator[Odd]:
    """Names that nothing bears: owners, writers, versions, functions, delegates, hashes."""
    payload: Any = line.payload
    for name, person in {**payload.owners(), "by": line.by}.items():
        nobody = name == "by" and person == ANONYMOUS and isinstance(payload, e.SurveyResponse)
        if not nobody and not _is_somebody(world, person):
            message = "is neither a person's id or name nor a function"
            yield Odd(REFERENCE, name, message, 'declare the person with a line of type "person"', person)
    if world.versions is not None:
        fix = "correct the version, or load the files that hold it"
        for name, version in _versions(payload):
            by_kind = name.endswith("baseline_version") and version in PLANS_BY_KIND
            if version not in world.versions and not by_kind:
                message = "the snapshot has no such plan version"
                yield Odd(REFERENCE, f"payload.{name}", message, fix, version, world.versions)
    if isinstance(payload, e.Position | e.SignOff | e.Commitment | e.SurveyResponse):
        known = world.function_names
        if world.people and payload.function.casefold() not in known:
            fix = 'correct the function, or declare its person with a line of type "person"'
            message = "no person of this function was declared"
            yield Odd(REFERENCE, "payload.function", message, fix, payload.function, known.values())
    if line.capacity and line.capacity.startswith(DELEGATE):
        person = line.capacity.removeprefix(DELEGATE)
        if person not in world.people:
            fix = 'add a line of type "person" with this id, or correct the id'
            message = "delegate of somebody who was never declared"
            yield Odd(REFERENCE, "capacity", message, fix, person, world.people)
    if isinstance(payload, e.SignOff | e.Publish) and not _HASH.fullmatch(payload.plan_hash or "0" * 64):
        fix = "write the hash that the load printed for the plan, or leave it out"
        message = "is not the hash of a plan: it has not 64 digits 0-9, a-f"
        yield Odd(REFERENCE, "payload.plan_hash", message, fix, str(payload.plan_hash))


def odd_facts(world: World, line: Line) -> Iterator[Odd]:
    """What does not go with something else that was said."""
    payload = line.payload
    if isinstance(payload, e.DecisionEffect) and payload.decision not in world.answered:
        message = "an effect of a decision that was never decided"
        yield Odd(REFERENCE, "payload.decision", message, _DECIDE, payload.decision)
    if isinstance(payload, e.Decided) and payload.supersedes and payload.supersedes not in world.answered:
        message = "supersedes a decision that was never decided"
        yield Odd(REFERENCE, "payload.supersedes", message, _DECIDE, payload.supersedes)
    if isinstance(payload, e.RiskOutcome) and not payload.occurred and payload.realised:
        fix = 'write "realised": 0, or "occurred": true'
        message = "an amount was realised of what did not occur"
        yield Odd(CONSISTENCY, "payload.realised", message, fix, str(payload.realised))
    if isinstance(payload, e.Gate) and payload.stamped_at and not payload.stamped_by:
        message, fix = "it was stamped by nobody", "add stamped_by, or leave stamped_at out"
        yield Odd(CONSISTENCY, "payload.stamped_at", message, fix, e.moment_text(payload.stamped_at))


def odd_answers(world: World, line: Line) -> Iterator[Odd]:
    """Survey answers whose token has answered the round before. The token itself is not said: it is a person's."""
    payload = line.payload
    if isinstance(payload, e.SurveyResponse) and world.tokens[payload.round, payload.token] > 1:
        message, fix = (
            "this token was used before in the round: its last answer counts",
            "give each person their own",
        )
        yield Odd(CONSISTENCY, "payload.token", message, fix, payload.round)


def circles(supersedes: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Decisions that supersede each other in a circle, each once: [first, ..., first]."""
    left = {decision: list(others) for decision, others in supersedes.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1][::-1]  # it names each before the one that depends on it
            yield circle
            for decision in circle:
                left.pop(decision, None)
        else:
            return


def odd_circles(world: World, lines: Iterable[Line]) -> Iterator[tuple[Odd, int]]:
    """(what is odd, number of the line) for the lines that close a circle of `supersedes`."""
    for circle in circles(world.supersedes):
        steps = set(pairwise(circle))
        fix = "leave supersedes out of the one that was decided first"
        message = "these decisions supersede each other in a circle"
        odd = Odd(REFERENCE, "payload.supersedes", message, fix, ", ".join(circle[:-1]))
        for line in lines:
            payload = line.payload
            if isinstance(payload, e.Decided) and (payload.decision, payload.supersedes) in steps:
                yield odd, line.number


def _versions(payload: e.Payload) -> Iterator[tuple[str, str]]:
    """(field, plan version) wherever a line names one without its hash; signatures are checked elsewhere."""
    if isinstance(payload, e.Commitment | e.Assumption):
        yield "version", payload.version
    if isinstance(payload, e.Decided):
        for number, allowed in enumerate(payload.authorises or ()):
            yield f"authorises[{number}].version", allowed.version
        if payload.prediction:
            yield "prediction.baseline_version", payload.prediction.baseline_version


def _is_somebody(world: World, person: str) -> bool:
    if person in world.people:
        return True
    return any(person in (known.name, known.function) for known in world.people.values())


def _fix(odd: Odd) -> str:
    names = {name.casefold(): name for name in odd.known}
    near = difflib.get_close_matches(odd.value.casefold(), names, 1)
    return f"did you mean {names[near[0]]}? Else {odd.fix}" if near else odd.fix
