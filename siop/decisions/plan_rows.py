"""Which rows of a signed plan are not as they were signed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siop.warehouse import Snapshot

_ROWS = Path(__file__).with_name("sql") / "plan_rows.sql"
KEYS = ("month", "sku", "family", "customer", "region", "site")
MEASURES = ("quantity", "revenue", "cost")


def changed_rows(signed: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The rows that differ, exactly.

    Args: both with KEYS (None for an absent level) and MEASURES.
    Returns: KEYS, then per measure `<measure>_signed` and `<measure>_now` (NaN where there was or is none), and
        `change`: added, removed or changed; in the order of the keys.
    """
    old, new = (_keyed(frame) for frame in (signed, now))
    both = old.merge(
        new, on=list(KEYS), how="outer", suffixes=("_signed", "_now"), indicator="change", sort=True
    )
    same = pd.Series(True, index=both.index)
    for measure in MEASURES:
        before, after = both[f"{measure}_signed"], both[f"{measure}_now"]
        same &= (before == after) | (before.isna() & after.isna())
    told = both["change"].map({"left_only": "removed", "right_only": "added", "both": "changed"}).astype(str)
    found = both.assign(change=told)[(told != "changed") | ~same].reset_index(drop=True)
    return found.assign(**{key: found[key].where(found[key] != "", None) for key in KEYS})


def plan_rows(snapshot: Snapshot, version: str) -> pd.DataFrame:
    """The rows of a plan version: KEYS and MEASURES."""
    return snapshot.table(_ROWS.read_text(encoding="utf-8"), {"version": version})


def signed_against_now(signed: Snapshot, now: Snapshot, version: str) -> pd.DataFrame:
    """`changed_rows` of a version between the snapshot that was signed and the current one."""
    return changed_rows(plan_rows(signed, version), plan_rows(now, version))


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    keys = {key: frame[key].astype("object").where(frame[key].notna(), "") for key in KEYS}
    summed: pd.DataFrame = (
        frame.assign(**keys).groupby(list(KEYS), as_index=False)[list(MEASURES)].sum(min_count=1)
    )
    return summed
