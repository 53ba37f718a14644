"""Keys of combined tables: parents filled in and compared, repeated keys found, or merged where declared."""

from __future__ import annotations

from collections.abc import Container

from siop.warehouse import codes
from siop.warehouse.contract import PARENTS, UNMAPPED
from siop.warehouse.facts import Combined
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import Sql, joined, sql
from siop.warehouse.stage import header_of


def read_parents(bench: Bench, every: dict[str, Combined]) -> dict[str, str]:
    """{key: temporary table (key, parent)}: from the dimension table, else from the facts themselves."""
    out = {}
    for key, parent, table in PARENTS:
        given = every.get(table)
        if given is not None and any(parent in s.columns for s in given.stages):
            with_both = [given]
        else:
            facts = [c for c in every.values() if c.table.fact]
            with_both = [c for c in facts if any({key, parent} <= set(s.columns) for s in c.stages)]
        if not with_both:
            continue
        name = bench.new_table("parents")
        parts = [
            sql(
                "SELECT {k} AS key, {p} AS parent, _file, _row FROM {t}"
                " WHERE {k} IS NOT NULL AND {p} IS NOT NULL", k=key, p=parent, t=c.name,
            )
            for c in with_both
        ]  # fmt: skip
        bench.run(
            sql(
                "CREATE TEMP TABLE {n} AS SELECT key, arg_min(parent, (_file, _row)) AS parent FROM ({p}) GROUP BY key",
                n=name, p=joined(" UNION ALL ", parts),
            )
        )  # fmt: skip
        out[key] = name
    return out


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
                file=bench.file_name(file), sheet=bench.sheet_name(file), row=row,
                column=header_of(stage.one, parent), value=told,
            )  # fmt: skip
        bench.run(
            sql(
                "UPDATE {t} SET {parent} = d.parent FROM {d} d WHERE {t}.{key} = d.key"
                " AND {t}.{parent} IS DISTINCT FROM d.parent",
                t=all_.name, d=parents[key], key=key, parent=parent,
            )
        )  # fmt: skip
        bench.run(
            sql("UPDATE {t} SET {p} = $u WHERE {k} = $u AND {p} IS NULL", t=all_.name, p=parent, k=key),
            {"u": UNMAPPED},
        )


def find_repeats(bench: Bench, all_: Combined) -> None:
    """A key occurs once, within a source and across sources, unless they all say that repeats add up.

    Unknown keys that are kept under one name may fall together: they are no repeats."""
    key = [k for k in all_.table.key if k in all_.columns]
    texts = [k for k in key if k in ("sku", "family", "customer", "region", "site", "resource")]
    summing = [s.source.number for s in all_.stages if s.source.aggregate]
    mapped = sql(" WHERE NOT list_contains([{texts}], $unmapped)", texts=texts) if texts else Sql("")
    named = {"unmapped": UNMAPPED} if texts else {}
    if len(all_.stages) == 1 and all_.stages[0].unique:
        return
    if not bench.rows(  # the common case, without ordering anything
        sql(
            "SELECT 1 FROM {t}{mapped} GROUP BY {key} HAVING count(*) > 1 LIMIT 1",
            t=all_.name, mapped=mapped, key=key,
        ),
        named,
    ):  # fmt: skip
        return
    found = bench.rows(
        sql(
            "WITH k AS (SELECT _source, _file, _row, {key}, count(*) OVER w AS n,"
            " row_number() OVER (w ORDER BY _file, _row) AS i,"
            " first_value(_row) OVER (w ORDER BY _file, _row) AS first_row,"
            " first_value(_file) OVER (w ORDER BY _file, _row) AS first_file,"
            " bool_and(list_contains($summing, _source)) OVER w AS fine"
            " FROM {t}{mapped} WINDOW w AS (PARTITION BY {key}))"
            " SELECT _source, _file, _row, first_file, first_row, {said} FROM k"
            " WHERE n > 1 AND i > 1 AND NOT fine ORDER BY _file, _row",
            key=key, t=all_.name,
            mapped=mapped,
            said=joined(" || ', ' || ", [sql("coalesce(CAST({k} AS VARCHAR), '-')", k=k) for k in key]),
        ),
        {"summing": summing, **named},
    )  # fmt: skip
    for source, file, row, first_file, first_row, said in found:
        other = f" of {bench.file_name(first_file)}" if first_file != file else ""
        listed = " and ".join(k for k in key if any(k in s.columns for s in all_.stages))
        stage = next(s for s in all_.stages if s.source.number == source)
        bench.findings.add(
            "error", "duplicate_key", f"duplicate key: the same {listed} as in row {first_row}{other}",
            file=bench.file_name(file), sheet=bench.sheet_name(file), row=row,
            column=header_of(stage.one, key[-1] if len(key) == 1 else key[0]), value=said,
        )  # fmt: skip


def disagreements(bench: Bench, all_: Combined, columns: list[str]) -> None:
    """Findings where the repeats of a key, which are summed or merged, differ in what cannot be summed."""
    key = [k for k in all_.table.key if k in all_.columns]
    for column in columns:
        for file, row, said in bench.rows(
            sql(
                "SELECT arg_max(_file, (_file, _row)), arg_max(_row, (_file, _row)), min({c}) || ' and ' || max({c})"
                " FROM {t} GROUP BY {key} HAVING count(DISTINCT {c}) > 1 ORDER BY 1, 2",
                c=column, t=all_.name, key=key,
            )
        ):  # fmt: skip
            bench.findings.add(
                "error", "duplicate_key", f"duplicate key: repeated rows disagree in {column}", value=said,
                file=bench.file_name(file), sheet=bench.sheet_name(file), row=row, column=column,
                fix="leave the column out, or keep one row per key",
            )  # fmt: skip


def merge_repeats(bench: Bench, all_: Combined) -> None:
    """Where a source sums its repeats: what cannot be summed must agree; rows of a dimension become one."""
    key = list(all_.table.key)
    rest = [c for c in all_.columns if c not in key]
    disagreements(bench, all_, [c for c in rest if c not in all_.table.sums])
    if all_.table.fact:
        return  # summed when the table is filled
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


def spellings(bench: Bench, all_: Combined, known: Container[str]) -> None:
    """Where no table lists the keys, two spellings of one key are two keys: said once for each pair."""
    for name in ("sku", "family", "customer", "region", "site", "resource"):
        if name not in all_.columns or (name in known and all_.table.key != (name,)):
            continue
        seen: dict[str, str] = {}
        for value, file, row in bench.rows(
            sql(
                "SELECT {n}, min(_file), arg_min(_row, (_file, _row)) FROM {t} WHERE {n} IS NOT NULL"
                " GROUP BY 1 ORDER BY 2, 3, 1", n=name, t=all_.name,
            )
        ):  # fmt: skip
            text = str(value)
            first = seen.setdefault(codes.spelling(text), text)
            if first != text:
                column = next(header_of(s.one, name) for s in all_.stages if name in s.columns)
                bench.findings.add(
                    "warning", "similar_keys", f"{name} {text!r} and {first!r} are taken as two keys",
                    file=bench.file_name(file), sheet=bench.sheet_name(file), row=row, column=column, value=text,
                )  # fmt: skip
