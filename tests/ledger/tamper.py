"""Kinds of tampering, each done as somebody would who has the file but not the ledger's key.

A kind takes an open SQLite database (guards off), the workspace's folder and a random source. It shares no code
with the product but the canonical form, which the forger may read in the docs.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Row = dict[str, Any]
Kind = Callable[[sqlite3.Connection, Path, random.Random], None]
KINDS: dict[str, Kind] = {}


def kind(function: Kind) -> Kind:
    KINDS[function.__name__] = function
    return function


def open_raw(path: Path) -> sqlite3.Connection:
    """The file without the product: guards dropped, no transaction unless asked."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for verb in ("update", "delete"):
        connection.execute(f"DROP TRIGGER IF EXISTS entries_no_{verb}")
    return connection


def rows(db: sqlite3.Connection) -> list[Row]:
    return [dict(row) for row in db.execute("SELECT * FROM entries ORDER BY seq")]


def write(db: sqlite3.Connection, every: list[Row]) -> None:
    db.execute("BEGIN")
    db.execute("DELETE FROM entries")
    for row in every:
        row.pop("touched", None)
        names = ", ".join(f'"{name}"' for name in row)
        db.execute(f"INSERT INTO entries ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    db.execute("COMMIT")


def body(row: Row) -> dict[str, Any]:
    return json.loads(row["body"])


def packed(told: dict[str, Any]) -> str:
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


def rehash(row: Row, told: dict[str, Any]) -> None:
    """Give the row another body, with columns and hash to match."""
    row["body"] = packed(told)
    row["hash"] = digest(row["body"])
    row["touched"] = True
    for name in ("seq", "prev", "type", "at", "by", "capacity", "idem"):
        row[name] = told[name]
    row["cycle"], row["imported"] = told.get("cycle"), int(told.get("imported", False))


def rechain(every: list[Row], key: Ed25519PrivateKey | None = None) -> None:
    """Number and chain the rows again; sign those that changed with a key where one is given."""
    prev, changed = "0" * 64, False
    for seq, row in enumerate(every, 1):
        changed = changed or row.pop("touched", False) or (row["seq"], row["prev"]) != (seq, prev)
        rehash(row, {**body(row), "seq": seq, "prev": prev})
        row.pop("touched")
        prev = row["hash"]
        if key is not None and changed:
            row["signature"] = key.sign(b"siop-entry\x00" + bytes.fromhex(row["hash"])).hex()


def other_words(row: Row, rng: random.Random) -> dict[str, Any]:
    """A body that says something else."""
    told = body(row)
    told["payload"] = {**told["payload"], "question": f"Something else {rng.random()}?"}
    return told


def some(every: list[Row], rng: random.Random) -> Row:
    return rng.choice(every)


def flip(text: str, rng: random.Random, alphabet: str = "0123456789abcdef") -> str:
    place = rng.randrange(len(text))
    return text[:place] + rng.choice([c for c in alphabet if c != text[place]]) + text[place + 1 :]


# -- one row ---------------------------------------------------------------------------------------------------


@kind
def words_changed(db, folder, rng):
    every = rows(db)
    row = some(every, rng)
    db.execute("UPDATE entries SET body = ? WHERE seq = ?", (packed(other_words(row, rng)), row["seq"]))


@kind
def one_byte_of_the_body(db, folder, rng):
    row = some(rows(db), rng)
    text = flip(row["body"], rng, "abcdefghij0123456789")
    db.execute("UPDATE entries SET body = ? WHERE seq = ?", (text, row["seq"]))


@kind
def words_changed_and_rehashed(db, folder, rng):
    every = rows(db)
    row = some(every, rng)
    rehash(row, other_words(row, rng))
    write(db, every)


@kind
def space_added(db, folder, rng):
    row = some(rows(db), rng)
    db.execute("UPDATE entries SET body = ? WHERE seq = ?", (row["body"].replace('":', '": ', 1), row["seq"]))


@kind
def field_twice(db, folder, rng):
    row = some(rows(db), rng)
    text = '{"by":"eve",' + row["body"][1:]
    db.execute("UPDATE entries SET body = ? WHERE seq = ?", (text, row["seq"]))


@kind
def field_added(db, folder, rng):
    row = some(rows(db), rng)
    text = packed({**body(row), "approved": True})
    db.execute("UPDATE entries SET body = ? WHERE seq = ?", (text, row["seq"]))


@kind
def body_as_bytes(db, folder, rng):
    row = some(rows(db), rng)
    db.execute("UPDATE entries SET body = CAST(body AS BLOB) WHERE seq = ?", (row["seq"],))


@kind
def body_emptied(db, folder, rng):
    db.execute("UPDATE entries SET body = '' WHERE seq = ?", (some(rows(db), rng)["seq"],))


@kind
def text_that_is_no_utf8(db, folder, rng):
    row = some(rows(db), rng)
    broken = row["body"].encode().replace(b"a", b"\xff", 1)
    db.execute("UPDATE entries SET body = CAST(? AS TEXT) WHERE seq = ?", (broken, row["seq"]))


def _column(name: str, value: Callable[[Row, random.Random], Any]) -> None:
    def change(db: sqlite3.Connection, folder: Path, rng: random.Random) -> None:
        row = some(rows(db), rng)
        db.execute(f'UPDATE entries SET "{name}" = ? WHERE seq = ?', (value(row, rng), row["seq"]))

    KINDS[f"column_{name}"] = change


_column("type", lambda row, rng: "comment" if row["type"] != "comment" else "risk")
_column("at", lambda row, rng: row["at"].replace("2026", "2025"))
_column("by", lambda row, rng: row["by"] + "x")
_column("capacity", lambda row, rng: "delegate of eve")
_column("cycle", lambda row, rng: "1999-01")
_column("subject", lambda row, rng: row["subject"] + "0")
_column("imported", lambda row, rng: 1 - row["imported"])
_column("idem", lambda row, rng: flip(row["idem"], rng))
_column("prev", lambda row, rng: flip(row["prev"], rng))
_column("hash", lambda row, rng: flip(row["hash"], rng))
_column("signature", lambda row, rng: flip(row["signature"], rng))


@kind
def mark_that_is_neither_true_nor_false(db, folder, rng):
    db.execute("UPDATE entries SET imported = 2 WHERE seq = ?", (some(rows(db), rng)["seq"],))


@kind
def hash_in_capitals(db, folder, rng):
    db.execute("UPDATE entries SET hash = upper(hash) WHERE seq = ?", (some(rows(db), rng)["seq"],))


@kind
def signature_stripped(db, folder, rng):
    db.execute("UPDATE entries SET signature = '' WHERE seq = ?", (some(rows(db), rng)["seq"],))


@kind
def signature_moved(db, folder, rng):
    one, two = rng.sample(rows(db), 2)
    db.execute("UPDATE entries SET signature = ? WHERE seq = ?", (one["signature"], two["seq"]))


# -- order and number ------------------------------------------------------------------------------------------


@kind
def middle_removed(db, folder, rng):
    db.execute("DELETE FROM entries WHERE seq = ?", (rng.choice(rows(db)[1:-1])["seq"],))


@kind
def first_removed(db, folder, rng):
    db.execute("DELETE FROM entries WHERE seq = 1")


@kind
def newest_removed(db, folder, rng):
    db.execute("DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)")


@kind
def some_newest_removed(db, folder, rng):
    db.execute("DELETE FROM entries WHERE seq > ?", (rng.randrange(len(rows(db)) - 1),))


@kind
def all_removed(db, folder, rng):
    db.execute("DELETE FROM entries")


@kind
def two_exchanged(db, folder, rng):
    every = rows(db)
    one, two = sorted(rng.sample(range(len(every)), 2))
    every[one]["seq"], every[two]["seq"] = every[two]["seq"], every[one]["seq"]
    write(db, every)


@kind
def copied_to_the_end(db, folder, rng):
    every = rows(db)
    row = dict(some(every, rng))
    row |= {"seq": len(every) + 1, "idem": "again"}
    write(db, [*every, row])


@kind
def gap_in_the_numbers(db, folder, rng):
    db.execute("UPDATE entries SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM entries)")


@kind
def entry_zero(db, folder, rng):
    every = rows(db)
    row = dict(some(every, rng))
    row |= {"seq": -rng.randrange(3), "idem": "zero"}
    write(db, [row, *every])


# -- rewritten chains, without the key -------------------------------------------------------------------------


def forged(every: list[Row], rng: random.Random) -> Row:
    row = dict(rng.choice([one for one in every if one["type"] == "decision"]))
    rehash(row, {**other_words(row, rng), "idem": f"forged{rng.random()}"})
    return row


@kind
def rechained(db, folder, rng):
    every = rows(db)
    row = some(every, rng)
    rehash(row, other_words(row, rng))
    rechain(every)
    write(db, every)


@kind
def rechained_and_signed_by_another_key(db, folder, rng):
    every = rows(db)
    row = some(every, rng)
    rehash(row, other_words(row, rng))
    rechain(every, Ed25519PrivateKey.generate())
    write(db, every)


@kind
def removed_and_rechained(db, folder, rng):
    every = rows(db)
    del every[rng.randrange(len(every))]
    rechain(every)
    write(db, every)


@kind
def put_between_and_rechained(db, folder, rng):
    every = rows(db)
    every.insert(rng.randrange(1, len(every)), forged(every, rng))
    rechain(every)
    write(db, every)


@kind
def backdated_and_rechained(db, folder, rng):
    every = rows(db)
    row = some(every, rng)
    rehash(row, {**body(row), "at": "2020-01-01T00:00:00.000Z"})
    rechain(every)
    write(db, every)


@kind
def import_mark_removed_and_rechained(db, folder, rng):
    every = rows(db)
    row = next(one for one in every if one["imported"])
    rehash(row, {name: value for name, value in body(row).items() if name not in ("imported", "saved")})
    rechain(every)
    write(db, every)


@kind
def forged_at_the_end(db, folder, rng):
    every = rows(db)
    every.append(forged(every, rng))
    rechain(every)
    every[-1]["signature"] = ""
    write(db, every)


@kind
def forged_at_the_end_with_another_key(db, folder, rng):
    every = rows(db)
    every.append(forged(every, rng))
    rechain(every, Ed25519PrivateKey.generate())
    write(db, every)


# -- files -----------------------------------------------------------------------------------------------------


@kind
def of_another_ledger(db, folder, rng):
    db.execute("UPDATE ledger_meta SET value = ? WHERE key = 'ledger'", (f"{rng.getrandbits(128):032x}",))


@kind
def checkpoint_changed(db, folder, rng):
    path = rng.choice(sorted(p for p in (folder / "checkpoints").glob("*.json")))
    told = json.loads(path.read_text())
    name = rng.choice(["size", "head", "at", "signature"])
    told[name] = told[name] - 1 if name == "size" else flip(told[name].replace(":", "0"), rng)
    path.write_text(json.dumps(told))


@kind
def checkpoint_emptied(db, folder, rng):
    path = rng.choice(sorted(p for p in (folder / "checkpoints").glob("0*.json")))
    path.write_text("")


@kind
def public_key_exchanged(db, folder, rng):
    raw = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    (folder / "keys" / "ledger-ed25519.pub").write_text(raw.hex() + "\n")


def bytes_of_the_file(folder: Path, rng: random.Random) -> None:
    """One bit of a row, header or content, in the file itself (no database in between).

    SQLite's file format: a leaf of a table begins with 13, then at 5 where its rows begin; they fill the page.
    """
    path = folder / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    places = []
    for start in range(size, len(data), size):
        page = data[start : start + size]
        if page[0] == 13 and b'{"at":"2' in page:
            places += range(start + int.from_bytes(page[5:7], "big"), start + size)
    data[rng.choice(places)] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(data))


def rolled_back(folder: Path, before: Path) -> None:
    """The file as it was at the last kept checkpoint, the head's file too: only a receipt can tell."""
    shutil.copy(before / "ledger.sqlite", folder / "ledger.sqlite")
    shutil.copy(before / "checkpoints" / "head.json", folder / "checkpoints" / "head.json")
