"""Sessions of our own: they end when idle, after a number of hours, or when somebody revokes them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update

from siop.ledger.engine import reading, writing
from siop.ledger.entries import moment_text, parse_moment
from siop.ledger.tables import SESSIONS

TOUCH = timedelta(minutes=1)
"""A click is noted at most this often, so that reading does not mean writing."""
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is still good. `fresh_at`: when the person last proved who they are."""

    person: str
    method: str
    created_at: datetime
    seen_at: datetime
    fresh_at: datetime


class Sessions:
    """The sessions of one ledger's database. Tokens are kept as their SHA-256 only."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def start(
        self, person: str, method: str, *, token: str | None = None, fresh_at: datetime | None = None
    ) -> str:
        """Start a session for somebody who has just proved who they are; returns the token for the browser.

        Args:
            token: a secret that stands for this very sign-in at a provider, so that it starts one session and no
                second one after that has ended; default a new one.
            fresh_at: when they proved it; default now.
        """
        token, now = token or secrets.token_urlsafe(32), self._clock()
        with writing(self._engine) as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.created_at < moment_text(now - KEPT)))
            told = moment_text(now)
            connection.execute(
                insert(SESSIONS).values(
                    token=_hidden(token),
                    person=person,
                    method=method,
                    created_at=told,
                    seen_at=told,
                    fresh_at=moment_text(min(fresh_at or now, now)),
                )
            )
        return token

    def known(self, token: str) -> bool:
        """Whether there ever was a session of this token, ended or not."""
        with reading(self._engine) as connection:
            mine = select(SESSIONS.c.token).where(SESSIONS.c.token == _hidden(token))
            return connection.execute(mine).first() is not None

    def read(self, token: str, *, idle_minutes: int, hours: int) -> Session | None:
        """The session of a token, or None where it ended; to be asked on every run."""
        with reading(self._engine) as connection:
            row = connection.execute(select(SESSIONS).where(SESSIONS.c.token == _hidden(token))).first()
        if row is None or row.revoked_at is not None:
            return None
        now = self._clock()
        created, seen = parse_moment(row.created_at), parse_moment(row.seen_at)
        if now - seen > timedelta(minutes=idle_minutes) or now - created > timedelta(hours=hours):
            return None
        if now - seen > TOUCH:
            self._set(token, seen_at=moment_text(now))
            seen = now
        return Session(row.person, row.method, created, seen, parse_moment(row.fresh_at))

    def renew(self, token: str) -> None:
        """The person has just proved again who they are."""
        told = moment_text(self._clock())
        self._set(token, fresh_at=told, seen_at=told)

    def revoke(self, token: str) -> None:
        """End one session."""
        self._set(token, revoked_at=moment_text(self._clock()))

    def revoke_all(self, person: str) -> int:
        """End every session of a person; returns how many were open."""
        with writing(self._engine) as connection:
            mine = (SESSIONS.c.person == person) & SESSIONS.c.revoked_at.is_(None)
            told = moment_text(self._clock())
            return connection.execute(update(SESSIONS).where(mine).values(revoked_at=told)).rowcount

    def _set(self, token: str, **values: str) -> None:
        with writing(self._engine) as connection:
            mine = SESSIONS.c.token == _hidden(token)
            connection.execute(update(SESSIONS).where(mine).values(**values))


def _hidden(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
