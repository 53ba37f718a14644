"""What the page of the process says of rows, by hand."""

from __future__ import annotations

from typing import Any

from siop.core import Report
from siop.health import evidence_tables, headline_in_two, influence_rows, symptom_rows


def row(
    index: str, value: float | None, sentence: str = "So.", evidence: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {
        "index": index, "value": value, "status": "ok" if value else "insufficient", "sentence": sentence, "label": index,
        "interval": [1.0, 2.0] if value else None, "warning": None, "evidence": evidence or [],
    }  # fmt: skip


def report(*rows: dict[str, Any], headline: str = "") -> Report:
    return Report("health", "s", "2026-10", {}, list(rows), {"headline": headline}, 1.0, [])


def test_weakest_first_and_what_cannot_be_told_last() -> None:
    rows = symptom_rows(report(row("S1", 90), row("S2", None), row("S3", 40), row("dominance", 0.1)))
    assert [r["index"] for r in rows] == ["S3", "S1", "S2"]
    assert [r["said"] for r in rows] == ["40", "90", "\u2013"]
    assert rows[2]["state"] == "Not enough data"


def test_a_sentence_stands_in_two_lines_and_loses_no_word() -> None:
    (one,) = symptom_rows(report(row("S1", 50, "Sales kept 5 of 6. Say-do gap 1.5 points.")))
    assert (one["first"], one["rest"]) == ("Sales kept 5 of 6.", "Say-do gap 1.5 points.")


def test_the_headline_in_two_is_the_headline() -> None:
    said, also = headline_in_two(report(headline="Weakest point is x, 67 of 100: A fact. Red: y, 84."))
    assert (said, also) == ("Weakest point is x, 67 of 100: A fact.", "Red: y, 84")
    assert headline_in_two(report(headline="No symptom shows.")) == ("No symptom shows.", "")


def test_influence_needs_both_weights() -> None:
    evidence: list[dict[str, Any]] = [
        {"function": "sales", "influence": 0.6, "earned": 0.2},
        {"function": "quality", "influence": None, "earned": None},
    ]
    told = influence_rows(report(row("unearned_dominance", 0.4, evidence=evidence)))
    assert told == [{"function": "Sales", "taken": 0.6, "earned": 0.2}]
    assert influence_rows(report(row("unearned_dominance", None, evidence=evidence))) == []


def test_evidence_keeps_every_row_in_the_table_of_its_fields() -> None:
    rows: list[dict[str, Any]] = [
        {"part": "a", "share": 0.5},
        {"owner": "anna", "n": 3},
        {"part": "b", "share": None},
    ]
    tables = evidence_tables(rows)
    assert [heads for heads, _ in tables] == [["part", "share"], ["owner", "n"]]
    assert [len(found) for _, found in tables] == [2, 1]
    assert tables[0][1] == [{"part": "a", "share": "0.50"}, {"part": "b", "share": "\u2013"}]
