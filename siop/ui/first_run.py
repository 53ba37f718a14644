"""Nothing is loaded yet: make the sample company, and say so."""

from __future__ import annotations

import threading
from collections.abc import Callable

import streamlit as st

from siop.ui import parts
from siop.workspace import Workspace

_LOCK = threading.Lock()
Maker = Callable[[Workspace, Callable[[str, float], None]], str]


def make_sample(place: Workspace, make: Maker) -> None:
    """Make the sample company once, however many browsers ask at the same time; then start over.

    Args: make: given the workspace and told(step, fraction); given by app.py, which may know the sample room.
    """
    parts.headline("Making the sample company", "", "This workspace is empty. It takes less than a minute.")
    bar = st.progress(0.0, "Starting")
    with _LOCK:
        if not (place.snapshots / "current").exists():

            def told(step: str, fraction: float) -> None:
                bar.progress(min(1.0, fraction), step)

            make(place, told)
    st.rerun()
