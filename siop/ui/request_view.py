"""A request judged, on the page: the answers side by side, who loses, and what is said and kept about it."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from siop import requests
from siop.core import Report, SiopError, words
from siop.ledger.state import RequestView
from siop.ui import frame, html, parts
from siop.ui.here import Here

FIRST = 6  # losers shown
DRAFT = "decision:new"
LETTERS = "ABCDEF"


def facts(at: Here, report: Report) -> None:
    """What the answer turns on: how much can be had, and the price, penalty and hour at which it tips."""
    t = report.totals
    shown = [("Asked for", _units(t["quantity"])), ("In supply, not on order", _units(t["available_to_promise"])),
             ("With every order kept", _units(t["feasible_quantity"])), ("Pays from a price of", _money(t["break_even_price"], at))]  # fmt: skip
    if t["break_even_penalty"]:
        shown.append(("A broken order may cost", f"{_money(t['break_even_penalty'], at)} a unit"))
    if t["shadow_price"]:
        shown.append((f"One more hour of {t['shadow_resource']}", _money(t["shadow_price"], at)))
    parts.still(html.receipt(shown))


def side_by_side(at: Here, report: Report) -> None:
    """One column an answer; the one with the most margin that keeps every open order is marked."""
    shown = requests.answers(report)
    money, unit = words.scale_of(
        [v for r in shown for v in (r["margin_change"], r["revenue_change"], r["displaced"]["margin"])], "money", at.currency
    )  # fmt: skip

    def amount(value: float | None, signed: bool = True) -> str:
        return words.number(None if value is None else value / money, 1 if money > 1 else 0, signed=signed)

    lines: list[tuple[str, Any]] = [
        ("Units shipped", lambda r: words.number(r["quantity"], 0)),
        ("Shipped in", lambda r: _months(r["schedule"])),
        (f"Margin, {unit}", lambda r: amount(r["margin_change"])),
        (f"Revenue, {unit}", lambda r: amount(r["revenue_change"])),
        ("Units taken from others", lambda r: words.number(r["displaced"]["quantity"], 0)),
        ("Customers who lose", lambda r: words.number(len(r["losers"]), 0)),
        (f"Margin they bring less, {unit}", lambda r: amount(r["displaced"]["margin"], signed=False)),
        ("Units on order not shipped", lambda r: words.number(r["committed_short"], 0)),
        (f"Overtime, {unit}", lambda r: amount(r["overtime_cost"] if abs(r["overtime_cost"]) > 0.5 else 0.0)),
        ("Planned units shipped", lambda r: words.percent(r["fill_rate"], 1)),
        ("Highest load", lambda r: f"{words.percent(r['utilisation_peak'], 0)} {r['peak_resource']}" if r["utilisation_peak"] is not None else "–"),
    ]  # fmt: skip
    best = next((o["label"] for o in requests.decision_options(report) if o["recommended"]), None)
    columns = [html.text("Against the plan", "name")]
    for i, one in enumerate(shown):
        mark = "✓ " if best is not None and best.startswith(one["label"]) else ""
        columns.append(html.Column(mark + one["label"], lambda r, i=i: _cell(r, i), numeric=True))  # type: ignore[misc]
    rows = [{"name": name, "cells": [say(one) for one in shown], "strong": name.startswith("Margin, ")} for name, say in lines]  # fmt: skip
    first, last = report.totals["months"]
    parts.panel("What each answer does", right=f"{words.month(first)} to {words.month(last)}, all that shares its resources")  # fmt: skip
    parts.still(html.table(columns, rows, caption="Answers side by side", dense=True))
    parts.still(f'<p class="siop-small">✓ {html.e(_marked(report))}</p>')


def _months(schedule: list[dict[str, Any]]) -> str:
    if not schedule:
        return "–"
    first, last = words.month(schedule[0]["month"]), words.month(schedule[-1]["month"])
    return first if first == last else f"{first} to {last}"


def _cell(row: html.Row, i: int) -> str:
    said = html.e(row["cells"][i])
    return f'<span class="strong">{said}</span>' if row["strong"] else said


def _marked(report: Report) -> str:
    if report.totals["recommended"] is None:
        return "Margins are not known, so no answer is marked."
    return "Most margin among the answers that keep every open order. Goodwill is not priced."


def who_loses(at: Here, report: Report) -> None:
    """The customers an answer takes from; the answer is chosen here and kept in the address."""
    shown = [r for r in requests.answers(report) if r["policy"] != "refuse"]
    if not shown:
        return
    labels = [r["label"] for r in shown]
    parts.panel("Who loses")
    chosen = parts.choose("Answer", labels, "rq_answer")
    one = shown[labels.index(chosen)]
    parts.notes([requests.answer_sentence(one, report, at.currency)])
    if not one["losers"]:
        return
    money, unit = words.scale_of([r["money"] for r in one["losers"]], "money", at.currency)
    columns = [
        html.text("Customer", "name"),
        html.amount("Units", "units", 1, 0),
        html.amount(f"Margin, {unit}", "money", money, 1 if money > 1 else 0),
        html.Column("Planned units shipped", lambda r: f"{words.percent(r['service_before'], 0)} → {words.percent(r['service'], 0)}", numeric=True, wide=True),
        html.amount("On order, not shipped", "committed_short", 1, 0, wide=True),
    ]  # fmt: skip
    rest = one["losers"][FIRST:]
    total = {
        "name": f"{words.count(len(rest), 'other')}", "units": sum(r["units"] for r in rest),
        "money": None if any(r["money"] is None for r in rest) else sum(r["money"] for r in rest),
        "service": None, "service_before": None, "committed_short": sum(r["committed_short"] for r in rest),
    } if rest else None  # fmt: skip
    parts.still(html.table(columns, one["losers"][:FIRST], caption="Who loses", dense=True, total=total))


def act(at: Here, report: Report, request: RequestView | None, asked: dict[str, Any] | str) -> None:
    """What can be done with it: raise a decision with these options, keep the run, answer the customer."""
    with st.container(horizontal=True, gap="small", key="rq_actions"):
        if at.service.may(at.identity, "decision") and st.button(
            "Raise a decision", type="primary", key="rq_raise"
        ):
            _raise(at, report)
        if at.service.may(at.identity, "impact_run") and st.button(
            "Keep this run" if request is not None else "Enter the request with this run", key="rq_keep"
        ):
            _keep(at, report, request, asked)
        if request is not None and request.answer is None and at.service.may(at.identity, "request_answer"):
            with st.popover("Answer"):
                _answer(at, request)
    if said := st.session_state.pop("rq_said", None):
        parts.banner(said)


def _raise(at: Here, report: Report) -> None:
    """Open the decision form with the answers as its options; somebody's own unfinished text is never thrown away."""
    mine = at.ledger.drafts.load(at.identity.person, DRAFT) or {}
    if mine.get("question") and mine.get("question") != requests.question(report):
        st.session_state["rq_said"] = (
            "You have begun another decision: raise or discard it first, then come back."
        )
        st.rerun()
    text: dict[str, Any] = {"question": requests.question(report), "context": _context(at, report)}
    options = requests.decision_options(report, at.currency)
    for letter, option in zip(LETTERS, options, strict=False):
        text |= {f"label {letter}": option["label"], f"description {letter}": option["description"],
                 f"cost {letter}": option["cost"], f"effect {letter}": option["effect"]}  # fmt: skip
        if option["recommended"]:
            text["recommended"] = letter
    stake = report.totals["request"]["revenue"]
    text["stake"] = None if stake is None else float(round(stake))
    at.ledger.drafts.save(at.identity.person, DRAFT, text)
    for key in [k for k in st.session_state if str(k).startswith(f"form {DRAFT} {at.identity.person}")]:
        del st.session_state[key]
    frame.go("decisions", raising=True, raised_from=frame.address())


