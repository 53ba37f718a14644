"""Random numbers and days: one generator per table from one seed, and the company's working days."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import numpy as np

from siop.core import add_months, month_of, span

FIRST = "2023-11"  # first closed month
CLOSED = 36
LAST_CLOSED = add_months(FIRST, CLOSED - 1)  # 2026-10
CYCLES = 24
HORIZON = 18
CURRENT = add_months(LAST_CLOSED, 1)  # the cycle whose plan is proposed
MONTHS = span(FIRST, add_months(CURRENT, HORIZON))
CYCLE_MONTHS = span(add_months(CURRENT, 1 - CYCLES), CURRENT)
FIRST_CYCLE = MONTHS.index(CYCLE_MONTHS[0])  # index of the first cycle's month in MONTHS

STAGES = (
    ("close", 3, 17), ("product", 5, 16), ("demand", 8, 16), ("supply", 11, 16), ("reconciliation", 14, 16),
    ("preread", 15, 16), ("executive", 17, 15), ("publish", 18, 16), ("critique", 19, 11),
)  # fmt: skip
"""(stage, working day of the month, hour UTC) of the cycle's calendar; the numbers freeze with the pre-read."""


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of one table. Its stream depends on the seed and its own name alone.

    So a table that draws one number more leaves every other table as it is.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.default_rng(np.random.SeedSequence([seed & 0xFFFFFFFFFFFFFFFF, key]))


def _easter(year: int) -> date:
    """Easter Sunday (anonymous Gregorian algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _holidays() -> np.ndarray:
    found: list[date] = []
    for year in range(2023, 2030):
        sunday = _easter(year)
        found += [date(year, 1, 1), sunday - timedelta(2), sunday + timedelta(1), date(year, 5, 1)]
        found += [date(year, 12, 25), date(year, 12, 26)]
    return np.array(found, dtype="datetime64[D]")


HOLIDAYS = _holidays()


def working_days(month: str) -> int:
    """Monday to Friday of a month less the six public holidays."""
    return int(np.busday_count(month, add_months(month, 1), holidays=HOLIDAYS))


def working_day(month: str, n: int) -> date:
    """The n-th working day of a month, from 1; beyond its last one the count runs on.

    >>> working_day("2026-11", 17)
    datetime.date(2026, 11, 24)
    """
    first = np.busday_offset(f"{month}-01", 0, roll="forward", holidays=HOLIDAYS)
    found: date = np.busday_offset(first, n - 1, holidays=HOLIDAYS).astype(object)
    return found


def after(day: date, n: int) -> date:
    """The day n working days later (earlier where negative)."""
    found: date = np.busday_offset(day, n, roll="forward", holidays=HOLIDAYS).astype(object)
    return found


def meeting_day(month: str) -> date:
    """The executive meeting: the 17th working day, in December not after the 18th of the month."""
    day = working_day(month, 17)
    if month.endswith("-12") and day.day > 18:
        last = np.busday_offset(f"{month}-18", 0, roll="backward", holidays=HOLIDAYS)
        day = last.astype(object)
    return day


def stage_end(month: str, stage: str) -> datetime:
    """When a stage of a cycle is planned to end; a meeting moved forward shortens the stages before it."""
    wd, hour = next((wd, hour) for name, wd, hour in STAGES if name == stage)
    meeting = meeting_day(month)
    if wd > 17:
        day = after(meeting, wd - 17)
    else:
        have = int(np.busday_count(f"{month}-01", meeting, holidays=HOLIDAYS)) + 1
        day = working_day(month, 3 + (wd - 3) * (have - 3) // 14)
    return moment(day, hour, 30 if stage == "executive" else 0)


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of a day, UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def moment_text(at: datetime) -> str:
    """As the history file writes it, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def month_of_day(day: date) -> str:
    """The calendar month a day falls into."""
    return month_of(day)
