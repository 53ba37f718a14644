"""The child process from outside: started, listened to, and stopped when it takes too much.

The child reads what strangers send. Whatever happens to it, the app gets a result or a finding."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from siop.core.finding import Finding

Progress = Callable[[str, float], None]
MEMORY = 6_000_000_000  # bytes, unless SIOP_LOAD_MEMORY_BYTES says otherwise
SECONDS = 3600.0  # of a whole load, unless SIOP_LOAD_SECONDS says otherwise
_GRACE = 0.5  # seconds in which the child may say itself that a file took too long
_ROOT = Path(__file__).resolve().parents[2]


@dataclass
class _Watch:
    """Kills a child at its deadline: that of the whole load, or of the file that it is reading."""

    child: subprocess.Popen[bytes]
    end: float
    file: str | None = None
    file_end: float = float("inf")
    over: Finding | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def told(self, message: dict[str, Any]) -> None:
        """A progress message: a new step, and the seconds it may take where it is about a file."""
        limit = message.get("limit")
        self.file, self.file_end = (
            message.get("file"),
            float("inf") if limit is None else time.monotonic() + limit + _GRACE,
        )

    def run(self) -> None:
        while not self._done.wait(0.05):
            now = time.monotonic()
            if now > self.file_end or now > self.end:
                said = (
                    "reading took longer than the limit"
                    if now > self.file_end
                    else "the load took longer than the limit"
                )
                self.over = Finding(
                    "error", self.file or "sources", "size", f"{said} of time",
                    "split the file, or raise max_seconds in [source.rules]",
                )  # fmt: skip
                self.child.kill()
                return

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()


def run_child(request: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    """Run one request in a child; its result, or one that is not ok and says why the child died."""
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    seconds = float(os.environ.get("SIOP_LOAD_SECONDS", str(SECONDS)))
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "siop.warehouse.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=errors, env=environment,
        )  # fmt: skip
        watch = _Watch(child, time.monotonic() + seconds)
        try:
            with watch.watching():
                result = _listen(child, request, progress, watch)
        finally:
            child.kill()
            child.wait()
        if result is not None:
            return result
        errors.seek(0)
        why = watch.over or _died(child.returncode, errors.read())
        return {"ok": False, "tables": {}, "findings": [why.as_dict()]}


def _listen(
    child: subprocess.Popen[bytes], request: dict[str, Any], progress: Progress | None, watch: _Watch
) -> dict[str, Any] | None:
    """Send the request and read progress until the result; None where the child ended without one."""
    result: dict[str, Any] | None = None
    output = child.stdout
    if child.stdin is None or output is None:
        return None
    with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
        pipe.write(json.dumps(request).encode() + b"\n")
    with output:
        for line in output:
            try:
                told = json.loads(line)
            except ValueError:
                break  # cut off in the middle: the child was stopped while it spoke
            if "result" in told:
                result = told["result"]
                continue
            watch.told(told)
            if progress is not None:
                progress(told["progress"], told["share"])
    child.wait()
    return result


def _died(code: int, errors: bytes) -> Finding:
    """Why a child ended without a result, from its last words."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    last = next((line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception)\b", line)), "")
    if code < 0 or re.search(r"MemoryError|Out ?Of ?Memory|bad_alloc", last, re.IGNORECASE):
        return Finding(
            "error", "sources", "size", "reading the files took more memory or time than a load may use",
            "split the files, or raise SIOP_LOAD_MEMORY_BYTES or SIOP_LOAD_SECONDS", value=last[:200] or None,
        )  # fmt: skip
    return Finding(
        "error",
        "sources",
        "loader",
        f"the loader failed: {last[:300]}",
        "report this, with the files that caused it",
    )
