"""The actuals of commitments, and which of those that came due were kept (judged by the decisions room)."""

from __future__ import annotations

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
    due = [
        c for c in state.commitments.values() if closed is not None and c.last in within and c.last <= closed
    ]
    return [_promise(snapshot, c, closed) for c in due]


def actuals_of(snapshot: Snapshot, c: CommitmentView) -> tuple[pd.DataFrame, str | None]:
    """(month and value of the actuals in a commitment's scope, or why there are none)."""
    nothing = pd.DataFrame({"month": pd.Series(dtype="str"), "value": pd.Series(dtype="float64")})
    if c.measure not in MEASURES:
        return nothing, f"{c.measure} is not a measure of plan and actual"
    try:
        where = Scope.filters(
            {snapshot.dimension(d).name: v if isinstance(v, str) else list(v) for d, v in c.scope.items()}
        )
    except NotFound as error:
        return nothing, str(error)
    found = table(snapshot, "actual", ("month",), (c.measure,), Scope(c.first, c.last, where))
    found = found.rename(columns={c.measure: "value"}).dropna()
    return found, None if len(found) else "no actuals in its scope"


def _promise(snapshot: Snapshot, c: CommitmentView, closed: str | None) -> Promise:
    actual, reason = actuals_of(snapshot, c)
    judged: Kept = commitment_kept(c, actual, closed)
    kept = {"kept": True, "missed": False}.get(judged.state)
    return Promise(
        c.id, c.function, c.measure, c.target, c.tolerance_pct, c.first, c.last, judged.actual, kept,
        reason if kept is None else None,
    )  # fmt: skip
