"""The plan as it stood at each origin, and the months of the fiscal year: what an outlook is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siop.core import Scope, Undefined, add_months, months_between, span, words
from siop.metrics import query
from siop.metrics.footing import filters, months_given, months_said
from siop.metrics.grain import Grain, coarsest, grains, labels_of, period_number
from siop.metrics.scores import Numbers
from siop.metrics.source import Source, resolve
from siop.metrics.units import mixed_total
from siop.warehouse import Snapshot

LEAST = 13  # closed months: one year and one more, so that a year can repeat
POOL = 40  # series that lend each other their misses
_OLDER = 2  # cycles whose plan of a month may stand in for the newest


@dataclass(frozen=True, slots=True)
class History:
    """Actuals by month, oldest first, without a gap. total: (n,); pool: (series, n), the parts that lend their misses;
    names: theirs; filled: open months in between, which hold what is usual in them and not what was sold."""

    months: tuple[str, ...]
    total: Numbers
    pool: Numbers
    names: tuple[str, ...]
    filled: tuple[str, ...] = ()

    @property
    def notes(self) -> list[str]:
        """What has to be said of it."""
        if not self.filled:
            return []
        is_, it = ("is", "it") if len(self.filled) == 1 else ("are", "them")
        return [
            f"{months_said(self.filled)} {is_} not closed while later months are: the outlook takes what was usual for {it},"
            " from the same month of the years beside."
        ]


def fiscal_year(snapshot: Snapshot, month: str) -> str:
    """The fiscal year of a month, from the calendar; before and after it the years go on from its nearest month."""
    labels = labels_of(snapshot, "year")
    if month in labels or not labels:
        return labels.get(month, month[:4])
    start = int(snapshot.meta.get("fiscal_year_start") or 1)
    near = min(labels) if month < min(labels) else max(labels)
    years = period_number(month, "year", start) - period_number(near, "year", start)
    return str(int(labels[near]) + years)


def year_months(snapshot: Snapshot, month: str) -> list[str]:
    """The months of the fiscal year that `month` lies in."""
    label = fiscal_year(snapshot, month)
    around = span(add_months(month, -13), add_months(month, 13))
    return [m for m in around if fiscal_year(snapshot, m) == label]


def history(snapshot: Snapshot, scope: Scope, measure: str) -> History:
    """Closed months of the scope's total and of the families in it (or whatever splits it next).

    A closed month without rows sold nothing; a month whose rows do not give the measure cuts the history off; a month
    that is open while later ones are closed is filled with what is usual (see `_filled`), so that seasons stay in place.
    Raises Undefined where there is no month, too little, nothing by month, or quantities in several units.
    """
    found = grains(snapshot, ["actual"], measure)
    if not found:
        raise Undefined(f"the actuals carry no {measure}")
    coarse = coarsest(found)
    if coarse.period != "month":
        raise Undefined(f"the actuals are by {coarse.period}: an outlook needs months")
    closed = months_given(snapshot, "actual", snapshot.closed_months)
    wide = replace(scope, first=closed[0] if closed else None, last=closed[-1] if closed else None)
    by_month = query.table(snapshot, "actual", ("month",), (measure,), wide).set_index("month")[measure]
    if by_month.empty:
        raise Undefined("there are no actuals in this scope")
    unknown = [m for m in closed if np.isnan(by_month.get(m, 0.0))]
    closed = [m for m in closed if not unknown or m > max(unknown)]
    if len(closed) < LEAST:
        raise Undefined(f"{words.count(len(closed), 'closed month')}: an outlook needs {LEAST}")
    mixed = mixed_total(snapshot, measure, ["actual"], wide, closed)
    if mixed:
        raise Undefined(mixed[:1].lower() + mixed[1:].removesuffix("."))
    months = span(closed[0], closed[-1])
    known = np.isin(months, closed)
    total = _filled(by_month.reindex(months).fillna(0.0).to_numpy(float), known)
    split = next((d for d in ("family", "region", "sku") if _splits(snapshot, scope, d, found)), None)
    pool: Numbers = np.empty((0, len(months)))
    names: tuple[str, ...] = ()
    if split is not None:
        parts = query.table(snapshot, "actual", (split, "month"), (measure,), wide)
        table = parts.pivot_table(index=split, columns="month", values=measure, aggfunc="sum").reindex(
            columns=months
        )
        lively = table[(table.fillna(0.0) != 0).mean(axis=1) > 0.75].fillna(0.0)
        lively = lively.loc[lively.sum(axis=1).abs().sort_values(ascending=False).index[:POOL]].sort_index()
        pool, names = _filled(lively.to_numpy(float), known), tuple(str(n) for n in lively.index)
    return History(tuple(months), total, pool, names, tuple(m for m in months if m not in set(closed)))


def _filled(values: Numbers, known: np.ndarray) -> Numbers:
    """(..., months) with the mean of the same month a year before and after where a month is not known, as far as those
    are; else the mean of the nearest known months on either side."""
    made = values.copy()
    at = np.flatnonzero(known)
    for i in np.flatnonzero(~known):
        beside = [j for j in (i - 12, i + 12) if 0 <= j < len(known) and known[j]]
        made[..., i] = values[..., beside or [at[at < i][-1], at[at > i][0]]].mean(axis=-1)
    return made


def _splits(snapshot: Snapshot, scope: Scope, dimension: str, found: Sequence[Grain]) -> bool:
    if dimension not in snapshot.dimensions or scope.value(dimension) is not None:
        return False
    known = snapshot.dimension(dimension)
    return known.members > 1 and all(g.has(known) for g in found)


def plan_of(
    snapshot: Snapshot, source: Source, measure: str, scope: Scope, months: Sequence[str]
) -> pd.Series:
    """A plan of some months, NaN where it has nothing or cannot be seen at this scope or by month."""
    none = pd.Series(np.nan, index=list(months), dtype="float64")
    given = months_given(snapshot, source, months, scope.lag)
    if not given or not visible(snapshot, source, measure, scope, given, "month"):
        return none
    wide = replace(scope, first=months[0], last=months[-1])
    found = query.table(snapshot, source, ("month",), (measure,), wide).set_index("month")[measure]
    planned = found.reindex(list(months))
    return planned.where(planned.notna() | ~planned.index.isin(given), _zero_or_unknown(found))


def _zero_or_unknown(found: pd.Series) -> float:
    """A month the plan has, without a row in this scope, is planned at zero, where the plan gives the measure at all."""
    return 0.0 if found.notna().any() else float("nan")


def plan_sum(
    snapshot: Snapshot,
    source: Source,
    measure: str,
    scope: Scope,
    months: Sequence[str],
    period: str = "year",
) -> float | None:
    """The sum of a plan over months that are whole years (or quarters: `period`) of it; None where a month is missing or cannot be seen."""
    given = months_given(snapshot, source, months, scope.lag)
    if list(given) != list(months) or not visible(snapshot, source, measure, scope, given, period):
        return None
    found = query.table(snapshot, source, (), (measure,), replace(scope, first=months[0], last=months[-1]))
    value = float(found[measure].iloc[0]) if len(found) else float("nan")
    return None if np.isnan(value) else value


def visible(
    snapshot: Snapshot, source: Source, measure: str, scope: Scope, months: Sequence[str], period: str
) -> bool:
    """Whether a source gives the measure at all, has the scope's dimensions, and is no coarser than `period`."""
    found = grains(snapshot, resolve(snapshot, source, months, scope.lag).names, measure)
    needed = [*filters(snapshot, scope), snapshot.dimension(period)]
    return bool(found) and all(g.has(d) for g in found for d in needed)


