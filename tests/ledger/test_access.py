"""Accounts, sessions and drafts: beside the chain, on both stores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from siop.core import NotAllowed, Refused
from siop.ledger import Ledger
from siop.ledger.engine import reading
from siop.ledger.tables import ACCOUNTS, SESSIONS
from tests.ledger.servers import Postgres

GOOD = "four quiet pumps hum"
LIMITS = {"idle_minutes": 60, "hours": 12}


class Clock:
    """A fake clock: one of the few things that may be faked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 20, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class AccessSuite(ABC):
    @pytest.fixture
    def ledger(self, tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
        made = Ledger(self.url(tmp_path), keys=tmp_path / "keys", clock=clock)
        yield made
        made.close()

    @abstractmethod
    def url(self, folder: Path) -> str:
        """Where this store's ledger lies."""

    def test_a_password_is_checked_and_never_stored(self, ledger):
        ledger.accounts.set_password("ann", GOOD)
        assert ledger.accounts.check("ann", GOOD)
        assert not ledger.accounts.check("ann", GOOD + " ")
        assert not ledger.accounts.check("nobody", GOOD)
        assert ledger.accounts.people() == ["ann"]
        with reading(ledger._engine) as connection:
            row = connection.execute(ACCOUNTS.select()).first()
        assert row.password.startswith("$argon2id$")
        assert GOOD not in str(tuple(row))
        ledger.accounts.set_password("ann", "another good one here")
        assert not ledger.accounts.check("ann", GOOD)
        ledger.accounts.remove("ann")
        assert not ledger.accounts.check("ann", "another good one here")

    @pytest.mark.parametrize("bad", ["short", "aaaaaaaaaaaaaaaa", "ann", "x" * 513])
    def test_poor_passwords_are_refused(self, ledger, bad):
        with pytest.raises(Refused):
            ledger.accounts.set_password("ann", bad)

    def test_wrong_passwords_lock_for_longer_and_longer(self, ledger, clock):
        ledger.accounts.set_password("ann", GOOD)
        for _ in range(5):
            assert not ledger.accounts.check("ann", "wrong wrong wrong")
        with pytest.raises(NotAllowed, match="Too many"):
            ledger.accounts.check("ann", GOOD)
        clock.pass_(minutes=1, seconds=1)
        assert not ledger.accounts.check("ann", "wrong wrong wrong")
        clock.pass_(minutes=1, seconds=1)
        with pytest.raises(NotAllowed):
            ledger.accounts.check("ann", GOOD)
        clock.pass_(minutes=1)
        assert ledger.accounts.check("ann", GOOD)
        assert not ledger.accounts.check("ann", "wrong wrong wrong")
        assert ledger.accounts.check("ann", GOOD), "a right password ends the count"

    def test_a_provider_is_linked_by_issuer_and_subject(self, ledger):
        ledger.accounts.link("https://idp", "0815", "ann")
        assert ledger.accounts.linked("https://idp", "0815") == "ann"
        assert ledger.accounts.linked("https://other", "0815") is None
        ledger.accounts.link("https://idp", "0815", "bob")
        assert ledger.accounts.linked("https://idp", "0815") == "bob"

    def test_a_session_ends_when_idle_and_after_its_hours(self, ledger, clock):
        token = ledger.sessions.start("ann", "password")
        for _ in range(11):
            clock.pass_(minutes=59)
            assert ledger.sessions.read(token, **LIMITS).person == "ann"
        clock.pass_(minutes=61)
        assert ledger.sessions.read(token, **LIMITS) is None
        token = ledger.sessions.start("ann", "password")
        for _ in range(24):
            clock.pass_(minutes=29)
            assert ledger.sessions.read(token, **LIMITS) is not None
        clock.pass_(minutes=29)
        assert ledger.sessions.read(token, **LIMITS) is None

    def test_a_revoked_session_ends_at_the_next_run(self, ledger):
        tokens = [ledger.sessions.start("ann", "oidc") for _ in range(3)]
        other = ledger.sessions.start("bob", "password")
        ledger.sessions.revoke(tokens[0])
        assert [ledger.sessions.read(t, **LIMITS) is None for t in tokens] == [True, False, False]
        assert ledger.sessions.revoke_all("ann") == 2
        assert all(ledger.sessions.read(t, **LIMITS) is None for t in tokens)
        assert ledger.sessions.read(other, **LIMITS).person == "bob"
        assert ledger.sessions.read("guess", **LIMITS) is None

    def test_freshness_is_renewed_by_proving_again_only(self, ledger, clock):
        token = ledger.sessions.start("ann", "password")
        clock.pass_(minutes=30)
        assert ledger.sessions.read(token, **LIMITS).fresh_at == clock.now - timedelta(minutes=30)
        ledger.sessions.renew(token)
        assert ledger.sessions.read(token, **LIMITS).fresh_at == clock.now

    def test_the_token_itself_is_not_in_the_database(self, ledger):
        token = ledger.sessions.start("ann", "password")
        with reading(ledger._engine) as connection:
            assert token not in str(connection.execute(SESSIONS.select()).all())

    def test_drafts_are_kept_per_person_and_form(self, ledger):
        ledger.drafts.save("ann", "decision", {"question": "Second shift?"})
        ledger.drafts.save("ann", "decision", {"question": "Third shift?", "due": None})
        assert ledger.drafts.load("ann", "decision") == {"question": "Third shift?", "due": None}
        assert ledger.drafts.load("bob", "decision") is None
        with pytest.raises(Refused):
            ledger.drafts.save("ann", "decision", {"question": "x" * 200_001})
        ledger.drafts.discard("ann", "decision")
        assert ledger.drafts.load("ann", "decision") is None


class TestSqlite(AccessSuite):
    def url(self, folder: Path) -> str:
        return f"sqlite:///{folder}/ledger.sqlite"


class TestPostgres(AccessSuite):
    @pytest.fixture(autouse=True)
    def _server(self, postgres: Postgres) -> None:
        self.fresh = postgres.fresh_url()

    def url(self, folder: Path) -> str:
        return self.fresh
