"""S3, improvements not driven: opened, owned by an executive, closed in time, and not coming back? (field.md N3)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from siop.core import add_months, words
from siop.health.measured import Evidence, Measured, Move, insufficient
from siop.health.numbers import geometric_mean, spread_of
from siop.health.window import Window
from siop.ledger.state import ImprovementView, State

LEAST_CYCLES = 3
TARGET = 1.0  # improvements opened a cycle
RECURS_WITHIN = 3  # cycles
PARTS = ("opened", "owned", "in_time", "lasting")
_SAID = {
    "opened": ("{n} improvements opened in {d} cycles", "Open an improvement a cycle"),
    "owned": ("{n} of {d} improvements have an executive owner", "Give each an executive owner"),
    "in_time": ("{n} of {d} improvements due were closed in time", "Close what is due"),
    "lasting": ("{n} of {d} closed causes stayed away", "Remove causes, not symptoms"),
}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A cause that was closed and came back: by which later case or improvement, in which cycle."""

    improvement: str
    root_cause: str
    closed: datetime
    came_back: str
    cycle: str


@dataclass(frozen=True, slots=True)
class Drive:
    """Each part is (points, out of), or None where there was nothing to count."""

    opened: tuple[float, float]
    owned: tuple[float, float] | None
    in_time: tuple[float, float] | None
    lasting: tuple[float, float] | None
    recurrences: tuple[Recurrence, ...]

    def share(self, part: str) -> float | None:
        found: tuple[float, float] | None = getattr(self, part)
        return None if found is None else min(1.0, found[0] / found[1])

    @property
    def value(self) -> float:
        """100 x geometric mean of the parts that could be counted."""
        return 100 * (geometric_mean([self.share(p) for p in PARTS]) or 0.0)


def drive(state: State, within: Window, target: float = TARGET) -> Drive:
    """The four parts over the window.

    opened: improvements opened, out of `target` a cycle. owned: of those open at any time in the window.
    in_time: closed by their due date, of those due in the window. lasting: causes closed in the window or up to
    three cycles before it that did not come back within three cycles, as a later improvement or case answer with
    the same cause (and family, where the improvement names families).
    """
    mine = [i for i in state.improvements.values() if i.at < within.end or i.in_cycle in within]
    opened = [i for i in mine if i.in_cycle in within]
    alive = [i for i in mine if i.closed_at is None or i.closed_at >= within.start]
    due = [i for i in mine if within.during(i.due)]
    in_time = [i for i in due if i.closed_at is not None and i.closed_at.date() <= i.due]
    closed = [
        i
        for i in mine
        if i.closed_at is not None
        and add_months(within.cycles[0], -RECURS_WITHIN) <= _month(i.closed_at) <= within.last
    ]
    back = [r for i in closed if (r := _recurrence(state, i, within)) is not None]
    return Drive(
        (float(len(opened)), target * len(within)),
        (float(sum(i.exec_owner is not None for i in alive)), float(len(alive))) if alive else None,
        (float(len(in_time)), float(len(due))) if due else None,
        (float(len(closed) - len(back)), float(len(closed))) if closed else None,
        tuple(back),
    )


def measure(state: State, within: Window, target: float = TARGET) -> Measured:
    """S3: improvement drive, 0 to 100; needs three cycles since the first improvement was opened."""
    first = min((i.in_cycle for i in state.improvements.values()), default=None)
    if first is None:
        return insufficient(
            "S3", 0, LEAST_CYCLES, "cycles since the first improvement", "No improvement was ever opened."
        )
    since = sum(cycle >= first for cycle in within.cycles)
    if since < LEAST_CYCLES:
        return insufficient("S3", since, LEAST_CYCLES, "cycles since the first improvement")
    found = drive(state, within, target)
    pull = min(
        (p for p in PARTS if found.share(p) is not None), key=lambda p: (found.share(p), -PARTS.index(p))
    )
    numerator, denominator = getattr(found, pull)
    sentence = _told(found, pull, len(within)) + "."
    if found.recurrences and pull != "lasting":
        causes = list(dict.fromkeys(r.root_cause for r in found.recurrences))
        sentence += f" {words.count(len(causes), 'cause')} came back."
    late = _late(state, within)
    return Measured(
        "S3",
        found.value,
        sentence,
        n=since,
        need=LEAST_CYCLES,
        numerator=numerator,
        denominator=denominator,
        interval=_interval(found),
        subject={"person": late[0].owner} if late else {},
        evidence=_evidence(state, found, late, within),
        moves=_moves(found, len(within)),
    )


