"""The meeting's end in the browser: three sign, one as a delegate, one objects, the chair publishes over it.

And what must not happen: a stale form that overwrites, a draft that is lost, a receipt that does not notice.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from siop.decisions import Service, identify, plans_of
from siop.ledger import Ledger
from siop.metrics import latest_consensus
from siop.warehouse import Snapshot, current_snapshot
from siop.workspace import Workspace
from tests.browser.conftest import ROOT, Cockpit, settled, start
from tests.browser.doing import become, choose, click, picked, press, typed
from tests.browser.test_decide_and_sign import ADDRESS, verified

REASON = "The castings are not there before March"
VERIFIER = ROOT / "siop" / "ledger" / "verifier.py"


@dataclass
class Company:
    """The sample, its people by what they do, and how to reach its ledger."""

    cockpit: Cockpit
    snapshot: Snapshot
    version: str

    def ledger(self) -> Ledger:
        place = Workspace(self.cockpit.workspace)
        return Ledger(place.ledger_url, keys=place.keys)

    def signer(self, function: str) -> Any:
        people = self.ledger().state().people.values()
        return next(p for p in people if p.required_signer and p.function == function)

    def other(self, function: str) -> Any:
        """Somebody of a function who does not sign."""
        people = self.ledger().state().people.values()
        return next(p for p in people if p.permission == "function_head" and p.function == function)

    def sign(self, person: Any) -> None:
        """Somebody signs on another machine."""
        ledger, plans = self.ledger(), plans_of(self.snapshot)
        fields = {"version": self.version, "plan_hash": plans.hashes[self.version], "snapshot": self.snapshot.id,
                  "person": person.id, "function": person.function, "stance": "consent"}  # fmt: skip
        Service(ledger, lambda: plans).create(
            identify(ledger.state(), person.id, "sample"), "sign_off", fields
        )


@pytest.fixture(scope="module")
def company(cockpit: Cockpit) -> Company:
    snapshot = current_snapshot(Workspace(cockpit.workspace).snapshots)
    assert snapshot is not None
    return Company(cockpit, snapshot, str(latest_consensus(snapshot)))


@dataclass
class Published:
    """What was written, and what the pages said of it."""

    before: int
    receipt: dict[str, Any]
    headline: str
    drawer: str
    marks: str


def opened(browser: Browser, company: Company) -> Page:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(company.cockpit.url(ADDRESS))
    return settled(page)


def saved(page: Page, entry: int) -> None:
    expect(page.locator(".siop-receipt").filter(has_text="Saved")).to_contain_text(
        f"entry {entry:,}", timeout=20_000
    )


@pytest.fixture(scope="module")
def published(company: Company, browser: Browser) -> Published:
    """From nobody has signed to published, through the pages."""
    before = verified(company.cockpit)["entries"]
    page = opened(browser, company)
    chair = company.signer("General management")
    absent, stands_in = company.signer("Operations"), company.other("Operations")

    become(page, absent.name)  # who is away says who signs meanwhile
    click(page.get_by_text("Somebody signs for me"))
    picked(page, "Delegate", stands_in.name)
    press(page, "Name the delegate")
    saved(page, before + 1)

    for number, (name, stance) in enumerate(
        [
            (company.signer("Sales").name, "Consent"),
            (company.signer("Marketing").name, "Consent"),
            (stands_in.name, "Consent"),
            (company.signer("Finance").name, "Object"),
        ],
        2,
    ):
        become(page, name)
        choose(page, stance)
        if stance == "Object":
            typed(page, "Reason, needed with this position", REASON)
        press(page, "Sign the plan")
        saved(page, before + number)
    with page.expect_download() as download:
        press(page, "Download the receipt")
    receipt = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))

    become(page, chair.name)
    expect(page.locator(".st-key-publish_plan button")).to_be_disabled()  # one function has not signed
    expect(page.locator(".st-key-drawer")).to_contain_text("Purchasing")
    company.sign(company.signer("Purchasing"))
    choose(page, "Consent")
    press(page, "Sign the plan")
    saved(page, before + 7)
    press(page, f"Publish over the objection of {company.signer('Finance').name}")
    saved(page, before + 8)
    expect(page.locator(".st-key-drawer")).to_contain_text("over the objection", timeout=30_000)
    settled(page)
    found = Published(
        before, receipt, page.locator(".siop-headline").inner_text(), page.locator(".st-key-drawer").inner_text(),
        page.locator(".siop-marks").inner_text(),
    )  # fmt: skip
    page.context.close()
    return found


def test_the_plan_is_published_over_the_objection_which_is_printed_on_it(
    company: Company, published: Published
) -> None:
    objector, chair = company.signer("Finance"), company.signer("General management")
    assert f"Plan {company.version} is published" in published.headline
    assert "Finance objects to the plan" in published.headline
    assert f"by {chair.name} over the objection of {objector.name}" in published.drawer
    assert f"{objector.name}, Finance, objects: {REASON}" in published.drawer
    last = company.ledger().entries(["publish"])[-1]
    assert (last.by, last.payload.as_json()["over_objections"]) == (chair.id, [objector.id])
    assert (verified(company.cockpit)["ok"], verified(company.cockpit)["entries"]) == (
        True,
        published.before + 8,
    )


def test_a_delegate_signs_as_a_delegate_and_it_shows(company: Company, published: Published) -> None:
    stands_in, absent = company.other("Operations"), company.signer("Operations")
    assert f"{stands_in.name}, delegate" in published.marks
    entries = company.ledger().entries(["sign_off"])
    one = next(e for e in reversed(entries) if e.by == stands_in.id)
    assert one.capacity == f"delegate of {absent.id}"
    assert one.payload.as_json()["person"] == absent.id


def test_the_receipt_names_the_row_that_was_tampered_with(
    company: Company, published: Published, tmp_path: Path
) -> None:
    """The product and the stand-alone verifier, each in a process of its own, name the row of the receipt."""
    seq = published.receipt["seq"]
    place = tmp_path / "tampered"
    shutil.copytree(
        company.cockpit.workspace, place, ignore=shutil.ignore_patterns("ledger.sqlite*", "snapshots")
    )
    with (
        closing(sqlite3.connect(company.cockpit.workspace / "ledger.sqlite")) as source,
        closing(sqlite3.connect(place / "ledger.sqlite")) as copy,
    ):
        source.backup(copy)
        copy.execute("DROP TRIGGER entries_no_update")
        changed = copy.execute(
            "UPDATE entries SET body = replace(body, 'castings are not', 'castings will be') WHERE seq = ?",
            (seq,),
        )
        assert changed.rowcount == 1
        copy.commit()
    theirs, ours = told(place, published.receipt, tmp_path / "export")
    assert (theirs["ok"], theirs["first_bad"]["seq"]) == (False, seq)
    assert (ours["ok"], ours["first_bad"]["seq"]) == (False, seq)


def told(place: Path, receipt: dict[str, Any], scratch: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what the stand-alone verifier says of an export, what `ledger verify` says)."""
    scratch.mkdir()
    other = Cockpit(place, 0, subprocess.Popen([sys.executable, "-c", ""]))
    assert other.command("ledger", "export", "--out", str(scratch / "export.jsonl")).returncode == 0
    (scratch / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    key = (place / "keys" / "ledger-ed25519.pub").read_text(encoding="utf-8").strip()
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(scratch / "export.jsonl"), "--key", key,
         "--receipt", str(scratch / "receipt.json")], capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout), json.loads(other.command("ledger", "verify", "--json").stdout)


