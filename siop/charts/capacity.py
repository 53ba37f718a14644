"""Rough-cut capacity: what a resource is asked for, month by month, against the hours it has shown it can give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siop.charts.canvas import LINE, Canvas, Figure, bare_axis, hatch, plain, say, solid, stroke
from siop.charts.numbers import array, finite, unit_of
from siop.charts.places import apart
from siop.charts.tokens import HEIGHT, LABEL, Theme, text_width, wrapped
from siop.core.words import number

TOP, BOTTOM, NUMBER_PX, RIGHT, MOST_LEFT = 10, 32, 22.0, 118, 110.0
WIDTH, CROWDED, WIDE = 0.62, 18, 13


@dataclass(frozen=True, slots=True)
class Load:
    """What the figure draws; all sequences have one value a period, None where unknown.

    load, available, overtime: hours; ahead: not yet closed.
    """

    labels: Sequence[str]
    load: Sequence[float | None]
    available: Sequence[float | None]
    overtime: Sequence[float | None] = ()
    ahead: Sequence[bool] = ()


def capacity(data: Load, theme: Theme, height: int = HEIGHT["capacity"]) -> Figure:
    """Columns of load before a stepped line of hours; red where they are above hours and overtime together.

    The per cent of the hours stands on every column; zero is where the axis begins, so that lengths can be compared.
    """
    n = len(data.labels)
    need, hours = array(data.load), array(data.available)
    extra = np.nan_to_num(array(data.overtime or [None] * n))
    divisor, said = unit_of([*need, *(hours + extra)], "hours", "")
    need, hours, limit = need / divisor, hours / divisor, (hours + extra) / divisor
    ahead = np.array(list(data.ahead) or [True] * n, dtype=bool)
    left = 16 + min(MOST_LEFT, max(text_width(t, LABEL) for t in ("Load", said)))
    figure = Canvas(theme, height, left=left, right=RIGHT, top=TOP, bottom=BOTTOM)
    plot = height - TOP - BOTTOM
    high = max(finite([*need, *limit, *hours, 0.0])) or 1.0
    per = (plot - NUMBER_PX) / high
    figure.axes(xaxis=bare_axis(-0.6, n - 0.4), yaxis=bare_axis(0, high + NUMBER_PX / per))
    x = np.arange(n, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(hours > 0, need / hours, np.nan)
        over = np.isfinite(limit) & (need > limit * (1 + 1e-9))
    told = [
        plain(f"{data.labels[i]}: load {number(need[i], 2)}, hours {number(hours[i], 2)}, with overtime {number(limit[i], 2)}")
        for i in range(n)
    ]  # fmt: skip
    for late in (False, True):
        for beyond in (False, True):
            some = np.flatnonzero((ahead == late) & (over == beyond) & np.isfinite(need))
            if len(some):
                tone = theme["bad" if beyond else "actual"]
                figure.bars(
                    x=x[some], y=need[some], width=WIDTH, hoverinfo="text", hovertext=[told[i] for i in some],
                    marker=hatch(theme, tone) if late else solid(tone),
                )  # fmt: skip
    for values, tone, dash, width in (
        (limit, "second", "dot", 1.4),
        (hours, "ink", "solid", 2.0),
    ):
        for i in np.flatnonzero(np.isfinite(values)):
            stroke(
                figure,
                i - 0.5,
                float(values[i]),
                i + 0.5,
                float(values[i]),
                color=theme[tone],
                width=width,
                dash=dash,
            )
    stroke(figure, 0, 0, 1, 0, xref="paper", color=theme["actual"])
    if n <= CROWDED:
        for at in np.flatnonzero(np.isfinite(share)):
            say(
                figure, number(float(share[at]) * 100, 0), float(at), max(finite([need[at], hours[at], limit[at]])),
                size=LABEL, stand="bottom", dy=2, bold=bool(over[at]), color=theme["bad_text" if over[at] else "second"],
            )  # fmt: skip
    named = [(word, float(v[-1])) for word, v in (("With overtime", limit), ("Hours", hours))
             if n and np.isfinite(v[-1]) and not (word == "With overtime" and v[-1] == hours[-1])]  # fmt: skip
    for (word, _), height_ in zip(named, apart([v for _, v in named], LINE / per), strict=True):
        say(figure, word, 1, height_, xref="paper", color=theme["muted"], anchor="left", dx=10)
    lines = [line for text in ("Load", said, "% of hours") for line in wrapped(text, LABEL, left - 8)]
    for k, line in enumerate(lines):
        say(figure, line, 0, 0.5, xref="paper", yref="paper", color=theme["muted"], anchor="left", dx=-left,
            dy=(len(lines) - 1) * LINE / 2 - k * LINE)  # fmt: skip
    every = -(-n // CROWDED)
    for k, name in enumerate(data.labels):
        if k % every == 0:
            say(figure, name, float(k), 0, yref="paper", color=theme["second"], size=15 if n <= WIDE else LABEL,
                stand="top", dy=-8)  # fmt: skip
    return figure.done()
