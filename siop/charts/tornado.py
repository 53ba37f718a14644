"""The tornado of the register: outline is the amount if it happens, solid is that times its probability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siop.charts.canvas import LINE, Canvas, Figure, bare_axis, outline, plain, say, solid, stroke
from siop.charts.numbers import array, decimals, unit_of
from siop.charts.tokens import HEIGHT, VALUE, Theme, text_width, wrapped
from siop.core.words import number, percent

TITLE_SIZE, MOST_LEFT, TOP, BOTTOM = 15, 250.0, 50, 6
NUMBER_SHARE = 0.24


def tornado(
    titles: Sequence[str],
    full: Sequence[float],
    weighted: Sequence[float],
    shares: Sequence[float | None],
    theme: Theme,
    *,
    unit: str = "money",
    currency: str = "EUR",
    height: int = HEIGHT["tornado"],
) -> Figure:
    """Outline = if it happens, solid = times its probability, right column = share of the spread.

    Args: full, weighted: signed amounts (what helps is positive); shares: fractions of the variance. Order as
        given, largest first. A long title takes several lines; nothing is cut.
    """
    amount, expected = np.nan_to_num(array(full)), np.nan_to_num(array(weighted))
    divisor, _ = unit_of(amount, unit, currency)
    amount, expected = amount / divisor, expected / divisor
    n = max(len(titles), 1)
    lines = [wrapped(title, TITLE_SIZE, MOST_LEFT) for title in titles]
    left = 24 + max((text_width(line, TITLE_SIZE) for some in lines for line in some), default=0.0)
    figure = Canvas(theme, height, left=left, right=84, top=TOP, bottom=BOTTOM)
    low, high = min([0.0, *amount]), max([0.0, *amount])
    pad = NUMBER_SHARE * ((high - low) or 1.0)
    low, high = low - (pad if low < 0 else pad / 4), high + (pad if high > 0 else pad / 4)
    figure.axes(xaxis=bare_axis(low, high), yaxis=bare_axis(n - 0.5, -0.5))
    thick = min(0.62, 34 * n / (height - TOP - BOTTOM))
    places = decimals(amount, 1)
    for i, title in enumerate(titles):
        judged = "good" if amount[i] > 0 else "bad" if amount[i] < 0 else "neutral"
        tone = theme.variance(judged)
        said = f"{title}: {number(amount[i], places, signed=True)}, weighted {number(expected[i], 2, signed=True)}"
        for value, marker in ((amount[i], outline(theme, tone, 1.5)), (expected[i], solid(tone, 0))):
            figure.bars(
                    orientation="h", y=np.array([float(i)]), x=np.array([value]), width=thick, marker=marker,
                    hovertext=[plain(said)], hoverinfo="text",
                )  # fmt: skip
        for k, line in enumerate(lines[i]):
            say(figure, line, 0, i, xref="paper", color=theme["ink"], size=TITLE_SIZE, anchor="left", dx=-left,
                dy=(len(lines[i]) - 1) * LINE / 2 - k * LINE)  # fmt: skip
        right = amount[i] > 0
        say(
            figure, number(amount[i], places, signed=True), float(amount[i]), i, color=theme.variance_text(judged),
            size=VALUE, bold=True, anchor="left" if right else "right", dx=7 if right else -7,
        )  # fmt: skip
        say(figure, percent(shares[i], 0), 1, i, xref="paper", color=theme["ink"], size=TITLE_SIZE, bold=i < 2,
            anchor="right", dx=76)  # fmt: skip
    stroke(figure, 0, 0, 0, 1, yref="paper", color=theme["actual"])
    _key(figure, theme, -low / (high - low))
    say(figure, "of spread", 1, 1, xref="paper", yref="paper", color=theme["muted"], anchor="right", stand="bottom",
        dx=76, dy=8)  # fmt: skip
    return figure.done()


def _key(figure: Canvas, theme: Theme, zero: float) -> None:
    """What outline and solid mean, on the side of the line that has the room. zero: its place, 0 to 1."""
    anchor, dx = ("right", -8) if zero >= 0.45 else ("left", 8)
    for text, dy in (("outline: if it happens", 8 + LINE), ("solid: × probability", 8)):
        say(
            figure,
            text,
            0,
            1,
            yref="paper",
            color=theme["muted"],
            anchor=anchor,
            stand="bottom",
            dx=dx,
            dy=dy,
        )
