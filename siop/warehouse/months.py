"""Months and dates from text: strictly, in the declared format; the company's calendar gives the month."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from siop.core import add_months, month_of

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?\Z", re.ASCII)
_ZONE = re.compile(
    r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s*(Z|[+-]\d{2}(:?\d{2})?|UTC)\Z", re.I | re.ASCII
)
_LABEL = re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII)
_FISCAL = re.compile(r"FY ?(\d{4}|\d{2})[- ]?P(\d{1,2})\Z", re.I | re.ASCII)
_QUARTER = re.compile(r"(?:FY ?)?([0-9]{4})[- ]?Q([1-4])\Z", re.I)
_YEAR = re.compile(r"(?:FY ?)?([0-9]{4})\Z", re.I)
_SERIAL = re.compile(r"[2-6]\d{4}(\.\d+)?\Z", re.ASCII)
_DIGITS = re.compile(r"(?<!\d)0+(?=\d)")
FIRST_YEAR, LAST_YEAR = 1900, 2200


class NotADate(ValueError):
    """A text that is no date of the format; `rule` names what it breaks."""

    def __init__(self, message: str, rule: str = "date") -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True)
class Calendar:
    """The company's months. `starts` is empty for calendar months; else (start date, month) in order.

    fiscal: {(fiscal year, fiscal period): month}, where the calendar table names them. named: what the table's years are
    named beside the calendar year in which they end."""

    fiscal_year_start: int = 1
    starts: tuple[tuple[date, str], ...] = ()
    fiscal: dict[tuple[int, int], str] = field(default_factory=dict)
    named: int = 0

    def month(self, day: date) -> str:
        """The month a dated row falls into: the one whose start is the last not after the day."""
        if not self.starts:
            return month_of(day)
        found = bisect.bisect_right(self.starts, (day, "9999-99")) - 1
        if found < 0:
            raise NotADate(
                f"before the calendar's first month, which starts on {self.starts[0][0]}", "calendar"
            )
        start, month = self.starts[found]
        if found == len(self.starts) - 1 and day > start + timedelta(days=34):
            raise NotADate(f"after the calendar's last month, which starts on {start}", "calendar")
        return month

    def period(self, year: int, number: int) -> str:
        """The month of a fiscal period; the year is named after the calendar year in which it ends."""
        if self.fiscal:
            if (year, number) not in self.fiscal:
                raise NotADate("a fiscal period that is not in the calendar", "calendar")
            return self.fiscal[year, number]
        if not 1 <= number <= 12:
            raise NotADate("fiscal periods run from 1 to 12")
        first = f"{year - self.named - (self.fiscal_year_start > 1):04d}-{self.fiscal_year_start:02d}"
        return add_months(first, number - 1)

    def first_of(self, year: int, quarter: int | None) -> str:
        """The first month of a fiscal quarter, or of a fiscal year."""
        return self.period(year, 1 if quarter is None else quarter * 3 - 2)

    def fiscal_position(self, month: str) -> tuple[int, int]:
        """(fiscal year, fiscal period) of a month that the calendar table says nothing about.

        >>> Calendar(7).fiscal_position("2010-12"), Calendar(1).fiscal_position("2010-12")
        ((2011, 6), (2010, 12))
        """
        year, number = int(month[:4]), int(month[5:7])
        period = (number - self.fiscal_year_start) % 12 + 1
        ends = year + (self.fiscal_year_start > 1 and number >= self.fiscal_year_start)
        return ends + self.named, period


def _formatted(text: str, form: str) -> datetime:
    """strptime that accepts what the format writes, with or without leading zeros, and nothing else."""
    try:
        found = datetime.strptime(text, form)  # noqa: DTZ007 - company files carry no zone
    except ValueError:
        raise NotADate(f"not a date of the form {form}") from None
    written = found.strftime(form)
    if _DIGITS.sub("", written).casefold() != _DIGITS.sub("", text).casefold():
        raise NotADate(f"not a date of the form {form}")
    return found


def _checked(year: int, month: int, day: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotADate(f"the year {year} is not plausible")
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADate("no such day in the calendar") from None


def read_date(text: str, form: str | None = None, *, native: bool = False) -> date:
    """A date, ISO or of the declared form. `native`: the file has real dates, which arrive as ISO."""
    if _ZONE.match(text):
        raise NotADate("a timestamp with a time zone", "time_zone")
    iso = _ISO.match(text) if form is None or native else None
    if iso is not None:
        return _checked(int(iso[1]), int(iso[2]), int(iso[3]))
    if form is not None:
        found = _formatted(text, form)
        return _checked(found.year, found.month, found.day)
    if _SERIAL.match(text):
        raise NotADate("a number where a date belongs: an Excel serial date without its format")
    raise NotADate("not a date of the form YYYY-MM-DD")


def read_moment(text: str, form: str | None = None) -> datetime:
    """A point in time in UTC: a date, with or without a time of day, with or without a time zone.

    >>> read_moment("2026-01-20T10:30:00+02:00")
    datetime.datetime(2026, 1, 20, 8, 30)
    """
    if form is None and _ZONE.match(text):
        try:
            told = datetime.fromisoformat(re.sub(r"\s*UTC$", "+00:00", text, flags=re.I))
        except ValueError:
            raise NotADate("no such time") from None
        _checked(told.year, told.month, told.day)
        return told.astimezone(UTC).replace(tzinfo=None)
    day = read_date(text, form)
    found = re.search(r"[ T](\d{2}):(\d{2})(?::(\d{2}))?", text)
    if found is None or form is not None:
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - as the file says it
    try:
        return datetime(day.year, day.month, day.day, int(found[1]), int(found[2]), int(found[3] or 0))  # noqa: DTZ001
    except ValueError:
        raise NotADate("no such time of day") from None


def read_month(
    text: str, calendar: Calendar, form: str | None = None, *, native: bool = False, period: str = "month"
) -> str:
    """The company month, YYYY-MM, of a label (2026-11, FY24-P03) or of a dated row.

    Where the source says that its rows are for quarters or years, these may be named too (2026-Q3, 2026).

    >>> read_month("2026-11", Calendar()), read_month("FY24-P03", Calendar(7))
    ('2026-11', '2023-09')
    >>> read_month("Nov-26", Calendar(), "%b-%y"), read_month("20261130", Calendar(), "%Y%m%d")
    ('2026-11', '2026-11')
    >>> read_month("2026-Q1", Calendar(7), period="quarter")
    '2025-07'
    """
    if _ZONE.match(text):
        raise NotADate("a timestamp with a time zone", "time_zone")
    named = {"quarter": _QUARTER, "year": _YEAR}.get(period)
    whole = named.match(text) if named is not None and form is None else None
    if whole is not None:
        return calendar.first_of(int(whole[1]), int(whole[2]) if period == "quarter" else None)
    if form is None or native:
        label = _LABEL.match(text)
        if label is not None:
            return month_of(_checked(int(label[1]), int(label[2]), 1))
        if _ISO.match(text):
            return calendar.month(read_date(text))
        fiscal = _FISCAL.match(text)
        if fiscal is not None:
            year = int(fiscal[1])
            return calendar.period(year + 2000 if year < 100 else year, int(fiscal[2]))
    if form is None:
        if _SERIAL.match(text):
            raise NotADate("a number where a date belongs: an Excel serial date without its format")
        raise NotADate("not a month: YYYY-MM or a date YYYY-MM-DD")
    found = _formatted(text, form)
    day = _checked(found.year, found.month, found.day)
    if re.search(r"FY ?-?%[yY]|[Pp]%m", form):
        return calendar.period(day.year, day.month)
    dated = any(mark in form for mark in ("%d", "%j", "%x", "%c", "%e"))
    return calendar.month(day) if dated else month_of(day)
