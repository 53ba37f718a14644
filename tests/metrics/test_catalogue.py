"""The catalogue is complete, and every entry says what a reader needs."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

import siop
from siop.core import NotFound
from siop.metrics import CATALOGUE, explained, metric
from siop.metrics.definitions import OWNERS
from tests.metrics.small import make_snapshot

FIELD = (  # field.md section 3, in its order
    "wmape", "mape", "mase", "bias", "tracking_signal", "forecast_value_added", "stability", "plan_in_tolerance",
    "cumulative_deviation", "otif", "fill_rate", "perfect_order", "order_cycle_time", "production_attainment", "mix_adherence",
    "inventory_turns", "days_of_inventory", "days_of_supply", "projected_inventory", "order_backlog", "excess_value",
    "demand_supply_gap", "utilisation", "revenue", "margin", "latest_estimate", "price_effect", "volume_effect", "mix_effect",
    "new_effect", "discontinued_effect", "fx_effect", "cost_effect", "cash_to_cash", "working_capital", "gap_covered", "expected_net",
    "npi_on_time", "upside_adaptability", "supplier_otif", "fence_stability", "decision_latency", "decision_reversal", "attendance",
)  # fmt: skip
BETTER_UNITS = {"money", "units", "hours", "ratio", "days", "a year", "count", "money per unit", "points"}


def test_every_kpi_of_the_field_has_an_entry() -> None:
    assert [name for name in FIELD if name not in CATALOGUE] == []


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_an_entry_says_formula_unit_edge_owner_and_source(name: str) -> None:
    entry = CATALOGUE[name]
    assert all((entry.label, entry.formula, entry.undefined, entry.source, entry.owner, entry.needs)), entry
    assert entry.unit in BETTER_UNITS


@pytest.mark.parametrize("name", [n for n, m in CATALOGUE.items() if m.computed])
def test_what_computes_it_exists(name: str) -> None:
    parts = CATALOGUE[name].where.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join([siop.__name__, *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return
    pytest.fail(f"{CATALOGUE[name].where} is nowhere")


def test_owners_are_of_entries() -> None:
    assert [n for names in OWNERS.values() for n in names if n not in CATALOGUE] == []


def test_a_number_is_explained_with_its_files_or_what_it_needs(tmp_path: Path) -> None:
    snapshot = make_snapshot(
        tmp_path, actuals=pd.DataFrame({"month": ["2026-01"], "sku": ["A"], "revenue": [5.0]})
    )
    revenue, cash = explained(snapshot, ("revenue", "cash_to_cash"))
    assert (revenue.files, revenue.missing, revenue.owner) == (("small.csv",), (), "Sales")
    assert revenue.fresh == "closed to Jan 2026, loaded 2026-01-01"
    assert set(cash.missing) == {"inventory", "receivables", "payables"}
    with pytest.raises(NotFound):
        metric("nonsense")
