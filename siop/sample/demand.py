"""What customers want, what each cycle could know of it, and what was sold.

Everything is an array over pairs (a customer and a product) and months; month indices count in MONTHS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siop.sample.company import Company, Floats, Ints
from siop.sample.draw import CLOSED, FIRST_CYCLE, HORIZON, MONTHS, generator, working_days
from siop.sample.names import FAMILIES
from siop.sample.stories import Stories

Bools = NDArray[np.bool_]
TOLERANCE = {"fine": 6.0, "noisy": 9.0, "normalised": 6.0, "other": 9.0}
"""Per cent of plan, as first agreed with each family's planners."""
_NOISE = {"fine": 0.018, "noisy": 0.095, "normalised": 0.016, "other": 0.028}
_NEWS = 0.004  # sd a month of what nobody could know before
_REBASE = 0.65  # how much of a miss the next cycle takes out of the month after
_TRIES = 4000


def kind_of(stories: Stories, family: int) -> str:
    """fine, noisy, normalised or other: what sets a family's noise and tolerance."""
    named = {stories.fine: "fine", stories.noisy: "noisy", stories.normalised: "normalised"}
    return named.get(family, "other")


def tolerances(stories: Stories) -> list[float]:
    """First agreed tolerance of each family, per cent."""
    return [TOLERANCE[kind_of(stories, f)] for f in range(len(FAMILIES))]


@dataclass(frozen=True)
class Demand:
    """plain: expected units without news and stories, shape (pairs, months); news: (families, months), a factor."""

    plain: Floats
    news: Floats


def make_demand(company: Company, stories: Stories) -> Demand:
    """Season, growth, launches and ends, and the drift that nobody foresees."""
    rng = generator(company.seed, "demand")
    pairs, months = company.pairs, np.arange(len(MONTHS))
    units = pairs.units.copy()
    quiet = np.isin(company.family, [stories.fine, stories.noisy, stories.normalised])
    units[quiet & stories.lost(company)] *= 0.2  # so that the slice's loss does not colour these families
    life = np.clip((months[None, :] - company.launch[:, None] + 1) / 4, 0, 1)
    life = life * np.clip((company.end[:, None] - months[None, :] + 1) / 3, 0, 1)
    growth = (1 + company.growth[:, None]) ** ((months[None, :] - CLOSED) / 12)
    plain = units[:, None] * _season()[company.family] * growth[company.family] * life[pairs.sku]
    plain = plain * (months[None, :] >= pairs.start[:, None])
    sd = np.where([kind_of(stories, f) == "other" for f in range(len(FAMILIES))], _NEWS, _NEWS / 2)
    steps = sd[:, None] * rng.standard_normal((len(FAMILIES), len(MONTHS)))
    return Demand(plain, np.exp(np.cumsum(steps, axis=1)))


def _season() -> Floats:
    """Shape (families, months): the yearly wave, the summer and winter breaks, the working days."""
    year = np.array([int(m[5:]) for m in MONTHS])
    peak = np.array([f.peak for f in FAMILIES])[:, None]
    swing = np.array([f.swing for f in FAMILIES])[:, None]
    wave = 1 + swing * np.cos(2 * np.pi * (year[None, :] - peak) / 12)
    breaks = np.where(year == 8, 0.92, np.where(year == 12, 0.94, 1.01))
    days = np.array([working_days(m) for m in MONTHS]) / 20.9
    return np.asarray(wave * breaks * days**0.5)


def fall(stories: Stories) -> Floats:
    """Factor by month of the normalised family against what was believed before its onset."""
    months = np.arange(len(MONTHS))
    rise = np.clip((months - stories.onset) / max(1, CLOSED - 1 - stories.onset), 0, 1)
    gap = stories.miss[0] + (0.22 - stories.miss[0]) * rise
    return np.asarray(np.where(months < stories.onset, 1.0, 1 - gap))


