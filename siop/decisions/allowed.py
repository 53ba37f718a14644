"""Who may say what: the role's right, whose it is, how fresh the proof of identity, and the slice one may see."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from siop.core import NotAllowed
from siop.decisions.identity import COMMAND, Identity
from siop.decisions.rights import RIGHTS, Right, may
from siop.ledger import Payload, State

LOG = logging.getLogger("siop.access")


def require_allowed(
    state: State, who: Identity, payload: Payload, *, now: datetime, fresh: timedelta
) -> None:
    """Raise NotAllowed where somebody may not say this now: role, ownership, freshness, row limits.

    fresh: how old a proof of identity may be to sign.
    """
    role = require_role(state, who, payload.TYPE)
    right = RIGHTS[payload.TYPE]
    _check_own(state, who, role, right, payload, now.date())
    if right.fresh:
        _check_fresh(who, now, fresh)
    _check_scope(who, payload)


def require_role(state: State, who: Identity, action: str) -> str:
    """The role now. Raises NotAllowed where it has no right to an action, be it an entry or not (load, export)."""
    role = role_of(state, who)
    if not may(role, action):
        said = role.replace("_", " ").replace("siop", "SIOP")
        raise NotAllowed(f"The role {said} may not {_doing(action)}.")
    return role


def role_of(state: State, who: Identity) -> str:
    """The role now. Raises NotAllowed where the access was ended since."""
    if who.method == COMMAND:
        return who.role
    person = state.people.get(who.person)
    if person is None or not person.active:
        raise NotAllowed(f"The access of {who.name} was ended. Ask the administrator.")
    return person.permission


def _check_own(state: State, who: Identity, role: str, right: Right, payload: Payload, day: date) -> None:
    if role not in right.own or right.whose is None:
        return
    said = _doing(payload.TYPE)
    if right.whose == "person":
        person = getattr(payload, "person", None)
        if person != who.person and person not in _delegators(state, who, day):
            raise NotAllowed(f"{who.name} may {said} only in person or for somebody who delegated to them.")
        whose = state.people.get(str(person))
        if whose is not None and getattr(payload, "function", whose.function) != whose.function:
            raise NotAllowed(f"{whose.name} speaks for {whose.function} only.")
    elif right.whose == "function":
        if getattr(payload, "function", None) != who.function:
            raise NotAllowed(f"{who.name} may {said} for {who.function} only.")
    elif right.whose == "from":
        if getattr(payload, "from_", None) != who.person:
            raise NotAllowed(f"{who.name} may {said} of their own only.")
    elif who.person not in _owners(state, payload) and who.name not in _owners(state, payload):
        raise NotAllowed(f"{who.name} may {said} only where they are the owner.")


def _delegators(state: State, who: Identity, day: date) -> set[str]:
    return {d.from_person for d in state.delegations if d.to == who.person and d.covers(day)}


def _check_fresh(who: Identity, now: datetime, fresh: timedelta) -> None:
    if who.method in ("sample", COMMAND):
        return
    if who.fresh_at is None or now - who.fresh_at > fresh:
        minutes = int(fresh.total_seconds() // 60)
        raise NotAllowed(
            f"Signing needs a proof of identity not older than {minutes} minutes. Sign in again."
        )


@contextmanager
def denials_logged(who: Identity, action: str) -> Iterator[None]:
    """A denial inside is a line of the access log."""
    try:
        yield
    except NotAllowed as error:
        LOG.warning("denied: person %r, %s: %r", who.person, action, str(error))
        raise


def _owners(state: State, payload: Payload) -> set[str]:
    """Who owns what a payload is about."""
    found = {str(owner) for owner in (getattr(payload, "owner", None),) if owner}
    ident = str(getattr(payload, "id", getattr(payload, "decision", "")))
    held: dict[str, Mapping[str, Any]] = {
        "action_done": state.actions,
        "risk_score": state.risks,
        "improvement_closed": state.improvements,
    }
    item = held.get(payload.TYPE, {}).get(ident)
    if item is not None:
        found |= {str(o) for o in (item.owner, getattr(item, "exec_owner", None)) if o}
    decision = state.decisions.get(ident) if payload.TYPE == "decision_effect" else None
    if decision is not None and decision.decided is not None and decision.decided.owner:
        found.add(decision.decided.owner)
    return found


def _check_scope(who: Identity, payload: Payload) -> None:
    """What somebody may not see, they may not write about."""
    for dimension, allowed in who.only:
        for scope, fallback in _written_scopes(payload):
            named = scope.get(dimension, fallback.get(dimension))
            if named is None and scope is not fallback:
                raise NotAllowed(
                    f"{who.name} may write about {dimension} {', '.join(allowed)} only; name it."
                )
            if named is not None and not ({named} if isinstance(named, str) else set(named)) <= set(allowed):
                raise NotAllowed(f"{who.name} may write about {dimension} {', '.join(allowed)} only.")


def _written_scopes(payload: Payload) -> Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(scope, the payload's own fields, which may name a dimension too) of everything a payload is about.

    Without any scope the fields stand for it: what names no slice is about none.
    """
    own: Any = payload
    fields = {
        name: value for name in type(payload).model_fields if isinstance(value := getattr(own, name), str)
    }
    found: list[Any] = [getattr(own, "scope", None)]
    found.append(own.coordinates.scope if hasattr(own, "coordinates") else None)
    told = getattr(own, "prediction", None)
    found.append(told.scope if told is not None else None)
    found += [one.scope for one in getattr(own, "authorises", None) or ()]
    scopes = [(scope, fields) for scope in found if scope is not None]
    return scopes or [(fields, fields)]


def _doing(action: str) -> str:
    """What an action is called in a refusal."""
    verbs = {
        "view": "look",
        "verify": "verify the ledger",
        "export": "export",
        "minutes": "write minutes",
        "checkpoint": "make a checkpoint",
        "load": "load files",
        "import": "import a history",
        "accounts": "manage accounts",
        "decision": "raise a decision",
        "decided": "decide",
        "sign_off": "sign a plan",
        "publish": "publish a plan",
        "position": "state a position",
    }
    return verbs.get(action, f"enter a {action.replace('_', ' ')}")
