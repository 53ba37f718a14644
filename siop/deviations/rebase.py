"""Does the plan chase its own misses? Share of a miss that later plans copied without a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from siop.core import Scope, add_months
from siop.deviations.detect import panel
from siop.ledger import State
from siop.metrics import query
from siop.warehouse import Snapshot

Floats = npt.NDArray[np.float64]
LAGS = 2  # how many months ahead a re-plan is looked for


def rebased(
    snapshot: Snapshot,
    state: State,
    scope: Scope,
    measure: str,
    families: Sequence[str],
    months: Sequence[str],
    ratio: Floats,
) -> Floats:
    """(families, months): relative change of the plan of the months ahead, over the relative miss; NaN where unknown.

    Of the two cycles that can react to month t, the one of that month and the one after its close, the one that copied
    more counts: companies name their cycles after either. Changes that a decision authorises are left out.

    Args: ratio: (families, months) the misses, (actual - plan)/|plan|.
    """
    found = np.full(ratio.shape, np.nan)
    if not months or not (snapshot.versions["kind"] == "consensus").any():
        return found
    ahead = tuple(months) + tuple(add_months(months[-1], n) for n in range(1, LAGS + 1))
    plans = [_at_lag(snapshot, scope, measure, families, ahead, lag) for lag in range(LAGS + 1)]
    allowed = _authorised(state, families, ahead)
    for t in range(len(months)):
        reactions = []
        for meeting in (t, t + 1):  # the cycle of the month itself, and the one that has seen it closed
            changes = [
                np.where(allowed[:, u], np.nan, plans[u - meeting][:, u] / plans[u - meeting + 1][:, u] - 1)
                for u in range(max(meeting, t + 1), min(meeting + LAGS, len(ahead)))
            ]  # fmt: skip
            reactions.append(_mean(np.stack(changes)) if changes else np.full(len(families), np.nan))
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.stack(reactions) / ratio[:, t]
        shares = np.where(np.isfinite(shares), shares, -np.inf)
        best = shares.max(axis=0)
        found[:, t] = np.where(np.isfinite(best), best, np.nan)
    return found


def _at_lag(
    snapshot: Snapshot, scope: Scope, measure: str, families: Sequence[str], months: tuple[str, ...], lag: int
) -> Floats:
    """The consensus at one lag, (families, months), NaN where there is none or it is not above zero."""
    here = replace(scope, first=months[0], last=months[-1], lag=lag)
    frame = query.table(snapshot, "consensus", ("family", "month"), (measure,), here).dropna(
        subset=["family"]
    )
    names, arrays = panel(frame, ["family"], months, (measure,))
    at = {f: i for i, f in enumerate(families)}
    wide = np.full((len(families), len(months)), np.nan)
    for row, family in enumerate(names["family"].astype(str)):
        if family in at:
            wide[at[family]] = arrays[0][row]
    return np.where(wide > 0, wide, np.nan)


def _authorised(state: State, families: Sequence[str], months: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether a decision allowed a change of a family's plan for a month."""
    found = np.zeros((len(families), len(months)), dtype=bool)
    for decision in state.decisions.values():
        for outcome in decision.outcomes:
            for allowed in outcome.authorises if outcome.agreed else ():
                named = allowed.scope.get("family")
                which = (named,) if isinstance(named, str) else named or families
                inside = [allowed.first <= m <= allowed.last for m in months]
                for i, family in enumerate(families):
                    if family in which:
                        found[i] |= inside
    return found


def _mean(changes: Floats) -> Floats:
    """Mean over the first axis of what is known."""
    known = np.isfinite(changes)
    n = known.sum(axis=0)
    total = np.where(known, changes, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0))
