"""The executive support board: the line of stages, five symptoms with their rows, who moves the consensus, the rest."""

from __future__ import annotations

from datetime import date

import streamlit as st

from siop import charts, health
from siop.core import Report, Scope, words
from siop.ui import html, lines, parts, process
from siop.ui.background import aside, wait_for
from siop.ui.here import Here

MOVES = 3
FIGURE = 330  # pixels: all of the board stands on a projector's screen


def draw(at: Here, report: Report, scope: Scope, today: date) -> None:
    """Everything on one screen of a projector; a click opens the rows behind a number, below."""
    process.line(at, today)
    left, right = st.columns([1.75, 1], gap="large")
    with left, st.container(gap=None):
        clicked = _symptoms(at, report, scope)
        st.space(12)
        _moves(report)
        parts.as_table(health.influence_rows(report), "influence")  # here, where there is room: one screen
    with right, st.container(gap=None):
        _influence(at, report)
        st.space(12)
        other = _others(report)
    rows = health.symptom_rows(report)
    process.opened(clicked, rows, "symptom")
    process.opened(other, health.other_rows(report), "index")


def trends(at: Here, scope: Scope) -> tuple[dict[str, list[float | None]], bool]:
    """({index: its last twelve cycles}, whether they are those of now).

    Twelve cycles are told again as each could be told then, which takes seconds: aside, once for a snapshot and a
    head of the ledger; meanwhile the lines are those of before the last entry.
    """
    kind = ("trend", at.snapshot.id, at.identity.only, scope)
    key = at.state.head
    snapshot, state = at.snapshot, at.state
    found, ready = aside().ask(kind, key, lambda: health.trend_by(health.trend(snapshot, state, scope)))
    if not ready:
        wait_for(kind, key)
    return found or {}, ready


def _symptoms(at: Here, report: Report, scope: Scope) -> str | None:
    rows = health.symptom_rows(report)
    told, ready = trends(at, scope)
    felt = {row["symptom"]: row for row in health.felt_rows(report)[1]}
    parts.panel(
        "Five symptoms, weakest first",
        "0 to 100 with 90 % interval; the stroke is where a watch begins; a click opens the rows",
    )
    waiting = '<span class="muted nowrap">computing</span>'
    name = html.opener("Symptom", "label", "open")
    columns = [
        html.Column("", lambda r: f'<span class="muted">{html.e(r["index"])}</span>', wide=True),
        html.Column("Symptom", lambda r: name.cell(r) + _state(r)),
        html.Column("Now", lambda r: lines.valued(r["index"], r["said"], "siop-now"), numeric=True),
        html.Column("0 to 100", lambda r: lines.track(r["value"], r["low"], r["high"], r["watch"])),
        html.Column("12 cycles", lambda r: lines.spark(told.get(r["index"], [])) if told or ready else waiting, wide=True),
        html.Column("Felt", lambda r: _felt(felt.get(r["index"])), numeric=True, wide=True),
        html.Column("Evidence", _evidence, wide=True),
    ]  # fmt: skip
    with st.container(key="symptoms_box", gap=None):
        return parts.clickable(html.table(columns, rows, caption="Five symptoms"), "symptoms")


def _evidence(row: html.Row) -> str:
    """Two lines at most; the whole sentence is in the rows."""
    rest = f'<span class="small siop-cut">{html.e(row["rest"])}</span>' if row["rest"] else ""
    return f'<span class="siop-cut" title="{html.e(row["sentence"])}">{html.e(row["first"])}</span>{rest}'


def _felt(row: html.Row | None) -> str:
    if row is None:
        return '<span class="muted">–</span>'
    said = {True: "felt better", False: "felt worse"}.get(row["points"] > 0) if _apart(row) else "as measured"
    return f'{words.number(row["felt"], 0)}<span class="small">{said}</span>'


def _apart(row: html.Row) -> bool:
    return row["points"] is not None and abs(row["points"]) >= 10


def _state(row: html.Row) -> str:
    """The status in a word, bold where it is not in control."""
    word = html.e(row["state"])
    return f'<span class="small">{word if row["status"] == "ok" else f"<b>{word}</b>"}</span>'


def _moves(report: Report) -> None:
    totals = report.totals
    if not totals["moves"]:
        return
    parts.panel(
        "What moves the weakest most",
        f"Points that {totals['weakest']} would gain if each were as it should be; they do not add up",
    )
    columns = [
        html.text("", "label", strong=True),
        html.Column("", lambda r: f'<span class="siop-cut" title="{html.e(r["sentence"])}">{html.e(r["sentence"])}</span>', wide=True),
        html.Column("Gain", lambda r: html.variance(words.number(r["gain"], 0, signed=True), "good"), numeric=True),
    ]  # fmt: skip
    with st.container(key="moves_box", gap=None):
        parts.still(
            html.table(columns, totals["moves"][:MOVES], caption="What moves the weakest most", dense=True)
        )


def _influence(at: Here, report: Report) -> None:
    rows = health.influence_rows(report)
    told = next((r for r in report.rows if r["index"] == "unearned_dominance"), None)
    said = told["sentence"] if told else "Not enough data."
    if not rows:
        parts.panel("Who moves the consensus, and is that earned?")
        parts.empty(
            "Not enough data",
            f"{said} Each function would be a dot: the weight it takes against the weight its accuracy earned.",
        )
        return
    parts.panel(
        said.rstrip("."),
        f"{words.count(len(rows), 'input').capitalize()} to the consensus, {told['n'] if told else 0} pairs in disagreement",
    )
    drawn = charts.influence(
        [r["function"] for r in rows],
        [r["taken"] for r in rows],
        [r["earned"] for r in rows],
        at.theme,
        FIGURE,
    )
    columns = [
        html.text("Function", "function", strong=True),
        html.Column("Say", lambda r: words.percent(r["taken"], 0), numeric=True),
        html.Column("Earned", lambda r: words.percent(r["earned"], 0), numeric=True),
    ]
    phone = html.table(columns, rows, caption="Say taken and earned", dense=True)
    parts.figure(drawn, [], "influence", said, phone=phone)


def _others(report: Report) -> str | None:
    """The other indices, a line each; a click opens what was counted."""
    rows = health.other_rows(report)
    parts.panel("What else the record says", right="a click opens the rows")
    columns = [
        html.opener("Index", "label", "open"),
        html.Column("Now", lambda r: lines.valued(r["index"], r["said"], "strong"), numeric=True),
        html.Column("State", lambda r: f'<span class="nowrap {"muted" if r["status"] == "ok" else "strong"}">{html.e(r["state"])}</span>'),
    ]  # fmt: skip
    with st.container(key="others_box", gap=None):
        return parts.clickable(html.table(columns, rows, caption="Other indices", dense=True), "indices")
