"""Somebody stands in for a signer between two dates, and says so with every signature."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from siop.ui import parts
from siop.ui.here import Here
from siop.ui.kept_form import KeptForm

WEEK = timedelta(days=7)


def delegation_form(at: Here) -> None:
    """Who signs for the reader, and naming somebody; only where the plan needs the reader's signature."""
    who, today = at.identity, datetime.now(UTC).date()
    if not who.required_signer or not at.service.may(who, "delegation"):
        return
    standing = [d for d in at.state.delegations if d.from_person == who.person and d.valid_to >= today]
    parts.notes(
        [
            f"{at.state.name(d.to)} may sign for you from {d.valid_from:%d %b} to {d.valid_to:%d %b %Y}."
            for d in standing
        ]
    )
    name = "delegation:new"
    with st.expander("Somebody signs for me", expanded=KeptForm.begun(at, name)):
        form = KeptForm(at, name)
        others = {
            p.id
            for p in at.state.people.values()
            if p.active and p.id != who.person and p.permission != "viewer"
        }
        people = sorted(
            others, key=lambda one: (at.state.people[one].function != who.function, at.state.name(one))
        )
        text: dict[str, Any] = {}
        text["to"] = st.selectbox(
            "Delegate", people, key=form.widget("to", among=people), index=None, format_func=at.state.name,
            placeholder=f"Of {who.function} first",
        )  # fmt: skip
        first, last = st.columns(2)
        with first:
            text["valid_from"] = st.date_input(
                "From", key=form.widget("valid_from", today), value=None, format="DD/MM/YYYY"
            )
        with last:
            text["valid_to"] = st.date_input(
                "Until", key=form.widget("valid_to", today + WEEK), value=None, format="DD/MM/YYYY"
            )
        form.keep(**(text if text["to"] else {}))
        if st.button("Name the delegate", key="name_delegate"):
            form.say("delegation", {"from": who.person, **text}, snapshot=at.snapshot.id)
        form.refusals()
