"""What needs an owner, where is it, and what is becoming normal?

`report deviations` and `report localise` are `deviations` and `localise`; pages take the same objects: `streams` every
family's history with its chart, tolerance and norm, `board` and `control_of` what the page draws of them, `standings`
the cases on a day, `to_open` and `to_close` what the rules propose, `digest` the week's mail.
"""

from siop.deviations.becoming import Becoming, becoming, becoming_sentence
from siop.deviations.behind import (
    gap_rows,
    sku_rows,
    skus_sentence,
    verdict_rows,
    verdict_sentence,
    window_said,
)
from siop.deviations.board import Board, board, control_of, money_rows
from siop.deviations.case import (
    SNOOZE,
    Standing,
    is_snooze,
    linked_decision,
    open_case,
    repeated_causes,
    snoozing,
    standing,
    standings,
    working_days,
)
from siop.deviations.casefile import (
    CaseFile,
    case_file,
    case_rows,
    cases_sentence,
    cause_rows,
    day_said,
    proposals_sentence,
    seen_cases,
)
from siop.deviations.counted import COUNTED, counted, counters
from siop.deviations.decay import Decay, decay
from siop.deviations.detect import Chart, chart
from siop.deviations.digest import Digest, digest
from siop.deviations.facts import measures_of
from siop.deviations.flags import keep_flags, named, sku_table
from siop.deviations.localise import Localised, Slice
from siop.deviations.norm import STATES, Norm, Stream, norm
from siop.deviations.replies import Replies
from siop.deviations.report import deviations, headline, report_of
from siop.deviations.rule import Closing, Opening, to_close, to_open
from siop.deviations.slices import last_quarter, localise
from siop.deviations.streams import Streams, streams
from siop.deviations.trace import VERDICTS, Traced, shares, trace
from siop.deviations.two_questions import (
    Quadrant,
    quadrants,
    quadrants_sentence,
    tolerance_rows,
    tolerances_sentence,
)
from siop.metrics.tolerance import Tolerance, tolerance_of

__all__ = [
    "COUNTED",
    "SNOOZE",
    "STATES",
    "VERDICTS",
    "Becoming",
    "Board",
    "CaseFile",
    "Chart",
    "Closing",
    "Decay",
    "Digest",
    "Localised",
    "Norm",
    "Opening",
    "Quadrant",
    "Replies",
    "Slice",
    "Standing",
    "Stream",
    "Streams",
    "Tolerance",
    "Traced",
    "becoming",
    "becoming_sentence",
    "board",
    "case_file",
    "case_rows",
    "cases_sentence",
    "cause_rows",
    "chart",
    "control_of",
    "counted",
    "counters",
    "day_said",
    "decay",
    "deviations",
    "digest",
    "gap_rows",
    "headline",
    "is_snooze",
    "keep_flags",
    "last_quarter",
    "linked_decision",
    "localise",
    "measures_of",
    "money_rows",
    "named",
    "norm",
    "open_case",
    "proposals_sentence",
    "quadrants",
    "quadrants_sentence",
    "repeated_causes",
    "report_of",
    "seen_cases",
    "shares",
    "sku_rows",
    "sku_table",
    "skus_sentence",
    "snoozing",
    "standing",
    "standings",
    "streams",
    "to_close",
    "to_open",
    "tolerance_of",
    "tolerance_rows",
    "tolerances_sentence",
    "trace",
    "verdict_rows",
    "verdict_sentence",
    "window_said",
    "working_days",
]