@pytest.fixture
def second(browser: Browser, company: Company) -> Iterator[Page]:
    page = opened(browser, company)
    yield page
    page.context.close()


def test_a_stale_form_is_refused_with_who_changed_what(
    company: Company, browser: Browser, second: Page, published: Published
) -> None:
    """Two executives have the same form open; the second to press is told who was first, and keeps their text."""
    ledger = company.ledger()
    one, other = company.signer("Sales"), company.signer("Marketing")
    service = Service(ledger, lambda: plans_of(company.snapshot))
    fields = {"question": "Do we take the Narvik order?", "raised_by": one.id,
              "options": [{"label": "Take it", "description": "", "cost": 10}, {"label": "Decline", "description": "", "cost": 0}]}  # fmt: skip
    seq = service.create(identify(ledger.state(), one.id, "sample"), "decision", fields, cycle="2026-11").seq
    first = opened(browser, company)
    for page, person in ((first, one), (second, other)):
        become(page, person.name)
        click(page.get_by_role("button", name="Do we take the Narvik order?").first)
        choose(page, "Reject" if page is second else "Approve")
        if page is first:
            choose(page, "Take it")
        typed(page, "Rationale", f"As {person.function} sees it")
    predicted(first)
    picked(first, "Owner", one.name)
    click(first.get_by_role("button", name="Record decision"))
    saved(first, seq + 1)
    first.context.close()
    click(second.get_by_role("button", name="Record decision"))
    alert = second.locator(".siop-refused")
    expect(alert).to_contain_text("Not saved")
    expect(alert).to_contain_text("settled")
    expect(second.get_by_label("Rationale")).to_have_value(f"As {other.function} sees it")
    assert company.ledger().head().seq == seq + 1
    outcome = (
        company.ledger().state().decisions[ledger.entries(until=seq)[-1].payload.as_json()["id"]].decided
    )
    assert outcome is not None
    assert outcome.prediction is not None
    assert (outcome.prediction.p10, outcome.prediction.p50, outcome.prediction.p90) == (1000, 2000, 3000)


def predicted(page: Page) -> None:
    """Register what is expected before it can be known."""
    click(page.get_by_text("Predict the effect"))
    for name, value in (("P10", "1000"), ("P50", "2000"), ("P90", "3000")):
        typed(page, name, value)
    for name in ("From", "To"):
        picked(page, name, "Dec 2026")


def test_a_draft_survives_the_end_of_the_server(
    company: Company, browser: Browser, published: Published
) -> None:
    page = opened(browser, company)
    choose(page, "New decision")
    typed(page, "Question", "Do we stop the second line?")
    typed(page, "What A means", "From Monday")
    company.cockpit.kill()
    again = start(company.cockpit.workspace, company.cockpit.port)
    company.cockpit.process = again.process
    page.goto(company.cockpit.url(ADDRESS))
    settled(page)
    choose(page, "New decision")
    expect(page.get_by_label("Question", exact=True)).to_have_value("Do we stop the second line?")
    expect(page.get_by_label("What A means")).to_have_value("From Monday")
    press(page, "Discard the draft")
    expect(page.get_by_role("button", name="Discard the draft")).to_have_count(0, timeout=30_000)
    expect(page.get_by_label("Question", exact=True)).to_have_value("")
    page.context.close()
