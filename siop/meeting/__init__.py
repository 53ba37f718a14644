"""What do we decide today? The agenda of a cycle, who is in the room, and the scorecard."""

from siop.meeting.agenda import (
    Agenda,
    agenda,
    agenda_sentence,
    current_cycle,
    cycles,
    expected,
    meeting_of,
    open_actions,
    open_decisions,
)
from siop.meeting.presence import Presence, Seat, presence

__all__ = [
    "Agenda",
    "Presence",
    "Seat",
    "agenda",
    "agenda_sentence",
    "current_cycle",
    "cycles",
    "expected",
    "meeting_of",
    "open_actions",
    "open_decisions",
    "presence",
]
