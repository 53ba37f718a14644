"""What does a change of snapshot do to the KPIs? The scorecard of one beside the scorecard of the other."""

from __future__ import annotations

from typing import Any

from siop.core import Scope
from siop.meeting.scorecard import tiles
from siop.warehouse import Snapshot


def kpi_effect(before: Snapshot, after: Snapshot, scope: Scope) -> list[dict[str, Any]]:
    """One row per KPI of the scorecard: metric, label, unit, before, after, change (after - before, None where
    either is unknown), period_before and period_after (first and last month)."""
    one, two = (tiles(snapshot, scope) for snapshot in (before, after))
    periods = [f"{r.totals['from'] or '?'} to {r.totals['to'] or '?'}" for r in (one, two)]
    earlier = {row["metric"]: row for row in one.rows}
    rows = []
    for row in two.rows:
        old, new = earlier.get(row["metric"], {}).get("value"), row["value"]
        rows.append(
            {
                "metric": row["metric"], "label": row["label"], "unit": row["unit"], "before": old, "after": new,
                "change": None if old is None or new is None else new - old,
                "period_before": periods[0], "period_after": periods[1],
            }
        )  # fmt: skip
    return rows
