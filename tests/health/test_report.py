"""The health report on small snapshots and ledgers: complete, empty, and everything in between; it never raises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siop.core import Scope, add_months, span
from siop.deviations import deviations
from siop.health import headline, health
from siop.health.board import INDICES
from siop.health.report import trend
from siop.ledger.entry import entries_of
from siop.ledger.state import State
from siop.ledger.views import fold
from siop.warehouse import Snapshot
from tests.health.companies import FAMILIES, INPUTS, Plant, company, line, pairs, when
from tests.metrics.small import make_snapshot

LAST = "2026-10"
CONTRACT = ["index", "value", "direction", "status", "numerator", "denominator", "n", "interval", "subject", "sentence",
            "evidence"]  # fmt: skip


def snapshot_of(tmp_path: Path, plant: Plant | None = None, seed: int = 4) -> Snapshot:
    """Eighteen closed months by family, with consensus and inputs at lags 1 and 2 of every cycle."""
    months = span("2025-05", add_months(LAST, 1))
    rows = pairs(np.random.default_rng(seed), plant or Plant(), months)
    plans, versions = [], []
    for cycle in span("2025-03", LAST):
        near, far = rows[rows["month"] == add_months(cycle, 1)], rows[rows["month"] == add_months(cycle, 2)]
        if near.empty:
            continue
        versions.append((f"Consensus {cycle}", "consensus", cycle, None))
        both = pd.concat([near.assign(quantity=near["consensus"]), far.assign(quantity=far["base"])])
        plans.append(both[["family", "month", "quantity"]].round(6).assign(version=f"Consensus {cycle}"))
        for f in INPUTS:
            versions.append((f"{f} {cycle}", "statistical" if f == "statistical" else "input", cycle, f))
            plans.append(near[["family", "month"]].assign(quantity=near[f].round(6), version=f"{f} {cycle}"))
    every = pd.concat(plans, ignore_index=True)
    every["revenue"] = every["quantity"] * 10
    closed = rows[rows["month"] <= LAST]
    actuals = closed[["family", "month"]].assign(quantity=closed["actual"].round(6))
    actuals["revenue"] = actuals["quantity"] * 10
    table = pd.DataFrame(versions, columns=["version", "kind", "cycle", "function"])
    return make_snapshot(tmp_path, actuals=actuals, plans=every, versions=table)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_of(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def lived() -> State:
    return company(7).state


def test_the_report_has_every_index_in_the_contracts_fields(small: Snapshot, lived: State) -> None:
    told = health(small, lived, Scope())
    assert [r["index"] for r in told.rows] == list(INDICES)
    for row in told.rows:
        assert list(row)[: len(CONTRACT)] == CONTRACT
        assert row["direction"] == ("higher_better" if row["index"] in INDICES[:6] else "higher_worse")
        assert row["sentence"]
        assert (row["value"] is None) == (row["status"] == "insufficient")
        if row["value"] is None:
            assert row["need"] is not None
    assert told.totals["cycle"] == LAST
    assert told.totals["weakest"] in INDICES[:5]
    assert told.totals["fact"]
    assert headline(small, lived, Scope()) == told.totals["headline"]
    json.dumps(told.as_dict(), allow_nan=False)


def test_influence_and_deviations_come_from_the_snapshot(tmp_path: Path, lived: State) -> None:
    sales = snapshot_of(tmp_path, Plant(weights=(0.1, 0.6, 0.1, 0.1, 0.1)))
    rows = {r["index"]: r for r in health(sales, lived, Scope()).rows}
    assert rows["dominance"]["status"] == "red"
    assert rows["unearned_dominance"]["subject"] == {"function": "sales"}
    assert rows["dominance"]["n"] >= 60
    assert {e["family"] for e in rows["S5"]["evidence"]} == set(FAMILIES)
    assert rows["S5"]["denominator"] == pytest.approx(sum(e["plan_value"] for e in rows["S5"]["evidence"]))


def test_s5_is_the_share_of_plan_value_the_deviations_report_gives(small: Snapshot, lived: State) -> None:
    row = next(r for r in health(small, lived, Scope()).rows if r["index"] == "S5")
    norm = deviations(small, lived, Scope()).totals["norm"]
    share = norm["normalised"]["share"] + 0.5 * norm["tolerated"]["share"]
    assert row["value"] == pytest.approx(100 * (1 - share))


def test_an_empty_ledger_says_what_would_be_enough(small: Snapshot) -> None:
    told = health(small, fold([]), Scope())
    rows = {r["index"]: r for r in told.rows}
    for index in ("S1", "S2", "S3", "S4", "customer_sway", "unsigned_change", "reversal", "latency"):
        assert rows[index]["status"] == "insufficient"
        assert "would be enough" in rows[index]["sentence"]
    assert rows["dominance"]["value"] is not None  # files alone can tell it
    assert any("ledger is empty" in note for note in told.notes)


def test_one_cycle_only(small: Snapshot) -> None:
    rows = {r["index"]: r for r in health(small, company(3, cycles=1, last=LAST).state, Scope()).rows}
    for index in ("S1", "S2", "S3", "S4"):
        assert rows[index]["status"] == "insufficient"
        assert rows[index]["need"] == 3


def test_only_actuals(tmp_path: Path, lived: State) -> None:
    bare = make_snapshot(
        tmp_path, actuals=pd.DataFrame([(LAST, "P1", 1.0)], columns=["month", "sku", "quantity"])
    )
    told = health(bare, lived, Scope())
    rows = {r["index"]: r for r in told.rows}
    assert rows["S1"]["value"] is not None
    for index in ("S5", "coherence", "dominance", "unearned_dominance"):
        assert rows[index]["status"] == "insufficient"
    assert told.coverage == pytest.approx(sum(r["value"] is not None for r in told.rows) / len(INDICES))


def test_no_closed_month_and_no_record(tmp_path: Path) -> None:
    ahead = make_snapshot(
        tmp_path, actuals=pd.DataFrame([(LAST, "P1", 1.0)], columns=["month", "sku", "quantity"]),
        calendar=pd.DataFrame({"month": [LAST], "closed": [False]}), closed_to="2025-12",
    )  # fmt: skip
    told = health(ahead, fold([]), Scope())
    assert {r["status"] for r in told.rows} == {"insufficient"}
    assert [r["index"] for r in told.rows] == list(INDICES)
    json.dumps(told.as_dict(), allow_nan=False)


def test_windows_follow_the_cycle(small: Snapshot, lived: State) -> None:
    now, then = (health(small, lived, Scope(cycle=c)) for c in (LAST, "2026-05"))
    assert then.totals["cycle"] == "2026-05"
    pick = {r["index"]: r["value"] for r in now.rows}, {r["index"]: r["value"] for r in then.rows}
    assert pick[0]["S2"] != pick[1]["S2"]
    assert pick[0]["latency"] != pick[1]["latency"]
    early = health(small, lived, Scope(cycle="2020-01"))
    assert {r["index"]: r["status"] for r in early.rows}["S1"] == "insufficient"


def test_a_record_that_ends_early_ends_the_windows_and_says_so(small: Snapshot) -> None:
    told = health(small, company(7, last="2026-08").state, Scope())
    assert told.totals["cycle"] == "2026-08"
    assert any("Aug 2026" in note for note in told.notes)


def test_a_signature_that_does_not_count_is_named(small: Snapshot) -> None:
    """Finance signs for sales in the last cycle; an old one of the kind is outside the six cycles and not told."""
    base = company(7).lines
    foreign = [
        line("sign_off", when(cycle, 17, 15.0), cycle, by="p_finance", version=f"Consensus {cycle}", person="p_finance",
             function="sales", stance="consent")
        for cycle in ("2025-12", LAST)
    ]  # fmt: skip
    told = health(small, fold(entries_of(sorted(base + foreign, key=lambda one: str(one["at"])))), Scope())
    named = [note for note in told.notes if "does not count" in note]
    assert len(named) == 1
    assert "Head of finance of finance signed Consensus 2026-10 for sales without a delegation" in named[0]


def test_trend_ends_with_the_report(small: Snapshot, lived: State) -> None:
    rows = trend(small, lived, Scope(), cycles=2)
    last = {r["index"]: r["value"] for r in rows if r["cycle"] == LAST}
    assert last == {r["index"]: r["value"] for r in health(small, lived, Scope()).rows[:5]}
    assert {r["cycle"] for r in rows} == {"2026-09", LAST}


def test_commitments_are_judged_from_the_actuals(small: Snapshot) -> None:
    base: list[dict[str, Any]] = company(7).lines
    plan = small.rows(
        "SELECT sum(quantity)::DOUBLE FROM actuals WHERE family = 'F1' AND month = DATE '2026-09-01'"
    )[0][0]

    def promise(name: str, target: float, **more: Any) -> dict[str, Any]:
        told = {"measure": "quantity", "scope": {"family": "F1"}} | more
        return line("commitment", when("2026-08", 17), "2026-08", id=name, function="sales", version="x", target=target,
                    tolerance_pct=5, from_="2026-09", to="2026-09", **told)  # fmt: skip

    extra = [promise("kept", plan * 1.04), promise("missed", plan * 1.2), promise("odd", 5, measure="smiles"),
             promise("nowhere", 5, scope={"planet": "X"})]  # fmt: skip
    lines = sorted(
        [one for one in base if one["type"] != "commitment"] + extra, key=lambda one: str(one["at"])
    )
    told = health(small, fold(entries_of(lines)), Scope())
    sales = next(e for e in told.rows[0]["evidence"] if e["function"] == "sales")
    assert (sales["kept"], sales["kept_of"]) == (1.0, 2.0)
    assert any("commitments cannot be judged" in note for note in told.notes)
