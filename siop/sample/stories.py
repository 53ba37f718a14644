"""What is hidden in the sample company: which family, slice, function or person, when, and how big.

Chosen from the seed alone; truth.py writes them down with their measured sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siop.core import add_months
from siop.sample.company import Company, Floats
from siop.sample.draw import CLOSED, CURRENT, MONTHS, generator
from siop.sample.names import CHANNELS, FAMILIES, FUNCTIONS, LEADERS, REGIONS, RESOURCES

INPUTS = ("statistical", *FUNCTIONS)
RISK_OWNERS = tuple(
    p.id
    for p in LEADERS
    if p.function in ("Sales", "Marketing", "Finance", "Operations", "Purchasing", "Service")
)


@dataclass(frozen=True, slots=True)
class Effect:
    """A decision that moved the quantity of a family in a region, and the share of its prediction that came."""

    family: int
    region: int
    cycle: int  # month index of the cycle that decided
    first: int
    last: int
    lift: float  # predicted, as a share of the plan it was decided against
    came: float  # realised over predicted


@dataclass(frozen=True)
class Stories:
    """Subjects, times (month indices into MONTHS, both included) and sizes."""

    normalised: int
    onset: int
    miss: Floats  # planned misses of the normalised family from its onset to the last closed month
    noisy: int
    fine: int
    price: int
    price_from: int
    price_change: float
    mix: int
    mix_from: int
    mix_points: float
    plain: tuple[int, int]
    lost_region: int
    lost_channel: int
    lost_from: int
    lost_share: float
    dominant: int  # index into INPUTS
    weights: Floats  # of INPUTS in the consensus
    optimist: str  # person
    favoured: int  # customer
    bottleneck: int  # index into RESOURCES
    bottleneck_month: int
    bottleneck_load: float
    effects: tuple[Effect, ...]  # the first is the one that came at half

    def lost(self, company: Company) -> np.ndarray:
        """Which pairs belong to the lost slice."""
        return np.asarray((company.region == self.lost_region) & (company.channel == self.lost_channel))


def choose(company: Company) -> Stories:
    """Draw the stories of a company. Those that would hide one another get different families and regions."""
    rng = generator(company.seed, "stories")
    normalised, noisy, fine, price, mix, *plain = rng.permutation(len(FAMILIES)).tolist()
    onset = CLOSED - int(rng.integers(9, 11))  # a year of recorded calm lies before it
    region, channel = _slice(company, rng)
    dominant = int(rng.integers(1, len(INPUTS)))
    weights = rng.uniform(0.7, 1.3, len(INPUTS)) * np.array([1.4, 1.0, 1.0, 1.0, 1.0])
    heavy = rng.uniform(0.55, 0.70)
    weights[dominant] = 0.0
    weights *= (1 - heavy) / weights.sum()
    weights[dominant] = heavy
    keys = np.flatnonzero(
        (company.customers["key_account"] == "yes").to_numpy()
        & ~(
            (company.customers["region_no"] == region).to_numpy()
            & (company.customers["channel_no"] == channel).to_numpy()
        )
    )
    return Stories(
        normalised=normalised,
        onset=onset,
        miss=rng.uniform(0.09, 0.13, CLOSED - onset),
        noisy=noisy,
        fine=fine,
        price=price,
        price_from=int(rng.integers(MONTHS.index("2026-01"), MONTHS.index("2026-07"))),
        price_change=float(rng.choice([-1, -1, 1])) * round(rng.uniform(0.035, 0.07), 3),
        mix=mix,
        mix_from=int(rng.integers(MONTHS.index("2026-02"), MONTHS.index("2026-07"))),
        mix_points=round(rng.uniform(0.11, 0.17), 3),
        plain=(plain[0], plain[1]),
        lost_region=region,
        lost_channel=channel,
        lost_from=CLOSED - int(rng.integers(5, 9)),
        lost_share=round(rng.uniform(0.27, 0.43), 3),
        dominant=dominant,
        weights=weights,
        optimist=str(rng.choice(RISK_OWNERS)),
        favoured=int(rng.choice(keys)),
        bottleneck=int(rng.integers(len(RESOURCES))),
        bottleneck_month=MONTHS.index(add_months(CURRENT, int(rng.integers(2, 6)))),
        bottleneck_load=round(rng.uniform(1.10, 1.20), 3),
        effects=_effects(rng, (price, mix, plain[0], plain[1]), region),
    )


def _slice(company: Company, rng: np.random.Generator) -> tuple[int, int]:
    """A region and channel with 4.5 to 9 % of revenue, or the cell nearest to that."""
    cell = company.region * len(CHANNELS) + company.channel
    share = np.bincount(cell, company.revenue, len(REGIONS) * len(CHANNELS)) / company.revenue.sum()
    fit = np.flatnonzero((share >= 0.045) & (share <= 0.09))
    if not len(fit):
        fit = np.array([int(np.argmin(np.abs(share - 0.065)))])
    return divmod(int(rng.choice(fit)), len(CHANNELS))


def _effects(rng: np.random.Generator, families: tuple[int, ...], lost: int) -> tuple[Effect, ...]:
    regions = rng.permutation([r for r in range(len(REGIONS)) if r != lost])
    found = []
    for n, family in enumerate(rng.permutation(np.array(families)).tolist()):
        first = "2025-12" if n == 0 else "2025-03"
        cycle = int(rng.integers(MONTHS.index(first), MONTHS.index("2026-05")))
        found.append(
            Effect(
                family=family,
                region=int(regions[n]),
                cycle=cycle,
                first=cycle + 2,
                last=cycle + 5,
                lift=round(rng.uniform(0.30, 0.42), 2),
                came=round(rng.uniform(0.45, 0.55), 2) if n == 0 else round(rng.uniform(0.88, 1.12), 2),
            )
        )
    return tuple(found)
