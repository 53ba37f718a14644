"""Is the plan viable?"""

from __future__ import annotations

import streamlit as st

from siop import charts, meeting, metrics, ui
from siop.core import Polarity, words
from siop.ui import supply

ACTS = ("cycle", "where")
SHOWN = 7
STOCK = (
    "inventory_value",
    "inventory_turns",
    "days_of_inventory",
    "days_of_supply",
    "excess_value",
    "shortage",
    "short_revenue",
)
LOAD = ("utilisation", "otif", "otif_promised", "fill_rate")


def page() -> None:
    """Cash and service, stock against policy by family, and load against hours; the picked row is drawn below."""
    at = ui.here()
    found = at.ask(metrics.viability, at.scope)
    told = at.ask(meeting.cash_and_service, meeting.year_to_date(at.snapshot, at.scope))
    versions = found.items.totals["versions"]
    ui.headline(
        metrics.balance_sentence(found.items, at.currency),
        f"{at.company}, {' and '.join(versions) or 'no plan'}",
        f"· closed to {words.month(at.snapshot.as_of or '')}{metrics.scope_said(at.snapshot, at.scope)}"
        " · service by the date named, against the prior year",
    )
    ui.still(ui.html.figures([meeting.tile_cell(row, at.currency) for row in told.rows]))
    st.space(8)
    with st.container(key="twocol", gap=None):
        left, right = st.columns([1.25, 1], gap="large")
    with left, st.container(gap=None):
        _items(at, found)
        _stock(at, found)
    with right, st.container(gap=None):
        _loads(at, found)
        ui.notes(found.items.notes)


def _items(at: ui.Here, found: metrics.Viability) -> None:
    rows = found.items.rows
    label = at.snapshot.labels.get(found.by, found.by)
    ui.panel(
        metrics.items_sentence(found),
        f"By {label}, the most troubled first{f', {SHOWN} of {len(rows)}' if len(rows) > SHOWN else ''};"
        " band: the policy's least to most. A row is drawn below",
    )
    if not rows:
        ui.empty("Nothing to balance", "It would show demand, supply and stock by family, month by month.")
        return
    units, unit = words.scale_of(metrics.smallest_scale(rows), "units", at.currency)
    money, currency = words.scale_of(
        [r[k] for r in rows for k in ("value", "excess_value")], "money", at.currency
    )
    shown = [{**r, "name": r[found.by] or "(none)"} for r in rows]
    columns = [
        ui.html.opener(unit, "name", "name"),
        ui.html.amount("Demand", "demand", units),
        ui.html.amount("Supply", "supply", units, wide=True),
        ui.html.amount("Stock now", "opening", units),
        ui.html.Column("Stock by month", lambda r: supply.strip(found.strips.get(r[found.by] or "", []), r["name"]), wide=True),
        ui.html.amount("Least days", "least_days", 1.0, 0),
        ui.html.Column("Under policy", lambda r: supply.trouble_month(r["first_below"]), wide=True),
        ui.html.Column("Runs out", lambda r: supply.trouble_month(r["first_short"])),
        ui.html.deviation(f"Excess {currency}", "excess_value", money, Polarity.LESS_IS_BETTER, 1, wide=True, bold=False),
    ]  # fmt: skip
    picked = st.session_state.get("balance_item")
    clicked = ui.clickable(
        ui.html.table(
            columns,
            shown[:SHOWN],
            caption=f"Balance by {label}",
            dense=True,
            picked=lambda r: r["name"] == picked,
        ),
        "balance_rows",
    )
    if clicked:
        st.session_state["balance_item"] = None if clicked == picked else clicked
        st.rerun()


def _stock(at: ui.Here, found: metrics.Viability) -> None:
    """Demand, supply and stock of the picked item or of the whole scope, and what of it cannot be kept."""
    picked = st.session_state.get("balance_item")
    whole = found.strips.get(picked or "", found.total.rows) if picked else found.total.rows
    trouble = found.items.totals["first_shortage"]
    rows = metrics.window(whole, trouble["month"] if trouble else None)
    name = picked if picked in found.strips else "All of it"
    st.space(8)
    ui.panel(
        f"{name}: demand, supply and what it leaves in stock",
        metrics.shortage_sentence(found.items, at.currency),
    )
    if not any(r["demand"] is not None or r["supply"] is not None for r in rows):
        ui.empty("No one quantity", "The products are in several units: pick a row above, or see the table.")
        return
    data = charts.Balance(
        labels=[words.month(r["month"], year=False) for r in rows], demand=[r["demand"] for r in rows],
        supply=[r["supply"] for r in rows], closing=[r["closing"] for r in rows], low=[r["min"] for r in rows],
        target=[r["target"] for r in rows], high=[r["max"] for r in rows], ahead=[not r["closed"] for r in rows],
    )  # fmt: skip
    ui.figure(charts.balance(data, at.theme, height=256), None, "balance", metrics.items_sentence(found))
    ui.behind(at, "balance", {"By item": found.items, name: rows}, STOCK)


def _loads(at: ui.Here, found: metrics.Viability) -> None:
    if at.identity.only:
        ui.empty(
            "Load is of the whole company",
            "You see a part of the business; a resource has no other hours for it.",
        )
        return
    rows = metrics.load_rows(found)
    ui.panel(
        metrics.load_sentence(found),
        "Load in per cent of demonstrated hours; solid: above hours and overtime, tinted: overtime",
    )
    if not rows:
        ui.empty(
            "Load is not known",
            "It would show every resource's load against its hours: load capacity and bills.",
        )
        return
    months = metrics.load_months(rows)
    names = [r["resource"] for r in rows]
    picked = st.session_state.get("balance_resource")
    picked = picked if picked in names else names[0]
    clicked = ui.clickable(supply.load_grid(months, rows, picked), "load_grid")
    if clicked:
        st.session_state["balance_resource"] = clicked
        st.rerun()
    whole = [r for r in found.resources.rows if r["resource"] == picked]
    trouble = found.items.totals["first_overload"]
    drawn = metrics.window(whole, trouble["month"] if trouble else None)
    one = rows[names.index(picked)]
    st.space(8)
    ui.panel(f"{one['name']}: load and hours", "Thousand hours; the per cent of hours on every column")
    data = charts.Load(
        labels=[words.month(r["month"], year=False) for r in drawn], load=[r["load_hours"] for r in drawn],
        available=[r["available_hours"] for r in drawn], overtime=[r["overtime_hours"] for r in drawn],
        ahead=[not r["closed"] for r in drawn],
    )  # fmt: skip
    ui.figure(charts.capacity(data, at.theme, height=248), None, "capacity", metrics.load_sentence(found))
    ui.behind(at, "capacity", {"By resource and month": found.resources, one["name"]: drawn}, LOAD)
