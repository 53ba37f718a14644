"""Signing in with a real OpenID provider on loopback: unknown, linked, demoted, proved again, signed out, replayed."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from siop.ledger import Ledger
from siop.workspace import Workspace
from tests.browser.conftest import Cockpit, free_port, settled, start
from tests.browser.doing import click, fill, key

ADDRESS = "/decide-and-sign"
SUBJECT = "c-4711"
PASSWORD = "four quiet valves in autumn"


@dataclass
class House:
    """A company that signs in through its provider."""

    cockpit: Cockpit
    issuer: str

    def ledger(self) -> Ledger:
        place = Workspace(self.cockpit.workspace)
        return Ledger(place.ledger_url, keys=place.keys)

    def chair(self) -> Any:
        people = self.ledger().state().people.values()
        return next(p for p in people if p.permission == "chair" and p.active)

    def declare(self, role: str) -> None:
        """Give the chair another role, on the server."""
        person = self.chair_declared
        done = self.cockpit.command("people", "add", person.id, "--name", person.name, "--function", person.function,
                                    "--role", role, "--signs")  # fmt: skip
        assert done.returncode == 0, done.stderr

    def age_proof(self) -> None:
        """As if the person had proved who they are an hour ago."""
        with closing(sqlite3.connect(self.cockpit.workspace / "ledger.sqlite")) as store, store:
            store.execute("UPDATE sessions SET fresh_at = replace(fresh_at, '2026', '2025')")

    chair_declared: Any = None


@pytest.fixture(scope="module")
def house(halden: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    place, port, provider_port = tmp_path_factory.mktemp("oidc") / "halden", free_port(), free_port()
    shutil.copytree(halden, place)
    told = tomllib.loads((place / "siop.toml").read_text(encoding="utf-8"))
    assert told.pop("sample") == "halden"
    (place / "siop.toml").write_text('company = "Halden"\n', encoding="utf-8")  # a company, not the sample
    issuer = f"http://127.0.0.1:{provider_port}"
    (place / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{"k3" * 20}"\n'
        f'client_id = "siop"\nclient_secret = "for the loopback provider only"\n'
        f'server_metadata_url = "{issuer}/.well-known/openid-configuration"\n',
        encoding="utf-8",
    )
    provider = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(provider_port)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        _answers(f"{issuer}/.well-known/openid-configuration")
        cockpit = start(place, port, place / "access.log")
        made = House(cockpit, issuer)
        made.chair_declared = made.chair()
        yield made
        cockpit.kill()
    finally:
        provider.kill()
        provider.wait()


def _answers(url: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("the provider did not answer")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    made.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())  # the provider's style sheet
    yield made
    made.close()


def sign_in(page: Page, subject: str) -> None:
    click(page.get_by_role("button", name="Sign in with your company account"))
    answer(page, subject)


def come_back(page: Page, house: House) -> None:
    """Streamlit returns to the first page after the provider."""
    page.goto(house.cockpit.url(ADDRESS))
    settled(page)


def answer(page: Page, subject: str) -> None:
    """At the provider."""
    fill(page.get_by_placeholder("sub"), subject)
    click(page.get_by_role("button", name="Authorize"))
    settled(page)


def open_page(context: BrowserContext, house: House, address: str = ADDRESS) -> Page:
    page = context.new_page()
    page.set_default_timeout(45_000)
    page.goto(house.cockpit.url(address))
    return settled(page)


def sees_nothing(page: Page) -> bool:
    """A sign-in page and nothing of the company: no table, no figure, no snapshot, no plan."""
    body = page.locator("[data-testid=stApp]").inner_text()
    return (
        page.locator("table, canvas, .siop-stamp, [data-testid=stPlotlyChart]").count() == 0
        and "Snapshot" not in body
    )


def logged(house: House, *words: str) -> None:
    """Each of these is a line of the access log, every line bears a time in UTC, and no password is there."""
    said = (house.cockpit.workspace / "access.log").read_text(encoding="utf-8")
    lines = [one for one in said.splitlines() if " siop.access " in one]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z siop\.access ", one) for one in lines)
    for told in words:
        assert any(told in one for one in lines), told
    assert PASSWORD not in said


def test_nobody_sees_anything_before_signing_in(house: House, context: BrowserContext) -> None:
    page = open_page(context, house, "/plan-vs-actual")
    expect(page.locator(".siop-headline")).to_contain_text("Sign in")
    assert sees_nothing(page)


def test_whom_the_provider_knows_and_we_do_not_sees_nothing(house: House, context: BrowserContext) -> None:
    page = open_page(context, house)
    sign_in(page, "stranger")
    expect(page.locator("[data-testid=stApp]")).to_contain_text(f"issuer {house.issuer}, subject stranger")
    assert sees_nothing(page)
    page.goto(house.cockpit.url("/plan-vs-actual"))
    settled(page)
    assert sees_nothing(page)
    logged(house, "unknown person: subject 'stranger'")


def test_login_to_logout(house: House, context: BrowserContext) -> None:
    """The role is that of our list of people; signing wants a new proof; a signed-out cookie opens nothing."""
    chair = house.chair_declared
    done = house.cockpit.command("people", "link", chair.id, "--issuer", house.issuer, "--subject", SUBJECT)
    assert done.returncode == 0, done.stderr
    page = open_page(context, house)
    sign_in(page, SUBJECT)
    come_back(page, house)
    expect(page.locator(f'.siop-me[title^="{chair.name}"]')).to_have_count(1)
    expect(page.locator(".st-key-publish_plan")).to_have_count(1)

    house.declare("viewer")  # acts on the next click, without signing in again
    page.reload()
    settled(page)
    expect(page.locator(f'.siop-me[title^="{chair.name}"]')).to_have_count(1)
    expect(page.locator(".st-key-publish_plan")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign the plan")).to_have_count(0)
    house.declare("chair")

    house.age_proof()
    page.reload()
    settled(page)
    click(page.get_by_role("radio", name="Object", exact=True))
    settled(page)
    reason = page.get_by_label("Reason, needed with this position")
    fill(reason, "Capacity is missing")
    key(reason, "Tab")
    settled(page)
    before = house.ledger().head().seq
    click(page.get_by_role("button", name="Sign the plan"))
    expect(page.get_by_role("alert").first).to_contain_text("proof of identity")
    assert house.ledger().head().seq == before
    click(page.get_by_role("button", name="Prove who you are, to sign").first)
    answer(page, SUBJECT)
    come_back(page, house)
    expect(page.get_by_label("Reason, needed with this position")).to_have_value(
        "Capacity is missing"
    )  # kept
    click(page.get_by_role("button", name="Sign the plan"))
    expect(page.locator(".siop-receipt").filter(has_text="Saved")).to_contain_text(f"entry {before + 1:,}")
    entry = house.ledger().entries(["sign_off"])[-1]
    assert entry.by == chair.id
    assert str(entry.auth).startswith("oidc ")

    cookies = context.cookies()
    click(page.get_by_role("button", name="You", exact=True))
    click(page.get_by_role("button", name="Sign out"))
    page.wait_for_url(f"{house.issuer}/**")  # signed out at the provider, too
    page.wait_for_load_state()
    come_back(page, house)
    expect(page.locator(".siop-headline")).to_contain_text("Sign in")
    assert sees_nothing(page)

    context.add_cookies(cookies)  # somebody kept the cookie: Streamlit would take it for 30 days
    come_back(page, house)
    expect(page.locator("[data-testid=stApp]")).to_contain_text("Your session has ended")
    assert sees_nothing(page)
    logged(house, f"signed in: person '{chair.id}' by oidc", "signed out")


def test_a_local_account_proves_itself_to_sign(house: House, context: BrowserContext) -> None:
    """A password opens a session; an hour later it is asked for again before anything is signed."""
    ledger = house.ledger()
    signer = next(p for p in ledger.state().people.values() if p.required_signer and p.function == "Finance")
    ledger.accounts.set_password(signer.id, PASSWORD)
    page = open_page(context, house)
    for password in ("not this one", PASSWORD):
        fill(page.get_by_label("Your id"), signer.id)
        fill(page.get_by_label("Password", exact=True), password)
        click(page.get_by_role("button", name="Sign in", exact=True))
        if password != PASSWORD:
            expect(page.get_by_role("alert")).to_contain_text("do not belong together")
            assert sees_nothing(page)
    expect(page.locator(f'.siop-me[title^="{signer.name}"]')).to_have_count(1, timeout=20_000)
    settled(page)
    house.age_proof()
    click(page.get_by_role("radio", name="Consent", exact=True))
    settled(page)
    before = ledger.head().seq
    for password, said in (("not this one", "not yours"), (PASSWORD, "Saved")):
        fill(page.get_by_label("Your password, to sign"), password)
        key(page.get_by_label("Your password, to sign"), "Tab")
        settled(page)
        click(page.get_by_role("button", name="Sign the plan"))
        shown = page.locator(".siop-refused" if said != "Saved" else ".siop-receipt").filter(has_text=said)
        expect(shown).to_have_count(1, timeout=20_000)
        assert ledger.head().seq == before + (said == "Saved")
    assert str(ledger.entries(["sign_off"])[-1].auth).startswith("password ")
    logged(house, f"signed in: person '{signer.id}' by password", "wrong password")
