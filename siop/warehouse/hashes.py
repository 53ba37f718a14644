"""Content hashes: sha256 over rows written canonically and in order, so that equal content has equal hashes.

A row is its cells joined by the unit separator; a number is written exactly, without trailing zeros; an
unknown cell is the null character. Rows are ordered as text. Facts are hashed per month and the months'
hashes together, so that no more than a month is in memory at once."""

from __future__ import annotations

import hashlib

from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import Sql, joined, sql


def cell(column: str, kind: str) -> Sql:
    """SQL for a cell's canonical text."""
    text = sql("CAST({c} AS VARCHAR)", c=column)
    if kind.startswith("DECIMAL"):
        text = sql("CASE WHEN contains({v}, '.') THEN rtrim(rtrim({v}, '0'), '.') ELSE {v} END", v=text)
    return sql("coalesce({v}, chr(0))", v=text)


def line(bench: Bench, table: str, leave_out: tuple[str, ...] = ()) -> Sql:
    """SQL for a row's canonical text: every column in the table's order, but those left out."""
    found = bench.rows(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $table ORDER BY column_index",
        {"table": table},
    )
    cells = [cell(str(c), str(kind)) for c, kind in found if c not in leave_out]
    return joined(" || chr(31) || ", cells)


def table_hash(bench: Bench, table: str, leave_out: tuple[str, ...] = ("source",)) -> str:
    """sha256 of a whole table, month by month where it has months."""
    columns = [
        str(c)
        for (c,) in bench.rows(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = $table", {"table": table}
        )
    ]
    by: list[str] = [c for c in ("version", "month") if c in columns] if "month" in columns else []
    return _folded(bench, table, line(bench, table, leave_out), by)


def version_hashes(bench: Bench) -> dict[str, str]:
    """{version: sha256 of the plan: its rows in plans, production and inventory}, for versions with rows."""
    parts: dict[str, dict[str, list[str]]] = {}
    tables = ("plans", "production", "inventory")
    for table in tables:
        text = line(bench, table, ("source", "version"))
        for version, _, found in bench.rows(
            sql(
                "SELECT version, month, sha256(string_agg({text}, chr(10) ORDER BY {text})) FROM {t}"
                " GROUP BY ALL ORDER BY 1, 2",
                text=text, t=table,
            )
        ):  # fmt: skip
            parts.setdefault(str(version), {}).setdefault(table, []).append(str(found))
    return {
        version: _fold([_fold(of.get(table, [])) for table in tables])
        for version, of in sorted(parts.items())
    }


def _fold(found: list[str]) -> str:
    """sha256 over hashes in their order; "" for none."""
    return hashlib.sha256("\n".join(found).encode()).hexdigest() if found else ""


def _folded(bench: Bench, table: str, text: Sql, by: list[str]) -> str:
    """sha256 over the groups' sha256 in the order of the groups; "" for no rows."""
    grouped = sql(" GROUP BY {k} ORDER BY {k}", k=by) if by else Sql(" HAVING count(*) > 0")
    found = bench.rows(
        sql(
            "SELECT sha256(string_agg({text}, chr(10) ORDER BY {text})) FROM {t}{grouped}",
            text=text, t=table, grouped=grouped,
        )
    )  # fmt: skip
    return _fold([str(h) for (h,) in found])
