"""What every figure promises: nothing cut, nothing small, no markup of people's texts, the same notation."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

import siop.charts
from siop.charts import Backtest, Balance, Control, Load, Theme, Tiers, as_alt
from siop.charts.canvas import Canvas
from siop.charts.tokens import LABEL, text_width
from siop.core import Polarity
from tests.charts.drawn import (
    as_plotly_reads,
    backtest,
    balance,
    bridge,
    capacity,
    control,
    exceedance,
    influence,
    tiers,
    tornado,
)

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
LONG = "A very long name that a person typed without a thought for <b>anybody's</b> screen, and which goes on & on"
STREAM = [f"2026-{m:02d}" for m in range(1, 13)]


def all_figures(theme: Theme) -> dict[str, Any]:
    chances = np.linspace(1, 0, 41)
    return {
        "tiers": tiers(
            Tiers(MONTHS, [10e6, 12e6, 13e6, 11e6, 12e6, 13e6], [9e6, 12.5e6, 12e6, 11e6, None, None],
                  [None] * 4 + [12e6, 12e6], measure=LONG, against="Plan of lag 2"), theme),
        "bridge": bridge(["Volume", LONG, "Unexplained"], [-3e6, 1e6, 0.1e6], theme),
        "control": control(
            Control(STREAM, [0.01, -0.02, None, 0.03, -0.06, -0.08, -0.09, -0.1, -0.12, -0.11, -0.13, -0.15],
                    [0.05] * 6 + [0.09] * 6, STREAM[6:], 0.076, [(STREAM[6], "Jul: first signal"), (STREAM[7], LONG[:40])]),
            theme),
        "tornado": tornado([LONG, "Short"], [-3.8e6, 2.6e6], [-1.7e6, 1.0e6], [0.6, None], theme),
        "exceedance": exceedance(np.linspace(130e6, 170e6, 41).tolist(), chances.tolist(), theme, p10=134e6, p50=150e6,
                                 p90=166e6, plan=160e6, chance=0.25),
        "influence": influence(["Sales", "Statistical", "Finance"], [0.5, 0.2, 0.3], [0.2, 0.5, 0.3], theme),
        "balance": balance(Balance(MONTHS, [5e3] * 6, [5e3, 4e3, 4e3, 5e3, 6e3, 6e3], [4e3, 3e3, 2e3, 2e3, 3e3, 4e3],
                                   [2.5e3] * 6, [3e3] * 6, [4e3] * 6, [False] * 2 + [True] * 4), theme),
        "capacity": capacity(Load(MONTHS, [4e3, 5e3, 6e3, None, 4e3, 6e3], [5e3] * 6, [250.0] * 6, [False] * 2 + [True] * 4), theme),
        "backtest": backtest(Backtest(MONTHS, [28e6, 29e6, 30e6, 27e6, 26e6, 25e6], [28e6] * 6, [27e6] * 6, [29e6] * 6,
                                      [None, 29e6, 30e6, 28e6, 27e6, 26e6]), theme),
    }  # fmt: skip


@pytest.fixture(scope="module", params=[Theme(), Theme(True), Theme(False, True), Theme(True, True)])
def drawn(request: pytest.FixtureRequest) -> tuple[Theme, dict[str, Any]]:
    return request.param, all_figures(request.param)


def written(figure: Any) -> list[Any]:
    """The labels; an annotation without text is only a line that leads to one."""
    return [note for note in figure.layout.annotations if note.text]


def cut_labels(figure: Any) -> list[str]:
    """Labels that begin at the figure's left edge and are wider than its margin, or stick out at the right."""
    found = []
    left, right = figure.layout.margin.l, figure.layout.margin.r
    for note in written(figure):
        wide = max(
            text_width(unescape(line), note.font.size, bold=note.font.weight == 600)
            for line in note.text.split("<br>")
        )
        if note.xref != "paper":
            continue
        if (
            note.x == 0
            and note.xanchor == "left"
            and note.xshift < 0
            and (wide > left + 0.5 or -note.xshift > left)
        ):
            found.append(note.text)
        if note.x == 0 and note.xanchor == "right" and wide - note.xshift > left:
            found.append(note.text)
        if note.x == 1 and note.xanchor == "left" and wide + note.xshift > right:
            found.append(note.text)
    return found


def test_no_label_is_cut(drawn: tuple[Theme, dict[str, Any]]) -> None:
    for name, figure in drawn[1].items():
        assert cut_labels(figure) == [], name


def test_a_label_that_is_cut_would_be_found() -> None:
    figure = all_figures(Theme())["bridge"]
    figure.layout.margin.l = 60
    assert cut_labels(figure)


def test_nothing_is_small_or_decorated(drawn: tuple[Theme, dict[str, Any]]) -> None:
    theme, figures = drawn
    for name, figure in figures.items():
        assert min(n.font.size for n in written(figure)) >= LABEL, name
        assert figure.layout.title.text is None
        assert figure.layout.showlegend is False
        assert figure.layout.paper_bgcolor == theme["page"]
        assert "colorway" not in figure.layout.template.layout.to_plotly_json()


