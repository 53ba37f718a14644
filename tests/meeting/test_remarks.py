"""Comments follow the filter, stand at their row, and stay readable when their scope is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from siop.core import Scope
from siop.ledger import State
from siop.meeting import coordinates, remarks
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    facts = pd.DataFrame(
        {"month": "2026-01", "family": ["Pumps", "Valves"], "region": ["West", "East"], "revenue": [5.0, 6.0]}
    )
    return make_snapshot(tmp_path, actuals=facts)


def state(*said: tuple[dict[str, Any], str]) -> State:
    comments = [
        SimpleNamespace(metric="revenue", scope=scope, about_cycle=cycle, text=f"text {i}", by="p", seq=i, at=datetime(2026, 1, i + 1, tzinfo=UTC))
        for i, (scope, cycle) in enumerate(said)
    ]  # fmt: skip
    return cast(State, SimpleNamespace(comments=tuple(comments), name=lambda person: "Petra"))


def numbers(found: list[Any]) -> list[tuple[str, str | None]]:
    return [(r.text, r.row) for r in found]


def test_a_comment_stands_at_its_row_and_follows_the_filter(snapshot: Snapshot) -> None:
    told = state(({"family": "Pumps"}, "2026-01"), ({"family": "Pumps", "region": "West"}, "2026-01"))
    ask = {"metric": "revenue", "by": "family", "cycle": "2026-01"}
    assert numbers(remarks(snapshot, told, Scope(), **ask)) == [("text 1", None), ("text 0", "Pumps")]
    valves = Scope(where=Scope.filters({"family": "Valves"}))
    assert remarks(snapshot, told, valves, **ask) == []
    west = Scope(where=Scope.filters({"region": "West"}))
    assert numbers(remarks(snapshot, told, west, **ask)) == [("text 1", "Pumps")]
    assert remarks(snapshot, told, Scope(), metric="quantity", by="family", cycle="2026-01") == []


def test_the_cycle_on_screen_comes_first(snapshot: Snapshot) -> None:
    told = state(({"family": "Pumps"}, "2026-02"), ({"family": "Pumps"}, "2026-01"))
    found = remarks(snapshot, told, Scope(), metric="revenue", by="family", cycle="2026-02")
    assert [(r.number, r.cycle) for r in found] == [(1, "2026-02"), (2, "2026-01")]


@pytest.mark.parametrize("scope", [{"family": "Compressors"}, {"plant": "North"}])
def test_a_comment_on_a_scope_that_is_gone_stays_readable(snapshot: Snapshot, scope: dict[str, Any]) -> None:
    found = remarks(
        snapshot, state((scope, "2026-01")), Scope(), metric="revenue", by="family", cycle="2026-01"
    )
    assert [(r.text, r.gone) for r in found] == [("text 0", True)]


def test_coordinates_are_the_screen_and_the_row() -> None:
    scope = Scope(where=Scope.filters({"region": "West"}))
    assert coordinates(scope, "revenue", "family", "Pumps", "2026-01") == {
        "metric": "revenue", "scope": {"region": "West", "family": "Pumps"}, "cycle": "2026-01",
    }  # fmt: skip
    assert coordinates(scope, "revenue", "family", None, "")["scope"] == {"region": "West"}
