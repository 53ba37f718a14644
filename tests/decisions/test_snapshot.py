"""Effects and plan changes read from snapshots."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siop.core import Scope, add_months
from siop.decisions import computed_effects, decisions, last_cycle, plans_of, signed_against_now
from siop.health.report import health
from siop.ledger import entries_of, fold
from siop.warehouse import Snapshot
from tests.ledger.examples import GOOD, line
from tests.metrics.small import make_snapshot

MONTHS = ["2026-03", "2026-04", "2026-05", "2026-06"]


def facts(*revenue: tuple[str, str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"month": month, "family": family, "region": region, "revenue": value}
            for family, region, values in revenue
            for month, value in zip(MONTHS, values, strict=False)
        ]
    )


def snapshot(folder: Path, name: str = "now", plan: list[float] | None = None) -> Snapshot:
    actuals = facts(("Pumps", "North", [9, 100, 110, 120]), ("Pumps", "South", [9, 10, 10, 10]),
                    ("Drives", "North", [9, 1, 1, 1]))  # fmt: skip
    plans = facts(("Pumps", "North", plan or [0, 80, 80, 80]), ("Pumps", "South", [0, 5, 5, 5]))
    plans["version"] = "C2026-03"
    return make_snapshot(folder, actuals=actuals, plans=plans, name=name)


def said(**prediction):
    told = {**GOOD["decided"]["prediction"], "p10": 60, "p50": 100, "p90": 130, **prediction}
    return fold(entries_of([line("decision"), line("decided", authorises=None, prediction=told)]))


@pytest.mark.parametrize(
    ("prediction", "change"),
    [
        ({}, 105.0),  # 330 + 30 less 240 + 15, April to June
        ({"scope": {"family": "Pumps", "region": "North"}}, 90.0),
        ({"scope": {"region": ["South"]}}, 15.0),
        ({"to": "2026-04"}, 25.0),
        ({"to": "2026-07"}, None),  # not closed
        ({"baseline_version": "gone"}, None),
        ({"metric": "customer smiles"}, None),
        ({"scope": {"planet": "Mars"}}, None),
        ({"scope": {"family": "Drives"}}, None),  # the baseline has no rows for it
    ],
)
def test_realised_is_actual_less_baseline_over_the_window(tmp_path, prediction, change):
    found = computed_effects(snapshot(tmp_path), said(**prediction))
    assert found.get("d1") == change


def test_the_report_judges_by_the_numbers_where_nobody_put_any_down(tmp_path):
    told = decisions(snapshot(tmp_path), said())
    assert (told.rows[0]["verdict"], told.rows[0]["effect"]["computed"]) == ("delivered", 105.0)
    assert told.totals["effects"]["n"] == 1
    assert told.as_of == "2026-06"


def test_a_reader_limited_to_a_region_sees_that_regions_effect(tmp_path):
    found = computed_effects(snapshot(tmp_path), said(), Scope(only=(("region", ("South",)),)))
    assert found == {"d1": 15.0}


def test_rows_changed_since_signing(tmp_path):
    signed, now = snapshot(tmp_path, "signed"), snapshot(tmp_path, "now", [0, 80, 81, 80])
    found = signed_against_now(signed, now, "C2026-03")
    told = found[["month", "family", "region", "change", "revenue_signed", "revenue_now"]]
    assert told.to_numpy().tolist() == [["2026-05", "Pumps", "North", "changed", 80.0, 81.0]]
    assert signed_against_now(signed, signed, "C2026-03").empty


def test_plans_of_a_snapshot(tmp_path):
    found = plans_of(snapshot(tmp_path))
    assert set(found.hashes) == {"C2026-03"}
    assert plans_of(None).snapshot is None


def test_the_window_ends_with_the_last_closed_cycle_as_that_of_health(tmp_path):
    """Decisions of March alone, closed to June: the twelve cycles end with June; a record that ends in April ends them."""
    lines = [line("decision"), line("decided", authorises=None, prediction=None)]
    facts_ = snapshot(tmp_path)
    plain = decisions(facts_, fold(entries_of(lines)))
    assert plain.totals["window"] == ["2025-07", "2026-06"]
    asked = decisions(facts_, fold(entries_of(lines)), Scope(cycle="2026-06"))
    assert (plain.totals["window"], plain.totals["settled"]) == (asked.totals["window"], 1)
    met = fold(entries_of([*lines, {**line("meeting"), "cycle": "2026-04"}]))
    told = decisions(facts_, met)
    assert told.totals["window"] == ["2025-05", "2026-04"] == [
        add_months(last_cycle(met, facts_.as_of, None), -11), health(facts_, met, Scope()).totals["cycle"]
    ]  # fmt: skip
    assert "The record of the process ends with Apr 2026" in told.notes[1]
