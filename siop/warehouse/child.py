"""The loader's own process: reads hostile files and builds the snapshot, so that the app never does.

    python -m siop.warehouse.child < request.json

The request names the sources folder, the database to build (or none, for a check) and a work folder. Standard
output is one JSON object per line: progress, and at the end the result."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import duckdb

from siop.core.finding import Finding
from siop.warehouse.findings import Findings
from siop.warehouse.look import look
from siop.warehouse.pipeline import Pipeline
from siop.warehouse.raw import Progress

_PR_SET_PDEATHSIG = 1


class _WithoutPandas:
    """pyarrow imports pandas for its own conversions if it can; nothing here needs the half second it takes."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("the loader's process does without pandas", name=name)


def main() -> None:
    """Run one request of standard input."""
    request = json.loads(sys.stdin.readline())
    _keep_the_channel()
    sys.meta_path.insert(0, _WithoutPandas())
    _die_with_parent()
    _limit_memory(int(request["memory_bytes"]))
    _say({"result": run(request, _progress)})


def _keep_the_channel() -> None:
    """Standard output is for messages alone: whatever else a library prints there goes to standard error."""
    sys.stdout.flush()
    channel = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(channel, "w", encoding="utf-8")


def run(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Check or build as the request says; the result as JSON-ready values.

    Where something is to be said about a file that was read the quick way, without row numbers, everything
    is done once more the slow way. A request to look only reads the mapping and the heads of its files."""
    if request.get("look"):
        findings = Findings()
        told = look(Path(request["sources"]), findings).as_dict()
        return {
            "ok": not findings.errors,
            "findings": [f.as_dict() for f in findings.ordered],
            "tables": {},
            "look": told,
        }
    result, again = _attempt(request, progress, fast=True)
    if again:
        result, _ = _attempt(request, progress, fast=False)
    return result


def _attempt(request: dict[str, Any], progress: Progress, *, fast: bool) -> tuple[dict[str, Any], bool]:
    findings = Findings()
    target = request.get("target") or ":memory:"
    Path(target).unlink(missing_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": f"{int(request['memory_bytes']) // 2}B",
        "temp_directory": request["work"],
        "preserve_insertion_order": "true",
    }
    con = duckdb.connect(target, config=config)
    con.execute("SET enable_progress_bar = false")
    try:
        pipeline = Pipeline(con, Path(request["sources"]), findings, progress, fast=fast)
        if fast and request.get("previous"):
            pipeline.previous = Path(request["previous"])
        outcome = pipeline.run()
        if outcome.ok and request.get("target"):
            for key in ("snapshot", "built_at", "loaded_by"):
                con.execute(
                    "INSERT INTO meta VALUES ($1, $2)", [key, _meta(key, request, outcome.content_hash)]
                )
            con.execute("CHECKPOINT")
    finally:
        con.close()
    result = {
        "ok": outcome.ok,
        "findings": [f.as_dict() for f in findings.ordered],
        "tables": outcome.tables,
        "content_hash": outcome.content_hash,
        "plan_hashes": outcome.plan_hashes,
        "proposal": outcome.proposal,
        "snapshot": _meta("snapshot", request, outcome.content_hash),
    }
    return result, any(f.file in pipeline.quick and f.row is None and _has_row(f) for f in findings.items)


def _has_row(finding: Finding) -> bool:
    """Whether a finding would name a row had the rows numbers: not those about a version or about sums of months."""
    return finding.rule not in ("version", "mapping") and finding.column != "delivered_quantity"


def _meta(key: str, request: dict[str, Any], content_hash: str | None) -> str:
    if key == "snapshot":
        return f"{request['stamp']}-{(content_hash or '')[:8]}"
    return str(request["built_at"] if key == "built_at" else request["by"])


def _progress(text: str, share: float, file: str | None = None, limit: float | None = None) -> None:
    _say({"progress": text, "share": share, "file": file, "limit": limit})


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def _die_with_parent() -> None:
    """The child ends when the load that started it is killed. Linux only; elsewhere its pipe breaks."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == 1:
                os._exit(1)


def _limit_memory(limit: int) -> None:
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
