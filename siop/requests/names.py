"""Who can ask for what, and for when: what a form offers, within what the reader may see."""

from __future__ import annotations

from siop.core import Refused, Scope
from siop.metrics.query import table
from siop.requests.read import open_months
from siop.warehouse import Snapshot


def customers(snapshot: Snapshot, scope: Scope) -> dict[str, str]:
    """{customer: name}, in order of the key; only those inside the reader's limits (`scope.only`)."""
    rows = snapshot.rows("SELECT customer, name FROM customers ORDER BY 1")
    seen = visible(snapshot, scope)
    return {str(c): str(n or c) for c, n in rows if seen is None or str(c) in seen}


def visible(snapshot: Snapshot, scope: Scope) -> set[str] | None:
    """The customers a reader may see by name; None is all of them."""
    if not scope.only:
        return None
    found = table(snapshot, "actual", ("customer",), ("quantity",), Scope(only=scope.only))
    return {str(c) for c in found["customer"].dropna()}


def products(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    """{as it is said: (sku or family, its key)}, families first."""
    rows = snapshot.rows("SELECT sku, name, family FROM products ORDER BY sku")
    said = {name: ("family", name) for name in sorted({str(f) for _, _, f in rows if f})}
    return said | {f"{sku} {name}" if name else str(sku): ("sku", str(sku)) for sku, name, _ in rows}


def months(snapshot: Snapshot, cycle: str | None = None) -> list[str]:
    """The months a customer can ask for; none where no consensus plan reaches an open month."""
    try:
        return open_months(snapshot, cycle)
    except Refused:
        return []
