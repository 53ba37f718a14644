"""Where the gap sits: slices that moved by one percentage, the SKUs behind it, and what the plan had assumed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from siop import deviations
from siop.core import Polarity, words
from siop.ui import html, parts
from siop.ui.here import Here


def view(at: Here, streams: deviations.Streams) -> None:
    """Slices and how the gap adds up at the left; SKUs that are off and what the misses are traced to at the right."""
    found = at.ask(deviations.localise, at.state, deviations.last_quarter(at.snapshot, at.scope))
    rows = deviations.gap_rows(found, at.snapshot.labels)
    if not rows:
        parts.empty(
            "Where it sits is not known", " ".join(found.notes) or "No plan can be compared with the actuals."
        )
        return
    divisor, unit = words.scale_of([r["impact"] for r in rows], "money", at.currency)
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        months = deviations.window_said(found)
        parts.panel(
            str(found.totals["headline"]),
            f"Revenue against the plan, {unit}, {months}; slices that moved by one percentage",
        )
        columns = [
            html.text("Where", "where", second="said", strong=True),
            html.deviation(f"Impact, {unit}", "impact", divisor, Polarity.MORE_IS_BETTER, 2),
            html.bars("", "impact", [r["impact"] for r in rows], Polarity.MORE_IS_BETTER, wide=True),
            html.Column("Against plan", lambda r: words.percent(r["effect"], 0, signed=True) if r["effect"] is not None else "", numeric=True),
            html.Column("Of the gap", lambda r: words.percent(r["share_of_gap"], 0) if r["share_of_gap"] is not None else "", numeric=True, wide=True),
            html.amount(f"Plan, {unit}", "plan", divisor, 1, wide=True),
            html.amount("Items", "items", 1, 0, wide=True),
        ]  # fmt: skip
        parts.still(html.table(columns, rows[:-1], caption="How the gap adds up", dense=True, total=rows[-1]))
        parts.notes(found.notes)
    with right:
        _skus(at, streams)
        _traced(at, streams)


def _skus(at: Here, streams: deviations.Streams) -> None:
    table = at.ask(deviations.sku_table, at.scope)
    rows = deviations.sku_rows(deviations.named(table, streams))
    parts.panel(deviations.skus_sentence(table, rows, streams), "Only families that signal are looked into; of ten named, one is wrong on average")  # fmt: skip
    if not rows:
        return
    columns: list[Any] = [
        html.text("SKU", "sku", second="family", strong=True),
        html.deviation("Units", "deviation", 1.0, Polarity.MORE_IS_BETTER, 0),
        html.Column("Against plan", lambda r: words.percent(r["deviation_ratio"], 0, signed=True), numeric=True),
        html.Column("q", lambda r: words.number(r["q"], 3), numeric=True, wide=True),
    ]  # fmt: skip
    parts.still(html.table(columns, rows, caption="SKUs that are off", dense=True))


def _traced(at: Here, streams: deviations.Streams) -> None:
    rows = deviations.verdict_rows(deviations.trace(at.snapshot, at.state, at.scope, streams))
    st.space(24)
    parts.panel(deviations.verdict_sentence(rows), "Misses out of tolerance of the last twelve months, by what the plan assumed")  # fmt: skip
    if not rows:
        return
    divisor, unit = words.scale_of([r["money"] for r in rows], "money", at.currency)
    columns = [
        html.text("Traced to", "said", strong=True),
        html.amount("Misses", "n", 1, 0),
        html.amount(unit, "money", divisor, 2),
        html.Column("Share", lambda r: words.percent(r["share"], 0), numeric=True, wide=True),
    ]
    parts.still(html.table(columns, rows, caption="Assumption or plan", dense=True))
