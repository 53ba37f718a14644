"""Pieces of HTML as text. Everything people or files wrote is escaped here, on the server, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from siop.core import Polarity, words

Row = Mapping[str, Any]
LONG = 28
"""Letters up to which a name keeps to its line; a longer one wraps, so that it pushes nothing out of sight."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~:$^-])")


def e(text: object) -> str:
    """Escaped text; an en dash where there is none."""
    return "–" if text is None or text == "" else escape(str(text), quote=True)


def md(text: object) -> str:
    """Text for a label that Streamlit reads as Markdown: what people wrote stays as they wrote it.

    >>> md("![x](//evil) *7*")
    '\\\\!\\\\[x\\\\]\\\\(//evil\\\\) \\\\*7\\\\*'
    """
    return _MARKDOWN.sub(r"\\\1", str(text))


def long(name: object) -> str:
    """The class of a name that must wrap, with its space before; nothing for a short one."""
    return " long" if len(str(name)) > LONG else ""


def variance(text: str, judged: str) -> str:
    """A variance in its colour; the sign is always in the text too."""
    return f'<span class="{judged} strong">{e(text)}</span>'


@dataclass(frozen=True, slots=True)
class Column:
    """A table column. `cell` makes safe HTML of a row; `wide` columns hide on a phone."""

    head: str
    cell: Callable[[Row], str]
    numeric: bool = False
    wide: bool = False
    bar: bool = False


def text(
    head: str, key: str, *, second: str | None = None, wide: bool = False, strong: bool = False
) -> Column:
    """A text column, with another field as its second line."""

    def cell(row: Row) -> str:
        main = f'<span class="strong">{e(row.get(key))}</span>' if strong else e(row.get(key))
        below = row.get(second) if second else None
        return main + (f'<span class="small">{e(below)}</span>' if below else "")

    return Column(head, cell, wide=wide)


def amount(
    head: str, key: str, divisor: float, decimals: int = 1, *, wide: bool = False, strong: bool = False
) -> Column:
    """A number in the figure's unit, right-aligned."""

    def cell(row: Row) -> str:
        value = row.get(key)
        said = words.number(None if value is None else value / divisor, decimals)
        return f'<span class="strong">{said}</span>' if strong else said

    return Column(head, cell, numeric=True, wide=wide)


def deviation(
    head: str,
    key: str,
    divisor: float,
    polarity: Polarity,
    decimals: int = 2,
    *,
    wide: bool = False,
    bold: bool = True,
) -> Column:
    """A signed number in the colour of good or bad."""

    def cell(row: Row) -> str:
        value = row.get(key)
        scaled = None if value is None else value / divisor
        # what reads as zero is neither good nor bad
        shown = None if scaled is None else round(scaled, decimals)
        judged = polarity.judge(shown)
        said = words.number(scaled, decimals, signed=True)
        return f'<span class="{judged}{" strong" if bold else ""}">{said}</span>'

    return Column(head, cell, numeric=True, wide=wide)


