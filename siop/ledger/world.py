"""Everything that exists: in the ledger, and in a history wherever it stands in the file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from siop.ledger import entries as e

DEFINING = (
    e.Decision, e.Action, e.CaseOpened, e.Risk, e.Assumption, e.SurveyRound, e.Improvement, e.Request,
    e.ImpactRun, e.Meeting,
)  # fmt: skip
"""Types that bring something into being; others refer to it."""

Problem = tuple[str, str, str, str]
"""(field, message, fix, value) of something that cannot be true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a history that fits its model. `capacity` None: told from the delegations."""

    number: int
    at: datetime
    by: str
    cycle: str | None
    payload: e.Payload
    capacity: str | None
    idem: str
    snapshot: str | None = None


@dataclass
class World:
    """What lines may refer to. `versions`: {plan version: hash} of the snapshot, None where nothing was loaded.

    born: {subject: day of the line that first brought it into being}. answered: {decision: day it was first decided}.
    functions: {person: every function they were declared with}. function_names: {in small letters: as declared}, and
    the statistical forecast. supersedes: {decision: those it takes the place of}. tokens: {(round, token): answers}.
    """

    versions: Mapping[str, str] | None
    born: dict[str, date] = field(default_factory=dict)
    people: dict[str, e.Person] = field(default_factory=dict)
    functions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    function_names: dict[str, str] = field(default_factory=lambda: {"statistical": "statistical"})
    decisions: dict[str, e.Decision] = field(default_factory=dict)
    answered: dict[str, date] = field(default_factory=dict)
    supersedes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    rounds: dict[str, set[str]] = field(default_factory=dict)
    tokens: Counter[tuple[str, str]] = field(default_factory=Counter)
    runs: dict[str, str] = field(default_factory=dict)
    delegations: list[e.Delegation] = field(default_factory=list)

    def learn(self, payload: e.Payload, at: datetime) -> None:
        """Take in what an entry or a line brings into being."""
        if isinstance(payload, DEFINING):
            _first(self.born, payload.subject, at)
        if isinstance(payload, e.Person):
            self.people[payload.id] = payload
            self.functions[payload.id].add(payload.function)
            self.function_names[payload.function.casefold()] = payload.function
        elif isinstance(payload, e.Delegation):
            self.delegations.append(payload)
        elif isinstance(payload, e.Decision):
            self.decisions[payload.id] = payload
        elif isinstance(payload, e.Decided):
            _first(self.answered, payload.decision, at)
            if payload.supersedes:
                self.supersedes[payload.decision].append(payload.supersedes)
        elif isinstance(payload, e.SurveyRound):
            self.rounds[payload.round] = {item.id for item in payload.items}
        elif isinstance(payload, e.SurveyResponse):
            self.tokens[payload.round, payload.token] += 1
        elif isinstance(payload, e.ImpactRun):
            self.runs[payload.id] = payload.request


def _first(days: dict[str, date], name: str, at: datetime) -> None:
    days[name] = min(days.get(name, at.date()), at.date())
