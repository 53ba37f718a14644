"""Adding people and listing them: what `people add` and `people list` do, and the administrator's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siop.core import Refused
from siop.core.finding import Finding
from siop.decisions.identity import Identity
from siop.decisions.service import Service, form
from siop.ledger import Receipt
from siop.ledger.entries import ROLES


def add_person(
    service: Service,
    who: Identity,
    person: str,
    name: str,
    function: str,
    role: str,
    *,
    principal: bool = True,
    required_signer: bool = False,
    only: Mapping[str, str | list[str]] | None = None,
    active: bool = True,
    password: str | None = None,
) -> Receipt:
    """Declare a person, or change one of the same id; with a password they can sign in locally.

    Args: role: one of the six; only: row-level limits {dimension: value or [values]}; active False ends the
        access at the next click and closes every open session.
    Raises: NotAllowed, Refused with findings, NotSaved.
    """
    if role not in ROLES:
        fix = f"choose one of {', '.join(ROLES)}"
        finding = Finding(
            "error", "person", "form", f"{role!r} is not a role", fix, column="role", value=role
        )
        raise Refused(f"{role!r} is not a role; {fix}", [finding])
    fields = {
        "id": person,
        "name": name,
        "function": function,
        "role": role,
        "principal": principal,
        "required_signer": required_signer,
        "only": dict(only) if only else None,
        "active": False if not active else None,
    }
    payload = form("person", fields)
    service.require(who, "person")
    if password is not None:
        service.ledger.accounts.set_password(person, password)
    receipt = service.write(who, payload)
    if not active:
        service.ledger.sessions.revoke_all(person)
    return receipt


def set_password(service: Service, who: Identity, person: str, password: str) -> None:
    """Give somebody a new password; one's own needs a fresh proof only. Raises NotAllowed, Refused."""
    if who.person != person:
        service.require(who, "accounts")
    if person not in service.ledger.state().people:
        raise Refused(f"{person} was never declared; add the person first")
    service.ledger.accounts.set_password(person, password)
    service.ledger.sessions.revoke_all(person)


def link_person(service: Service, who: Identity, person: str, issuer: str, subject: str) -> None:
    """Whoever the identity provider `issuer` calls `subject` is this person. Raises NotAllowed, Refused.

    An e-mail address would not do: it can be given to somebody else.
    """
    service.require(who, "accounts")
    if person not in service.ledger.state().people:
        raise Refused(f"{person} was never declared; add the person first")
    if not issuer.strip() or not subject.strip():
        raise Refused(
            "issuer and subject are both needed; the sign-in page shows them to whoever is not linked"
        )
    service.ledger.accounts.link(issuer.strip(), subject.strip(), person)


def list_people(service: Service) -> list[dict[str, Any]]:
    """Everybody declared, in the order of their ids, with how they sign in and for whom they may speak."""
    state = service.ledger.state()
    local = set(service.ledger.accounts.people())
    return [
        {
            "id": p.id,
            "name": p.name,
            "function": p.function,
            "role": p.permission,
            "principal": p.principal,
            "required_signer": p.required_signer,
            "active": p.active,
            "only": dict(p.only),
            "local_account": p.id in local,
            "delegates": [
                {"to": d.to, "valid_from": d.valid_from, "valid_to": d.valid_to}
                for d in state.delegations
                if d.from_person == p.id
            ],
            "imported": p.imported,
        }
        for p in sorted(state.people.values(), key=lambda p: p.id)
    ]
