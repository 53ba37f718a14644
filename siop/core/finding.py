"""A finding: where something is wrong in a file, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `row` counts from 1 with the header as row 1; None is the whole file or column."""

    severity: Literal["error", "warning"]
    file: str
    rule: str
    message: str
    fix: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Keys in the order of contract.md, section 2."""
        have = asdict(self)
        order = ("severity", "file", "sheet", "row", "column", "value", "rule", "message", "fix")
        return {key: have[key] for key in order}

    def __str__(self) -> str:
        where = self.file
        where += f", sheet {self.sheet}" if self.sheet else ""
        where += f", row {self.row}" if self.row is not None else ""
        where += f", column {self.column}" if self.column else ""
        said = f" ({self.value!r})" if self.value is not None else ""
        return f"{self.severity}: {where}: {self.message}{said}. {self.fix}"
