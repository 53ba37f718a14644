"""Earlier loads: who loaded what when, what a load changed, and the way back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from siop import meeting, warehouse
from siop.core import Polarity, Scope, SiopError, words
from siop.decisions import loads
from siop.metrics.catalogue import metric
from siop.ui import html, parts
from siop.ui.here import Here

_BACK, _SAID = "siop_roll_back", "siop_rolled_back"
SHOWN, EFFECTS = 24, 30


def view(at: Here) -> None:
    """The load history, a comparison of two snapshots, and rolling back for the roles that may."""
    loaded = warehouse.snapshots(at.workspace.snapshots)
    now = next((load for load in loaded if load.current), None)
    newest = loaded[0] if loaded else None
    back = now is not None and newest is not None and now.id != newest.id
    said = "an earlier one is shown: a load was rolled back" if back else "the newest is on every page"
    kept = words.count(len(loaded), "snapshot")
    parts.headline(f"{kept[:1].upper()}{kept[1:]} kept; {said}", f"Snapshot {at.snapshot.id}", f"· loaded by {now.loaded_by}" if now else "")  # fmt: skip
    told = st.session_state.pop(_SAID, None)
    if told:
        parts.banner(told)
    left, right = st.columns([1.1, 1], gap="large")
    with left:
        _history(at, loaded)
        _events(at)
    with right:
        _compare(at, loaded)


def _history(at: Here, loaded: list[warehouse.Load]) -> None:
    parts.panel("Snapshots", "Each is one whole load and never changes; the pages show one of them")
    may = at.service.may(at.identity, "load")
    rows = [
        {"id": None if load.current else load.id, "title": load.id, "snapshot": load.id, "at": said_at(load.built_at), "by": load.loaded_by,
         "closed": f"closed to {words.month(load.as_of)}" if load.as_of else "no month closed",
         "rows": load.rows, "warnings": load.warnings, "state": "on every page" if load.current else None}
        for load in loaded[:SHOWN]
    ]  # fmt: skip
    columns = [html.text("Snapshot", "snapshot", second="state", strong=True), html.text("Loaded", "at", second="by"),
               html.text("Data", "closed", wide=True), html.amount("Rows", "rows", 1, 0, wide=True), html.amount("Warnings", "warnings", 1, 0, wide=True),
               *([html.buttons("id", [("back", "Roll back to this")])] if may else [])]  # fmt: skip
    body = html.table(columns, rows, caption="Load history", dense=True)
    if not may:
        parts.still(body)
        return
    clicked = parts.clickable(body, "load_history")
    if clicked:
        st.session_state[_BACK] = clicked.partition(":")[2]
    target = st.session_state.get(_BACK)
    if target is None:
        return
    parts.notes(
        [
            f"Every page goes back to {target} at once, for everybody; the present snapshot is kept and can be rolled back to."
        ]
    )
    yes, no = st.columns([1, 2])
    if yes.button("Roll back", type="primary"):
        st.session_state.pop(_BACK, None)
        try:
            loads.roll_back(at.service, at.identity, at.workspace.snapshots, target)
            st.session_state[_SAID] = f"Rolled back to {target} by {at.identity.name}."
        except SiopError as error:
            st.session_state[_SAID] = str(error)
        st.rerun()
    if no.button("Leave it as it is"):
        st.session_state.pop(_BACK, None)
        st.rerun()


def _events(at: Here) -> None:
    rows = [
        {"when": said_at(e["at"]), "what": e["what"], "by": e["by"], "about": e.get("snapshot") or e.get("said") or None}
        for e in warehouse.events(at.workspace.snapshots)[:SHOWN]
    ]  # fmt: skip
    if rows:
        st.space(24)
        parts.panel("What happened", "Loads, refusals and roll-backs, newest first")
        columns = [html.text("When", "when"), html.text("What", "what", second="by", strong=True), html.text("About", "about", wide=True)]  # fmt: skip
        parts.still(html.table(columns, rows, caption="What happened", dense=True))


def said_at(moment: str) -> str:
    """28 Nov 2026 03:16 of an ISO moment in UTC; the text itself where it is none."""
    if len(moment) < 16:
        return moment
    return f"{int(moment[8:10])} {words.month(moment[:7])} {moment[11:16]}"


def _compare(at: Here, loaded: list[warehouse.Load]) -> None:
    parts.panel("What a load changed", "Rows of every table, and what it does to the KPIs")
    ids = [load.id for load in loaded]
    if len(ids) < 2:
        parts.empty("Two snapshots are needed", "There is one. After the next load they are compared here.")
        return
    current = next((n for n, load in enumerate(loaded) if load.current), 0)
    earlier = current + 1 if current + 1 < len(ids) else 0
    a, b = st.columns(2)
    before = (
        a.selectbox("Before", ids, index=earlier, key="compare_before", bind="query-params") or ids[earlier]
    )
    after = b.selectbox("After", ids, index=current, key="compare_after", bind="query-params") or ids[current]
    folder = str(at.workspace.snapshots)
    found = _compared(folder, before, after)
    if not found.changes and not found.effects:
        parts.notes(["These two snapshots hold the same rows."])
        return
    columns = [html.text("Table", "table", strong=True), html.amount("Rows added", "added", 1, 0), html.amount("removed", "removed", 1, 0),
               html.amount("changed", "changed", 1, 0)]  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"table": c.table, "added": c.added, "removed": c.removed, "changed": c.changed}
        for c in found.changes
    ]
    parts.still(html.table(columns, rows, caption="Rows changed", dense=True))
    _kpis(at, folder, before, after)
    if not at.identity.only:
        _effects(found)


def _kpis(at: Here, folder: str, before: str, after: str) -> None:
    st.space(16)
    rows = _kpi_rows(folder, before, after, at.settings.lag, at.identity.only)
    first = rows[0] if rows else {}
    parts.panel(
        "Effect on the KPIs", f"{first.get('period_before')} before, {first.get('period_after')} after"
    )
    told = [
        {"label": r["label"], "before": _said(r["before"], r["unit"], at.currency), "after": _said(r["after"], r["unit"], at.currency),
         "change": _change(r, at.currency)}
        for r in rows
    ]  # fmt: skip
    columns = [html.text("KPI", "label", strong=True), html.Column("Before", lambda r: html.e(r["before"]), numeric=True),
               html.Column("After", lambda r: html.e(r["after"]), numeric=True), html.Column("Change", lambda r: r["change"], numeric=True)]  # fmt: skip
    parts.still(html.table(columns, told, caption="Effect on the KPIs", dense=True))


def _said(value: float | None, unit: str, currency: str) -> str:
    if value is None:
        return "–"
    return (
        words.percent(value)
        if unit == "ratio"
        else words.amount(value, "money" if unit == "money" else unit, currency)
    )


def _change(row: dict[str, Any], currency: str) -> str:
    """The change with its sign, in the colour of the KPI's polarity; nought is said as no change."""
    change = row["change"]
    if change is None:
        return "–"
    if change == 0:
        return "no change"
    polarity: Polarity = metric(row["metric"]).polarity
    if row["unit"] == "ratio":
        said = f"{words.number(change * 100, 1, signed=True)} points"
    else:
        said = words.amount(change, "money" if row["unit"] == "money" else row["unit"], currency, signed=True)
    return html.variance(said, polarity.judge(change))


