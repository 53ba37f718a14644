"""The lead drags a company's files in, corrects what a column was taken for, mends a bad file, publishes, compares
and rolls back; whoever may not load is refused by the service too."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from siop.core import NotAllowed
from siop.decisions import Service, identify, loads
from siop.ledger import Ledger
from siop.warehouse import Staged, current_id, snapshots
from siop.workspace import Workspace
from tests.browser.conftest import ROOT, Cockpit, settled, start
from tests.browser.doing import become, click, picked, press

ADDRESS = "/data-and-loads?data_view=Load+files"
expect.set_options(timeout=30_000)  # the loader starts a process of its own for each look
PEOPLE = (("lena", "Lena Roth", "SIOP", "siop_lead"), ("vera", "Vera Stein", "Finance", "viewer"))
OLD = "month,sku,family,quantity\n" + "".join(f"2026-{m:02d},A-1,Pumps,{m}\n" for m in range(1, 7))
# Net and gross stand beside each other: the proposal takes the wrong one for revenue.
HEAD = "Monat;Artikel;Produktgruppe;Menge;Umsatz;Umsatz netto\n"
ROWS = [
    f"15.{m:02d}.2026;A-{n};Pumps;{m * n};{m * n * 12},50;{m * n * 10},25"
    for m in range(1, 7)
    for n in (1, 2)
]
BAD = [*ROWS[:3], ROWS[3].replace(";10", ";x10").replace(";4;", ";vier;"), ROWS[4].replace("2026", "20z6"), *ROWS[5:], "=cmd();A-9;Pumps;1;1,00;1,00"]  # fmt: skip
PLAN = "version,kind,month,sku,quantity\n" + "".join(f"B26,budget,2026-{m:02d},A-1,5\n" for m in range(1, 7))


def company(place: Path) -> Path:
    """A workspace with a small company, a lead and a viewer; the sample's switch lets the test be either."""
    sources = place / "sources"
    sources.mkdir(parents=True)
    (sources / "actuals.csv").write_text(OLD)
    history = place / "people.jsonl"
    lines = [
        {"type": "person", "at": f"2026-01-01T08:00:0{n}Z", "by": "lena",
         "payload": {"id": i, "name": name, "function": f, "role": r, "principal": True, "required_signer": False}}
        for n, (i, name, f, r) in enumerate(PEOPLE)
    ]  # fmt: skip
    history.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for words in (("load", str(sources)), ("ledger", "import", str(history))):
        subprocess.run(
            [sys.executable, "-m", "siop", *words, "--workspace", str(place)], cwd=ROOT, check=True
        )
    (place / "siop.toml").write_text('sample = "halden"\n')
    return place


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    served = start(company(tmp_path_factory.mktemp("load") / "company"))
    yield served
    served.kill()


