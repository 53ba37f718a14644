"""On which footing can two sources be compared: which months, which period, at which grain?

NULL is not zero: a month that a source does not have is left out and said, a dimension that a source does not
have is never filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from siop.core import Scope, month_number, month_of, words
from siop.metrics import query
from siop.metrics.grain import PERIODS, Grain, coarsest, grains
from siop.metrics.source import ESTIMATE, Source, months_of, resolve
from siop.metrics.statements import statement
from siop.warehouse import Dimension, Snapshot


@dataclass(frozen=True, slots=True)
class Footing:
    """Months that both sources have (whole periods of the coarser one), their common grain, and what to say.

    lacking: dimensions asked for that the common grain does not have; blocked: filters that a source does not
    have, so that nothing can be compared.
    """

    months: tuple[str, ...]
    period: str
    grain: Grain
    lacking: tuple[Dimension, ...]
    blocked: tuple[Dimension, ...]
    notes: tuple[str, ...]


def by_name(snapshot: Snapshot, scope: Scope) -> Scope:
    """The scope with the dimensions' names instead of the company's labels. Raises NotFound."""

    def named(pairs: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple(sorted((snapshot.dimension(name).name, values) for name, values in pairs))

    return replace(scope, where=named(scope.where), only=named(scope.only))


def filters(snapshot: Snapshot, scope: Scope) -> list[Dimension]:
    """The dimensions a scope is narrowed on, by the reader or by the reader's role."""
    return [snapshot.dimension(name) for name, _ in (*scope.where, *scope.only)]


def months_given(snapshot: Snapshot, source: Source, months: Sequence[str], lag: int = 1) -> list[str]:
    """The months among `months` for which a source has anything, whatever the scope.

    Actuals have every closed month from their first on; a plan has the months (or whole quarters, years) with rows.
    """
    pairs = resolve(snapshot, source, months, lag)
    if not pairs.versions:
        return []
    names = tuple(pairs.names)
    have = set(
        snapshot.answers.ask(
            ("version_months", names),
            lambda: snapshot.rows(statement("version_months"), {"versions": list(names)}),
        )
    )
    closed = snapshot.closed_months
    dated = [month for version, month in have if version == "actual"]
    if dated and closed:
        have |= {("actual", m) for m in closed if min(dated) <= m}
    wanted = list(zip(pairs.versions, pairs.months, strict=True))
    given = {m for version, m in wanted if (version, m) in have and (version != "actual" or m in set(closed))}
    if pairs.shift:
        return [m for m in months if _shifted(m, -pairs.shift) in given]
    return [m for m in months if m in given]


def footing(
    snapshot: Snapshot,
    scope: Scope,
    sources: Sequence[Source],
    by: Sequence[Dimension],
    measure: str,
) -> Footing:
    """How `sources` can be compared at a scope and by some dimensions."""
    months = months_of(snapshot, scope)
    notes: list[str] = []
    used = list(months)
    found: list[Grain] = []
    blocked: dict[str, Dimension] = {}
    for source in sources:
        given = months_given(snapshot, source, used, scope.lag)
        left = [m for m in used if m not in set(given)]
        if left:
            notes.append(_months_note(snapshot, source, left, bool(given)))
        used = given
        pairs = resolve(snapshot, source, used, scope.lag)
        own = grains(snapshot, pairs.names, measure)
        if used and not own:
            notes.append(f"{said(source)} carries no {measure}.")
            used = []
        found += own
        for dimension in filters(snapshot, scope):
            if any(not g.has(dimension) for g in own):
                blocked[dimension.name] = dimension
                notes.append(lacking_note(snapshot, source, own, [dimension]))
    grain = coarsest(found)
    if grain.period != "month":
        whole, not_whole = _whole_periods(snapshot, used, grain.period)
        if not_whole:
            notes.append(
                f"{words.listed(not_whole[:6])}{' and later' if len(not_whole) > 6 else ''}: not wholly closed,"
                " in this scope and in both, so left out."
            )
        used = whole
    lacking = tuple(d for d in by if any(not g.has(d) for g in found))
    for source in sources:
        own = grains(snapshot, resolve(snapshot, source, used, scope.lag).names, measure)
        missing = [d for d in lacking if any(not g.has(d) for g in own)]
        if missing:
            notes.append(lacking_note(snapshot, source, own, missing))
    return Footing(
        tuple(used), grain.period, grain, lacking, tuple(blocked.values()), tuple(dict.fromkeys(notes))
    )


