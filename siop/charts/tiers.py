"""The scorecard's figure: per cent pins, variance bars and the columns themselves over one month axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siop.charts.canvas import (
    LINE,
    Canvas,
    Figure,
    bare_axis,
    double_axis,
    hatch,
    outline,
    plain,
    say,
    solid,
    stroke,
)
from siop.charts.numbers import array, decimals, factor_that_fits, finite, unit_of
from siop.charts.tokens import HEIGHT, LABEL, VALUE, Theme, text_width, wrapped
from siop.core import Polarity
from siop.core.words import number, percent

BAND = {"value": (0.0, 0.40), "delta": (0.45, 0.76), "pin": (0.81, 1.0)}
PIN_CAP = 0.30
NUMBER_PX, TOP, BOTTOM, MOST_LEFT = 20.0, 8, 54, 148.0
WIDTH, PLAN_AT, FACT_AT, CENTRE = 0.58, -0.40, -0.22, 0.07
CROWDED, WIDE = 18, 13
NAME_AT, NAME_CLEAR = 0.14, 52


@dataclass(frozen=True, slots=True)
class Tiers:
    """What the figure draws; all sequences have one value a period, None where unknown.

    outlook: the value of a period that is still open, drawn hatched instead of the actual.
    unit: money, units, or ratio (fractions: said in per cent, variances in points, no per cent tier).
    total: (value, plan) of the whole; the sums where None, and nothing for a ratio, which does not add up.
    """

    labels: Sequence[str]
    plan: Sequence[float | None]
    actual: Sequence[float | None]
    outlook: Sequence[float | None]
    measure: str = "Revenue"
    unit: str = "money"
    currency: str = "EUR"
    against: str = "Budget"
    year: str = "Year"
    polarity: Polarity = Polarity.MORE_IS_BETTER
    total: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The same in the unit that is said, as arrays; `ahead`: still an outlook."""

    data: Tiers
    theme: Theme
    said: str
    plan: np.ndarray
    shown: np.ndarray
    ahead: np.ndarray
    off: np.ndarray
    ratio: np.ndarray
    total: tuple[float, float] | None

    @property
    def pins(self) -> bool:
        return self.data.unit != "ratio"

    @property
    def count(self) -> int:
        return len(self.data.labels)

    @property
    def size(self) -> int:
        """Of the numbers: smaller where columns are narrow, never below the least."""
        return VALUE if self.count <= WIDE else LABEL

    def numbered(self, values: np.ndarray) -> list[int]:
        """Which periods get their number: all, or where there are too many the ends and the extremes."""
        there = [int(i) for i in np.flatnonzero(np.isfinite(values))]
        if len(there) <= CROWDED:
            return there
        return sorted({there[0], there[-1], int(np.nanargmax(values)), int(np.nanargmin(values))})

    def hover(self, i: int) -> str:
        word = "outlook" if self.ahead[i] else "actual"
        text = f"{self.data.labels[i]}: {word} {number(self.shown[i], 2)}, {self.data.against} {number(self.plan[i], 2)}"
        if np.isfinite(self.off[i]):
            text += f", Δ {number(self.off[i], 2, signed=True)}"
        if self.pins and np.isfinite(self.ratio[i]):
            text += f" ({percent(self.ratio[i], 1, signed=True)})"
        return plain(text)


def tiers(data: Tiers, theme: Theme, height: int = HEIGHT["tiers"]) -> Figure:
    """Three tiers, one scale: the magnification of the variances is written on the figure (look.md, page 2)."""
    drawn = _prepared(data, theme)
    plot = height - TOP - BOTTOM
    px = {name: (high - low) * plot for name, (low, high) in BAND.items()}
    if not drawn.pins:
        px["delta"] = (BAND["pin"][1] - BAND["delta"][0]) * plot
    names = (data.measure, drawn.said, f"Δ{data.against} %", "(100× scale)")
    left = 16 + min(MOST_LEFT, max(text_width(name, LABEL) for name in names))
    figure = Canvas(theme, height, left=left, right=92 if drawn.total else 16, top=TOP, bottom=BOTTOM)
    figure.axes(xaxis=bare_axis(-0.62, drawn.count - 0.38))
    per_unit = _values(figure, drawn, px["value"])
    factor = _variances(figure, drawn, px["delta"], per_unit)
    if drawn.pins:
        _pins(figure, drawn, px["pin"])
    _tier_names(figure, drawn, factor, left)
    _periods(figure, drawn)
    _plan_named(figure, drawn, left, per_unit, plot)
    if drawn.total:
        _totals(figure, drawn, drawn.total)
    return figure.done()


