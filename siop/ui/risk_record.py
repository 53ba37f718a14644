"""Were they right? The record of the owners, what was said against what came, and what nobody had registered."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from siop import risks
from siop.core import Polarity, words
from siop.ui import html, lines, parts
from siop.ui.here import Here

CLOSED, UP = 8, Polarity.MORE_IS_BETTER  # rows before "show all"


def view(at: Here, board: risks.Board) -> None:
    """Owners and surprises at the left, reliability and closed items at the right."""
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        _owners(board)
        st.space(24)
        _surprises(at, board)
    with right:
        _bins(board)
        st.space(24)
        _closed(at, board)


def _owners(board: risks.Board) -> None:
    rows = risks.owner_rows(board.report)
    parts.panel(
        risks.owners_sentence(board.report),
        "Said: the probability before the item's months began; came: how often it did",
    )
    if not rows:
        parts.empty("No item has been closed with an outcome yet", "Each owner would stand here with what was said and what came.")  # fmt: skip
        return
    columns = [
        html.Column("Owner", lambda r: f'<span class="strong nowrap">{html.e(r["name"])}</span>'),
        html.amount("Closed", "n", 1, 0, wide=True),
        html.Column("Said", lambda r: words.percent(r["said"], 0), numeric=True, wide=True),
        html.Column("Came", lambda r: words.percent(r["occurred"], 0), numeric=True, wide=True),
        html.Column("Brier", lambda r: lines.valued(f"brier_{r['owner']}", words.number(r["brier"], 3)), numeric=True, wide=True),
        html.amount("Money", "money_ratio", 1, 2, wide=True),
        html.text("Evidence", "evidence"),
    ]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Record of the owners", dense=True))
    parts.still(
        '<p class="siop-small">Brier score: mean squared miss of the probabilities, 0 is best. Money: amounts that came to amounts expected, 1 is right.</p>'
    )


def _bins(board: risks.Board) -> None:
    rows = risks.bin_rows(board.report)
    parts.panel(risks.bins_sentence(board.report), "Dot and band: how often it came, with its 95 % interval. Stroke: what was said")  # fmt: skip
    if not rows:
        return
    columns = [
        html.Column("Said", lambda r: f'<span class="strong nowrap">{html.e(r["range"])}</span>'),
        html.Column(
            "", lambda r: lines.track(r["rate"] * 100, r["low"] * 100, r["high"] * 100, r["said"] * 100)
        ),
        html.Column("Came", lambda r: words.percent(r["rate"], 0), numeric=True),
        html.Column("Items", lambda r: f"{r['occurred']} of {r['n']}", numeric=True),
    ]
    parts.still(html.table(columns, rows, caption="Reliability", dense=True))


def _surprises(at: Here, board: risks.Board) -> None:
    rows = risks.surprise_rows(board.report)
    parts.panel(risks.surprise_sentence(board.report, at.currency), "Deviations out of tolerance; an item counts where it was registered before, names one family and at most three months")  # fmt: skip
    if not rows:
        return
    divisor, unit = words.scale_of([r["value"] for r in rows], "money", at.currency)
    columns = [
        html.text("What came", "where", strong=True),
        html.Column("", lambda r: html.variance("above plan" if r["favourable"] else "below plan", "good" if r["favourable"] else "bad"), wide=True),
        html.amount(unit, "value", divisor, 1),
        html.Column("Foreseen by", lambda r: f'<span class="{"muted" if r["item"] else "strong"}">{html.e(r["by"])}</span>'),
    ]  # fmt: skip
    parts.still(html.table(columns, rows[:CLOSED], caption="Surprises", dense=True))


def _closed(at: Here, board: risks.Board) -> None:
    rows: Sequence[html.Row] = risks.closed_rows(board.seen.lines, at.state)
    parts.panel(words.count(len(rows), "item was", "items were").capitalize() + " closed with an outcome", "Said: the last score before the item's months began")  # fmt: skip
    if not rows:
        return
    every = bool(st.session_state.get("risk_closed_all"))
    divisor, unit = words.scale_of([r["likely"] for r in rows], "money", at.currency)
    columns = [
        html.text("Item", "title", second="owner"),
        html.Column("Said", lambda r: words.percent(r["said"], 0), numeric=True),
        html.amount(f"Likely, {unit}", "likely", divisor, 1, wide=True),
        html.Column("Came", lambda r: html.variance(words.number(r["realised"] / divisor, 1, signed=True), UP.judge(r["realised"])) if r["occurred"] else '<span class="muted nowrap">did not</span>', numeric=True),
    ]  # fmt: skip
    body = html.table(columns, rows if every else rows[:CLOSED], caption="Closed items", dense=True)
    if len(rows) > CLOSED:
        body += lines.more(
            "all", f"Show the last {CLOSED}" if every else f"Show all {len(rows)} closed items"
        )
    if parts.clickable(body, "closed_items"):
        st.session_state["risk_closed_all"] = not every
        st.rerun()
