"""Decisions nobody took: a SKU was made that the plan did not have, and no decision allowed it (field.md N8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from siop.core import add_months
from siop.health.one_plan import plan_of, statement, supply_of, unit_values
from siop.health.unsigned import Allowed, link
from siop.health.window import Window
from siop.warehouse import Snapshot

KEYS = ["month", "sku"]


@dataclass(frozen=True, slots=True)
class Shadow:
    """rows: month, sku, family, quantity, value, decision (None: nobody decided it), largest first.

    checked: months with a supply plan and an actual; value: of all such production; without: of that without a decision.
    """

    rows: pd.DataFrame
    checked: int
    value: float
    without: float

    @property
    def rate(self) -> float | None:
        """Share of unplanned production that no decision allowed; None where none was unplanned."""
        return self.without / self.value if self.value > 0 else None


def shadow_decisions(snapshot: Snapshot, rights: Sequence[Allowed], within: Window) -> Shadow:
    """Production of the window's closed months against the supply plan of the cycle before each.

    A SKU that the plan made in no quantity, and that was made all the same, is a decision. It is allowed where an
    approved decision authorises the supply plan or the consensus it was made for, its family or SKU, and the month.
    """
    made = snapshot.table(statement("produced"), {"version": "actual"})
    found: list[pd.DataFrame] = []
    checked = 0
    for month in [m for m in within.cycles if m in set(snapshot.closed_months)]:
        consensus = plan_of(snapshot, add_months(month, -1))
        supply = supply_of(snapshot, consensus) if consensus is not None else None
        here = made[made["month"] == month]
        if consensus is None or supply is None or here.empty:
            continue
        planned = snapshot.table(statement("produced"), {"version": supply})
        if not (planned["month"] == month).any():
            continue
        checked += 1
        extra = here[~here["sku"].isin(planned.loc[planned["month"] == month, "sku"])].reset_index(drop=True)
        found.append(link(extra, (consensus, supply), rights, extra))
    if not found:
        return Shadow(
            pd.DataFrame(columns=[*KEYS, "family", "quantity", "decision", "value"]), checked, 0.0, 0.0
        )
    rows = pd.concat(found, ignore_index=True)
    worth = unit_values(snapshot, pd.DataFrame(columns=["sku", "family", "quantity", "revenue"]))
    rows["value"] = rows["quantity"] * [worth.get(str(sku), 1.0) for sku in rows["sku"]]
    rows = rows.sort_values("value", ascending=False, ignore_index=True)
    open_rows = rows["decision"].isna()
    return Shadow(rows, checked, float(rows["value"].sum()), float(rows.loc[open_rows, "value"].sum()))
