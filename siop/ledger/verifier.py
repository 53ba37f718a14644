"""Stand-alone verifier of a ledger's export. One file, Python's standard library only; copy it anywhere.

    python verifier.py EXPORT [--key KEY] [--checkpoint FILE]... [--receipt FILE]...

EXPORT is what `ledger export` wrote: JSON lines, or the one JSON object of `--json`. KEY is the public key, as
64 hex digits or as a file that holds them; take it from a receipt's keeper, not from the export. Prints one
JSON object; exit code 0 where nothing was changed, 1 where something was, 2 for wrong usage.

Written from docs/ledger.md, apart from the product, so that the two can be held against each other.

The rules. A line is one JSON object. Take away `hash` and `signature`; what is left is the body. Its bytes are
the JSON with sorted keys, without spaces, in UTF-8 (RFC 8785; there are no floats). `hash` is the SHA-256 of a
zero byte and these bytes. `seq` counts from 1; `prev` is the hash of the line before, 64 zeros for the first.
`signature` is Ed25519 over "siop-entry", a zero byte, and the 32 bytes of the hash. A checkpoint says that the
ledger had `size` entries and the last one's hash was `head`; its signature is over "siop-checkpoint", a zero
byte, and the canonical JSON of at, head, ledger and size. A field `row` means that the exporter found the
stored row to differ from its body.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from typing import Any

# -- Ed25519 (RFC 8032), verification only: public data, so speed is the only concern ------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
_ZERO: _Point = (0, 1, 1, 0)


def _add(a: _Point, b: _Point) -> _Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % _P
    f = (a[1] + a[0]) * (b[1] + b[0]) % _P
    g = 2 * a[3] * b[3] * _D % _P
    h = 2 * a[2] * b[2] % _P
    w, x, y, z = f - e, h - g, h + g, f + e
    return w * x % _P, y * z % _P, x * y % _P, w * z % _P


def _double(a: _Point) -> _Point:
    x, y = a[0] * a[0] % _P, a[1] * a[1] % _P
    z = 2 * a[2] * a[2] % _P
    h = x + y
    e = h - (a[0] + a[1]) * (a[0] + a[1])
    g = x - y
    f = z + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _decompress(raw: bytes) -> _Point | None:
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _same(a: _Point, b: _Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % _P == 0 and (a[1] * b[2] - b[1] * a[2]) % _P == 0


_BASE = _decompress((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


class Ed25519Key:
    """A public key; `signed` says whether a signature is under a message."""

    def __init__(self, raw: bytes) -> None:
        point = _decompress(raw) if len(raw) == 32 else None
        if point is None or _BASE is None:
            raise ValueError("not an Ed25519 public key")
        self.raw = raw
        minus = (_P - point[0], point[1], point[2], _P - point[3])
        # sums of the base and the negated key, four bits of each scalar at a time
        self._bases, self._minus = _multiples(_BASE), _multiples(minus)

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Whether s*B - h*A gives the R of the signature."""
        if len(signature) != 64:
            return False
        s = int.from_bytes(signature[32:], "little")
        point = _decompress(signature[:32])
        if s >= _L or point is None:
            return False
        digest = hashlib.sha512(signature[:32] + self.raw + message).digest()
        h = int.from_bytes(digest, "little") % _L
        total = _ZERO
        for shift in range(252, -4, -4):
            if total is not _ZERO:
                total = _double(_double(_double(_double(total))))
            if s >> shift & 15:
                total = _add(total, self._bases[s >> shift & 15])
            if h >> shift & 15:
                total = _add(total, self._minus[h >> shift & 15])
        return _same(total, point)


def _multiples(point: _Point) -> list[_Point]:
    found = [_ZERO]
    for _ in range(15):
        found.append(_add(found[-1], point))
    return found


# -- the ledger ----------------------------------------------------------------------------------------------

