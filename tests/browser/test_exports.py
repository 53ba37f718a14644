"""What is downloaded from a page is what stands on it and what the command says; rights and limits hold at the click."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Cockpit, settled
from tests.browser.doing import become, click, press
from tests.browser.reading import read_number
from tests.browser.test_decide_and_sign import state_of

pytestmark = pytest.mark.browser


def opened(page: Page, cockpit: Cockpit, address: str) -> Page:
    page.goto(cockpit.url(address))
    return settled(page)


def taken(page: Page, label: str) -> tuple[str, bytes]:
    """(file name, content) of a download of the Export slot."""
    button = page.get_by_role("button", name=label, exact=True)
    if not button.is_visible():
        press(page, "Export")
    with page.expect_download() as download:
        click(button)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_the_workbook_is_the_page_and_the_page_is_the_report(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/plan-vs-actual?region=North")
    name, body = taken(page, "All tables, Excel")
    report = cockpit.report(
        "plan-vs-actual", "--by", "family", "--from", "2026-01", "--where", "region=North"
    )
    assert report["snapshot"] in name
    book = openpyxl.load_workbook(io.BytesIO(body), data_only=True)
    sheet = book["Plan and actual by family"]
    head = [c.value for c in sheet[1]]
    unit = str(head[0])
    by_name = {row[0].value: [c.value for c in row] for row in sheet.iter_rows(min_row=2)}
    told = {r["family"]: r for r in report["rows"]} | {"Total": report["totals"]}
    assert set(by_name) == set(told)
    assert head[3:5] == ["ΔBudget", "ΔBudget %"]
    columns = {"actual": 2, "deviation": 3, "deviation_ratio": 4}
    shown = (
        page.locator('table[aria-label="Plan and actual by family"] tr')
        .nth(1)
        .locator("td")
        .all_inner_texts()
    )
    for family, row in told.items():
        for field, at in columns.items():
            scale = 1.0 if field == "deviation_ratio" else read_number("1", unit).value
            half = 0.0005 if scale == 1.0 else 0.0501 * scale
            assert by_name[family][at] * scale == pytest.approx(row[field], abs=half * 1.001), (family, field)
    first = by_name[shown[0].split("\n")[0].strip()]
    assert any(
        read_number(text).value == pytest.approx(first[2]) for text in shown[1:] if re.search(r"\d", text)
    )
    about = [c.value for row in book.worksheets[0].iter_rows() for c in row if c.value]
    assert "region: North" in about
    assert report["snapshot"] in about
    name, body = taken(page, "Plan and actual by family, CSV")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows[0] == head
    assert float(rows[1][2]) == pytest.approx(
        float(first[2]) if rows[1][0] == shown[0] else by_name[rows[1][0]][2]
    )


def test_figures_open_without_a_network(page: Page, cockpit: Cockpit, tmp_path: Path) -> None:
    opened(page, cockpit, "/where-we-stand")
    _, body = taken(page, "Figures, HTML")
    path = tmp_path / "figures.html"
    path.write_bytes(body)
    outside: list[str] = []
    page.on(
        "request",
        lambda r: outside.append(r.url) if not r.url.startswith(("file:", "data:", "blob:")) else None,
    )
    page.goto(path.as_uri())
    expect(page.locator(".main-svg").first).to_be_visible()
    assert outside == []


def test_minutes_of_the_page_are_those_of_the_command(page: Page, cockpit: Cockpit, tmp_path: Path) -> None:
    opened(page, cockpit, "/decide-and-sign?cycle=Oct+2026")
    name, body = taken(page, "Markdown")
    assert name == "minutes_2026-10.md"
    out = tmp_path / "m.md"
    assert cockpit.command("minutes", "2026-10", "--out", str(out)).returncode == 0
    assert out.read_bytes() == body
    _, pdf = taken(page, "PDF")
    assert pdf.startswith(b"%PDF")
    told = json.loads(re.findall(r"```json\n(.*?)\n```", body.decode(), re.DOTALL)[0])
    verified = json.loads(cockpit.command("ledger", "verify", "--json").stdout)
    assert (told["checkpoint"]["size"], told["checkpoint"]["head"]) == (verified["entries"], verified["head"])


def test_a_viewer_takes_no_file_and_raises_no_decision(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/plan-vs-actual")
    expect(page.get_by_role("button", name="Decide", exact=True)).to_have_count(1)
    viewer = next(p for p in state_of(cockpit).people.values() if p.permission == "viewer" and p.active)
    become(page, viewer.name)
    expect(page.get_by_role("button", name="Decide", exact=True)).to_have_count(0)
    press(page, "Export")
    expect(page.locator(".siop-note").filter(has_text="takes no files out of it")).to_have_count(1)
    expect(page.get_by_role("button", name="All tables, Excel")).to_have_count(0)


def test_decide_opens_the_form_with_the_view_as_evidence(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit, "/plan-vs-actual?region=North")
    press(page, "Decide")
    page.wait_for_url("**/decide-and-sign**")
    settled(page)
    evidence = page.get_by_label(re.compile("Evidence"))
    expect(evidence).to_have_value("/plan-vs-actual?region=North")


def test_a_row_that_needs_a_decision_is_drilled_and_decided(page: Page, cockpit: Cockpit) -> None:
    """Each family on the scorecard's list leads to what is behind it, and to a new decision with that as evidence."""
    opened(page, cockpit, "/where-we-stand")
    rows = page.locator("table[aria-label='Needs a decision today'] tbody tr")
    drill = rows.get_by_role("button", name=re.compile("^Drill "))
    expect(drill.first).to_be_visible()
    assert rows.count() == rows.get_by_role("button", name=re.compile("^Decide ")).count()
    family = str(drill.first.get_attribute("data-id")).partition(":")[2]
    click(page.locator(f"[data-id='raise:{family}']"))
    page.wait_for_url("**/decide-and-sign**")
    settled(page)
    evidence = page.get_by_label(re.compile("Evidence"))
    expect(evidence).to_have_value("/plan-vs-actual?" + urlencode({"family": family}))
