"""Order lines of the last months: what was delivered is what was sold, and what is still to come is open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siop.sample.company import Company, Floats, Ints
from siop.sample.draw import CLOSED, HOLIDAYS, MONTHS, generator
from siop.sample.plans import Plans

MONTHS_BACK = 18
_LATE, _SHORT = 0.085, 0.045  # of lines
_SPLIT = 40  # units from which a month's sales may come in two lines


def order_lines(company: Company, plans: Plans, sold: Ints) -> pd.DataFrame:
    """orders: order, line, sku, customer, ordered_quantity, requested_date, promised_date, delivered_*.

    The delivered quantities of a month, product and customer sum to its sales exactly.
    """
    rng = generator(company.seed, "orders")
    first = CLOSED - MONTHS_BACK
    pair, month = np.nonzero(sold[:, first:])
    units = sold[pair, month + first]
    pair, month, units = _split(rng, pair, month + first, units)
    delivered = _day_in(rng, month)
    late = np.where(
        rng.random(len(pair)) < _LATE, rng.integers(1, 12, len(pair)), -rng.integers(0, 4, len(pair))
    )
    requested = np.busday_offset(delivered, -late, roll="backward", holidays=HOLIDAYS)
    ordered = np.where(
        rng.random(len(pair)) < _SHORT, np.ceil(units * rng.uniform(1.04, 1.3, len(pair))), units
    )
    slack = np.where((late > 0) & (rng.random(len(pair)) < 0.45), late, rng.integers(0, 2, len(pair)))
    promised = np.busday_offset(requested, np.maximum(slack, 0), roll="forward", holidays=HOLIDAYS)
    done = pd.DataFrame(
        {
            "pair": pair, "month": month, "ordered_quantity": ordered.astype(np.int64), "requested_date": requested,
            "promised_date": promised, "delivered_quantity": units, "delivered_date": delivered,
        }
    )  # fmt: skip
    lines = pd.concat([done, _open(rng, plans)], ignore_index=True)
    return _numbered(rng, company, lines)


def _split(rng: np.random.Generator, pair: Ints, month: Ints, units: Ints) -> tuple[Ints, Ints, Ints]:
    twice = (units >= _SPLIT) & (rng.random(len(units)) < 0.3)
    part = (units * rng.uniform(0.3, 0.7, len(units))).astype(np.int64)
    first = np.where(twice, part, units)
    return (
        np.concatenate([pair, pair[twice]]),
        np.concatenate([month, month[twice]]),
        np.concatenate([first, (units - part)[twice]]),
    )


def _day_in(rng: np.random.Generator, month: Ints) -> np.ndarray:
    """A working day of each month."""
    starts = np.array([*MONTHS, "2028-06"], dtype="datetime64[M]").astype("datetime64[D]")
    length = np.busday_count(starts[:-1], starts[1:], holidays=HOLIDAYS)
    n = (rng.random(len(month)) * length[month]).astype(np.int64)
    return np.asarray(np.busday_offset(starts[month], n, roll="forward", holidays=HOLIDAYS))


def _open(rng: np.random.Generator, plans: Plans) -> pd.DataFrame:
    """Orders in hand: most of the running month, less of the two after it, and a few overdue ones."""
    rows = []
    signed: Floats = plans.units(len(plans.consensus) - 2)
    for ahead, share in ((0, 0.55), (1, 0.35), (2, 0.15)):
        units = np.rint(signed[:, ahead] * rng.uniform(0.5, 1.1, len(signed))).astype(np.int64)
        chosen = np.flatnonzero((units > 0) & (rng.random(len(units)) < share))
        requested = _day_in(rng, np.full(len(chosen), CLOSED + ahead))
        if ahead == 0:
            overdue = rng.random(len(chosen)) < 0.08
            back = np.busday_offset(f"{MONTHS[CLOSED]}-01", -1 - rng.integers(0, 6, len(chosen)), roll="forward",
                                    holidays=HOLIDAYS)  # fmt: skip
            requested = np.where(overdue, back, requested)
        promised = np.busday_offset(
            requested, rng.integers(0, 3, len(chosen)), roll="forward", holidays=HOLIDAYS
        )
        soonest = np.datetime64(f"{MONTHS[CLOSED]}-25")
        rows.append(
            pd.DataFrame(
                {
                    "pair": chosen, "month": CLOSED + ahead, "ordered_quantity": units[chosen],
                    "requested_date": requested, "promised_date": np.maximum(promised, soonest),
                }
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _numbered(rng: np.random.Generator, company: Company, lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of a customer, month and half-month share an order number."""
    pairs = company.pairs
    lines = lines.assign(
        customer_no=pairs.customer[lines["pair"]], sku_no=pairs.sku[lines["pair"]],
        half=rng.integers(0, 2, len(lines)),
    ).sort_values(["month", "half", "customer_no", "sku_no", "requested_date"], kind="stable")  # fmt: skip
    group = lines.groupby(["month", "half", "customer_no"], sort=True)
    lines["order"] = [f"SO{40001 + n}" for n in group.ngroup()]
    lines["line"] = 10 * (group.cumcount() + 1)
    lines["sku"] = company.products["sku"].to_numpy()[lines["sku_no"]]
    lines["customer"] = company.customers["customer"].to_numpy()[lines["customer_no"]]
    for column in ("requested_date", "promised_date", "delivered_date"):
        lines[column] = pd.to_datetime(lines[column]).dt.strftime("%Y-%m-%d")
    lines["delivered_quantity"] = lines["delivered_quantity"].astype("Int64")
    return lines[
        ["order", "line", "sku", "customer", "ordered_quantity", "requested_date", "promised_date",
         "delivered_quantity", "delivered_date"]
    ].reset_index(drop=True)  # fmt: skip
