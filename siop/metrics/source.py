"""What a name stands for: budget, consensus, estimate, ... as the versions and months that make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from siop.core import NotFound, Scope, add_months, span
from siop.metrics.grain import labels_of, period_number, plan_periods
from siop.warehouse import Snapshot

Source = str | tuple[str, ...]
"""actual, a version's name, budget, consensus, statistical, prior-year, signed, estimate, ("estimate", signed version)
or ("input", function)."""
SIGNED, ESTIMATE = "signed", "estimate"
_KEPT = 2_000  # resolved sources of a snapshot; then they are looked up anew


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which rows make a source: (version, month) pairs; `shift` months are added to the month when read."""

    versions: tuple[str, ...]
    months: tuple[str, ...]
    shift: int = 0
    missing: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The versions used, each once, in order."""
        return list(dict.fromkeys(self.versions))


def months_of(snapshot: Snapshot, scope: Scope) -> list[str]:
    """The months of a scope in order; open ends are the first and last closed month."""
    closed = snapshot.closed_months
    first = scope.first or (closed[0] if closed else None)
    last = scope.last or (closed[-1] if closed else None)
    return span(first, last) if first and last else []


def resolve(snapshot: Snapshot, source: Source, months: Sequence[str], lag: int = 1) -> Pairs:
    """The (version, month) pairs of a source for the months wanted. Raises NotFound for an unknown name.

    Kept per snapshot, which never changes: a page asks for the same months again and again.
    """
    kept: dict[Any, Pairs] = snapshot.__dict__.setdefault("_resolved", {})
    key = (source, tuple(months), lag)
    found = kept.get(key)
    if found is None:
        if len(kept) >= _KEPT:
            kept.clear()
        found = kept[key] = _resolve(snapshot, source, months, lag)
    return found


def _resolve(snapshot: Snapshot, source: Source, months: Sequence[str], lag: int) -> Pairs:
    if source == "actual":
        return Pairs(("actual",) * len(months), tuple(months))
    if source == "prior-year":
        return Pairs(("actual",) * len(months), tuple(add_months(m, -12) for m in months), shift=12)
    if source == SIGNED:  # whoever asks puts the plan in force in its place, where there is one
        return Pairs((), (), missing=tuple(months))
    if source == ESTIMATE:
        return _estimate(snapshot, months, None)
    if isinstance(source, tuple) and source[0] == ESTIMATE:
        if source[1] not in set(snapshot.versions["version"]):
            raise NotFound(f"the signed plan {source[1]} is not in this snapshot")
        return _estimate(snapshot, months, source[1])
    versions = snapshot.versions
    if isinstance(source, str) and source in set(versions["version"]):
        return Pairs((source,) * len(months), tuple(months))
    if source == "budget":
        return _budget(snapshot, months)
    kind, function = (
        (source, None) if isinstance(source, str) else (source[0], source[1] if source[1:] else None)
    )
    if kind not in ("consensus", "statistical", "input", "supply", "estimate"):
        known = ", ".join(versions["version"]) or "none"
        raise NotFound(f"no version {source!r}; this snapshot has {known}")
    chosen = versions[versions["kind"] == kind]
    if function is not None:
        chosen = chosen[chosen["function"] == function]
    return _at_lag(snapshot, chosen, months, lag)


def _at_lag(snapshot: Snapshot, chosen: pd.DataFrame, months: Sequence[str], lag: int) -> Pairs:
    """For each month the version whose cycle lies `lag` of the plan's periods before it."""
    start = int(snapshot.meta.get("fiscal_year_start") or 1)
    newest: dict[tuple[str, int], str] = {}
    for row in chosen.sort_values(["frozen_at", "version"], na_position="first").itertuples():
        if isinstance(row.cycle, str):
            period = plan_periods(snapshot, str(row.version))
            newest[period, period_number(row.cycle, period, start)] = str(row.version)
    periods = {period for period, _ in newest} or {"month"}
    versions, found, missing = [], [], []
    for month in months:
        used = [newest.get((p, period_number(month, p, start) - lag)) for p in periods]
        for version in used:
            if version is not None:
                versions.append(version)
                found.append(month)
        if not any(used):
            missing.append(month)
    return Pairs(tuple(versions), tuple(found), missing=tuple(missing))


def _budget(snapshot: Snapshot, months: Sequence[str]) -> Pairs:
    """For each fiscal year the budget with the most months in it; of equals the one frozen last."""
    best = _best_budgets(snapshot)
    years = labels_of(snapshot, "year")
    versions, found, missing = [], [], []
    for month in months:
        version = best.get(years.get(month, ""))
        if version:
            versions.append(version)
            found.append(month)
        else:
            missing.append(month)
    return Pairs(tuple(versions), tuple(found), missing=tuple(missing))


def _best_budgets(snapshot: Snapshot) -> dict[str, str]:
    """{fiscal year: its budget}; kept per snapshot."""
    kept: dict[str, str] | None = snapshot.__dict__.get("_best_budgets")
    if kept is None:
        rows = snapshot.rows(
            "SELECT c.year, p.version, count(DISTINCT p.month), max(v.frozen_at) FROM cube p JOIN calendar c USING (month)"
            " JOIN versions v USING (version) WHERE p.kind = 'budget' GROUP BY ALL"
        )
        best: dict[str, tuple[Any, ...]] = {}
        for year, version, count, frozen in rows:
            best[year] = max(best.get(year, ()), (count, str(frozen or ""), str(version)))
        kept = {year: str(rank[2]) for year, rank in best.items()}
        snapshot.__dict__["_best_budgets"] = kept
    return kept


def _estimate(snapshot: Snapshot, months: Sequence[str], signed: str | None) -> Pairs:
    """The latest estimate: actuals of closed months, the signed plan for the rest (field.md section 3). A running month
    before its first one is that of the newest consensus before it that has the month. signed None: no plan is signed,
    the newest consensus stands in its place."""
    closed = set(snapshot.closed_months)
    plans = snapshot.versions[snapshot.versions["kind"] == "consensus"]
    ordered = plans.sort_values(["cycle", "frozen_at", "version"], na_position="first").iloc[::-1]
    spans = list(zip(ordered["version"], ordered["first_month"], ordered["last_month"], strict=True))
    if signed is not None:
        named = snapshot.versions[snapshot.versions["version"] == signed]
        own = list(zip(named["version"], named["first_month"], named["last_month"], strict=True))
        at = next((i for i, (name, _, _) in enumerate(spans) if name == signed), len(spans))
        spans = [*own, *spans[at + 1 :]]
    pairs, missing = [], []
    for month in months:
        version = (
            "actual" if month in closed else next((str(v) for v, a, b in spans if a <= month <= b), None)
        )
        if version is None:
            missing.append(month)
        else:
            pairs.append((version, month))
    return Pairs(tuple(v for v, _ in pairs), tuple(m for _, m in pairs), missing=tuple(missing))


def latest_consensus(snapshot: Snapshot, cycle: str | None = None) -> str | None:
    """The consensus version of a cycle, or of the newest cycle; of several the one frozen last."""
    known = snapshot.consensus
    if cycle is not None:
        return known.get(cycle)
    return next(reversed(known.values()), None)
