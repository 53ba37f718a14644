"""Publishing: whoever reads, at whatever moment, sees a whole snapshot; loads wait for each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from siop.core import NotFound, Refused, Scope
from siop.warehouse import compare_snapshots, current_snapshot, lineage, load, publish, roll_back, snapshots
from siop.warehouse.snapshot import Snapshot
from tests.warehouse.making import loaded, write

ROUNDS = int(os.environ.get("SIOP_PUBLISH_ROUNDS", "20"))
ONE = "month,sku,family,quantity\n2026-01,A,F,1\n2026-02,A,F,2\n"
TWO = "month,sku,family,quantity\n2026-01,A,F,1\n2026-02,A,F,3\n2026-03,B,G,4\n"
LOADER = "import sys, pathlib; from siop.warehouse import load; load(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))"


def test_kill_9_during_a_load_leaves_a_whole_snapshot(tmp_path: Path) -> None:
    """A load is killed at a moment that moves over its whole life; a reader never sees half of one."""
    folder = tmp_path / "snapshots"
    first = loaded(tmp_path, actuals_csv=ONE)
    whole = {
        first.meta["content_hash"]: 3,
        load(write(tmp_path / "two", actuals_csv=TWO), folder).content_hash: 8,
    }
    started = time.monotonic()
    load(tmp_path / "two", folder)
    life = time.monotonic() - started + 0.4  # with the start of the interpreter
    for number in range(ROUNDS):
        sources = tmp_path / ("sources" if number % 2 else "two")
        process = subprocess.Popen(
            [sys.executable, "-c", LOADER, str(sources), str(folder)], start_new_session=True
        )
        time.sleep(life * number / ROUNDS)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        snapshot = current_snapshot(folder)
        assert snapshot is not None
        total = snapshot.rows("SELECT sum(quantity) FROM actuals")[0][0]
        assert total == whole[snapshot.meta["content_hash"]]
        snapshot.close()
    assert load(tmp_path / "two", folder).ok
    left = [p.name for p in folder.iterdir() if p.name.startswith((".build", ".current"))]
    assert left == []


def test_the_child_ends_with_the_load_that_started_it(tmp_path: Path) -> None:
    rows = "".join(f"2026-01,S{n},F,1\n" for n in range(300_000))
    sources = write(tmp_path / "big", actuals_csv="month,sku,family,quantity\n" + rows)
    process = subprocess.Popen([sys.executable, "-c", LOADER, str(sources), str(tmp_path / "snapshots")])
    children: list[str] = []
    while not children and process.poll() is None:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
        )
        children = found.stdout.split()
    assert children
    process.kill()
    process.wait()
    stop = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < stop:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_one_load_at_a_time(tmp_path: Path) -> None:
    with (
        publish.building(tmp_path),
        pytest.raises(Refused, match="another load is running"),
        publish.building(tmp_path, wait_seconds=0.2),
    ):
        raise AssertionError("two loads at once")


def test_only_a_built_file_becomes_current(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        publish.point_to(tmp_path, "20260101T000000Z-aaaaaaaa")
    assert current_snapshot(tmp_path) is None


def test_history_roll_back_and_comparison(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    first = loaded(tmp_path, actuals_csv=ONE)
    second = load(write(tmp_path / "sources", actuals_csv=TWO), folder, by="Ann")
    listed = snapshots(folder)
    assert [(s.loaded_by, s.rows, s.current) for s in listed] == [
        ("Ann", 3, True),
        ("command line", 2, False),
    ]
    compared = compare_snapshots(first.path, folder / f"{second.snapshot}.duckdb")
    assert [(c.table, c.added, c.removed, c.changed) for c in compared.changes] == [
        ("actuals", 1, 0, 1),
        ("products", 1, 0, 0),
    ]
    assert [(e.version, e.measure, e.before, e.after, e.change) for e in compared.effects] == [
        ("actual", "quantity", "3", "8", "5")
    ]
    back = compare_snapshots(folder / f"{second.snapshot}.duckdb", first.path)
    assert [(c.added, c.removed, c.changed) for c in back.changes] == [(0, 1, 1), (0, 1, 0)]
    assert compare_snapshots(first.path, first.path).changes == ()
    roll_back(folder, first.id)
    now = current_snapshot(folder)
    assert now is not None
    assert now.id == first.id
    assert len(snapshots(folder)) == 2
    for wrong in ("nothing", "../sources/actuals"):
        with pytest.raises(NotFound):
            roll_back(folder, wrong)


def test_lineage_leads_to_file_and_rows(tmp_path: Path) -> None:
    mapping = '[[source]]\ntable = "actuals"\nfile = "*_sales.csv"\n[[source]]\ntable = "products"\nfile = "products.csv"\n'
    snapshot = loaded(
        tmp_path, a_sales_csv="month,sku,quantity\n2026-01,A,1\n2026-02,A,2\n", b_sales_csv="month,sku,quantity\n\n2026-03,B,4\n",
        products_csv="sku,family,brand\nA,F,red\nB,G,blue\n", mapping=mapping,
    )  # fmt: skip
    assert [(o.file, o.first_row, o.last_row, o.facts) for o in lineage(snapshot)] == [
        ("a_sales.csv", 2, 3, 2),
        ("b_sales.csv", 3, 3, 1),
    ]
    only = lineage(snapshot, scope=Scope(where=Scope.filters({"brand": "blue"})))
    assert [(o.file, o.loaded_by, len(o.sha256)) for o in only] == [("b_sales.csv", "command line", 64)]
    assert [o.facts for o in lineage(snapshot, scope=Scope(last="2026-01"))] == [1]
    with pytest.raises(NotFound):
        lineage(snapshot, scope=Scope(where=Scope.filters({"colour": "red"})))


def test_two_readers_of_one_file(tmp_path: Path) -> None:
    path = loaded(tmp_path, actuals_csv=ONE).path
    one, two = Snapshot(path), Snapshot(path)
    assert one.rows("SELECT count(*) FROM actuals") == two.rows("SELECT count(*) FROM actuals") == [(2,)]
