"""The test helper fills the snapshot as the schema says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.metrics.small import make_snapshot


def test_a_mixed_snapshot_has_grains_parents_and_a_cube(tmp_path: Path) -> None:
    snapshot = make_snapshot(
        tmp_path,
        products=pd.DataFrame({"sku": ["a", "b"], "family": ["F", "F"], "brand": ["x", "x"]}),
        actuals=pd.DataFrame(
            {
                "month": ["2025-12", "2025-12", "2025-12"],
                "sku": ["a", "b", "z"],
                "quantity": [1.0, 2.0, 4.0],
                "revenue": [5.0, None, 7.0],
            }
        ),
        plans=pd.DataFrame(
            {"version": "B", "month": ["2026-02"], "family": ["F"], "period": ["quarter"], "revenue": [9.0]}
        ),
        labels={"family": "group"},
    )
    assert snapshot.as_of == "2025-12"
    assert snapshot.rows("SELECT period, product, customer, site FROM grains ORDER BY grain") == [
        ("month", "sku", "none", "none"),
        ("quarter", "family", "none", "none"),
    ]
    assert snapshot.rows("SELECT strftime(month, '%Y-%m'), brand, revenue FROM cube WHERE version = 'B'") == [
        ("2026-01", "x", 9.0)
    ]
    assert snapshot.rows("SELECT family, sum(quantity), sum(revenue) FROM cube GROUP BY ALL ORDER BY 1") == [
        ("F", 3.0, 14.0),
        (None, 4.0, 7.0),
    ]
    assert snapshot.dimension("group").members == 1
