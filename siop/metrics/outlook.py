"""Where will the year land? Actuals to date, an outlook of the months left, and the chance to reach the plans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from siop.core import MEASURES, NotFound, Report, Scope, Undefined, add_months, months_between, words
from siop.metrics.backtest import backtest
from siop.metrics.compare import default_measure
from siop.metrics.footing import by_name
from siop.metrics.landing import (
    LEVEL,
    NEEDED,
    ORIGINS,
    Spread,
    Track,
    first_origin,
    interval,
    pooled,
    spread,
    track,
)
from siop.metrics.scores import Numbers
from siop.metrics.source import latest_consensus, resolve
from siop.metrics.supply import without_time
from siop.metrics.vintages import (
    History,
    fiscal_year,
    history,
    plan_ahead,
    plan_of,
    plan_sum,
    vintages,
    year_months,
)
from siop.warehouse import Snapshot

NORMAL = NormalDist()
Z = NORMAL.inv_cdf(0.5 + LEVEL / 2)  # P10 and P90 lie this many standard deviations from P50


@dataclass(frozen=True, slots=True)
class Band:
    """The outlook of a sum: P10, P50, P90 of `known` + what is still to come.

    known: the part that is closed; ratio: whether misses are ratios (log-normal) or amounts (normal).
    """

    p10: float | None
    p50: float
    p90: float | None
    known: float
    ratio: bool

    def chance(self, target: float | None) -> float | None:
        """The probability to reach `target` or more; None without an interval or a target."""
        if target is None or self.p10 is None or self.p90 is None:
            return None
        left, middle = target - self.known, self.p50 - self.known
        if self.ratio and middle > 0:
            sd = float(np.log((self.p90 - self.known) / middle)) / Z
            if left <= 0:
                return 1.0
            distance = float(np.log(left / middle))
        else:
            sd, distance = (self.p90 - self.p50) / Z, left - middle
        if sd <= 0:
            return 1.0 if distance <= 0 else 0.0
        return NORMAL.cdf(-distance / sd)

    def draw(self, draws: int, seed: int) -> Numbers:
        """`draws` landings of the same distribution; the point itself where there is no interval."""
        if self.p10 is None or self.p90 is None:
            return np.full(draws, self.p50)
        scores_ = np.random.default_rng(seed).standard_normal(draws)
        middle = self.p50 - self.known
        if self.ratio and middle > 0:
            sd = float(np.log((self.p90 - self.known) / middle)) / Z
            made: Numbers = self.known + middle * np.exp(sd * scores_)
            return made
        amounts: Numbers = self.p50 + (self.p90 - self.p50) / Z * scores_
        return amounts


@dataclass(frozen=True, slots=True)
class _Asked:
    snapshot: Snapshot
    scope: Scope
    measure: str
    plan: str | None  # what stands beside: the signed plan, while none is signed the newest
    history: History
    months: tuple[str, ...]  # of the year the outlook is about

    @property
    def last(self) -> str:
        return self.history.months[-1]

    @property
    def closed(self) -> list[str]:
        return [m for m in self.months if m <= self.last]

    @property
    def open(self) -> list[str]:
        return [m for m in self.months if m > self.last]

    @property
    def to_date(self) -> float:
        """Actuals of the year's closed months."""
        return (
            float(self.history.total[len(self.history.total) - len(self.closed) :].sum())
            if self.closed
            else 0.0
        )


