"""Reading a published snapshot: read-only, locked down, one root connection per file, a cursor per call."""

from __future__ import annotations

import json
import threading
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from siop.core import NotFound, Refused, month_of
from siop.core.finding import Finding
from siop.core.memory import Memory
from siop.warehouse.sqltext import sql

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
CURRENT = "current"
_ANSWERS, _TABLES = 128, 256
_SMALL = 5_000  # rows of a table worth keeping


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something people can filter and group by; see the table `dimensions` in sql/schema.sql."""

    name: str
    label: str
    side: str
    level: str
    of_parent: bool
    in_cube: bool
    members: int


def _question(sql: str, params: Mapping[str, Any] | Sequence[Any] | None) -> Hashable | None:
    """A statement with its values as a key; None where a value is no plain one, such as an array."""
    named = params.items() if isinstance(params, Mapping) else enumerate(params or ())
    asked = (sql, tuple((n, type(v), tuple(v) if isinstance(v, list | tuple) else v) for n, v in named))
    try:
        hash(asked)
    except TypeError:
        return None
    return asked


class Snapshot:
    """All facts of a company as of one load. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open a snapshot file. Raises Refused where it is missing, corrupt or of a newer version."""
        self.path = path
        if not path.exists():
            raise _unreadable(path, "the snapshot file is missing", "load the company's files again")
        config: dict[str, str | bool | int | float | list[str]] = {
            "access_mode": "READ_ONLY",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": "4GB",
            "max_temp_directory_size": "0GB",
            "enable_external_access": "false",
            "lock_configuration": "true",
        }
        try:
            # All settings at once: a second Snapshot of the same file shares this instance, already locked.
            self._root = duckdb.connect(str(path), read_only=True, config=config)
            self.meta: dict[str, str] = dict(self._root.execute("SELECT key, value FROM meta").fetchall())
        except duckdb.Error as error:
            raise _unreadable(
                path,
                f"the snapshot cannot be read: {str(error).splitlines()[0]}",
                "load the company's files again, or install the version of the cockpit that wrote it",
            ) from None
        if int(self.meta.get("schema_version", "0")) > SCHEMA_VERSION:
            raise _unreadable(path, "the snapshot was written by a newer version", "update the cockpit")
        self._lock = threading.Lock()
        self.answers = Memory(_ANSWERS)  # of the costly questions that several rooms ask
        self._tables = Memory(_TABLES)

    @property
    def id(self) -> str:
        return str(self.meta["snapshot"])

    @property
    def currency(self) -> str:
        return str(self.meta.get("currency") or "EUR")

    def rows(
        self, sql: str, params: Mapping[str, Any] | Sequence[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """The result as tuples; decimals stay exact."""
        with self._root.cursor() as cursor:
            found: list[tuple[Any, ...]] = cursor.execute(sql, params or {}).fetchall()
            return found

    def table(self, sql: str, params: Mapping[str, Any] | Sequence[Any] | None = None) -> pd.DataFrame:
        """The result as a table; cast sums to DOUBLE in the SQL, NULL numbers arrive as NaN.

        Rooms ask for the same small tables again and again: these are kept, and given as copies on write.
        """
        key = _question(sql, params)
        kept = None if key is None else self._tables.find(key)
        if kept is None:
            with self._root.cursor() as cursor:
                kept = cursor.execute(sql, params or {}).df()
            if key is not None and len(kept) <= _SMALL:
                self._tables.keep(key, kept)
        frame: pd.DataFrame = kept.copy(deep=False)
        return frame

    def close(self) -> None:
        self._root.close()

    @cached_property
    def tables(self) -> dict[str, int]:
        """{table: rows} of the tables that have rows."""
        names = self.rows("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1")
        counts = {n: self.rows(sql("SELECT count(*) FROM {t}", t=n))[0][0] for (n,) in names}
        return {name: count for name, count in counts.items() if count}

    @cached_property
    def dimensions(self) -> dict[str, Dimension]:
        found = self.rows(
            "SELECT dimension, label, side, level, of_parent, in_cube, members FROM dimensions ORDER BY rowid"
        )
        return {row[0]: Dimension(*row) for row in found}

    @cached_property
    def labels(self) -> dict[str, str]:
        """{dimension: what this company calls it}, for the dimensions it renamed."""
        told: dict[str, str] = json.loads(self.meta.get("labels") or "{}")
        return told

    def dimension(self, name: str) -> Dimension:
        """A dimension by its name, by the company's label, or by its column's name in the file, where that one was taken
        and one side alone has it (kind: product_kind). Raises NotFound naming the known ones."""
        if name in self.dimensions:
            return self.dimensions[name]
        for dimension, label in self.labels.items():
            if label.casefold() == name.casefold() and dimension in self.dimensions:
                return self.dimensions[dimension]
        prefixed = [f"{side}_{name}" for side in ("product", "customer", "site")]
        own = [self.dimensions[n] for n in prefixed if n in self.dimensions]
        if len(own) == 1:
            return own[0]
        known = ", ".join(self.labels.get(d, d) for d in self.dimensions)
        raise NotFound(f"no dimension {name!r}; this company has {known}")

    @cached_property
    def calendar(self) -> pd.DataFrame:
        """month (YYYY-MM), closed, working_days, fiscal_year, fiscal_period, quarter, year; in order."""
        return self.table(
            "SELECT strftime(month, '%Y-%m') AS month, start_date, end_date, closed, working_days,"
            " fiscal_year, fiscal_period, quarter, year FROM calendar ORDER BY calendar.month"
        )

    @cached_property
    def closed_months(self) -> list[str]:
        """The closed months from the first month with actuals on, in order."""
        found = self.rows(
            "SELECT month FROM calendar WHERE closed AND month >= (SELECT min(month) FROM actuals) ORDER BY month"
        )
        return [month_of(m) for (m,) in found if isinstance(m, date)]

    @cached_property
    def as_of(self) -> str | None:
        """The last closed month, YYYY-MM; None where no month is closed."""
        return self.closed_months[-1] if self.closed_months else None

    @cached_property
    def versions(self) -> pd.DataFrame:
        """version, kind, cycle (YYYY-MM), function, frozen_at, parent, plan_hash, first_month, last_month, rows."""
        return self.table(
            "SELECT version, kind, strftime(cycle, '%Y-%m') AS cycle, function, frozen_at, parent, plan_hash,"
            " strftime(first_month, '%Y-%m') AS first_month, strftime(last_month, '%Y-%m') AS last_month, rows"
            " FROM versions ORDER BY kind, versions.cycle, version"
        )

    @cached_property
    def consensus(self) -> dict[str, str]:
        """{cycle: its consensus version, of several the one frozen last}; the newest cycle is the last."""
        found = self.versions[self.versions["kind"] == "consensus"]
        ordered = found.sort_values(["cycle", "frozen_at", "version"], na_position="first")
        return dict(zip(ordered["cycle"], ordered["version"], strict=True))


def current_snapshot(folder: Path) -> Snapshot | None:
    """The newest published snapshot of a workspace's `snapshots/`, or None where nothing was loaded."""
    pointer = folder / CURRENT
    if not pointer.exists():
        return None
    return Snapshot(folder / f"{pointer.read_text(encoding='utf-8').strip()}.duckdb")


def _unreadable(path: Path, message: str, fix: str) -> Refused:
    finding = Finding("error", path.name, "snapshot", message, fix)
    return Refused(f"{path.name}: {message}; {fix}", [finding])
