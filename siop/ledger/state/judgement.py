"""Deviations, risks, assumptions and customer requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from siop.ledger.state.base import Item, ScopeOf


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceView(Item):
    """`pct` is per cent of plan; valid from that month until the next one of the same family and measure."""

    family: str
    measure: str
    pct: float
    abs: float | None
    valid_from: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView(Item):
    owner: str
    cause: str
    countermeasure: str
    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView(Item):
    id: str
    family: str
    measure: str
    month: str
    deviation: float | None
    answers: tuple[AnswerView, ...] = ()
    closed_at: datetime | None = None
    closed_by: str | None = None
    closed_seq: int | None = None
    close_reason: str | None = None

    @property
    def answer(self) -> AnswerView | None:
        """The last answer."""
        return self.answers[-1] if self.answers else None

    @property
    def state(self) -> str:
        """open, answered or closed."""
        return "closed" if self.closed_seq is not None else "answered" if self.answers else "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreView(Item):
    """Probability, and the amount if it occurs: low, likely, high, all positive."""

    probability: float
    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskOutcomeView(Item):
    occurred: bool
    realised: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationView:
    """What can be done, its cost, and the score once it is done; None leaves a part as it was."""

    text: str
    cost: float
    probability: float | None
    low: float | None
    likely: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskView(Item):
    id: str
    kind: str
    title: str
    scope: ScopeOf
    first: str
    last: str
    in_plan: bool
    owner: str
    measure: str
    driver_group: str | None
    shape: str
    trigger: str | None
    contingency: str | None
    mitigation: MitigationView | None = None
    scores: tuple[ScoreView, ...] = ()
    outcome: RiskOutcomeView | None = None

    @property
    def score(self) -> ScoreView | None:
        """The last score."""
        return self.scores[-1] if self.scores else None

    @property
    def sign(self) -> int:
        """-1 for a risk, +1 for an opportunity."""
        return -1 if self.kind == "risk" else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionView(Item):
    id: str
    version: str
    statement: str
    driver: str
    expected: float
    low: float
    high: float
    owner: str
    families: tuple[str, ...]
    observed: float | None = None
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLineView:
    sku: str | None
    family: str | None
    month: str
    quantity: float
    price: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactRunView(Item):
    id: str
    request: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswerView(Item):
    accepted: bool
    impact_run: str | None
    override_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView(Item):
    id: str
    customer: str
    lines: tuple[RequestLineView, ...]
    wanted: str
    asked_by: str
    sponsor: str | None
    impact_runs: tuple[ImpactRunView, ...] = ()
    answers: tuple[RequestAnswerView, ...] = ()

    @property
    def yes(self) -> RequestAnswerView | None:
        """The answer that accepted it, None where it does not stand accepted. Said again, a yes is still the first one:
        what was computed in between was not known when it was given."""
        said = None
        for answer in self.answers:
            said = (said or answer) if answer.accepted else None
        return said

    @property
    def answer(self) -> RequestAnswerView | None:
        """The last answer."""
        return self.answers[-1] if self.answers else None
