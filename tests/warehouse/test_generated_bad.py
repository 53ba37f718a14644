"""Further bad kinds from a seed: never a silent wrong load, never a false refusal, the row named."""

from __future__ import annotations

import os
import random
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.warehouse import kinds
from tests.warehouse.making import errors, run_here, warnings

SEEDS = int(os.environ.get("SIOP_BAD_SEEDS", "2"))
MAPPING = """
[[source]]
table = "actuals"
file = "{name}"
columns = {{ month = "month", sku = "sku", site = "site", quantity = "quantity", revenue = "revenue", currency = "currency" }}
{reading}
[source.rules]
known_skus = {skus}
first_month = "2026-01"
last_month = "2027-12"
no_month_gaps = true
one_currency = "EUR"
max_bytes = 50000000
[source.rules.quantity]
min = 0
max = 1e9
"""


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", sorted(kinds.KINDS))
def test_kind(name: str, seed: int, tmp_path: Path) -> None:
    draw = random.Random(f"{name} {seed}")
    rows = kinds.clean_rows(draw)
    truth = {(r[0], r[1]): (Decimal(r[3]), Decimal(r[4])) for r in rows}
    case = kinds.KINDS[name]([list(r) for r in rows], draw)
    (tmp_path / case.name).write_bytes(case.data)
    skus = "[" + ", ".join(f'"{s}"' for s in kinds.SKUS) + "]"
    mapping = MAPPING.format(name=case.name, skus=skus, reading=case.reading)
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    target = tmp_path / "out.duckdb"
    result = run_here(tmp_path, target)
    if not result["ok"]:
        assert case.expect != "load", result["findings"]
        assert result["content_hash"] is None
        found = errors(result)
        if case.row is not None:
            assert case.row in [row for row, _, _ in found], (case.row, result["findings"])
        assert all(f["fix"] for f in result["findings"])
        return
    assert case.expect != "refuse"
    with duckdb.connect(str(target), read_only=True) as con:
        loaded = con.execute(
            "SELECT strftime(month, '%Y-%m'), sku, quantity, revenue FROM actuals"
        ).fetchall()
    assert {(m, s): (q, r) for m, s, q, r in loaded} == truth
    assert bool(warnings(result)) == case.warn, result["findings"]


def test_there_are_at_least_forty_kinds() -> None:
    assert len(kinds.KINDS) >= 40
