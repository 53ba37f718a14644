"""What the ledger's tests share: a PostgreSQL server for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ledger.servers import Postgres, running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server
