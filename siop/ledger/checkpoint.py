"""Checkpoints and receipts: what is kept outside the ledger, so that a later change shows."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from siop.ledger.canonical import canonical
from siop.ledger.signing import CHECKPOINT_DOMAIN, Signer, is_signed

HEAD = "head.json"
"""Replaced after every entry; the others stay."""
_FIELDS = ("ledger", "size", "head", "at")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger had `size` entries and the last one's hash was `head`, which commits to all before it."""

    ledger: str
    size: int
    head: str
    at: str
    signature: str = ""

    def signed(self, signer: Signer | None) -> Checkpoint:
        """The same with the ledger's signature, where it has a key."""
        signature = signer.checkpoint(self.body()) if signer else ""
        return Checkpoint(self.ledger, self.size, self.head, self.at, signature)

    def body(self) -> bytes:
        """What is signed."""
        return canonical({name: getattr(self, name) for name in _FIELDS})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def is_by(self, public: str) -> bool:
        """Whether the key `public` signed it."""
        return is_signed(public, self.signature, CHECKPOINT_DOMAIN + self.body())


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a signer takes away: the number and hash of the entry, and the checkpoint it closes.

    Keep it outside the cockpit; it is what shows that the newest entries were removed.
    """

    ledger: str
    seq: int
    hash: str
    type: str
    at: str
    by: str
    signature: str
    checkpoint: Checkpoint

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "checkpoint": self.checkpoint.as_dict()}

    def text(self) -> str:
        """As a file to download: JSON with sorted keys."""
        return json.dumps(self.as_dict(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def checkpoint_of(told: dict[str, Any]) -> Checkpoint:
    """A checkpoint from its JSON. Raises ValueError where it is none."""
    try:
        found = Checkpoint(**{name: told[name] for name in (*_FIELDS, "signature")})
    except (KeyError, TypeError):
        raise ValueError(f"a checkpoint has the fields {', '.join(_FIELDS)} and signature") from None
    if not isinstance(found.size, int) or not all(
        isinstance(getattr(found, name), str) for name in ("ledger", "head", "at", "signature")
    ):
        raise ValueError("a checkpoint's size is a number, its other fields are texts")
    return found


class CheckpointFolder:
    """The checkpoints of one ledger on this disk. Copies belong elsewhere too: mail, minutes, another account."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, checkpoint: Checkpoint, name: str | None = None) -> Path:
        """Keep a checkpoint; the head's file is replaced, others are new files. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        target = self.path / (name or f"{checkpoint.size:08d}-{checkpoint.head[:12]}.json")
        aside = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
        aside.write_text(json.dumps(checkpoint.as_dict(), sort_keys=True) + "\n", encoding="utf-8")
        aside.replace(target)
        return target

    def read(self) -> list[tuple[str, Checkpoint | None]]:
        """(file name, checkpoint or None where the file is none), in the order of their names."""
        found: list[tuple[str, Checkpoint | None]] = []
        for path in sorted(self.path.glob("*.json")) if self.path.is_dir() else ():
            try:
                found.append((path.name, checkpoint_of(json.loads(path.read_text(encoding="utf-8")))))
            except (ValueError, OSError):
                found.append((path.name, None))
        return found
