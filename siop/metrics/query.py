"""The one builder of SQL on plan and actual: (scope, measures, dimensions, versions) become one statement.

Identifiers come from the snapshot's catalogue of dimensions only; values are always bound. Whatever the cube
carries is read from the cube; only keys (sku, customer) and dimensions too fine for it read the sorted facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from siop.core import MEASURES, NotFound, Scope, add_months, month_number, month_of, span
from siop.warehouse import Dimension, Snapshot

Source = str | tuple[str, ...]
"""actual, a version's name, budget, consensus, statistical, prior-year, estimate, or ("input", function)."""

PERIODS = ("month", "quarter", "year")
_MARGIN = {"cube": "b.margin", "facts": "b.revenue - b.cost"}
_KEYS = {"product": ("sku", "family"), "customer": ("customer", "region"), "site": ("site", None)}
_TABLES = {"product": ("products", "families"), "customer": ("customers", "regions"), "site": ("sites", None)}


@dataclass(frozen=True, slots=True)
class Grain:
    """How fine rows are. period: month, quarter, year; product: sku, family, none; customer and site likewise."""

    period: str
    product: str
    customer: str
    site: str

    def has(self, dimension: Dimension) -> bool:
        """Whether rows of this grain have a value of the dimension."""
        if dimension.side == "time":
            return PERIODS.index(dimension.name) >= PERIODS.index(self.period)
        level = getattr(self, dimension.side)
        key, parent = _KEYS[dimension.side]
        return bool(
            level == key or (level == parent and (dimension.level == "parent" or dimension.of_parent))
        )

    def said(self, labels: dict[str, str]) -> str:
        """The grain in words: family, region, quarter."""
        keys = [k for k in (self.product, self.customer, self.site) if k != "none"]
        return ", ".join([*(labels.get(k, k) for k in keys), self.period])


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


def coarsest(grains: Iterable[Grain]) -> Grain:
    """The finest grain that all of `grains` have."""
    found = list(grains) or [Grain("month", "sku", "customer", "site")]
    order = {"sku": 0, "customer": 0, "site": 0, "family": 1, "region": 1, "none": 2}

    def worst(side: str) -> str:
        return str(max((getattr(g, side) for g in found), key=lambda level: order[level]))

    period = max((g.period for g in found), key=PERIODS.index)
    return Grain(period, worst("product"), worst("customer"), worst("site"))


def grains(snapshot: Snapshot, versions: Sequence[str], measure: str) -> list[Grain]:
    """The grains in which versions (or "actual") give a measure."""
    kept: dict[tuple[tuple[str, ...], str], list[Grain]] = snapshot.__dict__.setdefault("_grains", {})
    key = (tuple(versions), measure)
    if key not in kept:
        catalogue = _grain_table(snapshot)
        wanted = catalogue[catalogue["version"].isin(key[0]) & (catalogue[measure] > 0)]
        parts = wanted[["period", "product", "customer", "site"]].drop_duplicates()
        kept[key] = [Grain(*(str(level) for level in row)) for row in parts.itertuples(index=False)]
    return kept[key]


def members(snapshot: Snapshot, dimension: str) -> list[str]:
    """The values of a dimension that occur in plan or actual, sorted; kept per snapshot."""
    kept: dict[str, list[str]] = snapshot.__dict__.setdefault("_members", {})
    if dimension not in kept:
        kept[dimension] = _members(snapshot, dimension)
    return kept[dimension]


def _members(snapshot: Snapshot, dimension: str) -> list[str]:
    found = snapshot.dimension(dimension)
    if found.side == "time":
        column = {"month": "strftime(month, '%Y-%m')"}.get(found.name, found.name)
        rows = snapshot.rows(f"SELECT DISTINCT {column} FROM calendar ORDER BY 1")  # noqa: S608 - a constant
    elif found.in_cube:
        rows = snapshot.rows(f"SELECT DISTINCT {_quoted(found.name)} FROM cube ORDER BY 1")  # noqa: S608 - from the catalogue
    else:
        table = _TABLES[found.side][0]
        rows = snapshot.rows(f"SELECT DISTINCT {_quoted(found.name)} FROM {table} ORDER BY 1")  # noqa: S608 - from the catalogue
    return [str(value) for (value,) in rows if value is not None]