def _context(at: Here, report: Report) -> str:
    told = report.totals["precedent"]
    return f"{requests.headline(report, at.currency)}. {requests.precedent_sentence(told, report.totals['request']['name'])}"


def _keep(at: Here, report: Report, request: RequestView | None, asked: dict[str, Any] | str) -> None:
    """Write the request, where it is new, and what was computed for it."""
    try:
        ident = request.id if request is not None else _entered(at, asked)
        fields = {"request": ident, "result": result(report)}
        receipt = at.service.create(at.identity, "impact_run", fields, cycle=at.cycle or None, snapshot=at.snapshot.id)  # fmt: skip
    except SiopError as error:
        st.session_state["rq_said"] = str(error)
    else:
        st.session_state["rq_said"] = f"Kept with {ident} as entry {receipt.seq}, receipt {receipt.hash[:8]}."
        if request is None:
            frame.go("customer_request", request=ident)
    st.rerun()


def _entered(at: Here, asked: dict[str, Any] | str) -> str:
    """A new request in the ledger; its lines say no `instead_of`, that stands in the run."""
    assert isinstance(asked, dict)
    lines = [{k: v for k, v in line.items() if k != "instead_of"} for line in asked["lines"]]
    fields = {"customer": asked["customer"], "lines": lines, "wanted": min(line["month"] for line in lines), "asked_by": at.identity.person}  # fmt: skip
    receipt = at.service.create(at.identity, "request", fields, cycle=at.cycle or None, snapshot=at.snapshot.id)  # fmt: skip
    return str(at.ledger.entries(until=receipt.seq)[-1].payload.id)  # type: ignore[attr-defined]


