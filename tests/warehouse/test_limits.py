"""Bounded reading: whatever is sent, the app gets a finding, and gets it soon."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from siop.warehouse import check, load
from siop.warehouse.supervise import run_child
from tests.warehouse import kinds
from tests.warehouse.making import errors, looked_at, write

MAPPING = '[[source]]\ntable = "actuals"\nfile = "{file}"\n[source.rules]\n{rules}\n'


def big(rows: int) -> str:
    return "month,sku,quantity\n" + "".join(f"2026-01,S{n},1\n" for n in range(rows))


@pytest.mark.parametrize(
    ("rules", "row"), [("max_rows = 2", 4), ("max_bytes = 30", None), ("max_cell_chars = 5", 1)]
)  # fmt: skip
def test_declared_limits(rules: str, row: int | None, tmp_path: Path) -> None:
    text = "month,sku,quantity\n2026-01,A,1\n2026-02,A,1\n2026-03,A,1\n"
    result = looked_at(tmp_path, actuals_csv=text, mapping=MAPPING.format(file="actuals.csv", rules=rules))
    assert [(r, rule) for r, _, rule in errors(result)] == [(row, "size")]


def test_the_limit_of_one_source_holds_for_its_file(tmp_path: Path) -> None:
    mapping = '[[source]]\ntable = "actuals"\nfile = "a.csv"\n' + MAPPING.format(
        file="a.csv", rules="max_rows = 1"
    ).replace('"actuals"', '"plans"')
    result = looked_at(
        tmp_path, a_csv="month,sku,quantity,version\n2026-01,A,1,B\n2026-02,A,1,B\n", mapping=mapping
    )
    assert "size" in [rule for _, _, rule in errors(result)]


def test_a_file_that_takes_too_long_is_stopped_from_outside(tmp_path: Path) -> None:
    sources = write(
        tmp_path / "in",
        actuals_csv=big(1_200_000),
        mapping=MAPPING.format(file="actuals.csv", rules="max_seconds = 0.05"),
    )
    result = load(sources, tmp_path / "snapshots")
    assert [(f.file, f.rule) for f in result.findings] == [("actuals.csv", "size")]
    assert "limit of" in result.findings[0].message


def test_a_whole_load_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIOP_LOAD_SECONDS", "0.2")
    result = check(write(tmp_path, actuals_csv=big(600_000)))
    assert not result.ok
    assert result.findings[0].rule == "size"


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIOP_LOAD_MEMORY_BYTES", "150000000")
    result = load(write(tmp_path / "in", actuals_csv=big(600_000)), tmp_path / "snapshots")
    assert not result.ok
    assert [(f.rule, "memory" in f.message) for f in result.findings] == [("size", True)]
    assert not (tmp_path / "snapshots" / "current").exists()


def test_entities_hidden_behind_a_long_comment_or_in_utf_16(tmp_path: Path) -> None:
    packed = io.BytesIO(kinds.workbook(kinds.clean_rows(random.Random(1))))
    for number, text in enumerate(
        [
            b"<!--" + b" " * 2_000_000 + b"--><!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
            "<!DOCTYPE a><a/>".encode("utf-16"),
        ]
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(packed.getvalue())) as source, zipfile.ZipFile(out, "w") as target:
            for part in source.infolist():
                target.writestr(part.filename, source.read(part.filename))
            target.writestr("xl/extra.xml", text)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "facts.xlsx").write_bytes(out.getvalue())
        result = looked_at(folder, mapping=MAPPING.format(file="facts.xlsx", rules=""))
        assert [rule for _, _, rule in errors(result)] == ["format"]
        assert "DOCTYPE" in result["findings"][0]["message"]


def test_a_child_that_dies_is_a_finding() -> None:
    told = run_child({"no": "request"}, None)
    assert not told["ok"]
    assert told["findings"][0]["rule"] == "loader"
    assert "KeyError" in told["findings"][0]["message"]
