"""The actuals of commitments, and which of those that came due were kept (judged by the decisions room)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from siop.core import MEASURES, NotFound, Scope
from siop.decisions.commitments import Kept, commitment_kept
from siop.health.window import Window
from siop.ledger.state import CommitmentView, State
from siop.metrics.query import table
from siop.warehouse import Snapshot


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment whose last month is closed. kept: None where its actual is not known, with the reason."""

    id: str
    function: str
    measure: str
    target: float
    tolerance_pct: float
    first: str
    last: str
    actual: float | None
    kept: bool | None
    reason: str | None = None


def promises(snapshot: Snapshot, state: State, within: Window) -> list[Promise]:
    """The commitments that came due in the window and whose months are closed, in order."""
    closed = snapshot.as_of
    if closed is None:
        return []
    due = [c for c in state.commitments.values() if c.last in within and c.last <= closed]
    read = _Actuals(snapshot, due)
    return [_promise(read, c, closed) for c in due]


def actuals_of(snapshot: Snapshot, commitment: CommitmentView) -> tuple[pd.DataFrame, str | None]:
    """(month and value of the actuals in a commitment's scope, or why there are none)."""
    return _Actuals(snapshot, [commitment]).of(commitment)


class _Actuals:
    """Actuals by month for many commitments: one read per measure and set of dimensions, not one a commitment."""

    def __init__(self, snapshot: Snapshot, commitments: Sequence[CommitmentView]) -> None:
        self.snapshot = snapshot
        self.first = min((c.first for c in commitments), default=None)
        self.last = max((c.last for c in commitments), default=None)
        self.tables: dict[tuple[str, tuple[str, ...]], pd.DataFrame] = {}

    def of(self, c: CommitmentView) -> tuple[pd.DataFrame, str | None]:
        if c.measure not in MEASURES:
            return _NOTHING, f"{c.measure} is not a measure of plan and actual"
        try:
            where = {self.snapshot.dimension(d).name: v for d, v in c.scope.items()}
        except NotFound as error:
            return _NOTHING, str(error)
        rows = self._read(c.measure, tuple(sorted(where)))
        for dimension, wanted in where.items():
            rows = rows[rows[dimension].isin([wanted] if isinstance(wanted, str) else list(wanted))]
        rows = rows[(rows["month"] >= c.first) & (rows["month"] <= c.last)]
        found: pd.DataFrame = rows.groupby("month")[["value"]].sum().reset_index()
        return found, None if len(found) else "no actuals in its scope"

    def _read(self, measure: str, dims: tuple[str, ...]) -> pd.DataFrame:
        key = (measure, dims)
        if key not in self.tables:
            by = [*dims, *(("month",) if "month" not in dims else ())]
            found = table(self.snapshot, "actual", by, (measure,), Scope(self.first, self.last))
            self.tables[key] = found.rename(columns={measure: "value"}).dropna(subset=["value"])
        return self.tables[key]


def _promise(read: _Actuals, c: CommitmentView, closed: str) -> Promise:
    actual, reason = read.of(c)
    judged: Kept = commitment_kept(c, actual, closed)
    kept = {"kept": True, "missed": False}.get(judged.state)
    return Promise(
        c.id, c.function, c.measure, c.target, c.tolerance_pct, c.first, c.last, judged.actual, kept,
        reason if kept is None else None,
    )  # fmt: skip


_NOTHING = pd.DataFrame({"month": pd.Series(dtype="str"), "value": pd.Series(dtype="float64")})
