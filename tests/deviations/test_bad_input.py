"""Zero and negative plans, missing months, one month, renamed families, zero tolerances, owners who left: each is treated, said, never dropped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siop import deviations as room
from siop.core import NotFound, Scope, add_months, span, words
from siop.warehouse import Snapshot
from tests.deviations.company import (
    AGREED,
    LAST,
    PLAN,
    case,
    company,
    fallen,
    person,
    report,
    row,
    told,
    tolerance,
    wobble,
)  # fmt: skip
from tests.metrics.small import make_snapshot


def test_zero_and_negative_plan(tmp_path: Path) -> None:
    """No ratio, no point on the chart; the amount is judged, nothing is dropped."""
    zero, negative = ("Pumps", LAST), ("Valves", LAST)
    values = {"Pumps": wobble(36), "Valves": wobble(36, seed=1), "Drives": wobble(36, seed=2)}
    snapshot = company(tmp_path, values, plan={zero: 0.0, negative: -50.0})
    found = report(snapshot)
    assert len(found.rows) == 3
    nothing = row(found, "Pumps")
    assert (nothing["plan"], nothing["deviation_ratio"], nothing["signal"]) == (0.0, None, False)
    assert row(found, "Valves")["deviation_ratio"] == pytest.approx(
        (row(found, "Valves")["actual"] + 50) / 50
    )
    sold = make_snapshot_with_unplanned(tmp_path)
    unplanned = row(report(sold), "Pumps")
    assert (unplanned["deviation"], unplanned["deviation_ratio"], unplanned["in_tolerance"]) == (
        30.0,
        None,
        False,
    )
    assert "30 units without a plan" in unplanned["sentence"].replace(words.NBSP, " ")
    absolute = told(tolerance("Pumps", 6, "2023-01", abs=40))
    assert row(report(sold, absolute), "Pumps")["in_tolerance"] is True


def make_snapshot_with_unplanned(tmp_path: Path) -> Snapshot:
    months = span("2023-07", LAST)
    plan = [(f"{add_months(m, -1)} C", m, "P1", 0.0 if m == LAST else 100.0) for m in months]
    return make_snapshot(
        tmp_path, name="unplanned", closed_to=LAST, products=pd.DataFrame({"sku": ["P1"], "family": ["Pumps"]}),
        actuals=pd.DataFrame([(m, "P1", 30.0 if m == LAST else 100.0) for m in months], columns=["month", "sku", "quantity"]),
        plans=[pd.DataFrame(plan, columns=["version", "month", "sku", "quantity"])],
        versions=pd.DataFrame([{"version": p[0], "kind": "consensus", "cycle": p[0][:7]} for p in plan]),
    )  # fmt: skip


def test_zero_actual_is_a_fall_of_all_of_it(tmp_path: Path) -> None:
    values = wobble(36)
    values[-1] = -1.0
    one = row(report(company(tmp_path, {"Pumps": values})), "Pumps")
    assert (one["actual"], one["deviation_ratio"], one["signal"], one["direction"]) == (
        0.0,
        -1.0,
        True,
        "below",
    )


def test_missing_months(tmp_path: Path) -> None:
    """Unknown is not zero: skipped in the chart, no deviation where it is the last one, and said."""
    values = wobble(36)
    values[[4, 20, 30]] = np.nan
    one = row(report(company(tmp_path, {"Pumps": values, "Valves": wobble(36, seed=1)})), "Pumps")
    assert (one["signal"], one["signals"]) == (False, [])
    values[-1] = np.nan
    found = report(company(tmp_path, {"Pumps": values, "Valves": wobble(36, seed=1)}))
    one = row(found, "Pumps")
    assert (one["plan"], one["actual"], one["deviation"], one["in_tolerance"]) == (PLAN, None, None, None)
    assert "no actual" in one["sentence"].lower()
    assert any("Pumps" in note and "unknown, not zero" in note for note in found.notes)


def test_one_month_of_history(tmp_path: Path) -> None:
    found = report(company(tmp_path, {"Pumps": [0.2]}))
    one = row(found, "Pumps")
    assert (one["in_tolerance"], one["signal"], one["rule"]) == (False, None, "insufficient history")
    assert (one["norm"], one["breaches_6"]) == ("insufficient", 1)
    assert "insufficient history" in one["sentence"]
    assert any("Insufficient history" in note for note in found.notes)
    told_so = [note for note in found.notes if "Nobody set a tolerance" in note]
    assert all("derived from" not in note and "until six months" in note for note in told_so)


def test_eleven_months_are_judged_by_tolerance_only(tmp_path: Path) -> None:
    one = row(report(company(tmp_path, {"Pumps": fallen(11, 4, -0.3)})), "Pumps")
    assert (one["in_tolerance"], one["signal"], one["signals"]) == (False, None, [])
    assert one["norm"] in ("tolerated", "insufficient", "managed", "normal")


def test_a_renamed_family_is_said_and_none_is_dropped(tmp_path: Path) -> None:
    old, new = wobble(36), wobble(36, seed=1)
    old[-8:], new[:-8] = np.nan, np.nan
    found = report(company(tmp_path, {"Old pumps": old, "Pumps": new, "Valves": wobble(36, seed=2)}))
    assert {r["family"] for r in found.rows} == {"Old pumps", "Pumps", "Valves"}
    assert any("Old pumps" in note and "renamed or split" in note for note in found.notes)
    assert row(found, "Pumps")["rule"] == "insufficient history"
    assert row(found, "Old pumps")["deviation"] is None


def test_a_family_that_ended_long_ago_is_named_and_left_out(tmp_path: Path) -> None:
    months = span("2023-07", LAST)
    actual = [(m, s, 100.0) for m in months for s in ("P1", "V1") if s == "P1" or m < "2024-07"]
    plan = [(f"{add_months(m, -1)} C", m, s, 100.0) for m, s, _ in actual]
    snapshot = make_snapshot(
        tmp_path, actuals=pd.DataFrame(actual, columns=["month", "sku", "quantity"]), closed_to=LAST,
        plans=[pd.DataFrame(plan, columns=["version", "month", "sku", "quantity"])],
        versions=pd.DataFrame([{"version": v, "kind": "consensus", "cycle": v[:7]} for v in sorted({p[0] for p in plan})]),
        products=pd.DataFrame({"sku": ["P1", "V1"], "family": ["Pumps", "Valves"]}),
    )  # fmt: skip
    found = report(snapshot)
    assert [r["family"] for r in found.rows] == ["Pumps"]
    assert any("Valves" in note and "left out" in note for note in found.notes)


def test_a_tolerance_of_zero(tmp_path: Path) -> None:
    values = np.zeros(36)
    values[-1] = 0.001
    snapshot = company(tmp_path, {"Pumps": values})
    zero = told(tolerance("Pumps", 0, "2023-01"))
    one = row(report(snapshot, zero), "Pumps")
    assert (one["in_tolerance"], one["breaches_6"], one["tolerance_growth"]) == (False, 1, 1.0)
    widened = row(
        report(snapshot, told(tolerance("Pumps", 0, "2023-01"), tolerance("Pumps", 5, "2026-01"))), "Pumps"
    )
    assert (widened["in_tolerance"], widened["in_original_tolerance"], widened["tolerance_growth"]) == (
        True,
        False,
        None,
    )
    assert any("was zero" in said for said in widened["evidence"])


def test_a_case_answered_by_someone_who_left(tmp_path: Path) -> None:
    snapshot = company(tmp_path, {"Pumps": fallen(36, 8, -0.11)})
    one_case = case("K1", "Pumps", "2025-11", answered="2025-12-09", due="2027-12-31")
    stays = row(report(snapshot, told(*AGREED, one_case)), "Pumps")
    left = row(report(snapshot, told(*AGREED, one_case, person("anna", active=False))), "Pumps")
    assert (stays["norm"], left["norm"]) == ("managed", "tolerated")
    assert left["response_rate"] == 0.0


def test_an_empty_ledger_does_not_call_silence_an_answer(tmp_path: Path) -> None:
    snapshot = company(tmp_path, {"Pumps": fallen(36, 10, -0.2)})
    one = row(report(snapshot, told()), "Pumps")
    assert (one["norm"], one["response_rate"]) == ("insufficient", None)
    assert one["tolerance_source"] == "derived"
    assert any("no ledger was kept" in said for said in one["evidence"])


def test_no_family_no_closed_month_no_plan(tmp_path: Path) -> None:
    months = span("2025-01", LAST)
    plain = pd.DataFrame([(m, "P1", 5.0) for m in months], columns=["month", "sku", "quantity"])
    with pytest.raises(NotFound, match="no family"):
        report(make_snapshot(tmp_path, actuals=plain, name="plain"))
    bare = company(tmp_path, {"Pumps": wobble(12)}, consensus=False)
    found = report(bare)
    assert row(found, "Pumps")["plan"] is None
    assert any("No plan by month for Pumps" in note for note in found.notes)
    assert room.headline(found) == "No family has a plan to deviate from"
    assert report(bare, scope=Scope(last="2020-01")).rows == []
    assert report(bare, scope=Scope(last="2020-01")).notes


def test_a_plan_by_quarter_is_said_and_not_spread(tmp_path: Path) -> None:
    months = span("2024-07", LAST)
    snapshot = make_snapshot(
        tmp_path, actuals=pd.DataFrame([(m, "P1", 5.0) for m in months], columns=["month", "sku", "quantity"]),
        plans=[pd.DataFrame([("Budget", m, "quarter", "P1", 15.0) for m in months[::3]], columns=["version", "month", "period", "sku", "quantity"])],
        versions=pd.DataFrame([{"version": "Budget", "kind": "budget", "cycle": None}]),
        products=pd.DataFrame({"sku": ["P1"], "family": ["Pumps"]}), closed_to=LAST,
    )  # fmt: skip
    found = report(snapshot)
    assert row(found, "Pumps")["plan"] is None
    assert any("quarter" in note and "month" in note for note in found.notes)


def test_a_plan_in_money_only_is_judged_in_money_and_said(tmp_path: Path) -> None:
    months = span("2024-07", LAST)
    plan = [(f"{add_months(m, -1)} C", m, "P1", 100.0) for m in months]
    snapshot = make_snapshot(
        tmp_path, closed_to=LAST, products=pd.DataFrame({"sku": ["P1"], "family": ["Pumps"]}),
        actuals=pd.DataFrame([(m, "P1", 5.0, 110.0) for m in months], columns=["month", "sku", "quantity", "revenue"]),
        plans=[pd.DataFrame(plan, columns=["version", "month", "sku", "revenue"])],
        versions=pd.DataFrame([{"version": p[0], "kind": "consensus", "cycle": p[0][:7]} for p in plan]),
    )  # fmt: skip
    found = report(snapshot)
    assert (row(found, "Pumps")["measure"], row(found, "Pumps")["deviation"]) == ("revenue", 10.0)
    assert "No plan carries quantity: revenue is judged." in found.notes
    assert row(report(snapshot, measure="quantity"), "Pumps")["plan"] is None


def unplanned_half_year(tmp_path: Path, actual: float = 100.0, name: str = "half") -> Snapshot:
    """Two years of plan and actual 100; in the last six months the plan is 0 and the actual as given."""
    months = span("2024-07", LAST)
    plan = [(f"{add_months(m, -1)} C", m, "P1", 0.0 if m in months[-6:] else 100.0) for m in months]
    return make_snapshot(
        tmp_path, name=name, closed_to=LAST, products=pd.DataFrame({"sku": ["P1"], "family": ["Pumps"]}),
        actuals=pd.DataFrame([(m, "P1", actual if m in months[-6:] else 100.0) for m in months], columns=["month", "sku", "quantity"]),
        plans=[pd.DataFrame(plan, columns=["version", "month", "sku", "quantity"])],
        versions=pd.DataFrame([{"version": p[0], "kind": "consensus", "cycle": p[0][:7]} for p in plan]),
    )  # fmt: skip


def test_six_months_of_plan_zero_are_judged_by_the_absolute_tolerance(tmp_path: Path) -> None:
    """100 against a plan of 0 and an absolute tolerance of 20: six misses of six, none answered."""
    snapshot = unplanned_half_year(tmp_path)
    one = row(report(snapshot, told(tolerance("Pumps", 10, "2024-07", abs=20))), "Pumps")
    assert (one["in_tolerance"], one["breaches_6"], one["response_rate"]) == (False, 6, 0.0)
    assert one["norm"] == "tolerated"
    said = one["sentence"].replace(words.NBSP, " ")
    assert said.startswith("100 units without a plan, out of its tolerance of ±20 units; ")
    assert "%" not in said
    assert "nothing has changed" not in said
    assert "(±10 % or ±20 units, whichever is more) in 6 of 6 months" in one["evidence"][0].replace(words.NBSP, " ")  # fmt: skip
    assert (one["tolerance_abs"], one["original_tolerance_abs"]) == (20.0, 20.0)


def test_a_plan_of_zero_counts_as_in_tolerance_says(tmp_path: Path) -> None:
    """Within the absolute amount: no miss. Without one nothing is allowed. Zero against zero: no miss, six known months."""
    snapshot = unplanned_half_year(tmp_path)
    wide = row(report(snapshot, told(tolerance("Pumps", 10, "2024-07", abs=120))), "Pumps")
    assert (wide["in_tolerance"], wide["breaches_6"], wide["norm"]) == (True, 0, "normal")
    assert "within its tolerance of ±120 units" in wide["sentence"].replace(words.NBSP, " ")
    none = row(report(snapshot, told(tolerance("Pumps", 10, "2024-07"))), "Pumps")
    assert (none["in_tolerance"], none["breaches_6"]) == (False, 6)
    assert "out of its tolerance of zero where nothing is planned" in none["sentence"]
    ended = row(report(unplanned_half_year(tmp_path, 0.0, "ended"), told(tolerance("Pumps", 10, "2024-07"))), "Pumps")  # fmt: skip
    assert (ended["in_tolerance"], ended["breaches_6"], ended["norm"]) == (True, 0, "normal")
    assert "in 0 of 6 months" in ended["evidence"][0]


def test_the_sentence_names_the_tolerance_that_judged(tmp_path: Path) -> None:
    """Plan 1,000, deviation 0: 6 per cent are 60 units, so that 40 units do not judge and 90 do."""
    snapshot = company(tmp_path, {"Pumps": np.zeros(24)})
    for amount, said in ((40, f"±6{words.NBSP}%"), (90, f"±90{words.NBSP}units")):
        one = row(report(snapshot, told(tolerance("Pumps", 6, "2023-01", abs=amount))), "Pumps")
        assert f"within its tolerance of {said}" in one["sentence"]
