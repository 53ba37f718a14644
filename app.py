"""The cockpit: identity, navigation, and the frame around every page."""

from __future__ import annotations

import importlib

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from siop import decisions, ui
from siop.core import SiopError
from siop.sample import make_workspace
from siop.settings import read_settings
from siop.workspace import Workspace

PagesManager.uses_pages_directory = False  # a page without app.py would have no identity (siop/ui/serve.py)

# file in pages/, title, address. An address never equals a file's name: Streamlit would serve the file alone.
PAGES = (
    ("agenda", "Agenda", ""),
    ("scorecard", "Scorecard", "where-we-stand"),
    ("plan_vs_actual", "Plan vs actual", "plan-vs-actual"),
    ("supply_balance", "Balance", "supply-balance"),
    ("deviations", "Deviations", "deviation-tracking"),
    ("risk_reward", "Risk and reward", "risk-and-reward"),
    ("customer_request", "Requests", "customer-requests"),
    ("decisions", "Decisions", "decide-and-sign"),
    ("process_health", "Process health", "process-health"),
    ("data", "Data", "data-and-loads"),
)
LOGO = "static/logo.svg"


def main() -> None:
    """One run: who, where, which page; the page draws itself between frame and keys."""
    if ui.survey.is_asked():  # its own address: a link is enough there, and nothing of the company is shown
        ui.survey.serve(importlib.import_module("pages.survey").page, Workspace.named())
        return
    modules = {name: importlib.import_module(f"pages.{name}") for name, _, _ in PAGES}
    pages = {
        name: st.Page(
            modules[name].page, title=title, url_path=address or "agenda-of-the-day", default=not address
        )
        for name, title, address in PAGES
    }
    current = st.navigation(list(pages.values()), position="top")
    name = next(n for n, page in pages.items() if page == current)
    st.set_page_config(
        page_title=f"{current.title} · SIOP Cockpit", page_icon="static/favicon.png", layout="wide"
    )
    st.logo(LOGO, size="medium")
    theme = ui.Theme(dark=st.context.theme.type == "dark", colour_safe=bool(st.session_state.get("safe")))
    ui.style(theme)
    ui.arrive(pages, name)
    place = Workspace.named()
    try:
        snapshot = ui.snapshot_of(place)
        if snapshot is None:
            ui.make_sample(place, lambda where, told: make_workspace(where, "halden", progress=told))
            return
        settings = read_settings(place.root / "siop.toml")
        ledger = ui.open_ledger(place.ledger_url, str(place.keys))
        state = ledger.state()
    except SiopError as error:
        ui.headline("The data cannot be shown", "", "Nothing was changed.")
        ui.banner(str(error))
        return
    identity = ui.identify(ledger, state, settings)
    if identity is None:
        return
    ui.draw(
        modules[name], name, [n for n, _, _ in PAGES], place=place, settings=settings, snapshot=snapshot,
        ledger=ledger, state=state, identity=identity, theme=theme, plan=decisions.signed_version(state),
    )  # fmt: skip


main()
