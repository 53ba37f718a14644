"""Is the process in control, and is it supported?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from siop import charts, health, ui
from siop.core import Report, words
from siop.ui import lines, process

ACTS = ("cycle",)
WHOLE = True


def page() -> None:
    """The cycle as a line of stages, the five symptoms with their rows, who moves the consensus, gates and meetings."""
    at = ui.here()
    scope = health.judged_scope(at.snapshot, at.scope)
    report = at.ask(health.health, at.state, scope)
    said, also = health.headline_in_two(report)
    cycle = report.totals["cycle"]
    until = f"to {words.month(cycle, long=True)}, " if cycle else ""
    ui.headline(said, also, f"· executive support board {until}five symptoms, each from its own rows, never averaged; dissent counts as signing")  # fmt: skip
    today = datetime.now(UTC).date()
    steps = health.progress(at.state, at.cycle, today) if at.cycle else None
    if steps is not None:
        ui.still(ui.html.steps(health.step_cells(steps)))
    st.space(16)
    left, right = st.columns([1.75, 1], gap="large")
    with left:
        _symptoms(at, report, scope)
        st.space(24)
        _moves(report)
    with right:
        _influence(at, report)
        st.space(16)
        process.felt(report)
    st.space(24)
    left, right = st.columns([1.75, 1], gap="large")
    with left:
        if steps is not None:
            process.gates(health.gate_rows(at.snapshot, at.state, at.cycle, steps, today), at.cycle)
    with right:
        process.meetings(at)
    st.space(24)
    _others(report)
    st.space(16)
    ui.notes(report.notes)


def _symptoms(at: ui.Here, report: Report, scope: Any) -> None:
    rows = health.symptom_rows(report)
    trends: dict[str, list[float | None]] = {}
    with st.container(horizontal=True, key="symptoms_head", vertical_alignment="top"):
        ui.panel(
            "Five symptoms, weakest first",
            "0 to 100 with 90 % interval; the stroke is where a watch begins; a click opens the rows",
        )
        shown = st.toggle(
            "12 cycles", key="health_trend", help="Each cycle told again with what was known then."
        )
    if shown:
        with st.spinner("Telling twelve cycles again, each as it could be told then"):
            trends = health.trend_by(at.ask(health.trend, at.state, scope))
    h = ui.html
    name = h.opener("Symptom", "label", "open")
    columns = [
        h.Column("", lambda r: f'<span class="muted">{h.e(r["index"])}</span>', wide=True),
        h.Column("Symptom", lambda r: name.cell(r) + _state(r)),
        h.Column("Now", lambda r: lines.valued(r["index"], r["said"], "siop-now"), numeric=True),
        h.Column("0 to 100", lambda r: lines.track(r["value"], r["low"], r["high"], r["watch"])),
        *([h.Column("12 cycles", lambda r: lines.spark(trends.get(r["index"], [])), wide=True)] if trends else []),
        h.text("Evidence", "first", second="rest", wide=True),
    ]  # fmt: skip
    with st.container(key="symptoms_box", gap=None):
        clicked = ui.clickable(h.table(columns, rows, caption="Five symptoms"), "symptoms")
    process.opened(clicked, rows, "symptom")


def _state(row: ui.html.Row) -> str:
    """The status in a word, bold where it is not in control."""
    word = ui.html.e(row["state"])
    return f'<span class="small">{word if row["status"] == "ok" else f"<b>{word}</b>"}</span>'


def _moves(report: Report) -> None:
    totals = report.totals
    if not totals["moves"]:
        return
    ui.panel(
        "What moves the weakest most",
        f"Points that {totals['weakest']} would gain if each were as it should be; they do not add up",
    )
    rows = totals["moves"][:4]
    columns = [
        ui.html.text("", "label", strong=True),
        ui.html.text("", "sentence", wide=True),
        ui.html.Column(
            "Gain", lambda r: ui.html.variance(words.number(r["gain"], 0, signed=True), "good"), numeric=True
        ),
    ]
    ui.still(ui.html.table(columns, rows, caption="What moves the weakest most", dense=True))


def _influence(at: ui.Here, report: Report) -> None:
    rows = health.influence_rows(report)
    told = next((r for r in report.rows if r["index"] == "unearned_dominance"), None)
    said = told["sentence"] if told else "Not enough data."
    if not rows:
        ui.panel("Who moves the consensus, and is that earned?")
        ui.empty(
            "Not enough data",
            f"{said} Each function would be a dot: the weight it takes against the weight its accuracy earned.",
        )
        return
    ui.panel(
        said.rstrip("."),
        f"{words.count(len(rows), 'input').capitalize()} to the consensus, {told['n'] if told else 0} pairs in disagreement",
    )
    drawn = charts.influence(
        [r["function"] for r in rows], [r["taken"] for r in rows], [r["earned"] for r in rows], at.theme
    )
    ui.figure(drawn, rows, "influence", said, desk_only=True)


def _others(report: Report) -> None:
    rows = health.other_rows(report)
    ui.panel("What else the record says", right="a click opens the rows")
    h = ui.html
    columns = [
        h.opener("Index", "label", "open"),
        h.Column("Now", lambda r: lines.valued(r["index"], r["said"], "strong"), numeric=True),
        h.text("State", "state"),
        h.Column("Evidence", lambda r: h.e(r["sentence"]), wide=True),
    ]
    process.opened(
        ui.clickable(h.table(columns, rows, caption="Other indices", dense=True), "indices"), rows, "index"
    )
