"""The entry types: one frozen model each, as contract.md section 3 names them."""

from __future__ import annotations

from typing import Any

from siop.core import NotFound
from siop.ledger.entries.base import Part, Payload, kept_numbers, moment_text, parse_moment
from siop.ledger.entries.comments import Comment, Coordinates
from siop.ledger.entries.decisions import (
    Action,
    ActionDone,
    Authorised,
    Commitment,
    Decided,
    Decision,
    DecisionEffect,
    Evidence,
    Option,
    Position,
    Prediction,
)
from siop.ledger.entries.deviations import CaseAnswered, CaseClosed, CaseOpened, Tolerance
from siop.ledger.entries.people import ROLES, Delegation, Person
from siop.ledger.entries.plans import Publish, SignOff
from siop.ledger.entries.process import Attendance, Gate, Meeting, Stage
from siop.ledger.entries.requests import ImpactRun, Request, RequestAnswer, RequestLine
from siop.ledger.entries.risks import Assumption, AssumptionOutcome, Mitigation, Risk, RiskOutcome, RiskScore
from siop.ledger.entries.surveys import (
    Improvement,
    ImprovementClosed,
    SurveyItem,
    SurveyResponse,
    SurveyRound,
)

ENTRY_TYPES: dict[str, type[Payload]] = {
    model.TYPE: model
    for model in (
        Person, Delegation, Stage, Gate, Meeting, Attendance, Decision, Decided, DecisionEffect, Position,
        SignOff, Publish, Commitment, Action, ActionDone, Tolerance, CaseOpened, CaseAnswered, CaseClosed,
        Risk, RiskScore, RiskOutcome, Assumption, AssumptionOutcome, SurveyRound, SurveyResponse,
        Improvement, ImprovementClosed, Request, ImpactRun, RequestAnswer, Comment,
    )
}  # fmt: skip
"""{type: model}, in the order of the contract's table."""


def payload_of(kind: str, fields: dict[str, Any]) -> Payload:
    """The model of an entry type filled with `fields` (JSON names).

    Raises NotFound for an unknown type, pydantic.ValidationError for fields that do not fit.
    """
    model = ENTRY_TYPES.get(kind)
    if model is None:
        raise NotFound(f"no entry type {kind!r}; there are {', '.join(ENTRY_TYPES)}")
    return model.model_validate(fields)


__all__ = [
    "ENTRY_TYPES",
    "ROLES",
    "Action",
    "ActionDone",
    "Assumption",
    "AssumptionOutcome",
    "Attendance",
    "Authorised",
    "CaseAnswered",
    "CaseClosed",
    "CaseOpened",
    "Comment",
    "Commitment",
    "Coordinates",
    "Decided",
    "Decision",
    "DecisionEffect",
    "Delegation",
    "Evidence",
    "Gate",
    "ImpactRun",
    "Improvement",
    "ImprovementClosed",
    "Meeting",
    "Mitigation",
    "Option",
    "Part",
    "Payload",
    "Person",
    "Position",
    "Prediction",
    "Publish",
    "Request",
    "RequestAnswer",
    "RequestLine",
    "Risk",
    "RiskOutcome",
    "RiskScore",
    "SignOff",
    "Stage",
    "SurveyItem",
    "SurveyResponse",
    "SurveyRound",
    "Tolerance",
    "kept_numbers",
    "moment_text",
    "parse_moment",
    "payload_of",
]
