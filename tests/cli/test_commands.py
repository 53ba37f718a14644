"""The command line as people script it: exit codes, one JSON object, and the same numbers as the files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from siop.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
ACTUALS = """month,sku,customer,quantity,revenue
2026-01,P1,Ann,10,100.10
2026-02,P1,Ann,11,110.20
2026-02,V1,Bob,3,30.05
2026-03,V1,Ann,4,40
"""
PLANS = """version,kind,month,family,revenue
B26,budget,2026-01,Pumps,90
B26,budget,2026-02,Pumps,120.5
B26,budget,2026-03,Valves,50
"""
PRODUCTS = "sku,family\nP1,Pumps\nV1,Valves\n"


def siop(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "siop", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def told(*words: str | Path, code: int = 0) -> dict[str, Any]:
    """The one JSON object a command prints."""
    found = siop(*words, "--json")
    assert found.returncode == code, found.stderr + found.stdout
    body: dict[str, Any] = json.loads(found.stdout)
    return body


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name, text in (("actuals", ACTUALS), ("plans", PLANS), ("products", PRODUCTS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_check_is_a_dry_run_with_exact_sums(sources: Path, tmp_path: Path) -> None:
    body = told("check", sources)
    assert body["ok"] is True
    assert body["tables"]["actuals"]["rows"] == 4
    assert body["tables"]["actuals"]["sums"]["revenue"] == "280.35"
    assert not (tmp_path / "w").exists()


def test_load_then_report(sources: Path, tmp_path: Path) -> None:
    loaded = told("load", sources, "--workspace", tmp_path / "w")
    assert set(loaded["plan_hashes"]) == {"B26"}
    body = told("report", "plan-vs-actual", "--workspace", tmp_path / "w", "--by", "family,month")
    assert body["snapshot"] == loaded["snapshot"]
    assert body["as_of"] == "2026-03"
    pumps = {row["month"]: row for row in body["rows"] if row["family"] == "Pumps"}
    assert pumps["2026-02"]["deviation"] == pytest.approx(-10.3)
    assert body["totals"]["deviation"] == pytest.approx(280.35 - 260.5)
    narrowed = told(
        "report",
        "plan-vs-actual",
        "--workspace",
        tmp_path / "w",
        "--where",
        "family=Valves",
        "--from",
        "2026-03",
    )
    assert (narrowed["totals"]["plan"], narrowed["totals"]["actual"]) == (50, 40)
    assert narrowed["scope"] == {"family": "Valves"}
    top = told("report", "plan-vs-actual", "--workspace", tmp_path / "w", "--by", "month", "--top", "1")
    assert len(top["rows"]) == 1


def test_the_same_files_give_the_same_hashes(sources: Path, tmp_path: Path) -> None:
    first = told("load", sources, "--workspace", tmp_path / "a")
    second = told("load", sources, "--workspace", tmp_path / "b")
    assert (first["content_hash"], first["plan_hashes"]) == (second["content_hash"], second["plan_hashes"])


@pytest.mark.parametrize(
    ("file", "find", "put", "row", "column"),
    [
        ("actuals.csv", "110.20", "many", 3, "revenue"),
        ("actuals.csv", "2026-03,V1", "2026-03,V9", 5, "sku"),
        ("actuals.csv", "2026-03,V1,Ann", "2026-02,V1,Bob", 5, None),
        (
            "actuals.csv",
            "month,sku,customer,quantity,revenue",
            "month,sku,customer,quantity,revenu",
            1,
            "revenu",
        ),
    ],
)
def test_a_bad_file_is_refused_where_it_is_bad_and_the_last_snapshot_stays(
    sources: Path, tmp_path: Path, file: str, find: str, put: str, row: int | None, column: str | None
) -> None:
    before = told("load", sources, "--workspace", tmp_path / "w")["snapshot"]
    path = sources / file
    path.write_text(path.read_text(encoding="utf-8").replace(find, put), encoding="utf-8")
    body = told("load", sources, "--workspace", tmp_path / "w", code=1)
    errors = [f for f in body["findings"] if f["severity"] == "error"]
    assert errors
    assert any(f["file"].endswith(file) and (row is None or f["row"] == row) and f["fix"] for f in errors), (
        errors
    )
    assert column is None or any(f["column"] == column for f in errors), errors
    assert told("report", "plan-vs-actual", "--workspace", tmp_path / "w")["snapshot"] == before


def test_a_missing_file_and_an_empty_file_are_refused(sources: Path, tmp_path: Path) -> None:
    (sources / "actuals.csv").write_text("", encoding="utf-8")
    assert any("empty" in f["message"] for f in told("check", sources, code=1)["findings"])
    (sources / "mapping.toml").write_text(
        '[[source]]\ntable = "actuals"\nfile = "gone.csv"\n', encoding="utf-8"
    )
    assert any("gone.csv" in f["file"] + f["message"] for f in told("check", sources, code=1)["findings"])


def test_wrong_usage_is_exit_2_and_refusals_are_exit_1(sources: Path, tmp_path: Path) -> None:
    told("load", sources, "--workspace", tmp_path / "w")
    assert siop("report", "plan-vs-actual", "--workspace", tmp_path / "w", "--from", "Jan").returncode == 2
    assert siop("report").returncode == 2
    assert siop("nonsense").returncode == 2
    assert told("report", "nonsense", "--workspace", tmp_path / "w", code=1)["ok"] is False
    unknown = told("report", "plan-vs-actual", "--workspace", tmp_path / "w", "--by", "colour", code=1)
    assert "colour" in unknown["error"]
    assert told("report", "plan-vs-actual", "--workspace", tmp_path / "nothing", code=1)["ok"] is False


def test_ledger_of_an_empty_workspace_is_whole(sources: Path, tmp_path: Path) -> None:
    told("load", sources, "--workspace", tmp_path / "w")
    body = told("ledger", "verify", "--workspace", tmp_path / "w")
    assert (body["ok"], body["entries"], body["first_bad"]) == (True, 0, None)


def test_a_history_comes_in_whole_or_not_at_all(sources: Path, tmp_path: Path) -> None:
    told("load", sources, "--workspace", tmp_path / "w")
    person = {
        "type": "person", "at": "2026-01-05T09:00:00Z", "by": "ann",
        "payload": {"id": "ann", "name": "Ann", "function": "Sales", "role": "function head", "principal": True,
                    "required_signer": True},
    }  # fmt: skip
    sign = {
        "type": "sign_off", "at": "2026-01-20T09:00:00Z", "by": "ann", "cycle": "2026-01",
        "payload": {"version": "B26", "person": "ann", "function": "Sales", "stance": "consent"},
    }  # fmt: skip
    bad = {**sign, "payload": {**sign["payload"], "stance": "object"}}  # an objection needs a reason
    history = tmp_path / "history.jsonl"
    history.write_text("\n".join(map(json.dumps, (person, bad))), encoding="utf-8")
    refused = told("ledger", "import", history, "--workspace", tmp_path / "w", code=1)
    assert any(f["row"] == 2 and "reason" in f["message"] + f["fix"] for f in refused["findings"])
    assert told("ledger", "verify", "--workspace", tmp_path / "w")["entries"] == 0
    history.write_text("\n".join(map(json.dumps, (person, sign))), encoding="utf-8")
    told("ledger", "import", history, "--workspace", tmp_path / "w")
    body = told("ledger", "export", "--workspace", tmp_path / "w")
    assert len(body["lines"]) == 2
    assert told("ledger", "verify", "--workspace", tmp_path / "w")["ok"] is True


def test_import_of_the_commands_leaves_streamlit_out() -> None:
    code = "import sys, siop.cli; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_people_are_added_and_listed(sources: Path, tmp_path: Path) -> None:
    place = tmp_path / "w"
    added = told("people", "add", "ann", "--workspace", place, "--name", "Ann Lee", "--function", "Sales",
                 "--role", "function_head", "--signs", "--only", "region=West")  # fmt: skip
    assert added["entry"] == 1
    (one,) = told("people", "list", "--workspace", place)["people"]
    assert (one["id"], one["role"], one["required_signer"], one["only"]) == (
        "ann",
        "function_head",
        True,
        {"region": ["West"]},
    )
    assert (
        siop(
            "people", "add", "bob", "--workspace", place, "--name", "B", "--function", "F", "--role", "king"
        ).returncode
        == 2
    )


def test_balance_by_resource_and_month(halden: Path) -> None:
    """resource is no dimension of sales, yet the contract's balance is by it."""
    found = told("report", "balance", "--workspace", halden, "--by", "resource,month", "--json")
    assert {"resource", "month", "load_hours", "available_hours", "utilisation"} <= set(found["rows"][0])
    assert found["totals"]["first_trouble"]["kind"] == "capacity"


