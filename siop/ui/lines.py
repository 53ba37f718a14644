"""Lines of numbers under a panel's title, and what shows more of a table. A number carries its name in data-value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from siop.core import Polarity, words
from siop.ui import html
from siop.ui.html import e

ALL = "all"
"""What the button sends that shows every row of a table."""


def valued(name: str, said: str, kind: str = "") -> str:
    """A number with the name by which it is read back and tested; `kind` is its class."""
    return f'<span class="{e(kind) if kind else ""}" data-value="{e(name)}">{e(said)}</span>'


def facts(cells: Sequence[tuple[str, str, str, str | None]], unit: str, before: str = "") -> str:
    """(name, label, number, what stands beside it) in one line, the unit once at its end."""
    made = ""
    for name, label, said, beside in cells:
        chance = f" {valued(f'{name}_chance', beside)}" if beside else ""
        made += f"<span>{e(label)} <b>{valued(name, said)}</b>{chance}</span>"
    first = f"<span>{e(before)}</span>" if before else ""
    return f'<p class="siop-facts">{first}{made}<span>{e(unit)}</span></p>'


def more(ident: str, label: str) -> str:
    """A button under a table; a click sends `ident`."""
    return f'<button class="siop-btn siop-more" data-id="{e(ident)}">{e(label)}</button>'


def shown(key: str, count: int, most: int) -> int:
    """How many rows of `count` to draw: `most` until somebody asked for all of them."""
    return count if st.session_state.get(key) else min(count, most)


def rest(key: str, count: int, most: int, what: str) -> str:
    """The button under a table that has more rows than `most`; a click sends ALL, which `unfold` answers."""
    return (
        ""
        if count <= most
        else more(ALL, f"Show {most} {what}" if st.session_state.get(key) else f"Show all {count} {what}")
    )


def unfold(key: str) -> None:
    """Show all rows from now on, or the first again."""
    st.session_state[key] = not st.session_state.get(key)
    st.rerun()


def openers(labels: Mapping[str, str], on: Collection[str]) -> str:
    """Buttons in a row under a table, each of which opens or folds what stands below; a click sends its name."""
    made = "".join(
        f'<button class="siop-btn{" on" if name in on else ""}" data-id="{e(name)}"'
        f' aria-expanded="{"true" if name in on else "false"}">{e(label)}</button>'
        for name, label in labels.items()
    )
    return f'<div class="siop-pills">{made}</div>'


def button(ident: str, label: str, about: str = "", *, first: bool = False) -> str:
    """A button in a table's cell; a click sends `ident`, `about` is read with it."""
    return (
        f'<button class="siop-btn{" first" if first else ""}" data-id="{e(ident)}"'
        f' aria-label="{e(f"{label} {about}".strip())}">{e(label)}</button>'
    )


def link_button(path: str, label: str, about: str) -> str:
    """A button in a table's cell that opens a path of the cockpit."""
    return f'<a class="siop-btn" href="{e(path)}" target="_self" aria-label="{e(f"{label} {about}")}">{e(label)}</a>'


def link(ident: str, label: str) -> str:
    """A word in a sentence that opens something; a click sends `ident`."""
    return f'<button class="siop-link" data-id="{e(ident)}">{e(label)}</button>'


def pills(counts: Mapping[str, int], on: str | None) -> str:
    """Counters in a row that filter what stands below; the one that is on is pressed. A click sends its name."""
    made = "".join(
        f'<button class="siop-btn{" on" if name == on else ""}" data-id="{e(name)}" aria-pressed="{"true" if name == on else "false"}">'
        f"{e(name[:1].upper() + name[1:])} {valued(f'count_{name}', f'{n:,}', 'strong')}</button>"
        for name, n in counts.items()
    )
    return f'<div class="siop-pills" role="group" aria-label="Filter by">{made}</div>'


def track(value: float | None, low: float | None, high: float | None, watch: float) -> str:
    """The dot with its interval from 0 to 100, its stroke where the index becomes a watch."""
    return f'<div style="--watch:{watch:.1f}">{html.track(value, low, high)}</div>'


def spark(values: Sequence[float | None]) -> str:
    """A small grey line from 0 to 100 and the change from the first known value to the last, in its colour."""
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return '<span class="muted">–</span>'
    step = 96 / max(len(values) - 1, 1)
    points = " ".join(f"{2 + i * step:.1f},{26 - v * 0.24:.1f}" for i, v in known)
    x, y = points.split(" ")[-1].split(",")
    change = known[-1][1] - known[0][1]
    said = words.number(change, 0, signed=True)
    return (
        '<span class="siop-spark"><svg width="100" height="28" aria-hidden="true">'
        f'<polyline points="{points}" fill="none" stroke="var(--prior)" stroke-width="1.8"/>'
        f'<circle cx="{x}" cy="{y}" r="3" fill="var(--actual)"/></svg>'
        f"{html.variance(said, Polarity.MORE_IS_BETTER.judge(float(round(change))))}</span>"
    )
