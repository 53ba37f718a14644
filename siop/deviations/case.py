"""Who owns a deviation? Cases of the ledger on a day: their clock, what is overdue, escalated or repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from siop.core import add_months
from siop.ledger import State
from siop.ledger.entries import CaseAnswered, CaseClosed, CaseOpened
from siop.ledger.state import AnswerView, CaseView, DecisionView

RESPONSE_DAYS = 10  # working days to owner, cause and countermeasure
ESCALATE_DAYS = 20
CALM_MONTHS = 2  # months in tolerance in a row, without a signal, that close a case
SNOOZE = "Snoozed"
"""An answer with this cause postpones: its countermeasure is the reason, its due date the end. It answers nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands on a day.

    state: open, overdue (no answer after 10 working days), escalated (after 20, or its owner left, or the same cause
    again and past due), snoozed, answered, late (countermeasure past due), closed.
    waited: working days to the first answer, or until today; owner: of the last answer; left: the owner is no longer
    active; to: who it is escalated to; repeated: earlier cases of the family with the same cause, oldest first;
    decision: the id of a decision that names the case or covers its family and month; age: working days since opened.
    """

    case: CaseView
    state: str
    waited: int
    owner: str | None
    left: bool
    to: str | None
    repeated: tuple[str, ...]
    decision: str | None
    age: int


def working_days(first: date, last: date) -> int:
    """Working days from first to last (Monday to Friday); negative where last is before first."""
    return int(np.busday_count(first, last))


def is_snooze(answer: AnswerView) -> bool:
    """Whether an answer only postpones."""
    return answer.cause.strip().casefold().startswith(SNOOZE.casefold())


def real_answers(case: CaseView) -> tuple[AnswerView, ...]:
    """The answers that name a cause and a countermeasure."""
    return tuple(a for a in case.answers if not is_snooze(a))


def open_case(state: State, family: str, measure: str) -> CaseView | None:
    """The newest case of a family that is not closed; of the measure where there is one, else of any."""
    found = [c for c in state.cases.values() if c.family == family and c.closed_seq is None]
    same = [c for c in found if c.measure == measure]
    return max(same or found, key=lambda c: (c.month, c.seq), default=None)


def standing(state: State, case: CaseView, today: date) -> Standing:
    """The case on a day."""
    opened = case.at.date()
    real = real_answers(case)
    answer = real[-1] if real else None
    first = real[0].at.date() if real else None
    waited = max(0, working_days(opened, first or (case.closed_at.date() if case.closed_at else today)))
    owner = answer.owner if answer else None
    left = owner is not None and owner in state.people and not state.people[owner].active
    repeated = tuple(c.id for c in same_cause(state, case) if c.at < case.at)
    said = _state(case, answer, today, waited, left, bool(repeated))
    to = _superior(state, owner or case.by) if said == "escalated" else None
    return Standing(
        case, said, waited, owner, left, to, repeated, linked_decision(state, case),
        max(0, working_days(opened, case.closed_at.date() if case.closed_at else today)),
    )  # fmt: skip


def standings(state: State, today: date) -> list[Standing]:
    """Every case on a day: open ones first, the longest waiting first, then closed ones, newest first."""
    found = [standing(state, c, today) for c in state.cases.values()]
    closed = [s for s in found if s.state == "closed"]
    rest = [s for s in found if s.state != "closed"]
    return sorted(rest, key=lambda s: (-s.age, s.case.id)) + sorted(closed, key=lambda s: -s.case.seq)


def same_cause(state: State, case: CaseView) -> list[CaseView]:
    """The cases of a family, this one left out, whose answer names the same cause, in the order they were opened."""
    real = real_answers(case)
    if not real:
        return []
    cause = _plain(real[-1].cause)
    return sorted(
        (
            c for c in state.cases.values()
            if c.id != case.id and c.family == case.family and any(_plain(a.cause) == cause for a in real_answers(c))
        ),
        key=lambda c: (c.at, c.seq),
    )  # fmt: skip


def repeated_causes(state: State) -> dict[tuple[str, str], list[str]]:
    """{(family, cause as first written): ids of its cases}, for causes named by two cases or more."""
    groups: dict[tuple[str, str], list[CaseView]] = {}
    for case in sorted(state.cases.values(), key=lambda c: (c.at, c.seq)):
        for cause in dict.fromkeys(_plain(a.cause) for a in real_answers(case)):
            groups.setdefault((case.family, cause), []).append(case)
    return {
        (family, next(a.cause for a in real_answers(found[0]) if _plain(a.cause) == cause)): [c.id for c in found]
        for (family, cause), found in groups.items()
        if len(found) > 1
    }  # fmt: skip


def linked_decision(state: State, case: CaseView) -> str | None:
    """The first decision that names the case, or whose effect or authority covers its family and month from then on."""
    for decision in sorted(state.decisions.values(), key=lambda d: d.seq):
        texts = f"{decision.question} {decision.context or ''} {decision.drivers or ''}"
        if case.id in texts.replace(",", " ").replace(".", " ").split() or covers(
            decision, case.family, case.month
        ):
            return decision.id
    return None


def covers(decision: DecisionView, family: str, month: str) -> bool:
    """Whether an agreed outcome is about a family in the quarter that starts with a month."""
    until = add_months(month, 3)
    for outcome in decision.outcomes:
        told = [(a.scope, a.first, a.last) for a in outcome.authorises]
        if outcome.prediction is not None:
            told.append((outcome.prediction.scope, outcome.prediction.first, outcome.prediction.last))
        for scope, first, last in told if outcome.agreed else ():
            if family in _listed(scope.get("family")) and first <= until and month <= last:
                return True
    return False


def opening(family: str, measure: str, month: str, deviation: float | None) -> CaseOpened:
    """The entry with which the rule opens a case; its id is that of the stream and month, so it is opened once."""
    name = f"{family}-{measure}-{month}".replace(" ", "_")
    told = None if deviation is None else round(deviation, 6)
    return CaseOpened.model_validate(
        {"id": name, "family": family, "measure": measure, "month": month, "deviation": told}
    )


def snoozing(case: CaseView, owner: str, reason: str, until: date) -> CaseAnswered:
    """The entry that postpones a case. Raises pydantic.ValidationError without a reason: a snooze has one, and an end."""
    return CaseAnswered.model_validate(
        {"id": case.id, "owner": owner, "cause": SNOOZE, "countermeasure": reason, "due": until.isoformat()}
    )


def closing(case: CaseView, evidence: str) -> CaseClosed:
    """The entry with which the rule closes a case that is back in control, with the evidence as its reason."""
    return CaseClosed.model_validate({"id": case.id, "reason": evidence})


def _state(
    case: CaseView, answer: AnswerView | None, today: date, waited: int, left: bool, repeats: bool
) -> str:
    if case.state == "closed":
        return "closed"
    last = case.answers[-1] if case.answers else None
    if last is not None and is_snooze(last) and last.due >= today:
        return "snoozed"
    if answer is None:
        return "escalated" if waited > ESCALATE_DAYS else "overdue" if waited > RESPONSE_DAYS else "open"
    past = answer.due < today
    if left or (past and repeats):
        return "escalated"
    return "late" if past else "answered"


def _superior(state: State, person: str) -> str | None:
    """Who answers for a person: the active principal of the function, else the chair, else None."""
    known = state.people.get(person)
    active = [p for p in state.people.values() if p.active and p.id != person]
    same = [p for p in active if known is not None and p.function == known.function and p.principal]
    chairs = [p for p in active if p.permission == "chair"]
    return next((p.id for p in [*same, *chairs]), None)


def _plain(cause: str) -> str:
    return " ".join(cause.casefold().split()).rstrip(".")


def _listed(values: object) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values) if isinstance(values, tuple | list) else ()
