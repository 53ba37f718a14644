"""Role x action: every cell allowed and denied at the service. The table below was written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from siop.core import NotAllowed
from siop.decisions import RIGHTS, Service, allowed, may, operator
from siop.decisions.identity import Identity
from siop.ledger.entries import ENTRY_TYPES, ROLES
from tests.decisions.company import BY_ROLE, HASH, PEOPLE, SNAPSHOT, VERSION, Company
from tests.ledger.examples import GOOD

# v viewer, f function head, e executive, s SIOP lead, c chair, a administrator
TABLE = {
    "view": "vfesca", "verify": "vfesca", "export": "fesca", "minutes": "fesc", "checkpoint": "sca",
    "load": "sa", "import": "sa", "accounts": "a",
    "person": "a", "delegation": "fesca", "stage": "s", "gate": "s", "meeting": "sc", "attendance": "sc",
    "decision": "fesc", "decided": "ec", "decision_effect": "fesc", "position": "fesc", "sign_off": "fesc",
    "publish": "c", "commitment": "fesc", "action": "fesc", "action_done": "fesc", "tolerance": "sc",
    "case_opened": "fesc", "case_answered": "fesc", "case_closed": "sc", "risk": "fesc", "risk_score": "fesc",
    "risk_outcome": "sc", "assumption": "fesc", "assumption_outcome": "sc", "survey_round": "sc",
    "survey_response": "fesc", "improvement": "fesc", "improvement_closed": "fesc", "request": "fesc",
    "impact_run": "fesc", "request_answer": "ec", "comment": "vfesc",
}  # fmt: skip
LETTER = dict(zip(ROLES, "vfesca", strict=True))
CELLS = [(action, role) for action in TABLE for role in ROLES]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """One of everything is there, so that only the right decides."""
    made = Company(tmp_path_factory.mktemp("company"))
    made.say("lead", "meeting", id="m1", kind="executive", planned="2026-03-20")
    made.say("lead", "survey_round", **GOOD["survey_round"])
    made.raise_decision(id="d1")
    made.raise_decision(id="d2")
    made.decide("d2")
    return made


def payload_for(company: Company, kind: str, person: str) -> dict[str, Any]:
    """A payload of a kind that is this person's own and holds whatever the form asks for."""
    function, _, _ = PEOPLE[person]
    fields = {**GOOD[kind]}
    for name in ("owner", "person", "raised_by", "asked_by"):
        if name in fields:
            fields[name] = person
    if "function" in fields:
        fields["function"] = function
    needed: dict[str, Callable[[], dict[str, Any]]] = {
        "person": lambda: {"id": "new"},
        "delegation": lambda: {"from": person, "to": "deputy"},
        "decision": lambda: {"id": None, "options": GOOD["decision"]["options"]},
        "decided": lambda: {"decision": company.raise_decision(), "authorises": None, "prediction": None},
        "decision_effect": lambda: {"decision": _approved(company, person)},
        "position": lambda: {"subject": "d1"},
        "sign_off": lambda: {"plan_hash": HASH, "snapshot": SNAPSHOT},
        "publish": lambda: {"plan_hash": HASH, "snapshot": SNAPSHOT, "over_objections": []},
        "tolerance": lambda: {"reason": "new range"},
        "action": lambda: {"id": None, "decision": "d1"},
        "action_done": lambda: {"id": _fresh(company, "action", owner=person)},
        "case_opened": lambda: {"id": None},
        "case_answered": lambda: {"id": _fresh(company, "case_opened")},
        "case_closed": lambda: {"id": _fresh(company, "case_opened")},
        "risk": lambda: {"id": None},
        "risk_score": lambda: {"id": _fresh(company, "risk", owner=person)},
        "risk_outcome": lambda: {"id": _fresh(company, "risk", owner=person)},
        "assumption": lambda: {"id": None},
        "assumption_outcome": lambda: {"id": _fresh(company, "assumption", owner=person)},
        "improvement": lambda: {"id": None},
        "improvement_closed": lambda: {"id": _fresh(company, "improvement", owner=person)},
        "request": lambda: {"id": None},
        "impact_run": lambda: {"id": None, "request": _fresh(company, "request")},
        "request_answer": lambda: {"request": _fresh(company, "request"), "impact_run": None,
                                   "override_reason": "a promise"},
        "commitment": lambda: {"id": None},
    }  # fmt: skip
    fields |= needed.get(kind, dict)()
    return {name: value for name, value in fields.items() if value is not None}


