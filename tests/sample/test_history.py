"""The history is what the ledger takes, in order, in believable words, and healthy apart from its stories."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from siop.ledger import ENTRY_TYPES, Ledger, payload_of
from siop.sample.truth import FILE
from tests.sample.company import Company
from tests.sample.test_stories import STORIES

MEETING = "2026-11-24T14:00:00Z"
LEAKS = [*STORIES, *(s.replace("_", " ") for s in STORIES), "normalised", "optimist", "favoured", "dominant", "planted",
         "story", "stories", "lorem", "todo"]  # fmt: skip


def of(company: Company, kind: str) -> list[dict[str, Any]]:
    return [
        line["payload"] | {"_at": line["at"], "_by": line["by"], "_cycle": line.get("cycle")}
        for line in company.said(kind)
    ]


def texts(value: Any) -> list[str]:
    """Every text inside a payload."""
    if isinstance(value, dict):
        return [t for v in value.values() for t in texts(v)]
    if isinstance(value, list):
        return [t for v in value for t in texts(v)]
    return [value] if isinstance(value, str) else []


def test_every_line_is_an_entry(company: Company) -> None:
    """Of every type of the contract, in order of time, nothing after the morning of the meeting."""
    seen: Counter[str] = Counter()
    for line in company.history:
        assert set(line) <= {"type", "at", "by", "cycle", "payload"}
        assert line["type"] == payload_of(line["type"], line["payload"]).TYPE
        seen[line["type"]] += 1
    assert set(seen) == set(ENTRY_TYPES)
    times = [line["at"] for line in company.history]
    assert times == sorted(times)
    assert times[-1] < MEETING
    assert 3000 < len(times) < 6000


def test_the_ledger_takes_it_whole(folders: dict[int, Path], tmp_path: Path) -> None:
    """All at once, without a warning, every sign-off bound to its plan."""
    company = Company(folders[7])
    hashes = {str(v): f"{n:064x}" for n, v in enumerate(company.versions.index)}
    clock = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", clock=lambda: clock)) as book:
        told = book.import_file(company.folder / "history.jsonl", hashes, "S1")
        state = book.state()
    assert told.new == len(company.history)
    assert told.warnings == ()
    assert all(s.plan_hash == hashes[s.version] for s in state.sign_offs)
    assert len(state.people) > 40


def test_the_leadership_team(company: Company) -> None:
    people = of(company, "person")
    leaders = [p for p in people if p["principal"]]
    assert len(leaders) == 9
    assert len({p["function"] for p in leaders}) == 9
    assert sum(p["required_signer"] for p in people) == 6
    assert {p["role"] for p in people} <= {"chair", "executive", "function_head", "siop_lead", "viewer"}
    functions = {p["function"] for p in people}
    versions = set(company.versions["function"].dropna()) - {"statistical"}
    assert versions <= functions
    ids = {p["id"] for p in people}
    assert len(ids) == len(people)
    assert {line["by"] for line in company.history} <= ids


def test_no_text_gives_a_story_away(company: Company) -> None:
    said = [t.casefold() for line in company.history for t in texts(line["payload"])]
    found = {word for word in LEAKS for t in said if re.search(rf"\b{re.escape(word)}\b", t)}
    assert found == set()
    assert not [t for t in said if "{" in t or "  " in t]


def test_questions_vary(company: Company) -> None:
    questions = [d["question"] for d in of(company, "decision")]
    assert len(questions) >= 50
    assert len(set(questions)) == len(questions)
    titles = Counter(r["title"] for r in of(company, "risk"))
    assert len(titles) > 120


def test_each_cycle_is_complete(company: Company) -> None:
    """23 cycles from close to critique, then the current one up to its pre-read."""
    ended = {(s["_cycle"], s["stage"]) for s in of(company, "stage") if "actual_end" in s}
    planned = {(s["_cycle"], s["stage"]) for s in of(company, "stage")}
    cycles = sorted({c for c, _ in planned})
    assert len(cycles) == 24
    stages = {
        "close",
        "product",
        "demand",
        "supply",
        "reconciliation",
        "preread",
        "executive",
        "publish",
        "critique",
    }
    assert planned == {(c, s) for c in cycles for s in stages}
    assert planned - ended == {("2026-11", s) for s in ("executive", "publish", "critique")}
    held = {m["_cycle"]: m for m in of(company, "meeting") if "ended" in m}
    assert sorted(held) == cycles[:-1]
    assert all(m["preread_at"] < m["planned"] for m in held.values())
    current = [m for m in of(company, "meeting") if m["_cycle"] == "2026-11"][-1]
    assert current["planned"] == MEETING
    assert "started" not in current


def test_plans_are_signed_before_they_are_published(company: Company) -> None:
    """Nearly always, and published over those who object; the current one is neither signed nor published."""
    published = {p["version"]: p for p in of(company, "publish")}
    assert len(published) == 23
    assert "2026-11 C" not in published
    signed = of(company, "sign_off")
    assert "2026-11 C" not in {s["version"] for s in signed}
    in_time = sum(s["_at"] <= published[s["version"]]["_at"] for s in signed)
    assert in_time / (6 * 23) > 0.93
    for version, p in published.items():
        objecting = {s["person"] for s in signed if s["version"] == version and s["stance"] == "object"}
        assert set(p["over_objections"]) == objecting
    assert {s["stance"] for s in signed} >= {"consent", "reservation"}
    assert all(s.get("reason") for s in signed if s["stance"] != "consent")


def test_principals_attend(company: Company) -> None:
    status = Counter(a["status"] for a in of(company, "attendance"))
    assert sum(status.values()) == 23 * 9
    assert 0.84 < status["principal"] / (23 * 9) < 0.97
    assert status["delegate"] >= 5
    delegated = {(d["from"], d["valid_from"], d["valid_to"]) for d in of(company, "delegation")}
    meetings = {m["id"]: m["planned"][:10] for m in of(company, "meeting")}
    for a in of(company, "attendance"):
        if a["status"] == "delegate":
            day = meetings[a["meeting"]]
            assert any(who == a["person"] and first <= day <= last for who, first, last in delegated)
    assert not [a for a in of(company, "attendance") if a["meeting"] == "exec-2026-11"]


def test_decisions_of_the_day(company: Company) -> None:
    """Three wait: two with options and costs, one with a single option, none decided."""
    settled = {d["decision"] for d in of(company, "decided") if d["outcome"] != "deferred"}
    waiting = [d for d in of(company, "decision") if d["id"] not in settled and d["_cycle"] == "2026-11"]
    assert sorted(len(d["options"]) for d in waiting) == [1, 2, 2]
    for d in waiting:
        if len(d["options"]) == 2:
            assert all("cost" in o for o in d["options"])
            assert sum(o.get("recommended", False) for o in d["options"]) == 1
    older = [d for d in of(company, "decision") if d["id"] not in settled and d["_cycle"] < "2026-11"]
    assert len(older) <= 1
    for d in of(company, "decided"):
        if d["outcome"] in ("approved", "with_conditions"):
            labels = {
                o["label"] for q in of(company, "decision") if q["id"] == d["decision"] for o in q["options"]
            }
            assert d["option"] in labels


def test_actions_are_done_mostly_in_time(company: Company) -> None:
    done = {a["id"]: a["_at"][:10] for a in of(company, "action_done")}
    due = [a for a in of(company, "action") if a["due"] < "2026-11-24"]
    in_time = sum(a["id"] in done and done[a["id"]] <= a["due"] for a in due)
    assert 0.75 < in_time / len(due) < 1
    late = [a for a in due if a["id"] not in done]
    assert 2 <= len(late) <= 6


def test_cases_of_other_families_are_answered_in_days(company: Company) -> None:
    family = company.stories["normalised_family"]["subject"]["family"]
    opened = [c for c in of(company, "case_opened") if c["family"] != family]
    answered = {c["id"]: c["_at"] for c in of(company, "case_answered")}
    assert len(opened) >= 6
    waits = []
    for c in opened:
        if c["id"] in answered:
            waits.append(datetime.fromisoformat(answered[c["id"]]) - datetime.fromisoformat(c["_at"]))
    recent = [c for c in opened if c["month"] == "2026-10"]
    assert len(waits) == len(opened) or len(opened) - len(waits) <= len(recent)
    assert max(w.days for w in waits) <= 14


def test_material_deviations_were_mostly_registered(company: Company) -> None:
    """A risk or an opportunity of the family, its month, within three months, registered before."""
    risks = of(company, "risk")
    cases = [c for c in of(company, "case_opened") if c["month"] >= "2025-03"]
    hits = 0
    for c in cases:
        kind = "risk" if c["deviation"] < 0 else "opportunity"
        hits += any(
            r["scope"] == {"family": c["family"]} and r["kind"] == kind and r["from"] <= c["month"] <= r["to"]
            and r["_cycle"] < c["month"]
            for r in risks
        )  # fmt: skip
    assert 0.55 < hits / len(cases) <= 1


def test_register_is_current_but_for_one_item(company: Company) -> None:
    closed = {r["id"] for r in of(company, "risk_outcome")}
    items = {r["id"]: r for r in of(company, "risk") if r["id"] not in closed}
    assert 12 <= len(items) <= 20
    scored: dict[str, str] = {}
    for s in of(company, "risk_score"):
        scored[s["id"]] = max(scored.get(s["id"], ""), s["_cycle"])
    stale = [i for i in items if scored[i] < "2026-10"]
    assert len(stale) == 1
    assert all(r["to"] >= "2026-11" for r in items.values())
    assert any(r["in_plan"] for r in items.values())


def test_survey_is_anonymous_and_large_enough(company: Company) -> None:
    rounds = of(company, "survey_round")
    assert len(rounds) == 8
    for told in rounds:
        mine = [r for r in of(company, "survey_response") if r["round"] == told["round"]]
        assert len({r["token"] for r in mine}) == len(mine)
        assert {r["_by"] for r in mine} == {"ruth.calder"}
        assert 0.6 * 56 < len(mine) <= 56
        assert sum(n >= 5 for n in Counter(r["function"] for r in mine).values()) >= 3
        assert all(set(r["answers"]) == {i["id"] for i in told["items"]} for r in mine)


def test_open_commitments_and_kept_ones(company: Company) -> None:
    """A function misses at most one promise in six, where actuals can tell."""
    actual = company.actuals.assign(margin=company.actuals["revenue"] - company.actuals["cost"])
    missed: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for c in of(company, "commitment"):
        if c["to"] > "2026-10":
            continue
        rows = actual[
            (actual["family"] == c["scope"]["family"]) & actual["month"].between(c["from"], c["to"])
        ]
        judged[c["function"]] += 1
        missed[c["function"]] += abs(rows[c["measure"]].sum() / c["target"] - 1) > c["tolerance_pct"] / 100
    assert len(judged) == 5
    for function, n in judged.items():
        assert missed[function] / n < 0.17, function
    assert sum(missed.values()) >= 3


def test_the_truth_is_a_file_beside_the_history(company: Company) -> None:
    assert (company.folder / FILE).name == "stories.json"
    assert json.loads((company.folder / FILE).read_text(encoding="utf-8"))


def test_a_line_the_ledger_cannot_take_is_seen(company: Company) -> None:
    """The first test of this file with a broken twin."""
    line = json.loads(json.dumps(company.said("risk_score")[0]))
    line["payload"]["probability"] = 1.2
    with pytest.raises(ValueError, match="between 0 and 1"):
        payload_of(line["type"], line["payload"])
