"""What the room reads from a snapshot: coherence of a real plan's tables, and the functions' inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siop.core import Scope, add_months, span
from siop.health import one_plan
from siop.health.influence import influence
from siop.health.inputs import functions_of, inputs
from siop.health.report import health
from siop.health.shadow import shadow_decisions
from siop.health.unsigned import Allowed
from siop.health.window import Window
from siop.ledger.views import fold
from siop.warehouse import Snapshot
from tests.health.companies import INPUTS, Plant, pairs
from tests.metrics.small import make_snapshot

SKUS = {"P1": "Pumps", "P2": "Pumps", "V1": "Valves"}
HORIZON = span("2026-11", "2027-04")
CYCLE = "2026-10"


def tables(seed: int = 1) -> dict[str, pd.DataFrame]:
    """A supply plan that balances with its consensus, and hours enough."""
    rng = np.random.default_rng(seed)
    demand, made, stock = [], [], []
    for sku in SKUS:
        have = 400.0
        stock.append(("actual", "2026-10", sku, "Plant", have))
        for month in HORIZON:
            want, make = int(rng.integers(50, 150)), int(rng.integers(50, 150))
            demand += [(month, sku, c, want / 2, want * 50.0) for c in ("C1", "C2")]
            made.append(("Supply", month, sku, "Plant", make))
            have += make - want
            stock.append(("Supply", month, sku, "Plant", have))
    plan = pd.DataFrame(demand, columns=["month", "sku", "customer", "quantity", "revenue"])
    return {
        "plan": plan.assign(version="Consensus"),
        "production": pd.DataFrame(made, columns=["version", "month", "sku", "site", "quantity"]),
        "inventory": pd.DataFrame(stock, columns=["version", "month", "sku", "site", "quantity"]),
    }


def snapshot_of(tmp_path: Path, t: dict[str, pd.DataFrame], *, hours: float = 500.0) -> Snapshot:
    bills = pd.DataFrame([("Lathe", None, "Pumps", 1.0), ("Lathe", "P2", None, 0.5), ("Mill", None, "Valves", 2.0)],
                         columns=["resource", "sku", "family", "hours_per_unit"])  # fmt: skip
    capacity = pd.DataFrame([(r, m, hours) for r in ("Lathe", "Mill") for m in HORIZON],
                            columns=["resource", "month", "available_hours"])  # fmt: skip
    actuals = pd.DataFrame(
        [("2026-10", s, "C1", 100, 10000.0) for s in SKUS],
        columns=["month", "sku", "customer", "quantity", "revenue"],
    )
    versions = pd.DataFrame(
        [("Consensus", "consensus", CYCLE, None), ("Supply", "supply", CYCLE, "Consensus")],
        columns=["version", "kind", "cycle", "parent"],
    )
    products = pd.DataFrame(list(SKUS.items()), columns=["sku", "family"])
    plans = [t["plan"], *([t["estimate"]] if "estimate" in t else [])]
    if "estimate" in t:
        versions.loc[2] = ["Estimate", "estimate", CYCLE, "Consensus"]
    return make_snapshot(
        tmp_path, actuals=actuals, plans=plans, versions=versions, products=products, capacity=capacity,
        bills=bills, production=t["production"], inventory=t["inventory"],
        resources=pd.DataFrame({"resource": ["Lathe", "Mill"]}),
    )  # fmt: skip


def test_a_consistent_snapshot_scores_exactly_100(tmp_path: Path) -> None:
    found = one_plan.check(snapshot_of(tmp_path, tables()), CYCLE)
    assert found.score == 100.0
    assert found.checked == {"balance": 18, "load": 12}
    measured = one_plan.measure(found, "Consensus")
    assert measured.value == 100.0
    assert "agrees with itself in all 30 cells" in measured.sentence


@pytest.mark.parametrize(
    ("table", "sku", "month"),
    [("production", "P2", "2027-01"), ("inventory", "V1", "2026-12"), ("plan", "P1", "2027-04")],
)
def test_a_mutated_cell_is_named(tmp_path: Path, table: str, sku: str, month: str) -> None:
    t = tables()
    rows = t[table]
    hit = (rows["sku"] == sku) & (rows["month"] == month)
    rows.loc[rows.index[hit][0], "quantity"] += 7
    found = one_plan.check(snapshot_of(tmp_path, t), CYCLE)
    assert [(b.identity, b.item, b.month) for b in found.breaks] == [("balance", sku, month)]
    assert abs(found.breaks[0].residual) == pytest.approx(7)
    assert found.score is not None
    assert found.score < 100


def test_a_missing_cell_is_a_zero_and_named(tmp_path: Path) -> None:
    t = tables()
    rows = t["production"]
    t["production"] = rows[~((rows["sku"] == "V1") & (rows["month"] == "2027-02"))]
    found = one_plan.check(snapshot_of(tmp_path, t), CYCLE)
    assert [(b.item, b.month) for b in found.breaks] == [("V1", "2027-02")]


def test_load_above_the_hours_is_named_with_its_resource(tmp_path: Path) -> None:
    found = one_plan.check(snapshot_of(tmp_path, tables(), hours=150.0), CYCLE)
    over = [b for b in found.breaks if b.identity == "load"]
    t = tables()["production"]
    need = {
        (r, m): sum(
            q * h for s, q in t[t["month"] == m][["sku", "quantity"]].itertuples(index=False)
            for h in [{"P1": 1.0, "P2": 0.5, "V1": 0.0}[s] if r == "Lathe" else 2.0 * (s == "V1")]
        )
        for r in ("Lathe", "Mill") for m in HORIZON
    }  # fmt: skip
    expected = {k: v - 150 for k, v in need.items() if v > 150}
    assert {(b.item, b.month): pytest.approx(b.residual) for b in over} == expected


def test_finance_with_another_revenue_is_named(tmp_path: Path) -> None:
    t = tables()
    own = t["plan"].merge(pd.DataFrame(list(SKUS.items()), columns=["sku", "family"]), on="sku")
    estimate = own.groupby(["family", "month"], as_index=False)["revenue"].sum().assign(version="Estimate")
    estimate.loc[3, "revenue"] += 5000.0
    t["estimate"] = estimate
    found = one_plan.check(snapshot_of(tmp_path, t), CYCLE)
    first = found.breaks[0]
    assert (first.identity, first.item, first.month) == ("revenue", estimate.loc[3, "family"], estimate.loc[3, "month"])  # fmt: skip
    assert first.money == pytest.approx(-5000.0)
    assert first.owners == ("finance", "sales")


def test_without_supply_or_plan_there_is_no_score(tmp_path: Path) -> None:
    actuals = pd.DataFrame([("2026-10", "P1", 1)], columns=["month", "sku", "quantity"])
    bare = make_snapshot(tmp_path, actuals=actuals)
    assert one_plan.check(bare, CYCLE).score is None
    assert one_plan.measure(one_plan.check(bare, CYCLE), None).need == 1


@pytest.fixture(scope="module")
def by_family(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, pd.DataFrame]:
    return with_inputs(tmp_path_factory.mktemp("inputs"))


def with_inputs(
    tmp_path: Path, grain: str = "family", silent: str | None = None
) -> tuple[Snapshot, pd.DataFrame]:
    """Twelve cycles at lag 1: the base is the cycle before, two months ahead. silent: declares versions without rows."""
    months = span("2025-11", "2026-10")
    rows = pairs(np.random.default_rng(8), Plant(weights=(0.1, 0.6, 0.1, 0.1, 0.1)), months)
    plans, versions = [], []

    def add(
        version: str, kind: str, cycle: str, function: str | None, column: str, rows: pd.DataFrame
    ) -> None:
        versions.append((version, kind, cycle, function))
        if function is not None and function == silent:
            return
        frame = rows[["family", "month"]].assign(quantity=rows[column].round(6), version=version)
        if column in ("base", "consensus"):
            frame["revenue"] = frame["quantity"] * 10
        if grain == "region" and column not in ("base", "consensus"):
            frame = frame.rename(columns={"family": "region"})
        plans.append(frame)

    for month in months:
        here = rows[rows["month"] == month]
        cycle = add_months(month, -1)
        for f in INPUTS:
            add(f"{f} {cycle}", "statistical" if f == "statistical" else "input", cycle, f, f, here)
    for cycle in span("2025-09", "2026-09"):
        near, far = rows[rows["month"] == add_months(cycle, 1)], rows[rows["month"] == add_months(cycle, 2)]
        versions.append((f"Consensus {cycle}", "consensus", cycle, None))
        frame = pd.concat(
            [near.assign(quantity=near["consensus"]), far.assign(quantity=far["base"])]
        )[["family", "month", "quantity"]]  # fmt: skip
        plans.append(frame.assign(quantity=frame["quantity"].round(6), revenue=frame["quantity"] * 10,
                                  version=f"Consensus {cycle}"))  # fmt: skip
    actuals = rows[["family", "month"]].assign(quantity=rows["actual"].round(6))
    table = pd.DataFrame(versions, columns=["version", "kind", "cycle", "function"])
    return make_snapshot(tmp_path, actuals=actuals, plans=plans, versions=table), rows


def test_inputs_of_a_snapshot_are_the_pairs_they_were_made_of(
    by_family: tuple[Snapshot, pd.DataFrame],
) -> None:
    snapshot, rows = by_family
    assert functions_of(snapshot) == sorted(INPUTS)
    found = inputs(snapshot, Scope(), "2026-10")
    assert found.by == ("family", "month")
    assert found.say == "family-months"
    direct, told = influence(rows, sorted(INPUTS)), influence(found.pairs, found.functions)
    assert told.pairs == direct.pairs == 96
    assert told.weights == pytest.approx(direct.weights, abs=1e-5)
    assert told.earned == pytest.approx(direct.earned, abs=1e-5)
    assert told.strongest == "sales"


def test_a_function_that_declared_versions_and_gave_no_rows_is_left_out_and_named(tmp_path: Path) -> None:
    """Finance had 0.1 of the say: without its numbers sales keeps about 0.6, and the others' weights sum to 1."""
    snapshot, _ = with_inputs(tmp_path, silent="finance")
    found = inputs(snapshot, Scope(), "2026-10")
    assert (found.missing, found.measure, found.silent) == (None, "quantity", ("finance",))
    assert set(found.functions) == set(INPUTS) - {"finance"}
    told = influence(found.pairs, found.functions)
    assert told.abstains is None
    assert sum(told.weights.values()) == pytest.approx(1)
    assert told.weights["sales"] == pytest.approx(0.6, abs=0.1)
    notes = health(snapshot, fold([]), Scope()).notes
    said = "finance declared input versions without a row of units or revenue: it is left out of who moves the consensus."
    assert said in notes
    assert not any("measure in common" in note for note in notes)


