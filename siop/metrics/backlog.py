"""How much is ordered and not delivered yet?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from siop.core import Scope, Undefined
from siop.metrics.footing import statement
from siop.metrics.service import customers_of
from siop.metrics.supply import slice_of
from siop.warehouse import Snapshot


def order_backlog(snapshot: Snapshot, scope: Scope) -> dict[str, float | None]:
    """{lines, quantity, value at list price, past_due} of a slice at the end of the last closed month, whatever the
    scope's months; {} without orders. Raises Undefined where the scope has a site: order lines have none.
    """
    if "orders" not in snapshot.tables or snapshot.as_of is None:
        return {}
    part = slice_of(snapshot, scope)
    if part.sites is not None:
        raise Undefined("order lines have no site")
    asked = {"as_of": _ends(snapshot)[snapshot.as_of], "skus": None if part.skus is None else list(part.skus),
             "customers": customers_of(snapshot, scope)}  # fmt: skip
    row = snapshot.table(statement("backlog"), asked).iloc[0]
    return {name: None if row[name] != row[name] else float(row[name]) for name in row.index}


def past_due(snapshot: Snapshot, scope: Scope, months: Sequence[str]) -> pd.DataFrame | None:
    """{quantity, money at list price} of a slice that was due and not delivered at the end of each month, by month.

    Only the part of the backlog that was due is known of a past month: order lines do not say when they were entered.
    None without orders, or where the scope has a site: order lines have none.
    """
    part = slice_of(snapshot, scope)
    if not snapshot.tables.get("orders") or part.sites is not None:
        return None
    ends = _ends(snapshot)
    skus = None if part.skus is None else list(part.skus)
    asked = {"months": list(months), "ends": [ends[m] for m in months], "skus": skus,
             "customers": customers_of(snapshot, scope)}  # fmt: skip
    return snapshot.table(statement("past_due"), asked).set_index("month")


def _ends(snapshot: Snapshot) -> dict[str, object]:
    """{month: its last day} of the company's calendar."""
    return dict(zip(snapshot.calendar["month"], snapshot.calendar["end_date"], strict=True))
