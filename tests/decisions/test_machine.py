"""A leadership team at work, at random, against a plain model: what was acknowledged is what is stored.

Actions: raise, correct, take a position, decide, sign, withdraw, publish, double click, stale edit, restart,
change of role. SIOP_MACHINE_EXAMPLES (default 10) and SIOP_MACHINE_STEPS (default 30) set the size; the goal is
2,000 x 50.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from siop.core import NotAllowed, SiopError, StaleForm
from siop.decisions import service as service_module
from siop.ledger import Receipt
from siop.ledger.entries import ROLES
from tests.decisions.company import PEOPLE, VERSION, Company

people = st.sampled_from(sorted(PEOPLE))
signers = st.sampled_from(["chair", "sales", "fin"])
stances = st.sampled_from(["consent", "reservation", "stand_aside", "object"])


class Team(RuleBasedStateMachine):
    """The model: roles, the number of every acknowledged entry with its type, who decided what, who signed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="siop-machine-"))
        self.acknowledged: dict[int, tuple[str, str]] = {}
        self.receipts: list[Receipt] = []
        self.decided: dict[str, str] = {}
        self.signed: dict[str, str] = {}
        self.published = False
        self.forms = 0
        self.clicks: list[tuple[str, str, dict[str, Any], Receipt]] = []

    @initialize()
    def begin(self) -> None:
        self.company = Company(self.folder)
        self.roles = {person: role for person, (_, role, _) in PEOPLE.items()}
        self.entries = self.company.ledger.head().seq

    def teardown(self) -> None:
        if hasattr(self, "company"):
            self.company.ledger.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def say(
        self,
        person: str,
        kind: str,
        right: str,
        fields: dict[str, Any],
        expected: dict[str, int] | None = None,
    ) -> bool:
        """Try to write; whatever is acknowledged goes into the model. Whoever lacks the right must be refused."""
        self.forms += 1
        idem = f"form-{self.forms}"
        try:
            receipt = self.company.service.create(
                self.company.who(person), kind, fields, cycle="2026-03", idem=idem, expected=expected
            )
        except SiopError as error:
            if self.roles[person][0] not in right and not isinstance(error, NotAllowed):
                raise AssertionError((person, self.roles[person], kind)) from error
            return False
        assert self.roles[person][0] in right, f"{self.roles[person]} could {kind}"
        self.entries += 1
        assert receipt.seq == self.entries
        self.acknowledged[receipt.seq] = (kind, person)
        self.receipts.append(receipt)
        self.clicks.append((person, idem, {"kind": kind, **fields}, receipt))
        return True

    def known(self) -> list[str]:
        return list(self.company.ledger.state().decisions)

    # first letters of the roles that may: v, f, e, s, c, a

    @rule(person=people)
    def raise_one(self, person: str) -> None:
        options = [{"label": x, "description": x} for x in "AB"]
        self.say(person, "decision", "fesc", {"question": "Q?", "raised_by": person, "options": options})

    @precondition(lambda self: self.known())
    @rule(person=people, data=st.data())
    def correct(self, person: str, data: st.DataObject) -> None:
        decision = data.draw(st.sampled_from(self.known()))
        options = [{"label": x, "description": "better words"} for x in "AB"]
        fields = {"id": decision, "question": "Q, better said?", "raised_by": person, "options": options}
        done = self.say(person, "decision", "fesc", fields)
        assert not (done and decision in self.decided), "a settled decision was edited"

    @precondition(lambda self: self.known())
    @rule(person=people, stance=stances, data=st.data())
    def review(self, person: str, stance: str, data: st.DataObject) -> None:
        fields = {"subject": data.draw(st.sampled_from(self.known())), "person": person,
                  "function": PEOPLE[person][0], "stance": stance, "reason": "so I think"}  # fmt: skip
        self.say(person, "position", "fesc", fields)

    @precondition(lambda self: self.known())
    @rule(person=people, outcome=st.sampled_from(["approved", "rejected", "deferred"]), data=st.data())
    def decide(self, person: str, outcome: str, data: st.DataObject) -> None:
        decision = data.draw(st.sampled_from(self.known()))
        fields = {
            "decision": decision,
            "outcome": outcome,
            "rationale": "so it is",
            "option": "A",
            "owner": "head",
        }
        done = self.say(person, "decided", "ec", fields)
        assert not (done and decision in self.decided), "decided twice"
        if done and outcome != "deferred":
            self.decided[decision] = outcome

    @precondition(lambda self: self.known())
    @rule(data=st.data())
    def stale_edit(self, data: st.DataObject) -> None:
        """Somebody changes the decision while the chair has its form open."""
        open_ones = [d for d in self.known() if d not in self.decided]
        if not open_ones:
            return
        decision = data.draw(st.sampled_from(open_ones))
        seen = self.company.ledger.last_about(f"decision:{decision}")
        options = [{"label": x, "description": "changed meanwhile"} for x in "AB"]
        changed = self.say(
            "fin",
            "decision",
            "fesc",
            {"id": decision, "question": "?", "raised_by": "fin", "options": options},
        )
        fields = {"decision": decision, "outcome": "rejected", "rationale": "as I saw it"}
        if changed and self.roles["chair"][0] in "ec":
            with pytest.raises(StaleForm) as told:
                self.company.service.create(self.company.who("chair"), "decided", fields, expected=seen)
            assert told.value.by == "Fin"

    @rule(person=signers, stance=stances)
    def sign(self, person: str, stance: str) -> None:
        fields = {"version": VERSION, "plan_hash": self.company.plans.hashes[VERSION], "snapshot": "S1",
                  "person": person, "function": PEOPLE[person][0], "stance": stance, "reason": "so I say"}  # fmt: skip
        if self.say(person, "sign_off", "fesc", fields):
            assert not self.published, "signed after publishing"
            self.signed[person] = stance

    @rule(person=signers)
    def withdraw(self, person: str) -> None:
        """A change of mind is a new entry."""
        if person in self.signed:
            self.sign(person, "stand_aside")

    @rule(person=people, forged=st.booleans())
    def publish(self, person: str, forged: bool) -> None:
        against = [p for p, stance in self.signed.items() if stance == "object"]
        named = [*against, "lead"] if forged else against
        fields = {"version": VERSION, "plan_hash": self.company.plans.hashes[VERSION], "snapshot": "S1",
                  "over_objections": named}  # fmt: skip
        if self.say(person, "publish", "c", fields):
            assert set(self.signed) >= {"chair", "sales", "fin"}, "published without signatures"
            assert not forged
            assert not self.published
            self.published = True

    @precondition(lambda self: self.clicks)
    @rule(data=st.data())
    def double_click(self, data: st.DataObject) -> None:
        person, idem, fields, receipt = data.draw(st.sampled_from(self.clicks))
        kind = fields["kind"]
        told = {name: value for name, value in fields.items() if name != "kind"}
        again = self.company.service.create(self.company.who(person), kind, told, cycle="2026-03", idem=idem)
        assert again == receipt

    @rule(person=st.sampled_from(["head", "sales", "lead", "guest"]), role=st.sampled_from(ROLES))
    def change_role(self, person: str, role: str) -> None:
        function, _, signer = PEOPLE[person]
        self.company.declare(person, function, role, signer)
        self.roles[person] = role
        self.entries += 1

    @rule()
    def restart(self) -> None:
        self.company.ledger.close()
        self.company = Company(self.folder, clock=self.company.clock)

    @invariant()
    def acknowledged_is_stored(self) -> None:
        if not hasattr(self, "company"):
            return
        entries = self.company.ledger.entries()
        assert [e.seq for e in entries] == list(range(1, self.entries + 1))
        assert {e.seq: (e.type, e.by) for e in entries if e.seq in self.acknowledged} == self.acknowledged
        found = self.company.ledger.verify(receipts=[r.as_dict() for r in self.receipts])
        assert found["ok"], found
        state = self.company.ledger.state()
        assert {d.id: d.decided.outcome for d in state.decisions.values() if d.decided} == self.decided
        assert {s.person: s.stance for s in state.sign_offs} == self.signed
        assert bool(state.publishes) is self.published


Team.TestCase.settings = settings(
    max_examples=int(os.environ.get("SIOP_MACHINE_EXAMPLES", "10")),
    stateful_step_count=int(os.environ.get("SIOP_MACHINE_STEPS", "30")),
    suppress_health_check=list(HealthCheck),
)
TestTeam = Team.TestCase


def test_the_machine_notices_a_door_left_open(monkeypatch):
    """Broken on purpose: without the form's rules, decisions are taken twice, and the machine must see it."""
    monkeypatch.setattr(service_module, "problems", lambda said, payload: [])
    broken = Team()
    broken.begin()
    try:
        broken.raise_one("head")
        told = {"decision": "D-001", "outcome": "rejected", "rationale": "x"}
        assert broken.say("chair", "decided", "ec", told)
        broken.decided["D-001"] = "rejected"
        assert broken.say("chair", "decided", "ec", {**told, "outcome": "approved", "option": "A"})
        with pytest.raises(AssertionError):
            broken.acknowledged_is_stored()
    finally:
        broken.teardown()
