"""Kilograms and pieces make no sum: rows of one unit have quantities, rows and totals of several have words."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siop.core import Scope
from siop.metrics import gap_sentence, plan_vs_actual, ranked, versions_side_by_side
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
