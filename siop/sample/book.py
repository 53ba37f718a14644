"""The history file: lines in the ledger's import form, in order of time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from siop.sample.draw import meeting_day, moment, moment_text

NOW = moment(meeting_day("2026-11"), 7)
"""The morning of the meeting the company waits for: nothing in the history is later."""


@dataclass
class Book:
    """Entries as they are written, sorted when read."""

    lines: list[tuple[datetime, int, dict[str, Any]]] = field(default_factory=list)

    def add(self, kind: str, at: datetime, by: str, cycle: str | None, /, **payload: Any) -> None:
        """One entry; what lies after NOW has not happened and is left out, as are fields that are None."""
        if at > NOW:
            return
        line: dict[str, Any] = {"type": kind, "at": moment_text(at), "by": by}
        if cycle is not None:
            line["cycle"] = cycle
        line["payload"] = {_field(k): _plain(v) for k, v in payload.items() if v is not None}
        self.lines.append((at, len(self.lines), line))

    def sorted(self) -> list[dict[str, Any]]:
        """The entries by time; of the same second in the order they were added."""
        return [line for _, _, line in sorted(self.lines, key=lambda x: x[:2])]

    def write(self, path: Path) -> None:
        """One JSON object a line, UTF-8, LF."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self.sorted())
        path.write_text(text, encoding="utf-8", newline="\n")


def _field(name: str) -> str:
    """`from_` is from: a word Python keeps for itself."""
    return name.rstrip("_")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return value


def euros(value: float, step: float = 1000.0) -> float:
    """An amount as people write it in a meeting: rounded to a thousand.

    >>> euros(123_456.0)
    123000.0
    """
    return float(round(value / step) * step)