def _fresh(company: Company, kind: str, **more: Any) -> str:
    fields = {name: value for name, value in {**GOOD[kind], **more}.items() if name not in ("id", "decision")}
    seq = company.say("lead", kind, **fields)
    return str(company.ledger.entries(until=seq)[-1].payload.as_json()["id"])


def _approved(company: Company, owner: str) -> str:
    decision = company.raise_decision()
    company.decide(decision, owner=owner)
    return decision


def test_the_table_has_every_action_and_every_entry_type():
    assert set(RIGHTS) == set(TABLE)
    assert set(ENTRY_TYPES) <= set(TABLE)


@pytest.mark.parametrize(("action", "role"), CELLS)
def test_the_matrix_says_what_the_table_says(action, role):
    assert may(role, action) is (LETTER[role] in TABLE[action])


# signing is of required signers, publishing of what is signed: they have tests of their own below
WRITES = [(a, r) for a, r in CELLS if a in ENTRY_TYPES and a not in ("sign_off", "publish")]


@pytest.mark.parametrize(("kind", "role"), WRITES)
def test_every_cell_at_the_service(company, kind, role):
    person = BY_ROLE[role]
    fields = payload_for(company, kind, person)
    before = company.ledger.head().seq
    if LETTER[role] in TABLE[kind]:
        assert company.say(person, kind, **{k.replace("from", "from_") if k == "from" else k: v
                                            for k, v in fields.items()}) == before + 1  # fmt: skip
        entry = company.ledger.entries()[-1]
        assert entry.by == ("anonymous" if kind == "survey_response" else person)
    else:
        with pytest.raises(NotAllowed, match=r"may not"):
            company.service.create(company.who(person), kind, fields, cycle="2026-03")
        assert company.ledger.head().seq == before


@pytest.mark.parametrize("role", ROLES)
def test_signing_and_publishing_by_role(tmp_path, role):
    company = Company(tmp_path)
    person = {"executive": "sales", "function_head": "signing_head", "siop_lead": "signing_lead"}.get(
        role, BY_ROLE[role]
    )
    if person not in PEOPLE:
        company.declare(person, "Purchasing", role, True)
    signing = {"version": VERSION, "plan_hash": HASH, "snapshot": SNAPSHOT, "person": person,
               "function": company.ledger.state().people[person].function, "stance": "consent"}  # fmt: skip
    if LETTER[role] in TABLE["sign_off"]:
        company.say(person, "sign_off", **signing)
    else:
        with pytest.raises(NotAllowed):
            company.say(person, "sign_off", **signing)
    for signer in ("chair", "sales", "fin"):
        company.sign(signer)
    if role == "chair":
        company.publish(person)
    else:
        with pytest.raises(NotAllowed, match="publish a plan"):
            company.publish(person)


@pytest.mark.parametrize(("action", "role"), [(a, r) for a, r in CELLS if a not in ENTRY_TYPES])
def test_actions_that_are_no_entries(company, action, role):
    who = company.who(BY_ROLE[role])
    if LETTER[role] in TABLE[action]:
        company.service.require(who, action)
        assert company.service.may(who, action)
    else:
        with pytest.raises(NotAllowed):
            company.service.require(who, action)
        assert not company.service.may(who, action)


def test_what_is_nobodys_is_denied(company):
    assert not may("chair", "shred")
    with pytest.raises(NotAllowed):
        company.service.require(company.who("admin"), "shred")


