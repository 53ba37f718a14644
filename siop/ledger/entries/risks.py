"""What could move the year: risks, opportunities and the assumptions a plan stands on."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from siop.ledger.entries.base import (
    Amount,
    Flag,
    Month,
    Name,
    Number,
    OptionalName,
    OptionalText,
    Part,
    Payload,
    Probability,
    ScopeDict,
    Text,
    in_order,
)


class Mitigation(Part):
    """What can be done about a risk, or for an opportunity: its cost, and the score once it is done.

    What is left out of the score stays as it was.
    """

    text: Text
    cost: Amount
    probability: Probability | None = None
    low: Amount | None = None
    likely: Amount | None = None
    high: Amount | None = None


class Risk(Payload):
    """A risk or an opportunity: scope, months, owner, whether the plan already contains it.

    `measure` is margin and `shape` triangular unless said; risks of one `driver_group` come together.
    """

    TYPE: ClassVar[str] = "risk"
    id: Name
    kind: Literal["risk", "opportunity"]
    title: Text
    scope: ScopeDict
    from_: Month = Field(alias="from")
    to: Month
    in_plan: Flag
    owner: Name
    measure: OptionalName = None
    driver_group: OptionalName = None
    shape: Literal["triangular", "pert"] | None = None
    trigger: OptionalText = None
    contingency: OptionalText = None
    mitigation: Mitigation | None = None

    @model_validator(mode="after")
    def _order(self) -> Risk:
        in_order(self.from_, self.to)
        return self


class RiskScore(Payload):
    """A score of a risk: probability, and the amount if it occurs as low, likely and high, all positive."""

    TYPE: ClassVar[str] = "risk_score"
    id: Name
    probability: Probability
    low: Amount
    likely: Amount
    high: Amount

    @model_validator(mode="after")
    def _order(self) -> RiskScore:
        if not self.low <= self.likely <= self.high:
            raise ValueError(
                f"low {self.low}, likely {self.likely}, high {self.high} do not rise: put them in order"
            )
        return self

    @property
    def subject(self) -> str:
        return f"risk:{self.id}"

    def refers(self) -> dict[str, str]:
        return {"id": f"risk:{self.id}"}


class RiskOutcome(Payload):
    """What became of a risk: whether it occurred and the amount realised, positive like the score."""

    TYPE: ClassVar[str] = "risk_outcome"
    id: Name
    occurred: Flag
    realised: Amount

    @property
    def subject(self) -> str:
        return f"risk:{self.id}"

    def refers(self) -> dict[str, str]:
        return {"id": f"risk:{self.id}"}


class Assumption(Payload):
    """What a plan version takes for granted: a driver's expected value and the range it may move in."""

    TYPE: ClassVar[str] = "assumption"
    id: Name
    version: Name
    statement: Text
    driver: Name
    expected: Number
    low: Number
    high: Number
    owner: Name
    families: tuple[Name, ...]

    @model_validator(mode="after")
    def _order(self) -> Assumption:
        if not self.low <= self.expected <= self.high:
            raise ValueError(
                f"low {self.low}, expected {self.expected}, high {self.high} do not rise: put them in order"
            )
        return self


class AssumptionOutcome(Payload):
    """The value that the driver of an assumption took."""

    TYPE: ClassVar[str] = "assumption_outcome"
    id: Name
    observed: Number

    @property
    def subject(self) -> str:
        return f"assumption:{self.id}"

    def refers(self) -> dict[str, str]:
        return {"id": f"assumption:{self.id}"}
