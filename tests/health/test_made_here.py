"""A history brought in by import says the same as one made in the cockpit, entry by entry, at the one door."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from siop.core import Scope, plain
from siop.decisions import RIGHTS, Identity, Service, plans_of
from siop.decisions.identity import COMMAND
from siop.health import health
from siop.ledger import Ledger
from siop.ledger.state import State
from siop.warehouse import Snapshot
from tests.health.companies import PLANTED, company
from tests.health.test_report import snapshot_of

RANK = ("siop_lead", "chair", "executive", "administrator")


def made_in_the_cockpit(
    folder: Path, snapshot: Snapshot, lines: list[dict[str, Any]]
) -> tuple[State, list[str]]:
    """Every line said through the service by somebody who may; returns the state, and its lines as an import has them."""
    now = [datetime(2020, 1, 1, tzinfo=UTC)]
    plans = plans_of(snapshot)
    ledger = Ledger(f"sqlite:///{folder / 'here.sqlite'}", keys=folder / "here-keys", clock=lambda: now[0])
    service = Service(ledger, lambda: plans, quorum=0.0, clock=lambda: now[0])
    with closing(ledger):
        for line in lines:
            now[0] = datetime.fromisoformat(line["at"])
            fields = {**line["payload"]}
            if line["type"] in ("sign_off", "publish"):  # whoever signs sees what they sign
                fields |= {"plan_hash": plans.hashes[fields["version"]], "snapshot": plans.snapshot}
            if line["type"] == "tolerance":
                fields["reason"] = "as agreed"
            if line["type"] == "publish":
                fields["over_objections"] = [
                    s.person for s in ledger.state().sign_offs
                    if s.version == fields["version"] and s.stance == "object"
                ]  # fmt: skip
            role = next(r for r in RANK if r in RIGHTS[line["type"]].roles)
            who = Identity(line["by"], line["by"], "siop", role, True, True, COMMAND)
            if line["type"] in ("sign_off", "position"):
                who = replace(who, function=fields["function"])
            service.create(who, line["type"], fields, cycle=line["cycle"])
        told = []
        for text in ledger.export_lines():
            body = json.loads(text)
            told.append(
                json.dumps({k: body[k] for k in ("type", "at", "by", "cycle", "payload") if body.get(k)})
            )
        return ledger.state(), told


def imported(folder: Path, snapshot: Snapshot, lines: list[str]) -> State:
    """The same lines as another company's history."""
    path = folder / "history.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ledger = Ledger(f"sqlite:///{folder / 'there.sqlite'}", keys=folder / "there-keys")
    with closing(ledger):
        ledger.import_file(path, plan_hashes=dict(plans_of(snapshot).hashes), snapshot=snapshot.id)
        return ledger.state()


def test_imported_and_made_here_give_the_same_indices(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path)
    lines = company(7, PLANTED["S1"], cycles=4).lines
    here, told = made_in_the_cockpit(tmp_path, snapshot, lines)
    there = imported(tmp_path, snapshot, told)
    assert there.entries == here.entries == len(lines)
    mine, theirs = (plain(health(snapshot, state, Scope()).rows) for state in (here, there))
    assert mine == theirs
    assert sum(row["value"] is not None for row in mine) >= 6  # it is not that nothing could be told
    # a history that says less is told apart
    fewer = imported_without(tmp_path / "fewer", snapshot, told, "sign_off")
    assert plain(health(snapshot, fewer, Scope()).rows) != mine


def imported_without(folder: Path, snapshot: Snapshot, lines: list[str], kind: str) -> State:
    folder.mkdir()
    return imported(folder, snapshot, [text for text in lines if json.loads(text)["type"] != kind])
