"""Who moved the plan? Each function's input of the newest cycle against the consensus before it, and how it moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from siop.core import Report, Scope, span, words
from siop.metrics.changes import plan_change
from siop.metrics.compare import default_measure
from siop.metrics.footing import by_name, facts, filters, months_given
from siop.metrics.grain import grains
from siop.metrics.units import no_total
from siop.metrics.versions import unit_said
from siop.warehouse import Snapshot


def who_moved(snapshot: Snapshot, scope: Scope, *, measure: str | None = None) -> Report:
    """Every function's input of scope.cycle (default the newest) less the previous consensus, over shared months.

    Returns: rows {function, version, input, previous, asked: input - previous, share: the consensus's own change over
        what was asked, None where nothing was}; totals those of `plan_change`. The statistical input is a function.
        What a function asked for is no proof that it got it: influence over many cycles is on the health page.
    """
    measure = measure or default_measure(snapshot)
    scope = by_name(snapshot, scope)
    change = plan_change(snapshot, scope, measure=measure)
    if not change.rows or no_total(change):
        return replace(change, report="who-moved", rows=[])
    before, after = str(change.totals["previous_version"]), str(change.totals["current_version"])
    versions = snapshot.versions.set_index("version")
    cycle = versions.at[after, "cycle"]
    inputs = versions[(versions["cycle"] == cycle) & versions["kind"].isin(["input", "statistical"])]
    notes = list(change.notes)
    rows: list[dict[str, Any]] = []
    for version, found in sorted(inputs.iterrows(), key=lambda pair: str(pair[1]["function"])):
        name = str(version)
        own = grains(snapshot, [name], measure)
        if not own or any(not g.has(d) for g in own for d in filters(snapshot, scope)):
            notes.append(f"The input of {found['function']} cannot be seen at this scope.")
            continue
        shared = span(change.totals["from"], change.totals["to"])
        planned = set(months_given(snapshot, before, shared))
        months = [m for m in months_given(snapshot, name, shared) if m in planned]
        sums = {v: facts(snapshot, v, (), (measure,), scope, months) for v in (name, before)}
        told, previous = (
            float(sums[v][measure].iloc[0]) if len(sums[v]) else float("nan") for v in (name, before)
        )
        if told != told or previous != previous:
            continue
        asked = told - previous
        rows.append(
            {
                "function": str(found["function"]), "version": name, "input": told, "previous": previous, "asked": asked,
                "share": change.totals["change"] / asked if asked and change.totals["change"] is not None else None,
            }
        )  # fmt: skip
    rows.sort(key=lambda r: abs(r["asked"]), reverse=True)
    if not rows:
        notes.append("No inputs of functions are loaded for this cycle: who asked for what is not known.")
    return Report(
        "who-moved", snapshot.id, snapshot.as_of, scope.as_dict(), rows, dict(change.totals), None, notes
    )


def who_sentence(report: Report, currency: str = "EUR") -> str:
    """Who asked for most, and what the consensus did; from the rows."""
    if not report.rows:
        return "Who asked for what is not known"
    first = report.rows[0]
    unit = unit_said(report.totals["measure"])
    way = "more" if first["asked"] > 0 else "less"
    moved = report.totals["change"]
    return (
        f"{first['function'][:1].upper()}{first['function'][1:]} asked for {words.amount(abs(first['asked']), unit, currency)} {way};"
        f" the consensus moved {words.amount(moved, unit, currency, signed=True)}"
    )


__all__ = ["who_moved", "who_sentence"]
