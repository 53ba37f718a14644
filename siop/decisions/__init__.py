"""What do we decide, who signs, and did it hold? The one door for writing, and the log of decisions."""

from siop.decisions import room
from siop.decisions.commitments import Due, Kept, commitment_kept, commitments_kept, open_actions
from siop.decisions.effect import VERDICTS, Effect, computed_effects, effects, judge
from siop.decisions.identity import Identity, identify, operator
from siop.decisions.log import Standing, decisions, standing, totals
from siop.decisions.people import add_person, link_person, list_people, set_password
from siop.decisions.plan_rows import changed_rows, signed_against_now
from siop.decisions.plans import Plans, plans_of
from siop.decisions.rights import RIGHTS, may
from siop.decisions.service import Service, form, next_id
from siop.decisions.sign_off import (
    STANCES,
    Drift,
    FunctionSign,
    PlanStatus,
    drift,
    plan_status,
    signed_version,
)
from siop.decisions.survey_link import SurveyLink, make_links, read_link
from siop.decisions.together import write_all
from siop.decisions.visible import visible
from siop.decisions.window import last_cycle

__all__ = [
    "RIGHTS",
    "STANCES",
    "VERDICTS",
    "Drift",
    "Due",
    "Effect",
    "FunctionSign",
    "Identity",
    "Kept",
    "PlanStatus",
    "Plans",
    "Service",
    "Standing",
    "SurveyLink",
    "add_person",
    "changed_rows",
    "commitment_kept",
    "commitments_kept",
    "computed_effects",
    "decisions",
    "drift",
    "effects",
    "form",
    "identify",
    "judge",
    "last_cycle",
    "link_person",
    "list_people",
    "make_links",
    "may",
    "next_id",
    "open_actions",
    "operator",
    "plan_status",
    "plans_of",
    "read_link",
    "room",
    "set_password",
    "signed_against_now",
    "signed_version",
    "standing",
    "totals",
    "visible",
    "write_all",
]
