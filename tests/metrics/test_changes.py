"""What changed between two cycles: totals, stability and stability inside the fence, worked by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siop.core import Scope, span
from siop.metrics.changes import plan_change
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

MONTHS = span("2026-05", "2026-07")


def company(tmp_path: Path, fences: dict[str, int] | None) -> Snapshot:
    """Cycle March planned 100 a month of A and B; April takes 10 of A's May to its June, and halves B's July."""
    before = {"A": [100.0, 100.0, 100.0], "B": [100.0, 100.0, 100.0]}
    after = {"A": [90.0, 110.0, 100.0], "B": [100.0, 100.0, 50.0]}
    plans = [
        pd.DataFrame({"month": MONTHS, "version": version, "family": family, "quantity": values})
        for version, plan in (("C3", before), ("C4", after)) for family, values in plan.items()
    ]  # fmt: skip
    return make_snapshot(
        tmp_path,
        actuals=pd.DataFrame({"month": ["2026-03"] * 2, "family": ["A", "B"], "quantity": 95.0}),
        plans=plans,
        versions=pd.DataFrame(
            {"version": ["C3", "C4"], "kind": "consensus", "cycle": ["2026-03", "2026-04"]}
        ),
        policies=None
        if fences is None
        else pd.DataFrame({"family": list(fences), "fence_months": list(fences.values())}),
        closed_to="2026-03",
    )


def test_stability_counts_what_moved_between_months_too(tmp_path: Path) -> None:
    found = plan_change(company(tmp_path, {"A": 2, "B": 3}), Scope(), measure="quantity")
    assert [(r["family"], r["change"]) for r in found.rows] == [("A", 0.0), ("B", -50.0)]
    assert found.totals["stability"] == pytest.approx((10 + 10 + 50) / 600)
    # the March plan fences A to May and B to June: of 300 inside, 10 moved
    assert found.totals["fence_stability"] == pytest.approx(10 / 300)


def test_without_a_fence_its_stability_is_unknown_and_not_zero(tmp_path: Path) -> None:
    assert plan_change(company(tmp_path, None), Scope(), measure="quantity").totals["fence_stability"] is None
    quiet = plan_change(company(tmp_path, {"B": 1}), Scope(), measure="quantity")
    assert quiet.totals["fence_stability"] is None  # the fence ends before the months that both plans have


def test_a_family_without_a_fence_is_left_out(tmp_path: Path) -> None:
    found = plan_change(company(tmp_path, {"B": 4}), Scope(), measure="quantity")
    assert found.totals["fence_stability"] == pytest.approx(50 / 300)
