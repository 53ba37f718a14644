"""The cycle's template, its steps by working day, and the meeting scorecard."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.core import Refused
from siop.health import meetings
from siop.health.cycle import (
    progress,
    read_templates,
    stage_key,
    stage_of_gate,
    template_for,
    working_day,
    working_days_between,
)
from siop.health.gates import CHECKS
from siop.health.told import step_cells
from siop.ledger.entry import entries_of
from siop.ledger.views import fold
from tests.health.companies import company, line, when

CYCLE = "2026-11"


def test_default_template_is_whole() -> None:
    template = template_for(CYCLE)
    assert [s.stage for s in template.stages] == [
        "close", "product", "demand", "supply", "reconciliation", "preread", "executive", "publish", "critique",
    ]  # fmt: skip
    assert {g.gate for g in template.gates} == set(CHECKS)
    assert all(g.asks for g in template.gates)
    days = [s.working_day for s in template.stages]
    assert days == sorted(days)


def test_working_days_by_hand() -> None:
    assert working_day(date(2026, 11, 1), 1) == date(2026, 11, 2)  # the first is a Sunday
    assert working_day(date(2026, 11, 1), 17) == date(2026, 11, 24)
    assert working_days_between(date(2026, 11, 20), date(2026, 11, 23)) == 1
    assert working_days_between(date(2026, 11, 23), date(2026, 11, 20)) == 0


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 22))
def test_working_days_count_back(start: date, number: int) -> None:
    day = working_day(start, number)
    assert day.weekday() < 5
    assert working_days_between(start - timedelta(days=1), day) == number


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "template"), ("[[template]]\nvalid_from = 'May'", "valid_from"),
        ("[[template]]\nvalid_from = '2026-01'\n[[template.stage]]\nstage = 'demand'\nworking_day = 40", "working_day"),
        ("[[template]]\nvalid_from = '2026-01'\n[[template.stage]]\nstage = 'demand'\nworking_day = 4\n"
         "[[template.gate]]\ngate = 'quorum'\nstage = 'supply'", "no stage"),
        ("[[template", "line"),
    ],
)  # fmt: skip
def test_a_wrong_template_is_refused_by_name(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "cycle.toml"
    path.write_text(text)
    with pytest.raises(Refused) as error:
        read_templates(path)
    assert where in str(error.value)
    assert error.value.findings[0].fix


def test_templates_are_versioned(tmp_path: Path) -> None:
    path = tmp_path / "cycle.toml"
    one = "[[template]]\nvalid_from = '{}'\n[[template.stage]]\nstage = '{}'\nworking_day = 4\n"
    path.write_text(one.format("2026-06", "new") + one.format("2025-01", "old"))
    known = read_templates(path)
    assert [template_for(c, known).stages[0].stage for c in ("2024-01", "2026-05", "2026-06")] == ["old", "old", "new"]  # fmt: skip


def test_stages_are_recognised_by_their_name() -> None:
    assert {stage_key(n) for n in ("Demand review", "demand", "DEMAND_REVIEW")} == {"demand"}
    assert stage_key("Pre-read") == stage_key("preread") == "preread"
    assert stage_of_gate("plan_balances") == "supply"
    assert stage_of_gate("Supply review") == "supply"


def test_steps_of_a_cycle_under_way() -> None:
    told = fold(entries_of([
        line("stage", when(CYCLE, 3), CYCLE, stage="Close", planned_end=when(CYCLE, 3), actual_end=when(CYCLE, 3),
             owner="anna"),
        line("stage", when(CYCLE, 9), CYCLE, stage="demand review", planned_end=when(CYCLE, 8),
             actual_end=when(CYCLE, 9), owner="ben"),
        line("stage", when(CYCLE, 1), CYCLE, stage="supply", planned_end=when(CYCLE, 11), owner="cleo"),
    ]))  # fmt: skip
    found = progress(told, CYCLE, when(CYCLE, 12).date())
    steps = {s.stage: s for s in found.steps}
    assert len(found.steps) == 9  # the template's, no stage twice
    assert (steps["close"].state, steps["close"].owner, steps["close"].days_late) == ("done", "anna", 0)
    assert (steps["demand"].state, steps["demand"].days_late) == ("done", 1)
    assert steps["supply"].state == "overdue"
    assert steps["reconciliation"].state == "running"
    assert steps["preread"].state == "open"
    assert found.done == 2
    assert found.share == pytest.approx(2 / 9)
    assert found.on_time == (1, 2)


def test_a_company_with_its_own_stages_keeps_them() -> None:
    told = fold(entries_of([line("stage", when(CYCLE, 3), CYCLE, stage=s, planned_end=when(CYCLE, n + 3), owner="x")
                            for n, s in enumerate(("Absatzrunde", "Versorgung"))]))  # fmt: skip
    assert [s.stage for s in progress(told, CYCLE, date(2026, 11, 1)).steps] == ["Absatzrunde", "Versorgung"]
    assert len(progress(fold([]), CYCLE, date(2026, 11, 1)).steps) == 9


def scored(**more: object) -> meetings.MeetingScore:
    at = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
    told = {
        "started": at,
        "preread_at": at - timedelta(days=1),
        "minutes_past": 30,
        "minutes_future": 90,
    } | more
    lines = [
        line("person", when(CYCLE, 1), None, id=p, name=p, function=p, role="executive", principal=True,
             required_signer=True) for p in ("a", "b", "c")
    ]  # fmt: skip
    lines.append(line("meeting", at, CYCLE, id="M", kind="executive", planned=at, **told))
    if told["started"]:
        lines += [line("attendance", at, CYCLE, meeting="M", person=p, status=s)
                  for p, s in (("a", "principal"), ("b", "delegate"), ("c", "absent"))]  # fmt: skip
    lines += [
        line("gate", when(CYCLE, 3), CYCLE, gate="data_closed", passed=True, checked_at=when(CYCLE, 3)),
        line("gate", when(CYCLE, 14), CYCLE, gate="coherence", passed=False, checked_at=when(CYCLE, 14)),
        line("gate", when(CYCLE, 18), CYCLE, gate="hash_verified", passed=True, checked_at=when(CYCLE, 18)),
        line("decision", when(CYCLE, 5), CYCLE, id="D1", question="Overtime?", raised_by="a",
             options=[{"label": "yes", "description": "y"}, {"label": "no", "description": "n"}]),
        line("decision", when("2026-09", 5), "2026-09", id="D2", question="Price?", raised_by="a",
             options=[{"label": "yes", "description": "y"}, {"label": "no", "description": "n"}]),
        line("decided", at, CYCLE, decision="D1", outcome="approved", option="yes", rationale="pays", owner="a",
             due="2026-12-31"),
        line("action", when("2026-10", 17), "2026-10", id="A1", text="t", owner="a", due="2026-11-10"),
        line("action", when("2026-10", 17), "2026-10", id="A2", text="t", owner="a", due="2026-11-20"),
        line("action_done", when(CYCLE, 5), CYCLE, id="A1"),
    ]  # fmt: skip
    return meetings.scores(fold(entries_of(lines)))[0]


def test_a_meeting_scored_by_hand() -> None:
    told = scored()
    assert (told.participation.points, told.participation.of) == (1.5, 3)
    assert told.schedule.ratio == 1
    assert told.preread.ratio == 1
    assert told.readiness.ratio == 0.5  # the gate of publishing is not due before the meeting
    assert (told.decisions.points, told.decisions.of) == (1, 2)
    assert (told.actions.points, told.actions.of) == (1, 2)
    assert told.future.ratio == 0.75
    assert told.absent == ("c",)


def test_what_was_not_recorded_is_unknown_and_what_was_missed_is_zero() -> None:
    at = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
    assert scored(minutes_past=None).future.ratio is None
    assert scored(started=at + timedelta(minutes=40)).schedule.ratio == 0
    assert scored(preread_at=None).preread.ratio == 0
    assert scored(preread_at=at - timedelta(hours=2)).preread.ratio == 0
    fallen_out = scored(started=None, preread_at=None)
    assert not fallen_out.held
    assert fallen_out.schedule.ratio == 0
    assert fallen_out.participation.ratio is None


def test_meetings_over_time_are_sums_first() -> None:
    rows = meetings.scores(company(4).state)
    assert len(rows) == 12
    total = meetings.over_time(rows)["participation"]
    assert total.points == sum(r.participation.points for r in rows)
    assert total.ratio == pytest.approx(total.points / total.of)
    assert {f"{i}_of" for i in meetings.ITEMS} < set(rows[0].row())


def test_a_stage_that_nobody_will_still_do_is_not_recorded_and_not_years_late() -> None:
    """A week later an open stage is late; years later it was left out or never written down."""
    late = step_cells(progress(fold([]), CYCLE, when(CYCLE, 30).date()))
    assert any(told.replace("\xa0", " ").endswith(f"{day:%-d %b}") and "late" in told and is_late for _, _, told, is_late in late
               for day in [when(CYCLE, n) for n in range(1, 30)])  # fmt: skip
    old = step_cells(progress(fold([]), CYCLE, when(CYCLE, 12).date().replace(year=2038)))
    assert {(kind, told, is_late) for kind, _, told, is_late in old} == {("wait", "not recorded", False)}
