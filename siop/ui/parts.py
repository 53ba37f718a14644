"""What a page is made of on the screen: one headline, panels, figures with their rows, clickable pieces, keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from siop.charts import CONFIG, Theme
from siop.core import Report
from siop.ui import html
from siop.ui.html import e

_CSS = (Path(__file__).parent / "look.css").read_text(encoding="utf-8")
_CLICK = """
export default function({parentElement, data, setTriggerValue}) {
  if (parentElement.siopHtml !== data.html) { parentElement.siopHtml = data.html; parentElement.innerHTML = data.html; }
  parentElement.onclick = (event) => {
    const found = event.target.closest('[data-id]');
    if (found) setTriggerValue('clicked', found.dataset.id);
  };
}
"""
_KEYS = """
export default function({data, setTriggerValue}) {
  const listen = (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (at.closest && at.closest('input,textarea,select,[contenteditable],[role=combobox],[role=dialog],[role=radiogroup]')) return;
    if (data.keys.includes(event.key)) { event.preventDefault(); setTriggerValue('key', event.key); }
  };
  document.addEventListener('keydown', listen);
  return () => document.removeEventListener('keydown', listen);
}
"""
_click = st.components.v2.component("siop_click", js=_CLICK, isolate_styles=False)
_keys = st.components.v2.component("siop_keys", js=_KEYS, isolate_styles=False)


def style(theme: Theme) -> None:
    """The stylesheet, with the theme's colours as variables. Once a run."""
    names = "".join(f"--{name.replace('_', '-')}:{value};" for name, value in theme.colours.items())
    st.html(f"<style>:root{{{names}}}{_CSS}</style>")


