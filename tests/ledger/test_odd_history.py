"""Times and references of a history: what cannot be true is refused, what is odd is told and taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from siop.core.finding import Finding
from siop.ledger import Ledger
from siop.ledger.oddities import circles
from tests.ledger.examples import line
from tests.ledger.test_history import HASHES, history, refusal, write

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
BEFORE = "2026-03-19T23:00:00Z"
"""The day before the good lines are dated."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite", keys=tmp_path / "keys", clock=lambda: NOW)
    yield made
    made.close()


def told(ledger: Ledger, path: Path, *more: dict[str, Any]) -> list[Finding]:
    """The warnings of the good history with more lines, all of which are taken."""
    lines = [*history(), *more]
    done = ledger.import_file(write(path / "h.jsonl", lines), HASHES, "S1")
    assert done.new == len(lines)
    return list(done.warnings)


def after(**more: float) -> str:
    return (NOW + timedelta(**more)).isoformat()


def meeting(**changes: Any) -> dict[str, Any]:
    return line("meeting", id="m2", **changes)


def closed(at: str) -> dict[str, Any]:
    return {**line("improvement_closed"), "payload": {"id": "i1", "at": at}}


@pytest.mark.parametrize(
    ("bad", "field", "words"),
    [
        (line("stage", actual_end=after(hours=25)), "actual_end", "lies in the future"),
        (line("gate", checked_at=after(hours=25)), "checked_at", "lies in the future"),
        (line("gate", stamped_at=after(hours=25)), "stamped_at", "lies in the future"),
        (meeting(started=after(hours=25)), "started", "lies in the future"),
        (meeting(ended=after(hours=25)), "ended", "lies in the future"),
        (closed(after(hours=25)), "at", "lies in the future"),
        (
            meeting(started="2026-03-20T10:00:00Z", ended="2026-03-20T09:59:00Z"),
            "ended",
            "it ended before it started",
        ),
        (
            meeting(started="2026-03-20T10:00:00Z", ended="2026-03-19"),
            "ended",
            "it ended before it started",
        ),
    ],
)
def test_times_that_cannot_be_true_are_refused(ledger, tmp_path, bad, field, words):
    lines = [*history(), bad]
    (found,) = refusal(ledger, write(tmp_path / "h.jsonl", lines), plan_hashes=HASHES).findings
    assert (found.row, found.column) == (len(lines), f"payload.{field}")
    assert words in found.message
    assert found.value
    assert found.fix


def test_times_that_may_be_true_are_taken_without_a_word(ledger, tmp_path):
    more = [
        line("stage", planned_end="2031-01-01", actual_end=after(hours=23)),  # a date of a zone ahead of UTC
        line("gate", checked_at=after(hours=23)),
        meeting(planned="2031-01-01", started="2026-03-20T09:00:00Z", ended="2026-03-20"),  # a bare date
        line("action", id="a2", due="2031-01-01"),
        line("delegation", valid_to="2031-01-01"),
        line("decided", review_on="2031-01-01"),
        closed("2026-03-19"),  # opened late on the 20th in UTC, which is the 19th in the west
    ]
    assert told(ledger, tmp_path, *more) == []


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("attendance", "the meeting it belongs to"),
        ("decision_effect", "the decision it belongs to"),
        ("position", "the decision it belongs to"),
        ("action", "the decision it belongs to"),
        ("action_done", "the action it belongs to"),
        ("case_answered", "the case it belongs to"),
        ("case_closed", "the case it belongs to"),
        ("risk_score", "the risk it belongs to"),
        ("risk_outcome", "the risk it belongs to"),
        ("assumption_outcome", "the assumption it belongs to"),
        ("survey_response", "the survey round it belongs to"),
        ("impact_run", "the request it belongs to"),
        ("request_answer", "the request it belongs to"),
    ],
)
def test_what_is_dated_before_its_subject_is_told(ledger, tmp_path, kind, what):
    found = told(ledger, tmp_path, line(kind, at=BEFORE))
    of = [w for w in found if what in w.message]
    assert [(w.severity, w.rule, w.column, w.value) for w in of] == [("warning", "time", "at", "2026-03-19")]
    assert of[0].row == len(history()) + 1
    assert f"the {kind} is dated before" in of[0].message
    assert "2026-03-20" in of[0].fix


def test_an_effect_before_its_decision_was_decided_is_told(ledger, tmp_path):
    more = [line("decision", id="d2"), line("decided", decision="d2", at="2026-04-02T09:00:00Z")]
    more.append(line("decision_effect", decision="d2", at="2026-04-01T09:00:00Z"))
    (found,) = told(ledger, tmp_path, *more)
    assert (found.row, found.column, found.value) == (len(history()) + 3, "at", "2026-04-01")
    assert "before the decision was decided" in found.message


def test_an_improvement_closed_before_it_was_opened_is_told(ledger, tmp_path):
    (found,) = told(ledger, tmp_path, closed("2026-03-18T23:59:00Z"))
    assert (found.severity, found.column) == ("warning", "payload.at")
    assert "closed before" in found.message
    assert "2026-03-20" in found.fix


def test_a_pre_read_that_lies_ahead_is_told(ledger, tmp_path):
    (found,) = told(ledger, tmp_path, meeting(preread_at="2027-01-01"))
    assert (found.column, found.message) == ("payload.preread_at", "lies in the future (lines: 1)")


