"""Decimals, scale and ticks of the numbers that stand together."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.charts.numbers import STEPS, decimals, factor_that_fits, nice_ticks, tick_text, unit_of
from siop.charts.places import Spot, apart, place, scenes

numbers = st.floats(-1e9, 1e9, allow_nan=False)


def test_decimals_give_three_digits() -> None:
    assert [decimals([v]) for v in (3.36, 12.3, 999.0, 1234.0)] == [2, 1, 1, 0]
    assert decimals([None, math.nan]) == 2


def test_a_ratio_is_said_in_per_cent() -> None:
    assert unit_of([0.914, None], "ratio", "EUR") == (0.01, "%")
    assert unit_of([118_600_000.0], "money", "EUR") == (1e6, "mEUR")


@given(numbers, numbers, st.floats(0.01, 100), st.floats(20, 400))
def test_the_factor_fits_and_the_next_one_would_not(low: float, high: float, per: float, room: float) -> None:
    factor = factor_that_fits(low, high, per, room)
    span = max(high, 0.0) - min(low, 0.0)
    assert factor in STEPS
    if factor > 1:
        assert span * per * factor <= room
    if factor < STEPS[-1] and span > 0 and span * per <= room:
        assert span * per * STEPS[STEPS.index(factor) + 1] > room


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), (138.0, 158.0, ["140", "145", "150", "155"])],
)
def test_ticks_are_round_and_said_alike(low: float, high: float, said: list[str]) -> None:
    ticks = nice_ticks(low, high, 6)
    assert [tick_text(t, ticks) for t in ticks] == said


@given(st.lists(st.floats(-100, 100, allow_nan=False), min_size=1, max_size=6))
def test_labels_pushed_apart_keep_their_order(places: list[float]) -> None:
    moved = apart(places, 5.0)
    order = sorted(range(len(places)), key=lambda i: places[i])
    steps = [moved[b] - moved[a] for a, b in pairwise(order)]
    assert all(step >= 4.9 for step in steps)


def test_a_label_stands_where_nothing_else_does_at_every_width() -> None:
    plots = scenes(200.0, (0.0, 1.0), (0.0, 1.0))
    for plot in plots:
        plot.line((0.5, 0.5), (0.0, 1.0))
        plot.dot(0.5, 0.5)
    right = Spot(0.5, 0.5, 14, 0)
    assert place(plots, [Spot(0.5, 0.5, -2, 0), right, Spot(0.5, 0.5, -14, 0)], 60, 18) == right
    # it is taken now, so the next label of the same point goes to the other side
    assert place(plots, [right, Spot(0.5, 0.5, -14, 0)], 60, 18).dx == -14
    # and nothing is put outside of the plot while there is room inside
    assert place(plots, [Spot(0.97, 0.9, 14, 0), Spot(0.97, 0.9, -14, 0)], 60, 18).dx == -14
