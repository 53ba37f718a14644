"""What could move the year?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from siop import charts, health, risks, ui
from siop.core import words
from siop.ui import register

ACTS = ("cycle", "where", "against")
BARS = 7


def page() -> None:
    """The chance to land where we said, what carries the spread, the register, and whether its owners are right."""
    at = ui.here()
    board = at.ask(risks.board, at.state, health.judged_scope(at.snapshot, at.scope))
    totals, signed = board.report.totals, at.against == "consensus"
    landing = totals["landing"]
    where = f"the register on top of the {landing['source']}" if landing else "the register alone"
    against = f" · against the {'signed plan' if signed else 'budget'}" if landing else ""
    ui.headline(
        totals["sentences"]["signed" if signed else "headline"],
        words.measure_label(totals["register"]["measure"]) + (f" of {landing['year']}" if landing else ""),
        f"· {at.currency}, {totals['draws']:,} draws, seed {totals['seed']}, {where}{against}",
    )
    st.space(16)
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        _tornado(at, board)
    with right:
        _curve(at, board, signed)
    st.space(16)
    ui.panel("Register", right=totals["sentences"]["register"])
    if board.report.rows:
        ui.still(
            register.line(
                totals["register"], ("mean", "p10", "p50", "p90"), at.currency, "The register alone:"
            )
        )
        register.table(at, board)
    else:
        ui.empty("The register is empty", "It would show each open risk and opportunity with its impact, probability, response, owner and last score.")  # fmt: skip
    st.space(24)
    with st.expander("What if? Move probabilities; nothing is saved"):
        register.what_if(at, board, "signed" if signed else "budget")
    if at.service.may(at.identity, "risk"):
        with st.expander("Register a risk or an opportunity"):
            register.entry_form(at)
    st.space(24)
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        _owners(board)
    with right:
        _levers(at, board)
    st.space(16)
    ui.notes(board.report.notes)


def _tornado(at: ui.Here, board: risks.Board) -> None:
    rows = risks.tornado_rows(board.report, BARS)
    said = board.report.totals["sentences"]["tornado"]
    if not rows:
        ui.panel("What moves the year most")
        ui.empty(said, "Each item would be a bar: its amount if it happens, that times its probability, and its share of the spread.")  # fmt: skip
        return
    _, unit = words.scale_of([r["if_it_happens"] for r in rows], "money", at.currency)
    ui.panel(said.rstrip("."), f"Impact on {board.seen.measure}, {unit}, ranked by share of the spread")
    drawn = charts.tornado(
        [r["title"] for r in rows], [r["if_it_happens"] for r in rows], [r["weighted"] for r in rows],
        [r["share"] for r in rows], at.theme, currency=at.currency,
    )  # fmt: skip
    ui.figure(drawn, rows, "tornado", said, desk_only=True)


def _curve(at: ui.Here, board: risks.Board, signed: bool) -> None:
    landing = board.report.totals["landing"]
    if landing is None:
        ui.panel("Where the year lands")
        ui.empty(
            "The landing is not known",
            "With closed months and a plan this would show the chance to reach each amount.",
        )
        return
    said = board.report.totals["sentences"]["curve"]
    ui.panel(said.rstrip("."))
    ui.still(register.line(landing, ("p10", "p50", "p90", "budget", "signed"), at.currency))
    name = "signed" if signed else "budget"
    drawn = charts.exceedance(
        [r["value"] for r in landing["curve"]], [r["chance"] for r in landing["curve"]], at.theme, p10=landing["p10"],
        p50=landing["p50"], p90=landing["p90"], plan=landing[name], chance=landing[f"chance_to_reach_{name}"],
        reference="Signed plan" if signed else "Budget", currency=at.currency,
    )  # fmt: skip
    ui.figure(drawn, landing["curve"], "curve", said)


def _owners(board: risks.Board) -> None:
    rows = risks.owner_rows(board.report)
    totals = board.report.totals
    ui.panel("Were the owners right before?", totals["sentences"]["honesty"])
    if not rows:
        ui.empty(
            "No item has been closed with an outcome yet",
            "Each owner would stand here with what was said and what came.",
        )
        return
    columns = [
        ui.html.Column("Owner", lambda r: f'<span class="strong nowrap">{ui.html.e(r["name"])}</span>'),
        ui.html.amount("Closed", "n", 1, 0),
        ui.html.Column("Said", lambda r: words.percent(r["said"], 0), numeric=True, wide=True),
        ui.html.Column("Came", lambda r: words.percent(r["occurred"], 0), numeric=True, wide=True),
        ui.html.text("Evidence", "evidence"),
    ]
    ui.still(ui.html.table(columns, rows, caption="Record of the owners", dense=True))


def _levers(at: ui.Here, board: risks.Board) -> None:
    rows: list[dict[str, Any]] = risks.lever_rows(board.report, 6)
    ui.panel("What would move the landing", board.report.totals["sentences"]["gap"])
    if not rows:
        ui.empty("No lever", "Open items with a score would show what winning or avoiding each is worth.")
        return
    divisor, unit = words.scale_of([r["mean"] for r in rows], "money", at.currency)
    columns = [
        ui.html.text("Lever", "do", strong=True),
        ui.html.text("Item", "title"),
        ui.html.deviation(f"Gain, {unit}", "mean", divisor, register.UP, 0 if divisor == 1e3 else 2),
        ui.html.deviation(
            "On P50", "p50", divisor, register.UP, 0 if divisor == 1e3 else 2, wide=True, bold=False
        ),
    ]
    ui.still(ui.html.table(columns, rows, caption="Levers", dense=True))
