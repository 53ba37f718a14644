"""Would the outlook have been right? At every earlier origin its range and middle, the plan of then, and what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siop.charts.canvas import Canvas, Figure, bare_axis, plain, say, stroke
from siop.charts.numbers import array, decimals, finite, unit_of
from siop.charts.places import apart
from siop.charts.tokens import HEIGHT, LABEL, Theme, text_width
from siop.core.words import number

TOP, BOTTOM, RIGHT, MOST_LEFT, CROWDED, NUMBER_PX = 12, 34, 96, 96.0, 18, 18.0


@dataclass(frozen=True, slots=True)
class Backtest:
    """One value an origin, oldest first, None where unknown. low, high: the interval said then; plan: the plan of then."""

    labels: Sequence[str]
    actual: Sequence[float | None]
    middle: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    plan: Sequence[float | None]
    unit: str = "money"
    currency: str = "EUR"


def backtest(data: Backtest, theme: Theme, height: int = HEIGHT["backtest"]) -> Figure:
    """Ranges as bars, their middle a stroke, the plan an outlined square, what came a dot: red outside of its range.

    The axis does not begin at zero: places are compared here, not lengths; its ends are written.
    """
    n = len(data.labels)
    came, middle, low, high, plan = (
        array(v) for v in (data.actual, data.middle, data.low, data.high, data.plan)
    )
    divisor, said = unit_of([*came, *middle, *plan], data.unit, data.currency)
    came, middle, low, high, plan = (v / divisor for v in (came, middle, low, high, plan))
    known = finite([*came, *middle, *low, *high, *plan]) or [0.0, 1.0]
    floor, roof = min(known), max(known)
    pad = ((roof - floor) or abs(roof) or 1.0) * 0.08
    places = decimals(known)
    ends = [number(v, places) for v in (floor, roof)]
    flat = ends[0] == ends[1]  # one number says it, with the unit: three labels would lie on each other
    if flat:
        ends, said = [f"{ends[0]} {said}"], ""
    left = 14 + min(MOST_LEFT, max(text_width(t, LABEL) for t in (*ends, said)))
    figure = Canvas(theme, height, left=left, right=RIGHT, top=TOP, bottom=BOTTOM)
    per = (height - TOP - BOTTOM) / (roof - floor + 2 * pad)
    figure.axes(xaxis=bare_axis(-0.6, n - 0.4), yaxis=bare_axis(floor - pad, roof + pad))
    x = np.arange(n, dtype=float)
    outside = np.isfinite(low) & np.isfinite(came) & ((came < low) | (came > high))
    for i in np.flatnonzero(np.isfinite(low) & np.isfinite(high)):
        figure.shape(type="rect", x0=i - 0.2, x1=i + 0.2, y0=float(low[i]), y1=float(high[i]), yref="y", layer="below",
                     line={"width": 0}, fillcolor=theme["rule"])  # fmt: skip
    for i in np.flatnonzero(np.isfinite(middle)):
        stroke(figure, i - 0.28, float(middle[i]), i + 0.28, float(middle[i]), color=theme["second"], width=2)
    told = [
        plain(f"{data.labels[i]}: came {number(came[i], 2)}, outlook {number(middle[i], 2)}"
              f" ({number(low[i], 2)} to {number(high[i], 2)}), plan {number(plan[i], 2)}")
        for i in range(n)
    ]  # fmt: skip
    figure.points(
        x=x, y=plan, mode="markers", hoverinfo="skip", cliponaxis=False,
        marker={"symbol": "square", "size": 10, "color": theme["page"], "line": {"color": theme["actual"], "width": 1.6}},
    )  # fmt: skip
    figure.points(
        x=x, y=came, mode="markers", hoverinfo="text", hovertext=told, cliponaxis=False,
        marker={"symbol": ["diamond" if o else "circle" for o in outside], "size": 11,
                "color": [theme["bad" if o else "actual"] for o in outside]},
    )  # fmt: skip
    for text, value in zip(ends, (floor, roof), strict=not flat):
        say(figure, text, 0, value, xref="paper", color=theme["muted"], anchor="left", dx=-left)
    say(
        figure,
        said,
        0,
        0.5,
        xref="paper",
        yref="paper",
        color=theme["muted"],
        anchor="left",
        dx=-left,
        width=left - 6,
    )
    if n:
        named = [
            (w, float(v[-1]))
            for w, v in (("Actual", came), ("Outlook", middle), ("Plan", plan))
            if np.isfinite(v[-1])
        ]
        for (word, _), at in zip(named, apart([v for _, v in named], NUMBER_PX / per), strict=True):
            say(figure, word, 1, at, xref="paper", color=theme["second"], anchor="left", dx=8)
    every = -(-n // CROWDED)
    for k in range(0, n, every or 1):
        say(
            figure,
            data.labels[k],
            float(k),
            0,
            yref="paper",
            color=theme["second"],
            size=LABEL,
            stand="top",
            dy=-8,
        )
    return figure.done()
