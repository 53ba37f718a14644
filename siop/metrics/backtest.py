"""Would the outlook have been right? The same method at earlier origins, and beside it the plan of then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from siop.core import Undefined, add_months, words
from siop.metrics import scores
from siop.metrics.landing import Spread, Track, interval, pooled, spread
from siop.metrics.scores import Numbers
from siop.metrics.vintages import History


def backtest(
    history: History, running: Sequence[Track], single: Sequence[Track], horizon: int
) -> dict[str, Any]:
    """The same method at earlier origins, with the plan and the pool as they were then.

    mae: of the sum of `months_left` months; skill_vs_plan: 1 - mae / mae of the plan of the origin, on the same
    origins; mase: of single months against the seasonal naive forecast in sample; coverage: share of sums of 1 to
    `months_left` months inside the interval that would have been said then.
    """
    made, at = running[0], horizon - 1
    came, said = made.outcome[0, :, at], made.past[0, :, at]
    judged = np.isfinite(came)
    plan = None if made.plan is None else made.plan[0, :, at]
    both = judged & np.isfinite(plan) if plan is not None else np.zeros_like(judged)
    mae = float(np.abs(came - said)[judged].mean()) if judged.any() else None
    ours = theirs = skill = None
    if plan is not None and both.any():
        ours = float(np.abs(came - said)[both].mean())
        theirs = float(np.abs(came - plan)[both].mean())
        skill = 1 - ours / theirs if theirs else None
    held, bounds = _held(running)
    inside = held[np.isfinite(held)]
    months = np.isfinite(single[0].outcome[0])
    mase = None
    if months.any():
        try:
            mase = scores.mase(single[0].outcome[0][months], single[0].past[0][months], history.total)
        except Undefined:
            mase = None
    return {
        "origins": int(judged.sum()), "months_left": horizon, "mae": mae, "mase": mase,
        "coverage": float(inside.mean()) if len(inside) else None, "coverage_n": len(inside),
        "plan_origins": int(both.sum()), "plan_mae": theirs, "mae_where_planned": ours, "skill_vs_plan": skill,
        "rows": [
            {
                "origin": add_months(history.months[-1], -(j + 1)), "actual": _known(came[j]), "p50": _known(said[j]),
                "p10": _known(bounds[0][j]), "p90": _known(bounds[1][j]),
                "plan": None if plan is None else _known(plan[j]),
            }
            for j in np.flatnonzero(judged)[::-1]
        ],
    }  # fmt: skip


def backtest_sentence(told: dict[str, Any]) -> str:
    """Whether the outlook did better than the plan, and whether its interval held; from the backtest's own numbers."""
    if not told["origins"]:
        return "There is no past outlook to judge yet"
    skill, said = told["skill_vs_plan"], ""
    if skill is None:
        said = "There was no plan to compare with"
    elif abs(skill) < 0.005:
        said = "The outlook missed as much as the plan of its time"
    else:
        more = "less" if skill > 0 else "more"
        said = f"The outlook missed {words.percent(abs(skill), 0)} {more} than the plan of its time"
    if told["coverage"] is not None:
        said += f"; its interval held {words.percent(told['coverage'], 0)} of the time"
    return said


def _held(running: Sequence[Track]) -> tuple[Numbers, tuple[Numbers, Numbers]]:
    """(whether each past sum of the total lay in the interval of its day (origins, horizon), P10 and P90 of the last).

    At an origin only misses whose outcome was known there are used: those of origins at least as many months older
    as the sum is long.
    """
    everything = pooled(running)
    made = running[0]
    count, horizon = made.past.shape[1:]
    held = np.full((count, horizon), np.nan)
    low_at, high_at = np.full(count, np.nan), np.full(count, np.nan)
    for j in range(count):
        then = everything[:, j + 1 :].copy()
        for r in range(horizon):
            then[:, :r, r] = np.nan
        if not np.isfinite(then).any():
            continue
        found = spread(then)
        own = Spread(found.scale[:1], found.quantile, found.n)
        low, high = interval(made.past[:1, j], own, made.ratio[:1], made.size[:1])
        came = made.outcome[0, j]
        known = np.isfinite(came) & np.isfinite(low[0])
        held[j, known] = ((low[0] <= came) & (came <= high[0]))[known]
        low_at[j], high_at[j] = low[0, -1], high[0, -1]
    return held, (low_at, high_at)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
