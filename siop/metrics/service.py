"""Do customers get what they asked for, when they asked for it? Order lines due, on time, in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from siop.core import NotFound, Report, Scope, words
from siop.metrics.compare import unknown_values
from siop.metrics.footing import by_name, statement
from siop.metrics.source import months_of
from siop.metrics.supply import slice_of, without_time
from siop.warehouse import Dimension, Snapshot

Basis = Literal["requested", "promised"]
RATES = ("on_time", "in_full", "otif", "fill_rate")


@dataclass(frozen=True, slots=True)
class _Given:
    """Which columns of delivery the company hands over at all: without any delivered quantity, full is unknown."""

    quantities: bool
    dates: bool


def service(
    snapshot: Snapshot, scope: Scope, *, basis: Basis = "requested", by: Sequence[str] = ()
) -> Report:
    """Service of the order lines due in the closed months of a scope.

    Args: basis: the date that counts, requested or (first) promised; by: product, customer or time dimensions, time
        by the due date in the company's calendar.
    Returns: rows and totals {lines_due, on_time, in_full, otif, fill_rate}. A line that is not delivered is neither on
        time nor in full; lines are counted when due, not when shipped. in_full: delivered at least what was ordered;
        fill_rate: sum of min(delivered by the date, ordered) / sum of ordered. in_full, otif and fill_rate are None
        without delivered quantities, all rates without delivery dates. Counts are summed first, then divided.
    Raises: NotFound for an unknown dimension, basis, or one that order lines do not have.
    Source: McKinsey and Trading Partner Alliance (2019): there is no standard OTIF, so the basis is declared.
    """
    if basis not in ("requested", "promised"):
        raise NotFound(f"no date basis {basis!r}; known are requested and promised")
    scope = by_name(snapshot, scope)
    dims = [snapshot.dimension(n) for n in by]
    notes = unknown_values(snapshot, scope)
    wrong = [
        d
        for d in (*dims, *(snapshot.dimension(n) for n, _ in (*scope.where, *scope.only)))
        if d.side == "site"
    ]
    if wrong:
        raise NotFound(f"order lines have no {snapshot.labels.get(wrong[0].name, wrong[0].name)}")
    given = _given(snapshot)
    lines = _lines(snapshot, scope, basis, notes)
    judged = _judged(lines, given, notes)
    names = [d.name for d in dims]
    rows: list[dict[str, Any]] = []
    if names:
        table = _with_dimensions(snapshot, judged, dims)
        for key, part in table.groupby(names, dropna=False, sort=True):
            values: tuple[Any, ...] = key if isinstance(key, tuple) else (key,)
            rows.append(
                {
                    **{n: None if pd.isna(v) else str(v) for n, v in zip(names, values, strict=True)},
                    **_rates(part, given),
                }
            )
    totals = _rates(judged, given)
    if not names and totals["lines_due"]:
        rows = [dict(totals)]
    if not snapshot.tables.get("orders"):
        notes.append("No orders are loaded: service needs order lines with their dates.")
    elif not totals["lines_due"]:
        notes.append("No order line is due in this scope.")
    else:
        notes += _unknown(given)
    months = months_of(snapshot, scope)
    return Report(
        report="service",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=scope.as_dict(),
        rows=rows,
        totals={
            **totals,
            "basis": basis,
            "from": months[0] if months else None,
            "to": months[-1] if months else None,
        },
        coverage=None,
        notes=list(dict.fromkeys(notes)),
    )


def service_sentence(totals: dict[str, Any]) -> str:
    """The headline, from the totals, with the basis of the date.

    >>> service_sentence({"lines_due": 31729, "on_time": 0.5903, "in_full": 0.5278, "otif": 0.2902, "basis": "requested"})
    '29.0\\xa0% of 31,729 order lines came on time and in full by the requested date; 59.0\\xa0% on time, 52.8\\xa0% in full.'
    """
    due = totals["lines_due"]
    lines = words.count(due, "order line")
    if not due:
        return f"No order line is due by its {totals['basis']} date in this scope."
    if totals["otif"] is None:
        if totals["on_time"] is None:
            return f"{lines.capitalize()} due by the {totals['basis']} date; deliveries are not known."
        return f"{words.percent(totals['on_time'])} of {lines} came by the {totals['basis']} date; whether in full is not known."
    return (
        f"{words.percent(totals['otif'])} of {lines} came on time and in full by the {totals['basis']} date;"
        f" {words.percent(totals['on_time'])} on time, {words.percent(totals['in_full'])} in full."
    )


def judge(lines: pd.DataFrame) -> pd.DataFrame:
    """Each line judged: on_time, in_full, otif, filled (units by the date), as floats, NaN where unknown.

    Args: lines: due, delivered_on (dates), ordered, delivered (units). A line without a delivery date is not delivered;
        a delivered line without a quantity is unknown in quantity.
    """
    done = lines["delivered_on"].notna()
    quantity = lines["delivered"].where(done | lines["delivered"].notna(), 0.0)
    on_time = (done & (lines["delivered_on"] <= lines["due"])).astype(float)
    in_full = (quantity >= lines["ordered"]).astype(float).where(quantity.notna() & lines["ordered"].notna())
    both = np.where(on_time == 0, 0.0, in_full)
    by_date = quantity.clip(lower=0.0, upper=lines["ordered"]).where(on_time == 1, 0.0)
    return lines.assign(
        on_time=on_time, in_full=in_full, otif=both, filled=by_date.where(lines["ordered"].notna())
    )


def _given(snapshot: Snapshot) -> _Given:
    found = snapshot.rows("SELECT count(delivered_quantity), count(delivered_date) FROM orders")[0]
    return _Given(bool(found[0]), bool(found[1]))


def _lines(snapshot: Snapshot, scope: Scope, basis: Basis, notes: list[str]) -> pd.DataFrame:
    """Lines of the scope due in its closed months, with `month`, the month of the company they are due in."""
    part = slice_of(snapshot, without_time(snapshot, scope))
    frame = snapshot.table(
        statement("order_lines"),
        {
            "basis": basis,
            "skus": None if part.skus is None else list(part.skus),
            "customers": customers_of(snapshot, scope),
        },
    )
    undated = int(frame["due"].isna().sum())
    if undated:
        notes.append(f"{words.count(undated, 'order line').capitalize()} without a {basis} date: not judged.")
    frame = frame.dropna(subset=["due"])
    nothing = frame["ordered"].notna() & (frame["ordered"] <= 0)
    if nothing.any():
        notes.append(
            f"{words.count(int(nothing.sum()), 'order line').capitalize()} of nothing or less: left out."
        )
    frame = frame[~nothing]
    calendar = snapshot.calendar
    starts = pd.to_datetime(calendar["start_date"]).to_numpy("datetime64[D]")
    place = np.searchsorted(starts, pd.to_datetime(frame["due"]).to_numpy("datetime64[D]"), side="right") - 1
    labels_of = ["", *calendar["month"]]  # due before the calendar begins: no month
    frame = frame.assign(month=[labels_of[p + 1] for p in place])
    ends = pd.to_datetime(calendar["end_date"]).to_numpy("datetime64[D]")
    after = (
        pd.to_datetime(frame["due"]).to_numpy("datetime64[D]") > ends[-1]
        if len(ends)
        else np.zeros(len(frame), bool)
    )
    months = set(months_of(snapshot, scope))
    closed = set(snapshot.closed_months)
    inside = frame["month"].isin(months & closed) & ~after
    not_due = int((frame["month"].isin(months - closed) & ~after).sum())
    if not_due:
        notes.append(f"{words.count(not_due, 'order line').capitalize()} of open months: not due, left out.")
    for name, values in (*scope.where, *scope.only):
        if snapshot.dimension(name).side == "time":
            labels = dict(zip(calendar["month"], calendar[name].astype(str), strict=True))
            inside &= frame["month"].map(labels).isin(values)
    return frame[inside]


def customers_of(snapshot: Snapshot, scope: Scope) -> list[str] | None:
    """The customers of a scope; None is all."""
    wanted = [(n, v) for n, v in (*scope.where, *scope.only) if snapshot.dimension(n).side == "customer"]
    if not wanted:
        return None
    table = _attributes(snapshot, "customer")
    for name, values in wanted:
        table = table[table[name].astype(str).isin(values)]
    return [str(c) for c in table["customer"]]


def _attributes(snapshot: Snapshot, side: str) -> pd.DataFrame:
    """Products or customers with all their attributes as text, those of the parent filled in."""
    if side == "product":
        return slice_of(snapshot, Scope()).products
    customers, regions = snapshot.table("SELECT * FROM customers"), snapshot.table("SELECT * FROM regions")
    for name in (c for c in regions if c != "region" and c in customers):
        given = customers["region"].map(regions.set_index("region")[name])
        customers[name] = customers[name].astype(object).where(customers[name].notna(), given)
    if customers["key_account"].notna().any():
        told = customers["key_account"]
        customers["key_account"] = told.map(
            lambda v: None if pd.isna(v) else str(v).lower() if isinstance(v, bool | np.bool_) else str(v)
        )
    return customers


def _with_dimensions(snapshot: Snapshot, lines: pd.DataFrame, dims: Sequence[Dimension]) -> pd.DataFrame:
    made = lines
    for dimension in dims:
        if dimension.name in made:
            continue
        if dimension.side == "time":
            calendar = snapshot.calendar
            labels = dict(zip(calendar["month"], calendar[dimension.name].astype(str), strict=True))
            made = made.assign(**{dimension.name: made["month"].map(labels)})
        else:
            key = {"product": "sku", "customer": "customer"}[dimension.side]
            table = _attributes(snapshot, dimension.side).set_index(key)[dimension.name]
            made = made.assign(**{dimension.name: made[key].map(table.astype(object))})
    return made


def _judged(lines: pd.DataFrame, given: _Given, notes: list[str]) -> pd.DataFrame:
    judged = judge(lines)
    unknown = int((judged["in_full"].isna()).sum()) if given.quantities else 0
    if unknown:
        notes.append(
            f"{words.count(unknown, 'delivered line').capitalize()} without a quantity: not counted in full or not in full."
        )
    return judged


def _rates(lines: pd.DataFrame, given: _Given) -> dict[str, Any]:
    """Counts first, then divided; over the lines whose answer is known."""
    found: dict[str, Any] = {"lines_due": len(lines), **dict.fromkeys(RATES)}
    if not len(lines) or not given.dates:
        return found
    found["on_time"] = float(lines["on_time"].mean())
    if given.quantities:
        for name in ("in_full", "otif"):
            known = lines[name].dropna()
            found[name] = float(known.mean()) if len(known) else None
        filled = lines.dropna(subset=["filled", "ordered"])
        ordered = float(filled["ordered"].sum())
        found["fill_rate"] = float(filled["filled"].sum()) / ordered if ordered else None
    return found


def _unknown(given: _Given) -> list[str]:
    if not given.dates:
        return ["The order lines have no delivery dates: nothing can be said of service."]
    if not given.quantities:
        return [
            "The order lines have no delivered quantities: in full, on time in full and fill rate are not known."
        ]
    return []


__all__ = ["RATES", "Basis", "judge", "service", "service_sentence"]
