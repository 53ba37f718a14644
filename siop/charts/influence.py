"""Weight taken in the consensus against weight earned by accuracy; the distance to the diagonal is the message."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siop.charts.canvas import Canvas, Figure, bare_axis, plain, say, stroke
from siop.charts.numbers import array
from siop.charts.places import Box, Scene, Spot, place, scenes
from siop.charts.tokens import HEIGHT, LABEL, Theme, text_width
from siop.core.words import percent

LEFT, RIGHT, TOP, BOTTOM = 62, 16, 30, 56
NAME = 15
AWAY = (
    (0, 13),
    (10, 13),
    (22, 16),
    (40, 22),
    (60, 28),
    (80, 34),
    (100, 40),
    (120, 46),
    (24, 110),
    (44, 120),
    (64, 130),
    (84, 140),
)
"""(px up or down, px aside) of a name from its dot, the nearest first."""
FAR = 0.08
"""From this distance on a gap is drawn and said."""


def influence(
    functions: Sequence[str],
    taken: Sequence[float],
    earned: Sequence[float],
    theme: Theme,
    height: int = HEIGHT["influence"],
) -> Figure:
    """One dot a function; taken and earned are shares that sum to 1. More say than earned is drawn in the bad colour."""
    x, y = np.nan_to_num(array(earned)), np.nan_to_num(array(taken))
    reach = max(0.4, float(np.concatenate([x, y]).max(initial=0))) * 1.15
    tall = height - TOP - BOTTOM
    figure = Canvas(theme, height, left=LEFT, right=RIGHT, top=TOP, bottom=BOTTOM)
    figure.axes(xaxis=bare_axis(0, reach), yaxis=bare_axis(0, reach))
    stroke(figure, 0, 0, 0, reach, color=theme["prior"])
    stroke(figure, 0, 0, reach, 0, color=theme["prior"])
    stroke(figure, 0, 0, reach, reach, color=theme["rule"], layer="below")
    step = 0.1 if reach < 0.5 else 0.2
    for tick in np.arange(step, reach * 0.97, step):
        said = percent(float(tick), 0)
        say(figure, said, float(tick), 0, color=theme["muted"], stand="top", dy=-7)
        say(figure, said, 0, float(tick), color=theme["muted"], anchor="right", dx=-10)
    say(
        figure,
        "Weight earned by accuracy",
        0.5,
        0,
        xref="paper",
        yref="paper",
        color=theme["second"],
        stand="top",
        dy=-32,
    )

    plots = scenes(tall, (0.0, reach), (0.0, reach))
    for plot in plots:
        for end in ((reach, reach), (reach, 0.0), (0.0, reach)):  # the diagonal and both axes
            plot.line((0.0, end[0]), (0.0, end[1]), 3)
        for a, b in zip(x, y, strict=True):
            plot.dot(float(a), float(b))
    say(
        figure,
        "Weight taken in the consensus",
        0,
        reach,
        color=theme["second"],
        anchor="left",
        stand="bottom",
        dx=-LEFT,
        dy=8,
    )
    gap = y - x
    for i in np.flatnonzero(np.abs(gap) >= FAR):
        for plot in plots:
            plot.line((float(x[i]), float(x[i])), (float(x[i]), float(y[i])), 8)
        tone = theme["bad"] if gap[i] > 0 else theme["actual"]
        stroke(figure, float(x[i]), float(x[i]), float(x[i]), float(y[i]), color=tone, width=2.4)
    order: list[int] = np.argsort(-np.abs(gap), kind="stable").tolist()
    # The numbers of the two largest gaps are written; the others are read off, or shown as the table.
    told = {k for k in order[:2] if abs(gap[k]) >= FAR}
    for k in order:
        detail = f"takes {percent(y[k], 0)}, earned {percent(x[k], 0)}" if k in told else ""
        _name(figure, theme, functions[k], detail, (float(x[k]), float(y[k])), plots)
    figure.points(
            x=x, y=y, mode="markers", marker={"size": 13, "color": theme["actual"]}, hoverinfo="text",
            hovertext=[plain(_said(f, a, b)) for f, a, b in zip(functions, y, x, strict=True)],
        )  # fmt: skip
    _diagonal(figure, theme, reach, plots)
    return figure.done()


def _said(name: str, takes: float, earns: float) -> str:
    return f"{name}: takes {percent(takes, 0)}, earned {percent(earns, 0)}"


def _name(
    figure: Canvas, theme: Theme, name: str, detail: str, dot: tuple[float, float], plots: Sequence[Scene]
) -> None:
    """A function's name beside its dot; farther off and led to it by a thin line where dots stand close."""
    wide = max(text_width(name, NAME, bold=True), text_width(detail, LABEL))
    tall = 36.0 if detail else 18.0
    spots = [
        Spot(*dot, side * dx, up * away)
        for away, dx in AWAY for up in ((1, -1) if away else (1,)) for side in (1, -1)
    ]  # fmt: skip
    spot = place(plots, spots, wide, tall)
    anchor = "left" if spot.dx > 0 else "right"
    for text, size, tone, bold, lift in ((name, NAME, "ink", True, 9), (detail, LABEL, "second", False, -9)):
        if text:
            say(figure, text, *dot, color=theme[tone], size=size, bold=bold, anchor=anchor, dx=spot.dx,
                dy=spot.dy + (lift if detail else 0))  # fmt: skip
    if abs(spot.dy) > tall / 2 + 6 or abs(spot.dx) > 100:
        figure.note(
            x=dot[0], y=dot[1], ax=spot.dx - (3 if spot.dx > 0 else -3), ay=-spot.dy, text="", showarrow=True,
            arrowhead=0, arrowwidth=1, arrowcolor=theme["muted"], standoff=8,
        )  # fmt: skip
        for plot in plots:
            cx, cy = plot.px(*dot)
            steps = [k / 6 for k in range(2, 6)]
            plot.taken.extend(
                [
                    Box(
                        cx + spot.dx * s - 3, cy + spot.dy * s - 3, cx + spot.dx * s + 3, cy + spot.dy * s + 3
                    )
                    for s in steps
                ]
            )


def _diagonal(figure: Canvas, theme: Theme, reach: float, plots: Sequence[Scene]) -> None:
    """The line's meaning, written beside it where there is room."""
    text = "as much say as earned"
    shares = (0.93, 0.86, 0.79, 0.72, 0.65, 0.58, 0.5, 0.42, 0.34)
    spots = [Spot(s * reach, s * reach, dx, 0) for s in shares for dx in (-14, 14)]
    spot = place(plots, spots, text_width(text, LABEL), 18)
    say(
        figure,
        text,
        spot.x,
        spot.y,
        color=theme["muted"],
        anchor="left" if spot.dx > 0 else "right",
        dx=spot.dx,
    )
