"""Minutes of the sample's meeting say what the ledger says, and their receipts hold against it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from siop.cli.main import main
from siop.core import NotFound
from siop.exports import minutes, written
from siop.exports.document import Document, Facts, Heading, Table, Text
from siop.ledger import Ledger
from siop.ledger.checkpoint import checkpoint_of
from siop.warehouse import Snapshot, current_snapshot
from siop.workspace import Workspace

CYCLE = "2026-10"


@pytest.fixture(scope="module")
def book(halden: Path) -> Ledger:
    place = Workspace(halden)
    return Ledger(place.ledger_url, keys=place.keys)


@pytest.fixture(scope="module")
def snapshot(halden: Path) -> Snapshot:
    found = current_snapshot(Workspace(halden).snapshots)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def made(book: Ledger, snapshot: Snapshot) -> Document:
    return minutes(snapshot, book, CYCLE, company="Halden Flow and Motion")


def table(made: Document, name: str) -> Table:
    return next(b for b in made.blocks if isinstance(b, Table) and b.name == name)


def section(made: Document, name: str) -> list[str]:
    """The sentences under a heading."""
    found, inside = [], False
    for block in made.blocks:
        if isinstance(block, Heading):
            inside = block.text == name
        elif inside and isinstance(block, Text):
            found.append(block.text)
    return found


def test_who_was_there_and_who_signed(made: Document, book: Ledger) -> None:
    state = book.state()
    met = next(m for m in state.meetings.values() if m.in_cycle == CYCLE and m.kind == "executive")
    said = {a.person: a.status for a in state.attendance if a.meeting == met.id}
    rows = table(made, "Who was there").rows
    assert [r[0] for r in rows] == list(state.required_functions)
    for _, name, word in rows:
        person = next(p for p in state.people.values() if p.name == name)
        assert word == {"principal": "Present", "delegate": "Delegate", "absent": "Absent"}[said[person.id]]
    signed = {s.function: s for s in state.sign_offs if s.version == f"{CYCLE} C"}
    for function, name, stance, reason, at, entry, short in table(made, "Signatures").rows:
        last = signed[str(function)]
        assert (name, reason, at, entry) == (state.name(last.person), last.reason, last.at, last.seq)
        assert "from history" in str(stance)
        assert str(last.plan_hash).startswith(str(short)[:4])


def test_the_plan_and_its_hash(made: Document, snapshot: Snapshot) -> None:
    first = next(b for b in made.blocks if isinstance(b, Facts))
    pairs = dict(first.pairs)
    (digest,) = snapshot.rows("SELECT plan_hash FROM versions WHERE version = $v", {"v": f"{CYCLE} C"})[0]
    assert pairs["Plan"] == f"{CYCLE} C"
    assert pairs["Content hash of the plan"] == digest
    assert snapshot.id in pairs["Numbers"]
    assert snapshot.id in made.footer


def test_every_dissent_of_the_cycle_is_printed_in_its_own_words(made: Document, book: Ledger) -> None:
    state = book.state()
    said = " ".join(section(made, "Objections and dissent"))
    last = {s.function: s for s in state.sign_offs if s.version == f"{CYCLE} C"}
    wanted = [s for s in last.values() if s.stance != "consent"]
    wanted += [
        p
        for d in state.decisions.values()
        if d.in_cycle == CYCLE
        for p in d.standing
        if p.stance != "consent"
    ]  # type: ignore[misc]
    assert wanted, "the sample's cycle has dissent"
    for one in wanted:
        assert str(one.reason) in said
        assert state.name(one.person) in said
    assert "Nobody objected" not in said


def test_decisions_with_rationale_owner_due_and_prediction(made: Document, book: Ledger) -> None:
    state = book.state()
    text = written(made, "md").decode()
    mine = [d for d in state.decisions.values() if any(o.in_cycle == CYCLE for o in d.outcomes)]
    assert mine
    for decision in mine:
        answer = decision.outcomes[-1]
        assert f"{decision.id}: " in text
        for part in (answer.rationale, state.name(answer.owner) if answer.owner else None):
            assert part is None or _escaped(part) in text
        if answer.due:
            assert f"{answer.due:%d %b %Y}" in text
        for option in decision.options:
            assert _escaped(option.description) in text
    told = [d for d in state.decisions.values() if d.decided and d.decided.prediction]
    one = told[-1]
    found = minutes_of(book, one.decided.in_cycle)  # type: ignore[union-attr]
    assert "Predicted effect" in found
    assert one.decided.prediction.baseline_version in found  # type: ignore[union-attr]


def minutes_of(book: Ledger, cycle: str) -> str:
    place = Path(str(book.url).removeprefix("sqlite:///")).parent
    found = current_snapshot(Workspace(place).snapshots)
    assert found is not None
    return written(minutes(found, book, cycle), "md").decode()


def _whole(receipt: dict[str, object], told: dict[str, object]) -> dict[str, object]:
    return {**receipt, "checkpoint": told["checkpoint"]}


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", " ".join(text.split()))


def test_receipts_and_checkpoint_hold_against_the_ledger(
    made: Document, book: Ledger, tmp_path: Path
) -> None:
    said = written(made, "md").decode()
    told = json.loads(re.findall(r"```json\n(.*?)\n```", said, re.DOTALL)[0])
    assert told["public_key"] == book.public
    point = checkpoint_of(told["checkpoint"])
    assert point.is_by(str(book.public))
    assert book.verify(
        receipts=[_whole(r, told) for r in told["receipts"]][-1:], checkpoints=[told["checkpoint"]]
    )["ok"]
    assert not book.verify(checkpoints=[{**told["checkpoint"], "head": "0" * 64}])["ok"]
    entries = {e.seq: e for e in book.entries()}
    assert len(told["receipts"]) > 20
    for receipt in told["receipts"]:
        assert receipt["hash"] == entries[receipt["seq"]].hash
        assert (entries[receipt["seq"]].cycle or CYCLE) == CYCLE
    forged = checkpoint_of({**told["checkpoint"], "head": "0" * 64})
    assert not forged.is_by(str(book.public))  # a changed checkpoint is not signed
    sheet = openpyxl.load_workbook(io.BytesIO(written(made, "xlsx")))["Receipts"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [r["seq"] for r in told["receipts"]]
    assert sheet["E2"].value == told["receipts"][0]["hash"]


def test_a_cycle_of_which_only_a_signature_is_known_has_minutes(snapshot: Snapshot, tmp_path: Path) -> None:
    """No meeting was recorded: what was signed can be proved all the same."""
    with closing(Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", keys=tmp_path / "keys")) as own:
        lines = [
            {"type": "person", "at": "2026-10-01T08:00:00Z", "by": "ann", "payload": {"id": "ann", "name": "Ann", "function": "Sales", "role": "Head of sales", "principal": True, "required_signer": True}},
            {"type": "action", "at": "2026-10-20T08:00:00Z", "by": "ann", "cycle": "2026-10", "payload": {"id": "A1", "text": "Call the dealers", "owner": "ann", "due": "2026-11-01"}},
        ]  # fmt: skip
        file = tmp_path / "h.jsonl"
        file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        own.import_file(file)
        made = minutes(snapshot, own, "2026-10")
        assert "Call the dealers" in written(made, "md").decode()


def test_a_cycle_without_a_word_is_said(book: Ledger, snapshot: Snapshot) -> None:
    with pytest.raises(NotFound, match="nothing was said in the cycle 2019-01"):
        minutes(snapshot, book, "2019-01")


def test_the_command_writes_the_file_and_nothing_else(halden: Path, tmp_path: Path, made: Document) -> None:
    out = tmp_path / "minutes.md"
    done = run(halden, CYCLE, "--out", str(out), "--json")
    assert done.returncode == 0
    body = json.loads(done.stdout)
    assert (body["ok"], body["bytes"]) == (True, out.stat().st_size)
    assert out.read_bytes() == written(made, "md")  # another process, the same bytes


def test_a_wrong_cycle_ending_or_folder_is_said(halden: Path, tmp_path: Path) -> None:
    def said(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["minutes", *words, "--workspace", str(halden)])
        return done.exit_code, done.output

    assert said("2026-13", "--out", "m.md")[0] == 2
    code, text = said(CYCLE, "--out", str(tmp_path / "m.docx"))
    assert (code, ".pptx" in text) == (2, True)
    code, text = said(CYCLE, "--out", str(tmp_path / "none" / "m.md"), "--json")
    assert (code, "cannot be written" in json.loads(text)["error"]) == (1, True)


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "siop", "minutes", *words, "--workspace", str(place)],
        cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True,
    )  # fmt: skip
