"""The views of plan vs actual say what the commands say; a comment stands at its row and follows the filter."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Cockpit, settled
from tests.browser.doing import click, fill, picked, press
from tests.browser.reading import read_number
from tests.browser.test_pages import cells

pytestmark = pytest.mark.browser


def opened(page: Page, cockpit: Cockpit, query: str) -> Page:
    page.goto(cockpit.url(f"/plan-vs-actual?{query}"))
    return settled(page)


def test_versions_side_by_side(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "view=Versions&lag=Lag+3&family=Gear+drives")
    told = cockpit.report(
        "versions", "--from", "2026-01", "--to", "2026-10", "--lag", "3", "--where", "family=Gear drives"
    )
    shown = cells(page, "Versions side by side")
    unit = shown[0][0]
    by_name = {row[0]: row for row in shown[1:]}
    assert set(by_name) == {r["name"] for r in told["rows"]}
    for row in told["rows"]:
        texts = by_name[row["name"]]
        assert read_number(texts[1], unit).says(row["plan"]), row
        if row["deviation"] is not None:
            assert read_number(texts[4], unit).says(row["deviation"]), row
        one = cockpit.report("plan-vs-actual", "--version", row["version"], "--from", "2026-01", "--to", "2026-10", "--lag", "3",
                             "--where", "family=Gear drives") if row["version"] in ("budget", "input:Sales") else None  # fmt: skip
        assert one is None or one["totals"]["plan"] == pytest.approx(row["plan"])


def test_the_family_grid(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "view=Family+grid&family=Control+valves")
    told = cockpit.report("family-grid", "--where", "family=Control valves", "--cycle", "2026-11")
    unit = page.locator(".siop-panelsub").first.inner_text().split(", ")[1].split(";")[0]
    seen = 0
    for row in told["rows"]:
        for key in ("plan", "actual", "deviation", "cumulative"):
            text = page.locator(f'.siop-family td[data-value="{row["kind"]} {key} {row["month"]}"]')
            if row[key] is not None:
                assert read_number(text.inner_text(), unit).says(row[key]), (row, key)
                seen += 1
    assert seen > 80
    assert page.locator(".siop-family thead th.fence").count() == told["totals"]["fence_months"]


@pytest.mark.parametrize("view", ["What+changed", "Outlook", "Family+grid", "Versions"])
def test_a_view_fits_and_does_not_scroll_sideways(page: Page, cockpit: Cockpit, view: str) -> None:
    opened(page, cockpit, f"view={view}")
    for width in (1920, 1024, 390):
        page.set_viewport_size({"width": width, "height": 1080})
        settled(page)
        size: dict[str, int] = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return {s: m.scrollWidth, c: m.clientWidth, h: m.scrollHeight}; }"
        )
        assert size["s"] <= size["c"] + 1, (view, width, size)
        assert width != 1920 or size["h"] <= 1080, (view, size)
    assert page.locator("[data-testid=stException]").count() == 0


def test_what_changed_is_the_report(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "view=What+changed")
    change = cockpit.report("plan-change", "--cycle", "2026-11")["totals"]
    title = page.locator(".siop-panel h2").first.inner_text()
    assert read_number(title, title.split("\xa0")[1]).says(abs(change["change"]))
    newest = cells(page, "Forecast triangle")[1]
    assert newest[0] == "Nov 2026"
    plan = {(r["cycle"], r["period"]): r["plan"] for r in cockpit.report("triangle")["rows"]}
    assert read_number(newest[-1], "mEUR").says(plan["2026-11", "2027-06"])


def test_a_comment_is_written_at_a_row_and_follows_the_filter(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "")
    click(page.get_by_text("Write a comment"))
    picked(page, "About", "Gear drives")
    fill(page.get_by_label("Comment", exact=True), "One <b>frame order</b> slipped")
    press(page, "Save the comment")
    listed = page.locator('table[aria-label="Comments"]')
    expect(listed).to_contain_text("One <b>frame order</b> slipped")  # as text, not as markup
    row = page.locator("table.siop tr", has=page.get_by_role("button", name="Gear drives"))
    expect(row.locator(".siop-badge").first).to_be_visible()
    opened(page, cockpit, "family=Service+parts")
    expect(page.get_by_text("frame order")).to_have_count(0)
    opened(page, cockpit, "family=Gear+drives")
    expect(page.locator('table[aria-label="Comments"]')).to_contain_text("frame order")


def test_a_row_of_a_dimension_without_a_list_can_be_opened_and_shared(page: Page, cockpit: Cockpit) -> None:
    page.goto(cockpit.url("/plan-vs-actual?by=SKU"))
    row = settled(page).locator(".st-key-pva_rows button.row").first
    sku = row.inner_text()
    click(row)
    crumb = page.get_by_role("button", name=f"{sku} ✕", exact=True)
    expect(crumb).to_be_visible()
    shared = settled(page).url
    assert parse_qs(urlsplit(shared).query)["sku"] == [sku]
    headline = page.locator(".siop-headline").inner_text()
    page.goto(shared)
    assert settled(page).locator(".siop-headline").inner_text() == headline
    click(crumb)
    expect(crumb).to_have_count(0)
    assert "sku=" not in settled(page).url
    page.goto(cockpit.url("/plan-vs-actual?sku=none-such"))
    expect(page.locator(".siop-banner")).to_contain_text("'none-such', which is not known here")
