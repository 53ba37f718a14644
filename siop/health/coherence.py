"""One plan or several? The identities that a plan must satisfy, and the cells where it does not (field.md N11).

Each identity is one line of arithmetic between numbers that different functions own. A residual is the amount
by which it fails in one cell (family or resource, and month), valued in money. A plan that agrees with itself
scores exactly 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siop.core import add_months
from siop.health.numbers import Floats

COLUMNS = ("identity", "dimension", "item", "month", "residual", "amount", "value")
OWNERS: dict[str, tuple[str, str]] = {
    "balance": ("operations", "sales"),
    "revenue": ("finance", "sales"),
    "load": ("operations", "sales"),
    "customers": ("sales", "sales"),
    "skus": ("sales", "operations"),
    "supply": ("operations", "sales"),
    "year": ("finance", "sales"),
}
SAID: dict[str, str] = {
    "balance": "opening stock + supply - demand is not closing stock",
    "revenue": "finance's revenue is not the plan's quantity at the plan's price",
    "load": "the plan needs more hours than there are",
    "customers": "the customers do not add up to the family",
    "skus": "the SKUs do not add up to the family",
    "supply": "the supply plan was made for another demand",
    "year": "the months do not add up to the year",
}
_EXACT = 1e-9  # of the numbers in the cell: what floating point and the cent may differ by


@dataclass(frozen=True, slots=True)
class Break:
    """One cell where an identity fails: by how much (in its own unit), what that is worth, and whose it is."""

    identity: str
    dimension: str  # what the item is: family, sku, resource
    item: str
    month: str
    residual: float
    money: float
    owners: tuple[str, str]
    cell: str | None = None  # the number at fault, where the pattern of residuals tells it
    carried: bool = False  # the next month fails by the same amount the other way, because of this cell

    @property
    def sentence(self) -> str:
        """What does not fit."""
        return f"{self.item}, {self.month}: {SAID[self.identity]}"


@dataclass(frozen=True, slots=True)
class Coherence:
    """score: 0 to 100, None where no identity could be checked; breaks: largest first.

    broken, value: money of all residuals and of all cells; checked: {identity: cells}.
    """

    score: float | None
    broken: float
    value: float
    checked: dict[str, int]
    breaks: tuple[Break, ...]


def coherence(*identities: pd.DataFrame) -> Coherence:
    """Score = 100 x (1 - sum of |residual| in money / sum of value), not below 0.

    Args: tables of COLUMNS, as the functions below make them: residual in the identity's unit, amount the same
        in money, value the money at stake in the cell.
    Source: field.md N11.
    """
    have = [table for table in identities if len(table)]
    if not have:
        return Coherence(None, 0.0, 0.0, {}, ())
    cells = pd.concat(have, ignore_index=True)
    value, broken = float(cells["value"].sum()), float(cells["amount"].abs().sum())
    checked = {str(k): int(n) for k, n in cells.groupby("identity", sort=False).size().items()}
    if value <= 0:
        return Coherence(None, broken, value, checked, ())
    score = 100.0 if broken == 0 else max(0.0, 100.0 * (1.0 - broken / value))
    return Coherence(score, broken, value, checked, tuple(_breaks(cells[cells["residual"] != 0])))


def balance(cells: pd.DataFrame) -> pd.DataFrame:
    """Opening + supply - demand - closing = 0.

    Args: cells: item, month, opening, supply, demand, closing (units), unit_value (money a unit).
    Rows where any of the four is unknown are not checked.
    """
    have = cells.dropna(subset=["opening", "supply", "demand", "closing"])
    parts = have[["opening", "supply", "demand", "closing"]].to_numpy(dtype=float)
    residual = parts[:, 0] + parts[:, 1] - parts[:, 2] - parts[:, 3]
    return _cells("balance", have, residual, parts, parts[:, 2])


def revenue(cells: pd.DataFrame) -> pd.DataFrame:
    """Quantity x price = finance's revenue.

    Args: cells: item, month, quantity, price, revenue; the residual is in money already.
    """
    have = cells.dropna(subset=["quantity", "price", "revenue"]).assign(unit_value=1.0)
    own = (have["quantity"] * have["price"]).to_numpy(dtype=float)
    told = have["revenue"].to_numpy(dtype=float)
    return _cells("revenue", have, own - told, np.column_stack([own, told]), own)


def load(cells: pd.DataFrame) -> pd.DataFrame:
    """Load <= available hours; only what is above counts.

    Args: cells: item (the resource), month, load, available (hours), unit_value (money an hour).
    """
    have = cells.dropna(subset=["load", "available"])
    need, free = have["load"].to_numpy(dtype=float), have["available"].to_numpy(dtype=float)
    return _cells("load", have, np.maximum(need - free, 0.0), np.column_stack([need, free]), need)


def adds_up(identity: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Parts = whole: the customers or SKUs of a family, the months of a year, a supply plan's demand.

    Args: identity: a key of OWNERS; cells: item, month, parts, whole (one unit), unit_value.
    """
    have = cells.dropna(subset=["parts", "whole"])
    parts, whole = have["parts"].to_numpy(dtype=float), have["whole"].to_numpy(dtype=float)
    return _cells(identity, have, parts - whole, np.column_stack([parts, whole]), whole)


def _cells(identity: str, have: pd.DataFrame, residual: Floats, parts: Floats, size: Floats) -> pd.DataFrame:
    """COLUMNS of an identity; a residual within floating point of its parts is none."""
    near = _EXACT * np.abs(parts).sum(axis=1) if len(parts) else np.zeros(0)
    exact = np.where(np.abs(residual) <= near, 0.0, residual)
    unit = have["unit_value"].fillna(1.0).to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "identity": identity,
            "dimension": have.get("dimension", "resource" if identity == "load" else "family"),
            "item": have["item"].to_numpy(),
            "month": have["month"].to_numpy(),
            "residual": exact,
            "amount": exact * unit,
            "value": np.abs(size) * unit,
        },
        columns=list(COLUMNS),
    )


def _breaks(wrong: pd.DataFrame) -> list[Break]:
    """The breaks, largest first; a wrong closing stock is one break, not one now and one a month later."""
    rows = sorted(wrong.to_dict("records"), key=lambda r: (r["identity"], r["item"], r["month"]))
    found: list[Break] = []
    for r in rows:
        last = found[-1] if found else None
        if (
            last is not None
            and r["identity"] == last.identity == "balance"
            and r["item"] == last.item
            and r["month"] == add_months(last.month, 1)
            and abs(r["residual"] + last.residual) <= 1e-6 * abs(last.residual)
        ):
            found[-1] = replace(last, cell="closing stock", carried=True)
        else:
            found.append(
                Break(
                    r["identity"],
                    r["dimension"],
                    r["item"],
                    r["month"],
                    r["residual"],
                    r["amount"],
                    OWNERS[r["identity"]],
                )
            )
    return sorted(found, key=lambda b: (-abs(b.money), b.identity, b.item, b.month))


def summed(breaks: Sequence[Break]) -> dict[tuple[str, str], float]:
    """Money of the breaks by the two functions that own them, largest first."""
    found: dict[tuple[str, str], float] = {}
    for b in breaks:
        found[b.owners] = found.get(b.owners, 0.0) + abs(b.money)
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))