def months_of(snapshot: Snapshot, scope: Scope) -> list[str]:
    """The months of a scope in order; open ends are the first and last closed month."""
    closed = snapshot.closed_months
    first = scope.first or (closed[0] if closed else None)
    last = scope.last or (closed[-1] if closed else None)
    return span(first, last) if first and last else []


def resolve(snapshot: Snapshot, source: Source, months: Sequence[str], lag: int = 1) -> Pairs:
    """The (version, month) pairs of a source for the months wanted. Raises NotFound for an unknown name."""
    if source == "actual":
        return Pairs(("actual",) * len(months), tuple(months))
    if source == "prior-year":
        return Pairs(("actual",) * len(months), tuple(add_months(m, -12) for m in months), shift=12)
    if source == "estimate":
        return _estimate(snapshot, months)
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


def table(
    snapshot: Snapshot, source: Source, by: Sequence[str], measures: Sequence[str], scope: Scope
) -> pd.DataFrame:
    """Sums of a source at a scope.

    Args: by: dimensions, or none for one row; measures: quantity, revenue, cost, margin.
    Returns: columns `by` (text; months YYYY-MM), then the measures as float64, NaN where unknown. Rows are in
        the order of `by`; combinations without rows are absent.
    """
    dims = [snapshot.dimension(name) for name in by]
    pairs = resolve(snapshot, source, months_of(snapshot, scope), scope.lag)
    builder = _Builder(snapshot, [*dims, *_filtered(snapshot, scope)])
    names = ", ".join(_quoted(d.name) for d in dims)
    sums = ", ".join(f"sum({m})::DOUBLE AS {m}" for m in measures)
    body = builder.part(dims, measures, scope, pairs, "source")
    order = f" GROUP BY {names} ORDER BY {names}" if dims else ""
    head = names + ", " if names else ""
    sql = f"SELECT {head}{sums} FROM ({body}){order}"  # noqa: S608 - identifiers from the catalogue, values bound
    frame = snapshot.table(sql, builder.params)
    for m in measures:
        frame[m] = frame[m].astype("float64")
    return frame


def side_by_side(
    snapshot: Snapshot,
    pairs: Pairs,
    by: Sequence[str],
    measure: str,
    scope: Scope,
    period: str,
    due: Sequence[str],
) -> pd.DataFrame:
    """Actual and plan in one statement, at `by` and in total.

    Args: pairs: the plan's; period: the period both have, at which coverage is judged; due: labels of the
        periods that are wholly closed and wholly in scope.
    Returns: columns `by`, total (True for the one totals row), actual, plan, actual_due, plan_due (sums over due
        periods), covered (actual, due, of cells that have a plan), unplanned (cells with actual only), unmet
        (cells with plan only).
    """
    dims = [snapshot.dimension(name) for name in by]
    time = snapshot.dimension(period)
    builder = _Builder(snapshot, [*dims, *_filtered(snapshot, scope)])
    inner = list({d.name: d for d in [*dims, time]}.values())
    actual = resolve(snapshot, "actual", months_of(snapshot, scope))
    parts = [
        builder.part(inner, (measure,), scope, actual, "actual"),
        builder.part(inner, (measure,), scope, pairs, "plan"),
    ]
    keys = ", ".join(_quoted(d.name) for d in inner)
    names = ", ".join(_quoted(d.name) for d in dims)
    builder.params["due"] = list(due)
    is_due = f"list_contains($due, {_quoted(period)})"
    sets = f"GROUPING SETS (({names}), ())" if dims else "GROUPING SETS (())"
    total = f"grouping({_quoted(dims[0].name)}) = 1" if dims else "true"
    sql = f"""
        WITH lines AS ({parts[0]} UNION ALL BY NAME {parts[1]}),
        cells AS (
            SELECT {keys}, sum({measure}) FILTER (side = 'actual') AS actual,
                   sum({measure}) FILTER (side = 'plan') AS plan
            FROM lines GROUP BY {keys}
        )
        SELECT {names + ", " if names else ""}{total} AS total,
               sum(actual)::DOUBLE AS actual, sum(plan)::DOUBLE AS plan,
               (sum(actual) FILTER ({is_due}))::DOUBLE AS actual_due,
               (sum(plan) FILTER ({is_due}))::DOUBLE AS plan_due,
               (sum(actual) FILTER ({is_due} AND plan IS NOT NULL))::DOUBLE AS covered,
               count(*) FILTER ({is_due} AND plan IS NULL AND actual IS NOT NULL) AS unplanned,
               count(*) FILTER ({is_due} AND actual IS NULL AND plan IS NOT NULL) AS unmet
        FROM cells GROUP BY {sets} ORDER BY ALL
    """  # noqa: S608 - identifiers from the catalogue, values bound
    return snapshot.table(sql, builder.params)


