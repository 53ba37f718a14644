"""A plan and a request as cells: lines of a family are taken in the mix of the plan, prices and costs are filled in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from siop.core import Finding, Refused, Scope, words
from siop.metrics.supply import slice_of
from siop.requests.asked import Asked, Line
from siop.requests.problem import Cells, Indices, Numbers, cells
from siop.warehouse import Snapshot


def planned_cells(
    wanted: pd.DataFrame, orders: pd.DataFrame, asked: Asked, items: Sequence[str], months: Sequence[str], level: str,
    family: dict[str, str], notes: list[str],
) -> Cells:  # fmt: skip
    """What everybody wants in the months looked at; committed is what is on order or promised by contract, up to the plan."""
    item_at, month_at = {n: i for i, n in enumerate(items)}, {m: i for i, m in enumerate(months)}
    kept = wanted[wanted["item"].isin(item_at) & wanted["month"].isin(month_at)].reset_index(drop=True)
    keys = list(zip(kept["who"], kept["item"], kept["month"], strict=True))
    committed = {
        (str(w), str(i), str(m)): float(q)
        for w, i, m, q in zip(orders["who"], orders["item"], orders["month"], orders["quantity"], strict=True)
    }
    for minimum in asked.minima:
        mine = [
            k for k in keys
            if k[0] == minimum.customer and k[2] == minimum.month and _is(k[1], minimum.sku, minimum.family, level, family)
        ]  # fmt: skip
        total = sum(float(kept["quantity"].iloc[keys.index(k)]) for k in mine)
        for k in mine:
            part = minimum.quantity * float(kept["quantity"].iloc[keys.index(k)]) / total
            committed[k] = max(committed.get(k, 0.0), part)
    quantity = kept["quantity"].to_numpy(float)
    least = np.array([committed.get(k, 0.0) for k in keys], float)
    over = sum(q for k, q in committed.items() if k[1] in item_at and k[2] in month_at) - float(np.minimum(least, quantity).sum())  # fmt: skip
    if over > 0.5:
        notes.append(f"{words.number(over, 0)} units on order are above what is planned for that customer, product and month: they are not counted as committed.")  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = kept["margin"].to_numpy(float) / quantity
        revenue = kept["revenue"].to_numpy(float) / quantity
    return Cells(
        tuple(str(k[0]) for k in keys), np.array([item_at[k[1]] for k in keys], np.int64),
        np.array([month_at[k[2]] for k in keys], np.int64), quantity, margin, revenue, np.minimum(least, quantity),
    )  # fmt: skip


def asked_cells(
    snapshot: Snapshot, asked: Asked, wanted: pd.DataFrame, planned: Cells, items: Sequence[str], months: Sequence[str],
    level: str, family: dict[str, str], costs: Numbers, who: str,
) -> tuple[Cells, Indices]:  # fmt: skip
    """What is asked for, and for each cell the planned cell it is moved from (-1: it is on top of the plan).

    Raises Refused where more is to be moved from a month than is planned in it.
    """
    item_at, month_at = {n: i for i, n in enumerate(items)}, {m: i for i, m in enumerate(months)}
    at = {(c, int(i), int(t)): n for n, (c, i, t) in enumerate(zip(planned.customer, planned.item, planned.month, strict=True))}  # fmt: skip
    asker = asked.customer if who == "customer" else planned.customer[0] if planned.customer else ""
    rows, source, taken = [], [], dict[int, float]()
    for number, line in enumerate(asked.lines):
        mix = _mix(line, wanted, asker, level, family, items)
        total = float(sum(planned.quantity[at[k]] for n in mix if line.instead_of and (k := (asker, item_at[n], month_at[line.instead_of])) in at))  # fmt: skip
        if line.instead_of and total < line.quantity - 1e-9:
            raise _too_many(asked, number, line, total)
        for name, share in mix.items():
            quantity = line.quantity * share
            moved = -1
            if line.instead_of:
                moved = at.get((asker, item_at[name], month_at[line.instead_of]), -1)
                quantity = line.quantity * float(planned.quantity[moved]) / total if moved >= 0 else 0.0
            if quantity <= 0:
                continue
            if moved >= 0:
                taken[moved] = taken.get(moved, 0.0) + quantity
                if taken[moved] > planned.quantity[moved] + 1e-9:
                    raise _too_many(asked, number, line, float(planned.quantity[moved]))
            price = line.price if line.price is not None else _price(snapshot, name, wanted, asker, level)
            rows.append((asker, item_at[name], month_at[line.month], quantity, price - costs[item_at[name]], price, 0.0))  # fmt: skip
            source.append(moved)
    return cells(rows), np.array(source, np.int64)


def _mix(line: Line, wanted: pd.DataFrame, asker: str, level: str, family: dict[str, str], items: Sequence[str]) -> dict[str, float]:  # fmt: skip
    """{item: share} of a line: the item itself, or a family in the customer's own mix, else in everybody's."""
    if level == "family":
        return {line.family or family[str(line.sku)]: 1.0}
    if line.sku:
        return {line.sku: 1.0}
    inside = wanted[wanted["item"].map(family) == line.family]
    for part in (
        inside[(inside["who"] == asker) & (inside["month"] == (line.instead_of or line.month))],
        inside[inside["who"] == asker],
        inside,
    ):
        sums = part.groupby("item")["quantity"].sum()
        if sums.sum() > 0:
            return {str(n): float(q / sums.sum()) for n, q in sums.items() if q > 0}
    mine = [n for n in items if family.get(n) == line.family]
    return {n: 1.0 / len(mine) for n in mine}


def _price(snapshot: Snapshot, name: str, wanted: pd.DataFrame, asker: str, level: str) -> float:
    """What a unit is sold for: to this customer in the plan, else to all, else the list price; NaN unknown."""
    mine = wanted[wanted["item"] == name].dropna(subset=["revenue"])
    for part in (mine[mine["who"] == asker], mine):
        if part["quantity"].sum() > 0:
            return float(part["revenue"].sum() / part["quantity"].sum())
    products = slice_of(snapshot, Scope()).products
    listed = products.loc[products[level].astype(str) == name, "unit_price"].astype("float64")
    return float(listed.mean()) if listed.notna().any() else float("nan")


def _is(item: str, sku: str | None, of: str | None, level: str, family: dict[str, str]) -> bool:
    if level == "family":
        return item == (of or family.get(sku or "", ""))
    return item == sku if sku else family.get(item) == of


def _too_many(asked: Asked, number: int, line: Line, planned: float) -> Refused:
    where = f"lines[{number + 1}].instead_of"
    said = f"only {words.number(planned, 0)} units of {line.item} are planned for this customer in {line.instead_of}"
    fix = "ask for no more than that, or leave instead_of out: then the units come on top of the plan"
    found = Finding("error", asked.id or "request", "request", said, fix, column=where, value=line.instead_of)
    return Refused(f"The request cannot be judged: {where}: {said}; {fix}", [found])
