"""Rough-cut capacity: what the plan needs of every resource against the hours it has shown it can give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from siop.core import Scope, add_months, span, words
from siop.metrics.cycle import Cycle, cycle_of, first_with
from siop.metrics.footing import facts, months_given, months_said, names_said
from siop.metrics.grain import grains
from siop.metrics.supply import (
    Slice,
    bills,
    capacity,
    constrained,
    family_hours,
    load_rows,
    production,
    slice_of,
)
from siop.warehouse import Snapshot

CAPACITY = "capacity"
FROM_SUPPLY, FROM_DEMAND = "supply plan", "demand"
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Load:
    """table: resource, month, load, available, overtime (NaN unknown); made: version, month, sku, site, quantity,
    constrained, of all products, closed months as made and open ones as planned; covered: months it speaks of; billed: hours a unit and hours given
    are both known."""

    cycle: Cycle
    table: pd.DataFrame
    made: pd.DataFrame
    covered: frozenset[str]
    source: str | None
    notes: tuple[str, ...]
    billed: bool

    @property
    def judged(self) -> bool:
        """Whether any open month has both a load and hours."""
        return bool(len(self._open().dropna(subset=["load", "available"])))

    def rows(self, months: set[str], *, with_month: bool) -> list[dict[str, Any]]:
        """Rows of the report by resource and month, or by resource over `months`."""
        frame = self.table[self.table["month"].isin(months)].copy()
        frame["closed"] = [self.cycle.last is not None and m <= self.cycle.last for m in frame["month"]]
        if not with_month:
            sums = frame.groupby("resource")[["load", "available", "overtime"]].sum(min_count=1)
            frame = sums.reset_index()
        return [
            _row(r, with_month)
            for r in frame.sort_values(["resource", *(["month"] if with_month else [])]).to_dict("records")
        ]

    def first_overload(self) -> dict[str, Any] | None:
        """The first open month in which a resource needs more than its hours and overtime; the worst of that month."""
        frame = self._open().dropna(subset=["load", "available"])
        limit = frame["available"] + frame["overtime"].fillna(0.0)
        over = frame[frame["load"] > limit * (1 + _TINY) + _TINY]
        if over.empty:
            return None
        month = over["month"].min()
        there = over[over["month"] == month].assign(
            share=lambda f: f["load"] / f["available"].where(f["available"] > 0)
        )
        worst = there.sort_values("share", ascending=False, na_position="first").iloc[0]
        share = float(worst["share"])
        return {
            "resource": str(worst["resource"]),
            "month": str(month),
            "utilisation": None if np.isnan(share) else share,
        }

    def _open(self) -> pd.DataFrame:
        last = self.cycle.last
        return self.table if last is None else self.table[self.table["month"] > last]


def load(snapshot: Snapshot, scope: Scope) -> Load:
    """The load of every resource (of the scope's sites) by all products: a resource does not know who looks."""
    plans = cycle_of(snapshot, scope.cycle)
    whole: Load = snapshot.answers.ask(("load", plans.last, plans.consensus), lambda: _whole(snapshot, plans))
    table, notes = whole.table, list(whole.notes)
    part = slice_of(snapshot, scope)
    if part.sites is not None:
        at = snapshot.table("SELECT resource, site FROM resources")
        inside = set(at.loc[at["site"].isna() | at["site"].isin(part.sites), "resource"])
        table = table[table["resource"].isin(inside)]
    if part.skus is not None and whole.billed:
        notes.append("Load is of all products, whatever the scope: a resource has no other hours.")
    return replace(whole, table=table.reset_index(drop=True), notes=tuple(notes))


def _whole(snapshot: Snapshot, plans: Cycle) -> Load:
    """The load of the whole company by the plans of a cycle."""
    everything = slice_of(snapshot, Scope())
    hours, limits = bills(snapshot), capacity(snapshot)
    made = _made(snapshot, everything, plans)
    source: str | None = FROM_SUPPLY if plans.supplies and (made["version"] != "actual").any() else None
    need = load_rows(made, hours)
    covered = set(made["month"])
    wanted = _wanted(snapshot, everything, plans, hours, covered)
    if len(wanted):
        need_rows = pd.concat([need[["resource", "month", "load"]], wanted[["resource", "month", "load"]]])
        if source is None:
            source = FROM_DEMAND
    else:
        need_rows = need[["resource", "month", "load"]]
    covered |= set(wanted["month"])
    table = _table(hours, limits, need_rows, covered)
    room = table.assign(hours=table["available"] + table["overtime"].fillna(0.0)).dropna(subset=["hours"])
    ahead = made["version"] != "actual"
    cut = constrained(made, need, room[["resource", "month", "hours"]])["quantity"]
    made = made.assign(constrained=cut.where(ahead, made["quantity"]))
    demanded = sorted({m for m in wanted["month"] if plans.last is not None and m > plans.last})
    said = _said(plans, source, hours, limits, table, demanded)
    return Load(
        plans, table, made, frozenset(covered), source, tuple(said), billed=bool(len(hours) and len(limits))
    )


def _made(snapshot: Snapshot, everything: Slice, plans: Cycle) -> pd.DataFrame:
    """Production: as made in closed months, as planned by the newest supply plan that has the month in open ones."""
    frame = production(snapshot, everything, ["actual", *plans.supplies])
    last = plans.last or ""
    months = {v: set(frame.loc[frame["version"] == v, "month"]) for v in plans.supplies}
    ahead = sorted({m for have in months.values() for m in have if m > last})
    by_month = first_with(plans.supplies, ahead, lambda v: months[v])
    used = frame["month"].map(by_month)
    keep = ((frame["version"] == "actual") & (frame["month"] <= last)) | (
        (frame["version"] == used) & (frame["month"] > last)
    )
    return frame[keep].reset_index(drop=True)


def _wanted(
    snapshot: Snapshot, everything: Slice, plans: Cycle, hours: pd.DataFrame, covered: set[str]
) -> pd.DataFrame:
    """resource, month, load of demand, for months without production: sales of closed months, the consensus of open ones."""
    none = pd.DataFrame(
        {
            "resource": pd.Series(dtype="str"),
            "month": pd.Series(dtype="str"),
            "load": pd.Series(dtype="float64"),
        }
    )
    if hours.empty or plans.last is None:
        return none
    closed = [m for m in snapshot.closed_months if m <= plans.last and m not in covered]
    parts = [("actual", months_given(snapshot, "actual", closed))]
    end = snapshot.versions.loc[snapshot.versions["version"].isin(plans.consensus), "last_month"].dropna()
    if len(end):
        ahead = [m for m in span(add_months(plans.last, 1), max(end)) if m not in covered]
        by_month = first_with(plans.consensus, ahead, lambda v: set(months_given(snapshot, v, ahead)))
        parts += [(v, [m for m in ahead if by_month.get(m) == v]) for v in plans.consensus]
    found = []
    for version, months in parts:
        if months:
            found.append(_of_demand(snapshot, everything, plans, hours, version, months))
    return pd.concat([none, *found], ignore_index=True) if found else none


def _of_demand(
    snapshot: Snapshot,
    everything: Slice,
    plans: Cycle,
    hours: pd.DataFrame,
    version: str,
    months: Sequence[str],
) -> pd.DataFrame:
    """The hours of one version's demand, at the product where it has it, else at the family by last year's mix."""
    found_at = grains(snapshot, [version], "quantity")
    for level in ("sku", "family"):
        if (
            level not in snapshot.dimensions
            or any(not g.has(snapshot.dimension(level)) for g in found_at)
            or not found_at
        ):
            continue
        wanted = facts(snapshot, version, (level, "month"), ("quantity",), Scope(), months).dropna()
        if level == "sku":
            own = hours.dropna(subset=["sku"])
        else:
            year = [m for m in snapshot.closed_months if plans.last is not None and m <= plans.last][-12:]
            own = family_hours(hours, _sold(snapshot, everything, year))
        joined = wanted.merge(own[["resource", level, "hours"]], on=level)
        return joined.assign(load=joined["quantity"] * joined["hours"])[["resource", "month", "load"]]
    return pd.DataFrame({"resource": [], "month": [], "load": []})


def _sold(snapshot: Snapshot, everything: Slice, months: Sequence[str]) -> pd.DataFrame:
    """sku, family, quantity of every product over some months; zero where none was sold or sales are by family."""
    table = everything.products[["sku", "family"]].assign(quantity=0.0)
    known = grains(snapshot, ["actual"], "quantity")
    if not months or not known or any(g.product != "sku" for g in known):
        return table
    sold = facts(snapshot, "actual", ("sku",), ("quantity",), Scope(), months).set_index("sku")["quantity"]
    return table.assign(quantity=table["sku"].map(sold).fillna(0.0))


def _table(hours: pd.DataFrame, limits: pd.DataFrame, need: pd.DataFrame, covered: set[str]) -> pd.DataFrame:
    """resource, month, load, available, overtime: the load is 0 where a billed resource is not used in a covered month."""
    loads = need.groupby(["resource", "month"])["load"].sum()
    given = limits.dropna(subset=["month"]).set_index(["resource", "month"])
    billed = sorted(set(hours["resource"].dropna()))
    idle = pd.MultiIndex.from_product([billed, sorted(covered)], names=["resource", "month"])
    index = loads.index.union(given.index).union(idle) if len(idle) else loads.index.union(given.index)
    used = loads.reindex(index)
    used = used.where(used.notna() | ~index.isin(idle), 0.0)
    frame = pd.DataFrame(
        {
            "load": used.astype("float64"),
            "available": given["available_hours"].reindex(index).astype("float64"),
            "overtime": given["overtime_hours"].reindex(index).astype("float64"),
        },
        index=index,
    )
    return frame.rename_axis(["resource", "month"]).reset_index()


def _row(record: Mapping[Any, Any], with_month: bool) -> dict[str, Any]:
    def known(name: str) -> float | None:
        return None if pd.isna(record[name]) else float(record[name])

    needed, available = known("load"), known("available")
    row: dict[str, Any] = {"resource": str(record["resource"])}
    if with_month:
        row |= {"month": str(record["month"]), "closed": bool(record["closed"])}
    return row | {
        "load_hours": needed,
        "available_hours": available,
        "overtime_hours": known("overtime"),
        "utilisation": None if needed is None or not available else needed / available,
    }


def _said(
    plans: Cycle, source: str | None, hours: pd.DataFrame, limits: pd.DataFrame, table: pd.DataFrame,
    demanded: Sequence[str],
) -> list[str]:  # fmt: skip
    """demanded: open months whose load is that of demand."""
    notes = []
    if hours.empty or limits.dropna(subset=["month"]).empty:
        absent = [n for n, f in (("bills", hours), ("capacity", limits.dropna(subset=["month"]))) if f.empty]
        notes.append(f"No {' and no '.join(absent)} loaded: load against hours is not known.")
        return notes
    if source == FROM_SUPPLY:
        notes.append(f"Load of open months comes from the supply plan {plans.supplies[0]}.")
        if demanded:
            notes.append(f"It has nothing for {words.listed(demanded[:6])}: there load comes from demand.")
    elif source == FROM_DEMAND:
        of = f" whose parent is {plans.consensus[0]}" if plans.consensus else ""
        notes.append(f"There is no supply plan{of}: load comes from demand.")
    closed = table[(table["available"].fillna(-1.0) == 0) & (table["load"] > 0)]
    for row in closed.head(3).itertuples():
        notes.append(f"{row.resource} has no hours in {row.month} and is loaded: no utilisation.")
    unlimited = table[table["available"].isna() & (table["load"] > 0)]
    if len(unlimited):
        when = months_said(sorted(set(unlimited["month"])))
        notes.append(
            f"{names_said(sorted(set(unlimited['resource'])))}: loaded in months without hours in the capacity table ({when})."
        )
    odd = limits.loc[
        (limits["demonstrated_rate"] <= 0) | (limits["demonstrated_rate"] > 1.5), "resource"
    ].unique()
    if len(odd):
        notes.append(
            f"{', '.join(odd[:3])}: the demonstrated rate is not a fraction of the hours and is left out."
        )
    return notes
