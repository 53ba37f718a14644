"""Which SKUs inside the families that signal are off this month? Computed once per snapshot, kept beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from siop.core import Scope
from siop.deviations.detect import chart, panel
from siop.deviations.facts import measure_of
from siop.deviations.skus import judge_skus
from siop.deviations.streams import Streams
from siop.metrics import query
from siop.metrics.grain import grains
from siop.metrics.source import resolve
from siop.warehouse import Snapshot

COLUMNS = [
    "sku", "family", "month", "plan", "actual", "deviation", "deviation_ratio", "z", "p", "signal", "first_signal",
    "direction", "enough",
]  # fmt: skip


def sku_table(snapshot: Snapshot, scope: Scope, measure: str | None = None) -> pd.DataFrame:
    """The last closed month of every SKU with a plan, against its own baseline: COLUMNS, one row a SKU.

    p is of the moderated test (`judge_skus`), before any correction for looking at many. A SKU without a row in a
    closed month in which it was planned has sold nothing: its family's actuals are known, so this zero is. Reads the
    file kept at publishing where the scope is the whole company's at the default lag. Empty where no plan is by SKU.
    """
    kept = kept_at(snapshot)
    if kept.exists() and measure in (None, "quantity") and _whole(scope):
        return pd.read_parquet(kept)
    return _computed(snapshot, scope, measure)


def keep_flags(snapshot: Snapshot) -> Path:
    """Compute the table for the whole company and keep it beside the snapshot; called once after publishing."""
    path = kept_at(snapshot)
    aside = path.with_suffix(".aside")
    _computed(snapshot, Scope(), None).to_parquet(aside, index=False)
    aside.replace(path)
    return path


def kept_at(snapshot: Snapshot) -> Path:
    """Where the table of a snapshot is kept."""
    return snapshot.path.with_suffix(".skus.parquet")


def named(table: pd.DataFrame, found: Streams, q: float = 0.10) -> pd.DataFrame:
    """The SKUs of families that signal which are off, with q: of those named, a share of `q` is wrong on average.

    Only families with a signal in the last month are looked into, so that thousands of SKUs are not searched for
    chance. By the size of the deviation in units.
    """
    if table.empty or not found.families:
        return table.assign(q=np.array([], dtype=float))
    flagged = {f for i, f in enumerate(found.families) if found.chart.signal[i, -1]}
    inside = table[table["family"].isin(flagged) & table["p"].notna()].copy()
    inside["q"] = stats.false_discovery_control(inside["p"], method="bh") if len(inside) else inside["p"]
    off = inside[inside["q"] <= q]
    return off.sort_values("deviation", key=np.abs, ascending=False).reset_index(drop=True)


def _computed(snapshot: Snapshot, scope: Scope, measure: str | None) -> pd.DataFrame:
    measure, _ = measure_of(snapshot, measure)
    closed = [m for m in snapshot.closed_months if scope.last is None or m <= scope.last]
    names = resolve(snapshot, "consensus", closed, scope.lag).names
    found_at = grains(snapshot, names, measure) if names else []
    needed = [snapshot.dimension(d) for d in ("sku", "family", "month") if d in snapshot.dimensions]
    if len(needed) < 3 or not found_at or any(not g.has(d) for g in found_at for d in needed):
        return pd.DataFrame(columns=COLUMNS)
    here = replace(scope, first=closed[0], last=closed[-1])
    keys = ["family", "sku"]
    plan = query.table(snapshot, "consensus", (*keys, "month"), (measure,), here).rename(
        columns={measure: "plan"}
    )
    sold = query.table(snapshot, "actual", (*keys, "month"), (measure,), here).rename(
        columns={measure: "actual"}
    )
    both = pd.concat([plan.assign(actual=np.nan), sold.assign(plan=np.nan)], ignore_index=True).dropna(
        subset=keys
    )
    months = tuple(m for m in closed if m >= str(plan["month"].min()))
    streams, (planned, actual) = panel(both, keys, months, ("plan", "actual"))
    family = pd.factorize(streams["family"])[0]
    told = np.zeros((int(family.max(initial=-1)) + 1, len(months)))
    np.add.at(told, family, np.isfinite(actual))
    actual = np.where(np.isfinite(planned) & np.isnan(actual) & (told[family] > 0), 0.0, actual)
    keep = np.isfinite(planned[:, -1])
    drawn = chart(actual[keep], planned[keep], months)
    judged = judge_skus(drawn)
    off = actual[keep, -1] - planned[keep, -1]
    starts = [drawn.run_start(i) for i in range(int(keep.sum()))]
    return pd.DataFrame(
        {
            "sku": streams["sku"][keep].to_numpy(), "family": streams["family"][keep].to_numpy(), "month": months[-1],
            "plan": planned[keep, -1], "actual": actual[keep, -1], "deviation": off,
            "deviation_ratio": np.divide(off, np.abs(planned[keep, -1]), out=np.full(len(off), np.nan), where=planned[keep, -1] != 0),
            "z": judged.z, "p": judged.p, "signal": drawn.signal[:, -1],
            "first_signal": [None if s is None else months[s] for s in starts], "direction": drawn.side[:, -1],
            "enough": drawn.enough,
        }
    )[COLUMNS]  # fmt: skip


def _whole(scope: Scope) -> bool:
    return (
        not scope.where and not scope.only and scope.last is None and scope.cycle is None and scope.lag == 1
    )
