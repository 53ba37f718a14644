"""The three tiers: one declared scale, the notation, the totals."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.charts import Theme, Tiers
from siop.charts.tiers import BOTTOM, TOP
from tests.charts.drawn import tiers

LABELS = ["Jan", "Feb", "Mar", "Apr"]
DATA = Tiers(
    LABELS, [10e6, 12e6, 13e6, 12e6], [9e6, 12.6e6, 12e6, None], [None, None, None, 11e6], year="2026"
)


def px_per_unit(figure: Any, axis: str) -> float:
    shape = figure.layout[axis]
    low, high = shape.range
    plot = figure.layout.height - TOP - BOTTOM
    return float((shape.domain[1] - shape.domain[0]) * plot / (high - low))


def declared(figure: Any) -> int:
    said = [re.search(r"\((\d+)× scale\)", n.text) for n in figure.layout.annotations]
    return next((int(m[1]) for m in said if m), 1)


def texts(figure: Any) -> list[str]:
    return [n.text for n in figure.layout.annotations]


def test_the_magnification_that_is_written_is_the_one_that_is_drawn() -> None:
    figure = tiers(DATA, Theme())
    assert declared(figure) > 1
    assert px_per_unit(figure, "yaxis2") / px_per_unit(figure, "yaxis") == pytest.approx(declared(figure))


def test_tiny_variances_keep_a_declared_scale() -> None:
    # found by the property below: "(1000× scale)" was wider than its margin and came apart
    figure = tiers(Tiers(LABELS, [10e6] * 4, [10e6 + 1] * 4, [None] * 4), Theme())
    assert declared(figure) == 100
    assert px_per_unit(figure, "yaxis2") / px_per_unit(figure, "yaxis") == pytest.approx(100)


def test_a_wrong_scale_would_be_found() -> None:
    figure = tiers(DATA, Theme())
    low, high = figure.layout.yaxis2.range
    figure.layout.yaxis2.range = (low * 2, high * 2)
    assert px_per_unit(figure, "yaxis2") / px_per_unit(figure, "yaxis") != pytest.approx(declared(figure))


values = st.lists(st.one_of(st.none(), st.floats(1e3, 1e8)), min_size=12, max_size=12)


@settings(max_examples=25)
@given(values, values)
def test_everything_drawn_lies_inside_its_tier_and_the_scale_holds(
    plan: list[float | None], actual: list[float | None]
) -> None:
    figure = tiers(Tiers([str(i) for i in range(12)], plan, actual, [None] * 12), Theme())
    for trace in figure.data:
        axis = figure.layout["yaxis" + (trace.yaxis or "y")[1:]]
        for y in np.asarray(trace.y, dtype=float):
            if np.isfinite(y):
                assert axis.range[0] - 1e-9 <= y <= axis.range[1] + 1e-9
    ratio = px_per_unit(figure, "yaxis2") / px_per_unit(figure, "yaxis")
    # Variances larger than the values cannot keep the scale; then none is declared and the tier is smaller.
    assert ratio == pytest.approx(declared(figure)) or (declared(figure) == 1 and ratio < 1)


def test_outline_is_plan_solid_is_fact_hatched_is_outlook() -> None:
    theme = Theme()
    plan, closed, ahead = [t for t in tiers(DATA, theme).data if t.type == "bar" and (t.yaxis or "y") == "y"]
    assert plan.marker.color == theme["page"]
    assert plan.marker.line.color == theme["actual"]
    assert list(plan.y) == [10.0, 12.0, 13.0, 12.0]
    assert closed.marker.color == theme["actual"]
    assert list(closed.x) == [0.0, 1.0, 2.0]
    assert ahead.marker.pattern.shape == "/"
    assert list(ahead.y) == [11.0]
    assert plan.offset < closed.offset  # the plan stands behind and to the left


def test_labels_and_totals_are_the_numbers_of_the_rows() -> None:
    said = texts(tiers(DATA, Theme()))
    # by hand: 9 - 10, 12.6 - 12, 12 - 13, 11 - 12; sum 44.6 of 47, -2.4, -5.1 %
    for text in (
        "−1.00",
        "+0.60",
        "−10.0",
        "+5.0",
        "44.6",
        "of 47.0",
        "−2.40",
        "−5.1",
        "2026",
        "Actual",
        " Outlook ",
    ):
        assert text in said or f" {text} " in said, text


def test_a_ratio_has_points_no_pins_and_no_total() -> None:
    data = Tiers(
        LABELS, [0.95] * 4, [0.94, 0.96, 0.9, None], [None] * 4, unit="ratio", measure="On time in full"
    )
    figure = tiers(data, Theme())
    said = texts(figure)
    assert "points" in said
    assert "%" in said
    assert "−5.0" in said
    assert not any("Δ" in t and "%" in t for t in said)
    assert not any(t.startswith("of ") for t in said)
    assert "yaxis3" not in figure.layout.to_plotly_json()


def test_a_pin_beyond_the_scale_is_a_triangle_with_its_true_number() -> None:
    figure = tiers(Tiers(LABELS, [10.0] * 4, [18.0, 9.8, 10.1, 10.0], [None] * 4, unit="units"), Theme())
    heads = next(t for t in figure.data if t.type == "scatter")
    assert list(heads.marker.symbol) == ["triangle-up", "square", "square", "square"]
    assert max(heads.y) == pytest.approx(0.30)
    assert "+80.0" in texts(figure)


def test_a_month_that_is_unknown_leaves_a_gap() -> None:
    figure = tiers(
        Tiers(LABELS, [10.0, None, 10.0, 10.0], [9.0, 9.0, None, 9.0], [None] * 4, unit="units"), Theme()
    )
    bars = [t for t in figure.data if t.type == "bar" and t.yaxis == "y2"]
    assert sorted(x for t in bars for x in t.x) == [0.0, 3.0]
    assert "of 20.00" in texts(figure) or "of 20.0" in texts(figure)  # only months that have both


def test_crowded_figures_name_the_extremes_only() -> None:
    plan = [10.0] * 30
    actual: list[float | None] = [10.0 + (i % 5) for i in range(30)]
    actual[11] = 25.0
    figure = tiers(Tiers([str(i) for i in range(30)], plan, actual, [None] * 30, unit="units"), Theme())
    numbers = [n.text for n in figure.layout.annotations if n.yref == "y" and n.font.weight == 600]
    assert "25.0" in numbers
    assert len(numbers) <= 4
