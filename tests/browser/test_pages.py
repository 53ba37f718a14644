"""Every number on scorecard and plan vs actual is the number of the command, at several scopes, opened cold from its URL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Cockpit, settled, start
from tests.browser.doing import click
from tests.browser.reading import read_number

pytestmark = pytest.mark.browser
PAGES = ("/", "/where-we-stand", "/plan-vs-actual", "/supply-balance", "/deviation-tracking", "/risk-and-reward", "/customer-requests", "/decide-and-sign",
         "/process-health", "/data-and-loads")  # fmt: skip


def opened(page: Page, cockpit: Cockpit, path: str) -> Page:
    page.goto(cockpit.url(path))
    return settled(page)


def cells(page: Page, label: str) -> list[list[str]]:
    """The texts of a table's rows, by its accessible name."""
    table = page.locator(f'table[aria-label="{label}"]')
    found: list[list[str]] = table.locator("tr").evaluate_all(
        "rows => rows.map(r => [...r.querySelectorAll('th,td')].map(c => c.innerText.trim()))"
    )
    return found


def test_tiles_say_what_the_report_says(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/where-we-stand")
    rows = {r["metric"]: r for r in cockpit.report("scorecard")["rows"]}
    for name, row in rows.items():
        tile = page.locator(f'.siop-tiles button[data-id="{name}"]')
        shown = read_number(tile.locator("[data-value]").inner_text(), tile.locator(".v small").inner_text())
        assert shown.says(row["value"]), (name, shown, row["value"])
    revenue = rows["revenue"]
    said = page.locator('.siop-tiles button[data-id="revenue"] .d .strong').inner_text()
    assert read_number(said, "mEUR").says(revenue["deviation"])
    assert not read_number(said, "mEUR").says(revenue["deviation"] * 1.2)  # the reading itself can fail


SCOPES = (
    ("", ()),
    ("?family=Control+valves&by=Region", ("--where", "family=Control valves")),
    ("?region=North&against=Prior+year", ("--where", "region=North", "--version", "prior-year")),
)


@pytest.mark.parametrize(("address", "options"), SCOPES)
def test_plan_vs_actual_at_a_scope_opened_cold(
    page: Page, cockpit: Cockpit, address: str, options: tuple[str, ...]
) -> None:
    opened(page, cockpit, f"/plan-vs-actual{address}")
    by = "region" if "by=Region" in address else "family"
    told = cockpit.report("plan-vs-actual", "--by", by, "--from", "2026-01", *options)
    shown = cells(page, f"Plan and actual by {by}")
    unit = shown[0][0]
    by_name = {row[0]: row for row in shown[1:]}
    assert len(by_name) == len(told["rows"]) + 1
    for row in [*told["rows"], {**told["totals"], by: "Total"}]:
        texts = by_name[row[by]]
        assert read_number(texts[2], unit).says(row["actual"]), row
        assert read_number(texts[4], unit).says(row["deviation"]), row
        assert read_number(texts[6]).says(row["deviation_ratio"]), row
    gap = read_number(
        page.locator(".siop-headline").inner_text(),
        page.locator(".siop-headline").inner_text().split("\xa0")[1],
    )
    assert gap.says(abs(told["totals"]["deviation"]))


def test_a_row_opens_one_level_down_and_the_crumb_goes_back(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/plan-vs-actual")
    page.get_by_role("button", name="Control valves").first.focus()
    page.keyboard.press("Enter")  # the keyboard drills as the mouse does
    page.wait_for_url("**family=Control*")
    settled(page)
    assert cells(page, "Plan and actual by region")
    click(page.locator('nav button[data-id="family"]'))
    page.wait_for_function("() => !location.search.includes('family=')")


def test_an_unknown_filter_is_ignored_and_said(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/plan-vs-actual?family=Nope")
    assert "Nope" in page.locator(".siop-banner").first.inner_text()
    whole = cockpit.report("plan-vs-actual", "--from", "2026-01")["totals"]["actual"]
    rows = cells(page, "Plan and actual by family")
    assert read_number(rows[-1][2], rows[0][0]).says(whole)


@pytest.mark.parametrize("path", PAGES)
def test_no_sideways_scroll_no_outside_request_no_error(page: Page, cockpit: Cockpit, path: str) -> None:
    outside: list[str] = []
    page.on(
        "request",
        lambda r: (
            outside.append(r.url)
            if "127.0.0.1" not in r.url and not r.url.startswith(("data:", "blob:"))
            else None
        ),
    )
    for width in (1920, 1366, 1024, 390):
        page.set_viewport_size({"width": width, "height": 1080})
        opened(page, cockpit, path)
        size: dict[str, int] = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return {s: m.scrollWidth, c: m.clientWidth}; }"
        )
        assert size["s"] <= size["c"] + 1, (path, width, size)
    assert page.locator("[data-testid=stException]").count() == 0
    assert outside == []


def test_scorecard_fits_the_projector(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/where-we-stand")
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight") <= 1080


@pytest.fixture(scope="module")
def aw(adventureworks: Path) -> Iterator[Cockpit]:
    served = start(adventureworks)
    yield served
    served.kill()


def test_quotas_of_salespersons_on_the_page_are_those_of_the_report(page: Page, aw: Cockpit) -> None:
    opened(page, aw, "/plan-vs-actual?by=Salesperson&period=Full+year")
    first, last = fiscal_year(aw)
    told = aw.report("plan-vs-actual", "--by", "salesperson", "--from", first, "--to", last)
    shown = cells(page, "Plan and actual by salesperson")
    by_name = {row[0]: row for row in shown[1:]}
    largest = sorted(told["rows"], key=lambda r: -abs(r["deviation"] or 0))[:5]
    assert largest
    for row in largest:
        assert read_number(by_name[row["salesperson"]][4], shown[0][0]).says(row["deviation"])


def fiscal_year(cockpit: Cockpit) -> tuple[str, str]:
    as_of: str = cockpit.report("plan-vs-actual")["as_of"]
    year = int(as_of[:4]) + (1 if int(as_of[5:]) >= 7 else 0)  # the company's year begins in July
    return f"{year - 1}-07", f"{year}-06"


def test_a_family_without_a_plan_shows_actuals_and_says_so(page: Page, aw: Cockpit) -> None:
    opened(page, aw, "/plan-vs-actual?by=Family&period=Full+year")
    notes = " ".join(page.locator(".siop-note").all_inner_texts())
    assert "salesperson" in notes
    assert "family" in notes


def test_a_drill_from_a_filtered_scorecard_keeps_the_filter(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/where-we-stand?family=Service+parts")
    page.keyboard.press("3")  # the third page, with its address bound to filters
    page.wait_for_url("**/plan-vs-actual**")
    settled(page)
    assert "Service" in page.url
    told = cockpit.report("plan-vs-actual", "--from", "2026-01", "--where", "family=Service parts")["totals"]
    rows = cells(page, "Plan and actual by region")
    assert read_number(rows[-1][2], rows[0][0]).says(told["actual"])
