"""What came that nobody had registered? Material deviations of the last months against the register."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siop.core import NotFound, Polarity, Scope, add_months, months_between
from siop.ledger import State
from siop.ledger.state import RiskView
from siop.metrics import query
from siop.metrics.grain import grains
from siop.metrics.source import resolve
from siop.metrics.tolerance import UNKNOWN, policies, tolerance_of
from siop.risks.reach import Reach
from siop.warehouse import Dimension, Snapshot

WINDOW = 12  # months looked back
WIDEST_MONTHS = 3  # an item with a longer window is too vague to have foreseen anything


@dataclass(frozen=True, slots=True)
class Deviation:
    """A material deviation, family by month. value: its size in money, positive; item: what had foreseen it best;
    covered: the share of it that the item's slice of the family deviated."""

    family: str
    month: str
    deviation: float
    value: float
    item: str | None
    covered: float = 0.0


@dataclass(frozen=True, slots=True)
class Surprise:
    """ratio: value of material deviations without a prior item / value of all; None where nothing was material."""

    ratio: float | None
    unregistered: float
    material: float
    n: int
    deviations: tuple[Deviation, ...]
    vague: tuple[str, ...]  # items too wide or too long to count


Covers = Callable[[RiskView, str, float], float]
"""(item, month, deviation of its family) -> the share of that deviation which lies in the item's slice, 0 to 1."""


def surprise(
    deviations: pd.DataFrame,
    risks: Sequence[RiskView],
    reach: Reach,
    covers: Covers | None = None,
    polarity: Polarity = Polarity.MORE_IS_BETTER,
) -> Surprise:
    """Compare material deviations with the register.

    An item had foreseen a deviation where it was registered in a cycle before the month, reaches that family and
    no other, covers the month with a window of at most three months, and points in its direction: a risk for an
    unfavourable deviation, an opportunity for a favourable one. Whether it is in the plan does not matter. An item
    on a slice of the family had foreseen what its slice deviated (`covers`; without it, all).

    Args: deviations: family, month, deviation (actual - plan), value (money, positive), material ones only.
    Source: field practice of risk and opportunity reviews; the ratio is this cockpit's own.
    """
    sharp: list[tuple[RiskView, str]] = []
    vague = []
    for risk in risks:
        families = reach.families(risk.scope)
        if families is None or len(families) > 1 or months_between(risk.first, risk.last) >= WIDEST_MONTHS:
            vague.append(risk.id)
        elif families:
            sharp.append((risk, next(iter(families))))
    found = []
    for record in deviations.to_dict("records"):
        family, month, deviation = str(record["family"]), str(record["month"]), float(record["deviation"])
        kind = "opportunity" if deviation * int(polarity) > 0 else "risk"
        item, covered = None, 0.0
        for risk, reached in sharp:
            if reached != family or risk.kind != kind or not risk.first <= month <= risk.last:
                continue
            if risk.in_cycle >= month:
                continue
            whole = covers is None or set(risk.scope) == {"family"}
            share = 1.0 if whole or covers is None else covers(risk, month, deviation)
            if share > covered:
                item, covered = risk.id, share
        found.append(Deviation(family, month, deviation, float(record["value"]), item, covered))
    total = sum(d.value for d in found)
    missed = sum(d.value * (1 - d.covered) for d in found)
    ratio = missed / total if total > 0 else None
    return Surprise(ratio, missed, total, len(found), tuple(found), tuple(vague))


def material(cells: pd.DataFrame, tolerances: pd.DataFrame) -> pd.DataFrame:
    """The cells out of tolerance: |actual - plan| > max(pct x |plan|, abs).

    Args: cells: family, month, actual, plan, value; tolerances: family, month, pct, abs (NaN is none).
    Returns: family, month, deviation, value. A cell without a plan or an actual is not comparable and left out.
    """
    joined = cells.merge(tolerances, on=["family", "month"], how="left")
    joined = joined[joined["actual"].notna() & joined["plan"].notna()]
    deviation = joined["actual"] - joined["plan"]
    limit = joined["pct"].fillna(UNKNOWN * 100) / 100 * joined["plan"].abs()
    limit = limit.where(limit >= joined["abs"].fillna(0), joined["abs"].fillna(0))
    out = joined.assign(deviation=deviation)[deviation.abs() > limit * (1 + 1e-12)]
    return out[["family", "month", "deviation", "value"]].reset_index(drop=True)


