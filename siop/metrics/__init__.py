"""Where do we stand? Every KPI and every computation on plan and actual."""

from siop.metrics.accuracy import accuracy, accuracy_sentence
from siop.metrics.backlog import order_backlog
from siop.metrics.bridge import bridge, bridge_sentence
from siop.metrics.catalogue import CATALOGUE, Metric, metric
from siop.metrics.changes import change_sentence, plan_change
from siop.metrics.compare import attainment, default_measure, deviation, deviation_ratio, plan_vs_actual
from siop.metrics.outlook import outlook
from siop.metrics.query import Source, latest_consensus, members, months_of, resolve, table

__all__ = [
    "CATALOGUE",
    "Metric",
    "Source",
    "accuracy",
    "accuracy_sentence",
    "attainment",
    "bridge",
    "bridge_sentence",
    "change_sentence",
    "default_measure",
    "deviation",
    "deviation_ratio",
    "latest_consensus",
    "members",
    "metric",
    "months_of",
    "order_backlog",
    "outlook",
    "plan_change",
    "plan_vs_actual",
    "resolve",
    "table",
]
