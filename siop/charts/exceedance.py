"""The curve of the chance to reach at least an amount, and the plan on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siop.charts.canvas import LINE, Canvas, Figure, bare_axis, plain, say, stroke
from siop.charts.numbers import array, decimals, finite, nice_ticks, tick_text, unit_of
from siop.charts.places import Scene, Spot, place, scenes
from siop.charts.tokens import HEIGHT, LABEL, Theme, text_width
from siop.core.words import number, percent

LEFT, RIGHT, TOP, BOTTOM = 62, 20, 34, 32
WIDTHS = (276.0, 430.0, 560.0, 720.0)
"""Plot widths on a phone, and as a panel at 1366, at 1920 and a wide one, px."""
AROUND = ((14, 8), (-14, -8), (14, 20), (-14, -18), (14, -8), (-14, 14))
"""Where the name of a percentile may stand about its point, px."""
BIG = 26
TAIL = 0.003
"""Chances nearer than this to 0 or 1 are not drawn: they would only make the curve narrow."""


def exceedance(
    amounts: Sequence[float],
    chances: Sequence[float],
    theme: Theme,
    *,
    p10: float,
    p50: float,
    p90: float,
    plan: float | None = None,
    chance: float | None = None,
    reference: str = "Plan",
    unit: str = "money",
    currency: str = "EUR",
    height: int = HEIGHT["exceedance"],
) -> Figure:
    """Chance to reach at least an amount. P10 is the 10th percentile: nine chances in ten to reach it or more.

    Args: amounts ascending, chances the fraction of draws at or above each; chance: that of reaching the plan,
        the biggest text of the figure.
    """
    x, y = array(amounts), array(chances)
    divisor, _ = unit_of([p10, p90, plan], unit, currency)
    x, marks = (
        x / divisor,
        [("P10", p10 / divisor, 0.9), ("P50", p50 / divisor, 0.5), ("P90", p90 / divisor, 0.1)],
    )
    at = None if plan is None else plan / divisor
    inner = (y > TAIL) & (y < 1 - TAIL)
    if inner.sum() >= 2:
        x, y = x[inner], y[inner]
    ends = finite([x.min(), x.max(), at, *(m[1] for m in marks)])
    low, high = min(ends), max(ends)
    pad = 0.04 * ((high - low) or 1.0)
    low, high = low - pad, high + pad
    figure = Canvas(theme, height, left=LEFT, right=RIGHT, top=TOP, bottom=BOTTOM)
    figure.axes(xaxis=bare_axis(low, high), yaxis=bare_axis(0, 1.0))
    for level in (0.0, 0.5, 1.0):
        stroke(figure, 0, level, 1, level, xref="paper", layer="below", width=1.2 if level == 0 else 1,
               color=theme["prior" if level == 0 else "hairline"])  # fmt: skip
        say(figure, percent(level, 0), 0, level, xref="paper", color=theme["muted"], anchor="right", dx=-10)
    ticks = nice_ticks(low, high, 7)
    for tick in ticks:
        say(figure, tick_text(tick, ticks), tick, 0, color=theme["muted"], stand="top", dy=-7)
    if at is not None:
        beyond = x >= at
        if beyond.any():
            figure.points(x=x[beyond], y=y[beyond], mode="lines", line={"width": 0}, fill="tozeroy",
                           fillcolor=theme["surface2"], hoverinfo="skip")  # fmt: skip
    said = [
        plain(f"{percent(float(c), 0)} chance to reach {number(float(v), 1)} or more")
        for v, c in zip(x, y, strict=True)
    ]
    figure.points(
        x=x,
        y=y,
        mode="lines",
        line={"color": theme["actual"], "width": 2.4},
        hovertext=said,
        hoverinfo="text",
    )
    _labels(figure, theme, x, y, marks, at, chance, reference, low, high, height)
    return figure.done()


def _labels(
    figure: Canvas, theme: Theme, x: np.ndarray, y: np.ndarray, marks: Sequence[tuple[str, float, float]],
    at: float | None, chance: float | None, reference: str, low: float, high: float, height: int,
) -> None:  # fmt: skip
    """The percentiles on the curve, the plan's line and its chance: each where it meets nothing."""
    plots = scenes(height - TOP - BOTTOM, (low, high), (0.0, 1.0), WIDTHS)
    for plot in plots:
        plot.line(x, y)
        for _, value, level in marks:
            plot.dot(value, level)
        if at is not None:
            plot.line((at, at), (0.0, 1.0), 8)
    if at is not None:
        _plan(figure, theme, at, chance, reference, (at - low) / (high - low), plots)
    for name, value, level in marks:
        figure.points(
                x=np.array([value]), y=np.array([level]), mode="markers", hoverinfo="skip", cliponaxis=False,
                marker={"size": 12, "color": theme["page"], "line": {"color": theme["actual"], "width": 2.2}},
            )  # fmt: skip
        text = number(value, decimals([value], 1))
        first = text_width(name, 15, bold=True) + 7
        wide = first + text_width(text, 15)
        spots = [Spot(value, level, dx, dy) for dx, dy in AROUND]
        spot = place(plots, spots, wide, 18)
        left = spot.dx if spot.dx > 0 else spot.dx - wide
        for said, dx, bold in ((name, left, True), (text, left + first, False)):
            say(
                figure,
                said,
                value,
                level,
                color=theme["ink"],
                size=15,
                bold=bold,
                anchor="left",
                dx=dx,
                dy=spot.dy,
            )


def _plan(
    figure: Canvas, theme: Theme, at: float, chance: float | None, reference: str, share: float,
    plots: Sequence[Scene],
) -> None:  # fmt: skip
    """The plan's line with its name on top, and the chance to reach it, the biggest text, beside it."""
    stroke(figure, at, 0, at, 1, yref="paper", color=theme["actual"], width=1.6)
    anchor = "left" if share < 0.15 else "right" if share > 0.85 else "center"
    head = f"{reference} {number(at, decimals([at], 1))}"
    say(
        figure,
        head,
        at,
        1,
        yref="paper",
        color=theme["ink"],
        size=15,
        bold=True,
        stand="bottom",
        dy=6,
        anchor=anchor,
    )
    if chance is None:
        return
    words = ("chance to reach", f"the {reference.lower()}")
    wide = max(*(text_width(w, LABEL) for w in words), text_width(chance_said(chance), BIG, bold=True))
    levels = [min(0.86, chance + 0.14), 0.34, 0.18, 0.5, 0.6, 0.76, 0.86]
    spot = place(plots, [Spot(at, level, side * 12, 0) for level in levels for side in (1, -1)], wide, 64)
    anchor = "left" if spot.dx > 0 else "right"
    say(
        figure,
        chance_said(chance),
        at,
        spot.y,
        color=theme["ink"],
        size=BIG,
        bold=True,
        anchor=anchor,
        dx=spot.dx,
        dy=18,
    )
    for line, dy in zip(words, (-5, -5 - LINE), strict=True):
        say(figure, line, at, spot.y, color=theme["muted"], anchor=anchor, dx=spot.dx, dy=dy)


def chance_said(chance: float) -> str:
    """A chance in whole per cent; one that is not quite nothing or certain is not said to be.

    >>> chance_said(0.067), chance_said(0.0004), chance_said(0.9991)
    ('7\\xa0%', '<1\\xa0%', '>99\\xa0%')
    """
    if chance < 0.005:
        return "<" + percent(0.01, 0)
    return ">" + percent(0.99, 0) if chance > 0.995 else percent(chance, 0)
