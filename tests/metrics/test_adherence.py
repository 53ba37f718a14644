"""Made against planned: known answers."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pandas as pd
import pytest

from siop.core import Scope
from siop.metrics import adherence as room_function
from siop.metrics.adherence import adherence, mix_adherence
from tests.metrics.small import make_snapshot


def test_too_much_of_one_does_not_make_up_for_another(tmp_path: Path) -> None:
    """A: 120 of 100 planned, B: 40 of 60, N: 5 without a plan. Volume 165/160, mix (100 + 40)/160."""
    actual = pd.DataFrame(
        {
            "month": "2026-02",
            "version": "actual",
            "site": "P",
            "sku": ["A", "B", "N"],
            "quantity": [120.0, 40, 5],
        }
    )
    plan = pd.DataFrame(
        {"month": "2026-02", "version": "S", "site": "P", "sku": ["A", "B"], "quantity": [100.0, 60]}
    )
    snapshot = make_snapshot(
        tmp_path, actuals=pd.DataFrame({"month": ["2026-01", "2026-02"], "sku": "A", "quantity": 1.0}), production=pd.concat([actual, plan]),
        versions=pd.DataFrame({"version": ["C", "S"], "kind": ["consensus", "supply"], "cycle": ["2026-01", "2026-01"], "parent": [None, "C"]}),
        products=pd.DataFrame({"sku": ["A", "B", "N"], "family": ["F", "F", "G"]}),
    )  # fmt: skip
    found = adherence(snapshot, Scope())
    assert found.totals == {
        "planned": 160.0,
        "made": 165.0,
        "attainment": 165 / 160,
        "mix_adherence": 140 / 160,
        "unplanned": 5.0,
    }
    assert {r["family"]: r["mix_adherence"] for r in found.rows} == {"F": 140 / 160, "G": None}
    assert any("no supply plan of lag 1" in n for n in found.notes)  # January


def test_without_production_it_says_so(tmp_path: Path) -> None:
    snapshot = make_snapshot(
        tmp_path, actuals=pd.DataFrame({"month": ["2026-01"], "sku": ["A"], "quantity": [1.0]})
    )
    found = adherence(snapshot, Scope())
    assert (found.rows, found.totals["mix_adherence"]) == ([], None)
    assert any("No production is loaded" in n for n in found.notes)


def test_examples() -> None:
    assert doctest.testmod(importlib.import_module("siop.metrics.adherence")).failed == 0
    assert mix_adherence(pd.Series([0.0]).to_numpy(), pd.Series([0.0]).to_numpy()) is None
    assert room_function is adherence


@pytest.mark.parametrize(("made", "planned"), [([5.0], [0.0]), ([0.0], [0.0])])
def test_nothing_planned_is_no_ratio(made: list[float], planned: list[float]) -> None:
    assert mix_adherence(pd.Series(made).to_numpy(), pd.Series(planned).to_numpy()) is None
