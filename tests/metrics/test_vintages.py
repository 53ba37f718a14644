"""The history an outlook stands on: contiguous in months, whatever the calendar says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siop.core import Scope, span
from siop.metrics import accuracy, outlook
from siop.metrics.vintages import history
from tests.metrics.small import make_snapshot

SEASON = [100.0, 20, 30, 50, 80, 200, 300, 250, 90, 60, 40, 400]
MONTHS = span("2022-01", "2025-09")
SOLD = pd.DataFrame(
    [
        {"month": m, "sku": s, "revenue": SEASON[int(m[5:]) - 1] * size}
        for m in MONTHS
        for s, size in (("A", 1.0), ("B", 2.0))
    ]
)


def still_open(*months: str) -> pd.DataFrame:
    return pd.DataFrame({"month": list(months), "closed": [False] * len(months)})


def test_a_month_left_open_does_not_shift_the_season(tmp_path: Path) -> None:
    """Each year is like the one before, so the outlook is right where the months stay in place."""
    whole = make_snapshot(tmp_path, actuals=SOLD, name="whole")
    gap = make_snapshot(tmp_path, actuals=SOLD, calendar=still_open("2024-02"), name="gap")
    found = history(gap, Scope(), "revenue")
    assert list(found.months) == MONTHS
    assert found.filled == ("2024-02",)
    assert found.total[MONTHS.index("2024-02")] == 3 * 20.0  # February 2023 and 2025
    np.testing.assert_allclose(found.total, history(whole, Scope(), "revenue").total)
    np.testing.assert_allclose(found.pool, history(whole, Scope(), "revenue").pool)
    assert ["2024-02 is not closed" in n for n in found.notes] == [True]
    assert history(whole, Scope(), "revenue").notes == []
    asked, told = ({r["month"]: r["p50"] for r in outlook(s, Scope()).rows if r["p50"]} for s in (whole, gap))
    assert told == pytest.approx(asked)


def test_an_open_month_without_a_year_beside_takes_the_months_next_to_it(tmp_path: Path) -> None:
    short = SOLD[SOLD["month"] >= "2024-05"]
    gap = make_snapshot(tmp_path, actuals=short, calendar=still_open("2024-11"))
    found = history(gap, Scope(), "revenue")
    assert found.total[6] == 3 * (60.0 + 400.0) / 2  # November between October and December


def test_the_naive_forecast_looks_twelve_months_back_not_twelve_rows(tmp_path: Path) -> None:
    plan = SOLD[SOLD["month"] >= "2025-01"].assign(version=lambda f: "C" + f["month"], revenue=1.0)
    months = sorted(plan["month"].unique())
    cycles = span("2024-12", "2025-08")
    kinds = pd.DataFrame({"version": [f"C{m}" for m in months], "kind": "consensus", "cycle": cycles})
    gap = make_snapshot(tmp_path, actuals=SOLD, plans=plan, versions=kinds, calendar=still_open("2024-02"))
    naive = accuracy(gap, Scope("2025-01", "2025-09"), lag=1).totals["naive"]
    assert naive["n"] == 2 * 8  # all but February, whose year before is not closed
    assert naive["wmape"] == 0


def test_the_outlook_says_which_month_is_open_and_shows_no_actual_of_it(tmp_path: Path) -> None:
    gap = make_snapshot(tmp_path, actuals=SOLD, calendar=still_open("2025-03"))
    told = outlook(gap, Scope())
    assert any("2025-03 is not closed" in n for n in told.notes)
    assert {r["month"]: r["actual"] for r in told.rows}["2025-03"] is None