def _late(state: State, within: Window) -> list[ImprovementView]:
    """Due in the window and not closed by then, the oldest first."""
    found = [
        i
        for i in state.improvements.values()
        if within.during(i.due) and (i.closed_at is None or i.closed_at.date() > i.due)
    ]
    return sorted(found, key=lambda i: i.due)


def _recurrence(state: State, one: ImprovementView, within: Window) -> Recurrence | None:
    """The first return of a closed cause within three cycles after the closing."""
    closed = one.closed_at
    if closed is None:
        return None
    last = min(add_months(_month(closed), RECURS_WITHIN), within.last)
    cause = one.root_cause.strip().casefold()
    families = one.scope.get("family")
    named = {families} if isinstance(families, str) else set(families or ())
    again: list[tuple[datetime, str, str]] = []
    for other in state.improvements.values():
        if other.id != one.id and other.at > closed and other.root_cause.strip().casefold() == cause:
            theirs = other.scope.get("family")
            met = {theirs} if isinstance(theirs, str) else set(theirs or ())
            if not named or not met or named & met:
                again.append((other.at, other.id, other.in_cycle))
    for case in state.cases.values():
        if case.at <= closed or (named and case.family not in named):
            continue
        if any(a.cause.strip().casefold() == cause for a in case.answers):
            again.append((case.at, case.id, case.in_cycle))
    for _, what, cycle in sorted(again):
        if cycle <= last:
            return Recurrence(one.id, one.root_cause, closed, what, cycle)
    return None


def _told(found: Drive, part: str, cycles: int) -> str:
    n, d = getattr(found, part)
    return _SAID[part][0].format(n=f"{n:g}", d=f"{cycles if part == 'opened' else d:g}")


def _moves(found: Drive, cycles: int) -> tuple[Move, ...]:
    moves = []
    for part in PARTS:
        share = found.share(part)
        if share is None or share >= 1:
            continue
        better = geometric_mean([1.0 if p == part else found.share(p) for p in PARTS]) or 0.0
        moves.append(Move(_SAID[part][1], _told(found, part, cycles), 100 * better - found.value))
    return tuple(sorted(moves, key=lambda m: -m.gain))


def _interval(found: Drive) -> tuple[float, float]:
    """What was opened is a count that the company chose; the other parts are shares with their own spread."""
    shares = [
        (float(k), float(n)) for p in PARTS[1:] if (kn := getattr(found, p)) is not None for k, n in [kn]
    ]
    opened = found.share("opened") or 0.0
    if not shares:
        return found.value, found.value

    def combine(draws: np.ndarray) -> np.ndarray:
        return np.asarray(100 * (opened * draws.prod(axis=1)) ** (1 / (1 + len(shares))))

    return spread_of(shares, combine)


def _evidence(state: State, found: Drive, late: list[ImprovementView], within: Window) -> Evidence:
    rows: Evidence = []
    for part in PARTS:
        points = getattr(found, part)
        rows.append(
            {"part": part, "points": points[0] if points else None, "of": points[1] if points else None,
             "share": found.share(part)}
        )  # fmt: skip
    rows += [
        {"improvement": i.id, "root_cause": i.root_cause, "owner": state.name(i.owner), "due": i.due,
         "closed": i.closed_at if i.closed_at and i.closed_at < within.end else None, "what": "late"}
        for i in late
    ]  # fmt: skip
    rows += [
        {"improvement": r.improvement, "root_cause": r.root_cause, "closed": r.closed, "came_back": r.came_back,
         "cycle": r.cycle, "what": "came back"}
        for r in found.recurrences
    ]  # fmt: skip
    return rows


def _month(at: datetime) -> str:
    return f"{at.year:04d}-{at.month:02d}"
