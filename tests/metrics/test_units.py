"""Kilograms and pieces make no sum: rows of one unit have quantities, rows and totals of several have words."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siop.core import Scope, span
from siop.metrics import (
    accuracy,
    change_sentence,
    gap_sentence,
    outlook,
    plan_change,
    plan_vs_actual,
    ranked,
    triangle,
    versions_side_by_side,
    who_moved,
)
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot
from tests.metrics.test_compare import ACTUALS

UNITS = pd.DataFrame(
    {"sku": ["P1", "P2", "V1"], "family": ["Pumps", "Pumps", "Valves"], "unit": ["kg", "pc", "pc"]}
)


def test_kilograms_and_pieces_are_never_added(tmp_path: Path) -> None:
    """Pumps are in both, valves in pieces: a row of one unit is fine, the total is not. Money always is."""
    sold = ACTUALS.assign(quantity=ACTUALS["revenue"])
    plan = sold.assign(version="B26", quantity=50.0)
    held = make_snapshot(tmp_path, actuals=sold, plans=plan, products=UNITS)
    told = plan_vs_actual(held, Scope(), by=("family",), measure="quantity")
    assert [(r["family"], r["plan"], r["actual"], r["deviation"]) for r in told.rows] == [
        ("Pumps", None, None, None), ("Valves", 100.0, 80.0, -20.0),
    ]  # fmt: skip
    assert (told.totals["plan"], told.totals["actual"], told.coverage) == (None, None, None)
    assert told.notes == [
        "Pumps: counted in kg and pc, so quantities cannot be added.",
        "Quantities are in kg and pc and cannot be added: there is no total.",
    ]
    by_month = plan_vs_actual(held, Scope(), by=("month",), measure="quantity")
    assert [r["actual"] for r in by_month.rows] == [
        100.0,
        110.0,
        150.0,
        50.0,
    ]  # March: P2 and V1, both in pieces
    valves = plan_vs_actual(held, Scope(where=(("family", ("Valves",)),)), measure="quantity")
    assert (valves.totals["actual"], valves.totals["deviation"]) == (80.0, -20.0)
    assert plan_vs_actual(held, Scope(), by=("family",)).totals["actual"] == 410.0
    side = versions_side_by_side(held, Scope(), measure="quantity")
    assert side.rows == []
    assert "Budget: Quantities are in kg and pc and cannot be added: there is no total." in side.notes


def test_a_plan_by_family_counts_in_the_units_of_its_products(tmp_path: Path) -> None:
    sold = pd.DataFrame({"month": ["2026-01"] * 2, "sku": ["P1", "V1"], "quantity": 10.0})
    plan = pd.DataFrame(
        {"version": "B26", "month": "2026-01", "family": ["Pumps", "Valves"], "quantity": 12.0}
    )
    held = make_snapshot(tmp_path, actuals=sold, plans=plan, products=UNITS)
    told = plan_vs_actual(held, Scope(), by=("family",))
    assert [(r["family"], r["plan"], r["actual"]) for r in told.rows] == [
        ("Pumps", None, None), ("Valves", 12.0, 10.0),
    ]  # fmt: skip


def test_the_page_adds_no_units_either(tmp_path: Path) -> None:
    """The headline says why there is no total, and the rows put together as others are not added."""
    products = pd.DataFrame({"sku": [f"A{i}" for i in range(14)], "unit": ["kg", "pc"] * 7})
    sold = pd.DataFrame({"month": "2026-01", "sku": products["sku"], "quantity": 5.0, "revenue": 50.0})
    held = make_snapshot(tmp_path, actuals=sold, plans=sold.assign(version="B26"), products=products)
    told = plan_vs_actual(held, Scope(), by=("sku",), measure="quantity")
    said = gap_sentence(told, None, "EUR", "budget")
    assert said == "Quantities are in kg and pc and cannot be added: there is no total"
    prior = plan_vs_actual(held, Scope(), by=("sku",), measure="quantity", version="prior-year")
    others = ranked(told, prior, "sku")[0][-1]
    assert (others["name"], others["plan"], others["actual"]) == ("3 others", None, None)
    money = plan_vs_actual(held, Scope(), by=("sku",))
    assert ranked(money, prior, "sku")[0][-1]["actual"] == 150.0


NO_TOTAL = "Quantities are in kg and pc and cannot be added: there is no total."


def two_cycles(tmp_path: Path, units: pd.DataFrame) -> Snapshot:
    """Two years of P2 (pieces) and P1 (kilograms), and two cycles' plans of the three months that follow."""
    months = span("2024-01", "2025-12")
    sold = pd.concat(
        [
            pd.DataFrame({"month": months, "sku": s, "quantity": 10.0, "revenue": 20.0})
            for s in ("P1", "P2", "V1")
        ]
    )
    plans = pd.concat([
        pd.DataFrame({"version": v, "month": m, "sku": s, "quantity": 10.0 + more, "revenue": 20.0 + more})
        for v, m, more in (("C1", span("2026-01", "2026-03"), 0.0), ("C2", span("2026-02", "2026-03"), 1.0))
        for s in ("P1", "P2", "V1")
    ])  # fmt: skip
    asked = plans[plans["version"] == "C2"].assign(version="S2", quantity=15.0)
    versions = pd.DataFrame({
        "version": ["C1", "C2", "S2"], "kind": ["consensus", "consensus", "input"],
        "cycle": ["2025-12", "2026-01", "2026-01"], "function": [None, None, "sales"],
    })  # fmt: skip
    return make_snapshot(
        tmp_path, actuals=sold, plans=pd.concat([plans, asked]), versions=versions, products=units
    )


