"""Is the process in control, and is it supported?"""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from siop import health, ui
from siop.core import words
from siop.ui import process_backlog, process_board, process_cycle, process_survey

ACTS = ("cycle",)
WHOLE = True
BOARD, CYCLE, SURVEY, BETTER = PARTS = ["Board", "Cycle", "Survey", "Improvement"]


def page() -> None:
    """The executive support board; the cycle with its gates; the survey; what is improved, and how far the process is."""
    at = ui.here()
    scope = health.judged_scope(at.snapshot, at.scope)
    report = at.ask(health.health, at.state, scope)
    said, also = health.headline_in_two(report)
    cycle = report.totals["cycle"]
    until = f"to {words.month(cycle, long=True)}, " if cycle else ""
    ui.headline(said, also, f"· executive support board {until}five symptoms, each from its own rows, never averaged; dissent counts as signing")  # fmt: skip
    part = ui.choose("Part", PARTS, "part")
    today = datetime.now(UTC).date()
    st.space(8)
    if part == BOARD:
        process_board.draw(at, report, scope, today)
    elif part == CYCLE:
        process_cycle.draw(at, today)
    elif part == SURVEY:
        process_survey.draw(at, report)
    else:
        process_backlog.draw(at, report, scope, today)
    ui.notes(report.notes)
