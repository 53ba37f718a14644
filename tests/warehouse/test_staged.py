"""Files on their way in: names are data, sizes are bounded, what is loaded stays until it is replaced as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.core import NotFound, Refused
from siop.warehouse import Staged, events, findings_csv, journal, load, note_refusal, roll_back
from siop.warehouse.findings_file import plain
from siop.warehouse.staged import file_name
from tests.warehouse.making import looked_at, write

ONE = b"month,sku,quantity\n2026-01,A,1\n"


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("actuals.csv", "actuals.csv"),
        ("../../../../etc/cron.d/plans.csv", "plans.csv"),
        ("C:\\Users\\me\\Sales 2026.XLSX", "Sales 2026.XLSX"),
        ("/absolute/mapping.toml", "mapping.toml"),
        ("x'); DROP TABLE plan; --.csv", "x'); DROP TABLE plan; --.csv"),
    ],
)
def test_a_name_is_taken_apart(given_name: str, name: str) -> None:
    assert file_name(given_name) == name


@pytest.mark.parametrize(
    "given_name",
    ["", "..", "../", ".hidden.csv", "a.xls", "a.csv.exe", "siop.toml", "a\x00.csv", "a\n.csv", "C:x.csv", "a" * 200 + ".csv", "*.csv"],
)  # fmt: skip
def test_what_is_no_name_of_a_file_to_load(given_name: str, tmp_path: Path) -> None:
    staged = Staged(tmp_path, "ann")
    with pytest.raises(Refused):
        staged.put(given_name, ONE)
    assert not staged.folder.exists()


@settings(max_examples=200)
@given(st.text(max_size=40), st.sampled_from(["", "../", "..\\", "/", "a/../../"]))
def test_whatever_is_dragged_stays_in_the_folder(
    tmp_path_factory: pytest.TempPathFactory, name: str, before: str
) -> None:
    root = tmp_path_factory.mktemp("w")
    staged = Staged(root, "../../ann")
    try:
        kept = staged.put(before + name + ".csv", ONE)
    except Refused:
        assert list(root.rglob("*.csv")) == []
        return
    assert [p.relative_to(root).parts[0] for p in root.rglob("*.csv")] == ["staged"]
    assert (staged.folder / kept).parent == staged.folder


def test_a_replaced_file_leaves_the_loaded_one_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "sources", actuals_csv=ONE.decode(), plans_csv="month\n")
    staged = Staged(tmp_path, "ann")
    staged.begin()
    assert [(f.name, f.state) for f in staged.files()] == [
        ("actuals.csv", "as loaded"),
        ("plans.csv", "as loaded"),
    ]
    staged.put("actuals.csv", ONE + b"2026-02,A,2\n")
    staged.put("sites.csv", b"site\nS1\n")
    staged.drop("plans.csv")
    assert [(f.name, f.state) for f in staged.files()] == [("actuals.csv", "replaced"), ("sites.csv", "new")]
    assert (
        tmp_path / "sources" / "actuals.csv"
    ).read_bytes() == ONE  # a link, had it been written into, would differ
    assert not Staged(tmp_path, "bob").begun
    for wrong in ("plans.csv", "../sources/actuals.csv", "mapping.toml"):
        with pytest.raises(NotFound):
            staged.drop(wrong)
    staged.adopt("20260101T000000Z-aaaaaaaa")
    assert sorted(p.name for p in (tmp_path / "sources").iterdir()) == ["actuals.csv", "sites.csv"]
    assert sorted(p.name for p in (tmp_path / "earlier" / "20260101T000000Z-aaaaaaaa").iterdir()) == [
        "actuals.csv",
        "plans.csv",
    ]
    assert not staged.begun


def test_what_is_staged_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from siop.warehouse import staged as room

    monkeypatch.setattr(room, "MAX_BYTES", 100)
    monkeypatch.setattr(room, "MAX_FILES", 2)
    staged = Staged(tmp_path, "ann")
    staged.put("a.csv", b"x" * 60)
    staged.put("a.csv", b"x" * 90)  # over itself: counted once
    with pytest.raises(Refused, match="over 100 bytes"):
        staged.put("b.csv", b"x" * 20)
    staged.put("b.csv", b"x")
    with pytest.raises(Refused, match="more than 2 files"):
        staged.put("c.csv", b"")
    assert [f.name for f in staged.files()] == ["a.csv", "b.csv"]


def test_a_link_in_the_sources_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "sources", actuals_csv=ONE.decode())
    (tmp_path / "secret.csv").write_text("secret")
    (tmp_path / "sources" / "plans.csv").symlink_to(tmp_path / "secret.csv")
    staged = Staged(tmp_path, "ann")
    staged.begin()
    assert [f.name for f in staged.files()] == ["actuals.csv"]


def test_the_history_names_who_loaded_refused_and_rolled_back(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    first = load(write(tmp_path / "in", actuals_csv=ONE.decode()), folder, by="Ann")
    note_refusal(folder, first.as_dict(), by="Ann")
    bad = load(write(tmp_path / "in", actuals_csv="month,sku,quantity\n2026-01,A,x\n"), folder, by="Bob")
    note_refusal(folder, bad.as_dict(), by="Bob")
    roll_back(folder, str(first.snapshot), by="Cid")
    told = [(e["what"], e["by"], e["snapshot"]) for e in events(folder)]
    assert told == [
        ("rolled back", "Cid", first.snapshot),
        ("refused", "Bob", None),
        ("loaded", "Ann", first.snapshot),
    ]
    assert "row 2" in events(folder)[1]["said"]
    with (folder / journal.FILE).open("a") as file:
        file.write('{"at": "2026')  # cut off by a crash
    assert len(events(folder)) == 3


def test_a_download_runs_nothing(tmp_path: Path) -> None:
    result = looked_at(tmp_path, actuals_csv="month,sku,quantity\n=cmd|' /C calc'!A0,A,1\n2026-01,B,@x\n")
    from siop.core import Finding

    text = findings_csv(Finding(**f) for f in result["findings"]).decode("utf-8-sig")
    assert text.splitlines()[0] == "severity,file,sheet,row,column,value,rule,message,fix"
    assert "'=cmd|" in text
    assert "'@x" in text
    assert json.dumps([plain(v) for v in ("=1", "+1", "-1", "@a", "\tb", "1", 5, None)]) == json.dumps(
        ["'=1", "'+1", "'-1", "'@a", "'\tb", "1", 5, ""]
    )
