"""Real forecast vintages: quarterly outturns as actuals and a version per vintage, exact to the last digit."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from siop.core import Scope
from siop.metrics import accuracy
from siop.warehouse import current_snapshot, load
from tests.warehouse.making import write

HERE = Path(__file__).parents[1] / "data" / "boe"
MAPPING = """
[company]
name = "Bank of England"
[[source]]
table = "actuals"
file = "outturns.csv"
columns = { month = "date", quantity = "value" }
period = "quarter"
[[source]]
table = "plans"
file = "forecasts.csv"
columns = { version = "vintage_date", cycle = "vintage_date", month = "date", quantity = "value" }
constants = { kind = "consensus" }
period = "quarter"
"""


def test_vintages_are_versions_and_values_stay_exact(tmp_path: Path) -> None:
    sources = write(
        tmp_path / "in", mapping=MAPPING, outturns_csv=(HERE / "unemp_outturns.csv").read_text(),
        forecasts_csv=(HERE / "unemp_mpr_forecasts.csv").read_text(),
    )  # fmt: skip
    result = load(sources, tmp_path / "snapshots")
    assert result.ok, [str(f) for f in result.findings]
    snapshot = current_snapshot(tmp_path / "snapshots")
    assert snapshot is not None
    with (HERE / "unemp_mpr_forecasts.csv").open() as handle:
        told = list(csv.DictReader(handle))
    found = {
        (version, quarter): value
        for version, quarter, value in snapshot.rows(
            "SELECT version, quarter, quantity FROM plans JOIN calendar USING (month)"
        )
    }
    assert len(found) == len(told)
    for row in told:
        quarter = f"{row['date'][:4]}-Q{int(row['date'][5:7]) // 3}"
        assert found[row["vintage_date"], quarter] == Decimal(row["value"])
    cycles = snapshot.rows("SELECT DISTINCT strftime(cycle, '%Y-%m') = version[:7], kind FROM versions")
    assert cycles == [(True, "consensus")]
    errors = snapshot.rows(
        "SELECT avg(a.quantity - p.quantity), avg(abs(a.quantity - p.quantity)), count(*) FROM plans p"
        " JOIN versions v USING (version) JOIN actuals a USING (month) JOIN calendar c USING (month)"
        " WHERE date_diff('month', date_trunc('quarter', v.cycle), p.month) = 12"
    )[0]
    assert (round(errors[0] * 100, 4), round(errors[1] * 100, 4), errors[2]) == (-0.3012, 0.7330, 85)
    assert snapshot.as_of == "2025-09"
    # The README of the whole data: lag in quarters, n, mean error and mean absolute error in percentage points.
    for lag, n, mean_error, mae in (
        (0, 89, -0.1357, 0.2677),
        (4, 85, -0.3012, 0.7330),
        (8, 81, -0.1948, 0.9811),
    ):
        (row,) = accuracy(snapshot, Scope(), measure="quantity", lag=lag).rows
        assert (row["n"], round(row["mean_error"] * 100, 4), round(row["mae"] * 100, 4)) == (
            n,
            mean_error,
            mae,
        )
