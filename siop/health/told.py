"""The rows of the page of the process, said in words: symptoms, gates, meetings, felt against measured, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from siop.core import Report, Scope, words
from siop.health.board import SYMPTOMS
from siop.health.cycle import Progress, company_templates, stage_key
from siop.health.gates import check_gates
from siop.health.meetings import ITEMS, over_time, scores
from siop.ledger.state import State
from siop.warehouse import Snapshot

STATUS = {"ok": "In control", "watch": "Watch", "red": "Red", "insufficient": "Not enough data"}
MEETING = {
    "participation": "Attendance", "schedule": "Started on time", "preread": "Pre-read a day before",
    "readiness": "Gates passed before", "decisions": "Decisions taken", "actions": "Actions done",
    "future": "Time on the future",
}  # fmt: skip
LATELY = 6  # meetings
CYCLE_DAYS = 31
_NOT_RECORDED = "not recorded"
_SHARES = ("customer_sway", "unsigned_change", "reversal")


def judged_scope(snapshot: Snapshot, scope: Scope) -> Scope:
    """The scope in which a running cycle is not judged: windows then end with the last closed one."""
    running = scope.cycle is not None and snapshot.as_of is not None and scope.cycle > snapshot.as_of
    return replace(scope, first=None, last=None, cycle=None if running else scope.cycle)


def headline_in_two(report: Report) -> tuple[str, str]:
    """(the weakest symptom and the fact that moves it most, what is red as well) of the report's headline."""
    said, red, also = str(report.totals["headline"]).rstrip(".").partition(". Red: ")
    return f"{said}.", f"Red: {also}" if red else ""


def step_cells(found: Progress) -> list[tuple[str, str, str, bool]]:
    """(kind, name, when, late) of each step, for the line of stages."""
    kinds = {"done": "done", "running": "now", "overdue": "now", "open": "wait"}
    return [
        ("wait", s.label, _NOT_RECORDED, False) if _lost(s.actual_end, s.days_late)
        else (kinds[s.state], s.label, _step_said(s.planned_end, s.actual_end, s.days_late), s.days_late > 0)
        for s in found.steps
    ]  # fmt: skip


def symptom_rows(report: Report) -> list[dict[str, Any]]:
    """The five symptoms, weakest first, those that cannot be told last; `first`, `rest`: their sentence in two lines."""
    rows = [_said(row) for row in report.rows if row["index"] in SYMPTOMS]
    return sorted(rows, key=lambda r: (r["value"] is None, r["value"] or 0.0, r["index"]))


def other_rows(report: Report) -> list[dict[str, Any]]:
    """The other indices in the order of the board."""
    return [_said(row) for row in report.rows if row["index"] not in SYMPTOMS]


def value_said(index: str, value: float | None) -> str:
    """An index in its own unit.

    >>> value_said("latency", 11.2), value_said("reversal", 0.0), value_said("S1", 95.5), value_said("dominance", None)
    ('11.2 days', '0.0\\xa0%', '96', '–')
    """
    if value is None:
        return words.number(None)
    if index in SYMPTOMS:
        return words.number(value, 0)
    if index in _SHARES:
        return words.percent(value, 1)
    if index == "latency":
        return f"{words.number(value, 1)} days"
    return (
        words.number(value * 100, 0) + " points" if index == "unearned_dominance" else words.number(value, 2)
    )


def influence_rows(report: Report) -> list[dict[str, Any]]:
    """{function, taken, earned} of the inputs to the consensus; empty where the weights cannot be told."""
    row = next((r for r in report.rows if r["index"] == "unearned_dominance"), None)
    if row is None or row["value"] is None:
        return []
    return [
        {"function": str(e["function"])[:1].upper() + str(e["function"])[1:], "taken": e["influence"], "earned": e["earned"]}
        for e in row["evidence"]
        if e.get("influence") is not None and e.get("earned") is not None
    ]  # fmt: skip


def gate_rows(
    snapshot: Snapshot, state: State, cycle: str, steps: Progress, today: date
) -> list[dict[str, Any]]:
    """Each gate of a cycle: what it asks, whether its content passes now, when it was checked against its day, why."""
    due = {stage_key(s.stage): s.planned_end for s in steps.steps}
    stamps = {g.gate: g for g in state.gates if g.in_cycle == cycle}
    rows = []
    for gate in check_gates(snapshot, state, cycle, company_templates(snapshot)):
        day, stamp = due.get(stage_key(gate.stage)), stamps.get(gate.gate)
        checked = stamp.checked_at.date() if stamp else None
        late = 0 if day is None else max(0, ((checked or today) - day).days)
        open_ = gate.passed is not True and (day is None or day >= today)
        told = (
            "Passed"
            if gate.passed
            else "Not yet"
            if open_
            else "Not passed"
            if gate.passed is False
            else "Unknown"
        )
        then = f" At its check: {stamp.note[:1].lower() + stamp.note[1:]}." if stamp and stamp.note else ""
        rows.append(
            {
                "id": gate.gate, "gate": words.measure_label(gate.gate), "asks": gate.asks, "state": told, "passed": gate.passed,
                "when": _gate_when(day, checked, late), "late": late > 0 and not _lost(checked, late), "why": gate.sentence + then,
                "kind": "blocks" if gate.blocks else "warns", "stage": gate.stage,
            }
        )  # fmt: skip
    return rows