def test_the_window_follows_the_cycle_and_the_length(by_family: tuple[Snapshot, pd.DataFrame]) -> None:
    snapshot, _ = by_family
    assert set(inputs(snapshot, Scope(), "2026-06", 3).pairs["month"]) == {"2026-05", "2026-06", "2026-07"}


def test_inputs_of_another_grain_are_compared_where_all_can(tmp_path: Path) -> None:
    snapshot, _ = with_inputs(tmp_path, grain="region")
    found = inputs(snapshot, Scope(), "2026-10")
    assert found.by == ("month",)
    assert len(found.pairs) == 12
    assert influence(found.pairs, found.functions).abstains is not None


def test_a_company_without_inputs(tmp_path: Path) -> None:
    bare = make_snapshot(
        tmp_path, actuals=pd.DataFrame([("2026-10", "P1", 1)], columns=["month", "sku", "quantity"])
    )
    found = inputs(bare, Scope(), "2026-10")
    assert found.missing is not None
    assert influence(found.pairs, found.functions).abstains is not None


def test_production_that_nobody_planned_is_a_decision_nobody_took(tmp_path: Path) -> None:
    made = [("Supply", "2026-10", "P1", "Plant", 100.0), ("actual", "2026-10", "P1", "Plant", 90.0),
            ("actual", "2026-10", "P2", "Plant", 40.0), ("actual", "2026-10", "V1", "Plant", 10.0)]  # fmt: skip
    plan = [("2026-10", s, 100.0, 5000.0) for s in SKUS]
    snapshot = make_snapshot(
        tmp_path, actuals=pd.DataFrame(plan, columns=["month", "sku", "quantity", "revenue"]),
        plans=pd.DataFrame(plan, columns=["month", "sku", "quantity", "revenue"]).assign(version="Plan"),
        versions=pd.DataFrame([("Plan", "consensus", "2026-09", None), ("Supply", "supply", "2026-09", "Plan")],
                              columns=["version", "kind", "cycle", "parent"]),
        products=pd.DataFrame({"sku": list(SKUS), "family": list(SKUS.values()), "unit_price": [50.0, 50.0, 50.0]}),
        production=pd.DataFrame(made, columns=["version", "month", "sku", "site", "quantity"]),
    )  # fmt: skip
    within = Window(("2026-09", "2026-10"), ("2026-09", "2026-10"))
    right = Allowed("D1", "Plan", {"family": ("Valves",)}, "2026-10", "2026-10")
    found = shadow_decisions(snapshot, [right], within)
    assert found.checked == 1
    assert found.rows[["sku", "decision"]].where(found.rows.notna(), None).to_numpy().tolist() == [["P2", None], ["V1", "D1"]]  # fmt: skip
    assert (found.value, found.without) == (2500.0, 2000.0)
    assert found.rate == 0.8
    assert shadow_decisions(snapshot, [], Window(("2026-09",), ("2026-09",))).rate is None
