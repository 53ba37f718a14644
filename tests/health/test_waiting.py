"""Waiting times with open ones censored: the published curve, and what must hold of any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.health.waiting import waiting

CASE = json.loads((Path(__file__).parents[1] / "data" / "reference" / "health_kaplan_meier.json").read_text())


@pytest.mark.parametrize("group", ["A", "B"])
def test_the_published_curve(group: str) -> None:
    told = CASE["input"][group]
    found = waiting(told["time"], [bool(e) for e in told["event"]], level=0.95)
    expected = {k.removeprefix(f"{group}_"): v for k, v in CASE["expected"].items() if k.startswith(group)}
    assert [p.time for p in found.points] == expected["time"]["value"]
    assert [p.at_risk for p in found.points] == expected["at_risk"]["value"]
    for name, field in (("survival", "waiting"), ("se", "se"), ("low", "low"), ("high", "high")):
        if name not in expected:
            continue
        for point, value in zip(found.points, expected[name]["value"], strict=True):
            got = getattr(point, field)
            assert got is None if value is None else got == pytest.approx(value, abs=expected[name]["tol"])
    assert found.median == expected["median"]["value"]


@given(st.lists(st.tuples(st.integers(1, 90), st.booleans()), min_size=1, max_size=30))
def test_the_curve_falls_and_open_ones_never_shorten_the_wait(rows: list[tuple[int, bool]]) -> None:
    times, settled = [float(t) for t, _ in rows], [done for _, done in rows]
    found = waiting(times, settled)
    shares = [p.waiting for p in found.points]
    assert all(1 >= a >= b >= 0 for a, b in zip([1.0, *shares], shares, strict=False))
    longer = waiting([*times, 1000.0], [*settled, False])
    if longer.median is not None:
        assert found.median is not None
        assert longer.median >= found.median


def test_nothing_settled_has_no_median() -> None:
    assert waiting([3.0, 4.0], [False, False]).median is None
    assert waiting([], []).points == ()
