"""The table `versions`: one row a version, its words known, and every finding at its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from siop.metrics.source import latest_consensus
from tests.warehouse.making import ACTUALS, errors, loaded, looked_at

HEAD = "version,kind,cycle,function,frozen_at,parent\n"
PLANS = "version,month,sku,quantity\nC1,2026-02,A,1\nC2,2026-02,A,2\nS,2026-02,A,2\nT,2026-02,A,3\n"


def checked(tmp_path: Path, *versions: str, **files: str) -> dict[str, Any]:
    """The loader's answer to a table of versions."""
    return looked_at(tmp_path, actuals_csv=ACTUALS, versions_csv=HEAD + "\n".join(versions) + "\n", **files)


def told(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(severity, file, row, column, value) of every finding."""
    return [(f["severity"], f["file"], f["row"], f["column"], f["value"]) for f in result["findings"]]


@pytest.mark.parametrize("second", ["C1,consensus,2026-01,,,", "C1,consensus,2025-12,,,", "C1,budget,,,,"])
def test_a_repeated_version_is_a_repeated_key(second: str, tmp_path: Path) -> None:
    result = checked(tmp_path, "C1,consensus,2026-01,,,", "B,budget,,,,", second)
    assert told(result) == [("error", "versions.csv", 4, "version", "C1")]
    assert result["findings"][0]["message"] == "duplicate key: the same version as in row 2"


def test_repeats_that_are_declared_are_one_version_and_must_agree(tmp_path: Path) -> None:
    mapping = """
[[source]]
table = "actuals"
file = "actuals.csv"
[[source]]
table = "versions"
file = "versions.csv"
aggregate = "sum"
"""
    fine = ("C1,consensus,2026-01,,,", "C1,consensus,,,,")
    assert checked(tmp_path / "a", *fine, mapping=mapping)["findings"] == []
    torn = checked(tmp_path / "b", "C1,consensus,2026-01,,,", "C1,consensus,2025-12,,,", mapping=mapping)
    assert errors(torn) == [[3, "cycle", "duplicate_key"]]


def test_an_unknown_kind_and_a_missing_function_stand_in_their_rows(tmp_path: Path) -> None:
    result = checked(tmp_path, "C1,consensus,2026-01,,,", "C2,consensuss,2026-02,,,", "S,input,2026-01,,,")
    assert told(result) == [
        ("error", "versions.csv", 3, "kind", "consensuss"),
        ("error", "versions.csv", 4, "function", "S"),
    ]
    assert result["findings"][0]["fix"] == "did you mean 'consensus'?"


def test_a_constant_stands_in_no_row(tmp_path: Path) -> None:
    mapping = """
[[source]]
table = "actuals"
file = "actuals.csv"
[[source]]
table = "plans"
file = "plans.csv"
constants = { version = "X", kind = "forecast" }
columns = { month = "month", sku = "sku", quantity = "quantity" }
"""
    plans = "month,sku,quantity\n2026-02,A,1\n"
    result = looked_at(tmp_path, actuals_csv=ACTUALS, plans_csv=plans, mapping=mapping)
    assert told(result) == [("error", "plans.csv", None, "kind", "forecast")]
    assert result["findings"][0]["fix"] == "did you mean 'estimate'?"


def test_functions_have_the_spelling_that_comes_first(tmp_path: Path) -> None:
    rows = (
        "S,input,2026-01,Sales,,",
        "T,input,2026-02,sales,,",
        "U,input,2026-03,sales,,",
        "C1,consensus,2026-01,,,",
    )
    result = checked(tmp_path / "a", *rows)
    assert told(result) == [("warning", "versions.csv", 3, "function", "sales")]
    assert "'sales' is taken as 'Sales'" in result["findings"][0]["message"]
    snapshot = loaded(tmp_path / "b", actuals_csv=ACTUALS, versions_csv=HEAD + "\n".join(rows) + "\n")
    functions = snapshot.versions.dropna(subset=["function"])
    assert dict(zip(functions["version"], functions["function"], strict=True)) == dict.fromkeys(
        "STU", "Sales"
    )


def test_the_statistical_function_is_written_as_the_contract_writes_it(tmp_path: Path) -> None:
    versions = HEAD + "S,statistical,2026-01,Statistical,,\nT,statistical,2026-02,,,\n"
    snapshot = loaded(tmp_path, actuals_csv=ACTUALS, versions_csv=versions)
    assert set(snapshot.versions["function"]) == {"statistical"}


def test_two_sources_that_spell_a_function_differently_agree(tmp_path: Path) -> None:
    plans = "version,function,month,sku,quantity\nS,SALES,2026-02,A,1\n"
    result = checked(tmp_path, "S,input,2026-01,Sales,,", plans_csv=plans)
    assert told(result) == [("warning", "plans.csv", 2, "function", "SALES")]


def test_a_parent_that_is_no_version_is_told(tmp_path: Path) -> None:
    result = checked(
        tmp_path, "Consensus 1,consensus,2026-01,,,", "P,supply,2026-01,,,Consensus 2", "Q,supply,2026-01,,,P"
    )
    assert told(result) == [("warning", "versions.csv", 3, "parent", "Consensus 2")]
    assert result["findings"][0]["fix"] == "did you mean 'Consensus 1'?"


@pytest.mark.parametrize(
    ("frozen", "counts"), [(("2026-01-20", ""), "C1"), (("", "2026-01-20"), "C2"), (("", ""), "C2")]
)
def test_two_consensus_of_a_cycle_are_told_with_the_one_that_counts(
    frozen: tuple[str, str], counts: str, tmp_path: Path
) -> None:
    rows = [f"C{n},consensus,2026-01,,{day}," for n, day in enumerate(frozen, 1)]
    other = {"C1": "C2", "C2": "C1"}[counts]
    kinds = ("S,estimate,,,,", "T,estimate,,,,")
    result = checked(tmp_path / "a", *rows, *kinds, plans_csv=PLANS)
    assert told(result) == [("warning", "versions.csv", int(other[1]) + 1, "version", other)]
    assert f"{counts!r} counts: it is" in result["findings"][0]["message"]
    versions = HEAD + "\n".join([*rows, *kinds]) + "\n"
    snapshot = loaded(tmp_path / "b", actuals_csv=ACTUALS, versions_csv=versions, plans_csv=PLANS)
    assert latest_consensus(snapshot, "2026-01") == counts


def test_consensus_by_month_and_by_quarter_of_one_cycle_both_count(tmp_path: Path) -> None:
    mapping = """
[[source]]
table = "actuals"
file = "actuals.csv"
[[source]]
table = "versions"
file = "versions.csv"
[[source]]
table = "plans"
file = "months.csv"
[[source]]
table = "plans"
file = "quarters.csv"
period = "quarter"
"""
    result = checked(
        tmp_path, "M,consensus,2026-01,,,", "Q,consensus,2026-01,,,", mapping=mapping,
        months_csv="version,month,sku,quantity\nM,2026-02,A,1\n",
        quarters_csv="version,month,sku,quantity\nQ,2026-Q2,A,1\n",
    )  # fmt: skip
    assert result["findings"] == []