def _effects(found: warehouse.Comparison) -> None:
    if not found.effects:
        return
    st.space(16)
    parts.panel("Effect on totals", "Exact decimals, by version and measure")
    rows = [{"version": e.version, "measure": e.measure, "before": e.before, "after": e.after, "change": e.change}
            for e in found.effects[:EFFECTS]]  # fmt: skip
    columns = [html.text("Version", "version", second="measure", strong=True), *(
        html.Column(head, lambda r, key=key: html.e(r[key]), numeric=True, wide=key == "before")  # type: ignore[misc]
        for head, key in (("Before", "before"), ("After", "after"), ("Change", "change"))
    )]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Effect on totals", dense=True))
    if len(found.effects) > EFFECTS:
        parts.notes([f"The first {EFFECTS} of {len(found.effects)} totals that changed."])


@st.cache_resource(max_entries=20, show_spinner=False)
def _compared(folder: str, before: str, after: str) -> warehouse.Comparison:
    """Two published snapshots never change: compared once."""
    return warehouse.compare_published(folder, before, after)


@st.cache_resource(max_entries=20, show_spinner=False)
def _kpi_rows(
    folder: str,
    before: str,
    after: str,
    lag: int,
    only: tuple[tuple[str, tuple[str, ...]], ...],
) -> list[dict[str, Any]]:
    """The tiles of both, of what the reader may see."""
    with warehouse.published(folder, before) as one, warehouse.published(folder, after) as two:
        return meeting.kpi_effect(one, two, Scope(lag=lag, only=only))
