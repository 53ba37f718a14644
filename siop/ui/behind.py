"""What stands behind figures: their rows as plain tables, and how each number is computed, in one fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siop import metrics
from siop.core import Report, words
from siop.ui import html, parts
from siop.ui.here import Here
from siop.ui.html import e

Rows = Report | Sequence[Mapping[str, Any]]
MOST_FILES = 3


def behind(at: Here, key: str, tables: Mapping[str, Rows], names: Sequence[str]) -> None:
    """A fold under one or more figures: "Show as table", and how each of `names` (of the catalogue) is computed."""
    kept = {caption: rows for caption, rows in tables.items() if parts.keep_rows(rows, caption)}
    fold = parts.folded("Show as table, and how it is computed", f"table_{key}")
    if fold is None:
        return
    for caption, rows in kept.items():
        fold.html(f'<p class="siop-panelsub">{e(caption)}</p>{parts.rows_table(rows, caption)}')
    fold.html(definitions(at.ask(metrics.explained, tuple(names))))


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
    fold = parts.folded("How every number is computed", "table_catalogue")
    if fold is not None:
        fold.html(definitions(at.ask(metrics.explained, tuple(metrics.CATALOGUE))))


def _files(files: Sequence[str]) -> str:
    more = len(files) - MOST_FILES
    return ", ".join(files[:MOST_FILES]) + (f" and {more} more" if more > 0 else "")
