"""Who is in the room, and is that enough to decide?"""

from __future__ import annotations

from dataclasses import dataclass

from siop.core import words
from siop.health.cycle import stands_for
from siop.ledger.state import MeetingView, State


@dataclass(frozen=True, slots=True)
class Seat:
    """A required function at a meeting. status: principal, delegate, absent or unknown (not recorded yet)."""

    function: str
    person: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Presence:
    """The seats of a meeting and whether enough functions with authority are there."""

    seats: tuple[Seat, ...]
    needed: int

    @property
    def present(self) -> int:
        return sum(seat.status in ("principal", "delegate") for seat in self.seats)

    @property
    def recorded(self) -> bool:
        """Whether anybody's attendance was recorded."""
        return any(seat.status != "unknown" for seat in self.seats)

    @property
    def quorum(self) -> bool:
        return self.present >= self.needed > 0

    def sentence(self) -> str:
        """Quorum in words; computed from the seats."""
        total, delegates = len(self.seats), sum(s.status == "delegate" for s in self.seats)
        if not total:
            return "No function is named as a required signer"
        if not self.recorded:
            return f"Attendance is not recorded yet: {self.needed} of {total} functions are needed"
        said = f"{self.present} of {total} functions"
        if delegates:
            said += f", {words.count(delegates, 'of them', 'of them')} by delegate"
        return f"{'Quorum reached' if self.quorum else 'No quorum'}: {said}"


def presence(state: State, meeting: MeetingView | None) -> Presence:
    """The required functions' seats at a meeting; the last word per person counts."""
    said = {a.person: a for a in state.attendance if meeting is not None and a.meeting == meeting.id}
    there = [
        (a, stands_for(state, a, meeting))
        for a in said.values()
        if meeting is not None and a.person in state.people
    ]
    rank = {"principal": 3, "delegate": 2, "absent": 1}
    seats = []
    for function in state.required_functions:
        people = [p for p in state.people.values() if p.function == function and p.active]
        head = next((p for p in people if p.required_signer), people[0])
        mine = [a for a, functions in there if function in functions]
        best = max(mine, key=lambda a: rank[a.status], default=None)
        seat = state.people[best.person] if best is not None and rank[best.status] > 1 else head
        seats.append(Seat(function, seat.id, seat.name, best.status if best is not None else "unknown"))
    return Presence(tuple(seats), len(seats))  # every required function, as the gate and the publishing ask
