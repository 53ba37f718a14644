"""The one door through which everything is written. Hiding a button is not protection; this is.

Each write is checked in this order: is the person who they were, may the role do it, is it theirs, is the proof
of identity fresh, is it within what they may see, does the form hold, did nobody write since. Then it is appended.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from siop.core import NotAllowed, Refused, StaleForm
from siop.core.finding import Finding
from siop.decisions.identity import COMMAND, Identity
from siop.decisions.plans import Plans
from siop.decisions.rights import RIGHTS, Right, may
from siop.decisions.rules import Said, problems
from siop.decisions.survey_link import answer_token, read_link, used
from siop.ledger import ENTRY_TYPES, Ledger, NotSaved, Payload, Receipt, State, payload_of
from siop.ledger.entry import DELEGATE, SELF, subject_of
from siop.ledger.problems import problems_of

LOG = logging.getLogger("siop.access")
PREFIXES = {
    "decision": "D",
    "action": "A",
    "case_opened": "C",
    "risk": "R",
    "assumption": "S",
    "improvement": "I",
    "request": "Q",
    "impact_run": "U",
    "commitment": "K",
    "meeting": "M",
}
"""First letters of the ids that the service gives."""
_HELD: dict[str, str] = {
    "decision": "decisions",
    "action": "actions",
    "case_opened": "cases",
    "risk": "risks",
    "assumption": "assumptions",
    "improvement": "improvements",
    "request": "requests",
    "impact_run": "impact_runs",
    "commitment": "commitments",
    "meeting": "meetings",
}
ONCE = ("decided", "publish", "action_done", "case_closed", "case_opened", "request_answer")
"""Types that nobody may say again unseen: the service expects what it has checked."""
ATTEMPTS = 100
_NUMBERING = threading.Lock()
_ANONYMOUS = "anonymous"


class Service:
    """Writes to one ledger for people with roles."""

    def __init__(
        self,
        ledger: Ledger,
        plans: Callable[[], Plans] = Plans,
        *,
        fresh_minutes: int = 15,
        quorum: float = 1.0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """
        Args:
            plans: the plans of the current snapshot, asked at every write.
            fresh_minutes: how old a proof of identity may be to sign.
            quorum: share of the required functions that must have signed before a plan is published.
            clock: the time in UTC, for tests.
        """
        self.ledger = ledger
        self._plans = plans
        self._fresh = timedelta(minutes=fresh_minutes)
        self._quorum = quorum
        self._clock = clock or (lambda: datetime.now(UTC))

    def write(
        self,
        who: Identity,
        payload: Payload,
        *,
        cycle: str | None = None,
        snapshot: str | None = None,
        idem: str | None = None,
        expected: Mapping[str, int] | None = None,
    ) -> Receipt:
        """Say something in somebody's name; returns the receipt once it is on the disk.

        Args:
            snapshot: what was on screen; default the current one.
            idem: the form's key, made when the form was opened: a double click is one entry.
            expected: {subject: last entry seen}, as `Ledger.last_about` gave it when the form was opened.

        Raises: NotAllowed (role, ownership, freshness, scope), Refused with a finding per field, StaleForm
        naming who wrote since, NotSaved.
        """
        state, plans = self.ledger.state(), self._plans()
        if idem is not None and self.ledger.receipt(idem) is not None:
            return self._append(who, payload, cycle, snapshot, idem, {}, state)
        self.check(state, who, payload, cycle)
        expectations = dict(expected or {})
        if payload.TYPE in ONCE:
            subject = subject_of(payload, cycle)
            if subject not in expectations:
                expectations[subject] = _last_checked(self.ledger, subject, state)
        return self._append(who, payload, cycle, snapshot or plans.snapshot, idem, expectations, state)

    def check(self, state: State, who: Identity, payload: Payload, cycle: str | None = None) -> None:
        """Raise what `write` would on this state of the ledger; nothing is written."""
        with _denials_logged(who, payload.TYPE):
            self._check_allowed(state, who, payload)
        found = problems(Said(state, self._plans(), who, cycle, self._quorum), payload)
        if found:
            raise Refused(f"{found[0].message}; {found[0].fix}", found)

    def create(
        self,
        who: Identity,
        kind: str,
        fields: Mapping[str, Any],
        *,
        cycle: str | None = None,
        snapshot: str | None = None,
        idem: str | None = None,
        expected: Mapping[str, int] | None = None,
    ) -> Receipt:
        """`write` from a form's fields; an item without an id gets the next one (D-012 after D-011).

        Raises as `write`; fields that do not fit their type are Refused with a finding each.
        """
        known = self.ledger.receipt(idem) if idem is not None else None
        if known is not None and known.by == who.person and known.type == kind:
            return known
        self.require(who, kind)
        if kind not in PREFIXES or fields.get("id"):
            payload = form(kind, fields)
            return self.write(who, payload, cycle=cycle, snapshot=snapshot, idem=idem, expected=expected)
        with _NUMBERING:  # other processes may still take the number: then the next one is tried
            for _ in range(ATTEMPTS):
                payload = form(kind, {**fields, "id": next_id(self.ledger.state(), kind)})
                wanted = {**(expected or {}), payload.subject: 0}
                try:
                    return self.write(
                        who, payload, cycle=cycle, snapshot=snapshot, idem=idem, expected=wanted
                    )
                except StaleForm as stale:
                    if stale.subject != _named(payload.subject):
                        raise
        raise NotSaved("too many people are adding at once")

    def survey(
        self,
        who: Identity,
        survey_round: str,
        answers: Mapping[str, int],
        *,
        level: str | None = None,
        comment: str | None = None,
    ) -> Receipt:
        """Answer a survey round. The entry names a function and a token, not the person.

        The same person gets the same token in a round, so that a second answer replaces the first; only the
        holder of the ledger's key could tell whose it is.
        """
        token = self.ledger.token("survey", survey_round, who.person)
        fields = {
            "round": survey_round,
            "token": token,
            "function": who.function,
            "level": level,
            "answers": dict(answers),
            "comment": comment,
        }
        return self.write(who, form("survey_response", fields))

    def survey_by_link(self, link: str, answers: Mapping[str, int], *, comment: str | None = None) -> Receipt:
        """Answer a survey round with a link instead of a sign-in: the link is the right to answer, once.

        The entry keeps the link's group and a keyed hash of the link; neither a person nor the link itself.

        Raises: Refused for a foreign or a used link, and for answers that are not 1 to 5 or of no statement.
        """
        found = read_link(self.ledger, link)
        state, token = self.ledger.state(), answer_token(self.ledger, found)
        asked = state.surveys.get(found.round)
        if asked is not None and any(one.token == token for one in asked.responses):
            raise used(found)
        payload = form(
            "survey_response",
            {"round": found.round, "token": token, "function": found.group, "answers": dict(answers),
             "comment": comment},
        )  # fmt: skip
        who = Identity(_ANONYMOUS, "Anonymous", found.group, "viewer", False, False, "survey link")
        wrong = problems(Said(state, self._plans(), who, None, self._quorum), payload)
        if wrong:
            raise Refused(f"{wrong[0].message}; {wrong[0].fix}", wrong)
        try:
            return self._append(who, payload, None, None, None, {payload.subject: 0}, state)
        except StaleForm:  # the same link, answered twice at once
            raise used(found) from None

    def may(self, who: Identity, action: str) -> bool:
        """Whether to offer an action: the role's right, with the role as the ledger knows it now."""
        return may(self._role(self.ledger.state(), who), action)

    def require(self, who: Identity, action: str) -> None:
        """Raises NotAllowed where the role may not do an action that is no entry (load, export...)."""
        with _denials_logged(who, action):
            role = self._role(self.ledger.state(), who)
            if not may(role, action):
                raise NotAllowed(f"The role {_said(role)} may not {_doing(action)}.")

    # -- the checks ------------------------------------------------------------------------------------

    def _check_allowed(self, state: State, who: Identity, payload: Payload) -> None:
        role = self._role(state, who)
        right = RIGHTS.get(payload.TYPE)
        if right is None or not may(role, payload.TYPE):
            raise NotAllowed(f"The role {_said(role)} may not {_doing(payload.TYPE)}.")
        self._check_own(state, who, role, right, payload)
        if right.fresh:
            self._check_fresh(who)
        _check_scope(who, payload)

    def _role(self, state: State, who: Identity) -> str:
        """The role now. Raises NotAllowed where the access was ended since."""
        if who.method == COMMAND:
            return who.role
        person = state.people.get(who.person)
        if person is None or not person.active:
            raise NotAllowed(f"The access of {who.name} was ended. Ask the administrator.")
        return person.permission

    def _check_own(self, state: State, who: Identity, role: str, right: Right, payload: Payload) -> None:
        if role not in right.own or right.whose is None:
            return
        said = _doing(payload.TYPE)
        if right.whose == "person":
            person = getattr(payload, "person", None)
            if person != who.person and person not in self._delegators(state, who):
                raise NotAllowed(
                    f"{who.name} may {said} only in person or for somebody who delegated to them."
                )
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

    def _delegators(self, state: State, who: Identity) -> set[str]:
        day = self._clock().date()
        return {d.from_person for d in state.delegations if d.to == who.person and d.covers(day)}

    def _check_fresh(self, who: Identity) -> None:
        if who.method in ("sample", COMMAND):
            return
        if who.fresh_at is None or self._clock() - who.fresh_at > self._fresh:
            minutes = int(self._fresh.total_seconds() // 60)
            raise NotAllowed(
                f"Signing needs a proof of identity not older than {minutes} minutes. Sign in again."
            )

    def _append(
        self,
        who: Identity,
        payload: Payload,
        cycle: str | None,
        snapshot: str | None,
        idem: str | None,
        expected: Mapping[str, int],
        state: State,
    ) -> Receipt:
        anonymous = payload.TYPE == "survey_response"
        person = getattr(payload, "person", None)
        capacity = SELF
        if payload.TYPE in ("position", "sign_off") and person is not None and person != who.person:
            capacity = DELEGATE + person
        try:
            return self.ledger.append(
                payload,
                by=_ANONYMOUS if anonymous else who.person,
                capacity=capacity,
                cycle=cycle,
                snapshot=snapshot,
                auth=None if anonymous else who.auth,
                idem=idem,
                expected=expected,
            )
        except StaleForm as stale:
            raise StaleForm(_named(stale.subject), state.name(stale.by), stale.entry) from None


@contextmanager
def _denials_logged(who: Identity, action: str) -> Iterator[None]:
    try:
        yield
    except NotAllowed as error:
        LOG.warning("denied: person %r, %s: %r", who.person, action, str(error))
        raise


def form(kind: str, fields: Mapping[str, Any]) -> Payload:
    """The payload of a form's fields; blank fields are absent. Raises Refused with a finding per field."""
    given = {name: value for name, value in fields.items() if value is not None and value != ""}
    try:
        return payload_of(kind, given)
    except ValidationError as error:
        found = [
            Finding("error", kind, "form", p.message, p.fix, column=p.field or None, value=p.value)
            for p in problems_of(error, ENTRY_TYPES[kind])
        ]
        first = found[0]
        raise Refused(f"{first.column or kind}: {first.message}; {first.fix}", found) from None


def next_id(state: State, kind: str) -> str:
    """The id after the highest of its kind: D-012 after D-011.

    >>> next_id(State(), "decision")
    'D-001'
    """
    pattern = re.compile(re.escape(PREFIXES[kind]) + r"-(\d{1,9})\Z")
    numbers = [int(found[1]) for ident in getattr(state, _HELD[kind]) if (found := pattern.match(ident))]
    return f"{PREFIXES[kind]}-{max(numbers, default=0) + 1:03d}"


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


def _last_checked(ledger: Ledger, subject: str, state: State) -> int:
    """The last entry about a subject, which must be among those the checks have seen."""
    last = ledger.last_about(subject)[subject]
    if last > state.entries:
        raise StaleForm(_named(subject), "Somebody", last)
    return last


def _named(subject: str) -> str:
    """decision:D-012 as people say it: decision D-012."""
    kind, _, ident = subject.partition("@")[0].partition(":")
    return f"{kind.replace('_', ' ')} {ident.replace(':', ' of ')}".strip()


def _said(role: str) -> str:
    return role.replace("_", " ").replace("siop", "SIOP")


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
