"""Where do we stand?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from siop import charts, decisions, meeting, metrics, ui
from siop.core import Polarity, Report, words
from siop.ui import frame, lines

ACTS = ("cycle", "where", "period", "against")


def page() -> None:
    """Eight tiles, the picked tile's figure by month, and what needs a decision today."""
    at = ui.here()
    card = at.ask(meeting.tiles, at.scope, version=at.against)
    scope = meeting.year_to_date(at.snapshot, at.scope)
    families = (
        at.ask(metrics.plan_vs_actual, scope, by=("family",), version=at.against)
        if "family" in at.snapshot.dimensions
        else None
    )
    outlook = (
        at.ask(metrics.outlook, scope, signed=decisions.signed_version(at.state, scope.cycle))
        if at.period != "month"
        else None
    )
    span = (
        f"{words.month(scope.first, long=True)} to {words.month(scope.last or '', long=True)}"
        if scope.first
        else ""
    )
    ui.headline(
        meeting.scorecard_sentence(card, families, outlook, at.currency),
        f"{at.company}, {span}",
        f"against {at.against} · variance in units of the tile or points; green helps the result, red hurts it",
    )
    first = next(
        (r["metric"] for r in card.rows if r["metric"] in meeting.BY_MONTH and r["value"] is not None),
        "revenue",
    )
    picked = st.session_state.get("tile", first)
    clicked = ui.clickable(
        ui.html.tiles([meeting.tile_cell(row, at.currency) for row in card.rows], picked), "tiles"
    )
    if clicked:
        st.session_state["tile"] = clicked
        st.rerun()
    st.space(24)
    left, right = st.columns([1.95, 1], gap="large")
    with left:
        _figure(at, card, picked if picked in meeting.BY_MONTH else first)
    with right:
        _needs(at)
        _questions(at)
        ui.catalogue(at)
    ui.notes(card.notes)


def _figure(at: ui.Here, card: Report, measure: str) -> None:
    year = at.ask(
        meeting.year_by_month,
        at.scope,
        measure=measure,
        version=at.against,
        signed=decisions.signed_version(at.state, at.scope.cycle),
    )
    ui.panel(
        meeting.months_sentence(year, at.currency),
        f"{words.measure_label(measure)} by month, {words.scale_of([r['actual'] for r in year.rows], year.totals['unit'], at.currency)[1]},"
        f" {year.totals['year']}: actual to {words.month(at.snapshot.as_of or '', year=False)}, then outlook, against {at.against}",
    )
    if all(row[side] is None for row in year.rows for side in ("plan", "actual", "outlook")):
        tile = next(r for r in card.rows if r["metric"] == measure)
        ui.empty("Nothing to draw", f"{tile['sentence']} The figure would show it month by month.")
        return
    data = charts.Tiers(
        labels=[words.month(r["month"], year=False) for r in year.rows],
        plan=[r["plan"] for r in year.rows], actual=[r["actual"] for r in year.rows],
        outlook=[r["outlook"] for r in year.rows], measure=words.measure_label(measure), unit=year.totals["unit"],
        currency=at.currency, against=at.against.capitalize().replace("-", " "),
        polarity=Polarity(year.totals["polarity"]),
    )  # fmt: skip
    if all(row["plan"] is None for row in year.rows):
        ui.notes(year.notes[:1])
    said = meeting.months_sentence(year, at.currency)
    ui.figure(
        charts.tiers(data, at.theme, height=470), None, f"tiers_{measure}", said, phone=_phone(at, year)
    )
    ui.behind(at, "tiers", {"By month": year}, (measure, "plan", "deviation", "landing"))


def _phone(at: ui.Here, year: Report) -> str:
    """On a phone the figure is its own table with bars."""
    divisor, unit = words.scale_of([r["actual"] for r in year.rows], year.totals["unit"], at.currency)
    polarity = Polarity(year.totals["polarity"])
    rows = [{**r, "label": words.month(r["month"], year=False), "value": r["actual"] if r["actual"] is not None else r["outlook"]}
            for r in year.rows]  # fmt: skip
    columns = [
        ui.html.text(year.totals["year"], "label"),
        ui.html.amount(unit, "value", divisor, 1),
        ui.html.bars("", "deviation", [r["deviation"] for r in rows], polarity),
        ui.html.deviation("Δ", "deviation", divisor, polarity),
    ]
    return ui.html.table(columns, rows, caption="By month", dense=True)


def _needs(at: ui.Here) -> None:
    ui.panel("Needs a decision today", "Ranked by money at stake")
    streams = at.ask(meeting.streams, at.state, at.scope)
    rows = at.ask(meeting.needs_decision, at.state, at.scope, streams)
    if not rows:
        ui.empty("Nothing is waiting", meeting.nothing_waits(streams))
        return
    divisor, _ = words.scale_of([r["money"] for r in rows], "money", at.currency)
    may = at.service.may(at.identity, "decision")
    shown = [{**r, "first": i == 0} for i, r in enumerate(rows)]
    columns = [
        ui.html.deviation(words.scale_of([r["money"] for r in rows], "money", at.currency)[1], "money", divisor,
                          Polarity.MORE_IS_BETTER, 1),
        ui.html.Column("", lambda r: f'<span class="strong">{ui.html.e(r["title"])}</span>'
                       f'<span class="small">{ui.html.e(r["detail"])}</span><span class="small second">{ui.html.e(r["owner"])}</span>'),
        ui.html.Column("", lambda r: _acts(r, may), numeric=True),
    ]  # fmt: skip
    clicked = ui.clickable(
        ui.html.table(columns, shown, caption="Needs a decision today", dense=True), "needs"
    )
    if clicked:
        kind, _, key = clicked.partition(":")
        if kind == "decide":
            ui.go("decisions", decision=key)
        if kind == "raise":
            ui.go("decisions", raising=True, raised_from=frame.address_of("plan-vs-actual", family=key))
        ui.go("plan_vs_actual", family=key)


def _acts(row: Mapping[str, Any], may: bool) -> str:
    """Drill to what is behind the row, and decide: settle the open question, or raise one about the family."""
    if row["family"]:
        acts = [lines.button(f"drill:{row['family']}", "Drill", row["title"], first=row["first"])]
        acts += [lines.button(f"raise:{row['family']}", "Decide", row["title"])] if may else []
    else:
        acts = [lines.link_button(row["view"], "Drill", row["title"])] if row["view"] else []
        acts += [lines.button(f"decide:{row['decision']}", "Decide", row["title"], first=row["first"])]
    return f'<span class="siop-acts">{"".join(acts)}</span>'


def _questions(at: ui.Here) -> None:
    fold = ui.folded("The six questions", "six_questions")
    if fold is not None:
        with fold:
            asked = at.ask(meeting.scorecard, at.state, at.scope, version=at.against).totals["questions"]
            columns = [ui.html.text("Question", "question", second="answer", strong=True)]
            ui.still(ui.html.table(columns, asked, caption="The six questions", dense=True))
