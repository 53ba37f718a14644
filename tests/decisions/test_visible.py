"""Row-level limits: whoever may see one region sees its rows alone, in every report and in what people said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from siop import decisions, deviations, meeting, metrics, risks
from siop.core import NotAllowed, Report, Scope
from siop.decisions import visible
from siop.ledger import Ledger, State, entries_of, fold
from siop.metrics import query
from siop.warehouse import Snapshot, current_snapshot
from siop.workspace import Workspace
from tests.decisions.company import Company
from tests.ledger.examples import GOOD, line

REGION = "region"


@pytest.fixture(scope="module")
def snapshot(halden: Path) -> Snapshot:
    found = current_snapshot(Workspace(halden).snapshots)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def state(halden: Path) -> State:
    place = Workspace(halden)
    ledger = Ledger(place.ledger_url, keys=place.keys)
    found = ledger.state()
    ledger.close()
    return found


@pytest.fixture(scope="module")
def mine(snapshot: Snapshot) -> str:
    """The region the reader is limited to."""
    return metrics.members(snapshot, REGION)[0]


def without_the_whole(report: Report) -> Report:
    """Load and process are of the whole company: a limited reader has another first trouble and no word of them."""
    rows = [r for r in report.rows if r["metric"] != "utilisation"]
    asked = [q for q in report.totals["questions"] if q["page"] not in ("supply-balance", "process-health")]
    assert len(rows) == len(report.rows) - 1
    assert len(asked) == 4
    return replace(report, rows=rows, totals={**report.totals, "questions": asked})


REPORTS: dict[str, Callable[[Snapshot, State, Scope], Report]] = {
    "plan-vs-actual": lambda s, _, scope: metrics.plan_vs_actual(s, scope, by=("family", "month")),
    "plan-vs-actual by customer": lambda s, _, scope: metrics.plan_vs_actual(s, scope, by=("customer",)),
    "bridge": lambda s, _, scope: metrics.bridge(s, scope, base="budget"),
    "accuracy": lambda s, _, scope: metrics.accuracy(s, scope, grain=("family",)),
    "service": lambda s, _, scope: metrics.service(s, scope),
    "outlook": lambda s, _, scope: metrics.outlook(s, scope),
    "plan-change": lambda s, _, scope: metrics.plan_change(s, scope),
    "scorecard": lambda s, t, scope: without_the_whole(meeting.scorecard(s, t, scope)),
    "deviations": lambda s, t, scope: deviations.deviations(s, t, scope),
    "risk": lambda s, t, scope: risks.risk(s, t, scope, draws=2_000),
}  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Equal but for the order in which floats were added."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-6, nan_ok=True)
    return bool(one == other)


@pytest.mark.parametrize("name", REPORTS)
def test_a_limit_is_a_filter_that_cannot_be_taken_off(name, snapshot, state, mine):
    """The limited reader's report is the unlimited one narrowed to the region, to the last digit."""
    limits = Scope.filters({REGION: mine})
    limited = REPORTS[name](snapshot, state, Scope(only=limits)).as_dict()
    narrowed = REPORTS[name](snapshot, state, Scope(where=limits)).as_dict()
    assert same(limited["rows"], narrowed["rows"])
    assert same(limited["totals"], narrowed["totals"])
    assert limited["rows"] or limited["totals"]


def test_no_tile_of_a_part_shows_the_whole(snapshot, mine):
    """Sums of the regions are the whole; every other tile that has a value here has another one than the company."""
    whole = {r["metric"]: r["value"] for r in meeting.tiles(snapshot, Scope()).rows}
    parts = [
        {
            r["metric"]: r["value"]
            for r in meeting.tiles(snapshot, Scope(where=Scope.filters({REGION: region}))).rows
        }
        for region in metrics.members(snapshot, REGION)
    ]
    for name in ("revenue", "quantity", "order_backlog"):
        assert sum(part[name] for part in parts) == pytest.approx(whole[name])
    for name in set(whole) - {"utilisation"}:  # a resource does not know who looks
        assert all(part[name] is None or part[name] != whole[name] for part in parts), name
    notes = meeting.tiles(snapshot, Scope(where=Scope.filters({REGION: "Nowhere"}))).notes
    assert "No region is called Nowhere." in notes
    assert any(note.startswith("Load is of all products") for note in notes)


def test_the_scorecard_of_a_part_says_nothing_of_the_whole(snapshot, state, mine):
    card = meeting.scorecard(snapshot, state, Scope(only=Scope.filters({REGION: mine})))
    load = next(r for r in card.rows if r["metric"] == "utilisation")
    assert (load["value"], load["note"]) == (None, None)
    said = {q["page"]: q["answer"] for q in card.totals["questions"]}
    assert said["process-health"] == "This is about the whole company, of which you see a part."


@pytest.mark.parametrize("by", [("family", "month"), ("resource", "month")])
def test_a_balance_of_a_part_is_the_narrowed_one_without_the_whole_companys_hours(by, snapshot, mine):
    limits = Scope.filters({REGION: mine})
    limited = metrics.balance(snapshot, Scope(only=limits), by=by)
    narrowed = metrics.balance(snapshot, Scope(where=limits), by=by)
    named = {
        str(r["resource"])
        for r in metrics.balance(snapshot, Scope(where=limits), by=("resource", "month")).rows
    }
    overload = narrowed.totals["first_overload"]
    assert named
    assert overload["resource"] in json.dumps(narrowed.totals)
    said = json.dumps([limited.rows, limited.totals]) + metrics.balance_sentence(limited)
    assert not any(f'"{one}"' in said or f" {one} " in said for one in named)
    assert same(limited.rows, narrowed.rows if "resource" not in by else [])
    shown = ("shortage", "first_shortage", "excess_value", "demand", "supply")
    assert "resource" in by or all(same(limited.totals[k], narrowed.totals[k]) for k in shown)


