"""Was a miss answered in time? And when can nobody know?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from siop.deviations.replies import Replies, kept_since
from siop.ledger import State
from tests.deviations.company import case, person, told, tolerance
from tests.deviations.test_case import decided

TODAY = date(2026, 8, 3)
BEFORE = case("K0", "Other", "2025-01", answered="2025-02-10")  # the ledger has been kept since 2025-01


def replies(*parts: dict[str, object] | list[dict[str, object]], today: date = TODAY) -> Replies:
    return Replies(told(BEFORE, *parts), today)


@pytest.mark.parametrize(
    ("answered", "reply"), [("2026-05-05", 1.0), ("2026-05-19", 1.0), ("2026-05-20", 0.0), (None, 0.0)]
)
def test_an_answer_counts_within_ten_working_days_of_the_opening(answered: str | None, reply: float) -> None:
    found = replies(case("K1", "Pumps", "2026-04", opened="2026-05-05", answered=answered))
    assert found.reply("Pumps", "2026-04") == reply


def test_a_miss_without_a_case_is_unanswered_once_the_clock_has_run() -> None:
    """The month ends on Tuesday 30 June; five days to close the books, ten to answer: 21 July."""
    assert replies(today=date(2026, 7, 22)).reply("Pumps", "2026-06") == 0.0
    assert np.isnan(replies(today=date(2026, 7, 21)).reply("Pumps", "2026-06"))


def test_an_open_case_whose_clock_still_runs_is_not_judged() -> None:
    told_of = case("K1", "Pumps", "2026-06", opened="2026-07-20")
    assert np.isnan(replies(told_of, today=date(2026, 8, 3)).reply("Pumps", "2026-06"))
    assert replies(told_of, today=date(2026, 8, 4)).reply("Pumps", "2026-06") == 0.0


def test_before_the_ledger_was_kept_silence_means_nothing() -> None:
    assert np.isnan(replies().reply("Pumps", "2024-12"))
    assert replies().reply("Pumps", "2025-02") == 0.0
    assert kept_since(told()) is None  # people alone are no process
    assert np.isnan(Replies(told(), TODAY).reply("Pumps", "2026-01"))
    assert kept_since(told(tolerance("Pumps", 5, "2025-03"))) == "2025-03"


def test_a_countermeasure_still_running_covers_the_months_after() -> None:
    state = case("K1", "Pumps", "2026-02", opened="2026-03-05", answered="2026-03-10", due="2026-04-30")
    found = replies(state)
    assert [found.reply("Pumps", m) for m in ("2026-03", "2026-04", "2026-05")] == [1.0, 1.0, 0.0]
    closed = replies(
        case(
            "K1",
            "Pumps",
            "2026-02",
            opened="2026-03-05",
            answered="2026-03-10",
            due="2026-04-30",
            closed="2026-04-08",
        )
    )
    assert [closed.reply("Pumps", m) for m in ("2026-03", "2026-04")] == [1.0, 0.0]


def test_an_answer_of_someone_who_left_does_not_run_on() -> None:
    state = case("K1", "Pumps", "2026-02", opened="2026-03-05", answered="2026-03-10", due="2026-12-31")
    found = replies(state, person("anna", active=False))
    assert found.reply("Pumps", "2026-02") == 1.0  # it was an answer then
    assert found.reply("Pumps", "2026-04") == 0.0


def test_until_the_owner_left_the_answer_ran_on() -> None:
    state = case("K1", "Pumps", "2026-02", opened="2026-03-05", answered="2026-03-10", due="2026-12-31")
    found = replies(state, {**person("anna", active=False), "at": "2026-04-15T08:00:00Z"})
    assert [found.reply("Pumps", m) for m in ("2026-03", "2026-04")] == [1.0, 0.0]


def test_a_snooze_is_no_answer() -> None:
    snoozed = case("K1", "Pumps", "2026-04", opened="2026-05-05", answered="2026-05-06", cause="Snoozed")
    assert replies(snoozed).reply("Pumps", "2026-04") == 0.0


def test_a_decision_on_the_family_is_an_answer() -> None:
    assert replies(decided({"family": "Pumps"})).reply("Pumps", "2026-04") == 1.0
    assert replies(decided({"family": "Valves"})).reply("Pumps", "2026-04") == 0.0
    assert (
        replies(decided({"family": "Pumps"})).reply("Pumps", "2026-05") == 0.0
    )  # decided before the month had ended


def test_a_case_of_another_measure_answers_the_family_but_not_another_family() -> None:
    state = case("K1", "Pumps", "2026-04", opened="2026-05-05", answered="2026-05-06", measure="revenue")
    assert replies(state).reply("Pumps", "2026-04") == 1.0
    assert replies(state).reply("Valves", "2026-04") == 0.0


def test_the_company_calendar_says_when_a_month_ends() -> None:
    state: State = told(BEFORE)
    early = Replies(state, date(2026, 7, 17), {"2026-06": date(2026, 6, 24)})
    assert early.reply("Pumps", "2026-06") == 0.0
    assert np.isnan(Replies(state, date(2026, 7, 17)).reply("Pumps", "2026-06"))


def test_panel_asks_only_about_misses() -> None:
    asked = np.array([[True, False], [False, True]])
    found, answered = replies(
        case("K1", "Pumps", "2026-04", opened="2026-05-05", answered="2026-05-06")
    ).panel(("Pumps", "Valves"), ("2026-04", "2026-05"), asked)
    assert found[0, 0] == 1.0
    assert found[1, 1] == 0.0
    assert np.isnan(found[0, 1])
    assert answered.sum() == 1
