"""What the balance is struck from: demand, supply, stock, policy and values of every item, past and planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from siop.core import Scope, add_months, span, words
from siop.metrics.capacity import Load
from siop.metrics.cycle import first_with
from siop.metrics.footing import facts, filters, lacking_note, months_given, names_said, unit_of
from siop.metrics.grain import grains
from siop.metrics.scores import Numbers
from siop.metrics.supply import Slice, stock
from siop.warehouse import Snapshot

BEFORE = 5  # months before the last closed one that are shown
_MEASURES = ("quantity", "revenue", "margin")
_MIXED = "several units"


@dataclass(frozen=True, slots=True)
class Horizon:
    """Arrays (items, months). value: demand, supply, constrained_supply, stock, unit_revenue, unit_margin; NaN is
    unknown. policy: min_days, target_days, max_days per item; unit_value: money a unit in stock; units: what each item
    is counted in; days: of each month; last: the last closed month; from_month: the first month shown by default."""

    items: tuple[str, ...]
    item: str
    months: tuple[str, ...]
    last: str
    from_month: str
    days: Numbers
    value: dict[str, Numbers]
    policy: pd.DataFrame
    unit_value: Numbers
    units: tuple[str, ...]
    versions: tuple[str, ...]
    notes: tuple[str, ...]


def horizon(snapshot: Snapshot, scope: Scope, part: Slice, item: str, loaded: Load) -> Horizon:
    """Read everything once. item: family or sku."""
    notes: list[str] = list(loaded.notes)
    last = loaded.cycle.last or ""
    wanted = _demand(snapshot, scope, item, loaded, notes)
    made = _supply(part, item, loaded, notes)
    stocks = _stock(snapshot, part, item, notes)
    notes += _silent(snapshot, scope, part, item, loaded, made, stocks)
    dated = [*wanted["month"], *made["month"]]
    end = max([*dated, last]) if dated or last else ""
    first = min(scope.first or last, add_months(last, -BEFORE)) if last else min(dated, default="")
    if not scope.first:  # a stock count before the first sale alone is not worth a row
        first = max(first, min(dated, default=first))
    months = span(add_months(first, -1), end) if first else []
    items = sorted({*wanted["item"], *made["item"], *stocks["item"]})
    has = {
        "demand": sorted(set(wanted["month"])), "supply": sorted(set(made["month"])), "stock": sorted(set(stocks["month"])),
    }  # fmt: skip
    v = {
        "demand": _wide(wanted, "quantity", items, months, has["demand"]),
        "supply": _wide(made, "quantity", items, months, has["supply"]),
        "constrained_supply": _wide(made, "constrained", items, months, has["supply"]),
        "stock": _wide(stocks, "quantity", items, months, has["stock"], known=set(stocks["item"])),
    }
    known_units = unit_of(snapshot, item)
    products = part.products
    listed = set(products[item].dropna().astype(str)) if item in products else set()
    units = tuple(known_units.get(i, _MIXED if item == "family" and i in listed else "") for i in items)
    mixed = np.array([u == _MIXED for u in units], bool)
    if mixed.any():
        names = [i for i, m in zip(items, mixed, strict=True) if m]
        notes.append(
            f"{words.listed(names[:4])}: the products are in several units, so quantities cannot be added."
        )
        for name in v:
            v[name][mixed] = np.nan
    for name in ("revenue", "margin"):
        v[f"unit_{name}"] = _unit_money(wanted, name, v["demand"], items, months, last, products, item)
    return Horizon(
        items=tuple(items), item=item, months=tuple(months), last=last,
        from_month=first, days=_days(snapshot, months), value=v,
        policy=_policy(snapshot, part, items, item, notes), unit_value=_unit_value(stocks, items, last, products, item),
        units=units, versions=(*loaded.cycle.consensus[:1], *loaded.cycle.supplies[:1]), notes=tuple(notes),
    )  # fmt: skip


def _demand(snapshot: Snapshot, scope: Scope, item: str, loaded: Load, notes: list[str]) -> pd.DataFrame:
    """item, month, quantity, revenue, margin: sales of closed months, the newest consensus that has it of open ones."""
    last = loaded.cycle.last
    closed = [m for m in snapshot.closed_months if last is not None and m <= last]
    parts: list[tuple[str, list[str]]] = [("actual", months_given(snapshot, "actual", closed))]
    ends = snapshot.versions.loc[
        snapshot.versions["version"].isin(loaded.cycle.consensus), "last_month"
    ].dropna()
    if last is not None and len(ends):
        ahead = span(add_months(last, 1), max(ends))
        by_month = first_with(loaded.cycle.consensus, ahead, lambda v: set(months_given(snapshot, v, ahead)))
        parts += [(v, [m for m in ahead if by_month.get(m) == v]) for v in loaded.cycle.consensus]
    else:
        notes.append("No consensus plan is loaded: demand of open months is not known.")
    frames = []
    needed = [snapshot.dimension(item), snapshot.dimension("month"), *filters(snapshot, scope)]
    for source, months in parts:
        found = grains(snapshot, [source], "quantity")
        lacking = [d for d in needed if any(not g.has(d) for g in found)]
        if not months:
            continue
        if not found:
            notes.append(
                f"{'The actuals carry' if source == 'actual' else f'Plan {source} carries'} no quantity."
            )
        elif lacking:
            notes.append(lacking_note(snapshot, source, found, lacking))
        else:
            frame = facts(snapshot, source, (item, "month"), _MEASURES, scope, months)
            empty = [m for m in months if m not in set(frame["month"])]
            frames.append(
                pd.concat([frame, pd.DataFrame({"month": empty})]) if empty and len(frame) else frame
            )
    if not frames:
        return pd.DataFrame(
            {
                "item": pd.Series(dtype="str"),
                "month": pd.Series(dtype="str"),
                **{m: pd.Series(dtype="float64") for m in _MEASURES},
            }
        )
    joined = pd.concat(frames, ignore_index=True)
    return joined.assign(item=joined[item].astype(object).where(joined[item].notna(), "").astype(str))


def _supply(part: Slice, item: str, loaded: Load, notes: list[str]) -> pd.DataFrame:
    """item, month, quantity, constrained of what is made in the slice."""
    made = loaded.made
    if part.blocked:
        names = words.listed([d.name for d in part.blocked])
        notes.append(f"Supply and stock are not split by {names}: only demand is shown in this scope.")
        made = made.iloc[:0]
    if part.skus is not None:
        made = made[made["sku"].isin(part.skus)]
    if part.sites is not None:
        made = made[made["site"].isin(part.sites)]
    if not part.blocked:
        if loaded.made.empty:
            notes.append("No production is loaded: supply is not known.")
        elif not loaded.cycle.supplies:
            notes.append(
                "There is no supply plan made from the consensus: supply of open months is not known."
            )
    return made.assign(item=_items(made["sku"], part, item))


def _stock(snapshot: Snapshot, part: Slice, item: str, notes: list[str]) -> pd.DataFrame:
    """item, month, quantity, value of actual closing stock."""
    found = stock(snapshot, part)
    if part.blocked:
        found = found.iloc[:0]
    elif found.empty:
        notes.append("No inventory is loaded: stock, cover and shortage are not known.")
    elif found["unvalued"].sum():
        notes.append("Some stock has neither a value nor a unit cost: it is left out of stock value.")
    return found.assign(item=_items(found["sku"], part, item))


def _silent(
    snapshot: Snapshot,
    scope: Scope,
    part: Slice,
    item: str,
    loaded: Load,
    made: pd.DataFrame,
    stocks: pd.DataFrame,
) -> list[str]:
    """What the newest consensus plans to sell, and the supply plan or the stock count never mentions.

    A plan's silence is a supply of zero, which may be meant: so it is named.
    """
    if part.blocked or not loaded.cycle.consensus:
        return []
    plan, last = loaded.cycle.consensus[0], loaded.cycle.last or ""
    found = grains(snapshot, [plan], "quantity")
    known = [snapshot.dimension(n) for n in ("sku", item) if n in snapshot.dimensions]
    level = next((d.name for d in known if found and all(g.has(d) for g in found)), None)
    ahead = [str(m) for m in snapshot.calendar["month"] if str(m) > last]
    months = months_given(snapshot, plan, ahead)
    if level is None or not months or any(not g.has(d) for g in found for d in filters(snapshot, scope)):
        return []
    wanted = facts(snapshot, plan, (level,), ("quantity",), scope, months)
    asked = set(wanted.loc[wanted["quantity"] > 0, level].dropna().astype(str))
    column = "sku" if level == "sku" else "item"
    notes = []
    planned = made[made["month"] > last]
    unplanned = sorted(asked - set(planned[column].astype(str)))
    if len(planned) and unplanned:
        notes.append(f"The supply plan has no row for {names_said(unplanned)}: counted as no supply.")
    uncounted = sorted(asked - set(stocks[column].astype(str)))
    beside = {n for n in uncounted if level != item and part.family.get(n) in set(stocks["item"])}
    for names, end in (
        (sorted(beside), "counted as none in the family"),
        ([n for n in uncounted if n not in beside], "the stock is not known"),
    ):
        if len(stocks) and names:
            notes.append(f"No stock is given for {names_said(names)}: {end}.")
    return notes


def _items(skus: pd.Series[str], part: Slice, item: str) -> list[str]:
    if item == "sku":
        return [str(s) for s in skus]
    family = part.family
    return [family.get(str(s), "") for s in skus]


def _wide(
    frame: pd.DataFrame, column: str, items: Sequence[str], months: Sequence[str], has: Sequence[str],
    known: set[str] | None = None,
) -> Numbers:  # fmt: skip
    """(items, months): sums; zero where the source has the month and the item has no row, NaN where it has not.

    known: items the source speaks of at all, default all; the others are NaN.
    """
    made = np.full((len(items), len(months)), np.nan)
    covered = [i for i, m in enumerate(months) if m in set(has)]
    rows = [i for i, name in enumerate(items) if known is None or name in known]
    made[np.ix_(rows, covered)] = 0.0
    sums = frame.groupby(["item", "month"])[column].sum(min_count=1).reset_index()
    rows_of, columns_of = {n: i for i, n in enumerate(items)}, {m: i for i, m in enumerate(months)}
    for name, month, value in zip(sums["item"], sums["month"], sums[column], strict=True):
        if name in rows_of and month in columns_of:
            made[rows_of[name], columns_of[month]] = value
    return made


def _unit_money(
    wanted: pd.DataFrame, name: str, demand: Numbers, items: Sequence[str], months: Sequence[str], last: str,
    products: pd.DataFrame, item: str,
) -> Numbers:  # fmt: skip
    """Money a unit of demand: of the month's plan, else of the item's whole plan, its last year of sales, its price."""
    plan = _wide(wanted, name, items, months, [])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(demand > 0, plan / np.where(demand > 0, demand, 1.0), np.nan)
    both = wanted.dropna(subset=["quantity", name])
    for rows in (
        both[both["month"] > last],
        both[(both["month"] <= last) & (both["month"] > add_months(last, -12))] if last else both,
    ):
        sums = rows.groupby("item")[["quantity", name]].sum()
        usual = (
            (sums[name] / sums["quantity"].where(sums["quantity"] > 0)).reindex(list(items)).to_numpy(float)
        )
        found = np.where(np.isnan(found), usual[:, None], found)
    price = products["unit_price"].astype("float64")
    if name == "margin":
        price = price - products["unit_cost"].astype("float64")
    listed = (
        price.groupby(products[item].astype(object)).mean().reindex(list(items)).to_numpy(float)
        if item in products
        else np.full(len(items), np.nan)
    )
    return np.where(np.isnan(found), listed[:, None], found)


def _unit_value(
    stocks: pd.DataFrame, items: Sequence[str], last: str, products: pd.DataFrame, item: str
) -> Numbers:
    """Value a unit in stock at the last closed month, else the mean unit cost of the item's products."""
    now = stocks[stocks["month"] == last].groupby("item")[["quantity", "value"]].sum(min_count=1)
    found = (now["value"] / now["quantity"].where(now["quantity"] > 0)).reindex(list(items)).to_numpy(float)
    cost = products["unit_cost"].astype("float64").groupby(products[item].astype(object)).mean()
    made: Numbers = np.where(np.isnan(found), cost.reindex(list(items)).to_numpy(float), found)
    return made


