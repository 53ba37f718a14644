"""The triangle on the page: which cycles and months it has, and what came."""

from __future__ import annotations

from typing import Any

from siop.core import Report, add_months, span
from siop.meeting import triangle_rows


def report(cycles: list[str], last_closed: str) -> Report:
    rows: list[dict[str, Any]] = []
    for cycle in cycles:
        for lag, period in enumerate(span(add_months(cycle, 1), add_months(cycle, 12)), 1):
            rows.append(
                {"cycle": cycle, "version": cycle, "period": period, "lag": lag, "plan": float(lag), "actual": 7.0 if period <= last_closed else None}
            )  # fmt: skip
    return Report("triangle", "s", last_closed, {}, rows, {})


def test_newest_cycle_first_past_left_and_the_actual_last() -> None:
    periods, rows = triangle_rows(report(span("2026-05", "2026-11"), "2026-10"), months=8)
    assert periods == span("2026-07", "2027-02")
    assert [r["cycle"] for r in rows] == [*reversed(span("2026-05", "2026-11")), None]
    newest, actual = rows[0]["cells"], rows[-1]["cells"]
    assert newest["2026-10"] is None  # not planned by the newest cycle
    assert newest["2026-12"] == 1.0
    assert rows[1]["cells"]["2026-12"] == 2.0
    assert [actual[p] for p in periods[:5]] == [7.0, 7.0, 7.0, 7.0, None]


def test_no_cycles_no_triangle() -> None:
    assert triangle_rows(report([], "2026-10")) == ([], [])
