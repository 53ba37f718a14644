"""What a page asks is remembered: of the data alone over a write, of the ledger until its head moves."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from siop.core import Report, Scope
from siop.ledger import State
from siop.ui.here import Here

CALLED: list[str] = []


def of_data(snapshot: Any, scope: Scope, *, by: tuple[str, ...] = ()) -> int:
    CALLED.append("data")
    return len(CALLED)


def of_ledger(snapshot: Any, state: State, scope: Scope) -> int:
    CALLED.append("ledger")
    return len(CALLED)


def of_report(snapshot: Any, report: Report) -> int:
    CALLED.append("report")
    return len(CALLED)


@pytest.fixture
def at() -> Here:
    CALLED.clear()
    nothing = cast(Any, None)
    return Here(
        workspace=nothing, settings=nothing, snapshot=cast(Any, SimpleNamespace(id="S1")), ledger=nothing,
        state=State(head="one"), service=nothing, identity=cast(Any, SimpleNamespace(only=())), scope=Scope(),
        cycle="2026-11", against="budget", period="year", theme=nothing, company="Example",
    )  # fmt: skip


def asked(at: Here) -> None:
    at.ask(of_data, at.scope, by=("family",))
    at.ask(of_ledger, at.state, at.scope)
    at.ask(of_report, Report("deviations", "S1", None, {}, [], {}))


def test_a_write_forgets_what_came_from_the_ledger_alone(at: Here) -> None:
    asked(at)
    asked(at)
    assert CALLED == ["data", "ledger", "report"]
    CALLED.clear()
    asked(replace(at, state=State(head="two")))
    assert CALLED == ["ledger", "report"]


def test_another_scope_reader_or_snapshot_is_another_question(at: Here) -> None:
    asked(replace(at, state=State(head="three")))
    CALLED.clear()
    other = Scope(where=Scope.filters({"region": "West"}))
    at.ask(of_data, other, by=("family",))
    at.ask(of_data, at.scope, by=("sku",))
    reader = replace(at, identity=cast(Any, SimpleNamespace(only=(("region", ("West",)),))))
    reader.ask(of_data, at.scope, by=("family",))
    replace(at, snapshot=cast(Any, SimpleNamespace(id="S2"))).ask(of_data, at.scope, by=("family",))
    assert CALLED == ["data"] * 4
