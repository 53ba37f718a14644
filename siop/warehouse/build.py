"""The snapshot's tables, filled from the combined rows, sorted, with the cube last (sql/schema.sql)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa

from siop.warehouse.amounts import exact
from siop.warehouse.company_calendar import Month
from siop.warehouse.contract import TABLES
from siop.warehouse.dims import Dim, Side
from siop.warehouse.facts import Combined
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import Sql, decimal, joined, name, sql, statement, wide
from siop.warehouse.version_table import Version

_SLICE = ("sku", "family", "customer", "region", "site")
_ORDER = {
    "actuals": ("month", *_SLICE), "plans": ("version", "month", *_SLICE), "production": ("version", "month", "sku", "site"),
    "inventory": ("version", "month", "sku", "site"), "orders": ("requested_date", "order", "line"),
    "resources": ("resource",), "capacity": ("resource", "month"), "bills": ("resource", "sku", "family"),
    "policies": ("family",),
}  # fmt: skip


def create_schema(bench: Bench) -> None:
    """The empty tables of sql/schema.sql."""
    bench.run(statement("schema.sql"))


def fill_calendar(bench: Bench, months: list[Month]) -> None:
    """The table `calendar`."""
    rows = pa.table(
        {
            "month": [date.fromisoformat(m.month + "-01") for m in months],
            "start_date": [m.start for m in months],
            "end_date": [m.end for m in months],
            "closed": [m.closed for m in months],
            "working_days": pa.array([m.working_days for m in months], pa.int32()),
            "fiscal_year": pa.array([m.fiscal_year for m in months], pa.int32()),
            "fiscal_period": pa.array([m.fiscal_period for m in months], pa.int32()),
            "quarter": [m.quarter for m in months],
            "year": [m.year for m in months],
        }
    )
    bench.con.register("incoming", rows)
    bench.run(sql("INSERT INTO calendar SELECT * FROM incoming"))
    bench.con.unregister("incoming")


def first_of_period(bench: Bench, all_: Combined) -> None:
    """A row for a quarter or a year carries the first month of its period; `_period` says which it is for."""
    bench.run(sql("ALTER TABLE {t} ADD COLUMN _period VARCHAR DEFAULT 'month'", t=all_.name))
    for stage in all_.stages:
        if stage.source.period == "month" or stage.source.spread is not None:
            continue
        bench.run(
            sql(
                "UPDATE {t} SET _period = $period, month = (SELECT min(o.month) FROM calendar c"
                " JOIN calendar o ON o.{p} = c.{p} WHERE c.month = {t}.month) WHERE _source = $source",
                t=all_.name, p=stage.source.period,
            ),
            {"period": stage.source.period, "source": stage.source.number},
        )  # fmt: skip


def fill_grains(bench: Bench, facts: list[Combined]) -> None:
    """The table `grains`: every combination of period and keys that rows have."""
    parts = [sql("SELECT DISTINCT {g} FROM {t}", g=_grain_columns(f), t=f.name) for f in facts]
    if parts:
        bench.run(
            sql(
                "INSERT INTO grains SELECT CAST(row_number() OVER (ORDER BY period, product, customer_, site_) AS TINYINT), * FROM"
                " (SELECT DISTINCT * FROM ({parts}))", parts=joined(" UNION ALL ", parts),
            )
        )  # fmt: skip


def _grain_columns(fact: Combined) -> list[Sql]:
    period = Sql("_period") if fact.table.name in ("actuals", "plans") else Sql("'month'")
    return [
        sql("{p} AS period", p=period),
        Sql("CASE WHEN sku IS NOT NULL THEN 'sku' WHEN family IS NOT NULL THEN 'family' ELSE 'none' END AS product"),
        Sql("CASE WHEN customer IS NOT NULL THEN 'customer' WHEN region IS NOT NULL THEN 'region' ELSE 'none' END AS customer_"),
        Sql("CASE WHEN site IS NOT NULL THEN 'site' ELSE 'none' END AS site_"),
    ]  # fmt: skip


def fill_fact(bench: Bench, all_: Combined, ids: str) -> None:
    """A fact table in its order; repeats summed where the sources say so. ids: temporary table
    (_source, _file, source) of the rows of `sources`."""
    table = all_.table.name
    sums = [c for c in all_.table.sums if c in all_.columns]
    for column in (c for c in all_.columns if c in all_.digits):
        _narrow(bench, all_, table, column)
    grain = table in ("actuals", "plans")
    target = [c for c in _columns(bench, table) if c in {*all_.columns, "source"} or (c == "grain" and grain)]
    rows = sql(
        "SELECT f.*, i.source{g} FROM {t} f JOIN {ids} i USING (_source, _file){j}", t=all_.name, ids=ids,
        g=Sql(", g.grain" if grain else ""), j=_grain_join() if grain else Sql(""),
    )  # fmt: skip
    if any(s.source.aggregate for s in all_.stages):
        keys = [c for c in target if c in all_.table.key or c == "grain"]
        rest = [c for c in target if c not in keys]
        values = [sql("{f}({c}) AS {c}", f=Sql("sum" if c in sums else "min"), c=c) for c in rest]
        rows = sql("SELECT {v} FROM ({r}) GROUP BY {k}, _source", v=[*keys, *values], r=rows, k=keys)
    order = [c for c in _ORDER[table] if c in target]
    bench.run(
        sql("INSERT INTO {t} ({c}) SELECT {c} FROM ({r}) ORDER BY {o}", t=table, c=target, r=rows, o=order)
    )


def _grain_join() -> Sql:
    return Sql(
        " JOIN grains g ON g.period = f._period"
        " AND g.product = CASE WHEN f.sku IS NOT NULL THEN 'sku' WHEN f.family IS NOT NULL THEN 'family' ELSE 'none' END"
        " AND g.customer = CASE WHEN f.customer IS NOT NULL THEN 'customer' WHEN f.region IS NOT NULL THEN 'region' ELSE 'none' END"
        " AND g.site = CASE WHEN f.site IS NOT NULL THEN 'site' ELSE 'none' END"
    )


def _columns(bench: Bench, table: str) -> list[str]:
    found = bench.rows(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = $t AND database_name = current_database()"
        " ORDER BY column_index", {"t": table},
    )  # fmt: skip
    return [str(c) for (c,) in found]


def _narrow(bench: Bench, all_: Combined, table: str, column: str) -> None:
    """The column's type: as wide as the sum of all its values, so that no total overflows, but not wider."""
    if column not in _columns(bench, table):
        return
    found = bench.rows(
        "SELECT data_type FROM duckdb_columns() WHERE table_name = $t AND column_name = $c",
        {"t": table, "c": column},
    )
    if not str(found[0][0]).startswith("DECIMAL"):
        return
    whole, scale = all_.digits[column]
    biggest = bench.one(sql("SELECT sum(abs({c})) FROM {t}", c=column, t=all_.name))
    whole = max(whole, len(str(int(Decimal(str(biggest or 0))))))
    bench.run(sql("ALTER TABLE {t} ALTER {c} TYPE {k}", t=table, c=column, k=decimal(whole, scale)))


