"""The coherence of a cycle's plan, from the snapshot: which identities can be checked, and what they give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from siop.core import add_months, words
from siop.health.coherence import SAID, Coherence, adds_up, balance, coherence, load, revenue, summed
from siop.health.measured import Measured, Move, insufficient
from siop.metrics.source import latest_consensus
from siop.warehouse import Snapshot

SQL = Path(__file__).with_name("sql")
GATE = 98.0  # below, publishing asks for a decision


def statement(name: str) -> str:
    """A .sql file of this room."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def plan_of(snapshot: Snapshot, cycle: str) -> str | None:
    """The consensus of a cycle, else of the last cycle before it that has one."""
    versions = snapshot.versions
    cycles = versions.loc[versions["kind"] == "consensus", "cycle"].dropna()
    before = sorted(c for c in cycles if c <= cycle)
    return latest_consensus(snapshot, before[-1]) if before else None


def cycles_of(snapshot: Snapshot) -> dict[str, str]:
    """{consensus version: its cycle}."""
    versions = snapshot.versions
    told = versions[versions["kind"] == "consensus"].dropna(subset=["cycle"])
    return dict(zip(told["version"].astype(str), told["cycle"].astype(str), strict=True))


def supply_of(snapshot: Snapshot, consensus: str) -> str | None:
    """The supply plan made for a consensus (its parent), else the consensus itself where it carries supply."""
    versions = snapshot.versions
    made = versions[(versions["kind"] == "supply") & (versions["parent"] == consensus)]
    if len(made):
        ordered = made.sort_values(["frozen_at", "version"], na_position="first")
        return str(ordered["version"].iloc[-1])
    has = snapshot.rows("SELECT count(*) FROM production WHERE version = $version", {"version": consensus})
    return consensus if has[0][0] else None


def check(snapshot: Snapshot, cycle: str) -> Coherence:
    """The coherence of the plan of a cycle: every identity that the snapshot's tables allow."""
    consensus = plan_of(snapshot, cycle)
    if consensus is None:
        return coherence()
    demand = snapshot.table(statement("plan_cells"), {"version": consensus})
    values = unit_values(snapshot, demand)
    supply = supply_of(snapshot, consensus)
    parts = [_revenue(snapshot, consensus, demand)]
    if supply is not None:
        own = demand if supply == consensus else snapshot.table(statement("plan_cells"), {"version": supply})
        if supply != consensus and len(own):
            parts.append(_same_demand(own, demand, values))
        cells = snapshot.table(statement("supply_cells"), {"version": supply})
        parts.append(balance(balance_cells(cells, own if len(own) else demand, values)))
        parts.append(_load(snapshot, supply, demand))
    return coherence(*parts)


def measure(found: Coherence, version: str | None, currency: str = "EUR") -> Measured:
    """coherence: how far the plan agrees with itself, 100 is exactly."""
    if found.score is None:
        why = "It needs a plan with supply and closing stock, a finance estimate, or capacity."
        return insufficient("coherence", 0, 1, "identities that can be checked", why)
    cells = sum(found.checked.values())
    if not found.breaks:
        sentence = (
            f"The plan agrees with itself in all {cells:,} cells of {words.listed(list(found.checked))}."
        )
    else:
        first = found.breaks[0]
        size = words.amount(abs(first.money), currency=currency)
        sentence = f"{first.sentence}, worth {size} ({' and '.join(dict.fromkeys(first.owners))})."
    rows: list[dict[str, object]] = [
        {"identity": b.identity, "dimension": b.dimension, "item": b.item, "month": b.month, "cell": b.cell, "residual": b.residual,
         "money": b.money, "owners": list(b.owners)}
        for b in found.breaks[:20]
    ]  # fmt: skip
    rows += [{"owners": list(pair), "money": money} for pair, money in summed(found.breaks).items()]
    rows += [{"identity": k, "says": SAID[k], "cells": n} for k, n in found.checked.items()]
    subject = {"version": version} if version else {}
    if found.breaks:
        subject |= {found.breaks[0].dimension: found.breaks[0].item, "month": found.breaks[0].month}
    return Measured(
        "coherence", found.score, sentence, n=cells, need=1, numerator=found.value - found.broken,
        denominator=found.value, subject=subject, evidence=rows,
        moves=tuple(
            Move(f"Mend {b.item}", b.sentence, 100 * abs(b.money) / found.value, {b.dimension: b.item})
            for b in found.breaks[:3]
        ),
    )  # fmt: skip


