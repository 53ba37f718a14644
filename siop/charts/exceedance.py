"""The curve of the chance to reach at least an amount, and the plan on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from siop.charts.canvas import bare_axis, canvas, plain, say, stroke
from siop.charts.numbers import array, decimals, finite, nice_ticks, tick_text, unit_of
from siop.charts.places import Box, best_place, line_boxes
from siop.charts.tokens import HEIGHT, LABEL, Theme, text_width
from siop.core.words import number, percent

LEFT, RIGHT, TOP, BOTTOM = 62, 20, 34, 32
NARROWEST = 560
"""The plot's width for which labels are kept apart, px."""
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
) -> go.Figure:
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
    figure = canvas(theme, height, left=LEFT, right=RIGHT, top=TOP, bottom=BOTTOM)
    figure.update_layout(xaxis=bare_axis(low, high), yaxis=bare_axis(0, 1.0))
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
            figure.add_trace(
                go.Scatter(x=x[beyond], y=y[beyond], mode="lines", line={"width": 0}, fill="tozeroy",
                           fillcolor=theme["surface2"], hoverinfo="skip")
            )  # fmt: skip
    said = [
        plain(f"{percent(float(c), 0)} chance to reach {number(float(v), 1)} or more")
        for v, c in zip(x, y, strict=True)
    ]
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": theme["actual"], "width": 2.4},
            hovertext=said,
            hoverinfo="text",
        )
    )
    _labels(figure, theme, x, y, marks, at, chance, reference, low, high, height)
    return figure


def _labels(
    figure: go.Figure, theme: Theme, x: np.ndarray, y: np.ndarray, marks: Sequence[tuple[str, float, float]],
    at: float | None, chance: float | None, reference: str, low: float, high: float, height: int,
) -> None:  # fmt: skip
    """The percentiles on the curve, the plan's line and its chance: each where it meets nothing."""
    tall = height - TOP - BOTTOM

    def px(v: float) -> float:
        return (v - low) / (high - low) * NARROWEST

    room = Box(0, 4, NARROWEST, tall - 4)
    taken = line_boxes((x - low) / (high - low) * NARROWEST, y * tall)
    if at is not None:
        taken.append(Box(px(at) - 5, 0, px(at) + 5, tall))
    taken += [Box(px(v) - 9, c * tall - 9, px(v) + 9, c * tall + 9) for _, v, c in marks]
    if at is not None:
        stroke(figure, at, 0, at, 1, yref="paper", color=theme["actual"], width=1.6)
        head = f"{reference} {number(at, decimals([at], 1))}"
        half = text_width(head, 15, bold=True) / 2
        anchor = "left" if px(at) < half else "right" if px(at) > NARROWEST - half else "center"
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
        if chance is not None:
            taken.append(
                _chance(
                    figure,
                    theme,
                    at,
                    chance,
                    f"chance to reach the {reference.lower()}",
                    px(at),
                    tall,
                    taken,
                    room,
                )
            )
    for name, value, level in marks:
        figure.add_trace(
            go.Scatter(
                x=np.array([value]), y=np.array([level]), mode="markers", hoverinfo="skip", cliponaxis=False,
                marker={"size": 12, "color": theme["page"], "line": {"color": theme["actual"], "width": 2.2}},
            )
        )  # fmt: skip
        text = number(value, decimals([value], 1))
        wide = text_width(name, 15, bold=True) + 8 + text_width(text, 15)
        cx, cy = px(value), level * tall
        spots = [(14.0, 8.0), (-14.0, -8.0), (14.0, 20.0), (-14.0, -18.0), (14.0, -8.0), (-14.0, 14.0)]
        boxes = [
            Box(
                cx + dx - (0 if dx > 0 else wide), cy + dy - 9, cx + dx + (wide if dx > 0 else 0), cy + dy + 9
            )
            for dx, dy in spots
        ]
        k = best_place(boxes, taken, room)
        taken.append(boxes[k])
        dx, dy = spots[k]
        shift = 0 if dx > 0 else -wide
        say(
            figure,
            name,
            value,
            level,
            color=theme["ink"],
            size=15,
            bold=True,
            anchor="left",
            dx=dx + shift,
            dy=dy,
        )
        say(figure, text, value, level, color=theme["ink"], size=15, anchor="left", dy=dy,
            dx=dx + shift + text_width(name, 15, bold=True) + 8)  # fmt: skip


def _chance(
    figure: go.Figure, theme: Theme, at: float, chance: float, words: str, x_px: float, tall: float,
    taken: Sequence[Box], room: Box,
) -> Box:  # fmt: skip
    """The chance, the biggest text, beside the plan's line; returns the room it takes."""
    wide = max(text_width(words, LABEL), text_width(chance_said(chance), BIG, bold=True))
    levels = [chance * tall + 34, 0.36 * tall, 0.2 * tall, 0.6 * tall, 0.8 * tall, 0.94 * tall]
    spots = [(side, level) for level in levels for side in (1, -1)]
    boxes = [
        Box(
            x_px + 12 if side > 0 else x_px - 12 - wide,
            level - 26,
            x_px + 12 + wide if side > 0 else x_px - 12,
            level + 18,
        )
        for side, level in spots
    ]
    k = best_place(boxes, taken, room)
    side, level = spots[k]
    anchor, dx = ("left", 12) if side > 0 else ("right", -12)
    say(
        figure,
        chance_said(chance),
        at,
        level / tall,
        color=theme["ink"],
        size=BIG,
        bold=True,
        anchor=anchor,
        dx=dx,
        dy=4,
    )
    say(figure, words, at, level / tall, color=theme["muted"], anchor=anchor, dx=dx, dy=-18)
    return boxes[k]


def chance_said(chance: float) -> str:
    """A chance in whole per cent; one that is not quite nothing or certain is not said to be.

    >>> chance_said(0.067), chance_said(0.0004), chance_said(0.9991)
    ('7\\xa0%', '<1\\xa0%', '>99\\xa0%')
    """
    if chance < 0.005:
        return "<" + percent(0.01, 0)
    return ">" + percent(0.99, 0) if chance > 0.995 else percent(chance, 0)
