"""What was made and what lay in stock, what each cycle planned to make, and the hours it needs.

Quantities are tenths of a unit in whole numbers: opening + production - sales = closing holds exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np

from siop.sample.company import Company, Floats, Ints
from siop.sample.demand import Demand
from siop.sample.draw import CLOSED, CYCLES, FIRST_CYCLE, HORIZON, MONTHS, generator, working_days
from siop.sample.names import RESOURCES
from siop.sample.plans import Plans
from siop.sample.stories import Stories

N = TypeVar("N", Floats, Ints)
MIN_DAYS, TARGET_DAYS, MAX_DAYS = 14.0, 34.0, 70.0
_CORRECT = 0.4  # share of a stock gap closed in a month
_SMOOTH = 3  # months whose demand production is levelled over
_BUSIEST = 0.95  # utilisation of a resource in its busiest month, the bottleneck's month apart


@dataclass(frozen=True)
class Supply:
    """Tenths of a unit by product. made, stock: actual (products, CLOSED).

    plan: (cycles, products, HORIZON), from the month after the cycle; plan_stock: (cycles, products, HORIZON + 1),
    from the cycle's own month, whose closing stock is the plan's opening.
    hours: a unit, by resource and product; available: (resources, months).
    """

    made: Ints
    stock: Ints
    plan: Ints
    plan_stock: Ints
    hours: Floats
    available: Floats


def make_supply(company: Company, stories: Stories, demand: Demand, plans: Plans, sold: Ints) -> Supply:
    """Production that follows each cycle's supply plan, stock that follows from it, capacity that fits all but one."""
    rng = generator(company.seed, "supply")
    products = len(company.products)
    sales = 10 * _by_sku(company, sold, products)
    before = np.rint(10 * _by_sku(company, demand.plain[:, : FIRST_CYCLE + 6], products)).astype(np.int64)
    demands = np.stack([_by_sku(company, plans.consensus[n], products) for n in range(CYCLES)])
    made = np.zeros((products, CLOSED), dtype=np.int64)
    stock = np.zeros((products, CLOSED), dtype=np.int64)
    plan = np.zeros((CYCLES, products, HORIZON), dtype=np.int64)
    plan_stock = np.zeros((CYCLES, products, HORIZON + 1), dtype=np.int64)
    opening = _whole(before[:, 0] * TARGET_DAYS / 30 * rng.uniform(0.85, 1.15, products))
    for t in range(CLOSED + 1):
        n = t - FIRST_CYCLE
        wanted = plan[n - 1, :, 0] if n >= 1 else _level(before[:, t : t + 6], opening)[0][:, 0]
        if t < CLOSED:
            done = _whole(wanted * (1 + 0.03 * rng.standard_normal(products)))
            made[:, t] = np.maximum(done, np.maximum(0, sales[:, t] - opening + 10))
            stock[:, t] = opening + made[:, t] - sales[:, t]
        if n >= 0:  # the plan of cycle t: the running month ends as planned the month before
            coming = demands[n - 1, :, 0] if n >= 1 else before[:, t]
            start = np.maximum(0, opening + wanted - coming)
            plan[n], after = _level(demands[n], start)
            plan_stock[n] = np.column_stack([start, after])
        if t < CLOSED:
            opening = stock[:, t]
    hours = _hours(generator(company.seed, "bills"), company)
    available = _available(generator(company.seed, "capacity"), stories, hours, made, plan)
    return Supply(made, stock, plan, plan_stock, hours, available)


def _by_sku(company: Company, values: N, products: int) -> N:
    """Sums of pairs by product."""
    found = np.zeros((products, values.shape[1]), dtype=values.dtype)
    np.add.at(found, company.pairs.sku, values)
    return cast(N, found)


def _whole(tenths: Floats) -> Ints:
    """Whole units, in tenths."""
    return 10 * np.rint(tenths / 10).astype(np.int64)


def _level(demand: Ints, opening: Ints) -> tuple[Ints, Ints]:
    """Production levelled over the coming months and drawn to target stock; and the stock that follows."""
    months = demand.shape[1]
    made = np.empty_like(demand)
    stock = np.empty_like(demand)
    for t in range(months):
        ahead = demand[:, t : t + _SMOOTH].mean(axis=1)
        cover = demand[:, min(t + 1, months - 1) : t + 1 + _SMOOTH].mean(axis=1) * TARGET_DAYS / 30.4
        cover = np.where(cover > 0, cover, 0)
        least = demand[:, t] + 0.5 * cover - opening  # never plan below half of the target
        made[:, t] = _whole(
            np.maximum(0, np.maximum(least, ahead + _CORRECT * (cover + demand[:, t] - ahead - opening)))
        )
        stock[:, t] = opening + made[:, t] - demand[:, t]
        short = np.minimum(stock[:, t], 0)
        made[:, t] -= 10 * (short // 10)
        stock[:, t] -= 10 * (short // 10)
        opening = stock[:, t]
    return made, stock


def _hours(rng: np.random.Generator, company: Company) -> Floats:
    """Hours a unit by resource and product: the family's, or the product's own where the bill is by SKU."""
    products = company.products
    found = np.zeros((len(RESOURCES), len(products)))
    price = products["unit_price"].to_numpy()
    for r, resource in enumerate(RESOURCES):
        for family, hours in resource.hours.items():
            inside = (products["family"] == family).to_numpy()
            each = np.full(inside.sum(), hours * rng.uniform(0.95, 1.05))
            if resource.by_sku:
                each *= (price[inside] / price[inside].mean()) ** 0.35
            found[r, inside] = np.round(each, 3)
    return found


def _available(rng: np.random.Generator, stories: Stories, hours: Floats, made: Ints, plan: Ints) -> Floats:
    """Hours by resource and month: enough for every month but the bottleneck's.

    The bottleneck's month is the planned overhaul: what it leaves is less than the signed and the proposed plan
    need.
    """
    done = hours @ made / 10
    newest, signed = hours @ plan[-1] / 10, hours @ plan[-2] / 10
    days = np.array([working_days(m) for m in MONTHS], dtype=float)
    need = np.zeros((len(hours), len(MONTHS)))
    need[:, :CLOSED] = done
    need[:, CLOSED + 1 :] = newest
    horizon = slice(CLOSED, CLOSED + HORIZON)
    need[:, horizon] = np.maximum(need[:, horizon], signed)
    found = np.empty_like(need)
    for r in range(len(hours)):
        usual = np.ones(len(MONTHS), dtype=bool)
        if r == stories.bottleneck:
            usual[stories.bottleneck_month] = False
        past = np.flatnonzero(usual[:CLOSED])
        coming = CLOSED + np.flatnonzero(usual[CLOSED:])
        rate = (need[r] / days)[coming].max() / _BUSIEST
        found[r] = rate * days
        over = (need[r] / days)[past].max() / 0.97  # what was done was within the hours of its time
        found[r, :CLOSED] = max(rate * 0.97, over) * days[:CLOSED]
    at = stories.bottleneck_month
    needs = newest[stories.bottleneck, at - CLOSED - 1]
    found[stories.bottleneck, at] = needs / stories.bottleneck_load
    found += rng.uniform(0, 0.004, found.shape) * found
    found[stories.bottleneck, at] = needs / stories.bottleneck_load
    return np.round(found, 1)
