"""The real app: a server of its own a module, a headless Chromium, and the command line to compare with."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect, sync_playwright

from siop.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
# Nothing runs, the headline stands (where asked for), no part is still being fetched or grey, what can be clicked is drawn,
# and nothing has moved for a moment. Streamlit fetches a part's code when it is first drawn: "not running" alone is too early.
SETTLED = """([asked, headline]) => {
  const now = performance.now();
  if (!window.siopStill) {
    const still = window.siopStill = {since: now};
    new MutationObserver(() => { still.since = performance.now(); })
      .observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
  }
  const still = window.siopStill, has = (what) => !!document.querySelector(what);
  const drawn = [...document.querySelectorAll('[data-testid=stBidiComponentRegular]')]
    .every((part) => part.closest('.st-key-siop_keyboard') || part.querySelector(':scope > * > *'));
  const run = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState;
  const done = (headline ? run === 'notRunning' && has('.siop-headline') : !run || run === 'notRunning')
    && !has('[data-testid=stSkeleton], [data-stale=true]') && drawn;
  if (!done || still.asked !== asked) { still.since = now; still.asked = asked; }
  return now - still.since >= 400;
}"""

expect.set_options(timeout=20_000)  # a busy machine; what is right is seen at once


@dataclass
class Cockpit:
    """A running server on one workspace."""

    workspace: Path
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def report(self, name: str, *options: str) -> dict[str, Any]:
        """What the command line says about the same workspace."""
        asked = ["report", name, "--workspace", str(self.workspace), "--json", *options]
        found = CliRunner().invoke(main, asked, catch_exceptions=False)
        assert found.exit_code == 0, found.output
        answer: dict[str, Any] = json.loads(found.stdout)
        return answer

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Any command of the command line on this workspace."""
        return subprocess.run(
            [sys.executable, "-m", "siop", *words, "--workspace", str(self.workspace)],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(workspace: Path, port: int | None = None, log: Path | None = None) -> Cockpit:
    """Start the server and wait until it answers. Args: log: a file for what it says on standard error."""
    port = port or free_port()
    said = log.open("ab") if log is not None else subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-m", "siop", "serve", "--workspace", str(workspace), "--port", str(port)],
        cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.DEVNULL, stderr=said,
    )  # fmt: skip
    cockpit = Cockpit(workspace, port, process)
    for _ in range(480):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(cockpit.url("/_stcore/health"), timeout=1) as answer:
                if answer.status == 200:
                    return cockpit
        except OSError:
            time.sleep(0.25)
    process.kill()
    raise RuntimeError("the server did not answer within two minutes")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("no Chromium: run sh tests/browser/chromium.sh, it installs it or says how")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def own_halden(halden: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample workspace that a module may write into."""
    place = tmp_path_factory.mktemp("own") / "halden"
    shutil.copytree(halden, place)
    return place


@pytest.fixture(scope="module")
def cockpit(own_halden: Path) -> Iterator[Cockpit]:
    served = start(own_halden)
    yield served
    served.kill()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(45_000)
    yield page
    context.close()


def settled(page: Page, *, headline: bool = True) -> Page:
    """Wait until the page has drawn all it has to draw and nothing moves any more, for .4 s from now on."""
    page.wait_for_function(SETTLED, arg=[time.monotonic(), headline])
    return page
