"""Did we do what we said, what changed, and why?"""

from __future__ import annotations

import streamlit as st

from siop import charts, meeting, metrics, ui
from siop.core import MEASURES, Report, words

ACTS = ("cycle", "where", "period", "against")
BRIDGE = ("volume", "mix", "price", "fx", "cost", "new", "discontinued", "unexplained")
NAMES = {"fx": "Currency", "cost": "Unit cost", "new": "New products", "discontinued": "Ended products"}


def page() -> None:
    """Table and chart as one object, a row opens one level down; beside it the bridge that adds up."""
    at = ui.here()
    levels = metrics.levels(at.snapshot, at.scope)
    named = {str(at.snapshot.labels.get(d, d)).capitalize(): d for d in levels}
    measures = {MEASURES[m].label: m for m in MEASURES if at.ask(metrics.has_measure, m)}
    with st.container(horizontal=True, gap="small", key="levels"):
        by = named[ui.choose("By", list(named), "by")]
        measure = measures[ui.choose("Measure", list(measures), "measure")]
    found = at.ask(metrics.plan_vs_actual, at.scope, by=(by,), measure=measure, version=at.against)
    bridge = (
        at.ask(metrics.bridge, at.scope, base=at.against, measure=measure) if measure != "quantity" else None
    )
    scope = meeting.year_to_date(at.snapshot, at.scope)
    ui.headline(
        metrics.gap_sentence(found, bridge, at.currency, at.against),
        f"{at.company}, {MEASURES[measure].label.lower()}",
        f"{words.month(scope.first or '', long=True)} to {words.month(scope.last or '', long=True)} against {at.against}"
        f"{metrics.scope_said(at.snapshot, at.scope)}",
    )
    _crumbs(at)
    left, right = st.columns([1.45, 1], gap="large")
    with left:
        _table(at, found, by, measure, levels)
    with right:
        if bridge is not None:
            _bridge(at, bridge)
        _changes(at, measure)
    ui.notes([*found.notes, *(bridge.notes if bridge else ())])


def _crumbs(at: ui.Here) -> None:
    """Where the reader is; a step back is one click."""
    if not at.scope.where:
        return
    crumbs = "".join(
        f' <span class="muted">›</span> <button class="siop-btn" data-id="{ui.html.e(d)}">{ui.html.e(values[0])} ✕</button>'
        for d, values in at.scope.where
    )
    clicked = ui.clickable(
        f'<nav aria-label="Where you are"><button class="siop-btn" data-id="*">All</button>{crumbs}</nav>',
        "crumbs",
    )
    if clicked == "*":
        ui.go("plan_vs_actual", **{d: None for d, _ in at.scope.where})
    if clicked:
        ui.go("plan_vs_actual", **{clicked: None})


def _table(at: ui.Here, found: Report, by: str, measure: str, levels: list[str]) -> None:
    polarity = MEASURES[measure].polarity
    prior = at.ask(metrics.plan_vs_actual, at.scope, by=(by,), measure=measure, version="prior-year")
    rows, total = metrics.ranked(found, prior, by)
    divisor, unit = words.scale_of([r["actual"] for r in rows], MEASURES[measure].unit, at.currency)
    label = at.snapshot.labels.get(by, by)
    ui.panel(
        metrics.row_sentence(rows, by, at.currency, MEASURES[measure].unit),
        f"By {label}, sorted by variance. Open a row to go one level down",
    )
    head = at.against.capitalize().replace("-", " ")
    columns = [
        ui.html.opener(unit, "name", "open"),
        ui.html.Column(head, lambda r: f'<span class="second">{words.number(None if r["plan"] is None else r["plan"] / divisor, 1)}</span>', numeric=True, wide=True),
        ui.html.amount("Actual", "actual", divisor, 1, strong=True),
        ui.html.bars(f"Δ{head}", "deviation", [r["deviation"] for r in [*rows, total]], polarity),
        ui.html.deviation("", "deviation", divisor, polarity, 2),
        ui.html.bars(f"Δ{head} %", "deviation_ratio", [r["deviation_ratio"] for r in rows], polarity, pin=True, wide=True),
        ui.html.Column("", lambda r: ui.html.e(words.percent(r["deviation_ratio"], 1, signed=True)), numeric=True, wide=True),
        ui.html.deviation("ΔPrior year", "prior", divisor, polarity, 1, wide=True, bold=False),
    ]  # fmt: skip
    dense = len(rows) > 9
    clicked = ui.clickable(
        ui.html.table(columns, rows, caption=f"Plan and actual by {label}", total=total, dense=dense),
        "pva_rows",
    )
    if clicked:
        later = levels[levels.index(by) + 1 :]
        ui.go(
            "plan_vs_actual",
            **{
                by: clicked,
                **({"by": str(at.snapshot.labels.get(later[0], later[0])).capitalize()} if later else {}),
            },
        )
    ui.as_table(found, "pva")


def _bridge(at: ui.Here, bridge: Report) -> None:
    ui.panel(
        metrics.bridge_sentence(bridge.totals, at.currency),
        f"Bridge from {at.against} to actual. Starts at {at.against} = 0; all drivers add up",
    )
    shown = [k for k in BRIDGE if bridge.totals.get(k)] or ["volume"]
    effects = [bridge.totals.get(k) or 0.0 for k in shown]
    drawn = charts.bridge([NAMES.get(k, k.capitalize()) for k in shown], effects, at.theme, currency=at.currency,
                          reference=at.against.capitalize().replace("-", " "), height=max(220, 52 * (len(shown) + 2)))  # fmt: skip
    ui.figure(drawn, bridge, "bridge", metrics.bridge_sentence(bridge.totals, at.currency))


def _changes(at: ui.Here, measure: str) -> None:
    change = at.ask(metrics.plan_change, at.scope, measure=measure)
    ui.still(
        f'<div class="siop-box"><span class="muted">What changed in the plan</span>'
        f"<h2>{ui.html.e(metrics.change_sentence(change, at.currency))}</h2>"
        f'<span class="muted">{ui.html.e(change.totals.get("previous_version"))} to {ui.html.e(change.totals.get("current_version"))}</span></div>'
    )
