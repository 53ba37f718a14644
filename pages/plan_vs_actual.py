"""Did we do what we said, what changed, and why?"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from siop import charts, meeting, metrics, ui
from siop.core import MEASURES, Polarity, Report, Scope, words
from siop.ui import change_view, comments, frame, outlook_view, plan_views

ACTS = ("cycle", "where", "period", "against")
BRIDGE = ("volume", "mix", "price", "fx", "cost", "new", "discontinued", "unexplained")
NAMES = {"fx": "Currency", "cost": "Unit cost", "new": "New products", "discontinued": "Ended products"}
VIEWS = ("Gap", "Versions", "Family grid", "What changed", "Outlook")
BEHIND = (
    "plan",
    "actual",
    "deviation",
    "volume_effect",
    "mix_effect",
    "price_effect",
    "cost_effect",
    "unexplained",
)


def page() -> None:
    """The gap by row and by driver; or versions side by side, the family grid, what changed, where it lands."""
    at = ui.here()
    levels = metrics.levels(at.snapshot, at.scope)
    named = {frame.heading(at.snapshot, d): d for d in levels}
    measures = {MEASURES[m].label: m for m in MEASURES if at.ask(metrics.has_measure, m)}
    if at.ask(metrics.has_hours):
        measures["Standard hours"] = metrics.HOURS
    with st.container(horizontal=True, gap="small", key="levels"):
        view = ui.choose("View", list(VIEWS), "view")
        by = named[ui.choose("By", list(named), "by")] if view == "Gap" else levels[0]
        measure = measures[ui.choose("Measure", list(measures), "measure")]
        lagged = at.against == "consensus" or view != "Gap"
        scope = replace(at.scope, lag=plan_views.choose_lag(at)) if lagged else at.scope
    found = at.ask(metrics.plan_vs_actual, scope, by=(by,), measure=measure, version=at.against)
    driven = measure not in ("quantity", metrics.HOURS)
    bridge = at.ask(metrics.bridge, scope, base=at.against, measure=measure) if driven else None
    _headline(at, scope, found, bridge, measure)
    _crumbs(at)
    if view == "Versions":
        plan_views.versions(at, scope, measure)
    elif view == "Family grid":
        plan_views.grid(at, scope)
    elif view == "What changed" and measure in MEASURES:
        change_view.what_changed(at, scope, measure)
    elif view == "Outlook" and measure in MEASURES:
        outlook_view.outlook(at, scope, measure)
    else:
        left, right = st.columns([1.45, 1], gap="large")
        with left, st.container(gap=None):
            _table(at, scope, found, by, measure, levels)
        with right, st.container(gap="small"):
            if bridge is not None:
                _bridge(at, bridge)
            if measure in MEASURES:
                change_view.in_short(at, measure)
        ui.notes([*found.notes, *(bridge.notes if bridge else ())])


def _headline(at: ui.Here, scope: Scope, found: Report, bridge: Report | None, measure: str) -> None:
    dates = meeting.year_to_date(at.snapshot, scope)
    lag = f" of lag {scope.lag}" if at.against == "consensus" else ""
    ui.headline(
        metrics.gap_sentence(found, bridge, at.currency, at.against),
        f"{at.company}, {metrics.label_of(measure).lower()}",
        f"{words.month(dates.first or '', long=True)} to {words.month(dates.last or '', long=True)} against {at.against}{lag}"
        f"{metrics.scope_said(at.snapshot, scope)}",
    )


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


def _table(at: ui.Here, scope: Scope, found: Report, by: str, measure: str, levels: list[str]) -> None:
    polarity = MEASURES[measure].polarity if measure in MEASURES else Polarity.NEUTRAL
    unit_of = metrics.unit_said(measure)
    prior = at.ask(metrics.plan_vs_actual, scope, by=(by,), measure=measure, version="prior-year")
    rows, total = metrics.ranked(found, prior, by)
    divisor, unit = words.scale_of([r["actual"] for r in rows], unit_of, at.currency)
    label = at.snapshot.labels.get(by, by)
    ui.panel(
        metrics.row_sentence(rows, by, at.currency, unit_of),
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
    said = at.ask(meeting.remarks, at.state, scope, metric=measure, by=by, cycle=at.cycle)
    if any(r.row is not None for r in said):
        columns.append(comments.marks(said))
    dense = len(rows) > 9 or bool(said)
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
                **({"by": frame.heading(at.snapshot, later[0])} if later else {}),
            },
        )
    comments.listed(at, said)
    comments.form(at, scope, measure, by, [r["open"] for r in rows if r["open"] is not None])
    ui.behind(at, "pva", {f"By {label}": found}, BEHIND)


def _bridge(at: ui.Here, bridge: Report) -> None:
    ui.panel(
        metrics.bridge_sentence(bridge.totals, at.currency),
        f"Bridge from {at.against} to actual. Starts at {at.against} = 0; all drivers add up",
    )
    if bridge.totals["base"] is None or bridge.totals["current"] is None:
        ui.empty("No bridge", " ".join(bridge.notes) or "One side of it is not known in this scope.")
        return
    shown = [k for k in BRIDGE if bridge.totals.get(k)] or ["volume"]
    effects = [bridge.totals.get(k) or 0.0 for k in shown]
    drawn = charts.bridge([NAMES.get(k, k.capitalize()) for k in shown], effects, at.theme, currency=at.currency,
                          reference=at.against.capitalize().replace("-", " "), height=max(220, 52 * (len(shown) + 2)))  # fmt: skip
    ui.figure(drawn, bridge, "bridge", metrics.bridge_sentence(bridge.totals, at.currency))
