"""The process on the screen: the rows behind an index, felt against measured, gates, and the meeting scorecard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from siop import health
from siop.core import Report, words
from siop.ui import html, parts
from siop.ui.here import Here

_SHAPES = {"Passed": "done", "Not passed": "object"}
LONG = 40  # letters from which a cell of evidence needs a wide column


def opened(clicked: str | None, rows: list[dict[str, Any]], kind: str) -> None:
    """The rows behind the index that was clicked; a second click closes them."""
    name = f"health_{kind}"
    if clicked:
        st.session_state[name] = None if st.session_state.get(name) == clicked else clicked
        st.rerun()
    row = next((r for r in rows if r["index"] == st.session_state.get(name)), None)
    if row is None:
        return
    with st.container(key="drawer" if kind == "symptom" else "drawer_other", gap=None):
        parts.panel(
            f"{row['index'] if kind == 'symptom' else ''} {row['label']}: the rows".strip(), row["sentence"]
        )
        for heads, told in health.evidence_tables(row["evidence"]):
            columns = [_evidence(head, told) for head in heads]
            parts.still(html.table(columns, told, caption=f"Rows behind {row['label']}", dense=True))
        if not row["evidence"]:
            parts.empty("No rows", row["sentence"])


def _evidence(head: str, rows: Sequence[html.Row]) -> html.Column:
    """A column of evidence, wide enough where it holds sentences."""
    wide = max(len(str(row[head])) for row in rows) > LONG
    kind = "siop-long" if wide else "nowrap"
    name = words.measure_label(head)
    return html.Column(name, lambda row: f'<span class="{kind}">{html.e(row[head])}</span>')


def felt(report: Report) -> None:
    """What people answered in the last round, beside what the rows say."""
    said, rows = health.felt_rows(report)
    parts.panel("Felt against measured", said)
    if not rows:
        parts.empty(
            "No answers yet", "Each symptom would stand here as people feel it, beside what the rows say."
        )
        return
    columns = [
        html.text("Symptom", "label"),
        html.amount("Felt", "felt", 1, 0, strong=True),
        html.amount("Measured", "measured", 1, 0),
        html.text("", "said", wide=True),
    ]
    parts.still(html.table(columns, rows, caption="Felt against measured", dense=True))


def gates(rows: list[dict[str, Any]], cycle: str) -> None:
    """Each gate of the cycle: passed on content or not, in time or late, and why."""
    parts.panel(
        f"{health.gates_sentence(rows)}",
        f"Gates of the cycle {words.month(cycle, long=True)}; computed, not stamped",
    )
    columns = [
        html.text("Gate", "gate", second="asks", strong=True),
        html.Column("State", lambda r: f'<span class="nowrap">{html.mark(_SHAPES.get(r["state"], "wait"))} {html.e(r["state"])}</span>'),
        html.Column("When", lambda r: f'<span class="nowrap {"bad" if r["late"] else "muted"}">{html.e(r["when"])}</span>'),
        html.text("Why", "why", wide=True),
    ]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Gates of the cycle", dense=True))


def meetings(at: Here) -> None:
    """The last executive meeting beside the last six."""
    said, rows = health.meeting_rows(at.state, at.cycle)
    parts.panel("Was the meeting worth it?", said)
    if not rows:
        parts.empty(
            "No meeting yet", "Attendance, pre-read, decisions and actions would stand here, each as a share."
        )
        return
    columns = [
        html.text("", "item"),
        html.Column("Last", lambda r: f'<span class="strong">{words.percent(r["last"], 0)}</span><span class="small">{r["last_said"]}</span>', numeric=True),
        html.Column("Lately", lambda r: f'{words.percent(r["lately"], 0)}<span class="small">{r["lately_said"]}</span>', numeric=True),
    ]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Meeting scorecard", dense=True))
