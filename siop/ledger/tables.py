"""The tables of the ledger's database. `entries` takes new rows and nothing else."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    inspect,
    text,
)

METADATA = MetaData()

ENTRIES = Table(
    "entries",
    METADATA,
    # BIGINT, not INTEGER: SQLite would take the latter for the row's place and leave a byte of the row unused
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("capacity", Text, nullable=False),
    Column("cycle", Text),
    Column("subject", Text, nullable=False),
    Column("imported", Boolean, nullable=False),
    Column("idem", Text, nullable=False, unique=True),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("body", Text, nullable=False),
)
Index("entries_subject", ENTRIES.c.subject, ENTRIES.c.seq)

META = Table(
    "ledger_meta",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("person", Text, primary_key=True),
    Column("password", Text, nullable=False),  # argon2id, never the password
    Column("changed_at", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Text),
)
SUBJECTS = Table(
    "oidc_subjects",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person", Text, nullable=False),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token", Text, primary_key=True),  # SHA-256 of the token, never the token
    Column("person", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("fresh_at", Text, nullable=False),
    Column("revoked_at", Text),
)
Index("sessions_person", SESSIONS.c.person)
DRAFTS = Table(
    "drafts",
    METADATA,
    Column("person", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("saved_at", Text, nullable=False),
    Column("body", Text, nullable=False),
)

_SQLITE_GUARDS = [
    f"CREATE TRIGGER IF NOT EXISTS entries_no_{verb.lower()} BEFORE {verb} ON entries"
    " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a correction is a new entry'); END"
    for verb in ("UPDATE", "DELETE")
]
_POSTGRES_GUARDS = [
    "CREATE OR REPLACE FUNCTION entries_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'the ledger is append-only: a correction is a new entry'; END $$",
    "CREATE OR REPLACE TRIGGER entries_no_change BEFORE UPDATE OR DELETE ON entries"
    " FOR EACH ROW EXECUTE FUNCTION entries_refuse()",
    "CREATE OR REPLACE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries"
    " FOR EACH STATEMENT EXECUTE FUNCTION entries_refuse()",
]


def are_made(connection: Connection) -> bool:
    """Whether the database already holds a ledger."""
    have = set(inspect(connection).get_table_names())
    return set(METADATA.tables) <= have


def make(connection: Connection) -> None:
    """Create the tables and the guards that refuse UPDATE and DELETE; harmless where they exist.

    The guards stop mistakes, not an administrator: evidence against tampering is the chain's work.
    """
    METADATA.create_all(connection)
    guards = _SQLITE_GUARDS if connection.dialect.name == "sqlite" else _POSTGRES_GUARDS
    for guard in guards:
        connection.execute(text(guard))
