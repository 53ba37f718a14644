"""Where does the year land? The outlook's own interval, and the register on top, each uncertainty counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from siop.core import months_between
from siop.risks.calibrate import Closed
from siop.risks.impact import SIGN, Floats
from siop.risks.simulate import Simulation, Singles, normal_scores, percentiles, tail_mean

Z90 = 1.2815515655446004  # normal score of P90
KEPT = 0.25  # of the outlook's variance stays its own, whatever the register explains
LEAST_MONTHS = 12  # closed months of outcomes before past events can be told from noise
CURVE = 81  # points of the exceedance curve


@dataclass(frozen=True, slots=True)
class OutlookBand:
    """The outlook of the open months of a year, without the register. Money of one measure.

    months: open months of the year, in order; p10, p50, p90: of each; actual: of the year's closed months;
    year: P10, P50, P90 of the whole year (closed months included), forecast as one sum, None where not known;
    source: what it is, in words; ratio: whether what is to come misses by factors (log-normal), else by amounts.
    """

    label: str
    months: tuple[str, ...]
    p10: tuple[float, ...]
    p50: tuple[float, ...]
    p90: tuple[float, ...]
    actual: float = 0.0
    year: tuple[float, float, float] | None = None
    source: str = "outlook"
    ratio: bool = False

    @staticmethod
    def line(
        label: str, months: Sequence[str], plan: Sequence[float], actual: float, source: str
    ) -> OutlookBand:
        """A plan taken as it stands, without an interval of its own."""
        values = tuple(float(v) for v in plan)
        return OutlookBand(label, tuple(months), values, values, values, actual, None, source)

    @property
    def landing(self) -> tuple[float, float, float]:
        """P10, P50, P90 of the year; without a forecast of the sum, months are taken as moving together."""
        if self.year is not None:
            return self.year
        low, mid, high = (self.actual + sum(v) for v in (self.p10, self.p50, self.p90))
        return low, mid, high

    @property
    def variance(self) -> float:
        """Variance of the year's landing, from its P10 and P90."""
        low, _, high = self.landing
        return ((high - low) / (2 * Z90)) ** 2


@dataclass(frozen=True)
class Landing:
    """The year with the register. Percentiles: P10 is the 10th percentile of the landing.

    tail10: mean of the worst tenth (CVaR); shortfall: mean gap to the budget where it is missed; periods: rows
    {period, kind, p10, p50, p90, outlook} of open months, their quarters and the year; curve: rows {value, chance},
    the chance to land at `value` or more; taken_out: share of the outlook's variance that past events were.
    """

    label: str
    p10: float
    p50: float
    p90: float
    mean: float
    sd: float
    tail10: float
    budget: float | None
    signed: float | None
    shortfall: float | None
    taken_out: float
    periods: list[dict[str, object]]
    curve: list[dict[str, float]]
    sample: Floats = field(repr=False)

    @property
    def chance_to_reach_budget(self) -> float | None:
        """Chance to land at the budget or more; None without one."""
        return self.chance(self.budget)

    @property
    def chance_to_reach_signed(self) -> float | None:
        """Chance to land at the signed plan or more; None without one."""
        return self.chance(self.signed)

    def chance(self, target: float | None) -> float | None:
        """Chance to land at a target or more; a rounding short of it counts as reached."""
        return None if target is None else float((self.sample >= target - abs(target) * 1e-9).mean())


def land(
    band: OutlookBand,
    register: Simulation,
    *,
    budget: float | None = None,
    signed: float | None = None,
    quarters: Mapping[str, str] | None = None,
    quarter_actuals: Mapping[str, float] | None = None,
    past_events: float = 0.0,
) -> Landing:
    """Lay the register on the outlook.

    Only what falls into the year's open months counts: what an item did in closed months is in the actuals.
    The outlook's interval comes from past misses, and in these are the risks and opportunities that came then.
    The register names such events again, so their part is taken out of the outlook's variance before the two are
    added: `past_events` (see `variance_of_past_events`), but never more than the register puts back, nor more than
    three quarters. The range is therefore never narrower than the outlook's own.

    Args: band: without the register; register: items not in plan; budget, signed: the year's targets; quarters:
        {month: label}; quarter_actuals: {label: sum of its closed months}.
    """
    rows = [row for row, month in enumerate(register.months) if month in band.months]
    added = register.monthly[rows].sum(axis=0) if rows else np.zeros(register.draws, dtype=np.float32)
    variance = band.variance
    taken = 0.0
    if variance > 0 and past_events > 0:
        put_back = float(added.var(dtype=np.float64))
        taken = min(past_events, put_back, (1 - KEPT) * variance) / variance
    months, year = _outlook_draws(band, register.seed, register.draws, sqrt(1 - taken))
    sample = year + added
    p10, p50, p90 = percentiles(sample, (0.1, 0.5, 0.9))
    missed = sample[sample < budget] if budget is not None else sample[:0]
    shortfall = None
    if budget is not None:
        shortfall = float(budget - missed.mean()) if len(missed) else 0.0
    found = Landing(
        label=band.label, p10=p10, p50=p50, p90=p90, mean=float(sample.mean()),
        sd=float(sample.std()), tail10=tail_mean(sample, 0.1), budget=budget, signed=signed,
        shortfall=shortfall, taken_out=taken, periods=[], curve=_curve(sample), sample=sample,
    )  # fmt: skip
    found.periods.extend(_periods(band, register, months, found, quarters or {}, quarter_actuals or {}))
    return found


