"""Is the plan viable: known companies worked by hand, and what is said where something is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siop.core import NotFound, Scope, span
from siop.metrics.balance import balance, balance_sentence, viability_sentence
from siop.metrics.inventory import inventory_position
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

PRODUCTS = pd.DataFrame(
    {
        "sku": ["A", "B"],
        "family": ["F", "G"],
        "unit_cost": [4.0, 6.0],
        "unit_price": [10.0, 9.0],
        "unit": "pc",
    }
)
AHEAD = span("2026-04", "2026-08")
VERSIONS = pd.DataFrame(
    {
        "version": ["C", "S"], "kind": ["consensus", "supply"], "cycle": ["2026-03", "2026-03"], "parent": [None, "C"],
    }
)  # fmt: skip


def flat(months: list[str], **values: Any) -> pd.DataFrame:
    return pd.DataFrame({"month": months, **values})


def company(tmp_path: Path, *, demand: float = 80.0, supply: float = 50.0, **more: Any) -> Snapshot:
    """Three closed months; five planned ones: A is sold `demand` and made `supply` a month, from a stock of 100."""
    closed = span("2026-01", "2026-03")
    given: dict[str, Any] = {
        "actuals": pd.concat([flat(closed, sku="A", quantity=60.0, revenue=600.0, cost=240.0), flat(closed, sku="B", quantity=10.0, revenue=90.0, cost=60.0)]),
        "plans": pd.concat(
            [flat(AHEAD, version="C", sku="A", quantity=demand, revenue=demand * 10, cost=demand * 4), flat(AHEAD, version="C", sku="B", quantity=10.0, revenue=90.0, cost=60.0)]
        ),
        "versions": VERSIONS,
        "products": PRODUCTS,
        "production": pd.concat(
            [
                flat(closed, version="actual", sku="A", site="X", quantity=[70.0, 60.0, 60.0]),
                flat(closed, version="actual", sku="B", site="X", quantity=10.0),
                flat(AHEAD, version="S", sku="A", site="X", quantity=supply), flat(AHEAD, version="S", sku="B", site="X", quantity=10.0),
            ]
        ),
        "inventory": pd.concat(
            [flat(["2025-12", *closed], sku="A", site="X", quantity=[90.0, 100.0, 100.0, 100.0]), flat(["2025-12", *closed], sku="B", site="X", quantity=30.0)]
        ),
        "policies": pd.DataFrame({"family": ["F"], "min_days": [15.0], "target_days": [30.0], "max_days": [60.0]}),
        "closed_to": "2026-03",
    }  # fmt: skip
    return make_snapshot(tmp_path, **{**given, **more})


def of(report: Any, family: str) -> pd.DataFrame:
    frame = pd.DataFrame(report.rows)
    return frame[frame["family"] == family].set_index("month")


def test_closed_months_are_actual_and_open_ones_follow_from_the_plan(tmp_path: Path) -> None:
    report = balance(company(tmp_path), Scope())
    rows = of(report, "F")
    assert rows["closed"].tolist() == [True] * 3 + [False] * 5
    assert rows["demand"].tolist() == [60] * 3 + [80] * 5
    assert rows["supply"].tolist() == [70, 60, 60] + [50] * 5
    assert rows["opening"].tolist() == [90, 100, 100, 100, 70, 40, 10, -20]
    assert rows["closing"].tolist() == [100, 100, 100, 70, 40, 10, -20, -50]
    assert report.totals["identity_residual"] == 0
    # A cannot be served from July on: 20, then 30 more; at 10 revenue and 6 margin a unit
    assert report.totals["first_trouble"] == {
        "month": "2026-07", "kind": "shortage", "family": "F", "resource": None, "quantity": 20.0,
    }  # fmt: skip
    assert report.totals["shortage"] == {"quantity": 50, "revenue": 500, "margin": 300}
    assert rows["shortage"].tolist()[3:] == [0, 0, 0, 20, 30]
    assert of(report, "G")["closing"].tolist() == [30] * 8
    assert report.totals["versions"] == ["C", "S"]
    said = balance_sentence(report)
    assert (
        said
        == "The plan does not hold in July 2026: F runs out of stock; 500\xa0EUR of revenue cannot be served."
    )


def test_policy_band_and_cover(tmp_path: Path) -> None:
    report = balance(company(tmp_path), Scope())
    rows = of(report, "F")
    # the month after March has 30 days and 80 units of demand: 15 days are 40 units, 30 days 80, 60 days 80 + 30/31 of 80
    assert rows.loc["2026-03", ["min", "target"]].tolist() == pytest.approx([40, 80])
    assert rows.loc["2026-03", "max"] == pytest.approx(80 + 80 * 30 / 31)
    assert rows.loc["2026-03", "days_of_supply"] == pytest.approx(30 + 20 / 80 * 31)
    assert rows.loc["2026-07", "days_of_supply"] == 0
    assert of(report, "G")["min"].isna().all()
    assert any("No policy for G" in n for n in report.notes)
    assert np.isnan(of(report, "G")["days_of_supply"].iloc[-1])
    assert of(report, "G")["days_at_least"].iloc[-2] == 31


def capacity(
    hours: float, overtime: float | None = None, months: list[str] = AHEAD
) -> dict[str, pd.DataFrame]:
    table = flat(months, resource="R", available_hours=hours)
    if overtime is not None:
        table["overtime_hours"] = overtime
    return {
        "resources": pd.DataFrame({"resource": ["R"], "site": ["X"]}),
        "capacity": table,
        "bills": pd.DataFrame({"resource": ["R", "R"], "sku": ["A", None], "family": [None, "G"], "hours_per_unit": [2.0, 1.0]}),
    }  # fmt: skip


def test_load_of_the_supply_plan_by_product_and_family_bills(tmp_path: Path) -> None:
    snapshot = company(tmp_path, demand=50.0, **capacity(100.0))
    report = balance(snapshot, Scope(), by=("resource", "month"))
    ahead = [r for r in report.rows if not r["closed"]]
    assert [r["month"] for r in ahead] == AHEAD
    # 50 of A at 2 hours and 10 of B at 1 hour
    assert {(r["resource"], r["load_hours"], r["available_hours"]) for r in ahead} == {("R", 110, 100)}
    assert ahead[0]["utilisation"] == pytest.approx(1.1)
    assert report.totals["first_trouble"]["month"] == "2026-04"
    assert report.totals["first_trouble"]["kind"] == "capacity"
    assert report.totals["first_trouble"]["resource"] == "R"
    assert report.totals["load_from"] == "supply plan"
    assert any("comes from the supply plan S" in n for n in report.notes)
    # the hours allow 10/11 of everything: 50 units of A short a month, less the 100 in stock
    by_family = balance(snapshot, Scope())
    rows = of(by_family, "F")
    assert rows["constrained_supply"].tolist()[3:] == pytest.approx([50 / 1.1] * 5)
    assert rows["closing"].iloc[-1] == 100
    assert rows["constrained_closing"].iloc[-1] == pytest.approx(100 - 5 * (50 - 50 / 1.1))
    assert by_family.totals["cut"]["quantity"] == pytest.approx(5 * (60 - 60 / 1.1))
    assert by_family.totals["shortage"]["quantity"] == 0
    assert by_family.totals["first_trouble"]["kind"] == "capacity"
    assert "R needs 110\xa0% of its hours" in viability_sentence(snapshot, Scope())


def test_what_the_hours_do_not_allow_becomes_a_shortage(tmp_path: Path) -> None:
    snapshot = company(tmp_path, demand=80.0, supply=80.0, **capacity(100.0))
    report = balance(snapshot, Scope())
    made = 80 * 100 / 170
    stock = 100 + np.cumsum([made - 80] * 5)
    assert of(report, "F")["closing"].tolist()[3:] == [100] * 5
    assert of(report, "F")["constrained_closing"].tolist()[3:] == pytest.approx(stock)
    assert report.totals["shortage"]["quantity"] == pytest.approx(-stock[-1])
    assert report.totals["shortage"]["margin"] == pytest.approx(-stock[-1] * 6)
    assert report.totals["first_shortage"] is None  # by the plan as it was handed over
    assert report.totals["first_overload"]["month"] == "2026-04"


def test_overtime_makes_a_load_feasible_and_a_rate_cuts_the_hours(tmp_path: Path) -> None:
    snapshot = company(tmp_path, demand=50.0, **capacity(100.0, overtime=10.0))
    report = balance(snapshot, Scope(), by=("resource", "month"))
    assert report.totals["first_trouble"] is None
    assert report.rows[-1]["utilisation"] == pytest.approx(1.1)
    given = capacity(137.5)
    given["resources"]["demonstrated_rate"] = 0.8
    shown = balance(company(tmp_path, demand=50.0, name="rate", **given), Scope(), by=("resource", "month"))
    assert shown.rows[-1]["available_hours"] == pytest.approx(110)
    assert shown.totals["first_trouble"] is None
    given["resources"]["demonstrated_rate"] = 40.0  # pieces an hour: not a fraction
    odd = balance(company(tmp_path, demand=50.0, name="odd", **given), Scope(), by=("resource", "month"))
    assert odd.rows[-1]["available_hours"] == pytest.approx(137.5)
    assert any("not a fraction" in n for n in odd.notes)


def test_no_hours_have_no_utilisation_and_are_said(tmp_path: Path) -> None:
    snapshot = company(tmp_path, demand=50.0, **capacity(0.0))
    report = balance(snapshot, Scope(), by=("resource", "month"))
    assert {r["utilisation"] for r in report.rows if not r["closed"]} == {None}
    assert report.totals["first_trouble"]["utilisation"] is None
    assert any("has no hours in 2026-04" in n for n in report.notes)
    part = company(tmp_path, demand=50.0, name="part", **capacity(200.0, months=AHEAD[:2]))
    report = balance(part, Scope(), by=("resource", "month"))
    assert [r["available_hours"] for r in report.rows if not r["closed"]] == [200, 200, None, None, None]
    assert any("without hours in the capacity table" in n for n in report.notes)
    assert report.totals["first_trouble"] is None


@pytest.mark.parametrize("level", ["sku", "family"])
def test_without_a_supply_plan_load_comes_from_demand(tmp_path: Path, level: str) -> None:
    plans = pd.concat(
        [flat(AHEAD, version="C", sku="A", quantity=80.0), flat(AHEAD, version="C", sku="B", quantity=10.0)]
    )
    if level == "family":
        plans = plans.assign(family=plans["sku"].map({"A": "F", "B": "G"})).drop(columns="sku")
    production = flat(span("2026-01", "2026-03"), version="actual", sku="A", site="X", quantity=60.0)
    snapshot = company(
        tmp_path, versions=VERSIONS.iloc[:1], plans=plans, production=production, **capacity(100.0)
    )
    report = balance(snapshot, Scope(), by=("resource", "month"))
    assert [r["load_hours"] for r in report.rows if not r["closed"]] == pytest.approx([170.0] * 5)
    assert report.totals["load_from"] == "demand"
    assert any("load comes from demand" in n for n in report.notes)
    family = balance(snapshot, Scope())
    assert of(family, "F")["supply"].isna().tolist() == [False] * 3 + [True] * 5
    assert of(family, "F")["closing"].isna().tolist() == [False] * 3 + [True] * 5
    assert family.totals["shortage"] == {"quantity": None, "revenue": None, "margin": None}
    assert any("no supply plan made from the consensus" in n for n in family.notes)


def test_a_resource_loads_only_what_is_made_at_its_site(tmp_path: Path) -> None:
    given = capacity(100.0)
    given["resources"] = pd.DataFrame({"resource": ["R", "Q"], "site": ["X", "Y"]})
    given["bills"] = pd.concat([given["bills"], pd.DataFrame({"resource": ["Q"], "sku": ["A"], "family": [None], "hours_per_unit": [5.0]})])  # fmt: skip
    report = balance(company(tmp_path, **given), Scope(), by=("resource", "month"))
    loads = pd.DataFrame(report.rows).query("not closed").groupby("resource")["load_hours"].sum()
    assert loads["R"] == 5 * 110
    assert loads["Q"] == 0


def test_the_running_month_uses_the_cycle_before(tmp_path: Path) -> None:
    """Cycle April meets when March is closed and plans from May on; April is planned by cycle March."""
    plans = pd.concat(
        [
            flat(AHEAD, version="C", sku="A", quantity=80.0),
            flat(AHEAD[1:], version="D", sku="A", quantity=90.0),
        ]
    )
    versions = pd.concat([VERSIONS, pd.DataFrame({"version": ["D", "T"], "kind": ["consensus", "supply"], "cycle": ["2026-04"] * 2, "parent": [None, "D"]})])  # fmt: skip
    closed = span("2026-01", "2026-03")
    production = pd.concat([
        flat(closed, version="actual", sku="A", site="X", quantity=60.0), flat(AHEAD, version="S", sku="A", site="X", quantity=50.0),
        flat(AHEAD[1:], version="T", sku="A", site="X", quantity=95.0),
    ])  # fmt: skip
    snapshot = company(tmp_path, plans=plans, versions=versions, production=production)
    rows = of(balance(snapshot, Scope()), "F")
    assert rows["demand"].tolist()[3:] == [80, 90, 90, 90, 90]
    assert rows["supply"].tolist()[3:] == [50, 95, 95, 95, 95]
    assert rows["closing"].tolist()[3:] == [70, 75, 80, 85, 90]
    earlier = of(balance(snapshot, Scope(), cycle="2026-03"), "F")
    assert earlier["closed"].tolist() == [True] * 2 + [False] * 6  # that meeting knew February
    assert earlier["demand"].iloc[-1] == 80
    with pytest.raises(NotFound, match="2026-03, 2026-04"):
        balance(snapshot, Scope(), cycle="2020-01")


def test_missing_tables_are_said(tmp_path: Path) -> None:
    bare = make_snapshot(
        tmp_path, name="bare", products=PRODUCTS, actuals=flat(["2026-01"], sku="A", quantity=5.0)
    )
    report = balance(bare, Scope())
    assert report.rows[0]["demand"] == 5
    assert report.rows[0]["closing"] is None
    said = " ".join(report.notes)
    for missing in (
        "No consensus plan",
        "No production",
        "No inventory",
        "No policies",
        "No bills and no capacity",
    ):
        assert missing in said
    assert report.totals["first_trouble"] is None
    assert "cannot be judged" in balance_sentence(report)
    assert balance(bare, Scope(), by=("resource", "month")).rows == []


def test_units_that_differ_are_not_added(tmp_path: Path) -> None:
    products = PRODUCTS.assign(unit=["kg", "pc"])
    snapshot = company(tmp_path, products=products)
    report = balance(snapshot, Scope(), by=("month",))
    assert {r["demand"] for r in report.rows} == {None}
    assert report.rows[2]["value"] == 100 * 4 + 30 * 6
    assert report.totals["demand"] is None
    assert report.totals["shortage"]["quantity"] == 50  # only A is short
    same = balance(company(tmp_path, name="same"), Scope(), by=("month",))
    assert same.rows[0]["demand"] == 70
    one = company(tmp_path, products=products.assign(family="F"), name="one")
    mixed = balance(one, Scope())
    assert {r["demand"] for r in mixed.rows} <= {None}
    assert any("several units" in n for n in mixed.notes)
    assert balance(one, Scope(), by=("sku", "month")).rows[0]["demand"] == 60


def test_a_customer_filter_shows_demand_alone(tmp_path: Path) -> None:
    actual = pd.DataFrame({"month": ["2026-01"], "sku": ["A"], "customer": ["k"], "quantity": [60.0]})
    plan = flat(AHEAD, version="C", sku="A", customer="k", quantity=80.0)
    customers = pd.DataFrame({"customer": ["k"], "region": ["N"]})
    snapshot = company(tmp_path, actuals=actual, plans=plan, customers=customers)
    report = balance(snapshot, Scope(where=(("region", ("N",)),)))
    rows = of(report, "F")
    assert rows["demand"].tolist()[-5:] == [80] * 5
    assert rows[["supply", "closing", "min"]].isna().all().all()
    assert any("not split by region" in n for n in report.notes)
    with pytest.raises(NotFound, match="region"):
        balance(snapshot, Scope(), by=("region", "month"))


def test_scope_of_products_months_and_time(tmp_path: Path) -> None:
    snapshot = company(tmp_path)
    report = balance(snapshot, Scope(first="2026-05", last="2026-06", where=(("family", ("F",)),)))
    assert [(r["family"], r["month"], r["closing"]) for r in report.rows] == [
        ("F", "2026-05", 40),
        ("F", "2026-06", 10),
    ]
    assert (report.totals["demand"], report.totals["supply"]) == (160, 100)
    quarter = balance(snapshot, Scope(where=(("quarter", ("2026-Q3",)),)))
    assert sorted({r["month"] for r in quarter.rows}) == ["2026-07", "2026-08"]
    assert of(quarter, "F").loc["2026-07", "closing"] == -20
    total = balance(snapshot, Scope(first="2026-04", last="2026-08"), by=("family",))
    assert (total.rows[0]["demand"], total.rows[0]["opening"], total.rows[0]["closing"]) == (400, 100, -50)
    empty = balance(snapshot, Scope(where=(("family", ("none",)),)))
    assert empty.rows == []
    assert "There are no rows in this scope." in empty.notes


@pytest.mark.parametrize("demand", [None, 0.0, 5.0])
@pytest.mark.parametrize("supply", [None, 0.0, 5.0])
def test_null_zero_and_positive(tmp_path: Path, demand: float | None, supply: float | None) -> None:
    """Unknown demand or supply makes the projection unknown from there on; zero is a number."""
    plans = pd.concat(
        [
            flat(AHEAD[:1], version="C", sku="A", quantity=[demand], revenue=1.0),
            flat(AHEAD[:1], version="C", sku="B", quantity=1.0),
        ]
    )
    production = pd.concat(
        [
            flat(AHEAD[:1], version="S", sku="A", site="X", quantity=[supply]),
            flat(AHEAD[:1], version="S", sku="B", site="X", quantity=1.0),
        ]
    )
    row = of(balance(company(tmp_path, plans=plans, production=production), Scope()), "F").loc["2026-04"]
    assert (row["demand"] == demand) or (demand is None and pd.isna(row["demand"]))
    assert (row["supply"] == supply) or (supply is None and pd.isna(row["supply"]))
    if demand is None or supply is None:
        assert pd.isna(row["closing"])
    else:
        assert row["closing"] == 100 + supply - demand


def test_stock_that_does_not_follow_is_said(tmp_path: Path) -> None:
    wrong = flat(
        ["2025-12", *span("2026-01", "2026-03")], sku="A", site="X", quantity=[90.0, 100.0, 130.0, 100.0]
    )
    report = balance(company(tmp_path, inventory=wrong), Scope())
    assert report.totals["identity_residual"] == 60
    assert any("does not follow" in n for n in report.notes)


def test_inventory_position_is_value_turns_and_days(tmp_path: Path) -> None:
    snapshot = company(tmp_path)
    found = inventory_position(snapshot, Scope())
    assert found["month"] == "2026-03"
    assert found["value"] == 100 * 4 + 30 * 6
    assert found["months"] == 3
    # 300 of cost a month, 3600 a year, on a mean of 580 and 580 and 580
    assert found["turns"] == pytest.approx(3600 / 580)
    assert found["days"] == pytest.approx(580 / (3600 / 365))
    assert found["target_value"] == pytest.approx(80 * 4)
    assert any("scaled to a year" in n for n in found["notes"])
    one = inventory_position(snapshot, Scope(where=(("family", ("G",)),), last="2026-02"))
    assert (one["month"], one["value"], one["target_value"]) == ("2026-02", 180, None)
    valued = pd.DataFrame(
        {"month": ["2026-03"], "sku": ["A"], "site": ["X"], "quantity": [100.0], "value": [450.0]}
    )
    assert inventory_position(company(tmp_path, inventory=valued, name="v"), Scope())["value"] == 450
    nothing = company(tmp_path, inventory=None, name="none")
    assert inventory_position(nothing, Scope())["value"] is None
    assert inventory_position(snapshot, Scope(where=(("site", ("X",)),)))["value"] == 580


def test_what_the_supply_plan_and_the_stock_count_leave_out_is_named(tmp_path: Path) -> None:
    """C is sold beside A in family F: by family it is supplied by nobody and counted as no stock; by product, unknown."""
    more = PRODUCTS.assign(sku=["C", "B"])[:1]
    closed = span("2026-01", "2026-03")
    held = company(tmp_path)
    assert not any(
        "supply plan has no row" in n or "No stock is given" in n for n in balance(held, Scope()).notes
    )
    plans = [
        held.table(
            "SELECT version, strftime(month, '%Y-%m') AS month, sku, quantity::DOUBLE AS quantity FROM plans"
        ),
        flat(AHEAD, version="C", sku="C", quantity=5.0),
    ]
    both = company(tmp_path, plans=plans, products=pd.concat([PRODUCTS, more]), name="left_out")
    by_family, by_sku = balance(both, Scope()), balance(both, Scope(), by=("sku", "month"))
    for told in (by_family, by_sku):
        assert "The supply plan has no row for C: counted as no supply." in told.notes
    assert "No stock is given for C: counted as none in the family." in by_family.notes
    assert "No stock is given for C: the stock is not known." in by_sku.notes
    assert of(by_family, "F")["closing"].tolist()[3] == 100 + 50 - 85
    alone = company(
        tmp_path, production=flat(AHEAD, version="S", sku="A", site="X", quantity=50.0),
        inventory=flat(closed, sku="A", site="X", quantity=100.0), name="family",
    )  # fmt: skip
    told = balance(alone, Scope())
    assert "The supply plan has no row for B: counted as no supply." in told.notes
    assert "No stock is given for B: the stock is not known." in told.notes  # no product of G is counted


def test_who_sees_a_part_is_told_only_of_what_can_be_judged_of_it(tmp_path: Path) -> None:
    """Family G has stock of its own; the hours are of the whole. A region has neither: nothing is called viable."""
    hours = {
        "resources": pd.DataFrame({"resource": ["R"]}),
        "capacity": flat(AHEAD, resource="R", available_hours=1000.0),
        "bills": pd.DataFrame({"resource": ["R", "R"], "sku": ["A", "B"], "hours_per_unit": [1.0, 1.0]}),
    }
    sold = pd.DataFrame(
        [(m, s, c, 5.0, 45.0, 30.0) for m in span("2026-01", "2026-03") for s in "AB" for c in ("N", "S")],
        columns=["month", "sku", "customer", "quantity", "revenue", "cost"],
    )
    plan = pd.DataFrame(
        [("C", m, s, c, 5.0, 45.0, 30.0) for m in AHEAD for s in "AB" for c in ("N", "S")],
        columns=["version", "month", "sku", "customer", "quantity", "revenue", "cost"],
    )
    customers = pd.DataFrame({"customer": ["N", "S"], "region": ["North", "South"]})
    held = company(tmp_path, actuals=sold, plans=plan, customers=customers, supply=20.0, **hours)
    whole = balance(held, Scope())
    assert whole.totals["judged"] == ["stock", "hours"]
    assert balance_sentence(whole).endswith("no shortage and no resource above its hours.")
    family = balance(held, Scope(only=(("family", ("G",)),)))
    assert balance_sentence(family) == "The plan is viable to Aug 2026: no shortage."
    region = balance(held, Scope(only=(("region", ("North",)),)))
    assert (region.totals["judged"], region.totals["horizon_to"]) == ([], None)
    assert balance_sentence(region).startswith("A part of the company does not tell")