def test_outlook_triangle_and_change_add_no_units_either(tmp_path: Path) -> None:
    held = two_cycles(tmp_path, UNITS)
    valves = Scope(where=(("family", ("Valves",)),))
    landing = outlook(held, Scope(), measure="quantity")
    assert (landing.rows, landing.totals["landing"]["p50"]) == ([], None)
    assert landing.notes == [
        "No outlook: quantities are in kg and pc and cannot be added: there is no total."
    ]
    assert outlook(held, valves, measure="quantity").totals["landing"]["p50"] == pytest.approx(120.0)

    told = triangle(held, Scope(), measure="quantity")
    assert (told.rows, told.totals["stability"], told.notes) == ([], None, [NO_TOTAL])
    assert triangle(held, valves, measure="quantity").totals["stability"] == pytest.approx(0.1)

    change = plan_change(held, Scope(), measure="quantity")
    assert [(r["family"], r["previous"], r["change"]) for r in change.rows] == [
        ("Pumps", None, None), ("Valves", 20.0, 2.0),
    ]  # fmt: skip
    assert [change.totals[k] for k in ("previous", "change", "stability", "fence_stability")] == [None] * 4
    assert change.notes == ["Pumps: counted in kg and pc, so quantities cannot be added.", NO_TOTAL]
    assert change_sentence(change, "EUR") == NO_TOTAL
    assert who_moved(held, Scope(), measure="quantity").rows == []
    assert who_moved(held, valves, measure="quantity").rows[0]["asked"] == pytest.approx(10.0)
    money = plan_change(held, Scope(), measure="revenue")
    assert (money.totals["change"], money.notes) == (6.0, [])


def test_misses_in_several_units_are_said(tmp_path: Path) -> None:
    sold = ACTUALS.assign(quantity=ACTUALS["revenue"])
    plan = sold.assign(version="C", quantity=50.0)
    versions = pd.DataFrame({"version": ["C"], "kind": "consensus", "cycle": ["2025-12"]})
    held = make_snapshot(tmp_path, actuals=sold, plans=plan, versions=versions, products=UNITS)
    said = "Quantities are in several units: a miss weighs what it counts in its own; judge by revenue, or one family."
    assert said in accuracy(held, Scope(), measure="quantity").notes
    assert said not in accuracy(held, Scope(), measure="revenue").notes
    assert said not in accuracy(held, Scope(where=(("family", ("Valves",)),)), measure="quantity").notes
