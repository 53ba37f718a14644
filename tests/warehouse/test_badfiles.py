"""The 58 odd and hostile files: each is loaded right, or refused with the fix (data/badfiles/manifest.json)."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from siop.warehouse import current_snapshot, load
from tests.warehouse import badfiles

ROOT = Path(__file__).parents[2]
Outcome = dict[str, Any]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """outcome(entry): the load of a file of the manifest, once a module."""
    done: dict[str, Outcome] = {}

    def outcome(entry: dict[str, Any]) -> Outcome:
        name = entry["file"]
        if name not in done:
            tmp = tmp_path_factory.mktemp("bad")
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            result = load(badfiles.folder(tmp, badfiles.FILES / name), tmp / "snapshots").as_dict()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            # Seconds of the processor: a busy machine must not fail the test.
            result["seconds"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            snapshot = current_snapshot(tmp / "snapshots")
            wrong = badfiles.truth_problems(snapshot, entry["values"]) if snapshot and entry["values"] else []
            done[name] = {**result, "wrong": wrong, "published": snapshot is not None}
        return done[name]

    return outcome


@pytest.mark.parametrize("entry", badfiles.MANIFEST, ids=lambda entry: entry["file"][:24])
def test_outcome_is_the_manifests(entry: dict[str, Any], outcomes: Any) -> None:
    outcome = outcomes(entry)
    assert outcome["published"] == outcome["ok"]
    assert outcome["seconds"] < badfiles.CONTRACT["max_seconds"]
    if outcome["ok"]:
        assert entry["expect"] != "reject"
        assert outcome["wrong"] == []
        if entry["warn"]:
            assert [f for f in outcome["findings"] if f["severity"] == "warning"]
    else:
        assert entry["expect"] != "accept", outcome["findings"]
        assert badfiles.matches(outcome["findings"], entry["message_any"]), outcome["findings"]
        assert all(f["fix"] for f in outcome["findings"])


def test_refusals_name_row_and_column(outcomes: Any) -> None:
    named, asked = [], []
    for entry in badfiles.MANIFEST:
        if entry["row"] is None or outcomes(entry)["ok"]:
            continue
        asked.append(entry["file"])
        if any(f["row"] == entry["row"] and f["column"] for f in outcomes(entry)["findings"]):
            named.append(entry["file"])
    assert len(asked) >= 14
    assert len(named) >= 0.95 * len(asked), sorted(set(asked) - set(named))


PEAK = """
import json, resource, sys
from pathlib import Path
from siop.warehouse import check
from tests.warehouse import badfiles
for number, name in enumerate(json.loads(sys.argv[2])):
    check(badfiles.folder(Path(sys.argv[1]) / str(number), badfiles.FILES / name))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_children_stay_within_500_megabytes(tmp_path: Path) -> None:
    """In a process of its own, whose only children are the loader's."""
    names = [entry["file"] for entry in badfiles.MANIFEST]
    found = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path), json.dumps(names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(found.stdout) < 500_000


def test_the_truth_check_sees_a_wrong_load(tmp_path: Path) -> None:
    """The broken variant: a plan that was doubled must not pass for the manifest's values."""
    entry = next(e for e in badfiles.MANIFEST if e["file"] == "c01_clean.csv")
    doubled = tmp_path / "c01_clean.csv"
    text = (badfiles.FILES / "c01_clean.csv").read_text(encoding="utf-8")
    doubled.write_text(text.replace("3839", "13839"), encoding="utf-8")
    load(badfiles.folder(tmp_path / "in", doubled), tmp_path / "snapshots")
    assert badfiles.truth_problems(current_snapshot(tmp_path / "snapshots"), entry["values"]) != []
