"""Who is offered and allowed what, page by page: by role, by region, after a role is gone, and whatever people write."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from siop.decisions import RIGHTS, add_person, may, operator
from siop.decisions.service import Service
from siop.ledger import Ledger
from siop.ledger.entries import ROLES as ENTRY_ROLES
from siop.workspace import Workspace
from tests.browser.conftest import Cockpit, settled, start
from tests.browser.doing import become, choose, click
from tests.browser.reading import read_number
from tests.browser.test_decide_and_sign import ADDRESS
from tests.browser.test_pages import cells
from tests.ledger.examples import GOOD, line

REGION_HEAD = "Nora North"
MARK = "<img src=x onerror=alert(1)>"
PAYLOADS = [
    f"{MARK}", "<script>alert(1)</script>", "![x](http://evil.test/x.png)", "[y](javascript:alert(1))",
    "</style><svg onload=alert(1)>", '" onmouseover="alert(1)', ":red[z] $x^2$ **b** `c`", "=HYPERLINK(1)",
]  # fmt: skip
THEIRS = (
    "img[src='x'], img[src*=evil], [onerror], [onmouseover], svg[onload], a[href*=evil], a[href^=javascript]"
)
# what a page offers that writes, and the action it needs
OFFERS = {
    ".st-key-raise_decision": "decision", ".st-key-record_decision": "decided", ".st-key-record_position": "position",
    ".st-key-sign_plan": "sign_off", ".st-key-publish_plan": "publish", ".st-key-name_delegate": "delegation",
}  # fmt: skip
TEXTS = {"Register it": "risk", "Check in the score": "risk_score", "Open a case": "case_opened",
         "Raise decision": "decision", "Publish": "load", "Answer": "survey_response"}  # fmt: skip


ROLES = ENTRY_ROLES if os.environ.get("SIOP_EVERY_ROLE") else ("viewer", "chair")
"""SIOP_EVERY_ROLE=1 opens every page as each of the six."""


@dataclass
class House:
    """A server on the sample with people for every role, one of them limited to a region, and hostile texts."""

    cockpit: Cockpit
    people: dict[str, Any]
    region: str
    ledger: Ledger = field(repr=False)


def hostile() -> list[dict[str, Any]]:
    """Every entry type of the contract with a payload in every free text."""
    lines = []
    for number, payload in enumerate(PAYLOADS):
        lines.append(line("person", id=f"x{number}", name=f"Eve {payload}", function="Sales", role="executive",
                          required_signer=False, at="2026-01-02T00:00:00Z"))  # fmt: skip
        own = {"ann": f"x{number}", "bob": f"x{number}"}
        for kind, good in GOOD.items():
            if kind in (
                "person",
                "delegation",
                "stage",
                "gate",
                "survey_round",
                "survey_response",
                "sign_off",
                "publish",
            ):
                continue
            fields = json.loads(json.dumps(good))
            for key, value in list(fields.items()):
                if (
                    key in ("id", "decision", "request", "impact_run", "subject", "meeting")
                    and kind != "survey"
                ):
                    fields[key] = f"{value}x{number}"
                elif key in ("question", "context", "rationale", "text", "title", "cause", "countermeasure", "reason",
                             "evidence", "statement", "root_cause", "note", "source", "kpi", "conditions"):  # fmt: skip
                    fields[key] = f"{value} {payload}"
                elif isinstance(value, str) and value in own:
                    fields[key] = own[value]
            if kind == "decision":
                fields["options"][0] |= {"label": f"A {payload}", "description": payload}
            if kind == "decided":
                fields |= {"outcome": "deferred", "option": None, "authorises": None, "prediction": None}
            if kind == "position":
                fields["function"] = "Sales"
            if kind == "comment":
                fields["coordinates"]["cycle"] = "2026-11"
            made = {k: v for k, v in fields.items() if v is not None}
            lines.append(
                {
                    "type": kind,
                    "at": "2026-11-20T09:00:00Z",
                    "by": f"x{number}",
                    "cycle": "2026-11",
                    "payload": made,
                }
            )
    order = list(GOOD)
    return sorted(lines, key=lambda one: order.index(one["type"]))


@pytest.fixture(scope="module")
def house(halden: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    place = tmp_path_factory.mktemp("access") / "halden"
    shutil.copytree(halden, place)
    workspace = Workspace(place)
    ledger = Ledger(workspace.ledger_url, keys=workspace.keys)
    history = place / "hostile.jsonl"
    history.write_text("\n".join(map(json.dumps, hostile())), encoding="utf-8")
    ledger.import_file(history)
    service = Service(ledger)
    add_person(service, operator(), "ada", "Ada Admin", "IT", "administrator")
    cockpit = start(place)
    region = str(cockpit.report("plan-vs-actual", "--by", "region")["rows"][0]["region"])
    add_person(service, operator(), "nora", REGION_HEAD, "Sales", "executive", only={"region": [region]})
    found = ledger.state().people.values()
    people = {p.permission: p for p in found if p.active and not p.only and not p.id.startswith("x")}
    yield House(cockpit, people, region, ledger)
    ledger.close()
    cockpit.kill()


@pytest.fixture(scope="module")
def addresses() -> list[str]:
    """Every page of the navigation."""
    text = (Path(__file__).parents[2] / "app.py").read_text(encoding="utf-8")
    return ["/", *(f"/{a}" for a in re.findall(r'^    \("\w+", "[^"]+", "([\w-]+)"\),', text, re.MULTILINE))]


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    made = context.new_page()
    made.set_default_timeout(60_000)
    yield made
    context.close()


@pytest.mark.parametrize("role", ROLES)
def test_a_page_offers_what_the_role_may_do_and_nothing_else(
    house: House, page: Page, addresses: list[str], role: str
) -> None:
    """Every page by its address, as the role; what is offered is in the role's rights, and the rights are offered."""
    page.goto(house.cockpit.url(ADDRESS))
    settled(page)
    become(page, house.people[role].name)
    offered = set()
    names = page.locator(
        '[data-testid="stTopNavLink"], [data-testid="stTopNavLinkContainer"] a, header a'
    ).all_inner_texts()
    for name in dict.fromkeys(n.strip() for n in names if n.strip()):
        link = page.get_by_role("link", name=name, exact=True)
        if not link.count():
            continue
        click(link.first)
        settled(page)
        for selector, action in OFFERS.items():
            offered |= {action} if page.locator(selector).count() else set()
        for text, action in TEXTS.items():
            offered |= {action} if page.get_by_role("button", name=text, exact=True).count() else set()
    if may(role, "decision"):
        page.goto(house.cockpit.url(ADDRESS))
        settled(page)
        become(page, house.people[role].name)
        choose(page, "New decision")
        offered |= {"decision"} if page.locator(".st-key-raise_decision").count() else set()
        assert "decision" in offered
    assert offered <= {action for action in RIGHTS if may(role, action)}
    if role == "chair":
        assert {"sign_off", "publish"} <= offered


