"""Sources of one table come together: revenue from price, parents filled in, grain told, repeats summed."""

from __future__ import annotations

from dataclasses import dataclass, field

from siop.warehouse.amounts import MAX_DIGITS
from siop.warehouse.contract import PARENTS, VERSION_COLUMNS, Table
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import column_of
from siop.warehouse.sqltext import Sql, decimal, joined, name, sql
from siop.warehouse.stage import Stage, header_of

SOURCE, PERIOD = "_source", "_period"
_TYPES = {
    "key": "VARCHAR", "text": "VARCHAR", "month": "DATE", "date": "DATE", "moment": "TIMESTAMP",
    "integer": "BIGINT", "flag": "BOOLEAN", "number": "DECIMAL(18, 0)",
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
                source=Sql(str(stage.source.number)), values=values, stage=stage.table,
            )
        )  # fmt: skip
    out = Combined(table, bench.new_table("all"), columns, stages, digits)
    bench.run(sql("CREATE TEMP TABLE {t} AS {parts}", t=out.name, parts=joined(" UNION ALL ", parts)))
    if table.fact and "quantity" in columns and "month" in columns:
        drop_unmeasured(bench, out)
    out.rows_read = bench.count(sql("SELECT count(*) FROM {t}", t=out.name))
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
        whole, scale = digits[column]
        wide = Sql(f"DECIMAL(38, {scale})") if table.fact else decimal(whole, scale)
        return sql("CAST({v} AS {k}) AS {c}", v=value, k=wide, c=column)
    return sql("CAST({v} AS {k}) AS {c}", v=value, k=Sql(_TYPES[kind]), c=column)


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
    kind = Sql(f"DECIMAL(38, {scale})")
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
            file=bench.file_name(file), row=int(str(first)), sheet=bench.sheet_name(file),
            fix="fill the cells where the numbers are known",
        )  # fmt: skip
    if gaps:
        bench.run(sql("DELETE FROM {t} WHERE {blank}", t=all_.name, blank=blank))


def fill_parents(bench: Bench, all_: Combined, parents: dict[str, str]) -> None:
    """Where the key is given, its parent is the dimension table's; another one beside it is a finding.

    parents: {key: temporary table (key, parent)}."""
    for key, parent, _ in PARENTS:
        if key not in all_.columns or parent not in all_.columns or key not in parents:
            continue
        for source, file, row, told, real in bench.rows(
            sql(
                "SELECT _source, _file, _row, f.{parent}, d.parent FROM {t} f JOIN {d} d ON f.{key} = d.key"
                " WHERE f.{parent} IS NOT NULL AND d.parent IS NOT NULL AND f.{parent} <> d.parent"
                " ORDER BY 2, 3",
                t=all_.name, d=parents[key], key=key, parent=parent,
            )
        ):  # fmt: skip
            stage = next(s for s in all_.stages if s.source.number == source)
            bench.findings.add(
                "error", "parent", f"the {parent} is {told!r}, but this {key} belongs to {real!r}",
                file=bench.file_name(file), sheet=bench.sheet_name(file), row=int(str(row)),
                column=header_of(stage.one, parent), value=told,
            )  # fmt: skip
        bench.run(
            sql(
                "UPDATE {t} SET {parent} = d.parent FROM {d} d WHERE {t}.{key} = d.key",
                t=all_.name, d=parents[key], key=key, parent=parent,
            )
        )  # fmt: skip


def find_repeats(bench: Bench, all_: Combined) -> None:
    """A key occurs once, within a source and across sources, unless they all say that repeats add up."""
    key = [k for k in all_.table.key if k in all_.columns]
    summing = [s.source.number for s in all_.stages if s.source.aggregate]
    found = bench.rows(
        sql(
            "WITH k AS (SELECT _source, _file, _row, {key}, count(*) OVER w AS n,"
            " row_number() OVER (w ORDER BY _file, _row) AS i,"
            " first_value(_row) OVER (w ORDER BY _file, _row) AS first_row,"
            " first_value(_file) OVER (w ORDER BY _file, _row) AS first_file,"
            " bool_and(list_contains($summing, _source)) OVER w AS fine"
            " FROM {t} WINDOW w AS (PARTITION BY {key}))"
            " SELECT _source, _file, _row, first_file, first_row, {said} FROM k"
            " WHERE n > 1 AND i > 1 AND NOT fine ORDER BY _file, _row",
            key=key, t=all_.name,
            said=joined(" || ', ' || ", [sql("coalesce(CAST({k} AS VARCHAR), '-')", k=k) for k in key]),
        ),
        {"summing": summing},
    )  # fmt: skip
    for source, file, row, first_file, first_row, said in found:
        other = f" of {bench.file_name(first_file)}" if first_file != file else ""
        listed = " and ".join(k for k in key if any(k in s.columns for s in all_.stages))
        stage = next(s for s in all_.stages if s.source.number == source)
        bench.findings.add(
            "error", "duplicate_key", f"duplicate key: the same {listed} as in row {first_row}{other}",
            file=bench.file_name(file), sheet=bench.sheet_name(file), row=int(str(row)),
            column=header_of(stage.one, key[-1] if len(key) == 1 else key[0]), value=said,
        )  # fmt: skip


def merge_repeats(bench: Bench, all_: Combined) -> None:
    """Repeated keys of a dimension table are one row where the source sums; they must agree otherwise."""
    key, rest = list(all_.table.key), [c for c in all_.columns if c not in all_.table.key]
    for column in rest:
        for file, row, said in bench.rows(
            sql(
                "SELECT arg_max(_file, (_file, _row)), arg_max(_row, (_file, _row)), min({c}) || ' and ' || max({c})"
                " FROM {t} GROUP BY {key} HAVING count(DISTINCT {c}) > 1 ORDER BY 1, 2",
                c=column, t=all_.name, key=key,
            )
        ):  # fmt: skip
            bench.findings.add(
                "error", "duplicate_key", f"duplicate key: repeated rows disagree in {column}", value=said,
                file=bench.file_name(file), sheet=bench.sheet_name(file), row=int(str(row)), column=column,
                fix="leave the column out, or keep one row per key",
            )  # fmt: skip
    values = [*key, *(sql("max({c}) AS {c}", c=c) for c in rest)]
    table = bench.new_table("all")
    bench.run(
        sql(
            "CREATE TEMP TABLE {n} AS SELECT min(_source) AS _source, min(_file) AS _file, min(_row) AS _row, {v}"
            " FROM {t} GROUP BY {key}",
            n=table, v=values, t=all_.name, key=key,
        )
    )  # fmt: skip
    all_.name = table
