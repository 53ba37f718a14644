"""What happens if we say yes?"""

from __future__ import annotations

import streamlit as st

from siop import requests, ui
from siop.core import SiopError, words
from siop.ui import request_form, request_view

ACTS = ("cycle",)


def page() -> None:
    """A customer's request and, before the room is swayed, what each answer would do to everybody."""
    at = ui.here()
    sub = f"Cycle {words.month(at.cycle, long=True)}" if at.cycle else "No cycle yet"
    try:
        horizon = at.ask(requests.months, at.cycle or None)
    except SiopError as error:  # without a consensus plan there is nothing to lay a wish on
        ui.headline("No request can be judged yet", sub, "")
        ui.empty("What is missing", f"There is {error}.")
        return
    top = st.container()
    left, right = st.columns([1, 2.1], gap="large")
    with left:
        chosen = request_form.pick(at)
        if chosen is not None:
            request_form.told(at, chosen)
        asked = chosen.id if chosen is not None else request_form.form(at, horizon)
    if asked is None:
        with top:
            ui.headline(
                "What happens if we say yes?",
                sub,
                "· name the customer, the product, the month and the units",
            )
        with right:
            ui.empty(
                "Nothing is asked for yet",
                "Here stands what each answer would do: who loses, what it costs, what else could be offered.",
            )
        return
    try:
        report = at.ask(requests.request, at.state, at.scope, asked=asked)
    except SiopError as error:
        with top:
            ui.headline("This request cannot be judged", sub, "")
            ui.banner(str(error))
        return
    told = report.totals["precedent"]
    with top:
        ui.headline(
            requests.headline(report, at.currency),
            sub,
            f"· {requests.precedent_sentence(told, report.totals['request']['name'])}",
        )
    with right:
        request_view.facts(at, report)
        if report.rows:
            request_view.side_by_side(at, report)
            request_view.who_loses(at, report)
    with left:
        if report.rows:
            request_view.act(at, report, chosen, asked)
        ui.notes(report.notes)
