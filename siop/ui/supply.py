"""Pieces of the supply balance page: stock in its policy band as a strip, and load against hours as a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siop.core import words
from siop.ui.html import e, long

WIDTH, HEIGHT, PAD = 230, 28, 3
Row = Mapping[str, Any]


def trouble_month(month: str | None) -> str:
    """The month in which trouble begins; a dash where there is none."""
    if month is None:
        return '<span class="muted">–</span>'
    return f'<span class="bad strong nowrap">{words.month(month)}</span>'


def strip(rows: Sequence[Row], name: str) -> str:
    """Closing stock by month as a line in its policy band; months under the policy's least are diamonds.

    rows: month, closed, closing, min, target, max in order. Its own scale: a strip shows the shape, its row the numbers.
    """
    known = [v for r in rows for v in (r["closing"], r["max"], r["min"], 0.0) if v is not None]
    stock = [(i, r["closing"]) for i, r in enumerate(rows) if r["closing"] is not None]
    if not stock:
        return '<span class="muted">not known</span>'
    low, high = min(known), max(known)
    across = (WIDTH - 2 * PAD) / max(len(rows) - 1, 1)
    up = (HEIGHT - 2 * PAD) / ((high - low) or 1.0)

    def at(i: int, value: float) -> str:
        return f"{PAD + i * across:.1f},{HEIGHT - PAD - (value - low) * up:.1f}"

    band = [
        (i, r["min"], r["max"]) for i, r in enumerate(rows) if r["min"] is not None and r["max"] is not None
    ]
    area = ""
    if band:
        edge = [at(i, most) for i, _, most in band] + [at(i, least) for i, least, _ in reversed(band)]
        area = f'<polygon points="{" ".join(edge)}" fill="var(--surface2)"/>'
    closed = max((i for i, r in enumerate(rows) if r["closed"]), default=-1)
    today = ""
    if 0 <= closed < len(rows) - 1:
        x = PAD + (closed + 0.5) * across
        today = (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}" stroke="var(--rule)" stroke-width="1"/>'
        )
    zero = ""
    if low < 0:
        y = HEIGHT - PAD + low * up
        zero = f'<line x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--prior)" stroke-width="1"/>'
    line = f'<polyline points="{" ".join(at(i, v) for i, v in stock)}" fill="none" stroke="var(--actual)" stroke-width="1.8"/>'
    under = "".join(
        f'<circle cx="{at(i, v).split(",")[0]}" cy="{at(i, v).split(",")[1]}" r="3.4" fill="var(--bad)"/>'
        for i, v in stock
        if rows[i]["min"] is not None and v < rows[i]["min"]
    )
    said = f"{name}: stock from {words.number(stock[0][1], 0)} to {words.number(stock[-1][1], 0)}"
    return (
        f'<svg class="siop-strip-svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"'
        f' aria-label="{e(said)}">{area}{today}{zero}{line}{under}</svg>'
    )


def load_grid(months: Sequence[str], rows: Sequence[Row], picked: str | None) -> str:
    """Per cent of the hours by resource and month; a row's name is a button that sends the resource.

    rows: resource, name, cells {month: {utilisation, kind}}, worst.
    """
    head = "".join(
        f'<th scope="col">{e(words.month(m, year=False))}{f"<br>{m[:4]}" if i == 0 or m[5:] == "01" else ""}</th>'
        for i, m in enumerate(months)
    )
    body = []
    for row in rows:
        cells = []
        for m in months:
            cell = row["cells"].get(m)
            share = None if cell is None else cell["utilisation"]
            if share is None:
                cells.append("<td>–</td>")
                continue
            kind = {"over": "over", "overtime": "overtime"}.get(str(cell["kind"]), "")
            said = words.number(share * 100, 0)
            cells.append(f'<td class="{kind}" data-value="{e(row["resource"])} {e(m)}">{said}</td>')
        marked = ' class="picked"' if row["resource"] == picked else ""
        body.append(
            f'<tr{marked}><th scope="row" class="n{long(row["name"])}"><button class="row" data-id="{e(row["resource"])}">{e(row["name"])}</button></th>'
            f"{''.join(cells)}</tr>"
        )
    return (
        '<div class="siop-scroll"><table class="siop-load" aria-label="Load by resource and month"><thead><tr><th></th>'
        f"{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


__all__ = ["load_grid", "strip"]
