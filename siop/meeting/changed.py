"""What changed since the last cycle, by whom, and which decision stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from siop import metrics
from siop.core import Report, Scope
from siop.ledger import State
from siop.warehouse import Snapshot

CYCLES, MONTHS = 8, 12


@dataclass(frozen=True, slots=True)
class Changed:
    """change: by family, newest consensus against the one before; who: what each function asked for; triangle: the
    newest cycles by target month; decisions {decision, question, outcome, by, authorises}: those agreed in the cycle,
    and those that name one of the two versions."""

    change: Report
    who: Report
    triangle: Report
    decisions: list[dict[str, Any]]


def changed(snapshot: Snapshot, state: State, scope: Scope, *, measure: str = "revenue") -> Changed:
    """Everything of the view "What changed" for one scope and cycle. scope.cycle without a plan: the newest that has one."""
    cycle = metrics.plan_cycle(snapshot, scope.cycle)
    whole = Scope(None, None, scope.where, scope.lag, cycle, scope.only)
    change = metrics.plan_change(snapshot, whole, measure=measure)
    return Changed(
        change=change,
        who=metrics.who_moved(snapshot, whole, measure=measure),
        triangle=metrics.triangle(snapshot, whole, measure=measure, cycles=CYCLES),
        decisions=_decisions(state, cycle or _cycle_of(snapshot, change), change),
    )


def _cycle_of(snapshot: Snapshot, change: Report) -> str | None:
    version = change.totals.get("current_version")
    known = snapshot.versions.set_index("version")["cycle"]
    return str(known[str(version)]) if version in known.index else None


def _decisions(state: State, cycle: str | None, change: Report) -> list[dict[str, Any]]:
    names = {change.totals.get("previous_version"), change.totals.get("current_version")} - {None}
    found = []
    for decision in state.decisions.values():
        for outcome in decision.outcomes:
            allows = [a for a in outcome.authorises if a.version in names]
            if not outcome.agreed or not (allows or (cycle is not None and outcome.in_cycle == cycle)):
                continue
            found.append(
                {
                    "decision": decision.id, "question": decision.question, "outcome": outcome.outcome.replace("_", " "),
                    "by": state.name(outcome.by), "authorises": "changes this plan" if allows else "same cycle",
                }
            )  # fmt: skip
    return sorted(found, key=lambda row: (row["authorises"] != "changes this plan", row["decision"]))


def largest(changes: Sequence[tuple[str, float]], most: int) -> list[tuple[str, float]]:
    """The (name, change) that move most, in the order given, and one last line with the sum of all others.

    >>> largest([("A", -9.0), ("B", 1.0), ("C", -2.0), ("D", 5.0)], 2)
    [('A', -9.0), ('D', 5.0), ('2 others', -1.0)]
    """
    if len(changes) <= most + 1:
        return list(changes)
    ranked = sorted(range(len(changes)), key=lambda i: -abs(changes[i][1]))
    kept, others = sorted(ranked[:most]), ranked[most:]
    return [*(changes[i] for i in kept), (f"{len(others)} others", sum(changes[i][1] for i in others))]


def triangle_rows(report: Report, months: int = MONTHS) -> tuple[list[str], list[dict[str, Any]]]:
    """(target periods, rows): the newest cycles, the newest first, each with its plan of the last closed and next
    periods, and a last row of what came. A cell is None where the cycle does not plan the period."""
    cycles = sorted({r["cycle"] for r in report.rows}, reverse=True)
    if not cycles:
        return [], []
    newest = cycles[0]
    closed = sorted({r["period"] for r in report.rows if r["actual"] is not None})[-4:]
    ahead = sorted({r["period"] for r in report.rows if r["actual"] is None and r["cycle"] == newest})
    later = sorted({r["period"] for r in report.rows if r["actual"] is None and r["period"] not in ahead})
    periods = [*closed, *[p for p in later if not ahead or p < ahead[0]], *ahead][:months]
    plan = {(r["cycle"], r["period"]): r["plan"] for r in report.rows}
    came = {r["period"]: r["actual"] for r in report.rows if r["actual"] is not None}
    rows = [{"cycle": c, "cells": {p: plan.get((c, p)) for p in periods}} for c in cycles]
    rows.append({"cycle": None, "cells": {p: came.get(p) for p in periods}})
    return periods, rows
