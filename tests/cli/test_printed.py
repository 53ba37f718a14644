"""A report on a terminal of eighty columns is a table that can be read, and says what it leaves out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from siop.cli.printed import lines_of

ROOT = Path(__file__).parents[2]


def report(workspace: Path, name: str, *more: str, columns: int = 80) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "siop", "report", name, "--workspace", str(workspace), *more], cwd=ROOT, check=True,
        capture_output=True, text=True, env={**os.environ, "COLUMNS": str(columns)},
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("name", ["deviations", "risk"])
def test_eighty_columns_hold_every_line_and_every_row(halden: Path, name: str) -> None:
    printed = report(halden, name)
    told = json.loads(report(halden, name, "--json"))
    assert max(map(len, printed.splitlines())) <= 80
    for row in told["rows"]:
        assert row["family" if name == "deviations" else "id"] in printed
    assert " ".join(told["totals"]["headline"].split()[:3]) in printed
    hidden = " ".join(printed.partition("in --json: ")[2].split())
    assert ("tolerance_growth" if name == "deviations" else "driver_group") in hidden


def body(rows: list[dict[str, object]], **totals: object) -> dict[str, object]:
    return {
        "report": "risk",
        "snapshot": "s",
        "as_of": "2026-10",
        "rows": rows,
        "totals": totals,
        "notes": ["x " * 90],
    }


@pytest.mark.parametrize("width", [40, 80, 200])
def test_what_does_not_fit_is_named(width: int) -> None:
    row: dict[str, object] = {f"column_{n}": n / 7 for n in range(12)}
    lines = lines_of(body([row, row], share={"p10": 1.5, "p50": None}, many=[1, 2]), width)
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert all(name.replace("_", " ") in text or name in text for name in row)
    assert "share: p10 1.5, p50 –" in text


def test_nothing_to_show_is_no_table() -> None:
    assert not any(set(line) == {"-"} for line in lines_of(body([]), 80))
