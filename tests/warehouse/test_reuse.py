"""A load after a change gives what a load of everything gives, and reads only what has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from siop.warehouse import child, load, reuse
from tests.warehouse.making import write

MAPPING = """
[company]
currency = "EUR"
[[source]]
table = "products"
file = "products.csv"
[[source]]
table = "actuals"
file = "sales/*.csv"
columns = { month = "month", sku = "sku", customer = "customer", quantity = "qty", price = "price", currency = "cur" }
[source.rules.quantity]
negative = "warn"
[[source]]
table = "plans"
file = "budget.csv"
constants = { version = "B", kind = "budget" }
period = "quarter"
spread = "working_days"
[[source]]
table = "plans"
file = "cycles/*.csv"
columns = { version = "v", kind = "k", cycle = "c", month = "month", sku = "sku", revenue = "rev" }
[[source]]
table = "inventory"
file = "stock.csv"
aggregate = "sum"
unknown = "unmapped"
constants = { version = "actual" }
[[source.lookup]]
file = "sites.csv"
key = { place = "code" }
columns = { site = "plant" }
"""
FILES = {
    "mapping": MAPPING,
    "products_csv": "sku,family\nA,F\nB,G\n",
    "sales__jan_csv": "month,sku,customer,qty,price,cur\n2026-01,A,c1,3,1.25,EUR\n2026-01,B,c2,-4,2,EUR\n",
    "sales__feb_csv": "month,sku,customer,qty,price,cur\n2026-02,A,c1,5,1.5,EUR\n2026-02,B,c2,,,EUR\n",
    "budget_csv": "month,family,quantity\n2026-Q1,F,100\n",
    "cycles__one_csv": "v,k,c,month,sku,rev\nC1,consensus,2025-12,2026-01,A,1.005\n",
    "cycles__two_csv": "v,k,c,month,sku,rev\nC2,consensus,2026-01,2026-02,A,7\n",
    "stock_csv": "month,sku,place,quantity\n2026-01,A,x,4\n2026-01,A,y,6\n2026-01,B,z,1\n",
    "sites_csv": "code,plant\nx,P\ny,P\n",
}


@pytest.fixture(autouse=True)
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reuse for files of any size."""
    monkeypatch.setattr(reuse, "BYTES", 0)


def built(sources: Path, target: Path, previous: Path | None = None) -> tuple[dict[str, Any], list[str]]:
    """(the loader's answer, the files that it read)."""
    read: list[str] = []

    def listen(text: str, _share: float, file: str | None = None, _limit: float | None = None) -> None:
        if file is not None and text.startswith("reading"):
            read.append(file)

    request = {
        "sources": str(sources), "work": str(target.parent), "target": str(target), "by": "test",
        "memory_bytes": 2_000_000_000, "stamp": "s", "built_at": "b", "previous": str(previous) if previous else None,
    }  # fmt: skip
    return child.run(request, listen), read


