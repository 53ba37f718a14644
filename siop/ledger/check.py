"""Verify a ledger by its address, however damaged it is: what `ledger verify` runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from siop.core import Refused
from siop.ledger.store import Ledger
from siop.ledger.verify import damaged


def verified(
    url: str,
    keys: Path | None = None,
    checkpoints: Path | None = None,
    receipts: Iterable[Mapping[str, Any]] = (),
    given: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """`Ledger.verify` of the ledger at `url`; a file too damaged to be opened is a finding, not an error.

    Args: as `Ledger`; `receipts` and `given` checkpoints were kept elsewhere.
    """
    try:
        ledger = Ledger(url, keys, checkpoints)
    except Refused as refused:
        return damaged(str(refused))
    try:
        return ledger.verify(receipts, given)
    except Refused as refused:
        return damaged(str(refused))
    finally:
        ledger.close()
