"""Publishing a snapshot: built aside, synced, renamed, and only then named by the pointer file.

A reader sees the old snapshot or the new one, whole, whenever the power goes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from siop.core import NotFound, Refused
from siop.core.finding import Finding
from siop.warehouse.snapshot import CURRENT

_ASIDE = ".build-"
_LOCK = ".lock"


@contextlib.contextmanager
def building(snapshots: Path, *, wait_seconds: float = 60.0) -> Iterator[Path]:
    """A folder beside the snapshots to build in; what a killed load left there is removed first.

    One load at a time: raises Refused where another one does not end within `wait_seconds`."""
    snapshots.mkdir(parents=True, exist_ok=True)
    with (snapshots / _LOCK).open("a") as lock:
        _acquire(lock.fileno(), wait_seconds)
        for old in snapshots.glob(_ASIDE + "*"):
            shutil.rmtree(old, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=snapshots))
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _acquire(handle: int, wait_seconds: float) -> None:
    stop = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > stop:
                finding = Finding(
                    "error", "snapshots", "busy", "another load is running", "wait for it, then load again"
                )
                raise Refused("another load is running; wait for it, then load again", [finding]) from None
            time.sleep(0.1)
        else:
            return


def publish(built: Path, snapshots: Path, snapshot: str) -> Path:
    """Make a built database the current snapshot; returns its final path."""
    _sync(built)
    final = snapshots / f"{snapshot}.duckdb"
    built.chmod(0o444)
    built.rename(final)
    _sync(snapshots)
    point_to(snapshots, snapshot)
    return final


def point_to(snapshots: Path, snapshot: str) -> None:
    """Name a published snapshot as the current one, atomically. Raises NotFound where there is none."""
    if not (snapshots / f"{snapshot}.duckdb").is_file():
        raise NotFound(f"no snapshot {snapshot!r} is published here")
    handle, name = tempfile.mkstemp(prefix=".current-", dir=snapshots)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(snapshot + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(snapshots / CURRENT)
    _sync(snapshots)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