def plan_ahead(
    snapshot: Snapshot, scope: Scope, measure: str, version: str | None, last: str, months: Sequence[str]
) -> pd.Series[float]:
    """The plan in force for months after `last`: the version's, and where it has none (the running month lies before
    the first month of this cycle's plan) the newest consensus that has one."""
    line = pd.Series(np.nan, index=list(months), dtype="float64")
    if version is not None:
        line = plan_of(snapshot, version, measure, scope, months)
    newest = _newest_cycle(snapshot, last)
    for back in range(_OLDER):
        missing = [m for m in months if np.isnan(line[m])]
        if newest is None or not missing:
            break
        for month in missing:
            lag = months_between(newest, month) + back
            if lag >= 0:
                line[month] = plan_of(snapshot, "consensus", measure, replace(scope, lag=lag), [month])[month]
    return line


def vintages(
    snapshot: Snapshot, scope: Scope, measure: str, last: str, origins: int, horizon: int, version: str | None
) -> Numbers | None:
    """(origins + 1, horizon): the plan in force when month `last`, the one before, ... was the newest closed one.

    Today's is `version`; an earlier origin's is the consensus whose cycle lies as many months earlier, so that
    nothing newer is used; a month that a cycle does not plan is taken from the cycle before. None where no plan can
    be seen at this scope.
    """
    newest = _newest_cycle(snapshot, last)
    made = np.full((origins + 1, horizon), np.nan)
    if newest is not None:
        ahead = months_between(last, newest)
        for h in range(1, horizon + 1):
            months = span(add_months(last, h - origins), add_months(last, h))
            for back in range(_OLDER):
                missing = np.isnan(made[:, h - 1])
                if not missing.any():
                    break
                lag = h - ahead + back
                if lag >= 0:
                    found = plan_of(snapshot, "consensus", measure, replace(scope, lag=lag), months)
                    made[missing, h - 1] = found.to_numpy(float)[::-1][missing]
    ahead_now = span(add_months(last, 1), add_months(last, horizon))
    made[0] = plan_ahead(snapshot, scope, measure, version, last, ahead_now).to_numpy(float)
    return made if np.isfinite(made).any() else None


def _newest_cycle(snapshot: Snapshot, last: str) -> str | None:
    """The newest consensus cycle known when `last` was the newest closed month: it meets in the month after."""
    cycles = snapshot.versions.loc[snapshot.versions["kind"] == "consensus", "cycle"].dropna()
    usable = [str(c) for c in cycles if months_between(last, str(c)) <= 1]
    return max(usable) if usable else None
