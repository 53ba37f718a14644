"""What a name stands for: budget, consensus, estimate, ... as the versions and months that make it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from siop.core import NotFound, Scope, add_months, span
from siop.metrics.grain import labels_of, period_number, plan_periods
from siop.metrics.statements import statement
from siop.warehouse import Snapshot

Source = str | tuple[str, ...]
"""actual, a version's name, budget, consensus, statistical, prior-year, signed, estimate, ("estimate", signed version),
input:FUNCTION or ("input", function)."""
SIGNED, ESTIMATE = "signed", "estimate"
_FEW = 12  # versions that an error names one by one
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
    if isinstance(source, str):
        source = function_input(snapshot, source) or source
    kind, function = (
        (source, None) if isinstance(source, str) else (source[0], source[1] if source[1:] else None)
    )
    if kind not in ("consensus", "statistical", "input", "supply", "estimate"):
        raise NotFound(
            f"no version {source!r}; this snapshot has {_known(str(source), list(versions['version']))}"
        )
    chosen = versions[versions["kind"] == kind]
    if function is not None:
        chosen = chosen[chosen["function"] == function]
    return _at_lag(snapshot, chosen, months, lag)


def _known(asked: str, names: Sequence[str]) -> str:
    """The versions there are; of many those that look like the one asked for."""
    if len(names) <= _FEW:
        return ", ".join(names) or "none"
    near = difflib.get_close_matches(asked, names, 5, cutoff=0.4) or names[-5:]
    return f"{', '.join(near)} and {len(names) - len(near)} more"


def function_input(snapshot: Snapshot, name: str) -> Source | None:
    """The source that `input` or `input:FUNCTION` stands for, whatever its case; None for any other name.

    Raises NotFound with the known functions where there is no such one, or where several give an input and none is named.
    """
    kind, _, asked = name.partition(":")
    if kind != "input":
        return None
    versions = snapshot.versions
    named = {
        str(f).casefold(): str(f) for f in versions.loc[versions["kind"] == "input", "function"].dropna()
    }
    choices = [f"input:{f}" for f in sorted(named.values())]
    if (versions["kind"] == "statistical").any():
        choices.append("input:statistical")
    if not asked and len(named) > 1:
        raise NotFound(f"several functions give an input; say whose: {', '.join(choices)}")
    if not asked:
        return ("input", *named.values())
    if asked.casefold() in named:
        return ("input", named[asked.casefold()])
    if asked.casefold() == "statistical" and "input:statistical" in choices:
        return "statistical"
    raise NotFound(f"no input of the function {asked!r}; known are {', '.join(choices) or 'none'}")


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
    """For each month the budget that counts in its fiscal year: see `_budget_by_month`."""
    by_month = _budget_by_month(snapshot)
    found = [m for m in months if m in by_month]
    return Pairs(
        tuple(by_month[m] for m in found), tuple(found), missing=tuple(m for m in months if m not in by_month)
    )


def _budget_by_month(snapshot: Snapshot) -> dict[str, str]:
    """{month: its budget}; kept per snapshot.

    The budget with the most months of a fiscal year counts in all the months it has, of equals the one frozen last. What
    it lacks comes from the next that has it (budgets of a half-year), in whole periods of that one, so that nothing
    counts twice.
    """
    kept: dict[str, str] | None = snapshot.__dict__.get("_budget_by_month")
    if kept is None:
        ranked: dict[str, list[str]] = {}
        for year, version in snapshot.rows(statement("budgets")):
            ranked.setdefault(str(year), []).append(str(version))
        names = sorted({version for versions in ranked.values() for version in versions})
        have = set(snapshot.rows(statement("version_months"), {"versions": names})) if names else set()
        members: dict[str, list[str]] = {}
        for month, year in labels_of(snapshot, "year").items():
            members.setdefault(year, []).append(month)
        kept = {}
        for year, versions in ranked.items():
            for version in versions:
                period_of = labels_of(snapshot, plan_periods(snapshot, version))
                taken = {period_of[m] for m in members[year] if m in kept}
                kept |= {
                    m: version for m in members[year] if (version, m) in have and period_of[m] not in taken
                }
        snapshot.__dict__["_budget_by_month"] = kept
    return kept


def _estimate(snapshot: Snapshot, months: Sequence[str], signed: str | None) -> Pairs:
    """The latest estimate: actuals of closed months, the signed plan for the rest (field.md section 3). A running month
    before its first one is that of the newest consensus before it that has the month. signed None: no plan is signed,
    the newest consensus stands in its place. What is left of a quarter that has begun is missing where the plan is by
    quarter."""
    closed = set(snapshot.closed_months)
    plans = snapshot.versions[snapshot.versions["kind"] == "consensus"]
    ordered = plans.sort_values(["cycle", "frozen_at", "version"], na_position="first").iloc[::-1]
    spans = _spans(snapshot, ordered)
    if signed is not None:
        own = _spans(snapshot, snapshot.versions[snapshot.versions["version"] == signed])
        at = next((i for i, (name, _, _) in enumerate(spans) if name == signed), len(spans))
        spans = [*own, *spans[at + 1 :]]

    def planned(month: str) -> str:
        return "actual" if month in closed else next((v for v, a, b in spans if a <= month <= b), "")

    pairs, missing = [], []
    for month in months:
        version = planned(month)
        labels = labels_of(snapshot, plan_periods(snapshot, version)) if version not in ("", "actual") else {}
        # a plan by quarter says nothing of the months that are left of a quarter
        part = any(planned(m) != version for m, label in labels.items() if label == labels.get(month))
        if not version or part:
            missing.append(month)
        else:
            pairs.append((version, month))
    return Pairs(tuple(v for v, _ in pairs), tuple(m for _, m in pairs), missing=tuple(missing))


def _spans(snapshot: Snapshot, versions: pd.DataFrame) -> list[tuple[str, str, str]]:
    """(version, first month, last month) of versions; a row of a quarter or a year reaches to the end of it."""
    found = []
    for version, first, last in zip(
        versions["version"], versions["first_month"], versions["last_month"], strict=True
    ):
        if isinstance(last, str):
            labels = labels_of(snapshot, plan_periods(snapshot, str(version)))
            end = max((m for m, label in labels.items() if label == labels.get(last)), default=last)
            found.append((str(version), str(first), end))
    return found


def latest_consensus(snapshot: Snapshot, cycle: str | None = None) -> str | None:
    """The consensus version of a cycle, or of the newest cycle; of several the one frozen last."""
    known = snapshot.consensus
    if cycle is not None:
        return known.get(cycle)
    return next(reversed(known.values()), None)
