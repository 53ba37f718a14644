"""The PostgreSQL server of the ledger's tests, for the door's."""

from __future__ import annotations

from tests.ledger.conftest import postgres

__all__ = ["postgres"]