ODD = [
    (line("decision_effect", decision="d2"), "payload.decision", "d2", "never decided"),
    (line("decided", supersedes="d2"), "payload.supersedes", "d2", "never decided"),
    (line("risk_outcome", occurred=False), "payload.realised", "25", "did not occur"),
    (line("gate", stamped_by=None), "payload.stamped_at", "2026-03-11T08:00:00.000Z", "stamped by nobody"),
    (line("commitment", version="C2026-30"), "payload.version", "C2026-30", "did you mean C2026-03?"),
    (line("assumption", version="C2026-30"), "payload.version", "C2026-30", "did you mean C2026-03?"),
    (line("position", person="ann", function="Sale"), "payload.function", "Sale", "did you mean Sales?"),
    (line("sign_off", function="Salse"), "payload.function", "Salse", "did you mean Sales?"),
    (line("commitment", function="Finanec"), "payload.function", "Finanec", "did you mean Finance?"),
    (line("survey_response", token="x", function="Moon"), "payload.function", "Moon", "correct the function"),
    ({**line("comment", text="x"), "capacity": "delegate of anne"}, "capacity", "anne", "did you mean ann?"),
    (line("sign_off", plan_hash="ab" * 31), "payload.plan_hash", "ab" * 31, "not the hash of a plan"),
    (line("publish", plan_hash="no hash"), "payload.plan_hash", "no hash", "not the hash of a plan"),
]  # fmt: skip


@pytest.mark.parametrize(("odd", "field", "value", "words"), ODD)
def test_what_is_odd_is_told_with_value_and_fix_and_taken(ledger, tmp_path, odd, field, value, words):
    (found,) = told(ledger, tmp_path, line("decision", id="d2"), odd)
    assert (found.severity, found.row, found.column) == ("warning", len(history()) + 2, field)
    assert found.value == value
    assert words in f"{found.message}; {found.fix}"


def test_versions_inside_a_decision_are_looked_up(ledger, tmp_path):
    allowed = {"version": "C2026-3", "scope": {}, "from": "2026-04", "to": "2026-06"}
    expected = {
        "metric": "revenue",
        "scope": {},
        "p10": 1,
        "p50": 2,
        "p90": 3,
        "from": "2026-04",
        "to": "2026-06",
    }
    found = told(
        ledger,
        tmp_path,
        line("decided", authorises=[allowed], prediction={**expected, "baseline_version": "C2026-2"}),
        line(
            "decided", authorises=None, prediction={**expected, "baseline_version": "budget"}
        ),  # a kind of plan
    )
    assert [(w.column, w.value) for w in found] == [
        ("payload.authorises[0].version", "C2026-3"),
        ("payload.prediction.baseline_version", "C2026-2"),
    ]


def test_what_names_something_known_is_taken_without_a_word(ledger, tmp_path):
    more = [
        line("survey_response", token="x", function="SALES"),
        line("survey_response", token="y", function="Statistical"),
        line("sign_off", plan_hash="AB" * 32),
        line("risk_outcome", occurred=False, realised=0),
        {**line("comment", text="x"), "capacity": "delegate of bob"},
    ]
    assert told(ledger, tmp_path, *more) == []


def test_where_there_is_nothing_to_compare_with_nothing_is_told(ledger, tmp_path):
    lines = [line("commitment", version="any"), line("survey_round"), line("survey_response", function="any")]
    done = ledger.import_file(write(tmp_path / "h.jsonl", lines))
    assert {w.column for w in done.warnings} == {"by"}  # ann was never declared


def test_a_circle_of_decisions_is_told_once(ledger, tmp_path):
    more = [line("decision", id=one) for one in ("d2", "d3", "d4")]
    more += [line("decided", decision=a, supersedes=b) for a, b in (("d4", "d2"), ("d2", "d3"), ("d3", "d2"))]
    (found,) = told(ledger, tmp_path, *more)
    assert (found.row, found.column) == (len(history()) + 5, "payload.supersedes")
    assert sorted((found.value or "").split(", ")) == ["d2", "d3"]
    assert "in a circle (lines: 2)" in found.message


def test_circles_are_found_each_once_and_in_their_direction():
    given = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": ["f"], "f": ["e", "g"]}
    found = list(circles(given))
    assert sorted(sorted(set(one)) for one in found) == [["a", "b", "c"], ["e", "f"]]
    assert all(later in given[one] for circle in found for one, later in pairwise(circle))
    assert list(circles({"a": ["b"], "b": ["c"]})) == []


def test_many_odd_lines_are_few_warnings(ledger, tmp_path):
    early = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n) for n in range(2000))
    lines = [line("risk_score", at=at.isoformat()) for at in early]
    lines += [line("survey_response", token=str(n), function="Moon") for n in range(2000)]
    lines += [line("risk_outcome", occurred=False, realised=n + 1) for n in range(2000)]
    lines.append(line("survey_response", token="x", function="Mars"))
    found = told(ledger, tmp_path, *lines)
    assert [w.message.partition(" (")[2] for w in found] == ["lines: 2000)"] * 3 + ["lines: 1)"]


def test_a_token_that_was_used_is_told_and_anonymous_answers_are_not_odd(
    ledger: Ledger, tmp_path: Path
) -> None:
    def answer(token: str, at: str, value: int) -> dict[str, Any]:
        told = line("survey_response", token=token, answers={"1": value}, at=at)
        return {**told, "by": "anonymous"}

    once = [answer("a", "2026-03-21T08:00:00Z", 3), answer("b", "2026-03-21T09:00:00Z", 4)]
    found = told(ledger, tmp_path, *once)
    assert not [f for f in found if f.column in ("by", "payload.token")]
    again = answer("a", "2026-03-22T08:00:00Z", 5)
    done = ledger.import_file(write(tmp_path / "again.jsonl", [*history(), *once, again]), HASHES, "S1")
    (one,) = [f for f in done.warnings if f.column == "payload.token"]
    assert "used before in the round" in one.message
    assert one.value == "2026-Q1"  # the round; the token is a person's
    (survey,) = ledger.state().surveys.values()
    assert [r.answers["1"] for r in survey.responses if r.token == "a"] == [5]
