"""A filter change on the scorecard and on plan vs actual: data time against the bare DuckDB statement on the same
cube, the scorecard's data after a write against the first time, and the whole rerun against an empty Streamlit rerun."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.side_by_side import interleaved, ratio, table
from siop import deviations, meeting, metrics
from siop.core import Scope
from siop.ledger import Ledger
from siop.warehouse import Snapshot, current_snapshot
from siop.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
EMPTY = "import streamlit as st\nst.write('')\n"


def sample() -> Workspace:
    """The workspace of the benchmark: the one named, else the sample company built aside."""
    place = Workspace.named(os.environ.get("SIOP_WORKSPACE") or Path(tempfile.gettempdir()) / "siop-bench")
    if not place.exists:
        subprocess.run(
            [sys.executable, "-m", "siop", "init", str(place.root), "--sample", "halden"],
            cwd=ROOT,
            check=True,
        )
    return place


def statements(snapshot: Snapshot, call: Any) -> list[tuple[str, Any]]:
    """The statements a call sends to DuckDB."""
    sent: list[tuple[str, Any]] = []
    known = snapshot.rows

    def listen(sql: str, params: Any = None) -> Any:
        sent.append((sql, params))
        return known(sql, params)

    snapshot.rows = listen  # type: ignore[method-assign]
    try:
        call()
    finally:
        del snapshot.rows  # type: ignore[method-assign]
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    place = sample()
    snapshot = current_snapshot(place.snapshots)
    if snapshot is None:
        raise SystemExit(f"nothing is loaded in {place.root}")
    families = metrics.members(snapshot, "family")
    turn = {"n": 0}

    def filtered() -> Scope:
        turn["n"] += 1
        return Scope(where=Scope.filters({"family": families[turn["n"] % len(families)]}))

    def page_data() -> None:
        scope = filtered()
        metrics.plan_vs_actual(snapshot, scope, by=("family", "month"))
        metrics.plan_vs_actual(snapshot, scope, by=("month",))

    page_data()  # what a snapshot is asked once is not part of a filter change
    sent = statements(snapshot, page_data)

    def bare() -> None:
        for sql, params in sent:
            snapshot.rows(sql, params)

    timed = interleaved({"cockpit": page_data, "bare": bare}, rounds)
    rows = [
        ("bare DuckDB statements on the cube", statistics.median(timed["bare"]) * 1e3, 1.0, None),
        ("plan vs actual, data of a filter change", statistics.median(timed["cockpit"]) * 1e3,
         ratio(timed, "cockpit", "bare"), 1.15),
    ]  # fmt: skip
    print(table("Data of a filter change", rows))
    print()
    print(after_a_write(place, snapshot, rounds))
    print()
    print(reruns(place, rounds))


def after_a_write(place: Workspace, warm: Snapshot, rounds: int) -> str:
    """The scorecard's data when a sign-off has moved the ledger's head, against a snapshot nobody has asked yet."""
    state = Ledger(place.ledger_url, keys=place.keys).state()
    scope = Scope()

    def data(snapshot: Snapshot) -> None:
        meeting.scorecard(snapshot, state, scope)
        meeting.needs_decision(snapshot, state, scope, deviations.deviations(snapshot, state, scope))

    def first() -> None:
        fresh = Snapshot(warm.path)
        data(fresh)
        fresh.close()

    timed = interleaved({"first": first, "write": lambda: data(warm)}, min(rounds, 7))
    rows: list[tuple[str, float, float | None, float | None]] = [
        ("the scorecard's data, asked first", statistics.median(timed["first"]) * 1e3, 1.0, None),
        (
            "the same after a write",
            statistics.median(timed["write"]) * 1e3,
            ratio(timed, "write", "first"),
            None,
        ),
    ]
    return table("After a write", rows)


def reruns(place: Workspace, rounds: int) -> str:
    """Whole reruns through Streamlit's own test runner, no socket and no browser."""
    from streamlit.testing.v1 import AppTest

    os.environ["SIOP_WORKSPACE"] = str(place.root)
    empty = AppTest.from_string(EMPTY).run()
    apps = {"empty": empty.run}
    for name in ("scorecard", "plan_vs_actual"):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
        app.session_state["siop_go"] = (name, {})  # as a drill link does
        app.run()
        apps[name] = app.run
    timed = interleaved(apps, rounds)
    rows: list[tuple[str, float, float | None, float | None]] = [
        ("empty Streamlit rerun", statistics.median(timed["empty"]) * 1e3, 1.0, None)
    ]
    rows += [(f"rerun of {n}", statistics.median(timed[n]) * 1e3, ratio(timed, n, "empty"), 4.0)
             for n in ("scorecard", "plan_vs_actual")]  # fmt: skip
    return table("A whole rerun", rows)


if __name__ == "__main__":
    main()
