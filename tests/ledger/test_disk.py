"""What was acknowledged survives kill -9, power cuts, I/O errors and full disks; each with a control that does not.

Counts (default; goal): SIOP_KILL_ROUNDS (1,000; 10,000), SIOP_POWER_CUTS (300; 10,000), SIOP_IO_STEP (9; 1: an error at
each of the first 200 calls).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from siop.ledger import Ledger, NotSaved, payload_of
from tests.ledger.examples import GOOD

ROUNDS = os.environ.get("SIOP_KILL_ROUNDS", "1000")
CUTS = os.environ.get("SIOP_POWER_CUTS", "300")
STEP = os.environ.get("SIOP_IO_STEP", "9")
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ledger.disk", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_kill_loses_nothing():
    found = run("kill", ROUNDS)
    assert found["acknowledged"] >= int(ROUNDS)
    assert (found["lost"], found["broken"]) == (0, 0)


def test_a_writer_that_acknowledges_too_early_is_caught():
    assert run("kill", "60", "early")["lost"] > 0


def test_power_cuts_lose_nothing():
    found = run("power", CUTS)
    assert (found["lost"], found["corrupt"]) == (0, 0)
    assert found["checkpointed"], "the recording must reach the database file, not only its log"
    assert found["sync"] >= found["ack"]


def test_normal_sync_does_lose():
    """The known-bad setting that many recipes recommend; were it found whole, the simulation would prove nothing."""
    found = run("power", "200", "NORMAL")
    assert found["lost"] > 20
    assert found["corrupt"] == 0


def test_an_error_at_each_of_the_first_writes_and_syncs():
    found = run("errors", "1", "200", STEP)
    assert found["tried"] == found["said"] == found["retried"]
    assert (found["lost"], found["half"]) == (0, 0)
    assert "the disk is full" in found["words"]


def test_a_full_disk_stores_what_it_acknowledged_and_no_more():
    found = run("full", "70000", "90000", "130000", "250000", "600000", "4300000")
    for one in found["sizes"]:
        assert one["same"], one
        assert one["whole"], one
        assert one["said"].startswith("Not saved: ") or one["acknowledged"] == 397, one
    assert found["sizes"][0]["acknowledged"] < found["sizes"][-1]["acknowledged"]


def test_a_ledger_that_may_only_be_read(tmp_path):
    path = tmp_path / "ledger.sqlite"
    writer = Ledger(f"sqlite:///{path}")
    payload = payload_of("comment", GOOD["comment"])
    writer.append(payload, by="ann")
    reader = Ledger(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert reader.state().comments[0].text == "one big order"
    with pytest.raises(NotSaved, match="may only be read"):
        reader.append(payload, by="ann")
    assert reader.head().seq == 1
    reader.close()
    writer.close()