def _prepared(data: Tiers, theme: Theme) -> _Drawn:
    plan, actual, outlook = array(data.plan), array(data.actual), array(data.outlook)
    ahead = ~np.isfinite(actual)
    shown = np.where(ahead, outlook, actual)
    divisor, said = unit_of([*plan, *shown], data.unit, data.currency)
    plan, shown = plan / divisor, shown / divisor
    off = shown - plan
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(plan != 0, off / np.abs(plan), np.nan)
    total = None
    both = np.isfinite(off)
    if data.total is not None:
        total = (data.total[0] / divisor, data.total[1] / divisor)
    elif data.unit != "ratio" and both.any():
        total = (float(shown[both].sum()), float(plan[both].sum()))
    return _Drawn(data, theme, said, plan, shown, ahead, off, ratio, total)


def _bars(figure: Canvas, drawn: _Drawn, here: np.ndarray, y: np.ndarray, color: str, axis: str) -> None:
    """Bars of the chosen periods: solid where closed, hatched where still an outlook."""
    for late in (False, True):
        some = np.flatnonzero(here & (drawn.ahead == late) & np.isfinite(y))
        if len(some):
            figure.bars(
                    x=some.astype(float), y=y[some], width=WIDTH, offset=FACT_AT, yaxis=axis,
                    marker=hatch(drawn.theme, color) if late else solid(color),
                    hovertext=[drawn.hover(int(i)) for i in some], hoverinfo="text",
                )  # fmt: skip


def _values(figure: Canvas, drawn: _Drawn, px: float) -> float:
    """Draw plan and fact; returns px per unit, the scale of the figure."""
    theme = drawn.theme
    known = finite([*drawn.plan, *drawn.shown, 0.0])
    low, high = min(known), max(known)
    per_unit = (px - NUMBER_PX - (NUMBER_PX if low < 0 else 0)) / ((high - low) or 1.0)
    room = NUMBER_PX / per_unit
    figure.axes(yaxis=bare_axis(low - (room if low < 0 else 0), high + room, domain=list(BAND["value"])))
    figure.bars(
            x=np.arange(drawn.count, dtype=float), y=drawn.plan, width=WIDTH, offset=PLAN_AT, hoverinfo="skip",
            marker=outline(theme, theme["actual"]),
        )  # fmt: skip
    _bars(figure, drawn, np.ones(drawn.count, dtype=bool), drawn.shown, theme["actual"], "y")
    stroke(figure, 0, 0, 1, 0, xref="paper", color=theme["actual"])
    places = decimals([*drawn.shown, *drawn.plan])
    for i in drawn.numbered(drawn.shown):
        ends = finite([drawn.shown[i], drawn.plan[i]])
        below = drawn.shown[i] < 0
        say(
            figure, number(drawn.shown[i], places), i + CENTRE, min(ends) if below else max(ends), color=theme["ink"],
            size=drawn.size, bold=True, stand="top" if below else "bottom", dy=-2 if below else 2,
        )  # fmt: skip
    return per_unit


