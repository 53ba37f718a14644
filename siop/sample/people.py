"""The people of the history: who leads which function, who stands in, and who takes part."""

from __future__ import annotations

import unicodedata

from siop.sample.names import DEPUTIES, LEADERS, MEMBERS, PersonName

HEADS: dict[str, PersonName] = {p.function: p for p in LEADERS}
DEPUTY: dict[str, PersonName] = {p.function: p for p in DEPUTIES}
SIGNERS = tuple(p.function for p in LEADERS if p.required_signer)
LEAD = HEADS["Planning"].id
CHAIR = HEADS["General management"].id


def person_id(name: str) -> str:
    """ana.carvalho for Ana Carvalho.

    >>> person_id("Fatima Zahra")
    'fatima.zahra'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return ".".join(plain.lower().split())


def everyone() -> list[PersonName]:
    """Leaders, deputies and members; a member may look and comment."""
    members = [PersonName(person_id(n), n, f, "viewer") for f, names in MEMBERS.items() for n in names]
    return [*LEADERS, *DEPUTIES, *members]


def members(function: str) -> list[str]:
    """Ids of those who work in a function below its head and deputy."""
    return [person_id(n) for n in MEMBERS.get(function, ())]


def head(function: str) -> str:
    """Id of a function's head."""
    return HEADS[function].id
