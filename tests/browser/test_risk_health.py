"""What stands on the pages of risks and of the process is what the commands say about the same workspace."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Cockpit, settled
from tests.browser.doing import click, fill, key, press

STEPS = {"": 1.0, "k": 1e3, "m": 1e6, "bn ": 1e9}


def number(page: Page, name: str) -> tuple[float, float]:
    """(value, half its last digit) of the number that carries this name, in the unit in which it is printed."""
    found = page.locator(f"[data-value='{name}']").first
    found.wait_for()
    text = found.inner_text().replace("\u2212", "-").replace(",", "").replace("+", "")
    digits = re.search(r"-?\d+(?:\.(\d+))?", text)
    assert digits is not None, f"{name} is printed as {text!r}"
    return float(digits[0]), 0.5 * 10.0 ** -len(digits[1] or "") + 1e-9


def unit_of(text: str) -> float:
    """The size of the unit at the end of a text: 1e6 for mEUR."""
    found = re.search(r"(bn |m|k|)EUR\s*$", text.strip())
    assert found is not None, text
    return STEPS[found[1]]


def in_line(page: Page, name: str) -> tuple[float, float]:
    """A number of a line of facts, in the currency's units."""
    value, half = number(page, name)
    step = unit_of(page.locator(".siop-facts", has=page.locator(f"[data-value='{name}']")).first.inner_text())
    return value * step, half * step


def same(shown: tuple[float, float], told: float) -> bool:
    return abs(shown[0] - told) <= shown[1]


def chance_agrees(text: str, told: float) -> bool:
    """Whether a chance as it is said is the told per cent: "7 % chance" is within half of one, "less than" a bound."""
    found = re.fullmatch(r"(less than |more than )?(\d+)\s?% chance", text.strip())
    assert found is not None, f"a chance is printed as {text!r}"
    said = float(found[2])
    if found[1]:
        return told < said if found[1] == "less than " else told > said
    return abs(said - told) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("text", "told", "agrees"),
    [
        ("7 % chance", 7.4, True),
        ("7 % chance", 8.0, False),
        ("less than 1 % chance", 0.0, True),
        ("less than 1 % chance", 1.2, False),
        ("more than 99 % chance", 99.6, True),
    ],
)
def test_a_printed_chance_is_read_with_its_bound(text: str, told: float, agrees: bool) -> None:
    assert chance_agrees(text, told) is agrees


def opened(page: Page, cockpit: Cockpit, path: str) -> Page:
    page.goto(cockpit.url(path))
    page.locator(".siop-headline").wait_for()
    return settled(page)


def register_step(page: Page) -> float:
    head = page.locator("table[aria-label=Register] th", has_text="Impact").inner_text()
    return unit_of(head)


