"""The survey on a phone: a link and nothing else, answered once, and the page of the process knows how many did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from siop.decisions import Service, identify
from siop.health import asking
from siop.ledger import Ledger
from siop.workspace import Workspace
from tests.browser.conftest import Cockpit, settled

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
CYCLE = "2026-11"


@pytest.fixture(scope="module")
def links(cockpit: Cockpit) -> list[str]:
    """The paths of the links of a round of 20 statements, as the lead prints them."""
    place = Workspace(cockpit.workspace)
    with closing(Ledger(place.ledger_url, keys=place.keys)) as ledger:
        service = Service(ledger)
        people = ledger.state().people.values()
        lead = identify(ledger.state(), next(p.id for p in people if p.permission == "siop_lead"), "sample")
        asking.open_round(service, lead, "All 20", CYCLE)
        page = asking.printed(asking.links(service, lead, CYCLE), "")
    return [line for line in page.splitlines() if line.startswith("/")]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, reduced_motion="reduce", has_touch=True
    )
    page = context.new_page()
    page.set_default_timeout(45_000)
    yield page
    context.close()


def test_a_link_is_answered_on_a_phone_and_only_once(phone: Page, cockpit: Cockpit, links: list[str]) -> None:
    before = json.loads(cockpit.command("ledger", "verify", "--json").stdout)["entries"]
    phone.goto(cockpit.url(links[0]))
    settled(phone)
    body = phone.locator("body").inner_text()
    for word in ("Halden", "Plan ", "Snapshot", "Agenda", "Scorecard", "EUR", "Marco Bellini"):
        assert word not in body  # nothing of the company
    assert phone.locator(".siop-stamp").count() == phone.locator("[data-testid=stTopNavLink]").count() == 0
    size = phone.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return [m.scrollWidth, m.clientWidth]; }"
    )
    assert size[0] <= size[1] + 1
    rows = phone.get_by_role("radiogroup")
    assert rows.count() == 20
    first = rows.first.get_by_role("radio").first.bounding_box()
    assert first is not None
    assert first["height"] >= 44  # a thumb's width
    phone.get_by_role("button", name="Send my answers").tap()
    expect(phone.get_by_role("alert")).to_contain_text("at least one")
    for n in range(rows.count()):
        rows.nth(n).get_by_role("radio").nth(n % 5).tap()
    phone.get_by_role("button", name="Send my answers").tap()
    expect(phone.locator(".siop-headline")).to_have_text("Thank you")
    after = json.loads(cockpit.command("ledger", "verify", "--json").stdout)
    assert (after["ok"], after["entries"]) == (True, before + 1)
    phone.goto(cockpit.url(links[0]))
    settled(phone)
    expect(phone.locator(".siop-banner")).to_contain_text("has answered already")
    assert phone.get_by_role("radiogroup").count() == 0


def test_a_foreign_link_shows_nothing(phone: Page, cockpit: Cockpit, links: list[str]) -> None:
    path, _, text = links[1].partition("=")
    for bad in (
        path.partition("?")[0],
        f"{path}=abc",
        f"{path}={text[:-1]}{'0' if text[-1] != '0' else '1'}",
    ):
        phone.goto(cockpit.url(bad))
        settled(phone)
        expect(phone.locator(".siop-headline")).to_have_text("This link opens no survey")
        assert phone.get_by_role("radiogroup").count() == 0
        assert "Halden" not in phone.locator("body").inner_text()