def sources_of(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as con:
        listed = con.execute("SELECT * EXCLUDE source FROM sources ORDER BY table_name, file").fetchall()
        findings = con.execute("SELECT * FROM findings ORDER BY ALL").fetchall()
    return [*listed, *findings]


CHANGES: dict[str, tuple[dict[str, str], set[str]]] = {
    "nothing": ({}, set()),
    "a changed month": (
        {"sales__feb_csv": FILES["sales__feb_csv"].replace("5,1.5", "6,1.5")},
        {"sales/feb.csv"},
    ),
    "a new month and cycle": (
        {
            "sales__mar_csv": "month,sku,customer,qty,price,cur\n2026-03,A,c1,5,1.123,EUR\n",
            "cycles__three_csv": "v,k,c,month,sku,rev\nC3,consensus,2026-02,2026-03,A,7.5\n",
        },
        {"sales/mar.csv", "cycles/three.csv"},
    ),
    "a family renamed": (
        {"products_csv": "sku,family\nA,F\nB,H\n"},
        {
            "sales/jan.csv",
            "sales/feb.csv",
            "budget.csv",
            "cycles/one.csv",
            "cycles/two.csv",
            "stock.csv",
            "sites.csv",
        },
    ),
    "a lookup changed": ({"sites_csv": "code,plant\nx,P\ny,Q\n"}, {"stock.csv", "sites.csv"}),
    "a rule changed": (
        {"mapping": MAPPING.replace('negative = "warn"', 'negative = "allow"')},
        {"sales/jan.csv", "sales/feb.csv"},
    ),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_what_has_not_changed_is_taken_over(change: str, tmp_path: Path) -> None:
    for name in ("sales", "cycles"):
        (tmp_path / "in" / name).mkdir(parents=True)
    folder = write(tmp_path / "in", **FILES)
    first, _ = built(folder, tmp_path / "first.duckdb")
    assert first["ok"], first["findings"]
    files, expected = CHANGES[change]
    write(folder, **files)
    quick, read = built(folder, tmp_path / "quick.duckdb", tmp_path / "first.duckdb")
    fresh, _ = built(folder, tmp_path / "fresh.duckdb")
    assert quick == fresh
    assert sources_of(tmp_path / "quick.duckdb") == sources_of(tmp_path / "fresh.duckdb")
    assert set(read) - {"products.csv"} == expected
    third, read = built(folder, tmp_path / "third.duckdb", tmp_path / "quick.duckdb")
    assert third == fresh
    assert set(read) == {"products.csv"}


def test_a_fault_against_a_row_taken_over_is_named_with_both_rows(tmp_path: Path) -> None:
    for name in ("sales", "cycles"):
        (tmp_path / "in" / name).mkdir(parents=True)
    folder = write(tmp_path / "in", **FILES)
    built(folder, tmp_path / "first.duckdb")
    write(folder, sales__again_csv=FILES["sales__jan_csv"])
    result, _ = built(folder, tmp_path / "second.duckdb", tmp_path / "first.duckdb")
    told = [
        (f["file"], f["row"], f["message"][-19:]) for f in result["findings"] if f["rule"] == "duplicate_key"
    ]
    assert told == [
        ("sales/jan.csv", 2, "row 2 of sales/again.csv"[-19:]),
        ("sales/jan.csv", 3, "row 3 of sales/again.csv"[-19:]),
    ]


def test_load_takes_over_from_the_current_snapshot(tmp_path: Path) -> None:
    rows = "".join(f"2026-{m:02d},S{n},1.5\n" for m in range(1, 13) for n in range(9000))
    big = "month,sku,quantity\n" + rows
    assert len(big) > 1_000_000
    mapping = '[[source]]\ntable = "actuals"\nfile = "actuals.csv"\n[[source]]\ntable = "plans"\nfile = "plans.csv"\nconstants = { version = "B", kind = "budget" }\n'
    plans = "month,sku,quantity\n2026-01,S1,5\n"
    sources = write(tmp_path / "in", mapping=mapping, actuals_csv=big, plans_csv=plans)
    first = load(sources, tmp_path / "snapshots")
    assert first.ok, [str(f) for f in first.findings]
    write(sources, plans_csv=plans.replace("5", "6"))
    read: list[str] = []
    second = load(sources, tmp_path / "snapshots", progress=lambda text, _share: read.append(text))
    assert second.ok
    assert "reading plans.csv" in read
    assert "reading actuals.csv" not in read
    fresh = load(sources, tmp_path / "elsewhere")
    assert (second.content_hash, second.plan_hashes, second.tables) == (
        fresh.content_hash,
        fresh.plan_hashes,
        fresh.tables,
    )


def test_a_file_with_functions_is_read_anew_for_their_spelling(tmp_path: Path) -> None:
    """Which spelling holds depends on all files: the one of a file that is gone must not live on."""
    (tmp_path / "in" / "plans").mkdir(parents=True)
    mapping = '[[source]]\ntable = "actuals"\nfile = "actuals.csv"\n[[source]]\ntable = "plans"\nfile = "plans/*.csv"\n'
    row = "version,kind,function,cycle,month,sku,quantity\n{},input,{},2026-01,2026-02,A,1\n"
    folder = write(
        tmp_path / "in", mapping=mapping, actuals_csv="month,sku,quantity\n2026-01,A,1\n",
        plans__a_csv=row.format("P", "Sales"), plans__b_csv=row.format("Q", "sales"),
    )  # fmt: skip
    built(folder, tmp_path / "first.duckdb")
    (folder / "plans" / "a.csv").unlink()
    again, read = built(folder, tmp_path / "again.duckdb", tmp_path / "first.duckdb")
    fresh, _ = built(folder, tmp_path / "fresh.duckdb")
    assert again == fresh
    assert read == ["plans/b.csv"]


def test_actuals_to_come_are_told_by_every_load_that_takes_them_over(tmp_path: Path) -> None:
    mapping = '[[source]]\ntable = "actuals"\nfile = "actuals.csv"\n'
    folder = write(
        tmp_path / "in", mapping=mapping, actuals_csv="month,sku,quantity\n2026-01,A,1\n2099-01,A,1\n"
    )
    first, _ = built(folder, tmp_path / "first.duckdb")
    again, _ = built(folder, tmp_path / "again.duckdb", tmp_path / "first.duckdb")
    assert [(f["rule"], f["row"]) for f in first["findings"]] == [("period", 3)]
    assert again == first
