"""Yeses without an impact run, and for whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from siop.core import span
from siop.health import sway
from siop.health.numbers import exact_interval
from siop.health.window import Window
from siop.ledger.entry import entries_of
from siop.ledger.views import fold
from tests.health.companies import line, when

MONTHS = tuple(span("2025-11", "2026-10"))
YEAR = Window(MONTHS, MONTHS)


def request(
    one: str, customer: str, *, run: int | None = None, accepted: bool = True, cycle: str = "2026-05"
) -> list[dict[str, Any]]:
    """run: hours of the impact run before (negative) or after the answer; None is no run."""
    answered = when(cycle, 9)
    found = [
        line("request", when(cycle, 5), cycle, id=one, customer=customer, wanted="2026-07", asked_by="s",
             lines=[{"family": "F", "month": "2026-07", "quantity": 10}]),
    ]  # fmt: skip
    if run is not None:
        found.append(
            line("impact_run", answered + timedelta(hours=run), cycle, id=f"r{one}", request=one, result={})
        )
    reason = {} if run is not None and run < 0 else {"override_reason": "the chair said yes"}
    return [*found, line("request_answer", answered, cycle, request=one, accepted=accepted, **reason)]


def test_blind_yeses_by_hand() -> None:
    told = fold(entries_of(sorted([
        *request("1", "Big", run=None), *request("2", "Big", run=2), *request("3", "Small", run=-2),
        *request("4", "Big", run=None, accepted=False), *request("5", "Big", run=-30),
        *request("6", "Big", cycle="2025-09"),
    ], key=lambda one: str(one["at"]))))  # fmt: skip
    measured = sway.measure(told, YEAR, {"Big": 0.25, "Small": 0.05})
    # accepted in the window: 1, 2, 3, 5; without a run before the yes: 1 and 2 (its run came afterwards)
    assert measured.value == 2 / 4
    assert measured.interval == pytest.approx(exact_interval(2, 4))
    assert measured.subject == {"customer": "Big"}
    big = measured.evidence[0]
    assert (big["customer"], big["blind"], big["accepted"]) == ("Big", 2, 3)
    assert big["concentration"] == pytest.approx(1 / 0.25)
    assert "2 of 4 accepted requests had no impact run before the yes, 2 of them for Big" in measured.sentence


def test_nobody_blind_names_nobody() -> None:
    told = fold(entries_of([one for n in range(4) for one in request(str(n), f"C{n}", run=-2)]))
    measured = sway.measure(told, YEAR, {})
    assert (measured.value, measured.subject, measured.moves) == (0.0, {}, ())


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_yeses(n: int) -> None:
    told = fold(entries_of([one for k in range(n) for one in request(str(k), "C")]))
    measured = sway.measure(told, YEAR, {})
    assert measured.value is None
    assert (measured.n, measured.need) == (n, 3)


def test_a_yes_said_again_is_still_the_first_yes() -> None:
    """Blind in May; the run and a second yes in June mend nothing. Refused in between, the later yes is the one."""

    def again(accepted: bool, cycle: str) -> dict[str, Any]:
        return line(
            "request_answer", when(cycle, 20), cycle, request="1", accepted=accepted, override_reason="x"
        )

    run = line("impact_run", when("2026-06", 10), "2026-06", id="late", request="1", result={})
    blind = fold(entries_of([*request("1", "Big"), run, again(True, "2026-06")]))
    assert [(y.blind, y.cycle) for y in sway.accepted(blind, YEAR)] == [(True, "2026-05")]
    turned = [*request("1", "Big"), again(False, "2026-05"), run, again(True, "2026-06")]
    assert [(y.blind, y.cycle) for y in sway.accepted(fold(entries_of(turned)), YEAR)] == [(False, "2026-06")]
    no = fold(entries_of([*request("1", "Big"), again(False, "2026-06")]))
    assert sway.accepted(no, YEAR) == []
    assert len(sway.accepted(no, Window(MONTHS[:7], MONTHS[:7]))) == 1  # in May it stood accepted
