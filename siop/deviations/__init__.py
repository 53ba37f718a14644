"""What needs an owner, where is it, and what is becoming normal?"""

from siop.deviations.board import Board, board, control_of, last_quarter, money_rows
from siop.deviations.case import Standing, open_case, standing, standings, working_days
from siop.deviations.decay import Decay, decay
from siop.deviations.detect import Chart, chart
from siop.deviations.localise import Localised, Slice
from siop.deviations.norm import STATES, Norm, Stream, norm
from siop.deviations.replies import Replies
from siop.deviations.report import deviations, headline, localise
from siop.deviations.streams import Streams, streams
from siop.deviations.tolerance import Tolerance, tolerance_of

__all__ = [
    "STATES",
    "Board",
    "Chart",
    "Decay",
    "Localised",
    "Norm",
    "Replies",
    "Slice",
    "Standing",
    "Stream",
    "Streams",
    "Tolerance",
    "board",
    "chart",
    "control_of",
    "decay",
    "deviations",
    "headline",
    "last_quarter",
    "localise",
    "money_rows",
    "norm",
    "open_case",
    "standing",
    "standings",
    "streams",
    "tolerance_of",
    "working_days",
]
