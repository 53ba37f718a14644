"""A request on the page is the request of the command; its answers become a decision's options, and a yes needs a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Cockpit, settled
from tests.browser.doing import become, press
from tests.browser.reading import read_number
from tests.browser.test_decide_and_sign import state_of

pytestmark = pytest.mark.browser
ASK = {"request": "New request", "rq_customer": "Norrvik Process (C001)", "rq_product1": "Process pumps",
       "rq_units1": "9000", "rq_month1": "Dec 2026"}  # fmt: skip
TOLD = {"customer": "C001", "lines": [{"family": "Process pumps", "month": "2026-12", "quantity": 9000}]}
ADDRESS = f"/customer-requests?{urlencode(ASK)}"


def opened(page: Page, cockpit: Cockpit, address: str) -> Page:
    page.goto(cockpit.url(address))
    return settled(page)


def reported(cockpit: Cockpit, place: Path, told: Any) -> dict[str, Any]:
    path = place / "ask.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return cockpit.report("request", "--input", str(path))


def test_every_number_is_the_reports_opened_cold(page: Page, cockpit: Cockpit, tmp_path: Path) -> None:
    opened(page, cockpit, ADDRESS)
    report = reported(cockpit, tmp_path, TOLD)
    rows = {r["label"]: r for r in report["rows"]}
    shown = page.locator('table[aria-label="Answers side by side"] tr').evaluate_all(
        "rows => rows.map(r => [...r.querySelectorAll('th,td')].map(c => c.innerText.trim()))"
    )
    labels = [head.removeprefix("✓ ") for head in shown[0][1:]]
    assert labels == ["Accept in full", "Keep commitments", "Counter-offer", "Phased", "Refuse"]
    marked = [head for head in shown[0] if head.startswith("✓")]
    assert marked == [
        f"✓ {next(r['label'] for r in report['rows'] if r['policy'] == report['totals']['recommended'])}"
    ]
    fields = {"Units shipped": "quantity", "Margin": "margin_change", "Revenue": "revenue_change", "Overtime": "overtime_cost",
              "Units on order not shipped": "committed_short", "Planned units shipped": "fill_rate"}  # fmt: skip
    seen = 0
    for line in shown[1:]:
        name, _, unit = line[0].partition(", ")
        if name in fields:
            seen += 1
            for label, text in zip(labels, line[1:], strict=True):
                value = rows[label][fields[name]]
                assert read_number(text, unit).says(value), (name, label, text, value)
    assert seen == len(fields)
    headline = page.locator(".siop-headline").inner_text()
    assert read_number(headline.split(": ")[1]).says(rows["Accept in full"]["quantity"])
    assert not read_number(headline.split(": ")[1]).says(
        rows["Accept in full"]["quantity"] + 2
    )  # the reading can fail
    losers = page.locator('table[aria-label="Who loses"] tbody tr').first.locator("td").all_inner_texts()
    first = rows["Accept in full"]["losers"][0]
    assert losers[0] == first["name"]
    assert read_number(losers[1]).says(first["units"])


def test_answers_become_the_options_of_a_decision(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, ADDRESS)
    press(page, "Raise a decision")
    page.wait_for_url("**/decide-and-sign**")
    settled(page)
    expect(page.get_by_label("Question", exact=True)).to_have_value("What do we answer Norrvik Process, who asks for 9,000 more Process pumps in Dec 2026?")  # fmt: skip
    expect(page.get_by_label("Option A", exact=True)).to_have_value("Accept in full, 6,049 units")
    expect(page.get_by_label("Option E", exact=True)).to_have_value("Refuse")
    before = len(state_of(cockpit).decisions)
    press(page, "Raise decision")
    expect(page.locator(".siop-receipt").filter(has_text="Saved")).to_have_count(1)
    decisions = list(state_of(cockpit).decisions.values())
    assert len(decisions) == before + 1
    options = decisions[-1].options
    assert [o.label.split(",")[0] for o in options] == ["Accept in full", "Keep commitments", "Counter-offer", "Phased", "Refuse"]  # fmt: skip
    assert sum(o.recommended for o in options) == 1
    assert decisions[-1].evidence_url.startswith("/customer-requests?")


def test_a_yes_needs_a_run_or_a_reason(page: Page, cockpit: Cockpit) -> None:
    waiting = next(r.id for r in reversed(state_of(cockpit).requests.values()) if r.answer is None)
    opened(page, cockpit, f"/customer-requests?request={waiting}")
    expect(page.get_by_role("button", name="Answer", exact=True)).to_have_count(0)  # the lead may not answer
    state = state_of(cockpit)
    chair = next(p for p in state.people.values() if p.permission == "chair" and p.active)
    become(page, chair.name)
    press(page, "Answer")
    press(page, "Accept")
    expect(page.locator(".siop-banner")).to_contain_text("a yes needs an impact run")
    assert state_of(cockpit).requests[waiting].answer is None
    press(page, "Keep this run")
    expect(page.locator(".siop-banner")).to_contain_text("Kept with")
    press(page, "Answer")
    press(page, "Accept")
    expect(page.locator(".siop-banner")).to_contain_text("Accepted: entry")
    answered = state_of(cockpit).requests[waiting]
    assert answered.answer.accepted
    assert answered.answer.impact_run == answered.impact_runs[-1].id
    assert answered.impact_runs[-1].result["policies"]["accept"]["quantity"] == 68


def test_what_cannot_be_judged_is_said(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, f"{ADDRESS}&rq_from1=Mar+2027")
    expect(page.locator(".siop-banner")).to_contain_text("are planned for this customer in 2027-03")
    opened(page, cockpit, "/customer-requests?request=New+request")
    expect(page.locator(".siop-empty")).to_contain_text("Nothing is asked for yet")
