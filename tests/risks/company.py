"""A company small enough to compute by hand: two families, 1,000 revenue and 400 margin per SKU and month.

Closed to 2026-06; budget and consensus of 2026 equal the normal month, so that every deviation is planted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from siop.core import add_months, span
from siop.ledger import State, entries_of, fold
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

FIRST, CLOSED, END = "2024-07", "2026-06", "2026-12"
SKUS = {"P1": "Pumps", "P2": "Pumps", "V1": "Valves"}
REGIONS = ("North", "South")
YEAR = 12 * 3 * 2  # cells of a year: months x SKUs x regions
MARGIN = 400.0  # of a cell


def cells(months: list[str], effects: dict[tuple[str, str], float] | None = None) -> pd.DataFrame:
    """The normal month for every SKU and region, with planted effects {(family, month): factor}."""
    rows = []
    for month in months:
        for sku, family in SKUS.items():
            for region in REGIONS:
                factor = (effects or {}).get((family, month), 1.0)
                rows.append((month, sku, f"C-{region}", 10.0 * factor, 1_000.0 * factor, 600.0 * factor))
    return pd.DataFrame(rows, columns=["month", "sku", "customer", "quantity", "revenue", "cost"])


def company(
    place: Path,
    *,
    effects: dict[tuple[str, str], float] | None = None,
    costs: bool = True,
    policies: pd.DataFrame | None = None,
    plans: bool = True,
) -> Snapshot:
    """Publish it. costs: whether cost, and so margin, is known."""
    keep = ["month", "sku", "customer", "quantity", "revenue", *(["cost"] if costs else [])]
    frames, versions = [cells(span("2026-01", END))[keep].assign(version="Budget 2026")], []
    versions.append({"version": "Budget 2026", "kind": "budget", "cycle": None})
    for cycle in span("2025-06", CLOSED):
        name = f"{cycle} C"
        frames.append(cells(span(add_months(cycle, 1), add_months(cycle, 9)))[keep].assign(version=name))
        versions.append({"version": name, "kind": "consensus", "cycle": cycle})
    return make_snapshot(
        place,
        actuals=cells(span(FIRST, CLOSED), effects)[keep],
        plans=[pd.concat(frames, ignore_index=True)] if plans else None,
        versions=pd.DataFrame(versions) if plans else None,
        products=pd.DataFrame({"sku": list(SKUS), "family": list(SKUS.values()), "grade": ["A", "B", "A"]}),
        customers=pd.DataFrame({"customer": [f"C-{r}" for r in REGIONS], "region": list(REGIONS)}),
        policies=policies,
        closed_to=CLOSED,
    )


def at(cycle: str) -> str:
    return f"{cycle}-20T09:00:00Z"


def person(ident: str, function: str = "Sales") -> dict[str, Any]:
    payload = {
        "id": ident, "name": ident.capitalize(), "function": function, "role": "executive", "principal": True,
        "required_signer": True,
    }  # fmt: skip
    return {"type": "person", "at": at("2024-01"), "by": "lead", "cycle": "2024-01", "payload": payload}


def risk(
    ident: str,
    *,
    kind: str = "risk",
    cycle: str = "2026-06",
    first: str = "2026-08",
    last: str = "2026-09",
    p: float | None = 0.5,
    amounts: tuple[float, float, float] = (100.0, 200.0, 300.0),
    scored: str | None = None,
    owner: str = "anna",
    **more: Any,
) -> list[dict[str, Any]]:
    """Lines that register an item in a cycle and score it (in `scored`, else the same cycle)."""
    payload = {
        "id": ident, "kind": kind, "title": f"Item {ident}", "scope": {"family": "Pumps"}, "from": first,
        "to": last, "in_plan": False, "owner": owner, **more,
    }  # fmt: skip
    lines = [{"type": "risk", "at": at(cycle), "by": "lead", "cycle": cycle, "payload": payload}]
    return lines + (score(ident, scored or cycle, p, amounts) if p is not None else [])


def score(
    ident: str, cycle: str, p: float, amounts: tuple[float, float, float] = (100.0, 200.0, 300.0)
) -> list[dict[str, Any]]:
    low, likely, high = amounts
    payload = {"id": ident, "probability": p, "low": low, "likely": likely, "high": high}
    return [{"type": "risk_score", "at": at(cycle), "by": "lead", "cycle": cycle, "payload": payload}]


def outcome(ident: str, cycle: str, occurred: bool, realised: float = 0.0) -> list[dict[str, Any]]:
    payload = {"id": ident, "occurred": occurred, "realised": realised}
    return [{"type": "risk_outcome", "at": at(cycle), "by": "lead", "cycle": cycle, "payload": payload}]


def told(*lines: list[dict[str, Any]], people: tuple[str, ...] = ("anna", "dirk")) -> State:
    """The state after people and lines."""
    entries = [person("lead", "SIOP"), *(person(p) for p in people)]
    for part in lines:
        entries += part
    return fold(entries_of(entries))
