"""One source's rows as text under the contract's column names: `where` kept, lookups joined, constants set."""

from __future__ import annotations

from dataclasses import dataclass

from siop.warehouse.contract import UNMAPPED
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import HERE, Place, Resolved
from siop.warehouse.sqltext import Sql, joined, param, sql


@dataclass(frozen=True, slots=True)
class Cells:
    """The temporary table of a source: _file, _row and its contract columns, all text, empty is NULL."""

    table: str
    rows: int
    lost: frozenset[str] = frozenset()  # columns of lookups that found no row for some keys, already reported


def text(value: str) -> Sql:
    """SQL for a cell without the spaces around it; nothing left is NULL."""
    return sql("nullif(trim({value}, e' \\t\\r\\n'), '')", value=value)


def read_cells(bench: Bench, one: Resolved) -> Cells | None:
    """The source's cells, or None with findings where a file or a lookup fails, or no row is kept."""
    read = [bench.read(files) for files in (one.files, *one.lookups)]  # all of them: name every problem
    if not all(read):
        return None
    before = bench.findings.errors
    tables = [_lookup_table(bench, one, number) for number in range(1, len(one.lookups) + 1)]
    if bench.findings.errors > before:
        return None
    params: dict[str, object] = {}
    values = [sql("{v} AS {n}", v=_value(one, name, params), n=name) for name in one.columns]
    for n in range(1, len(tables) + 1):
        values.append(
            sql("{l}.hit AS {h}, {k} AS {n}", l=f"l{n}", h=f"_hit{n}", k=_key(one, n), n=f"_key{n}")
        )
    table = bench.new_table("cells")
    bench.run(
        sql(
            "CREATE TEMP TABLE {t} AS SELECT r._file, r._row, {values} FROM {raw} r{joins}{where}",
            t=table, values=values, raw=str(one.files.table),
            joins=joined("", [_join(one, n, t) for n, t in enumerate(tables, 1)]),
            where=_where(one, params),
        ),
        params,
    )  # fmt: skip
    missed = {n for n in range(1, len(tables) + 1) if _report_misses(bench, one, n, table)}
    rows = bench.count(sql("SELECT count(*) FROM {t}", t=table))
    if rows == 0:
        _report_nothing(bench, one)
        return None
    return Cells(table, rows, frozenset(c for c, place in one.places.items() if place.file in missed))


def _column(one: Resolved, place: Place) -> Sql:
    """SQL for a raw cell."""
    if place.file == HERE:
        return text(sql("r.{c}", c=one.files.columns[place.header]))
    return sql("{l}.{c}", l=f"l{place.file}", c=one.lookups[place.file - 1].columns[place.header])


def _value(one: Resolved, name: str, params: dict[str, object]) -> Sql:
    if name in one.constants:
        params[f"constant_{len(params)}"] = one.constants[name]
        return sql("{p}::VARCHAR", p=param(list(params)[-1]))
    place = one.places[name]
    value = _column(one, place)
    if place.file != HERE and one.source.unmapped and one.kind(name) in ("key", "text"):
        params["unmapped"] = UNMAPPED
        return sql("coalesce({v}, $unmapped)", v=value)
    return value


def _where(one: Resolved, params: dict[str, object]) -> Sql:
    terms = []
    for number, (place, values) in enumerate(one.where):
        params[f"where_{number}"] = list(values)
        value = param(f"where_{number}")
        terms.append(
            sql("list_contains({v}, coalesce(nfc_normalize({c}), ''))", v=value, c=_column(one, place))
        )
    return sql(" WHERE {terms}", terms=joined(" AND ", terms)) if terms else Sql("")


def _key(one: Resolved, number: int) -> Sql:
    parts = (sql("coalesce({c}, '')", c=_column(one, here)) for here, _ in one.keys[number - 1])
    return joined(" || ' / ' || ", parts)


