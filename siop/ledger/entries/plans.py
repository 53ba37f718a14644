"""Who signed which plan, bound to the rows of that plan by their hash."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from siop.ledger.entries.base import Name, OptionalName, OptionalText, Payload, Stance, reason_given

Bound = Literal["at import"]


class SignOff(Payload):
    """A required function's signature under a plan version: consent, reservation, stand aside or object.

    `plan_hash` and `snapshot` are what the signer saw; `bound: at import` says that the import filled them.
    """

    TYPE: ClassVar[str] = "sign_off"
    version: Name
    plan_hash: OptionalName = None
    snapshot: OptionalName = None
    person: Name
    function: Name
    stance: Stance
    reason: OptionalText = None
    bound: Bound | None = None

    @model_validator(mode="after")
    def _reason(self) -> SignOff:
        reason_given(self.stance, self.reason)
        return self

    @property
    def subject(self) -> str:
        return f"sign_off:{self.version}:{self.person}"

    def people(self) -> dict[str, str]:
        return {"person": self.person}


class Publish(Payload):
    """The chair publishes a plan version, over the objections of the people named, if any."""

    TYPE: ClassVar[str] = "publish"
    version: Name
    plan_hash: OptionalName = None
    snapshot: OptionalName = None
    over_objections: tuple[Name, ...]
    bound: Bound | None = None

    @property
    def subject(self) -> str:
        return f"publish:{self.version}"

    def people(self) -> dict[str, str]:
        return {f"over_objections[{n}]": person for n, person in enumerate(self.over_objections)}
