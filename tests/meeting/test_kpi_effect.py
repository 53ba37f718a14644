"""What a change of snapshot does to the KPIs: the two scorecards, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from siop.core import Scope
from siop.ledger import State
from siop.meeting import kpi_effect, scorecard
from siop.warehouse import current_id, load, published
from tests.warehouse.making import write

HEAD = "month,sku,family,quantity,revenue\n"
PLAN = "version,kind,month,sku,family,revenue\nB,budget,2026-01,A,F,100\nB,budget,2026-02,A,F,100\n"


def test_the_effect_is_the_difference_of_the_scorecards(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    rows = "2026-01,A,F,10,90\n"
    load(write(tmp_path / "in", actuals_csv=HEAD + rows, plans_csv=PLAN), folder)
    first = str(current_id(folder))
    load(write(tmp_path / "in", actuals_csv=HEAD + rows + "2026-02,A,F,12,120\n"), folder)
    with published(folder, first) as one, published(folder, str(current_id(folder))) as two:
        told = {row["metric"]: row for row in kpi_effect(one, two, Scope())}
        after = {row["metric"]: row["value"] for row in scorecard(two, State(), Scope()).rows}
    assert {name: row["after"] for name, row in told.items()} == after
    revenue = told["revenue"]
    assert (revenue["before"], revenue["after"], revenue["change"]) == (90, 210, 120)
    assert (revenue["period_before"], revenue["period_after"]) == ("2026-01 to 2026-01", "2026-01 to 2026-02")
    unknown = next(row for row in told.values() if row["before"] is None or row["after"] is None)
    assert unknown["change"] is None  # unknown is not nought
    assert told["revenue"]["change"] == pytest.approx(120)
