"""Bridge, control chart, tornado, curve, influence and balance: what they draw is what they were given."""

from __future__ import annotations

import importlib
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.charts import Balance, Control, Theme
from siop.charts.control import WIDTHS as CONTROL_WIDTHS
from siop.charts.places import WIDTHS, Box
from siop.charts.tokens import text_width
from tests.charts.drawn import balance, bridge, control, exceedance, influence, tornado

THEME = Theme()
influence_room = importlib.import_module("siop.charts.influence")
STREAM = [f"2025-{m:02d}" for m in range(5, 13)] + [f"2026-{m:02d}" for m in range(1, 11)]
RATIO = [0.01, -0.02, 0.02, 0, -0.03, 0.01, -0.02, -0.03, -0.06, -0.04, -0.07, -0.09, -0.10, -0.13, -0.12, -0.14, -0.16, -0.17]  # fmt: skip
NOTES = [
    ("2026-03", "Mar: Sales widens the tolerance"),
    ("2026-04", "Apr: first signal"),
    ("2026-06", "Jun: last answer"),
]


def said(figure: Any) -> list[str]:
    return [n.text for n in figure.layout.annotations]


def bars(figure: Any) -> list[tuple[float, float]]:
    """(from, to) of each horizontal bar."""
    return [(float((t.base if t.base is not None else [0.0])[0]), float((t.base if t.base is not None else [0.0])[0] + t.x[0])) for t in figure.data]  # fmt: skip


@settings(max_examples=40)
@given(st.lists(st.integers(-5_000_000, 5_000_000), min_size=1, max_size=8))
def test_a_bridge_adds_up_and_never_cuts_its_axis(effects: list[int]) -> None:
    figure = bridge([f"driver {i}" for i in range(len(effects))], [float(e) for e in effects], THEME)
    spans = bars(figure)
    divisor = next(
        d for d in (1e6, 1e3, 1.0) if max(abs(e) for e in [*effects, sum(effects)]) >= d or d == 1.0
    )
    assert spans[0][0] == 0.0
    for (_, end), (start, _) in pairwise(spans[:-1]):
        assert start == pytest.approx(end, abs=1e-9)
    assert spans[-1] == pytest.approx((0.0, sum(effects) / divisor), abs=1e-6)
    low, high = figure.layout.xaxis.range
    assert low < 0 < high


def test_the_unexplained_rest_is_grey_and_the_sum_is_named() -> None:
    figure = bridge(["Volume", "Price", "Unexplained"], [-3.02e6, 1.21e6, 0.19e6], THEME)
    assert [t.marker.color for t in figure.data] == [
        THEME["bad"],
        THEME["good"],
        THEME["prior"],
        THEME["bad"],
    ]
    assert {"−3.02", "+1.21", "+0.19", "−1.62", "ΔBudget", "Budget"} <= set(said(figure))


def test_control_shows_both_tolerance_and_signal() -> None:
    tolerance = [0.05] * 10 + [0.09] * 8
    data = Control(STREAM, RATIO, tolerance, STREAM[11:], 0.076, NOTES)
    figure = control(data, THEME)
    band = [s for s in figure.layout.shapes if s.type == "rect"]
    assert [(s.y1, s.x0, s.x1) for s in band] == [(0.05, -0.5, 9.5), (0.09, 9.5, 17.5)]
    dashed = [s for s in figure.layout.shapes if s.type == "line" and s.line.dash == "8px,7px"]
    assert sorted(s.y0 for s in dashed) == [-0.076, 0.076]
    diamond = next(t for t in figure.data if t.marker.symbol == "diamond")
    assert [STREAM[int(x)] for x in diamond.x] == STREAM[11:]
    assert set(diamond.marker.color) == {THEME["bad"]}
    assert {"Tolerance ±9\u00a0%", "Limit ±7.6\u00a0%", "Plan", "−17\u00a0%", "2025", "2026"} <= set(
        said(figure)
    )


def meet(a: Box, b: Box) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


