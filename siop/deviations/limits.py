"""The calibrated limits of the joint chart: data in limits.json, made by `python -m benchmarks.detect --write`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

LEAST = 12  # known months a baseline needs
FEWEST = 8  # ... of which so many at least are left when a shift and outliers are taken out of it
MOST = 48  # baseline months used at most: older ones say little about today's plan
FALSE_ALARMS = 0.05  # share of unchanged streams that signal at least once in twelve months
TABLE = Path(__file__).parent / "limits.json"

Floats = npt.NDArray[np.float64]


@cache
def table() -> tuple[Floats, Floats, Floats]:
    """(baseline months, Shewhart limit, EWMA limit), in order of the months; limits in standard deviations."""
    told = json.loads(TABLE.read_text(encoding="utf-8"))
    rows = sorted((int(m), float(s), float(e)) for m, s, e in told["limits"])
    months, shewhart, ewma = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return months, shewhart, ewma


def limits(months: npt.ArrayLike) -> tuple[Floats, Floats]:
    """(Shewhart limit, EWMA limit) for numbers of baseline months, linear in 1/m between the table's entries.

    Args: months: any shape; NaN limits below FEWEST, those of MOST above it.
    >>> [bool(limit > 3) for limit in limits(24)], bool(np.isnan(limits(7)[0]))
    ([True, True], True)
    """
    m = np.asarray(months, dtype=np.float64)
    known, shewhart, ewma = table()
    x = 1 / np.clip(m, FEWEST, MOST)
    order = np.argsort(1 / known)
    enough = m >= FEWEST
    return (
        np.where(enough, np.interp(x, 1 / known[order], shewhart[order]), np.nan),
        np.where(enough, np.interp(x, 1 / known[order], ewma[order]), np.nan),
    )