def tolerances_in_force(
    snapshot: Snapshot, state: State, cells: pd.DataFrame, months: Sequence[str], measure: str
) -> pd.DataFrame:
    """family, month, pct, abs: the tolerance by which the deviations page judges too (`metrics.tolerance`).

    Args: cells: family, month, actual, plan of the months and the years before, from which one is derived where
        neither the ledger nor the policies name it.
    """
    known = policies(snapshot)
    rows = []
    for family, part in cells.groupby("family"):
        own = part.set_index("month").reindex(list(months))
        plan = own["plan"].to_numpy(dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(plan != 0, (own["actual"].to_numpy(dtype=float) - plan) / np.abs(plan), np.nan)
        t = tolerance_of(state, known, str(family), measure, months, ratio)
        rows += [
            (family, m, pct * 100, units) for m, pct, units in zip(months, t.pct, t.absolute, strict=True)
        ]
    frame = pd.DataFrame(rows, columns=["family", "month", "pct", "abs"])
    return frame.astype({"pct": "float64", "abs": "float64"})


def surprises(snapshot: Snapshot, state: State, scope: Scope, now: str) -> tuple[Surprise, list[str]]:
    """Material deviations of the twelve closed months up to `now` against the register, and what has to be said."""
    found, notes, covers = material_deviations(snapshot, state, scope, now)
    known = [r for r in state.risks.values() if scope.cycle is None or r.in_cycle <= scope.cycle]
    return surprise(found, known, Reach.of(snapshot), covers), notes


def material_deviations(
    snapshot: Snapshot, state: State, scope: Scope, now: str
) -> tuple[pd.DataFrame, list[str], Covers | None]:
    """The material deviations, family by month, of the closed months of the last twelve, and what has to be said.

    Tolerance is judged on quantity where plan and actual have it, else on revenue; value is the deviation in
    revenue, priced at the actual price where the plan has no revenue. The plan is the consensus at the scope's lag,
    the budget where there is none. The third part measures how much of a deviation lies in an item's slice.
    """
    nothing = pd.DataFrame(columns=["family", "month", "deviation", "value"])
    months = [m for m in snapshot.closed_months if add_months(now, 1 - WINDOW) <= m <= now]
    if not months or "family" not in snapshot.dimensions:
        return nothing, ["Surprises are not known: there are no closed months by family."], None
    family = snapshot.dimension("family")
    here = replace(scope, first=months[0], last=months[-1])
    for source in ("consensus", "budget"):
        names = resolve(snapshot, source, months, scope.lag).names
        known = [m for m in ("quantity", "revenue") if _by_family(snapshot, names, m, family)]
        known = [m for m in known if _by_family(snapshot, ["actual"], m, family)]
        if known:
            break
    else:
        return nothing, ["Surprises are not known: no plan is by family and month."], None
    keys = ["family", "month"]
    history = [m for m in snapshot.closed_months if m <= months[-1]]
    before = replace(here, first=history[0])  # the tolerance of a family may rest on the years before
    actual = query.table(snapshot, "actual", keys, ("quantity", "revenue"), before)
    plan = query.table(snapshot, source, keys, ("quantity", "revenue"), before)
    both = actual.merge(plan, on=keys, suffixes=("", "_plan")).dropna(subset=["family"])
    judged = known[0]
    value = (both["revenue"] - both["revenue_plan"]).abs()
    units = (both["quantity"] - both["quantity_plan"]).abs()
    value = value.fillna(units * both["revenue"] / both["quantity"].where(both["quantity"] != 0)).fillna(
        units
    )
    cells = pd.DataFrame(
        {"family": both["family"].astype(str), "month": both["month"].astype(str), "actual": both[judged],
         "plan": both[f"{judged}_plan"], "value": value}
    )  # fmt: skip
    limits = tolerances_in_force(snapshot, state, cells, history, judged)
    cells = cells[cells["month"].isin(months)]
    notes = ["Surprises are deviations from the budget: no consensus plan is by family and month."]
    covers = _slices(snapshot, source, judged, here)
    return material(cells, limits), notes if source == "budget" else [], covers


def _slices(snapshot: Snapshot, source: str, measure: str, scope: Scope) -> Covers:
    """The share of a family's deviation that an item's slice shows; 1 where the plan does not know the slice, since
    nobody is to blame for having been more precise than the plan."""
    known: dict[object, dict[str, float]] = {}

    def deviation(risk: RiskView) -> dict[str, float]:
        where = Scope.filters({d: v if isinstance(v, str) else list(v) for d, v in risk.scope.items()})
        if where not in known:
            limits = tuple(sorted({*scope.where, *scope.only}))
            here = replace(scope, where=where, only=limits)
            try:
                sides = [query.table(snapshot, s, ("month",), (measure,), here) for s in ("actual", source)]
            except NotFound:
                known[where] = {}
            else:
                both = sides[0].merge(sides[1], on="month", suffixes=("", "_plan")).dropna()
                gap = both[measure] - both[f"{measure}_plan"]
                known[where] = {str(m): float(g) for m, g in zip(both["month"], gap, strict=True)}
        return known[where]

    def covers(risk: RiskView, month: str, of: float) -> float:
        own = deviation(risk).get(month)
        return 1.0 if own is None else min(1.0, max(0.0, own / of))

    return covers


def _by_family(snapshot: Snapshot, versions: Sequence[str], measure: str, family: Dimension) -> bool:
    found = grains(snapshot, versions, measure) if versions else []
    return bool(found) and all(g.period == "month" and g.has(family) for g in found)
