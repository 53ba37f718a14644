"""Comments on numbers: a numbered mark at the row, the same number in one list, and the form to write one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from siop import meeting
from siop.core import Scope
from siop.ui import html, parts
from siop.ui.here import Here
from siop.ui.html import e
from siop.ui.write import write

WHOLE = "All of it"


def marks(found: Sequence[meeting.Remark]) -> html.Column:
    """A column with the numbers of the comments that stand at a row."""

    def cell(row: html.Row) -> str:
        own = [r for r in found if r.row is not None and r.row == row.get("open")]
        return "".join(f'<span class="siop-badge" title="{e(r.text)}">{r.number}</span>' for r in own)

    return html.Column("", cell)


def listed(at: Here, found: Sequence[meeting.Remark]) -> None:
    """Every comment on what is shown, with its number, who and when."""
    parts.panel("Comments", right="on these numbers; they follow the filter" if found else "")
    if not found:
        parts.still('<p class="siop-small">Nobody has said anything about these numbers yet.</p>')
        return
    rows: list[dict[str, Any]] = [
        {"number": r.number, "about": r.about, "text": r.text, "who": r.by, "gone": r.gone,
         "when": r.when + (" · no longer in the data" if r.gone else "")}
        for r in found
    ]  # fmt: skip
    columns = [
        html.Column("", lambda r: f'<span class="siop-badge">{r["number"]}</span>'),
        html.Column("", lambda r: f'<span class="strong">{e(r["about"])}</span> {e(r["text"])}'),
        html.Column("", lambda r: f'{e(r["who"])}<span class="small">{e(r["when"])}</span>'),
    ]
    parts.still(html.table(columns, rows, caption="Comments", dense=True))


def form(at: Here, scope: Scope, metric: str, by: str, names: Sequence[str]) -> None:
    """Write a comment on a row or on all that is shown; an entry in the reader's name."""
    if not at.service.may(at.identity, "comment"):
        return
    with (
        st.expander("Write a comment", key="write_comment"),
        st.form("comment", clear_on_submit=False, border=False),
    ):
        about = st.selectbox("About", [WHOLE, *names])
        text = st.text_area("Comment", max_chars=500, height=80)
        if st.form_submit_button("Save the comment", type="primary"):
            row = None if about == WHOLE else about
            write(
                at,
                "comment",
                {"coordinates": meeting.coordinates(scope, metric, by, row, at.cycle), "text": text},
            )
