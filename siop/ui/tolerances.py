"""Does it matter, has something changed: the two questions on one square, and the history of the tolerances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from siop import deviations
from siop.core import Finding, Refused, Report, add_months, words
from siop.ui import html, lines, parts
from siop.ui.here import Here
from siop.ui.say import form_key, saved, say

FORM, EVERY = "tolerance", "every_tolerance"
NAMED, MOST = 8, 40
"""Families named in a corner of the square, and lines of the history, until more are asked for."""


def view(at: Here, streams: deviations.Streams, report: Report) -> None:
    """The square at the left, every tolerance with who set it, when and why at the right."""
    left, right = st.columns([1.1, 1], gap="large")
    with left:
        found, apart = deviations.quadrants(report.rows)
        month = words.month(report.totals["month"])
        parts.panel(deviations.quadrants_sentence(found, apart), f"{month}, by the tolerance in force; a signal is told against the family's own usual course")  # fmt: skip
        parts.still(_square(found))
        parts.notes([f"{r['family']}: {r['sentence']}" for r in apart[:NAMED]])
        if len(apart) > NAMED:
            parts.small(f"And {len(apart) - NAMED} more that cannot be judged on both questions.")
    with right:
        rows = deviations.tolerance_rows(streams, at.state)
        parts.panel(deviations.tolerances_sentence(streams), "Deviations becoming normal are judged by the first one, whatever came after it")  # fmt: skip
        columns = [
            html.Column("Family", lambda r: f'<span class="strong nowrap">{html.e(r["family"])}</span>' if r["first"] else ""),
            html.Column("Tolerance", lambda r: f'<span class="{"strong" if r["now"] else "second"}">{html.e(r["change"])}</span>'),
            html.Column("From", lambda r: f'<span class="nowrap">{html.e(words.month(r["from"]))}</span>' if r["from"] else "", wide=True),
            html.text("Who, and why", "who", second="why"),
        ]  # fmt: skip
        some = rows[: lines.shown(EVERY, len(rows), MOST)]
        table = html.table(columns, some, caption="History of the tolerances", dense=True)
        if parts.clickable(table + lines.rest(EVERY, len(rows), MOST, "tolerances"), "tolerances"):
            lines.unfold(EVERY)
        if at.service.may(at.identity, "tolerance"):
            _form(at, streams)


def restore(at: Here, told: deviations.Becoming, measure: str) -> None:
    """A button that puts a family back to the tolerance first agreed, from the first open month on."""
    if told.now <= told.original or not at.service.may(at.identity, "tolerance"):
        return
    was = words.percent(told.original, 0)
    if saved(f"restore_{told.family}"):
        return
    if st.button(f"Restore ±{was}", key=f"restore_{told.family}"):
        fields = {
            "family": told.family, "measure": measure, "pct": round(told.original * 100, 6), "valid_from": _next(at),
            "reason": f"Back to the ±{was} first agreed",
        }  # fmt: skip
        _write(at, fields, f"restore_{told.family}")


def _square(found: Sequence[deviations.Quadrant]) -> str:
    cells = (
        '<span class="head side"></span><span class="head">A signal</span><span class="head">No signal</span>'
    )
    for q in found:
        if q.signal:
            cells += f'<span class="head side">{"Out of tolerance" if q.out else "Within tolerance"}</span>'
        named = "".join(
            f"<b>{html.e(r['family'])} <small>{html.e(_of(r))}</small></b>" for r in q.rows[:NAMED]
        )
        named += f"<b>and {len(q.rows) - NAMED} more</b>" if len(q.rows) > NAMED else ""
        cells += f'<div class="cell{" full" if q.rows else ""}">{html.e(q.said)}{named}</div>'
    return f'<div class="siop-two" role="group" aria-label="Tolerance and signal">{cells}</div>'


def _of(row: Mapping[str, Any]) -> str:
    off = words.percent(row["deviation_ratio"], 0, signed=True)
    first = ", out of the first" if row["in_tolerance"] and not row["in_original_tolerance"] else ""
    return f"{off} of ±{words.percent(row['tolerance'], 0)}{first}"


def _form(at: Here, streams: deviations.Streams) -> None:
    """Set a tolerance. Why is asked for: one that widens without a reason is how a miss becomes normal."""
    with st.expander("Set a tolerance"), st.form("tolerance_form", border=False):
        cells = st.columns([1.6, 1, 1])
        family = cells[0].selectbox("Family", list(streams.families), key="tolerance_family")
        pct = cells[1].number_input("Tolerance, %", 0.0, 100.0, 10.0, 0.5, key="tolerance_pct", format="%.1f")
        months = [add_months(_next(at), n) for n in range(12)]
        start = cells[2].selectbox("From", months, key="tolerance_from")
        why = st.text_input("Why", key="tolerance_why")
        done = st.form_submit_button("Set it")
    saved(FORM)
    if done:
        _write(
            at,
            {"family": family, "measure": streams.measure, "pct": pct, "valid_from": start, "reason": why},
            FORM,
        )


def _write(at: Here, fields: dict[str, Any], form: str) -> None:
    def write() -> None:
        if not str(fields["reason"]).strip():
            found = Finding(
                "error", "tolerance", "reason", "the reason is missing", "say why", column="reason"
            )
            raise Refused("Nothing was set: say why.", [found])
        at.service.create(
            at.identity, "tolerance", fields, cycle=at.cycle, snapshot=at.snapshot.id, idem=form_key(form)
        )

    say(write, form)


def _next(at: Here) -> str:
    return add_months(at.snapshot.as_of or "2000-01", 1)
