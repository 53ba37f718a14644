"""The view "What changed" of plan vs actual: waterfall, forecast triangle, who asked for it, which decision allowed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from siop import charts, meeting, metrics
from siop.core import Polarity, Scope, words
from siop.ui import html, parts
from siop.ui.behind import behind
from siop.ui.here import Here
from siop.ui.html import e

LEAST_MOVE = 0.01  # of the plan before: a smaller change is not marked
DRIVERS = 14  # families drawn one by one; all others are one line


def in_short(at: Here, measure: str) -> None:
    """What changed since the last cycle as one sentence in a box."""
    change = at.ask(metrics.plan_change, at.scope, measure=measure)
    told = change.totals
    between = f"{told['previous_version']} to {told['current_version']}" if change.rows else ""
    below = f'<span class="muted">{e(between)}</span>' if between else ""
    parts.still(
        f'<div class="siop-box"><span class="muted">What changed in the plan</span>'
        f"<h2>{e(metrics.change_sentence(change, at.currency))}</h2>{below}</div>"
    )


def what_changed(at: Here, scope: Scope, measure: str) -> None:
    """The newest consensus against the one before: by family, month by month, by whom and with which decision."""
    found = at.ask(meeting.changed, at.state, scope, measure=measure)
    total = found.change.totals
    if not found.change.rows:
        parts.empty("Nothing to compare", " ".join(found.change.notes))
        return
    with st.container(key="twocol", gap=None):
        left, right = st.columns([1, 1.35], gap="large")
        with left, st.container(gap=None):
            _waterfall(at, found, measure)
            _who(at, found)
        with right, st.container(gap=None):
            _triangle(at, found)
            _decisions(at, found)
    parts.notes(list(dict.fromkeys([*found.who.notes, *found.triangle.notes])))
    behind(at, "changed", {f"{total['previous_version']} to {total['current_version']}": found.change,
                           "Who asked": found.who, "The triangle": found.triangle}, ("plan", "stability", "fence_stability"))  # fmt: skip


def _waterfall(at: Here, found: meeting.Changed, measure: str) -> None:
    total, rows = found.change.totals, sorted(found.change.rows, key=lambda r: r["change"] or 0.0)
    said = metrics.change_sentence(found.change, at.currency)
    if total["change"] is None:
        parts.empty("No sum of the plan", said)
        return
    inside = total["fence_stability"]
    fenced = "" if inside is None else f", inside the fence {words.percent(inside)}"
    parts.panel(
        said,
        f"{total['previous_version']} to {total['current_version']}, {words.month(total['from'])} to {words.month(total['to'])};"
        f" by family and month {words.percent(total['stability'])} moved{fenced}",
    )
    unit = metrics.unit_said(measure)
    named = [(str(r["family"] or "(none)") if "family" in r else str(next(iter(r.values()))), r["change"] or 0.0) for r in rows]  # fmt: skip
    drivers = meeting.largest(named, DRIVERS)
    drawn = charts.bridge([n for n, _ in drivers], [v for _, v in drivers], at.theme, reference="Plan before", unit=unit,
                          currency=at.currency, height=44 * (len(drivers) + 2))  # fmt: skip
    parts.figure(drawn, None, "change", said)


def _who(at: Here, found: meeting.Changed) -> None:
    rows = found.who.rows
    parts.panel(metrics.who_sentence(found.who, at.currency), "Each input less the consensus before it")
    if not rows:
        return
    divisor, unit = words.scale_of(
        [r["asked"] for r in rows], metrics.unit_said(found.who.totals["measure"]), at.currency
    )
    columns = [
        html.Column(
            unit, lambda r: f'<span class="strong">{e(r["function"][:1].upper() + r["function"][1:])}</span>'
        ),
        html.bars("", "asked", [r["asked"] for r in rows], Polarity.NEUTRAL),
        html.deviation("Asked for", "asked", divisor, Polarity.NEUTRAL, 2),
    ]
    parts.still(html.table(columns, rows, caption="Who asked for what", dense=True))


def _triangle(at: Here, found: meeting.Changed) -> None:
    periods, rows = meeting.triangle_rows(found.triangle)
    divisor, unit = words.scale_of([v for r in rows for v in r["cells"].values()],
                                   metrics.unit_said(found.triangle.totals["measure"]), at.currency)  # fmt: skip
    told = found.triangle
    missing = told.notes[0] if told.notes and not told.rows else None
    parts.panel(
        missing or metrics.triangle_sentence(told.totals),
        f"{unit}; each line is a cycle's plan of the months above it. Bold: moved by one per cent or more",
    )
    parts.still(triangle_table(periods, rows, divisor))


def triangle_table(periods: Sequence[str], rows: Sequence[Mapping[str, Any]], divisor: float) -> str:
    """Cycle by target period; a value that moved against the cycle before is bold, with an arrow."""
    places = (
        1
        if max((abs(v) for r in rows for v in r["cells"].values() if v is not None), default=0) / divisor
        >= 10
        else 2
    )
    head = "".join(f'<th scope="col">{e(_said(p))}</th>' for p in periods)
    body = ""
    for i, row in enumerate(rows):
        before = rows[i + 1]["cells"] if i + 1 < len(rows) and rows[i + 1]["cycle"] is not None else {}
        cells = ""
        for p in periods:
            value, old = row["cells"].get(p), before.get(p)
            moved = (
                row["cycle"] is not None
                and value is not None
                and old is not None
                and abs(value - old) > LEAST_MOVE * abs(old)
            )
            mark = ("▲" if value > old else "▼") if moved and value is not None and old is not None else ""
            said = "" if value is None else words.number(value / divisor, places)
            cells += f'<td class="{"moved" if moved else ""}">{f"<small>{mark}</small>" if mark else ""}{said}</td>'
        name = "Actual" if row["cycle"] is None else words.month(str(row["cycle"]))
        body += f'<tr class="{"actual" if row["cycle"] is None else ""}"><th scope="row">{e(name)}</th>{cells}</tr>'
    return (
        '<div class="siop-scroll"><table class="siop-triangle" aria-label="Forecast triangle"><thead><tr><th scope="col">Cycle</th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _said(period: str) -> str:
    return words.month(period) if len(period) == 7 and period[4] == "-" and period[5] != "Q" else period


def _decisions(at: Here, found: meeting.Changed) -> None:
    parts.panel("Decisions behind it", "Agreed in this cycle, or naming one of the two versions")
    if not found.decisions:
        parts.empty(
            "No decision",
            "Nothing was agreed in this cycle, and no decision names these versions: no decision stands behind the change.",
        )
        return
    columns = [
        html.text("", "decision"),
        html.text("Question", "question", second="by", strong=True),
        html.text("Outcome", "outcome", second="authorises"),
    ]
    parts.still(html.table(columns, found.decisions[:5], caption="Decisions behind the change", dense=True))
