"""What was asked before: how often, how often the answer was yes, and how often nobody had seen the impact."""

from __future__ import annotations

from typing import Any

from siop.core import words
from siop.ledger import State
from siop.ledger.state import RequestAnswerView, RequestView


def seen_before(state: State, request: RequestView, answer: RequestAnswerView) -> bool:
    """Whether an impact run of the request was made before its answer; at the same time, in the order written."""
    return any(
        run.request == request.id and (run.at, run.seq) < (answer.at, answer.seq)
        for run in state.impact_runs.values()
    )


def precedent(state: State, customer: str) -> dict[str, Any]:
    """The customer's history in the ledger.

    Returns: asked (requests entered), answered, accepted, unseen (accepted without an impact run before the yes), since
        (cycle of the first one), accepted_by_all (accepted requests of all customers), share_of_accepted.
    """
    mine = [r for r in state.requests.values() if r.customer == customer]
    yes = [r for r in state.requests.values() if r.yes is not None]
    own = [r for r in yes if r.customer == customer]
    unseen = [r for r in own if r.yes is not None and not seen_before(state, r, r.yes)]
    return {
        "asked": len(mine),
        "answered": sum(r.answer is not None for r in mine),
        "accepted": len(own),
        "unseen": len(unseen),
        "since": min((r.in_cycle for r in mine), default=None),
        "accepted_by_all": len(yes),
        "share_of_accepted": len(own) / len(yes) if yes else None,
    }


def precedent_sentence(found: dict[str, Any], name: str) -> str:
    """Has this customer asked before, and how did we answer?"""
    if not found["asked"]:
        return f"{name} has not asked before."
    times = words.count(found["asked"], "time")
    said = f"{name} has asked {times} since {words.month(found['since'])}; {_of(found['answered'], found['accepted'])}"
    if found["accepted"]:
        said += f", {words.how_many(found['unseen'])} of them before anybody had seen the impact"
    return said + "."


def _of(answered: int, accepted: int) -> str:
    if not answered:
        return "no answer is in the ledger"
    return f"{words.how_many(accepted)} of {words.count(answered, 'answer')} {'was' if accepted == 1 else 'were'} yes"
