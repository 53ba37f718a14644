"""The cycle said in rows: its tasks with who does them, its meetings over time, what was remarked afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from siop.core import words
from siop.health.cycle import Progress, Template, stage_key, template_for
from siop.health.meetings import ITEMS, scores
from siop.health.run import absent_today
from siop.ledger.state import CommentView, State

CRITIQUE = "critique"
"""The metric of a remark that looks back on a cycle."""
OVER_TIME = 12  # meetings


def task_rows(
    state: State,
    steps: Progress,
    gates: Sequence[dict[str, Any]],
    templates: tuple[Template, ...],
    today: date,
) -> list[dict[str, Any]]:
    """{stage, task, owner, people, due, state, late} of every task of a cycle, in order.

    A task with a gate is done where the gate's content passes; one without is done with its stage. Nobody ticks.
    Args: gates: the rows of `gate_rows`.
    """
    passed = {g["id"]: g["passed"] is True for g in gates}
    away = absent_today(state, today)
    tasks = {stage_key(s.stage): s.tasks for s in template_for(steps.cycle, templates).stages}
    rows = []
    for step in steps.steps:
        for n, task in enumerate(tasks.get(stage_key(step.stage), ())):
            done = (
                passed.get(task.gate, step.state == "done") if task.gate is not None else step.state == "done"
            )
            rows.append(
                {
                    "stage": step.label if n == 0 else "", "task": task.task,
                    "owner": _owner(state, step.owner, away) if n == 0 else "",
                    "people": words.listed([p.replace("_", " ") for p in step.participants]) if n == 0 else "",
                    "due": f"{step.planned_end:%-d %b}",
                    "state": "Done" if done else "Overdue" if step.planned_end < today else "Open",
                    "late": not done and step.planned_end < today,
                }
            )  # fmt: skip
    return rows


def tasks_sentence(rows: Sequence[dict[str, Any]]) -> str:
    """How many tasks are done.

    >>> tasks_sentence([{"state": "Done", "late": False}, {"state": "Overdue", "late": True}])
    '1 of 2 tasks are done, one overdue'
    """
    done, late = sum(r["state"] == "Done" for r in rows), sum(bool(r["late"]) for r in rows)
    said = f"{done} of {len(rows)} tasks are done"
    return f"{said}, {words.count(late, 'overdue', 'overdue')}" if late else said


def meetings_over_time(state: State, cycle: str) -> list[dict[str, Any]]:
    """{cycle, held, each item as a share or None} of the executive meetings up to a cycle, newest first."""
    found = [m for m in scores(state) if m.cycle <= cycle]
    rows = [
        {"cycle": m.cycle, "said": words.month(m.cycle), "held": m.held}
        | {name: getattr(m, name).ratio for name in ITEMS}
        for m in found
        if m.held or m.cycle < cycle
    ]
    return rows[::-1][:OVER_TIME]


def remarks(state: State, cycle: str) -> list[CommentView]:
    """What was said of a cycle when it was over, oldest first."""
    return [c for c in state.comments if c.metric == CRITIQUE and (c.about_cycle or c.in_cycle) == cycle]


def _owner(state: State, owner: str, away: dict[str, str]) -> str:
    """The owner's name, and who stands in today."""
    name = state.name(owner).replace("_", " ")
    return f"{name}, {state.name(away[owner])} stands in" if owner in away else name
