"""The SKUs inside families that signal, and the table kept beside a snapshot."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siop import deviations as room
from siop.core import Scope, add_months, span
from siop.deviations.flags import kept_at
from siop.warehouse import Snapshot
from tests.deviations.company import LAST, company, told, tolerance, wobble
from tests.metrics.small import make_snapshot

SKUS = [f"{f}{n:02d}" for f in ("P", "V") for n in range(30)]
MOVED = ("P03", "P17", "P21")


def make(place: Path, name: str = "skus") -> Snapshot:
    """Two families of 30 SKUs over 36 months; three pumps fall by 45 per cent in the last month, and so does their family.
    V05 stops selling: it has no row in the last month. P29 was launched a few months ago."""
    rng = np.random.default_rng(0)
    months = span("2023-07", LAST)
    plan, actual = [], []
    for sku in SKUS:
        for month in months:
            if sku == "P29" and month < "2026-02":
                continue
            plan.append((f"{add_months(month, -1)} C", month, sku, 300.0 if sku in MOVED else 100.0))
            share = float(np.exp(0.06 * rng.standard_normal()))
            if month == LAST:
                share *= 0.55 if sku in MOVED else 1.0
            if not (sku == "V05" and month == LAST):
                actual.append((month, sku, plan[-1][-1] * share))
    return make_snapshot(
        place, name=name, closed_to=LAST, actuals=pd.DataFrame(actual, columns=["month", "sku", "quantity"]),
        plans=[pd.DataFrame(plan, columns=["version", "month", "sku", "quantity"])],
        versions=pd.DataFrame([{"version": f"{add_months(m, -1)} C", "kind": "consensus", "cycle": add_months(m, -1)} for m in months]),
        products=pd.DataFrame({"sku": SKUS, "family": ["Pumps" if s[0] == "P" else "Valves" for s in SKUS]}),
    )  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make(tmp_path_factory.mktemp("skus"))


STATE = told(tolerance("Pumps", 6, "2023-01"), tolerance("Valves", 6, "2023-01"))


def streams(snapshot: Snapshot) -> room.Streams:
    return room.streams(snapshot, STATE, Scope(), today=date(2026, 8, 31))


def test_the_moved_skus_of_the_flagged_family_are_named(snapshot: Snapshot) -> None:
    found = streams(snapshot)
    flagged = {f for i, f in enumerate(found.families) if found.chart.signal[i, -1]}
    assert flagged == {"Pumps"}
    named = room.named(room.sku_table(snapshot, Scope()), found)
    assert set(named["sku"]) == set(MOVED)
    assert (named["q"] <= 0.10).all()
    assert named["deviation_ratio"].to_numpy() == pytest.approx(-0.45, abs=0.12)


def test_a_sku_that_sold_nothing_sold_zero_because_its_family_is_known(snapshot: Snapshot) -> None:
    table = room.sku_table(snapshot, Scope()).set_index("sku")
    assert table.loc["V05", "actual"] == 0.0
    assert table.loc["V05", "deviation_ratio"] == -1.0
    assert bool(table.loc["V05", "signal"])  # it is off, but its family is not flagged: not named


def test_a_new_sku_has_no_test(snapshot: Snapshot) -> None:
    table = room.sku_table(snapshot, Scope()).set_index("sku")
    assert np.isnan(table.loc["P29", "p"])
    assert not bool(table.loc["P29", "enough"])
    assert len(table) == len(SKUS)


def test_the_kept_table_is_the_computed_one_and_is_read_for_the_whole_company_only(tmp_path: Path) -> None:
    snapshot = make(tmp_path, "kept")
    fresh = room.sku_table(snapshot, Scope())
    path = room.keep_flags(snapshot)
    assert path == kept_at(snapshot)
    pd.testing.assert_frame_equal(room.sku_table(snapshot, Scope()), fresh, check_dtype=False)
    pd.DataFrame(columns=fresh.columns).to_parquet(path)  # whoever reads the file sees that it is empty now
    assert room.sku_table(snapshot, Scope()).empty
    pumps = room.sku_table(snapshot, Scope(where=(("family", ("Pumps",)),)))
    assert set(pumps["family"]) == {"Pumps"}
    assert set(room.sku_table(snapshot, Scope(last="2026-05"))["month"]) == {"2026-05"}


def test_without_a_plan_by_sku_there_is_no_list(tmp_path: Path) -> None:
    bare = company(tmp_path, {"Pumps": wobble(14)}, consensus=False)
    table = room.sku_table(bare, Scope())
    assert table.empty
    assert room.named(table, streams(bare)).empty