class _Builder:
    """Collects bound parameters while parts of one statement are written."""

    def __init__(self, snapshot: Snapshot, used: Sequence[Dimension]) -> None:
        self.snapshot = snapshot
        self.params: dict[str, Any] = {}
        fine = [d for d in used if d.side != "time" and not d.in_cube]
        self.base = "facts" if fine else "cube"

    def part(
        self, dims: Sequence[Dimension], measures: Sequence[str], scope: Scope, pairs: Pairs, side: str
    ) -> str:
        """SELECT of dims and measures of one source, ungrouped; `side` names it."""
        for m in measures:
            if m not in MEASURES:
                raise NotFound(f"no measure {m!r}; known are {', '.join(MEASURES)}")
        used = [*dims, *_filtered(self.snapshot, scope)]
        month = "b.month" if not pairs.shift else f"(b.month + INTERVAL {int(pairs.shift)} MONTH)::DATE"
        columns = [f"{self._column(d, month)} AS {_quoted(d.name)}" for d in dims]
        columns += [f"{_MARGIN[self.base] if m == 'margin' else f'b.{m}'} AS {m}" for m in measures]
        self.params[f"{side}_versions"] = list(pairs.versions)
        self.params[f"{side}_months"] = [date(int(m[:4]), int(m[5:7]), 1) for m in pairs.months]
        where = [
            f"(b.version, b.month) IN (SELECT unnest(${side}_versions::VARCHAR[]), unnest(${side}_months::DATE[]))"
        ]
        for index, (name, values) in enumerate((*scope.where, *scope.only)):
            found = self.snapshot.dimension(name)
            key = f"{side}_where_{index}"
            self.params[key] = list(values)
            where.append(f"list_contains(${key}, {self._column(found, month)})")
        return (
            f"SELECT {', '.join(columns)}, '{side}' AS side FROM {self._from(used, month, pairs)}"  # noqa: S608
            f" WHERE {' AND '.join(where)}"
        )

    def _column(self, dimension: Dimension, month: str) -> str:
        name = _quoted(dimension.name)
        if dimension.name == "month":
            return f"strftime({month}, '%Y-%m')"
        if dimension.side == "time":
            return f"c.{name}"
        if self.base == "cube":
            return f"b.{name}"
        if dimension.level in ("key", "parent"):
            return f"b.{name}"
        alias = dimension.side
        return (
            f"coalesce({alias}.{name}, {alias}_parent.{name})" if dimension.of_parent else f"{alias}.{name}"
        )

    def _from(self, used: Sequence[Dimension], month: str, pairs: Pairs) -> str:
        if self.base == "cube":
            text = "cube b"
        elif set(pairs.versions) <= {"actual"}:
            text = "(SELECT 'actual' AS version, * FROM actuals) b"
        elif "actual" in pairs.versions:
            text = "(SELECT 'actual' AS version, * FROM actuals UNION ALL BY NAME SELECT * FROM plans) b"
        else:
            text = "plans b"
        if any(d.side == "time" and d.name != "month" for d in used):
            text += f" LEFT JOIN calendar c ON c.month = {month}"
        if self.base == "facts":
            for side in {d.side for d in used if d.level == "attribute" and d.side != "time"}:
                key, parent = _KEYS[side]
                keys, parents = _TABLES[side]
                text += f" LEFT JOIN {keys} {side} ON {side}.{key} = b.{key}"
                if parents and any(d.side == side and d.of_parent for d in used):
                    text += f" LEFT JOIN {parents} {side}_parent ON {side}_parent.{parent} = b.{parent}"
        return text


