"""The backlog: what is refused, what is worth an improvement, what came back, and what the survey's page says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from siop.core import NotAllowed, Refused, Report
from siop.health import asking, backlog, survey_told
from siop.health.survey import PULSE, STATEMENTS
from tests.decisions.company import Company

TODAY = date(2026, 3, 20)
GOOD: dict[str, Any] = {
    "source": "Survey", "cause": "Dates live in three files", "kpi": "Forecast error", "family": None,
    "owner": "head", "exec_owner": "fin", "due": date(2026, 5, 1),
}  # fmt: skip


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.ledger.close()


def opened(company: Company, person: str = "lead", **changed: Any) -> str:
    backlog.open_improvement(company.service, company.who(person), GOOD | changed, "2026-03", TODAY)
    return max(company.ledger.state().improvements)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("root cause", {"cause": "  "}), ("target KPI", {"kpi": None}), ("target KPI", {"kpi": "happiness"}),
        ("owner", {"owner": "nobody"}), ("executive owner", {"exec_owner": "head"}),
        ("executive owner", {"exec_owner": None}), ("due", {"due": TODAY}), ("due", {"due": None}),
    ],
)  # fmt: skip
def test_what_is_refused_names_field_and_fix(company: Company, field: str, changed: dict[str, Any]) -> None:
    before = company.ledger.head()
    with pytest.raises(Refused) as error:
        opened(company, **changed)
    assert field in {f.column for f in error.value.findings}
    assert all(f.fix for f in error.value.findings)
    assert company.ledger.head() == before


def test_one_cause_is_open_once_and_only_the_team_opens(company: Company) -> None:
    one = opened(company)
    kept = company.ledger.state().improvements[one]
    assert (kept.kpi, kept.source, kept.exec_owner, kept.scope) == ("wmape", "survey", "fin", {})
    with pytest.raises(Refused, match=one):
        opened(company, cause="dates live in three FILES")
    with pytest.raises(NotAllowed):
        opened(company, "guest")
    backlog.close_improvement(company.service, company.who("head"), one, "2026-03")
    with pytest.raises(Refused, match="is closed"):
        backlog.close_improvement(company.service, company.who("lead"), one, "2026-03")
    with pytest.raises(Refused, match="no improvement"):
        backlog.close_improvement(company.service, company.who("lead"), "I-999", "2026-03")
    opened(company)  # a cause that is closed may come back


def test_proposals_come_from_survey_deviations_and_critique(company: Company) -> None:
    asking.open_round(company.service, company.who("lead"), "Pulse of 8", "2026-03")
    links = asking.links(company.service, company.who("lead"), "2026-03")
    for n, link in enumerate(links[:6]):
        told: dict[str, int | None] = {s.id: 2 if s.id == PULSE[2].id else 4 for s in PULSE}
        asking.answer(company.service, link.text, told, f"remark {n}", now=company.clock.now)
    company.say(
        "lead",
        "comment",
        coordinates={"metric": "critique", "scope": {}, "cycle": "2026-03"},
        text="Late file",
    )
    row = {"index": "S5", "status": "red", "subject": {"family": "Valves"}, "sentence": "16 % is normalised. More.",
           "value": 60.0}  # fmt: skip
    report = Report("health", "s", "2026-03", {}, [row], {"headline": ""}, 1.0, [])
    state = company.ledger.state()
    early = survey_told.survey_board(state, report, "2026-03", company.clock.now)
    assert (early.result, early.items, early.comments) == (
        None,
        [],
        [],
    )  # an open round says how many, no more
    assert early.open is not None
    assert "6 of 8 answered" in early.open
    later = survey_told.survey_board(state, report, "2026-03", company.clock.now + timedelta(days=30))
    found = backlog.proposals(state, report, later.result, "2026-03")
    if later.result is not None and later.result.items:
        assert [f["source"] for f in found] == ["Survey", "Deviation", "Critique"]
        assert found[0]["cause"] == PULSE[2].text
    assert {"Deviation", "Critique"} <= {f["source"] for f in found}
    opened(company, cause="Late file")
    after = backlog.proposals(company.ledger.state(), report, later.result, "2026-03")
    assert "Late file" not in {f["cause"] for f in after}


def test_every_statement_has_a_form_and_every_kpi_an_effect() -> None:
    from siop.health.effect import KPIS

    assert {len(form) for form in asking.FORMS.values()} == {len(PULSE), len(STATEMENTS)}
    assert set(backlog.KPI_SAID.values()) <= set(KPIS)