def mix_factor(company: Company, stories: Stories) -> Floats:
    """Factor per pair once units have moved from the dear to the cheap products of the mix family."""
    inside = company.family == stories.mix
    price = company.products["unit_price"].to_numpy()[company.pairs.sku]
    units = company.pairs.units
    mean = (units * price)[inside].sum() / units[inside].sum()
    dear = inside & (price > mean)
    share = units[dear].sum() / units[inside].sum()
    moved = min(stories.mix_points, 0.6 * share)
    factor = np.ones(len(units))
    factor[dear] = (share - moved) / share
    factor[inside & ~dear] = (1 - share + moved) / (1 - share)
    return factor


def effect_factor(company: Company, stories: Stories, cycle: int | None = None) -> Floats:
    """Factor (pairs, months) of the decisions that moved demand; those a cycle knows, or all of them."""
    factor = np.ones((len(company.pairs), len(MONTHS)))
    for effect in stories.effects:
        if cycle is None or cycle > effect.cycle:
            inside = (company.family == effect.family) & (company.region == effect.region)
            factor[inside, effect.first : effect.last + 1] *= 1 + effect.lift * effect.came
    return factor


def known(company: Company, stories: Stories, demand: Demand, cycle: int) -> Floats:
    """What the plan of a cycle could expect, shape (pairs, HORIZON), for the months after the cycle.

    The lost slice is not in it: nobody re-planned it. The normalised family is planned back to its old level
    from the third month on and given up again month by month.
    """
    to = slice(cycle + 1, cycle + 1 + HORIZON)
    expected = demand.plain[:, to] * demand.news[company.family, cycle - 1][:, None]
    expected = expected * (company.pairs.start <= cycle)[:, None]
    expected = expected * effect_factor(company, stories, cycle)[:, to]
    if cycle >= stories.mix_from + 2:
        expected = expected * mix_factor(company, stories)[:, None]
    if cycle >= stories.onset:
        inside = company.family == stories.normalised
        true = fall(stories)[to]
        miss = np.resize(stories.miss, len(MONTHS) - stories.onset)[cycle + 1 - stories.onset :][:HORIZON]
        hope = 1 - true
        gap = hope.copy()
        gap[0] = min(miss[0], hope[0])
        gap[1] = min(hope[1], gap[0] + _REBASE * miss[0])
        expected[inside] *= (true / (1 - gap))[None, :]
    return np.asarray(expected)


def expected_sales(company: Company, stories: Stories, demand: Demand) -> Floats:
    """What was to be sold in the closed months, all stories in it; shape (pairs, CLOSED)."""
    to = slice(0, CLOSED)
    units = demand.plain[:, to] * demand.news[company.family, to] * effect_factor(company, stories)[:, to]
    units[:, stories.mix_from :] *= mix_factor(company, stories)[:, None]
    units[stories.lost(company), stories.lost_from :] *= 1 - stories.lost_share
    inside = company.family == stories.normalised
    units[inside] *= fall(stories)[None, to]
    return np.asarray(units)


def sell(company: Company, stories: Stories, demand: Demand, lag1: Floats, base: list[Floats]) -> Ints:
    """Units sold, shape (pairs, CLOSED).

    Args: lag1: the consensus plan a month before, (pairs, CLOSED), zero where no cycle planned the month;
        base: per effect of the stories the plan it was decided against, (pairs, CLOSED).
    The family's monthly total carries the family's own noise; a pair's noise is that of small numbers.
    """
    rng = generator(company.seed, "actuals")
    mean = expected_sales(company, stories, demand)
    spread = 0.045 + 1 / np.maximum(mean, 0.2)
    drawn = np.where(mean > 0, rng.gamma(1 / spread, np.maximum(mean, 1e-9) * spread), 0.0)
    families = len(FAMILIES)
    wanted = np.stack([np.bincount(company.family, mean[:, t], families) for t in range(CLOSED)], axis=1)
    planned = np.stack([np.bincount(company.family, lag1[:, t], families) for t in range(CLOSED)], axis=1)
    have = np.stack([np.bincount(company.family, drawn[:, t], families) for t in range(CLOSED)], axis=1)
    noise = np.stack([_noise(rng, stories, f, wanted[f], planned[f]) for f in range(families)])
    sold = drawn * (wanted * noise / have)[company.family]
    lost = stories.lost(company)
    _meet(sold, lost, stories.lost_from, CLOSED - 1, (1 - stories.lost_share), lag1)
    for effect, plan in zip(stories.effects, base, strict=True):
        inside = (company.family == effect.family) & (company.region == effect.region)
        _meet(sold, inside, effect.first, effect.last, 1 + effect.lift * effect.came, plan)
    return np.rint(sold).astype(np.int64)


