"""From a snapshot to the problem behind a request: what is planned, what is on order, and what can be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siop.core import Refused, Scope, add_months, months_between, span, words
from siop.metrics import query
from siop.metrics.capacity import Load, load
from siop.metrics.cycle import Cycle, cycle_of, first_with
from siop.metrics.footing import facts, lacking_note, months_given
from siop.metrics.grain import grains
from siop.metrics.stock import level
from siop.metrics.supply import bills, family_hours, slice_of, stock
from siop.requests.asked import Asked, check_names
from siop.requests.fit import asked_cells, planned_cells
from siop.requests.problem import Numbers, Problem, Supply
from siop.warehouse import Snapshot

SQL = Path(__file__).parent / "sql"
AFTER = 3  # months after the last one asked for that are looked at: what is displaced may be made up, or hit, later
LONGEST = 18  # months looked at at most
_MEASURES = ("quantity", "revenue", "margin")


@dataclass(frozen=True, slots=True)
class Read:
    """A request's problem, and what has to be said beside it.

    level: sku or family, at which it is judged; who: customer or region, whom the plan names; orders: units by customer,
    item and month on order; judged: whether anything is known of supply.
    """

    problem: Problem
    level: str
    who: str
    months: tuple[str, ...]
    load: Load
    orders: pd.DataFrame
    planned_supply: Numbers
    unit: str | None
    judged: bool
    notes: tuple[str, ...]


def read(snapshot: Snapshot, asked: Asked, cycle: str | None = None) -> Read:
    """The problem of a request on the plans of a cycle.

    Raises: Refused where the request names what is not there; NotFound for a cycle without a plan.
    """
    notes: list[str] = []
    loaded = load(snapshot, Scope(cycle=cycle))
    ahead = _ahead(snapshot, loaded.cycle)
    customers = query.members(snapshot, "customer") if "customer" in snapshot.dimensions else [asked.customer]
    check_names(asked, snapshot, ahead, customers)
    level, who = _grain(snapshot, loaded, notes)
    wanted = _wanted(snapshot, loaded, ahead, level, who)
    family = _families(snapshot)
    dated = [line.month for line in asked.lines] + [m for x in asked.lines if (m := x.instead_of) is not None]
    last = min(ahead.index(max(dated)) + AFTER, len(ahead) - 1, LONGEST - 1)
    if ahead.index(max(dated)) >= LONGEST:
        raise Refused(f"The request reaches {words.month(max(dated))}: ask for months within {LONGEST} months of today")  # fmt: skip
    months = ahead[: last + 1]
    hours = _hours(snapshot, loaded, level)
    made = _made(loaded, ahead, level, family)
    lanes = _lanes(made, hours, {*wanted["item"]})
    named = _named(asked, level, family, wanted)
    known = _known_hours(loaded, months)
    kept = _connected(named, lanes, hours, known)
    lanes = lanes[lanes["item"].isin(kept)].reset_index(drop=True)
    items = sorted(kept)
    costs = _unit_costs(snapshot, wanted, items, level)
    supply, planned_supply = _supply(snapshot, loaded, wanted, made, lanes, hours, items, months, ahead, level, family, costs, notes)  # fmt: skip
    orders = _orders(snapshot, loaded, level, who, family, notes)
    planned = planned_cells(wanted, orders, asked, items, months, level, family, notes)
    wants, source = asked_cells(snapshot, asked, wanted, planned, items, months, level, family, costs, who)
    problem = Problem(_asker(snapshot, asked.customer, who), planned, wants, supply, source)
    judged = bool(len(made)) or bool(np.isfinite(supply.available).any())
    if not judged:
        notes.append("Neither a supply plan nor hours with bills are loaded: what the request displaces is not known.")  # fmt: skip
    return Read(
        problem, level, who, tuple(months), loaded, orders, planned_supply, _unit(snapshot, items, level), judged,
        tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def open_months(snapshot: Snapshot, cycle: str | None = None) -> list[str]:
    """The open months of the plan within reach of a request. Raises Refused where there are none."""
    return _ahead(snapshot, cycle_of(snapshot, cycle))[:LONGEST]


def _ahead(snapshot: Snapshot, plans: Cycle) -> list[str]:
    """The open months that the consensus plan reaches. Raises Refused where there are none."""
    last = plans.last
    ends = snapshot.versions.loc[snapshot.versions["version"].isin(plans.consensus), "last_month"].dropna()
    if last is None or not len(ends) or max(ends) <= last:
        raise Refused("A request is judged on the consensus plan of open months: load one with python -m siop load")  # fmt: skip
    return span(add_months(last, 1), max(ends))


def _grain(snapshot: Snapshot, loaded: Load, notes: list[str]) -> tuple[str, str]:
    """(sku or family, customer or region): the finest the consensus plan has."""
    found = grains(snapshot, list(loaded.cycle.consensus), "quantity")
    if not found:
        raise Refused("The consensus plan carries no quantity: a request is judged in units")
    dims = snapshot.dimensions

    def has(name: str) -> bool:
        return name in dims and all(g.has(dims[name]) for g in found)

    item = "sku" if has("sku") else "family" if has("family") else ""
    who = "customer" if has("customer") else "region" if has("region") else ""
    if not item:
        raise Refused("The consensus plan names neither products nor families: there is nothing to judge a request on")  # fmt: skip
    if item != "sku" or who != "customer":
        lacking = [dims[n] for n, have in (("sku", item == "sku"), ("customer", who == "customer")) if not have and n in dims]  # fmt: skip
        if lacking:
            notes.append(lacking_note(snapshot, loaded.cycle.consensus[0], found, lacking))
    return item, who


def _wanted(snapshot: Snapshot, loaded: Load, ahead: Sequence[str], item: str, who: str) -> pd.DataFrame:
    """who, item, month, quantity, revenue, margin of the newest consensus that has each open month."""
    by_month = first_with(loaded.cycle.consensus, ahead, lambda v: set(months_given(snapshot, v, ahead)))
    by = tuple(name for name in (who, item, "month") if name)
    frames = []
    for version in loaded.cycle.consensus:
        months = [m for m in ahead if by_month.get(m) == version]
        if months:
            frames.append(facts(snapshot, version, by, _MEASURES, Scope(), months))
    found = pd.concat(frames, ignore_index=True)
    found = found.assign(
        who=found[who].astype(str) if who else "everybody", item=found[item].astype(str)
    )  # unknown customers and products keep a name of their own
    found = found[found["quantity"].fillna(0.0) > 0]
    return found[["who", "item", "month", *_MEASURES]].reset_index(drop=True)


def _families(snapshot: Snapshot) -> dict[str, str]:
    return slice_of(snapshot, Scope()).family


def _named(asked: Asked, item: str, family: dict[str, str], wanted: pd.DataFrame) -> set[str]:
    """The items the request touches."""
    found: set[str] = set()
    for line in asked.lines:
        if item == "family":
            found.add(line.family or family.get(line.sku or "", ""))
        elif line.sku:
            found.add(line.sku)
        else:
            mine = {s for s, f in family.items() if f == line.family}
            found |= mine & set(wanted["item"]) or mine
    return found - {""}


def _hours(snapshot: Snapshot, loaded: Load, item: str) -> pd.DataFrame:
    """resource, site, item, hours a unit."""
    table = bills(snapshot)
    if item == "sku":
        own = table.dropna(subset=["sku"]).rename(columns={"sku": "item"})
        return own[["resource", "site", "item", "hours"]]
    made = loaded.made.groupby("sku", as_index=False)["quantity"].sum()
    sold = made.assign(family=made["sku"].map(_families(snapshot)))
    return family_hours(table, sold).rename(columns={"family": "item"}).assign(site=None)


def _made(loaded: Load, ahead: Sequence[str], item: str, family: dict[str, str]) -> pd.DataFrame:
    """item, site, month, constrained: planned supply of open months, cut to the hours there are."""
    made = loaded.made[loaded.made["month"].isin(ahead)]
    names = made["sku"].astype(str) if item == "sku" else made["sku"].astype(str).map(family).fillna("")
    sites = made["site"].astype(object) if item == "sku" else None
    return made.assign(item=names, site=sites)[["item", "site", "month", "constrained"]]


def _lanes(made: pd.DataFrame, hours: pd.DataFrame, items: set[str]) -> pd.DataFrame:
    """item, site: where each item is made; an item that nobody plans to make is made where its bills say."""
    lanes = made[["item", "site"]].drop_duplicates()
    rest = sorted((items | set(hours["item"])) - set(lanes["item"]))
    more = hours[hours["item"].isin(rest)][["item", "site"]].drop_duplicates()
    alone = pd.DataFrame({"item": sorted(set(rest) - set(more["item"])), "site": None})
    return pd.concat([lanes, more, alone], ignore_index=True).sort_values(["item", "site"], na_position="first").reset_index(drop=True)  # fmt: skip


def _nowhere(site: Any) -> bool:
    """Whether no site is named."""
    return not isinstance(site, str) or not site


def _known_hours(loaded: Load, months: Sequence[str]) -> set[str]:
    """Resources whose hours are known in a month looked at."""
    table = loaded.table[loaded.table["month"].isin(months)].dropna(subset=["available"])
    return {str(r) for r in table["resource"]}


def _matrix(lanes: pd.DataFrame, hours: pd.DataFrame, resources: Sequence[str]) -> Numbers:
    """(lanes, resources) hours a unit: a bill counts where the resource stands at the lane's site, or no site is named."""
    at = {r: i for i, r in enumerate(resources)}
    found = np.zeros((len(lanes), len(resources)))
    bill: dict[str, list[tuple[str, Any, float]]] = {}
    columns = (hours["item"], hours["resource"], hours["site"], hours["hours"])
    for name, resource, site, each in zip(*columns, strict=True):
        bill.setdefault(str(name), []).append((str(resource), site, float(each)))
    for i, lane in enumerate(lanes.itertuples()):
        for resource, site, each in bill.get(str(lane.item), ()):
            same = _nowhere(site) or _nowhere(lane.site) or site == lane.site
            if resource in at and same and each > 0:
                found[i, at[resource]] = each
    return found


