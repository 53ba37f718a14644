"""Where do we stand? Every KPI and every computation on plan and actual."""

from siop.metrics.compare import attainment, default_measure, deviation, deviation_ratio, plan_vs_actual
from siop.metrics.query import Source, latest_consensus, members, months_of, resolve, table

__all__ = [
    "Source",
    "attainment",
    "default_measure",
    "deviation",
    "deviation_ratio",
    "latest_consensus",
    "members",
    "months_of",
    "plan_vs_actual",
    "resolve",
    "table",
]
