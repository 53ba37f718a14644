"""The one builder of SQL on plan and actual: (scope, measures, dimensions, versions) become one statement.

Identifiers come from the snapshot's catalogue of dimensions only; values are always bound. Whatever the cube
carries is read from the cube; only keys (sku, customer) and dimensions too fine for it read the sorted facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from siop.core import MEASURES, NotFound, Scope
from siop.metrics.grain import KEYS
from siop.metrics.source import Pairs, Source, months_of, resolve
from siop.warehouse import Dimension, Snapshot

_MARGIN = {"cube": "b.margin", "facts": "b.revenue - b.cost"}
_SIDES = ("total", "actual", "plan", "actual_due", "plan_due", "covered", "unplanned", "unmet")
_TABLES = {"product": ("products", "families"), "customer": ("customers", "regions"), "site": ("sites", None)}


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
    sums = ", ".join(f"{builder.sum}({m})::DOUBLE AS {m}" for m in measures)
    body = builder.part(dims, measures, scope, pairs, "source")
    order = f" GROUP BY {names} ORDER BY {names}" if dims else ""
    head = names + ", " if names else ""
    sql = f"SELECT {head}{sums} FROM ({body}){order}"  # noqa: S608 - identifiers from the catalogue, values bound
    frame = snapshot.table(sql, builder.params)
    for m in measures:
        frame[m] = frame[m].astype("float64")
    return frame


def half_told(
    snapshot: Snapshot,
    source: Source,
    by: Sequence[str],
    amounts: Sequence[str],
    scope: Scope,
    months: Sequence[str],
) -> pd.DataFrame:
    """The combinations of `by` with a row of the source that gives a quantity and not every one of `amounts`.

    Read from the facts: a cell of the cube, and any sum, has what some of its rows give. Columns: `by`.
    """
    dims = [snapshot.dimension(name) for name in by]
    builder = _Builder(snapshot, [*dims, *_filtered(snapshot, scope)], base="facts")
    body = builder.part(
        dims, ("quantity", *amounts), scope, resolve(snapshot, source, months, scope.lag), "source"
    )
    names = ", ".join(_quoted(d.name) for d in dims) or "true AS some"
    missing = " OR ".join(f"{m} IS NULL" for m in amounts)
    sql = f"SELECT DISTINCT {names} FROM ({body}) WHERE quantity <> 0 AND ({missing}) ORDER BY ALL"  # noqa: S608 - identifiers from the catalogue, values bound
    return snapshot.table(sql, builder.params)


def without_quantity(
    snapshot: Snapshot, source: Source, scope: Scope, months: Sequence[str]
) -> tuple[int, int]:
    """(rows of the source in the scope that give revenue or cost and no quantity, all its rows), from the facts: a cell
    of the cube has what some of its rows give."""
    builder = _Builder(snapshot, _filtered(snapshot, scope), base="facts")
    body = builder.part(
        (), ("quantity", "revenue", "cost"), scope, resolve(snapshot, source, months, scope.lag), "source"
    )
    lacking = "quantity IS NULL AND (revenue IS NOT NULL OR cost IS NOT NULL)"
    sql = f"SELECT count(*) FILTER ({lacking}), count(*) FROM ({body})"  # noqa: S608 - a constant, values bound
    found = snapshot.rows(sql, builder.params)[0]
    return int(str(found[0])), int(str(found[1]))


def side_by_side(
    snapshot: Snapshot,
    pairs: Pairs,
    by: Sequence[str],
    measure: str,
    scope: Scope,
    period: str,
    due: Sequence[str],
) -> list[dict[str, Any]]:
    """Actual and plan in one statement, at `by` and in total.

    Args: pairs: the plan's; period: the period both have, at which coverage is judged; due: labels of the
        periods that are wholly closed and wholly in scope.
    Returns: rows of {`by`, total (True for the one totals row), actual, plan, actual_due, plan_due (sums over due
        periods), covered (actual, due, of cells that have a plan), unplanned (cells with actual only), unmet
        (cells with plan only)}; None where unknown. Rows and not a table: there are few, and a page waits for them.
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
            SELECT {keys}, {builder.sum}({measure}) FILTER (side = 'actual') AS actual,
                   {builder.sum}({measure}) FILTER (side = 'plan') AS plan
            FROM lines GROUP BY {keys}
        )
        SELECT {names + ", " if names else ""}{total} AS total,
               {builder.sum}(actual)::DOUBLE AS actual, {builder.sum}(plan)::DOUBLE AS plan,
               ({builder.sum}(actual) FILTER ({is_due}))::DOUBLE AS actual_due,
               ({builder.sum}(plan) FILTER ({is_due}))::DOUBLE AS plan_due,
               ({builder.sum}(actual) FILTER ({is_due} AND plan IS NOT NULL))::DOUBLE AS covered,
               count(*) FILTER ({is_due} AND plan IS NULL AND actual IS NOT NULL) AS unplanned,
               count(*) FILTER ({is_due} AND actual IS NULL AND plan IS NOT NULL) AS unmet
        FROM cells GROUP BY {sets} ORDER BY ALL
    """  # noqa: S608 - identifiers from the catalogue, values bound
    columns = (*(d.name for d in dims), *_SIDES)
    return [dict(zip(columns, row, strict=True)) for row in snapshot.rows(sql, builder.params)]


class _Builder:
    """Collects bound parameters while parts of one statement are written."""

    def __init__(self, snapshot: Snapshot, used: Sequence[Dimension], base: str | None = None) -> None:
        self.snapshot = snapshot
        self.params: dict[str, Any] = {}
        fine = [d for d in used if d.side != "time" and not d.in_cube]
        self.base = base or ("facts" if fine else "cube")
        # the facts are decimals, whose sum is exact; doubles of the cube are summed so that the order, which differs
        # from run to run, does not show in the last digits
        self.sum = "sum" if self.base == "facts" else "fsum"

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
                key, parent = KEYS[side]
                keys, parents = _TABLES[side]
                text += f" LEFT JOIN {keys} {side} ON {side}.{key} = b.{key}"
                if parents and any(d.side == side and d.of_parent for d in used):
                    text += f" LEFT JOIN {parents} {side}_parent ON {side}_parent.{parent} = b.{parent}"
        return text


def _filtered(snapshot: Snapshot, scope: Scope) -> list[Dimension]:
    return [snapshot.dimension(name) for name, _ in (*scope.where, *scope.only)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