def overlaps(figure: Any, texts: list[str], months: int, width: float) -> int:
    """Pairs of notes that would overlap on a plot of this width."""
    px = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    low, high = figure.layout.yaxis.range
    boxes = []
    for note in figure.layout.annotations:
        if note.text in texts:
            half = text_width(note.text, 14) / 2
            x, y = note.x * width / months + note.xshift, note.y * px / (high - low) + note.yshift
            boxes.append(Box(x - half, y - 8, x + half, y + 8))
    return sum(meet(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_notes_never_cover_one_another() -> None:
    notes = [
        *NOTES,
        ("2026-05", "May: nobody answers this one"),
        ("2025-05", "May: the oldest of all the notes here"),
    ]
    data = Control(STREAM, RATIO, [0.05] * 18, (), 0.076, notes)
    figure = control(data, THEME)
    texts = [text for _, text in data.notes]
    assert set(texts) <= set(said(figure))
    for width in CONTROL_WIDTHS:
        assert overlaps(figure, texts, len(STREAM), width) == 0
    for note in figure.layout.annotations:
        if note.text in texts:
            note.update(y=0.0, yshift=0)
    assert overlaps(figure, texts, len(STREAM), CONTROL_WIDTHS[0]) > 0  # the check sees it where they do


def test_names_at_the_right_keep_their_distance() -> None:
    figure = control(Control(STREAM, RATIO, [0.075] * 18, (), 0.076), THEME)
    px = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    low, high = figure.layout.yaxis.range
    at = sorted(n.y * px / (high - low) for n in figure.layout.annotations if n.xref == "paper" and n.x == 1)
    assert min(np.diff(at)) > 19


def test_tornado_is_outline_with_solid_inside() -> None:
    figure = tornado(["Supplier fails", "Tender won"], [-3.8e6, 3.0e6], [-1.71e6, 0.45e6], [0.31, 0.1], THEME)
    assert [round(float(t.x[0]), 2) for t in figure.data] == [-3.8, -1.71, 3.0, 0.45]
    assert [t.marker.color for t in figure.data] == [
        THEME["page"],
        THEME["bad"],
        THEME["page"],
        THEME["good"],
    ]
    assert {"−3.8", "+3.0", "31\u00a0%", "10\u00a0%"} <= set(said(figure))


def test_a_long_title_is_on_several_lines_and_complete() -> None:
    title = "Failure of the casting supplier for valve bodies and everything that hangs on it"
    figure = tornado([title], [-1e6], [-0.5e6], [1.0], THEME)
    left = [n.text for n in figure.layout.annotations if n.xref == "paper" and n.x == 0]
    assert len(left) > 1
    assert " ".join(left) == title


def test_p10_is_the_tenth_percentile_of_the_landing() -> None:
    amounts = np.linspace(100e6, 200e6, 101)
    figure = exceedance(amounts.tolist(), np.linspace(1, 0, 101).tolist(), THEME, p10=110e6, p50=150e6, p90=190e6,
                        plan=180e6, chance=0.2)  # fmt: skip
    points = {(round(float(t.x[0]), 6), t.y[0]) for t in figure.data if t.mode == "markers"}
    assert points == {(110.0, 0.9), (150.0, 0.5), (190.0, 0.1)}
    biggest = max(figure.layout.annotations, key=lambda n: n.font.size)
    assert biggest.text == "20\u00a0%"
    assert {"Plan 180.0", "chance to reach", "the plan"} <= set(said(figure))


@pytest.mark.parametrize("plan", [104e6, 130e6, 150e6, 170e6, 199e6, 250e6, 60e6])
def test_the_plan_is_always_on_the_figure(plan: float) -> None:
    figure = exceedance(np.linspace(100e6, 200e6, 101).tolist(), np.linspace(1, 0, 101).tolist(), THEME, p10=110e6,
                        p50=150e6, p90=190e6, plan=plan, chance=0.5)  # fmt: skip
    low, high = figure.layout.xaxis.range
    assert low < plan / 1e6 < high


def test_influence_draws_the_distance_of_those_who_take_more() -> None:
    figure = influence(["Sales", "Statistical", "Finance"], [0.47, 0.14, 0.1], [0.17, 0.34, 0.12], THEME)
    gaps = {(s.line.color, s.x0, round(s.y1 - s.y0, 2)) for s in figure.layout.shapes if s.line.width == 2.4}
    assert gaps == {(THEME["bad"], 0.17, 0.3), (THEME["actual"], 0.34, -0.2)}
    assert {"takes 47\u00a0%, earned 17\u00a0%", "Finance", "as much say as earned"} <= set(said(figure))


def covered(figure: Any, names: list[str], width: float) -> int:
    """Pairs of names that would overlap on a plot of this width."""
    tall = figure.layout.height - influence_room.TOP - influence_room.BOTTOM
    reach = figure.layout.xaxis.range[1]
    boxes = []
    for note in figure.layout.annotations:
        if note.text in names:
            wide = text_width(note.text, 15, bold=True)
            left = note.x / reach * width + note.xshift - (wide if note.xanchor == "right" else 0)
            middle = note.y / reach * tall + note.yshift
            boxes.append(Box(left, middle - 8, left + wide, middle + 8))
    return sum(meet(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


@settings(max_examples=30)
@given(
    st.lists(st.floats(0.05, 0.4), min_size=5, max_size=5),
    st.lists(st.floats(0.05, 0.4), min_size=5, max_size=5),
)
def test_names_of_functions_never_cover_one_another(taken: list[float], earned: list[float]) -> None:
    names = ["Sales", "Statistical", "Operations", "Marketing", "Finance"]
    figure = influence(names, [t / sum(taken) for t in taken], [t / sum(earned) for t in earned], THEME)
    for width in WIDTHS:
        assert covered(figure, names, width) == 0


def test_names_that_cover_one_another_would_be_found() -> None:
    figure = influence(["Sales", "Finance"], [0.5, 0.5], [0.5, 0.5], THEME)
    for note in figure.layout.annotations:
        if note.text in ("Sales", "Finance"):
            note.update(xshift=13, yshift=0, xanchor="left")
    assert covered(figure, ["Sales", "Finance"], 470.0) == 1


def test_a_chance_that_is_nearly_nothing_is_not_said_to_be_nothing() -> None:
    amounts, chances = np.linspace(100e6, 200e6, 101).tolist(), np.linspace(1, 0, 101).tolist()
    figure = exceedance(amounts, chances, THEME, p10=110e6, p50=150e6, p90=190e6, plan=199e6, chance=0.0004)
    assert "&lt;1\u00a0%" in said(figure)


def test_balance_marks_the_months_under_the_policy() -> None:
    data = Balance(["Jan", "Feb", "Mar"], [5e3] * 3, [5e3, 3e3, 6e3], [4e3, 2e3, 3e3], [2.5e3] * 3, [3e3] * 3, [4e3] * 3,
                   [False, True, True])  # fmt: skip
    figure = balance(data, THEME)
    stock = next(t for t in figure.data if t.type == "scatter" and t.mode == "lines+markers")
    assert list(stock.marker.symbol) == ["circle", "diamond", "circle"]
    assert list(stock.marker.color) == [THEME["actual"], THEME["bad"], THEME["actual"]]
    hatched = next(t for t in figure.data if t.type == "bar" and t.marker.pattern.shape == "/")
    assert list(hatched.y) == [3.0, 6.0]
    assert {"−2.0", "+1.0", "2.0", "Maximum", "Target", "Minimum", "Demand", "Supply"} <= set(said(figure))
