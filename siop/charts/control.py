"""The control chart of one stream: tolerance as a band, limits dashed, signals as diamonds, changes in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go

from siop.charts.canvas import bare_axis, canvas, plain, say, stroke
from siop.charts.numbers import array, finite
from siop.charts.places import apart
from siop.charts.tokens import HEIGHT, LABEL, VALUE, Theme, text_width
from siop.core import Polarity
from siop.core.words import MONTHS, percent

TOP, BOTTOM, NAME_PX = 10, 46, 20
MOST_MONTHS = 18
NARROWEST = 560
"""The plot's width for which notes are kept apart; on a wider page they have more room."""


@dataclass(frozen=True, slots=True)
class Control:
    """One value a month, None where unknown. All are fractions of plan.

    tolerance: in force in each month; limit: of the signal, one number or None; notes: (month, text).
    """

    months: Sequence[str]
    ratio: Sequence[float | None]
    tolerance: Sequence[float | None]
    signals: Sequence[str] = ()
    limit: float | None = None
    notes: Sequence[tuple[str, str]] = field(default=())
    polarity: Polarity = Polarity.MORE_IS_BETTER


def control(data: Control, theme: Theme, height: int = HEIGHT["control"]) -> go.Figure:
    """Does it matter (inside the band or not), and has something changed (inside the limits or not)?"""
    y, band = array(data.ratio), array(data.tolerance)
    n = len(data.months)
    low, high = _range(y, band, data.limit)
    px = height - TOP - BOTTOM
    per_px = (high - low) / px
    names = _names(data, y, band)
    right = 20 + max(text_width(text, size, bold=bold) for text, _, _, size, bold in names)
    figure = canvas(theme, height, left=8, right=right, top=TOP, bottom=BOTTOM)
    figure.update_layout(xaxis=bare_axis(-0.5, max(n, 1) - 0.5), yaxis=bare_axis(low, high))
    _tolerance(figure, theme, band)
    stroke(figure, 0, 0, 1, 0, xref="paper", color=theme["actual"])
    if data.limit is not None:
        for limit in (-data.limit, data.limit):
            stroke(figure, 0, limit, 1, limit, xref="paper", color=theme["prior"], dash="8px,7px", width=1.4)
    _line(figure, data, theme, y)
    for (text, _, tone, size, bold), at in zip(
        names, apart([v for _, v, _, _, _ in names], NAME_PX * per_px), strict=True
    ):
        say(figure, text, 1, at, xref="paper", color=theme[tone], size=size, bold=bold, anchor="left", dx=12)
    _notes(figure, data, theme, y, low, high, per_px)
    every = -(-n // MOST_MONTHS)
    for i, month in enumerate(data.months):
        if i % every == 0:
            say(
                figure,
                MONTHS[int(month[5:7]) - 1],
                i,
                0,
                yref="paper",
                color=theme["second"],
                stand="top",
                dy=-6,
            )
        if i == 0 or month.endswith("-01"):
            say(figure, month[:4], i, 0, yref="paper", color=theme["muted"], stand="top", dy=-24)
    return figure


def _range(y: np.ndarray, band: np.ndarray, limit: float | None) -> tuple[float, float]:
    """Both sides of the band and the limits, and every point, with air around them."""
    known = finite([*y, *band, *(-band), limit or 0.0, -(limit or 0.0), 0.02, -0.02])
    low, high = min(known), max(known)
    air = 0.09 * (high - low)
    return low - air, high + air


def _tolerance(figure: go.Figure, theme: Theme, band: np.ndarray) -> None:
    """The band month by month, in one piece as long as the tolerance stands; where it was widened the step shows."""
    start = 0
    for i in range(1, len(band) + 1):
        if i < len(band) and (band[i] == band[start] or (np.isnan(band[i]) and np.isnan(band[start]))):
            continue
        if np.isfinite(band[start]):
            figure.add_shape(
                type="rect", x0=start - 0.5, x1=i - 0.5, y0=-band[start], y1=band[start], layer="below",
                line={"width": 0}, fillcolor=theme["surface2"],
            )  # fmt: skip
            if start and np.isfinite(band[start - 1]):
                for side in (-1, 1):
                    stroke(figure, start - 0.5, side * band[start - 1], start - 0.5, side * band[start],
                           color=theme["muted"], width=1, dash="3px,3px")  # fmt: skip
                    stroke(figure, start - 0.5, side * band[start], i - 0.5, side * band[start],
                           color=theme["muted"], width=1, dash="3px,3px")  # fmt: skip
        start = i


def _line(figure: go.Figure, data: Control, theme: Theme, y: np.ndarray) -> None:
    x = np.arange(len(y), dtype=float)
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": theme["prior"], "width": 2},
            connectgaps=False,
            hoverinfo="skip",
        )
    )
    wanted = set(data.signals)
    signalled = np.array([m in wanted for m in data.months], dtype=bool)
    for mask, symbol, size in ((~signalled, "circle", 9), (signalled, "diamond", 13)):
        keep = [int(i) for i in np.flatnonzero(mask & np.isfinite(y))]
        if keep:
            tones = [
                theme.variance(data.polarity.judge(float(y[i]))) if symbol == "diamond" else theme["actual"]
                for i in keep
            ]
            said = [f"{data.months[i]}: {percent(float(y[i]), 1, signed=True)}{', signal' if symbol == 'diamond' else ''}"
                    for i in keep]  # fmt: skip
            figure.add_trace(
                go.Scatter(
                    x=x[keep], y=y[keep], mode="markers", marker={"symbol": symbol, "size": size, "color": tones},
                    hovertext=[plain(s) for s in said], hoverinfo="text",
                )
            )  # fmt: skip