def outlook(
    snapshot: Snapshot,
    scope: Scope,
    *,
    measure: str | None = None,
    version: str | None = None,
    signed: str | None = None,
) -> Report:
    """The fiscal year of the first open month: actual to date and where it lands.

    Args: signed: the plan in force; None: nothing is signed, so there is no chance to reach it. version: the plan that
        stands beside; default the signed one, else the newest consensus (of scope.cycle). The scope's months do not
        matter: the outlook always stands on the last closed month.
    Returns: rows per month {month, actual, p10, p50, p90, plan, budget}; totals: landing {year, actual, p10, p50, p90,
        plan, budget, signed ...}, quarter (the same for the running quarter), chance_to_reach_budget,
        chance_to_reach_signed, backtest {origins, mase, coverage, skill_vs_plan ...}. P10 is the 10th percentile.
        Signed is actual to date + the signed plan of the months left. Where the history is too short, nothing is
        forecast and a note says how much would be enough.
    Raises: NotFound for an unknown dimension, measure or version.
    Source: methods.md section 5; siop.metrics.landing.
    """
    measure = measure or default_measure(snapshot)
    if measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)}")
    scope = by_name(snapshot, scope)
    timed, scope = scope, replace(without_time(snapshot, scope), first=None, last=None)
    plan = version or signed or latest_consensus(snapshot, scope.cycle)
    if version is not None and version not in set(snapshot.versions["version"]):
        resolve(snapshot, version, [])  # raises NotFound with the known names, unless it is a kind
    found: Report = snapshot.answers.ask(
        ("outlook", scope, measure, plan, signed),
        lambda: _outlook(snapshot, scope, measure, plan, signed),
    )
    if timed.where != scope.where:
        said = "The outlook is of the whole year, whatever months are asked for."
        found = replace(found, notes=[*found.notes, said])
    return found


def _outlook(snapshot: Snapshot, scope: Scope, measure: str, named: str | None, signed: str | None) -> Report:
    """The outlook of a scope without months. Four pages and the register ask for the same one."""
    notes: list[str] = []
    try:
        past = history(snapshot, scope, measure)
    except Undefined as error:
        return _without(snapshot, scope, measure, f"No outlook: {error}.")
    notes += past.notes
    asked = _Asked(
        snapshot,
        scope,
        measure,
        named,
        past,
        tuple(year_months(snapshot, add_months(past.months[-1], 1))),
    )
    horizon = len(asked.open)
    plans = vintages(snapshot, scope, measure, asked.last, _origins(past), horizon, named)
    running, single = (_tracks(past, horizon, plans, alone) for alone in (False, True))
    widths = spread(pooled(running)), spread(pooled(single))
    year = _band(running[0], widths[0], horizon, asked.to_date)
    plan = _plan_line(asked, notes)
    budget_line = plan_of(snapshot, "budget", measure, scope, asked.months)
    budget = plan_sum(snapshot, "budget", measure, scope, asked.months)
    left = plan[asked.open]
    planned = asked.to_date + float(left.sum()) if named and left.notna().all() else None
    ahead = _line_of(asked, signed) if signed else pd.Series(np.nan, index=asked.open, dtype="float64")
    signed_total = asked.to_date + float(ahead.sum()) if ahead.notna().all() else None
    notes += _said(asked, plans, budget, signed_total, widths[0], horizon)
    landing = _landing(asked, year, budget, planned) | {
        "signed": signed_total, "year": fiscal_year(snapshot, asked.open[0]), "misses": int(widths[0].n[horizon - 1]),
    }  # fmt: skip
    return Report(
        report="outlook",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=scope.as_dict(),
        rows=_rows(asked, single[0], widths[1], plan, budget_line),
        totals={
            "landing": landing,
            "quarter": _quarter(asked, running[0], widths[0], ahead, budget_line),
            "chance_to_reach_budget": year.chance(budget),
            "chance_to_reach_signed": year.chance(signed_total),
            "backtest": backtest(past, running, single, horizon),
            "weights": _weights(running[0], horizon),
            "measure": measure,
            "version": named,
            "from": asked.months[0],
            "to": asked.months[-1],
        },
        coverage=None,
        notes=notes,
    )


def landing_band(
    snapshot: Snapshot, scope: Scope, *, measure: str | None = None, signed: str | None = None
) -> Band | None:
    """The landing of the year as a distribution; None where there is no outlook."""
    told = outlook(snapshot, scope, measure=measure, signed=signed).totals["landing"]
    if told["p50"] is None:
        return None
    return Band(told["p10"], told["p50"], told["p90"], told["actual"], told["ratio"])


