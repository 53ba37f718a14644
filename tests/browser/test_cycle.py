"""Run a cycle from close to publish in the browser: the line moves, gates block on content, and an improvement moves the board."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from siop.decisions import Service, identify, plans_of
from siop.ledger import Ledger
from siop.ledger.state import State
from siop.metrics import latest_consensus
from siop.warehouse import current_snapshot
from siop.workspace import Workspace
from tests.browser.again import without_cycle
from tests.browser.conftest import Cockpit, settled, start
from tests.browser.doing import click, fill, picked, press

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
CYCLE = "2026-11"
ADDRESS = "/process-health?part=Cycle"


@pytest.fixture(scope="module")
def fresh(halden: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    """The sample company before its running cycle was begun."""
    served = start(without_cycle(halden, tmp_path_factory.mktemp("cycle") / "halden", CYCLE))
    yield served
    served.kill()


def state_of(cockpit: Cockpit) -> State:
    place = Workspace(cockpit.workspace)
    with closing(Ledger(place.ledger_url, keys=place.keys)) as ledger:
        return ledger.state()


def said(cockpit: Cockpit, role: str, kind: str, fields: dict[str, Any]) -> None:
    """What other pages would write (their own tests press their buttons): a decision, signatures, the publishing."""
    place = Workspace(cockpit.workspace)
    snapshot = current_snapshot(place.snapshots)
    with closing(Ledger(place.ledger_url, keys=place.keys)) as ledger:
        service = Service(ledger, lambda: plans_of(snapshot))
        state = ledger.state()
        person = fields.get("person") or next(p.id for p in state.people.values() if p.permission == role)
        service.create(identify(state, person, "sample"), kind, fields, cycle=CYCLE)


def ended(page: Page, label: str) -> None:
    """Press the one button of the line, and see the stage done."""
    press(page, f"End {label}")
    expect(page.get_by_role("button", name=f"End {label}", exact=True)).to_have_count(0)
    settled(page)


def done(page: Page) -> int:
    return page.locator(".siop-steps .done").count()


def cycle_page(page: Page, cockpit: Cockpit) -> None:
    page.goto(cockpit.url(ADDRESS))
    settled(page)


def test_a_cycle_from_close_to_publish(page: Page, fresh: Cockpit) -> None:
    cycle_page(page, fresh)
    press(page, "Begin the cycle November 2026")
    expect(page.get_by_role("button", name="End close")).to_have_count(1)
    assert done(page) == 0
    for n, label in enumerate(("close", "product review", "demand review"), 1):
        ended(page, label)
        assert done(page) == n
    press(page, "End supply review")  # hours are short, and no decision names it
    refusal = page.get_by_role("alert").filter(has_text="Not done")
    expect(refusal).to_contain_text("Load within capacity")
    assert done(page) == 3
    resource = re.search(r"\b(R\d+)\b", refusal.inner_text())
    assert resource is not None
    options = [
        {"label": "A", "description": "Build ahead", "cost": 5},
        {"label": "B", "description": "Wait", "cost": 1},
    ]
    lead = next(p.id for p in state_of(fresh).people.values() if p.permission == "siop_lead")
    said(fresh, "siop_lead", "decision", {"question": f"{resource[1]} is short of hours: build ahead?", "options": options, "raised_by": lead})  # fmt: skip
    cycle_page(page, fresh)
    ended(page, "supply review")
    ended(page, "reconciliation")
    press(page, "The pre-read is out")
    expect(page.get_by_role("button", name="The pre-read is out")).to_have_count(0)
    ended(page, "pre-read")
    press(page, "End executive meeting")
    expect(page.get_by_role("alert").filter(has_text="Not done")).to_contain_text("Quorum")

    page.goto(fresh.url("/"))
    settled(page)
    press(page, "Start the meeting")
    expect(page.get_by_role("button", name="End the meeting")).to_have_count(1)
    settled(page)
    press(page, "Record attendance")
    box = page.locator("[data-testid=stPopoverBody]")
    rows = box.get_by_role("radiogroup")
    expect(rows.first).to_be_visible()
    for n in range(rows.count()):
        click(rows.nth(n).get_by_role("radio", name="In person"))
    click(box.get_by_role("button", name="Record", exact=True))
    expect(page.get_by_text("Quorum reached")).to_be_visible()

    snapshot = current_snapshot(Workspace(fresh.workspace).snapshots)
    assert snapshot is not None
    version = latest_consensus(snapshot, CYCLE)
    bound = {
        "version": version,
        "plan_hash": plans_of(snapshot).hashes[str(version)],
        "snapshot": snapshot.id,
    }
    for one in [p for p in state_of(fresh).people.values() if p.required_signer]:
        said(
            fresh, "", "sign_off", {**bound, "person": one.id, "function": one.function, "stance": "consent"}
        )
    cycle_page(page, fresh)
    ended(page, "executive meeting")
    press(page, "End publish")
    expect(page.get_by_role("alert").filter(has_text="Not done")).to_contain_text("not published")
    said(fresh, "chair", "publish", {**bound, "over_objections": []})
    cycle_page(page, fresh)
    ended(page, "publish")
    assert done(page) == 8
    fill(page.get_by_label("Keep or change, one thing a remark"), "Capacity file came two weeks late")
    press(page, "Say it")
    expect(page.locator(".siop-note").filter(has_text="Capacity file came")).to_have_count(1)
    settled(page)
    ended(page, "critique")
    assert done(page) == 9
    gates = [g for g in state_of(fresh).gates if g.in_cycle == CYCLE]
    assert all(g.passed for g in gates if g.gate != "preread_frozen" and g.gate != "decisions_ready")
    assert {s.stage for s in state_of(fresh).stages if s.in_cycle == CYCLE and s.actual_end} >= {
        "close",
        "publish",
    }


def test_an_improvement_is_opened_and_the_board_moves(page: Page, fresh: Cockpit) -> None:
    before = {r["index"]: r for r in fresh.report("health", "--cycle", CYCLE)["rows"]}["S3"]
    page.goto(fresh.url("/process-health?part=Improvement"))
    settled(page)
    press(page, "Open it")
    refusal = page.get_by_role("alert").filter(has_text="Not done")
    for field in ("Root cause", "Target kpi", "Owner", "Executive owner"):
        expect(refusal).to_contain_text(field)
    fill(page.get_by_label("Root cause"), "Launch dates live in three files")
    picked(page, "Target KPI", "Forecast error")
    picked(page, "Owner", "Ruth Calder")
    picked(page, "Executive owner", "Claire Fontaine")
    press(page, "Open it")
    expect(page.locator("table[aria-label=Improvements]")).to_contain_text("Launch dates live in three files")
    (made,) = [i for i in state_of(fresh).improvements.values() if i.root_cause.startswith("Launch dates")]
    assert (made.kpi, made.exec_owner) == ("wmape", "claire.fontaine")
    after = {r["index"]: r for r in fresh.report("health", "--cycle", CYCLE)["rows"]}["S3"]
    assert after["value"] != before["value"]
    page.goto(fresh.url("/process-health"))
    settled(page)
    shown = page.locator("[data-value=S3]").first
    expect(shown).to_have_text(f"{round(_now(fresh))}")


def _now(cockpit: Cockpit) -> float:
    found = {r["index"]: r for r in cockpit.report("health")["rows"]}["S3"]
    return float(found["value"])


def test_the_trend_comes_without_being_waited_for(page: Page, fresh: Cockpit) -> None:
    page.goto(fresh.url("/process-health"))
    settled(page)
    expect(page.locator("table[aria-label='Five symptoms'] .siop-spark")).to_have_count(5, timeout=90_000)
    size = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    assert size <= 1080  # the board is on one screen
    lines = page.locator(".siop-headline").evaluate("h => h.getBoundingClientRect().height / 44")
    assert lines < 2.2
