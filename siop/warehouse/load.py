"""Check and load: the face of the loader. Bad data never raises; it is a refusal with findings."""

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
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from siop.core.finding import Finding
from siop.warehouse.publish import building, publish

Progress = Callable[[str, float], None]
MEMORY = int(os.environ.get("SIOP_LOAD_MEMORY_BYTES", str(6_000_000_000)))
SECONDS = float(os.environ.get("SIOP_LOAD_SECONDS", "3600"))
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Check:
    """What a dry run found (contract.md section 2)."""

    ok: bool
    findings: tuple[Finding, ...]
    tables: dict[str, dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """The contract's JSON."""
        return {"ok": self.ok, "findings": [f.as_dict() for f in self.findings], "tables": self.tables}


@dataclass(frozen=True)
class Loaded(Check):
    """What a load did. Where `ok` is false nothing was published and the previous snapshot stays."""

    snapshot: str | None = None
    content_hash: str | None = None
    plan_hashes: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The contract's JSON."""
        return {
            **super().as_dict(),
            "snapshot": self.snapshot,
            "content_hash": self.content_hash,
            "plan_hashes": self.plan_hashes,
            "seconds": round(self.seconds, 3),
        }


def check(sources: Path, *, progress: Progress | None = None) -> Check:
    """Dry run over a sources folder: everything of a load but the publishing."""
    with tempfile.TemporaryDirectory(prefix="siop-check-") as work:
        told = _run_child(_request(sources, work, None, "check"), progress)
    return Check(told["ok"], _findings(told), told["tables"])


def load(
    sources: Path, snapshots: Path, *, by: str = "command line", progress: Progress | None = None
) -> Loaded:
    """Check, build and publish a sources folder into a workspace's `snapshots/`.

    Bad data is not raised: `ok` is false, the findings say where and what to do, and the previous snapshot
    is untouched. Raises Refused where another load is running."""
    started = time.monotonic()
    with building(snapshots) as aside:
        target = aside / "snapshot.duckdb"
        told = _run_child(_request(sources, str(aside), str(target), by), progress)
        if told["ok"]:
            publish(target, snapshots, told["snapshot"])
    ok = bool(told["ok"])
    return Loaded(
        ok, _findings(told), told["tables"], told["snapshot"] if ok else None,
        told.get("content_hash") if ok else None, told.get("plan_hashes", {}) if ok else {}, time.monotonic() - started,
    )  # fmt: skip


def _request(sources: Path, work: str, target: str | None, by: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "sources": str(sources.resolve()), "work": work, "target": target, "by": by, "memory_bytes": MEMORY,
        "stamp": now.strftime("%Y%m%dT%H%M%SZ"), "built_at": now.isoformat(timespec="seconds"),
    }  # fmt: skip


def _findings(told: dict[str, Any]) -> tuple[Finding, ...]:
    return tuple(Finding(**f) for f in told["findings"])


def _run_child(request: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
    """Run the child within its time; a child that dies is a finding, not an error of the app."""
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "siop.warehouse.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=errors, env=environment,
        )  # fmt: skip
        timer = threading.Timer(SECONDS, child.kill)
        timer.start()
        try:
            result = _listen(child, request, progress)
        finally:
            timer.cancel()
            child.kill()
            child.wait()
        if result is not None:
            return result
        errors.seek(0)
        return {"ok": False, "tables": {}, "findings": [_died(child.returncode, errors.read()).as_dict()]}


def _listen(
    child: subprocess.Popen[bytes], request: dict[str, Any], progress: Progress | None
) -> dict[str, Any] | None:
    """Send the request and read progress until the result; None where the child ended without one."""
    result: dict[str, Any] | None = None
    output = child.stdout
    if child.stdin is None or output is None:
        return None
    with child.stdin as pipe, contextlib.suppress(BrokenPipeError):
        pipe.write(json.dumps(request).encode() + b"\n")
    with output:
        for line in output:
            told = json.loads(line)
            if "result" in told:
                result = told["result"]
            elif progress is not None:
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
