"""What is improved on the screen: the backlog with its effects, the form, and how far the process has come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import streamlit as st

from siop import health, metrics
from siop.core import Report, Scope, words
from siop.health import backlog, survey_told
from siop.ui import html, parts, process
from siop.ui.here import Here

_FORM = "siop_improvement_form"
SHOWN = 11  # the open ones, and of the closed those that were measured and the last


def draw(at: Here, report: Report, scope: Scope, today: date) -> None:
    """Open and closed improvements, what is worth another one, and the stage of the process."""
    cycle = max(at.cycle, report.totals["cycle"] or "")
    rows = at.ask(backlog.backlog, at.state, scope, cycle, today)
    with st.container(
        key="stacked"
    ):  # below each other where the page is narrow: the table has seven columns
        left, right = st.columns([1.75, 1], gap="large")
    with left:
        _table(at, rows, today)
    with right:
        _maturity(report)
    if at.service.may(at.identity, "improvement"):
        st.space(24)
        _proposals(at, report, cycle)
        _form(at, today)


def _table(at: Here, rows: list[dict[str, Any]], today: date) -> None:
    parts.panel(
        backlog.backlog_sentence(rows),
        "Effect: difference in differences against the rest of the business, with 95 % interval",
    )
    if not rows:
        parts.empty(
            "Nothing is being improved",
            "Each improvement would stand here with its owners, its day and what it changed.",
        )
        return
    columns = [
        html.Column("", lambda r: f'<span class="nowrap muted">{html.e(r["id"])}</span>', wide=True),
        html.Column("Cause", _cause),
        html.Column("Target KPI", lambda r: f'<span class="nowrap">{html.e(r["kpi"])}</span><span class="small">{html.e(r["where"])}</span>', wide=True),
        html.Column("Owners", _owners, wide=True),
        html.Column("Due", lambda r: f'<span class="nowrap {"bad" if r["late"] else ""}">{html.e(r["state"])}</span>'),
        html.Column("Effect", lambda r: f'<span class="small siop-cut" title="{html.e(r["effect"])}">{html.e(r["effect"])}</span>', wide=True),
    ]  # fmt: skip
    with st.container(key="backlog_box", gap=None):
        parts.still(html.table(columns, rows[:SHOWN], caption="Improvements", dense=True))
    _close(at, rows, today)


def _cause(row: html.Row) -> str:
    back = f" · <b>{html.e(row['back'])}</b>" if row["back"] else ""
    return f'{html.e(row["cause"])}<span class="small">from {html.e(row["source"])}{back}</span>'


def _owners(row: html.Row) -> str:
    lead = html.e(row["exec"]) if row["exec"] else "<b>no executive owner</b>"
    return f'<span class="nowrap">{html.e(row["owner"])}</span><span class="small nowrap">{lead}</span>'


def _close(at: Here, rows: list[dict[str, Any]], today: date) -> None:
    live = {r["id"]: f"{r['id']} {r['cause']}" for r in rows if not r["closed"]}
    if not live or not at.service.may(at.identity, "improvement_closed"):
        return
    with st.popover("Close one", key="improvement_close"):
        one = st.selectbox(
            "Improvement", list(live), index=None, format_func=live.__getitem__, key="improvement_which"
        )
        if st.button("It is done", key="improvement_done", disabled=one is None) and one:
            process.act(
                lambda: backlog.close_improvement(at.service, at.identity, one, at.cycle),
                "Closed; its effect is measured from now on",
            )


def _proposals(at: Here, report: Report, cycle: str) -> None:
    told = survey_told.survey_board(at.state, report, cycle)
    found = backlog.proposals(at.state, report, told.result, cycle)
    if not found:
        return
    parts.panel("Worth an improvement", right="a click fills the form")
    rows = [{**f, "open": str(n)} for n, f in enumerate(found)]
    columns = [
        html.opener("Cause", "cause", "open"),
        html.text("From", "source"),
        html.text("", "why", wide=True),
    ]
    clicked = parts.clickable(
        html.table(columns, rows, caption="Worth an improvement", dense=True), "proposals"
    )
    if clicked is not None:
        picked = found[int(clicked)]
        for name in ("source", "cause", "kpi", "family"):
            st.session_state[f"improvement_{name}"] = picked[name]
        st.rerun()


def _form(at: Here, today: date) -> None:
    people = {p.id: f"{p.name}, {p.function}" for p in at.state.people.values() if p.active}
    leads = backlog.executives(at.state)
    families = metrics.members(at.snapshot, "family") if "family" in at.snapshot.dimensions else []
    st.space(16)
    parts.panel(
        "Open an improvement",
        "A cause, a number it should move, who does it, which executive answers for it, by when",
    )
    st.session_state.setdefault(_FORM, uuid4().hex)
    with st.form("improvement", border=False):
        cells = st.columns([1, 3, 1.2, 1.4], gap="medium")
        source = cells[0].selectbox("From", list(backlog.SOURCES), key="improvement_source")
        cause = cells[1].text_input("Root cause", key="improvement_cause", max_chars=200)
        kpi = cells[2].selectbox("Target KPI", list(backlog.KPI_SAID), index=None, key="improvement_kpi")
        family = cells[3].selectbox(
            "Where", families, index=None, key="improvement_family", placeholder="The whole company"
        )
        cells = st.columns([1.6, 1.6, 1, 1], gap="medium", vertical_alignment="bottom")
        owner = cells[0].selectbox(
            "Owner", list(people), index=None, format_func=people.__getitem__, key="improvement_owner"
        )
        lead = cells[1].selectbox(
            "Executive owner", list(leads), index=None, format_func=leads.__getitem__, key="improvement_exec"
        )
        due = cells[2].date_input(
            "Due", today + backlog.DUE, key="improvement_due", min_value=today - timedelta(days=1)
        )
        sent = cells[3].form_submit_button("Open it", type="primary", width="stretch")
    if sent:
        fields = {
            "source": source,
            "cause": cause,
            "kpi": kpi,
            "family": family,
            "owner": owner,
            "exec_owner": lead,
            "due": due,
        }
        process.act(lambda: _open(at, fields, today), "Opened")


def _open(at: Here, fields: dict[str, Any], today: date) -> None:
    backlog.open_improvement(at.service, at.identity, fields, at.cycle, today, st.session_state[_FORM])
    for name in (_FORM, *(f"improvement_{n}" for n in ("cause", "kpi", "family", "owner", "exec"))):
        st.session_state.pop(name, None)


def _maturity(report: Report) -> None:
    """The stage of the process, its evidence, and what the next stage asks."""
    told = report.totals["maturity"]
    if told is None:
        parts.panel("How far has the process come?")
        parts.empty("Not enough data", "A stage of five would stand here, with the evidence for it.")
        return
    names = health.STAGES
    last = told["stage"] == len(names)
    parts.panel(
        f"Stage {told['stage']} of {len(names)}: the process {told['name']}",
        "The highest stage there is" if last else f"The next stage, {names[told['stage']]}, asks what is open below. Asked of the process, never of tools",
    )  # fmt: skip
    parts.still(
        html.steps(
            [("done" if n < told["stage"] else "now" if n == told["stage"] else "wait", name.capitalize(), f"stage {n}", False)
             for n, name in enumerate(names, 1)]
        )
    )  # fmt: skip
    rows = [c for c in told["criteria"] if c["stage"] <= told["stage"] + 1]
    said = {True: "met", False: "open", None: "unknown"}
    shapes = {True: "done", False: "object", None: "wait"}
    columns = [
        html.Column("", lambda r: f'<span class="muted">{r["stage"]}</span>'),
        html.Column("Asks", lambda r: f'{html.e(r["asks"])}<span class="small siop-cut" title="{html.e(r["evidence"])}">{html.e(r["evidence"])}</span>'),
        html.Column("", lambda r: f'<span class="nowrap">{html.mark(shapes[r["met"]])} {said[r["met"]]}</span>'),
    ]  # fmt: skip
    parts.still(html.table(columns, rows[::-1], caption="Maturity", dense=True))
    if not last:
        parts.notes(
            [
                f"Open: {words.listed([c['asks'].lower() for c in rows if c['stage'] == told['stage'] + 1 and not c['met']])}."
            ]
        )
