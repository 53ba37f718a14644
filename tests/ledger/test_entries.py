"""The entry models: every type of the contract, what they keep, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from siop.core import NotFound
from siop.ledger import ENTRY_TYPES, Entry, entries_of, fold, payload_of
from siop.ledger.entries import kept_numbers
from siop.ledger.entries.base import number_text
from siop.ledger.steps import STEPS
from siop.ledger.views import Folding
from tests.ledger.examples import BAD, GOOD, line

# contract.md section 3, copied by hand: ? marks optional fields
CONTRACT = {
    "person": "id name function role principal required_signer",
    "delegation": "from to valid_from valid_to",
    "stage": "stage planned_end actual_end? owner",
    "gate": "gate stamped_by? stamped_at? passed checked_at note?",
    "meeting": "id kind planned started? ended? preread_at? minutes_past? minutes_future?",
    "attendance": "meeting person status",
    "decision": "id question context? value_at_stake_month? needed_by? options raised_by",
    "decided": "decision outcome option? rationale owner? due? review_on? supersedes? new_information?"
    " authorises? prediction?",
    "decision_effect": "decision executed realised? note?",
    "position": "subject person function stance reason? preferred_option?",
    "sign_off": "version plan_hash? snapshot? person function stance reason?",
    "publish": "version plan_hash? over_objections",
    "commitment": "id function version measure scope target tolerance_pct from to",
    "action": "id text owner due decision?",
    "action_done": "id evidence?",
    "tolerance": "family measure pct abs? valid_from reason?",
    "case_opened": "id family measure month deviation?",
    "case_answered": "id owner cause countermeasure due",
    "case_closed": "id reason",
    "risk": "id kind title scope from to in_plan owner measure? driver_group? shape? trigger? contingency?",
    "risk_score": "id probability low likely high",
    "risk_outcome": "id occurred realised",
    "assumption": "id version statement driver expected low high owner families",
    "assumption_outcome": "id observed",
    "survey_round": "round items",
    "survey_response": "round token function level? answers comment?",
    "improvement": "id source root_cause kpi scope owner exec_owner? due",
    "improvement_closed": "id at",
    "request": "id customer lines wanted asked_by sponsor?",
    "impact_run": "id request result",
    "request_answer": "request accepted impact_run? override_reason?",
    "comment": "coordinates text",
}


def test_types_are_those_of_the_contract():
    assert list(ENTRY_TYPES) == list(CONTRACT)
    assert set(STEPS) == set(CONTRACT)
    assert set(GOOD) == set(CONTRACT)


@pytest.mark.parametrize("kind", CONTRACT)
def test_fields_are_those_of_the_contract(kind):
    """Every field of the contract is there, and required exactly where the contract has no question mark."""
    wanted = {name.rstrip("?"): not name.endswith("?") for name in CONTRACT[kind].split()}
    have = {(f.alias or name): f.is_required() for name, f in ENTRY_TYPES[kind].model_fields.items()}
    assert {name: have.get(name) for name in wanted} == wanted
    assert not any(required for name, required in have.items() if name not in wanted)


@pytest.mark.parametrize("kind", GOOD)
def test_good_lines_round_trip(kind):
    payload = payload_of(kind, GOOD[kind])
    body = payload.as_json()
    assert payload_of(kind, json.loads(json.dumps(body))) == payload
    assert set(GOOD[kind]) - set(body) == set()
    assert ENTRY_TYPES[kind].__doc__


@pytest.mark.parametrize(("kind", "changes", "field", "words"), BAD)
def test_bad_lines_are_refused_by_name(kind, changes, field, words):
    fields: dict[str, Any] = {**GOOD[kind], **changes}
    fields = {key: value for key, value in fields.items() if not (key in changes and value is None)}
    with pytest.raises(ValidationError) as refused:
        payload_of(kind, fields)
    said = refused.value.errors()
    assert any(words in problem["msg"] for problem in said), said
    assert any(field in map(str, problem["loc"]) or not field for problem in said), said


def test_payloads_are_frozen():
    payload = payload_of("case_closed", GOOD["case_closed"])
    with pytest.raises(ValidationError):
        payload.reason = "other"  # type: ignore[attr-defined]


def test_an_unknown_type_names_the_known_ones():
    with pytest.raises(NotFound, match="risk_score"):
        payload_of("verdict", {})


def test_no_float_reaches_the_ledger():
    """Decimals are text; 0.1 + 0.2 stays what was written, and free JSON gives its numbers back."""

    def floats(value: Any) -> bool:
        if isinstance(value, dict):
            return any(map(floats, value.values()))
        return any(map(floats, value)) if isinstance(value, list) else isinstance(value, float)

    for kind, fields in GOOD.items():
        assert not floats(payload_of(kind, fields).as_json()), kind
    body = payload_of("impact_run", GOOD["impact_run"]).as_json()
    assert body["result"] == {"net": "-12.5", "units": 3, "sku": "00123"}
    assert kept_numbers(body["result"]) == {"net": -12.5, "units": 3, "sku": "00123"}


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_a_decimal_keeps_its_value_and_has_one_text(value):
    text = number_text(value)
    assert Decimal(text) == value
    assert number_text(Decimal(text + ("0" if "." in text else ".0"))) == text
    assert "E" not in text


def test_words_are_one_way_of_writing_them():
    composed, apart = "Mu\u0308ller", "M\u00fcller"
    one, other = (payload_of("person", {**GOOD["person"], "name": n}) for n in (composed, apart))
    assert one == other


def test_state_of_one_line_of_each_type():
    state = fold(entries_of([line(kind) for kind in GOOD]))
    decision = state.decisions["d1"]
    assert decision.options[0].effect == {"margin": 0.5}
    assert decision.decided is not None
    assert decision.decided.prediction is not None
    assert (decision.decided.prediction.p50, decision.decided.prediction.first) == (2.0, "2026-04")
    assert decision.effect is not None
    assert decision.effect.realised == 1.25
    assert [p.stance for p in decision.standing] == ["reservation"]
    assert state.actions["a1"].evidence == "contracts signed"
    assert state.cases["k1"].state == "closed"
    assert state.cases["k1"].answer is not None
    assert state.risks["r1"].score is not None
    assert state.risks["r1"].outcome is not None
    assert (state.risks["r1"].measure, state.risks["r1"].shape, state.risks["r1"].sign) == (
        "margin",
        "triangular",
        -1,
    )
    assert state.assumptions["s1"].observed == 11.0
    assert state.surveys["2026-Q1"].responses[0].answers == {"1": 4}
    assert state.improvements["i1"].closed_at is not None
    assert state.requests["q1"].impact_runs[0].result == {"net": -12.5, "units": 3, "sku": "00123"}
    assert state.requests["q1"].answer is not None
    assert state.required_functions == ("Sales",)
    assert state.name("ann") == "Ann Abel"
    assert state.entries == len(GOOD)
    assert all(
        len(group) == 1
        for group in (state.stages, state.gates, state.meetings, state.attendance, state.delegations,
                      state.sign_offs, state.publishes, state.commitments, state.tolerances, state.comments)
    )  # fmt: skip


@given(st.permutations(list(GOOD)))
def test_lines_of_the_same_time_may_come_in_any_order(order):
    wanted = fold(entries_of([line(kind) for kind in GOOD]))
    found = fold(entries_of([line(kind) for kind in order]))
    assert found.cases["k1"].state == wanted.cases["k1"].state
    assert found.actions["a1"].done_at == wanted.actions["a1"].done_at
    assert len(found.decisions["d1"].outcomes) == 1
    assert found.requests["q1"].answer is not None


def test_a_late_import_takes_its_place_before_what_was_said_since():
    late = [
        line("person", at="2026-05-01T00:00:00Z", role="chair"),
        line("person", at="2026-01-01T00:00:00Z", role="viewer"),
    ]
    assert fold(entries_of(late)).people["ann"].permission == "chair"


def test_a_correction_keeps_the_first_raising():
    lines = [
        line("decision", at="2026-03-01T00:00:00Z"),
        line("decision", at="2026-03-05T00:00:00Z", question="Third shift?"),
    ]
    decision = fold(entries_of(lines)).decisions["d1"]
    assert decision.question == "Third shift?"
    assert decision.at.day == 1
    assert decision.changes == (1, 2)


def test_an_unknown_role_may_only_look():
    state = fold(
        entries_of([line("person", role="Vice President"), line("person", id="c", role="SIOP Lead")])
    )
    assert state.people["ann"].permission == "viewer"
    assert state.people["c"].permission == "siop_lead"


@st.composite
def sayings(draw: st.DrawFn) -> list[Entry]:
    """Entries with clocks that jump and histories that come late."""
    told = []
    for seq in range(1, draw(st.integers(1, 14)) + 1):
        kind = draw(
            st.sampled_from(["person", "decision", "decided", "action", "action_done", "risk", "risk_score"])
        )
        day = draw(st.integers(1, 28))
        entry = entries_of([line(kind, at=f"2026-03-{day:02d}")])[0]
        told.append(replace(entry, seq=seq, imported=draw(st.booleans()), hash=f"{seq}"))
    return told


@given(sayings(), st.integers(0, 14))
def test_going_on_is_the_same_as_folding_anew(entries, cut):
    folding = Folding()
    assert folding.take(entries[:cut])
    before = folding.state()
    assert before == fold(entries[:cut])
    if folding.take(entries[cut:]):
        assert folding.state() == fold(entries)
    else:
        assert any(entry.imported for entry in entries)
        assert folding.state() == before, "refused, and nothing taken"
    assert before == fold(entries[:cut]), "an older state does not change"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("/deviation-tracking?family=Control+valves", True), ("/", True), ("https://evil.test/", False), ("//evil.test", False),
        ("/\\evil.test", False), ("/\n/evil.test", False), ("/\t/evil.test", False), ("/a\\..\\b", False), ("javascript:alert(1)", False),
    ],
)  # fmt: skip
def test_only_a_path_of_the_cockpit_is_a_view(url: str, ours: bool) -> None:
    """What a browser would take for another server is no view, whatever it drops or turns on the way."""
    decision = fold(entries_of([line("decision")])).decisions["d1"]
    assert replace(decision, evidence_url=url).view == (url if ours else None)
    assert replace(decision, evidence_url=None).view is None
