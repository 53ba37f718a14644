"""What stands behind figures: their rows as plain tables, and how each number is computed, in one fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from siop import metrics
from siop.core import Report, words
from siop.ui import html
from siop.ui.here import Here
from siop.ui.html import e
from siop.ui.parts import rows_table

Rows = Report | Sequence[Mapping[str, Any]]
MOST_FILES = 3


def behind(at: Here, key: str, tables: Mapping[str, Rows], names: Sequence[str]) -> None:
    """A fold under one or more figures: "Show as table", and how each of `names` (of the catalogue) is computed."""
    with st.expander("Show as table, and how it is computed", key=f"table_{key}"):
        for caption, rows in tables.items():
            body = rows_table(rows, caption)
            if body:
                st.html(f'<p class="siop-panelsub">{e(caption)}</p>{body}')
        st.html(definitions(at.ask(metrics.explained, tuple(names))))


def definitions(found: Sequence[metrics.Explained]) -> str:
    """A table of definitions: what, formula, when there is none, who owns it, where it comes from and how fresh."""
    rows = [
        {
            "what": f.label, "unit": f"{f.unit}, {f.better}", "formula": f.formula, "not": f"none where {f.undefined}",
            "owner": f.owner, "source": f.source,
            "from": f"needs {words.listed(f.missing)}" if f.missing else _files(f.files), "fresh": f.fresh,
        }
        for f in found
    ]  # fmt: skip
    columns = [
        html.text("How it is computed", "what", second="unit", strong=True),
        html.text("Formula", "formula", second="not"),
        html.text("Owner", "owner", second="source"),
        html.text("From", "from", second="fresh"),
    ]
    return html.table(columns, rows, caption="How it is computed", dense=True)


def catalogue(at: Here) -> None:
    """Every definition there is, in one fold; what is not computed says which tables it needs."""
    with st.expander("How every number is computed", key="table_catalogue"):
        st.html(definitions(at.ask(metrics.explained, tuple(metrics.CATALOGUE))))


def _files(files: Sequence[str]) -> str:
    more = len(files) - MOST_FILES
    return ", ".join(files[:MOST_FILES]) + (f" and {more} more" if more > 0 else "")
