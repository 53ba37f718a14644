"""From files and a history to the board, by the command line: the sample's stories, and a plan edited after signing.

SIOP_SAMPLE_SEEDS sets how many sample companies are made (20 in the published figures; one here).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from siop.core import span
from tests.health.companies import line, when

ROOT = Path(__file__).resolve().parents[2]
SEEDS = int(os.environ.get("SIOP_SAMPLE_SEEDS", "1"))
PLANTED = {"dominance", "unearned_dominance", "customer_sway", "S5"}  # red is right there


def siop(*words: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", "siop", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    found: dict[str, Any] = json.loads(done.stdout) if "--json" in words else {}
    return found


def board(workspace: Path, *words: str) -> dict[str, dict[str, Any]]:
    told = siop("report", "health", "--workspace", str(workspace), *words, "--json")
    return {row["index"]: row for row in told["rows"]}


@pytest.mark.timeout(600 + 60 * SEEDS)
def test_the_board_names_the_stories(halden: Path, tmp_path: Path) -> None:
    false_reds = []
    for seed in range(SEEDS):
        place = halden if seed == 0 else tmp_path / str(seed)
        if seed:
            siop("init", str(place), "--sample", "halden", "--seed", str(seed))
        truth = {s["story"]: s["subject"] for s in json.loads((place / "stories.json").read_text())}
        rows = board(place)
        assert rows["unearned_dominance"]["subject"] == truth["dominant_function"], seed
        assert rows["unearned_dominance"]["status"] == "red", seed
        assert rows["S5"]["subject"] == truth["normalised_family"], seed
        assert rows["S5"]["status"] in ("watch", "red"), seed
        assert rows["customer_sway"]["subject"] == truth["favoured_customer"], seed
        assert rows["customer_sway"]["status"] == "red", seed
        assert rows["S4"]["subject"] == truth["optimistic_owner"], seed
        assert rows["coherence"]["subject"]["resource"] == truth["bottleneck"]["resource"], seed
        for index, row in rows.items():
            assert row["evidence"], (seed, index)
            if row["status"] == "red" and index not in PLANTED:
                false_reds.append((seed, index, row["value"]))
    assert len(false_reds) <= max(1, SEEDS // 20), false_reds


def csv(path: Path, head: str, rows: list[tuple[object, ...]]) -> None:
    text = "\n".join([head, *(",".join("" if v is None else str(v) for v in row) for row in rows)])
    path.write_text(text + "\n", encoding="utf-8")


def plan(edit: dict[tuple[str, str], float] | None = None) -> list[tuple[object, ...]]:
    """1,000 units a family and month, at 10; `edit` adds units to cells."""
    found: list[tuple[object, ...]] = []
    for month in span("2026-11", "2027-02"):
        for family in ("Pumps", "Valves"):
            units = 1000.0 + (edit or {}).get((family, month), 0.0)
            found.append(("Plan 2026-10", month, family, units, units * 10))
    return found


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Path]:
    """(sources, workspace) of a small company whose plan was loaded and signed by history import."""
    sources, workspace = tmp_path / "files", tmp_path / "company"
    sources.mkdir()
    months = span("2025-11", "2026-10")
    csv(sources / "actuals.csv", "month,family,quantity,revenue",
        [(m, f, 1000, 10000) for m in months for f in ("Pumps", "Valves")])  # fmt: skip
    csv(sources / "versions.csv", "version,kind,cycle", [("Plan 2026-10", "consensus", "2026-10")])
    csv(sources / "plans.csv", "version,month,family,quantity,revenue", plan())
    siop("load", str(sources), "--workspace", str(workspace))
    history = [
        line("person", when("2026-10", 1), None, by="lead", id="lead", name="Lead", function="siop", role="siop_lead",
             principal=False, required_signer=False),
        line("person", when("2026-10", 1), None, by="lead", id="anna", name="Anna", function="sales",
             role="executive", principal=True, required_signer=True),
        line("sign_off", when("2026-10", 17), "2026-10", by="anna", version="Plan 2026-10", person="anna",
             function="sales", stance="consent"),
    ]  # fmt: skip
    imported(workspace, tmp_path, history)
    return sources, workspace


def imported(workspace: Path, folder: Path, lines: list[dict[str, Any]]) -> None:
    path = folder / "history.jsonl"
    told = [{k: v for k, v in one.items() if v is not None} for one in lines]
    path.write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")
    siop("ledger", "import", str(path), "--workspace", str(workspace))


def test_a_plan_edited_after_signing(signed: tuple[Path, Path], tmp_path: Path) -> None:
    sources, workspace = signed
    before = board(workspace)["unsigned_change"]
    assert (before["value"], before["status"]) == (0.0, "ok")
    edit = {("Pumps", "2026-12"): 240.0, ("Valves", "2027-01"): -160.0}
    csv(sources / "plans.csv", "version,month,family,quantity,revenue", plan(edit))
    siop("load", str(sources), "--workspace", str(workspace))
    after = board(workspace)["unsigned_change"]
    assert after["value"] == pytest.approx(400 / 8000)
    assert (after["numerator"], after["denominator"]) == (4000.0, 80000.0)
    assert after["status"] == "red"
    assert after["subject"] == {"version": "Plan 2026-10"}
    options = [{"label": "more", "description": "m", "cost": 1}, {"label": "same", "description": "s"}]
    imported(workspace, tmp_path, [
        line("decision", when("2026-10", 18), "2026-10", by="anna", id="D1", question="More pumps?", options=options,
             raised_by="anna"),
        line("decided", when("2026-10", 19), "2026-10", by="anna", decision="D1", outcome="approved", option="more",
             rationale="orders", owner="anna", due="2026-12-01",
             authorises=[{"version": "Plan 2026-10", "scope": {"family": "Pumps"}, "from": "2026-12", "to": "2026-12"}]),
    ])  # fmt: skip
    allowed = board(workspace)["unsigned_change"]
    assert allowed["value"] == pytest.approx(160 / 8000)
    changed = [e for e in allowed["evidence"] if "change" in e]
    assert {(e["family"], e["decision"]) for e in changed} == {("Pumps", "D1"), ("Valves", None)}