def test_numbers_of_risk_are_those_of_the_report(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/risk-and-reward")
    totals = cockpit.report("risk")["totals"]
    assert page.locator(".siop-headline").inner_text() == totals["headline"]
    for name in ("p10", "p50", "p90", "budget", "signed"):
        assert same(in_line(page, f"landing_{name}"), totals["landing"][name]), name
    for name in ("budget", "signed"):
        told = 100 * totals["landing"][f"chance_to_reach_{name}"]
        assert chance_agrees(page.locator(f"[data-value='landing_{name}_chance']").first.inner_text(), told)
    for name in ("mean", "p10", "p50", "p90"):
        assert same(in_line(page, f"register_{name}"), totals["register"][name]), name
    value, half = number(page, "weighted_sum")
    step = register_step(page)
    assert same((value * step, half * step), totals["register"]["mean"])


def test_every_item_weighs_on_the_page_what_it_weighs_in_the_report(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/risk-and-reward")
    rows = cockpit.report("risk")["rows"]
    press(page, f"Show all {len(rows)} items")
    page.locator(f"[data-value='weighted_{rows[-1]['id']}']").wait_for()
    step = register_step(page)
    for row in rows:
        value, half = number(page, f"weighted_{row['id']}")
        assert same((value * step, half * step), row["mean"]), row["id"]


def test_a_filter_moves_the_register(page: Page, cockpit: Cockpit) -> None:
    whole = cockpit.report("risk")
    family = next(r["scope"].split(",")[0] for r in whole["rows"] if not r["in_plan"])
    part = cockpit.report("risk", "--where", f"family={family}")["totals"]["register"]["mean"]
    opened(page, cockpit, f"/risk-and-reward?family={family}")
    assert same(in_line(page, "register_mean"), part)
    assert not same(in_line(page, "register_mean"), whole["totals"]["register"]["mean"])


def test_a_what_if_is_said_and_not_saved(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/risk-and-reward")
    before = cockpit.command("ledger", "verify", "--json").stdout
    click(page.get_by_text("What if? Move probabilities"))
    page.get_by_text("Nothing is changed: move a slider.").wait_for()
    key(page.get_by_role("slider").first, "ArrowRight")
    page.get_by_text("The register moves by").wait_for()
    settled(page)
    assert page.get_by_text("not saved", exact=True).is_visible()
    assert cockpit.command("ledger", "verify", "--json").stdout == before


def test_a_score_that_is_refused_says_why_and_a_good_one_is_in_the_report(
    page: Page, cockpit: Cockpit
) -> None:
    opened(page, cockpit, "/risk-and-reward")
    row = cockpit.report("risk")["rows"][0]
    click(page.locator(f"[data-id='{row['id']}']"))
    page.get_by_text("Scores, newest first").or_(
        page.locator("table[aria-label='Scores, newest first']")
    ).first.wait_for()
    drawer = page.locator(".st-key-drawer")
    low = drawer.get_by_label("Low")
    fill(low, str(int(row["high"]) + 1000))
    click(drawer.get_by_role("button", name="Check in the score"))
    drawer.locator("table[aria-label='What was refused']").wait_for()
    assert cockpit.report("risk")["rows"][0]["low"] == row["low"]
    fill(low, str(int(row["low"])))
    chance = 10.0 if row["probability"] > 0.5 else 85.0
    fill(drawer.get_by_label("Probability, %"), str(chance))
    click(drawer.get_by_role("button", name="Check in the score"))
    page.get_by_text("Saved in the ledger.").wait_for()
    after = {r["id"]: r for r in cockpit.report("risk")["rows"]}
    assert after[row["id"]]["probability"] == pytest.approx(chance / 100)
    assert len(after[row["id"]]["scores"]) == len(row["scores"]) + 1


def printed(index: str, value: float) -> float:
    """The report's value in the unit in which the page prints an index."""
    percent = index in ("customer_sway", "unsigned_change", "reversal", "unearned_dominance")
    return value * 100 if percent else value


def test_indices_of_health_are_those_of_the_report(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/process-health")
    report: dict[str, Any] = cockpit.report("health")
    told = [row for row in report["rows"] if row["value"] is not None]
    assert {"S1", "S2", "S3", "S4", "S5"} <= {row["index"] for row in told}
    for row in told:
        assert same(number(page, row["index"]), printed(row["index"], row["value"])), row["index"]
    headline = page.locator(".siop-headline").inner_text().rstrip(".")
    also = page.locator(".siop-sub b").inner_text()
    assert ". ".join(filter(None, (headline, also))) == report["totals"]["headline"].rstrip(".")


def test_symptoms_stand_weakest_first_and_open_their_rows(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/process-health")
    rows = [r for r in cockpit.report("health")["rows"] if r["index"][0] == "S" and r["value"] is not None]
    rows.sort(key=lambda r: r["value"])
    found = page.locator("table[aria-label='Five symptoms'] [data-value]")
    found.first.wait_for()
    assert [found.nth(i).get_attribute("data-value") for i in range(len(rows))] == [r["index"] for r in rows]
    click(page.locator(f"[data-id='{rows[0]['index']}']"))
    drawer = page.locator(f"table[aria-label='Rows behind {rows[0]['label']}']")
    drawer.first.wait_for()
    settled(page)
    shown = sum(drawer.nth(i).locator("tbody tr").count() for i in range(drawer.count()))
    assert shown == len(rows[0]["evidence"])
