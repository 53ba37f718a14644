"""Dimensions: their tables, what the parents determine, and which of them the cube carries."""

from __future__ import annotations

from dataclasses import dataclass, replace

from siop.warehouse.contract import TABLES, UNMAPPED
from siop.warehouse.facts import Combined
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import column_of
from siop.warehouse.sqltext import Sql, joined, sql
from siop.warehouse.sqltext import name as name_of

SIDES = (
    ("product", "products", "sku", "family"),
    ("customer", "customers", "customer", "region"),
    ("site", "sites", "site", None),
)
_LABELS = {"sku": "SKU", "key_account": "key account"}
_NOT_DIMENSIONS = ("name", "unit_cost", "unit_price", "launch_month", "end_month")
_TYPES = {"number": Sql("DOUBLE"), "month": Sql("DATE")}
_TEXT = Sql("VARCHAR")
# Names that the cube, the calendar or another dimension already has.
_TAKEN = {"version", "kind", "lag", "function", "month", "quarter", "year", "grain", "quantity", "revenue", "cost", "margin", "rows", "source", "sku", "family", "customer", "region", "site", "name"}  # fmt: skip
# Names of figures in the rows of reports, which a dimension beside them cannot have as well.
_FIGURES = {"plan", "actual", "deviation", "deviation_ratio", "attainment", "total", "base", "current", "volume", "mix", "price", "fx", "new", "discontinued", "unexplained", "previous", "change", "change_ratio", "demand", "supply", "opening", "closing", "closed", "min", "target", "max", "value", "shortage", "days_of_supply", "lines_due", "on_time", "in_full", "otif", "fill_rate", "due", "ordered", "delivered", "delivered_on", "filled", "slice", "effect", "impact", "items", "resource", "side", "reason", "why", "here", "q0", "q1"}  # fmt: skip
MAX_TUPLES = {"product": 500, "customer": 300, "site": 100}


