"""Budgets, the inputs of five functions, and the consensus they are blended into, cycle by cycle.

Quantities of plans are tenths of a unit, kept as whole numbers so that sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siop.sample.company import Company, Floats, Ints
from siop.sample.demand import Demand, known
from siop.sample.draw import CYCLE_MONTHS, CYCLES, FIRST_CYCLE, HORIZON, MONTHS, generator
from siop.sample.names import FAMILIES, REGIONS
from siop.sample.noise import kind_of
from siop.sample.stories import INPUTS, Stories

BUDGETS = ("2025", "2026")
YEARLY = 0.02  # list prices rise every January
INFLATION = 0.015  # of unit cost, a year
_JITTER, _LEVEL = 0.6**0.5, 0.4**0.5  # of a function's error: by month, and of the whole cycle
_STICKS = 0.7  # how much of its view of a month a function keeps from cycle to cycle
_FAMILY, _REGION = 0.8**0.5, 0.2**0.5
_CALM = {"fine": 0.4, "noisy": 0.7, "normalised": 0.35, "other": 1.0}


@dataclass(frozen=True)
class Plans:
    """consensus: tenths (cycles, pairs, HORIZON); inputs: units (cycles, inputs, families, regions, HORIZON).

    price: what the consensus of a cycle takes a unit to bring, (cycles, pairs, HORIZON).
    budget: tenths, and its price, (years, pairs, 12).
    """

    consensus: Ints
    price: Floats
    inputs: Floats
    budget: Ints
    budget_price: Floats

    def units(self, n: int) -> Floats:
        """Consensus units of cycle n."""
        return np.asarray(self.consensus[n] / 10)

    def against(self, cycle: int, closed: int) -> Floats:
        """The plan of the cycle at month index `cycle`, laid out over closed months."""
        found = np.zeros((self.consensus.shape[1], max(closed, cycle + 1 + HORIZON)))
        found[:, cycle + 1 : cycle + 1 + HORIZON] = self.units(cycle - FIRST_CYCLE)
        return found[:, :closed]


def list_price(company: Company, months: Ints) -> Floats:
    """Net price of each pair by month, shape (pairs, len(months)): list price of the year less discount."""
    year = np.array([int(MONTHS[m][:4]) for m in months])
    price = company.products["unit_price"].to_numpy()[company.pairs.sku]
    net = price * (1 - company.discount[company.pairs.customer])
    return np.asarray(net[:, None] * (1 + YEARLY) ** (year[None, :] - 2026))


def cost(company: Company, months: Ints) -> Floats:
    """Unit cost of each pair by month, shape (pairs, len(months))."""
    year = np.array([int(MONTHS[m][:4]) for m in months])
    unit = company.products["unit_cost"].to_numpy()[company.pairs.sku]
    return np.asarray(unit[:, None] * (1 + INFLATION) ** (year[None, :] - 2026))


def make_plans(company: Company, stories: Stories, demand: Demand) -> Plans:
    """All versions of all cycles."""
    inputs_error = _errors(generator(company.seed, "inputs"), stories)
    rng = generator(company.seed, "consensus")
    families, regions = len(FAMILIES), len(REGIONS)
    cell = company.family * regions + company.region
    lean = 0.05 * rng.standard_normal(len(company.pairs))
    consensus = np.empty((CYCLES, len(company.pairs), HORIZON), dtype=np.int64)
    price = np.empty(consensus.shape)
    inputs = np.empty((CYCLES, len(INPUTS), families, regions, HORIZON))
    for n in range(CYCLES):
        cycle = FIRST_CYCLE + n
        expected = known(company, stories, demand, cycle)
        total = _sums(cell, expected, families * regions).reshape(families, regions, HORIZON)
        inputs[n] = total[None] * (1 + inputs_error[n])
        blended = np.tensordot(stories.weights, inputs[n], axes=1)
        blended *= 1 + 0.003 * rng.standard_normal(blended.shape)
        split = expected * np.exp(lean + 0.03 * rng.standard_normal(len(lean)))[:, None]
        whole = _sums(cell, split, families * regions)
        ratio = blended.reshape(-1, HORIZON) / np.maximum(whole, 1e-9)
        consensus[n] = np.rint(10 * split * ratio[cell])
        months = np.arange(cycle + 1, cycle + 1 + HORIZON)
        price[n] = list_price(company, months)
        if cycle >= stories.price_from:
            price[n][company.family == stories.price] *= 1 + stories.price_change
    budget, budget_price = _budgets(company, stories, demand)
    return Plans(consensus, price, inputs, budget, budget_price)


def _sums(cell: Ints, values: Floats, cells: int) -> Floats:
    """Sums of rows by cell, shape (cells, columns)."""
    found = np.zeros((cells, values.shape[1]))
    np.add.at(found, cell, values)
    return found


def _errors(rng: np.random.Generator, stories: Stories) -> Floats:
    """Relative errors of the functions' inputs, shape (cycles, inputs, families, regions, HORIZON).

    A function keeps part of its view of a month from cycle to cycle, and sees near months with the mood of the
    cycle. The dominant function leans to one side and is the least accurate.
    """
    k, families, regions = len(INPUTS), len(FAMILIES), len(REGIONS)
    sd = np.full(k, 0.044) * rng.uniform(0.92, 1.08, k)
    sd[0] = 0.040
    bias = rng.uniform(-0.012, 0.008, k)
    bias[0] = 0.0
    sd[stories.dominant] = rng.uniform(0.056, 0.062)
    up = INPUTS[stories.dominant] in ("Sales", "Marketing")
    bias[stories.dominant] = rng.uniform(0.030, 0.040) * (1 if up else -1)
    calm = np.array([_CALM[kind_of(stories, f)] for f in range(families)])
    last = FIRST_CYCLE + CYCLES + HORIZON

    def drawn(*shape: int) -> Floats:
        """Standard normal by family and region, mostly of the family."""
        of_family = rng.standard_normal((*shape[:1], families, 1, *shape[1:]))
        of_region = rng.standard_normal((*shape[:1], families, regions, *shape[1:]))
        return np.asarray(_FAMILY * of_family + _REGION * of_region)

    view = drawn(k, last)
    found = np.empty((CYCLES, k, families, regions, HORIZON))
    fading = np.exp(-np.arange(HORIZON) / 6)
    for n in range(CYCLES):
        view = _STICKS * view + (1 - _STICKS**2) ** 0.5 * drawn(k, last)
        ahead = view[..., FIRST_CYCLE + n + 1 : FIRST_CYCLE + n + 1 + HORIZON]
        mood = drawn(k)[..., None] * fading
        error = sd[:, None, None, None] * (_JITTER * ahead + _LEVEL * mood) + bias[:, None, None, None]
        found[n] = error * calm[None, :, None, None]
    return found


def _budgets(company: Company, stories: Stories, demand: Demand) -> tuple[Ints, Floats]:
    """Made in November for the year after: no story of that year is in them, a little caution is."""
    rng = generator(company.seed, "budget")
    pairs = len(company.pairs)
    units = np.empty((len(BUDGETS), pairs, 12), dtype=np.int64)
    price = np.empty((len(BUDGETS), pairs, 12))
    for n, year in enumerate(BUDGETS):
        months = np.arange(MONTHS.index(f"{year}-01"), MONTHS.index(f"{year}-12") + 1)
        made = int(months[0]) - 2
        known_news = demand.news[company.family, made - 1][:, None]
        expected = demand.plain[:, months] * known_news * (company.pairs.start <= made)[:, None]
        family = 1 + 0.010 * rng.standard_normal(len(FAMILIES)) - 0.015
        region = 1 + 0.008 * rng.standard_normal((len(FAMILIES), len(REGIONS)))
        pair = np.exp(0.04 * rng.standard_normal(pairs))
        wrong = family[company.family] * region[company.family, company.region] * pair
        units[n] = np.rint(10 * expected * wrong[:, None])
        price[n] = list_price(company, months)
    return units, price


def cycle_name(month: str) -> str:
    """The consensus plan of a cycle."""
    return f"{month} C"


def supply_name(month: str) -> str:
    """The supply plan of a cycle."""
    return f"{month} S"


def input_name(month: str, function: str) -> str:
    """A function's input of a cycle."""
    return f"{month} {function}"


def budget_name(year: str) -> str:
    """The budget of a year."""
    return f"Budget {year}"


def cycle_number(month: str) -> int:
    """Position of a cycle in the arrays."""
    return CYCLE_MONTHS.index(month)
