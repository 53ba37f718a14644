"""Stock over time: projection, cover, policy levels, shortage, turns. Arrays in, arrays out.

Quantities are (items, months) in one unit per item; days are per month. NaN is unknown and stays unknown.
"""

from __future__ import annotations

import numpy as np

from siop.core import Undefined
from siop.metrics.scores import Numbers


def projected(opening: Numbers, supply: Numbers, demand: Numbers) -> Numbers:
    """Closing stock: opening + supply - demand, month after month; below zero is a shortage.

    Args: opening (items,); supply, demand (items, months). Source: APICS, projected available balance.
    >>> projected(np.array([10.0]), np.array([[5.0, 5.0]]), np.array([[8.0, 20.0]])).tolist()
    [[7.0, -8.0]]
    """
    made: Numbers = opening[:, None] + np.cumsum(supply - demand, axis=1)
    return made


def shortage(opening: Numbers, closing: Numbers) -> Numbers:
    """Demand that neither stock nor supply can serve in its month: how much further stock falls below zero.

    Demand served late counts once, in the month it was due. Args: opening, closing (items, months).
    >>> shortage(np.array([[5.0, -3.0, -7.0]]), np.array([[-3.0, -7.0, 4.0]])).tolist()
    [[3.0, 4.0, 0.0]]
    """
    made: Numbers = np.maximum(np.maximum(-closing, 0.0) - np.maximum(-opening, 0.0), 0.0)
    return np.where(np.isnan(closing) | np.isnan(opening), np.nan, made)


def cover(closing: Numbers, demand: Numbers, days: Numbers) -> tuple[Numbers, Numbers]:
    """(days of supply, days at least) of each month's closing stock against the demand after it.

    Whole months covered count their days, the month that is not covered counts a part. Days of supply is NaN where
    the stock outlasts the known demand (then `at least` says how many days are covered for sure) or where there is no
    demand at all; a stock of zero or below covers 0 days.
    Args: closing, demand (items, months); days (months,).
    >>> found, _ = cover(np.array([[45.0, 0.0]]), np.array([[0.0, 30.0]]), np.array([30.0, 30.0]))
    >>> found.tolist()
    [[nan, 0.0]]
    """
    items, months = closing.shape
    found, least = np.full((items, months), np.nan), np.full((items, months), np.nan)
    for t in range(months):
        left = closing[:, t].copy()
        spent = np.zeros(items)
        done = ~(left > 0)
        any_demand = np.zeros(items, bool)
        result = np.where(np.isnan(left), np.nan, np.where(done, 0.0, np.nan))
        for u in range(t + 1, months):
            wanted = demand[:, u]
            unknown = np.isnan(wanted)
            done = done | (unknown & ~done)
            any_demand |= ~done & (wanted > 0)
            ends = ~done & (wanted > left)
            result[ends] = spent[ends] + left[ends] / wanted[ends] * days[u]
            exact = ~done & (wanted == left) & (wanted > 0)
            result[exact] = spent[exact] + days[u]
            done = done | ends | exact
            spent = np.where(done, spent, spent + days[u])
            left = np.where(done, left, left - wanted)
        found[:, t] = result
        outlasts = np.isnan(result) & any_demand & ~np.isnan(closing[:, t])
        least[outlasts, t] = spent[outlasts]
    return found, least


def level(target_days: Numbers, demand: Numbers, days: Numbers) -> Numbers:
    """The stock at the end of each month that covers `target_days` of the demand after it.

    Beyond the known demand, the mean of the last three known months goes on. NaN where no demand is known or
    the days are. Args: target_days (items,); demand (items, months); days (months,).
    >>> level(np.array([45.0]), np.array([[0.0, 30.0, 60.0]]), np.array([30.0, 30.0, 30.0])).round(1).tolist()
    [[60.0, 75.0, 45.0]]
    """
    items, months = demand.shape
    known = ~np.isnan(demand)
    last = np.array([np.flatnonzero(row)[-1] if row.any() else -1 for row in known])
    usual = np.array(
        [
            demand[i, max(0, last[i] - 2) : last[i] + 1].mean() if last[i] >= 0 else np.nan
            for i in range(items)
        ]
    )
    usual_days = float(np.mean(days)) if len(days) else 30.0
    found = np.full((items, months), np.nan)
    for t in range(months):
        left, total = target_days.copy(), np.zeros(items)
        for u in range(t + 1, months):
            wanted = np.where(known[:, u], demand[:, u], usual)
            part = np.clip(left / days[u], 0.0, 1.0)
            total += part * wanted
            left = np.maximum(left - days[u], 0.0)
        total += left / usual_days * usual
        found[:, t] = total
    return found


def inventory_turns(cost: float, stock_values: Numbers) -> float:
    """Cost of a year over the mean of its stock values. Raises Undefined where the mean is zero or nothing is known.

    Source: SCOR AM.2.2.
    >>> inventory_turns(7_000_000, np.array([375_000.0, 325_000.0]))
    20.0
    """
    known = stock_values[~np.isnan(stock_values)]
    if not len(known) or known.mean() == 0:
        raise Undefined("no stock value: no turns")
    return float(cost / known.mean())
