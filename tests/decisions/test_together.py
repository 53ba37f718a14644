"""Several things said at once: all of them or none, each checked as if it were said alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from siop.core import NotAllowed, Refused, StaleForm
from siop.decisions import write_all
from tests.decisions.company import Company

Lines = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def item(ident: str, owner: str = "head", low: float = 1.0, **more: Any) -> Lines:
    risk = {"id": ident, "kind": "risk", "title": f"Item {ident}", "scope": {"family": "Pumps"}, "from": "2026-05",
            "to": "2026-06", "in_plan": False, "owner": owner, **more}  # fmt: skip
    return [
        ("risk", risk),
        ("risk_score", {"id": ident, "probability": 0.3, "low": low, "likely": 2.0, "high": 3.0}),
    ]


def say(company: Company, person: str, lines: Lines, idem: str = "form") -> list[int]:
    done = write_all(company.service, company.who(person), lines, cycle="2026-03", idem=idem)
    return [receipt.seq for receipt in done]


def test_an_item_and_its_score_are_two_entries_in_a_row(company: Company) -> None:
    first, second = say(company, "head", item("R-001"))
    assert second == first + 1
    found = company.ledger.state().risks["R-001"]
    assert [s.probability for s in found.scores] == [0.3]
    assert company.ledger.verify()["ok"]


def test_a_double_click_is_one_item(company: Company) -> None:
    assert say(company, "head", item("R-001")) == say(company, "head", item("R-001"))
    assert len(company.ledger.state().risks["R-001"].scores) == 1


def test_nothing_is_half_saved(company: Company) -> None:
    before = company.ledger.state().entries
    bad = [*item("R-001"), *item("R-002", low=9.0)]
    with pytest.raises(Refused) as refused:
        say(company, "head", bad)
    assert "do not rise" in str(refused.value)
    assert company.ledger.state().entries == before
    for fields in (
        item("R-001")[:1] + bad[3:]
    ):  # the broken twin: one write each leaves an item without its score
        try:
            company.service.create(company.who("head"), fields[0], fields[1], cycle="2026-03")
        except Refused:
            break
    assert company.ledger.state().entries == before + 1


def test_every_line_needs_its_right(company: Company) -> None:
    before = company.ledger.state().entries
    with pytest.raises(NotAllowed):
        say(company, "guest", item("R-001"))
    with pytest.raises(NotAllowed, match="only where they are the owner"):
        say(company, "head", [*item("R-001"), *item("R-002", owner="chair")])
    assert company.ledger.state().entries == before


def test_an_id_that_was_taken_meanwhile_is_not_taken_over(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = company.ledger.state()
    say(company, "head", item("R-001"), idem="one")
    monkeypatch.setattr(company.ledger, "state", lambda: stale)
    with pytest.raises(StaleForm):
        say(company, "lead", item("R-001", owner="lead"), idem="two")


def test_a_score_of_an_item_that_nobody_named_is_refused(company: Company) -> None:
    with pytest.raises(Refused, match="no risk R-009"):
        say(company, "lead", item("R-009")[1:])
