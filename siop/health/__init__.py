"""Is SIOP in control, and is it supported? The cycle, its gates, the executive support board, survey, improvements.

`health` answers `report health`; the pages take the same objects. Every index says its value or how much data would be
enough, with the rows behind it; there is no average of the five.
"""

from siop.health import asking, backlog, cycle_told, run, survey_told, template_edit
from siop.health.board import INDICES, SYMPTOMS, Threshold, thresholds, weakest
from siop.health.cycle import (
    Progress,
    Step,
    Template,
    company_templates,
    progress,
    read_templates,
    template_for,
)
from siop.health.effect import Effect, improvement_effect
from siop.health.gates import GateCheck, check_gates
from siop.health.influence import Influence, influence
from siop.health.maturity import STAGES, Criterion, Maturity, maturity
from siop.health.measured import Measured, Move
from siop.health.meetings import MeetingScore, Score, over_time, scores
from siop.health.report import headline, health, measure, trend
from siop.health.rounds import invited, is_closed, latest_round, round_result
from siop.health.survey import (
    PULSE,
    STATEMENTS,
    Gap,
    Statement,
    SurveyResult,
    check_answers,
    ordered,
)
from siop.health.told import (
    evidence_tables,
    felt_rows,
    gate_rows,
    gates_sentence,
    headline_in_two,
    influence_rows,
    judged_scope,
    meeting_rows,
    other_rows,
    step_cells,
    symptom_rows,
    trend_by,
)

__all__ = [
    "INDICES",
    "PULSE",
    "STAGES",
    "STATEMENTS",
    "SYMPTOMS",
    "Criterion",
    "Effect",
    "Gap",
    "GateCheck",
    "Influence",
    "Maturity",
    "Measured",
    "MeetingScore",
    "Move",
    "Progress",
    "Score",
    "Statement",
    "Step",
    "SurveyResult",
    "Template",
    "Threshold",
    "asking",
    "backlog",
    "check_answers",
    "check_gates",
    "company_templates",
    "cycle_told",
    "evidence_tables",
    "felt_rows",
    "gate_rows",
    "gates_sentence",
    "headline",
    "headline_in_two",
    "health",
    "improvement_effect",
    "influence",
    "influence_rows",
    "invited",
    "is_closed",
    "judged_scope",
    "latest_round",
    "maturity",
    "measure",
    "meeting_rows",
    "ordered",
    "other_rows",
    "over_time",
    "progress",
    "read_templates",
    "round_result",
    "run",
    "scores",
    "step_cells",
    "survey_told",
    "symptom_rows",
    "template_edit",
    "template_for",
    "thresholds",
    "trend",
    "trend_by",
    "weakest",
]
