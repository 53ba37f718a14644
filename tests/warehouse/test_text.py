"""Codes, numbers and dates from text: known answers, and what must be refused."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.warehouse import codes
from siop.warehouse.amounts import NumberForm, exact, scientific
from siop.warehouse.months import Calendar, NotADate, read_date, read_moment, read_month
from siop.warehouse.spread import shares
from siop.warehouse.sqltext import name, sql


@pytest.mark.parametrize(
    "text", ["A\u200bB", "A\x00B", "A\u202eB", "SKU-\u0410", "1.20E+06", "A\u00a0B", "\ufeffA\x07"]
)
def test_codes_that_look_alike_or_were_changed(text: str) -> None:
    assert codes.clean(text)[1] is not None


@pytest.mark.parametrize(
    "text", ["00123", "12E5", "SKU-A", "Genève", "насос 7", "🚀", "A.B/C (1)", "=cmd", "Ω-12"]
)
def test_codes_that_stay_as_they_are(text: str) -> None:
    assert codes.clean(f" {text}\t") == (text, None)


def test_one_unicode_form() -> None:
    assert codes.clean("Gene\u0300ve") == ("Genève", None)
    assert codes.header(" PLAN\u00a0Qty ") == codes.header("plan qty")


@pytest.mark.parametrize(
    "text", ["TOTAL", "Grand total", "Subtotal", "Sub-Total", "Summe", "Gesamt", "Total général"]
)
def test_totals_in_several_languages(text: str) -> None:
    assert codes.is_total(text)


@pytest.mark.parametrize("text", ["Totem", "Summer", "Subtotals of", None, ""])
def test_what_is_no_total(text: str | None) -> None:
    assert not codes.is_total(text)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-11", "2026-11"), ("2026-11-30", "2026-11"), ("2026-11-30 00:00:00.000", "2026-11"),
        ("2026-11-30T12:00:00", "2026-11"), ("FY26-P05", "2025-11"), ("fy2026 P5", "2025-11"),
    ],
)  # fmt: skip
def test_months_that_need_no_format(text: str, month: str) -> None:
    assert read_month(text, Calendar(7)) == month


@pytest.mark.parametrize(
    "text",
    ["2026-2", "2026-13", "2026-00", "11/2026", "2026/11/01", "46023", "202611", "2026-02-30", "0026-01", "2026-Q1",
     "2026", "Nov 26", "FY26-P13", "2026-11-30Z", "２０２６-11", "2026-11 ", "TOTAL", "2026-11-31"],
)  # fmt: skip
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(NotADate):
        read_month(text, Calendar(7))


def test_time_zones_are_named() -> None:
    for text in ("2025-12-31T22:00:00Z", "2025-12-31 22:00:00+00:00", "2026-01-01 00:00:00+0200"):
        with pytest.raises(NotADate) as refused:
            read_month(text, Calendar())
        assert refused.value.rule == "time_zone"


@pytest.mark.parametrize(
    ("form", "text", "month"),
    [
        ("%Y%m", "202611", "2026-11"), ("%Y%m%d", "20261130", "2026-11"), ("%b %y", "Nov 26", "2026-11"),
        ("%B %Y", "november 2026", "2026-11"), ("%d.%m.%Y", "1.11.2026", "2026-11"), ("%m/%Y", "11/2026", "2026-11"),
        ("FY%y-P%m", "FY26-P05", "2025-11"), ("FY%Y P%m", "FY2026 P5", "2025-11"), ("%Y/P%m", "2026/P05", "2025-11"),
    ],
)  # fmt: skip
def test_declared_months(form: str, text: str, month: str) -> None:
    assert read_month(text, Calendar(7), form) == month


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y%m%d", "2026111"),
        ("%Y%m", "20261"),
        ("%d.%m.%Y", "2026-11-01"),
        ("%b %y", "Now 26"),
        ("%m/%d/%Y", "31/12/2026"),
    ],
)
def test_declared_months_are_read_strictly(form: str, text: str) -> None:
    with pytest.raises(NotADate):
        read_month(text, Calendar(), form)


@given(
    st.dates(date(1901, 1, 1), date(2199, 12, 31)),
    st.sampled_from(["%Y%m%d", "%d.%m.%Y", "%d %b %Y", "%Y-%j"]),
)
def test_a_date_that_was_written_is_read_back(day: date, form: str) -> None:
    assert read_date(day.strftime(form), form) == day
    assert read_date(day.isoformat()) == day


@given(st.integers(1, 12), st.integers(1950, 2150), st.integers(1, 12))
def test_fiscal_periods_turn_back_into_their_month(start: int, year: int, period: int) -> None:
    calendar = Calendar(start)
    month = calendar.period(year, period)
    assert calendar.fiscal_position(month) == (year, period)
    first = calendar.period(year, 1)
    assert first[5:] == f"{start:02d}"


@given(st.lists(st.integers(25, 40), min_size=2, max_size=30), st.integers(0, 1200))
def test_every_day_of_a_company_calendar_falls_into_the_last_month_that_began(
    lengths: list[int], after: int
) -> None:
    starts, day = [], date(2020, 1, 3)
    for number, length in enumerate(lengths):
        starts.append((day, f"{2020 + number // 12}-{number % 12 + 1:02d}"))
        day += timedelta(days=length)
    calendar, one = Calendar(1, tuple(starts)), date(2020, 1, 3) + timedelta(days=after)
    expected = [m for s, m in starts if s <= one][-1]
    if one > starts[-1][0] + timedelta(days=34):
        with pytest.raises(NotADate):
            calendar.month(one)
    else:
        assert calendar.month(one) == expected


def test_moments() -> None:
    assert read_moment("2026-01-20 10:30:00").isoformat() == "2026-01-20T10:30:00"
    assert read_moment("2026-01-20").isoformat() == "2026-01-20T00:00:00"
    with pytest.raises(NotADate):
        read_moment("2026-01-20 25:30:00")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**20), max_value=10**20))
def test_exact_text_is_the_same_number_and_canonical(value: Decimal) -> None:
    text = exact(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert not ("." in text and text.endswith("0"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_scientific_notation_of_programs_is_read_exactly(value: float) -> None:
    text = repr(value)
    plain = scientific(text)
    if plain is not None:
        assert Decimal(plain) == Decimal(text)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
    st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(sum),
)
def test_spread_parts_add_up_and_follow_the_weights(total: Decimal, weights: list[int]) -> None:
    parts = shares(total, [Decimal(w) for w in weights], 9)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) <= Decimal("0.000000001")


@pytest.mark.parametrize("text", ['a"b', "a b", "", "a;b", "x'); DROP TABLE plan; --", "a.b"])
def test_names_in_sql_are_words(text: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        name(text)
    with pytest.raises(ValueError, match="not a name"):
        sql("SELECT {c}", c=text)


@pytest.mark.parametrize(
    ("text", "fits"),
    [("1 234,5", True), ("1\u00a0234,5", True), ("1\u202f234\u202f567", True), ("1 234\u00a0567", False), ("1 23", False)],
)  # fmt: skip
def test_a_declared_space_is_any_space_that_looks_like_it(text: str, fits: bool) -> None:
    """One kind throughout a number: two kinds of space in one number are two numbers."""
    assert (re.fullmatch(NumberForm(",", " ").pattern, text) is not None) is fits
