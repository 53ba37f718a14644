"""The rows of the table as they lie there, read without trusting them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from siop.core import NotFound
from siop.ledger.canonical import canonical
from siop.ledger.entries import payload_of
from siop.ledger.entry import subject_of

COLUMNS = (
    "seq", "type", "at", "by", "capacity", "cycle", "subject", "imported", "idem", "prev", "hash",
    "signature", "body",
)  # fmt: skip
_SAME = ("seq", "type", "at", "by", "capacity", "cycle", "idem", "prev")
"""Columns that repeat a field of the body."""
_PAGE = 500
# Plain SQL: column types of SQLAlchemy would turn a 2 in a truth column into true.
# `place` is where SQLite keeps the row; it counts up with the entries and is as much a part of the row.
_ROWS = {
    dialect: text(
        f"SELECT {place} AS place, " + ", ".join(f'"{name}"' for name in COLUMNS)  # noqa: S608 - constants
        + " FROM entries WHERE seq > :after ORDER BY seq LIMIT :many"
    )
    for dialect, place in (("sqlite", "rowid"), ("postgresql", "seq"))
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that the database could not hand out, and what it said."""

    seq: int
    said: str


def read_rows(connection: Connection) -> Iterator[dict[str, Any] | Unreadable]:
    """Every row in order; ends after the first one that cannot be read."""
    after, many = -(2**62), _PAGE
    while True:
        try:
            page = (
                connection.execute(_ROWS[connection.dialect.name], {"after": after, "many": many})
                .mappings()
                .all()
            )
        except DBAPIError as error:
            if many == 1:
                yield Unreadable(max(after, 0) + 1, str(error.orig).splitlines()[0])
                return
            many = 1
            continue
        if not page:
            return
        for row in page:
            if not isinstance(row["seq"], int) or row["seq"] <= after:
                yield Unreadable(
                    max(after, 0) + 1, f"the numbers do not rise: {row['seq']} comes after {after}"
                )
                return
            after = row["seq"]
            yield dict(row)


def body_of(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row's body, or None where it is no JSON object."""
    try:
        body = json.loads(row["body"])
    except (TypeError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def differences(row: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """{column: value} where the row does not say what its body says; empty is as it should be."""
    found = {name: row[name] for name in _SAME if not _equal(row[name], body.get(name))}
    if row["imported"] not in (0, 1) or bool(row["imported"]) is not body.get("imported", False):
        found["imported"] = row["imported"]
    if row["place"] != row["seq"]:
        found["place"] = row["place"]
    try:
        if canonical(dict(body)) != str(row["body"]).encode():
            found["body"] = row["body"]
    except (ValueError, TypeError):
        found["body"] = row["body"]
    try:
        subject = subject_of(payload_of(body["type"], body["payload"]), body.get("cycle"))
        if row["subject"] != subject:
            found["subject"] = row["subject"]
    except (NotFound, ValidationError, KeyError, TypeError) as error:
        found["payload"] = str(error).splitlines()[0]
    return found


def line_of(row: dict[str, Any] | Unreadable) -> str:
    """The export line of a row; where the row differs from its body, `row` says how."""
    if isinstance(row, Unreadable):
        whole: dict[str, Any] = {"seq": row.seq, "row": {"unreadable": row.said}}
    else:
        body = body_of(row)
        whole = dict(body or {}) | {"hash": row["hash"], "signature": row["signature"]}
        off = {"body": row["body"]} if body is None else differences(row, body)
        if off:
            whole |= {"seq": row["seq"], "row": off}
    return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=repr)


def _equal(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other
