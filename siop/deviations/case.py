"""Who owns a deviation? Cases of the ledger, their response clock, and which months were answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from siop.core import add_months
from siop.ledger import State
from siop.ledger.state import CaseView

RESPONSE_DAYS = 10  # working days to owner, cause and countermeasure
ESCALATE_DAYS = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands on a day. state: open, overdue, escalated, answered, late (countermeasure past due), closed."""

    case: CaseView
    state: str
    waited: int  # working days to the first answer, or until today
    owner: str | None
    repeated: int  # earlier cases of the family with the same cause


def working_days(first: date, last: date) -> int:
    """Working days from first to last (Monday to Friday); negative where last is before first."""
    return int(np.busday_count(first, last))


def open_case(state: State, family: str, measure: str) -> CaseView | None:
    """The newest case of a family that is not closed; of the measure where there is one, else of any."""
    found = [c for c in state.cases.values() if c.family == family and c.closed_seq is None]
    same = [c for c in found if c.measure == measure]
    return max(same or found, key=lambda c: (c.month, c.seq), default=None)


def standing(state: State, case: CaseView, today: date) -> Standing:
    """The case on a day."""
    opened = case.at.date()
    first = case.answers[0].at.date() if case.answers else None
    ended = first or (case.closed_at.date() if case.closed_at else today)
    waited = max(0, working_days(opened, ended))
    answer = case.answer
    if case.state == "closed":
        said = "closed"
    elif answer is not None:
        said = "late" if answer.due < today else "answered"
    else:
        said = "escalated" if waited > ESCALATE_DAYS else "overdue" if waited > RESPONSE_DAYS else "open"
    cause = answer.cause.casefold() if answer else None
    repeated = sum(
        1 for c in state.cases.values()
        if c.id != case.id and c.family == case.family and c.at < case.at and c.answer is not None
        and c.answer.cause.casefold() == cause
    )  # fmt: skip
    return Standing(case, said, waited, answer.owner if answer else None, repeated)


def answered(state: State, family: str, month: str) -> bool:
    """Whether a deviation of a family's month was answered: owner, cause and countermeasure within ten working days.

    A case of that month answered in time counts; so does an earlier case, answered and not closed, whose
    countermeasure was still running, and a decision on the family taken within ten working days after the month.
    """
    ended = date.fromisoformat(f"{add_months(month, 1)}-01") - timedelta(days=1)
    for case in state.cases.values():
        if case.family != family or not case.answers:
            continue
        first = case.answers[0]
        in_time = working_days(case.at.date(), first.at.date()) <= RESPONSE_DAYS
        if case.month == month and in_time:
            return True
        running = case.month < month and case.answers[-1].due >= ended and first.at.date() <= ended
        if running and in_time and (case.closed_at is None or case.closed_at.date() > ended):
            return True
    return any(
        0 <= working_days(ended, o.at.date()) <= RESPONSE_DAYS + 10 and o.agreed and _about(o, family)
        for d in state.decisions.values() for o in d.outcomes
    )  # fmt: skip


def _about(outcome: object, family: str) -> bool:
    scopes = [a.scope for a in getattr(outcome, "authorises", ())]
    prediction = getattr(outcome, "prediction", None)
    scopes += [prediction.scope] if prediction is not None else []
    return any(family in _listed(scope.get("family")) for scope in scopes)


def _listed(values: object) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values) if isinstance(values, tuple | list) else ()
