"""The same seed, the same bytes; another seed, another company; and the loader takes every file as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from siop.core import NotFound
from siop.sample import make
from siop.sample.draw import generator
from siop.warehouse import check
from siop.warehouse.contract import TABLES
from tests.sample.company import Company


def differences(one: Path, other: Path) -> list[str]:
    """Files of one folder that are missing from the other or have other bytes."""
    names = sorted(p.relative_to(one).as_posix() for p in one.rglob("*") if p.is_file())
    assert names, f"{one} is empty"
    return [
        n for n in names if not (other / n).exists() or (one / n).read_bytes() != (other / n).read_bytes()
    ]


def test_same_seed_same_bytes(folders: dict[int, Path], tmp_path: Path) -> None:
    make(tmp_path, 7)
    assert differences(folders[7], tmp_path) == []


def test_a_single_other_byte_is_seen(folders: dict[int, Path], tmp_path: Path) -> None:
    """The guard above with a broken twin."""
    make(tmp_path, 7)
    path = tmp_path / "sources" / "policies.csv"
    path.write_bytes(path.read_bytes().replace(b"14", b"15", 1))
    assert differences(folders[7], tmp_path) == ["sources/policies.csv"]


def test_two_seeds_are_two_companies(folders: dict[int, Path]) -> None:
    fixed = {"sources/mapping.toml", "sources/calendar.csv", "sources/sites.csv", "sources/resources.csv",
             "sources/versions.csv"}  # fmt: skip
    every = {p.relative_to(folders[7]).as_posix() for p in folders[7].rglob("*") if p.is_file()}
    assert set(differences(folders[7], folders[8])) == every - fixed
    one, other = Company(folders[7]).stories, Company(folders[8]).stories
    assert list(one) == list(other)
    moved = [s for s in one if one[s]["subject"] != other[s]["subject"]]
    assert len(moved) >= 6
    resized = [s for s in one if one[s]["size"] != other[s]["size"]]
    assert len(resized) >= 8


def test_a_table_draws_from_its_own_stream() -> None:
    """One table drawing more leaves the others as they are."""
    first = generator(7, "actuals").random(3)
    generator(7, "orders").random(1000)
    assert np.array_equal(generator(7, "actuals").random(3), first)
    assert not np.array_equal(generator(7, "orders").random(3), first)
    assert not np.array_equal(generator(8, "actuals").random(3), first)


def test_files_are_plain(company: Company) -> None:
    """UTF-8, LF, no quotes, sizes that load in seconds."""
    size = 0
    for path in company.folder.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            body.decode("utf-8")
            size += len(body)
            assert b"\r" not in body, path.name
            assert body.endswith(b"\n"), path.name
            if path.suffix == ".csv":
                assert b'"' not in body, path.name
    assert 15e6 < size < 40e6


def test_headers_are_the_contract(company: Company) -> None:
    """Every column of every file is the contract's, but the two attributes of products."""
    home = {"budgets": "plans", "consensus": "plans", "inputs": "plans"}
    seen = set()
    for path in sorted((company.folder / "sources").glob("*.csv")):
        table = TABLES[home.get(path.stem, path.stem)]
        seen.add(table.name)
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        extra = [c for c in header if table.column(c) is None]
        assert extra == (["line", "technology"] if table.name == "products" else []), path.name
    assert seen == set(TABLES)


def test_the_company_is_as_large_as_promised(company: Company) -> None:
    products, customers = company.products, company.customers
    assert products["family"].nunique() == 7
    assert len(products) >= 120
    assert len(customers) >= 60
    assert customers["region"].nunique() == 5
    assert customers["channel"].nunique() == 3
    assert len(company.closed) == 36
    assert company.closed[-1] == "2026-10"
    kinds = company.versions["kind"].value_counts()
    assert kinds.to_dict() == {"input": 96, "consensus": 24, "statistical": 24, "supply": 24, "budget": 2}
    ahead = company.consensus.groupby("cycle")["lag"].agg(["min", "max"])
    assert (ahead["min"] == 1).all()
    assert (ahead["max"] == 18).all()
    assert 300_000 < len(company.consensus) < 500_000
    assert products["name"].is_unique
    assert customers["name"].is_unique


def test_loads_without_a_finding(folders: dict[int, Path]) -> None:
    told = check(folders[7] / "sources")
    assert [str(f) for f in told.findings] == []
    assert told.ok
    assert told.tables["plans"]["rows"] > 400_000


def test_unknown_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="halden, adventureworks"):
        make(tmp_path / "x", 7, "contoso")
    assert not (tmp_path / "x").exists()