def test_a_button_that_is_still_on_the_screen_writes_nothing_after_the_role_is_gone(
    house: House, page: Page
) -> None:
    """A forged call: the page was drawn for the chair, who was made a viewer before the click."""
    chair = house.people["chair"]
    page.goto(house.cockpit.url(ADDRESS))
    settled(page)
    become(page, chair.name)
    choose(page, "Consent")
    service = Service(house.ledger)
    told = {"person": chair.id, "name": chair.name, "function": chair.function}
    add_person(service, operator(), *told.values(), "viewer", required_signer=True)
    before = house.ledger.head().seq
    try:
        click(page.get_by_role("button", name="Sign the plan"))
        settled(page)
        assert house.ledger.head().seq == before
        expect(page.get_by_role("button", name="Sign the plan")).to_have_count(0)
    finally:
        add_person(service, operator(), *told.values(), "chair", required_signer=True)


def test_a_region_head_sees_that_region_alone(house: House, page: Page) -> None:
    """The gap on the page is the region's in the report; no other region is named anywhere, not even by address."""
    report = house.cockpit.report("plan-vs-actual", "--by", "region")
    others = [str(r["region"]) for r in report["rows"] if r["region"] != house.region]
    page.goto(house.cockpit.url(f"/plan-vs-actual?region={others[0]}"))  # nobody's address widens it
    settled(page)
    become(page, REGION_HEAD)
    click(page.get_by_role("link", name="Plan vs actual", exact=True).first)
    settled(page)
    mine = house.cockpit.report(
        "plan-vs-actual", "--by", "family", "--where", f"region={house.region}", "--from", "2026-01"
    )
    shown = cells(page, "Plan and actual by family")
    by_name = {row[0]: row for row in shown[1:]}
    assert len(by_name) == len(mine["rows"]) + 1
    for row in [*mine["rows"], {**mine["totals"], "family": "Total"}]:
        assert read_number(by_name[row["family"]][2], shown[0][0]).says(row["actual"]), row
    for name in ("Scorecard", "Plan vs actual", "Deviations", "Risk and reward", "Decisions", "Agenda"):
        click(page.get_by_role("link", name=name, exact=True).first)
        settled(page)
        text = page.locator("[data-testid=stApp]").inner_text()
        named = [other for other in others if f"{other}\n" in text or f" {other} " in text]
        assert not named, (name, named)
    for name in ("Process health", "Data"):
        click(page.get_by_role("link", name=name, exact=True).first)
        settled(page)
        expect(page.locator(".siop-headline")).to_contain_text("about the whole company")
        assert page.locator("table").count() == 0


def test_what_people_write_is_text_on_every_page(house: House, page: Page, addresses: list[str]) -> None:
    """No dialog, no request to elsewhere, no element of theirs, on any page and in the drawer of every decision."""
    asked: list[str] = []
    dialogs: list[str] = []
    page.on(
        "request",
        lambda r: asked.append(r.url) if "127.0.0.1" not in r.url and r.url.startswith("http") else None,
    )
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    seen = 0
    for address in addresses:
        page.goto(house.cockpit.url(address))
        settled(page)
        assert page.locator(THEIRS).count() == 0, address
        seen += page.locator("[data-testid=stApp]").inner_text().count(MARK)
    page.goto(house.cockpit.url(f"{ADDRESS}?show=all"))
    settled(page)
    chair = house.people["chair"]
    become(page, chair.name)
    for payload in PAYLOADS[:3]:
        click(page.get_by_role("button", name=f"Second shift in April? {payload}", exact=True).first)
        expect(page.locator(".st-key-drawer")).to_contain_text(payload, timeout=30_000)
        settled(page)
        assert page.locator(THEIRS).count() == 0
    choose(page, "Approve")  # the options become labels, which Streamlit reads as Markdown
    expect(page.get_by_role("radio", name=f"A {PAYLOADS[2]}", exact=True)).to_have_count(1, timeout=30_000)
    settled(page)
    assert page.locator(THEIRS).count() == 0
    assert (asked, dialogs) == ([], [])
    assert seen > 3, "the payloads must be on the pages, as text"
