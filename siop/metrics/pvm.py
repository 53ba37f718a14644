"""Price, volume and mix: why one total is not the other, exactly.

The accounting convention, which finance reconciles to (methods: field practice; ACCA and CMA textbooks):
volume = (Q1 - Q0) x M0, mix = sum (q1 - Q1 q0/Q0) m0, price = sum q1 (p1 - p0) fx0, fx = sum q1 p1 (fx1 - fx0),
cost = -sum q1 (c1 - c0), over the items that continue (q0 > 0 and q1 > 0); M0 is the base's average unit margin.
What the convention cannot split is `unexplained`, so that the effects always sum to the total.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

EFFECTS = ("volume", "mix", "price", "fx", "cost", "new", "discontinued", "unexplained")
_TOLERANCE = 1e-9


def pvm(frame: pd.DataFrame, groups: Sequence[str] = ()) -> pd.DataFrame:
    """Effects per item from quantities and unit prices.

    Args: frame: q0, p0, q1, p1 (quantity and local price of base and current); where they matter c0, c1 (unit cost
        in the reporting currency, default 0), fx0, fx1 (reporting currency per local unit, default 1). Rows are
        items. groups: columns within which volume and mix are taken, such as the unit of measure.
    Returns: the columns of `frame` that are not numbers of the bridge, then EFFECTS and total, in the reporting
        currency; item mix is valued at the item's own margin. The sum of EFFECTS is total.
    """
    one = pd.Series(1.0, index=frame.index)
    q0, q1 = (frame[c].astype("float64").fillna(0.0) for c in ("q0", "q1"))
    fx0, fx1 = (frame[c].astype("float64") if c in frame else one for c in ("fx0", "fx1"))
    given = {c: frame[c].astype("float64") if c in frame else 0.0 * one for c in ("p0", "p1", "c0", "c1")}

    def product(quantity: pd.Series[float], *factors: pd.Series[float]) -> pd.Series[float]:
        result = quantity
        for factor in factors:
            result = result * factor
        return result.where(quantity != 0, 0.0)  # no quantity: nothing, whatever the unknown price

    items = frame.drop(columns=[c for c in ("q0", "p0", "c0", "fx0", "q1", "p1", "c1", "fx1") if c in frame])
    items = items.assign(
        q0=q0, q1=q1,
        revenue0=product(q0, given["p0"], fx0), revenue1=product(q1, given["p1"], fx1),
        revenue1_fx0=product(q1, given["p1"], fx0),
        cost0=product(q0, given["c0"]), cost1=product(q1, given["c1"]),
    )  # fmt: skip
    items["value0"] = items["revenue0"] - items["cost0"]
    items["value1"] = items["revenue1"] - items["cost1"]
    effects = decompose(items, groups)
    kept = [c for c in items if c in frame]
    return pd.concat([items[kept], effects], axis=1)


def decompose(items: pd.DataFrame, groups: Sequence[str] = ()) -> pd.DataFrame:
    """Effects per item from sums.

    Args: items: one row an item, with q0, q1 (quantity), revenue0, revenue1, cost0, cost1 (amounts) and value0,
        value1 (what is bridged: revenue, or revenue - cost); optional revenue1_fx0 (current revenue at the base's
        rates); optional why, a reason known before not to explain an item, else "". NaN is unknown; an item that one side
        does not have is zero there. groups: see `pvm`.
    Returns: EFFECTS, total (= value1 - value0, unknown values count as nothing) and reason (why a row is not
        explained: "unknown", "value", "quantity", "sign" or what `why` says, else "").
    """
    q0, q1 = items["q0"].to_numpy(float), items["q1"].to_numpy(float)
    r0, r1 = items["revenue0"].to_numpy(float), items["revenue1"].to_numpy(float)
    c0, c1 = items["cost0"].to_numpy(float), items["cost1"].to_numpy(float)
    v0, v1 = items["value0"].to_numpy(float), items["value1"].to_numpy(float)
    at_base = items["revenue1_fx0"].to_numpy(float) if "revenue1_fx0" in items else r1
    total = np.nan_to_num(v1) - np.nan_to_num(v0)

    absent0, absent1 = (q0 == 0) & (v0 == 0), (q1 == 0) & (v1 == 0)
    is_new = absent0 & ~absent1 & np.isfinite(v1)
    is_gone = absent1 & ~absent0 & np.isfinite(v0)
    size = np.maximum(np.abs(np.nan_to_num(r0)) + np.abs(np.nan_to_num(c0)), 1.0)
    size1 = np.maximum(np.abs(np.nan_to_num(r1)) + np.abs(np.nan_to_num(c1)), 1.0)
    with np.errstate(invalid="ignore"):
        known = (np.abs(r0 - c0 - v0) <= _TOLERANCE * size) & (np.abs(r1 - c1 - v1) <= _TOLERANCE * size1)
        counted = np.isfinite(q0) & np.isfinite(q1)
        positive = (q0 > 0) & (q1 > 0)
    both = ~(absent0 & absent1) & ~is_new & ~is_gone
    why = items["why"].to_numpy(str) if "why" in items else np.full(len(items), "")
    keeps = both & known & counted & positive & (why == "")

    unit = np.divide(v0, q0, out=np.zeros_like(q0), where=keeps)
    totals0, totals1 = _totals(items, groups, np.where(keeps, q0, 0.0), np.where(keeps, q1, 0.0))
    share = np.divide(q0, totals0, out=np.zeros_like(q0), where=keeps)
    with np.errstate(invalid="ignore"):
        scaled = np.where(keeps, q1 / np.where(keeps, q0, 1.0), 0.0)
        effects = {
            "volume": np.where(keeps, (totals1 - totals0) * share * unit, 0.0),
            "mix": np.where(keeps, (q1 - totals1 * share) * unit, 0.0),
            "price": np.where(keeps, at_base - scaled * r0, 0.0),
            "fx": np.where(keeps, r1 - at_base, 0.0),
            "cost": np.where(keeps, -(c1 - scaled * c0), 0.0),
            "new": np.where(is_new, total, 0.0),
            "discontinued": np.where(is_gone, total, 0.0),
        }
    effects["unexplained"] = np.where(both & ~keeps, total, 0.0)
    told = np.isfinite(v0) & np.isfinite(v1)
    reason = np.where(
        ~told,
        "unknown",
        np.where(~known, "value", np.where(~counted, "quantity", np.where(~positive, "sign", why))),
    )
    result = pd.DataFrame(effects, index=items.index)[list(EFFECTS)]
    result["total"] = total
    result["reason"] = np.where(both & ~keeps, reason, "")
    return result


def relative_mix(frame: pd.DataFrame) -> pd.Series[float]:
    """Item mix against the average: Q1 (s1 - s0) (m0 - M0), so that a shift to a poorer item is negative.

    Same columns as `pvm`; the sum over items equals the sum of pvm's mix. Zero for items that do not continue.
    """
    keeps = (frame["q0"] > 0) & (frame["q1"] > 0)
    q0, q1 = frame["q0"].where(keeps, 0.0), frame["q1"].where(keeps, 0.0)
    margin = frame["p0"] * frame.get("fx0", 1.0) - frame.get("c0", 0.0)
    if not q0.sum():
        return 0.0 * q0
    average = (q0 * margin.where(keeps, 0.0)).sum() / q0.sum()
    return ((q1 - q1.sum() * q0 / q0.sum()) * (margin - average)).where(keeps, 0.0)


def hierarchical_mix(frame: pd.DataFrame, level: str) -> tuple[float, pd.Series[float]]:
    """(mix between the members of `level`, mix inside each of them); together the whole mix, exactly.

    Between = Q1 sum_f (S1_f - S0_f) M0_f, inside f = Q1_f sum_i (s1 - s0) m0, over continuing items.
    """
    inside = pvm(frame, [level]).groupby(frame[level])["mix"].sum()
    return float(pvm(frame)["mix"].sum() - inside.sum()), inside


def shapley(frame: pd.DataFrame) -> pd.DataFrame:
    """price and quantity effect without an order: each is the mean over both orders; exact for two factors."""
    return pd.DataFrame(
        {
            "price": (frame["p1"] - frame["p0"]) * (frame["q0"] + frame["q1"]) / 2,
            "quantity": (frame["q1"] - frame["q0"]) * (frame["p0"] + frame["p1"]) / 2,
        }
    )


def lmdi(frame: pd.DataFrame) -> pd.DataFrame:
    """price and quantity effect by the logarithmic mean: L(x1, x0) ln(ratio); exact, for positive values only.

    L(x1, x0) = (x1 - x0) / ln(x1 / x0), and x0 where both are equal. Source: Ang (2004), Energy Policy 32.
    """
    x0, x1 = frame["p0"] * frame["q0"], frame["p1"] * frame["q1"]
    ratio = np.log(x1 / x0)
    mean = ((x1 - x0) / ratio.where(ratio != 0, 1.0)).where(ratio != 0, x0)
    return pd.DataFrame(
        {
            "price": mean * np.log(frame["p1"] / frame["p0"]),
            "quantity": mean * np.log(frame["q1"] / frame["q0"]),
        }
    )


def _totals(
    items: pd.DataFrame, groups: Sequence[str], q0: np.ndarray, q1: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The total quantity of each item's group, per item."""
    if not groups:
        return np.full(len(items), q0.sum()), np.full(len(items), q1.sum())
    codes = items.groupby(list(groups), dropna=False, sort=False).ngroup().to_numpy()
    size = int(codes.max()) + 1 if len(codes) else 0
    return np.bincount(codes, q0, size)[codes], np.bincount(codes, q1, size)[codes]