def facts(
    snapshot: Snapshot,
    source: Source,
    by: Sequence[str],
    measures: Sequence[str],
    scope: Scope,
    months: Sequence[str],
) -> pd.DataFrame:
    """Sums of a source over exactly `months` (which may have gaps); columns `by` and `measures`."""
    parts = [
        query.table(snapshot, source, by, measures, replace(scope, first=run[0], last=run[-1]))
        for run in _runs(months)
    ]
    if not parts:
        return pd.DataFrame({**{n: pd.Series(dtype="str") for n in by}, **{m: pd.Series(dtype="float64") for m in measures}})  # fmt: skip
    if len(parts) == 1:
        return parts[0]
    joined = pd.concat(parts, ignore_index=True)
    if not by:
        return joined[list(measures)].sum(min_count=1).to_frame().T
    summed = joined.groupby(list(by), dropna=False, sort=True)[list(measures)].sum(min_count=1)
    return summed.reset_index()


def said(source: Source) -> str:
    """A source as it opens a sentence."""
    name = source if isinstance(source, str) else ":".join(source)
    if isinstance(source, tuple) and source[0] == ESTIMATE:
        name = ESTIMATE
    if name.startswith("input:"):
        return f"The input of {name.removeprefix('input:')}"
    known = {
        "actual": "The actuals", "budget": "The budget", "consensus": "The consensus plan",
        "prior-year": "The prior year", "estimate": "The latest estimate",
        "statistical": "The statistical forecast",
    }  # fmt: skip
    return known.get(name, f"Plan {name}")


def lacking_note(
    snapshot: Snapshot, source: Source, found: Sequence[Grain], lacking: Sequence[Dimension]
) -> str:
    """In words: a source is coarser than what was asked."""
    labels = snapshot.labels
    asked = words.listed([labels.get(d.name, d.name) for d in lacking])
    verb = "are" if source == "actual" else "is"
    has = "have" if source == "actual" else "has"
    it = "they" if source == "actual" else "it"
    return f"{said(source)} {verb} by {coarsest(found).said(labels)}: {it} {has} no {asked}."


def unit_of(snapshot: Snapshot, level: str) -> dict[str, str]:
    """{sku or family: unit}. A family whose products have several units has none of them: it is left out."""
    table = snapshot.table("SELECT sku, family, unit FROM products")
    if level == "sku":
        known = table.dropna(subset=["unit"])
        return dict(zip(known["sku"].astype(str), known["unit"].astype(str), strict=True))
    found = table.dropna(subset=["family"]).fillna({"unit": ""}).groupby("family")["unit"].unique()
    return {str(family): str(units[0]) for family, units in found.items() if len(units) == 1}


def _shifted(month: str, by: int) -> str:
    return month_of(month_number(month) + by)


def _runs(months: Sequence[str]) -> list[list[str]]:
    runs: list[list[str]] = []
    for month in months:
        if runs and month_number(month) - month_number(runs[-1][-1]) == 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _whole_periods(snapshot: Snapshot, months: Sequence[str], period: str) -> tuple[list[str], list[str]]:
    """(months of the periods that lie wholly inside `months`, labels of those that do not)."""
    inside = set(months)
    calendar = snapshot.calendar[["month", period]]
    calendar = calendar[calendar[period].isin(set(calendar.loc[calendar["month"].isin(inside), period]))]
    full = {str(label) for label, rows in calendar.groupby(period) if set(rows["month"]) <= inside}
    labels = dict(zip(calendar["month"], calendar[period].astype(str), strict=True))
    kept = [m for m in months if labels.get(m) in full]
    return kept, sorted({labels[m] for m in months if m in labels} - full)


def _months_note(snapshot: Snapshot, source: Source, left: Sequence[str], any_given: bool) -> str:
    closed = set(snapshot.closed_months)
    if source == "actual" and not set(left) & closed:
        return f"{months_said(left)}: open, so not due and left out."
    if not any_given:
        return f"{said(source)} has no months in this scope."
    return f"{missing_note(source, left)}: left out."


def missing_note(source: Source, months: Sequence[str]) -> str:
    """In words: a source does not have some months."""
    return f"{said(source)} does not exist for {words.count(len(months), 'month')} of this scope ({months_said(months)})"


def names_said(names: Sequence[str]) -> str:
    """Names in a note: up to four, then how many more.

    >>> names_said(["A", "B"]), names_said(["A", "B", "C", "D", "E", "F"])
    ('A and B', 'A, B, C, D and two more')
    """
    shown = list(names) if len(names) < 5 else [*names[:4], f"{words.how_many(len(names) - 4)} more"]
    return words.listed(shown)


def months_said(months: Sequence[str]) -> str:
    """Months in a note: each one up to three, else the first and the last."""
    return words.listed(list(months)) if len(months) < 4 else f"{months[0]} to {months[-1]}"


__all__ = [
    "PERIODS",
    "Footing",
    "by_name",
    "facts",
    "filters",
    "footing",
    "lacking_note",
    "missing_note",
    "months_given",
    "months_said",
    "names_said",
    "said",
    "statement",
    "unit_of",
]
