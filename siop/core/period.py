"""Months as text `YYYY-MM`, and the arithmetic on them. Quarters and years are the calendar table's."""

from __future__ import annotations

import re
from datetime import date

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z")


def is_month(text: object) -> bool:
    """Whether `text` is a month as the contract writes it.

    >>> is_month("2026-11"), is_month("2026-13"), is_month("11/2026")
    (True, False, False)
    """
    return isinstance(text, str) and _MONTH.match(text) is not None


def parse_month(text: str) -> str:
    """The month, checked. Raises ValueError with the form wanted."""
    if not is_month(text):
        raise ValueError(f"{text!r} is not a month: write YYYY-MM, for instance 2026-11")
    return text


def month_number(month: str) -> int:
    """Months since year 0, so that differences count months.

    >>> month_number("2026-03") - month_number("2025-12")
    3
    """
    found = _MONTH.match(month)
    if found is None:
        raise ValueError(f"{month!r} is not a month: write YYYY-MM, for instance 2026-11")
    return int(found[1]) * 12 + int(found[2]) - 1


def month_of(number: int | date) -> str:
    """The month of a month number or of a date.

    >>> month_of(month_number("2026-12") + 1), month_of(date(2026, 2, 28))
    ('2027-01', '2026-02')
    """
    if isinstance(number, date):
        return f"{number.year:04d}-{number.month:02d}"
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def add_months(month: str, count: int) -> str:
    """The month `count` months later (earlier where negative)."""
    return month_of(month_number(month) + count)


def months_between(first: str, last: str) -> int:
    """How many months `last` lies after `first`; the lag of a target month against its cycle."""
    return month_number(last) - month_number(first)


def span(first: str, last: str) -> list[str]:
    """Every month from first to last, both included; empty where last is before first."""
    return [month_of(n) for n in range(month_number(first), month_number(last) + 1)]