def _variances(figure: Canvas, drawn: _Drawn, px: float, per_unit: float) -> int:
    """Draw the variances about a double axis; returns their magnification."""
    theme = drawn.theme
    known = finite([*drawn.off, 0.0])
    low, high = min(known), max(known)
    below, above = (NUMBER_PX + 6 if low < 0 else 6.0), (NUMBER_PX + 6 if high > 0 else 6.0)
    factor = factor_that_fits(low, high, per_unit, px - below - above)
    # One scale is kept even where variances are larger than the values: then the tier is what it needs to be.
    scale = min(per_unit * factor, (px - below - above) / (high - low)) if high > low else per_unit
    spare = (px - below - above - (high - low) * scale) / 2
    domain = [BAND["delta"][0], BAND["delta" if drawn.pins else "pin"][1]]
    figure.axes(
        yaxis2=bare_axis(
            low - (below + spare) / scale, high + (above + spare) / scale, domain=domain, anchor="x"
        )
    )
    judged = np.array([drawn.data.polarity.judge(float(v)) for v in drawn.off])
    for kind in ("good", "bad", "neutral"):
        _bars(figure, drawn, judged == kind, drawn.off, theme.variance(kind), "y2")
    double_axis(figure, theme, "y2")
    places = decimals(drawn.off, 2 if drawn.pins else 1)
    for i in drawn.numbered(drawn.off):
        up = drawn.off[i] > 0
        say(
            figure, number(drawn.off[i], places, signed=True), i + CENTRE, drawn.off[i], yref="y2",
            color=theme.variance_text(str(judged[i])), size=min(drawn.size, 15), bold=True, stand="bottom" if up else "top",
            dy=5 if up else -5,
        )  # fmt: skip
    return factor


def _pins(figure: Canvas, drawn: _Drawn, px: float) -> None:
    """Relative variances: a needle with a square head; a triangle where it is longer than the scale."""
    theme = drawn.theme
    known = finite(drawn.ratio)
    reach = min(PIN_CAP, max((abs(v) for v in known), default=0.0)) or 0.05
    low, high = -reach if any(v < 0 for v in known) else 0.0, reach if any(v > 0 for v in known) else 0.0
    below, above = (NUMBER_PX + 10 if low < 0 else 10.0), (NUMBER_PX + 10 if high > 0 else 10.0)
    scale = (px - below - above) / ((high - low) or 1.0)
    figure.axes(
        yaxis3=bare_axis(low - below / scale, high + above / scale, domain=list(BAND["pin"]), anchor="x")
    )
    double_axis(figure, theme, "y3")
    places = 0 if max((abs(v) for v in known), default=0.0) >= 1 else 1
    there = np.flatnonzero(np.isfinite(drawn.ratio))
    shown = np.clip(drawn.ratio, -PIN_CAP, PIN_CAP)
    for i in there:
        tone = theme.variance(drawn.data.polarity.judge(float(drawn.ratio[i])))
        at = float(i) + CENTRE
        stroke(figure, at, 0, at, float(shown[i]), yref="y3", color=tone, width=4)
        if len(there) <= CROWDED:
            up = drawn.ratio[i] > 0
            say(
                figure, number(drawn.ratio[i] * 100, places, signed=True), at, float(shown[i]), yref="y3",
                color=theme["second"], stand="bottom" if up else "top", dy=8 if up else -8,
            )  # fmt: skip
    beyond = np.abs(drawn.ratio) > PIN_CAP
    figure.points(
            x=there + CENTRE, y=shown[there], yaxis="y3", mode="markers", cliponaxis=False,
            marker={
                "symbol": ["square" if not beyond[i] else f"triangle-{'up' if shown[i] > 0 else 'down'}" for i in there],
                "size": 10, "color": [theme["page" if drawn.ahead[i] else "actual"] for i in there],
                "line": {"color": theme["actual"], "width": 1.6},
            },
            hovertext=[drawn.hover(int(i)) for i in there], hoverinfo="text",
        )  # fmt: skip


