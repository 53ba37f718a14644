"""The forecast triangle: the known churn, the Bank of England's vintages, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siop.core import Scope
from siop.metrics.triangle import triangle, triangle_sentence
from tests.metrics.small import make_snapshot
from tests.metrics.test_accuracy import DATA, bank_of_england

PRODUCTS = pd.DataFrame({"sku": ["A"], "family": ["F"]})


def three_cycles(tmp_path: Path) -> object:
    """By hand: (100,100,100,100), (-,110,100,90), (-,-,120,90): 40 of 490."""
    plans = pd.concat([
        pd.DataFrame({"version": "C1", "month": ["2026-02", "2026-03", "2026-04", "2026-05"], "sku": "A", "revenue": 100.0}),
        pd.DataFrame({"version": "C2", "month": ["2026-03", "2026-04", "2026-05"], "sku": "A", "revenue": [110.0, 100.0, 90.0]}),
        pd.DataFrame({"version": "C3", "month": ["2026-04", "2026-05"], "sku": "A", "revenue": [120.0, 90.0]}),
    ])  # fmt: skip
    versions = pd.DataFrame(
        {"version": ["C1", "C2", "C3"], "kind": "consensus", "cycle": ["2026-01", "2026-02", "2026-03"]}
    )
    actual = pd.DataFrame(
        {"month": ["2026-01", "2026-02", "2026-03"], "sku": "A", "revenue": [95.0, 105.0, 111.0]}
    )
    return make_snapshot(tmp_path, actuals=actual, plans=plans, versions=versions, products=PRODUCTS)


def test_three_cycles_by_hand(tmp_path: Path) -> None:
    report = triangle(three_cycles(tmp_path), Scope())  # type: ignore[arg-type]
    assert report.totals["stability"] == pytest.approx(40 / 490)
    assert [s["stability"] for s in report.totals["steps"]] == pytest.approx([20 / 300, 20 / 190])
    frame = pd.DataFrame(report.rows)
    table = frame.pivot(index="cycle", columns="period", values="plan")
    assert table.loc["2026-02"].dropna().tolist() == [110, 100, 90]
    assert frame[frame["period"] == "2026-03"]["lag"].tolist() == [2, 1]
    assert frame[frame["period"] == "2026-03"]["actual"].tolist() == [111, 111]
    assert frame[frame["period"] == "2026-04"]["actual"].isna().all()
    assert triangle_sentence(report.totals) == (
        "Cycle 2026-03 moved 10.5\xa0% of the plan it took over; a cycle usually moves 8.2\xa0%."
    )
    two = triangle(three_cycles(tmp_path), Scope(cycle="2026-02"), cycles=1)  # type: ignore[arg-type]
    assert {r["cycle"] for r in two.rows} == {"2026-02"}
    assert two.totals["stability"] is None
    assert "needs the consensus plans of two cycles" in triangle_sentence(two.totals)


def test_bank_of_england_vintages(tmp_path: Path) -> None:
    report = triangle(bank_of_england(tmp_path), Scope())
    frame = pd.DataFrame(report.rows)
    told = pd.read_csv(DATA / "boe" / "unemp_mpr_forecasts.csv")
    assert len(frame) == len(told)
    assert report.totals["period"] == "quarter"
    ordered = told.sort_values(["vintage_date", "date"])
    assert frame["lag"].tolist() == ordered["forecast_horizon"].tolist()
    assert frame["plan"].tolist() == pytest.approx(ordered["value"].tolist())
    wide = told.pivot(index="date", columns="vintage_date", values="value")
    change = wide.diff(axis=1).abs().sum().sum()
    base = wide.shift(axis=1).where(wide.notna()).sum().sum()
    assert report.totals["stability"] == pytest.approx(change / base)
    assert frame["actual"].notna().sum() == told["date"].le("2025-09-30").sum()


def test_without_cycles_it_says_so(tmp_path: Path) -> None:
    actual = pd.DataFrame({"month": ["2026-01"], "sku": "A", "revenue": [95.0]})
    report = triangle(make_snapshot(tmp_path, actuals=actual, products=PRODUCTS), Scope())
    assert report.rows == []
    assert report.notes == ["There is no consensus plan of revenue by cycle."]