_FIRST = "0" * 64


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(
        body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8", "surrogatepass")


def _hex(text: Any, size: int) -> bytes:
    """The bytes of a lower-case hex text of `size` bytes; empty where it is none."""
    if not isinstance(text, str) or len(text) != 2 * size or text != text.lower():
        return b""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _has_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_float(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_float(item) for item in value)
    return isinstance(value, float)


class Check:
    """The findings so far."""

    def __init__(self, key: Ed25519Key | None) -> None:
        self.key = key
        self.hashes: dict[int, str] = {}
        self.last = 0
        self.lines = 0
        self.ledger: str | None = None
        self.bad: dict[int, str] = {}
        self.other: list[str] = []

    def say(self, seq: int, reason: str) -> None:
        self.bad.setdefault(seq, reason)

    def line(self, entry: Any) -> None:
        """One line, in the order of the file."""
        seq = self.last + 1
        self.lines += 1
        if not isinstance(entry, dict):
            self.last = seq
            self.say(seq, "is not a JSON object")
            return
        told, prev = entry.get("seq"), self.hashes.get(self.last, _FIRST)
        if isinstance(told, int) and not isinstance(told, bool) and told < 1:
            self.say(told, "has no place in the ledger: entries are numbered from 1")
            return
        if told != seq:
            self.say(seq, f"is missing or out of place: the line says {told!r}")
            prev = ""
            if isinstance(told, int) and told > seq:
                seq = told
        digest, signature = entry.get("hash"), entry.get("signature")
        self.last, self.hashes[seq] = seq, digest if isinstance(digest, str) else ""
        body = {name: value for name, value in entry.items() if name not in ("hash", "signature", "row")}
        if "row" in entry:
            self.say(seq, f"was changed: the stored row differs from its body in {sorted(entry['row'])}")
        if _has_float(body):
            self.say(seq, "was changed: it has a number that is not exact")
        elif hashlib.sha256(b"\x00" + _bytes(body)).hexdigest() != digest:
            self.say(seq, "was changed: its content does not give its hash")
        if prev and body.get("prev") != prev:
            self.say(seq, "does not follow the entry before it")
        if self.ledger is None:
            self.ledger = str(body.get("ledger"))
        if body.get("ledger") != self.ledger:
            self.say(seq, "belongs to another ledger")
        if not self._is_signed(signature, b"siop-entry\x00" + _hex(digest, 32)):
            self.say(seq, "is not signed by this key")

    def checkpoint(self, name: str, told: Any) -> dict[str, Any]:
        """One checkpoint against the lines."""
        fields = ("at", "head", "ledger", "size")
        if not isinstance(told, dict) or any(field not in told for field in fields):
            reason: str | None = "is not a checkpoint"
            self.other.append(f"{name} {reason}")
            return {"file": name, "ok": False, "reason": reason}
        size, head, have, reason = told["size"], told["head"], self.last, None
        body = {field: told[field] for field in fields}
        if _has_float(body) or not self._is_signed(
            told.get("signature"), b"siop-checkpoint\x00" + _bytes(body)
        ):
            reason = "is not signed by this key"
        elif self.ledger is not None and told["ledger"] != self.ledger:
            reason = "is of another ledger"
        elif not isinstance(size, int) or size < 0:
            reason = "has no size"
        if reason is not None:
            self.other.append(f"{name} {reason}")
        elif size > have:
            reason = f"there were {size} entries at {told['at']}, now there are {have}"
            self.say(have + 1, f"is missing: {reason}")
        elif (self.hashes.get(size) if size else _FIRST) != head:
            reason = f"entry {size} is not the one of {told['at']}"
            self.say(size, f"was changed, or one before it: {reason}")
        return {"file": name, "size": size, "head": head, "ok": reason is None, "reason": reason}

    def receipt(self, told: Any) -> None:
        """One signer's receipt against the lines."""
        seq = told.get("seq") if isinstance(told, dict) else None
        if not isinstance(seq, int) or seq < 1:
            self.other.append("a receipt has no seq")
        elif self.ledger is not None and told.get("ledger", self.ledger) != self.ledger:
            self.other.append(f"the receipt of entry {seq} is of another ledger")
        elif seq > self.last:
            self.say(self.last + 1, f"is missing: there is a receipt for entry {seq}")
        elif told.get("hash") != self.hashes.get(seq):
            self.say(seq, "is not the one its signer has the receipt for")
        elif "signature" in told and not self._is_signed(
            told["signature"], b"siop-entry\x00" + _hex(told["hash"], 32)
        ):
            self.other.append(f"the receipt of entry {seq} is not signed by this key")

    def _is_signed(self, signature: Any, message: bytes) -> bool:
        return self.key is None or self.key.signed(_hex(signature, 64), message)

    def result(self, checkpoints: list[dict[str, Any]]) -> dict[str, Any]:
        """The same form as `ledger verify --json`."""
        first = min(self.bad, default=None)
        first_bad: dict[str, Any] | None = None
        if first is not None:
            first_bad = {"seq": first, "reason": self.bad[first]}
        elif self.other:
            first_bad = {"seq": None, "reason": self.other[0]}
        return {
            "ok": first_bad is None,
            "entries": self.lines,
            "head": self.hashes.get(self.last, _FIRST),
            "first_bad": first_bad,
            "checkpoints": checkpoints,
            "signatures": "checked" if self.key else "not checked: no key given",
        }


def verify(
    lines: list[Any],
    key: str | None = None,
    checkpoints: list[tuple[str, Any]] | None = None,
    receipts: list[Any] | None = None,
) -> dict[str, Any]:
    """Check parsed lines; `key` is the public key as hex, `checkpoints` are (name, JSON)."""
    check = Check(Ed25519Key(bytes.fromhex(key)) if key else None)
    for entry in lines:
        check.line(entry)
    told = [check.checkpoint(name, one) for name, one in checkpoints or []]
    for receipt in receipts or []:
        check.receipt(receipt)
    return check.result(told)


def _twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        found["row"] = {"a field stands twice": True}
    return found


def read_lines(text: str) -> list[Any]:
    """The lines of an export, or the entries of the one JSON object; a line that is no JSON is None."""
    try:
        whole = json.loads(text, object_pairs_hook=_twice)
    except ValueError:
        whole = None
    if isinstance(whole, dict) and isinstance(whole.get("entries"), list):
        return list(whole["entries"])
    found: list[Any] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            found.append(json.loads(line, object_pairs_hook=_twice))
        except ValueError:
            found.append(None)
    return found


def _file(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - no imports beyond what is needed
        return file.read()


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Verify a ledger's export.")
    parser.add_argument("export")
    parser.add_argument("--key", help="public key: 64 hex digits, or a file with them")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="FILE")
    parser.add_argument("--receipt", action="append", default=[], metavar="FILE")
    given = parser.parse_args(arguments)
    try:
        key = given.key and (given.key if _hex(given.key, 32) else _file(given.key).strip())
        found = verify(
            read_lines(_file(given.export)),
            key,
            [(path, json.loads(_file(path))) for path in given.checkpoint],
            [json.loads(_file(path)) for path in given.receipt],
        )
    except (OSError, ValueError) as error:
        print(f"verifier: {error}", file=sys.stderr)
        return 2
    print(json.dumps(found, indent=1))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
