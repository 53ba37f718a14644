"""Did an improvement change its KPI? Before and after, against the rest of the business, with an interval.

Difference-in-differences: the monthly gap between the improved slice and its comparison, before the improvement was
closed and after. Monthly numbers are autocorrelated; a plain t interval would find effects that are not there, so the
spread is widened by the autocorrelation of the gap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import pandas as pd
from scipy import stats

from siop.core import MEASURES, NotFound, Scope, add_months, span
from siop.health.numbers import Floats, Interval
from siop.ledger.state import ImprovementView
from siop.metrics.query import table
from siop.warehouse import Snapshot

LEAST_MONTHS = 6  # on either side
LONGEST = 12
KPIS = {
    "wmape": "forecast error, |actual - plan| / actual",
    "bias": "(plan - actual) / actual",
    "attainment": "actual / plan",
    **dict.fromkeys(MEASURES, "logarithm of the measure; the effect is a relative change"),
}
_BEST = {"bias": 0.0, "attainment": 1.0}


@dataclass(frozen=True, slots=True)
class Effect:
    """verdict: better, worse, no detectable effect, or not assessable (then `why`, and the numbers are None)."""

    improvement: str
    kpi: str
    verdict: str
    effect: float | None = None
    interval: Interval | None = None
    before: int = 0
    after: int = 0
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A step in a monthly series: its size and interval."""

    effect: float
    interval: Interval


def step(gap: Floats, before: int, level: float = 0.95) -> Change:
    """Mean of the gap after less its mean before, with an interval that allows for autocorrelation.

    Args: gap: treated less comparison by month, shape (n,); before: how many months lie before.
    The variance is that of two independent means times (1 + r) / (1 - r), r the lag-1 autocorrelation of the
    residuals corrected for its small-sample bias (at least 0); degrees of freedom shrink alike.
    Source: Bartlett's factor for the mean of an AR(1) series; bias of r after Kendall (1954).
    """
    old, new = gap[:before], gap[before:]
    residual = np.concatenate([old - old.mean(), new - new.mean()])
    n = len(residual)
    total = float(np.square(residual).sum())
    pairs = np.delete(np.arange(n - 1), before - 1)  # not across the step
    raw = float((residual[pairs] * residual[pairs + 1]).sum()) / total if total > 0 else 0.0
    r = min(0.8, max(0.0, raw + (1 + 3 * raw) / n))
    factor = (1 + r) / (1 - r)
    spread = sqrt(total / (n - 2) * (1 / len(old) + 1 / len(new)) * factor)
    freedom = max(3.0, (n - 2) / factor)
    half = spread * float(stats.t.ppf((1 + level) / 2, freedom))
    size = float(new.mean() - old.mean())
    return Change(size, (size - half, size + half))


def improvement_effect(snapshot: Snapshot, one: ImprovementView, scope: Scope) -> Effect:
    """What a closed improvement did to its KPI in its slice, against the rest of the business.

    Up to twelve months on either side; the month of closing belongs to neither. An improvement without a slice has
    no comparison and is not assessable; so is a KPI that is not computed from plan and actual.
    """
    kpi = one.kpi.strip().lower().replace(" ", "_")

    def cannot(why: str) -> Effect:
        return Effect(one.id, one.kpi, "not assessable", why=why)

    if kpi not in KPIS:
        return cannot(f"{one.kpi} is not computed from plan and actual; {', '.join(KPIS)} are")
    if one.closed_at is None:
        return cannot("it is not closed")
    try:
        named = {
            snapshot.dimension(d).name: v if isinstance(v, str) else list(v) for d, v in one.scope.items()
        }
    except NotFound as error:
        return cannot(str(error))
    if len(named) != 1:
        return cannot("it names no single slice, so there is nothing to compare it with")
    month = f"{one.closed_at.year:04d}-{one.closed_at.month:02d}"
    treated, rest = _series(snapshot, kpi, named, month, scope)
    both = pd.concat([treated.rename("treated"), rest.rename("rest")], axis=1).dropna()
    before, after = both[both.index < month].tail(LONGEST), both[both.index > month].head(LONGEST)
    if min(len(before), len(after)) < LEAST_MONTHS:
        short = f"{len(before)} months before and {len(after)} after, {LEAST_MONTHS} of each would be enough"
        return replace(cannot(short), before=len(before), after=len(after))
    gap = pd.concat([before["treated"] - before["rest"], after["treated"] - after["rest"]]).to_numpy(
        dtype=float
    )
    found = step(gap, len(before))
    verdict = _verdict(kpi, found, float(before["treated"].mean()))
    return Effect(one.id, one.kpi, verdict, found.effect, found.interval, len(before), len(after))


def _verdict(kpi: str, found: Change, level: float) -> str:
    """Better or worse where the interval excludes 0. level: of the KPI in the slice before."""
    low, high = found.interval
    if low <= 0 <= high:
        return "no detectable effect"
    if kpi in _BEST:  # nearer to it is better, from either side
        return "better" if abs(level + found.effect - _BEST[kpi]) < abs(level - _BEST[kpi]) else "worse"
    less_is_better = kpi in ("wmape", "cost")
    return "better" if (found.effect < 0) == less_is_better else "worse"


def _series(
    snapshot: Snapshot, kpi: str, named: dict[str, str | list[str]], month: str, scope: Scope
) -> tuple[pd.Series[float], pd.Series[float]]:
    """The KPI by month inside the slice, and in the rest."""
    dimension, value = next(iter(named.items()))
    inside = {value} if isinstance(value, str) else set(value)
    months = [
        m
        for m in snapshot.closed_months
        if m in set(span(add_months(month, -LONGEST), add_months(month, LONGEST)))
    ]
    if not months:
        empty = pd.Series(dtype="float64")
        return empty, empty
    here = replace(scope, first=months[0], last=months[-1], cycle=None)
    measure = kpi if kpi in MEASURES else "quantity"
    keys = [dimension, "month"]
    cells = table(snapshot, "actual", keys, (measure,), here).rename(columns={measure: "actual"})
    if kpi not in MEASURES:
        plan = table(snapshot, "consensus", keys, (measure,), here).rename(columns={measure: "plan"})
        cells = cells.merge(plan, on=keys)
    mine = cells[dimension].isin(list(inside))
    return _kpi(kpi, cells[mine]), _kpi(kpi, cells[~mine])


def _kpi(kpi: str, cells: pd.DataFrame) -> pd.Series[float]:
    """The KPI by month: sums over the cells first, then divided."""
    if "plan" in cells:
        cells = cells.assign(wrong=(cells["actual"] - cells["plan"]).abs())
    sums = cells.groupby("month").sum(numeric_only=True)
    actual = sums["actual"].where(sums["actual"] > 0)
    if kpi == "wmape":
        return sums["wrong"] / actual
    if kpi == "bias":
        return (sums["plan"] - sums["actual"]) / actual
    if kpi == "attainment":
        return sums["actual"] / sums["plan"].where(sums["plan"] > 0)
    logged: pd.Series[float] = pd.Series(np.log(actual.to_numpy(dtype=float)), index=actual.index)
    return logged
