"""The stories hidden in the sample company are told apart, in words, by the commands. More seeds: SIOP_SAMPLES=20."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from siop.core import months_between

ROOT = Path(__file__).parents[2]
SAMPLES = int(os.environ.get("SIOP_SAMPLES", "2"))
STORIES = ("normalised_family", "noisy_family", "fine_family", "lost_slice")
ROWS = {
    "deviations": (
        "month", "plan", "actual", "deviation", "deviation_ratio", "impact", "tolerance", "in_tolerance",
        "in_original_tolerance", "signal", "first_signal", "signals", "direction", "rule", "norm", "breaches_6",
        "response_rate", "tolerance_growth", "evidence", "sentence",
    ),
    "localise": ("slice", "effect", "impact", "share_of_gap", "plan", "items", "sentence"),
}  # fmt: skip


def siop(*args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "siop", *args], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def reports(workspace: Path) -> dict[str, dict[str, Any]]:
    return {name: json.loads(siop("report", name, "--workspace", str(workspace), "--json")) for name in ROWS}


@pytest.fixture(scope="module")
def printed(halden: Path) -> dict[str, dict[str, Any]]:
    """What the commands print for the default seed."""
    return reports(halden)


def truth(workspace: Path) -> dict[str, dict[str, Any]]:
    return {s["story"]: s for s in json.loads((workspace / "stories.json").read_text(encoding="utf-8"))}


def others(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    for seed in range(1, SAMPLES):
        place = tmp_path / str(seed)
        siop("init", str(place), "--sample", "halden", "--seed", str(seed))
        yield str(seed), place


def faults(found: dict[str, dict[str, Any]], told: dict[str, dict[str, Any]]) -> dict[str, str]:
    """{story: what was said wrongly} of one company."""
    rows = {r["family"]: r for r in found["deviations"]["rows"]}
    normalised, noisy, fine = (rows[told[s]["subject"]["family"]] for s in STORIES[:3])
    wrong = {}
    if normalised["norm"] != "normalised" or "becoming normal" not in normalised["sentence"]:
        wrong["normalised_family"] = normalised["sentence"]
    elif (
        normalised["direction"] != "below"
        or abs(months_between(told["normalised_family"]["from"], normalised["first_signal"])) > 3
    ):
        wrong["normalised_family"] = (
            f"signal since {normalised['first_signal']}, not {told['normalised_family']['from']}"
        )
    if noisy["norm"] in ("normalised", "tolerated") or noisy["signal"]:
        wrong["noisy_family"] = noisy["sentence"]
    if fine["norm"] != "normal" or fine["signal"] or not fine["in_original_tolerance"]:
        wrong["fine_family"] = fine["sentence"]
    slices = [r for r in found["localise"]["rows"] if r["slice"] == told["lost_slice"]["subject"]]
    if not slices or slices[0]["impact"] >= 0:
        wrong["lost_slice"] = "; ".join(r["sentence"] for r in found["localise"]["rows"])
    for family, r in rows.items():
        if family != told["normalised_family"]["subject"]["family"] and r["norm"] in (
            "normalised",
            "tolerated",
        ):
            wrong[f"false alarm {r['family']}"] = r["sentence"]
    return wrong


def test_stories_are_told_apart(printed: dict[str, dict[str, Any]], halden: Path, tmp_path: Path) -> None:
    wrong: dict[str, list[str]] = {}
    found = [("default", faults(printed, truth(halden)))]
    found += [(seed, faults(reports(place), truth(place))) for seed, place in others(tmp_path)]
    for seed, told in found:
        for story, said in told.items():
            wrong.setdefault(story.partition(" alarm")[0], []).append(f"seed {seed}, {story}: {said}")
    print("\n".join(line for said in wrong.values() for line in said))
    assert all(len(said) <= SAMPLES // 20 for said in wrong.values()), wrong


@pytest.mark.parametrize("name", list(ROWS))
def test_the_command_prints_the_contract(printed: dict[str, dict[str, Any]], name: str) -> None:
    found = printed[name]
    assert list(found) == ["report", "snapshot", "as_of", "scope", "rows", "totals", "coverage", "notes"]
    assert found["rows"]
    assert all(set(ROWS[name]) <= set(row) for row in found["rows"])
    if name == "localise":
        total = (
            sum(r["impact"] for r in found["rows"])
            + found["totals"]["broad_impact"]
            + found["totals"]["rest"]
        )
        assert total == pytest.approx(found["totals"]["gap"], abs=1e-3)
    else:
        shares = found["totals"]["norm"]
        assert sum(s["share"] for s in shares.values()) == pytest.approx(1.0)
        assert sum(s["count"] for s in shares.values()) == len(found["rows"])


def test_a_swapped_truth_is_caught(printed: dict[str, dict[str, Any]], halden: Path) -> None:
    """The broken twin: with the noisy family taken for the normalised one every check must complain."""
    told = truth(halden)
    told["normalised_family"], told["noisy_family"] = (
        {**told["normalised_family"], "subject": told["noisy_family"]["subject"]},
        {**told["noisy_family"], "subject": told["normalised_family"]["subject"]},
    )
    told["lost_slice"] = {**told["lost_slice"], "subject": {"region": "Nowhere", "channel": "OEM"}}
    assert {"normalised_family", "noisy_family", "lost_slice"} <= set(faults(printed, told))
