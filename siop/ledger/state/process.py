"""People, the cycle and what leaders say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from siop.ledger.state.base import Item, ScopeOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """From a cycle on, until the next one: a person's function, and whether the plan needs their signature."""

    since: str
    function: str
    signs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView(Item):
    """`function` is the last one declared; `functions` all that ever were, in the order they were said, as are `terms`."""

    id: str
    name: str
    function: str
    role: str
    permission: str
    principal: bool
    required_signer: bool
    only: ScopeOf
    active: bool
    functions: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()

    def function_in(self, cycle: str) -> str:
        """The function of a cycle: people move, and functions are renamed. Before the first word of them, the first."""
        told = [t.function for t in self.terms if t.since <= cycle] or [t.function for t in self.terms[:1]]
        return told[-1] if told else self.function


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationView(Item):
    from_person: str
    to: str
    valid_from: date
    valid_to: date

    def covers(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView(Item):
    stage: str
    planned_end: datetime
    actual_end: datetime | None
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView(Item):
    """The last check of a gate. `holds_since` is the first check from which on it passed every time; of one that did
    not pass, the check itself."""

    gate: str
    stamped_by: str | None
    stamped_at: datetime | None
    passed: bool
    checked_at: datetime
    note: str | None
    holds_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView(Item):
    id: str
    kind: str
    planned: datetime
    started: datetime | None
    ended: datetime | None
    preread_at: datetime | None
    minutes_past: float | None
    minutes_future: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceView(Item):
    meeting: str
    person: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyItemView:
    id: str
    text: str
    symptom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseView(Item):
    token: str
    function: str
    level: str | None
    answers: dict[str, int]
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyView(Item):
    round: str
    items: tuple[SurveyItemView, ...]
    responses: tuple[ResponseView, ...] = ()

    def with_responses(self, responses: tuple[ResponseView, ...]) -> SurveyView:
        """The round with its responses, the last one per token."""
        return replace(self, responses=responses)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementView(Item):
    id: str
    source: str
    root_cause: str
    kpi: str
    scope: ScopeOf
    owner: str
    exec_owner: str | None
    due: date
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView(Item):
    metric: str
    scope: ScopeOf
    about_cycle: str | None
    text: str
