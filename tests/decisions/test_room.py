"""The words of the decisions room, from rows made by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from siop.decisions import FunctionSign, PlanStatus, room
from siop.ledger.state import SignOffView, State

DAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def row(ident: str, cycle: str = "2026-11", **said: Any) -> dict[str, Any]:
    """A row of the report `decisions`, open unless told otherwise."""
    return {
        "id": ident, "cycle": cycle, "raised_at": DAY, "question": "Do we?", "state": "open", "late": False, "needed_by": None,
        "options": [{"label": "Yes", "cost": 14_000.0}, {"label": "No", "cost": None}], "outcome": None, "option": None,
        "objections": [], "positions": [], "owner": None, "due": None, "prediction": None, "effect": None, "verdict": None,
        "superseded_by": None, "imported": False, **said,
    }  # fmt: skip


def signed(function: str, stance: str | None, *, current: bool = True) -> FunctionSign:
    sign = None if stance is None else SignOffView(
        seq=7, at=DAY, by=function.lower(), version="V", plan_hash="a", plan_snapshot="s", person=function.lower(),
        function=function, stance=stance, reason="Stock" if stance != "consent" else None, bound_at_import=False,
    )  # fmt: skip
    return FunctionSign(function, (function.lower(),), sign, current and sign is not None)


def status(*functions: FunctionSign) -> PlanStatus:
    return PlanStatus("V", "a", functions, len(functions), None, False, (), False)


@pytest.mark.parametrize(
    ("functions", "rows", "sentence"),
    [
        ((signed("Sales", None), signed("Finance", None)), [], "None of two functions has signed plan V; no decisions wait"),
        ((signed("Sales", "consent"), signed("Finance", None)), [row("D-1")],
         "One of two functions has signed plan V; one decision waits"),
        ((signed("Sales", "consent"), signed("Finance", "object")), [row("D-1", objections=["Sales"])],
         "All two functions have signed plan V; one decision waits; Finance objects to the plan and Sales objects to D-1"),
        ((signed("Sales", "object"), signed("Finance", "consent")), [row("D-1", objections=["Sales"])],
         "All two functions have signed plan V; one decision waits; Sales objects to the plan and D-1"),
        ((signed("Sales", "consent"), signed("Finance", "consent", current=False)), [row("D-1", state="decided")],
         "One of two functions has signed plan V; no decisions wait"),
    ],
)  # fmt: skip
def test_headline_counts_what_stands_on_the_page(
    functions: tuple[FunctionSign, ...], rows: list[dict[str, Any]], sentence: str
) -> None:
    assert room.headline(status(*functions), rows) == sentence


def test_a_signature_under_other_rows_is_not_shown_as_one() -> None:
    marks = room.plan_marks(
        status(signed("Sales", "object"), signed("Finance", "object", current=False)), State()
    )
    assert marks == [
        ("object", "Sales", "Objects", "Stock"),
        ("wait", "Finance", "Signed other rows", "entry 7"),
    ]
    assert room.tally(marks) == "1 objects, 1 not yet"


def test_the_log_keeps_this_cycle_the_one_before_and_what_waits() -> None:
    rows = [
        row("D-1", "2026-02"),
        row("D-2", "2026-02", state="decided"),
        row("D-3", "2026-10", state="decided"),
        row("D-4"),
    ]
    assert [r["id"] for r in room.shown(rows, "cycle", "2026-11")] == ["D-4", "D-3", "D-1"]
    assert [r["id"] for r in room.shown(rows, "open", "2026-11")] == ["D-4", "D-1"]
    assert len(room.shown(rows, "all", "2026-11")) == len(rows)


def test_a_row_says_option_cost_and_effect_in_one_unit_each() -> None:
    told = {"metric": "margin", "p50": -1_200_000.0}
    line = room.line(
        row("D-1", state="decided", outcome="approved", option="Yes", verdict="partly", due=date(2026, 12, 2),
            prediction=told, effect={"realised": 400.0}), State(), "EUR",
    )  # fmt: skip
    assert line["chosen"] == "Approved: Yes, cost 14.0\xa0kEUR"
    assert (line["predicted"], line["actual"], line["due"]) == ("−1.2\xa0mEUR", "+400\xa0EUR", "02 Dec")
    assert (line["state"], line["heavy"]) == ("part of its effect", True)