def _names(data: Control, y: np.ndarray, band: np.ndarray) -> list[tuple[str, float, str, int, bool]]:
    """What is written at the right: (text, at, tone, size, bold)."""
    names: list[tuple[str, float, str, int, bool]] = [("Plan", 0.0, "second", LABEL, False)]
    known = finite(band)
    if known:
        names.append((f"Tolerance ±{_per_cent(known[-1])}", known[-1], "second", LABEL, False))
    if data.limit is not None:
        names.append((f"Limit ±{percent(data.limit, 1)}", data.limit, "second", LABEL, False))
    there = np.flatnonzero(np.isfinite(y))
    if len(there):
        end = int(there[-1])
        judged = data.polarity.judge(float(y[end]))
        tone = (
            {"good": "good", "bad": "bad_text"}.get(judged, "ink")
            if data.months[end] in data.signals
            else "ink"
        )
        names.append((percent(float(y[end]), 0, signed=True), float(y[end]), tone, VALUE, True))
    return names


def _per_cent(ratio: float) -> str:
    return percent(ratio, 0 if abs(ratio * 100 - round(ratio * 100)) < 0.005 else 1)


def _notes(
    figure: go.Figure, data: Control, theme: Theme, y: np.ndarray, low: float, high: float, per_px: float
) -> None:
    """Each note stands on its month, led to the point, in the free half, never over another one."""
    n = max(len(data.months), 1)
    month_px = NARROWEST / n
    taken: list[tuple[float, float, float]] = []  # x from, x to in months, height
    place = {month: i for i, month in enumerate(data.months)}
    for month, text in sorted(data.notes, key=lambda note: place.get(note[0], -1)):
        if month not in place:
            continue
        i = place[month]
        point = float(y[i]) if np.isfinite(y[i]) else 0.0
        half = text_width(text, LABEL) / month_px / 2 + 0.2
        middle = min(max(float(i), half - 0.5), n - 0.5 - half)
        level = _free(middle - half, middle + half, point, y, taken, low, high, per_px)
        taken.append((middle - half, middle + half, level))
        up = level > point
        signal = month in data.signals and text.casefold().endswith("signal")
        tone = theme.variance_text(data.polarity.judge(point)) if signal else theme["second"]
        stroke(figure, i, point, i, level - (9 if up else -9) * per_px, color=theme["muted"], width=1)
        say(figure, text, middle, level, color=tone)


def _free(
    start: float, end: float, point: float, y: np.ndarray, taken: Sequence[tuple[float, float, float]],
    low: float, high: float, per_px: float,
) -> float:  # fmt: skip
    """The height nearest to the point at which the text meets neither the line nor another note."""
    first, last = max(0, int(np.floor(start))), min(len(y) - 1, int(np.ceil(end)))
    under = finite(y[first : last + 1]) or [0.0]
    best, cost = high - 10 * per_px, float("inf")
    for level in np.arange(low + 12 * per_px, high - 8 * per_px, 4 * per_px):
        if min(under) - 18 * per_px < level < max(under) + 18 * per_px:
            continue
        if any(a < end and start < b and abs(level - t) < 20 * per_px for a, b, t in taken):
            continue
        # Nearer is better; crossing the plan line or standing on it is worse than a longer lead.
        price = abs(level - point) + (40 * per_px if abs(level) < 12 * per_px else 0.0)
        if price < cost:
            best, cost = float(level), price
    return best