@pytest.mark.parametrize("name", ["plan-vs-actual", "bridge", "deviations"])
def test_asking_for_another_region_gives_nothing_of_it(name, snapshot, state, mine):
    other = metrics.members(snapshot, REGION)[1]
    scope = Scope(where=Scope.filters({REGION: other}), only=Scope.filters({REGION: mine}))
    found = REPORTS[name](snapshot, state, scope)
    amounts = [v for row in found.rows for k, v in row.items() if k in ("actual", "plan", "current", "base")]
    assert not any(amounts)


def test_the_broken_builder_is_noticed(snapshot, state, mine, monkeypatch):
    """Were the limit dropped where the query is built, the first test would fail."""
    limits = Scope.filters({REGION: mine})
    part = query._Builder.part
    monkeypatch.setattr(
        query._Builder, "part",
        lambda self, dims, measures, scope, pairs, side: part(
            self, dims, measures, Scope(scope.first, scope.last, scope.where, scope.lag, scope.cycle), pairs, side
        ),
    )  # fmt: skip
    limited = metrics.plan_vs_actual(snapshot, Scope(only=limits))
    monkeypatch.undo()
    assert limited.totals != metrics.plan_vs_actual(snapshot, Scope(where=limits)).totals


def told(snapshot: Snapshot, mine: str) -> State:
    """One decision each about the reader's region, another one, the whole company, and nothing in particular."""
    other = metrics.members(snapshot, REGION)[1]
    customers = {r["region"]: r["customer"] for r in snapshot.table("SELECT customer, region FROM customers").to_dict("records")}  # fmt: skip
    scopes: dict[str, dict[str, str] | None] = {"mine": {REGION: mine}, "other": {REGION: other}, "all": {}, "none": None}  # fmt: skip
    lines = []
    for name, scope in scopes.items():
        lines.append(line("decision", id=name))
        given = {**GOOD["decided"]["prediction"], "scope": scope} if scope is not None else None
        lines.append(line("decided", decision=name, authorises=None, prediction=given))
        lines.append(line("decision_effect", decision=name, realised=77))
        lines.append(line("risk", id=name, scope=scope or {}))
        lines.append(line("commitment", id=name, scope=scope or {}))
        lines.append(line("comment", coordinates={"metric": "revenue", "scope": scope or {}}, text=name))
    for name, region in (("qm", mine), ("qo", other)):
        lines.append(line("request", id=name, customer=customers[region]))
        lines.append(line("impact_run", id=f"u{name}", request=name))
    lines.append(line("case_opened", family="Pumps"))
    cleaned = [
        {**one, "payload": {k: v for k, v in one["payload"].items() if v is not None}} for one in lines
    ]
    return fold(entries_of(cleaned))


def test_what_people_said_about_another_region_is_not_shown(snapshot, mine):
    limits = Scope.filters({REGION: mine})
    seen = visible(told(snapshot, mine), snapshot, limits)
    assert set(seen.decisions) == {"mine", "all", "none"}
    assert set(seen.risks) == set(seen.commitments) == {"mine"}
    assert [c.text for c in seen.comments] == ["mine"]
    assert set(seen.requests) == {"qm"}
    assert seen.impact_runs["uqm"].result == {}
    assert seen.cases["k1"].deviation is None
    predictions = {k: d.decided.prediction is not None for k, d in seen.decisions.items()}
    assert predictions == {"mine": True, "all": False, "none": False}
    assert {k: d.effect.realised for k, d in seen.decisions.items()} == {"mine": 77, "all": None, "none": 77}


def test_without_limits_everything_is_shown(snapshot, mine):
    whole = told(snapshot, mine)
    assert visible(whole, snapshot, ()) is whole


def test_a_computed_effect_is_of_the_readers_rows(snapshot, state, mine):
    """The log never holds a number that was computed from another region's rows."""
    limits = Scope.filters({REGION: mine})
    seen = visible(state, snapshot, limits)
    log = decisions.decisions(snapshot, seen, Scope(only=limits))
    text = json.dumps(log.as_dict(), default=str)
    for row in log.rows:
        if row["prediction"] is not None:
            assert set(row["prediction"]["scope"]) & {REGION, "customer"}, row["id"]
    assert text


def test_nobody_writes_about_what_they_may_not_see(tmp_path):
    company = Company(tmp_path)
    company.declare("north", "Sales", "executive", only={"region": ["North"]})
    who = company.who("north")
    about: dict[str, Any] = {**GOOD["decided"]["prediction"], "baseline_version": "C2026-03"}
    for scope, well in (({"region": "North"}, True), ({"region": "South"}, False), ({}, False)):
        decision = company.raise_decision()
        fields = {"decision": decision, "outcome": "approved", "option": "A", "rationale": "x", "owner": "fin",
                  "prediction": {**about, "scope": scope}}  # fmt: skip
        if well:
            company.service.create(who, "decided", fields)
        else:
            with pytest.raises(NotAllowed, match="region North only"):
                company.service.create(who, "decided", fields)
    fields = {**GOOD["decided"], "decision": company.raise_decision(), "owner": "fin", "prediction": None}
    with pytest.raises(NotAllowed, match="region North only"):  # its authorises name a family alone
        company.service.create(who, "decided", fields)
