"""A PostgreSQL server of Debian's package, started for the tests on a private socket as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

WANTED = "the ledger's tests need PostgreSQL: on Debian or Ubuntu `sudo apt-get install postgresql`; elsewhere put its bin folder (initdb, pg_ctl) on PATH"


def binaries() -> Path:
    """The folder with initdb and pg_ctl; installed by apt where that is possible. Fails with what to do."""
    found = _binaries()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update"], env=environment, **quiet)
        subprocess.run(["apt-get", "install", "-y", "postgresql"], env=environment, **quiet)
        found = _binaries()
    if found is None:
        pytest.fail(WANTED)
    return found


def _binaries() -> Path | None:
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if homes:
        return homes[-1].parent
    named = shutil.which("initdb")
    return Path(named).parent if named else None


class Postgres:
    """A running server; `fresh_url` makes an empty database."""

    def __init__(self, folder: Path, user: str) -> None:
        self.folder, self.user = folder, user

    def fresh_url(self) -> str:
        name = f"ledger_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(
            f"host={self.folder} user={self.user} dbname=postgres", autocommit=True
        ) as server:
            server.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{self.user}@/{name}?host={self.folder}"


@contextmanager
def running() -> Iterator[Postgres]:
    """A server in a folder of its own, without a network port; gone when the block ends."""
    home = binaries()
    folder = Path(tempfile.mkdtemp(prefix="siop-pg-"))
    user = _ordinary_user()
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, user)
        as_user = ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
    data, log = folder / "data", folder / "log"

    def run(*command: str) -> None:
        done = subprocess.run([*as_user, *command], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            said = log.read_text() if log.exists() else ""
            pytest.fail(f"{command[0]} failed: {done.stdout}{done.stderr}{said}")

    try:
        run(str(home / "initdb"), "-D", str(data), "-U", "ledger", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c max_connections=120 -c shared_buffers=16MB"
        run(str(home / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-t", "60", "-o", options, "start")
        try:
            yield Postgres(folder, "ledger")
        finally:
            run(str(home / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ordinary_user() -> str:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    names = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
