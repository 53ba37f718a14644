"""The quick ways for large files say what the slow way says: the same content, or they leave it to the slow way."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from siop.warehouse import child, fast, raw
from tests.warehouse import kinds
from tests.warehouse.making import write
from tests.warehouse.test_generated_bad import MAPPING

PRODUCTS = "sku,family\n" + "".join(f"{sku},F{n % 2}\n" for n, sku in enumerate(kinds.SKUS))


@pytest.fixture
def any_size(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The quick ways for files of any size; returns the list of the files that took the quickest."""
    taken: list[str] = []
    read = fast.read_fast

    def counted(bench: Any, one: Any, judge: Any, calendar: Any) -> Any:
        stage = read(bench, one, judge, calendar)
        if stage is not None:
            taken.append(one.source.file)
        return stage

    monkeypatch.setattr(fast, "BYTES", 0)
    monkeypatch.setattr(raw, "PLAIN_BYTES", 0)
    monkeypatch.setattr("siop.warehouse.pipeline.read_fast", counted)
    return taken


def answer(sources: Path, quick: bool) -> dict[str, Any]:
    """The loader's answer; `quick` as it is, or with the quickest way switched off."""
    request = {
        "sources": str(sources), "work": str(sources), "target": None, "by": "test", "memory_bytes": 2_000_000_000,
        "stamp": "test", "built_at": "test",
    }  # fmt: skip
    silent = lambda *_a, **_k: None  # noqa: E731
    return child.run(request, silent) if quick else child._attempt(request, silent, fast=False)[0]


@pytest.mark.parametrize("name", sorted(kinds.KINDS))
def test_every_kind_is_answered_alike(
    name: str, tmp_path: Path, any_size: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(f"fast {name}")
    case = kinds.KINDS[name](kinds.clean_rows(draw), draw)
    (tmp_path / case.name).write_bytes(case.data)
    skus = "[" + ", ".join(f'"{s}"' for s in kinds.SKUS) + "]"
    write(tmp_path, mapping=MAPPING.format(name=case.name, skus=skus, reading=""))
    quick = answer(tmp_path, quick=True)
    monkeypatch.setattr(raw, "PLAIN_BYTES", 10**12)
    assert quick == answer(tmp_path, quick=False)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("day", ["", "-17"])
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("calendar", [True, False])
def test_clean_files_take_the_quickest_way(
    end: str, day: str, listed: bool, calendar: bool, tmp_path: Path, any_size: list[str]
) -> None:
    rows = kinds.clean_rows(random.Random(5))
    for row in rows:
        row[0] += day
        row[5:] = ["EUR", "ok"]
    mapping = MAPPING.format(name="facts.csv", skus="true", reading="")
    files = {"mapping": mapping, "facts_csv": kinds.text(rows, end=end)}
    if listed:
        files["products_csv"] = PRODUCTS
        files["mapping"] += '[[source]]\ntable = "products"\nfile = "products.csv"\n'
    if calendar:
        files["calendar_csv"] = "month,start_date\n" + "".join(
            f"2026-{m:02d},2026-{m:02d}-03\n" for m in range(1, 8)
        )
        files["mapping"] += '[[source]]\ntable = "calendar"\nfile = "calendar.csv"\n'
    quick = answer(write(tmp_path, **files), quick=True)
    assert quick["ok"], quick["findings"]
    assert any_size == ["facts.csv"]
    assert quick == answer(tmp_path, quick=False)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (3, "1_0"), (3, "1e3"), (3, "1234.56789"), (3, "0x1"), (3, " 7"), (3, "inf"), (3, "--1"), (4, "1.005"), (4, "1,5"),
        (4, ".5"), (4, "5."), (4, "+5"), (4, "00012.50"), (4, "-0"), (0, "2026-1-01"), (0, "2026/01/01"), (0, "2026-01 "),
        (0, "1985-01"), (1, "ventil ö"), (1, "Ventil O\u0308"), (1, "PX-10 "), (2, ""), (1, "12345678901234567890"),
    ],
)  # fmt: skip
def test_one_odd_cell_deep_in_a_file(column: int, value: str, tmp_path: Path, any_size: list[str]) -> None:
    """What DuckDB's own parsing would take silently (1_000, rounding, 2026/01/01) is never taken so."""
    rows = kinds.clean_rows(random.Random(6))
    rows = [[f"{year}-{r[0][5:]}", *r[1:]] for year in range(2000, 2010) for r in rows]
    assert len(rows) > fast._SAMPLE
    rows[-2][column] = value
    mapping = '[[source]]\ntable = "actuals"\nfile = "facts.csv"\ncolumns = { month = "month", sku = "sku", site = "site", quantity = "quantity", revenue = "revenue" }\n'
    sources = write(tmp_path, mapping=mapping, facts_csv=kinds.text(rows))
    quick = answer(sources, quick=True)
    assert quick == answer(sources, quick=False)


def test_repeats_and_totals_beyond_the_file_are_named_with_their_rows(
    tmp_path: Path, any_size: list[str]
) -> None:
    """A fault that only shows against another file is found too; everything is then read again with row numbers."""
    rows = kinds.text(kinds.clean_rows(random.Random(7)))
    mapping = "".join(
        f'[[source]]\ntable = "actuals"\nfile = "{n}.csv"\ncolumns = {{ month = "month", sku = "sku", quantity = "quantity" }}\n'
        for n in ("one", "two")
    )
    result = answer(write(tmp_path, one_csv=rows, two_csv=rows, mapping=mapping), quick=True)
    assert any_size == ["one.csv", "two.csv"]
    named = [(f["file"], f["row"], f["rule"]) for f in result["findings"]]
    assert named[:2] == [("two.csv", 2, "duplicate_key"), ("two.csv", 3, "duplicate_key")]
    assert len(named) == 30


def test_lineage_of_a_quickly_read_file(tmp_path: Path, any_size: list[str]) -> None:
    import duckdb

    rows = kinds.text(kinds.clean_rows(random.Random(8)))
    mapping = '[[source]]\ntable = "actuals"\nfile = "facts.csv"\ncolumns = { month = "month", sku = "sku", quantity = "quantity" }\n'
    request = {
        "sources": str(write(tmp_path, mapping=mapping, facts_csv=rows)), "work": str(tmp_path),
        "target": str(tmp_path / "out.duckdb"), "by": "test", "memory_bytes": 2_000_000_000, "stamp": "t", "built_at": "t",
    }  # fmt: skip
    assert child.run(request, lambda *_a, **_k: None)["ok"]
    assert any_size == ["facts.csv"]
    with duckdb.connect(request["target"], read_only=True) as con:
        assert con.execute("SELECT first_row, last_row, rows, rows_read FROM sources").fetchall() == [
            (2, 31, 30, 30)
        ]
