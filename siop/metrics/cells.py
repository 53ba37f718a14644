"""Plans of several lags beside the actuals and the naive forecast, as arrays over the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siop.core import Scope, add_months, span
from siop.metrics.footing import facts, months_given
from siop.metrics.scores import Numbers
from siop.metrics.source import Source
from siop.warehouse import Snapshot

SEASON = {"month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True, slots=True)
class Frame:
    """What is judged: the slice, the rows' keys, the period, and where sources are known."""

    snapshot: Snapshot
    scope: Scope
    measure: str
    dims: tuple[str, ...]
    period: str
    months: tuple[str, ...]

    @property
    def labels(self) -> dict[str, str]:
        """{month: label of its period}."""
        calendar = self.snapshot.calendar
        return dict(zip(calendar["month"], calendar[self.period].astype(str), strict=True))


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows (dims, period) as arrays: per side its value (0 where it has no row, NaN where unknown) and presence."""

    periods: np.ndarray  # label of each row
    items: np.ndarray  # code of each row's item
    value: dict[str, Numbers]
    here: dict[str, np.ndarray]
    covered: dict[str, set[str]]  # side: labels it has anything for

    def rows(self, sides: Sequence[str], due: set[str]) -> np.ndarray:
        """Rows that count for `sides` against the actuals: in due periods that all of them know, with an actual or a
        plan (a naive forecast alone makes no row), and unknown in none."""
        labels = set.intersection(due, *(self.covered[s] for s in ("actual", *sides)))
        names, codes = np.unique(self.periods, return_inverse=True)
        keep = np.isin(names, list(labels))[codes]
        keep &= np.any([self.here[s] for s in ("actual", *sides) if not s.startswith("naive")], axis=0)
        for side in ("actual", *sides):
            keep &= np.isfinite(self.value[side])
        found: np.ndarray = keep
        return found


def naive_side(lag: int, period: str) -> str:
    """The name of the seasonal naive forecast of a lag: whole seasons back, so that nothing newer than the cycle is used.

    >>> naive_side(1, "month"), naive_side(4, "quarter")
    ('naive 1', 'naive 2')
    """
    return _naive(_seasons(lag, period))


def read_cells(frame: Frame, sides: dict[str, tuple[Source, int]]) -> Cells:
    """The full join of the actuals, the seasonal naive forecasts and every source asked for."""
    season = SEASON[frame.period]
    back = {_seasons(lag, frame.period) for _, lag in sides.values()}
    deepest = max(back, default=1) * 12
    reach = span(add_months(frame.months[0], -deepest), frame.months[-1])
    labels = frame.labels
    ordered = list(dict.fromkeys(labels[m] for m in sorted(labels)))
    position = {label: i for i, label in enumerate(ordered)}
    keys = [*(d for d in frame.dims if d != frame.period), frame.period]
    actual_months = months_given(frame.snapshot, "actual", [m for m in reach if m in labels])
    read = facts(frame.snapshot, "actual", keys, (frame.measure,), frame.scope, actual_months)
    parts = [("actual", read)]
    covered = {"actual": _whole(frame, labels, actual_months)}
    for seasons in sorted(back):
        ahead = seasons * season
        moved = [position.get(label, len(ordered)) + ahead for label in read[frame.period]]
        inside = np.array([p < len(ordered) for p in moved], bool)
        shifted = read[inside].assign(**{frame.period: [ordered[p] for p in moved if p < len(ordered)]})
        parts.append((_naive(seasons), shifted))
        covered[_naive(seasons)] = {
            ordered[position[label] + ahead]
            for label in covered["actual"]
            if position[label] + ahead < len(ordered)
        }
    for side, (source, lag) in sides.items():
        scope = replace(frame.scope, lag=lag)
        given = months_given(frame.snapshot, source, frame.months, lag)
        covered[side] = _whole(frame, labels, given)
        parts.append((side, facts(frame.snapshot, source, keys, (frame.measure,), scope, given)))
    return _joined(parts, keys, frame.measure, covered)


def _whole(frame: Frame, labels: dict[str, str], months: Sequence[str]) -> set[str]:
    """The periods whose every month is among `months`."""
    need: dict[str, int] = {}
    for label in labels.values():
        need[label] = need.get(label, 0) + 1
    have: dict[str, int] = {}
    for month in months:
        if month in labels:
            have[labels[month]] = have.get(labels[month], 0) + 1
    return {label for label, count in have.items() if count == need[label]}


def _joined(
    parts: Sequence[tuple[str, pd.DataFrame]], keys: Sequence[str], measure: str, covered: dict[str, set[str]]
) -> Cells:
    """Factorise the keys once over all sides; then every side is an array over the same rows."""
    lengths = [len(part) for _, part in parts]
    code = np.zeros(sum(lengths), np.int64)
    item = np.zeros(sum(lengths), np.int64)
    names: np.ndarray = np.array([], dtype=object)
    for key in keys:
        column = pd.concat([part[key] for _, part in parts], ignore_index=True)
        codes, values = pd.factorize(column, use_na_sentinel=False)
        if key == keys[-1]:
            names = np.asarray(values, dtype=object)
        else:
            item = item * max(len(values), 1) + codes
        code = code * max(len(values), 1) + codes
    unique, first, place = np.unique(code, return_index=True, return_inverse=True)
    period_codes = code % max(len(names), 1)
    items = np.unique(item[first], return_inverse=True)[1] if len(first) else first
    periods = names[period_codes[first]].astype(str) if len(first) else np.array([], dtype=str)
    value: dict[str, Numbers] = {}
    here: dict[str, np.ndarray] = {}
    start = 0
    for (side, part), length in zip(parts, lengths, strict=True):
        at = place[start : start + length]
        value[side], here[side] = np.zeros(len(unique)), np.zeros(len(unique), bool)
        value[side][at] = part[measure].to_numpy(float)
        here[side][at] = True
        start += length
    return Cells(periods, items, value, here, covered)


def _seasons(lag: int, period: str) -> int:
    return 1 + lag // SEASON[period]


def _naive(seasons: int) -> str:
    return f"naive {seasons}"
