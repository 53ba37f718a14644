"""The steps of a decision at the one door: order, stale forms, double clicks, ids, anonymity."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from siop.core import NotAllowed, Refused, StaleForm
from siop.decisions import Plans, Service, add_person, list_people, next_id, operator, set_password
from siop.ledger import State
from tests.decisions.company import HASH, SNAPSHOT, VERSION, Company
from tests.ledger.examples import GOOD


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Company]:
    url = request.getfixturevalue("postgres").fresh_url() if request.param == "postgresql" else None
    made = Company(tmp_path, url)
    yield made
    assert made.ledger.verify()["ok"]
    made.ledger.close()


def refused(company: Company, person: str, kind: str, field: str, words: str, /, **fields: Any) -> None:
    before = company.ledger.head()
    with pytest.raises(Refused) as said:
        company.say(person, kind, **fields)
    assert company.ledger.head() == before
    found = {finding.column: f"{finding.message}; {finding.fix}" for finding in said.value.findings}
    assert field in found, found
    assert words in found[field], found


def test_from_raised_to_published(company):
    decision = company.raise_decision()
    company.say("fin", "position", subject=decision, person="fin", function="Finance", stance="object",
                reason="cash", preferred_option="B")  # fmt: skip
    company.decide(decision, due="2026-04-30")
    company.say("head", "action", text="hire", owner="head", due="2026-04-15", decision=decision)
    company.sign("chair")
    company.sign("sales")
    company.sign("fin", stance="object", reason="the plan is too bold")
    seq = company.publish(over=["fin"])
    entry = company.ledger.entries()[-1]
    assert (entry.seq, entry.type, entry.by, entry.snapshot) == (seq, "publish", "chair", SNAPSHOT)
    state = company.ledger.state()
    assert state.publishes[0].over_objections == ("fin",)
    assert state.decisions[decision].standing[0].reason == "cash"
    assert state.actions["A-001"].decision == decision


def test_every_entry_carries_what_was_on_screen_and_how_the_writer_was_known(company):
    company.raise_decision()
    entry = company.ledger.entries()[-1]
    assert entry.snapshot == SNAPSHOT
    assert entry.auth is not None
    assert entry.auth.startswith("password ")
    assert entry.cycle == "2026-03"


class TestOrderOfSteps:
    def test_a_decision_needs_two_options(self, company):
        one = [{"label": "A", "description": "yes"}]
        refused(
            company,
            "head",
            "decision",
            "options",
            "at least two",
            question="x",
            raised_by="head",
            options=one,
        )
        two = [{"label": x, "description": x, "recommended": True} for x in "AB"]
        refused(
            company,
            "head",
            "decision",
            "options",
            "recommend one",
            question="x",
            raised_by="head",
            options=two,
        )

    def test_what_was_never_raised_cannot_be_decided(self, company):
        refused(company, "chair", "decided", "decision", "no decision D-9", decision="D-9", outcome="rejected",
                rationale="no")  # fmt: skip

    def test_an_approval_names_option_and_owner(self, company):
        decision = company.raise_decision()
        common = {"decision": decision, "rationale": "x"}
        refused(
            company,
            "chair",
            "decided",
            "option",
            "names the option",
            outcome="approved",
            owner="head",
            **common,
        )
        refused(
            company, "chair", "decided", "owner", "needs an owner", outcome="approved", option="A", **common
        )
        refused(
            company,
            "chair",
            "decided",
            "option",
            "A, B",
            outcome="approved",
            option="C",
            owner="head",
            **common,
        )
        refused(company, "chair", "decided", "conditions", "what must be met", outcome="with_conditions",
                option="A", owner="head", **common)  # fmt: skip
        refused(company, "chair", "decided", "rationale", "required", outcome="rejected", decision=decision)

    def test_what_is_settled_stays_and_is_superseded(self, company):
        decision = company.raise_decision()
        company.say("chair", "decided", decision=decision, outcome="deferred", rationale="not enough known")
        company.decide(decision)
        refused(company, "chair", "decided", "decision", "supersedes", decision=decision, outcome="rejected",
                rationale="no")  # fmt: skip
        refused(company, "head", "decision", "id", "settled", id=decision, question="x", raised_by="head",
                options=GOOD["decision"]["options"])  # fmt: skip
        newer = company.raise_decision()
        company.decide(newer, supersedes=decision, new_information=True)
        assert company.ledger.state().decisions[decision].superseded_by == newer

    def test_a_prediction_is_against_a_loaded_version(self, company):
        decision = company.raise_decision()
        told = {**GOOD["decided"]["prediction"], "baseline_version": "nowhere"}
        refused(company, "chair", "decided", "prediction.baseline_version", "nowhere", decision=decision,
                outcome="approved", option="A", owner="head", rationale="x", prediction=told)  # fmt: skip

    def test_actions_and_cases(self, company):
        company.say("lead", "action", text="x", owner="head", due="2026-04-01")
        refused(company, "head", "action_done", "evidence", "shows that it is done", id="A-001")
        company.say("head", "action_done", id="A-001", evidence="photo")
        refused(company, "head", "action_done", "id", "done already", id="A-001", evidence="photo")
        refused(company, "lead", "action", "owner", "never declared", text="x", owner="eve", due="2026-04-01")
        company.say("head", "case_opened", family="Pumps", measure="quantity", month="2026-02")
        company.say("lead", "case_closed", id="C-001", reason="noise")
        refused(company, "head", "case_answered", "id", "closed", id="C-001", owner="head", cause="x",
                countermeasure="y", due="2026-04-01")  # fmt: skip
        refused(company, "lead", "tolerance", "reason", "write why", family="Pumps", measure="quantity", pct=9,
                valid_from="2026-04")  # fmt: skip

    def test_a_yes_to_a_customer_needs_a_run_or_a_name_and_a_reason(self, company):
        company.say("sales", "request", **{k: v for k, v in GOOD["request"].items() if k != "id"})
        company.say("sales", "request", **{k: v for k, v in GOOD["request"].items() if k != "id"})
        company.say("lead", "impact_run", request="Q-002", result={"net": 1})
        refused(
            company,
            "chair",
            "request_answer",
            "impact_run",
            "needs an impact run",
            request="Q-001",
            accepted=True,
        )
        refused(company, "chair", "request_answer", "impact_run", "of request Q-002", request="Q-001",
                accepted=True, impact_run="U-001")  # fmt: skip
        company.say(
            "chair", "request_answer", request="Q-001", accepted=True, override_reason="the owner's friend"
        )
        company.say("chair", "request_answer", request="Q-002", accepted=False)


class TestSigning:
    def test_one_signs_what_one_saw(self, company):
        base = {"version": VERSION, "person": "sales", "function": "Sales", "stance": "consent"}
        refused(company, "sales", "sign_off", "plan_hash", "which rows", **base)
        company.plans = Plans("S2", {VERSION: "ee" * 32})
        refused(
            company,
            "sales",
            "sign_off",
            "plan_hash",
            "the plan changed",
            plan_hash=HASH,
            snapshot="S1",
            **base,
        )
        company.plans = Plans("S2", {VERSION: HASH})
        refused(
            company, "sales", "sign_off", "plan_hash", "loaded again", plan_hash=HASH, snapshot="S1", **base
        )
        refused(company, "sales", "sign_off", "version", "no plan version", plan_hash=HASH, snapshot="S2",
                **{**base, "version": "C2030-01"})  # fmt: skip
        company.say("sales", "sign_off", plan_hash=HASH, snapshot="S2", **base)

    def test_dissent_needs_a_reason(self, company):
        for stance in ("reservation", "stand_aside", "object"):
            with pytest.raises(Refused, match="needs a reason"):
                company.sign("sales", stance=stance)
            company.sign("sales", stance=stance, reason="because")

    def test_a_delegate_signs_visibly_and_only_in_the_time(self, company):
        with pytest.raises(NotAllowed, match="delegated"):
            company.sign("sales", "deputy")
        company.say(
            "sales", "delegation", from_="sales", to="deputy", valid_from="2026-03-20", valid_to="2026-03-21"
        )
        company.sign("sales", "deputy")
        entry = company.ledger.entries()[-1]
        assert (entry.by, entry.capacity, entry.delegate_of) == ("deputy", "delegate of sales", "sales")
        assert company.who("deputy").delegators == ("sales",)
        company.clock.pass_(days=2)
        with pytest.raises(NotAllowed, match="delegated"):
            company.sign("sales", "deputy")

    def test_nobody_signs_for_another_function(self, company):
        with pytest.raises(NotAllowed, match="Sales only"):
            company.sign("sales", function="Finance")

    def test_who_is_not_required_states_a_position(self, company):
        refused(company, "lead", "sign_off", "person", "position instead", version=VERSION, plan_hash=HASH,
                snapshot=SNAPSHOT, person="lead", function="Planning", stance="consent")  # fmt: skip
        company.say("lead", "position", subject=VERSION, person="lead", function="Planning", stance="consent")

    def test_publishing_waits_for_all_and_names_every_objection(self, company):
        base = {"version": VERSION, "plan_hash": HASH, "snapshot": SNAPSHOT}
        company.sign("chair")
        refused(
            company,
            "chair",
            "publish",
            "version",
            "Sales and Finance have not signed",
            over_objections=[],
            **base,
        )
        company.sign("sales", stance="object", reason="x")
        company.sign("fin", stance="reservation", reason="y")
        refused(company, "chair", "publish", "over_objections", "Sales objects", over_objections=[], **base)
        refused(
            company,
            "chair",
            "publish",
            "over_objections",
            "Sales objects",
            over_objections=["sales", "fin"],
            **base,
        )
        company.publish(over=["sales"])
        refused(company, "chair", "publish", "version", "was published", over_objections=["sales"], **base)
        refused(company, "sales", "sign_off", "version", "is published", person="sales", function="Sales",
                stance="consent", **base)  # fmt: skip

    def test_a_lower_quorum_may_be_set(self, company):
        relaxed = Service(company.ledger, lambda: company.plans, quorum=0.5, clock=company.clock)
        company.sign("chair")
        company.sign("sales")
        fields = {"version": VERSION, "plan_hash": HASH, "snapshot": SNAPSHOT, "over_objections": []}
        relaxed.create(company.who("chair"), "publish", fields)


class TestTogether:
    def test_a_stale_form_says_who_and_which_entry(self, company):
        decision = company.raise_decision()
        seen = company.ledger.last_about(f"decision:{decision}")
        company.raise_decision(id=decision, question="Third shift?", person="fin")
        fields = {"decision": decision, "outcome": "rejected", "rationale": "no"}
        with pytest.raises(StaleForm, match=rf"Fin changed decision {decision} \(entry \d+\)"):
            company.service.create(company.who("chair"), "decided", fields, expected=seen)

    def test_a_double_click_is_one_entry(self, company):
        fields = {"question": "x", "raised_by": "head", "options": GOOD["decision"]["options"]}
        one = company.service.create(company.who("head"), "decision", fields, idem="form-1")
        two = company.service.create(company.who("head"), "decision", fields, idem="form-1")
        assert one == two
        decided = {"decision": "D-001", "outcome": "rejected", "rationale": "no"}
        one = company.service.create(company.who("chair"), "decided", decided, idem="form-2")
        two = company.service.create(company.who("chair"), "decided", decided, idem="form-2")
        assert one == two
        assert len(company.ledger.entries(["decision", "decided"])) == 2
        with pytest.raises(Refused):
            company.service.create(company.who("fin"), "decision", fields, idem="form-1")

    def test_two_deciders_at_once_make_one_decision(self, company):
        """Both pass the checks on the same state; the ledger lets one in and tells the other."""
        decision = company.raise_decision()
        barrier, told, done = threading.Barrier(8), [], []
        chair = company.who("chair")

        def decide(n: int) -> None:
            barrier.wait()
            fields = {"decision": decision, "outcome": "rejected", "rationale": f"no {n}"}
            try:
                done.append(company.service.create(chair, "decided", fields))
            except (StaleForm, Refused) as error:
                told.append(error)

        threads = [threading.Thread(target=decide, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(done), len(told)) == (1, 7)
        assert len(company.ledger.state().decisions[decision].outcomes) == 1

    def test_fifty_raise_at_once_and_each_gets_its_own_number(self, company):
        failed: list[BaseException] = []
        who = company.who("head")

        def work(n: int) -> None:
            fields = {"question": f"q{n}", "raised_by": "head", "options": GOOD["decision"]["options"]}
            try:
                company.service.create(who, "decision", fields, idem=f"raise-{n}")
            except BaseException as error:  # noqa: BLE001 - handed to the main thread
                failed.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed, failed[:2]
        asked = {d.question: d.id for d in company.ledger.state().decisions.values()}
        assert sorted(asked) == sorted(f"q{n}" for n in range(50))
        assert sorted(asked.values()) == [f"D-{n:03d}" for n in range(1, 51)]


def test_ids_go_on_from_the_highest(company):
    company.raise_decision(id="D-041")
    company.raise_decision(id="our own name")
    assert next_id(company.ledger.state(), "decision") == "D-042"
    assert next_id(State(), "impact_run") == "U-001"


def test_a_survey_names_a_function_and_not_a_person(company):
    company.say("lead", "survey_round", **GOOD["survey_round"])
    company.service.survey(company.who("fin"), "2026-Q1", {"1": 2})
    company.service.survey(company.who("fin"), "2026-Q1", {"1": 4}, comment="better now")
    company.service.survey(company.who("sales"), "2026-Q1", {"1": 1})
    responses = company.ledger.state().surveys["2026-Q1"].responses
    assert sorted((r.function, r.answers["1"]) for r in responses) == [("Finance", 4), ("Sales", 1)]
    for entry in company.ledger.entries(["survey_response"]):
        assert (entry.by, entry.auth) == ("anonymous", None)
    body = "".join(company.ledger.export_lines()).split("survey_response", 1)[1]
    assert '"fin"' not in body
    with pytest.raises(Refused, match="no statement 9"):
        company.service.survey(company.who("sales"), "2026-Q1", {"9": 1})


def test_people_are_added_changed_and_listed(company):
    service = company.service
    add_person(service, operator(), "eva", "Eva Lind", "Sales", "function_head", only={"region": ["North"]},
               password="seven green valves turn")  # fmt: skip
    listed = {p["id"]: p for p in list_people(service)}
    assert listed["eva"]["local_account"]
    assert listed["eva"]["only"] == {"region": ("North",)}
    assert company.ledger.accounts.check("eva", "seven green valves turn")
    with pytest.raises(Refused, match="not a role"):
        add_person(service, operator(), "eve", "Eve", "Sales", "boss")
    with pytest.raises(NotAllowed):
        add_person(service, company.who("chair"), "eve", "Eve", "Sales", "chair")
    with pytest.raises(Refused, match="12 to"):
        add_person(service, operator(), "eve", "Eve", "Sales", "viewer", password="short")
    assert "eve" not in company.ledger.state().people
    token = company.ledger.sessions.start("eva", "password")
    set_password(service, company.who("eva"), "eva", "eight blue valves turn")
    assert company.ledger.sessions.read(token, idle_minutes=60, hours=12) is None
    with pytest.raises(NotAllowed):
        set_password(service, company.who("eva"), "chair", "eight blue valves turn")
    token = company.ledger.sessions.start("eva", "password")
    add_person(service, operator(), "eva", "Eva Lind", "Sales", "viewer", active=False)
    assert company.ledger.sessions.read(token, idle_minutes=60, hours=12) is None
