"""Earlier snapshots: listed, compared, and made the current one again. Loads are never overwritten."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from siop.core import NotFound, Refused
from siop.warehouse import journal
from siop.warehouse.amounts import exact
from siop.warehouse.contract import ACTUAL, TABLES
from siop.warehouse.publish import building, point_to
from siop.warehouse.snapshot import CURRENT, Snapshot
from siop.warehouse.sqltext import Sql, joined, literal, sql

_COMPARED = (
    "actuals",
    "plans",
    "production",
    "inventory",
    "orders",
    "capacity",
    "bills",
    "policies",
    "resources",
)
_DIMENSIONS = ("products", "customers", "sites")


@dataclass(frozen=True, slots=True)
class Load:
    """A published snapshot, as the load history shows it."""

    id: str
    built_at: str
    loaded_by: str
    content_hash: str
    as_of: str
    rows: int  # of actuals and plans
    warnings: int
    bytes: int
    current: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a table between two snapshots, in rows."""

    table: str
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of snapshot does to the total of a measure; exact decimals as text."""

    version: str
    measure: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two snapshots compared: rows per table, and the effect on the totals people look at."""

    before: str
    after: str
    changes: tuple[Change, ...]
    effects: tuple[Effect, ...]


def snapshots(folder: Path) -> list[Load]:
    """The load history of a workspace's `snapshots/`, newest first; unreadable files are left out."""
    current = current_id(folder)
    out = []
    for path in sorted(folder.glob("*.duckdb"), reverse=True):
        try:
            snapshot = Snapshot(path)
        except Refused:
            continue  # a newer version's file: this version can neither show nor restore it
        with contextlib.closing(snapshot):
            facts = snapshot.rows("SELECT (SELECT count(*) FROM actuals) + (SELECT count(*) FROM plans)")[0][
                0
            ]
            warnings = snapshot.rows("SELECT count(*) FROM findings")[0][0]
            meta = snapshot.meta
            out.append(
                Load(
                    path.stem, meta.get("built_at", ""), meta.get("loaded_by", ""), meta.get("content_hash", ""),
                    meta.get("as_of", ""), facts, warnings, path.stat().st_size, path.stem == current,
                )
            )  # fmt: skip
    # two loads of one second have ids that do not say which came first
    return sorted(out, key=lambda load: (load.built_at, load.id), reverse=True)


def current_id(folder: Path) -> str | None:
    """The id of the current snapshot of a workspace's `snapshots/`, None where nothing was loaded."""
    pointer = folder / CURRENT
    return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else None


def roll_back(folder: Path, snapshot: str, by: str = "command line") -> None:
    """Make an earlier snapshot the current one. Raises NotFound where it is not published here, and Refused
    where it cannot be read or a load is running."""
    path = folder / f"{snapshot}.duckdb"
    if Path(snapshot).name != snapshot or not path.is_file():
        raise NotFound(f"no snapshot {snapshot!r} is published here")
    Snapshot(path).close()
    with building(folder):
        point_to(folder, snapshot)
    journal.note(folder, "rolled back", by, snapshot)


@contextlib.contextmanager
def published(folder: str | Path, snapshot: str) -> Iterator[Snapshot]:
    """A published snapshot, open for a while. Raises NotFound where it is not published here."""
    path = Path(folder) / f"{snapshot}.duckdb"
    if Path(snapshot).name != snapshot or not path.is_file():
        raise NotFound(f"no snapshot {snapshot!r} is published here")
    with contextlib.closing(Snapshot(path)) as found:
        yield found


def compare_published(folder: str | Path, before: str, after: str) -> Comparison:
    """`compare_snapshots` of two snapshots of a workspace's `snapshots/`, by their ids."""
    for name in (before, after):
        if Path(name).name != name:
            raise NotFound(f"no snapshot {name!r} is published here")
    return compare_snapshots(*(Path(folder) / f"{name}.duckdb" for name in (before, after)))


def compare_snapshots(before: Path, after: Path) -> Comparison:
    """Compare two snapshot files: rows added, removed and changed per table, and the effect on totals.

    Raises NotFound where a file is missing."""
    with _both(before, after) as con:
        changes = [_change(con, table) for table in (*_COMPARED, *_DIMENSIONS)]
        return Comparison(
            before.stem,
            after.stem,
            tuple(c for c in changes if c.added or c.removed or c.changed),
            tuple(_effects(con)),
        )


@contextlib.contextmanager
def _both(before: Path, after: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees both files, read-only, as `a` and `b`."""
    for path in (before, after):
        if not path.is_file():
            raise NotFound(f"no snapshot {path.stem!r}")
    con = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    try:
        con.execute("ATTACH ? AS a (READ_ONLY)", [str(before)])
        con.execute("ATTACH ? AS b (READ_ONLY)", [str(after)])
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
        yield con
    finally:
        con.close()


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    found = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = $t AND database_name IN ('a', 'b')"
        " GROUP BY 1 HAVING count(*) = 2 ORDER BY min(column_index)", {"t": table},
    ).fetchall()  # fmt: skip
    return [str(c) for (c,) in found]


def _change(con: duckdb.DuckDBPyConnection, table: str) -> Change:
    columns = [c for c in _columns(con, table) if c not in ("source", "grain")]
    key = [c for c in TABLES[table].key if c in columns]
    if not key:
        return Change(table, 0, 0, 0)
    sums = TABLES[table].sums if TABLES[table].fact else ()
    rest = [c for c in columns if c not in key]
    values = [sql("{f}({c}) AS {c}", f=Sql("sum" if c in sums else "min"), c=c) for c in rest]
    side = "SELECT {k}{v}, 1 AS here FROM {d}.{t} GROUP BY {k}"
    listed = joined("", [sql(", {v}", v=v) for v in values])
    same = joined(" AND ", [sql("x.{c} IS NOT DISTINCT FROM y.{c}", c=c) for c in key])
    equal = joined(" AND ", [Sql("true"), *(sql("x.{c} IS NOT DISTINCT FROM y.{c}", c=c) for c in rest)])
    found = con.execute(
        sql(
            "SELECT count(*) FILTER (x.here IS NULL), count(*) FILTER (y.here IS NULL),"
            " count(*) FILTER (x.here = 1 AND y.here = 1 AND NOT ({equal}))"
            " FROM ({x}) x FULL JOIN ({y}) y ON {same}",
            equal=equal, same=same, x=sql(side, k=key, v=listed, d="a", t=table), y=sql(side, k=key, v=listed, d="b", t=table),
        )
    ).fetchone()  # fmt: skip
    return Change(table, *(int(n) for n in found or (0, 0, 0)))


def _effects(con: duckdb.DuckDBPyConnection) -> Iterator[Effect]:
    for measure in ("quantity", "revenue", "cost"):
        part = "SELECT {actual} AS version, {m} AS m FROM {d}.actuals UNION ALL SELECT version, {m} FROM {d}.plans"
        actual = literal(ACTUAL)
        sides = [
            dict(
                con.execute(
                    sql(
                        "SELECT version, sum(m) FROM ({part}) GROUP BY 1",
                        part=sql(part, actual=actual, m=measure, d=d),
                    )
                ).fetchall()
            )
            for d in ("a", "b")
        ]
        for version in sorted({*sides[0], *sides[1]}):
            old, new = (side.get(version) for side in sides)
            if old != new:
                change = Decimal(new or 0) - Decimal(old or 0)
                yield Effect(version, measure, exact(old), exact(new), exact(change))