def exact_sum(bench: Bench, table: str, column: str, scale: int) -> str:
    """The exact sum of a column of the snapshot, also where it is stored as a floating number."""
    kind = wide(scale)
    found = bench.one(sql("SELECT sum(CAST({c} AS {k})) FROM {t}", c=column, k=kind, t=table))
    return exact(found if isinstance(found, Decimal | int) else None)


def fill_versions(bench: Bench, versions: list[Version], hashes: dict[str, str]) -> None:
    """The table `versions`, with the extent of each plan and its content hash."""
    extents = {
        row[0]: row[1:]
        for row in bench.rows(
            "SELECT version, min(month), max(month), count(*) FROM (SELECT version, month FROM plans"
            " UNION ALL SELECT version, month FROM production UNION ALL SELECT version, month FROM inventory)"
            " GROUP BY 1"
        )
    }
    for v in versions:
        extent = extents.get(v.version, (None, None, 0))
        bench.run(
            "INSERT INTO versions VALUES ($v, $kind, $cycle, $function, $frozen, $parent, $hash, $first, $last, $rows)",
            {"v": v.version, "kind": v.kind, "cycle": v.cycle, "function": v.function, "frozen": v.frozen_at,
             "parent": v.parent, "hash": hashes.get(v.version), "first": extent[0], "last": extent[1], "rows": extent[2]},
        )  # fmt: skip


