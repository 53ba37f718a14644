"""Forms of the register: a new item, a register pasted from a sheet, a new score, and the outcome that closes an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from siop import decisions, risks
from siop.core import Refused, add_months, words
from siop.ui import html
from siop.ui.frame import choices, dimensions, heading
from siop.ui.here import Here
from siop.ui.say import form_key, saved, say

NEW, PASTE = "risk_new", "risk_paste"
HEAD = "kind\ttitle\tfamily\tfrom\tto\towner\tprobability\tlow\tlikely\thigh"


def of_item(at: Here, row: Mapping[str, Any]) -> None:
    """What may be said about an item: a new score, and its outcome."""
    may = {k: at.service.may(at.identity, k) for k in ("risk_score", "risk_outcome")}
    names = [*(["Check in"] if may["risk_score"] else []), *(["Close it"] if may["risk_outcome"] else [])]
    if not names:
        return
    st.space(8)
    for name, tab in zip(names, st.tabs(names), strict=True):
        with tab:
            score(at, row) if name == "Check in" else outcome(at, row)


def score(at: Here, row: Mapping[str, Any]) -> None:
    """Check in a new score of an item. The entry is new; the scores before it stay."""
    form = f"score_{row['id']}"
    saved(form)
    with st.form(form, border=False):
        probability, low, likely, high = _score_fields(row, form)
        done = st.form_submit_button("Check in the score", type="primary")
    if done:
        fields = {"id": row["id"], "probability": probability, "low": low, "likely": likely, "high": high}
        say(
            lambda: at.service.create(
                at.identity,
                "risk_score",
                fields,
                cycle=at.cycle,
                snapshot=at.snapshot.id,
                idem=form_key(form),
            ),
            form,
        )


def outcome(at: Here, row: Mapping[str, Any]) -> None:
    """Close an item with what came. Nobody marks their own forecast: the SIOP lead or the chair does."""
    form = f"outcome_{row['id']}"
    with st.form(form, border=False):
        left, right = st.columns(2)
        occurred = left.selectbox("Did it happen?", ["It happened", "It did not happen"], index=None, key=f"{form}_happened")  # fmt: skip
        realised = right.number_input(f"Amount that came, {at.currency}", 0.0, None, None, 1000.0, key=f"{form}_realised", format="%.0f")  # fmt: skip
        done = st.form_submit_button("Close the item")
    if done:
        happened = None if occurred is None else occurred == "It happened"
        say(
            lambda: at.service.create(
                at.identity, "risk_outcome", {"id": row["id"], **risks.checked_outcome(happened, realised)},
                cycle=at.cycle, snapshot=at.snapshot.id, idem=form_key(form),
            ),
            form,
        )  # fmt: skip


def entry(at: Here) -> None:
    """Register one item, or many copied from a sheet."""
    one, many = st.tabs(["One item", "Paste from a sheet"])
    with one:
        _one(at)
    with many:
        _many(at)


def _one(at: Here) -> None:
    """A risk or an opportunity with its first score; both are entered, or neither."""
    people = {p.id: f"{p.name}, {p.function}" for p in at.state.people.values() if p.active}
    start = at.cycle or at.snapshot.as_of or ""
    months = [add_months(start, n) for n in range(24)] if start else []
    saved(NEW)
    key = form_key(NEW)[:8]  # a new key once saved: the form is empty again
    with st.form("risk_entry", border=False):
        fields: dict[str, Any] = {}
        left, middle, right = st.columns([1.6, 1, 1], gap="medium")
        fields["title"] = left.text_input("What could happen", key=f"{key}_title")
        fields["kind"] = middle.selectbox("Kind", ["risk", "opportunity"], key=f"{key}_kind")
        fields["owner"] = right.selectbox("Owner", list(people), index=None, key=f"{key}_owner", format_func=people.__getitem__)  # fmt: skip
        cells = st.columns(4, gap="medium")
        fields["from"] = cells[0].selectbox("From", months, key=f"{key}_from")
        fields["to"] = cells[1].selectbox("To", months, key=f"{key}_to")
        more = (cells[2], cells[3], *st.columns(4, gap="medium"))
        for cell, name in zip(more, dimensions(at.snapshot), strict=False):
            label = html.md(heading(at.snapshot, name))
            known = choices(at.snapshot, name, at.identity.only)
            fields[name] = cell.selectbox(label, known, index=None, key=f"{key}_{name}", placeholder="All")
        probability, low, likely, high = _score_fields({}, key)
        fields |= {"probability": probability, "low": low, "likely": likely, "high": high}
        left, right = st.columns(2, gap="medium")
        fields["trigger"] = left.text_input("Sign that it is coming", key=f"{key}_trigger", help="For instance: quantity of Pumps in North falls 10 % below plan")  # fmt: skip
        fields["contingency"] = right.text_input("What would be done if it happens", key=f"{key}_contingency")
        able = st.columns([2, 1, 1, 1], gap="medium")
        fields["mitigation"] = able[0].text_input("What can be done before", key=f"{key}_mitigation")
        fields["mitigation_cost"] = able[1].number_input(f"Its cost, {at.currency}", 0.0, None, None, 1000.0, key=f"{key}_cost", format="%.0f")  # fmt: skip
        after = able[2].number_input("Probability then, %", 0.0, 100.0, None, 5.0, key=f"{key}_then", format="%.0f")  # fmt: skip
        fields["mitigation_probability"] = None if after is None else round(after / 100, 6)
        fields["driver_group"] = able[3].text_input("Driver group", key=f"{key}_group", help="Items of one group tend to happen together")  # fmt: skip
        fields["in_plan"] = st.checkbox("The plan already contains it", key=f"{key}_in_plan")
        done = st.form_submit_button("Register it", type="primary")
    if done:
        say(lambda: _enter(at, fields), NEW)


def _enter(at: Here, fields: Mapping[str, Any]) -> None:
    found, risk, first = risks.check_item(fields, at.snapshot, at.state)
    wrong = [f for f in found if f.severity == "error"]
    if wrong or risk is None or first is None:
        raise Refused("Nothing was registered.", wrong)
    ident = risks.new_id(at.ledger.state().risks)
    entries = [("risk", {**risk, "id": ident}), ("risk_score", {**first, "id": ident})]
    decisions.write_all(at.service, at.identity, entries, cycle=at.cycle, snapshot=at.snapshot.id, idem=form_key(NEW))  # fmt: skip


def _many(at: Here) -> None:
    """A register copied from a sheet: every row is checked, and all of them are registered, or none."""
    saved(PASTE)
    key = form_key(PASTE)
    with st.form("risk_paste_form", border=False):
        text = st.text_area(
            "Rows with their header", key=f"{key[:8]}_paste", height=160, placeholder=HEAD,
            help="Copied from a sheet, or CSV. Further columns are dimensions of the company: family, region. A row with the"
            " id of an item scores it again.",
        )  # fmt: skip
        done = st.form_submit_button("Check and register all", type="primary")
    if done:
        say(lambda: _enter_all(at, text or "", key), PASTE)


def _enter_all(at: Here, text: str, key: str) -> None:
    found = risks.read_paste(text, at.snapshot, at.state)
    if not found.ok or not found.entries:
        bad = [f for f in found.findings if f.severity == "error"]
        rows = len({f.row for f in bad if f.row is not None})
        rest = (
            f"{words.count(found.rows - rows, 'row waits', 'rows wait')}, nothing is saved"
            if rows
            else "Nothing is saved"
        )
        raise Refused(f"{words.count(rows, 'row').capitalize()} refused; the rest of the paste waits: {rest}." if rows else f"{rest}.", bad)  # fmt: skip
    decisions.write_all(
        at.service, at.identity, found.entries, cycle=at.cycle, snapshot=at.snapshot.id, idem=key
    )


def _score_fields(row: Mapping[str, Any], key: str) -> tuple[float, float | None, float | None, float | None]:
    """Probability as a fraction, and low, likely and high of the amount, in the currency's units."""
    cells = st.columns([1.2, 1, 1, 1], gap="small")
    chance = row.get("probability")
    percent = cells[0].number_input(
        "Probability, %", 0.0, 100.0, 50.0 if chance is None else chance * 100, 5.0, key=f"{key}_p", format="%.0f",
    )  # fmt: skip
    low, likely, high = (
        cell.number_input(
            name.capitalize(), 0.0, None, row.get(name), 1000.0, key=f"{key}_{name}", format="%.0f"
        )
        for cell, name in zip(cells[1:], ("low", "likely", "high"), strict=True)
    )
    return round(percent / 100, 6), low, likely, high
