"""What an important customer asks for, what it would cost the others, and the answer."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import field_validator, model_validator

from siop.core import is_month
from siop.ledger.entries.base import (
    Amount,
    Flag,
    FreeObject,
    Month,
    Name,
    OptionalName,
    OptionalText,
    Part,
    Payload,
    moment_text,
    parse_moment,
)


class RequestLine(Part):
    """So many units of a sku, or of a family, in a month, at a price where one was named."""

    sku: OptionalName = None
    family: OptionalName = None
    month: Month
    quantity: Amount
    price: Amount | None = None

    @model_validator(mode="after")
    def _item(self) -> RequestLine:
        if (self.sku is None) == (self.family is None):
            raise ValueError("name either the sku or the family")
        return self


class Request(Payload):
    """A customer asks for more, or for something sooner. `wanted` is the date or the month of the wish."""

    TYPE: ClassVar[str] = "request"
    id: Name
    customer: Name
    lines: tuple[RequestLine, ...]
    wanted: Name
    asked_by: Name
    sponsor: OptionalName = None

    @field_validator("lines")
    @classmethod
    def _some(cls, lines: tuple[RequestLine, ...]) -> tuple[RequestLine, ...]:
        if not lines:
            raise ValueError("has no line: say what is asked for")
        return lines

    @field_validator("wanted", mode="before")
    @classmethod
    def _wanted(cls, value: Any) -> str:
        if is_month(value):
            return str(value)
        return moment_text(parse_moment(value))[:10]


class ImpactRun(Payload):
    """What the cockpit computed before an answer: the result for each policy, as computed."""

    TYPE: ClassVar[str] = "impact_run"
    id: Name
    request: Name
    result: FreeObject

    def refers(self) -> dict[str, str]:
        return {"request": f"request:{self.request}"}


class RequestAnswer(Payload):
    """Yes or no to a request; a yes without an impact run is an override and gives its reason."""

    TYPE: ClassVar[str] = "request_answer"
    request: Name
    accepted: Flag
    impact_run: OptionalName = None
    override_reason: OptionalText = None

    @property
    def subject(self) -> str:
        return f"request:{self.request}"

    def refers(self) -> dict[str, str]:
        found = {"request": f"request:{self.request}"}
        if self.impact_run:
            found["impact_run"] = f"impact_run:{self.impact_run}"
        return found
