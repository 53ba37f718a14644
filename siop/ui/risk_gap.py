"""What closes the gap, what a mitigation returns, and where each month, quarter and the year land."""

from __future__ import annotations

import streamlit as st

from siop import risks
from siop.core import Polarity, words
from siop.ui import html, parts
from siop.ui.here import Here

UP = Polarity.MORE_IS_BETTER
KINDS = {"Month": "month", "Quarter": "quarter", "Year": "year"}


def view(at: Here, board: risks.Board) -> None:
    """Levers at the left, periods at the right."""
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        _levers(at, board)
    with right:
        _periods(at, board)


def _levers(at: Here, board: risks.Board) -> None:
    rows = risks.lever_rows(board.report, 12)
    parts.panel(board.report.totals["sentences"]["gap"], "Each lever alone, on the same draws; gains are of the year's open months, before the cost")  # fmt: skip
    if not rows:
        parts.empty("No lever", "Open items with a score would show what winning or avoiding each is worth.")
        return
    divisor, unit = words.scale_of([r["mean"] for r in rows], "money", at.currency)
    places = 2 if divisor >= 1e6 else 0
    columns = [
        html.text("Lever", "do", second="title", strong=True),
        html.deviation(f"Gain, {unit}", "mean", divisor, UP, places),
        html.deviation("On P50", "p50", divisor, UP, places, wide=True, bold=False),
        html.deviation("Worst tenth", "tail10", divisor, UP, places, wide=True, bold=False),
        html.amount(f"Cost, {unit}", "cost", divisor, places, wide=True),
        html.Column("Returns", lambda r: words.percent(r["back"], 0, signed=True) if r["back"] is not None else "–", numeric=True),
    ]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Levers", dense=True))
    told = "Returns: what a mitigation gains above its cost, for its cost. Winning or avoiding an item has no cost of its own here."
    parts.notes([note for note in (told, risks.beyond_sentence(board.report)) if note])


def _periods(at: Here, board: risks.Board) -> None:
    parts.panel("Where each period lands", "The outlook with the register on it; the months of an item share it evenly")  # fmt: skip
    if board.report.totals["landing"] is None:
        parts.empty(
            "The landing is not known", "With closed months and a plan each month would have its range."
        )
        return
    kind = KINDS[parts.choose("By", list(KINDS), "risk_by")]
    rows = risks.period_rows(board.report, kind)
    divisor, unit = words.scale_of([r["p90"] for r in rows], "money", at.currency)
    columns = [
        html.Column(unit, lambda r: f'<span class="strong nowrap">{html.e(r["said"])}</span>'),
        html.amount("P10", "p10", divisor, 2),
        html.amount("P50", "p50", divisor, 2, strong=True),
        html.amount("P90", "p90", divisor, 2),
        html.amount("Outlook alone", "outlook", divisor, 2, wide=True),
        html.deviation("Register moves P50", "moved", divisor, UP, 2, wide=True),
    ]
    parts.still(html.table(columns, rows, caption="Landing by period", dense=True))
