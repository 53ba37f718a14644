"""Which cycles an index looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from statistics import median_low
from typing import TypeVar

from siop.core import add_months, month_number, span
from siop.decisions.window import last_cycle, recorded_cycles
from siop.ledger.state import PublishView, SignOffView, State

__all__ = ["Window", "first_instant", "first_recorded", "last_cycle", "recorded_cycles", "said_of", "window"]

Said = TypeVar("Said", bound=SignOffView | PublishView)


@dataclass(frozen=True, slots=True)
class Window:
    """Cycles in order, oldest first. `held`: those with any record; the others were skipped."""

    cycles: tuple[str, ...]
    held: tuple[str, ...]

    def __contains__(self, cycle: object) -> bool:
        return cycle in self.cycles

    def __len__(self) -> int:
        return len(self.cycles)

    @property
    def last(self) -> str:
        return self.cycles[-1]

    @property
    def start(self) -> datetime:
        return first_instant(self.cycles[0])

    @property
    def end(self) -> datetime:
        """The first instant after the last cycle's month."""
        return first_instant(add_months(self.cycles[-1], 1))

    def during(self, at: datetime | date) -> bool:
        """Whether something happened within the window's months."""
        day = at.date() if isinstance(at, datetime) else at
        return bool(self.cycles) and self.start.date() <= day < self.end.date()


def said_of(said: Iterable[Said], cycle_of: Mapping[str, str], cycle: str) -> list[Said]:
    """The signatures and publications of the plan of a cycle.

    Those under its consensus; only where there is none, those that entries of this cycle put under another version:
    a budget or a supply plan signed in the same meeting is not the plan of the cycle.

    Args: cycle_of: {consensus version: its cycle}, from the snapshot.
    """
    mine = [s for s in said if cycle_of.get(s.version, s.in_cycle) == cycle]
    return [s for s in mine if s.version in cycle_of] or mine


def first_instant(month: str) -> datetime:
    """The first instant of a calendar month, UTC."""
    return datetime(int(month[:4]), int(month[5:7]), 1, tzinfo=UTC)


def first_recorded(state: State) -> str | None:
    """The cycle of the first thing anybody said, of whatever kind; None where nothing was."""
    items = (
        *state.stages, *state.gates, *state.meetings.values(), *state.sign_offs, *state.publishes,
        *state.decisions.values(), *state.requests.values(), *state.risks.values(), *state.improvements.values(),
    )  # fmt: skip
    return min((item.in_cycle for item in items), default=None)


def window(recorded: Iterable[str], last: str | None, length: int) -> Window:
    """The `length` cycles that end with `last`, not before the first recorded one.

    Where the company's cycle is monthly (the median step of its record), a month without any record is a skipped
    cycle and stays in the window; elsewhere only the recorded cycles are cycles. Empty without a record.
    """
    have = sorted(set(recorded))
    if last is None or not have or have[0] > last:
        return Window((), ())
    known = [c for c in have if c <= last]
    steps = [month_number(b) - month_number(a) for a, b in pairwise(known)]
    monthly = not steps or median_low(steps) <= 1
    cycles = span(max(known[0], add_months(last, 1 - length)), last) if monthly else known[-length:]
    return Window(tuple(cycles), tuple(c for c in cycles if c in set(known)))
