"""Is the process in control, and is it supported?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from siop import charts, health, ui
from siop.core import Report, words
from siop.ui import lines

ACTS = ("cycle",)


def page() -> None:
    """The cycle as a line of stages, the five symptoms with their rows, who moves the consensus, gates and meetings."""
    at = ui.here()
    scope = health.judged_scope(at.snapshot, at.scope)
    report = at.ask(health.health, at.state, scope)
    cycle = report.totals["cycle"]
    ui.headline(
        report.totals["headline"],
        f"Executive support board, to {words.month(cycle, long=True)}"
        if cycle
        else "Executive support board",
        "· five symptoms, each from its own rows, never averaged · dissent counts as signing",
    )
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
        _felt(report)
    st.space(24)
    left, right = st.columns([1.75, 1], gap="large")
    with left:
        if steps is not None:
            _gates(health.gate_rows(at.snapshot, at.state, at.cycle, steps, today), at.cycle)
    with right:
        _meetings(at)
    st.space(24)
    _others(report)
    st.space(16)
    ui.notes(report.notes)


def _symptoms(at: ui.Here, report: Report, scope: Any) -> None:
    rows = health.symptom_rows(report)
    ui.panel(
        "Five symptoms, weakest first",
        "0 to 100 with 90 % interval; the stroke is where a watch begins. A click opens the rows.",
    )
    trends = {}
    if st.toggle("Trend over 12 cycles", key="health_trend"):
        with st.spinner("Telling twelve cycles again, each as it could be told then"):
            trends = health.trend_by(at.ask(health.trend, at.state, scope))
    h = ui.html
    columns = [
        h.Column("", lambda r: f'<span class="muted">{h.e(r["index"])}</span>', wide=True),
        h.opener("Symptom", "label", "open", second="state"),
        h.Column("Now", lambda r: lines.valued(r["index"], r["said"], "siop-now"), numeric=True),
        h.Column("0 to 100", lambda r: lines.track(r["value"], r["low"], r["high"], r["watch"])),
        *([h.Column("12 cycles", lambda r: lines.spark(trends.get(r["index"], [])), wide=True)] if trends else []),
        h.Column("Evidence", lambda r: f'{h.e(r["first"])}<span class="small">{h.e(r["rest"] or "")}</span>', wide=True),
    ]  # fmt: skip
    _opened(ui.clickable(h.table(columns, rows, caption="Five symptoms"), "symptoms"), rows, "symptom")


def _opened(clicked: str | None, rows: list[dict[str, Any]], kind: str) -> None:
    """The rows behind the index that was clicked; a second click closes them."""
    name = f"health_{kind}"
    if clicked:
        st.session_state[name] = None if st.session_state.get(name) == clicked else clicked
        st.rerun()
    row = next((r for r in rows if r["index"] == st.session_state.get(name)), None)
    if row is None:
        return
    with st.container(key="drawer" if kind == "symptom" else "drawer_other", gap=None):
        ui.panel(
            f"{row['index'] if kind == 'symptom' else ''} {row['label']}: the rows".strip(), row["sentence"]
        )
        for heads, told in health.evidence_tables(row["evidence"]):
            columns = [ui.html.text(head.replace("_", " ").capitalize(), head) for head in heads]
            ui.still(ui.html.table(columns, told, caption=f"Rows behind {row['label']}", dense=True))
        if not row["evidence"]:
            ui.empty("No rows", row["sentence"])


def _moves(report: Report) -> None:
    totals = report.totals
    if not totals["moves"]:
        return
    ui.panel(
        "What moves the weakest most",
        f"Points that {totals['weakest']} would gain if each were as it should be; they do not add up",
    )
    rows = [{**m, "gain": m["gain"]} for m in totals["moves"][:4]]
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
    ui.figure(drawn, rows, "influence", said)


def _felt(report: Report) -> None:
    said, rows = health.felt_rows(report)
    ui.panel("Felt against measured", said)
    if not rows:
        ui.empty(
            "No answers yet", "Each symptom would stand here as people feel it, beside what the rows say."
        )
        return
    columns = [
        ui.html.text("Symptom", "label"),
        ui.html.amount("Felt", "felt", 1, 0, strong=True),
        ui.html.amount("Measured", "measured", 1, 0),
        ui.html.text("", "said", wide=True),
    ]
    ui.still(ui.html.table(columns, rows, caption="Felt against measured", dense=True))


def _gates(rows: list[dict[str, Any]], cycle: str) -> None:
    ui.panel(
        f"{health.gates_sentence(rows)}",
        f"Gates of the cycle {words.month(cycle, long=True)}; computed, not stamped",
    )
    h = ui.html
    columns = [
        h.text("Gate", "gate", second="asks", strong=True),
        h.Column("State", lambda r: f"{h.mark({'Passed': 'done', 'Not passed': 'object'}.get(r['state'], 'wait'))} {h.e(r['state'])}"),
        h.Column("When", lambda r: f'<span class="{"bad" if r["late"] else "muted"}">{h.e(r["when"])}</span>'),
        h.text("Why", "why", wide=True),
    ]  # fmt: skip
    ui.still(h.table(columns, rows, caption="Gates of the cycle", dense=True))


def _meetings(at: ui.Here) -> None:
    said, rows = health.meeting_rows(at.state, at.cycle)
    ui.panel("Was the meeting worth it?", said)
    if not rows:
        ui.empty(
            "No meeting yet", "Attendance, pre-read, decisions and actions would stand here, each as a share."
        )
        return
    columns = [
        ui.html.text("", "item"),
        ui.html.Column("Last", lambda r: f'<span class="strong">{words.percent(r["last"], 0)}</span><span class="small">{r["last_said"]}</span>', numeric=True),
        ui.html.Column("Lately", lambda r: f'{words.percent(r["lately"], 0)}<span class="small">{r["lately_said"]}</span>', numeric=True),
    ]  # fmt: skip
    ui.still(ui.html.table(columns, rows, caption="Meeting scorecard", dense=True))


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
    _opened(
        ui.clickable(h.table(columns, rows, caption="Other indices", dense=True), "indices"), rows, "index"
    )