@dataclass
class Drawn:
    """What a page has drawn in this run, for the Export slot: tables as HTML, rows behind figures, figures, notes."""

    headline: str = ""
    bodies: list[str] = field(default_factory=list)
    rows: list[tuple[str, Sequence[Mapping[str, Any]]]] = field(default_factory=list)
    figures: list[tuple[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _drawn() -> Drawn:
    found: Drawn = st.session_state.setdefault("siop_shown", Drawn())
    return found


def headline(sentence: str, bold: str = "", sub: str = "") -> None:
    """The page's one sentence, and the line of who, what, unit and when. A plan's name does not break."""
    _drawn().headline = sentence
    sub = sub if bold else sub.removeprefix("· ")
    said = re.sub(r"\d{4}-\d{2}( [A-Z]\b)?", r'<span class="nowrap">\g<0></span>', e(sentence))
    st.html(
        f'<h1 class="siop-headline">{said}</h1><p class="siop-sub"><b>{e(bold) if bold else ""}</b> {e(sub) if sub else ""}</p>'
    )


def has_headline() -> bool:
    """Whether the page has said its one sentence in this run."""
    return bool(_drawn().headline)


def panel(title: str, sub: str = "", right: str = "") -> None:
    """A panel's title is a sentence too."""
    aside = f"<span>{e(right)}</span>" if right else ""
    below = f'<p class="siop-panelsub">{e(sub)}</p>' if sub else ""
    st.html(f'<div class="siop-panel"><h2>{e(title)}</h2>{aside}</div>{below}')


def still(body: str) -> None:
    """HTML made by siop.ui.html that nobody clicks."""
    _keep(body)
    st.html(body)


def small(said: str) -> None:
    """A line in small print."""
    still(f'<p class="siop-small">{e(said)}</p>')


def clickable(body: str, key: str) -> str | None:
    """HTML made by siop.ui.html; returns the data-id of what was clicked in this run, else None."""
    _keep(body)
    found = _click(data={"html": body}, key=key, on_clicked_change=_nothing)
    clicked = found.clicked
    return None if clicked is None else str(clicked)


def pressed(keys: Sequence[str]) -> str | None:
    """The key pressed outside of any field, if it is one of `keys`."""
    found = _keys(data={"keys": list(keys)}, key="siop_keyboard", on_key_change=_nothing)
    return None if found.key is None else str(found.key)


def figure(
    drawn: Any,
    rows: Report | Sequence[Mapping[str, Any]] | None,
    key: str,
    alt: str,
    *,
    phone: str | None = None,
) -> None:
    """A figure, and its own rows under "Show as table" (None: `behind` shows them). `alt` is the sentence it proves.

    phone: the table made by siop.ui.html that stands in its place where the figure would be too narrow to read.
    """
    _drawn().figures.append((alt, drawn))
    with st.container(gap=None):
        with st.container(key=f"figure_{key}" if phone is None else f"deskfigure_{key}", gap=None):
            st.plotly_chart(drawn, theme=None, key=f"chart_{key}", config=CONFIG, alt=alt)
        if phone is not None:
            st.html(f'<div class="siop-phone">{phone}</div>')
    if rows is not None:
        as_table(rows, key)


def folded(label: str, key: str) -> Any:
    """A fold to draw into, or None while it is closed: what stands in it is made when somebody opens it."""
    fold = st.expander(label, key=key, on_change="rerun")
    return fold if fold.open else None


def as_table(rows: Report | Sequence[Mapping[str, Any]], key: str) -> None:
    """The figure's rows as a plain table, folded."""
    caption = "The figure's rows"
    if not keep_rows(rows, caption):
        return
    fold = folded("Show as table", f"table_{key}")
    if fold is not None:
        fold.html(rows_table(rows, caption))


def keep_rows(rows: Report | Sequence[Mapping[str, Any]], caption: str) -> bool:
    """Note the rows behind a figure for the Export slot; whether there are any."""
    found = list(rows.rows if isinstance(rows, Report) else rows)
    if found:
        _drawn().rows.append((caption, found))
    return bool(found)


def rows_table(rows: Report | Sequence[Mapping[str, Any]], caption: str) -> str:
    """Rows as a plain table, every field a column; nothing where there are none."""
    found = list(rows.rows if isinstance(rows, Report) else rows)
    if not found:
        return ""
    heads = [h for h, v in found[0].items() if not isinstance(v, list | dict)]
    numeric = {
        h: any(isinstance(r.get(h), int | float) and not isinstance(r.get(h), bool) for r in found)
        for h in heads
    }
    columns = [html.amount(h, h, 1.0, 2) if numeric[h] else html.text(h.replace("_", " "), h) for h in heads]
    columns = [
        html.Column(h.replace("_", " "), c.cell, numeric=numeric[h])
        for h, c in zip(heads, columns, strict=True)
    ]
    return html.table(columns, found, caption=caption, dense=True)


def choose(label: str, options: list[str], key: str) -> str:
    """A row of choices whose pick is in the address; the first is the default."""
    if st.session_state.get(key) not in (None, *options):
        st.session_state[key] = options[0]
    found = st.segmented_control(label, options, default=options[0], required=True, key=key, bind="query-params",
                                 label_visibility="collapsed", wrap=False)  # fmt: skip
    return found if found in options else options[0]


def notes(found: Sequence[str]) -> None:
    """What has to be said beside the numbers."""
    _drawn().notes.extend(found)
    for note in found:
        st.html(f'<p class="siop-note">{e(note)}</p>')


def empty(title: str, said: str) -> None:
    """A page or panel without data: what is missing, and what it would show."""
    st.html(f'<div class="siop-empty"><b>{e(title)}</b>{e(said)}</div>')


def banner(said: str) -> None:
    """Something the whole room has to know."""
    st.html(f'<div class="siop-banner" role="status">{e(said)}</div>')


def _keep(body: str) -> None:
    """Remember tables and tiles for the Export slot."""
    if "<table" in body or "siop-tiles" in body:
        _drawn().bodies.append(body)


def _nothing() -> None:
    """Streamlit registers a trigger only where there is a callback."""