def _connected(named: set[str], lanes: pd.DataFrame, hours: pd.DataFrame, known: set[str]) -> set[str]:
    """The items that compete with the named ones, directly or through others, for a resource whose hours are known."""
    resources = sorted(known)
    uses: np.ndarray[Any, np.dtype[np.bool_]] = np.asarray(_matrix(lanes, hours, resources) > 0)
    item = lanes["item"].to_numpy(object)
    kept = set(named)
    while True:
        shared = uses[np.isin(item, list(kept))].any(axis=0)
        more = kept | {str(i) for i in item[uses[:, shared].any(axis=1)]}
        if more == kept:
            return kept
        kept = more


def _unit_costs(snapshot: Snapshot, wanted: pd.DataFrame, items: list[str], item: str) -> Numbers:
    """Cost a unit of each item: of the plan, else of the product (mean of the family); NaN unknown."""
    both = wanted.dropna(subset=["revenue", "margin"])
    sums = both.groupby("item")[["quantity", "revenue", "margin"]].sum()
    plan = ((sums["revenue"] - sums["margin"]) / sums["quantity"]).reindex(items).to_numpy(float)
    products = slice_of(snapshot, Scope()).products
    listed = products["unit_cost"].astype("float64").groupby(products[item].astype(object)).mean().reindex(items).to_numpy(float)  # fmt: skip
    return np.where(np.isnan(plan), listed, plan)