def _join(one: Resolved, number: int, table: str) -> Sql:
    there = one.lookups[number - 1].columns
    terms = [
        sql("{l}.{c} = nfc_normalize({v})", l=f"l{number}", c=there[other], v=_column(one, here))
        for here, other in one.keys[number - 1]
    ]
    return sql(" LEFT JOIN {t} {l} ON {on}", t=table, l=f"l{number}", on=joined(" AND ", terms))


def _lookup_table(bench: Bench, one: Resolved, number: int) -> str:
    """The lookup's wanted columns, one row per key; findings where a key stands for different values."""
    files = one.lookups[number - 1]
    keys = [files.columns[other] for _, other in one.keys[number - 1]]
    used = {p.header for p in (*one.places.values(), *(p for p, _ in one.where)) if p.file == number}
    used |= {p.header for pairs in one.keys for p, _ in pairs if p.file == number}
    values = [files.columns[h] for h in sorted(used) if files.columns[h] not in keys]
    table = bench.new_table("lookup")
    bench.run(
        sql(
            "CREATE TEMP TABLE {t} AS SELECT {columns}, true AS hit, min(_file) AS _file, min(_row) AS _row"
            " FROM {raw} GROUP BY ALL",
            t=table, raw=str(files.table),
            columns=[
                *(sql("nfc_normalize({v}) AS {c}", v=text(c_), c=c_) for c_ in keys),
                *(sql("{v} AS {c}", v=text(c_), c=c_) for c_ in values),
            ],
        )
    )  # fmt: skip
    said = joined(" || ' / ' || ", [sql("coalesce({c}, '')", c=c) for c in keys])
    twice = bench.rows(
        sql(
            "SELECT max(_file), max(_row), {said} FROM {t} GROUP BY {keys} HAVING count(*) > 1 ORDER BY 1, 2",
            said=said, t=table, keys=keys,
        )
    )  # fmt: skip
    for file, row, value in twice:
        bench.findings.add(
            "error", "duplicate_key", "a duplicate key in the lookup: it stands for different values",
            file=bench.file_name(file), row=row, value=value, fix="keep one row per key",
        )  # fmt: skip
    return table


def _report_misses(bench: Bench, one: Resolved, number: int, table: str) -> bool:
    """Keys that find no row: an error each, or one warning where the source keeps them as unmapped.

    Returns whether there were errors."""
    look = one.source.lookups[number - 1]
    names = " and ".join(left for left, _ in look.key)
    # A key that comes from an earlier lookup which found nothing was reported there.
    earlier = {place.file for place, _ in one.keys[number - 1]} - {HERE}
    missed = bench.rows(
        sql(
            "SELECT {key}, count(*), min(_file), arg_min(_row, (_file, _row)) FROM {t}"
            " WHERE {hit} IS NULL{before} GROUP BY 1 ORDER BY 3, 4",
            key=f"_key{number}", t=table, hit=f"_hit{number}",
            before=joined("", [sql(" AND {h}", h=f"_hit{n}") for n in sorted(earlier)]),
        )
    )  # fmt: skip
    if missed and one.source.unmapped:
        rows = sum(int(str(m[1])) for m in missed)
        bench.findings.add(
            "warning", "unmapped", f"{rows} rows find no row in {look.file} and are kept as {UNMAPPED}",
            file=bench.file_name(missed[0][2]), row=missed[0][3], column=names, value=missed[0][0],
            fix="add the keys to the other file",
        )  # fmt: skip
        return False
    for value, count, file, row in missed:
        bench.findings.add(
            "error", "lookup", f"no row in {look.file} for this key ({count} rows)",
            file=bench.file_name(file), row=row, column=names, value=value,
        )  # fmt: skip
    return bool(missed)


def _report_nothing(bench: Bench, one: Resolved) -> None:
    said = ", ".join(f"{place.header} = {' or '.join(values)}" for place, values in one.where)
    bench.findings.add(
        "error", "empty", f"no rows are left for {one.table.name}: where keeps none ({said})",
        file=one.source.file, fix="correct the value in where",
    )  # fmt: skip
