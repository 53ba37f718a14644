"""What needs an owner, and what is becoming normal?"""

from __future__ import annotations

import streamlit as st

from siop import charts, deviations, ui
from siop.core import Polarity, Report, words
from siop.ui import cases, gap, lines, tolerances

ACTS = ("cycle", "where")
MEASURE, EVERY = "deviation_measure", "every_family"
MOST = 24
"""Families of the grid, those with most money first; the others are one click away."""
YEAR, CASES, WHERE, TWO = "The year", "Cases", "Where it sits", "Tolerance and signal"


def page() -> None:
    """A year of families at a glance, the cases and their owners, where it sits, and the two questions."""
    at = ui.here()
    known = [words.measure_label(m) for m in at.ask(deviations.measures_of)]
    picked = st.session_state.get(MEASURE)
    measure = (
        picked.lower() if picked in known[1:] else None
    )  # the first is what is judged unless asked otherwise
    found = at.ask(deviations.deviations, at.state, at.scope, measure=measure)
    streams = at.ask(deviations.streams, at.state, at.scope, measure) if found.rows else None
    board = deviations.board(streams, at.state, found) if streams is not None else None
    if streams is None or board is None or not any(row["cells"] for row in board.rows):
        ui.headline("No family has a plan to deviate from")
        ui.empty(
            "Deviation tracking needs plan and actual by family and month",
            "It would show a year of families, the cases and their owners, and what is becoming normal.",
        )
        ui.notes(found.notes)
        return
    ui.headline(
        deviations.headline(found), f"Deviation from the plan of lag {at.scope.lag}",
        f"· {streams.measure}, {words.month(board.months[0])} to {words.month(board.months[-1])} · tolerance asks whether it"
        " matters, a signal whether something has changed",
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        view = ui.choose("View", [YEAR, CASES, WHERE, TWO], cases.VIEW)
        if len(known) > 1:
            ui.choose("Measure", known, MEASURE)
    st.space(8)
    if view == CASES:
        cases.work(at, streams, found)
    elif view == WHERE:
        gap.view(at, streams)
    elif view == TWO:
        tolerances.view(at, streams, found)
    else:
        _year(at, streams, found, board)
    ui.notes(found.notes)


def _year(at: ui.Here, streams: deviations.Streams, found: Report, board: deviations.Board) -> None:
    picked = st.session_state.get("stream_family") or found.rows[0]["family"]
    left, right = st.columns([1.45, 1], gap="large")
    with left:
        ui.panel(board.sentence)
        ui.still(ui.html.grid_key())
        count = len(board.rows)
        rows = board.rows[: lines.shown(EVERY, count, MOST)]
        grid = ui.html.grid(board.months, rows, picked=picked, caption="Families by month")
        clicked = ui.clickable(grid + lines.rest(EVERY, count, MOST, "families"), "grid")
        if clicked == lines.ALL:
            lines.unfold(EVERY)
        if clicked:
            st.session_state["stream_family"] = clicked.partition("|")[0]
            st.rerun()
        _control(at, streams, picked)
    with right:
        _by_money(at, streams, found)
        _normal(at, streams, found)


def _control(at: ui.Here, streams: deviations.Streams, family: str) -> None:
    drawn = deviations.control_of(streams, at.state, family)
    ui.panel(
        drawn.sentence,
        "Monthly deviation, per cent of plan. Band: tolerance in force. Dashed: signal limits. Diamond: signal",
    )
    data = charts.Control(months=drawn.months, ratio=drawn.ratio, tolerance=drawn.tolerance, signals=drawn.signals,
                          limit=drawn.limit, notes=drawn.notes)  # fmt: skip
    ui.figure(charts.control(data, at.theme, height=264), drawn.table, f"control_{family}", drawn.sentence)


def _by_money(at: ui.Here, streams: deviations.Streams, found: Report) -> None:
    """The families by money; a counter leaves those that have such a case, a row opens its case."""
    rows = deviations.money_rows(streams, found, at.state)
    divisor, unit = words.scale_of([r["impact"] for r in rows], "money", at.currency)
    ui.panel("By money", f"{unit} in {words.month(found.totals['month'])}; a row opens its case")
    standing = deviations.seen_cases(at.state, at.scope, streams, cases.today())
    on = cases.counters(standing, "money_counters")
    if on is not None:
        named = {s.case.family for s in deviations.counted(standing, on)}
        rows = [r for r in rows if r["family"] in named]
    columns = [
        ui.html.deviation(unit, "impact", divisor, Polarity.MORE_IS_BETTER, 2),
        ui.html.opener("Where and why", "family", "open", second="said"),
        ui.html.Column("Out, months", lambda r: ui.html.e(r["lasts"]), wide=True),
        ui.html.text("Owner", "owner", second="clock"),
    ]
    clicked = ui.clickable(
        ui.html.table(columns, rows[:5], caption="Deviations by money", dense=True), "by_money"
    )
    if not rows:
        ui.notes(["No family has such a case."])
    if clicked:
        cases.open_in_list(next(r["case"] for r in rows if r["family"] == clicked), clicked)


def _normal(at: ui.Here, streams: deviations.Streams, found: Report) -> None:
    """What is becoming normal, judged by the tolerance that was first agreed, with the rows it rests on."""
    told = deviations.becoming(streams, found)
    st.space(8)
    with st.container(key="normal_box", gap=None):
        said = "Judged by the tolerance that was first agreed"
        first = told[0] if told else None
        ui.panel(deviations.becoming_sentence(told), said if first is None else f"{said}, ±{words.percent(first.original, 0)}")  # fmt: skip
        if first is None:
            return
        columns = [
            ui.html.Column("", lambda r: f'<span class="second">{ui.html.e(r["sign"])}</span>'),
            ui.html.Column("", lambda r: f'<span class="strong nowrap">{ui.html.e(r["now"])}</span>'),
            ui.html.Column("", lambda r: ui.html.e(r["said"])),
            ui.html.Column("", lambda r: f'<span class="muted nowrap">{ui.html.e(r["was"]) if r["was"] else ""}</span>', wide=True),
        ]  # fmt: skip
        ui.still(ui.html.table(columns, first.rows, caption=f"Becoming normal: {first.family}", dense=True))
        st.space(8)
        with st.container(horizontal=True, gap="small"):
            if st.button("Open its case", type="primary", key="normal_case"):
                row = next(r for r in deviations.money_rows(streams, found, at.state) if r["family"] == first.family)  # fmt: skip
                cases.open_in_list(row["case"], first.family)
            tolerances.restore(at, first, streams.measure)
