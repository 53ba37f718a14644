"""The pre-read says what the scorecard and the agenda say, and nothing outside the reader's limits."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pikepdf
import pytest

from siop import meeting
from siop.core import Scope, span, words
from siop.exports import preread, written
from siop.exports.document import Document, Table, Text
from siop.ledger import Ledger, State
from siop.warehouse import Snapshot, current_snapshot
from siop.workspace import Workspace
from tests.metrics.small import make_snapshot


@pytest.fixture(scope="module")
def company(halden: Path) -> tuple[Snapshot, State]:
    place = Workspace(halden)
    found = current_snapshot(place.snapshots)
    assert found is not None
    return found, Ledger(place.ledger_url, keys=place.keys).state()


@pytest.fixture(scope="module")
def made(company: tuple[Snapshot, State]) -> Document:
    snapshot, state = company
    return preread(snapshot, state, Scope(cycle="2026-11"), cycle="2026-11", company="Halden")


def test_questions_and_figures_are_the_scorecards(made: Document, company: tuple[Snapshot, State]) -> None:
    card = meeting.scorecard(*company, Scope(cycle="2026-11"))
    said = [b.text for b in made.blocks if isinstance(b, Text)]
    for question in card.totals["questions"]:
        assert question["question"] in said
        assert question["answer"] in said
    table = next(b for b in made.blocks if isinstance(b, Table) and b.name == "Key figures")
    revenue = next(r for r in card.rows if r["metric"] == "revenue")
    assert table.rows[0][1] == words.amount(revenue["value"], "money", company[0].currency)
    assert table.rows[0][4] == words.amount(revenue["deviation"], "money", company[0].currency, signed=True)
    assert len(table.rows) == len(card.rows)


def test_every_decision_expected_is_there_with_its_options(
    made: Document, company: tuple[Snapshot, State]
) -> None:
    said = " ".join(b.text for b in made.blocks if isinstance(b, Text))
    waiting = meeting.open_decisions(company[1])
    assert waiting
    for decision in waiting:
        assert decision.question in said
        table = next(b for b in made.blocks if isinstance(b, Table) and b.name == f"Options of {decision.id}")
        assert len(table.rows) == len(decision.options)


def test_it_is_the_same_file_twice_and_fits_the_time_of_an_executive(made: Document) -> None:
    body = written(made, "pdf")
    assert body == written(made, "pdf")
    with pikepdf.open(io.BytesIO(body)) as found:
        assert 1 <= len(found.pages) <= 15


def test_a_company_without_families_gets_its_pre_read(tmp_path: Path) -> None:
    months = span("2025-01", "2026-06")
    sold = pd.DataFrame({"month": months, "sku": "A", "quantity": 10.0, "revenue": 100.0})
    held = make_snapshot(tmp_path, actuals=sold, closed_to=months[-1])
    made = preread(held, State(), Scope(), cycle="2026-07", company="Plain")
    assert any(isinstance(b, Table) and b.name == "Key figures" for b in made.blocks)
