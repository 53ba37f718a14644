"""The question that a decision and a plan both ask of the reader: where do you stand?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from siop.decisions import STANCES
from siop.ui import html
from siop.ui.kept_form import KeptForm

STANCE_CHOICES = {
    "consent": "Consent",
    "reservation": "Reservation",
    "stand_aside": "Stand aside",
    "object": "Object",
}


def stance(form: KeptForm, label: str, text: dict[str, Any]) -> None:
    """The reader's stance, and the reason that everything but consent needs."""
    text["stance"] = st.segmented_control(html.md(label), list(STANCES), key=form.widget("stance"), format_func=STANCE_CHOICES.__getitem__, width="stretch")  # fmt: skip
    reason = "Reason" if text["stance"] in (None, "consent") else "Reason, needed with this position"
    text["reason"] = st.text_input(reason, key=form.widget("reason", ""))
