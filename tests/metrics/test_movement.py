"""Who asked for what between two cycles: a company worked by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siop.core import Scope, span
from siop.metrics.changes import plan_change
from siop.metrics.movement import who_moved, who_sentence
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

AHEAD = span("2026-05", "2026-07")


def company(tmp_path: Path, *, inputs: bool = True) -> Snapshot:
    """Cycle March planned 100 a month from April to June; April plans 90 for May to July; Sales said 120, Finance 70."""
    plans = [
        pd.DataFrame({"month": span("2026-04", "2026-06"), "version": "C3", "sku": "A", "quantity": 100.0})
    ]
    plans.append(pd.DataFrame({"month": AHEAD, "version": "C4", "sku": "A", "quantity": 90.0}))
    names, kinds, cycles, functions = ["C3", "C4"], ["consensus"] * 2, ["2026-03", "2026-04"], [None, None]
    if inputs:
        for name, value in (("Sales", 120.0), ("Finance", 70.0)):
            plans.append(pd.DataFrame({"month": AHEAD, "version": name, "sku": "A", "quantity": value}))
            names.append(name), kinds.append("input"), cycles.append("2026-04"), functions.append(name)
    return make_snapshot(
        tmp_path, actuals=pd.DataFrame({"month": span("2026-01", "2026-03"), "sku": "A", "quantity": 95.0}), plans=plans,
        versions=pd.DataFrame({"version": names, "kind": kinds, "cycle": cycles, "function": functions}),
        products=pd.DataFrame({"sku": ["A"], "family": ["F"]}), closed_to="2026-03",
    )  # fmt: skip


def test_each_input_less_the_consensus_before_it(tmp_path: Path) -> None:
    found = who_moved(company(tmp_path), Scope(), measure="quantity")
    assert [(r["function"], r["asked"]) for r in found.rows] == [
        ("Finance", -60.0),
        ("Sales", 40.0),
    ]  # May and June
    assert (
        found.totals["change"]
        == plan_change(company(tmp_path), Scope(), measure="quantity").totals["change"]
        == -20.0
    )
    assert found.rows[0]["share"] == 20 / 60
    assert who_sentence(found) == "Finance asked for 60\xa0units less; the consensus moved −20\xa0units"


def test_without_inputs_it_says_so(tmp_path: Path) -> None:
    found = who_moved(company(tmp_path, inputs=False), Scope(), measure="quantity")
    assert found.rows == []
    assert "No inputs of functions" in found.notes[-1]
    assert who_sentence(found) == "Who asked for what is not known"


def test_one_cycle_is_nothing_to_compare(tmp_path: Path) -> None:
    found = who_moved(company(tmp_path), Scope(cycle="2026-03"), measure="quantity")
    assert found.rows == []
    assert "two cycles" in found.notes[0]