def landing_samples(
    snapshot: Snapshot, scope: Scope, measure: str | None = None, draws: int = 100_000, seed: int = 11,
    signed: str | None = None,
) -> Numbers:  # fmt: skip
    """Seeded draws of the year's landing, shape (draws,). Raises Undefined where there is no outlook."""
    band = landing_band(snapshot, scope, measure=measure, signed=signed)
    if band is None:
        raise Undefined("the history is too short for an outlook")
    return band.draw(draws, seed)


def outlook_sentence(report: Report, currency: str = "EUR") -> str:
    """The headline, from the totals: where the year lands, its range, the gap and the chance to reach the plan."""
    landing = report.totals["landing"]
    if landing["p50"] is None:
        return report.notes[0] if report.notes else "No outlook."
    measure = MEASURES[report.totals["measure"]]
    divisor, name = words.scale_of([landing["p50"]], measure.unit, currency)

    def scaled(value: float) -> str:
        return words.number(value / divisor, 1 if divisor > 1 else 0)

    said = f"{measure.label} of {landing['year']} lands at {scaled(landing['p50'])}{words.NBSP}{name}"
    if landing["p10"] is not None:
        said += f", between {scaled(landing['p10'])} and {scaled(landing['p90'])} in eight years of ten"
    for target, words_ in (("budget", "the budget"), ("signed", "the signed plan")):
        chance = report.totals[f"chance_to_reach_{target}"]
        if landing[target] is None:
            continue
        gap = landing["p50"] - landing[target]
        side = "short of" if gap < 0 else "above"
        said += f"; {scaled(abs(gap))} {side} {words_}"
        if chance is not None:
            said += f", chance to reach it {words.chance(chance)}"
        break
    return said + "."


def _without(snapshot: Snapshot, scope: Scope, measure: str, note: str) -> Report:
    numbers = ("actual", "p10", "p50", "p90", "plan", "budget", "signed")
    totals = {
        "landing": {"year": None, **dict.fromkeys(numbers), "months_left": None, "ratio": True, "misses": 0},
        "quarter": None, "chance_to_reach_budget": None, "chance_to_reach_signed": None, "backtest": None,
        "weights": None, "measure": measure, "version": None, "from": None, "to": None,
    }  # fmt: skip
    return Report("outlook", snapshot.id, snapshot.as_of, scope.as_dict(), [], totals, None, [note])


def _origins(past: History) -> int:
    n = len(past.months)
    return min(n - first_origin(n), ORIGINS)


def _tracks(past: History, horizon: int, plans: Numbers | None, single: bool) -> list[Track]:
    """The total first, with the plan as one voice; then the parts, which lend their misses."""
    total = track(past.total[None], horizon, None if plans is None else plans[None], single=single)
    if not len(past.pool):
        return [total]
    return [total, track(past.pool, horizon, single=single)]


def _band(made: Track, found: Spread, months: int, known: float) -> Band:
    """The first series' sum of the next `months` on top of `known`."""
    own = Spread(found.scale[:1], found.quantile, found.n)
    point = made.point[:1]
    low, high = interval(point, own, made.ratio[:1], made.size[:1])
    at = months - 1
    p10, p90 = float(low[0, at]), float(high[0, at])
    some = np.isfinite(p10) and np.isfinite(p90)
    return Band(
        known + p10 if some else None, known + float(point[0, at]), known + p90 if some else None, known,
        bool(made.ratio[0]),
    )  # fmt: skip


def _plan_line(asked: _Asked, notes: list[str]) -> pd.Series[float]:
    """The plan beside every month: of closed months the consensus of its time, of open ones the signed plan."""
    line = pd.Series(np.nan, index=list(asked.months), dtype="float64")
    if asked.closed:
        line[asked.closed] = plan_of(asked.snapshot, "consensus", asked.measure, asked.scope, asked.closed)
    line[asked.open] = _line_of(asked, asked.plan)[asked.open]
    if line.notna().sum() == 0:
        budget = plan_of(asked.snapshot, "budget", asked.measure, asked.scope, asked.months)
        if budget.notna().any():
            notes.append("There is no consensus plan at this scope: the plan shown is the budget.")
            return budget
    return line


