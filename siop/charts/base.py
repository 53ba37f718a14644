"""The empty figure every other one starts from, and labels: everything written on a figure is an annotation."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from siop.charts.tokens import FONT, LABEL, Theme

CONFIG = {
    "displayModeBar": False,
    "responsive": True,
    "staticPlot": False,
    "scrollZoom": False,
    "doubleClick": False,
}


def empty(
    theme: Theme, height: int, *, left: int = 8, right: int = 8, top: int = 8, bottom: int = 8
) -> go.Figure:
    """A figure without legend, grid, title or tool bar, in the page's colours."""
    axis = {"visible": False, "fixedrange": True, "showgrid": False, "zeroline": False}
    return go.Figure(
        layout={
            "template": "none", "height": height, "showlegend": False, "barmode": "overlay", "bargap": 0,
            "margin": {"l": left, "r": right, "t": top, "b": bottom, "autoexpand": False},
            "paper_bgcolor": theme["page"], "plot_bgcolor": theme["page"],
            "font": {"family": FONT, "size": LABEL, "color": theme["ink"]},
            "xaxis": axis, "yaxis": axis, "hovermode": False, "dragmode": False,
        }
    )  # fmt: skip


def label(
    figure: go.Figure,
    text: str,
    x: Any,
    y: Any,
    theme: Theme,
    *,
    xref: str = "x",
    yref: str = "y",
    colour: str = "ink",
    size: int = LABEL,
    bold: bool = False,
    xanchor: str = "center",
    yanchor: str = "middle",
    xshift: float = 0,
    yshift: float = 0,
    align: str = "left",
) -> None:
    """Write a text on the figure; `colour` is a token's name."""
    figure.add_annotation(
        text=f"<b>{text}</b>" if bold else text, x=x, y=y, xref=xref, yref=yref, showarrow=False,
        font={"size": size, "color": theme[colour], "family": FONT}, xanchor=xanchor, yanchor=yanchor,
        xshift=xshift, yshift=yshift, align=align,
    )  # fmt: skip


def rule(figure: go.Figure, x0: Any, y0: Any, x1: Any, y1: Any, theme: Theme, **style: Any) -> None:
    """A straight line; style: colour (token), width, dash, xref, yref, layer."""
    figure.add_shape(
        type="line", x0=x0, y0=y0, x1=x1, y1=y1, xref=style.get("xref", "x"), yref=style.get("yref", "y"),
        layer=style.get("layer", "above"),
        line={"color": theme[style.get("colour", "actual")], "width": style.get("width", 1.2),
              "dash": style.get("dash", "solid")},
    )  # fmt: skip
