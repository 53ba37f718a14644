"""What needs an owner, and what is becoming normal?"""

from __future__ import annotations

import streamlit as st

from siop import charts, deviations, ui
from siop.core import Polarity, Report, words

ACTS = ("cycle", "where")


def page() -> None:
    """A year of families at a glance, the picked family's chart, what matters by money, and what becomes normal."""
    at = ui.here()
    measure = st.session_state.get("stream", "quantity")
    found = at.ask(deviations.deviations, at.state, at.scope, measure=measure)
    streams = at.ask(deviations.streams, at.state, at.scope, measure)
    if not found.rows:
        ui.headline("No family has a plan to deviate from")
        ui.empty("Deviation tracking needs plan and actual by family", " ".join(found.notes))
        return
    board = deviations.board(streams, at.state, found)
    ui.headline(
        deviations.headline(found), f"Deviation from the plan of lag {at.scope.lag}",
        f"· {measure}, {words.month(board.months[0])} to {words.month(board.months[-1])} · tolerance asks whether it matters, a signal"
        " whether something has changed",
    )  # fmt: skip
    picked = st.session_state.get("stream_family") or found.rows[0]["family"]
    left, right = st.columns([1.45, 1], gap="large")
    with left:
        ui.panel(
            board.sentence,
            "Per cent of plan where out of tolerance; a dot is within. Solid: nobody owns it; outline: owned",
        )
        clicked = ui.clickable(
            ui.html.grid(board.months, board.rows, picked=picked, caption="Families by month"), "grid"
        )
        if clicked:
            st.session_state["stream_family"] = clicked.partition("|")[0]
            st.rerun()
        _control(at, streams, picked)
    with right:
        _by_money(at, found)
        _normal(at, found)
        _where(at)
    ui.notes(found.notes)


def _control(at: ui.Here, streams: deviations.Streams, family: str) -> None:
    drawn = deviations.control_of(streams, at.state, family)
    st.space(16)
    ui.panel(
        drawn.sentence,
        "Monthly deviation, per cent of plan. Band: tolerance in force. Dashed: signal limits. Diamond: signal",
    )
    data = charts.Control(months=drawn.months, ratio=drawn.ratio, tolerance=drawn.tolerance, signals=drawn.signals,
                          limit=drawn.limit, notes=drawn.notes)  # fmt: skip
    ui.figure(charts.control(data, at.theme, height=320), drawn.table, f"control_{family}", drawn.sentence)


def _by_money(at: ui.Here, found: Report) -> None:
    rows = deviations.money_rows(found, at.state)
    divisor, unit = words.scale_of([r["impact"] for r in rows], "money", at.currency)
    ui.panel("By money", f"{unit} in {words.month(found.totals['month'])}; a row opens its case")
    columns = [
        ui.html.deviation(unit, "impact", divisor, Polarity.MORE_IS_BETTER, 2),
        ui.html.opener("Where and why", "family", "open", second="said"),
        ui.html.text("Owner", "owner", second="clock"),
    ]
    clicked = ui.clickable(
        ui.html.table(columns, rows[:5], caption="Deviations by money", dense=True), "by_money"
    )
    if clicked:
        st.session_state["case_family"] = clicked
    if st.session_state.get("case_family"):
        _case(at, found, st.session_state["case_family"])


def _case(at: ui.Here, found: Report, family: str) -> None:
    """Open a case, answer it or close it; each is an entry in the reader's name."""
    row = next((r for r in found.rows if r["family"] == family), None)
    if row is None:
        return
    case = deviations.open_case(at.state, family, row["measure"])
    with st.container(key="drawer"):
        ui.panel(f"{family}: {'case ' + case.id if case else 'no case yet'}", row["sentence"])
        if case is None:
            if at.service.may(at.identity, "case_opened") and st.button("Open a case", type="primary"):
                fields = {
                    "family": family,
                    "measure": row["measure"],
                    "month": row["month"],
                    "deviation": row["deviation"],
                }
                ui.write(at, "case_opened", fields)
            return
        with st.form(f"case_{case.id}_{len(case.answers)}"):
            cause = st.text_input("Cause", value=case.answer.cause if case.answer else "")
            remedy = st.text_input("Countermeasure", value=case.answer.countermeasure if case.answer else "")
            left, right = st.columns(2)
            owner = left.selectbox("Owner", list(at.state.people), format_func=at.state.name)
            due = right.date_input("Due")
            answer, close = (
                left.form_submit_button("Record the answer", type="primary"),
                right.form_submit_button("Close the case"),
            )
        if answer:
            ui.write(
                at,
                "case_answered",
                {"id": case.id, "owner": owner, "cause": cause, "countermeasure": remedy, "due": str(due)},
            )
        if close:
            ui.write(at, "case_closed", {"id": case.id, "reason": remedy or cause or "back in control"})


def _normal(at: ui.Here, found: Report) -> None:
    """The family that is becoming normal, judged by the tolerance that was first agreed."""
    row = next((r for r in found.rows if r["norm"] == "normalised"), None)
    st.space(8)
    if row is None:
        ui.panel("Nothing is becoming normal", "Judged against the tolerance that was first agreed")
        return
    share = found.totals["norm"]["normalised"]["share"]
    items = "".join(f"<tr><td>{ui.html.e(said[:1].upper() + said[1:])}</td></tr>" for said in row["evidence"])
    ui.still(
        f'<div class="siop-box"><h2>Becoming normal: {ui.html.e(row["family"])}, {ui.html.e(words.percent(share, 0))} of plan value</h2>'
        f'<span class="muted">Judged against the tolerance that was first agreed, ±{ui.html.e(words.percent(row["original_tolerance"], 0))}</span>'
        f'<table class="siop dense"><tbody>{items}</tbody></table></div>'
    )


def _where(at: ui.Here) -> None:
    """Which slices moved by a common percentage in the last three months."""
    found = at.ask(deviations.localise, at.state, deviations.last_quarter(at.snapshot, at.scope))
    st.space(8)
    ui.panel(
        "Where it sits",
        f"Revenue, {found.totals.get('from') or ''} to {found.totals.get('to') or ''}; slices that moved by one per cent figure",
    )
    for row in found.rows[:2]:
        ui.still(f'<p class="siop-note">{ui.html.e(row["sentence"])}</p>')
    if not found.rows:
        ui.still(
            '<p class="siop-note">No slice moved on its own: what is off is spread over the business.</p>'
        )
