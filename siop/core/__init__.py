"""The words everything else is written in. Imports nothing of siop."""

from siop.core.errors import NotAllowed, NotFound, Refused, SiopError, StaleForm, Undefined
from siop.core.finding import Finding
from siop.core.measure import MEASURES, Measure, Polarity
from siop.core.period import (
    add_months,
    is_month,
    month_number,
    month_of,
    months_between,
    parse_month,
    span,
)
from siop.core.report import Report, plain
from siop.core.scope import Scope

__all__ = [
    "MEASURES",
    "Finding",
    "Measure",
    "NotAllowed",
    "NotFound",
    "Polarity",
    "Refused",
    "Report",
    "Scope",
    "SiopError",
    "StaleForm",
    "Undefined",
    "add_months",
    "is_month",
    "month_number",
    "month_of",
    "months_between",
    "parse_month",
    "plain",
    "span",
]