def variance_of_past_events(closed: Sequence[tuple[Closed, str, str]], now: str, months: int) -> float:
    """Variance that registered events of the past put into `months` months of results.

    Each realised amount is laid evenly over its item's months; the variance of the monthly sums, from the first
    month of any item to `now`, times the months that remain. Zero under 12 months: too little to tell.

    Args: closed: (item, first month, last month) of items that were not in plan.
    """
    if not closed or months <= 0:
        return 0.0
    start = min(first for _, first, _ in closed)
    count = months_between(start, now) + 1
    if count < LEAST_MONTHS:
        return 0.0
    sums = np.zeros(count)
    for item, first, last in closed:
        begin, length = months_between(start, first), months_between(first, last) + 1
        sums[begin : begin + length] += SIGN[item.kind] * item.realised / length
    return float(sums.var(ddof=1) * months)


def _outlook_draws(band: OutlookBand, seed: int, draws: int, shrink: float) -> tuple[list[Floats], Floats]:
    """(draws of each month, draws of the year) about the medians.

    Months share a factor so strongly that their sum has the spread of the year's own forecast; the year's score
    is that of the sum, so that a good year is one of good months.
    """
    if not band.months:
        return [], np.full(draws, band.landing[1])
    sds = np.array([(high - low) / (2 * Z90) for low, high in zip(band.p10, band.p90, strict=True)])
    alone, together = float((sds**2).sum()), float(sds.sum() ** 2)
    shared = (band.variance - alone) / (together - alone) if together > alone > 0 else 1.0
    shared = min(1.0, max(0.0, shared))
    common = normal_scores(seed, "outlook", draws)
    out, total = [], np.zeros(draws, dtype=np.float32)
    weight = sqrt(shared * together + (1 - shared) * alone)
    for index, month in enumerate(band.months):
        score = np.float32(sqrt(shared)) * common
        if shared < 1:
            score += np.float32(sqrt(1 - shared)) * normal_scores(seed, f"outlook {month}", draws)
        if weight > 0:
            total += np.float32(sds[index] / weight) * score
        three = (band.p10[index], band.p50[index], band.p90[index])
        out.append(_spread(score, three, 0.0, band.ratio, shrink))
    score = total if weight > 0 else common
    return out, _spread(score, band.landing, band.actual, band.ratio, shrink)


def _spread(
    score: Singles, three: tuple[float, float, float], known: float, ratio: bool, shrink: float
) -> Floats:
    """Draws through P10, P50 and P90, with one spread below the median and one above.

    Log-normal in what lies beyond the `known` part where misses are factors, else normal.
    """
    low, mid, high = three
    if ratio and min(three) > known:
        low, mid, high = (float(np.log(v - known)) for v in three)
    below, above = shrink * (mid - low) / Z90, shrink * (high - mid) / Z90
    draws = np.asarray(mid + np.where(score < 0, below, above) * score, dtype=np.float64)
    return known + np.exp(draws) if ratio and min(three) > known else draws


def _periods(
    band: OutlookBand,
    register: Simulation,
    months: Sequence[Floats],
    year: Landing,
    quarters: Mapping[str, str],
    quarter_actuals: Mapping[str, float],
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    by_quarter: dict[str, Floats] = {}
    middle: dict[str, float] = {}
    for index, month in enumerate(band.months):
        sample = months[index]
        if month in register.months:
            sample = sample + register.monthly[register.months.index(month)]
        rows.append(_period(month, "month", sample, band.p50[index]))
        quarter = quarters.get(month)
        if quarter is not None:
            start = np.full_like(sample, quarter_actuals.get(quarter, 0.0))
            by_quarter[quarter] = by_quarter.get(quarter, start) + sample
            middle[quarter] = middle.get(quarter, quarter_actuals.get(quarter, 0.0)) + band.p50[index]
    rows += [_period(label, "quarter", sample, middle[label]) for label, sample in by_quarter.items()]
    rows.append(
        {"period": year.label, "kind": "year", "p10": year.p10, "p50": year.p50, "p90": year.p90,
         "outlook": band.landing[1]}
    )  # fmt: skip
    return rows


def _period(label: str, kind: str, sample: Floats, outlook: float) -> dict[str, object]:
    p10, p50, p90 = percentiles(sample, (0.1, 0.5, 0.9))
    return {"period": label, "kind": kind, "p10": p10, "p50": p50, "p90": p90, "outlook": outlook}


def _curve(sample: Floats) -> list[dict[str, float]]:
    """The chance to land at a value or more, from the 0.2nd to the 99.8th percentile."""
    low, high = percentiles(sample, (0.002, 0.998))
    values = np.linspace(low, high, CURVE) if high > low else np.array([low])
    ordered = np.sort(sample)
    below = np.searchsorted(ordered, values, side="left")
    return [
        {"value": float(v), "chance": float(1 - b / len(sample))} for v, b in zip(values, below, strict=True)
    ]