def _line_of(asked: _Asked, version: str | None) -> pd.Series[float]:
    """What a plan says of the months left."""
    return plan_ahead(asked.snapshot, asked.scope, asked.measure, version, asked.last, asked.open)


def _landing(asked: _Asked, band: Band, budget: float | None, planned: float | None) -> dict[str, Any]:
    return {
        "months_left": len(asked.open),
        "actual": band.known,
        "p10": band.p10,
        "p50": band.p50,
        "p90": band.p90,
        "plan": budget if budget is not None else planned,
        "budget": budget,
        "ratio": band.ratio,
    }


def _rows(
    asked: _Asked, made: Track, found: Spread, plan: pd.Series[float], budget: pd.Series[float]
) -> list[dict[str, Any]]:
    rows = []
    actual = dict(zip(asked.history.months, asked.history.total, strict=True))
    for month in asked.months:
        row: dict[str, Any] = {"month": month, "actual": None, "p10": None, "p50": None, "p90": None}
        if month <= asked.last:
            known = month in actual and month not in asked.history.filled
            row["actual"] = float(actual[month]) if known else None
        else:
            band = _band(made, found, months_between(asked.last, month), 0.0)
            row |= {"p10": band.p10, "p50": band.p50, "p90": band.p90}
        rows.append({**row, "plan": _known(plan[month]), "budget": _known(budget[month])})
    return rows


def _quarter(
    asked: _Asked, made: Track, found: Spread, ahead: pd.Series[float], budget: pd.Series[float]
) -> dict[str, Any] | None:
    """The landing of the quarter that the first open month lies in; None where the calendar does not say it.

    Args: ahead: the signed plan of the months left.
    """
    calendar = asked.snapshot.calendar
    quarters = dict(zip(calendar["month"], calendar["quarter"].astype(str), strict=True))
    label = quarters.get(asked.open[0])
    months = [m for m in asked.months if quarters.get(m) == label]
    if label is None or len(months) != 3:
        return None
    values = dict(zip(asked.history.months, asked.history.total, strict=True))
    known = float(sum(values[m] for m in months if m in values))
    band = _band(made, found, sum(m > asked.last for m in months), known)
    planned = float(budget[months].sum()) if budget[months].notna().all() else None
    if planned is None:  # a budget by quarter
        planned = plan_sum(asked.snapshot, "budget", asked.measure, asked.scope, months, "quarter")
    left = ahead[[m for m in months if m > asked.last]]
    signed = known + float(left.sum()) if len(left) and left.notna().all() else None
    return {
        "quarter": label, "actual": known, "p10": band.p10, "p50": band.p50, "p90": band.p90, "budget": planned,
        "signed": signed, "chance_to_reach_budget": band.chance(planned), "chance_to_reach_signed": band.chance(signed),
    }  # fmt: skip


def _weights(made: Track, horizon: int) -> dict[str, float]:
    """How much each voice counts in the sum of the months left."""
    return {name: float(w) for name, w in zip(made.members, made.weights[:, 0, horizon - 1], strict=True)}


def _said(
    asked: _Asked,
    plans: Numbers | None,
    budget: float | None,
    signed: float | None,
    found: Spread,
    horizon: int,
) -> list[str]:
    notes = []
    at = horizon - 1
    if not np.isfinite(found.quantile[at]):
        notes.append(
            f"No interval: {found.n[at]} past outcomes of {words.count(horizon, 'month')} ahead, {NEEDED} would be enough."
        )
    if plans is None:
        notes.append("No plan can be seen by month at this scope: the outlook rests on the actuals alone.")
    if budget is None:
        notes.append("There is no budget of the whole year at this scope: no chance to reach it.")
    if signed is None:
        notes.append("There is no signed plan of all months left at this scope: no chance to reach it.")
    return notes


def _known(value: float) -> float | None:
    return None if value is None or np.isnan(value) else float(value)


__all__ = ["Band", "landing_band", "landing_samples", "outlook", "outlook_sentence"]
