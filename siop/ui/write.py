"""Say something in the reader's name from a page: one entry, its receipt, or the refusal in words."""

from __future__ import annotations

from typing import Any

import streamlit as st

from siop.core import SiopError
from siop.ui import html
from siop.ui.here import Here


def write(at: Here, kind: str, fields: dict[str, Any]) -> None:
    """Write one entry through the service, then run the page anew.

    A refusal is shown with field and fix instead, and the form keeps its text.
    """
    try:
        receipt = at.service.create(at.identity, kind, fields, cycle=at.cycle, snapshot=at.snapshot.id)
    except SiopError as error:
        st.error(html.md(error))
        for finding in getattr(error, "findings", ()):
            st.error(html.md(f"{finding.column or ''}: {finding.message}. {finding.fix}"))
        return
    st.toast(f"Saved as entry {receipt.seq}, receipt {receipt.hash[:8]}", duration="long")
    st.rerun()
