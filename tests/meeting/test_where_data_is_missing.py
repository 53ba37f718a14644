"""A company that gives little is told what is there and what is missing, never that all is well."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siop import meeting
from siop.core import Report, Scope, add_months, span, words
from siop.ledger import State
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

MONTHS = span("2025-01", "2026-09")
STATE = State()


def card_of(snapshot: Snapshot) -> tuple[Report, str]:
    card = meeting.tiles(snapshot, Scope())
    return card, meeting.scorecard_sentence(card, None, None, "EUR")


def tile(card: Report, name: str) -> dict[str, object]:
    return meeting.tile_cell(next(row for row in card.rows if row["metric"] == name), "EUR")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Actuals of one SKU in pieces and nothing else: no family, no plan, no money."""
    actuals = pd.DataFrame([(m, "A", 100.0) for m in MONTHS], columns=["month", "sku", "quantity"])
    return make_snapshot(
        tmp_path_factory.mktemp("alone"), name="alone", closed_to=MONTHS[-1], actuals=actuals
    )


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """One family in kilograms, one in pieces; the last month is far under the plan; no money anywhere."""
    rows = [(m, sku, 50.0 if m == MONTHS[-1] else 100.0) for m in MONTHS for sku in "AB"]
    plan = [(f"{add_months(m, -1)} C", m, sku, 100.0) for m in MONTHS for sku in "AB"]
    return make_snapshot(
        tmp_path_factory.mktemp("counted"), name="counted", closed_to=MONTHS[-1],
        actuals=pd.DataFrame(rows, columns=["month", "sku", "quantity"]),
        plans=[pd.DataFrame(plan, columns=["version", "month", "sku", "quantity"])],
        versions=pd.DataFrame([{"version": f"{add_months(m, -1)} C", "kind": "consensus", "cycle": add_months(m, -1)} for m in MONTHS]),
        products=pd.DataFrame({"sku": ["A", "B"], "family": ["Water", "Fire"], "unit": ["kg", "pcs"]}),
    )  # fmt: skip


def test_without_families_the_agenda_and_the_scorecard_stand(alone: Snapshot) -> None:
    streams = meeting.streams(alone, STATE, Scope())
    assert not streams.rows
    assert "name no family" in meeting.owner_sentence(streams)
    assert meeting.needs_decision(alone, STATE, Scope(), streams) == []
    said = meeting.nothing_waits(streams)
    assert said.startswith("No decision is open.")
    assert "within" not in said


def test_without_revenue_the_first_known_figure_is_the_headline(alone: Snapshot) -> None:
    card, said = card_of(alone)
    assert said == f"Quantity is 900{words.NBSP}units; budget says nothing about this scope"
    assert tile(card, "revenue")["state"] == "is not loaded"
    assert tile(card, "margin_ratio")["state"] == "needs revenue and cost"


def test_kilograms_and_pieces_have_no_tile_and_say_why(counted: Snapshot) -> None:
    card, _ = card_of(counted)
    assert tile(card, "quantity")["state"] == "is of several units: no sum"
    assert "Quantity is of several units: no sum." in card.notes


def test_out_of_tolerance_needs_a_decision_though_its_money_is_not_known(counted: Snapshot) -> None:
    streams = meeting.streams(counted, STATE, Scope())
    assert {row["family"] for row in streams.rows if row["in_tolerance"] is False} == {"Water", "Fire"}
    rows = meeting.needs_decision(counted, STATE, Scope(), streams)
    assert {row["family"] for row in rows} == {"Water", "Fire"}
    assert all(row["money"] is None for row in rows)


def test_on_plan_is_neither_over_nor_under(tmp_path: Path) -> None:
    names = ["month", "sku", "revenue"]
    actuals = pd.DataFrame([(m, "A", 0.0) for m in MONTHS], columns=names)
    plan = actuals.assign(version="B")
    snapshot = make_snapshot(
        tmp_path, name="zero", closed_to=MONTHS[-1], actuals=actuals, plans=[plan],
        versions=pd.DataFrame([{"version": "B", "kind": "budget"}]),
    )  # fmt: skip
    assert card_of(snapshot)[1] == "Revenue is on budget"


def test_a_change_that_shows_as_zero_has_no_colour() -> None:
    row = {"metric": "margin_ratio", "label": "Margin ratio", "unit": "ratio", "polarity": 1, "value": 0.41, "plan": 0.4102,
           "deviation": -0.0002, "deviation_ratio": None, "against": "budget", "status": "within tolerance", "note": None}  # fmt: skip
    cell = meeting.tile_cell(row, "EUR")
    assert (cell["deviation"], cell["judged"]) == ("0.0 points", "neutral")


def test_the_landing_names_its_unit_where_the_gap_has_another() -> None:
    rows = [{"metric": "revenue", "value": 9e3, "deviation": -658.0, "against": "budget", "sentence": ""}]

    def report(totals: dict[str, object]) -> Report:
        return Report("x", "s", None, {}, rows, {"against": "budget", **totals}, None, [])

    outlook = report({"landing": {"p50": 98_900.0, "budget": 100_000.0}})
    said = meeting.scorecard_sentence(report({}), None, outlook, "EUR")
    assert said.endswith(f"the year closes 1.1{words.NBSP}kEUR short of budget")
    outlook = report({"landing": {"p50": 99_300.0, "budget": 100_000.0}})
    assert meeting.scorecard_sentence(report({}), None, outlook, "EUR").endswith(
        "closes 700.0 short of budget"
    )
