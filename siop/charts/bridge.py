"""The bridge: how each driver moves the result from the plan (zero) to the actual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siop.charts.canvas import LINE, Canvas, Figure, bare_axis, plain, say, solid, stroke
from siop.charts.numbers import array, decimals, finite, unit_of
from siop.charts.tokens import HEIGHT, VALUE, Theme, text_width, wrapped
from siop.core import Polarity
from siop.core.words import number

NAME_SIZE, MOST_LEFT, TOP, BOTTOM, BAR = 15, 200.0, 30, 8, 34
NUMBER_SHARE = 0.26
"""Room for the numbers at both ends, as a share of the span: the page's width is unknown here."""
NARROWEST = 260.0
"""Pixels between the names and the edge on a phone: a long number gets the share that it needs there."""


def bridge(
    names: Sequence[str],
    effects: Sequence[float],
    theme: Theme,
    *,
    reference: str = "Budget",
    unit: str = "money",
    currency: str = "EUR",
    polarity: Polarity = Polarity.MORE_IS_BETTER,
    grey: Sequence[str] = ("Unexplained",),
    height: int = HEIGHT["bridge"],
) -> Figure:
    """A bridge of variances that starts at the plan = 0, so that no axis is cut; the last row is the sum.

    Args:
        effects: signed, in the measure's own unit, same length as names; unknown ones move nothing.
        grey: names that are no explanation and therefore neither good nor bad.
    """
    values = np.nan_to_num(array(effects))
    whole = float(values.sum())
    divisor, _ = unit_of([*values, whole], unit, currency)
    values, whole = values / divisor, whole / divisor
    ends = np.cumsum(values)
    spans = [*zip(names, ends - values, ends, strict=True), (f"Δ{reference}", 0.0, whole)]
    left = 20 + min(MOST_LEFT, max(text_width(name, NAME_SIZE, bold=True) for name, _, _ in spans))
    figure = Canvas(theme, height, left=left, right=12, top=TOP, bottom=BOTTOM)
    known = finite([0.0, *ends])
    low, high = min(known), max(known)
    places = decimals([*values, whole])
    longest = 8 + max(
        text_width(number(float(v), places, signed=True), VALUE, bold=True) for v in (*values, whole)
    )
    pad = max(NUMBER_SHARE, longest / (NARROWEST - 2 * longest)) * ((high - low) or 1.0)
    count = len(spans)
    figure.axes(xaxis=bare_axis(low - pad, high + pad), yaxis=bare_axis(count - 0.5, -0.5))
    thick = min(0.6, BAR * count / (height - TOP - BOTTOM))
    pale = {name.casefold() for name in grey}
    for i, (name, start, end) in enumerate(spans):
        last = i == count - 1
        dim = not last and name.casefold() in pale
        shown = round(float(end - start), places)  # what reads as zero is neither good nor bad
        judged = "neutral" if dim else polarity.judge(shown)
        said = number(float(end - start), places, signed=True)
        figure.bars(
                orientation="h", y=np.array([float(i)]), x=np.array([end - start]), base=np.array([start]), width=thick,
                marker=solid(theme.variance(judged), 0), hoverinfo="text", hovertext=[plain(f"{name}: {said}")],
            )  # fmt: skip
        leftwards = end < start
        say(
            figure, said, float(end), i, color=theme.variance_text(judged), size=VALUE, bold=True,
            anchor="right" if leftwards else "left", dx=-8 if leftwards else 8,
        )  # fmt: skip
        lines = wrapped(name, NAME_SIZE, left - 18, bold=last)
        for k, line in enumerate(lines):
            say(
                figure, line, 0, i, xref="paper", color=theme["muted" if dim else "ink"], size=NAME_SIZE, bold=last,
                anchor="left", dx=-left, dy=(len(lines) - 1) * LINE / 2 - k * LINE,
            )  # fmt: skip
        if i < count - 2 or (i == count - 2 and count > 1):
            stroke(
                figure, float(end), i + thick / 2, float(end), i + 1 - thick / 2, color=theme["rule"], width=1
            )
    stroke(figure, 0, 0, 0, 1, yref="paper", color=theme["actual"])
    figure.shape(
        type="line", xref="paper", yref="y", x0=0, x1=1, y0=count - 1.5, y1=count - 1.5,
        line={"color": theme["actual"], "width": 1.2},
    )  # fmt: skip
    # The name stands on the side where the bars are not, so that it never meets a number.
    side = "right" if -low >= high else "left"
    say(figure, reference, 0, 1, yref="paper", color=theme["second"], anchor="left" if side == "left" else "right",
        stand="bottom", dx=-8 if side == "right" else 8, dy=5)  # fmt: skip
    return figure.done()
