"""Survey rounds of the ledger: the latest closed one, and what is felt against what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pandas as pd

from siop.health.survey import Gap, SurveyResult, felt_against_measured, results
from siop.ledger.state import State, SurveyView

DAYS_OPEN = 14


def invited(state: State) -> int | None:
    """How many people a round goes to: everybody active who takes part; None where nobody is declared."""
    people = [p for p in state.people.values() if p.active]
    return len(people) or None


def closes(survey: SurveyView) -> datetime:
    """When a round closes: fourteen days after it was opened. Later answers do not count."""
    return survey.at + timedelta(days=DAYS_OPEN)


def is_closed(state: State, survey: SurveyView) -> bool:
    """Whether a round is over: its time has passed, everybody answered, or a later round was opened."""
    everybody = invited(state)
    later = any(s.at > survey.at for s in state.surveys.values())
    full = everybody is not None and len(survey.responses) >= everybody
    return later or full or closes(survey) <= latest_said(state)


def latest_said(state: State) -> datetime:
    """The time of the last thing the record of the process knows: the clock of a ledger."""
    items = (
        *state.stages, *state.gates, *state.meetings.values(), *state.sign_offs, *state.publishes,
        *state.decisions.values(), *state.surveys.values(), *state.improvements.values(), *state.cases.values(),
    )  # fmt: skip
    return max((item.at for item in items), default=datetime(1970, 1, 1, tzinfo=UTC))


def answers_of(survey: SurveyView) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(items: id, text, symptom; responses: function and a column per item, NaN where not answered)."""
    items = pd.DataFrame([(i.id, i.text, i.symptom) for i in survey.items], columns=["id", "text", "symptom"])
    rows = [
        {"function": r.function, **{i.id: float(r.answers[i.id]) for i in survey.items if i.id in r.answers}}
        for r in survey.responses
        if r.at < closes(survey)
    ]
    columns = ["function", *items["id"]]
    return items, pd.DataFrame(rows, columns=columns)


def round_result(state: State, survey: SurveyView) -> SurveyResult:
    """What a round says. One result per round: it does not change once it is published."""
    items, responses = answers_of(survey)
    return results(survey.round, items, responses, invited=invited(state), closed=is_closed(state, survey))


def latest_round(state: State, cycle: str) -> SurveyResult | None:
    """The last round opened up to a cycle that is closed, else the open one; None without a round."""
    mine = sorted((s for s in state.surveys.values() if s.in_cycle <= cycle), key=lambda s: s.at)
    if not mine:
        return None
    closed = [s for s in mine if is_closed(state, s)]
    return round_result(state, (closed or mine)[-1])


def felt(result: SurveyResult | None, measured: Mapping[str, float | None]) -> list[Gap]:
    """Felt less measured per symptom, everybody and each shown function; nothing without results."""
    return [] if result is None else felt_against_measured(result, measured)
