"""One sequence of bytes for one meaning: canonical JSON (RFC 8785), and the hash of an entry's body."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

START = "0" * 64
"""What the first entry names as the hash before it."""
ENTRY = b"\x00"
"""Set before the body, so that the hash of an entry is never the hash of anything else."""


def canonical(body: dict[str, Any]) -> bytes:
    """RFC 8785: sorted keys, no spaces, UTF-8. Floats never get here; the entry models make them text."""
    return bytes(rfc8785.dumps(body))


def entry_hash(body: bytes) -> str:
    """SHA-256 of 0x00 and the canonical body, as lower-case hex."""
    return hashlib.sha256(ENTRY + body).hexdigest()
