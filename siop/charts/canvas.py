"""The empty figure and the hand that writes on it: every label is an annotation, every distance is in px."""

from __future__ import annotations

from typing import Any

from plotly.basedatatypes import BaseFigure

from siop.charts.tokens import FONT, LABEL, Theme, wrapped

CONFIG = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
    "responsive": True,
}
"""How a page shows a figure: a picture to read, not a tool to operate."""
NO_TEMPLATE = {"data": {"scatter": [{"type": "scatter"}]}}
"""What Plotly makes of the template "none", which it would else look up for every figure."""
LINE = 18
"""Line height of a wrapped label, px."""


class Figure(BaseFigure):  # type: ignore[misc]  # Plotly has no types
    """A figure as the canvas wrote it down. Plotly's own class copies all of it twice and looks for arrays in it on the
    way to the page, which was a third of a page's run; Streamlit takes a BaseFigure's `to_dict` as it is."""

    def __init__(self, written: dict[str, Any]) -> None:
        """Args: written: {"data": traces, "layout": layout}. Plotly's own `__init__` is what is saved."""
        self._written = written

    def to_dict(self) -> dict[str, Any]:
        """What Plotly draws; a picture to read, so nobody may change it."""
        return self._written


class Canvas:
    """A figure in the making, in the colours of the page: no template, grid, axes, legend or border.

    Plotly copies and checks everything at each `add_...`, which made a figure of sixty labels take half a second, and
    20 ms even when it is asked once for all; so the parts are collected here and become a figure unchecked. The tests
    check every figure (tests/charts/test_figures.py).
    """

    def __init__(
        self,
        theme: Theme,
        height: int,
        *,
        left: float = 8,
        right: float = 8,
        top: float = 8,
        bottom: float = 8,
    ) -> None:
        """Margins in px."""
        self.traces: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.shapes: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {
            "template": NO_TEMPLATE, "height": height, "showlegend": False, "barmode": "overlay", "bargap": 0,
            "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0, "autoexpand": False},
            "paper_bgcolor": theme["page"], "plot_bgcolor": theme["page"],
            "font": {"family": FONT, "size": LABEL, "color": theme["ink"]},
            "dragmode": False, "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": theme["ink"], "bordercolor": theme["ink"], "align": "left",
                "font": {"family": FONT, "size": LABEL, "color": theme["page"]},
            },
        }  # fmt: skip

    def axes(self, **axes: dict[str, Any]) -> None:
        """The scales: xaxis, yaxis, yaxis2..., each of `bare_axis`."""
        self.layout.update(axes)

    def bars(self, **spec: Any) -> None:
        """Bars, behind whatever is drawn later."""
        self.traces.append({"type": "bar", **spec})

    def points(self, **spec: Any) -> None:
        """Points or a line."""
        self.traces.append({"type": "scatter", **spec})

    def note(self, **spec: Any) -> None:
        """A label, or with an arrow a line that leads to one; `say` writes the usual ones."""
        self.notes.append(spec)

    def shape(self, **spec: Any) -> None:
        """A line or rectangle; `stroke` draws the usual ones."""
        self.shapes.append(spec)

    def done(self) -> Figure:
        """The figure."""
        layout = {**self.layout, "annotations": self.notes, "shapes": self.shapes}
        return Figure({"data": self.traces, "layout": layout})


def bare_axis(low: float, high: float, **more: Any) -> dict[str, Any]:
    """An axis that is only a scale: no line, grid, ticks or zoom."""
    scale = {"range": [low, high], "visible": False, "fixedrange": True, "showgrid": False, "zeroline": False}
    return {**scale, **more}


def plain(text: str) -> str:
    """Text of people or files as Plotly shall print it: its markup characters are only characters.

    >>> plain("A<br>B & C")
    'A&lt;br&gt;B &amp; C'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def say(
    figure: Canvas,
    text: str,
    x: float,
    y: float,
    *,
    color: str,
    xref: str = "x",
    yref: str = "y",
    size: float = LABEL,
    bold: bool = False,
    anchor: str = "center",
    stand: str = "middle",
    dx: float = 0,
    dy: float = 0,
    width: float | None = None,
    back: str | None = None,
) -> None:
    """Write a label at a place: `anchor` left, center, right; `stand` top, middle, bottom; dx, dy in px, up is +.

    With `width` the text is broken into lines of that many px. `back` paints the ground behind it.
    """
    lines = [text] if width is None else wrapped(text, size, width, bold=bold)
    figure.note(
        text="<br>".join(plain(line) for line in lines), x=x, y=y, xref=xref, yref=yref, showarrow=False,
        xanchor=anchor, yanchor=stand, align=anchor, xshift=dx, yshift=dy,
        font={"size": size, "color": color, "weight": 600 if bold else 400},
        **({"borderpad": 2, "bgcolor": back} if back else {}),
    )  # fmt: skip


def stroke(
    figure: Canvas,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    *,
    color: str,
    xref: str = "x",
    yref: str = "y",
    width: float = 1.2,
    dash: str = "solid",
    layer: str = "above",
) -> None:
    """A straight line."""
    figure.shape(
        type="line", x0=x0, y0=y0, x1=x1, y1=y1, xref=xref, yref=yref, layer=layer,
        line={"color": color, "width": width, "dash": dash},
    )  # fmt: skip


def double_axis(figure: Canvas, theme: Theme, yref: str) -> None:
    """The plan as an outlined axis: two lines 2 px either side of zero, through the width of the plot."""
    for y in (-2, 2):
        figure.shape(
            type="line", x0=0, x1=1, y0=y, y1=y, xref="paper", yref=yref, ysizemode="pixel", yanchor=0,
            line={"color": theme["actual"], "width": 1.2},
        )  # fmt: skip


def hatch(theme: Theme, color: str) -> dict[str, Any]:
    """The marker of an outlook: hatched, because it is not yet a fact."""
    pattern = {
        "shape": "/", "fgcolor": color, "bgcolor": theme["page"], "fillmode": "overlay", "size": 6, "solidity": 0.35,
    }  # fmt: skip
    return {"color": theme["page"], "pattern": pattern, "line": {"color": color, "width": 1.4}}


def solid(color: str, width: float = 1.2) -> dict[str, Any]:
    """The marker of a fact."""
    return {"color": color, "line": {"color": color, "width": width}}


def outline(theme: Theme, color: str, width: float = 1.6) -> dict[str, Any]:
    """The marker of a plan: filled with the page, so that nothing behind shows through."""
    return {"color": theme["page"], "line": {"color": color, "width": width}}


def as_alt(text: str) -> str:
    """The alternative text of a figure: the page's sentence for it, on one line and ended as a sentence.

    >>> as_alt("Four months make  the gap")
    'Four months make the gap.'
    """
    line = " ".join(text.split())
    return line if not line or line[-1] in ".!?" else line + "."
