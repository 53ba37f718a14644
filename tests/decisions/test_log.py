"""Latency, debt and reversal: an event log replayed, with answers worked out by hand."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.core import Scope, add_months
from siop.decisions import decisions, standing
from siop.ledger import State, entries_of, fold
from tests.ledger.examples import line


def raised(name: str, at: str, stake: float | None = 100, **more: Any) -> dict[str, Any]:
    told = {"value_at_stake_month": stake, "needed_by": None, **more}
    return {**line("decision", at=at, id=name, **told), "cycle": at[:7]}


def decided(name: str, at: str, outcome: str = "approved", **more: Any) -> dict[str, Any]:
    told = {"authorises": None, "prediction": None, "option": "A", **more}
    return {**line("decided", at=at, decision=name, outcome=outcome, **told), "cycle": at[:7]}


def report(*lines: dict[str, Any], cycle: str | None = None, **scope: Any):
    state = fold(entries_of(lines))
    return decisions(None, state, Scope(cycle=cycle, **scope), today=date(2026, 6, 15))


REPLAY = [
    raised("d1", "2026-01-10T00:00:00Z"),
    decided("d1", "2026-01-20T00:00:00Z"),  # 10 days
    raised("d2", "2026-01-10T00:00:00Z"),
    decided("d2", "2026-02-09T00:00:00Z", "deferred"),
    decided("d2", "2026-03-11T00:00:00Z", "rejected"),  # 60 days; the deferral settled nothing
    raised("d3", "2026-02-01T00:00:00Z", 50),
    decided("d3", "2026-04-01T00:00:00Z", "deferred"),  # waits since February
    raised("d4", "2026-03-05T00:00:00Z", 1000),  # waits since March
    raised("d5", "2026-03-01T00:00:00Z"),
    decided(
        "d5", "2026-03-15T12:00:00Z", supersedes="d1"
    ),  # 14.5 days; two cycles after d1, no new information
    raised("d6", "2026-05-01T00:00:00Z", None),  # waits, nobody priced it
]


def test_the_replay_has_the_answers_worked_out_by_hand():
    told = report(*REPLAY, cycle="2026-05")
    rows = {row["id"]: row for row in told.rows}
    assert {name: row["state"] for name, row in rows.items()} == {
        "d1": "superseded", "d2": "decided", "d3": "deferred", "d4": "open", "d5": "decided", "d6": "open",
    }  # fmt: skip
    assert [rows[d]["latency_days"] for d in ("d1", "d2", "d5")] == [10.0, 60.0, 14.5]
    assert (rows["d3"]["months_open"], rows["d3"]["debt"]) == (3, 150.0)
    assert (rows["d4"]["months_open"], rows["d4"]["debt"]) == (2, 2000.0)
    assert rows["d1"]["superseded_by"] == "d5"
    assert rows["d1"]["reversed"]
    totals = told.totals
    assert (totals["latency"], totals["debt"]) == (14.5, 2150.0)
    assert (totals["settled"], totals["reversed"], totals["reversal"]) == (3, 1, 1 / 3)
    assert (totals["open"], totals["carried_over"], totals["unpriced"]) == (3, 2, 1)
    assert told.notes[0] == (
        "Three decisions wait, 2,150 at stake so far; half of three decisions took 14 days or less; "
        "33\u00a0% were reversed within two cycles without new information."
    )


def test_the_log_as_it_was_at_an_earlier_cycle():
    told = report(*REPLAY, cycle="2026-02")
    assert {row["id"]: row["state"] for row in told.rows} == {"d1": "decided", "d2": "deferred", "d3": "open"}
    assert told.totals["debt"] == 100.0  # d2, one month; d3 was raised in this cycle
    assert told.totals["reversal"] == 0.0


@pytest.mark.parametrize(
    ("at", "more", "reversal"),
    [
        ("2026-03-20", {}, 0.5),
        ("2026-04-20", {}, 0.0),  # three cycles later: a new decision, no reversal
        ("2026-03-20", {"new_information": True}, 0.0),
        ("2026-03-20", {"outcome": "deferred"}, 0.0),
    ],
)
def test_what_counts_as_a_reversal(at, more, reversal):
    lines = [
        raised("a", "2026-01-05"),
        decided("a", "2026-01-20"),
        raised("b", at),
        decided("b", at, **{"supersedes": "a", **more}),
    ]
    found = report(*lines, cycle="2026-05").totals
    settled = 1 if more.get("outcome") == "deferred" else 2
    assert (found["settled"], found["reversal"]) == (settled, reversal)


@pytest.mark.parametrize(
    ("at", "outcome", "more", "reversal"),
    [
        ("2026-03-20", "rejected", {"option": None}, 1.0),
        ("2026-03-20", "approved", {"option": "B"}, 1.0),
        ("2026-03-20", "with_conditions", {}, 0.0),  # the same answer, with conditions
        ("2026-03-20", "approved", {"option": None}, 0.0),  # said again without the option
        ("2026-04-20", "rejected", {"option": None}, 0.0),  # three cycles later
        ("2026-03-20", "rejected", {"option": None, "new_information": True}, 0.0),
        ("2026-03-20", "deferred", {"option": None}, 0.0),
    ],
)
def test_an_answer_that_turns_the_first_one_is_a_reversal(at, outcome, more, reversal):
    lines = [raised("a", "2026-01-05"), decided("a", "2026-01-20"), decided("a", at, outcome, **more)]
    told = report(*lines, cycle="2026-05")
    assert (told.totals["settled"], told.totals["reversal"]) == (1, reversal)
    assert told.rows[0]["latency_days"] == 15.0  # to the first answer
    assert report(*lines, cycle="2026-02").totals["reversal"] == 0.0  # as it was before


def test_the_window_is_twelve_cycles():
    lines = [
        raised("a", "2025-01-05"),
        decided("a", "2025-05-20"),
        raised("b", "2026-04-01"),
        decided("b", "2026-04-09"),
    ]
    assert report(*lines, cycle="2026-04").totals["settled"] == 2
    assert report(*lines, cycle="2026-05").totals["latency"] == 8.0


def test_nothing_raised():
    told = report()
    assert (told.rows, told.totals["latency"], told.totals["reversal"], told.totals["debt"]) == (
        [],
        None,
        None,
        0.0,
    )
    assert told.notes == ["No decision was raised."]


def test_a_stake_that_nobody_named_is_unknown_and_not_zero():
    """By hand: 100 a month for three months; the other one is not known."""
    nobody, priced = raised("n1", "2026-01-05", None), raised("n2", "2026-01-05", 100)
    alone = report(nobody, cycle="2026-04")
    assert (alone.rows[0]["debt"], alone.rows[0]["months_open"]) == (None, 3)
    assert (alone.totals["debt"], alone.totals["unpriced"], alone.totals["open"]) == (None, 1, 1)
    assert alone.notes == ["One decision waits, and nobody said what is at stake."]
    both = report(nobody, priced, cycle="2026-04")
    assert {r["id"]: r["debt"] for r in both.rows} == {"n1": None, "n2": 300.0}
    assert (both.totals["debt"], both.totals["unpriced"]) == (300.0, 1)
    answered = report(nobody, decided("n1", "2026-02-01"), cycle="2026-04")
    assert (answered.totals["debt"], answered.totals["unpriced"], answered.rows[0]["debt"]) == (0.0, 0, None)


def test_an_empty_slice_is_not_an_empty_log():
    where = (("region", ("North",)),)
    told = report(raised("a", "2026-04-01"), raised("b", "2026-05-01"), where=where)
    assert told.rows == []
    assert told.notes == ["No decision names this slice.", "two decisions without a scope left out."]
    assert report(raised("a", "2026-04-01"), first="2026-05").notes == [
        "No decision was raised in these cycles."
    ]


def test_what_is_late_and_what_waits_for_review():
    lines = [
        raised("a", "2026-05-01", needed_by="2026-06-01"),
        raised("b", "2026-05-01"),
        decided("b", "2026-05-20", review_on="2026-06-01"),
    ]
    rows = {row["id"]: row for row in report(*lines).rows}
    assert rows["a"]["late"]
    assert rows["b"]["review_due"]
    assert not rows["b"]["late"]


def test_filters():
    lines = [
        raised("a", "2026-04-01"),
        decided("a", "2026-04-02", authorises=[{"version": "v", "scope": {"family": "Pumps"}, "from": "2026-05", "to": "2026-06"}]),
        raised("b", "2026-05-01"),
        raised("c", "2026-05-01"),
        decided("c", "2026-05-02", authorises=[{"version": "v", "scope": {"family": ["Drives"]}, "from": "2026-05", "to": "2026-06"}]),
    ]  # fmt: skip
    told = report(*lines, where=(("family", ("Pumps",)),))
    assert [row["id"] for row in told.rows] == ["a"]
    assert "one decision without a scope left out." in told.notes[1]
    assert [row["id"] for row in report(*lines, first="2026-05").rows] == ["b", "c"]
    assert [row["id"] for row in report(*lines, last="2026-04").rows] == ["a"]


def test_rows_are_ready_for_json():
    body = report(*REPLAY, cycle="2026-05").as_dict()
    assert body["report"] == "decisions"
    assert body["rows"][0]["raised_at"].startswith("2026-01-10T00:00:00")


MONTHS = [add_months("2026-01", n) for n in range(8)]


@st.composite
def histories(draw: st.DrawFn) -> State:
    lines = []
    for n in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, 5))
        lines.append(raised(f"d{n}", f"{MONTHS[at]}-03", draw(st.integers(0, 50))))
        for when in draw(st.lists(st.integers(at, 7), max_size=2)):
            outcome = draw(st.sampled_from(["approved", "deferred", "rejected"]))
            lines.append(decided(f"d{n}", f"{MONTHS[when]}-20", outcome))
    return fold(entries_of(lines))


@given(histories())
def test_debt_never_falls_without_a_decision(state):
    """field.md N12: from one cycle to the next, whatever still waits costs as much as before or more."""
    for before, after in pairwise(MONTHS):
        then = {s.decision.id: s for s in standing(state, before)}
        now = {s.decision.id: s for s in standing(state, after)}
        settled = {name for name, s in then.items() if s.waits and not now[name].waits}
        debt = sum(s.debt or 0 for name, s in then.items() if name not in settled)
        assert sum(s.debt or 0 for s in now.values()) >= debt
