"""Plan and actual in standard hours: quantity x the hours a unit takes over all resources of its bill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from siop.core import Report, Scope, words
from siop.metrics.footing import (
    by_name,
    facts,
    filters,
    lacking_note,
    missing_note,
    months_given,
    months_said,
    said,
)
from siop.metrics.grain import closed_periods, grains, labels_of
from siop.metrics.source import Source, months_of, resolve
from siop.metrics.supply import bills
from siop.warehouse import Snapshot

HOURS = "hours"


def hours_a_unit(snapshot: Snapshot) -> pd.Series[float]:
    """{sku: standard hours of one unit}, summed over resources; a product without a bill is absent."""
    own = bills(snapshot).dropna(subset=["sku", "hours"])
    return own.groupby(own["sku"].astype(str))["hours"].sum()


def has_hours(snapshot: Snapshot) -> bool:
    """Whether actuals are by product and month, with quantities, and some product has a bill."""
    found = grains(snapshot, ["actual"], "quantity")
    return (
        bool(found)
        and all(g.product == "sku" and g.period == "month" for g in found)
        and bool(snapshot.tables.get("bills"))
    )


def standard_hours(
    snapshot: Snapshot, scope: Scope, source: Source, by: Sequence[str], months: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Columns `by`, actual, plan in hours, of those of `months` that each of them has; and what has to be said."""
    scope = by_name(snapshot, scope)
    needed = [snapshot.dimension("sku"), *(snapshot.dimension(n) for n in by), *filters(snapshot, scope)]
    hours = hours_a_unit(snapshot)
    notes: list[str] = []
    sides: dict[str, pd.DataFrame] = {}
    names = [snapshot.dimension(n).name for n in by]
    for side, asked in (("actual", "actual"), ("plan", source)):
        given = months_given(snapshot, asked, months, scope.lag)
        found = grains(snapshot, resolve(snapshot, asked, given, scope.lag).names, "quantity")
        lacking = [d for d in needed if any(not g.has(d) for g in found)]
        if lacking:
            notes.append(lacking_note(snapshot, asked, found, lacking))
        elif not given and side == "plan":
            notes.append(f"{said(asked)} has nothing in {months_said(months)}.")
        elif given and not found:
            notes.append(f"{said(asked)} {'carry' if side == 'actual' else 'carries'} no quantity: no hours.")
        if lacking or not found or not given:
            continue
        keys = list(dict.fromkeys([*names, "sku"]))
        table = facts(snapshot, asked, keys, ("quantity",), scope, given)
        unbilled = sorted(set(table["sku"].dropna().astype(str)) - set(hours.index))
        if unbilled:
            notes.append(
                f"{words.count(len(unbilled), 'product').capitalize()} without a bill: no hours, left out."
            )
        sides[side] = table.assign(**{side: table["quantity"] * table["sku"].map(hours)})
    merged = pd.DataFrame(
        {n: pd.Series(dtype="str") for n in names}
        | {"actual": pd.Series(dtype=float), "plan": pd.Series(dtype=float)}
    )
    sums = [_sum(frame, names, side) for side, frame in sides.items()]
    if sums:
        merged = sums[0] if len(sums) == 1 else _joined(sums, names)
    for side in ("actual", "plan"):
        if side not in merged:
            merged[side] = float("nan")
    return merged, list(dict.fromkeys(notes))


def _sum(frame: pd.DataFrame, names: Sequence[str], side: str) -> pd.DataFrame:
    if not names:
        return pd.DataFrame({side: [frame[side].sum(min_count=1)]})
    return frame.groupby(list(names), dropna=False)[[side]].sum(min_count=1).reset_index()


def _joined(sums: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    if not names:
        return pd.concat(sums, axis=1)
    return sums[0].merge(sums[1], on=list(names), how="outer")


def hours_report(snapshot: Snapshot, scope: Scope, by: Sequence[str], source: Source, numbers: Any) -> Report:
    """`report plan-vs-actual --measure hours`. numbers: the function that makes a row of (actual, plan).

    As for any measure: an open month has its plan and no deviation, rows without time and totals are of due months, and
    where none is due the plan stands alone.
    """
    dims = [snapshot.dimension(n) for n in by]
    names = [d.name for d in dims]
    months = months_of(snapshot, scope)
    due, open_ = closed_periods(snapshot, months, "month")
    counted = due or months
    timed = [d.name for d in dims if d.side == "time"]
    frame, notes = standard_hours(snapshot, scope, source, by, months if timed else counted)
    total, _ = standard_hours(snapshot, scope, source, (), counted)
    if not months:
        notes = ["No month is closed yet: there is nothing to compare."]
    elif open_:
        end = "and left out of the totals" if due else "and nothing to compare with"
        notes.append(f"{months_said(open_)}: open, so not due; no deviation, {end}.")
    pairs = resolve(snapshot, source, counted, scope.lag)
    if pairs.versions and pairs.missing:
        notes.append(f"{missing_note(source, pairs.missing)}.")
    waiting = {(name, labels_of(snapshot, name).get(m)) for name in timed for m in open_}
    rows = []
    for r in frame.to_dict("records") if names else []:
        keys = {n: None if pd.isna(r[n]) else str(r[n]) for n in names}
        told = numbers(r["actual"], r["plan"])
        if any((n, keys[n]) in waiting for n in timed):
            told |= {"deviation": None, "deviation_ratio": None, "attainment": None}
        if told["actual"] is not None or told["plan"] is not None:
            rows.append(keys | told)
    row = total.iloc[0] if len(total) else {"actual": None, "plan": None}
    totals = {
        **numbers(row["actual"], row["plan"]), "measure": HOURS, "versions": [],
        "from": months[0] if months else None, "to": months[-1] if months else None,
    }  # fmt: skip
    if not rows and totals["actual"] is None and totals["plan"] is None:
        notes.append("There are no rows in this scope.")
    return Report(
        "plan-vs-actual",
        snapshot.id,
        snapshot.as_of,
        scope.as_dict(),
        rows,
        totals,
        None,
        list(dict.fromkeys(notes)),
    )
