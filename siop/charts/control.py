"""The control chart of one stream: tolerance as a band, limits dashed, signals as diamonds, changes in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from siop.charts.canvas import Canvas, Figure, bare_axis, plain, say, stroke
from siop.charts.numbers import array, finite
from siop.charts.places import Spot, apart, place, scenes
from siop.charts.tokens import HEIGHT, LABEL, VALUE, Theme, text_width
from siop.core import Polarity
from siop.core.words import MONTHS, percent

TOP, BOTTOM, NAME_PX = 10, 46, 20
MOST_MONTHS = 18
WIDTHS = (430.0, 600.0, 890.0)
"""Plot widths for which notes are kept apart, px."""


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


def control(data: Control, theme: Theme, height: int = HEIGHT["control"]) -> Figure:
    """Does it matter (inside the band or not), and has something changed (inside the limits or not)?"""
    y, band = array(data.ratio), array(data.tolerance)
    n = len(data.months)
    low, high = _range(y, band, data.limit)
    px = height - TOP - BOTTOM
    per_px = (high - low) / px
    names = _names(data, y, band)
    right = 20 + max(text_width(text, size, bold=bold) for text, _, _, size, bold in names)
    figure = Canvas(theme, height, left=8, right=right, top=TOP, bottom=BOTTOM)
    figure.axes(xaxis=bare_axis(-0.5, max(n, 1) - 0.5), yaxis=bare_axis(low, high))
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
    _notes(figure, data, theme, y, band, (low, high), px)
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
    return figure.done()


def _range(y: np.ndarray, band: np.ndarray, limit: float | None) -> tuple[float, float]:
    """Both sides of the band and the limits, and every point, with air around them."""
    known = finite([*y, *band, *(-band), limit or 0.0, -(limit or 0.0), 0.02, -0.02])
    low, high = min(known), max(known)
    air = 0.09 * (high - low)
    return low - air, high + air


def _tolerance(figure: Canvas, theme: Theme, band: np.ndarray) -> None:
    """The band month by month, in one piece as long as the tolerance stands; where it was widened the step shows."""
    start = 0
    for i in range(1, len(band) + 1):
        if i < len(band) and (band[i] == band[start] or (np.isnan(band[i]) and np.isnan(band[start]))):
            continue
        if np.isfinite(band[start]):
            figure.shape(
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


def _line(figure: Canvas, data: Control, theme: Theme, y: np.ndarray) -> None:
    x = np.arange(len(y), dtype=float)
    figure.points(
        x=x,
        y=y,
        mode="lines",
        line={"color": theme["prior"], "width": 2},
        connectgaps=False,
        hoverinfo="skip",
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
            figure.points(
                    x=x[keep], y=y[keep], mode="markers", marker={"symbol": symbol, "size": size, "color": tones},
                    hovertext=[plain(s) for s in said], hoverinfo="text",
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
    figure: Canvas,
    data: Control,
    theme: Theme,
    y: np.ndarray,
    band: np.ndarray,
    span: tuple[float, float],
    px: float,
) -> None:
    """Each note is led from its month to where it meets neither the line, a limit, a border nor another note."""
    n = len(data.months)
    plots = scenes(px, (-0.5, max(n, 1) - 0.5), span, WIDTHS)
    for plot in plots:
        known = np.flatnonzero(np.isfinite(y))
        plot.line(known.astype(float), y[known], 16)
        edges = [0.0] + ([data.limit, -data.limit] if data.limit is not None else [])
        edges += [side * v for v in sorted(set(finite(band))) for side in (1, -1)]
        for edge in edges:
            plot.line((-0.5, n - 0.5), (edge, edge), 3)
        for i in range(1, n):
            if np.isfinite(band[i - 1 : i + 1]).all() and band[i] != band[i - 1]:
                for side in (1, -1):
                    plot.line((i - 0.5, i - 0.5), (side * band[i - 1], side * band[i]), 3)
    where = {month: i for i, month in enumerate(data.months)}
    for month, text in sorted(data.notes, key=lambda note: where.get(note[0], -1)):
        if month not in where:
            continue
        at = where[month]
        point = float(y[at]) if np.isfinite(y[at]) else 0.0
        wide = text_width(text, LABEL) + 6
        away = [sign * step for step in range(24, int(px), 5) for sign in (1, -1)]
        spots = [Spot(at, point, 0, dy, share) for dy in away for share in (0.5, 0.06, 0.94)]
        spot = place(plots, spots, wide, 18, led=True)
        share = 0.5 if spot.share is None else spot.share
        signal = month in data.signals and text.casefold().endswith("signal")
        tone = theme.variance_text(data.polarity.judge(point)) if signal else theme["second"]
        per_px = (span[1] - span[0]) / px
        stroke(
            figure,
            at,
            point,
            at,
            point + (spot.dy - (9 if spot.dy > 0 else -9)) * per_px,
            color=theme["muted"],
            width=1,
        )
        say(figure, text, at, point, color=tone, dx=(0.5 - share) * wide, dy=spot.dy)
