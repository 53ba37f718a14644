"""A sample company whose running cycle was not run yet: its history without what was said of that cycle."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OF_A_CYCLE = ("stage", "gate", "meeting", "attendance", "decision", "position", "action", "delegation")


def without_cycle(source: Path, place: Path, cycle: str) -> Path:
    """A copy of a workspace whose ledger holds the same history, but for the process of one cycle."""
    shutil.copytree(source, place, ignore=shutil.ignore_patterns("ledger.sqlite*", "keys", "checkpoints"))
    lines = []
    for line in (source / "history.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told["type"] not in OF_A_CYCLE or told.get("cycle") != cycle:
            lines.append(line)
    history = place / "history.jsonl"
    history.write_text("\n".join(lines) + "\n", encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "siop", "ledger", "import", str(history), "--workspace", str(place)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return place
