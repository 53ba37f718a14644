"""What could move the year?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from siop import charts, health, meeting, risks, ui
from siop.core import Polarity, words
from siop.ui import register, risk_forms, risk_gap, risk_record

ACTS = ("cycle", "where", "against")
BARS = 5
YEAR, GAP, RECORD = "The year", "Closing the gap", "Were we right?"


def page() -> None:
    """The chance to land where we said, what carries the spread, the register, and whether its owners are right."""
    at = ui.here()
    scope = health.judged_scope(at.snapshot, at.scope)
    if at.cycle not in meeting.cycles(at.state):  # a ledger without cycles: judged as the command judges it
        scope = replace(scope, cycle=None)

    def drawn(rho: float) -> risks.Board:
        told = at.settings
        return at.ask(risks.board, at.state, scope, rho=rho, draws=told.draws, seed=told.risk_seed)

    board = drawn(at.settings.correlation)
    totals, signed = board.report.totals, at.against == "consensus"
    landing = totals["landing"]
    where = f"the register on top of the {landing['source']}" if landing else "the register alone"
    against = f" · against the {'signed plan' if signed else 'budget'}" if landing else ""
    ui.headline(
        totals["sentences"]["signed" if signed else "headline"],
        words.measure_label((landing or totals["register"])["measure"])
        + (f" of {landing['year']}" if landing else ""),
        f"· {at.currency}, {totals['draws']:,} draws, seed {totals['seed']}, correlation {words.number(totals['rho'])} within a"
        f" driver group, {where}{against}",
    )
    view = ui.choose("View", [YEAR, GAP, RECORD], "risk_view")
    if view == GAP:
        risk_gap.view(at, board)
    elif view == RECORD:
        risk_record.view(at, board)
    else:
        _year(at, board, signed, drawn)
    ui.notes(board.report.notes)


def _year(at: ui.Here, board: risks.Board, signed: bool, drawn: Callable[[float], risks.Board]) -> None:
    totals = board.report.totals
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        _tornado(at, board)
    with right:
        _curve(at, board, signed)
    ui.panel("Register", right=totals["sentences"]["register"])
    register.just_closed()
    if board.report.rows:
        told = ("mean", "p10", "p50", "p90")
        ui.still(register.line(totals["register"], told, at.currency, "The register alone:"))
    else:
        ui.empty("The register is empty", "It would show each open risk and opportunity with its impact, probability, response, owner and last score.")  # fmt: skip
    opened = register.table(at, board, may_enter=at.service.may(at.identity, "risk"))
    if register.WHAT_IF in opened:
        register.what_if(at, board, "signed" if signed else "budget", drawn)
    if register.ENTRY in opened:
        risk_forms.entry(at)


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
    ui.figure(drawn, rows, "tornado", said, phone=_phone(rows, at.currency))


def _phone(rows: Sequence[Mapping[str, Any]], currency: str) -> str:
    """On a phone the tornado is a table with bars."""
    divisor, unit = words.scale_of([r["if_it_happens"] for r in rows], "money", currency)
    columns = [
        ui.html.text("Item", "title", strong=True),
        ui.html.bars("", "if_it_happens", [r["if_it_happens"] for r in rows], Polarity.MORE_IS_BETTER),
        ui.html.deviation(
            unit, "if_it_happens", divisor, Polarity.MORE_IS_BETTER, 2 if divisor >= 1e6 else 1
        ),
        ui.html.Column("Spread", lambda r: words.percent(r["share"], 0), numeric=True),
    ]
    return ui.html.table(columns, rows, caption="What moves the year most", dense=True)


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