def _policy(
    snapshot: Snapshot, part: Slice, items: Sequence[str], item: str, notes: list[str]
) -> pd.DataFrame:
    """min_days, target_days, max_days per item, NaN without a policy."""
    table = snapshot.table("SELECT family, min_days, target_days, max_days FROM policies").set_index("family")
    families = list(items) if item == "family" else [part.family.get(i, "") for i in items]
    found = table.astype("float64").reindex(families)
    if part.blocked:  # a policy is for the whole family's stock
        found[:] = np.nan
        return found.reset_index(drop=True)
    without = sorted({f for f in families if f and f not in table.index})
    if without and len(items):
        notes.append(
            "No policies are loaded: there is no band for stock." if table.empty
            else f"No policy for {words.listed(without[:4])}{' and others' if len(without) > 4 else ''}: no band for its stock."
        )  # fmt: skip
    return found.reset_index(drop=True)


def _days(snapshot: Snapshot, months: Sequence[str]) -> Numbers:
    """Calendar days of each month of the company: to the start of the next one."""
    starts = {
        str(m): pd.Timestamp(s).date()
        for m, s in zip(snapshot.calendar["month"], snapshot.calendar["start_date"], strict=True)
    }

    def start(month: str) -> date:
        return starts.get(month) or date(int(month[:4]), int(month[5:7]), 1)

    return np.array([(start(add_months(m, 1)) - start(m)).days for m in months], float)
