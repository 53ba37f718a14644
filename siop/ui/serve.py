"""Start the cockpit's server: the same as `streamlit run app.py`, without Streamlit's old pages/ mode."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap

LOOPBACK = ("localhost", "127.0.0.1")
APP = Path(__file__).resolve().parents[2] / "app.py"


def run(*, port: int, address: str, hosts: Sequence[str] = (), secrets: Path | None = None) -> None:
    """Serve until stopped. Blocks.

    Args:
        hosts: names under which browsers reach the cockpit (cockpit.example.org); other names are refused. On this
            machine alone (a loopback address) they are added to localhost; served to others without any, every
            name is taken, as Streamlit does.
        secrets: the file with the identity provider; default Streamlit's own places.

    Streamlit takes a folder `pages/` beside the app for an old-style app and serves its files without app.py,
    that is without identity or roles, until st.navigation has run once: switched off before anything listens.
    """
    PagesManager.uses_pages_directory = False
    log_access()
    options: dict[str, Any] = {"server_port": port, "server_address": address, "server_headless": True}
    if hosts or address in LOOPBACK:
        options["server_allowedHosts"] = [*LOOPBACK, *hosts]
        options["server_corsAllowedOrigins"] = [f"https://{host}" for host in hosts]
    if secrets is not None and secrets.is_file():
        options["secrets_files"] = [str(secrets)]
    os.chdir(APP.parent)  # Streamlit reads .streamlit/config.toml of the working folder
    bootstrap.load_config_options(options)
    bootstrap.run(str(APP), False, [], options)


def log_access() -> None:
    """Who signed in, who was refused, what was denied: one line each on standard error, in UTC."""
    shown = logging.StreamHandler()
    form = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(name)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    form.converter = time.gmtime
    shown.setFormatter(form)
    log = logging.getLogger("siop.access")
    log.setLevel(logging.INFO)
    log.addHandler(shown)
    log.propagate = False
