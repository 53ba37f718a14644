"""A company whose families' deviations are given month by month, to be computed by hand: plan 1,000 units at 10 each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siop.core import Report, Scope, add_months, span
from siop.deviations import deviations as report_deviations
from siop.ledger import State, entries_of, fold
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

LAST = "2026-06"
PLAN, PRICE = 1_000.0, 10.0
TODAY = date(2026, 8, 31)


def wobble(months: int, size: float = 0.02, seed: int = 0) -> np.ndarray:
    """Quiet deviations of mean zero."""
    found = np.random.default_rng(seed).standard_normal(months) * size
    return np.asarray(found - found.mean())


def company(
    place: Path,
    deviations: Mapping[str, Sequence[float]],
    *,
    first: str | None = None,
    no_cycle: Sequence[str] = (),
    budget: Sequence[str] = (),
    consensus: bool = True,
    policies: pd.DataFrame | None = None,
    plan: Mapping[tuple[str, str], float] | None = None,
    only: Sequence[str] | None = None,
    revenue: bool = True,
    skus: int = 1,
    name: str = "small",
) -> Snapshot:
    """Publish it.

    deviations: {family: actual/plan - 1 by month, the last one is LAST}, NaN for no actual; plan: {(family, month):
    units} instead of 1,000; budget: months that a budget covers; only: families that the consensus plans;
    no_cycle: months that no consensus of lag 1 covers; skus: of each family, alike.
    """
    start = first or add_months(LAST, 1 - max(len(v) for v in deviations.values()))
    rows, plans, versions = [], [], []
    for family, values in deviations.items():
        months = span(add_months(LAST, 1 - len(values)), LAST)
        for month, off in zip(months, values, strict=True):
            for n in range(skus):
                planned = (plan or {}).get((family, month), PLAN) / skus
                sku = f"{family[:2]}{n}"
                told = (family, month, sku, planned)
                if consensus and month not in no_cycle and (only is None or family in only):
                    plans.append((f"{add_months(month, -1)} C", *told))
                if month in budget:
                    plans.append(("Budget", family, month, sku, planned * 1.1))
                if off == off:
                    rows.append((family, month, sku, planned * (1 + off)))
    names = sorted({p[0] for p in plans})
    for name in names:
        kind = "budget" if name == "Budget" else "consensus"
        versions.append({"version": name, "kind": kind, "cycle": None if kind == "budget" else name[:7]})
    planned_frame = pd.DataFrame(plans, columns=["version", "family", "month", "sku", "quantity"])
    actual_frame = pd.DataFrame(rows, columns=["family", "month", "sku", "quantity"])
    for frame in (planned_frame, actual_frame):
        if revenue:
            frame["revenue"] = frame["quantity"] * PRICE
    products = pd.DataFrame(
        [(f"{f[:2]}{n}", f) for f in deviations for n in range(skus)], columns=["sku", "family"]
    )
    return make_snapshot(
        place, actuals=actual_frame.drop(columns="family"), plans=[planned_frame.drop(columns="family")] if plans else None,
        versions=pd.DataFrame(versions) if versions else None, products=products, policies=policies, closed_to=LAST, name=name,
        calendar=pd.DataFrame({"month": span(start, add_months(LAST, 6))}),
    )  # fmt: skip


def line(kind: str, at: str, by: str = "lead", cycle: str | None = None, **payload: Any) -> dict[str, Any]:
    """One line of a history; at: a date, 09:00 UTC."""
    return {"type": kind, "at": f"{at}T09:00:00Z", "by": by, "cycle": cycle or at[:7], "payload": payload}


def person(ident: str, function: str = "Sales", role: str = "executive", **more: Any) -> dict[str, Any]:
    told = {"id": ident, "name": ident.capitalize(), "function": function, "role": role, "principal": True,
            "required_signer": True, **more}  # fmt: skip
    return line("person", "2023-01-02", **told)


def tolerance(family: str, pct: float, valid_from: str, at: str | None = None, **more: Any) -> dict[str, Any]:
    told = {"family": family, "measure": "quantity", "pct": pct, "valid_from": valid_from, **more}
    return line("tolerance", at or f"{valid_from}-03", **told)


def case(
    ident: str, family: str, month: str, *, opened: str | None = None, answered: str | None = None, owner: str = "anna",
    cause: str = "Tender lost", due: str = "2026-12-31", measure: str = "quantity", closed: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """A case; opened on the 5th of the next month unless told."""
    day = opened or f"{add_months(month, 1)}-05"
    lines = [line("case_opened", day, id=ident, family=family, measure=measure, month=month)]
    if answered:
        lines.append(line("case_answered", answered, owner, id=ident, owner=owner, cause=cause,
                          countermeasure="Offer a service package", due=due))  # fmt: skip
    if closed:
        lines.append(line("case_closed", closed, id=ident, reason="Back in tolerance"))
    return lines


def told(*parts: dict[str, Any] | list[dict[str, Any]]) -> State:
    """The state after the lines, with three people: lead, anna (Sales) and dirk (Operations)."""
    lines = [person("lead", "SIOP", "siop_lead"), person("anna"), person("dirk", "Operations")]
    for part in parts:
        lines += part if isinstance(part, list) else [part]
    return fold(entries_of(lines))


def fallen(months: int, last: int, size: float, seed: int = 0) -> np.ndarray:
    """Quiet months, and `last` ones around `size` at the end."""
    found = wobble(months, 0.015, seed)
    found[-last:] = found[-last:] * 0.3 + size
    return found


def report(snapshot: Snapshot, state: State | None = None, **more: Any) -> Report:
    """The deviations report; state: default the tolerances of AGREED."""
    return report_deviations(
        snapshot, state or told(*AGREED), more.pop("scope", Scope()), today=TODAY, **more
    )


def row(found: Report, family: str) -> dict[str, Any]:
    """The row of a family."""
    return next(r for r in found.rows if r["family"] == family)


AGREED = (
    tolerance("Pumps", 6, "2023-01"),
    tolerance("Valves", 6, "2023-01"),
    tolerance("Drives", 6, "2023-01"),
)
