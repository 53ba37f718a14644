"""What came that nobody had registered? Material deviations of the last months against the register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from siop.core import Polarity, Scope, add_months, months_between
from siop.ledger import State
from siop.ledger.state import RiskView
from siop.metrics import query
from siop.risks.reach import Reach
from siop.warehouse import Dimension, Snapshot

WINDOW = 12  # months looked back
WIDEST_MONTHS = 3  # an item with a longer window is too vague to have foreseen anything
TOLERANCE_PCT = 10.0  # where neither the ledger nor the policies name one
_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Deviation:
    """A material deviation, family by month. value: its size in money, positive; item: who had foreseen it."""

    family: str
    month: str
    deviation: float
    value: float
    item: str | None


@dataclass(frozen=True, slots=True)
class Surprise:
    """ratio: value of material deviations without a prior item / value of all; None where nothing was material."""

    ratio: float | None
    unregistered: float
    material: float
    n: int
    deviations: tuple[Deviation, ...]
    vague: tuple[str, ...]  # items too wide or too long to count


def surprise(
    deviations: pd.DataFrame,
    risks: Sequence[RiskView],
    reach: Reach,
    polarity: Polarity = Polarity.MORE_IS_BETTER,
) -> Surprise:
    """Compare material deviations with the register.

    An item had foreseen a deviation where it was registered in a cycle before the month, reaches that family and
    no other, covers the month with a window of at most three months, and points in its direction: a risk for an
    unfavourable deviation, an opportunity for a favourable one. Whether it is in the plan does not matter.

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
    for row in deviations.itertuples(index=False):
        good = float(row.deviation) * int(polarity) > 0  # type: ignore[arg-type]
        kind = "opportunity" if good else "risk"
        item = next(
            (
                risk.id
                for risk, family in sharp
                if family == row.family
                and risk.kind == kind
                and risk.first <= str(row.month) <= risk.last
                and risk.in_cycle < str(row.month)
            ),
            None,
        )
        found.append(
            Deviation(str(row.family), str(row.month), float(row.deviation), float(row.value), item)  # type: ignore[arg-type]
        )
    total = sum(d.value for d in found)
    missed = sum(d.value for d in found if d.item is None)
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
    limit = joined["pct"].fillna(TOLERANCE_PCT) / 100 * joined["plan"].abs()
    limit = limit.where(limit >= joined["abs"].fillna(0), joined["abs"].fillna(0))
    out = joined.assign(deviation=deviation)[deviation.abs() > limit * (1 + 1e-12)]
    return out[["family", "month", "deviation", "value"]].reset_index(drop=True)


def tolerances_in_force(
    snapshot: Snapshot, state: State, families: Sequence[str], months: Sequence[str], measure: str
) -> pd.DataFrame:
    """family, month, pct, abs: the ledger's last word up to the month, else the company's policy, else NaN."""
    policies = snapshot.table((_SQL / "tolerances.sql").read_text(encoding="utf-8"))
    policy = {str(r.family): (r.tolerance_pct, r.tolerance_abs) for r in policies.itertuples(index=False)}
    said = sorted(
        (t for t in state.tolerances if t.measure == measure), key=lambda t: (t.valid_from, t.at, t.seq)
    )
    rows = []
    for family in families:
        for month in months:
            last = [t for t in said if t.family == family and t.valid_from <= month]
            pct, absolute = (
                (last[-1].pct, last[-1].abs) if last else policy.get(family, (float("nan"), float("nan")))
            )
            rows.append((family, month, pct, absolute))
    frame = pd.DataFrame(rows, columns=["family", "month", "pct", "abs"])
    return frame.astype({"pct": "float64", "abs": "float64"})


def material_deviations(
    snapshot: Snapshot, state: State, scope: Scope, now: str
) -> tuple[pd.DataFrame, list[str]]:
    """The material deviations, family by month, of the closed months of the last twelve, and what has to be said.

    Tolerance is judged on quantity where plan and actual have it, else on revenue; value is the deviation in
    revenue, priced at the actual price where the plan has no revenue. The plan is the consensus at the scope's lag,
    the budget where there is none.
    """
    nothing = pd.DataFrame(columns=["family", "month", "deviation", "value"])
    months = [m for m in snapshot.closed_months if add_months(now, 1 - WINDOW) <= m <= now]
    if not months or "family" not in snapshot.dimensions:
        return nothing, ["Surprises are not known: there are no closed months by family."]
    family = snapshot.dimension("family")
    here = replace(scope, first=months[0], last=months[-1])
    for source in ("consensus", "budget"):
        names = query.resolve(snapshot, source, months, scope.lag).names
        known = [m for m in ("quantity", "revenue") if _by_family(snapshot, names, m, family)]
        known = [m for m in known if _by_family(snapshot, ["actual"], m, family)]
        if known:
            break
    else:
        return nothing, ["Surprises are not known: no plan is by family and month."]
    keys = ["family", "month"]
    actual = query.table(snapshot, "actual", keys, ("quantity", "revenue"), here)
    plan = query.table(snapshot, source, keys, ("quantity", "revenue"), here)
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
    families = sorted(set(cells["family"]))
    limits = tolerances_in_force(snapshot, state, families, months, judged)
    notes = ["Surprises are deviations from the budget: no consensus plan is by family and month."]
    return material(cells, limits), notes if source == "budget" else []


def _by_family(snapshot: Snapshot, versions: Sequence[str], measure: str, family: Dimension) -> bool:
    found = query.grains(snapshot, versions, measure) if versions else []
    return bool(found) and all(g.period == "month" and g.has(family) for g in found)
