"""What a customer asks for, on the page: a request of the ledger or a new one, whose fields are in the address."""

from __future__ import annotations

from typing import Any

import streamlit as st

from siop import requests
from siop.core import words
from siop.ledger.state import RequestView
from siop.ui import html, parts
from siop.ui.here import Here

NEW = "New request"
ON_TOP = "On top of the plan"
RECENT = 40
MOST = 4
_LINES = "rq_lines"


def pick(at: Here) -> RequestView | None:
    """The request of the ledger that is looked at, waiting ones first; None is a new one."""
    waiting = [r for r in reversed(at.state.requests.values()) if r.answer is None]
    answered = [r for r in reversed(at.state.requests.values()) if r.answer is not None][:RECENT]
    names = at.ask(requests.customers, at.scope)
    options = [*(r.id for r in (*waiting, *answered) if r.customer in names), NEW]
    if st.session_state.get("request") not in (None, *options):
        st.session_state["request"] = options[0]
    chosen = st.selectbox("Request", options, key="request", bind="query-params")
    return at.state.requests.get(chosen or "")


def told(at: Here, request: RequestView) -> None:
    """A request of the ledger in words: who asks for what, who carried it in, and how it was answered."""
    names = at.ask(requests.customers, at.scope)
    rows = [
        {"what": line.sku or line.family, "month": words.month(line.month), "quantity": line.quantity, "price": line.price}
        for line in request.lines
    ]  # fmt: skip
    columns = [html.text("Product", "what", strong=True), html.text("In", "month"), html.amount("Units", "quantity", 1, 0),
               html.amount(f"Price, {at.currency}", "price", 1, 2)]  # fmt: skip
    who = names.get(request.customer, request.customer)
    parts.panel(f"{who} asks for", right=f"{request.id}, {request.at:%d %b %Y}")
    parts.still(html.table(columns, rows, caption="Lines of the request", dense=True))
    sponsor = f", sponsored by {at.state.name(request.sponsor)}" if request.sponsor else ""
    said = [f"Brought in by {at.state.name(request.asked_by)}{sponsor}."]
    answer = request.answer
    if answer is None:
        runs = request.impact_runs
        said.append(
            f"Not answered yet; {'the impact was kept as ' + runs[-1].id if runs else 'no impact run is kept yet'}."
        )
    else:
        how = "with an impact run" if answer.impact_run else "without an impact run"
        said.append(
            f"{'Accepted' if answer.accepted else 'Refused'} on {answer.at:%d %b %Y} by {at.state.name(answer.by)}, {how}."
        )
        if answer.override_reason:
            said.append(f"Reason given: {answer.override_reason}")
    parts.notes([" ".join(said)])


def form(at: Here, months: list[str]) -> dict[str, Any] | None:
    """The fields of a new request; None until customer, product, month and units are there."""
    names = at.ask(requests.customers, at.scope)
    customers = {f"{name} ({key})" if name != key else key: key for key, name in names.items()}
    products = at.ask(requests.products)
    named = {words.month(m): m for m in months}
    customer = st.selectbox("Customer", sorted(customers), index=None, key="rq_customer", bind="query-params", placeholder="Who asks")  # fmt: skip
    count = min(MOST, max(1, int(st.session_state.get(_LINES, 1))))
    lines = [_line(at, n, products, named) for n in range(1, count + 1)]
    if count < MOST and st.button("Add a product", key="rq_add", type="tertiary"):
        st.session_state[_LINES] = count + 1
        st.rerun()
    complete = [line for line in lines if line is not None]
    if customer is None or not complete:
        return None
    return {"customer": customers[customer], "lines": complete}


def _line(
    at: Here, n: int, products: dict[str, tuple[str, str]], months: dict[str, str]
) -> dict[str, Any] | None:
    """One product: what, when, how many, at what price, on top of the plan or instead of a month's units."""
    tail = "" if n == 1 else f" {n}"
    product = st.selectbox(f"Product{tail}", list(products), index=None, key=f"rq_product{n}", bind="query-params", placeholder="A family or a product")  # fmt: skip
    first, second, third = st.columns([1, 1, 1])
    with first:
        units = st.number_input(f"Units{tail}", min_value=1, step=10, value=None, key=f"rq_units{n}", bind="query-params")  # fmt: skip
    with second:
        month = st.selectbox(f"In{tail}", list(months), index=None, key=f"rq_month{n}", bind="query-params", placeholder="Month")  # fmt: skip
    with third:
        price = st.number_input(f"Price{tail}, {at.currency}", min_value=0.0, step=1.0, value=None, key=f"rq_price{n}", bind="query-params", placeholder="As planned", format="%.2f")  # fmt: skip
    instead = st.selectbox(f"Instead of units planned in{tail}", list(months), index=None, key=f"rq_from{n}", bind="query-params", placeholder=ON_TOP)  # fmt: skip
    if product is None or units is None or month is None:
        return None
    kind, name = products[product]
    line: dict[str, Any] = {kind: name, "month": months[month], "quantity": float(units)}
    if price is not None:
        line["price"] = float(price)
    if instead is not None:
        line["instead_of"] = months[instead]
    return line
