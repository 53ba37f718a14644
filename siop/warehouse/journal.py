"""The load history: what was loaded, refused and rolled back, when and by whom. Lines are only added."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

FILE = "history.jsonl"
What = Literal["loaded", "refused", "rolled back"]


def note(folder: Path, what: What, by: str, snapshot: str | None, said: str = "") -> None:
    """Add a line to the history of a workspace's `snapshots/`."""
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "what": what, "by": by, "snapshot": snapshot, "said": said}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    # one write to a file opened for appending: lines of two processes do not mix
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
    finally:
        os.close(handle)


def events(folder: Path) -> list[dict[str, Any]]:
    """Lines {at, what, by, snapshot, said}, newest first; a line cut off by a crash is left out."""
    path = folder / FILE
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and {"at", "what", "by"} <= told.keys():
            found.append(told)
    return found[::-1]
