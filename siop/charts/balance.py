"""Demand against supply, and what it does to stock: is the plan viable, and from which month is it not?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siop.charts.canvas import LINE, Canvas, Figure, bare_axis, hatch, outline, plain, say, solid, stroke
from siop.charts.numbers import array, decimals, finite, unit_of
from siop.charts.places import apart
from siop.charts.tokens import HEIGHT, LABEL, VALUE, Theme, text_width, wrapped
from siop.core.words import number

FLOW, STOCK = (0.50, 1.0), (0.0, 0.42)
TOP, BOTTOM, NUMBER_PX, MOST_LEFT = 12, 34, 20.0, 132.0
WIDTH, DEMAND_AT, SUPPLY_AT, CENTRE = 0.58, -0.40, -0.22, 0.07
CROWDED, WIDE = 18, 13


@dataclass(frozen=True, slots=True)
class Balance:
    """What the figure draws; all sequences have one value a period, None where unknown.

    closing: stock at the end of the period; low, target, high: the policy for it. ahead: not yet closed.
    """

    labels: Sequence[str]
    demand: Sequence[float | None]
    supply: Sequence[float | None]
    closing: Sequence[float | None]
    low: Sequence[float | None] = ()
    target: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    ahead: Sequence[bool] = ()
    unit: str = "units"
    currency: str = "EUR"


def balance(data: Balance, theme: Theme, height: int = HEIGHT["balance"]) -> Figure:
    """Above: demand outlined, supply in front of it. Below: closing stock as a line in its policy band.

    Both tiers have their own scale, each said at the left; periods whose stock is under the policy's least are
    diamonds with their number.
    """
    n = len(data.labels)
    empty: Sequence[float | None] = [None] * n
    demand, supply, closing = array(data.demand), array(data.supply), array(data.closing)
    least, target, most = (array(v or empty) for v in (data.low, data.target, data.high))
    divisor, said = unit_of([*demand, *supply, *closing], data.unit, data.currency)
    demand, supply, closing, least, target, most = (
        v / divisor for v in (demand, supply, closing, least, target, most)
    )
    ahead = np.array(list(data.ahead) or [True] * n, dtype=bool)
    left = 16 + min(MOST_LEFT, max(text_width(t, LABEL) for t in ("Closing stock", said)))
    figure = Canvas(theme, height, left=left, right=84, top=TOP, bottom=BOTTOM)
    figure.axes(xaxis=bare_axis(-0.62, n - 0.38))
    plot = height - TOP - BOTTOM
    _flow(figure, data, theme, demand, supply, ahead, (FLOW[1] - FLOW[0]) * plot)
    _stock(figure, data, theme, closing, (least, target, most), (STOCK[1] - STOCK[0]) * plot)
    for texts, (low, high) in ((("Demand and", "supply", said), FLOW), (("Closing stock", said), STOCK)):
        lines = [line for text in texts for line in wrapped(text, LABEL, left - 12)]
        for k, line in enumerate(lines):
            say(figure, line, 0, (low + high) / 2, xref="paper", yref="paper", color=theme["muted"], anchor="left",
                dx=-left, dy=(len(lines) - 1) * LINE / 2 - k * LINE)  # fmt: skip
    every = -(-n // CROWDED)
    for i, name in enumerate(data.labels):
        if i % every == 0:
            say(figure, name, i + CENTRE, 0, yref="paper", color=theme["second"], size=15 if n <= WIDE else LABEL,
                stand="top", dy=-8)  # fmt: skip
    return figure.done()


def _flow(
    figure: Canvas,
    data: Balance,
    theme: Theme,
    demand: np.ndarray,
    supply: np.ndarray,
    ahead: np.ndarray,
    px: float,
) -> None:
    known = finite([*demand, *supply, 0.0])
    low, high = min(known), max(known)
    per = (px - 2 * NUMBER_PX) / ((high - low) or 1.0)
    figure.axes(yaxis=bare_axis(low, high + 2 * NUMBER_PX / per, domain=list(FLOW)))
    x = np.arange(len(demand), dtype=float)
    places = decimals([*demand, *supply], 1)
    said = [plain(f"{data.labels[i]}: demand {number(demand[i], places)}, supply {number(supply[i], places)}")
            for i in range(len(x))]  # fmt: skip
    figure.bars(
        x=x,
        y=demand,
        width=WIDTH,
        offset=DEMAND_AT,
        marker=outline(theme, theme["actual"]),
        hoverinfo="skip",
    )
    for late in (False, True):
        some = np.flatnonzero((ahead == late) & np.isfinite(supply))
        if len(some):
            figure.bars(
                    x=x[some], y=supply[some], width=WIDTH, offset=SUPPLY_AT, hoverinfo="text",
                    marker=hatch(theme, theme["actual"]) if late else solid(theme["actual"]),
                    hovertext=[said[i] for i in some],
                )  # fmt: skip
    stroke(figure, 0, 0, 1, 0, xref="paper", color=theme["actual"])
    # Only the gap is written: supply less demand, where it can be seen.
    gaps = supply - demand
    for i in np.flatnonzero(np.isfinite(gaps)):
        if len(gaps) <= CROWDED and round(float(gaps[i]), places) != 0:
            say(figure, number(gaps[i], places, signed=True), i + CENTRE, float(np.nanmax([demand[i], supply[i]])),
                color=theme["second"], size=VALUE if len(gaps) <= WIDE else LABEL, stand="bottom", dy=2)  # fmt: skip
    if len(demand) and np.isfinite(demand[-1]) and np.isfinite(supply[-1]):
        tops = sorted((("Demand", float(demand[-1])), ("Supply", float(supply[-1]))), key=lambda t: -t[1])
        lack = max(0.0, LINE - (tops[0][1] - tops[1][1]) * per)
        for (word, y), dy in zip(tops, (lack / 2, -lack / 2), strict=True):
            say(figure, word, 1, y, xref="paper", color=theme["second"], anchor="left", dx=10, dy=dy)


def _stock(
    figure: Canvas,
    data: Balance,
    theme: Theme,
    closing: np.ndarray,
    policy: tuple[np.ndarray, ...],
    px: float,
) -> None:
    least, target, most = policy
    known = finite([*closing, *least, *target, *most, 0.0])
    low, high = min(known), max(known)
    per = (px - 2 * NUMBER_PX) / ((high - low) or 1.0)
    figure.axes(
        yaxis2=bare_axis(low - NUMBER_PX / per, high + NUMBER_PX / per, domain=list(STOCK), anchor="x")
    )
    x = np.arange(len(closing), dtype=float) + CENTRE
    band = np.isfinite(least) & np.isfinite(most)
    for i in np.flatnonzero(band):
        figure.shape(
            type="rect", x0=i - 0.5 + CENTRE, x1=i + 0.5 + CENTRE, y0=least[i], y1=most[i], yref="y2", layer="below",
            line={"width": 0}, fillcolor=theme["surface2"],
        )  # fmt: skip
    if np.isfinite(target).any():
        figure.points(x=x, y=target, yaxis="y2", mode="lines", hoverinfo="skip",
                       line={"color": theme["prior"], "width": 1.4, "dash": "8px,7px", "shape": "hvh"})  # fmt: skip
    stroke(figure, 0, 0, 1, 0, xref="paper", yref="y2", color=theme["prior"], width=1)
    places = decimals(closing, 1)
    said = [plain(f"{data.labels[i]}: closing stock {number(closing[i], places)}") for i in range(len(x))]
    under = np.isfinite(closing) & np.isfinite(least) & (closing < least)
    figure.points(
            x=x, y=closing, yaxis="y2", mode="lines+markers", line={"color": theme["actual"], "width": 2.2},
            marker={
                "opacity": 1, "symbol": ["diamond" if u else "circle" for u in under], "size": [13 if u else 8 for u in under],
                "color": [theme["bad" if u else "actual"] for u in under],
            },
            hovertext=said, hoverinfo="text", cliponaxis=False,
        )  # fmt: skip
    for i in np.flatnonzero(under):
        if len(x) <= CROWDED:
            say(figure, number(closing[i], places), float(x[i]), float(closing[i]), yref="y2", bold=True,
                color=theme["bad_text"], stand="top", dy=-9)  # fmt: skip
    named = [(t, float(v[-1])) for t, v in (("Maximum", most), ("Target", target), ("Minimum", least))
             if len(v) and np.isfinite(v[-1])]  # fmt: skip
    for (text, _), at in zip(named, apart([v for _, v in named], LINE / per), strict=True):
        say(figure, text, 1, at, yref="y2", xref="paper", color=theme["muted"], anchor="left", dx=10)
