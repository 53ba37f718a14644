"""What is made, what lies in stock, and the hours it takes: read at a scope, and cut to the hours there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from siop.core import Scope
from siop.metrics.footing import filters, statement
from siop.warehouse import Dimension, Snapshot


@dataclass(frozen=True, slots=True)
class Slice:
    """The products and sites of a scope. None is all of them; blocked: filters that supply and stock do not have."""

    products: pd.DataFrame
    skus: tuple[str, ...] | None
    sites: tuple[str, ...] | None
    blocked: tuple[Dimension, ...]

    @property
    def family(self) -> dict[str, str]:
        """{sku: family}."""
        known = self.products.dropna(subset=["family"])
        return dict(zip(known["sku"].astype(str), known["family"].astype(str), strict=True))


def without_time(snapshot: Snapshot, scope: Scope) -> Scope:
    """The scope without filters on month, quarter or year: a stock has a past, whatever months are looked at."""

    def kept(pairs: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple(pair for pair in pairs if snapshot.dimension(pair[0]).side != "time")

    return replace(scope, where=kept(scope.where), only=kept(scope.only))


def slice_of(snapshot: Snapshot, scope: Scope) -> Slice:
    """Products with their attributes (those of the family filled in), narrowed to the scope."""
    products = snapshot.table("SELECT * FROM products ORDER BY sku")
    families = snapshot.table("SELECT * FROM families")
    for name in (c for c in families if c != "family" and c in products):
        given = products["family"].map(families.set_index("family")[name])
        products[name] = products[name].astype(object).where(products[name].notna(), given)
    sites: pd.DataFrame | None = None
    narrowed = False
    blocked: dict[str, Dimension] = {}
    for (name, values), dimension in zip((*scope.where, *scope.only), filters(snapshot, scope), strict=True):
        if dimension.side == "product":
            products = products[products[name].astype(str).isin(values)]
            narrowed = True
        elif dimension.side == "site":
            sites = snapshot.table("SELECT * FROM sites") if sites is None else sites
            sites = sites[sites[name].astype(str).isin(values)]
        elif dimension.side == "customer":
            blocked[name] = dimension
    return Slice(
        products.reset_index(drop=True),
        tuple(products["sku"].astype(str)) if narrowed else None,
        None if sites is None else tuple(sites["site"].astype(str)),
        tuple(blocked.values()),
    )


def production(snapshot: Snapshot, part: Slice, versions: Sequence[str]) -> pd.DataFrame:
    """version, month, sku, site, quantity of what was or will be made in a slice."""
    frame = snapshot.table(statement("production"), {"versions": list(versions), "skus": _listed(part.skus)})
    return frame if part.sites is None else frame[frame["site"].isin(part.sites)]


def stock(snapshot: Snapshot, part: Slice) -> pd.DataFrame:
    """month, sku, quantity, value, unvalued of actual closing stock in a slice."""
    return snapshot.table(statement("stock"), {"skus": _listed(part.skus), "sites": _listed(part.sites)})


def bills(snapshot: Snapshot) -> pd.DataFrame:
    """resource, site (of the resource), sku, family, hours a unit."""
    return snapshot.table(statement("bills"))


def capacity(snapshot: Snapshot) -> pd.DataFrame:
    """resource, month, available_hours, overtime_hours, demonstrated_rate; a resource without hours has one row."""
    return snapshot.table(statement("capacity"))


def load_rows(made: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """made with the hours it needs: one row per row of `made` and resource; columns of both and `load`.

    A product made at a site loads only the resources of that site, where both name one.
    """
    own = hours.dropna(subset=["sku"]).rename(columns={"site": "at"})[["resource", "at", "sku", "hours"]]
    joined = made.assign(row=range(len(made))).merge(own, on="sku")
    joined = joined[joined["at"].isna() | joined["site"].isna() | (joined["at"] == joined["site"])]
    return joined.assign(load=joined["quantity"] * joined["hours"])


def family_hours(hours: pd.DataFrame, sold: pd.DataFrame) -> pd.DataFrame:
    """resource, family, hours a unit of the family: its products' hours weighted by how much of each is sold.

    A product without a bill on the resource needs none of it. sold: sku, family, quantity; where a family sold nothing
    its products count alike.
    """
    whole = hours[hours["sku"].isna()][["resource", "family", "hours"]]
    own = hours.dropna(subset=["sku", "family"])
    if own.empty:
        return whole
    table = own.pivot_table(index="sku", columns="resource", values="hours", aggfunc="max")
    known = sold.dropna(subset=["family"]).set_index("sku")
    weights = known["quantity"].clip(lower=0.0).fillna(0.0)
    nothing = weights.groupby(known["family"]).transform("sum") == 0
    weights = weights.mask(nothing, 1.0)
    weighed = table.reindex(weights.index).fillna(0.0).mul(weights, axis=0).groupby(known["family"]).sum()
    means = weighed.div(weights.groupby(known["family"]).sum(), axis=0)
    long = means.rename_axis("family").reset_index().melt("family", var_name="resource", value_name="hours")
    return pd.concat([whole, long[long["hours"] > 0]], ignore_index=True)[["resource", "family", "hours"]]


def constrained(made: pd.DataFrame, loads: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    """What of `made` the hours allow: where a resource is over its limit, everything on it shrinks in proportion.

    Args: made: month, sku, site, quantity; loads: `load_rows(made, ...)`; limits: resource, month, hours (NaN or
        absent is no known limit). Returns: made with quantity cut. Nothing is moved to another month.
    """
    if loads.empty:
        return made
    summed = (
        loads.groupby(["resource", "month"], as_index=False)["load"]
        .sum()
        .merge(limits, on=["resource", "month"])
    )
    over = summed[(summed["load"] > summed["hours"]) & (summed["load"] > 0)]
    if over.empty:
        return made
    over = over.assign(factor=over["hours"].clip(lower=0.0) / over["load"])
    hit = loads.merge(over[["resource", "month", "factor"]], on=["resource", "month"])
    least = hit[hit["hours"] > 0].groupby("row")["factor"].min()
    factor = least.reindex(range(len(made))).fillna(1.0).to_numpy()
    return made.assign(quantity=made["quantity"].to_numpy() * factor)


def _listed(names: tuple[str, ...] | None) -> list[str] | None:
    return None if names is None else list(names)
