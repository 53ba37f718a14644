"""What a file is made of, whatever its format: headings, sentences, facts and tables. Each format draws the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

Value = str | float | int | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence; strong ones must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """(label, value) pairs."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A named table. `mono` columns hold hashes; `wide` says how much of the width each column takes (parts)."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    wide: tuple[float, ...] = ()
    mono: tuple[int, ...] = ()
    appendix: bool = False  # hashes and signatures: for machines, kept out of the deck


Block = Heading | Text | Facts | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A title, what it is about, its blocks in order, and the line that stands on every page.

    moment: the time that the file bears; never the clock, so that the same content is the same bytes.
    """

    title: str
    subject: str
    blocks: tuple[Block, ...]
    footer: str
    moment: datetime
    company: str = ""
    data: dict[str, object] = field(default_factory=dict)


def said(value: Value) -> str:
    """A value as it is read."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%d %b %Y %H:%M} UTC"
    if isinstance(value, date):
        return f"{value:%d %b %Y}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.2f}"
    return str(value)
