"""What the data page shows of a snapshot: its sources, its warnings and its control totals."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from siop.warehouse import journal
from siop.warehouse.history import snapshots
from siop.warehouse.snapshot import Snapshot

_REFUSED = "refused.json"


def sources(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Rows {table_name, file, sheet, period, rows_read, rows, bytes, sha256} of the load, in its order."""
    names = ("table_name", "file", "sheet", "period", "spread", "rows_read", "rows", "bytes", "sha256")
    found = snapshot.rows(
        "SELECT table_name, file, sheet, period, spread, rows_read, rows, bytes, sha256 FROM sources ORDER BY source"
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def kept_findings(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The warnings the load was published with: {severity, file, place, message, fix, ...}."""
    names = ("severity", "file", "sheet", "row", "column", "value", "rule", "message", "fix")
    found = snapshot.rows(
        'SELECT severity, file, sheet, "row", "column", value, rule, message, fix FROM findings ORDER BY rowid'
    )
    rows = [dict(zip(names, row, strict=True)) for row in found]
    for row in rows:
        parts = [f"{name} {row[name]}" for name in ("sheet", "row", "column") if row[name] is not None]
        row["place"] = ", ".join(parts)
    return rows


def control_totals(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Rows {table_name, column, rows, total}: exact decimals as text."""
    found = snapshot.rows(
        'SELECT table_name, "column", rows, total FROM control_totals ORDER BY table_name, "column"'
    )
    return [dict(zip(("table_name", "column", "rows", "total"), row, strict=True)) for row in found]


def load_history(folder: Path) -> list[dict[str, Any]]:
    """Published snapshots, newest first: {snapshot, said, state}."""
    rows = []
    for load in snapshots(folder):
        said = f"{load.rows:,} rows, closed to {load.as_of or 'none'}, by {load.loaded_by}, {load.bytes / 1e6:.1f} MB"
        rows.append(
            {"snapshot": load.id, "said": said, "state": "shown on every page" if load.current else "kept"}
        )
    return rows


def note_refusal(folder: Path, body: dict[str, Any], by: str = "command line") -> None:
    """Remember that the newest load was refused, so that the pages say so; forget it after a good one. Either
    way the load history gets a line."""
    note = folder / _REFUSED
    if body["ok"]:
        note.unlink(missing_ok=True)
        journal.note(folder, "loaded", by, body["snapshot"])
        return
    errors = [f for f in body["findings"] if f["severity"] == "error"]
    told = {"at": datetime.now(UTC).strftime("%d %b %H:%M UTC"), "errors": len(errors), "first": errors[:1]}
    note.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    journal.note(folder, "refused", by, None, last_refusal(folder) or "")


def last_refusal(folder: Path) -> str | None:
    """The sentence of the last refused load, or None where the newest load was good."""
    note = folder / _REFUSED
    if not note.exists():
        return None
    told = json.loads(note.read_text(encoding="utf-8"))
    first = told["first"][0] if told["first"] else {}
    where = ", ".join(str(first[k]) for k in ("file", "column") if first.get(k))
    row = f", row {first['row']}" if first.get("row") is not None else ""
    return (
        f"The load of {told['at']} was refused ({told['errors']} errors; first: {where}{row}: {first.get('message', '')})."
        " The last good snapshot stays on every page."
    )
