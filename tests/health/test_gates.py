"""Gates are checks of content: each is made to hold and to fail on the data, whatever was stamped."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siop.core import span
from siop.health.gates import CHECKS, GateCheck, check_gates
from siop.ledger.entry import entries_of
from siop.ledger.state import State
from siop.ledger.views import fold
from siop.warehouse import Snapshot
from tests.health.companies import line, when
from tests.metrics.small import make_snapshot

CYCLE = "2026-11"
HORIZON = span("2026-12", "2027-02")


def snapshot_of(folder: Path, *, closed: str = "2026-10", wrong_stock: float = 0.0, hours: float = 300.0,
                finance: bool = True, launch_planned: bool = True) -> Snapshot:  # fmt: skip
    skus = ("P1", "P2") if launch_planned else ("P1",)
    plan = [(m, s, 100.0, 1000.0) for m in HORIZON for s in skus]
    stock = [("Supply", m, s, "Plant", 50.0) for m in ["2026-11", *HORIZON] for s in skus]
    stock[-1] = (*stock[-1][:4], 50.0 + wrong_stock)
    made = [("Supply", m, s, "Plant", 100.0) for m in HORIZON for s in skus]
    inputs = [("sales in", m, s, 100.0) for m in HORIZON for s in skus]
    inputs += [("finance in", m, s, 100.0) for m in HORIZON for s in skus]
    versions = [("Plan", "consensus", CYCLE, None, None), ("Supply", "supply", CYCLE, None, "Plan"),
                ("sales in", "input", CYCLE, "sales", None),
                ("finance in", "input", CYCLE if finance else "2026-10", "finance", None)]  # fmt: skip
    return make_snapshot(
        folder,
        actuals=pd.DataFrame([("2026-09", "P1", 90.0, 900.0), ("2026-10", "P1", 90.0, 900.0)],
                             columns=["month", "sku", "quantity", "revenue"]),
        plans=[pd.DataFrame(plan, columns=["month", "sku", "quantity", "revenue"]).assign(version="Plan"),
               pd.DataFrame(inputs, columns=["version", "month", "sku", "quantity"])],
        versions=pd.DataFrame(versions, columns=["version", "kind", "cycle", "function", "parent"]),
        products=pd.DataFrame({"sku": ["P1", "P2"], "family": ["Pumps", "Pumps"],
                               "launch_month": [None, "2026-12"]}),
        production=pd.DataFrame(made, columns=["version", "month", "sku", "site", "quantity"]),
        inventory=pd.DataFrame(stock, columns=["version", "month", "sku", "site", "quantity"]),
        resources=pd.DataFrame({"resource": ["Lathe"]}),
        capacity=pd.DataFrame([("Lathe", m, hours) for m in HORIZON],
                              columns=["resource", "month", "available_hours"]),
        bills=pd.DataFrame([("Lathe", "Pumps", 1.0)], columns=["resource", "family", "hours_per_unit"]),
        closed_to=closed,
    )  # fmt: skip


def person(name: str) -> dict[str, Any]:
    return line("person", when(CYCLE, 1), None, id=name, name=name, function=name, role="executive", principal=True,
                required_signer=name in ("sales", "finance"))  # fmt: skip


def ledger(*more: dict[str, Any], preread_days: int = 1, finance: str = "principal", signs: bool = True,
           plan_hash: str | None = None) -> State:  # fmt: skip
    at = when(CYCLE, 17)
    lines = [person("sales"), person("finance"), person("deputy")]
    lines += [
        line("meeting", at, CYCLE, id="M", kind="executive", planned=at, started=at,
             preread_at=at - timedelta(days=preread_days)),
        line("attendance", at, CYCLE, meeting="M", person="sales", status="principal"),
        line("attendance", at, CYCLE, meeting="M", person="finance", status=finance),
    ]  # fmt: skip
    for one in ("sales", "finance") if signs else ("sales",):
        lines.append(line("sign_off", at, CYCLE, version="Plan", person=one, function=one, stance="consent"))
    if plan_hash is not None:
        lines.append(line("publish", at, CYCLE, version="Plan", plan_hash=plan_hash, over_objections=[]))
    return fold(entries_of([*lines, *more]))


def question(text: str, costs: tuple[float | None, ...] = (10.0, None)) -> dict[str, Any]:
    options = [
        {"label": str(n), "description": "d"} | ({"cost": c} if c is not None else {})
        for n, c in enumerate(costs)
    ]
    return line(
        "decision", when(CYCLE, 12), CYCLE, id=text, question=text, options=options, raised_by="sales"
    )


def gate(name: str, snapshot: Snapshot, state: State) -> GateCheck:
    return {g.gate: g for g in check_gates(snapshot, state, CYCLE)}[name]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_of(tmp_path_factory.mktemp("good"))


def test_every_gate_holds_on_a_good_cycle(good: Snapshot) -> None:
    plan_hash = str(good.versions.set_index("version").at["Plan", "plan_hash"])
    found = check_gates(good, ledger(question("Overtime?"), plan_hash=plan_hash), CYCLE)
    assert [g.gate for g in found] == list(CHECKS)
    assert {g.gate: (g.passed, g.sentence) for g in found if not g.passed} == {}
    assert all(g.sentence for g in found)


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("data_closed", {"closed": "2026-09"}), ("inputs_stored", {"finance": False}),
        ("plan_balances", {"wrong_stock": 7.0}), ("coherence", {"wrong_stock": 900.0}),
        ("load_within_capacity", {"hours": 150.0}), ("launches_dated", {"launch_planned": False}),
    ],
)  # fmt: skip
def test_a_gate_fails_on_its_data(tmp_path: Path, name: str, broken: dict[str, Any]) -> None:
    assert gate(name, snapshot_of(tmp_path, **broken), ledger()).passed is False


def test_a_named_gap_opens_the_capacity_gate(tmp_path: Path) -> None:
    tight = snapshot_of(tmp_path, hours=150.0)
    assert gate("load_within_capacity", tight, ledger(question("Second shift on the Lathe?"))).passed is True
    assert "50 hours more" in gate("load_within_capacity", tight, ledger(question("Price?"))).sentence


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("preread_frozen", {"preread_days": 0}), ("quorum", {"finance": "absent"}),
        ("quorum", {"finance": "delegate"}), ("positions_recorded", {"signs": False}),
        ("hash_verified", {"plan_hash": "another"}),
    ],
)  # fmt: skip
def test_a_gate_fails_on_the_ledger(good: Snapshot, name: str, told: dict[str, Any]) -> None:
    assert gate(name, good, ledger(**told)).passed is False


def test_a_delegate_with_a_delegation_makes_the_quorum(good: Snapshot) -> None:
    given = line("delegation", when(CYCLE, 1), None, from_="finance", to="deputy", valid_from="2026-11-01",
                 valid_to="2026-11-30")  # fmt: skip
    assert gate("quorum", good, ledger(given, finance="delegate")).passed is True


@pytest.mark.parametrize("costs", [(10.0,), (None, None)])
def test_a_decision_without_two_options_and_a_cost_is_not_ready(
    good: Snapshot, costs: tuple[float | None, ...]
) -> None:
    assert gate("decisions_ready", good, ledger(question("Overtime?", costs))).passed is False


def test_what_cannot_be_checked_is_unknown_and_never_a_pass(tmp_path: Path) -> None:
    bare = make_snapshot(
        tmp_path, actuals=pd.DataFrame([("2026-10", "P1", 1)], columns=["month", "sku", "quantity"])
    )
    found = {g.gate: g.passed for g in check_gates(bare, fold([]), CYCLE)}
    assert found.pop("data_closed") is True
    assert found.pop("decisions_ready") is True  # nothing is on the table
    assert set(found.values()) == {None}
