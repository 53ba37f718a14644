"""Where do we stand? Every KPI and every computation on plan and actual."""

from siop.metrics.accuracy import accuracy, accuracy_sentence
from siop.metrics.adherence import adherence
from siop.metrics.backlog import order_backlog
from siop.metrics.backtest import backtest_sentence
from siop.metrics.balance import balance, balance_sentence, viability_sentence
from siop.metrics.bridge import bridge, bridge_sentence
from siop.metrics.catalogue import CATALOGUE, metric
from siop.metrics.changes import change_sentence, plan_change
from siop.metrics.compare import attainment, default_measure, deviation, deviation_ratio, plan_vs_actual
from siop.metrics.explain import Explained, explained
from siop.metrics.grain import labels_of
from siop.metrics.grid import KINDS, family_grid, grid_sentence
from siop.metrics.inventory import inventory_position
from siop.metrics.metric import Metric
from siop.metrics.movement import who_moved, who_sentence
from siop.metrics.outlook import Band, landing_band, landing_samples, outlook, outlook_sentence
from siop.metrics.page import gap_sentence, has_measure, label_of, levels, ranked, row_sentence, scope_said
from siop.metrics.query import members, table
from siop.metrics.service import service, service_sentence
from siop.metrics.source import Source, latest_consensus, months_of, resolve
from siop.metrics.standard_hours import HOURS, has_hours
from siop.metrics.triangle import triangle, triangle_sentence
from siop.metrics.versions import unit_said, versions_sentence, versions_side_by_side
from siop.metrics.viability import (
    Viability,
    items_sentence,
    load_months,
    load_rows,
    load_sentence,
    plan_cycle,
    shortage_sentence,
    smallest_scale,
    viability,
    window,
)

__all__ = [
    "CATALOGUE",
    "HOURS",
    "KINDS",
    "Band",
    "Explained",
    "Metric",
    "Source",
    "Viability",
    "accuracy",
    "accuracy_sentence",
    "adherence",
    "attainment",
    "backtest_sentence",
    "balance",
    "balance_sentence",
    "bridge",
    "bridge_sentence",
    "change_sentence",
    "default_measure",
    "deviation",
    "deviation_ratio",
    "explained",
    "family_grid",
    "gap_sentence",
    "grid_sentence",
    "has_hours",
    "has_measure",
    "inventory_position",
    "items_sentence",
    "label_of",
    "labels_of",
    "landing_band",
    "landing_samples",
    "latest_consensus",
    "levels",
    "load_months",
    "load_rows",
    "load_sentence",
    "members",
    "metric",
    "months_of",
    "order_backlog",
    "outlook",
    "outlook_sentence",
    "plan_change",
    "plan_cycle",
    "plan_vs_actual",
    "ranked",
    "resolve",
    "row_sentence",
    "scope_said",
    "service",
    "service_sentence",
    "shortage_sentence",
    "smallest_scale",
    "table",
    "triangle",
    "triangle_sentence",
    "unit_said",
    "versions_sentence",
    "versions_side_by_side",
    "viability",
    "viability_sentence",
    "who_moved",
    "who_sentence",
    "window",
]