def test_a_filter_is_read_as_the_loader_reads_keys_and_another_currency_is_said(tmp_path: Path) -> None:
    """A name typed with combining accents is the name; nothing of a company in kroner is in euro."""
    folder, place = tmp_path / "in", tmp_path / "w"
    folder.mkdir()
    months = [f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]
    lines = [f"{m},P1,S\u00fcd,{100 + 7 * (i % 12)},{1e4 + 900 * (i % 12)}" for i, m in enumerate(months)]
    (folder / "actuals.csv").write_text(
        "month,sku,region,quantity,revenue\n" + "\n".join(lines), encoding="utf-8"
    )
    plan = "\n".join(f"2026-{m:02d},P1,S\u00fcd,120,12000" for m in range(1, 13))
    (folder / "plans.csv").write_text(f"month,sku,region,quantity,revenue\n{plan}\n", encoding="utf-8")
    (folder / "mapping.toml").write_text(
        '[company]\nname = "Nord"\ncurrency = "NOK"\n[[source]]\ntable = "actuals"\nfile = "actuals.csv"\n'
        '[[source]]\ntable = "plans"\nfile = "plans.csv"\nconstants = { version = "B26", kind = "budget" }\n',
        encoding="utf-8",
    )
    assert told("load", folder, "--workspace", place)["ok"]
    found = told(
        "report", "plan-vs-actual", "--workspace", place, "--where", "region=Su\u0308d", "--from", "2025-01"
    )
    assert found["totals"]["actual"] == pytest.approx(sum(1e4 + 900 * i for i in range(12)))
    card = told("report", "scorecard", "--workspace", place)
    said = json.dumps(card, ensure_ascii=False)
    assert "NOK" in said
    assert "EUR" not in said
    assert "2026 lands at" in said


