"""Raise, decide and sign in the browser; the ledger keeps it through kill -9, and a changed byte is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from siop.core import NotAllowed
from siop.decisions import Service, identify, plans_of
from siop.ledger import Ledger
from siop.metrics import latest_consensus
from siop.warehouse import Snapshot, current_snapshot
from siop.workspace import Workspace
from tests.browser.conftest import Cockpit, settled, start
from tests.browser.doing import become, choose, click, picked, press, typed

QUESTION = "Do we run a second shift on the <b>test bench</b>?"
ADDRESS = "/decide-and-sign"
WRITES = 3


@dataclass
class Said:
    """What was written in the browser, and what the ledger held before."""

    before: int
    decision: str
    receipt: dict[str, Any]


@pytest.fixture(scope="module")
def said(cockpit: Cockpit, browser: Browser) -> Said:
    """A decision raised by the lead, decided and the plan signed by the chair, all through the pages."""
    before = verified(cockpit)["entries"]
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(45_000)
    page.goto(cockpit.url("/plan-vs-actual"))
    settled(page)
    click(page.get_by_role("link", name="Decisions"))
    settled(page)
    choose(page, "New decision")
    typed(page, "Question", QUESTION)
    typed(page, "Option A", "Run it")
    typed(page, "What A means", "Two teams from January")
    press(page, "Raise decision")
    expect(page.get_by_role("alert")).to_contain_text("at least two options")  # refused, and the text is kept
    expect(page.get_by_label("Question", exact=True)).to_have_value(QUESTION)
    typed(page, "Option B", "Wait")
    typed(page, "What B means", "Look again in March")
    settled(page)
    page.get_by_role("button", name="Raise decision").dblclick()  # a double click is one entry
    expect(page.locator(".siop-receipt").filter(has_text="Saved")).to_contain_text(f"entry {before + 1:,}")
    ident = raised(cockpit)["id"]

    chair = next(p for p in state_of(cockpit).people.values() if p.permission == "chair" and p.active)
    become(page, chair.name)
    click(page.get_by_role("button", name=QUESTION))
    choose(page, "Approve")
    choose(page, "Run it")
    typed(page, "Rationale", "The backlog pays for it")
    picked(page, "Owner", chair.name)
    press(page, "Record decision")
    expect(page.locator(".siop-receipt").filter(has_text="Saved")).to_contain_text(f"entry {before + 2:,}")

    choose(page, "The plan")
    expect(page.get_by_role("button", name="Record my position")).to_have_count(0)
    choose(page, "Object")
    press(page, "Sign the plan")
    expect(page.get_by_role("alert")).to_contain_text("reason")  # dissent is written down
    typed(page, "Reason, needed with this position", "The stock target is missing")
    press(page, "Sign the plan")
    expect(page.locator(".siop-receipt").filter(has_text="Saved")).to_contain_text(f"entry {before + 3:,}")
    expect(page.locator(".siop-headline")).to_contain_text(f"{chair.function} objects to the plan")
    expect(page.locator(".siop-marks .object")).to_contain_text("The stock target is missing")
    with page.expect_download() as download:
        press(page, "Download the receipt")
    receipt = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    context.close()
    return Said(before, ident, receipt)


def test_every_write_is_one_entry_of_an_intact_chain(cockpit: Cockpit, said: Said) -> None:
    now = verified(cockpit)
    assert (now["ok"], now["entries"]) == (True, said.before + WRITES)
    decision = state_of(cockpit).decisions[said.decision]
    assert decision.question == QUESTION
    assert decision.decided.option == "Run it"
    assert decision.evidence_url.startswith(ADDRESS)
    assert decision.evidence_snapshot == snapshot_of(cockpit).id


def test_the_signature_names_snapshot_plan_and_content_hash(cockpit: Cockpit, said: Said) -> None:
    snapshot = snapshot_of(cockpit)
    cycle = snapshot.versions["cycle"].dropna().max()
    version = latest_consensus(snapshot, str(cycle))
    entry = ledger_of(cockpit).entries(["sign_off"])[-1]
    assert (entry.seq, entry.hash) == (said.receipt["seq"], said.receipt["hash"])
    signed = entry.payload.model_dump()
    assert (signed["version"], signed["snapshot"]) == (version, snapshot.id)
    assert signed["plan_hash"] == plans_of(snapshot).hashes[str(version)]
    assert entry.snapshot == snapshot.id


def test_kill_9_loses_nothing(cockpit: Cockpit, said: Said, page: Page) -> None:
    cockpit.kill()
    again = start(cockpit.workspace)
    cockpit.port, cockpit.process = again.port, again.process
    now = verified(cockpit)
    assert (now["ok"], now["entries"]) == (True, said.before + WRITES)
    page.goto(cockpit.url(ADDRESS))
    settled(page)
    expect(page.locator("table.siop").first).to_contain_text(QUESTION)  # as text, not as markup
    expect(page.locator(".siop-receipt")).to_contain_text(f"entry {said.receipt['seq']:,}")


def test_a_viewer_is_offered_nothing_and_refused_everything(cockpit: Cockpit, said: Said, page: Page) -> None:
    state, snapshot = state_of(cockpit), snapshot_of(cockpit)
    viewer = next(p for p in state.people.values() if p.permission == "viewer" and p.active)
    page.goto(cockpit.url(ADDRESS))
    settled(page)
    expect(page.get_by_role("radio", name="New decision")).to_have_count(1)
    become(page, viewer.name)
    for name in (
        "Sign the plan",
        "Publish the plan",
        "Raise decision",
        "Record decision",
        "Record my position",
    ):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("radio", name="New decision")).to_have_count(0)
    ledger = ledger_of(cockpit)
    service = Service(ledger, lambda: plans_of(snapshot))
    signed = ledger.entries(["sign_off"])[-1].payload.model_dump(mode="json", exclude_none=True)
    mine = {**signed, "person": viewer.id, "function": viewer.function}
    for kind, fields in (
        ("sign_off", mine),
        ("decided", {"decision": said.decision, "outcome": "rejected", "rationale": "no"}),
    ):
        with pytest.raises(NotAllowed):
            service.create(identify(state, viewer.id, "sample"), kind, fields)
    assert verified(cockpit)["entries"] == said.before + WRITES


def test_a_changed_byte_of_the_row_on_the_receipt_is_named(
    cockpit: Cockpit, said: Said, tmp_path: Path
) -> None:
    place = tmp_path / "tampered"
    shutil.copytree(cockpit.workspace, place, ignore=shutil.ignore_patterns("ledger.sqlite*", "snapshots"))
    with (
        closing(sqlite3.connect(cockpit.workspace / "ledger.sqlite")) as source,
        closing(sqlite3.connect(place / "ledger.sqlite")) as copy,
    ):
        source.backup(copy)
    tampered = Cockpit(place, 0, cockpit.process)
    assert verified(tampered)["ok"] is True
    with closing(sqlite3.connect(place / "ledger.sqlite")) as store, store:
        store.execute("DROP TRIGGER entries_no_update")
        seq = said.receipt["seq"]
        (body,) = store.execute("SELECT body FROM entries WHERE seq = ?", (seq,)).fetchone()
        changed = body.replace("The stock target is missing", "The stock target is missinG")
        assert changed != body
        store.execute("UPDATE entries SET body = ? WHERE seq = ?", (changed, seq))
    found = tampered.command("ledger", "verify", "--json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["first_bad"]["seq"] == said.receipt["seq"]


# -- words of the tests ------------------------------------------------------------------------------------


def verified(cockpit: Cockpit) -> dict[str, Any]:
    """What `ledger verify` says in another process."""
    answer: dict[str, Any] = json.loads(cockpit.command("ledger", "verify", "--json").stdout)
    return answer


def ledger_of(cockpit: Cockpit) -> Ledger:
    place = Workspace(cockpit.workspace)
    return Ledger(place.ledger_url, keys=place.keys)


def state_of(cockpit: Cockpit) -> Any:
    return ledger_of(cockpit).state()


def snapshot_of(cockpit: Cockpit) -> Snapshot:
    found = current_snapshot(Workspace(cockpit.workspace).snapshots)
    assert found is not None
    return found


def raised(cockpit: Cockpit) -> dict[str, Any]:
    """The decision raised last, as the command line tells it."""
    rows: list[dict[str, Any]] = cockpit.report("decisions")["rows"]
    return max(rows, key=lambda row: row["entry"])