def _supply(
    snapshot: Snapshot, loaded: Load, wanted: pd.DataFrame, made: pd.DataFrame, lanes: pd.DataFrame, hours: pd.DataFrame,
    items: list[str], months: Sequence[str], ahead: Sequence[str], item: str, family: dict[str, str], costs: Numbers,
    notes: list[str],
) -> tuple[Supply, Numbers]:  # fmt: skip
    """What there is, and the planned supply (items, months)."""
    known = sorted(_known_hours(loaded, months))
    uses = _matrix(lanes, hours, known)
    resources = [r for i, r in enumerate(known) if uses[:, i].any()]
    uses = uses[:, [known.index(r) for r in resources]]
    table = loaded.table.set_index(["resource", "month"])
    index = pd.MultiIndex.from_product([resources, months])
    size = (len(resources), len(months))
    given = table.reindex(index)
    available = np.maximum(given["available"].to_numpy(float).reshape(size), 0.0)
    overtime = np.maximum(given["overtime"].fillna(0.0).to_numpy(float).reshape(size), 0.0)
    prices = snapshot.table("SELECT resource, strftime(month, '%Y-%m') AS month, overtime_cost FROM capacity")
    price = prices.set_index(["resource", "month"])["overtime_cost"].astype("float64").reindex(index)
    each = price.to_numpy(float).reshape(size)
    if (np.isnan(each) & (overtime > 0)).any():
        notes.append("Overtime has no cost in the capacity table: it counts as free.")
    planned = _wide(made, "constrained", items, ahead)
    lane_planned = np.zeros((len(lanes), len(months)))
    by_lane = made.assign(site=made["site"].astype(object).where(made["site"].notna(), "")).groupby(["item", "site", "month"])["constrained"].sum()  # fmt: skip
    for i, lane in enumerate(lanes.itertuples()):
        site = "" if _nowhere(lane.site) else lane.site
        lane_planned[i] = [float(by_lane.get((lane.item, site, m), 0.0)) for m in months]
    billed = uses.sum(axis=1) > 0
    wants = _wide(wanted, "quantity", items, ahead)
    opening, floor = _stocks(snapshot, loaded, items, planned, wants, len(months), ahead, item, family, notes)
    at = {name: i for i, name in enumerate(items)}
    supply = Supply(
        items=tuple(items), months=tuple(months), resources=tuple(resources), stock=opening, floor=floor,
        lane_item=np.array([at[str(i)] for i in lanes["item"]], np.int64), hours=uses,
        limit=np.where(billed[:, None], np.inf, lane_planned), available=np.where(np.isnan(available), np.inf, available),
        overtime=overtime, overtime_cost=np.where(np.isnan(each), 0.0, np.maximum(each, 0.0)), unit_cost=costs,
    )  # fmt: skip
    return supply, planned[:, : len(months)]