@dataclass(frozen=True, slots=True)
class Dim:
    """A row of the table `dimensions`; `column` is its column in the dimension table and in the cube."""

    name: str
    label: str
    side: str
    level: str
    of_parent: bool = False
    in_cube: bool = False
    members: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the business: its table of keys, and the names of its columns there."""

    side: str
    table: str
    key: str
    parent: str | None
    columns: tuple[str, ...]  # of the final table, the key first
    dims: tuple[Dim, ...]


def build_sides(
    bench: Bench, given: dict[str, Combined], facts: list[Combined], labels: dict[str, str],
    parents: dict[str, str],
) -> list[Side]:  # fmt: skip
    """The tables products, customers, sites (and families, regions), with the keys seen only in facts."""
    taken = _TAKEN | _FIGURES
    return [_build_side(bench, side, given, facts, labels, taken, parents.get(side[2])) for side in SIDES]


def _build_side(
    bench: Bench, side: tuple[str, str, str, str | None], given: dict[str, Combined], facts: list[Combined],
    labels: dict[str, str], taken: set[str], known: str | None,
) -> Side:  # fmt: skip
    what, table, key, parent = side
    source = given.get(table)
    theirs = [c for c in source.columns if c != key] if source is not None else []
    if parent and parent not in theirs:
        theirs.append(parent)
    rename = {c: _name(c, what, parent, taken) for c in theirs}
    columns = [key, *rename.values()]
    with_key = [f for f in facts if key in f.columns]
    bench.run(sql("DROP TABLE IF EXISTS {t}", t=table))
    picked = [
        sql("{old} AS {new}", old=c, new=rename[c]) for c in theirs if source is None or c in source.columns
    ]
    if source is not None:
        absent = [sql("NULL::VARCHAR AS {new}", new=rename[c]) for c in theirs if c not in source.columns]
        bench.run(
            sql(
                "CREATE TABLE {t} AS SELECT {c} FROM {s} ORDER BY {k}",
                t=table,
                c=[key, *picked, *absent],
                s=source.name,
                k=key,
            )
        )
    else:
        listed = joined(", ", [sql("{c} VARCHAR", c=c) for c in columns])
        bench.run(sql("CREATE TABLE {t} ({c})", t=table, c=listed))
    # What the company does not say is there too, unknown: other rooms name it.
    for column in TABLES[table].columns:
        named = rename.get(column.name) or _name(column.name, what, parent, set(taken))
        if column.name != key and named not in columns:
            kind = _TYPES.get(column.kind, _TEXT)
            bench.run(sql("ALTER TABLE {t} ADD COLUMN {c} {k}", t=table, c=named, k=kind))
    for fact in with_key:
        with_parent = parent is not None and parent in fact.columns
        told = sql("max({p})", p=parent) if with_parent and parent is not None else Sql("NULL")
        into = [key, rename[parent]] if parent else [key]
        values = [name_of(key), told] if parent else [name_of(key)]
        bench.run(
            sql(
                "INSERT INTO {t} ({into}) SELECT {values} FROM {f} WHERE {key} IS NOT NULL"
                " AND {key} NOT IN (SELECT {key} FROM {t}) GROUP BY {key} ORDER BY {key}",
                t=table, into=into, values=values, f=fact.name, key=key,
            )
        )  # fmt: skip
    if parent is not None and known is not None:
        bench.run(
            sql(
                "UPDATE {t} SET {p} = d.parent FROM {d} d WHERE {t}.{k} = d.key AND {t}.{p} IS NULL",
                t=table, p=rename[parent], d=known, k=key,
            )
        )  # fmt: skip
    texts = [rename[c] for c in theirs if c not in _NOT_DIMENSIONS]
    _name_unmapped(bench, table, key, texts)
    dims = _dims(bench, table, what, key, parent, texts, facts, labels, source)
    if parent:
        dims = _parent_table(bench, table, what, parent, dims, facts)
    return Side(
        what, table, key, parent, tuple(columns), tuple(_choose(bench, table, what, key, parent, dims))
    )


def _name(column: str, side: str, parent: str | None, taken: set[str]) -> str:
    """A column's name, with the side's prefix where another side or the cube has it."""
    if column in ("name", parent) or column in _NOT_DIMENSIONS:
        return column if side != "site" or column not in ("region",) else f"site_{column}"
    chosen = f"{side}_{column}" if column in taken else column
    taken.add(chosen)
    return chosen


def _name_unmapped(bench: Bench, table: str, key: str, texts: list[str]) -> None:
    """The row "(unmapped)" is shown so on every level."""
    sets = [sql("{c} = $value", c=c) for c in texts]
    if sets:
        bench.run(
            sql("UPDATE {t} SET {sets} WHERE {key} = $value", t=table, sets=sets, key=key),
            {"value": UNMAPPED},
        )


def _dims(
    bench: Bench, table: str, side: str, key: str, parent: str | None, texts: list[str], facts: list[Combined],
    labels: dict[str, str], source: Combined | None,
) -> list[Dim]:  # fmt: skip
    out = []
    written = _written_labels(source)
    for column in [key, *texts]:
        level = "key" if column == key else "parent" if column == parent else "attribute"
        members = bench.count(sql("SELECT count(DISTINCT {c}) FROM {t}", c=column, t=table))
        if members == 0 and level == "parent":  # plans by parent alone
            members = sum(
                bench.count(sql("SELECT count(DISTINCT {c}) FROM {t}", c=column, t=f.name))
                for f in facts
                if column in f.columns
            )
        if members == 0:
            continue
        label = labels.get(column) or written.get(column) or _LABELS.get(column) or column.replace("_", " ")
        out.append(Dim(column, label, side, level, members=members))
    return out


def _written_labels(source: Combined | None) -> dict[str, str]:
    out: dict[str, str] = {}
    for stage in source.stages if source is not None else []:
        out.update({k: v for k, v in stage.one.labels.items() if column_of(stage.one.table, k) is None})
    return out


def _parent_table(
    bench: Bench, table: str, side: str, parent: str, dims: list[Dim], facts: list[Combined]
) -> list[Dim]:
    """families or regions: one row per parent with the attributes that it determines."""
    determined = []
    for dim in dims:
        if dim.level != "attribute":
            continue
        loose = bench.count(
            sql(
                "SELECT count(*) FROM (SELECT {p} FROM {t} WHERE {p} IS NOT NULL GROUP BY {p}"
                " HAVING count(DISTINCT {a}) > 1 OR (count({a}) > 0 AND count({a}) < count(*)))",
                p=parent, t=table, a=dim.name,
            )
        )  # fmt: skip
        if loose == 0:
            determined.append(dim.name)
    name = "families" if parent == "family" else "regions"
    bench.run(sql("DROP TABLE IF EXISTS {n}", n=name))
    values = [parent, *(sql("max({a}) AS {a}", a=a) for a in determined)]
    bench.run(
        sql(
            "CREATE TABLE {n} AS SELECT {v} FROM {t} WHERE {p} IS NOT NULL GROUP BY {p} ORDER BY {p}",
            n=name, v=values, t=table, p=parent,
        )
    )  # fmt: skip
    for fact in facts:
        if parent in fact.columns:
            bench.run(
                sql(
                    "INSERT INTO {n} ({p}) SELECT DISTINCT {p} FROM {f} WHERE {p} IS NOT NULL"
                    " AND {p} NOT IN (SELECT {p} FROM {n}) ORDER BY {p}",
                    n=name, p=parent, f=fact.name,
                )
            )  # fmt: skip
    parents = bench.count(sql("SELECT count(*) FROM {n}", n=name))
    out = []
    for dim in dims:
        of_parent = dim.level == "parent" or dim.name in determined
        out.append(
            replace(dim, of_parent=of_parent, members=parents if dim.level == "parent" else dim.members)
        )
    return out


def _choose(bench: Bench, table: str, side: str, key: str, parent: str | None, dims: list[Dim]) -> list[Dim]:
    """Which dimensions the cube carries: the parent and what it determines, then attributes (and the sites)
    as long as their combinations stay few."""
    chosen = [d.name for d in dims if d.of_parent]
    rest = sorted(
        (d for d in dims if not d.of_parent and (d.level != "key" or side == "site")), key=lambda d: d.members
    )
    for dim in rest:
        tuples = bench.count(
            sql("SELECT count(*) FROM (SELECT DISTINCT {c} FROM {t})", c=[*chosen, dim.name], t=table)
        )
        if tuples <= MAX_TUPLES[side]:
            chosen.append(dim.name)
    return [replace(d, in_cube=d.name in chosen) for d in dims]
