"""Was made what was planned? Attainment of the volume, and adherence to the mix, product by product."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from siop.core import Report, Scope, words
from siop.metrics.compare import attainment
from siop.metrics.footing import by_name, statement
from siop.metrics.source import months_of, resolve
from siop.metrics.supply import slice_of, without_time
from siop.warehouse import Snapshot


def adherence(snapshot: Snapshot, scope: Scope) -> Report:
    """Production against the supply plan of scope.lag, of the closed months of the scope, by family.

    Returns: rows {family, planned, made, attainment, mix_adherence, unplanned}; totals the same. mix_adherence =
        sum min(made, planned) / sum planned over products and months: what is made too much of one product does not
        make up for another. unplanned: made without a plan. Ratios are None where nothing is planned. Months without
        a supply plan of the lag are left out, with a note.
    Raises: NotFound for an unknown dimension.
    Source: build-to-plan mix (field practice); APICS for attainment.
    """
    scope = by_name(snapshot, scope)
    part = slice_of(snapshot, without_time(snapshot, scope))
    closed = set(snapshot.closed_months)
    months = [m for m in months_of(snapshot, scope) if m in closed]
    pairs = resolve(snapshot, "supply", months, scope.lag)
    notes: list[str] = []
    if part.blocked:
        notes.append(f"Production is not split by {words.listed([d.name for d in part.blocked])}.")
    if pairs.missing:
        notes.append(
            f"There is no supply plan of lag {scope.lag} for {words.count(len(pairs.missing), 'month')}: left out."
        )
    table = snapshot.table(
        statement("made_by_product"),
        {"versions": ["actual", *pairs.names], "skus": None if part.skus is None else list(part.skus),
         "sites": None if part.sites is None else list(part.sites)},
    )  # fmt: skip
    if part.blocked or table.empty or not pairs.versions:
        if table.empty:
            notes.append("No production is loaded: made against planned is not known.")
        return Report("adherence", snapshot.id, snapshot.as_of, scope.as_dict(), [], _line(None), None, notes)
    both = _both(table, dict(zip(pairs.months, pairs.versions, strict=True)))
    rows = [
        {"family": str(name) or None, **_line(own)} for name, own in both.groupby(both["family"].fillna(""))
    ]
    return Report("adherence", snapshot.id, snapshot.as_of, scope.as_dict(), rows, _line(both), None, notes)


def mix_adherence(made: np.ndarray, planned: np.ndarray) -> float | None:
    """sum min(made, planned) / sum planned; None where nothing is planned. Both shape (n,), same unit, no NaN.

    >>> mix_adherence(np.array([120.0, 40.0]), np.array([100.0, 60.0]))
    0.875
    """
    total = float(planned.sum())
    return float(np.minimum(made, planned).sum()) / total if total > 0 else None


def _both(table: pd.DataFrame, version_of: dict[str, str]) -> pd.DataFrame:
    """family, sku, month, made, planned of the months that have a plan; zero where one side has no row."""
    inside = table[table["month"].isin(version_of)]
    keys = ["family", "sku", "month"]
    made = inside[inside["version"] == "actual"].rename(columns={"quantity": "made"})[[*keys, "made"]]
    plan = inside[inside["version"] == inside["month"].map(version_of)].rename(
        columns={"quantity": "planned"}
    )[[*keys, "planned"]]
    return made.merge(plan, on=keys, how="outer").fillna({"made": 0.0, "planned": 0.0})


def _line(rows: pd.DataFrame | None) -> dict[str, Any]:
    if rows is None:
        return dict.fromkeys(("planned", "made", "attainment", "mix_adherence", "unplanned"))
    made, planned = rows["made"].to_numpy(float), rows["planned"].to_numpy(float)
    return {
        "planned": float(planned.sum()), "made": float(made.sum()), "attainment": attainment(float(made.sum()), float(planned.sum())),
        "mix_adherence": mix_adherence(made, planned), "unplanned": float(made[planned == 0].sum()),
    }  # fmt: skip


__all__ = ["adherence", "mix_adherence"]
