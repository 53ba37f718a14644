"""Triggers: which sentences are read, and what they say on data that is known."""

from __future__ import annotations

import pytest

from siop.core import Scope
from siop.risks.trigger import evaluate, read_trigger
from siop.warehouse import Snapshot
from tests.risks.company import company, risk, told


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Pumps reach 80 % in the last closed month: 3,200 of 4,000 revenue, 32 of 40 units."""
    return company(tmp_path_factory.mktemp("company"), effects={("Pumps", "2026-06"): 0.8})


@pytest.mark.parametrize(
    ("text", "passed", "value", "limit"),
    [
        ("quantity below 90 % of plan", True, 32.0, 36.0),
        ("quantity below 75% of the budget", False, 32.0, 30.0),
        ("revenue < 3200", False, 3_200.0, 3_200.0),
        ("Revenue <= 3200", True, 3_200.0, 3_200.0),
        ("margin above 1000.5", True, 1_280.0, 1_000.5),
        ("revenue over 79 % of prior year", True, 3_200.0, 3_160.0),
    ],
)
def test_a_trigger_on_known_data(
    snapshot: Snapshot, text: str, passed: bool, value: float, limit: float
) -> None:
    found = evaluate(snapshot, told(risk("R1", trigger=text)).risks["R1"], Scope())
    assert found is not None
    assert (found.passed, found.month) == (passed, "2026-06")
    assert (found.value, found.limit) == (pytest.approx(value), pytest.approx(limit))
    assert "Jun 2026" in found.said


@pytest.mark.parametrize(
    "text", ["when the customer signs", "backlog below 3", "revenue below", "revenue below 3 of plan"]
)
def test_words_for_people_are_not_evaluated_and_say_so(snapshot: Snapshot, text: str) -> None:
    assert read_trigger(text) is None
    found = evaluate(snapshot, told(risk("R1", trigger=text)).risks["R1"], Scope())
    assert found is not None
    assert found.passed is None
    assert "not evaluated" in found.said


def test_an_unknown_scope_is_said_not_raised(snapshot: Snapshot) -> None:
    for scope in ({"planet": "Mars"}, {"family": "Tanks"}):
        found = evaluate(
            snapshot, told(risk("R1", trigger="revenue below 5", scope=scope)).risks["R1"], Scope()
        )
        assert found is not None
        assert found.passed is None


def test_no_trigger_is_nothing(snapshot: Snapshot) -> None:
    assert evaluate(snapshot, told(risk("R1")).risks["R1"], Scope()) is None
