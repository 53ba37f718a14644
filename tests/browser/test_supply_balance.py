"""Every number of the supply balance page is the number of the command, at three scopes, and the page fits."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Cockpit, settled
from tests.browser.doing import click
from tests.browser.reading import read_number
from tests.browser.test_pages import cells

pytestmark = pytest.mark.browser
ADDRESS = "/supply-balance"
SCOPES = (
    ("", "family", ()),
    ("?family=Control+valves", "sku", ("--where", "family=Control valves")),
    ("?region=North", "family", ("--where", "region=North")),
)
FIRST_OPEN = "2026-11"


@pytest.mark.parametrize(("address", "by", "options"), SCOPES)
def test_the_rows_are_those_of_the_report(
    page: Page, cockpit: Cockpit, address: str, by: str, options: tuple[str, ...]
) -> None:
    page.goto(cockpit.url(ADDRESS + address))
    settled(page)
    told = cockpit.report("balance", "--by", by, "--from", FIRST_OPEN, *options)
    rows = {r[by]: r for r in told["rows"]}
    shown = cells(page, f"Balance by {by}")
    unit = shown[0][0]
    assert len(shown) - 1 == min(7, len(rows))
    for texts in shown[1:]:
        row = rows[texts[0]]
        for text, name in zip(texts[1:4], ("demand", "supply", "opening"), strict=True):
            if row[name] is None:
                assert text == "–", (name, row)
            else:
                assert read_number(text, unit).says(row[name]), (name, row)
        if row["least_days"] is not None:
            assert read_number(texts[5]).says(row["least_days"])
        assert (texts[6] == "–") == (row["first_below"] is None)
        assert (texts[7] == "–") == (row["first_short"] is None)
    resources = cockpit.report("balance", "--by", "resource,month", *options)
    trouble = told["totals"]["first_trouble"]
    headline = page.locator(".siop-headline").inner_text()
    assert trouble["resource"] in headline
    by_cell = {
        f"{r['resource']} {r['month']}": r["utilisation"] for r in resources["rows"] if not r["closed"]
    }
    seen = 0
    for cell in page.locator(".siop-load td[data-value]").all():
        share = by_cell[cell.get_attribute("data-value") or ""]
        assert read_number(cell.inner_text() + "%").says(share)
        seen += 1
    assert seen >= 8 * 12
    over = page.locator(".siop-load td.over").evaluate_all("tds => tds.map(t => t.dataset.value)")
    assert over == [f"{trouble['resource']} {trouble['month']}"]  # the infeasible month and its bottleneck


def test_the_bottleneck_on_the_page_is_the_one_of_the_truth(page: Page, cockpit: Cockpit) -> None:
    page.goto(cockpit.url(ADDRESS))
    settled(page)
    stories = json.loads((cockpit.workspace / "stories.json").read_text(encoding="utf-8"))
    story = next(s for s in stories if s["story"] == "bottleneck")
    cell = page.locator(f'.siop-load td[data-value="{story["subject"]["resource"]} {story["from"]}"]')
    assert "over" in (cell.get_attribute("class") or "")
    assert read_number(cell.inner_text() + "%").says(story["size"])


def test_cash_and_service_are_those_of_the_reports(page: Page, cockpit: Cockpit) -> None:
    page.goto(cockpit.url(ADDRESS))
    settled(page)
    dates = ("--from", "2026-01", "--to", "2026-10")
    requested = cockpit.report("service", *dates)["totals"]
    promised = cockpit.report("service", "--basis", "promised", *dates)["totals"]
    stock = cockpit.report("balance")["totals"]
    for name, true, unit in (
        ("otif", requested["otif"], "%"), ("fill_rate", requested["fill_rate"], "%"),
        ("otif_promised", promised["otif"], "%"), ("inventory_value", stock["stock_value"], "mEUR"),
        ("short_revenue", stock["shortage"]["revenue"], ""), ("excess_value", stock["excess_value"], ""),
    ):  # fmt: skip
        shown = read_number(page.locator(f'.siop-figures [data-value="{name}"]').inner_text(), unit)
        assert shown.says(true), (name, shown, true)
    assert not read_number(
        page.locator('.siop-figures [data-value="otif"]').inner_text(), "%"
    ).says(promised["otif"])  # fmt: skip


def test_a_row_is_drawn_below_and_its_definition_is_at_hand(page: Page, cockpit: Cockpit) -> None:
    page.goto(cockpit.url(ADDRESS))
    settled(page)
    click(page.get_by_role("button", name="Gear drives"))
    page.get_by_text("Gear drives: demand, supply").wait_for()
    click(page.get_by_text("Show as table, and how it is computed").first)
    settled(page)
    told = page.locator('table[aria-label="How it is computed"]').first.inner_text()
    assert "Days of supply" in told
    assert "inventory" in told  # the file it was read from
    assert "closed to Oct 2026" in told


def test_it_fits_the_projector(page: Page, cockpit: Cockpit) -> None:
    page.goto(cockpit.url(ADDRESS))
    settled(page)
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight") <= 1080
