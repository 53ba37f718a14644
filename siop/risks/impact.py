"""What one item can do to the result: a chance, a three-point amount, a sign, and the months it falls into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from siop.core import Finding, Refused, is_month, months_between, span

Kind = Literal["risk", "opportunity"]
Shape = Literal["triangular", "pert"]
Floats = NDArray[np.float64]

SIGN: Mapping[str, int] = {"risk": -1, "opportunity": 1}
_GRID = 1025  # points of the PERT distribution function; its linear inverse is off by under 1e-5 of the range


@dataclass(frozen=True, slots=True)
class Exposure:
    """One item as the simulation sees it: X = sign x Bernoulli(probability) x triangular or PERT amount.

    low, likely, high: positive amounts in money; sign: -1 a risk, +1 an opportunity; first, last: months over
    which the amount falls evenly; group: the driver it shares with others, None stands alone.
    Raises: Refused with findings, where a field is out of its range.
    """

    id: str
    sign: int
    probability: float
    low: float
    likely: float
    high: float
    first: str
    last: str
    shape: Shape = "triangular"
    group: str | None = None

    def __post_init__(self) -> None:
        wrong = problems(self.probability, self.low, self.likely, self.high, self.first, self.last)
        if wrong:
            findings = [
                Finding("error", "register", rule, message, fix, column=field, value=value)
                for field, value, rule, message, fix in wrong
            ]
            raise Refused(f"item {self.id}: {wrong[0][3]}; {wrong[0][4]}", findings)

    @property
    def months(self) -> list[str]:
        """The months the amount falls into."""
        return span(self.first, self.last)

    @property
    def amount_mean(self) -> float:
        """Mean of the amount if it happens, unsigned."""
        return amount_mean(self.low, self.likely, self.high, self.shape)

    @property
    def amount_variance(self) -> float:
        """Variance of the amount if it happens."""
        return amount_variance(self.low, self.likely, self.high, self.shape)

    @property
    def mean(self) -> float:
        """Expected value, signed: sign x p x mean amount."""
        return self.sign * self.probability * self.amount_mean

    @property
    def variance(self) -> float:
        """Var(X) = p (var + mean^2) - (p mean)^2 of the amount."""
        mean = self.amount_mean
        return self.probability * (self.amount_variance + mean**2) - (self.probability * mean) ** 2


def problems(
    probability: float, low: float, likely: float, high: float, first: str, last: str
) -> list[tuple[str, str, str, str, str]]:
    """What is wrong with an item's numbers and months: (field, value, rule, message, fix) each; empty is fine."""
    wrong = []
    if not 0 <= probability <= 1:
        wrong.append(
            (
                "probability",
                f"{probability:g}",
                "probability",
                "a probability lies between 0 and 1",
                "write a fraction, for instance 0.3 for 30 %",
            )
        )
    for field, value in (("low", low), ("likely", likely), ("high", high)):
        if not 0 <= value < float("inf"):
            wrong.append(
                (
                    field,
                    f"{value:g}",
                    "amount",
                    "an amount is a positive number",
                    "write the size without a sign: the kind of the item gives the sign",
                )
            )
    if not wrong and not low <= likely <= high:
        wrong.append(
            (
                "likely",
                f"{low:g}, {likely:g}, {high:g}",
                "order",
                "low, likely and high are out of order",
                "write low <= likely <= high",
            )
        )
    for field, month in (("from", first), ("to", last)):
        if not is_month(month):
            wrong.append((field, str(month), "month", "not a month", "write YYYY-MM, for instance 2026-11"))
    if is_month(first) and is_month(last) and months_between(first, last) < 0:
        wrong.append(
            ("to", last, "window", f"the end lies before the start {first}", f"write {first} or later")
        )
    return wrong


def amount_mean(low: float, likely: float, high: float, shape: str = "triangular") -> float:
    """Mean of a triangular, (a+m+b)/3, or PERT, (a+4m+b)/6, amount.

    >>> amount_mean(80, 100, 150), amount_mean(80, 100, 150, "pert")
    (110.0, 105.0)
    """
    return (low + 4 * likely + high) / 6 if shape == "pert" else (low + likely + high) / 3


def amount_variance(low: float, likely: float, high: float, shape: str = "triangular") -> float:
    """Variance of the amount: triangular (a^2+m^2+b^2-ab-am-bm)/18; PERT (mean-a)(b-mean)/7, the beta form.

    >>> round(amount_variance(80, 100, 150) ** 0.5, 4), round(amount_variance(80, 100, 150, "pert") ** 0.5, 4)
    (14.7196, 12.6773)
    """
    if shape == "pert":
        mean = amount_mean(low, likely, high, shape)
        return (mean - low) * (high - mean) / 7
    return ((high - low) ** 2 - (likely - low) * (high - likely)) / 18


def quantile(v: Floats, low: float, likely: float, high: float, shape: str = "triangular") -> Floats:
    """The amount at probabilities `v` in [0, 1] (any shape). A range of zero width is a fixed amount."""
    width = high - low
    if width <= 0:
        return np.full_like(v, low)
    if shape == "pert":
        grid, cdf = _pert_cdf((likely - low) / width)
        return low + width * np.interp(v, cdf, grid)
    rising = (likely - low) / width
    left = low + np.sqrt(v * width * (likely - low))
    right = high - np.sqrt((1 - v) * width * (high - likely))
    return np.where(v < rising, left, right)


@lru_cache(maxsize=512)
def _pert_cdf(mode: float) -> tuple[Floats, Floats]:
    """(x, F(x)) of the standard PERT on [0, 1]: beta(1 + 4 mode, 5 - 4 mode)."""
    grid = np.linspace(0.0, 1.0, _GRID)
    return grid, np.asarray(betainc(1 + 4 * mode, 5 - 4 * mode, grid), dtype=np.float64)
