"""Bridges on small companies: rows, totals, what cannot be explained, and what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siop.core import NotFound, Report, Scope
from siop.metrics.balance import balance
from siop.metrics.bridge import COLUMNS, bridge, bridge_sentence
from siop.metrics.pvm import EFFECTS
from tests.metrics.small import make_snapshot

PRODUCTS = pd.DataFrame({"sku": list("ABCD"), "family": ["F", "F", "G", "G"]})
ACTUAL = pd.DataFrame(
    {
        "month": "2026-01", "sku": ["A", "B", "D"], "quantity": [120.0, 210.0, 40.0],
        "revenue": [1260.0, 1102.5, 480.0], "cost": [756.0, 651.0, 280.0],
    }
)  # fmt: skip
PLAN = pd.DataFrame(
    {
        "version": "B26", "month": "2026-01", "sku": ["A", "B", "C"], "quantity": [100.0, 200.0, 50.0],
        "revenue": [1000.0, 1100.0, 400.0], "cost": [600.0, 600.0, 250.0],
    }
)  # fmt: skip


def adds_up(report: Report) -> None:
    for row in [*report.rows, report.totals]:
        assert row["base"] + sum(row[e] for e in EFFECTS) == pytest.approx(row["current"], abs=1e-9 * 1e4)
    rows = pd.DataFrame(report.rows)
    assert rows["volume"].sum() + rows["mix"].sum() == pytest.approx(
        report.totals["volume"] + report.totals["mix"], abs=1e-9 * 1e4
    )
    for column in ("base", "current", "new", "discontinued", "unexplained", "price"):
        assert rows[column].sum() == pytest.approx(report.totals[column], abs=1e-9 * 1e4)


def test_margin_by_family(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path, actuals=ACTUAL, plans=PLAN, products=PRODUCTS)
    report = bridge(snapshot, Scope(), base="B26", measure="margin")
    adds_up(report)
    # by hand: A 4 a unit, B 2.5 a unit; 300 to 330 units continue, at 3 on average
    assert report.totals["volume"] == pytest.approx(90)
    assert report.totals["mix"] == pytest.approx(15)
    assert report.totals["price"] == pytest.approx(
        60 - 52.5
    )  # one currency: the FX of the textbook case is price
    assert report.totals["cost"] == pytest.approx(-57)
    assert (report.totals["new"], report.totals["discontinued"]) == (200, -150)
    assert (report.totals["base"], report.totals["current"]) == (1050, 1155.5)
    assert [r["family"] for r in report.rows] == ["F", "G"]
    assert list(report.rows[0]) == ["family", *COLUMNS]
    assert report.coverage == pytest.approx((504 + 451.5) / 1155.5)


def test_revenue_cost_and_quantity_have_their_own_words(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path, actuals=ACTUAL, plans=PLAN, products=PRODUCTS)
    revenue = bridge(snapshot, Scope(), base="budget", by=("sku",))
    adds_up(revenue)
    assert revenue.totals["cost"] == 0
    assert revenue.totals["price"] == pytest.approx(120 * 0.5 + 210 * -0.25)
    cost = bridge(snapshot, Scope(), base="budget", measure="cost")
    assert cost.totals["cost"] == pytest.approx(57)  # a higher unit cost makes the cost higher
    assert cost.totals["price"] == 0
    quantity = bridge(snapshot, Scope(), base="budget", measure="quantity")
    adds_up(quantity)
    assert {e: quantity.totals[e] for e in EFFECTS if quantity.totals[e]} == {
        "volume": 30, "new": 40, "discontinued": -50,
    }  # fmt: skip


def test_units_that_differ_are_never_added(tmp_path: Path) -> None:
    products = PRODUCTS.assign(unit=["kg", "pc", "pc", "pc"])
    snapshot = make_snapshot(tmp_path, actuals=ACTUAL, plans=PLAN, products=products)
    report = bridge(snapshot, Scope(), base="B26", measure="revenue")
    adds_up(report)
    # 20 kg more at 10 and 10 pieces more at 5.5; nothing moves between a kilogram and a piece
    assert report.totals["volume"] == pytest.approx(20 * 10 + 10 * 5.5)
    assert report.totals["mix"] == pytest.approx(0)
    assert any("kg and pc" in n for n in report.notes)


def test_a_plan_without_quantity_is_unexplained_and_says_so(tmp_path: Path) -> None:
    plan = PLAN.drop(columns=["quantity", "cost"])
    report = bridge(
        make_snapshot(tmp_path, actuals=ACTUAL, plans=plan, products=PRODUCTS), Scope(), base="B26"
    )
    adds_up(report)
    assert report.totals["unexplained"] == pytest.approx(1260 + 1102.5 - 2100)
    assert report.totals["volume"] == report.totals["mix"] == report.totals["price"] == 0
    assert (report.totals["new"], report.totals["discontinued"]) == (480, -400)
    assert any(n.startswith("Unexplained, +") and "quantity" in n for n in report.notes)


def test_a_plan_by_family_explains_volume_and_no_more(tmp_path: Path) -> None:
    plan = pd.DataFrame(
        {"version": "B26", "month": "2026-01", "family": ["F", "G"], "quantity": [300.0, 50.0], "revenue": [2100.0, 400.0]}
    )  # fmt: skip
    snapshot = make_snapshot(tmp_path, actuals=ACTUAL, plans=plan, products=PRODUCTS)
    report = bridge(snapshot, Scope(), base="B26")
    adds_up(report)
    first = report.rows[0]
    assert first["volume"] == pytest.approx(30 * 7.0)
    assert first["unexplained"] == pytest.approx(2362.5 - 2100 - 210)
    assert first["price"] == 0
    assert any("mix inside it" in n for n in report.notes)
    by_sku = bridge(snapshot, Scope(), base="B26", by=("sku",))
    assert [r["current"] for r in by_sku.rows] == [1260.0, 1102.5, 480.0]
    assert {r[c] for r in by_sku.rows for c in ("base", *EFFECTS)} == {None}
    assert by_sku.totals["base"] == 2500
    assert any("Plan B26 is by family, month: it has no sku." in n for n in by_sku.notes)


def test_families_in_different_units_have_no_volume_from_a_family_plan(tmp_path: Path) -> None:
    plan = pd.DataFrame(
        {"version": "B26", "month": "2026-01", "family": ["F", "G"], "quantity": [300.0, 50.0], "revenue": [2100.0, 400.0]}
    )  # fmt: skip
    products = PRODUCTS.assign(unit=["kg", "pc", "pc", "pc"])
    report = bridge(
        make_snapshot(tmp_path, actuals=ACTUAL, plans=plan, products=products), Scope(), base="B26"
    )
    adds_up(report)
    assert any(n.startswith("Unexplained, +262") and "several units" in n for n in report.notes)
    assert not any("gives no quantity" in n for n in report.notes)
    mixed, whole = report.rows
    assert mixed["unexplained"] == pytest.approx(262.5)  # F counts kilograms and pieces
    assert mixed["volume"] == 0
    assert whole["volume"] == pytest.approx(-10 * 8.0)


def test_prior_year_compares_the_months_both_years_have(tmp_path: Path) -> None:
    months = [f"{y}-{m:02d}" for y in (2024, 2025) for m in range(1, 13)] + ["2026-01", "2026-02"]
    actual = pd.DataFrame(
        {
            "month": months,
            "sku": "A",
            "quantity": 10.0,
            "revenue": [100.0] * 12 + [110.0] * 12 + [121.0, 121.0],
        }
    )
    snapshot = make_snapshot(tmp_path, actuals=actual, products=PRODUCTS, closed_to="2026-01")
    report = bridge(snapshot, Scope(), base="prior-year")
    adds_up(report)
    assert report.totals["base"] == pytest.approx(1200 + 110)
    assert report.totals["current"] == pytest.approx(1320 + 121)
    assert report.totals["price"] == pytest.approx(131)
    assert (report.totals["from"], report.totals["to"]) == ("2025-01", "2026-01")
    assert any("prior year does not exist for 12 months" in n or "twelve months" in n for n in report.notes)
    opened = bridge(snapshot, Scope(first="2026-01", last="2026-02"), base="prior-year")
    assert opened.totals["current"] == 121
    assert any("2026-02: open" in n for n in opened.notes)


def test_a_quarterly_budget_waits_for_the_whole_quarter(tmp_path: Path) -> None:
    actual = pd.DataFrame(
        {"month": ["2026-01", "2026-02", "2026-03", "2026-04"], "sku": "A", "quantity": 1.0, "revenue": 10.0}
    )
    plan = pd.DataFrame({"version": "B26", "month": ["2026-01", "2026-05"], "family": "F", "period": "quarter", "revenue": [36.0, 40.0]})  # fmt: skip
    report = bridge(
        make_snapshot(tmp_path, actuals=actual, plans=plan, products=PRODUCTS), Scope(), base="B26"
    )
    assert (report.totals["base"], report.totals["current"], report.totals["unexplained"]) == (36, 30, -6)
    assert any("2026-Q2" in n for n in report.notes)


def test_between_two_cycles_open_months_count(tmp_path: Path) -> None:
    def cycle(version: str, price: float) -> pd.DataFrame:
        return pd.DataFrame({"version": version, "month": ["2026-02", "2026-03"], "sku": "A", "quantity": 10.0, "revenue": 10 * price})  # fmt: skip

    versions = pd.DataFrame({"version": ["C1", "C2"], "kind": "consensus", "cycle": ["2026-01", "2026-02"]})
    snapshot = make_snapshot(
        tmp_path,
        actuals=ACTUAL,
        plans=[cycle("C1", 10), cycle("C2", 11)],
        versions=versions,
        products=PRODUCTS,
    )
    report = bridge(snapshot, Scope(first="2026-02", last="2026-03"), base="C1", current="C2")
    assert report.totals["price"] == 20
    assert report.totals["current"] == 220


def test_a_filter_the_plan_does_not_have_compares_nothing(tmp_path: Path) -> None:
    actual = ACTUAL.assign(customer=["k", "l", "k"])
    customers = pd.DataFrame({"customer": ["k", "l"], "region": ["N", "S"]})
    snapshot = make_snapshot(tmp_path, actuals=actual, plans=PLAN, products=PRODUCTS, customers=customers)
    report = bridge(snapshot, Scope(where=(("region", ("N",)),)), base="B26")
    assert report.totals["base"] is None
    assert report.totals["volume"] is None
    assert report.totals["current"] == 1260 + 480
    assert any("it has no region" in n for n in report.notes)
    assert "cannot be compared" in bridge_sentence(report.totals)


def test_empty_scope_and_unknown_names(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path, actuals=ACTUAL, plans=PLAN, products=PRODUCTS)
    empty = bridge(snapshot, Scope(where=(("family", ("none",)),)), base="B26")
    assert empty.rows == []
    assert "There are no rows in this scope." in empty.notes
    for wrong in (
        {"base": "nothing"},
        {"base": "B26", "by": ("colour",)},
        {"base": "B26", "measure": "weight"},
    ):
        with pytest.raises(NotFound):
            bridge(snapshot, Scope(), **wrong)  # type: ignore[arg-type]
    none = bridge(snapshot, Scope(), base="B26", by=())
    assert none.rows[0]["current"] == none.totals["current"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000), by=st.sampled_from([("family",), ("region",), ("family", "month"), ("sku",)])
)
def test_any_company_adds_up_by_any_dimension(tmp_path: Path, seed: int, by: tuple[str, ...]) -> None:
    rng = np.random.default_rng(seed)

    def side(**extra: Any) -> pd.DataFrame:
        n = 30
        made = pd.DataFrame(
            {
                "month": rng.choice(["2026-01", "2026-02"], n), "sku": rng.choice(list("ABCD"), n),
                "customer": rng.choice(["k", "l"], n), "quantity": rng.integers(0, 50, n).astype(float),
                "revenue": rng.integers(0, 500, n).astype(float),
            }
        )  # fmt: skip
        return made.groupby(["month", "sku", "customer"], as_index=False).sum().assign(**extra)

    customers = pd.DataFrame({"customer": ["k", "l"], "region": ["N", "S"]})
    snapshot = make_snapshot(
        tmp_path, actuals=side(), plans=side(version="B26"), products=PRODUCTS, customers=customers,
        closed_to="2026-02", name=f"s{seed}",
    )  # fmt: skip
    report = bridge(snapshot, Scope(), base="B26", by=by)
    adds_up(report)
    told = report.totals
    found = snapshot.rows("SELECT version, sum(revenue) FROM cube GROUP BY 1")
    assert {"actual": told["current"], "B26": told["base"]} == pytest.approx(dict(found))
    snapshot.close()


def test_the_headline_says_the_numbers_of_the_totals(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path, actuals=ACTUAL, plans=PLAN, products=PRODUCTS)
    report = bridge(snapshot, Scope(), base="B26", measure="margin")
    said = bridge_sentence(report.totals, snapshot.currency)
    assert said.startswith("Margin: +106\xa0EUR from B26 to actual: new +200, discontinued −150, volume +90")
    still = bridge(snapshot, Scope(), base="actual")
    assert bridge_sentence(still.totals).endswith("nothing changed.")


@pytest.mark.parametrize("plan", [None, 0.0, 5.0])
@pytest.mark.parametrize("actual", [None, 0.0, 7.0])
def test_null_zero_and_positive(tmp_path: Path, plan: float | None, actual: float | None) -> None:
    """Unknown is neither zero nor an effect; a zero plan makes the item new, a zero actual ends it."""
    a = pd.DataFrame(
        {"month": "2026-01", "sku": ["A", "C"], "quantity": [actual, 1.0], "revenue": [actual, 1.0]}
    )
    p = pd.DataFrame(
        {
            "version": "B26",
            "month": "2026-01",
            "sku": ["A", "C"],
            "quantity": [plan, 1.0],
            "revenue": [plan, 1.0],
        }
    )
    snapshot = make_snapshot(tmp_path, actuals=a, plans=p, products=PRODUCTS)
    report = bridge(snapshot, Scope(), base="B26")
    row = next(r for r in report.rows if r["family"] == "F")
    assert (row["base"], row["current"]) == (plan, actual)
    if plan is None or actual is None:
        assert {row[e] for e in EFFECTS} == {None}
        assert any("does not give the amount" in n for n in report.notes)
        return
    known = {e: row[e] for e in EFFECTS if row[e]}
    expected = {
        (0.0, 0.0): {}, (0.0, 7.0): {"new": 7}, (5.0, 0.0): {"discontinued": -5}, (5.0, 7.0): {"volume": 2},
    }  # fmt: skip
    assert known == pytest.approx(expected[plan, actual])


@pytest.mark.parametrize("by", [("sku",), ("family",), ("region",)])
def test_an_amount_missing_in_some_rows_is_unexplained(tmp_path: Path, by: tuple[str, ...]) -> None:
    """7 units at 70 are planned in January and 8 without a price in February: 15 units at 70 would be a false price."""
    months = ["2026-01", "2026-02"] * 2
    actual = pd.DataFrame(
        {"month": months, "sku": ["A", "A", "D", "D"], "customer": "k", "quantity": 10.0, "revenue": 100.0}
    )
    plan = pd.DataFrame(
        {
            "version": "B26", "month": months, "sku": ["A", "A", "D", "D"], "customer": "k",
            "quantity": [10.0, 9.0, 7.0, 8.0], "revenue": [90.0, 100.0, 70.0, np.nan],
        }
    )  # fmt: skip
    customers = pd.DataFrame({"customer": ["k"], "region": ["N"]})
    snapshot = make_snapshot(tmp_path, actuals=actual, plans=plan, products=PRODUCTS, customers=customers)
    report = bridge(snapshot, Scope(), base="B26", by=by)
    adds_up(report)
    assert report.totals["unexplained"] == pytest.approx(200 - 70)
    assert report.totals["volume"] == pytest.approx(190 / 19)  # A alone: one more at 10
    assert report.totals["price"] == pytest.approx(0)
    assert any("does not give the amount of all its quantity" in n for n in report.notes)
    whole = bridge(snapshot, Scope("2026-01", "2026-01"), base="B26", by=by)
    assert whole.totals["unexplained"] == 0
    margin = bridge(snapshot, Scope(), base="B26", by=by, measure="quantity")
    assert margin.totals["volume"] + margin.totals["mix"] == 40 - 34


def test_what_the_actuals_lack_is_said_in_the_plural(tmp_path: Path) -> None:
    actual = ACTUAL.assign(quantity=[120.0, 210.0, np.nan])
    report = bridge(
        make_snapshot(tmp_path, actuals=actual, plans=PLAN, products=PRODUCTS), Scope(), base="B26"
    )
    assert any(n.startswith("The actuals give no quantity in 33.3\xa0% of their rows") for n in report.notes)


def test_quantities_of_several_units_have_no_bridge(tmp_path: Path) -> None:
    products = PRODUCTS.assign(unit=["kg", "pc", "pc", "pc"])
    snapshot = make_snapshot(tmp_path, actuals=ACTUAL, plans=PLAN, products=products)
    report = bridge(snapshot, Scope(), base="B26", measure="quantity")
    mixed, whole = report.rows
    assert {mixed[c] for c in COLUMNS} == {None}
    assert (whole["family"], whole["base"], whole["current"]) == ("G", 50, 40)
    assert {report.totals[c] for c in COLUMNS} == {None}
    assert "F: counted in kg and pc, so quantities cannot be added." in report.notes
    assert "Quantities are in kg and pc and cannot be added: there is no total." in report.notes
    pieces = bridge(snapshot, Scope(where=(("family", ("G",)),)), base="B26", measure="quantity")
    assert (pieces.totals["base"], pieces.totals["current"]) == (50, 40)


def test_a_company_without_products_is_bridged_and_compared_by_what_it_has(tmp_path: Path) -> None:
    actuals = pd.DataFrame({"month": ["2026-01"] * 2, "region": ["North", "South"], "revenue": [100.0, 50.0]})
    plans = actuals.assign(version="B", revenue=[80.0, 60.0])
    kinds = pd.DataFrame({"version": ["B"], "kind": ["budget"]})
    snapshot = make_snapshot(tmp_path, actuals=actuals, plans=plans, versions=kinds)
    found = bridge(snapshot, Scope(), base="budget")
    assert {r["region"]: (r["base"], r["current"]) for r in found.rows} == {
        "North": (80, 100),
        "South": (60, 50),
    }
    with pytest.raises(NotFound, match="name no product"):
        balance(snapshot, Scope())
