"""Who may sign in: local passwords as argon2id hashes, and the subjects of an identity provider.

Kept beside the chain, not in it: a password hash is changed and deleted like any secret.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, insert, select, update

from siop.core import NotAllowed, Refused
from siop.ledger.engine import reading, writing
from siop.ledger.entries import moment_text, parse_moment
from siop.ledger.tables import ACCOUNTS, SUBJECTS

SHORTEST, LONGEST = 12, 512
FREE_ATTEMPTS = 5
LONGEST_LOCK = timedelta(hours=1)
_HASHER = PasswordHasher()
_AT_ONCE = threading.Semaphore(2)
"""Each check takes 64 MB and a tenth of a second on purpose; a flood of them must not take the machine."""
_NOBODY = _HASHER.hash("the password of nobody")


class Accounts:
    """The accounts of one ledger's database."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def set_password(self, person: str, password: str) -> None:
        """Give a person a password; ends any lock. Raises Refused where it is too short or too plain."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise Refused(f"a password has {SHORTEST} to {LONGEST} characters")
        if len(set(password)) < 5 or password.casefold() == person.casefold():
            raise Refused("this password is too easy to guess; use several words")
        row = {
            "password": _hash(password),
            "changed_at": moment_text(self._clock()),
            "failures": 0,
            "locked_until": None,
        }
        with writing(self._engine) as connection:
            changed = connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.person == person).values(**row))
            if not changed.rowcount:
                connection.execute(insert(ACCOUNTS).values(person=person, **row))

    def check(self, person: str, password: str) -> bool:
        """Whether this is the person's password.

        Five wrong ones lock the account for a minute, each further one for twice as long, an hour at most.
        Raises NotAllowed while it is locked. Takes as long for somebody who has no account.
        """
        with reading(self._engine) as connection:
            found = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.person == person)).first()
        now = self._clock()
        if found is not None and found.locked_until and parse_moment(found.locked_until) > now:
            raise NotAllowed(f"Too many wrong passwords. Try again after {found.locked_until[11:16]} UTC.")
        right = _verify(found.password if found is not None else _NOBODY, password[:LONGEST])
        if found is None:
            return False
        with writing(self._engine) as connection:
            mine = ACCOUNTS.c.person == person
            if right:
                values: dict[str, object] = {"failures": 0, "locked_until": None}
                if _HASHER.check_needs_rehash(found.password):
                    values["password"] = _hash(password)
                connection.execute(update(ACCOUNTS).where(mine).values(**values))
            else:
                connection.execute(update(ACCOUNTS).where(mine).values(failures=ACCOUNTS.c.failures + 1))
                failures = connection.execute(select(ACCOUNTS.c.failures).where(mine)).scalar_one()
                if failures >= FREE_ATTEMPTS:
                    lock = min(LONGEST_LOCK, timedelta(minutes=2 ** min(failures - FREE_ATTEMPTS, 10)))
                    until = moment_text(now + lock)
                    connection.execute(update(ACCOUNTS).where(mine).values(locked_until=until))
        return right

    def people(self) -> list[str]:
        """Who has a local password."""
        with reading(self._engine) as connection:
            return list(connection.execute(select(ACCOUNTS.c.person).order_by(ACCOUNTS.c.person)).scalars())

    def remove(self, person: str) -> None:
        """Take away a person's password and provider subjects."""
        with writing(self._engine) as connection:
            connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.person == person))
            connection.execute(delete(SUBJECTS).where(SUBJECTS.c.person == person))

    def link(self, issuer: str, subject: str, person: str) -> None:
        """Whoever the provider `issuer` calls `subject` is this person; an e-mail address would not do."""
        with writing(self._engine) as connection:
            mine = (SUBJECTS.c.issuer == issuer) & (SUBJECTS.c.subject == subject)
            connection.execute(delete(SUBJECTS).where(mine))
            connection.execute(insert(SUBJECTS).values(issuer=issuer, subject=subject, person=person))

    def linked(self, issuer: str, subject: str) -> str | None:
        """The person a provider's subject stands for, or None."""
        with reading(self._engine) as connection:
            mine = (SUBJECTS.c.issuer == issuer) & (SUBJECTS.c.subject == subject)
            found: str | None = connection.execute(select(SUBJECTS.c.person).where(mine)).scalar()
            return found


def _hash(password: str) -> str:
    with _AT_ONCE:
        return _HASHER.hash(password)


def _verify(hashed: str, password: str) -> bool:
    with _AT_ONCE:
        try:
            return _HASHER.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
