"""What do we decide today? The agenda of a cycle, who is in the room, and the scorecard."""

from siop.meeting import run
from siop.meeting.agenda import (
    READY,
    Agenda,
    agenda,
    agenda_sentence,
    current_cycle,
    cycles,
    days_said,
    expected,
    meeting_of,
    open_actions,
    open_decisions,
    stands_sentence,
    strip,
)
from siop.meeting.changed import Changed, changed, largest, triangle_rows
from siop.meeting.kpi_effect import kpi_effect
from siop.meeting.presence import Presence, Seat, presence
from siop.meeting.remarks import Remark, coordinates, remarks
from siop.meeting.scorecard import (
    needs_decision,
    nothing_waits,
    owner_sentence,
    scorecard,
    scorecard_sentence,
    streams,
    tiles,
    year_to_date,
)
from siop.meeting.supply import cash_and_service
from siop.meeting.tiles import tile_cell
from siop.meeting.year import BY_MONTH, months_sentence, year_by_month

__all__ = [
    "BY_MONTH",
    "READY",
    "Agenda",
    "Changed",
    "Presence",
    "Remark",
    "Seat",
    "agenda",
    "agenda_sentence",
    "cash_and_service",
    "changed",
    "coordinates",
    "current_cycle",
    "cycles",
    "days_said",
    "expected",
    "kpi_effect",
    "largest",
    "meeting_of",
    "months_sentence",
    "needs_decision",
    "nothing_waits",
    "open_actions",
    "open_decisions",
    "owner_sentence",
    "presence",
    "remarks",
    "run",
    "scorecard",
    "scorecard_sentence",
    "stands_sentence",
    "streams",
    "strip",
    "tile_cell",
    "tiles",
    "triangle_rows",
    "year_by_month",
    "year_to_date",
]
