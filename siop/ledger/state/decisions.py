"""Decisions, plans, actions and commitments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from siop.ledger.state.base import Item, ScopeOf


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    label: str
    description: str
    cost: float | None
    effect: Any
    recommended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedView:
    """A change of a signed plan that a decision allows; first and last month included."""

    version: str
    scope: ScopeOf
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionView:
    """The effect expected on a metric against the baseline version, first to last month."""

    metric: str
    scope: ScopeOf
    baseline_version: str
    p10: float
    p50: float
    p90: float
    first: str
    last: str
    stop: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView(Item):
    """One answer to a decision. A deferral is one too; the decision stays open."""

    decision: str
    outcome: str
    option: str | None
    rationale: str
    conditions: str | None
    owner: str | None
    due: date | None
    review_on: date | None
    supersedes: str | None
    new_information: bool
    authorises: tuple[AuthorisedView, ...]
    prediction: PredictionView | None

    @property
    def final(self) -> bool:
        """Whether this settles the question."""
        return self.outcome != "deferred"

    @property
    def agreed(self) -> bool:
        """Whether something is now to be done."""
        return self.outcome in ("approved", "with_conditions")


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectView(Item):
    decision: str
    executed: bool
    realised: float | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView(Item):
    """`about` is a decision id or a plan version."""

    about: str
    person: str
    function: str
    stance: str
    reason: str | None
    preferred_option: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView(Item):
    """A question with all that was said about it. `at` and `in_cycle` are those of the first raising."""

    id: str
    question: str
    context: str | None
    drivers: str | None
    right: str | None
    value_at_stake_month: float | None
    needed_by: date | None
    options: tuple[OptionView, ...]
    raised_by: str
    evidence_url: str | None
    evidence_snapshot: str | None
    outcomes: tuple[OutcomeView, ...] = ()
    positions: tuple[PositionView, ...] = ()
    effects: tuple[EffectView, ...] = ()
    superseded_by: str | None = None
    changes: tuple[int, ...] = ()  # entry numbers of the raising and its corrections

    @property
    def view(self) -> str | None:
        """The path inside the cockpit that it was raised from; None where the evidence lies elsewhere.

        A browser drops line ends and tabs, and reads a backslash as a slash: none of them may make another server.
        """
        url = self.evidence_url or ""
        odd = any(char.isspace() or char == "\\" for char in url)
        return url if url.startswith("/") and not url.startswith("//") and not odd else None

    @property
    def outcome(self) -> OutcomeView | None:
        """The last answer, a deferral included."""
        return self.outcomes[-1] if self.outcomes else None

    @property
    def decided(self) -> OutcomeView | None:
        """The last answer that settled the question, or None."""
        return next((o for o in reversed(self.outcomes) if o.final), None)

    @property
    def first_decided(self) -> OutcomeView | None:
        """The first answer that settled the question, or None."""
        return next((o for o in self.outcomes if o.final), None)

    @property
    def effect(self) -> EffectView | None:
        """The last word on what came of it."""
        return self.effects[-1] if self.effects else None

    @property
    def standing(self) -> tuple[PositionView, ...]:
        """The last position of each person."""
        last = {position.person: position for position in self.positions}
        return tuple(last.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffView(Item):
    version: str
    plan_hash: str | None
    plan_snapshot: str | None
    person: str
    function: str
    stance: str
    reason: str | None
    bound_at_import: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishView(Item):
    version: str
    plan_hash: str | None
    plan_snapshot: str | None
    over_objections: tuple[str, ...]
    bound_at_import: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentView(Item):
    id: str
    function: str
    version: str
    measure: str
    scope: ScopeOf
    target: float
    tolerance_pct: float
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionView(Item):
    id: str
    text: str
    owner: str
    due: date
    decision: str | None
    done_at: datetime | None = None
    done_by: str | None = None
    done_seq: int | None = None
    evidence: str | None = None
