"""Importing a company's past: whole or not at all, every bad line named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from siop.core import Refused
from siop.ledger import Ledger
from siop.ledger.entry import DELEGATE
from tests.ledger.examples import BAD, GOOD, line

HASHES = {"C2026-03": "ab" * 32}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite", keys=tmp_path / "keys")
    yield made
    made.close()


def people() -> list[dict[str, Any]]:
    early = "2026-01-02T00:00:00Z"
    return [line("person", at=early), line("person", at=early, id="bob", name="Bob", function="Finance")]


def history() -> list[dict[str, Any]]:
    rest = [line(kind) for kind in GOOD if kind != "person"]
    return [*people(), *rest]


def write(path: Path, lines: list[Any]) -> Path:
    text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(ledger: Ledger, path: Path, **more: Any) -> Refused:
    before = ledger.head()
    with pytest.raises(Refused) as refused:
        ledger.import_file(path, **more)
    assert ledger.head() == before
    assert ledger.state().entries == before.seq
    return refused.value


def test_a_whole_history_is_marked_bound_and_intact(ledger, tmp_path):
    path = write(tmp_path / "h.jsonl", history())
    done = ledger.import_file(path, HASHES, "S1")
    assert (done.new, done.already, done.first) == (len(GOOD) + 1, 0, 1)
    assert ledger.verify()["ok"]
    assert all(entry.imported for entry in ledger.entries())
    signed = ledger.state().sign_offs[0]
    assert (signed.plan_hash, signed.plan_snapshot, signed.bound_at_import) == (
        HASHES["C2026-03"],
        "S1",
        True,
    )
    assert ledger.state().publishes[0].plan_hash == HASHES["C2026-03"]
    body = json.loads(list(ledger.export_lines())[-1])
    assert body["imported"] is True
    assert body["saved"] > body["at"]


def test_a_hash_that_was_given_is_kept(ledger, tmp_path):
    lines = [*people(), line("sign_off", plan_hash="cd" * 32, version="older")]
    ledger.import_file(write(tmp_path / "h.jsonl", lines), HASHES, "S1")
    signed = ledger.state().sign_offs[0]
    assert (signed.plan_hash, signed.plan_snapshot, signed.bound_at_import) == ("cd" * 32, None, False)


def test_importing_again_adds_only_what_is_new(ledger, tmp_path):
    ledger.import_file(write(tmp_path / "h.jsonl", history()), HASHES, "S1")
    more = [*history(), line("comment", text="and another")]
    done = ledger.import_file(write(tmp_path / "h.jsonl", more), {"C2026-03": "ef" * 32}, "S2")
    assert (done.new, done.already) == (1, len(history()))
    assert ledger.verify()["ok"]


def test_without_a_snapshot_nothing_is_bound_and_it_says_so(ledger, tmp_path):
    done = ledger.import_file(write(tmp_path / "h.jsonl", history()))
    assert ledger.state().sign_offs[0].plan_hash is None
    assert [w.rule for w in done.warnings].count("binding") == 2


def test_a_delegate_signs_as_a_delegate(ledger, tmp_path):
    lines = [*people(), line("delegation"), line("sign_off", by="bob"), line("attendance", by="bob")]
    lines.append(line("sign_off", at="2025-12-31T00:00:00Z", by="bob"))  # before the delegation began
    lines.append(line("meeting"))
    ledger.import_file(write(tmp_path / "h.jsonl", lines), HASHES, "S1")
    spoken = {entry.at.year: entry.capacity for entry in ledger.entries(["sign_off"])}
    assert spoken == {2026: DELEGATE + "ann", 2025: "self"}


def test_a_signature_for_another_function_is_warned_of_by_its_line(ledger, tmp_path):
    """Bob of Finance for Sales: outside the days of Ann's delegation it does not count, within them it does."""
    lines = [
        line("sign_off", person="bob", by="bob", at="2025-12-31T00:00:00Z"),
        *people(),
        line("delegation"),
    ]
    lines.append(line("sign_off", person="bob", by="bob"))
    done = ledger.import_file(write(tmp_path / "h.jsonl", lines), HASHES, "S1")
    (found,) = [w for w in done.warnings if w.rule == "signature"]
    assert (found.severity, found.row, found.column, found.value) == (
        "warning",
        1,
        "payload.function",
        "Sales",
    )
    assert "bob of Finance signs for Sales without a delegation" in found.message
    assert (len(ledger.state().sign_offs), len(ledger.state().signatures)) == (2, 1)


@pytest.mark.parametrize(("kind", "changes", "field", "words"), BAD)
def test_a_bad_line_is_named_with_number_field_and_fix(ledger, tmp_path, kind, changes, field, words):
    bad = line(kind, **changes)
    bad["payload"] = {k: v for k, v in bad["payload"].items() if not (k in changes and v is None)}
    lines: list[Any] = history()
    lines.insert(7, json.dumps(bad).replace("NaN", '"NaN"'))
    findings = refusal(ledger, write(tmp_path / "h.jsonl", lines), plan_hashes=HASHES).findings
    assert {finding.row for finding in findings} == {8}
    assert all(finding.file == "h.jsonl" and finding.fix and finding.column for finding in findings)
    assert any(field in (finding.column or "") for finding in findings)


