"""Were commitments kept? Computed from the actuals, never declared."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from siop.core import MEASURES, NotFound, Scope
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


def keeps(actual: float, target: float, tolerance_pct: float) -> bool:
    """Within tolerance of the target, on either side: a promise is a number that others plan on.

    >>> keeps(95, 100, 5), keeps(94.9, 100, 5), keeps(106, 100, 5)
    (True, False, False)
    """
    return abs(actual - target) <= abs(target) * tolerance_pct / 100 + 1e-9 * abs(target)


def promises(snapshot: Snapshot, state: State, within: Window) -> list[Promise]:
    """The commitments that came due in the window and whose months are closed, in order."""
    closed = snapshot.as_of
    due = [
        c for c in state.commitments.values() if closed is not None and c.last in within and c.last <= closed
    ]
    return [_promise(snapshot, c) for c in due]


def _promise(snapshot: Snapshot, c: CommitmentView) -> Promise:
    actual, reason = _actual(snapshot, c)
    kept = None if actual is None else keeps(actual, c.target, c.tolerance_pct)
    return Promise(
        c.id, c.function, c.measure, c.target, c.tolerance_pct, c.first, c.last, actual, kept, reason
    )


def _actual(snapshot: Snapshot, c: CommitmentView) -> tuple[float | None, str | None]:
    """The sum of the actuals in the commitment's scope and months, or why there is none."""
    if c.measure not in MEASURES:
        return None, f"{c.measure} is not a measure of plan and actual"
    try:
        where = Scope.filters(
            {snapshot.dimension(d).name: v if isinstance(v, str) else list(v) for d, v in c.scope.items()}
        )
    except NotFound as error:
        return None, str(error)
    found = table(snapshot, "actual", (), (c.measure,), Scope(c.first, c.last, where))
    value = float(found[c.measure].iloc[0]) if len(found) else float("nan")
    return (value, None) if isfinite(value) else (None, "no actuals in its scope")
