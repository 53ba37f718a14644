"""The figures as Plotly reads them: each is checked by Plotly's own class on its way to a test."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import plotly.graph_objects as go

from siop import charts


def told(figure: go.Figure) -> Any:
    """All that the figure says; an empty list says nothing."""
    return json.loads(figure.to_json(), object_hook=lambda part: {k: v for k, v in part.items() if v != []})


def as_plotly_reads(chart: Callable[..., charts.Figure]) -> Callable[..., Any]:
    @wraps(chart)
    def read(*given: Any, **named: Any) -> go.Figure:
        figure = go.Figure(chart(*given, **named).to_dict(), _validate=False)
        checked = go.Figure(figure.to_dict())
        assert told(checked) == told(figure)  # Plotly adds and drops nothing
        return figure

    return read


backtest = as_plotly_reads(charts.backtest)
balance = as_plotly_reads(charts.balance)
bridge = as_plotly_reads(charts.bridge)
capacity = as_plotly_reads(charts.capacity)
control = as_plotly_reads(charts.control)
exceedance = as_plotly_reads(charts.exceedance)
influence = as_plotly_reads(charts.influence)
tiers = as_plotly_reads(charts.tiers)
tornado = as_plotly_reads(charts.tornado)
