"""Kept or missed is computed from the actuals; actions are late when they are."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from siop.decisions import commitment_kept, commitments_kept, open_actions
from siop.ledger import entries_of, fold
from tests.ledger.examples import line


def commitment(**more):
    return fold(entries_of([line("commitment", **more)])).commitments["c1"]


def actual(*values: float | None) -> pd.DataFrame:
    months = ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"]
    return pd.DataFrame({"month": months[: len(values)], "value": pd.array(values, dtype="Float64")}).astype(
        {"value": float}
    )


@pytest.mark.parametrize(
    ("values", "closed", "state", "total", "off"),
    [
        ((9, 300, 350, 350, 9), "2026-07", "kept", 1000.0, 0.0),
        ((9, 300, 300, 350, 9), "2026-07", "kept", 950.0, -50.0),  # five per cent, to the unit
        ((9, 300, 300, 349, 9), "2026-07", "missed", 949.0, -51.0),
        ((9, 400, 400, 251, 9), "2026-07", "missed", 1051.0, 51.0),  # others planned on it
        ((9, 300, 350), "2026-05", "running", 650.0, None),
        ((9,), "2026-07", "unknown", None, None),
        ((9, 300, 350, 350), None, "running", 1000.0, None),
    ],
)
def test_kept(values, closed, state, total, off):
    found = commitment_kept(commitment(), actual(*values), closed)
    assert (found.state, found.actual, found.deviation) == (state, total, off)


def test_a_target_below_zero_has_its_tolerance_too():
    found = commitment_kept(commitment(target=-1000), actual(0, -300, -350, -390), "2026-06")
    assert found.state == "kept"


def test_each_commitment_is_asked_of_its_own_actuals():
    said = fold(entries_of([line("commitment"), line("commitment", id="c2", target=500)]))
    found = commitments_kept(said, lambda c: actual(0, c.target, 0, 0), "2026-06")
    assert [(k.commitment.id, k.state) for k in found] == [("c1", "kept"), ("c2", "kept")]


def test_open_actions_the_latest_first():
    said = fold(
        entries_of(
            [
                line("action", id="a1", due="2026-04-10"),
                line("action", id="a2", due="2026-04-01"),
                line("action", id="a3", due="2026-03-01"),
                line("action_done", id="a3"),
            ]
        )
    )
    found = open_actions(said, date(2026, 4, 5))
    assert [(due.action.id, due.days) for due in found] == [("a2", -4), ("a1", 5)]
