"""What could move the year? The register, its simulation, and whether its owners are right.

`report` answers `report risk`; the pages take the same objects: `register` the items, `simulate` the draws, `what_if`
the sliders, `calibrate` the record of those who scored.
"""

from siop.risks.board import (
    Board,
    beyond_sentence,
    bin_rows,
    bins_sentence,
    board,
    closed_rows,
    figures,
    lever_rows,
    owner_rows,
    owners_sentence,
    period_rows,
    register_rows,
    score_history,
    surprise_rows,
    surprise_sentence,
    tornado_rows,
    what_if_sentence,
)
from siop.risks.calibrate import Bin, Calibration, Closed, calibrate, calibrate_by, judge, reliability, wilson
from siop.risks.impact import SIGN, Exposure
from siop.risks.landing import Landing, OutlookBand, land
from siop.risks.levers import Lever, levers
from siop.risks.paste import Pasted, check_item, check_score, checked_outcome, new_id, read_paste
from siop.risks.picture import Base, Picture, picture
from siop.risks.register import FLAGS, Line, closed_items, register, table
from siop.risks.report import headline, report_of, risk
from siop.risks.sentences import chance_said
from siop.risks.simulate import Simulation, column, percentiles, simulate, tail_mean, what_if
from siop.risks.surprise import Deviation, Surprise, surprises
from siop.risks.trigger import Fired, evaluate_all, read_trigger

__all__ = [
    "FLAGS",
    "SIGN",
    "Base",
    "Bin",
    "Board",
    "Calibration",
    "Closed",
    "Deviation",
    "Exposure",
    "Fired",
    "Landing",
    "Lever",
    "Line",
    "OutlookBand",
    "Pasted",
    "Picture",
    "Simulation",
    "Surprise",
    "beyond_sentence",
    "bin_rows",
    "bins_sentence",
    "board",
    "calibrate",
    "calibrate_by",
    "chance_said",
    "check_item",
    "check_score",
    "checked_outcome",
    "closed_items",
    "closed_rows",
    "column",
    "evaluate_all",
    "figures",
    "headline",
    "judge",
    "land",
    "lever_rows",
    "levers",
    "new_id",
    "owner_rows",
    "owners_sentence",
    "percentiles",
    "period_rows",
    "picture",
    "read_paste",
    "read_trigger",
    "register",
    "register_rows",
    "reliability",
    "report_of",
    "risk",
    "score_history",
    "simulate",
    "surprise_rows",
    "surprise_sentence",
    "surprises",
    "table",
    "tail_mean",
    "tornado_rows",
    "what_if",
    "what_if_sentence",
    "wilson",
]
