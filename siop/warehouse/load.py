"""Check and load: the face of the loader. Bad data never raises; it is a refusal with findings."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from siop.core.finding import Finding
from siop.warehouse.publish import building, publish
from siop.warehouse.snapshot import CURRENT
from siop.warehouse.supervise import MEMORY, Progress, run_child


@dataclass(frozen=True)
class Check:
    """What a dry run found (contract.md section 2)."""

    ok: bool
    findings: tuple[Finding, ...]
    tables: dict[str, dict[str, Any]]
    proposal: str | None = None  # the text of a mapping.toml, where there is none and one is needed

    def as_dict(self) -> dict[str, Any]:
        """The contract's JSON, and the proposed mapping where there is one."""
        told = {"ok": self.ok, "findings": [f.as_dict() for f in self.findings], "tables": self.tables}
        return told if self.proposal is None else {**told, "proposal": self.proposal}


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
        told = run_child(_request(sources, work, None, "check"), progress)
    return Check(told["ok"], _findings(told), told["tables"], told.get("proposal"))


@dataclass(frozen=True)
class Look:
    """What the columns of a sources folder would be taken for (siop.warehouse.look.Looked, as plain values)."""

    findings: tuple[Finding, ...]
    mapping: str | None = None
    proposed: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    unused: list[dict[str, Any]] = field(default_factory=list)


def look_at(sources: Path) -> Look:
    """The mapping of a sources folder, or one proposed, beside the header and first values of every file."""
    with tempfile.TemporaryDirectory(prefix="siop-look-") as work:
        told = run_child({**_request(sources, work, None, "look"), "look": True}, None)
    return Look(_findings(told), **told.get("look", {}))


def load(
    sources: Path, snapshots: Path, *, by: str = "command line", progress: Progress | None = None
) -> Loaded:
    """Check, build and publish a sources folder into a workspace's `snapshots/`.

    Bad data is not raised: `ok` is false, the findings say where and what to do, and the previous snapshot
    is untouched. Raises Refused where another load is running."""
    started = time.monotonic()
    with building(snapshots) as aside:
        target = aside / "snapshot.duckdb"
        request = _request(sources, str(aside), str(target), by)
        told = run_child({**request, "previous": _current(snapshots)}, progress)
        if told["ok"]:
            publish(target, snapshots, told["snapshot"])
    ok = bool(told["ok"])
    return Loaded(
        ok, _findings(told), told["tables"], told.get("proposal"), told["snapshot"] if ok else None,
        told.get("content_hash") if ok else None, told.get("plan_hashes", {}) if ok else {}, time.monotonic() - started,
    )  # fmt: skip


def _current(snapshots: Path) -> str | None:
    """The file of the current snapshot, from which unchanged facts are taken."""
    pointer = snapshots / CURRENT
    path = snapshots / f"{pointer.read_text(encoding='utf-8').strip()}.duckdb" if pointer.is_file() else None
    return str(path) if path is not None and path.is_file() else None


def _request(sources: Path, work: str, target: str | None, by: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "sources": str(sources.resolve()), "work": work, "target": target, "by": by,
        "memory_bytes": int(os.environ.get("SIOP_LOAD_MEMORY_BYTES", str(MEMORY))),
        "stamp": now.strftime("%Y%m%dT%H%M%SZ"), "built_at": now.isoformat(timespec="milliseconds"),
    }  # fmt: skip


def _findings(told: dict[str, Any]) -> tuple[Finding, ...]:
    return tuple(Finding(**f) for f in told["findings"])
