"""The worked table as a company with files behind it; what is refused, and in which words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siop.core import NotAllowed, Refused, Scope
from siop.ledger import State
from siop.requests import available_to_promise, decision_options, headline, request
from siop.requests.sentences import answers
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

PLAN = {"A": (50.0, 10.0), "B": (40.0, 8.0), "C": (30.0, 6.0)}  # units a month, margin a unit
ORDERS = {"A": 40.0, "B": 30.0, "C": 10.0}
ASK: dict[str, Any] = {"customer": "A", "lines": [{"sku": "x", "month": "2026-04", "quantity": 30}]}


def company(
    place: Path, *, months: tuple[str, ...] = ("2026-04",), hours: float = 100.0, **more: Any
) -> Snapshot:
    """Three customers of one product; the plan costs 10 a unit; no stock, an hour a unit."""
    rows = [(m, c, q, q * (10 + e), q * 10) for m in months for c, (q, e) in PLAN.items()]
    plan = pd.DataFrame(rows, columns=["month", "customer", "quantity", "revenue", "cost"])
    plan = plan.assign(sku="x", version="C")
    past = plan.assign(month="2026-03").drop_duplicates(["customer"]).drop(columns="version")
    given: dict[str, Any] = {
        "actuals": past, "plans": plan, "closed_to": "2026-03",
        "versions": pd.DataFrame({"version": ["C"], "kind": ["consensus"], "cycle": ["2026-03"]}),
        "products": pd.DataFrame({"sku": ["x"], "family": ["F"], "unit": ["pcs"], "unit_cost": [10.0], "unit_price": [20.0]}),
        "customers": pd.DataFrame({"customer": list(PLAN), "name": ["Alpha", "Beta", "Gamma"], "region": ["North", "South", "South"]}),
        "resources": pd.DataFrame({"resource": ["R"]}),
        "capacity": pd.DataFrame({"resource": "R", "month": list(months), "available_hours": hours}),
        "bills": pd.DataFrame({"resource": ["R"], "sku": ["x"], "hours_per_unit": [1.0]}),
        "orders": pd.DataFrame(
            [(f"O{i}", "1", "x", c, q, "2026-04-15") for i, (c, q) in enumerate(ORDERS.items())],
            columns=["order", "line", "sku", "customer", "ordered_quantity", "requested_date"],
        ),
    }  # fmt: skip
    return make_snapshot(place, **{**given, **more})


def by_policy(report: Any) -> dict[str, dict[str, Any]]:
    return {row["policy"]: row for row in report.rows}


def test_the_table_from_files(tmp_path: Path) -> None:
    report = request(company(tmp_path), State(), Scope(), asked=ASK)
    rows = by_policy(report)
    margins = {name: row["margin"] for name, row in rows.items()}
    assert margins == {
        "refuse": pytest.approx(880), "accept": pytest.approx(942.857, abs=0.01), "keep_commitments": pytest.approx(900, abs=0.01),
        "counter_offer": pytest.approx(880, abs=0.01), "phased": pytest.approx(880, abs=0.01),
        "best_margin": pytest.approx(900, abs=0.01), "fair_share": pytest.approx(866.667, abs=0.01),
    }  # fmt: skip
    t = report.totals
    assert t["break_even_penalty"] == pytest.approx(2.142857, abs=1e-4)
    assert (t["shadow_price"], t["shadow_resource"], t["shadow_month"]) == (pytest.approx(10), "R", "2026-04")
    assert t["feasible_quantity"] == pytest.approx(10, abs=1e-4)
    # ten units at 10 of margin take ten units from B at 8: they pay down to a price of 10 + 8
    assert t["break_even_price"] == pytest.approx(18.0, abs=1e-3)
    losers = {r["customer"]: r for r in rows["accept"]["losers"]}
    assert losers["B"]["units"] == pytest.approx(28.571, abs=1e-3)
    assert losers["B"]["committed_short"] == pytest.approx(18.571, abs=1e-3)
    assert losers["C"]["committed_short"] == pytest.approx(1.4286, abs=1e-3)
    assert losers["B"]["name"] == "Beta"
    assert t["recommended"] == "keep_commitments"
    assert json.dumps(report.as_dict())


def test_no_figure_exceeds_the_optimum_by_the_solver_s_slack(tmp_path: Path) -> None:
    report = request(company(tmp_path), State(), Scope(), asked=ASK)
    t, rows = report.totals, by_policy(report)
    assert rows["best_margin"]["margin"] == pytest.approx(900, abs=1e-6)
    assert t["feasible_quantity"] == pytest.approx(10, abs=1e-6)
    assert t["break_even_penalty"] == pytest.approx(15 / 7, abs=1e-6)
    assert rows["accept"]["granted"] == pytest.approx(1, abs=1e-6)


def test_it_is_said_who_pays(tmp_path: Path) -> None:
    report = request(company(tmp_path), State(), Scope(), asked=ASK)
    said = headline(report)
    assert said == "A full yes to Alpha takes 30 units from two customers: 63\xa0EUR more margin, and 20 units already on order are not shipped"  # fmt: skip
    assert [row["policy"] for row in answers(report)] == ["accept", "keep_commitments", "refuse"]
    options = decision_options(report)
    assert [o["recommended"] for o in options] == [False, True, False]
    assert options[0]["cost"] == pytest.approx(237, abs=1)  # the margin that B and C lose
    assert options[0]["effect"] == pytest.approx(63, abs=1)
    assert options[1]["label"].endswith("10 units")


def test_stock_and_supply_promise_what_no_order_has_taken(tmp_path: Path) -> None:
    stock = pd.DataFrame({"month": ["2026-03"], "sku": ["x"], "quantity": [50.0]})
    made = pd.DataFrame(
        {"version": "S", "month": ["2026-04"], "sku": ["x"], "site": [None], "quantity": [100.0]}
    )
    versions = pd.DataFrame({"version": ["C", "S"], "kind": ["consensus", "supply"], "cycle": ["2026-03"] * 2, "parent": [None, "C"]})  # fmt: skip
    snapshot = company(tmp_path, inventory=stock, production=made, versions=versions)
    report = request(snapshot, State(), Scope(), asked=ASK)
    assert report.totals["available_to_promise"] == pytest.approx(50 + 100 - 80)  # 80 are on order
    rows = by_policy(report)
    assert rows["refuse"]["quantity"] == 0
    assert rows["counter_offer"]["quantity"] == pytest.approx(30.0, abs=1e-3)  # what the plan leaves in stock
    policy = pd.DataFrame({"family": ["F"], "min_days": [30.0]})
    report = request(company(tmp_path, inventory=stock, production=made, versions=versions, policies=policy, name="second"), State(), Scope(), asked=ASK)  # fmt: skip
    assert by_policy(report)["counter_offer"]["quantity"] == pytest.approx(
        0.0, abs=1e-3
    )  # below the least already


def test_without_a_policy_stock_may_be_drawn_to_zero_and_that_is_said(tmp_path: Path) -> None:
    """100 in stock, 120 planned, 120 hours: all 30 more come from stock, with a policy of no days as without one."""
    stock = pd.DataFrame({"month": ["2026-03"], "sku": ["x"], "quantity": [100.0]})
    free = request(company(tmp_path, inventory=stock, hours=120.0), State(), Scope(), asked=ASK)
    zero = company(
        tmp_path, name="zero", inventory=stock, hours=120.0,
        policies=pd.DataFrame({"family": ["F"], "min_days": [0.0], "target_days": [5.0], "max_days": [10.0]}),
    )  # fmt: skip
    told = request(zero, State(), Scope(), asked=ASK)
    assert free.totals["feasible_quantity"] == told.totals["feasible_quantity"] == pytest.approx(30)
    assert not any(row["losers"] for row in free.rows)
    assert "No least stock is set for F: it may be drawn to zero." in free.notes
    assert not any("least stock" in note for note in told.notes)


def test_a_request_of_nothing_changes_nothing(tmp_path: Path) -> None:
    nothing = request(
        company(tmp_path), State(), Scope(), asked={**ASK, "lines": [{**ASK["lines"][0], "quantity": 0}]}
    )
    rows = by_policy(nothing)
    assert {row["margin"] for row in rows.values()} == {rows["refuse"]["margin"]}
    assert not any(row["losers"] for row in rows.values())


def test_discrete_available_to_promise() -> None:
    # by hand (APICS): 50 - 30; 100 - 40 - 20; nothing comes in the third; 100 - 30
    assert available_to_promise(50, [0, 100, 0, 100], [30, 40, 20, 30]) == [20, 40, 0, 70]
    assert available_to_promise(50, [0, 100, 0, 10], [30, 40, 20, 30]) == [
        20,
        20,
        0,
        0,
    ]  # the last one borrows 20
    with pytest.raises(ValueError, match="periods"):
        available_to_promise(1, [1], [1, 2])


def test_a_contract_is_a_commitment_too(tmp_path: Path) -> None:
    ask = {**ASK, "minima": [{"customer": "C", "family": "F", "month": "2026-04", "quantity": 20}]}
    report = request(company(tmp_path), State(), Scope(), asked=ask)
    assert report.totals["feasible_quantity"] == pytest.approx(
        0.0, abs=1e-3
    )  # 50 for A as before, 30 for B, 20 for C
    lost = by_policy(report)["accept"]["committed_short"]
    assert lost == pytest.approx(18.571 + 11.4286, abs=1e-2)


def test_without_supply_it_is_said_that_nothing_is_known(tmp_path: Path) -> None:
    snapshot = company(tmp_path, resources=None, capacity=None, bills=None)
    report = request(snapshot, State(), Scope(), asked=ASK)
    assert report.rows == []
    assert report.totals["feasible_quantity"] is None
    assert report.totals["available_to_promise"] is None
    assert any("not known" in note for note in report.notes)
    assert "not known" in headline(report)


def test_without_costs_money_is_null_and_units_stay(tmp_path: Path) -> None:
    plain = pd.DataFrame({"sku": ["x"], "family": ["F"]})
    rows = [("2026-04", c, q) for c, (q, _) in PLAN.items()]
    plan = pd.DataFrame(rows, columns=["month", "customer", "quantity"]).assign(sku="x", version="C")
    past = plan.assign(month="2026-03").drop(columns="version")
    report = request(company(tmp_path, products=plain, plans=plan, actuals=past), State(), Scope(), asked=ASK)
    row = by_policy(report)["accept"]
    assert row["quantity"] == pytest.approx(30)
    assert (row["margin_change"], row["displaced"]["margin"], report.totals["recommended"]) == (
        None,
        None,
        None,
    )
    assert row["losers"]


def test_commitments_beyond_the_hours_are_said_and_left_out(tmp_path: Path) -> None:
    report = request(company(tmp_path, hours=60.0), State(), Scope(), asked=ASK)
    assert any("cannot all be shipped even without" in note for note in report.notes)
    assert by_policy(report)["refuse"]["margin"] == pytest.approx(50 * 10 + 10 * 8)


def test_a_family_is_taken_in_the_customers_mix(tmp_path: Path) -> None:
    ask = {"customer": "A", "lines": [{"family": "F", "month": "2026-04", "quantity": 30, "price": 12}]}
    report = request(company(tmp_path), State(), Scope(), asked=ask)
    assert by_policy(report)["accept"]["request_margin"] == pytest.approx(30 * 2, abs=1e-3)


def test_a_limited_reader_sees_no_other_names_and_no_other_customers_request(tmp_path: Path) -> None:
    snapshot = company(tmp_path)
    north = Scope(only=(("region", ("North",)),))
    report = request(snapshot, State(), north, asked=ASK)
    lost = by_policy(report)["accept"]["losers"]
    assert [(r["customer"], r["name"]) for r in lost] == [(None, "customers outside your scope")]
    assert lost[0]["units"] == pytest.approx(30, abs=1e-3)
    assert "Beta" not in json.dumps(report.as_dict())
    with pytest.raises(NotAllowed, match="outside what you may see"):
        request(snapshot, State(), north, asked={**ASK, "customer": "B"})


LINE = ASK["lines"][0]
BAD: tuple[tuple[Any, str, str], ...] = (
    ([], "request", "not a JSON object"),
    ({"lines": [LINE]}, "customer", "is missing"),
    ({"customer": "A"}, "lines", "is missing"),
    ({"customer": "A", "lines": []}, "lines", "nothing is asked for"),
    ({"customer": "A", "lines": "x"}, "lines", "not a list"),
    ({"customer": "A", "lines": [LINE] * 201}, "lines", "at most 200"),
    ({"customer": "A", "lines": [7]}, "lines[1]", "not an object"),
    ({"customer": "Aa", "lines": [LINE]}, "customer", "did you mean A?"),
    ({**ASK, "custmer": 1}, "custmer", "did you mean customer?"),
    ({**ASK, "lines": [{**LINE, "sku": "xx"}]}, "lines[1].sku", "did you mean x?"),
    ({**ASK, "lines": [{**LINE, "family": "F"}]}, "lines[1]", "both a sku and a family"),
    ({**ASK, "lines": [{"month": "2026-04", "quantity": 1}]}, "lines[1]", "names no product"),
    ({**ASK, "lines": [{**LINE, "month": "April"}]}, "lines[1].month", "write YYYY-MM"),
    ({**ASK, "lines": [{**LINE, "month": "2026-02"}]}, "lines[1].month", "is closed"),
    ({**ASK, "lines": [{**LINE, "month": "2031-01"}]}, "lines[1].month", "is not planned"),
    ({**ASK, "lines": [{**LINE, "quantity": -3}]}, "lines[1].quantity", "is below zero"),
    ({**ASK, "lines": [{**LINE, "quantity": "many"}]}, "lines[1].quantity", "not a number"),
    ({**ASK, "lines": [{**LINE, "quantity": True}]}, "lines[1].quantity", "not a number"),
    ({**ASK, "lines": [{**LINE, "price": -1}]}, "lines[1].price", "is below zero"),
    ({**ASK, "lines": [{**LINE, "instead_of": "2026-04"}]}, "lines[1].instead_of", "is the month asked for itself"),
    ({**ASK, "minima": [{"customer": "Z", "sku": "x", "month": "2026-04", "quantity": 1}]}, "minima[1].customer", "not a customer"),
    ({"request": "Q-999"}, "request", "no request 'Q-999' in the ledger"),
)  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return company(tmp_path_factory.mktemp("requests"), months=("2026-04", "2026-05"))


@pytest.mark.parametrize(("told", "field", "said"), BAD, ids=[f"{b[1]}: {b[2]}" for b in BAD])
def test_bad_input_is_answered_in_words(snapshot: Snapshot, told: Any, field: str, said: str) -> None:
    with pytest.raises(Refused) as error:
        request(snapshot, State(), Scope(), asked=told if isinstance(told, dict) else {"request": told})
    found = error.value.findings[0]
    assert (found.column or "request") == field
    assert said in str(error.value)


def test_more_than_is_planned_cannot_be_moved(snapshot: Snapshot) -> None:
    ask = {**ASK, "lines": [{**LINE, "quantity": 70, "instead_of": "2026-05"}]}
    with pytest.raises(Refused, match="only 50 units of x are planned"):
        request(snapshot, State(), Scope(), asked=ask)


@pytest.mark.parametrize("text", ["", "{", "[" * 20000, '{"customer": NaN}', "\x00"])
def test_a_file_that_is_no_request(snapshot: Snapshot, tmp_path: Path, text: str) -> None:
    path = tmp_path / "ask.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused):
        request(snapshot, State(), Scope(), asked=path)
    with pytest.raises(Refused, match="cannot be read"):
        request(snapshot, State(), Scope(), asked=tmp_path / "none.json")
