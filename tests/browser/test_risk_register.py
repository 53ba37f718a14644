"""Register an item, slide, score it, close it with an outcome; paste a register; empty, one and 500 items look right."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Cockpit, settled, start
from tests.browser.doing import click, fill, key, picked, press
from tests.browser.test_risk_health import in_line, same

PATH = "/risk-and-reward"


def opened(page: Page, cockpit: Cockpit, view: str | None = None) -> Page:
    page.goto(cockpit.url(PATH + (f"?risk_view={view}" if view else "")))
    return settled(page)


def entries(cockpit: Cockpit, ident: str) -> list[dict[str, Any]]:
    told = json.loads(cockpit.command("ledger", "export", "--json").stdout)
    return [line for line in told["lines"] if line["payload"].get("id") == ident]


def count(cockpit: Cockpit) -> int:
    found: int = json.loads(cockpit.command("ledger", "verify", "--json").stdout)["entries"]
    return found


def test_an_item_lives_on_the_page(page: Page, cockpit: Cockpit) -> None:
    before = cockpit.report("risk")
    opened(page, cockpit)
    click(page.get_by_text("Register a risk or an opportunity"))
    fill(page.get_by_label("What could happen"), "Crane fails in the <i>foundry</i>")
    press(page, "Register it")
    refused = page.locator("table[aria-label='What was refused']")
    refused.wait_for()
    assert {"owner", "low", "likely", "high"} <= set(refused.locator("td:first-child").all_inner_texts())
    assert len(cockpit.report("risk")["rows"]) == len(before["rows"])  # nothing half saved

    form = page.locator("[data-testid=stForm]", has_text="What could happen")
    picked(form, "Owner", "Petra Novak")
    fill(form.get_by_label("Probability, %"), "40")
    for name, amount in (("Low", 400_000), ("Likely", 600_000), ("High", 1_100_000)):
        fill(form.get_by_label(name, exact=True), str(amount))
    fill(form.get_by_label("What can be done before"), "Rent a mobile crane")
    fill(form.get_by_label("Its cost"), "20000")
    fill(form.get_by_label("Probability then, %"), "10")
    key(form.get_by_label("Probability then, %"), "Tab")
    press(page, "Register it")
    page.get_by_text("Saved in the ledger.").wait_for()
    settled(page)
    after = cockpit.report("risk")
    (row,) = [r for r in after["rows"] if r["id"] not in {b["id"] for b in before["rows"]}]
    assert row["mean"] == pytest.approx(-0.4 * 700_000)
    assert [e["type"] for e in entries(cockpit, row["id"])] == ["risk", "risk_score"]
    assert same(in_line(page, "register_mean"), after["totals"]["register"]["mean"])
    for name in ("p10", "p50", "p90"):
        assert same(in_line(page, f"landing_{name}"), after["totals"]["landing"][name]), name
    assert not same(in_line(page, "register_mean"), before["totals"]["register"]["mean"])

    click(page.get_by_text("What if? Move probabilities"))
    entries_then = count(cockpit)
    slider = (
        page.get_by_role("slider", name="Crane fails")
        .or_(page.locator("[data-testid=stSlider]", has_text="Crane fails").get_by_role("slider"))
        .first
    )
    key(slider, "ArrowRight")
    page.get_by_text("The register moves by −35.0").wait_for()
    rho = page.locator("[data-testid=stSlider]", has_text="Correlation between").get_by_role("slider")
    key(rho, "ArrowRight")
    settled(page)
    assert count(cockpit) == entries_then  # a slider saves nothing

    click(page.locator(f"[data-id='{row['id']}']").first)
    drawer = page.locator(".st-key-drawer")
    fill(drawer.get_by_label("Probability, %"), "55")
    key(drawer.get_by_label("Probability, %"), "Tab")
    click(drawer.get_by_role("button", name="Check in the score"))
    drawer.get_by_text("Saved in the ledger.").wait_for()
    settled(page)
    scored = cockpit.report("risk")
    assert next(r for r in scored["rows"] if r["id"] == row["id"])["mean"] == pytest.approx(-0.55 * 700_000)
    assert same(in_line(page, "register_mean"), scored["totals"]["register"]["mean"])
    assert drawer.locator("table[aria-label='Scores, newest first'] tbody tr").count() == 2

    lever = next(w for w in scored["totals"]["levers"] if w["item"] == row["id"] and w["what"] == "mitigate")
    assert lever["back"] == pytest.approx((lever["mean"] - 20_000) / 20_000)
    closed = scored["totals"]["calibration"]["n"]
    click(drawer.get_by_role("tab", name="Close it"))
    click(drawer.get_by_role("button", name="Close the item"))
    page.locator("table[aria-label='What was refused']").wait_for()
    picked(drawer, "Did it happen?", "It happened")
    fill(drawer.get_by_label("Amount that came"), "650000")
    key(drawer.get_by_label("Amount that came"), "Tab")
    click(drawer.get_by_role("button", name="Close the item"))
    page.get_by_text("Saved in the ledger.").wait_for()
    settled(page)
    last = cockpit.report("risk")
    assert row["id"] not in {r["id"] for r in last["rows"]}
    assert last["totals"]["calibration"]["n"] == closed + 1
    assert same(in_line(page, "register_mean"), last["totals"]["register"]["mean"])
    assert [e["type"] for e in entries(cockpit, row["id"])] == [
        "risk",
        "risk_score",
        "risk_score",
        "risk_outcome",
    ]
    opened(page, cockpit, "Were+we+right%3F")
    shown = page.locator(
        "table[aria-label='Closed items'] tbody tr", has_text="Crane fails in the <i>foundry</i>"
    )
    assert "55" in shown.inner_text() or "40" in shown.inner_text()


def test_a_paste_waits_as_a_whole(page: Page, cockpit: Cockpit) -> None:
    opened(page, cockpit)
    first = next(r["scope"].split(",")[0] for r in cockpit.report("risk")["rows"])
    head = "kind\ttitle\tfamily\tfrom\tto\towner\tprobability\tlow\tlikely\thigh"
    good = f"risk\tPasted one\t{first}\t2026-12\t2027-01\tPetra Novak\t0.2\t10000\t20000\t30000"
    bad = f"risk\tPasted two\t{first}\t2026-12\t2026-11\tPetra Nowak\t20\t10000\t20000\t30000"
    before = count(cockpit)
    click(page.get_by_text("Register a risk or an opportunity"))
    click(page.get_by_role("tab", name="Paste from a sheet"))
    area = page.get_by_role("textbox", name="Rows with their header")
    fill(area, "\n".join((head, good, bad)))
    key(area, "Tab")
    press(page, "Check and register all")
    refused = page.locator("table[aria-label='What was refused']")
    refused.wait_for()
    assert set(refused.locator("td:nth-child(2)").all_inner_texts()) == {"to", "owner", "probability"}
    assert "did you mean Petra Novak?" in refused.inner_text()
    expect(page.get_by_text("the rest of the paste waits")).to_have_count(1)
    assert count(cockpit) == before
    fill(area, "\n".join((head, good, good.replace("Pasted one", "Pasted two"))))
    key(area, "Tab")
    press(page, "Check and register all")
    page.get_by_text("Saved in the ledger.").wait_for()
    assert count(cockpit) == before + 4
    assert {"Pasted one", "Pasted two"} <= {r["title"] for r in cockpit.report("risk")["rows"]}


def item(n: int) -> list[dict[str, Any]]:
    """Lines of an import: an item and its score."""
    at, ident = "2026-11-20T09:00:00Z", f"I-{n}"
    sign = "risk" if n % 3 else "opportunity"
    told = {"id": ident, "kind": sign, "title": f"Item {n} of a register that is long", "scope": {}, "from": "2026-12",
            "to": "2027-02", "in_plan": False, "owner": "petra.novak"}  # fmt: skip
    score = {
        "id": ident,
        "probability": 0.1 + 0.01 * (n % 50),
        "low": 1000 * n,
        "likely": 1500 * n,
        "high": 2500 * n,
    }
    return [{"type": t, "at": at, "by": "ruth.calder", "cycle": "2026-11", "payload": p} for t, p in (("risk", told), ("risk_score", score))]  # fmt: skip


@pytest.fixture(scope="module", params=[0, 1, 500])
def sized(
    request: pytest.FixtureRequest, halden: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Cockpit]]:
    """The sample with a register of 0, 1 and 500 items: its own ledger, without the sample's history of risks."""
    place = tmp_path_factory.mktemp(f"register{request.param}") / "halden"
    shutil.copytree(halden, place)
    for old in [*place.glob("ledger.sqlite*"), *(place / "checkpoints").glob("*")]:
        old.unlink()
    people = [
        json.loads(line)
        for line in exported(halden)
        if '"type": "person"' in line or '"type":"person"' in line
    ]
    lines = [
        {k: line[k] for k in ("type", "at", "by", "cycle", "payload") if line.get(k) is not None}
        for line in people
    ]
    for n in range(1, request.param + 1):
        lines += item(n)
    history = place / "history.jsonl"
    history.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    served = Cockpit(place, 0, None)  # type: ignore[arg-type]
    done = served.command("ledger", "import", str(history))
    assert done.returncode == 0, done.stdout + done.stderr
    running = start(place)
    yield request.param, running
    running.kill()


def exported(workspace: Path) -> list[str]:
    return Cockpit(workspace, 0, None).command("ledger", "export").stdout.splitlines()  # type: ignore[arg-type]


def test_registers_of_every_size_look_right(browser: Browser, sized: tuple[int, Cockpit]) -> None:
    size, cockpit = sized
    told = cockpit.report("risk")
    assert len(told["rows"]) == size
    for width, height in ((1920, 1080), (390, 844)) if size == 500 else ((1920, 1080),):
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(45_000)
        opened(page, cockpit)
        assert page.locator(".siop-headline").inner_text() == told["totals"]["headline"]
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        if size:
            assert same(in_line(page, "register_mean"), told["totals"]["register"]["mean"])
            expect(page.locator("table[aria-label=Register] tbody tr")).to_have_count(min(size, 5) + 1)
        else:
            assert page.get_by_text("The register is empty").count() == 1
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
        context.close()
