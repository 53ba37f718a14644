"""Where a number comes from: the files, sheets and rows behind the facts of a scope."""

from __future__ import annotations

from dataclasses import dataclass

from siop.core import Scope
from siop.warehouse.contract import ACTUAL
from siop.warehouse.snapshot import Snapshot
from siop.warehouse.sqltext import Sql, joined, param, sql

_KEYS = ("sku", "family", "customer", "region", "site")
_TABLES = {"product": ("products", "sku", "families", "family"), "customer": ("customers", "customer", "regions", "region"),
           "site": ("sites", "site", None, None)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """One source of a number: who loaded which rows of which file when, and how many facts it gave."""

    snapshot: str
    table: str
    file: str
    sheet: str | None
    first_row: int
    last_row: int
    facts: int
    sha256: str
    loaded_at: str
    loaded_by: str
    period: str
    spread: str | None


def lineage(snapshot: Snapshot, version: str = ACTUAL, scope: Scope | None = None) -> list[Origin]:
    """The sources of the facts of a version ("actual" or a plan) within a scope, largest first.

    Filters of the scope are dimensions of the snapshot or the company's labels for them; raises NotFound for
    an unknown one."""
    scope = scope or Scope()
    table = "actuals" if version == ACTUAL else "plans"
    params: dict[str, object] = {}
    terms = [Sql("true")]
    if table == "plans":
        params["version"] = version
        terms.append(Sql("f.version = $version"))
    for limit, value in (("first", scope.first), ("last", scope.last)):
        if value is not None:
            params[limit] = value
            test = Sql(">=") if limit == "first" else Sql("<=")
            terms.append(sql("strftime(f.month, '%Y-%m') {o} {v}", o=test, v=param(limit)))
    for number, (name, values) in enumerate((*scope.where, *scope.only)):
        params[f"w{number}"] = list(values)
        terms.append(_filter(snapshot, name, param(f"w{number}")))
    found = snapshot.rows(
        sql(
            "SELECT s.table_name, s.file, s.sheet, s.first_row, s.last_row, count(*), s.sha256, s.period, s.spread"
            " FROM {t} f JOIN sources s USING (source) WHERE {terms} GROUP BY ALL ORDER BY 6 DESC, 2, 4",
            t=table, terms=joined(" AND ", terms),
        ),
        params,
    )  # fmt: skip
    at, by = snapshot.meta.get("built_at", ""), snapshot.meta.get("loaded_by", "")
    return [
        Origin(snapshot.id, t, file, sheet, first, last, facts, sha, at, by, period, spread)
        for t, file, sheet, first, last, facts, sha, period, spread in found
    ]


def spread_versions(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    """{version, or actual: (period its rows are for, how its source has them spread over the months)}."""
    if not snapshot.rows("SELECT 1 FROM sources WHERE spread IS NOT NULL LIMIT 1"):
        return {}
    found = snapshot.rows(
        "SELECT DISTINCT f.version, s.period, s.spread FROM (SELECT 'actual' AS version, source FROM actuals UNION ALL"
        " SELECT version, source FROM plans) f JOIN sources s USING (source) WHERE s.spread IS NOT NULL ORDER BY ALL"
    )
    return {str(version): (str(period), str(how)) for version, period, how in found}


def _filter(snapshot: Snapshot, name: str, values: Sql) -> Sql:
    """SQL that keeps the facts of one dimension's values."""
    dimension = snapshot.dimension(name)
    column = dimension.name
    if column in _KEYS:
        return sql("list_contains({v}, f.{c})", v=values, c=column)
    if dimension.side == "time":
        months = sql("SELECT month FROM calendar WHERE list_contains({v}, {c})", v=values, c=_time(column))
        return sql("f.month IN ({m})", m=months)
    table, key, parents, parent = _TABLES[dimension.side]
    own = sql(
        "f.{k} IN (SELECT {k} FROM {t} WHERE list_contains({v}, {c}))", k=key, t=table, v=values, c=column
    )
    if not dimension.of_parent or parents is None or parent is None:
        return own
    coarse = sql(
        "f.{k} IN (SELECT {k} FROM {t} WHERE list_contains({v}, {c}))",
        k=parent,
        t=parents,
        v=values,
        c=column,
    )
    return sql("({own} OR f.{k} IS NULL AND {coarse})", own=own, k=key, coarse=coarse)


def _time(column: str) -> Sql:
    return Sql("strftime(month, '%Y-%m')") if column == "month" else sql("{c}", c=column)
