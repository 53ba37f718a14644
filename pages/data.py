"""Where do the numbers come from?"""

from __future__ import annotations

import streamlit as st

from siop import metrics, ui, warehouse
from siop.core import words

ACTS = ()
WHOLE = True


def page() -> None:
    """Loads, what was found in the files, totals as exact decimals, and what every number means."""
    at = ui.here()
    sources = at.ask(warehouse.sources)
    findings = at.ask(warehouse.kept_findings)
    rows = sum(s["rows"] or 0 for s in sources)
    ui.headline(
        f"{rows:,} rows from {words.count(len(sources), 'source')}, {words.count(len(findings), 'warning')}; closed to {words.month(at.snapshot.as_of or '', long=True)}"
        if at.snapshot.as_of else f"{rows:,} rows from {words.count(len(sources), 'source')}; no month is closed yet",
        f"Snapshot {at.snapshot.id}", f"· content {at.snapshot.meta['content_hash'][:12]} · a snapshot never changes after it is published",
    )  # fmt: skip
    refused = warehouse.last_refusal(at.workspace.snapshots)
    if refused:
        ui.banner(refused)
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        ui.panel("Sources", "What was read, what was kept; dates and totals are the file's own")
        shown = [{**s, "bytes_said": f"{(s['bytes'] or 0) / 1e6:.1f} MB"} for s in sources]
        columns = [ui.html.text("Table", "table_name", second="file", strong=True), ui.html.text("Period", "period", wide=True),
                   ui.html.amount("Rows read", "rows_read", 1, 0, wide=True), ui.html.amount("Rows kept", "rows", 1, 0),
                   ui.html.Column("Size", lambda r: ui.html.e(r["bytes_said"]), numeric=True, wide=True)]  # fmt: skip
        ui.still(ui.html.table(columns, shown, caption="Sources", dense=True))
        _findings(findings)
    with right:
        ui.panel("Snapshots", "The last good one stays when a load is refused")
        history = warehouse.load_history(at.workspace.snapshots)
        columns = [
            ui.html.text("Snapshot", "snapshot", second="said", strong=True),
            ui.html.text("State", "state"),
        ]
        ui.still(ui.html.table(columns, history[:8], caption="Snapshots", dense=True))
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


def _totals(at: ui.Here) -> None:
    ui.panel(
        "Control totals", "Exact decimals; equal to those of the files, or the load would have been refused"
    )
    columns = [ui.html.text("Table", "table_name"), ui.html.text("Column", "column"),
               ui.html.Column("Total", lambda r: ui.html.e(r["total"]), numeric=True)]  # fmt: skip
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
