"""The ledger's Ed25519 key, and what is signed with it: the hash of each entry, and checkpoints."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from siop.core import Refused
from siop.core.finding import Finding

PRIVATE, PUBLIC = "ledger-ed25519.key", "ledger-ed25519.pub"
ENTRY_DOMAIN, CHECKPOINT_DOMAIN = b"siop-entry\x00", b"siop-checkpoint\x00"
"""Set before what is signed, so that a signature under one thing is none under another."""


class Signer:
    """Signs with the private key of a folder; made there where there is none."""

    def __init__(self, folder: Path) -> None:
        """Raises Refused where the key file is not a key."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / PRIVATE
        if not has_key(folder):
            _write_new(path, Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
        self._key = Ed25519PrivateKey.from_private_bytes(_raw(path))
        self.public = self._key.public_key().public_bytes_raw().hex()
        if not (folder / PUBLIC).exists():
            _write_new(folder / PUBLIC, self.public + "\n")

    def entry(self, digest: str) -> str:
        """The signature over an entry's hash, as hex."""
        return self._key.sign(ENTRY_DOMAIN + bytes.fromhex(digest)).hex()

    def token(self, words: str) -> str:
        """A keyed hash of `words`: the same for the same words, and not to be guessed without the key."""
        key = hashlib.sha256(b"siop-token\x00" + self._key.private_bytes_raw()).digest()
        return hmac.new(key, words.encode(), hashlib.sha256).hexdigest()[:32]

    def checkpoint(self, body: bytes) -> str:
        """The signature over a checkpoint's canonical body, as hex."""
        return self._key.sign(CHECKPOINT_DOMAIN + body).hex()


def public_key(folder: Path) -> str | None:
    """The public key of a folder as hex, or None where there is none. Raises Refused where it is not a key."""
    path = folder / PUBLIC
    return _raw(path).hex() if path.exists() else None


def is_signed(public: str, signature: str, message: bytes) -> bool:
    """Whether `signature` (lower-case hex) of the key `public` (hex) is under `message`."""
    if signature != signature.lower():
        return False  # one signature has one text, so that no byte of it can be changed unseen
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def has_key(folder: Path) -> bool:
    """Whether a folder holds a private key."""
    return (folder / PRIVATE).exists()


def _write_new(path: Path, text: str) -> None:
    """Whole or not there, readable by the owner only; whoever comes second finds the key of the first."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return
    finally:
        aside.unlink()


def _raw(path: Path) -> bytes:
    try:
        raw = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, UnicodeDecodeError):
        raw = b""
    if len(raw) != 32:
        message, fix = "this is not the ledger's key", "put the key back from the backup of the workspace"
        finding = Finding("error", path.name, "key", message, fix)
        raise Refused(f"{path.name}: {message}; {fix}", [finding])
    return raw
