"""The process on the screen: the line of stages, the rows behind an index, gates, and how an act is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import streamlit as st

from siop import health
from siop.core import SiopError, words
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


def line(at: Here, today: date) -> None:
    """The cycle as a line of stages; what is late is said in its colour."""
    if not at.cycle:
        return
    parts.still(html.steps(health.step_cells(steps_of(at, today))))


def steps_of(at: Here, today: date) -> health.Progress:
    """The cycle on screen by the company's template and calendar."""
    return health.progress(
        at.state, at.cycle, today, templates=health.company_templates(at.snapshot),
        start=health.run.month_start(at.snapshot, at.cycle),
    )  # fmt: skip


def act(call: Callable[[], object], said: str) -> None:
    """Do it in the reader's name and draw anew, or say what was refused: field, what is wrong, what to do."""
    try:
        call()
    except SiopError as error:
        found = getattr(error, "findings", ())
        told = [
            f"{(f.column or '').replace('_', ' ').capitalize()}: {f.message.rstrip('.')}. {f.fix}."
            for f in found
        ]
        body = "".join(f"<span>{html.e(text)}</span>" for text in told or [str(error)])
        st.html(f'<div class="siop-refused" role="alert"><b>Not done</b>{body}</div>')
        return
    st.toast(said)
    st.rerun()


def gates(rows: list[dict[str, Any]], cycle: str) -> None:
    """Each gate of the cycle: passed on content or not, in time or late, and why."""
    parts.panel(
        f"{health.gates_sentence(rows)}",
        f"Gates of the cycle {words.month(cycle, long=True)}; computed, not stamped",
    )
    columns = [
        html.text("Gate", "gate", second="asks", strong=True),
        html.Column("", lambda r: f'<span class="{"strong" if r["kind"] == "blocks" else "muted"}">{r["kind"]}</span>', wide=True),
        html.Column("State", lambda r: f'<span class="nowrap">{html.mark(_SHAPES.get(r["state"], "wait"))} {html.e(r["state"])}</span>'),
        html.Column("When", lambda r: f'<span class="nowrap {"bad" if r["late"] else "muted"}">{html.e(r["when"])}</span>', wide=True),
        html.text("Why", "why", wide=True),
    ]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Gates of the cycle", dense=True))
