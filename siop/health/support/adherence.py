"""S2, process not adhered to: did each gate's content hold, in time? (field.md N2)

A stamp counts for nothing here: a gate is worth what its check found. The share of stamped gates whose content
failed is a warning of its own, because formality alone is known to hurt (Goh and Eldridge).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from siop.core import words
from siop.health.cycle import Template, is_executive, stage_key, stage_of_gate, took_place
from siop.health.measured import Measured, Move, capital, insufficient
from siop.health.numbers import spread_of
from siop.health.window import Window
from siop.ledger.state import GateView, State

LEAST_CYCLES = 3
GRACE_DAYS = 2
FORMAL = 0.2  # stamped gates with failing content above this share are a warning
REGULAR = 0.7  # cadence below this is a warning


@dataclass(frozen=True, slots=True)
class GateScore:
    """One gate of one cycle: 1 passed in time, 0.5 up to two days late, 0 failed, later, or never checked."""

    cycle: str
    gate: str
    points: float
    days_late: int | None
    passed: bool | None  # None: never checked
    stamped: bool


def gate_scores(
    state: State, within: Window, templates: tuple[Template, ...] | None = None
) -> list[GateScore]:
    """Every gate of every cycle in the window.

    A gate is expected in each cycle from its first appearance in the record; without an entry it was not checked.
    It is late against the planned end of its stage; where no such stage is recorded it cannot be late.
    """
    deadlines = {(s.in_cycle, stage_key(s.stage)): s.planned_end for s in state.stages}
    first_seen: dict[str, str] = {}
    entries: dict[tuple[str, str], GateView] = {}
    for gate in state.gates:
        first_seen[gate.gate] = min(gate.in_cycle, first_seen.get(gate.gate, gate.in_cycle))
        entries[gate.in_cycle, gate.gate] = gate
    found = []
    for cycle in within.cycles:
        for name, since in first_seen.items():
            if since > cycle:
                continue
            gate_entry = entries.get((cycle, name))
            if gate_entry is None:
                found.append(GateScore(cycle, name, 0.0, None, None, False))
                continue
            late = _days_late(gate_entry, deadlines, templates)
            points = 0.0 if not gate_entry.passed or late > GRACE_DAYS else 0.5 if late > 0 else 1.0
            found.append(
                GateScore(cycle, name, points, late, gate_entry.passed, gate_entry.stamped_by is not None)
            )
    return found


def cadence(state: State, within: Window) -> float | None:
    """Regularity of the executive meetings: 1 - min(1, sd / mean) of the days between them.

    A skipped cycle doubles its interval by itself. None below two intervals.
    """
    held = sorted(
        m.started or m.planned
        for m in state.meetings.values()
        if is_executive(m.kind) and m.in_cycle in within and took_place(state, m)
    )
    days = np.diff([d.timestamp() for d in held]) / 86_400
    if len(days) < 2:
        return None
    return float(1 - min(1.0, days.std(ddof=1) / days.mean()))


def formality(scores: list[GateScore]) -> tuple[int, int]:
    """(stamped but not passed, stamped)."""
    stamped = [s for s in scores if s.stamped]
    return sum(not s.passed for s in stamped), len(stamped)


def adherence(scores: list[GateScore], weights: Mapping[str, float] | None = None) -> float | None:
    """100 x weighted mean of the gates' points; None without gates. Unnamed gates weigh 1."""
    if not scores:
        return None
    w = np.array([(weights or {}).get(s.gate, 1.0) for s in scores])
    return float(100 * (w * [s.points for s in scores]).sum() / w.sum())


