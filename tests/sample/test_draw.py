"""Days and noise: known answers, computed by hand or by others."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from siop.sample.draw import (
    CYCLE_MONTHS,
    MONTHS,
    STAGES,
    meeting_day,
    stage_end,
    working_day,
    working_days,
)
from siop.sample.history_risks import systematic
from siop.sample.noise import loudness
from siop.sample.people import person_id


def test_calendar_spans_history_and_horizon() -> None:
    assert (MONTHS[0], MONTHS[-1], len(MONTHS)) == ("2023-11", "2028-05", 55)
    assert (CYCLE_MONTHS[0], CYCLE_MONTHS[-1], len(CYCLE_MONTHS)) == ("2024-12", "2026-11", 24)


@pytest.mark.parametrize(
    ("month", "days"),
    [("2026-04", 20), ("2026-05", 20), ("2026-11", 21), ("2025-12", 21), ("2027-03", 21)],
)
def test_working_days_of_a_month(month: str, days: int) -> None:
    """Weekdays by the calendar, less: 2026 Good Friday 3 and Easter Monday 6 April, 1 May a Friday; 25 and 26
    December 2025 a Thursday and a Friday; 2027 Easter Friday 26 and Monday 29 March."""
    assert working_days(month) == days


def test_the_current_meeting_is_today() -> None:
    assert meeting_day("2026-11") == date(2026, 11, 24)
    assert working_day("2026-11", 3) == date(2026, 11, 4)
    assert stage_end("2026-11", "preread").isoformat() == "2026-11-20T16:00:00+00:00"


def test_stages_follow_each_other_in_every_cycle() -> None:
    """In December the meeting is before the holidays and the stages move together."""
    for month in CYCLE_MONTHS:
        ends = [stage_end(month, stage) for stage, _, _ in STAGES]
        assert ends == sorted(ends)
        assert len(set(ends)) == len(ends)
        assert meeting_day(month).day <= 28
        assert all(e.strftime("%Y-%m") == month for e in ends[:7])
    assert meeting_day("2025-12") == date(2025, 12, 18)


def test_loudness_of_a_jump() -> None:
    """Baseline 0, 2 repeated: mean 1, sd 1.044; a jump to 9 is z = 7.36 of a limit of 3.63; calm is under 1."""
    calm = np.array([0.0, 2.0] * 6)
    jump = np.append(calm, 9.0)
    z = (9 - 1) / (np.sqrt(12 / 11) * np.sqrt(1 + 1 / 12))
    assert loudness(jump, 12) == pytest.approx(z / 3.63, abs=1e-9)
    assert loudness(np.append(calm, [0.0, 2.0]), 12) < 0.4


def testsystematic_draws_keep_the_count() -> None:
    """Chances that sum to 6.2 give six or seven, whatever the seed."""
    chance = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 0.6] * 2)
    counts = {int(systematic(np.random.default_rng(seed), chance).sum()) for seed in range(200)}
    assert counts == {6, 7}


def test_ids_of_people() -> None:
    assert person_id("Fatima Zahra") == "fatima.zahra"
    assert person_id("José Núñez") == "jose.nunez"
