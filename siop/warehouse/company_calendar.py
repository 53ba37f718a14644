"""The company's calendar: the months of the calendar table and of the facts, without a gap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from siop.core import add_months, month_of, span
from siop.warehouse.months import Calendar
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import sql
from siop.warehouse.stage import Stage


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the company."""

    month: str
    start: date
    end: date
    closed: bool
    working_days: int | None
    fiscal_year: int
    fiscal_period: int

    @property
    def quarter(self) -> str:
        return f"{self.fiscal_year}-Q{min((self.fiscal_period - 1) // 3 + 1, 4)}"

    @property
    def year(self) -> str:
        return str(self.fiscal_year)

    @property
    def weekdays(self) -> int:
        """Working days as given, else the days from Monday to Friday."""
        if self.working_days is not None:
            return self.working_days
        days = (self.end - self.start).days + 1
        return sum((self.start + timedelta(days=n)).weekday() < 5 for n in range(days))


@dataclass(frozen=True, slots=True)
class Told:
    """What the calendar table says about a month; None is not said."""

    start: date | None = None
    closed: bool | None = None
    working_days: int | None = None
    fiscal_year: int | None = None
    fiscal_period: int | None = None


def read_calendar(
    bench: Bench, stages: list[Stage], fiscal_year_start: int
) -> tuple[Calendar, dict[str, Told]]:
    """The calendar that dated rows are read by, and what its table says of each month."""
    told: dict[str, Told] = {}
    names = ("start_date", "closed", "working_days", "fiscal_year", "fiscal_period")
    for stage in stages:
        listed = [n if n in stage.columns else None for n in names]
        columns = [c for c in listed if c is not None]
        for row in bench.rows(
            sql("SELECT {c} FROM {t} ORDER BY month", c=["month", *columns], t=stage.table)
        ):
            values = dict(zip(columns, row[1:], strict=True))
            month = row[0]
            if isinstance(month, date):
                told[month_of(month)] = Told(*(values.get(n) for n in names))  # type: ignore[arg-type]
    starts = sorted((t.start, m) for m, t in told.items() if t.start is not None)
    if starts and len(starts) < len(told):
        missing = next(m for m, t in sorted(told.items()) if t.start is None)
        bench.findings.add(
            "error",
            "calendar",
            f"the month {missing} has no start_date, others have",
            file=stages[0].source.file,
            column="start_date",
            fix="give every month its start date, or none",
        )
    if [m for _, m in starts] != sorted(m for _, m in starts):
        bench.findings.add(
            "error",
            "calendar",
            "start dates are not in the order of the months",
            file=stages[0].source.file,
            column="start_date",
            fix="correct the start dates",
        )
    fiscal = {
        (t.fiscal_year, t.fiscal_period): m
        for m, t in told.items()
        if t.fiscal_year is not None and t.fiscal_period is not None
    }
    start = _year_start(told) or fiscal_year_start
    named = {
        t.fiscal_year - Calendar(start).fiscal_position(m)[0]
        for m, t in told.items()
        if t.fiscal_year is not None
    }
    return Calendar(start, tuple(starts), fiscal, named.pop() if len(named) == 1 else 0), told


def _year_start(told: dict[str, Told]) -> int | None:
    """The month, 1 to 12, that the table's fiscal years begin with, so that the months around the table follow it; None
    where it names none, or not one alone (a year of 13 periods)."""
    found = {(int(m[5:]) - t.fiscal_period) % 12 + 1 for m, t in told.items() if t.fiscal_period is not None}
    if not found:
        years = {m: t.fiscal_year for m, t in sorted(told.items()) if t.fiscal_year is not None}
        found = {int(m[5:]) for m, year in years.items() if years.get(add_months(m, -1), year) != year}
    return found.pop() if len(found) == 1 else None


def complete(
    calendar: Calendar,
    told: dict[str, Told],
    seen: tuple[str, str],
    last_actual: str | None,
    whole: str = "month",
) -> list[Month]:
    """Every month from the first to the last that is told or seen, with what follows from the rest.

    seen: first and last month of the facts. last_actual: closed are all months up to it, where the table
    does not say. whole: "quarter" or "year" completes these at both ends, for rows that are for one."""
    known = [*told, *seen]
    first, last = min(known), max(known)
    if whole != "month":
        first, last = _whole(calendar, told, first, -1, whole), _whole(calendar, told, last, 1, whole)
    months = span(first, last)
    says_closed = any(t.closed is not None for t in told.values())
    out = []
    for month in months:
        said = told.get(month, Told())
        year, period = calendar.fiscal_position(month)
        closed = bool(said.closed) if says_closed else last_actual is not None and month <= last_actual
        start = said.start or date.fromisoformat(month + "-01")
        out.append(
            Month(
                month, start, start, closed, said.working_days,
                said.fiscal_year if said.fiscal_year is not None else year,
                said.fiscal_period if said.fiscal_period is not None else period,
            )
        )  # fmt: skip
    after = date.fromisoformat(add_months(months[-1], 1) + "-01")
    if told.get(months[-1], Told()).start is not None:
        after = out[-1].start + timedelta(days=31)
    starts = [*(m.start for m in out[1:]), after]
    return [replace(m, end=n - timedelta(days=1)) for m, n in zip(out, starts, strict=True)]


def _whole(calendar: Calendar, told: dict[str, Told], month: str, step: int, whole: str) -> str:
    """The first (step -1) or last month of the fiscal quarter or year around a month."""
    size = 3 if whole == "quarter" else 12
    for _ in range(size - 1):
        said = told.get(month, Told())
        period = said.fiscal_period or calendar.fiscal_position(month)[1]
        at_edge = (period - 1) % size == 0 if step < 0 else period % size == 0
        if at_edge:
            break
        month = add_months(month, step)
    return month


def end_of_period(calendar: Calendar, told: dict[str, Told], month: str, period: str) -> str:
    """The last month of the quarter or year that a month is in."""
    around = complete(calendar, told, (month, month), None, period)
    mine = next(m for m in around if m.month == month)
    same = [m for m in around if (m.quarter == mine.quarter if period == "quarter" else m.year == mine.year)]
    return max(m.month for m in same)
