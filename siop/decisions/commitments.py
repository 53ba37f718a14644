"""Did we do what we promised? Actions that are late, commitments kept or missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from siop.ledger.state import ActionView, CommitmentView, State

Actuals = Callable[[CommitmentView], pd.DataFrame]
"""The actuals of a commitment: columns month (YYYY-MM) and value, one row per month that has one."""


@dataclass(frozen=True, slots=True)
class Due:
    """An open action; days is how many days are left, below zero is late."""

    action: ActionView
    days: int


def open_actions(state: State, today: date) -> list[Due]:
    """The actions not done, the latest first."""
    found = [Due(a, (a.due - today).days) for a in state.actions.values() if a.done_seq is None]
    return sorted(found, key=lambda due: (due.days, due.action.id))


@dataclass(frozen=True, slots=True)
class Kept:
    """A commitment against the actuals of its window.

    state: kept, missed, running (its last month is not closed) or unknown (months without actuals).
    actual: the sum so far, None where nothing is known.
    """

    commitment: CommitmentView
    state: str
    actual: float | None
    deviation: float | None


def commitment_kept(commitment: CommitmentView, actual: pd.DataFrame, closed: str | None) -> Kept:
    """Whether a commitment was kept: the sum over its window within tolerance of its target, on either side.

    A promise is a number that others plan on, so too much breaks it as too little does.

    Args: actual: columns month and value, of the commitment's scope; closed: the last closed month.
    """
    inside = actual[(actual["month"] >= commitment.first) & (actual["month"] <= commitment.last)]
    total = float(inside["value"].sum()) if inside["value"].notna().any() else None
    if closed is None or commitment.last > closed:
        return Kept(commitment, "running", total, None)
    if total is None:
        return Kept(commitment, "unknown", None, None)
    off = total - commitment.target
    allowed = abs(commitment.target) * commitment.tolerance_pct / 100
    near = abs(off) <= allowed + 1e-9 * abs(commitment.target)
    return Kept(commitment, "kept" if near else "missed", total, off)


def commitments_kept(state: State, actuals: Actuals, closed: str | None) -> list[Kept]:
    """Every commitment, in the order it was made."""
    return [commitment_kept(c, actuals(c), closed) for c in state.commitments.values()]