def fill_dimensions(
    bench: Bench, sides: list[Side], labels: dict[str, str], calendar: list[Month]
) -> list[Dim]:
    """The table `dimensions`; returns its rows."""
    times = [
        Dim("month", labels.get("month", "month"), "time", "key", False, True, len(calendar)),
        Dim("quarter", labels.get("quarter", "quarter"), "time", "parent", False, True, len({m.quarter for m in calendar})),
        Dim("year", labels.get("year", "year"), "time", "parent", False, True, len({m.year for m in calendar})),
    ]  # fmt: skip
    every = [*(d for s in sides for d in s.dims), *times]
    for d in every:
        bench.run(
            "INSERT INTO dimensions VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [d.name, d.label, d.side, d.level, d.of_parent, d.in_cube, d.members],
        )
    return every


def build_cube(bench: Bench, sides: list[Side], dims: list[Dim]) -> None:
    """Sums per version, month, grain and the dimensions that are in the cube; margin of rows that have both."""
    inside = [d for d in dims if d.in_cube and d.side != "time"]
    values = {d.name: _dimension_value(d, next(s for s in sides if s.side == d.side)) for d in inside}
    joins = joined("", [sql(
        " LEFT JOIN {t} {a} ON f.{k} = {a}.{k}", t=s.table, a=f"d_{s.side}", k=s.key) for s in sides])  # fmt: skip
    parents = joined("", [sql(
        " LEFT JOIN {t} {a} ON f.{p} = {a}.{p}", t="families" if s.parent == "family" else "regions", a=f"p_{s.side}", p=s.parent)
        for s in sides if s.parent])  # fmt: skip
    parts = []
    for table in ("actuals", "plans"):
        version = Sql("'actual'") if table == "actuals" else Sql("f.version")
        listed = [sql("{v} AS {n}", v=values[d.name], n=d.name) for d in inside]
        parts.append(
            sql(
                "SELECT {v} AS version, f.month, f.grain{d}, sum(f.quantity)::DOUBLE AS quantity,"
                " sum(f.revenue)::DOUBLE AS revenue, sum(f.cost)::DOUBLE AS cost,"
                " sum(f.revenue - f.cost)::DOUBLE AS margin, count(*) AS rows FROM {t} f{j}{p} GROUP BY ALL",
                v=version, d=Sql(", " + joined(", ", listed) if listed else ""), t=table, j=joins, p=parents,
            )
        )  # fmt: skip
    names = [name(d.name) for d in inside]
    bench.run(
        sql(
            "CREATE TABLE cube AS SELECT c.version, coalesce(v.kind, 'actual') AS kind,"
            " CAST(date_diff('month', v.cycle, c.month) AS SMALLINT) AS lag, v.function, c.month, c.grain{d},"
            " c.quantity, c.revenue, c.cost, c.margin, c.rows"
            " FROM ({parts}) c LEFT JOIN versions v ON v.version = c.version"
            " ORDER BY c.version, c.month, c.grain{d}",
            d=joined("", [sql(", c.{n}", n=n) for n in names]), parts=joined(" UNION ALL ", parts),
        )
    )  # fmt: skip


def _dimension_value(dim: Dim, side: Side) -> Sql:
    if dim.level in ("key", "parent"):
        return sql("f.{c}", c=dim.name)
    own = sql("{a}.{c}", a=f"d_{side.side}", c=dim.name)
    if dim.of_parent and side.parent:
        return sql("coalesce({own}, {a}.{c})", own=own, a=f"p_{side.side}", c=dim.name)
    return own


def stored_tables() -> list[str]:
    """The contract's fact-like tables, in the order they are filled."""
    return [t for t in TABLES if t in _ORDER]