def bars(
    head: str,
    key: str,
    values: Sequence[float | None],
    polarity: Polarity,
    *,
    pin: bool = False,
    wide: bool = False,
) -> Column:
    """Bars (or pins) about a double axis that runs through all rows; zero is placed where the data need it."""
    known = [v for v in values if words.known(v) and v is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    span = (high - low) or 1.0
    low, span = low - span * 0.03, span * 1.06
    zero = -low / span

    def cell(row: Row) -> str:
        value = row.get(key)
        if value is None:
            return f'<div class="siop-bar" style="--zero:{zero:.4f}"></div>'
        at = (value - low) / span
        first, last = min(at, zero), max(at, zero)
        head_mark = f'<u style="--head:{at:.4f}"></u>' if pin else ""
        return (
            f'<div class="siop-bar{" pin" if pin else ""}" style="--zero:{zero:.4f}">'
            f'<i class="{polarity.judge(value)}" style="--from:{first:.4f};--to:{last:.4f}"></i>{head_mark}</div>'
        )

    return Column(head, cell, wide=wide, bar=True)


def opener(head: str, key: str, ident: str, *, second: str | None = None) -> Column:
    """A text that is a button: a click sends the row's `ident`."""

    def cell(row: Row) -> str:
        name = e(row.get(key))
        below = row.get(second) if second else None
        more = f'<span class="small">{e(below)}</span>' if below else ""
        if row.get(ident) is None:
            return f'<span class="strong">{name}</span>{more}'
        return f'<button class="row{long(row.get(key))}" data-id="{e(row[ident])}">{name}</button>{more}'

    return Column(head, cell)


def buttons(key: str, kinds: Sequence[tuple[str, str]], *, first: bool = False) -> Column:
    """Buttons at the end of a row: (prefix, label); a click sends `prefix:row[key]`."""

    def cell(row: Row) -> str:
        if row.get(key) is None:
            return ""
        made = []
        for index, (prefix, label) in enumerate(kinds):
            style = "siop-btn first" if first and index == 0 and row.get("first") else "siop-btn"
            made.append(
                f'<button class="{style}" data-id="{e(prefix)}:{e(row[key])}"'
                f' aria-label="{e(label)} {e(row.get("title", row[key]))}">{e(label)}</button>'
            )
        return " ".join(made)

    return Column("", cell, numeric=True)


def table(
    columns: Sequence[Column],
    rows: Iterable[Row],
    *,
    caption: str,
    picked: Callable[[Row], bool] | None = None,
    total: Row | None = None,
    dense: bool = False,
) -> str:
    """A real table. `caption` is read to those who cannot see it; `total` is a last bold row."""
    head = "".join(
        f'<th scope="col" class="{_classes(c)}{long(c.head)}">{e(c.head) if c.head else ""}</th>'
        for c in columns
    )
    body = []
    for row, kind in [*((r, "") for r in rows), *([(total, "total")] if total is not None else [])]:
        marked = "picked" if picked is not None and not kind and picked(row) else kind
        cells = "".join(f'<td class="{_classes(c)}">{c.cell(row)}</td>' for c in columns)
        body.append(f'<tr class="{marked}">{cells}</tr>')
    return (
        f'<div class="siop-scroll"><table class="siop{" dense" if dense else ""}" aria-label="{e(caption)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def tiles(cells: Sequence[Mapping[str, Any]], picked: str) -> str:
    """Tiles in one ruled row. Each: id, label, value, unit, deviation, judged, ratio, state."""
    made = []
    for cell in cells:
        change = variance(cell["deviation"], cell["judged"]) if cell.get("deviation") else ""
        ratio = f" <small>{e(cell['ratio'])}</small>" if cell.get("ratio") else ""
        made.append(
            f'<button data-id="{e(cell["id"])}" aria-pressed="{"true" if cell["id"] == picked else "false"}">'
            f'<span class="l">{e(cell["label"])}</span>'
            f'<span class="v"><span data-value="{e(cell["id"])}">{e(cell["value"])}</span> <small>{e(cell["unit"]) if cell["unit"] else ""}</small></span>'
            f'<span class="d">{change}{ratio}&nbsp;</span><span class="s">{e(cell["state"])}</span></button>'
        )
    return f'<div class="siop-tiles" role="group" aria-label="Key figures">{"".join(made)}</div>'


def figures(cells: Sequence[Mapping[str, Any]]) -> str:
    """The same cells as `tiles` in a low row, nothing to click: label, value and change on one line, state."""
    made = []
    for cell in cells:
        change = variance(cell["deviation"], cell["judged"]) if cell.get("deviation") else ""
        made.append(
            f'<div><span class="l">{e(cell["label"])}</span><span class="v"><span data-value="{e(cell["id"])}">{e(cell["value"])}</span>'
            f' <small>{e(cell["unit"]) if cell["unit"] else ""}</small> {change}</span><span class="s">{e(cell["state"])}</span></div>'
        )
    return f'<div class="siop-figures" role="group" aria-label="Key figures">{"".join(made)}</div>'


def grid(
    months: Sequence[str], rows: Sequence[Mapping[str, Any]], *, picked: str | None = None, caption: str = ""
) -> str:
    """Family by month. Each row: name, tolerance, state, cells {month: {text, kind, title}}; kind is in, out or owned
    with good or bad. A cell is a button that sends `name|month`."""
    head = "".join(f'<th scope="col">{e(words.month(m, year=False))}</th>' for m in months)
    body = []
    for row in rows:
        cells = []
        for m in months:
            cell = row["cells"].get(m)
            if cell is None:
                cells.append("<td></td>")
                continue
            cells.append(
                f'<td><button class="{e(cell["kind"])}" data-id="{e(row["name"])}|{e(m)}" title="{e(cell["title"])}"'
                f' aria-label="{e(row["name"])}, {e(words.month(m))}: {e(cell["title"])}">{e(cell["text"])}</button></td>'
            )
        marked = ' class="picked"' if row["name"] == picked else ""
        body.append(
            f'<tr{marked}><th scope="row" class="n{long(row["name"])}">{e(row["name"])}</th><td class="t">{e(row["tolerance"])}</td>'
            f'{"".join(cells)}<td class="t">{e(row["state"])}</td></tr>'
        )
    return (
        f'<div class="siop-scroll"><table class="siop-grid" aria-label="{e(caption)}"><thead><tr><th></th><th></th>{head}'
        f"<th>State</th></tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def grid_key() -> str:
    """What a cell of the grid says: solid nobody owns, outlined is owned, a dot is within."""
    return (
        '<p class="siop-panelsub">Per cent of plan where out of tolerance; a dot is within.'
        '<span class="siop-key" style="background:var(--bad)"></span>nobody owns it'
        '<span class="siop-key" style="background:var(--bad-tint);border-color:var(--bad)"></span>owned'
        '<span class="siop-key" style="background:var(--good)"></span>above plan</p>'
    )


MARKS = {
    "principal": "full", "consent": "full", "done": "full", "delegate": "half", "reservation": "half", "now": "half",
    "stand_aside": "open", "absent": "open", "unknown": "wait", "wait": "wait", "open": "wait", "object": "cross",
}  # fmt: skip


def mark(kind: str) -> str:
    """A state as a shape: full, half, open circle or a cross. The word stands beside it."""
    return f'<span class="siop-mark {MARKS.get(kind, "wait")}" aria-hidden="true"></span>'


def marks(cells: Sequence[tuple[str, str, str, str | None]]) -> str:
    """(kind, name, word, detail) side by side: who is present, who signs."""
    made = "".join(
        f'<div class="{e(kind)}">{mark(kind)}<b>{e(name)}</b><small>{e(word)}</small>'
        f"{f'<small>{e(detail)}</small>' if detail else ''}</div>"
        for kind, name, word, detail in cells
    )
    return f'<div class="siop-marks">{made}</div>'


def steps(cells: Sequence[tuple[str, str, str, bool]]) -> str:
    """(kind, name, when, late) of the cycle's stages; kind is done, now or wait."""
    made = "".join(
        f'<div class="{e(kind)}">{mark(kind)}{e(name)}<small class="{"bad" if late else ""}">{e(when)}</small></div>'
        for kind, name, when, late in cells
    )
    return f'<div class="siop-steps">{made}</div>'


def strip(cells: Sequence[tuple[str, str, int]]) -> str:
    """(kind, title, minutes): the meeting, width = minutes; kind is done, now or wait."""
    made = "".join(
        f'<div class="{e(kind)}" style="flex:{int(minutes)} 1 0"><span>{e(title)}</span><span>{int(minutes)}</span></div>'
        for kind, title, minutes in cells
    )
    return f'<div class="siop-strip">{made}</div>'


def receipt(parts: Sequence[tuple[str, str]], said: str = "") -> str:
    """(label, value) in one line, and what the chain says."""
    made = "".join(f"<span>{e(label)}<b>{e(value)}</b></span>" for label, value in parts)
    return f'<div class="siop-receipt">{made}{f"<b>{e(said)}</b>" if said else ""}</div>'


def track(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """A dot with its interval on a line from 0 to 100; the stroke at 70 is what a healthy process keeps."""
    if value is None:
        return '<div class="siop-track"><b></b></div>'
    band = "" if low is None or high is None else f'<i style="--low:{low:.1f};--high:{high:.1f}"></i>'
    return f'<div class="siop-track">{band}<b></b><u style="--at:{value:.1f}"></u></div>'


def _classes(column: Column) -> str:
    names = [
        name for name, on in (("num", column.numeric), ("wide", column.wide), ("barcell", column.bar)) if on
    ]
    return " ".join(names)
