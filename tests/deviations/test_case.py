"""Cases on a day: clock, escalation, snooze, repetition, the decision they led to."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from siop.deviations.case import (
    closing,
    linked_decision,
    open_case,
    opening,
    repeated_causes,
    same_cause,
    snoozing,
    standing,
    standings,
    working_days,
)
from siop.ledger import State
from tests.deviations.company import case, line, person, told

OPENED = "2026-05-04"  # a Monday


def test_working_days_leave_weekends_out() -> None:
    assert working_days(date(2026, 5, 4), date(2026, 5, 11)) == 5
    assert working_days(date(2026, 5, 8), date(2026, 5, 11)) == 1
    assert working_days(date(2026, 5, 11), date(2026, 5, 4)) == -5


@pytest.mark.parametrize(
    ("day", "state", "waited"),
    [("2026-05-04", "open", 0), ("2026-05-18", "open", 10), ("2026-05-19", "overdue", 11), ("2026-06-01", "overdue", 20),
     ("2026-06-02", "escalated", 21)],
)  # fmt: skip
def test_an_unanswered_case_is_overdue_after_ten_and_escalated_after_twenty_working_days(
    day: str, state: str, waited: int
) -> None:
    found = told(case("K1", "Pumps", "2026-04", opened=OPENED))
    s = standing(found, found.cases["K1"], date.fromisoformat(day))
    assert (s.state, s.waited, s.owner) == (state, waited, None)


def test_an_answered_case_is_late_once_its_countermeasure_is_past_due() -> None:
    state = told(case("K1", "Pumps", "2026-04", opened=OPENED, answered="2026-05-07", due="2026-06-15"))
    before, after = (
        standing(state, state.cases["K1"], day) for day in (date(2026, 6, 15), date(2026, 6, 16))
    )
    assert (before.state, before.owner, before.waited) == ("answered", "anna", 3)
    assert after.state == "late"


def test_a_case_whose_owner_left_is_escalated_to_the_function() -> None:
    gone = [person("anna", active=False), person("vera", "Sales", "function_head")]
    state = told(case("K1", "Pumps", "2026-04", opened=OPENED, answered="2026-05-07"), *gone)
    s = standing(state, state.cases["K1"], date(2026, 5, 20))
    assert (s.state, s.left, s.to) == ("escalated", True, "vera")


def test_escalation_reaches_the_chair_where_a_function_has_nobody_else() -> None:
    state = told(case("K1", "Pumps", "2026-04", opened=OPENED), person("maria", "Board", "chair"))
    assert standing(state, state.cases["K1"], date(2026, 8, 1)).to == "maria"
    alone = told(case("K1", "Pumps", "2026-04", opened=OPENED))
    assert standing(alone, alone.cases["K1"], date(2026, 8, 1)).to is None


def test_the_same_cause_again_is_linked_and_escalated_when_past_due() -> None:
    state = told(
        case("K1", "Pumps", "2026-01", answered="2026-02-09", cause="Tender  lost.", closed="2026-03-20"),
        case(
            "K2",
            "Pumps",
            "2026-04",
            opened=OPENED,
            answered="2026-05-07",
            cause="tender lost",
            due="2026-05-20",
        ),
        case("K3", "Valves", "2026-04", opened=OPENED, answered="2026-05-07", cause="Tender lost"),
    )
    second = standing(state, state.cases["K2"], date(2026, 6, 1))
    assert (second.repeated, second.state) == (("K1",), "escalated")
    assert standing(state, state.cases["K1"], date(2026, 6, 1)).repeated == ()
    assert [c.id for c in same_cause(state, state.cases["K1"])] == ["K2"]
    assert repeated_causes(state) == {("Pumps", "Tender  lost."): ["K1", "K2"]}


def test_snooze_has_a_reason_and_an_end_and_answers_nothing() -> None:
    opened = told(case("K1", "Pumps", "2026-04", opened=OPENED))
    entry = snoozing(opened.cases["K1"], "anna", "waiting for the customer's audit", date(2026, 6, 30))
    snooze = line("case_answered", "2026-05-06", "anna", **entry.as_json())
    state = told(case("K1", "Pumps", "2026-04", opened=OPENED), snooze)
    s = standing(state, state.cases["K1"], date(2026, 6, 30))
    assert (s.state, s.owner) == ("snoozed", None)
    over = standing(state, state.cases["K1"], date(2026, 7, 1))
    assert over.state == "escalated"
    with pytest.raises(ValidationError):
        snoozing(opened.cases["K1"], "anna", "", date(2026, 6, 30))


def test_the_open_case_of_a_family_is_the_newest_of_the_measure() -> None:
    state = told(
        case("K1", "Pumps", "2026-01"), case("K2", "Pumps", "2026-03"), case("K3", "Pumps", "2026-04", measure="revenue"),
        case("K4", "Pumps", "2026-05", closed="2026-06-20"),
    )  # fmt: skip
    found = open_case(state, "Pumps", "quantity")
    assert found is not None
    assert found.id == "K2"
    money = open_case(state, "Pumps", "cost")
    assert money is not None
    assert money.id == "K3"  # of another measure where there is none of this one
    assert open_case(state, "Valves", "quantity") is None


def decided(scope: dict[str, str], **told_of: object) -> list[dict[str, object]]:
    options = [{"label": "Yes", "description": "Do it"}, {"label": "No", "description": "Leave it"}]
    outcome = {
        "decision": "D1", "outcome": "approved", "option": "Yes", "rationale": "It pays",
        "prediction": {"metric": "quantity", "scope": scope, "baseline_version": "2026-04 C", "p10": 1, "p50": 2, "p90": 3,
                       "from": "2026-05", "to": "2026-08"},
    }  # fmt: skip
    return [
        line("decision", "2026-05-06", id="D1", question=told_of.get("question", "More pumps?"), options=options, raised_by="anna"),
        line("decided", "2026-05-08", **outcome),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "question", "linked"),
    [({"family": "Pumps"}, "More pumps?", "D1"), ({"family": "Valves"}, "More valves?", None),
     ({"family": "Valves"}, "What about K1, again?", "D1"), ({"family": "Valves"}, "What about K11?", None)],
)  # fmt: skip
def test_a_decision_is_linked_by_the_name_of_the_case_or_by_what_it_covers(
    scope: dict[str, str], question: str, linked: str | None
) -> None:
    state = told(case("K1", "Pumps", "2026-04", opened=OPENED), decided(scope, question=question))
    assert linked_decision(state, state.cases["K1"]) == linked
    assert standing(state, state.cases["K1"], date(2026, 5, 20)).decision == linked


def test_the_rule_opens_a_stream_and_month_once() -> None:
    entry = opening("Control valves", "quantity", "2026-06", -12.5)
    assert entry.id == opening("Control valves", "quantity", "2026-06", -13.0).id
    assert float(entry.deviation or 0) == -12.5
    state = told(line("case_opened", OPENED, **entry.as_json()))
    assert closing(state.cases[entry.id], "Back in control").reason == "Back in control"


def test_standings_come_longest_waiting_first_and_closed_last() -> None:
    state: State = told(
        case("K1", "Pumps", "2026-01", closed="2026-03-02"),
        case("K2", "Pumps", "2026-04"),
        case("K3", "Valves", "2026-02"),
    )
    assert [s.case.id for s in standings(state, date(2026, 6, 20))] == ["K3", "K2", "K1"]
