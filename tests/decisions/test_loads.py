"""Loading in somebody's name: the role is checked at the door, a refused load changes nothing, a good one is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from siop.core import NotAllowed
from siop.decisions import Identity, Service, loads, operator
from siop.decisions.identity import COMMAND
from siop.decisions.rights import EVERYBODY, RIGHTS, Right
from siop.ledger import Ledger
from siop.warehouse import Staged, current_id, events, last_refusal, snapshots

VIEWER = Identity("vera", "Vera", "Finance", "viewer", False, False, COMMAND)
ACTUALS = b"month,sku,family,quantity\n" + b"".join(b"2026-%02d,A,F,%d\n" % (m, m) for m in range(1, 7))
PLANS = b"version,kind,cycle,month,sku,family,quantity\n" + b"".join(
    b"C%02d,consensus,2026-%02d,2026-%02d,A,F,5\n" % (m, m - 1, m) for m in range(2, 7)
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", keys=tmp_path / "keys")) as book:
        yield Service(book)


def staged_at(root: Path, **files: bytes) -> Staged:
    staged = Staged(root, "ann")
    for name, data in files.items():
        staged.put(name.replace("_csv", ".csv"), data)
    return staged


def test_a_load_is_kept_with_its_flags_and_its_files(tmp_path: Path, service: Service) -> None:
    folder, staged = tmp_path / "snapshots", staged_at(tmp_path, actuals_csv=ACTUALS, plans_csv=PLANS)
    told: list[tuple[str, float]] = []
    done = loads.load_staged(service, operator("Ann"), staged, folder, lambda *said: told.append(said))
    assert done.ok
    assert told
    assert [s.loaded_by for s in snapshots(folder)] == ["Ann"]
    assert (folder / f"{done.snapshot}.skus.parquet").is_file()
    assert sorted(p.name for p in (tmp_path / "sources").iterdir()) == ["actuals.csv", "plans.csv"]
    assert not staged.begun

    before = {p.name: sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.duckdb")}
    staged.put("actuals.csv", ACTUALS + b"2026-07,A,F,seven\n")
    bad = loads.load_staged(service, operator("Bob"), staged, folder)
    assert [(f.file, f.row, f.column) for f in bad.findings] == [("actuals.csv", 8, "quantity")]
    assert {p.name: sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.duckdb")} == before
    assert current_id(folder) == done.snapshot
    assert "row 8" in str(last_refusal(folder))
    assert (tmp_path / "sources" / "actuals.csv").read_bytes() == ACTUALS
    assert staged.begun  # what was dragged in is still there, to be mended
    assert [(e["what"], e["by"]) for e in events(folder)] == [("refused", "Bob"), ("loaded", "Ann")]


def test_who_may_not_load_is_refused_at_every_door(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, staged = tmp_path / "snapshots", staged_at(tmp_path, actuals_csv=ACTUALS)
    doors = (
        lambda: loads.check_files(service, VIEWER, staged.folder),
        lambda: loads.load_staged(service, VIEWER, staged, folder),
        lambda: loads.roll_back(service, VIEWER, folder, "20260101T000000Z-aaaaaaaa"),
    )
    for door in doors:
        with pytest.raises(NotAllowed, match="may not load files"):
            door()
    assert not folder.exists()
    # The broken variant: were everybody allowed, the same call would load.
    monkeypatch.setitem(RIGHTS, "load", Right(EVERYBODY))
    assert loads.load_staged(service, VIEWER, staged, folder).ok