@pytest.fixture(scope="module")
def published(cockpit: Cockpit, browser: Browser) -> dict[str, Any]:
    """The whole way from a dragged file to a published snapshot; what was seen on it."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(45_000)
    seen: dict[str, Any] = {"first": current_id(folder(cockpit))}
    page.goto(cockpit.url(ADDRESS))
    settled(page)
    drag(page, "Verkauf.csv", HEAD + "\n".join(BAD) + "\n")
    drag(page, "../../../plans.csv", PLAN)
    table = page.get_by_role("table", name="Files to load")
    expect(table).to_contain_text("Verkauf.csv")
    expect(table).to_contain_text("plans.csv")
    click(table.get_by_role("button", name="Take out actuals.csv"))
    expect(table).not_to_contain_text("actuals.csv")
    settled(page)
    expect(
        page.get_by_role("button", name="Check the files")
    ).to_be_disabled()  # nothing is loaded by a guess

    picked(page, "File and table", "Verkauf.csv, actuals")
    expect(page.get_by_role("combobox", name="Umsatz is taken for")).to_have_value("revenue")
    picked(page, "Umsatz netto is taken for", "revenue")
    expect(page.get_by_role("alert").filter(has_text="Not ready")).to_contain_text(
        "Two columns are taken for revenue"
    )
    expect(page.get_by_role("button", name="Save the mapping")).to_be_disabled()
    picked(page, "Umsatz is taken for", "not used")
    press(page, "Save the mapping")
    settled(page)

    press(page, "Check the files")
    expect(page.locator(".siop-headline")).to_contain_text("The dry run found", timeout=90_000)
    settled(page)
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    findings = page.get_by_role("table", name="Findings of the dry run")
    expect(findings).to_contain_text("row 5, column Menge")
    picked(page, "Rule", "number")
    expect(findings).not_to_contain_text("20z6")
    with page.expect_download() as download:
        press(page, "Download")
    seen["numbers"] = rows_of(Path(download.value.path()))
    picked(page, "Rule", "date")
    with page.expect_download() as download:
        press(page, "Download")
    seen["dates"] = rows_of(Path(download.value.path()))
    assert current_id(folder(cockpit)) == seen["first"]

    drag(
        page, "Verkauf.csv", HEAD + "\n".join(ROWS) + "\n"
    )  # mended in the company's own file, dragged again
    press(page, "Check the files")
    expect(page.get_by_role("table", name="What would be loaded")).to_contain_text("revenue", timeout=90_000)
    seen["would"] = page.get_by_role("table", name="What would be loaded").inner_text()
    press(page, "Publish")
    expect(page.get_by_role("status").filter(has_text="Published snapshot")).to_be_visible(timeout=90_000)
    settled(page)
    seen["second"] = current_id(folder(cockpit))
    context.close()
    return seen


def test_a_bad_file_is_refused_with_rows_that_can_be_downloaded(published: dict[str, Any]) -> None:
    numbers = [(r["file"], r["row"], r["column"], r["value"]) for r in published["numbers"]]
    assert ("Verkauf.csv", "5", "Menge", "vier") in numbers
    assert {r["rule"] for r in published["numbers"]} == {"number"}
    assert [(r["row"], r["value"]) for r in published["dates"]] == [("6", "15.03.20z6"), ("14", "'=cmd()")]


def test_what_was_published_is_what_pandas_reads(cockpit: Cockpit, published: dict[str, Any]) -> None:
    net = sum(float(row.split(";")[5].replace(",", ".")) for row in ROWS)
    found = cockpit.report("plan-vs-actual", "--measure", "revenue", "--version", "B26")["totals"]
    assert found["actual"] == pytest.approx(net)
    assert f"revenue {net:g}" in published["would"]
    loaded = snapshots(folder(cockpit))
    assert [s.loaded_by for s in loaded] == ["Lena Roth", "command line"]
    assert (published["second"], published["first"]) == (loaded[0].id, loaded[1].id)
    place = Workspace(cockpit.workspace)
    assert {p.name for p in place.sources.iterdir()} == {"Verkauf.csv", "plans.csv", "mapping.toml"}
    assert [p.name for p in (place.root / "earlier" / published["first"]).iterdir()] == ["actuals.csv"]
    assert not list(place.root.parent.glob("plans.csv"))
    assert place.snapshots.joinpath(f"{published['second']}.skus.parquet").is_file()  # the flags are kept


def test_compare_and_roll_back(cockpit: Cockpit, published: dict[str, Any], page: Page) -> None:
    page.goto(cockpit.url("/data-and-loads?data_view=Earlier+loads"))
    settled(page)
    changed = page.get_by_role("table", name="Rows changed")
    expect(changed.locator("tr").filter(has_text="actuals")).to_contain_text("6")
    expect(changed.locator("tr").filter(has_text="plans")).to_contain_text("6")
    effect = page.get_by_role("table", name="Effect on totals")
    expect(effect.locator("tr").filter(has_text="B26")).to_contain_text("30")
    expect(page.get_by_role("table", name="Effect on the KPIs")).to_contain_text("Revenue")
    press(page, f"Roll back to this {published['first']}")
    press(page, "Roll back")
    expect(page.get_by_role("status").filter(has_text="Rolled back to")).to_contain_text("Lena Roth")
    settled(page)
    assert current_id(folder(cockpit)) == published["first"]
    expect(page.get_by_role("table", name="What happened").locator("tbody tr").first).to_contain_text(
        "rolled back"
    )
    page.goto(cockpit.url("/data-and-loads"))
    settled(page)
    expect(page.locator(".siop-sub")).to_contain_text(published["first"])
    expect(page.get_by_role("table", name="Lineage")).to_contain_text("actuals.csv")


def test_a_viewer_is_offered_nothing_and_refused_everything(
    cockpit: Cockpit, published: dict[str, Any], page: Page
) -> None:
    page.goto(cockpit.url(ADDRESS))
    settled(page)
    become(page, "Vera Stein")
    expect(page.locator(".siop-empty")).to_contain_text("may not load")
    expect(page.locator('input[type="file"]')).to_have_count(0)
    page.goto(cockpit.url("/data-and-loads?data_view=Earlier+loads&as=vera"))
    place = Workspace(cockpit.workspace)
    ledger = Ledger(place.ledger_url, keys=place.keys)
    service, vera = Service(ledger), identify(ledger.state(), "vera", "sample")
    staged, now = Staged(place.root, "vera"), current_id(place.snapshots)
    staged.put("actuals.csv", OLD.encode())
    with pytest.raises(NotAllowed):
        loads.load_staged(service, vera, staged, place.snapshots)
    with pytest.raises(NotAllowed):
        loads.check_files(service, vera, staged.folder)
    with pytest.raises(NotAllowed):
        loads.roll_back(service, vera, place.snapshots, published["second"])
    assert current_id(place.snapshots) == now
    staged.discard()


# -- words of the tests ------------------------------------------------------------------------------------


def folder(cockpit: Cockpit) -> Path:
    return Workspace(cockpit.workspace).snapshots


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def drag(page: Page, name: str, text: str) -> None:
    page.locator('input[type="file"]').set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    expect(page.get_by_role("table", name="Files to load")).to_contain_text(
        name.rsplit("/", 1)[-1], timeout=45_000
    )
    settled(page)