def measure(
    state: State,
    within: Window,
    weights: Mapping[str, float] | None = None,
    templates: tuple[Template, ...] | None = None,
) -> Measured:
    """S2: gates whose content held, in time, 0 to 100; cadence and formality beside it.

    Args: templates: the company's, which say in which stage a gate is due; the default where not given.
    """
    scores = gate_scores(state, within, templates)
    held = sorted({s.cycle for s in scores if s.passed is not None})
    if len(held) < LEAST_CYCLES:
        return insufficient("S2", len(held), LEAST_CYCLES, "cycles with checked gates")
    value = adherence(scores, weights)
    points, of = sum(s.points for s in scores), len(scores)
    by_gate = _by_gate(scores)
    worst = by_gate[0]
    regular = cadence(state, within)
    empty, stamped = formality(scores)
    whole = sum(s.points == 1 for s in scores)
    sentence = f"{whole} of {of} gates met on content and in time in {words.count(len(within), 'cycle')}."
    if worst.lost:
        sentence += f" {worst.name}: {worst.points:g} of {worst.checks}."
    return Measured(
        "S2",
        value,
        sentence,
        n=len(held),
        need=LEAST_CYCLES,
        numerator=points,
        denominator=float(of),
        interval=spread_of([(points, float(of))], lambda draws: 100 * draws[:, 0]),
        subject={"gate": worst.gate} if worst.lost else {},
        evidence=[
            *(g.row() for g in by_gate),
            {"gate": "cadence", "regularity": regular, "skipped": len(within) - len(within.held)},
            {"gate": "formality", "stamped_but_failing": empty, "stamped": stamped},
        ],
        moves=_moves(by_gate, of),
        warning=_warning(empty, stamped, regular),
    )


@dataclass(frozen=True, slots=True)
class GateRecord:
    """One gate over the window; cycles: those in which it did not hold in time."""

    gate: str
    points: float
    checks: int
    failed: int
    late: int
    not_checked: int
    stamped_but_failing: int
    cycles: tuple[str, ...]

    @property
    def name(self) -> str:
        return capital(self.gate.replace("_", " "))

    @property
    def lost(self) -> float:
        return self.checks - self.points

    def row(self) -> dict[str, object]:
        """The gate as a row of evidence."""
        return {
            "gate": self.gate, "points": self.points, "checks": self.checks, "failed": self.failed,
            "late": self.late, "not_checked": self.not_checked, "stamped_but_failing": self.stamped_but_failing,
            "cycles": list(self.cycles),
        }  # fmt: skip


def _by_gate(scores: list[GateScore]) -> list[GateRecord]:
    """The gates, worst first."""
    found = []
    for name in dict.fromkeys(s.gate for s in scores):
        mine = [s for s in scores if s.gate == name]
        found.append(
            GateRecord(
                name,
                sum(s.points for s in mine),
                len(mine),
                sum(s.passed is False for s in mine),
                sum(bool(s.passed and s.days_late) for s in mine),
                sum(s.passed is None for s in mine),
                sum(s.stamped and not s.passed for s in mine),
                tuple(s.cycle for s in mine if s.points < 1),
            )
        )
    return sorted(found, key=lambda g: (g.points / g.checks, g.gate))


def _moves(by_gate: list[GateRecord], of: int) -> tuple[Move, ...]:
    found = [
        Move(
            f"Hold the gate {g.name}",
            f"{g.name}: {g.failed} failed, {g.late} late, {g.not_checked} not checked of {g.checks}",
            100 * g.lost / of,
            {"gate": g.gate},
        )
        for g in by_gate
        if g.lost
    ]
    return tuple(sorted(found, key=lambda m: -m.gain))


def _warning(empty: int, stamped: int, regular: float | None) -> str | None:
    told = []
    if stamped and empty / stamped > FORMAL:
        told.append(f"{empty} of {stamped} stamped gates failed on content: stamps without substance.")
    if regular is not None and regular < REGULAR:
        told.append(f"The executive meeting is irregular: {words.number(regular, 2)} of 1.")
    return " ".join(told) or None


def _days_late(
    gate: GateView, deadlines: Mapping[tuple[str, str], datetime], templates: tuple[Template, ...] | None
) -> int:
    """Calendar days between the planned end of the gate's stage and the check since which it holds; 0 where there is
    no deadline. A gate that passed in time and was checked again, and passed again, was in time."""
    planned = deadlines.get((gate.in_cycle, stage_of_gate(gate.gate, templates)))
    return 0 if planned is None else max(0, (gate.holds_since.date() - planned.date()).days)
