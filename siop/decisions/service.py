"""The one door through which everything is written. Hiding a button is not protection; this is.

Each write is checked in this order: is the person who they were, may the role do it, is it theirs, is the proof
of identity fresh, is it within what they may see, does the form hold, did nobody write since. Then it is appended.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from siop.core import Refused, StaleForm
from siop.core.finding import Finding
from siop.decisions.allowed import denials_logged, require_allowed, require_role, role_of
from siop.decisions.identity import Identity
from siop.decisions.plans import Plans
from siop.decisions.rights import may
from siop.decisions.rules import Said, problems
from siop.decisions.survey_link import answer_token, read_link, used
from siop.ledger import ENTRY_TYPES, Ledger, NotSaved, Payload, Receipt, State, payload_of
from siop.ledger.entry import ANONYMOUS, DELEGATE, SELF, subject_of
from siop.ledger.problems import problems_of

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
        with denials_logged(who, payload.TYPE):
            require_allowed(state, who, payload, now=self._clock(), fresh=self._fresh)
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
        who = Identity(ANONYMOUS, "Anonymous", found.group, "viewer", False, False, "survey link")
        wrong = problems(Said(state, self._plans(), who, None, self._quorum), payload)
        if wrong:
            raise Refused(f"{wrong[0].message}; {wrong[0].fix}", wrong)
        try:
            return self._append(who, payload, None, None, None, {payload.subject: 0}, state)
        except StaleForm:  # the same link, answered twice at once
            raise used(found) from None

    def may(self, who: Identity, action: str) -> bool:
        """Whether to offer an action: the role's right, with the role as the ledger knows it now."""
        return may(role_of(self.ledger.state(), who), action)

    def require(self, who: Identity, action: str) -> None:
        """Raises NotAllowed where the role may not do an action that is no entry (load, export...)."""
        with denials_logged(who, action):
            require_role(self.ledger.state(), who, action)

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
                by=ANONYMOUS if anonymous else who.person,
                capacity=capacity,
                cycle=cycle,
                snapshot=snapshot,
                auth=None if anonymous else who.auth,
                idem=idem,
                expected=expected,
            )
        except StaleForm as stale:
            raise StaleForm(_named(stale.subject), state.name(stale.by), stale.entry) from None


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
