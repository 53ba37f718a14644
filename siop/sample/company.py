"""Who the sample company is: products, customers, sites, calendar, and which customer buys which product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siop.core import span
from siop.sample.draw import FIRST, LAST_CLOSED, MONTHS, generator, working_days
from siop.sample.names import CHANNELS, CUSTOMERS, FAMILIES, REGIONS, SITES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
REVENUE = 205e6  # EUR a year, before the seed's say
_SIZE_PRICE = 1.33  # a size up costs a third more
_DISCOUNT = {"Direct": 0.05, "Distributor": 0.09, "OEM": 0.07}
_OLD = -1  # launched before the first month


@dataclass(frozen=True)
class Pairs:
    """A customer and a product it buys; arrays of equal length, sorted by product and customer."""

    sku: Ints  # index into Company.products
    customer: Ints  # index into Company.customers
    units: Floats  # a month at the reference level, before season, trend and life of the product
    start: Ints  # month index of the first purchase, 0 where it was always bought

    def __len__(self) -> int:
        return len(self.sku)


@dataclass(frozen=True)
class Company:
    """The dimension tables and the pairs, with what is needed to index them."""

    seed: int
    products: pd.DataFrame
    customers: pd.DataFrame
    pairs: Pairs
    launch: Ints  # per product: month index of its first sales, below zero where it is old
    end: Ints  # per product: month index of its last sales, beyond the calendar where it stays
    growth: Floats  # per family, a year
    discount: Floats  # per customer

    @property
    def families(self) -> list[str]:
        return [f.name for f in FAMILIES]

    @property
    def family_of_sku(self) -> Ints:
        return np.arange(len(self.products)) // (len(self.products) // len(FAMILIES))

    @property
    def family(self) -> Ints:
        """Family index of each pair."""
        return self.family_of_sku[self.pairs.sku]

    @property
    def region(self) -> Ints:
        """Region index of each pair."""
        return self.customers["region_no"].to_numpy()[self.pairs.customer]

    @property
    def channel(self) -> Ints:
        """Channel index of each pair."""
        return self.customers["channel_no"].to_numpy()[self.pairs.customer]

    @property
    def revenue(self) -> Floats:
        """EUR a month of each pair at the reference level."""
        price = self.products["unit_price"].to_numpy()[self.pairs.sku]
        return np.asarray(self.pairs.units * price * (1 - self.discount[self.pairs.customer]))


def make_company(seed: int) -> Company:
    """Products, customers and pairs of one seed; names stay, numbers move."""
    products, launch, end = _products(generator(seed, "products"))
    customers, size, discount = _customers(generator(seed, "customers"))
    rng = generator(seed, "pairs")
    pairs = _pairs(rng, products, size)
    growth = rng.uniform(-0.005, 0.045, len(FAMILIES))
    company = Company(seed, products, customers, pairs, launch, end, growth, discount)
    return _scaled(company, rng)


def _products(rng: np.random.Generator) -> tuple[pd.DataFrame, Ints, Ints]:
    rows: list[dict[str, Any]] = []
    launch = np.full(len(FAMILIES) * 18, _OLD)
    end = np.full(len(FAMILIES) * 18, 10_000)
    first_launch, last_launch = MONTHS.index("2024-09"), MONTHS.index("2026-05")
    for f, family in enumerate(FAMILIES):
        margin = rng.uniform(0.44, 0.54)
        for n in range(18):
            line, size = divmod(n, 6)
            technology = family.technologies[(line + size // 3) % 2]
            price = (
                family.price * _SIZE_PRICE ** (size - 2.2) * (0.85, 1.0, 1.2)[line] * rng.uniform(0.93, 1.07)
            )
            step = 5.0 if price > 300 else 0.5
            price = max(step, round(price / step) * step)
            rows.append(
                {
                    "sku": f"{family.code}-{line + 1}0{size + 1}",
                    "name": f"{family.lines[line]} {family.sizes[size]} {technology.lower()}",
                    "family": family.name,
                    "category": family.category,
                    "unit": "pcs",
                    "unit_cost": round(price * (1 - margin + rng.uniform(-0.03, 0.03)), 2),
                    "unit_price": price,
                    "line": family.lines[line],
                    "technology": technology,
                }
            )
        new, old = rng.choice([1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15, 16], 2, replace=False) + 18 * f
        launch[new] = rng.integers(first_launch, last_launch)
        end[old] = rng.integers(MONTHS.index("2025-02"), MONTHS.index("2026-08"))
    coming = rng.choice(len(FAMILIES), 2, replace=False) * 18 + 5
    launch[coming] = rng.integers(MONTHS.index("2027-02"), MONTHS.index("2027-07"), 2)
    products = pd.DataFrame(rows)
    months = np.array([*MONTHS, ""])
    products.insert(7, "launch_month", months[np.where(launch == _OLD, len(MONTHS), launch)])
    products.insert(8, "end_month", months[np.minimum(end, len(MONTHS))])
    return products, launch, end


def _customers(rng: np.random.Generator) -> tuple[pd.DataFrame, Floats, Floats]:
    rows = []
    for r, region in enumerate(REGIONS):
        for c, names in enumerate(CUSTOMERS[region]):
            rows += [(name, region, CHANNELS[c], r, c) for name in names]
    frame = pd.DataFrame(rows, columns=["name", "region", "channel", "region_no", "channel_no"])
    frame.insert(0, "customer", [f"C{n + 1:03d}" for n in range(len(frame))])
    size = np.exp(0.5 * rng.standard_normal(len(frame)))
    key = np.zeros(len(frame), dtype=bool)
    key[np.argsort(-size, kind="stable")[:9]] = True
    frame.insert(4, "key_account", np.where(key, "yes", "no"))
    discount = np.array([_DISCOUNT[c] for c in frame["channel"]]) + rng.uniform(-0.015, 0.015, len(frame))
    return frame, size, discount


def _pairs(rng: np.random.Generator, products: pd.DataFrame, size: Floats) -> Pairs:
    """Each customer buys 10 to 16 products; larger ones buy more of them and more of each."""
    n = len(products)
    popular = np.tile(np.array([0.8, 1.2, 1.4, 1.2, 0.9, 0.6]), n // 6) * rng.uniform(0.8, 1.2, n)
    rank = np.argsort(np.argsort(size, kind="stable"), kind="stable") / (len(size) - 1)
    sku, customer = [], []
    for c in range(len(size)):
        count = 10 + round(6 * float(rank[c]))
        chosen = rng.choice(n, count, replace=False, p=popular / popular.sum())
        sku += sorted(chosen)
        customer += [c] * count
    order = np.lexsort((customer, sku))
    skus, customers = np.array(sku)[order], np.array(customer)[order]
    money = size[customers] * popular[skus] * np.exp(0.45 * rng.standard_normal(len(skus)))
    start = np.zeros(len(skus), dtype=np.int64)
    late = rng.choice(len(skus), 14, replace=False)
    start[late] = rng.integers(MONTHS.index("2024-06"), MONTHS.index("2026-06"), len(late))
    return Pairs(skus, customers, money, start)


def _scaled(company: Company, rng: np.random.Generator) -> Company:
    """Units of the pairs such that each family sells its share of the company's revenue."""
    total = REVENUE * rng.uniform(0.92, 1.08) / 12
    share = np.array([f.share for f in FAMILIES]) * rng.uniform(0.9, 1.1, len(FAMILIES))
    price = company.products["unit_price"].to_numpy()[company.pairs.sku]
    money = company.pairs.units
    of_family = np.bincount(company.family, money, len(FAMILIES))
    wanted = total * share / share.sum()
    units = money * (wanted / of_family)[company.family] / price
    pairs = Pairs(company.pairs.sku, company.pairs.customer, units, company.pairs.start)
    return Company(
        company.seed, company.products, company.customers, pairs, company.launch, company.end, company.growth,
        company.discount,
    )  # fmt: skip


def site_of_family() -> Ints:
    """Site index of each family: everything of a family is made and shipped at one site."""
    codes = [s[0] for s in SITES]
    return np.array([codes.index(f.site) for f in FAMILIES])


def site_table() -> pd.DataFrame:
    """sites: site, name, region, kind."""
    return pd.DataFrame(SITES, columns=["site", "name", "region", "kind"])


def calendar_table() -> pd.DataFrame:
    """calendar: calendar months, closed up to the last one with actuals, fiscal year from January."""
    closed = set(span(FIRST, LAST_CLOSED))
    return pd.DataFrame(
        {
            "month": MONTHS,
            "start_date": [f"{m}-01" for m in MONTHS],
            "closed": ["true" if m in closed else "false" for m in MONTHS],
            "working_days": [working_days(m) for m in MONTHS],
            "fiscal_year": [int(m[:4]) for m in MONTHS],
            "fiscal_period": [int(m[5:]) for m in MONTHS],
        }
    )
