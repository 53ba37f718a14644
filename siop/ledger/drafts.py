"""What somebody has typed but not yet said: it survives a lost connection, and nobody else sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from siop.core import Refused
from siop.ledger.engine import reading, writing
from siop.ledger.entries import moment_text
from siop.ledger.tables import DRAFTS

LONGEST = 200_000


class Drafts:
    """The drafts of one ledger's database."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def save(self, person: str, form: str, fields: Mapping[str, Any]) -> None:
        """Keep the fields of a form, replacing what was kept. Raises Refused where they are too long."""
        body = json.dumps(dict(fields), ensure_ascii=False, default=str)
        if len(body) > LONGEST:
            raise Refused("this form is too long to be kept as a draft; shorten its texts")
        with writing(self._engine) as connection:
            connection.execute(delete(DRAFTS).where(_of(person, form)))
            connection.execute(
                insert(DRAFTS).values(
                    person=person, form=form, saved_at=moment_text(self._clock()), body=body
                )
            )

    def load(self, person: str, form: str) -> dict[str, Any] | None:
        """The fields as they were kept, or None."""
        with reading(self._engine) as connection:
            body = connection.execute(select(DRAFTS.c.body).where(_of(person, form))).scalar()
        return None if body is None else dict(json.loads(body))

    def discard(self, person: str, form: str) -> None:
        """Forget a draft."""
        with writing(self._engine) as connection:
            connection.execute(delete(DRAFTS).where(_of(person, form)))


def _of(person: str, form: str) -> Any:
    return (DRAFTS.c.person == person) & (DRAFTS.c.form == form)
