"""A small company in a ledger: six roles, three required signers, one plan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from siop.decisions import Identity, Plans, Service, identify, operator
from siop.ledger import Ledger, payload_of

PEOPLE = {
    # id: (function, role, required signer)
    "chair": ("General management", "chair", True),
    "sales": ("Sales", "executive", True),
    "fin": ("Finance", "executive", True),
    "head": ("Quality", "function_head", False),
    "deputy": ("Sales", "function_head", False),
    "lead": ("Planning", "siop_lead", False),
    "admin": ("IT", "administrator", False),
    "guest": ("Sales", "viewer", False),
}
BY_ROLE = {"viewer": "guest", "function_head": "head", "executive": "fin", "siop_lead": "lead",
           "chair": "chair", "administrator": "admin"}  # fmt: skip
VERSION, HASH, SNAPSHOT = "C2026-03", "ab" * 32, "S1"
START = datetime(2026, 3, 20, 9, tzinfo=UTC)


class Clock:
    """A fake clock that moves a second at every look, so that entries have different times."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


class Company:
    """A ledger, its service, and identities by person."""

    def __init__(self, folder: Path, url: str | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.plans = Plans(SNAPSHOT, {VERSION: HASH, "B2026": "cd" * 32})
        self.ledger = Ledger(
            url or f"sqlite:///{folder}/ledger.sqlite", keys=folder / "keys", clock=self.clock
        )
        self.service = Service(self.ledger, lambda: self.plans, clock=self.clock)
        if not self.ledger.state().people:
            for person, (function, role, signer) in PEOPLE.items():
                self.declare(person, function, role, signer)

    def declare(self, person: str, function: str, role: str, signer: bool = False, **more: Any) -> None:
        fields = {"id": person, "name": person.title(), "function": function, "role": role,
                  "principal": True, "required_signer": signer, **more}  # fmt: skip
        self.service.write(operator(), payload_of("person", fields))

    def who(self, person: str, method: str = "password") -> Identity:
        return identify(self.ledger.state(), person, method, self.clock(), self.clock().date())

    def say(self, person: str, kind: str, /, cycle: str | None = "2026-03", **fields: Any) -> int:
        """Write through the service as a person; returns the entry's number."""
        fields = {("from" if name == "from_" else name): value for name, value in fields.items()}
        return self.service.create(self.who(person), kind, fields, cycle=cycle).seq

    def raise_decision(self, person: str = "head", **more: Any) -> str:
        fields = {
            "question": "Second shift?",
            "options": [{"label": "A", "description": "yes", "cost": 5}, {"label": "B", "description": "no"}],
            "raised_by": person,
            "value_at_stake_month": 1000,
            **more,
        }
        seq = self.say(person, "decision", **fields)
        return str(self.ledger.entries(until=seq)[-1].payload.as_json()["id"])

    def decide(self, decision: str, person: str = "chair", **more: Any) -> int:
        fields = {"outcome": "approved", "option": "A", "rationale": "pays back", "owner": "head", **more}
        return self.say(person, "decided", decision=decision, **fields)

    def sign(self, person: str, signer: str | None = None, stance: str = "consent", **more: Any) -> int:
        """`signer` signs for `person`."""
        fields = {"version": VERSION, "plan_hash": self.plans.hashes[VERSION], "snapshot": self.plans.snapshot,
                  "person": person, "function": PEOPLE[person][0], "stance": stance, **more}  # fmt: skip
        return self.say(signer or person, "sign_off", **fields)

    def publish(self, person: str = "chair", over: list[str] | None = None) -> int:
        return self.say(
            person, "publish", version=VERSION, plan_hash=self.plans.hashes[VERSION],
            snapshot=self.plans.snapshot, over_objections=over or [],
        )  # fmt: skip
