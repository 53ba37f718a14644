"""What changed in the plan? Two cycles' consensus plans over the months that both have and that are still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from siop.core import Report, Scope, add_months, span, words
from siop.metrics.compare import default_measure
from siop.metrics.footing import statement
from siop.metrics.page import usual
from siop.metrics.query import table
from siop.metrics.source import latest_consensus
from siop.metrics.units import Mixed, mixed_notes, mixed_units, no_total
from siop.warehouse import Snapshot

_NO_LINE: dict[str, float | None] = dict.fromkeys(("previous", "current", "change", "change_ratio"))


def plan_change(
    snapshot: Snapshot, scope: Scope, *, by: Sequence[str] | None = None, measure: str | None = None
) -> Report:
    """The newest consensus (of scope.cycle where given) against the cycle before it.

    Args: by: the rows, default the family, or the next there is (`page.usual`).
    Returns: rows {by, previous, current, change, change_ratio}; totals the same and stability = sum |change| /
        sum previous over the months both plans have (field.md section 3, COCC; it needs rows by month inside), and
        fence_stability = the same inside the fence of the plan before, None where no family has one.
        Nothing to compare gives no rows and a note; quantities in several units give no number and a note.
    """
    measure = measure or default_measure(snapshot)
    if by is None:
        by = (usual(snapshot),)
    consensus = snapshot.versions[snapshot.versions["kind"] == "consensus"].dropna(subset=["cycle"])
    cycles = sorted({c for c in consensus["cycle"] if scope.cycle is None or c <= scope.cycle})
    if len(cycles) < 2:
        notes = ["What changed needs the consensus plans of two cycles; this snapshot has fewer."]
        return Report("plan-change", snapshot.id, snapshot.as_of, scope.as_dict(), [], {}, None, notes)
    before, after = latest_consensus(snapshot, cycles[-2]), latest_consensus(snapshot, cycles[-1])
    spans = consensus.set_index("version")
    first = max(str(spans.at[v, "first_month"]) for v in (before, after))
    last = min(str(spans.at[v, "last_month"]) for v in (before, after))
    shared = replace(scope, first=first, last=last)
    keys = list(dict.fromkeys([*by, "month"]))
    old = table(snapshot, str(before), keys, (measure,), shared).rename(columns={measure: "previous"})
    new = table(snapshot, str(after), keys, (measure,), shared).rename(columns={measure: "current"})
    both = old.merge(new, on=keys, how="outer")
    both["change"] = both["current"].fillna(0.0) - both["previous"].fillna(0.0)
    moved = float(both["change"].abs().sum())
    groups = both.groupby(list(by), dropna=False)[["previous", "current", "change"]].sum(min_count=1)
    mixed, in_all = _mixed(snapshot, (str(before), str(after)), by, measure, shared)
    rows = []
    for key, numbers in zip(groups.index, groups.itertuples(index=False), strict=True):
        names = key if isinstance(key, tuple) else (key,)
        told = tuple(None if pd.isna(n) else str(n) for n in names)
        rows.append({**dict(zip(by, names, strict=True)), **(_NO_LINE if told in mixed else _line(*numbers))})
    total = both[["previous", "current", "change"]].sum(min_count=1)
    fenced = _fence_stability(snapshot, str(before), str(after), cycles[-2], measure, shared)
    totals = {
        **(_NO_LINE if in_all else _line(total["previous"], total["current"], total["change"])),
        "stability": moved / float(total["previous"]) if total["previous"] and not in_all else None,
        "fence_stability": None if in_all else fenced,
        "previous_version": before, "current_version": after, "from": first, "to": last, "measure": measure,
    }  # fmt: skip
    return Report(
        "plan-change",
        snapshot.id,
        snapshot.as_of,
        scope.as_dict(),
        rows,
        totals,
        None,
        mixed_notes(mixed, in_all),
    )


def _mixed(
    snapshot: Snapshot, versions: tuple[str, str], by: Sequence[str], measure: str, shared: Scope
) -> tuple[Mixed, Mixed]:
    """The rows, and the total, whose quantities are counted in several units."""
    if measure != "quantity":
        return {}, {}
    months = span(str(shared.first), str(shared.last))
    return mixed_units(snapshot, versions, by, shared, months), mixed_units(
        snapshot, versions, (), shared, months
    )


def _fence_stability(
    snapshot: Snapshot, before: str, after: str, cycle: str, measure: str, shared: Scope
) -> float | None:
    """sum |change| / sum of the plan before, by family and month inside the fence that its cycle had."""
    last = {str(f): add_months(cycle, int(months)) for f, months in snapshot.rows(statement("fences"))}
    if not last or "family" not in snapshot.dimensions:
        return None
    old, new = (table(snapshot, v, ("family", "month"), (measure,), shared) for v in (before, after))
    both = old.merge(new, on=["family", "month"], how="outer", suffixes=("_old", "_new"))
    inside = both[both["month"] <= both["family"].map(last).fillna("")]
    planned = float(inside[f"{measure}_old"].sum())
    changed = (inside[f"{measure}_new"].fillna(0.0) - inside[f"{measure}_old"].fillna(0.0)).abs().sum()
    return float(changed) / planned if planned else None


def change_sentence(report: Report, currency: str) -> str:
    """What changed, as said aloud; computed from the report's rows."""
    if not report.rows:
        return report.notes[0] if report.notes else "Nothing to compare."
    total = report.totals
    unit = "units" if total["measure"] == "quantity" else "money"
    if total["change"] is None:
        return no_total(report) or "The two plans give no numbers to compare."
    if not total["change"]:
        return "The plan did not change since the last cycle."
    direction = "rose" if total["change"] > 0 else "fell"
    biggest = max(report.rows, key=lambda row: abs(row["change"] or 0.0))
    name = next(iter(biggest.values()))
    return (
        f"The plan {direction} by {words.amount(abs(total['change']), unit, currency)} since the last cycle;"
        f" {name} moved most, {words.amount(biggest['change'], unit, currency, signed=True)}."
    )


def _line(previous: float, current: float, change: float) -> dict[str, float | None]:
    known = {name: float(v) if words.known(v) else None for name, v in
             (("previous", previous), ("current", current), ("change", change))}  # fmt: skip
    before = known["previous"]
    known["change_ratio"] = known["change"] / abs(before) if before and known["change"] is not None else None
    return known
