"""Who takes part, and who may speak for whom."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from siop.ledger.entries.base import Day, Flag, Name, Payload, ScopeDict

ROLES = ("viewer", "function_head", "executive", "siop_lead", "chair", "administrator")


class Person(Payload):
    """Someone who takes part. A later entry with the same id replaces the fields.

    Whether a role may do something is decided from `role`; `required_signer` says that the plan needs this
    person's function. `only` limits which rows the person sees; `active` false ends the access.
    """

    TYPE: ClassVar[str] = "person"
    id: Name
    name: Name
    function: Name
    role: Name
    principal: Flag
    required_signer: Flag
    only: ScopeDict | None = None
    active: Flag | None = None

    @property
    def permission(self) -> str:
        """The role of the access matrix: `role` as written, or viewer where it is none of the six."""
        role = self.role.lower().replace(" ", "_").replace("-", "_")
        return role if role in ROLES else "viewer"


class Delegation(Payload):
    """One person may attend and sign for another between two dates, both included."""

    TYPE: ClassVar[str] = "delegation"
    from_: Name = Field(alias="from")
    to: Name
    valid_from: Day
    valid_to: Day

    @model_validator(mode="after")
    def _order(self) -> Delegation:
        if self.valid_from > self.valid_to:
            raise ValueError(f"valid_from {self.valid_from} is after valid_to {self.valid_to}: exchange them")
        if self.from_ == self.to:
            raise ValueError("from and to are the same person: nobody delegates to themselves")
        return self

    @property
    def subject(self) -> str:
        return f"delegation:{self.from_}:{self.to}"

    def people(self) -> dict[str, str]:
        return {"from": self.from_, "to": self.to}