def _filtered(snapshot: Snapshot, scope: Scope) -> list[Dimension]:
    return [snapshot.dimension(name) for name, _ in (*scope.where, *scope.only)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _grain_table(snapshot: Snapshot) -> pd.DataFrame:
    """version (or actual), period, product, customer, site and how many rows give each measure; kept per snapshot."""
    kept: pd.DataFrame | None = snapshot.__dict__.get("_grain_table")
    if kept is None:
        kept = snapshot.table(
            "SELECT b.version, g.period, g.product, g.customer, g.site, count(b.quantity) AS quantity,"
            " count(b.revenue) AS revenue, count(b.cost) AS cost, count(b.margin) AS margin"
            " FROM cube b JOIN grains g USING (grain) GROUP BY ALL"
        )
        snapshot.__dict__["_grain_table"] = kept
    return kept


def plan_periods(snapshot: Snapshot, version: str) -> str:
    """month, quarter or year: the coarsest period in which a version gives rows."""
    kept: dict[str, str] | None = snapshot.__dict__.get("_plan_periods")
    if kept is None:
        table = _grain_table(snapshot)
        in_order = sorted(
            zip(table["version"], table["period"], strict=True), key=lambda p: PERIODS.index(p[1])
        )
        kept = {str(name): str(period) for name, period in in_order}
        snapshot.__dict__["_plan_periods"] = kept
    return kept.get(version, "month")


def period_number(month: str, period: str, fiscal_year_start: int) -> int:
    """Which period of its kind a month lies in, counted so that differences count periods of the fiscal year."""
    length = {"month": 1, "quarter": 3, "year": 12}[period]
    return (month_number(month) - (fiscal_year_start - 1)) // length


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


def _estimate(snapshot: Snapshot, months: Sequence[str]) -> Pairs:
    """The latest estimate: actuals of closed months; for the others the newest consensus plan that has the month (the
    running month lies before the first one of the newest cycle's plan)."""
    closed = set(snapshot.closed_months)
    plans = snapshot.versions[snapshot.versions["kind"] == "consensus"]
    ordered = plans.sort_values(["cycle", "frozen_at", "version"], na_position="first").iloc[::-1]
    spans = list(zip(ordered["version"], ordered["first_month"], ordered["last_month"], strict=True))
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
    found = snapshot.versions[snapshot.versions["kind"] == "consensus"]
    if cycle is not None:
        found = found[found["cycle"] == cycle]
    if found.empty:
        return None
    ordered = found.sort_values(["cycle", "frozen_at", "version"], na_position="first")
    return str(ordered["version"].iloc[-1])


def _periods(snapshot: Snapshot, period: str) -> dict[str, tuple[frozenset[str], bool]]:
    """{label: (its months, whether all are closed)} in order; kept per snapshot."""
    kept: dict[str, dict[str, tuple[frozenset[str], bool]]] = snapshot.__dict__.setdefault("_periods", {})
    if period not in kept:
        kept[period] = {
            str(label): (frozenset(rows["month"]), bool(rows["closed"].all()))
            for label, rows in snapshot.calendar.groupby(period, sort=True)
        }
    return kept[period]


def labels_of(snapshot: Snapshot, period: str) -> dict[str, str]:
    """{month: the label of its month, quarter or year}; kept per snapshot."""
    kept: dict[str, dict[str, str]] = snapshot.__dict__.setdefault("_labels", {})
    if period not in kept:
        calendar = snapshot.calendar
        kept[period] = dict(zip(calendar["month"].astype(str), calendar[period].astype(str), strict=True))
    return kept[period]


def closed_periods(snapshot: Snapshot, months: Sequence[str], period: str) -> tuple[list[str], list[str]]:
    """(labels of periods wholly closed and wholly inside `months`, labels of those that are not)."""
    inside = set(months)
    due: list[str] = []
    not_due: list[str] = []
    for label, (members_of, closed) in _periods(snapshot, period).items():
        if inside & members_of:
            (due if closed and members_of <= inside else not_due).append(label)
    unknown = inside - set(labels_of(snapshot, "month"))
    if period == "month":
        not_due += sorted(unknown)
    return due, not_due


__all__ = [
    "Grain",
    "Pairs",
    "Source",
    "closed_periods",
    "coarsest",
    "grains",
    "latest_consensus",
    "members",
    "month_of",
    "months_of",
    "period_number",
    "plan_periods",
    "resolve",
    "side_by_side",
    "table",
]
