"""A case opened, answered, escalated and closed on the page, with its entries in the ledger; numbers are the reports'."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Cockpit, settled
from tests.browser.doing import click, fill, press
from tests.browser.reading import read_number

PATH = "/deviation-tracking"
MINUS = "\u2212"


def opened(page: Page, cockpit: Cockpit, view: str | None = None) -> Page:
    page.goto(cockpit.url(PATH + (f"?deviations_view={view.replace(' ', '+')}" if view else "")))
    return settled(page)


def entries(cockpit: Cockpit, *types: str) -> list[dict[str, Any]]:
    told = json.loads(cockpit.command("ledger", "export", "--json").stdout)
    return [line for line in told["lines"] if line["type"] in types]


def cell_texts(page: Page, table: str, column: int) -> list[str]:
    rows = page.locator(f"table[aria-label='{table}'] tbody tr")
    rows.first.wait_for()
    return [rows.nth(i).locator("td").nth(column).inner_text() for i in range(rows.count())]


def test_the_year_says_what_the_report_says(page: Page, cockpit: Cockpit) -> None:
    told = cockpit.report("deviations")
    opened(page, cockpit)
    assert page.locator(".siop-headline").inner_text() == told["totals"]["headline"]
    unit = page.locator("table[aria-label='Deviations by money'] th").first.inner_text()
    shown = cell_texts(page, "Deviations by money", 0)
    assert len(shown) == min(5, len(told["rows"]))
    for text, row in zip(shown, told["rows"], strict=False):
        assert read_number(text, unit).says(row["impact"]), row["family"]
    normal = next(r for r in told["rows"] if r["norm"] == "normalised")
    page.locator(f"table[aria-label='Becoming normal: {normal['family']}']").wait_for()
    share = told["totals"]["norm"]["normalised"]["share"]
    assert read_number(page.locator(".st-key-normal_box h2").inner_text().rpartition(", ")[2]).says(share)
    grid = page.locator("table.siop-grid tbody tr")
    row = grid.filter(has_text=normal["family"]).locator("button").last
    assert read_number(row.inner_text(), "%").says(normal["deviation_ratio"])


def test_the_gap_adds_up_as_in_the_report(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "Where it sits")
    months = page.locator(".siop-panelsub", has_text="Revenue against the plan").inner_text()
    year, names = 2026, ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    first, last = (f"{year}-{names.index(m) + 1:02d}" for m in names if f"{m} {year}" in months)
    told = cockpit.report("localise", "--from", first, "--to", last)
    head = page.locator("table[aria-label='How the gap adds up'] th", has_text="Impact").inner_text()
    unit = head.split(", ")[1]
    shown = [read_number(text, unit) for text in cell_texts(page, "How the gap adds up", 1)]
    want = [
        *(r["impact"] for r in told["rows"]),
        told["totals"]["broad_impact"],
        told["totals"]["rest"],
        told["totals"]["gap"],
    ]
    assert len(shown) == len(want)
    assert all(s.says(w) for s, w in zip(shown, want, strict=True))
    assert not shown[0].says(want[-1])  # the broken twin: the gap is not the first slice


def test_counters_filter_the_cases_they_count(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "Cases")
    for name in ("escalated", "overdue", "no owner"):
        counter = page.locator(f"[data-id='{name}']")
        n = int(counter.locator("[data-value]").inner_text())
        click(counter)
        expect(page.locator(f"[data-id='{name}'][aria-pressed=true]")).to_be_visible()
        settled(page)
        assert page.locator("table[aria-label=Cases] tbody tr").count() == n, name
        click(page.locator(f"[data-id='{name}']"))
        expect(page.locator(f"[data-id='{name}'][aria-pressed=false]")).to_be_visible()
        settled(page)


def test_a_case_is_opened_answered_escalated_and_closed(page: Page, cockpit: Cockpit) -> None:
    told = cockpit.report("deviations")
    earlier = {e["payload"]["id"]: e["payload"] for e in entries(cockpit, "case_opened")}
    closed = {e["payload"]["id"] for e in entries(cockpit, "case_closed")}
    free = [
        r["family"]
        for r in told["rows"]
        if not any(c["family"] == r["family"] and i not in closed for i, c in earlier.items())
    ]
    answers = [e["payload"] for e in entries(cockpit, "case_answered")]
    family, cause = next((f, a["cause"]) for f in free for a in answers if earlier[a["id"]]["family"] == f)

    opened(page, cockpit)
    click(page.locator(f"[data-id='{family}']").first)
    press(page, "Open a case")
    drawer = page.locator(".st-key-drawer")
    drawer.get_by_text("Saved in the ledger.").or_(drawer.get_by_label("Countermeasure")).first.wait_for()
    settled(page)
    made = entries(cockpit, "case_opened")[-1]["payload"]
    row = next(r for r in told["rows"] if r["family"] == family)
    assert (made["family"], made["month"]) == (family, row["month"])
    assert float(made["deviation"]) == pytest.approx(row["deviation"])
    assert "of 10 for the answer" in drawer.locator("[data-value=case_state]").inner_text()

    yesterday = date.today() - timedelta(days=1)
    fill(drawer.get_by_label("Cause"), cause)
    fill(drawer.get_by_label("Countermeasure"), "Ask the <b>dealers</b> each month")
    answer(page, yesterday)
    expect(drawer.locator("[data-value=case_state]")).to_contain_text("Escalated")
    settled(page)
    assert "the same cause again" in drawer.locator("[data-value=case_state]").inner_text()
    assert drawer.get_by_text("The same cause as in").count() >= 1
    assert drawer.locator("table[aria-label='History of the case'] tbody tr").count() == 2
    assert drawer.get_by_text("Ask the <b>dealers</b> each month").count() == 1  # shown as it was typed

    click(drawer.get_by_role("tab", name="Close"))
    click(drawer.get_by_role("button", name="Close the case"))
    page.locator("table[aria-label='What was refused']").wait_for()  # a case is not closed without a reason
    fill(drawer.get_by_label("Why it can be closed"), "Back in control, dealers report")
    click(drawer.get_by_role("button", name="Close the case"))
    expect(drawer.locator("[data-value=case_state]")).to_contain_text("Closed")
    settled(page)
    said = [
        e
        for e in entries(cockpit, "case_opened", "case_answered", "case_closed")
        if e["payload"]["id"] == made["id"]
    ]
    assert [e["type"] for e in said] == ["case_opened", "case_answered", "case_closed"]
    assert {e["by"] for e in said} == {said[0]["by"]}
    assert said[1]["payload"]["due"] == yesterday.isoformat()
    shown = drawer.locator("[data-entry]")
    assert {int(shown.nth(i).get_attribute("data-entry") or 0) for i in range(3)} == {e["seq"] for e in said}
    assert json.loads(cockpit.command("ledger", "verify", "--json").stdout)["ok"]


def answer(page: Page, due: date) -> None:
    """Type the day the countermeasure is due, then record the answer."""
    field = page.locator(".st-key-drawer [data-testid=stDateInput]").first
    for part, text in (("year", f"{due.year}"), ("month", f"{due.month:02d}"), ("day", f"{due.day:02d}")):
        click(field.locator(f"[role=spinbutton][data-type={part}]"))
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    click(page.locator(".st-key-drawer").get_by_role("button", name="Record the answer"))


def test_a_snooze_has_a_reason_and_the_tolerance_keeps_its_first_value(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "Cases")
    click(page.locator("table[aria-label=Cases] [data-id]").nth(1))
    drawer = page.locator(".st-key-drawer")
    settled(page)
    click(drawer.get_by_role("tab", name="Snooze"))
    click(drawer.get_by_role("button", name="Snooze it"))
    page.locator("table[aria-label='What was refused']").wait_for()
    fill(drawer.get_by_label("Reason"), "The customer's audit ends this month")
    click(drawer.get_by_role("button", name="Snooze it"))
    expect(drawer.locator("[data-value=case_state]")).to_contain_text("Snoozed until")
    opened(page, cockpit)
    settled(page)
    click(page.get_by_role("button", name="Restore ±"))
    page.get_by_text("Saved in the ledger.").wait_for()
    set_ = entries(cockpit, "tolerance")[-1]["payload"]
    assert "first agreed" in set_["reason"]
    row = next(r for r in cockpit.report("deviations")["rows"] if r["family"] == set_["family"])
    assert row["original_tolerance"] == pytest.approx(float(set_["pct"]) / 100)
    opened(page, cockpit, "Tolerance and signal")
    table = page.locator("table[aria-label='History of the tolerances']")
    assert table.get_by_text(f"±{float(set_['pct']):g}\u00a0%, first agreed").count() >= 1
    assert table.get_by_text("Back to the ±").count() == 1


def test_the_digest_says_the_headline_of_the_page(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "Cases")
    with page.expect_download() as found:
        press(page, "Weekly digest, Markdown")
    text = found.value.path().read_text(encoding="utf-8")
    assert cockpit.report("deviations")["totals"]["headline"] in text
