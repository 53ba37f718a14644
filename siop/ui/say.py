"""Write from a form: a double click is one entry, a refusal is shown with field, value and fix, and the text stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import uuid4

import streamlit as st

from siop.core import Finding, Refused, SiopError
from siop.ui import html, parts

_KEYS, _SAVED = "siop_form_keys", "siop_form_saved"


def say(write: Callable[[], object], form: str) -> None:
    """Write, and show what was refused or by whom the form was overtaken; a written form gets a new key."""
    st.session_state.pop(_SAVED, None)
    try:
        write()
    except Refused as refused:
        parts.banner(str(refused))
        refusals(refused.findings)
        return
    except SiopError as error:
        parts.banner(str(error))
        return
    st.session_state.get(_KEYS, {}).pop(form, None)
    st.session_state[_SAVED] = form
    st.rerun()


def saved(form: str) -> bool:
    """Say that the form just drawn was the last one saved; whether it was."""
    if st.session_state.get(_SAVED) != form:
        return False
    parts.notes(["Saved in the ledger."])
    return True


def form_key(form: str) -> str:
    """The key of a form that is open: a double click is one entry."""
    keys: dict[str, str] = st.session_state.setdefault(_KEYS, {})
    return keys.setdefault(form, uuid4().hex)


def refusals(found: Sequence[Finding]) -> None:
    """What was refused, as row (of a paste), field, value and what to do."""
    if not found:
        return
    rows = [
        {"row": f.row, "field": f.column or "form", "value": f.value, "what": f"{f.message}; {f.fix}"}
        for f in found
    ]
    columns = [
        html.text("Field", "field", strong=True),
        html.text("Value", "value"),
        html.text("Refused because", "what"),
    ]
    if any(r["row"] is not None for r in rows):
        columns.insert(0, html.text("Row", "row"))
    parts.still(html.table(columns, rows, caption="What was refused", dense=True))
