"""Everything the indices need from a snapshot, fetched once: the facts beside what people said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from siop import deviations
from siop.core import NotFound, Report, Scope, add_months
from siop.health import one_plan
from siop.health.coherence import Coherence
from siop.health.cycle import Template, company_templates
from siop.health.influence import Influence, influence
from siop.health.inputs import Inputs, inputs
from siop.health.promises import Promise, promises
from siop.health.shadow import Shadow, shadow_decisions
from siop.health.support.deviance import Stream
from siop.health.survived import rights, survivals
from siop.health.unsigned import Survival
from siop.health.window import Window
from siop.ledger.state import State
from siop.metrics.query import table
from siop.risks.surprise import Surprise, surprises
from siop.warehouse import Snapshot

YEAR = 12


@dataclass(frozen=True)
class Support:
    """What the five symptoms need, as of a cycle. unit: of the signed plans' sums, money or units."""

    cycle: str
    currency: str
    cycle_of: dict[str, str]
    plans: list[Survival]
    unit: str
    promises: list[Promise]
    surprise: Surprise
    streams: list[Stream]
    notes: list[str]
    templates: tuple[Template, ...] | None = None  # of the cycle; None is the default


@dataclass(frozen=True)
class Facts:
    """What files say beside what people said, as of a cycle."""

    support: Support
    plan: str | None
    coherence: Coherence
    inputs: Inputs
    influence: Influence
    shadow: Shadow
    revenue_share: dict[str, float]


def gather(snapshot: Snapshot, state: State, scope: Scope, cycle: str, within: Window) -> Facts:
    """The facts of a cycle. Args: within: the six cycles of commitments and signed plans."""
    asked = inputs(snapshot, scope, cycle)
    return Facts(
        support=gather_support(snapshot, state, scope, cycle, within, promises(snapshot, state, within)),
        plan=one_plan.plan_of(snapshot, cycle),
        coherence=one_plan.check(snapshot, cycle),
        inputs=asked,
        influence=influence(asked.pairs, asked.functions, say=asked.say),
        shadow=shadow_decisions(snapshot, rights(snapshot, state, scope.cycle), within),
        revenue_share=_revenue_share(snapshot, _closed_year(snapshot, scope, cycle)),
    )


def gather_support(
    snapshot: Snapshot, state: State, scope: Scope, cycle: str, within: Window, promised: list[Promise]
) -> Support:
    """What the symptoms of a cycle need. Args: promised: commitments judged already; those due in `within` count."""
    cycles = one_plan.cycles_of(snapshot)
    plans, unit = survivals(snapshot, state, cycles, within, scope.cycle)
    surprise, notes = surprises(snapshot, state, replace(scope, cycle=cycle), cycle)
    return Support(
        cycle=cycle,
        currency=snapshot.currency,
        cycle_of=cycles,
        plans=plans,
        unit=unit,
        promises=[p for p in promised if p.last in within],
        surprise=surprise,
        streams=_streams(snapshot, state, scope, _closed_year(snapshot, scope, cycle)),
        notes=notes,
        templates=company_templates(snapshot),
    )


def streams_of(report: Report, values: dict[str, float]) -> list[Stream]:
    """The deviations report's families with their plan value. A family it does not judge is insufficient."""
    judged = {str(r["family"]): r for r in report.rows if r.get("family") is not None}
    found = []
    for family, value in values.items():
        row = judged.get(family, {})
        found.append(
            Stream(
                family, str(row.get("norm") or "insufficient"), value, _whole(row.get("breaches_6")),
                _number(row.get("response_rate")), _number(row.get("tolerance_growth")), _text(row.get("evidence")),
            )
        )  # fmt: skip
    return found


def _streams(snapshot: Snapshot, state: State, scope: Scope, year: Scope | None) -> list[Stream]:
    """Plan value: consensus revenue (quantity without revenue) of the last twelve closed months, by family."""
    if year is None or "family" not in snapshot.dimensions:
        return []
    for measure in ("revenue", "quantity"):
        plan = table(snapshot, "consensus", ("family",), (measure,), year).dropna()
        values = {str(f): float(v) for f, v in plan.itertuples(index=False, name=None) if v > 0}
        if values:
            report = deviations.deviations(snapshot, state, replace(year, first=None))
            return streams_of(report, values)
    return []


def _revenue_share(snapshot: Snapshot, year: Scope | None) -> dict[str, float]:
    if year is None:
        return {}
    try:
        snapshot.dimension("customer")
    except NotFound:
        return {}
    for measure in ("revenue", "quantity"):
        sold = table(snapshot, "actual", ("customer",), (measure,), year).dropna()
        total = float(sold[measure].sum())
        if total > 0:
            return {str(c): float(v) / total for c, v in sold.itertuples(index=False, name=None)}
    return {}


def _closed_year(snapshot: Snapshot, scope: Scope, cycle: str) -> Scope | None:
    """The last twelve closed months up to a cycle."""
    closed = [m for m in snapshot.closed_months if m <= cycle]
    if not closed:
        return None
    first = max(add_months(closed[-1], 1 - YEAR), closed[0])
    return replace(scope, first=first, last=closed[-1], cycle=None)


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and not pd.isna(value)
    return float(value) if known else None


def _whole(value: Any) -> int | None:
    found = _number(value)
    return None if found is None else int(found)


def _text(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else ""
        if value is None
        else "; ".join(map(str, value))
        if isinstance(value, list | tuple)
        else str(value)
    )
