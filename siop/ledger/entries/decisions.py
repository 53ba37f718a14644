"""What is decided: question, options, positions, outcome, effect, actions and commitments."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from siop.ledger.entries.base import (
    Amount,
    Day,
    Flag,
    FreeJson,
    LooseText,
    Month,
    Name,
    Number,
    OptionalName,
    OptionalText,
    Part,
    Payload,
    ScopeDict,
    Stance,
    Text,
    in_order,
    reason_given,
)

Outcome = Literal["approved", "with_conditions", "deferred", "rejected"]


class Option(Part):
    """One way to answer the question, with its cost and its effect on the KPIs."""

    label: Name
    description: LooseText
    cost: Number | None = None
    effect: FreeJson | None = None
    recommended: Flag | None = None


class Evidence(Part):
    """The view a decision was taken from: its address inside the cockpit, and the snapshot shown."""

    url: Text
    snapshot: OptionalName = None


class Decision(Payload):
    """A question that needs an answer, with its options. A later entry with the same id corrects it."""

    TYPE: ClassVar[str] = "decision"
    id: Name
    question: Text
    context: OptionalText = None
    value_at_stake_month: Amount | None = None
    needed_by: Day | None = None
    options: tuple[Option, ...]
    raised_by: Name
    drivers: OptionalText = None
    right: OptionalText = None
    evidence: Evidence | None = None

    @model_validator(mode="after")
    def _labels(self) -> Decision:
        labels = [option.label for option in self.options]
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice is not None:
            raise ValueError(f"two options are labelled {twice!r}: give each its own label")
        return self


class Authorised(Part):
    """A change of a signed plan that a decision allows: version, scope, first and last month."""

    version: Name
    scope: ScopeDict
    from_: Month = Field(alias="from")
    to: Month

    @model_validator(mode="after")
    def _order(self) -> Authorised:
        in_order(self.from_, self.to)
        return self


class Prediction(Part):
    """The effect expected before it is known: change of the metric against the baseline, over a window."""

    metric: Name
    scope: ScopeDict
    baseline_version: Name
    p10: Number
    p50: Number
    p90: Number
    from_: Month = Field(alias="from")
    to: Month
    stop: OptionalText = None

    @model_validator(mode="after")
    def _order(self) -> Prediction:
        in_order(self.from_, self.to)
        if not self.p10 <= self.p50 <= self.p90:
            raise ValueError(f"p10 {self.p10}, p50 {self.p50}, p90 {self.p90} do not rise: put them in order")
        return self


class Decided(Payload):
    """The answer: outcome, option, rationale, owner, dates, and the prediction registered beforehand."""

    TYPE: ClassVar[str] = "decided"
    decision: Name
    outcome: Outcome
    option: OptionalName = None
    rationale: Text
    owner: OptionalName = None
    due: Day | None = None
    review_on: Day | None = None
    supersedes: OptionalName = None
    new_information: Flag | None = None
    authorises: tuple[Authorised, ...] | None = None
    prediction: Prediction | None = None
    conditions: OptionalText = None

    @model_validator(mode="after")
    def _other(self) -> Decided:
        if self.supersedes == self.decision:
            raise ValueError("a decision cannot supersede itself: name the earlier decision")
        return self

    @property
    def subject(self) -> str:
        return f"decision:{self.decision}"

    def refers(self) -> dict[str, str]:
        found = {"decision": f"decision:{self.decision}"}
        if self.supersedes:
            found["supersedes"] = f"decision:{self.supersedes}"
        return found


class DecisionEffect(Payload):
    """Whether a decision was carried out, and what came of it, in the units of its prediction."""

    TYPE: ClassVar[str] = "decision_effect"
    decision: Name
    executed: Flag
    realised: Number | None = None
    note: OptionalText = None

    @property
    def subject(self) -> str:
        return f"decision_effect:{self.decision}"

    def refers(self) -> dict[str, str]:
        return {"decision": f"decision:{self.decision}"}


class Position(Payload):
    """Where a function stands on a decision or a plan version. A change of mind is a new entry."""

    TYPE: ClassVar[str] = "position"
    about: Name = Field(alias="subject")
    person: Name
    function: Name
    stance: Stance
    reason: OptionalText = None
    preferred_option: OptionalName = None

    @model_validator(mode="after")
    def _reason(self) -> Position:
        reason_given(self.stance, self.reason)
        return self

    @property
    def subject(self) -> str:
        return f"position:{self.about}:{self.person}"

    def people(self) -> dict[str, str]:
        return {"person": self.person}


class Commitment(Payload):
    """A function's promise: a measure of a scope reaches a target within a tolerance, over a window."""

    TYPE: ClassVar[str] = "commitment"
    id: Name
    function: Name
    version: Name
    measure: Name
    scope: ScopeDict
    target: Number
    tolerance_pct: Amount
    from_: Month = Field(alias="from")
    to: Month

    @model_validator(mode="after")
    def _order(self) -> Commitment:
        in_order(self.from_, self.to)
        return self


class Action(Payload):
    """Something to be done by somebody by a date, from a decision or on its own."""

    TYPE: ClassVar[str] = "action"
    id: Name
    text: Text
    owner: Name
    due: Day
    decision: OptionalName = None

    def refers(self) -> dict[str, str]:
        return {"decision": f"decision:{self.decision}"} if self.decision else {}


class ActionDone(Payload):
    """An action is done, with the evidence for it."""

    TYPE: ClassVar[str] = "action_done"
    id: Name
    evidence: OptionalText = None

    @property
    def subject(self) -> str:
        return f"action:{self.id}"

    def refers(self) -> dict[str, str]:
        return {"id": f"action:{self.id}"}
