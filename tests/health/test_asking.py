"""Links to a survey: they answer once, are proved without a list, and leave nobody's trace in the ledger."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from siop.core import NotAllowed, Refused
from siop.decisions import SurveyLink, make_links, operator, read_link
from siop.health import asking, latest_round
from siop.health.survey import PULSE, STATEMENTS
from siop.ledger import Ledger
from tests.decisions.company import Company

CYCLE = "2026-03"
SIZES = {"Sales": 6, "Finance": 5, "Marketing": 1, "Quality": 2}


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Six in sales, five in finance, three elsewhere, beside the people of every role."""
    made = Company(tmp_path)
    for function, people in SIZES.items():
        for n in range(people):
            made.service.create(
                operator(), "person",
                {"id": f"{function}-{n}", "name": f"{function} {n}", "function": function, "role": "viewer",
                 "principal": False, "required_signer": False},
            )  # fmt: skip
    yield made
    made.ledger.close()


def opened(company: Company, form: str = "Pulse of 8") -> list[SurveyLink]:
    asking.open_round(company.service, company.who("lead"), form, CYCLE)
    return asking.links(company.service, company.who("lead"), CYCLE)


def said(company: Company, text: str, answers: dict[str, Any], comment: str | None = None) -> None:
    asking.answer(company.service, text, answers, comment, now=company.clock.now)


def test_one_link_a_person_and_no_small_group(company: Company) -> None:
    groups = asking.groups(company.ledger.state())
    assert sum(groups.values()) == len([p for p in company.ledger.state().people.values() if p.active])
    assert min(groups.values()) >= 5
    assert "Marketing" not in groups
    made = opened(company)
    assert len({link.text for link in made}) == sum(groups.values())
    assert made == asking.links(
        company.service, company.who("lead"), CYCLE
    )  # printing twice gives no second vote
    assert all(read_link(company.ledger, link.text) == link for link in made)


def test_a_link_answers_once_and_is_not_in_the_ledger(company: Company) -> None:
    link = opened(company)[0]
    said(company, link.text, {PULSE[0].id: 4, PULSE[1].id: None}, "Shorter meetings")
    with pytest.raises(Refused, match="already"):
        said(company, link.text, {PULSE[0].id: 1})
    (kept,) = company.ledger.state().surveys[CYCLE].responses
    assert (kept.answers, kept.function, kept.by) == ({PULSE[0].id: 4}, link.group, "anonymous")
    lines = "".join(company.ledger.export_lines())
    assert link.text not in lines
    assert link.text.partition(".")[0] not in lines
    assert company.ledger.entries(["survey_response"])[-1].auth is None
    assert company.ledger.verify()["ok"]


def test_a_link_answered_twice_at_once_is_one_answer(company: Company) -> None:
    link = opened(company)[0]
    told: list[str] = []

    def say(value: int) -> None:
        try:
            said(company, link.text, {PULSE[0].id: value})
            told.append("kept")
        except Refused:
            told.append("refused")

    threads = [threading.Thread(target=say, args=(n % 5 + 1,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["kept"] + ["refused"] * 5
    assert len(company.ledger.entries(["survey_response"])) == 1


def test_foreign_forged_and_late_links_are_refused(company: Company, tmp_path: Path) -> None:
    link = opened(company)[0]
    body, _, proof = link.text.partition(".")
    foreign = Ledger(f"sqlite:///{tmp_path / 'other.sqlite'}", keys=tmp_path / "other-keys")
    strange = make_links(foreign, CYCLE, {link.group: 1})[0]
    never = make_links(company.ledger, "2031-01", {link.group: 1})[0]
    bad = ("", "x", "é.é", body, f"{body}.{'0' * len(proof)}", strange.text, never.text, f"{body}x.{proof}")
    before = company.ledger.head()
    for text in bad:
        with pytest.raises(Refused) as error:
            said(company, text, {PULSE[0].id: 3})
        assert error.value.findings[0].column == "link"
        assert error.value.findings[0].fix
        with pytest.raises(Refused):
            company.service.survey_by_link(text, {PULSE[0].id: 3})  # nor by the door behind it
    late = company.ledger.state().surveys[CYCLE].at + timedelta(days=15)
    with pytest.raises(Refused, match="closed"):
        asking.answer(company.service, link.text, {PULSE[0].id: 3}, now=late)
    assert company.ledger.head() == before


@pytest.mark.parametrize("value", [0, 6, -1, 2.5, "4", True])
def test_answers_outside_one_to_five_are_refused_by_field(company: Company, value: object) -> None:
    link = opened(company)[0]
    with pytest.raises(Refused) as error:
        said(company, link.text, {PULSE[0].id: value})
    assert PULSE[0].id in str(error.value.findings[0].column)
    assert "1 to 5" in error.value.findings[0].fix or "1 to 5" in error.value.findings[0].message
    with pytest.raises(Refused, match="no statement"):
        said(company, link.text, {"made up": 3})
    with pytest.raises(Refused, match="answer at least one"):
        said(company, link.text, {PULSE[0].id: None})
    said(company, link.text, {PULSE[0].id: 3})  # a refusal does not use the link up


def test_only_the_lead_opens_and_prints(company: Company) -> None:
    for person in ("sales", "head", "viewer"):
        with pytest.raises(NotAllowed):
            asking.open_round(company.service, company.who(person), "All 20", CYCLE)
    opened(company, "All 20")
    assert len(company.ledger.state().surveys[CYCLE].items) == len(STATEMENTS)
    with pytest.raises(NotAllowed):
        asking.links(company.service, company.who("sales"), CYCLE)
    with pytest.raises(Refused, match="opened already"):
        asking.open_round(company.service, company.who("lead"), "All 20", CYCLE)
    with pytest.raises(Refused, match="no round"):
        asking.links(company.service, company.who("lead"), "2031-01")


def test_an_open_round_says_only_how_many_answered(company: Company) -> None:
    made = opened(company)
    for link in made[:7]:
        said(company, link.text, dict.fromkeys([s.id for s in PULSE], 4))
    found = latest_round(company.ledger.state(), "2099-12")
    assert found is not None
    assert (found.answered, found.closed, found.items, found.symptoms) == (7, False, (), {})


def test_the_long_form_takes_three_minutes_and_each_has_an_order_of_its_own(company: Company) -> None:
    assert asking.minutes(len(STATEMENTS)) <= 3
    made = opened(company, "All 20")
    survey = company.ledger.state().surveys[CYCLE]
    orders = {tuple(i for i, _ in asking.statements(link, survey)) for link in made[:6]}
    assert len(orders) > 1
    assert all(sorted(o) == sorted(s.id for s in STATEMENTS) for o in orders)
    page = asking.printed(made, "https://cockpit")
    assert all(f"https://cockpit/{asking.ADDRESS}?link={link.text}" in page for link in made)
