"""A sample workspace from nothing: files, snapshot, ledger; and AdventureWorks beside it."""

from __future__ import annotations

import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from siop.core import NotFound, Refused
from siop.ledger import Ledger
from siop.sample import make, make_workspace
from siop.sample.adventureworks import copy_tables
from siop.warehouse import current_snapshot
from siop.workspace import Workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """halden, seed 9, loaded and told."""
    place = Workspace(tmp_path_factory.mktemp("made"))
    steps: list[float] = []
    made = make_workspace(place, "halden", 9, lambda step, fraction: steps.append(fraction))
    assert made
    assert (steps[0], steps[-1]) == (0.0, 1.0)
    assert all(0 <= s <= 1 for s in steps)
    return place


def test_workspace_is_ready_to_open(place: Workspace) -> None:
    assert (place.settings.sample, place.settings.seed) == ("halden", 9)
    snapshot = current_snapshot(place.snapshots)
    assert snapshot is not None
    assert snapshot.as_of == "2026-10"
    assert snapshot.currency == "EUR"
    hashes = dict(zip(snapshot.versions["version"], snapshot.versions["plan_hash"], strict=True))
    with closing(Ledger(place.ledger_url, keys=place.keys)) as book:
        state = book.state()
        assert book.verify()["ok"]
    assert state.sign_offs
    for signature in state.sign_offs:
        assert signature.plan_hash == hashes[signature.version]
        assert signature.bound_at_import
    snapshot.close()


def test_a_workspace_in_use_is_not_overwritten(place: Workspace) -> None:
    before = (place.root / "history.jsonl").read_bytes()
    with pytest.raises(Refused, match="holds a company already"):
        make_workspace(place, "halden", 10)
    assert (place.root / "history.jsonl").read_bytes() == before


def test_adventureworks_is_the_extract_and_four_people(tmp_path: Path) -> None:
    make(tmp_path, name="adventureworks")
    mapping = tomllib.loads((tmp_path / "sources" / "mapping.toml").read_text(encoding="utf-8"))
    for source in mapping["source"]:
        assert (tmp_path / "sources" / source["file"]).is_file()
        for lookup in source.get("lookup", ()):
            assert (tmp_path / "sources" / lookup["file"]).is_file()
    lines = (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 5
    assert all('"type": "person"' in line for line in lines)
    assert not (tmp_path / "stories.json").exists()


def test_a_missing_extract_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="comes with the repository"):
        copy_tables(tmp_path / "sources", tmp_path / "nowhere")
    assert not (tmp_path / "sources").exists()
