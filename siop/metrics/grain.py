"""How fine rows are, and which periods are whole: what plan and actual can be compared by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from siop.core import month_number
from siop.warehouse import Dimension, Snapshot

PERIODS = ("month", "quarter", "year")
KEYS = {"product": ("sku", "family"), "customer": ("customer", "region"), "site": ("site", None)}


@dataclass(frozen=True, slots=True)
class Grain:
    """How fine rows are. period: month, quarter, year; product: sku, family, none; customer and site likewise."""

    period: str
    product: str
    customer: str
    site: str

    def has(self, dimension: Dimension) -> bool:
        """Whether rows of this grain have a value of the dimension."""
        if dimension.side == "time":
            return PERIODS.index(dimension.name) >= PERIODS.index(self.period)
        level = getattr(self, dimension.side)
        key, parent = KEYS[dimension.side]
        return bool(
            level == key or (level == parent and (dimension.level == "parent" or dimension.of_parent))
        )

    def said(self, labels: dict[str, str]) -> str:
        """The grain in words: family, region, quarter."""
        keys = [k for k in (self.product, self.customer, self.site) if k != "none"]
        return ", ".join([*(labels.get(k, k) for k in keys), self.period])


def coarsest(grains: Iterable[Grain]) -> Grain:
    """The finest grain that all of `grains` have."""
    found = list(grains) or [Grain("month", "sku", "customer", "site")]
    order = {"sku": 0, "customer": 0, "site": 0, "family": 1, "region": 1, "none": 2}

    def worst(side: str) -> str:
        return str(max((getattr(g, side) for g in found), key=lambda level: order[level]))

    period = max((g.period for g in found), key=PERIODS.index)
    return Grain(period, worst("product"), worst("customer"), worst("site"))


def grains(snapshot: Snapshot, versions: Sequence[str], measure: str) -> list[Grain]:
    """The grains in which versions (or "actual") give a measure."""
    kept: dict[tuple[tuple[str, ...], str], list[Grain]] = snapshot.__dict__.setdefault("_grains", {})
    key = (tuple(versions), measure)
    if key not in kept:
        catalogue = _grain_table(snapshot)
        wanted = catalogue[catalogue["version"].isin(key[0]) & (catalogue[measure] > 0)]
        parts = wanted[["period", "product", "customer", "site"]].drop_duplicates()
        kept[key] = [Grain(*(str(level) for level in row)) for row in parts.itertuples(index=False)]
    return kept[key]


def _grain_table(snapshot: Snapshot) -> pd.DataFrame:
    """version (or actual), period, product, customer, site and how many rows give each measure; kept per snapshot."""
    kept: pd.DataFrame | None = snapshot.__dict__.get("_grain_table")
    if kept is None:
        kept = snapshot.table(
            "SELECT b.version, g.period, g.product, g.customer, g.site, count(b.quantity) AS quantity,"
            " count(b.revenue) AS revenue, count(b.cost) AS cost, count(b.margin) AS margin"
            " FROM cube b JOIN grains g USING (grain) GROUP BY ALL"
        )
        snapshot.__dict__["_grain_table"] = kept
    return kept


def plan_periods(snapshot: Snapshot, version: str) -> str:
    """month, quarter or year: the coarsest period in which a version gives rows."""
    kept: dict[str, str] | None = snapshot.__dict__.get("_plan_periods")
    if kept is None:
        table = _grain_table(snapshot)
        in_order = sorted(
            zip(table["version"], table["period"], strict=True), key=lambda p: PERIODS.index(p[1])
        )
        kept = {str(name): str(period) for name, period in in_order}
        snapshot.__dict__["_plan_periods"] = kept
    return kept.get(version, "month")


def period_number(month: str, period: str, fiscal_year_start: int) -> int:
    """Which period of its kind a month lies in, counted so that differences count periods of the fiscal year."""
    length = {"month": 1, "quarter": 3, "year": 12}[period]
    return (month_number(month) - (fiscal_year_start - 1)) // length


def _periods(snapshot: Snapshot, period: str) -> dict[str, tuple[frozenset[str], bool]]:
    """{label: (its months, whether all are closed)} in order; kept per snapshot."""
    kept: dict[str, dict[str, tuple[frozenset[str], bool]]] = snapshot.__dict__.setdefault("_periods", {})
    if period not in kept:
        kept[period] = {
            str(label): (frozenset(rows["month"]), bool(rows["closed"].all()))
            for label, rows in snapshot.calendar.groupby(period, sort=True)
        }
    return kept[period]


def labels_of(snapshot: Snapshot, period: str) -> dict[str, str]:
    """{month: the label of its month, quarter or year}; kept per snapshot."""
    kept: dict[str, dict[str, str]] = snapshot.__dict__.setdefault("_labels", {})
    if period not in kept:
        calendar = snapshot.calendar
        kept[period] = dict(zip(calendar["month"].astype(str), calendar[period].astype(str), strict=True))
    return kept[period]


def closed_periods(snapshot: Snapshot, months: Sequence[str], period: str) -> tuple[list[str], list[str]]:
    """(labels of periods wholly closed and wholly inside `months`, labels of those that are not)."""
    inside = set(months)
    due: list[str] = []
    not_due: list[str] = []
    for label, (members_of, closed) in _periods(snapshot, period).items():
        if inside & members_of:
            (due if closed and members_of <= inside else not_due).append(label)
    unknown = inside - set(labels_of(snapshot, "month"))
    if period == "month":
        not_due += sorted(unknown)
    return due, not_due
