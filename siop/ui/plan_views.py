"""Views of the plan-vs-actual page: versions side by side, and the family grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siop import decisions, metrics
from siop.core import MEASURES, Polarity, Report, Scope, words
from siop.ui import html, parts
from siop.ui.behind import behind
from siop.ui.here import Here
from siop.ui.html import e

LABELS = {"sales": "Sales", "production": "Production", "inventory": "Inventory", "backlog": "Backlog"}
POLARITY = {"sales": Polarity.MORE_IS_BETTER, "production": Polarity.NEUTRAL, "inventory": Polarity.NEUTRAL}
_STOCK = (("plan", "Plan"), ("actual", "Actual"), ("deviation", "Deviation"))
_FLOW = (*_STOCK, ("cumulative", "Cumulative"))
LINES = {"sales": _FLOW, "production": _FLOW, "inventory": _STOCK, "backlog": (("actual", "Past due"),)}


def versions(at: Here, scope: Scope, measure: str) -> None:
    """Every plan there is against the same actuals, and what each says of the whole year."""
    found = at.ask(
        metrics.versions_side_by_side,
        scope,
        measure=measure,
        signed=decisions.signed_version(at.state, scope.cycle),
    )
    unit = metrics.unit_said(measure)
    polarity = MEASURES[measure].polarity if measure in MEASURES else Polarity.NEUTRAL
    parts.panel(
        metrics.versions_sentence(found, at.currency),
        f"{words.month(found.totals['from'])} to {words.month(found.totals['to'])}, closed months only;"
        f" the year is each version's own sum of {found.totals['year']}",
    )
    if not found.rows:
        parts.empty("No plan to compare", " ".join(found.notes))
        return
    divisor, said = words.scale_of([r[k] for r in found.rows for k in ("plan", "actual")], unit, at.currency)
    columns = [
        html.text(said, "name", strong=True),
        html.amount("Version", "plan", divisor, 1),
        html.amount("Actual", "actual", divisor, 1, strong=True),
        html.bars("ΔVersion", "deviation", [r["deviation"] for r in found.rows], polarity),
        html.deviation("", "deviation", divisor, polarity, 2),
        html.Column(
            "%", lambda r: e(words.percent(r["deviation_ratio"], 1, signed=True)), numeric=True, wide=True
        ),
        html.amount(f"Year {found.totals['year']}", "year", divisor, 1, wide=True),
    ]
    parts.still(html.table(columns, found.rows, caption="Versions side by side"))
    behind(
        at, "versions", {"Versions": found}, ("plan", "actual", "deviation", "latest_estimate", "coverage")
    )
    parts.notes(found.notes)


def grid(at: Here, scope: Scope) -> None:
    """The family grid: months across, four lines per flow, the past left, the horizon right, the fence shaded."""
    found = at.ask(metrics.family_grid, scope)
    unit = found.totals.get("unit", "units")
    values = [r[k] for r in found.rows for k in ("plan", "actual")]
    divisor, said = words.scale_of(values, unit, at.currency)
    fence = found.totals.get("fence_months", 0)
    family = scope.value("family")
    parts.panel(
        metrics.grid_sentence(found, at.currency),
        f"{family or 'All families'}, {said}; closed months against the plan of lag {scope.lag}, then the plan in force"
        + (f"; shaded: the fence of {words.count(fence, 'month')}" if fence else "")
        + ("" if family else ". Pick a family to see it in units"),
    )
    if not found.rows:
        parts.empty("No grid", " ".join(found.notes))
        return
    parts.still(grid_table(found, divisor))
    behind(at, "family_grid", {"The grid": found}, ("plan", "actual", "deviation", "cumulative_deviation"))
    parts.notes(found.notes)


def grid_table(found: Report, divisor: float) -> str:
    """One block of lines per kind; a cell carries kind, line and month in data-value."""
    rows = found.rows
    months = list(dict.fromkeys(r["month"] for r in rows))
    fenced = {r["month"] for r in rows if r["fenced"]}
    closed = [r["month"] for r in rows if r["closed"]]
    last = max(closed, default="")
    places = (
        0
        if divisor == 1.0
        else 1
        if max((abs(r["plan"] or 0) for r in rows), default=0) / divisor >= 10
        else 2
    )
    head = "".join(
        f'<th scope="col" class="{_kind(m, last, fenced)}">{e(words.month(m, year=False))}'
        f"{f'<br>{m[:4]}' if i == 0 or m[5:] == '01' else ''}</th>"
        for i, m in enumerate(months)
    )
    body = "".join(_block(kind, [r for r in rows if r["kind"] == kind], months, last, fenced, divisor, places)
                   for kind in metrics.KINDS if any(r["kind"] == kind for r in rows))  # fmt: skip
    return (
        '<div class="siop-scroll"><table class="siop-family" aria-label="Family grid"><thead><tr><th></th><th></th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _block(
    kind: str, rows: Sequence[Mapping[str, Any]], months: Sequence[str], last: str, fenced: set[str], divisor: float, places: int
) -> str:  # fmt: skip
    by_month = {r["month"]: r for r in rows}
    lines = LINES[kind]
    made = ""
    for i, (key, label) in enumerate(lines):
        cells = ""
        for m in months:
            value = by_month.get(m, {}).get(key)
            signed = key in ("deviation", "cumulative")
            tone = f" {POLARITY[kind].judge(value)}" if signed and value is not None else ""
            said = (
                ""
                if value is None and m > last
                else words.number(None if value is None else value / divisor, places, signed=signed)
            )
            cells += f'<td class="{_kind(m, last, fenced)}{tone}" data-value="{kind} {key} {m}">{said}</td>'
        name = f'<th scope="rowgroup" rowspan="{len(lines)}" class="n">{LABELS[kind]}</th>' if i == 0 else ""
        made += (
            f'<tr class="{key}{" first" if i == 0 else ""}">{name}<th scope="row">{label}</th>{cells}</tr>'
        )
    return made


def _kind(month: str, last: str, fenced: set[str]) -> str:
    return (
        ("fence" if month in fenced else "ahead")
        + (" from" if month > last and _follows(last, month) else "")
        if month > last
        else "past"
    )


def _follows(last: str, month: str) -> bool:
    """Whether it is the first open month: the line between past and horizon stands before it."""
    year, number = int(last[:4]), int(last[5:7])
    return month == (f"{year + 1}-01" if number == 12 else f"{year}-{number + 1:02d}")


def choose_lag(at: Here, most: int = 6) -> int:
    """The lag of the consensus plan; the workspace's own lag is the default."""
    own = at.settings.lag
    lags = sorted({own, *(n for n in (1, 2, 3, 6) if n <= most)})
    options = {f"Lag {n}": n for n in [own, *(n for n in lags if n != own)]}
    return options[parts.choose("Lag", list(options), "lag")]


__all__ = ["choose_lag", "grid", "grid_table", "versions"]