def unit_values(snapshot: Snapshot, demand: pd.DataFrame) -> dict[str, float]:
    """{SKU or family: money a unit}: the plan's own revenue a unit, else the product's price or cost."""
    found: dict[str, float] = {}
    products = snapshot.table(statement("products"))
    for column in ("unit_cost", "unit_price"):  # the price goes before the cost
        if column in products:
            known = products.assign(value=pd.to_numeric(products[column])).dropna(subset=["value"])
            if "family" in known:
                found |= {str(f): float(v) for f, v in known.groupby("family")["value"].mean().items()}
            found |= dict(zip(known["sku"].astype(str), known["value"].astype(float), strict=True))
    for key in ("family", "sku"):
        sums = demand.dropna(subset=["revenue", "quantity"]).groupby(key)[["quantity", "revenue"]].sum()
        sums = sums[sums["quantity"] > 0]
        found |= {str(k): float(v) for k, v in (sums["revenue"] / sums["quantity"]).items() if v > 0}
    return found


def balance_cells(cells: pd.DataFrame, demand: pd.DataFrame, values: dict[str, float]) -> pd.DataFrame:
    """item, month, opening, supply, demand, closing, unit_value: by SKU where demand is by SKU, else by family.

    Args: cells: side (made, stock, before), month, sku, family, quantity; demand: month, sku, family, quantity.
    A month is checked where the version has stock and supply for it; a SKU without a row in such a month has 0.
    The first opening is the actual closing stock where the plan does not carry it.
    """
    key = "sku" if len(demand) and demand["sku"].notna().all() else "family"

    def wide(table: pd.DataFrame) -> pd.DataFrame:
        if table.empty:
            return pd.DataFrame()
        return table.pivot_table(index=key, columns="month", values="quantity", aggfunc="sum")

    made, stock, before = (wide(cells[cells["side"] == s]) for s in ("made", "stock", "before"))
    wanted = wide(demand)
    months = sorted(set(made.columns) & set(stock.columns) & set(wanted.columns))
    items = sorted(set(made.index) | set(stock.index) | set(wanted.index))
    if not months or not items:
        return pd.DataFrame(columns=["item", "month", "opening", "supply", "demand", "closing", "unit_value"])

    def column(table: pd.DataFrame, month: str) -> np.ndarray:
        found: np.ndarray = table[month].reindex(items).fillna(0.0).to_numpy(dtype=float)
        return found

    rows = []
    for month in months:
        earlier = add_months(month, -1)
        known = stock if earlier in stock.columns else before if earlier in before.columns else None
        rows.append(
            pd.DataFrame(
                {
                    "item": items,
                    "dimension": key,
                    "month": month,
                    "opening": np.nan if known is None else column(known, earlier),
                    "supply": column(made, month),
                    "demand": column(wanted, month),
                    "closing": column(stock, month),
                    "unit_value": [values.get(i, 1.0) for i in items],
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _same_demand(own: pd.DataFrame, demand: pd.DataFrame, values: dict[str, float]) -> pd.DataFrame:
    """The supply plan's demand against the consensus, by family and month."""
    left = own.groupby(["family", "month"])["quantity"].sum(min_count=1).rename("parts")
    right = demand.groupby(["family", "month"])["quantity"].sum(min_count=1).rename("whole")
    both = pd.concat([left, right], axis=1, join="inner").reset_index().rename(columns={"family": "item"})
    both["unit_value"] = [values.get(str(i), 1.0) for i in both["item"]]
    return adds_up("supply", both)


def _revenue(snapshot: Snapshot, consensus: str, demand: pd.DataFrame) -> pd.DataFrame:
    """Finance's estimate of the same cycle against the consensus' quantity at its price, by family and month."""
    versions = snapshot.versions.set_index("version")
    cycle = versions.at[consensus, "cycle"]
    told = versions[(versions["kind"] == "estimate") & (versions["cycle"] == cycle)]
    if told.empty:
        return pd.DataFrame()
    estimate = snapshot.table(statement("plan_cells"), {"version": str(told.index[-1])})
    keys = ["family", "month"]
    own = demand.groupby(keys)[["quantity", "revenue"]].sum(min_count=1)
    theirs = estimate.groupby(keys)["revenue"].sum(min_count=1).rename("theirs")
    both = own.join(theirs, how="inner").reset_index().rename(columns={"family": "item"})
    both["price"] = both["revenue"] / both["quantity"].where(both["quantity"] != 0)
    return revenue(both.drop(columns="revenue").rename(columns={"theirs": "revenue"}))


def _load(snapshot: Snapshot, supply: str, demand: pd.DataFrame) -> pd.DataFrame:
    """Load against hours; an hour is worth the plan's revenue over the hours it needs."""
    cells = snapshot.table(statement("load_cells"), {"version": supply})
    hours, money = float(cells["load"].sum()), float(demand["revenue"].sum())
    cells["unit_value"] = money / hours if hours > 0 and money > 0 else 1.0
    return load(cells)
