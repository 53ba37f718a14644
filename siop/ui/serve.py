"""Start the cockpit's server: the same as `streamlit run app.py`, without Streamlit's old pages/ mode."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap

APP = Path(__file__).resolve().parents[2] / "app.py"


def run(*, port: int, address: str) -> None:
    """Serve until stopped. Blocks.

    Streamlit takes a folder `pages/` beside the app for an old-style app and serves its files without app.py,
    that is without identity or roles, until st.navigation has run once: switched off before anything listens.
    """
    PagesManager.uses_pages_directory = False
    options: dict[str, Any] = {"server_port": port, "server_address": address, "server_headless": True}
    os.chdir(APP.parent)  # Streamlit reads .streamlit/config.toml of the working folder
    bootstrap.load_config_options(options)
    bootstrap.run(str(APP), False, [], options)
