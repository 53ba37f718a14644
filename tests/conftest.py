"""Sample workspaces, built once a test run and shared by the workers; tests that write take a copy."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
settings.register_profile("house", deadline=None)  # speed is measured in benchmarks/, never by a test
settings.load_profile("house")
Built = Callable[[str], Path]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Built:
    """built("halden") is the workspace of a sample, made by the command line. Do not write into it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent

    def make(sample: str) -> Path:
        place = shared / f"sample-{sample}"
        with (shared / f"{sample}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (place / "done").exists():
                shutil.rmtree(place, ignore_errors=True)
                subprocess.run(
                    [sys.executable, "-m", "siop", "init", str(place), "--sample", sample],
                    cwd=ROOT,
                    check=True,
                )
                (place / "done").touch()
        return place

    return make


@pytest.fixture(scope="session")
def halden(built: Built) -> Path:
    """The workspace of the sample company halden, read only."""
    return built("halden")


@pytest.fixture(scope="session")
def adventureworks(built: Built) -> Path:
    """The workspace of the reduced AdventureWorks extract, read only."""
    return built("adventureworks")
