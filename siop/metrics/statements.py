"""The SQL files of this room, each read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

SQL = Path(__file__).parent / "sql"


@cache
def statement(name: str) -> str:
    """The SQL of a file of this room."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