def _tier_names(figure: Canvas, drawn: _Drawn, factor: int, left: float) -> None:
    """At the left: what each tier shows, its unit, and the magnification of the variances."""
    data = drawn.data
    unit = "points" if drawn.said == "%" else drawn.said
    delta_at = (BAND["delta"][0] + BAND["delta" if drawn.pins else "pin"][1]) / 2
    named = [([data.measure, drawn.said], NAME_AT), ([f"Δ{data.against}", unit], delta_at)]
    if factor > 1:
        named[1][0].append(f"({factor}× scale)")
    if drawn.pins:
        named.append(([f"Δ{data.against} %"], (BAND["pin"][0] + BAND["pin"][1]) / 2))
    for texts, y in named:
        lines = [line for text in texts for line in wrapped(text, LABEL, left - 16)]
        for k, line in enumerate(lines):
            say(
                figure, line, 0, y, xref="paper", yref="paper", color=drawn.theme["muted"], anchor="left", dx=-left,
                dy=(len(lines) - 1) * LINE / 2 - k * LINE,
            )  # fmt: skip


def _periods(figure: Canvas, drawn: _Drawn) -> None:
    """The months, and a bracket under the closed ones and under the outlook, each with its word."""
    theme = drawn.theme
    every = -(-drawn.count // CROWDED)
    for i, name in enumerate(drawn.data.labels):
        if i % every == 0:
            say(figure, name, i + CENTRE, 0, yref="paper", color=theme["second"], size=15 if drawn.count <= WIDE else LABEL,
                stand="top", dy=-5)  # fmt: skip
    base = -38
    for late, word in ((False, "Actual"), (True, "Outlook")):
        here = np.flatnonzero((drawn.ahead == late) & np.isfinite(drawn.shown))
        if len(here):
            first, last = int(here[0]), int(here[-1])
            figure.shape(
                type="line", x0=first - 0.4, x1=last + 0.38, y0=base, y1=base, yref="paper", ysizemode="pixel",
                yanchor=0, line={"color": theme["rule"], "width": 1.2},
            )  # fmt: skip
            say(figure, f" {word} ", (first + last) / 2 + CENTRE, 0, yref="paper", color=theme["second"], dy=base,
                back=theme["page"])  # fmt: skip


def _plan_named(figure: Canvas, drawn: _Drawn, left: float, per_unit: float, plot: float) -> None:
    """The plan's name, led to the first outline, where it sticks out behind the fact."""
    if drawn.count and drawn.plan[0] > 0:
        # Beside the first outline, at the height that is farthest from the tier's own name.
        high = float(drawn.plan[0]) * max(
            (0.8, 0.9, 0.7, 0.6, 0.25),
            key=lambda share: min(NAME_CLEAR, abs(share * float(drawn.plan[0]) * per_unit - NAME_AT * plot)),
        )
        tone = drawn.theme["muted"]
        stroke(figure, -0.62, high, PLAN_AT, high, color=tone, width=1)
        say(
            figure,
            drawn.data.against,
            0,
            high,
            xref="paper",
            color=tone,
            anchor="right",
            dx=-6,
            width=left - 12,
        )


def _totals(figure: Canvas, drawn: _Drawn, total: tuple[float, float]) -> None:
    """The whole period in the right margin, each number at the height of its tier."""
    fact, plan = total
    off = fact - plan
    theme, year = drawn.theme, drawn.data.year
    tone = theme.variance_text(drawn.data.polarity.judge(off))
    places = decimals([fact, plan], 1)

    def at(text: str, y: float, dy: float, size: float, color: str, *, bold: bool = False) -> None:
        say(
            figure,
            text,
            1,
            y,
            xref="paper",
            yref="paper",
            color=color,
            size=size,
            bold=bold,
            anchor="left",
            dx=10,
            dy=dy,
        )

    at(year, NAME_AT, 22, LABEL, theme["muted"])
    at(number(fact, places), NAME_AT, 0, 18, theme["ink"], bold=True)
    at(f"of {number(plan, places)}", NAME_AT, -22, LABEL, theme["muted"])
    middle = (BAND["delta"][0] + BAND["delta" if drawn.pins else "pin"][1]) / 2
    at(year, middle, 11, LABEL, theme["muted"])
    at(number(off, decimals([off], 2 if drawn.pins else 1), signed=True), middle, -11, 18, tone, bold=True)
    if drawn.pins and plan:
        at(number(off / abs(plan) * 100, 1, signed=True), 0.905, 0, 15, theme["second"], bold=True)