def _stocks(
    snapshot: Snapshot, loaded: Load, items: list[str], planned: Numbers, wants: Numbers, shown: int,
    ahead: Sequence[str], item: str, family: dict[str, str], notes: list[str],
) -> tuple[Numbers, Numbers]:  # fmt: skip
    """Stock at the start, and the level it is not drawn below: the policy's minimum, or what the plan leaves if less.

    Without a policy nothing is kept back, which a note says; where the minimum cannot be told because the demand after
    it is unknown, what the plan leaves is.
    """
    found = stock(snapshot, slice_of(snapshot, Scope()))
    if found.empty:
        notes.append("No inventory is loaded: stock counts as none.")
    now = found[found["month"] == loaded.cycle.last]
    names = now["sku"].astype(str) if item == "sku" else now["sku"].astype(str).map(family)
    opening = now.assign(item=names).groupby("item")["quantity"].sum().reindex(items).fillna(0.0)
    start = np.maximum(opening.to_numpy(float), 0.0)
    closing = np.maximum(start[:, None] + np.cumsum(planned - wants, axis=1), 0.0)
    policy = snapshot.table("SELECT family, min_days FROM policies").set_index("family")["min_days"]
    of = [name if item == "family" else family.get(name, "") for name in items]
    days = policy.astype("float64").reindex(of).to_numpy(float)
    length = np.full(len(ahead), 365.25 / 12)
    least = level(np.nan_to_num(days), wants, length)
    least = np.where(np.isnan(least), closing, least)
    free = list(dict.fromkeys(str(name) for name, d in zip(of, days, strict=True) if np.isnan(d)))
    if free and len(start) and start.any():
        named = [*free[:3], words.count(len(free) - 3, "other")] if len(free) > 4 else free
        notes.append(f"No least stock is set for {words.listed(named)}: it may be drawn to zero.")
    return start, np.minimum(least, closing)[:, :shown]


def _wide(frame: pd.DataFrame, column: str, items: Sequence[str], months: Sequence[str]) -> Numbers:
    sums = frame.groupby(["item", "month"])[column].sum()
    index = pd.MultiIndex.from_product([items, months])
    return sums.reindex(index).fillna(0.0).to_numpy(float).reshape(len(items), len(months))


def _orders(
    snapshot: Snapshot, loaded: Load, item: str, who: str, family: dict[str, str], notes: list[str]
) -> pd.DataFrame:
    """who, item, month, quantity of open orders; none where the plan does not name customers."""
    empty = pd.DataFrame({"who": [], "item": [], "month": [], "quantity": []}, dtype=object)
    if who != "customer":
        notes.append("The plan names no customers: open orders cannot be kept apart, so nothing counts as committed.")  # fmt: skip
        return empty
    found = snapshot.table((SQL / "open_orders.sql").read_text(encoding="utf-8"), {"as_of": loaded.cycle.last})  # fmt: skip
    if found.empty:
        notes.append("No open orders are loaded: nothing counts as committed but what the request names.")
        return empty
    names = found["sku"].astype(str) if item == "sku" else found["sku"].astype(str).map(family).fillna("")
    found = found.assign(item=names, who=found["customer"].astype(str))
    return found.groupby(["who", "item", "month"])["quantity"].sum().reset_index()


def _asker(snapshot: Snapshot, customer: str, who: str) -> str:
    """The customer as the plan names it: itself, or its region."""
    if who != "region":
        return customer if who else "everybody"
    found = snapshot.rows("SELECT region FROM customers WHERE customer = $customer", {"customer": customer})
    return str(found[0][0]) if found and found[0][0] else customer


def _unit(snapshot: Snapshot, items: Sequence[str], item: str) -> str | None:
    """The unit everything is counted in; None where there are several."""
    products = slice_of(snapshot, Scope()).products
    units = set(products.loc[products[item].astype(str).isin(list(items)), "unit"].dropna().astype(str))
    return units.pop() if len(units) == 1 else "units" if not units else None


def without_minima(found: Read) -> Read:
    """The same with what is committed left out; used where it could not be kept even without the request."""
    return replace(found, problem=found.problem.without_minima())


def months_ahead(found: Read, month: str) -> int:
    """How many months a month lies ahead of the first open one."""
    return months_between(found.months[0], month)