def result(report: Report) -> dict[str, Any]:
    """What an impact run keeps: the request, its totals and the answers, as the report says them."""
    body = report.as_dict()
    kept = {"snapshot": report.snapshot, "request": body["totals"]["request"], "totals": {k: v for k, v in body["totals"].items() if k not in ("request", "precedent")},
            "policies": {row["policy"]: {k: row[k] for k in ("quantity", "margin_change", "revenue_change", "displaced", "committed_short", "losers", "schedule")} for row in body["rows"]}}  # fmt: skip
    found: dict[str, Any] = json.loads(json.dumps(kept), parse_float=lambda t: round(float(t), 4))
    return found


def _answer(at: Here, request: RequestView) -> None:
    """Yes or no. A yes without a kept run is an override, and its reason is counted, not hidden."""
    runs = request.impact_runs
    if runs:
        st.markdown(f"The answer refers to the impact run {runs[-1].id}.")
    else:
        st.markdown("No impact run is kept: a yes needs a reason.")
    reason = None if runs else st.text_input("Reason for a yes without a run", key=f"rq_reason {request.id}")
    with st.container(horizontal=True, gap="small"):
        yes, no = st.button("Accept", key="rq_yes"), st.button("Refuse", key="rq_no")
    if not (yes or no):
        return
    fields = {"request": request.id, "accepted": yes, "impact_run": runs[-1].id if runs else None,
              "override_reason": reason if yes else None}  # fmt: skip
    try:
        receipt = at.service.create(at.identity, "request_answer", fields, cycle=at.cycle or None, snapshot=at.snapshot.id)  # fmt: skip
    except SiopError as error:
        st.session_state["rq_said"] = str(error)
    else:
        st.session_state["rq_said"] = (
            f"{'Accepted' if yes else 'Refused'}: entry {receipt.seq}, receipt {receipt.hash[:8]}."
        )
    st.rerun()


def _units(value: float | None) -> str:
    return words.number(value, 0)


def _money(value: float | None, at: Here) -> str:
    return "–" if value is None else f"{words.number(value, 2 if abs(value) < 100 else 0)} {at.currency}"
