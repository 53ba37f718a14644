"""Every family's stream of one measure: plan, actual, tolerance, chart and norm, month by month. One computation that the
report, the page's grid and the health board share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from siop.core import NotFound, Scope, add_months, span
from siop.deviations.case import answered
from siop.deviations.detect import Chart, chart
from siop.deviations.norm import Norm, Stream, decay, norm
from siop.deviations.tolerance import Tolerance, policies, tolerance_of
from siop.ledger import State
from siop.metrics import query
from siop.warehouse import Snapshot

Floats = npt.NDArray[np.float64]
DECAYS = 0.05  # one-sided p of the answers' decay


@dataclass(frozen=True)
class Streams:
    """Arrays are (families, months); NaN where unknown. money: the deviation in the company's currency."""

    families: tuple[str, ...]
    months: tuple[str, ...]
    measure: str
    source: str
    plan: Floats
    actual: Floats
    money: Floats
    value: Floats  # (families,) plan value of the last twelve months, in money
    tolerances: tuple[Tolerance, ...]
    chart: Chart
    norms: tuple[Norm, ...]
    answered: npt.NDArray[np.bool_]
    notes: tuple[str, ...]

    @property
    def deviation(self) -> Floats:
        return self.actual - self.plan

    def out(self, family: int) -> npt.NDArray[np.bool_]:
        """(months,) out of the tolerance in force then."""
        return _outside(self.deviation[family], self.tolerances[family].allowed(self.plan[family]))

    def out_at_first(self, family: int) -> npt.NDArray[np.bool_]:
        """(months,) out of the original tolerance."""
        return _outside(self.deviation[family], self.tolerances[family].allowed_at_first(self.plan[family]))


def streams(snapshot: Snapshot, state: State, scope: Scope, measure: str = "quantity") -> Streams:
    """The streams of a scope up to its last closed month.

    The plan is the consensus at scope.lag; where the company has none, the budget of the period. A family is a stream
    where its plan is known in any closed month. scope.first does not cut the history: a signal needs its baseline.
    Raises NotFound where the company has no families.
    """
    if "family" not in snapshot.dimensions:
        raise NotFound("the company's files name no family: deviations are tracked by family")
    closed = [m for m in snapshot.closed_months if scope.last is None or m <= scope.last]
    closed = [m for m in closed if scope.cycle is None or m < scope.cycle] or closed
    has_consensus = bool((snapshot.versions["kind"] == "consensus").any())
    source = "consensus" if has_consensus else "budget"
    whole = replace(scope, first=closed[0] if closed else None, last=closed[-1] if closed else None)
    measures = tuple(dict.fromkeys((measure, "quantity", "revenue")))
    told = _frame(snapshot, source, whole, measures) if closed else pd.DataFrame(columns=["family", "month"])
    sold = (
        _frame(snapshot, "actual", whole, measures) if closed else pd.DataFrame(columns=["family", "month"])
    )
    notes = (
        [] if has_consensus else ["No consensus plan is loaded: deviations are judged against the budget."]
    )
    planned = told.dropna(subset=[measure]) if measure in told else told
    families = tuple(sorted(planned["family"].unique()))
    months = tuple(span(str(planned["month"].min()), closed[-1])) if len(planned) else ()
    plan, actual = _panel(told, measure, families, months), _panel(sold, measure, families, months)
    money, value = _money(told, sold, measure, families, months, actual - plan)
    ratio = _ratio(actual, plan)
    policy = policies(snapshot)
    tolerances = tuple(
        tolerance_of(state, policy, f, measure, months, ratio[i]) for i, f in enumerate(families)
    )
    replies = np.array([[answered(state, f, m) for m in months] for f in families], dtype=bool).reshape(
        plan.shape
    )
    rebased = (
        _rebased(snapshot, whole, measure, families, months, actual - plan)
        if has_consensus
        else np.full(plan.shape, np.nan)
    )
    judged = [
        Stream(
            ratio[i],
            _outside((actual - plan)[i], t.allowed_at_first(plan[i])),
            replies[i],
            rebased[i],
            t.growth,
        )
        for i, t in enumerate(tolerances)
    ]
    slope = decay(judged)
    decays = slope is not None and slope[0] < 0 and slope[1] < DECAYS
    drawn = (
        chart(actual, plan, months)
        if len(months)
        else chart(np.zeros((0, 1)), np.zeros((0, 1)), ("2000-01",))
    )
    return Streams(
        families, months, measure, source, plan, actual, money, value, tolerances, drawn,
        tuple(norm(s, decays=decays) for s in judged), replies, tuple(notes),
    )  # fmt: skip


def _frame(snapshot: Snapshot, source: str, scope: Scope, measures: tuple[str, ...]) -> pd.DataFrame:
    found = query.table(snapshot, source, ("family", "month"), measures, scope)
    return found.dropna(subset=["family"])


def _panel(frame: pd.DataFrame, measure: str, families: tuple[str, ...], months: tuple[str, ...]) -> Floats:
    wide = (
        frame.pivot_table(index="family", columns="month", values=measure, aggfunc="sum", observed=True)
        if len(frame)
        else pd.DataFrame()
    )
    made: Floats = wide.reindex(index=list(families), columns=list(months)).to_numpy(dtype=float)
    return made


def _money(
    told: pd.DataFrame,
    sold: pd.DataFrame,
    measure: str,
    families: tuple[str, ...],
    months: tuple[str, ...],
    off: Floats,
) -> tuple[Floats, Floats]:
    """The deviation in money (quantity at the plan's revenue per unit, else the actual's), and the year's plan value."""
    planned = _panel(told, "revenue", families, months)
    value = np.nansum(planned[:, -12:], axis=1) if planned.size else np.zeros(len(families))
    if measure != "quantity":
        return off, value
    with np.errstate(divide="ignore", invalid="ignore"):
        price = planned / _panel(told, "quantity", families, months)
        paid = _panel(sold, "revenue", families, months) / _panel(sold, "quantity", families, months)
    price = np.where(np.isfinite(price), price, np.where(np.isfinite(paid), paid, np.nan))
    return off * price, value


def _ratio(actual: Floats, plan: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(plan != 0, (actual - plan) / np.abs(plan), np.nan)


def _outside(off: Floats, allowed: Floats) -> npt.NDArray[np.bool_]:
    """|deviation| beyond what is allowed; a rounding is not a breach; unknown is not out."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(off) > allowed * (1 + 1e-9) + 1e-12)


def _rebased(
    snapshot: Snapshot,
    scope: Scope,
    measure: str,
    families: tuple[str, ...],
    months: tuple[str, ...],
    off: Floats,
) -> Floats:
    """(P_{c+1}(t+1) - P_c(t+1)) / (A_t - P_c(t)): share of month t's miss that the next cycle copied into t+1."""
    later = replace(scope, last=add_months(months[-1], 1)) if months else scope
    ahead = tuple(add_months(m, 1) for m in months)
    new = _panel(
        _frame(snapshot, "consensus", replace(later, lag=scope.lag), (measure,)), measure, families, ahead
    )
    old = _panel(
        _frame(snapshot, "consensus", replace(later, lag=scope.lag + 1), (measure,)), measure, families, ahead
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(off != 0, (new - old) / off, np.nan)
    return np.where(np.isfinite(found), found, np.nan)
