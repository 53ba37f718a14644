"""What the ledger says of decisions, survey rounds, contested questions and maturity; worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from siop.core import span
from siop.health import decided
from siop.health.lenses import contested_decisions, decision_lens
from siop.health.maturity import STAGES, Criterion, judge
from siop.health.rounds import DAYS_OPEN, felt, invited, is_closed, latest_round
from siop.health.survey import PULSE
from siop.health.window import Window, window
from siop.ledger.entry import entries_of
from siop.ledger.state import State
from siop.ledger.views import fold
from tests.health.companies import line, when

MONTHS = tuple(span("2025-11", "2026-10"))
YEAR = Window(MONTHS, MONTHS)


def state(*groups: list[dict[str, Any]]) -> State:
    every = [one for group in groups for one in group]
    return fold(entries_of(sorted(every, key=lambda one: str(one["at"]))))


def decision(one: str, cycle: str, days: float | None = 5, *, option: str = "A", positions: dict[str, tuple[str, str | None]] | None = None,
             outcome: str = "approved", **more: Any) -> list[dict[str, Any]]:  # fmt: skip
    raised = when(cycle, 5)
    found = [
        line("decision", raised, cycle, id=one, question=f"Question {one}?", raised_by="x",
             options=[{"label": "A", "description": "a", "recommended": True}, {"label": "B", "description": "b"}])
    ]  # fmt: skip
    for function, (stance, wished) in (positions or {}).items():
        told = {"reason": "no"} if stance != "consent" else {}
        told |= {"preferred_option": wished} if wished else {}
        found.append(line("position", raised + timedelta(days=1), cycle, subject=one, person=f"p_{function}",
                          function=function, stance=stance, **told))  # fmt: skip
    if days is not None:
        at = raised + timedelta(days=days)
        chosen = {"option": option} if outcome == "approved" else {}
        found.append(line("decided", at, f"{at:%Y-%m}", decision=one, outcome=outcome, rationale="r", owner="x",
                          due="2026-12-31", **chosen, **more))  # fmt: skip
    return found


def test_latency_by_hand() -> None:
    told = state(
        decision("1", "2026-02", 4), decision("2", "2026-03", 10), decision("3", "2026-04", 40),
        decision("4", "2026-05", None), decision("5", "2026-06", 3, outcome="deferred"), decision("6", "2025-06", 99),
    )  # fmt: skip
    found = decided.settled(told, YEAR)
    assert [s.decision.id for s in found] == [
        "1",
        "2",
        "3",
    ]  # open, deferred and earlier ones are not settled here
    measured = decided.measure_latency(found)
    assert measured.value == pytest.approx(10)
    assert (measured.numerator, measured.denominator) == (pytest.approx(54), 3)
    assert measured.subject == {"decision": "3"}
    assert "the longest took 40: Question 3?" in measured.sentence
    assert decided.measure_latency(found[:2]).value is None


def test_reversal_by_hand() -> None:
    told = state(
        decision("1", "2026-01"), decision("2", "2026-02"), decision("3", "2026-03"), decision("4", "2026-04"),
        decision("5", "2026-02", supersedes="1"),  # one cycle later, no new information
        decision("6", "2026-04", supersedes="2", new_information=True),
        decision("7", "2026-08", supersedes="3"),  # five cycles later
    )  # fmt: skip
    measured = decided.measure_reversal(decided.settled(told, YEAR))
    assert measured.value == pytest.approx(1 / 7)
    assert measured.subject == {"decision": "1"}
    assert measured.evidence[0]["reversed_by"] == "5"
    assert decided.measure_reversal(decided.settled(told, YEAR)[:4]).value is None


def test_contested_decisions_by_hand() -> None:
    told = state(
        decision("1", "2026-02", positions={"sales": ("object", "B"), "finance": ("consent", None)}, option="B"),
        decision("2", "2026-03", positions={"sales": ("consent", None), "finance": ("consent", None)}),
        decision("3", "2026-04", positions={"sales": ("consent", "A"), "finance": ("object", None)}),
        decision("4", "2026-05", None, positions={"sales": ("object", "B")}),
        decision("5", "2026-06", positions={"sales": ("reservation", "B"), "finance": ("object", "B")}, outcome="rejected"),
    )  # fmt: skip
    rows = contested_decisions(told, YEAR)
    assert set(rows["decision"]) == {"1", "3", "5"}  # nobody objects to 2, 4 is open
    sales, finance = decision_lens(told, YEAR)
    assert (sales.function, sales.won, sales.decisions) == ("sales", 2, 3)
    assert (finance.won, finance.decisions) == (0, 3)
    assert decision_lens(state(decision("2", "2026-03")), YEAR) == []


def test_who_objects_got_their_way_where_something_else_came() -> None:
    """Sales objects to the recommended A: B, and no at all, are what it wished; and what came later is not known yet."""
    told = state(
        decision("1", "2026-02", positions={"sales": ("object", None)}, option="B"),
        decision("2", "2026-03", positions={"sales": ("object", None)}, outcome="rejected"),
        decision("3", "2026-04", positions={"sales": ("object", None)}),
    )
    (sales,) = decision_lens(told, YEAR)
    assert (sales.won, sales.decisions) == (2, 3)
    early = window([f"2026-{m:02d}" for m in range(1, 13)], "2026-02", 2)
    again = [
        line("decided", when("2026-08", 20), "2026-08", decision="1", outcome="rejected", rationale="no")
    ]
    (sales,) = decision_lens(
        state(decision("1", "2026-02", positions={"sales": ("object", None)}, option="A"), again), early
    )
    assert (sales.won, sales.decisions) == (0, 1)


def people(n: int) -> list[dict[str, Any]]:
    return [
        line("person", when("2026-01", 1), None, id=f"p{i}", name=f"P{i}", function="sales", role="executive",
             principal=True, required_signer=False) for i in range(n)
    ]  # fmt: skip


def survey(name: str, cycle: str, answered: int, *, late: int = 0, value: int = 4) -> list[dict[str, Any]]:
    opened = when(cycle, 18)
    items = [{"id": s.id, "text": s.text, "symptom": s.symptom} for s in PULSE]
    found = [line("survey_round", opened, cycle, round=name, items=items)]
    for n in range(answered + late):
        at = opened + timedelta(days=1 if n < answered else DAYS_OPEN + 1)
        found.append(line("survey_response", at, cycle, round=name, token=f"{name}-{n}", function="sales",
                          answers={s.id: value for s in PULSE}))  # fmt: skip
    return found


def tick(day: str) -> list[dict[str, Any]]:
    return [line("gate", when(day, 1), day, gate="coherence", passed=True, checked_at=when(day, 1))]


def test_a_round_closes_by_time_by_a_later_one_or_when_all_have_answered() -> None:
    one = survey("r1", "2026-07", 6)
    assert not is_closed(state(people(9), one), state(people(9), one).surveys["r1"])
    assert is_closed(state(people(6), one), state(people(6), one).surveys["r1"])
    assert is_closed(state(people(9), one, tick("2026-09")), state(people(9), one).surveys["r1"])
    assert is_closed(state(people(9), one, survey("r2", "2026-10", 1)), state(people(9), one).surveys["r1"])


def test_what_comes_late_does_not_change_a_published_result() -> None:
    early = latest_round(state(people(9), survey("r1", "2026-07", 6), tick("2026-09")), "2026-10")
    later = latest_round(state(people(9), survey("r1", "2026-07", 6, late=1), tick("2026-09")), "2026-10")
    assert early is not None
    assert early == later
    assert early.answered == 6
    assert early.response_rate == pytest.approx(6 / 9)
    assert early.low_response
    assert early.symptoms["S1"].felt == 75.0


def test_the_latest_closed_round_counts() -> None:
    told = state(people(9), survey("r1", "2026-04", 6), survey("r2", "2026-07", 6, value=2), tick("2026-09"))
    found = latest_round(told, "2026-10")
    assert found is not None
    assert found.round == "r2"
    before = latest_round(told, "2026-05")
    assert before is not None
    assert before.round == "r1"
    assert latest_round(told, "2026-03") is None
    assert felt(None, {"S1": 50.0}) == []
    assert felt(found, {"S1": 80.0})[0].points == pytest.approx(25.0 - 80.0)
    assert invited(state()) is None


def test_stages_are_climbed_one_by_one() -> None:
    def asked(*met: bool | None) -> list[Criterion]:
        return [Criterion(stage, f"asks {stage}", m, "evidence") for stage, m in enumerate(met, 2)]

    assert judge(asked(False, True, True, True)).stage == 1
    assert judge(asked(True, True, None, True)).stage == 3  # what cannot be told is not met
    assert judge(asked(True, True, None, True)).next == ("asks 4 (evidence)",)
    top = judge(asked(True, True, True, True))
    assert (top.stage, top.name, top.next) == (5, STAGES[4], ())