def _meet(sold: Floats, inside: Bools, first: int, last: int, ratio: float, plan: Floats) -> None:
    """Scale a block of sales so that it is `ratio` times its plan: the story's size is then exact."""
    block = np.ix_(inside, np.arange(first, last + 1))
    sold[block] *= ratio * plan[block].sum() / sold[block].sum()


def _noise(
    rng: np.random.Generator, stories: Stories, family: int, wanted: Floats, planned: Floats
) -> Floats:
    """Monthly factors of a family, drawn again until they look like what the story says of the family."""
    kind = kind_of(stories, family)
    seen = slice(FIRST_CYCLE + 1, CLOSED)
    tolerance = TOLERANCE[kind] / 100
    best, least = np.ones(CLOSED), np.inf
    for _ in range(_TRIES):
        noise = np.exp(_NOISE[kind] * rng.standard_normal(CLOSED))
        ratio = (wanted * noise)[seen] / planned[seen]
        faults = _faults(kind, ratio, tolerance)
        if faults < least:
            best, least = noise, faults
        if faults == 0:
            break
    return np.asarray(best)


def _faults(kind: str, ratio: Floats, tolerance: float) -> float:
    """How far a family's actual/plan by month is from what its kind should show; 0 is right."""
    if kind == "normalised":
        return 0.0
    if kind == "other":
        return max(0.0, float(np.abs(_standard(np.log(ratio[:-8]))).max()) - 2.3)
    year, half = ratio[-12:] - 1, ratio[-6:] - 1
    loud = sum(max(0.0, loudness(np.log(ratio), m) - 0.85) for m in (10, 12, 14, 16))
    if kind == "fine":
        return (
            loud
            + float(max(0, (np.abs(ratio - 1) > tolerance).sum() - 1))
            + float((np.abs(year) > 0.97 * tolerance).sum())
        )
    low, high = (year < -tolerance).sum(), (year > tolerance).sum()
    recent = (half < -tolerance).sum(), (half > tolerance).sum()
    out = abs(float(low + high) - 5) > 1
    loud += max(0.0, float(np.abs(ratio - 1).max()) - 0.2)
    return loud + float(out) + float(min(low, high) < 2) + float(min(recent) < 1 or sum(recent) > 3)


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std(ddof=1))


def loudness(values: Floats, baseline: int) -> float:
    """How near a series comes to a signal after its first `baseline` points; 1 is a signal.

    A joint chart of methods.md section 1: EWMA(0.3) with exact limits and Shewhart, limits for the baseline's
    length, interpolated in 1/m.
    """
    first, rest = values[:baseline], values[baseline:]
    if len(rest) == 0:
        return 0.0
    z = (rest - first.mean()) / (first.std(ddof=1) * np.sqrt(1 + 1 / baseline))
    limit = float(np.interp(1 / baseline, [1 / 36, 1 / 24, 1 / 12, 1 / 10], [3.05, 3.20, 3.63, 3.80]))
    smooth, worst = 0.0, 0.0
    for t, value in enumerate(z, start=1):
        smooth = 0.7 * smooth + 0.3 * value
        width = limit * np.sqrt(0.3 / 1.7 * (1 - 0.7 ** (2 * t)))
        worst = max(worst, abs(smooth) / width, abs(value) / limit)
    return float(worst)


def lags(plan: Floats) -> Floats:
    """The plan a month before, (pairs, CLOSED), from all cycles' plans (CYCLES, pairs, HORIZON)."""
    found = np.zeros((plan.shape[1], CLOSED))
    for n in range(CLOSED - FIRST_CYCLE - 1):
        found[:, FIRST_CYCLE + n + 1] = plan[n, :, 0]
    return found
