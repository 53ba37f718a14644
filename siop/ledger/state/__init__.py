"""The current state as people said it: small frozen items, each with the entry it comes from.

Numbers are plain floats here (the entries keep the exact decimals); months are YYYY-MM; times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from siop.ledger.state.base import Item, ScopeOf
from siop.ledger.state.decisions import (
    ActionView,
    AuthorisedView,
    CommitmentView,
    DecisionView,
    EffectView,
    OptionView,
    OutcomeView,
    PositionView,
    PredictionView,
    PublishView,
    SignOffView,
)
from siop.ledger.state.judgement import (
    AnswerView,
    AssumptionView,
    CaseView,
    ImpactRunView,
    MitigationView,
    RequestAnswerView,
    RequestLineView,
    RequestView,
    RiskOutcomeView,
    RiskView,
    ScoreView,
    ToleranceView,
)
from siop.ledger.state.process import (
    AttendanceView,
    CommentView,
    DelegationView,
    GateView,
    ImprovementView,
    MeetingView,
    PersonView,
    ResponseView,
    StageView,
    SurveyItemView,
    SurveyView,
    Term,
)
from siop.ledger.voices import StandIn, Voices

__all__ = [
    "ActionView",
    "AnswerView",
    "AssumptionView",
    "AttendanceView",
    "AuthorisedView",
    "CaseView",
    "CommentView",
    "CommitmentView",
    "DecisionView",
    "DelegationView",
    "EffectView",
    "GateView",
    "ImpactRunView",
    "ImprovementView",
    "Item",
    "MeetingView",
    "MitigationView",
    "OptionView",
    "OutcomeView",
    "PersonView",
    "PositionView",
    "PredictionView",
    "PublishView",
    "RequestAnswerView",
    "RequestLineView",
    "RequestView",
    "ResponseView",
    "RiskOutcomeView",
    "RiskView",
    "ScopeOf",
    "ScoreView",
    "SignOffView",
    "StageView",
    "State",
    "SurveyItemView",
    "SurveyView",
    "Term",
    "ToleranceView",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All of it, in the order it was said; a dict is keyed by id, the last word per id wins."""

    entries: int = 0
    head: str = ""
    people: dict[str, PersonView] = field(default_factory=dict)
    delegations: tuple[DelegationView, ...] = ()
    stages: tuple[StageView, ...] = ()
    gates: tuple[GateView, ...] = ()
    meetings: dict[str, MeetingView] = field(default_factory=dict)
    attendance: tuple[AttendanceView, ...] = ()
    decisions: dict[str, DecisionView] = field(default_factory=dict)
    positions: tuple[PositionView, ...] = ()
    sign_offs: tuple[SignOffView, ...] = ()
    publishes: tuple[PublishView, ...] = ()
    commitments: dict[str, CommitmentView] = field(default_factory=dict)
    actions: dict[str, ActionView] = field(default_factory=dict)
    tolerances: tuple[ToleranceView, ...] = ()
    cases: dict[str, CaseView] = field(default_factory=dict)
    risks: dict[str, RiskView] = field(default_factory=dict)
    assumptions: dict[str, AssumptionView] = field(default_factory=dict)
    surveys: dict[str, SurveyView] = field(default_factory=dict)
    improvements: dict[str, ImprovementView] = field(default_factory=dict)
    requests: dict[str, RequestView] = field(default_factory=dict)
    impact_runs: dict[str, ImpactRunView] = field(default_factory=dict)
    comments: tuple[CommentView, ...] = ()

    def name(self, person: str) -> str:
        """The person's name, or the id where nobody of that id was declared."""
        found = self.people.get(person)
        return found.name if found else person

    @property
    def required_functions(self) -> tuple[str, ...]:
        """The functions whose signature a plan needs, in the order they were declared."""
        found = [p.function for p in self.people.values() if p.required_signer and p.active]
        return tuple(dict.fromkeys(found))

    @property
    def declared_in(self) -> tuple[str, ...]:
        """The cycles in which it changed whose signature a plan needs, in order."""
        return tuple(sorted({t.since for p in self.people.values() for t in p.terms if t.signs}))

    def required_in(self, cycle: str | None = None) -> tuple[str, ...]:
        """The functions whose signature the plan of a cycle needed, as people were declared by its end; now, without
        a cycle. Before anybody was declared, those who were declared first: histories are written down late."""
        if cycle is None:
            return self.required_functions
        until = max(cycle, *self.declared_in[:1]) if self.declared_in else cycle
        last = [[t for t in p.terms if t.since <= until][-1:] for p in self.people.values()]
        return tuple(dict.fromkeys(t.function for told in last for t in told if t.signs))

    @property
    def signatures(self) -> tuple[SignOffView, ...]:
        """The sign-offs that count for their function, in the order they were said (`siop.ledger.voices`)."""
        return self._signed(True)

    @property
    def foreign_signatures(self) -> tuple[SignOffView, ...]:
        """The sign-offs for another's function without a delegation: kept as they were said, counted for nobody."""
        return self._signed(False)

    def plan_in_force(self, until: str | None = None) -> str | None:
        """The version last published, else the last one that every required function signed; up to a cycle, or now."""
        published = [p for p in self.publishes if until is None or p.in_cycle <= until]
        if published:
            return max(published, key=lambda p: (p.at, p.seq)).version
        required = set(self.required_in(until))
        signatures = [s for s in self.signatures if until is None or s.in_cycle <= until]
        for version in dict.fromkeys(s.version for s in reversed(signatures)):
            if required and required <= {s.function for s in signatures if s.version == version}:
                return version
        return None

    def _signed(self, counts: bool) -> tuple[SignOffView, ...]:
        voices = Voices(
            {p.id: (*p.functions, p.function) for p in self.people.values()},
            [StandIn(d.from_person, d.to, d.valid_from, d.valid_to) for d in self.delegations],
        )
        return tuple(
            s
            for s in self.sign_offs
            if voices.signs_for(s.function, s.person, s.capacity, s.at.date()) is counts
        )
