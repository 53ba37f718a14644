"""The first request of a fresh server: never a page without identity and frame, whatever the address."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from siop.workspace import Workspace
from tests.browser.conftest import settled, start

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
STEMS = sorted(p.stem for p in (ROOT / "pages").glob("[a-z]*.py"))
ADDRESSES = ("", "where-we-stand", "plan-vs-actual", "deviation-tracking", "risk-and-reward", "decide-and-sign",
             "process-health", "data-and-loads")  # fmt: skip


@pytest.mark.parametrize("address", [*ADDRESSES, *STEMS])
def test_first_request(page: Page, halden: Path, address: str) -> None:
    cockpit = start(halden)
    try:
        page.goto(cockpit.url(f"/{address}"))
        settled(page)
        assert page.locator(".siop-me").inner_text()  # the reader's identity
        assert page.locator(".siop-stamp").count() == 1  # the frame
    finally:
        cockpit.kill()


def test_no_address_is_a_file_stem() -> None:
    assert not set(ADDRESSES) & set(STEMS)


def test_a_corrupt_snapshot_is_a_clear_page(page: Page, halden: Path, tmp_path: Path) -> None:
    place = tmp_path / "corrupt"
    shutil.copytree(halden, place)
    for file in (place / "snapshots").glob("*.duckdb"):
        file.write_bytes(b"not a database" * 1000)
    cockpit = start(place)
    try:
        page.goto(cockpit.url("/"))
        settled(page)
        said = page.locator(".siop-banner").inner_text()
        assert "cannot be read" in said
        assert "load the company's files again" in said
        assert "Traceback" not in page.content()
    finally:
        cockpit.kill()


def test_an_empty_workspace_becomes_the_sample_and_says_so(page: Page, tmp_path: Path) -> None:
    cockpit = start(tmp_path / "new")
    try:
        page.goto(cockpit.url("/"))
        page.wait_for_selector(".siop-headline")
        assert "sample" in page.locator(".siop-headline").inner_text().lower()
        page.wait_for_selector(".siop-sample", timeout=180_000)
        assert page.locator(".siop-sample").inner_text() == "SAMPLE"
    finally:
        cockpit.kill()


def test_a_company_that_has_loaded_nothing_is_not_filled_with_a_sample(page: Page, tmp_path: Path) -> None:
    place = Workspace(tmp_path / "acme").make()
    place.sources.mkdir()
    own = place.sources / "products.csv"
    own.write_text("sku,family\nA,Valves\n", encoding="utf-8")
    cockpit = start(place.root)
    try:
        page.goto(cockpit.url("/"))
        settled(page)
        assert page.locator(".siop-headline").inner_text() == "Nothing is loaded yet"
        assert "python -m siop load" in page.locator(".siop-empty").inner_text()
        assert own.read_text(encoding="utf-8").endswith("A,Valves\n")
        assert not (place.root / "ledger.sqlite").exists()
    finally:
        cockpit.kill()
