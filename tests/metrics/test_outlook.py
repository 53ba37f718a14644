"""The outlook of the year: what is closed stays, what is open has a range, and chances follow from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siop.core import NotFound, Scope, Undefined, add_months, span, words
from siop.metrics.outlook import Band, landing_band, landing_samples, outlook, outlook_sentence
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

FAMILIES = ["F1", "F2", "F3", "F4"]


def company(
    tmp_path: Path, seed: int = 1, last: str = "2026-06", cycles: int = 24, name: str = "c", optimism: float = 1.0,
    budget: pd.DataFrame | None = None, fiscal_year_start: int = 1,
) -> tuple[Snapshot, pd.DataFrame]:  # fmt: skip
    """42 or so months of four families; consensus plans of 18 months that know the truth up to 5 %."""
    rng = np.random.default_rng(seed)
    months = span("2023-01", "2028-06")
    level = dict(zip(FAMILIES, (100, 60, 200, 30), strict=True))
    truth = pd.DataFrame(
        [
            {"month": m, "sku": f, "revenue": level[f] * (1 + 0.2 * np.sin(2 * np.pi * int(m[5:]) / 12)) * np.exp(rng.normal(0, 0.1))}
            for m in months
            for f in FAMILIES
        ]
    )  # fmt: skip
    actual = truth[truth["month"] <= last]
    plans, versions = [], []
    for cycle in span(add_months(last, 1 - cycles), last):
        ahead = truth[truth["month"].isin(span(add_months(cycle, 1), add_months(cycle, 18)))].copy()
        ahead["revenue"] *= optimism * np.exp(rng.normal(0, 0.05, len(ahead)))
        plans.append(ahead.assign(version=f"C{cycle}"))
        versions.append({"version": f"C{cycle}", "kind": "consensus", "cycle": cycle})
    if budget is not None:
        plans.append(budget)
    products = pd.DataFrame({"sku": FAMILIES, "family": FAMILIES})
    return make_snapshot(
        tmp_path, actuals=actual, plans=plans, versions=pd.DataFrame(versions), products=products, name=name,
        fiscal_year_start=fiscal_year_start,
    ), truth  # fmt: skip


def budget(months: list[str], value: float, **extra: object) -> pd.DataFrame:
    return pd.DataFrame({"version": "B26", "month": months, "sku": "F1", "revenue": value, **extra})


def test_rows_and_landing_fit_together(tmp_path: Path) -> None:
    months = span("2026-01", "2026-12")
    snapshot, truth = company(tmp_path, budget=budget(months, 400.0))
    report = outlook(snapshot, Scope(), signed="C2026-06")
    rows = pd.DataFrame(report.rows)
    assert rows["month"].tolist() == months
    closed, ahead = rows.iloc[:6], rows.iloc[6:]
    by_month = truth.groupby("month")["revenue"].sum()
    assert closed["actual"].tolist() == pytest.approx(by_month[months[:6]].tolist())
    assert closed[["p10", "p50", "p90"]].isna().all().all()
    assert ahead["actual"].isna().all()
    assert (ahead["p10"] < ahead["p50"]).all()
    assert (ahead["p50"] < ahead["p90"]).all()
    assert rows["budget"].tolist() == pytest.approx([400.0] * 12)
    assert rows["plan"].notna().all()  # closed months: the consensus of then; open months: the newest
    landing = report.totals["landing"]
    assert landing["year"] == "2026"
    assert landing["months_left"] == 6
    assert landing["actual"] == pytest.approx(closed["actual"].sum())
    assert landing["p10"] < landing["p50"] < landing["p90"]
    assert landing["p50"] == pytest.approx(landing["actual"] + ahead["p50"].sum(), rel=0.02)
    assert landing["p50"] == pytest.approx(by_month[months].sum(), rel=0.05)
    assert (landing["p90"] - landing["p10"]) < (
        ahead["p90"] - ahead["p10"]
    ).sum()  # months do not all miss alike
    assert landing["budget"] == 4800
    signed = closed["actual"].sum() + ahead["plan"].sum()
    assert landing["signed"] == pytest.approx(signed)
    assert report.totals["version"] == "C2026-06"
    quarter = report.totals["quarter"]
    assert quarter["quarter"] == "2026-Q3"
    assert quarter["actual"] == 0
    assert quarter["budget"] == 1200
    unsigned = outlook(snapshot, Scope()).totals  # the newest consensus stands beside, but nobody signed it
    assert unsigned["version"] == "C2026-06"
    assert (unsigned["landing"]["signed"], unsigned["chance_to_reach_signed"]) == (None, None)
    assert (unsigned["quarter"]["signed"], unsigned["quarter"]["chance_to_reach_signed"]) == (None, None)
    assert unsigned["landing"]["budget"] == 4800
    assert unsigned["landing"]["p50"] == landing["p50"]
    beside = outlook(snapshot, Scope(), version="C2026-06", signed="C2026-05")
    assert beside.totals["version"] == "C2026-06"
    older = outlook(snapshot, Scope(), signed="C2026-05").totals
    assert (
        beside.totals["landing"]["signed"] == older["landing"]["signed"]
    )  # of the plan signed, whatever stands beside
    named = outlook(snapshot, Scope(), version="C2026-06").totals
    assert (named["landing"]["signed"], named["chance_to_reach_signed"]) == (None, None)


def test_a_budget_by_quarter_is_the_budget_of_the_running_quarter(tmp_path: Path) -> None:
    firsts = span("2026-01", "2026-12")[::3]
    snapshot, _ = company(tmp_path, budget=budget(firsts, 1200.0, period="quarter"))
    told = outlook(snapshot, Scope()).totals
    assert (told["landing"]["budget"], told["quarter"]["budget"]) == (4800.0, 1200.0)
    assert 0 < told["quarter"]["chance_to_reach_budget"] < 1


def test_chances_are_the_distribution_that_is_shown(tmp_path: Path) -> None:
    snapshot, _ = company(tmp_path, budget=budget(span("2026-01", "2026-12"), 390.0))
    report = outlook(snapshot, Scope())
    landing = report.totals["landing"]
    band = landing_band(snapshot, Scope())
    assert band is not None
    assert band.chance(landing["p50"]) == pytest.approx(0.5)
    assert band.chance(landing["p10"]) == pytest.approx(0.9)
    assert band.chance(landing["p90"]) == pytest.approx(0.1)
    assert band.chance(landing["actual"] * 0.9) == 1.0
    assert report.totals["chance_to_reach_budget"] == pytest.approx(band.chance(landing["budget"]))
    drawn = landing_samples(snapshot, Scope(), draws=200_000, seed=3)
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx(
        [landing["p10"], landing["p50"], landing["p90"]], rel=2e-3
    )
    assert (drawn >= landing["budget"]).mean() == pytest.approx(
        report.totals["chance_to_reach_budget"], abs=0.01
    )
    assert np.array_equal(drawn, landing_samples(snapshot, Scope(), draws=200_000, seed=3))


def test_a_band_below_zero_is_in_amounts() -> None:
    band = Band(-30.0, -10.0, 10.0, known=0.0, ratio=False)
    assert band.chance(-10.0) == pytest.approx(0.5)
    assert band.chance(10.0) == pytest.approx(0.1)
    assert np.quantile(band.draw(100_000, 1), [0.1, 0.9]) == pytest.approx([-30, 10], abs=0.5)
    assert Band(None, 5.0, None, 0.0, True).chance(4.0) is None
    assert Band(None, 5.0, None, 0.0, True).draw(3, 1).tolist() == [5.0] * 3
    assert Band(5.0, 5.0, 5.0, 0.0, True).chance(5.0) == 1.0


def test_the_backtest_is_honest_and_sees_a_biased_plan(tmp_path: Path) -> None:
    snapshot, truth = company(tmp_path, optimism=1.3)
    found = outlook(snapshot, Scope()).totals["backtest"]
    assert found["skill_vs_plan"] > 0.4  # the plan is a third too high, the outlook learns it
    assert found["origins"] == len(found["rows"]) > 5
    by_month = truth.groupby("month")["revenue"].sum()
    first = found["rows"][-1]
    assert first["actual"] == pytest.approx(
        by_month[span(add_months(first["origin"], 1), add_months(first["origin"], 6))].sum()
    )
    assert 0.5 <= found["coverage"] <= 1.0
    assert found["mase"] < 1.2


def test_the_future_does_not_change_what_was_said(tmp_path: Path) -> None:
    """The outlook at the end of 2025 is the same whether or not 2026 is in the files."""
    early, _ = company(tmp_path, last="2025-12", name="early", cycles=18)
    late, _ = company(tmp_path, last="2026-06", name="late", cycles=24)
    told = outlook(late, Scope()).totals["backtest"]["rows"]
    then = next(r for r in told if r["origin"] == "2025-12")
    frame = pd.DataFrame(outlook(early, Scope()).rows)
    assert frame["month"].tolist() == span("2026-01", "2026-12")
    assert then["p50"] == pytest.approx(frame["p50"].iloc[:6].sum(), rel=0.15)
    assert outlook(early, Scope()).totals["landing"]["months_left"] == 12


@pytest.mark.parametrize("start", [1, 4, 7])
def test_the_fiscal_year_is_the_companys(tmp_path: Path, start: int) -> None:
    snapshot, _ = company(tmp_path, fiscal_year_start=start)
    report = outlook(snapshot, Scope())
    expected = {
        1: ("2026", "2026-01", "2026-12"),
        4: ("2027", "2026-04", "2027-03"),
        7: ("2027", "2026-07", "2027-06"),
    }
    got = (report.totals["landing"]["year"], report.totals["from"], report.totals["to"])
    assert got == expected[start]
    assert report.totals["landing"]["months_left"] == {1: 6, 4: 9, 7: 12}[start]


def test_a_quarterly_budget_still_gives_the_years_chance(tmp_path: Path) -> None:
    quarters = budget(["2026-01", "2026-04", "2026-07", "2026-10"], 1200.0, period="quarter")
    snapshot, _ = company(tmp_path, budget=quarters)
    report = outlook(snapshot, Scope())
    assert report.totals["landing"]["budget"] == 4800
    assert 0 <= report.totals["chance_to_reach_budget"] <= 1
    assert {r["budget"] for r in report.rows} == {None}
    half = make_snapshot(tmp_path, actuals=_actuals(snapshot), plans=quarters.iloc[:2], name="half")
    report = outlook(half, Scope())
    assert report.totals["landing"]["budget"] is None
    assert report.totals["chance_to_reach_budget"] is None
    assert any("no budget of the whole year" in n for n in report.notes)


def _actuals(snapshot: Snapshot) -> pd.DataFrame:
    return snapshot.table(
        "SELECT strftime(month, '%Y-%m') AS month, sku, revenue::DOUBLE AS revenue FROM actuals"
    )


def test_without_plans_the_actuals_speak_alone(tmp_path: Path) -> None:
    snapshot, _ = company(tmp_path)
    bare = make_snapshot(tmp_path, actuals=_actuals(snapshot), name="bare")
    report = outlook(bare, Scope())
    assert report.totals["landing"]["p50"] is not None
    assert report.totals["chance_to_reach_signed"] is None
    assert report.totals["backtest"]["skill_vs_plan"] is None
    assert set(report.totals["weights"]) == {"theta", "damped", "seasonal_naive"}
    assert sum(report.totals["weights"].values()) == pytest.approx(1)
    assert any("rests on the actuals alone" in n for n in report.notes)


def test_a_scope_and_a_named_version(tmp_path: Path) -> None:
    snapshot, truth = company(tmp_path)
    report = outlook(snapshot, Scope(where=(("family", ("F1",)),)), signed="C2026-05")
    assert report.totals["version"] == "C2026-05"
    assert report.totals["landing"]["actual"] == pytest.approx(
        truth[(truth["sku"] == "F1") & truth["month"].between("2026-01", "2026-06")]["revenue"].sum()
    )
    with pytest.raises(NotFound):
        outlook(snapshot, Scope(), version="nothing")
    with pytest.raises(NotFound):
        outlook(snapshot, Scope(), measure="weight")


def test_a_short_or_empty_history_says_what_would_be_enough(tmp_path: Path) -> None:
    short = make_snapshot(
        tmp_path, name="short",
        actuals=pd.DataFrame({"month": span("2026-01", "2026-05"), "sku": "A", "revenue": 10.0}),
    )  # fmt: skip
    report = outlook(short, Scope())
    assert report.rows == []
    assert report.totals["landing"]["p50"] is None
    assert report.notes == ["No outlook: five closed months: an outlook needs 13."]
    assert outlook_sentence(report) == report.notes[0]
    with pytest.raises(Undefined):
        landing_samples(short, Scope())
    none = outlook(short, Scope(where=(("sku", ("Z",)),)))
    assert none.notes == ["No outlook: there are no actuals in this scope."]
    thirteen = make_snapshot(
        tmp_path, name="thirteen",
        actuals=pd.DataFrame({"month": span("2025-01", "2026-01"), "sku": "A", "revenue": np.arange(13) + 50.0}),
    )  # fmt: skip
    report = outlook(thirteen, Scope())
    assert report.totals["landing"]["p50"] is not None
    assert report.totals["landing"]["p10"] is None
    assert any(n.startswith("No interval") for n in report.notes)


def test_unknown_values_cut_the_history_and_zero_is_a_value(tmp_path: Path) -> None:
    months = span("2023-01", "2026-01")
    values = np.full(len(months), 10.0)
    actual = pd.DataFrame({"month": months, "sku": "A", "revenue": values, "quantity": 1.0})
    actual.loc[3, "revenue"] = np.nan
    snapshot = make_snapshot(tmp_path, actuals=actual.drop(index=[20]), name="gaps")
    report = outlook(snapshot, Scope(), measure="revenue")
    assert report.totals["landing"]["actual"] == 10
    assert 0 < report.totals["landing"]["p50"] < 130


def test_the_headline_says_the_numbers_of_the_totals(tmp_path: Path) -> None:
    snapshot, _ = company(tmp_path, budget=budget(span("2026-01", "2026-12"), 400.0))
    report = outlook(snapshot, Scope())
    said = outlook_sentence(report, "EUR")
    landing = report.totals["landing"]
    assert said.startswith(f"Revenue of 2026 lands at {landing['p50'] / 1e3:,.1f}\xa0kEUR")
    assert (
        f"{abs(landing['p50'] - 4800) / 1e3:,.1f} {'short of' if landing['p50'] < 4800 else 'above'} the budget"
        in said
    )
    assert f"chance to reach it {words.chance(report.totals['chance_to_reach_budget'])}" in said


def test_the_running_month_is_planned_by_the_cycle_before(tmp_path: Path) -> None:
    """The cycle of the month after the last closed one plans from the month after itself."""
    snapshot, _ = company(tmp_path)
    plans = snapshot.table(
        "SELECT version, strftime(month, '%Y-%m') AS month, sku, revenue::DOUBLE AS revenue FROM plans"
    )
    newest = plans[plans["version"] == "C2026-06"].copy()
    newest["month"] = [add_months(m, 1) for m in newest["month"]]
    newest["version"] = "C2026-07"
    versions = pd.concat([
        snapshot.versions[["version", "kind", "cycle"]],
        pd.DataFrame({"version": ["C2026-07"], "kind": ["consensus"], "cycle": ["2026-07"]}),
    ])  # fmt: skip
    both = make_snapshot(
        tmp_path, actuals=_actuals(snapshot), plans=pd.concat([plans, newest]), versions=versions, name="n"
    )
    report = outlook(both, Scope(), signed="C2026-07")
    planned = {r["month"]: r["plan"] for r in report.rows}
    for month, version in (("2026-07", "C2026-06"), ("2026-08", "C2026-07")):
        frame = pd.concat([plans, newest])
        asked = frame[(frame["version"] == version) & (frame["month"] == month)]
        assert planned[month] == pytest.approx(asked["revenue"].sum())
    assert report.totals["landing"]["signed"] is not None
    assert report.totals["backtest"]["plan_origins"] > 0