def test_check_prints_the_mapping_it_proposes(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "sales export.csv").write_text(
        "Posting Date;Item No.;Quantity\n2026-01-05;A;3\n", encoding="utf-8"
    )
    found = siop("check", folder)
    assert found.returncode == 1
    assert "[[source]]" in found.stdout
    assert 'sku = "Item No."' in found.stdout


def test_an_option_that_a_report_does_not_take_is_said(halden: Path) -> None:
    def notes(*words: str) -> list[str]:
        asked = ["report", *words, "--workspace", str(halden), "--json"]
        found = CliRunner().invoke(main, asked, catch_exceptions=False)
        told: list[str] = json.loads(found.stdout)["notes"]
        return told

    assert "This report does not take --version, --by: left aside." in notes(
        "risk", "--by", "family", "--version", "budget", "--draws", "1000", "--lag", "2"
    )
    assert not any("does not take" in note for note in notes("risk", "--draws", "1000", "--rho", ".2"))
    assert not any(
        "does not take" in note for note in notes("plan-vs-actual", "--by", "family", "--lag", "2")
    )


def test_what_cannot_be_printed_read_or_made_is_a_refusal(sources: Path, tmp_path: Path) -> None:
    place = tmp_path / "w"
    told("load", sources, "--workspace", place)
    line = {
        "type": "comment",
        "at": "2025-01-01",
        "by": "a\ud800b",
        "payload": {"coordinates": {"metric": "m", "scope": {}}, "text": "t"},
    }
    history = tmp_path / "h.jsonl"
    history.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert "U+D800" in told("ledger", "import", history, "--workspace", place, code=1)["error"]
    bytes_ = [
        sys.executable,
        "-m",
        "siop",
        "report",
        "plan-vs-actual",
        "-w",
        str(place),
        "--where",
        b"region=\xe9",
    ]
    refused = subprocess.run(bytes_, cwd=ROOT, capture_output=True)
    assert (refused.returncode, b"Traceback" in refused.stderr) == (2, False)
    file = tmp_path / "file"
    file.write_text("a file, no folder", encoding="utf-8")
    for command in (("load", sources), ("people", "list"), ("ledger", "verify")):
        assert told(*command, "--workspace", file, code=1)["ok"] is False
    assert told("people", "list", "--workspace", tmp_path / "nowhere", code=1)["ok"] is False
    assert not (tmp_path / "nowhere").exists()
    for out in (tmp_path, tmp_path / "none" / "x.jsonl"):
        assert (
            "cannot be written"
            in told("ledger", "export", "--workspace", place, "--out", out, code=1)["error"]
        )


def test_signed_means_the_plan_in_force_in_every_report(halden: Path) -> None:
    def body(*words: str, code: int = 0) -> dict[str, Any]:
        asked = ["report", *words, "--workspace", str(halden), "--json"]
        found = CliRunner().invoke(main, asked, catch_exceptions=False)
        assert found.exit_code == code, found.output
        answer: dict[str, Any] = json.loads(found.stdout)
        return {k: v for k, v in answer.items() if k != "notes"}

    signed = body("outlook")["totals"]["version"]
    for report in ("plan-vs-actual", "outlook", "scorecard", "localise", "family-grid", "bridge"):
        named = ("--current",) if report == "bridge" else ("--version",)
        assert body(report, *named, "signed") == body(report, *named, signed), report
        assert "nope" in body(report, *named, "nope", code=1)["error"], report
    plain, beside = body("outlook")["totals"], body("outlook", "--version", "budget")["totals"]
    assert (
        beside["landing"]["signed"] == plain["landing"]["signed"]
    )  # of the plan signed, whatever stands beside
