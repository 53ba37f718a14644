"""Nothing is loaded yet: make the sample company where there is nothing at all, else say what to do."""

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

    A folder that somebody made for a company, with files in it or not, is left alone: the sample would write over
    files of the same names, and fill a ledger that forgets nothing with people who do not exist.

    Args: make: given the workspace and told(step, fraction); given by app.py, which may know the sample room.
    """
    if place.taken and not _LOCK.locked():
        if (place.snapshots / "current").exists():  # loaded while this run began
            st.rerun()
        parts.headline("Nothing is loaded yet", "", "This workspace waits for the files of its company.")
        parts.empty(
            "Load the company's files",
            f"Put them into {place.sources}, then: python -m siop load {place.sources} --workspace {place.root}."
            " To look around first, make the sample company in a folder of its own:"
            " python -m siop init FOLDER --sample halden.",
        )
        return
    parts.headline("Making the sample company", "", "This workspace is empty. It takes less than a minute.")
    bar = st.progress(0.0, "Starting")
    with _LOCK:
        if not (place.snapshots / "current").exists():

            def told(step: str, fraction: float) -> None:
                bar.progress(min(1.0, fraction), step)

            make(place, told)
    st.rerun()
