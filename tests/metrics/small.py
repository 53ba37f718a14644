"""A small published snapshot from tables, filled as the loader fills it. For tests of every room.

    snapshot = make_snapshot(tmp_path, actuals=frame, plans=[budget, consensus], versions=frame)

Frames have the contract's columns (contract.md section 1), months as `YYYY-MM`. A column that a frame does
not have is left out of its grain; `period` ("quarter", "year") may be a column of actuals and plans.
Several frames of one table may have different grains: give a list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from siop.core import add_months, month_number, span
from siop.warehouse import Snapshot

SCHEMA = Path(__file__).parents[2] / "siop" / "warehouse" / "sql" / "schema.sql"
Frames = pd.DataFrame | Sequence[pd.DataFrame] | None
MEASURED = ("quantity", "revenue", "cost")
KEYS = ("sku", "family", "customer", "region", "site")
STANDARD = {
    "products": {
        "sku": "VARCHAR", "name": "VARCHAR", "family": "VARCHAR", "category": "VARCHAR", "unit": "VARCHAR",
        "unit_cost": "DOUBLE", "unit_price": "DOUBLE", "launch_month": "DATE", "end_month": "DATE",
    },
    "customers": {
        "customer": "VARCHAR", "name": "VARCHAR", "region": "VARCHAR", "channel": "VARCHAR",
        "key_account": "BOOLEAN",
    },
    "sites": {"site": "VARCHAR", "name": "VARCHAR", "region": "VARCHAR", "kind": "VARCHAR"},
}  # fmt: skip
NO_DIMENSION = {"name", "unit_cost", "unit_price", "launch_month", "end_month"}


def make_snapshot(
    tmp_path: Path,
    *,
    actuals: Frames,
    plans: Frames = None,
    versions: pd.DataFrame | None = None,
    products: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    sites: pd.DataFrame | None = None,
    calendar: pd.DataFrame | None = None,
    closed_to: str | None = None,
    fiscal_year_start: int = 1,
    production: pd.DataFrame | None = None,
    inventory: pd.DataFrame | None = None,
    orders: pd.DataFrame | None = None,
    resources: pd.DataFrame | None = None,
    capacity: pd.DataFrame | None = None,
    bills: pd.DataFrame | None = None,
    policies: pd.DataFrame | None = None,
    labels: dict[str, str] | None = None,
    currency: str = "EUR",
    in_cube: Sequence[str] | None = None,
    name: str = "small",
) -> Snapshot:
    """Build `tmp_path/NAME.duckdb` and open it.

    closed_to: last closed month; default the last month of the actuals. calendar: the contract's calendar
    frame, else calendar months over everything dated. in_cube: dimensions of the cube; default all.
    versions: version, kind, and cycle, function, frozen_at, parent where they matter; a version seen only in
    the plans is of the kind `budget`.
    """
    path = tmp_path / f"{name}.duckdb"
    path.unlink(missing_ok=True)
    con = duckdb.connect(str(path))
    con.execute(SCHEMA.read_text(encoding="utf-8"))
    actual_frames, plan_frames = _frames(actuals), _frames(plans)
    grains: dict[tuple[str, str, str, str], int] = {}
    facts = actual_frames + plan_frames
    dims = {
        "products": _keyed(products, "sku", [*facts, production, inventory, orders, bills]),
        "customers": _keyed(customers, "customer", [*facts, orders]),
        "sites": _keyed(sites, "site", [*facts, production, inventory, resources]),
    }
    for table, frame in dims.items():
        _dimension(con, table, frame)
    parents = {
        "families": _parent(con, "families", "family", dims["products"], facts),
        "regions": _parent(con, "regions", "region", dims["customers"], facts),
    }
    months = _calendar(con, calendar, facts, versions, closed_to, fiscal_year_start,
                       [production, inventory, capacity], actual_frames)  # fmt: skip
    for i, frame in enumerate(actual_frames):
        _facts(con, "actuals", frame, i + 1, grains, months, dims)
    for i, frame in enumerate(plan_frames):
        _facts(con, "plans", frame, len(actual_frames) + i + 1, grains, months, dims)
    for grain, number in grains.items():
        con.execute("INSERT INTO grains VALUES (?, ?, ?, ?, ?)", [number, *grain])
    _versions(con, versions, plan_frames)
    _plain(con, "production", production, {"version": "actual", "source": 0})
    _plain(con, "inventory", inventory, {"version": "actual", "source": 0})
    _plain(con, "orders", orders, {"source": 0})
    for table, rows in (
        ("resources", resources),
        ("capacity", capacity),
        ("bills", bills),
        ("policies", policies),
    ):
        _plain(con, table, rows, {})
    cube = _dimensions(con, dims, parents, labels or {}, in_cube)
    _cube(con, cube, parents)
    con.execute("INSERT INTO sources SELECT 1, 'actuals', 'small.csv', NULL, NULL, 0, 0, 0, 1, 1, NULL, NULL")
    closed = con.execute("SELECT max(strftime(month, '%Y-%m')) FROM calendar WHERE closed").fetchall()[0][0]
    meta = {
        "schema_version": "1", "snapshot": f"{name}-0001", "built_at": "2026-01-01T00:00:00+00:00",
        "content_hash": hashlib.sha256(name.encode()).hexdigest(), "as_of": closed or "", "company": name,
        "currency": currency, "fiscal_year_start": str(fiscal_year_start), "loaded_by": "tests",
        "labels": json.dumps(labels or {}),
    }  # fmt: skip
    con.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
    con.close()
    return Snapshot(path)


def _frames(given: Frames) -> list[pd.DataFrame]:
    if given is None:
        return []
    return [given] if isinstance(given, pd.DataFrame) else list(given)


def _keyed(frame: pd.DataFrame | None, key: str, others: Sequence[pd.DataFrame | None]) -> pd.DataFrame:
    """The dimension table, with a row of the key alone for every key seen only in facts."""
    have = frame.copy() if frame is not None else pd.DataFrame({key: pd.Series([], dtype="str")})
    seen: list[str] = []
    for other in others:
        if other is not None and key in other:
            seen += [str(v) for v in other[key].dropna().unique()]
    missing = sorted(set(seen) - set(have[key].astype(str)))
    return pd.concat([have, pd.DataFrame({key: missing})], ignore_index=True) if missing else have


def _dimension(con: Any, table: str, frame: pd.DataFrame) -> None:
    have = frame.copy()
    columns = {**STANDARD[table], **{c: "VARCHAR" for c in map(str, have) if c not in STANDARD[table]}}
    for column, kind in columns.items():
        if column not in have:
            have[column] = None
        if kind == "DATE":
            have[column] = [_day(v) for v in have[column]]
    if table == "sites":
        columns = {("site_region" if c == "region" else c): k for c, k in columns.items()}
        have = have.rename(columns={"region": "site_region"})
    have = have[list(columns)].astype(object).where(have[list(columns)].notna(), None)
    listed = ", ".join(f'"{c}" {k}' for c, k in columns.items())
    con.execute(f"CREATE TABLE {table} ({listed})")
    if len(have):
        marks = ", ".join("?" for _ in columns)
        con.executemany(f"INSERT INTO {table} VALUES ({marks})", have.to_numpy().tolist())


def _parent(con: Any, table: str, key: str, frame: pd.DataFrame, facts: Sequence[pd.DataFrame]) -> list[str]:
    """families and regions with the attributes that the parent determines; returns those attributes."""
    seen = {str(v) for f in facts if key in f for v in f[key].dropna().unique()}
    own = next(iter(STANDARD["products" if key == "family" else "customers"]))
    attributes: list[str] = []
    if key in frame:
        named = frame.dropna(subset=[key])
        seen |= set(named[key].astype(str))
        attributes = [
            c for c in named if c not in {own, key} | NO_DIMENSION
            and len(named) and named.groupby(key)[c].nunique(dropna=False).max() == 1
            and named.duplicated(key).any()
        ]  # fmt: skip
    listed = ", ".join(f'"{c}" VARCHAR' for c in [key, *attributes])
    con.execute(f"CREATE TABLE {table} ({listed})")
    for value in sorted(seen):
        row = [None] * len(attributes)
        if key in frame and (frame[key] == value).any():
            first = frame[frame[key] == value].iloc[0]
            row = [None if pd.isna(first[a]) else str(first[a]) for a in attributes]
        con.execute(
            f"INSERT INTO {table} VALUES ({', '.join('?' for _ in [key, *attributes])})", [value, *row]
        )
    return attributes


def _calendar(
    con: Any,
    given: pd.DataFrame | None,
    facts: Sequence[pd.DataFrame],
    versions: pd.DataFrame | None,
    closed_to: str | None,
    start: int,
    others: Sequence[pd.DataFrame | None],
    actuals: Sequence[pd.DataFrame],
) -> dict[str, tuple[str, str]]:
    """Write the calendar; returns {month: (first month of its quarter, first month of its year)}."""
    last = closed_to or max(str(f["month"].max()) for f in actuals)
    dated = [
        str(m) for f in [*facts, *(o for o in others if o is not None)] for m in f["month"].dropna().unique()
    ]
    if versions is not None and "cycle" in versions:
        dated += [str(c) for c in versions["cycle"].dropna()]
    first_month, last_month = min([*dated, last]), max([*dated, last])
    back = (month_number(first_month) % 12 - (start - 1)) % 12
    ahead = 11 - (month_number(last_month) % 12 - (start - 1)) % 12
    rows, firsts = [], {}
    extra = {} if given is None else {str(r["month"]): r for r in given.to_dict("records")}
    for month in span(add_months(first_month, -back), add_months(last_month, ahead)):
        number = month_number(month)
        period = (number % 12 - (start - 1)) % 12 + 1
        year = number // 12 + (1 if start > 1 and number % 12 >= start - 1 else 0)
        firsts[month] = (add_months(month, -((period - 1) % 3)), add_months(month, -(period - 1)))
        told = extra.get(month, {})
        closed = bool(told["closed"]) if "closed" in told else month <= last
        begin = _day(told.get("start_date")) or _day(month)
        after = date.fromisoformat(add_months(month, 1) + "-01") - timedelta(days=1)
        rows.append(
            [_day(month), begin, after, closed, told.get("working_days"), year, period,
             f"{year}-Q{(period + 2) // 3}", str(year)]
        )  # fmt: skip
    con.executemany("INSERT INTO calendar VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return firsts


def _facts(
    con: Any,
    table: str,
    frame: pd.DataFrame,
    source: int,
    grains: dict[tuple[str, str, str, str], int],
    months: dict[str, tuple[str, str]],
    dims: dict[str, pd.DataFrame],
) -> None:
    have = frame.copy()
    if "price" in have and "revenue" not in have:
        have["revenue"] = have["quantity"] * have["price"]
    period = have["period"] if "period" in have else pd.Series("month", index=have.index)
    product = _level(have, "sku", "family")
    customer = _level(have, "customer", "region")
    site = _level(have, "site", None)
    keys = list(zip(period, product, customer, site, strict=True))
    have["grain"] = [grains.setdefault(k, len(grains) + 1) for k in keys]
    firsts = {"quarter": 0, "year": 1}
    have["month"] = [
        _day(months[m][firsts[p]] if p in firsts else m)
        for m, p in zip(have["month"].astype(str), period, strict=True)
    ]
    for key, parent, dim in (("sku", "family", "products"), ("customer", "region", "customers")):
        if key in have and parent in dims[dim]:
            found = have[key].map(dims[dim].set_index(key)[parent])
            have[parent] = have[parent].where(have[parent].notna(), found) if parent in have else found
    for column in (*KEYS, *MEASURED):
        if column not in have:
            have[column] = None
    have["source"] = source
    columns = ["month", "grain", *KEYS, *MEASURED, "source"]
    if table == "plans":
        columns.insert(0, "version")
    con.register("given", have[columns])
    cast = [
        f"CAST({c} AS DECIMAL(38, 10))" if c in MEASURED else f"CAST({c} AS VARCHAR)" if c in KEYS else c
        for c in columns
    ]
    con.execute(f"INSERT INTO {table} SELECT {', '.join(cast)} FROM given ORDER BY ALL")
    con.unregister("given")


def _level(frame: pd.DataFrame, key: str, parent: str | None) -> pd.Series[str]:
    level = pd.Series("none", index=frame.index)
    if parent is not None and parent in frame:
        level = level.mask(frame[parent].notna(), parent)
    if key in frame:
        level = level.mask(frame[key].notna(), key)
    return level


def _versions(con: Any, given: pd.DataFrame | None, plans: Sequence[pd.DataFrame]) -> None:
    rows = {} if given is None else {str(r["version"]): r for r in given.to_dict("records")}
    for frame in plans:
        for version in frame["version"].unique():
            rows.setdefault(str(version), {"version": version, "kind": "budget"})
    for version, row in rows.items():
        told = {k: (None if pd.isna(v) else v) for k, v in row.items()}
        count = con.execute(
            "SELECT min(month), max(month), count(*) FROM plans WHERE version = ?", [version]
        ).fetchall()[0]
        con.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [version, told["kind"], _day(told.get("cycle")),
             told.get("function") or ("statistical" if told["kind"] == "statistical" else None),
             told.get("frozen_at"), told.get("parent"),
             hashlib.sha256(f"{version}{count}".encode()).hexdigest(), *count],
        )  # fmt: skip


def _plain(con: Any, table: str, frame: pd.DataFrame | None, defaults: dict[str, Any]) -> None:
    if frame is None:
        return
    have = frame.copy()
    for column, value in defaults.items():
        if column not in have:
            have[column] = value
    columns = [r[0] for r in con.execute(f"DESCRIBE {table}").fetchall()]
    for column in columns:
        if column not in have:
            have[column] = None
        elif column == "month" or column.endswith("_date"):
            have[column] = [_day(v) for v in have[column]]
    have = have[columns].astype(object).where(have[columns].notna(), None)
    con.executemany(
        f"INSERT INTO {table} VALUES ({', '.join('?' for _ in columns)})", have.to_numpy().tolist()
    )


def _dimensions(
    con: Any,
    dims: dict[str, pd.DataFrame],
    parents: dict[str, list[str]],
    labels: dict[str, str],
    in_cube: Sequence[str] | None,
) -> dict[str, tuple[str, str, str]]:
    """Write `dimensions`; returns {cube dimension: (table, column, parent key or '')}."""
    found: dict[str, tuple[str, str, str]] = {}
    rows = []
    for table, key, parent, side, attributes_of in (
        ("products", "sku", "family", "product", "families"),
        ("customers", "customer", "region", "customer", "regions"),
        ("sites", "site", "", "site", ""),
    ):
        columns = [r[0] for r in con.execute(f"DESCRIBE {table}").fetchall()]
        for column in columns:
            if column in NO_DIMENSION or (column == "unit"):
                continue
            count = f'count(DISTINCT "{column}")'
            source = (
                f"(SELECT {column} FROM families)"
                if column == "family"
                else f"(SELECT {column} FROM regions)"
                if column == "region"
                else table
            )
            members = con.execute(f"SELECT {count} FROM {source}").fetchall()[0][0]
            if not members:
                continue
            level = "key" if column == key else "parent" if column == parent else "attribute"
            of_parent = column == parent or column in parents.get(attributes_of, [])
            inside = in_cube is None or column in in_cube
            rows.append([column, labels.get(column, column), side, level, of_parent, inside, members])
            if inside:
                found[column] = (table, column, parent)
    for column in ("month", "quarter", "year"):
        members = con.execute(f"SELECT count(DISTINCT {column}) FROM calendar").fetchall()[0][0]
        rows.append(
            [
                column,
                labels.get(column, column),
                "time",
                "key" if column == "month" else "parent",
                False,
                True,
                members,
            ]
        )
    con.executemany("INSERT INTO dimensions VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return found


def _cube(con: Any, dims: dict[str, tuple[str, str, str]], parents: dict[str, list[str]]) -> None:
    picks = []
    for dimension, (table, column, _) in dims.items():
        if column in KEYS:
            picks.append(f'f."{column}" AS "{dimension}"')
        elif table == "products":
            by_parent = column in parents["families"]
            more = f', fa."{column}"' if by_parent else ""
            picks.append(f'coalesce(p."{column}"{more}) AS "{dimension}"')
        elif table == "customers":
            by_parent = column in parents["regions"]
            more = f', re."{column}"' if by_parent else ""
            picks.append(f'coalesce(CAST(c."{column}" AS VARCHAR){more}) AS "{dimension}"')
        else:
            picks.append(f's."{column}" AS "{dimension}"')
    sums = ", ".join(f"CAST(sum(f.{m}) AS DOUBLE) AS {m}" for m in MEASURED)
    head = "".join(f"{p}, " for p in picks)
    joins = (
        " LEFT JOIN products p ON p.sku = f.sku LEFT JOIN customers c ON c.customer = f.customer"
        " LEFT JOIN sites s ON s.site = f.site LEFT JOIN families fa ON fa.family = f.family"
        " LEFT JOIN regions re ON re.region = f.region"
    )
    tail = f"{head}{sums}, CAST(sum(f.revenue - f.cost) AS DOUBLE) AS margin, count(*) AS rows"
    con.execute(
        "CREATE TABLE cube AS SELECT 'actual' AS version, 'actual' AS kind, CAST(NULL AS SMALLINT) AS lag,"
        f" CAST(NULL AS VARCHAR) AS function, f.month, f.grain, {tail} FROM actuals f {joins} GROUP BY ALL"
        " UNION ALL SELECT f.version, v.kind, CAST(datediff('month', v.cycle, f.month) AS SMALLINT), v.function,"
        f" f.month, f.grain, {tail} FROM plans f JOIN versions v ON v.version = f.version {joins} GROUP BY ALL"
        " ORDER BY 1, 5"
    )


def _day(value: object) -> date | None:
    if value is None or value is pd.NaT or value != value:
        return None
    if isinstance(value, date):
        return value
    text = str(value)
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")
