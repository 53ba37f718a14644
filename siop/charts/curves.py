"""Risk and reward: the tornado of the register and the curve of the chance to reach an amount."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from siop.charts.base import empty, label, rule
from siop.charts.tokens import Theme
from siop.core import words


def tornado(
    titles: Sequence[str],
    full: Sequence[float],
    weighted: Sequence[float],
    shares: Sequence[float | None],
    theme: Theme,
    *,
    unit: str = "money",
    currency: str = "EUR",
    height: int = 372,
) -> go.Figure:
    """Outline = if it happens, solid = times its probability, right column = share of the spread.

    Args: full, weighted: signed amounts; shares: fractions of the variance. Order as given, largest first.
    """
    amount, expected = np.array(full, dtype=float), np.array(weighted, dtype=float)
    divisor, _ = words.scale_of(amount.tolist(), unit, currency)
    amount, expected = amount / divisor, expected / divisor
    n = max(len(titles), 1)
    reach = max(np.abs(amount).max(initial=0.0), 1e-9)
    figure = empty(theme, height, left=330, right=84, top=34, bottom=6)
    figure.update_layout(xaxis={"range": [-reach * 1.28, reach * 1.28]}, yaxis={"range": [n - 0.4, -0.6]})
    for i, title in enumerate(titles):
        judged = "good" if amount[i] > 0 else "bad" if amount[i] < 0 else "neutral"
        colour = theme.variance(judged)
        figure.add_bar(orientation="h", y=[i], x=[amount[i]], width=0.6,
                       marker={"color": theme["page"], "line": {"color": colour, "width": 1.4}})  # fmt: skip
        figure.add_bar(orientation="h", y=[i], x=[expected[i]], width=0.6, marker={"color": colour})
        label(figure, _cut(title, 46), 0, i, theme, xref="paper", xanchor="left", xshift=-328)
        right = amount[i] > 0
        label(figure, words.number(float(amount[i]), 1, signed=True), amount[i], i, theme, bold=True,
              colour=judged if judged != "neutral" else "muted", xanchor="left" if right else "right",
              xshift=6 if right else -6)  # fmt: skip
        label(
            figure,
            words.percent(shares[i], 0),
            1,
            i,
            theme,
            xref="paper",
            xanchor="right",
            xshift=80,
            bold=i < 2,
        )
    rule(figure, 0, 0, 0, 1, theme, yref="paper", width=1.2)
    head = {"yref": "paper", "colour": "muted", "yanchor": "bottom", "yshift": 6}
    label(figure, "outline: if it happens", 0, 1, theme, xanchor="right", xshift=-8, **head)  # type: ignore[arg-type]
    label(figure, "solid: × probability", 0, 1, theme, xanchor="left", xshift=8, **head)  # type: ignore[arg-type]
    label(figure, "of spread", 1, 1, theme, xref="paper", xanchor="right", xshift=80, **head)  # type: ignore[arg-type]
    return figure


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
    height: int = 372,
) -> go.Figure:
    """Chance to reach at least an amount. P10 is the 10th percentile: nine chances in ten to reach it or more.

    Args: amounts ascending, chances the fraction of draws at or above each.
    """
    x, y = np.array(amounts, dtype=float), np.array(chances, dtype=float)
    divisor, _ = words.scale_of([p10, p90, plan], unit, currency)
    x = x / divisor
    figure = empty(theme, height, left=58, right=24, top=34, bottom=34)
    low = min([float(x.min()), *([plan / divisor] if plan is not None else [])])
    high = max([float(x.max()), *([plan / divisor] if plan is not None else [])])
    room = max(high - low, 1e-9) * 0.05
    figure.update_layout(xaxis={"range": [low - room, high + room * 3]}, yaxis={"range": [-0.02, 1.06]})
    for level in (0.0, 0.5, 1.0):
        rule(figure, 0, level, 1, level, theme, xref="paper", colour="prior" if not level else "hairline", width=1,
             layer="below")  # fmt: skip
        label(
            figure,
            words.percent(level, 0),
            0,
            level,
            theme,
            xref="paper",
            colour="muted",
            xanchor="right",
            xshift=-8,
        )
    for tick in _ticks(low, high):
        label(figure, words.number(tick, 0 if high - low > 5 else 1), tick, 0, theme, yref="paper", colour="muted",
              yanchor="top", yshift=-4)  # fmt: skip
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": theme["actual"], "width": 2.4})
    for name, value, level in (("P10", p10, 0.9), ("P50", p50, 0.5), ("P90", p90, 0.1)):
        at = value / divisor
        figure.add_scatter(x=[at], y=[level], mode="markers", marker={
            "size": 12, "color": theme["page"], "line": {"color": theme["actual"], "width": 2}})  # fmt: skip
        label(
            figure,
            f"<b>{name}</b>  {words.number(at, 1)}",
            at,
            level,
            theme,
            xanchor="left",
            xshift=12,
            yshift=6,
        )
    if plan is not None:
        at = plan / divisor
        rule(figure, at, 0, at, 1, theme, yref="paper", width=1.5)
        side = "right" if at > (low + high) / 2 else "left"
        label(figure, f"{reference} {words.number(at, 1)}", at, 1, theme, yref="paper", bold=True, size=15,
              yanchor="bottom", yshift=4, xanchor=side)  # fmt: skip
        if chance is not None:
            shift = 10 if side == "left" else -10
            label(
                figure,
                words.percent(chance, 0),
                at,
                0.36,
                theme,
                bold=True,
                size=24,
                xanchor=side,
                xshift=shift,
            )
            label(figure, f"chance to reach the {reference.lower()}", at, 0.27, theme, colour="muted", xanchor=side,
                  xshift=shift)  # fmt: skip
    return figure


def _ticks(low: float, high: float) -> np.ndarray:
    span = max(high - low, 1e-9)
    step = 10.0 ** np.floor(np.log10(span / 4))
    step *= next(m for m in (1, 2, 5, 10) if span / (step * m) <= 8)
    return np.arange(np.ceil(low / step) * step, high + step * 0.01, step)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