def test_texts_of_people_are_only_text(drawn: tuple[Theme, dict[str, Any]]) -> None:
    for name, figure in drawn[1].items():
        for note in figure.layout.annotations:
            for part in note.text.split("<br>"):
                assert "<" not in part, (name, part)
        for trace in figure.data:
            for text in trace.hovertext if trace.hovertext is not None else ():
                assert "<" not in text


def test_numbers_have_the_true_minus(drawn: tuple[Theme, dict[str, Any]]) -> None:
    for name, figure in drawn[1].items():
        for note in figure.layout.annotations:
            assert not (note.text[:1] == "-" and note.text[1:2].isdigit()), (name, note.text)


@pytest.mark.parametrize(
    "empty",
    [
        lambda t: tiers(Tiers(MONTHS, [None] * 6, [None] * 6, [None] * 6), t),
        lambda t: tiers(Tiers([], [], [], []), t),
        lambda t: tiers(Tiers(["Jan"], [0.0], [0.0], [None]), t),
        lambda t: bridge([], [], t),
        lambda t: bridge(["Volume"], [0.0], t),
        lambda t: control(Control(STREAM[:2], [None, None], [None, None]), t),
        lambda t: control(Control([], [], []), t),
        lambda t: tornado([], [], [], [], t),
        lambda t: tornado(["Nothing moves"], [0.0], [0.0], [None], t),
        lambda t: exceedance([5.0], [1.0], t, p10=5.0, p50=5.0, p90=5.0, plan=5.0, chance=1.0),
        lambda t: influence([], [], [], t),
        lambda t: balance(Balance(MONTHS, [None] * 6, [None] * 6, [None] * 6), t),
        lambda t: balance(Balance([], [], [], []), t),
        lambda t: capacity(Load([], [], []), t),
        lambda t: capacity(Load(MONTHS, [None] * 6, [None] * 6), t),
        lambda t: backtest(Backtest([], [], [], [], [], []), t),
        lambda t: backtest(Backtest(["Jan"], [5.0], [5.0], [None], [None], [None]), t),
    ],
)
def test_a_figure_without_data_is_drawn_and_not_an_error(empty: Callable[[Theme], Any]) -> None:
    figure = empty(Theme())
    for axis in ("xaxis", "yaxis"):
        low, high = figure.layout[axis].range
        assert np.isfinite([low, high]).all()
        assert low != high


def test_alt_text_is_one_sentence() -> None:
    assert as_alt("Volume is the cause,\n price is not") == "Volume is the cause, price is not."
    assert as_alt("Why?") == "Why?"


def test_the_polarity_decides_the_colour_not_the_sign() -> None:
    theme = Theme()
    cost = tiers(
        Tiers(["Jan"], [10.0], [12.0], [None], unit="units", polarity=Polarity.LESS_IS_BETTER), theme
    )
    sold = tiers(Tiers(["Jan"], [10.0], [12.0], [None], unit="units"), theme)

    def tone(figure: Any) -> str:
        return next(str(t.marker.color) for t in figure.data if t.type == "bar" and t.yaxis == "y2")

    assert (tone(cost), tone(sold)) == (theme["bad"], theme["good"])


def test_a_load_above_hours_and_overtime_is_red_and_bold() -> None:
    theme = Theme()
    figure = capacity(Load(["Jan", "Feb", "Mar"], [90.0, 104.0, 106.0], [100.0] * 3, [5.0] * 3), theme)
    bold = [n.text for n in written(figure) if n.font.weight == 600]
    assert bold == ["106"]  # 104 is within overtime
    assert [str(t.marker.line.color) for t in figure.data if t.type == "bar"] == [
        theme["actual"],
        theme["bad"],
    ]


def test_what_came_outside_of_its_interval_is_a_red_diamond() -> None:
    theme = Theme()
    figure = backtest(
        Backtest(["Jan", "Feb"], [5.0, 9.0], [5.0, 5.0], [4.0, 4.0], [6.0, 6.0], [5.0, 5.0]), theme
    )
    came = figure.data[-1]
    assert list(came.marker.symbol) == ["circle", "diamond"]
    assert list(came.marker.color) == [theme["actual"], theme["bad"]]


def test_every_figure_is_read_by_plotly(drawn: tuple[Theme, dict[str, Any]]) -> None:
    """The canvas hands its parts over unchecked: here Plotly has read each (tests/charts/drawn.py), none is forgotten."""
    assert {type(figure) for figure in drawn[1].values()} == {go.Figure}
    charts = (name for name in siop.charts.__all__ if callable(getattr(siop.charts, name)))
    assert {name for name in charts if name.islower() and name != "as_alt"} == set(drawn[1])


def test_a_part_that_plotly_does_not_know_would_be_found() -> None:
    canvas = Canvas(Theme(), 100)
    canvas.points(x=[1.0], y=[1.0], colour="red")
    with pytest.raises(ValueError, match="colour"):
        as_plotly_reads(canvas.done)()
