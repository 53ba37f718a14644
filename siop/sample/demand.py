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
from siop.sample.noise import family_noise, kind_of
from siop.sample.stories import Stories

Bools = NDArray[np.bool_]
_NEWS = 0.004  # sd a month of what nobody could know before
_REBASE = 0.65  # how much of a miss the next cycle takes out of the month after


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
    noise = np.stack([family_noise(rng, stories, f, wanted[f], planned[f]) for f in range(families)])
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


def lags(plan: Floats) -> Floats:
    """The plan a month before, (pairs, CLOSED), from all cycles' plans (CYCLES, pairs, HORIZON)."""
    found = np.zeros((plan.shape[1], CLOSED))
    for n in range(CLOSED - FIRST_CYCLE - 1):
        found[:, FIRST_CYCLE + n + 1] = plan[n, :, 0]
    return found
