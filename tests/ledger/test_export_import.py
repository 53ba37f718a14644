"""An export is a history: taken in elsewhere it gives the same state, taken in again it adds nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from siop.ledger import Ledger
from siop.ledger.entries import payload_of
from siop.ledger.entry import DELEGATE
from tests.ledger.examples import GOOD, line
from tests.ledger.test_history import HASHES, history, refusal, write

OWN = ("seq", "imported", "head", "changes", "done_seq")
"""What belongs to the ledger and not to what was said: the numbers of the entries, and the way they came."""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], Ledger]]:
    made: list[Ledger] = []

    def one(name: str) -> Ledger:
        made.append(Ledger(f"sqlite:///{tmp_path}/{name}.sqlite", keys=tmp_path / f"{name}-keys"))
        return made[-1]

    yield one
    for ledger in made:
        ledger.close()


@pytest.fixture
def company(opened, tmp_path: Path) -> Ledger:
    """A ledger with a history, a delegation, and words of the cockpit."""
    ledger: Ledger = opened("company")
    ledger.import_file(write(tmp_path / "h.jsonl", history()), HASHES, "S1")
    for capacity in (DELEGATE + "ann", "self"):  # bob may speak for ann; what he said for himself stays so
        ledger.append(
            payload_of("sign_off", GOOD["sign_off"] | {"plan_hash": "cd" * 32}),
            by="bob", capacity=capacity, cycle="2026-03", snapshot="S2", auth="password 2026-03-20T09:00:00Z",
        )  # fmt: skip
    ledger.append(payload_of("impact_run", GOOD["impact_run"] | {"id": "u2"}), by="ann", snapshot="S2")
    ledger.append(
        payload_of("decision", GOOD["decision"] | {"question": "A third?"}), by="ann", cycle="2026-04"
    )
    ledger.append(payload_of("action_done", GOOD["action_done"]), by="ann")
    return ledger


def said(ledger: Ledger) -> Any:
    return _without_own(asdict(ledger.state()))


def _without_own(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_own(one) for key, one in value.items() if key not in OWN}
    if isinstance(value, list | tuple):
        return [_without_own(one) for one in value]
    return value


def test_an_export_gives_the_same_state_elsewhere(company, opened, tmp_path):
    file = tmp_path / "export.jsonl"
    count = company.export_file(file)
    other = opened("other")
    done = other.import_file(file, {"C2026-03": "ef" * 32}, "S9")
    assert (done.new, done.already, done.warnings) == (count, 0, ())
    assert said(other) == said(company)
    assert {s.snapshot for s in other.state().sign_offs} == {None, "S2"}  # the snapshot on screen is kept
    assert all(entry.imported for entry in other.entries())
    assert other.verify()["ok"]


def test_an_export_of_the_same_ledger_adds_nothing(company, tmp_path):
    file = tmp_path / "export.jsonl"
    count = company.export_file(file)
    done = company.import_file(file, {"C2026-03": "ef" * 32}, "S9")
    assert (done.new, done.already) == (0, count)


def test_a_history_and_an_export_of_it_are_the_same_lines(company, opened, tmp_path):
    file = tmp_path / "export.jsonl"
    count = company.export_file(file)
    other = opened("other")
    other.import_file(file, HASHES, "S1")
    done = other.import_file(tmp_path / "h.jsonl", HASHES, "S1")
    assert (done.new, done.already) == (0, len(history()))
    assert other.head().seq == count


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"row": {"by": "eve"}}, "row", "was changed after it was written"),
        ({"subject": "d1"}, "subject", "is not a field of a line"),
        ({"snapshot": ["S1"]}, "snapshot", "is not the id of a snapshot"),
    ],
)
def test_other_fields_of_a_line_are_refused(company, opened, tmp_path, changes, field, words):
    lines = [json.loads(one) for one in company.export_lines()]
    lines[4] |= changes
    (found,) = refusal(opened("other"), write(tmp_path / "export.jsonl", lines)).findings
    assert (found.row, found.column) == (5, field)
    assert words in found.message


def test_a_line_that_was_not_exported_speaks_for_whom_the_delegation_says(opened, tmp_path):
    ledger = opened("one")
    spoken = {**line("sign_off", by="bob"), "capacity": "self"}
    ledger.import_file(write(tmp_path / "h.jsonl", [*history(), spoken]), HASHES, "S1")
    assert [e.capacity for e in ledger.entries(["sign_off"])] == ["self", DELEGATE + "ann"]
