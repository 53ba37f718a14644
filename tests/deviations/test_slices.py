"""`report localise` on a company where what was lost is known, against plain pandas."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siop import deviations as room
from siop import metrics
from siop.core import NotFound, Report, Scope, add_months, span, words
from siop.deviations.sentences import slice_said
from siop.ledger import State
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

LAST = "2026-06"
FAMILIES = {f"P{n}": f"Family {n // 3}" for n in range(12)}
CUSTOMERS = {f"C{n}": (("North", "South", "West")[n % 3], ("OEM", "Direct")[n // 3 % 2]) for n in range(18)}
LOST = ("North", "OEM")
KEYS = ["sku", "customer"]


def cells(months: list[str], seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [(m, s, c) for m in months for s in FAMILIES for c in CUSTOMERS], columns=["month", *KEYS]
    )
    level = {k: float(np.exp(0.6 * rng.standard_normal())) for k in [*FAMILIES, *CUSTOMERS]}
    rows["quantity"] = [
        round(20 * level[s] * level[c], 3) for s, c in zip(rows["sku"], rows["customer"], strict=True)
    ]
    return rows


@pytest.fixture(scope="module")
def plan() -> pd.DataFrame:
    return cells(span("2024-07", LAST), 1)


@pytest.fixture(scope="module")
def actual(plan: pd.DataFrame) -> pd.DataFrame:
    """North x OEM loses 35 per cent in the last six months; the rest has its noise."""
    rng = np.random.default_rng(2)
    place = plan["customer"].map(CUSTOMERS)
    lost = (place == LOST) & (plan["month"] > add_months(LAST, -6))
    factor = np.exp(0.2 * rng.standard_normal(len(plan)) - 0.02) * np.where(lost, 0.65, 1.0)
    return plan.assign(quantity=plan["quantity"] * factor)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory, plan: pd.DataFrame, actual: pd.DataFrame) -> Snapshot:
    told = plan.assign(version=[f"{add_months(m, -1)} C" for m in plan["month"]])
    return make_snapshot(
        tmp_path_factory.mktemp("slices"),
        actuals=actual.assign(revenue=actual["quantity"] * 10),
        plans=[told.assign(revenue=told["quantity"] * 10)],
        versions=pd.DataFrame([{"version": v, "kind": "consensus", "cycle": v[:7]} for v in sorted(set(told["version"]))]),
        products=pd.DataFrame({"sku": list(FAMILIES), "family": list(FAMILIES.values())}),
        customers=pd.DataFrame([(c, r, ch) for c, (r, ch) in CUSTOMERS.items()], columns=["customer", "region", "channel"]),
        closed_to=LAST,
    )  # fmt: skip


def report(snapshot: Snapshot, scope: Scope | None = None, **more: Any) -> Report:
    return room.localise(snapshot, State(), scope or Scope(), **more)


def test_the_lost_slice_is_named_with_its_money(
    snapshot: Snapshot, plan: pd.DataFrame, actual: pd.DataFrame
) -> None:
    scope = Scope(first=add_months(LAST, -5), last=LAST)
    found = report(snapshot, scope, by=("family", "region", "channel"))
    assert [r["slice"] for r in found.rows] == [{"region": "North", "channel": "OEM"}]
    one, totals = found.rows[0], found.totals
    recent = plan["month"] >= scope.first
    lost = recent & (plan["customer"].map(CUSTOMERS) == LOST)
    p, a = plan.loc[lost, "quantity"].sum() * 10, actual.loc[lost, "quantity"].sum() * 10
    gap = (actual.loc[recent, "quantity"].sum() - plan.loc[recent, "quantity"].sum()) * 10
    assert one["plan"] == pytest.approx(p)
    assert one["effect"] == pytest.approx(a / p - 1)
    assert one["impact"] == pytest.approx(a - p * (1 + totals["broad_effect"]))
    assert one["items"] == 4
    assert totals["gap"] == pytest.approx(gap)
    assert one["share_of_gap"] == pytest.approx(one["impact"] / gap)
    assert all(name in one for name in ("slice", "effect", "impact", "share_of_gap", "plan", "items"))


@pytest.mark.parametrize("months", [1, 6, 24])
def test_impacts_broad_and_rest_add_up(snapshot: Snapshot, months: int) -> None:
    found = report(snapshot, Scope(first=add_months(LAST, 1 - months), last=LAST))
    total = math.fsum(
        [*(r["impact"] for r in found.rows), found.totals["broad_impact"], found.totals["rest"]]
    )
    assert total == pytest.approx(found.totals["gap"], rel=1e-12, abs=1e-6)


def test_all_closed_months_by_default_and_what_was_lost_lately_is_found(snapshot: Snapshot) -> None:
    found = report(snapshot)
    assert (found.totals["from"], found.totals["to"]) == ("2024-07", LAST)
    one = next(r for r in found.rows if r["slice"] == {"region": "North", "channel": "OEM"})
    assert one["since"] == add_months(LAST, -5)
    assert one["recent_effect"] == pytest.approx(-0.35, abs=0.06)
    assert one["effect"] == pytest.approx(-0.35 / 4, abs=0.04)
    assert f"since {words.month(one['since'])}" in one["sentence"]


def test_the_gap_is_that_of_plan_vs_actual(snapshot: Snapshot) -> None:
    scope = Scope(first=add_months(LAST, -11), last=LAST, where=(("region", ("North",)),))
    other = metrics.plan_vs_actual(snapshot, scope, measure="revenue", version="consensus")
    found = report(snapshot, scope)
    assert found.totals["gap"] == pytest.approx(other.totals["deviation"])
    assert "region" not in found.totals["dimensions"]  # narrowed to one: nothing to search


def test_measure_version_and_dimensions_can_be_asked_for(snapshot: Snapshot) -> None:
    units, money = report(snapshot, measure="quantity"), report(snapshot)
    assert units.totals["gap"] * 10 == pytest.approx(money.totals["gap"])
    one = report(snapshot, version=f"{add_months(LAST, -1)} C", by=("region",))
    assert (one.totals["from"], one.totals["to"]) == (LAST, LAST)
    assert one.totals["dimensions"] == ["region"]
    for wrong in ({"measure": "smiles"}, {"by": ("nothing",)}, {"version": "no such plan"}):
        with pytest.raises(NotFound):
            report(snapshot, **wrong)


def test_a_plan_by_family_is_searched_by_family_and_said(tmp_path: Path, actual: pd.DataFrame) -> None:
    coarse = (
        actual.assign(family=actual["sku"].map(FAMILIES))
        .groupby(["family", "month"], as_index=False)["quantity"]
        .sum()
    )
    budget = coarse.assign(
        version="Budget", quantity=coarse["quantity"] * np.where(coarse["family"] == "Family 1", 1.3, 1.0)
    )
    snapshot = make_snapshot(
        tmp_path, actuals=actual, plans=[budget], versions=pd.DataFrame([{"version": "Budget", "kind": "budget", "cycle": None}]),
        products=pd.DataFrame({"sku": list(FAMILIES), "family": list(FAMILIES.values())}),
        customers=pd.DataFrame([(c, r, ch) for c, (r, ch) in CUSTOMERS.items()], columns=["customer", "region", "channel"]),
        closed_to=LAST,
    )  # fmt: skip
    found = report(snapshot, by=("family", "channel"))
    assert [r["slice"] for r in found.rows] == [{"family": "Family 1"}]
    assert found.totals["dimensions"] == ["family"]
    assert any("channel" in note for note in found.notes)
    assert any("budget" in note for note in found.notes)
    narrowed = report(snapshot, Scope(where=(("channel", ("OEM",)),)))
    assert narrowed.rows == []
    assert narrowed.totals["gap"] is None
    assert narrowed.notes


def test_no_plan_no_closed_month(tmp_path: Path, actual: pd.DataFrame) -> None:
    bare = make_snapshot(tmp_path, actuals=actual, closed_to=LAST)
    for scope in (Scope(), Scope(first="2030-01", last="2030-03")):
        found = report(bare, scope)
        assert found.rows == []
        assert found.totals["gap"] is None
        assert found.notes


def test_every_number_of_a_slice_s_sentence_is_of_its_row(snapshot: Snapshot) -> None:
    for found in (report(snapshot), report(snapshot, Scope(first=add_months(LAST, -5), last=LAST))):
        for one in found.rows:
            said = one["sentence"]
            assert said.startswith(slice_said(one["slice"]))
            assert words.amount(one["impact"], "money", "EUR", signed=True) in said
            assert f"{words.percent(one['effect'], 0, signed=True)} against plan" in said
            assert f"plan {words.amount(one['plan'], 'money', 'EUR')}" in said
            assert words.count(one["items"], "item") in said
            shares = re.findall(r"(\d+)\u00a0% of the gap", said)
            assert shares == (
                [f"{round(100 * one['share_of_gap'])}"] if 0 <= one["share_of_gap"] <= 2 else []
            )
            if not shares:
                assert "offset by others" in said


def test_the_headline_says_the_gap_and_the_slices(snapshot: Snapshot) -> None:
    found = report(snapshot, Scope(first=add_months(LAST, -5), last=LAST))
    said = found.totals["headline"]
    assert said.startswith(f"{words.amount(abs(found.totals['gap']), 'money', 'EUR')} under plan: ")
    assert "North, OEM" in said


def test_last_quarter_is_the_last_three_closed_months(snapshot: Snapshot) -> None:
    assert room.last_quarter(snapshot, Scope()) == Scope(first=add_months(LAST, -2), last=LAST)
    assert room.last_quarter(snapshot, Scope(last="2025-01")).first == "2024-11"
