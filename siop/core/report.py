"""The answer to a question: the rows, their totals, and what has to be said beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pandas costs most of a second, which a load or a ledger command need not pay
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Report:
    """What `report NAME --json` prints and what a page draws: the same object (contract.md section 2)."""

    report: str
    snapshot: str | None
    as_of: str | None
    scope: dict[str, Any]
    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    coverage: float | None = None
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: NaN, NaT and pd.NA are null, numpy scalars are plain numbers."""
        body: dict[str, Any] = plain(
            {
                "report": self.report,
                "snapshot": self.snapshot,
                "as_of": self.as_of,
                "scope": self.scope,
                "rows": self.rows,
                "totals": self.totals,
                "coverage": self.coverage,
                "notes": self.notes,
            }
        )
        return body

    def table(self) -> pd.DataFrame:
        """The rows as a table; columns in the order of the first row."""
        import pandas as pd

        return pd.DataFrame(self.rows)


def plain(value: Any) -> Any:
    """A value as JSON can carry it: unknown is None, never zero and never the text nan."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):  # pandas' unknown
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) or math.isinf(value) else value + 0.0  # no −0
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "to_dict") and hasattr(value, "columns"):  # a table
        return [plain(row) for row in value.to_dict("records")]
    if getattr(value, "ndim", None):  # a numpy array, a Series or an Index
        return [plain(item) for item in value.tolist()]
    if isinstance(value, Sequence | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "item"):
        return plain(value.item())
    return str(value)
