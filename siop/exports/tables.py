"""The tables and figures that stand on a page, as files; each says which snapshot, scope and plan it is of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from siop.core import words
from siop.exports.document import Document, Facts, Table, Text, Value
from siop.exports.write_text import csv_table
from siop.exports.write_xlsx import workbook

_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it stands on a page: its name, and one mapping a row; texts and numbers only, None is unknown."""

    name: str
    rows: tuple[Mapping[str, Value], ...]

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(head for row in self.rows for head in row))

    def body(self) -> tuple[tuple[Value, ...], ...]:
        """The rows in the order of the heads."""
        return tuple(tuple(row.get(head) for head in self.heads) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Page:
    """What a file says about the page it was taken from. limits: what the reader may see, empty for everything."""

    title: str
    headline: str
    company: str
    snapshot: str
    as_of: str
    built_at: str
    plan: str
    scope: Mapping[str, Any]
    reader: str
    limits: str = ""
    notes: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The start of a file's name: page and snapshot."""
        name = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
        return f"{name}_{self.snapshot}"

    @property
    def footer(self) -> str:
        return f"{self.company} · {self.title} · snapshot {self.snapshot} · plan {self.plan}"


def shown(name: str, rows: Sequence[Mapping[str, Any]]) -> Shown:
    """A table from rows of any kind: lists and objects inside a row are left out."""
    kept = [{k: v for k, v in row.items() if not isinstance(v, list | dict | tuple | set)} for row in rows]
    return Shown(name, tuple(kept))


def table_csv(table: Shown) -> bytes:
    """One table as CSV."""
    return csv_table(table.heads, table.body())


def tables_xlsx(page: Page, tables: Sequence[Shown]) -> bytes:
    """All tables of a page, a sheet each, and a sheet that says what they are of. The same page is the same bytes."""
    scope = ", ".join(f"{d}: {v if isinstance(v, str) else words.listed(list(v))}" for d, v in page.scope.items()) or "whole company"  # fmt: skip
    pairs = [("Page", page.title), ("Company", page.company), ("Scope", scope), ("Plan", page.plan), ("Snapshot", page.snapshot),
             ("Closed to", page.as_of), ("Taken by", page.reader)]  # fmt: skip
    if page.limits:
        pairs.append(("The reader sees only", page.limits))
    blocks: list[Any] = [Text(page.headline, strong=True), Facts(tuple(pairs)), *(Text(note) for note in page.notes)]  # fmt: skip
    blocks += [Table(t.name, t.heads, t.body()) for t in tables if t.rows]
    built = datetime.fromisoformat(page.built_at.replace("Z", "+00:00")).astimezone(UTC)
    return workbook(Document(f"About {page.title}", page.headline, tuple(blocks), page.footer, built, page.company))  # fmt: skip


def figures_html(page: Page, figures: Sequence[tuple[str, Any]]) -> bytes:
    """Figures in one file that opens without a network: (sentence it proves, figure)."""
    parts = [
        f"<section><h2>{escape(said)}</h2>{drawn.to_html(include_plotlyjs=(n == 0), full_html=False, div_id=f'figure{n}')}</section>"
        for n, (said, drawn) in enumerate(figures)
    ]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(page.title)}</title><style>body{{font-family:sans-serif;max-width:1400px;margin:2rem auto;padding:0 1rem}}h1,h2{{font-weight:600}}</style>'
    return f"{head}<h1>{escape(page.headline)}</h1>{''.join(parts)}<footer>{escape(page.footer)}</footer></html>\n".encode()  # fmt: skip
