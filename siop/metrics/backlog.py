"""How much is ordered and not delivered yet?"""

from __future__ import annotations

from pathlib import Path

from siop.warehouse import Snapshot

_SQL = (Path(__file__).parent / "sql" / "backlog.sql").read_text(encoding="utf-8")


def order_backlog(snapshot: Snapshot) -> dict[str, float | None]:
    """{lines, quantity, value at list price, past_due} at the end of the last closed month; {} without orders."""
    if "orders" not in snapshot.tables or snapshot.as_of is None:
        return {}
    ends = dict(zip(snapshot.calendar["month"], snapshot.calendar["end_date"], strict=True))
    row = snapshot.table(_SQL, {"as_of": ends[snapshot.as_of]}).iloc[0]
    return {name: None if row[name] != row[name] else float(row[name]) for name in row.index}
