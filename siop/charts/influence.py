"""Weight taken in the consensus against weight earned by accuracy; the distance to the diagonal is the message."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from siop.charts.canvas import bare_axis, canvas, plain, say, stroke
from siop.charts.numbers import array
from siop.charts.places import Box, best_place, line_boxes
from siop.charts.tokens import HEIGHT, LABEL, Theme, text_width
from siop.core.words import percent

LEFT, RIGHT, TOP, BOTTOM = 62, 16, 12, 56
NARROWEST, NAME = 480, 15
FAR = 0.08
"""From this distance on a gap is drawn and said."""


def influence(
    functions: Sequence[str],
    taken: Sequence[float],
    earned: Sequence[float],
    theme: Theme,
    height: int = HEIGHT["influence"],
) -> go.Figure:
    """One dot a function; taken and earned are shares that sum to 1. More say than earned is drawn in the bad colour."""
    x, y = np.nan_to_num(array(earned)), np.nan_to_num(array(taken))
    reach = max(0.4, float(np.concatenate([x, y]).max(initial=0))) * 1.15
    tall = height - TOP - BOTTOM
    figure = canvas(theme, height, left=LEFT, right=RIGHT, top=TOP, bottom=BOTTOM)
    figure.update_layout(xaxis=bare_axis(0, reach), yaxis=bare_axis(0, reach))
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

    kx, ky = NARROWEST / reach, tall / reach
    room = Box(6, 6, NARROWEST - 4, tall - 4)
    ends = np.array([0.0, reach])
    filled = line_boxes(ends * kx, ends * ky, 3)
    head = Box(10, tall - 40, 20 + text_width("in the consensus", LABEL), tall)
    filled.append(head)
    for k, line in enumerate(("Weight taken", "in the consensus")):
        say(figure, line, 0, reach, color=theme["second"], anchor="left", stand="top", dx=12, dy=-18 * k)
    filled += [Box(a * kx - 9, b * ky - 9, a * kx + 9, b * ky + 9) for a, b in zip(x, y, strict=True)]
    gap = y - x
    for i in np.flatnonzero(np.abs(gap) >= FAR):
        low, high = sorted((x[i] * ky, y[i] * ky))
        filled.append(Box(x[i] * kx - 4, low, x[i] * kx + 4, high))
        tone = theme["bad"] if gap[i] > 0 else theme["actual"]
        stroke(figure, float(x[i]), float(x[i]), float(x[i]), float(y[i]), color=tone, width=2.4)
    order: list[int] = np.argsort(-np.abs(gap), kind="stable").tolist()
    # The numbers of the two largest gaps are written; the others are read off, or shown as the table.
    told = {k for k in order[:2] if abs(gap[k]) >= FAR}
    for k in order:
        detail = f"takes {percent(y[k], 0)}, earned {percent(x[k], 0)}" if k in told else ""
        filled += _name(
            figure, theme, functions[k], detail, (float(x[k]), float(y[k])), (kx, ky), filled, room
        )
    figure.add_trace(
        go.Scatter(
            x=x, y=y, mode="markers", marker={"size": 13, "color": theme["actual"]}, hoverinfo="text",
            hovertext=[plain(_said(f, a, b)) for f, a, b in zip(functions, y, x, strict=True)],
        )
    )  # fmt: skip
    _diagonal(figure, theme, reach, kx, ky, filled, room)
    return figure


def _said(name: str, takes: float, earns: float) -> str:
    return f"{name}: takes {percent(takes, 0)}, earned {percent(earns, 0)}"


def _name(
    figure: go.Figure,
    theme: Theme,
    name: str,
    detail: str,
    dot: tuple[float, float],
    px: tuple[float, float],
    filled: Sequence[Box],
    room: Box,
) -> list[Box]:
    """A function's name beside its dot, farther off on a thin line where dots stand close; returns the room taken."""
    wide = max(text_width(name, NAME, bold=True), text_width(detail, LABEL))
    tall = 36.0 if detail else 18.0
    cx, cy = dot[0] * px[0], dot[1] * px[1]
    spots = []
    for away, dx in ((0, 13), (10, 13), (22, 16), (44, 24), (66, 30), (88, 36)):
        for up in (1, -1) if away else (1,):
            for side in (1, -1):
                left = cx + dx if side > 0 else cx - dx - wide
                middle = cy + up * away
                spots.append(
                    (side * dx, up * away, Box(left, middle - tall / 2, left + wide, middle + tall / 2))
                )
    dx, dy, box = spots[best_place([s[2] for s in spots], filled, room)]
    anchor = "left" if dx > 0 else "right"
    say(
        figure,
        name,
        *dot,
        color=theme["ink"],
        size=NAME,
        bold=True,
        anchor=anchor,
        dx=dx,
        dy=dy + (9 if detail else 0),
    )
    if detail:
        say(figure, detail, *dot, color=theme["second"], anchor=anchor, dx=dx, dy=dy - 9)
    if abs(dy) <= tall / 2 + 6:
        return [box]
    figure.add_annotation(
        x=dot[0], y=dot[1], ax=dx - (3 if dx > 0 else -3), ay=-dy, text="", showarrow=True, arrowhead=0, arrowwidth=1,
        arrowcolor=theme["muted"], standoff=8,
    )  # fmt: skip
    lead = line_boxes(np.array([cx, cx + dx]), np.array([cy, cy + dy]), 2)
    return [box, *lead[1:]]


def _diagonal(
    figure: go.Figure, theme: Theme, reach: float, kx: float, ky: float, filled: Sequence[Box], room: Box
) -> None:
    """The line's meaning, written beside it where there is room."""
    text = "as much say as earned"
    wide = text_width(text, LABEL)
    spots = []
    for share in (0.93, 0.86, 0.79, 0.72, 0.65, 0.58, 0.5, 0.42, 0.34):
        cx, cy = share * reach * kx, share * reach * ky
        spots.append((share, "right", Box(cx - 14 - wide, cy - 9, cx - 14, cy + 9)))
        spots.append((share, "left", Box(cx + 14, cy - 9, cx + 14 + wide, cy + 9)))
    k = best_place([s[2] for s in spots], filled, room)
    share, anchor, _ = spots[k]
    say(
        figure,
        text,
        share * reach,
        share * reach,
        color=theme["muted"],
        anchor=anchor,
        dx=-14 if anchor == "right" else 14,
    )
