"""Running a cycle through the service: stages in order, gates that block on content, templates of the company's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from siop import meeting
from siop.core import NotAllowed, Refused
from siop.decisions import Identity, Service, identify, plans_of
from siop.health import run, template_edit
from siop.health.cycle import company_templates, stage_key, stage_of_gate, template_for
from siop.ledger import Ledger
from siop.ledger.state import State
from siop.warehouse import Snapshot, current_snapshot
from siop.workspace import Workspace
from tests.browser.again import without_cycle

CYCLE = "2026-11"


class Office:
    """The sample company with the running cycle taken out of its history: it is to be run here."""

    def __init__(self, place: Workspace) -> None:
        found = current_snapshot(place.snapshots)
        assert found is not None
        self.snapshot: Snapshot = found
        self.ledger = Ledger(place.ledger_url, keys=place.keys)
        self.service = Service(self.ledger, lambda: plans_of(self.snapshot))

    @property
    def state(self) -> State:
        return self.ledger.state()

    def who(self, role: str) -> Identity:
        person = next(p for p in self.state.people.values() if p.permission == role and p.active)
        return identify(self.state, person.id, "sample")

    def end(self, stage: str) -> run.Ended:
        return run.end_stage(self.service, self.who("siop_lead"), self.snapshot, CYCLE, stage)


@pytest.fixture(scope="module")
def place(halden: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_cycle(halden, tmp_path_factory.mktemp("run") / "halden", CYCLE)


@pytest.fixture
def office(place: Path, tmp_path: Path) -> Iterator[Office]:
    own = tmp_path / "own"
    shutil.copytree(place, own)
    made = Office(Workspace(own))
    with closing(made.ledger):
        yield made


def refused(office: Office, stage: str) -> Refused:
    with pytest.raises(Refused) as error:
        office.end(stage)
    assert error.value.findings[0].fix
    return error.value


def test_a_cycle_from_close_to_publish(office: Office) -> None:
    lead, chair = office.who("siop_lead"), office.who("chair")
    assert run.next_cycle(office.state, office.snapshot.as_of) == CYCLE
    with pytest.raises(NotAllowed):
        run.begin(office.service, chair, office.snapshot, CYCLE)
    assert run.begin(office.service, lead, office.snapshot, CYCLE) == 9
    with pytest.raises(Refused, match="is begun"):
        run.begin(office.service, lead, office.snapshot, CYCLE)
    assert "end Close first" in str(refused(office, "demand"))
    assert "no such stage" in str(refused(office, "party"))
    for stage in ("close", "product", "demand"):
        assert not office.end(stage).warnings
    assert "is done" in str(refused(office, "close"))

    stays = refused(
        office, "supply"
    )  # a resource is short of hours, and no decision of these cycles names it
    assert stays.findings[0].column == "load_within_capacity"
    (found,) = [g for g in office.state.gates if g.in_cycle == CYCLE and g.gate == "load_within_capacity"]
    assert (found.passed, found.stamped_by) == (
        False,
        None,
    )  # what the check found is kept, and nobody stamped it
    resource = stays.findings[0].message.split()[0]
    options = [
        {"label": "Build ahead", "description": "in spring", "cost": 1000},
        {"label": "Wait", "description": "late", "cost": 0},
    ]
    office.service.create(
        lead, "decision",
        {"question": f"{resource} is short of hours: build ahead?", "options": options, "raised_by": lead.person},
        cycle=CYCLE,
    )  # fmt: skip
    assert office.end("supply").receipt.seq

    office.end("reconciliation")
    planned = meeting.meeting_of(office.state, CYCLE)
    assert planned is not None
    assert [g.gate for g in office.end("preread").warnings] == [
        "preread_frozen"
    ]  # a warning does not hold it up
    assert {f.column for f in refused(office, "executive").findings} == {"quorum", "positions_recorded"}
    meeting.run.start(office.service, lead, planned)
    people = meeting.run.leaders(office.state, planned)
    required = [p.id for p in office.state.people.values() if p.required_signer]
    assert set(required) <= set(people)
    held = meeting.meeting_of(office.state, CYCLE)
    assert held is not None
    told = dict.fromkeys(people, "principal")
    told[required[-1]] = "delegate"
    assert meeting.run.record(office.service, lead, office.state, held, told) == len(people)
    assert (
        meeting.run.record(office.service, lead, office.state, held, told) == 0
    )  # nothing changed, nothing entered
    assert meeting.run.without_delegation(office.state, held) == [office.state.name(required[-1])]
    assert "quorum" in {
        f.column for f in refused(office, "executive").findings
    }  # a delegate without a delegation
    today = date.today()
    absent = identify(office.state, required[-1], "sample")
    run.delegate(office.service, absent, required[0], today, today)
    assert not meeting.run.without_delegation(office.state, held)
    version = str(
        office.snapshot.versions.query("kind == 'consensus' and cycle == @CYCLE")["version"].iloc[-1]
    )
    plan_hash = plans_of(office.snapshot).hashes[version]
    bound = {"version": version, "plan_hash": plan_hash, "snapshot": office.snapshot.id}
    for person in required:
        who = identify(office.state, person, "sample")
        office.service.create(
            who, "sign_off",
            {**bound, "person": person, "function": who.function, "stance": "object" if person == required[1] else "consent",
             "reason": "too bold"}, cycle=CYCLE,
        )  # fmt: skip
    office.end("executive")  # dissent counts as signing
    again = meeting.meeting_of(office.state, CYCLE)
    assert again is not None
    meeting.run.end(office.service, lead, again, past=20, future=40)
    assert "hash_verified" in {f.column for f in refused(office, "publish").findings}
    office.service.create(chair, "publish", {**bound, "over_objections": [required[1]]}, cycle=CYCLE)
    office.end("publish")
    office.end("critique")
    assert office.ledger.verify()["ok"]
    assert run.next_cycle(office.state, office.snapshot.as_of) == "2026-12"


def test_meetings_are_said_in_order(office: Office) -> None:
    lead = office.who("siop_lead")
    run.begin(office.service, lead, office.snapshot, CYCLE)
    planned = meeting.meeting_of(office.state, CYCLE)
    assert planned is not None
    assert meeting.run.state_of(None) == "none"
    assert meeting.run.state_of(planned) == "planned"
    with pytest.raises(Refused, match="not started"):
        meeting.run.end(office.service, lead, planned)
    meeting.run.move(office.service, lead, planned, planned.planned + timedelta(days=1))
    moved = meeting.meeting_of(office.state, CYCLE)
    assert moved is not None
    assert moved.planned == planned.planned + timedelta(days=1)
    meeting.run.send_preread(office.service, lead, moved)
    sent = meeting.meeting_of(office.state, CYCLE)
    assert meeting.run.state_of(sent) == "sent"
    assert sent is not None
    meeting.run.start(office.service, lead, sent)
    started = meeting.meeting_of(office.state, CYCLE)
    assert started is not None
    for act in (meeting.run.start, meeting.run.send_preread):
        with pytest.raises(Refused):
            act(office.service, lead, started)
    with pytest.raises(NotAllowed):
        meeting.run.end(office.service, office.who("executive"), started)
    with pytest.raises(Refused):  # minutes are an amount
        meeting.run.end(office.service, lead, started, past=-1)


def test_a_delegation_has_days_and_another_person(office: Office) -> None:
    chair = office.who("chair")
    day = date(2026, 11, 24)
    for to, last, words in (
        (chair.person, day, "[Nn]obody else"), ("nobody", day, "[Nn]obody else"),
        ("marco.bellini", date(2026, 11, 1), "before it begins"), ("marco.bellini", date(2029, 1, 1), "longer"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=words):
            run.delegate(office.service, chair, to, day, last)


def test_a_template_of_the_companys_own_holds_from_its_cycle_on(office: Office) -> None:
    lead = office.who("siop_lead")
    before = template_for(CYCLE, company_templates(office.snapshot))
    stages: list[dict[str, Any]] = template_edit.stage_rows(before)
    gates = template_edit.gate_rows_of(before)
    stages[0] |= {"label": 'Close "the" books', "working_day": 4}
    gates[0] |= {"stage": "product", "blocks": False}
    with pytest.raises(NotAllowed):
        template_edit.save_template(
            office.service, office.who("executive"), office.snapshot, "2026-12", stages, gates
        )
    template_edit.save_template(office.service, lead, office.snapshot, "2026-12", stages, gates)
    known = company_templates(office.snapshot)
    assert template_for(CYCLE, known) == before
    after = template_for("2026-12", known)
    assert (after.stages[0].label, after.stages[0].working_day) == ('Close "the" books', 4)
    assert after.stages[0].tasks == before.stages[0].tasks
    assert stage_of_gate("data_closed", known) == "product"
    for rows, words in (
        ([{**stages[0], "working_day": 40}], "working_day"), ([{**stages[0], "working_day": None}], "working_day"),
        ([{**stages[0], "stage": " ", "label": ""}], "working_day"), (stages[2:], "no stage"), ([], "no stage"),
    ):  # fmt: skip
        with pytest.raises(Refused) as error:
            template_edit.save_template(office.service, lead, office.snapshot, "2027-01", rows, gates)
        assert words in str(error.value)
    with pytest.raises(Refused, match="YYYY-MM"):
        template_edit.save_template(office.service, lead, office.snapshot, "May", stages, gates)
    assert company_templates(office.snapshot) == known  # a refused one leaves the file as it was
    assert not list(office.snapshot.path.parent.parent.glob(".cycle-*"))


def test_every_gate_that_blocks_is_one_the_cockpit_checks() -> None:
    from siop.health.gates import CHECKS, RECORDED, GateCheck

    template = template_for(CYCLE)
    assert {g.gate for g in template.gates if g.blocks} <= set(CHECKS)
    assert set(RECORDED) <= {g.gate for g in template.gates if g.blocks}
    assert all(t.gate is None or t.gate in CHECKS for s in template.stages for t in s.tasks)
    assert all(s.tasks for s in template.stages)
    unknown = GateCheck("quorum", "executive", "", None, "", None, blocks=True)
    assert unknown.holds_up
    assert not GateCheck(
        "coherence", "reconciliation", "", None, "", None, blocks=True
    ).holds_up  # no data, no block
    assert not GateCheck("quorum", "executive", "", None, "", None, blocks=False).holds_up
    assert stage_key("Pre-read") == "preread"
