"""Sources of one table come together: revenue from price, exact digits, rows without a number left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from siop.warehouse.amounts import MAX_DIGITS, exact
from siop.warehouse.contract import VERSION_COLUMNS, Table
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import column_of
from siop.warehouse.sqltext import Sql, decimal, joined, name, number, sql, wide
from siop.warehouse.stage import Stage

SOURCE, PERIOD = "_source", "_period"
_TYPES = {
    "key": Sql("VARCHAR"), "text": Sql("VARCHAR"), "month": Sql("DATE"), "date": Sql("DATE"), "moment": Sql("TIMESTAMP"),
    "integer": Sql("BIGINT"), "flag": Sql("BOOLEAN"), "number": Sql("DECIMAL(18, 0)"),
}  # fmt: skip
_NOT_STORED = ("price", "unit", "currency")


@dataclass
class Combined:
    """The rows of a table from all its sources: a temporary table with _source, _file, _row."""

    table: Table
    name: str
    columns: list[str]
    stages: list[Stage]
    digits: dict[str, tuple[int, int]] = field(default_factory=dict)
    rows_read: int = 0
    kept: dict[tuple[int, int], int] = field(default_factory=dict)  # {(source, file): its rows with a number}
    totals: dict[str, str] = field(default_factory=dict)  # exact sums of the rows as read


def combine(bench: Bench, table: Table, stages: list[Stage]) -> Combined:
    """All stages of a table in one, with every column of the contract (NULL where no source fills it)."""
    stored = [c.name for c in table.columns if not (table.fact and c.name in _NOT_STORED)]
    extras = [c for s in stages for c in s.columns if column_of(table, c) is None]
    columns = list(dict.fromkeys([*stored, *extras]))
    told = [c.name for c in VERSION_COLUMNS if table.fact and any(c.name in s.columns for s in stages)]
    for stage in stages:
        derive_revenue(bench, stage)
    digits = _digits(bench, table, columns, stages)
    parts = []
    for stage in stages:
        values = [_value(table, stage, c, digits) for c in [*columns, *told]]
        parts.append(
            sql(
                "SELECT {source}::INTEGER AS _source, _file, _row, {values} FROM {stage}",
                source=number(stage.source.number), values=values, stage=stage.table,
            )
        )  # fmt: skip
    out = Combined(table, bench.new_table("all"), columns, stages, digits)
    bench.run(sql("CREATE TEMP TABLE {t} AS {parts}", t=out.name, parts=joined(" UNION ALL ", parts)))
    if table.fact and "quantity" in columns and "month" in columns:
        drop_unmeasured(bench, out)
    counted = bench.rows(sql("SELECT _source, _file, count(*) FROM {t} GROUP BY ALL", t=out.name))
    out.kept = {(int(str(s)), int(str(f))): int(str(n)) for s, f, n in counted}
    for stage in stages:  # rows taken over are already summed or spread: count them as they were read
        out.kept |= {(stage.source.number, file): told.rows for file, told in stage.taken.items()}
    out.rows_read = sum(out.kept.values())
    for column in (c for c in table.sums if c in digits):
        total = bench.one(sql("SELECT sum({c}) FROM {t}", c=column, t=out.name))
        out.totals[column] = exact(total if isinstance(total, Decimal | int) else None)
    return out


def _digits(
    bench: Bench, table: Table, columns: list[str], stages: list[Stage]
) -> dict[str, tuple[int, int]]:
    """Per number column the digits that hold every source's values."""
    out = {}
    for column in columns:
        found = [s.digits[column] for s in stages if column in s.digits]
        if found:
            whole, scale = max(w for w, _ in found), max(s for _, s in found)
            if whole + scale > MAX_DIGITS:
                said = f"{whole} digits before the point and {scale} after it are more than {MAX_DIGITS}"
                file = stages[0].source.file
                bench.findings.add("error", "precision", said, file=file, column=column)
                scale = MAX_DIGITS - whole
            out[column] = (whole, scale)
    return out


def _value(table: Table, stage: Stage, column: str, digits: dict[str, tuple[int, int]]) -> Sql:
    found = column_of(table, column)
    kind = found.kind if found is not None else "text"
    value = name(column) if column in stage.columns else Sql("NULL")
    if kind == "number" and column in digits:
        return sql("CAST({v} AS {k}) AS {c}", v=value, k=decimal(*digits[column]), c=column)
    return sql("CAST({v} AS {k}) AS {c}", v=value, k=_TYPES[kind], c=column)


def derive_revenue(bench: Bench, stage: Stage) -> None:
    """price yields revenue where revenue is not given: quantity times price, exactly."""
    if "price" not in stage.digits or "quantity" not in stage.digits:
        return
    whole = stage.digits["price"][0] + stage.digits["quantity"][0]
    scale = stage.digits["price"][1] + stage.digits["quantity"][1]
    have = stage.digits.get("revenue", (0, 0))
    whole, scale = max(whole, have[0]), max(scale, have[1])
    if whole + scale > MAX_DIGITS:
        said = "quantity times price has more digits than can be kept exactly"
        bench.findings.add("error", "precision", said, file=stage.source.file, column="price")
        return
    kind = wide(scale)
    given = Sql('"revenue"') if "revenue" in stage.columns else Sql("NULL")
    table = bench.new_table("stage")
    rest = [c for c in ("_file", "_row", *stage.columns) if c != "revenue"]
    bench.run(
        sql(
            "CREATE TEMP TABLE {new} AS SELECT {rest}, coalesce(CAST({given} AS {kind}),"
            " CAST(quantity * price AS {kind})) AS revenue FROM {old}",
            new=table, rest=rest, given=given, kind=kind, old=stage.table,
        )
    )  # fmt: skip
    stage.table = table
    if "revenue" not in stage.columns:
        stage.columns.append("revenue")
    stage.digits["revenue"] = (whole, scale)


def drop_unmeasured(bench: Bench, all_: Combined) -> None:
    """Rows without any measure are no facts: a wide file leaves future months empty. They are counted."""
    measures = [c for c in all_.table.sums if c in all_.columns]
    blank = joined(" AND ", [sql("{m} IS NULL", m=m) for m in measures])
    gaps = bench.rows(
        sql(
            "SELECT _file, count(*), min(_row), max(_row) FROM {t} WHERE {blank} GROUP BY 1 ORDER BY 1",
            t=all_.name, blank=blank,
        )
    )  # fmt: skip
    for file, count, first, last in gaps:
        bench.findings.add(
            "warning", "missing", f"{count} rows without a number for {all_.table.name} are left out (rows {first} to {last})",
            file=bench.file_name(file), row=first, sheet=bench.sheet_name(file),
            fix="fill the cells where the numbers are known",
        )  # fmt: skip
    if gaps:
        bench.run(sql("DELETE FROM {t} WHERE {blank}", t=all_.name, blank=blank))
