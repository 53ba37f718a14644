"""What closes the gap? Every lever on the year with its gain, and what a mitigation returns for its cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from siop.core import words
from siop.risks.impact import Exposure
from siop.risks.landing import Landing
from siop.risks.picture import Picture
from siop.risks.simulate import column, percentiles, tail_mean

MOST = 12
"""Levers computed: those with the largest expected gain, and every mitigation."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing to do, and what the landing gains, in money of the landing; gains are before the cost.

    what: win (make an opportunity certain), avoid (make a risk impossible), mitigate (as registered); share_of_gap:
    mean gain / (budget - P50), None without a gap; back, back_in_the_tail: (gain - cost) / cost of the mean and of
    the worst tenth, None where it costs nothing.
    """

    item: str
    title: str
    owner: str
    what: str
    text: str | None
    cost: float | None
    mean: float
    p50: float
    tail10: float
    chance: float | None
    share_of_gap: float | None
    back: float | None
    back_in_the_tail: float | None


def levers(seen: Picture, most: int = MOST) -> list[Lever]:
    """Levers on the landing, by expected gain; empty where the landing is not known.

    Each is computed on the same draws with the one item changed, so that gains compare exactly.
    """
    landing, base = seen.landing, seen.base
    if landing is None or base is None:
        return []
    known = {e.id: e for e in seen.simulation.exposures}
    made = [line for line in seen.lines if line.open and line.risk.id in known]
    wanted: list[tuple[float, Exposure, Exposure, str, str | None, float | None]] = []
    for line in made:
        was = known[line.risk.id]
        share = _share(was, base.band.months)
        sure = _sure(was)
        what = "avoid" if was.sign < 0 else "win"
        wanted.append((abs(sure.mean - was.mean) * share, was, sure, what, None, None))
        plan = line.risk.mitigation
        if plan is not None:
            # what a mitigation leaves out stays; sorted, because a smaller high may undercut the likely that stayed
            low, likely, high = sorted(
                was_now if now is None else now
                for was_now, now in ((was.low, plan.low), (was.likely, plan.likely), (was.high, plan.high))
            )
            chance = was.probability if plan.probability is None else plan.probability
            after = replace(was, probability=chance, low=low, likely=likely, high=high)
            wanted.append((float("inf"), was, after, "mitigate", plan.text, plan.cost))
    wanted.sort(key=lambda w: -w[0])
    limit = most + sum(w[3] == "mitigate" for w in wanted)
    titles = {line.risk.id: line.risk for line in made}
    found = []
    for _, was, after, what, text, cost in wanted[:limit]:
        gain = _gain(seen, landing, was, after)
        risk = titles[was.id]
        found.append(Lever(was.id, risk.title, risk.owner, what, text, cost, *gain, *_back(cost, gain)))
    return sorted(found, key=lambda lever: (-lever.mean, lever.item, lever.what))


def gap_covered(seen: Picture) -> float | None:
    """What open opportunities outside of the plan bring on average in the open months / (budget - outlook's P50).

    None without a budget, or where the outlook is not below it (field.md section 3, gap covered).
    """
    if seen.base is None or seen.base.budget is None:
        return None
    gap = seen.base.budget - seen.base.band.landing[1]
    if gap <= 0:
        return None
    months = seen.base.band.months
    return sum(e.mean * _share(e, months) for e in seen.simulation.exposures if e.sign > 0) / gap


def gap_sentence(seen: Picture, currency: str) -> str:
    """How far P50 is from the budget, and the fewest levers whose expected gains close it."""
    landing, base = seen.landing, seen.base
    if landing is None or base is None or landing.budget is None:
        return "There is no budget for the year: no gap to close."
    gap = landing.budget - landing.p50
    if gap <= 0:
        return f"P50 lands {words.amount(-gap, 'money', currency)} above budget: no gap to close."
    gains = [abs(_sure(e).mean - e.mean) * _share(e, base.band.months) for e in seen.simulation.exposures]
    closed = 0.0
    said = f"The gap to budget is {words.amount(gap, 'money', currency)}"
    for count, gain in enumerate(sorted(gains, reverse=True), 1):
        closed += gain
        if closed >= gap:
            largest = "largest lever closes" if count == 1 else words.count(count, "largest lever") + " close"
            return f"{said}; the {largest} it."
    if not closed:
        return f"{said}; no open item can close any of it."
    return f"{said}; all open items together close {words.amount(closed, 'money', currency)} of it."


def _sure(exposure: Exposure) -> Exposure:
    """A risk that cannot happen, an opportunity that must."""
    return replace(exposure, probability=0.0 if exposure.sign < 0 else 1.0)


def _share(exposure: Exposure, months: Sequence[str]) -> float:
    """How much of an item falls into the open months of the year."""
    own = exposure.months
    return sum(m in months for m in own) / len(own)


def _gain(
    seen: Picture, landing: Landing, was: Exposure, after: Exposure
) -> tuple[float, float, float, float | None, float | None]:
    """(mean, P50, worst tenth, chance to reach budget, share of the gap)."""
    simulation, base = seen.simulation, seen.base
    share = _share(was, base.band.months) if base is not None else 0.0
    before, later = (column(e, simulation.rho, simulation.draws, simulation.seed) for e in (was, after))
    sample = landing.sample + (later.astype(np.float64) - before) * share
    mean = float((after.mean - was.mean) * share)
    p50 = percentiles(sample, (0.5,))[0] - landing.p50
    tail = tail_mean(sample, 0.1) - landing.tail10
    if landing.budget is None:
        return mean, p50, tail, None, None
    moved = replace(landing, sample=sample).chance_to_reach_budget
    before_chance = landing.chance_to_reach_budget
    chance = None if moved is None or before_chance is None else moved - before_chance
    gap = landing.budget - landing.p50
    return mean, p50, tail, chance, mean / gap if gap > 0 else None


def _back(
    cost: float | None, gain: tuple[float, float, float, float | None, float | None]
) -> tuple[float | None, float | None]:
    """What a cost returns, of the mean and of the worst tenth."""
    if not cost:
        return None, None
    return (gain[0] - cost) / cost, (gain[2] - cost) / cost
