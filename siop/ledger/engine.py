"""Connections that keep what they acknowledge: SQLite in WAL mode with FULL sync, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from siop.core import Refused
from siop.core.finding import Finding
from siop.ledger.errors import NotSaved

BUSY_SECONDS = 10
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: NORMAL in WAL mode loses acknowledged entries on a power cut
    "fullfsync": 1,  # macOS: ask the disk, not only the system
    "checkpoint_fullfsync": 1,
    "busy_timeout": BUSY_SECONDS * 1000,
    "trusted_schema": 0,
    "cell_size_check": 1,
}
ADVISORY_LOCK = 0x51095_1ED6E4
"""PostgreSQL: one writer at a time, whichever host it is on."""


def open_engine(url: str) -> Engine:
    """An engine whose every connection has been set and asked whether it is set.

    Raises Refused for a database that is neither SQLite nor PostgreSQL, or that will not keep its promises.
    """
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise _refused(
                url, "a ledger in memory would be lost", "name a file: sqlite:////path/ledger.sqlite"
            )
        if not parsed.database.startswith("file:"):
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_size=16, max_overflow=48, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _set_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if kind == "postgresql":
        engine = create_engine(parsed, pool_size=16, max_overflow=48, pool_pre_ping=True)
        event.listen(engine, "connect", _set_postgres)
        return engine
    raise _refused(
        parsed.render_as_string(hide_password=True),
        f"a ledger cannot live in {kind}",
        "use sqlite:///FILE or postgresql://USER@HOST/DATABASE",
    )


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is the only writer. Raises NotSaved where the database cannot write it whole."""
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            yield connection
    except (DBAPIError, PoolTimeout) as error:
        raise NotSaved(_why(error)) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the ledger and never waits for the writer.

    Raises Refused where the database cannot be read.
    """
    level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    try:
        with engine.connect().execution_options(siop_reads=True, **level) as connection:
            transaction = connection.begin()
            try:
                yield connection
            finally:
                transaction.rollback()  # nothing to commit; and a damaged page would refuse a commit
    except (DBAPIError, PoolTimeout) as error:
        raise _refused(
            "the ledger",
            f"it cannot be read: {_why(error)}",
            "run `ledger verify`; restore the last backup if need be",
        ) from error


def _set_sqlite(connection: Any, _record: Any) -> None:
    """Set the pragmas, and read back the two that carry the promise."""
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    for name in ("journal_mode", "synchronous"):
        have = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if have != PRAGMAS[name]:
            raise _refused(
                "the ledger file",
                f"SQLite would run with {name} = {have}, not {PRAGMAS[name]}",
                "keep the workspace on a local disk that can be written, never on a network share",
            )


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("siop_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _set_postgres(connection: Any, _record: Any) -> None:
    """Ask the server whether it flushes before it acknowledges, and limit how long a writer waits."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        for name in ("fsync", "full_page_writes"):
            cursor.execute(f"SHOW {name}")
            if cursor.fetchone()[0] != "on":
                raise _refused(
                    "PostgreSQL", f"the server runs with {name} = off", f"set {name} = on in postgresql.conf"
                )
    connection.commit()


def _why(error: DBAPIError | PoolTimeout) -> str:
    """The cause in words a meeting understands."""
    cause = str(error.orig if isinstance(error, DBAPIError) and error.orig else error).splitlines()[0]
    said = cause.lower()
    if "locked" in said or "busy" in said or "lock timeout" in said or isinstance(error, PoolTimeout):
        return f"another writer kept the ledger busy for more than {BUSY_SECONDS} seconds"
    if "full" in said or "no space" in said:
        return "the disk is full"
    if "readonly" in said or "read-only" in said:
        return "the ledger may only be read"
    return f"the ledger's database answered {cause!r}"


def _refused(where: str, message: str, fix: str) -> Refused:
    finding = Finding("error", where, "ledger", message, fix)
    return Refused(f"{where}: {message}; {fix}", [finding])
