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
)

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
