"""Who is asking: the person as the ledger knows them now, not as they were when they signed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from siop.core import NotAllowed, Scope
from siop.ledger import State

COMMAND = "command"
"""The method of whoever runs the commands: they have the workspace's files, so there is nothing to prove."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A person, their role, and for whom they may speak today.

    role: one of ledger.entries.ROLES, read from the ledger at this moment.
    method: password, oidc, sample (the persona switch) or command.
    fresh_at: when they last proved who they are; None where nobody asked (sample, command).
    delegators: ids of the people for whom they may attend and sign today.
    only: row-level limits in the form of `Scope.only`.
    """

    person: str
    name: str
    function: str
    role: str
    principal: bool
    required_signer: bool
    method: str
    fresh_at: datetime | None = None
    delegators: tuple[str, ...] = ()
    only: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    @property
    def auth(self) -> str | None:
        """What an entry keeps of the proof: method and time."""
        return f"{self.method} {self.fresh_at:%Y-%m-%dT%H:%M:%SZ}" if self.fresh_at else self.method


def identify(
    state: State, person: str, method: str, fresh_at: datetime | None = None, today: date | None = None
) -> Identity:
    """The identity of a person; call it on every run, so that a role taken away is gone at the next click.

    Raises NotAllowed where nobody of this id is declared, or the access was ended.
    """
    found = state.people.get(person)
    if found is None:
        raise NotAllowed(f"{person} is not declared in this company. Ask the administrator.")
    if not found.active:
        raise NotAllowed(f"The access of {found.name} was ended. Ask the administrator.")
    day = today or datetime.now(UTC).date()
    delegators = [d.from_person for d in state.delegations if d.to == person and d.covers(day)]
    return Identity(
        person=person,
        name=found.name,
        function=found.function,
        role=found.permission,
        principal=found.principal,
        required_signer=found.required_signer,
        method=method,
        fresh_at=fresh_at,
        delegators=tuple(dict.fromkeys(d for d in delegators if d in state.people)),
        only=Scope.filters({dimension: _listed(values) for dimension, values in found.only.items()}),
    )


def operator(name: str = "command line") -> Identity:
    """Whoever runs the commands on the server: an administrator."""
    return Identity(name, name, "Administration", "administrator", False, False, COMMAND)


def _listed(values: str | tuple[str, ...]) -> str | list[str]:
    return values if isinstance(values, str) else list(values)
