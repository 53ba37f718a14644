"""Where do the numbers come from?"""

from __future__ import annotations

import streamlit as st

from siop import metrics, ui, warehouse
from siop.core import Scope, words
from siop.ui import load_history, load_page
from siop.ui.frame import dimensions

ACTS = ()
WHOLE = True
LOADED, LOAD, EARLIER = "What is loaded", "Load files", "Earlier loads"
ALL_MONTHS, EVERYTHING = "All months", "Everything"


def page() -> None:
    """What is loaded and where it comes from; the way new files come in; earlier loads and the way back."""
    at = ui.here()
    chosen = ui.choose("View", [LOADED, LOAD, EARLIER], "data_view")
    if chosen == LOAD:
        load_page.view(at)
    elif chosen == EARLIER:
        load_history.view(at)
    else:
        _loaded(at)


def _loaded(at: ui.Here) -> None:
    """Loads, what was found in the files, totals as exact decimals, and what every number means."""
    sources = at.ask(warehouse.sources)
    findings = at.ask(warehouse.kept_findings)
    rows = sum(s["rows"] or 0 for s in sources)
    ui.headline(
        f"{rows:,} rows from {words.count(len(sources), 'source')}, {words.count(len(findings), 'warning')}; closed to {words.month(at.snapshot.as_of or '', long=True)}"
        if at.snapshot.as_of else f"{rows:,} rows from {words.count(len(sources), 'source')}; no month is closed yet",
        f"Snapshot {at.snapshot.id}",
        f"· loaded {load_history.said_at(at.snapshot.meta['built_at'])} UTC by {at.snapshot.meta.get('loaded_by', 'nobody')} · content {at.snapshot.meta['content_hash'][:12]}",
    )  # fmt: skip
    refused = warehouse.last_refusal(at.workspace.snapshots)
    if refused:
        ui.banner(refused)
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        ui.panel("Sources", "What was read, what was kept; dates and totals are the file's own")
        shown = [{**s, "bytes_said": f"{(s['bytes'] or 0) / 1e3:,.1f} kB"} for s in sources]
        columns = [ui.html.text("Table", "table_name", second="file", strong=True), ui.html.text("Period", "period", wide=True),
                   ui.html.amount("Rows read", "rows_read", 1, 0, wide=True), ui.html.amount("Rows kept", "rows", 1, 0),
                   ui.html.Column("Size", lambda r: ui.html.e(r["bytes_said"]), numeric=True, wide=True)]  # fmt: skip
        ui.still(ui.html.table(columns, shown, caption="Sources", dense=True))
        _findings(findings)
    with right:
        _lineage(at)
        st.space(24)
        _totals(at)
    _catalogue(at)


def _findings(findings: list[dict[str, object]]) -> None:
    st.space(24)
    ui.panel("Warnings of this load" if findings else "This load had no warning")
    if findings:
        columns = [
            ui.html.text("Where", "file", second="place"),
            ui.html.text("What", "message", second="fix"),
        ]
        ui.still(ui.html.table(columns, findings[:40], caption="Findings", dense=True))


def _lineage(at: ui.Here) -> None:
    """A number's way back: the files, sheets and rows behind a version, a month and a family."""
    ui.panel("Where a number comes from", "The files and rows behind it, when they were loaded and by whom")
    a, b, c = st.columns(3)
    version = a.selectbox("Number of", [warehouse.ACTUAL, *at.snapshot.versions["version"]], key="lineage_of")
    month = b.selectbox(
        "Month", [ALL_MONTHS, *reversed(at.snapshot.calendar["month"].tolist())], key="lineage_month"
    )
    name = next(iter(dimensions(at.snapshot)), None)
    members = at.ask(metrics.members, name) if name else []
    member = c.selectbox(words.measure_label(at.snapshot.labels.get(name or "", name or "slice")), [EVERYTHING, *members], key="lineage_member")  # fmt: skip
    where: dict[str, str | list[str]] = {name: member} if name and member != EVERYTHING else {}
    only_month = None if month == ALL_MONTHS else month
    scope = Scope(only_month, only_month, Scope.filters(where), only=at.identity.only)
    found = at.ask(warehouse.lineage, version, scope)
    if not found:
        ui.empty("No row is behind this", "Choose another version, month or family.")
        return
    shown = [
        {"file": o.file, "where": f"{f'sheet {o.sheet}, ' if o.sheet else ''}rows {o.first_row:,} to {o.last_row:,}", "facts": o.facts,
         "at": load_history.said_at(o.loaded_at), "by": o.loaded_by, "sha": o.sha256[:12]}
        for o in found[:12]
    ]  # fmt: skip
    columns = [ui.html.text("File", "file", second="where", strong=True), ui.html.amount("Facts", "facts", 1, 0),
               ui.html.text("Loaded", "at", second="by"), ui.html.text("Fingerprint", "sha", wide=True)]  # fmt: skip
    ui.still(ui.html.table(columns, shown, caption="Lineage", dense=True))


def _totals(at: ui.Here) -> None:
    ui.panel(
        "Control totals", "Exact decimals; equal to those of the files, or the load would have been refused"
    )
    columns = [ui.html.text("Column", "column", second="table_name"),
               ui.html.Column("Total", lambda r: words.exact(r["total"]), numeric=True)]  # fmt: skip
    ui.still(ui.html.table(columns, at.ask(warehouse.control_totals), caption="Control totals", dense=True))


def _catalogue(at: ui.Here) -> None:
    st.space(24)
    ui.panel("What every number means", "One definition each, used on every page, in every report and export")
    rows = [
        {"label": m.label, "name": m.name, "formula": m.formula, "undefined": m.undefined, "source": m.source,
         "state": f"needs {words.listed(m.missing(at.snapshot))}" if m.missing(at.snapshot) else "ready"}
        for m in metrics.CATALOGUE.values()
    ]  # fmt: skip
    columns = [ui.html.text("Metric", "label", second="name", strong=True), ui.html.text("Formula", "formula", second="undefined"),
               ui.html.text("Source", "source", wide=True), ui.html.text("Here", "state", wide=True)]  # fmt: skip
    ui.still(ui.html.table(columns, rows, caption="Catalogue of metrics", dense=True))