OTHERS = {
    "position": {"person": "sales", "function": "Sales"},
    "commitment": {"function": "Sales"},
    "delegation": {"from": "sales", "to": "guest"},
    "action_done": {"id": ("action", "sales")},
    "case_answered": {"owner": "sales"},
    "risk_score": {"id": ("risk", "sales")},
    "improvement_closed": {"id": ("improvement", "sales")},
    "decision_effect": {"decision": "d2"},
}


@pytest.mark.parametrize("person", ["head", "fin"])
@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_somebody_elses_is_denied(company, kind, person):
    fields = payload_for(company, kind, person)
    for name, value in OTHERS[kind].items():
        fields[name] = _fresh(company, value[0], owner=value[1]) if isinstance(value, tuple) else value
    if kind == "decision_effect":
        fields["decision"] = _approved(company, "sales")
    before = company.ledger.head().seq
    with pytest.raises(NotAllowed):
        company.service.create(company.who(person), kind, fields)
    assert company.ledger.head().seq == before


def test_a_role_taken_away_is_gone_at_the_next_click(tmp_path):
    company = Company(tmp_path)
    who = company.who("head")
    company.service.create(who, "comment", GOOD["comment"])
    company.declare("head", "Quality", "viewer")
    with pytest.raises(NotAllowed, match="viewer"):
        company.service.create(who, "risk", {**GOOD["risk"], "owner": "head"})
    company.declare("head", "Quality", "viewer", active=False)
    with pytest.raises(NotAllowed, match="ended"):
        company.service.create(who, "comment", GOOD["comment"])
    with pytest.raises(NotAllowed, match="ended"):
        company.who("head")
    with pytest.raises(NotAllowed, match="not declared"):
        company.who("stranger")


def test_a_stranger_cannot_bring_their_own_role(tmp_path):
    company = Company(tmp_path)
    forged = Identity("guest", "Guest", "Sales", "chair", True, True, "password", company.clock())
    with pytest.raises(NotAllowed, match="viewer"):
        company.service.create(forged, "risk", GOOD["risk"])


def test_signing_needs_a_fresh_proof(tmp_path):
    company = Company(tmp_path)
    decision = company.raise_decision()
    who = company.who("chair")
    company.clock.pass_(minutes=16)
    fields = {"decision": decision, "outcome": "rejected", "rationale": "no"}
    with pytest.raises(NotAllowed, match="15 minutes"):
        company.service.create(who, "decided", fields)
    company.service.create(who, "comment", GOOD["comment"])  # saying something needs none
    company.service.create(company.who("chair"), "decided", fields)
    entry = company.ledger.entries()[-1]
    assert entry.auth is not None
    assert entry.auth.startswith("password 2026-03-20T")


def test_row_level_limits_hold_for_writing(tmp_path):
    company = Company(tmp_path)
    company.declare("north", "Sales", "function_head", only={"region": ["North"]})
    who = company.who("north")
    assert who.only == (("region", ("North",)),)
    risk = {**GOOD["risk"], "owner": "north", "id": None}
    company.service.create(who, "risk", {**risk, "scope": {"region": "North"}})
    for scope in ({"region": "South"}, {"region": ["North", "South"]}, {}, {"family": "Pumps"}):
        with pytest.raises(NotAllowed, match="region North only"):
            company.service.create(who, "risk", {**risk, "scope": scope})


def test_the_command_line_is_an_administrator_and_no_more(tmp_path):
    company = Company(tmp_path)
    with pytest.raises(NotAllowed, match="publish"):
        company.service.create(
            operator(),
            "publish",
            {"version": VERSION, "plan_hash": HASH, "snapshot": SNAPSHOT, "over_objections": []},
        )


def test_the_broken_door_is_noticed(tmp_path, monkeypatch):
    """Were the role check left out, the cells above would fail: this one shows that they would."""
    company = Company(tmp_path)
    monkeypatch.setattr(allowed, "may", lambda role, action: True)
    assert isinstance(company.service, Service)
    before = company.ledger.head().seq
    company.service.create(company.who("guest"), "stage", GOOD["stage"], cycle="2026-03")
    assert company.ledger.head().seq == before + 1, "the check is what kept the viewer out"