def gates_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many gates pass on content.

    >>> gates_sentence([{"passed": True, "late": False}, {"passed": None, "late": True}])
    '1 of 2 gates pass on content, one late'
    """
    passed, late = sum(r["passed"] is True for r in rows), sum(bool(r["late"]) for r in rows)
    said = f"{passed} of {words.count(len(rows), 'gate') if len(rows) > 12 else f'{len(rows)} gates'} pass on content"
    return f"{said}, {words.count(late, 'late', 'late')}" if late else said


def meeting_rows(state: State, cycle: str) -> tuple[str, list[dict[str, Any]]]:
    """(the meeting and how many stand beside it, {item, last, last_said, lately, lately_said}) up to a cycle."""
    held = [m for m in scores(state) if m.held and m.cycle <= cycle][-LATELY:]
    if not held:
        return "No executive meeting was held yet", []
    last, lately = held[-1], over_time(held)
    rows = []
    for name in ITEMS:
        now, over = getattr(last, name), lately[name]
        rows.append({"item": MEETING[name], "last": now.ratio, "last_said": _of(now.points, now.of),
                     "lately": over.ratio, "lately_said": _of(over.points, over.of)})  # fmt: skip
    beside = words.count(len(held), "meeting")
    return f"Executive meeting of {words.month(last.cycle, long=True)}, and {beside} together", rows


def felt_rows(report: Report) -> tuple[str, list[dict[str, Any]]]:
    """(the round in words, {symptom, label, felt, measured, points, said}) of the last survey round."""
    survey = report.totals.get("survey")
    if not survey:
        return "No survey round is closed yet", []
    values = {r["index"]: r for r in report.rows}
    rows = []
    for symptom, felt in sorted(survey["symptoms"].items()):
        row = values[symptom]
        points = None if row["value"] is None else felt["felt"] - row["value"]
        rows.append({"symptom": symptom, "label": row["label"], "felt": felt["felt"], "measured": row["value"],
                     "points": points, "said": _felt_said(points)})  # fmt: skip
    told = f"Round {survey['round']}, {survey['answered']}"
    told += f" of {survey['invited']} answered" if survey["invited"] else " answered"
    return told + (": the silence is a finding too" if survey["low_response"] else ""), rows


def evidence_tables(evidence: Iterable[Mapping[str, Any]]) -> list[tuple[list[str], list[dict[str, str]]]]:
    """Evidence as tables of text, rows with the same fields together: [(heads, rows)]."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in evidence:
        groups.setdefault(tuple(row), []).append({k: cell_said(v) for k, v in row.items()})
    return [(list(heads), rows) for heads, rows in groups.items()]


def cell_said(value: Any) -> str:
    """One value of a row of evidence as text.

    >>> cell_said(None), cell_said(0.75), cell_said(4161.5), cell_said([0.1, 0.2]), cell_said(True)
    ('–', '0.75', '4,162', '0.10 to 0.20', 'yes')
    """
    if value is None:
        return words.number(None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return words.number(value, 0 if abs(value) >= 100 or float(value).is_integer() else 2)
    if isinstance(value, list | tuple):
        numbers = len(value) == 2 and all(isinstance(v, float) for v in value)
        return (" to " if numbers else ", ").join(map(cell_said, value))
    text = str(value)
    return text[:10] if len(text) > 18 and text[4:5] == "-" and text[10:11] == "T" else text


def trend_by(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[float | None]]:
    """{index: its values, oldest cycle first}."""
    found: dict[str, list[float | None]] = {}
    for row in rows:
        found.setdefault(str(row["index"]), []).append(row["value"])
    return found


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    first, dot, rest = str(row["sentence"]).partition(". ")
    low, high = row["interval"] or (None, None)
    return {
        **row, "first": first + ("." if dot else ""), "rest": rest or row["warning"], "state": STATUS[row["status"]],
        "said": value_said(row["index"], row["value"]), "low": low, "high": high, "open": row["index"],
    }  # fmt: skip


def _lost(ended: date | None, late: int) -> bool:
    """Not done a whole cycle after its day: nobody will still do it, it was left out or never written down."""
    return ended is None and late > CYCLE_DAYS


def _step_said(planned: date, ended: date | None, late: int) -> str:
    day = f"{ended or planned:%-d\xa0%b}"
    return f"{words.count(late, 'day')} late · {day}" if late else day


def _gate_when(day: date | None, checked: date | None, late: int) -> str:
    if _lost(checked, late):
        return _NOT_RECORDED
    if late:
        return f"{words.count(late, 'day')} late"
    when: date | datetime | None = checked or day
    return "" if when is None else f"{'' if checked else 'due '}{when:%-d %b}"


def _of(points: float, of: float) -> str:
    return f"{points:g} of {of:g}" if of else "not recorded"


def _felt_said(points: float | None) -> str:
    if points is None:
        return "not measured yet"
    if abs(points) < 10:
        return "felt as measured"
    return f"felt {'better' if points > 0 else 'worse'} than measured"