def raw(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**line("case_closed"), **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    ("bad", "field", "words"),
    [
        ("{", None, "not JSON"),
        ("[1, 2]", None, "not a JSON object"),
        ('{"type": "comment", "type": "risk"}', "type", "twice"),
        (
            '{"type": "risk_score", "at": "2026-01-01", "by": "ann", "payload": {"id": NaN}}',
            None,
            "not a number",
        ),
        ("[" * 100_000, None, "nested too deep"),
        (raw(type="case_close"), "type", "did you mean case_closed"),
        (raw(type=7), "type", "not an entry type"),
        (raw(type=...), "type", "missing"),
        (raw(at=...), "at", "missing"),
        (raw(by=...), "by", "missing"),
        (raw(payload=...), "payload", "missing"),
        (raw(payload=[]), "payload", "not an object"),
        (raw(at="yesterday"), "at", "not a time"),
        (raw(at=1700000000), "at", "not a time"),
        (raw(at="2026-13-01T00:00:00Z"), "at", "calendar"),
        (raw(at="2999-01-01T00:00:00Z"), "at", "future"),
        (raw(by=""), "by", "not a person"),
        (raw(cycle="March"), "cycle", "not a month"),
        (raw(cycel="2026-03"), "cycel", "did you mean cycle"),
        (raw(capacity="boss"), "capacity", "delegate of"),
        (raw(type="stage", payload=GOOD["stage"], cycle=...), "cycle", "belongs to a cycle"),
        (line("case_closed", id="k9"), "payload.id", "no case of this id"),
        (line("decided", decision="d9"), "payload.decision", "no decision of this id"),
        (line("decided", supersedes="d9"), "payload.supersedes", "no decision of this id"),
        (line("decided", option="C"), "payload.option", "the options are A, B"),
        (line("decided", at="2026-01-05T00:00:00Z"), "at", "before it was raised"),
        (line("position", subject="C2031-01"), "payload.subject", "neither a decision nor a plan version"),
        (line("position", preferred_option="C"), "payload.preferred_option", "no such option"),
        (line("sign_off", version="C2031-01"), "payload.version", "no such plan version"),
        (line("publish", version="C2031-01"), "payload.version", "no such plan version"),
        (line("sign_off", person="eve"), "payload.person", "never declared"),
        (line("attendance", person="eve"), "payload.person", "never declared"),
        (line("attendance", meeting="m9"), "payload.meeting", "no meeting of this id"),
        (line("delegation", to="eve"), "payload.to", "never declared"),
        (line("publish", over_objections=["bob", "eve"]), "payload.over_objections[1]", "never declared"),
        (line("risk_score", id="r9"), "payload.id", "no risk of this id"),
        (line("survey_response", answers={"2": 3}, token="x"), "payload.answers", "no such statement"),
        (line("survey_response", round="2031"), "payload.round", "no survey round of this id"),
        (line("request_answer", impact_run="u9"), "payload.impact_run", "no impact run of this id"),
        (line("action_done", id="a9"), "payload.id", "no action of this id"),
        (line("assumption_outcome", id="s9"), "payload.id", "no assumption of this id"),
        (line("improvement_closed", id="i9"), "payload.id", "no improvement of this id"),
        (line("comment"), None, "repeats line"),
    ],
)
def test_what_cannot_be_true_is_refused(ledger, tmp_path, bad, field, words):
    lines: list[Any] = [*history(), bad]
    findings = refusal(ledger, write(tmp_path / "h.jsonl", lines), plan_hashes=HASHES).findings
    assert [finding.row for finding in findings] == [len(lines)], [str(f) for f in findings]
    assert findings[0].column == field
    assert words in f"{findings[0].message}; {findings[0].fix}"
    assert findings[0].fix


def test_all_bad_lines_are_named_at_once(ledger, tmp_path):
    lines: list[Any] = history()
    for place in (3, 9, 20):
        lines.insert(place, "nonsense")
    findings = refusal(ledger, write(tmp_path / "h.jsonl", lines), plan_hashes=HASHES).findings
    assert [finding.row for finding in findings] == [4, 10, 21]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00"])
def test_a_file_that_is_none(ledger, tmp_path, content):
    path = tmp_path / "h.jsonl"
    path.write_bytes(content)
    assert refusal(ledger, path).findings
    assert refusal(ledger, tmp_path / "absent.jsonl").findings


def test_an_owner_nobody_declared_is_told_but_taken(ledger, tmp_path):
    done = ledger.import_file(write(tmp_path / "h.jsonl", [line("risk", owner="Zoe"), line("risk_score")]))
    assert done.new == 2
    assert {(w.column, w.value) for w in done.warnings} == {("owner", "Zoe"), ("by", "ann")}


def test_byte_order_mark_blank_lines_and_foreign_words(ledger, tmp_path):
    path = tmp_path / "h.jsonl"
    said = "Größe 北京 \u202eabc😀"
    text = "\ufeff" + "\n\n".join(json.dumps(one, ensure_ascii=False) for one in [line("comment", text=said)])
    path.write_text(text + "\n", encoding="utf-8")
    assert ledger.import_file(path).new == 1
    assert ledger.state().comments[0].text == said
    assert ledger.verify()["ok"]
