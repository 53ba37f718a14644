"""The tornado of the register: outline is the amount if it happens, solid is that times its probability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from siop.charts.canvas import LINE, bare_axis, canvas, outline, plain, say, solid, stroke
from siop.charts.numbers import array, decimals, unit_of
from siop.charts.tokens import HEIGHT, LABEL, VALUE, Theme, text_width, wrapped
from siop.core.words import number, percent

TITLE_SIZE, MOST_LEFT, TOP, BOTTOM = 15, 310.0, 34, 6
NUMBER_SHARE = 0.18


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
) -> go.Figure:
    """Outline = if it happens, solid = times its probability, right column = share of the spread.

    Args: full, weighted: signed amounts (what helps is positive); shares: fractions of the variance. Order as
        given, largest first. A long title takes several lines; nothing is cut.
    """
    amount, expected = np.nan_to_num(array(full)), np.nan_to_num(array(weighted))
    divisor, _ = unit_of(amount, unit, currency)
    amount, expected = amount / divisor, expected / divisor
    n = max(len(titles), 1)
    left = 24 + min(MOST_LEFT, max([text_width(t, TITLE_SIZE) for t in titles], default=0.0))
    figure = canvas(theme, height, left=left, right=84, top=TOP, bottom=BOTTOM)
    low, high = min([0.0, *amount]), max([0.0, *amount])
    pad = NUMBER_SHARE * ((high - low) or 1.0)
    figure.update_layout(xaxis=bare_axis(low - pad, high + pad), yaxis=bare_axis(n - 0.5, -0.5))
    thick = min(0.62, 34 * n / (height - TOP - BOTTOM))
    most_lines = max(1, int((height - TOP - BOTTOM) / n // LINE))
    places = decimals(amount, 1)
    for i, title in enumerate(titles):
        judged = "good" if amount[i] > 0 else "bad" if amount[i] < 0 else "neutral"
        tone = theme.variance(judged)
        said = f"{title}: {number(amount[i], places, signed=True)}, weighted {number(expected[i], 2, signed=True)}"
        for value, marker in ((amount[i], outline(theme, tone, 1.5)), (expected[i], solid(tone, 0))):
            figure.add_trace(
                go.Bar(
                    orientation="h", y=np.array([float(i)]), x=np.array([value]), width=thick, marker=marker,
                    hovertext=[plain(said)], hoverinfo="text",
                )
            )  # fmt: skip
        _title(figure, title, i, theme, left, most_lines)
        right = amount[i] > 0
        say(
            figure, number(amount[i], places, signed=True), float(amount[i]), i, color=theme.variance_text(judged),
            size=VALUE, bold=True, anchor="left" if right else "right", dx=7 if right else -7,
        )  # fmt: skip
        say(figure, percent(shares[i], 0), 1, i, xref="paper", color=theme["ink"], size=TITLE_SIZE, bold=i < 2,
            anchor="right", dx=76)  # fmt: skip
    stroke(figure, 0, 0, 0, 1, yref="paper", color=theme["actual"])
    head = "outline: if it happens, solid: × probability"
    say(figure, head, 0.5, 1, xref="paper", yref="paper", color=theme["muted"], stand="bottom", dy=8)
    say(figure, "of spread", 1, 1, xref="paper", yref="paper", color=theme["muted"], anchor="right", stand="bottom",
        dx=76, dy=8)  # fmt: skip
    return figure


def _title(figure: go.Figure, title: str, i: int, theme: Theme, left: float, most_lines: int) -> None:
    """A title on as many lines as it needs; where the row is too low for them the letters get smaller, to the least."""
    lines = wrapped(title, TITLE_SIZE, left - 22)
    size = TITLE_SIZE
    if len(lines) > most_lines:
        size = LABEL
        lines = wrapped(title, size, left - 22)
    for k, line in enumerate(lines):
        say(figure, line, 0, i, xref="paper", color=theme["ink"], size=size, anchor="left", dx=-left,
            dy=(len(lines) - 1) * LINE / 2 - k * LINE)  # fmt: skip
