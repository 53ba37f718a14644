"""What changed in the plan? Two cycles' consensus plans over the months that both have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from siop.core import MEASURES, NotFound, Report, Scope, add_months, words
from siop.metrics.compare import default_measure, unknown_values
from siop.metrics.cycle import latest_by_cycle
from siop.metrics.footing import Footing, by_name, facts, footing, months_given, statement
from siop.metrics.page import usual
from siop.metrics.units import Mixed, mixed_notes, mixed_units, no_total
from siop.warehouse import Dimension, Snapshot

_NO_LINE: dict[str, float | None] = dict.fromkeys(("previous", "current", "change", "change_ratio"))


def plan_change(
    snapshot: Snapshot, scope: Scope, *, by: Sequence[str] | None = None, measure: str | None = None
) -> Report:
    """The newest consensus (of scope.cycle where given) against the cycle before it.

    Args: by: the rows, default the family, or the next there is (`page.usual`). The scope's months do not matter: all
        months that both plans have are looked at (whole quarters or years where a plan is so).
    Returns: rows {by, previous, current, change, change_ratio}; totals the same and stability = sum |change| /
        sum |previous| over the months both plans have (field.md section 3, COCC; it needs rows by month inside), and
        fence_stability = the same inside the fence of the plan before, None where no family has one.
        Nothing to compare gives no rows and a note; quantities in several units give no number and a note.
    Raises: NotFound for an unknown dimension or measure.
    """
    measure = measure or default_measure(snapshot)
    if measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)}")
    scope = by_name(snapshot, scope)
    dims = [snapshot.dimension(name) for name in (by if by is not None else (usual(snapshot),))]
    versions = latest_by_cycle(snapshot, scope.cycle)
    if len(versions) < 2:
        notes = ["What changed needs the consensus plans of two cycles; this snapshot has fewer."]
        return Report("plan-change", snapshot.id, snapshot.as_of, scope.as_dict(), [], {}, None, notes)
    (cycle, before), (_, after) = list(versions.items())[-2:]
    notes = unknown_values(snapshot, scope)
    months = _shared(snapshot, before, after)
    shared = replace(scope, first=months[0], last=months[-1]) if months else scope
    foot = footing(snapshot, shared, (before, after), dims, measure) if months else None
    if foot is None:
        notes.append(f"Plans {before} and {after} have no month in common.")
    else:
        notes += foot.notes
    seen = foot if foot is not None and foot.months and not foot.blocked else None
    rows, totals = _compared(snapshot, (before, after), cycle, dims, measure, shared, seen, notes)
    if seen is not None and totals["change"] is None and not rows:
        notes.append("There are no rows in this scope.")
    if seen is not None and (scope.first or scope.last):
        notes.append(
            f"What changed is told of all months that both plans have, {seen.months[0]} to {seen.months[-1]}:"
            " the months asked for do not cut it."
        )
    told = {
        **totals, "previous_version": before, "current_version": after, "from": seen.months[0] if seen else None,
        "to": seen.months[-1] if seen else None, "measure": measure,
    }  # fmt: skip
    return Report(
        "plan-change",
        snapshot.id,
        snapshot.as_of,
        scope.as_dict(),
        rows,
        told,
        None,
        list(dict.fromkeys(notes)),
    )


def _shared(snapshot: Snapshot, before: str, after: str) -> list[str]:
    """The months that both plans have, in order."""
    calendar = [str(m) for m in snapshot.calendar["month"]]
    return months_given(snapshot, after, months_given(snapshot, before, calendar))


def _compared(
    snapshot: Snapshot, versions: tuple[str, str], cycle: str, dims: Sequence[Dimension], measure: str, shared: Scope,
    foot: Footing | None, notes: list[str],
) -> tuple[list[dict[str, Any]], dict[str, float | None]]:  # fmt: skip
    """(rows, totals) over the months of the footing. An item that one plan lacks in a month is planned at zero there."""
    nothing: dict[str, float | None] = {**_NO_LINE, "stability": None, "fence_stability": None}
    if foot is None:
        return [], nothing
    by = [d.name for d in dims if d not in foot.lacking]
    keys = list(dict.fromkeys([*by, foot.period]))
    sides = [facts(snapshot, v, keys, (measure,), shared, foot.months).assign(here=True) for v in versions]
    both = sides[0].merge(sides[1], on=keys, how="outer", suffixes=("_old", "_new"))
    both["previous"], both["current"] = both[f"{measure}_old"], both[f"{measure}_new"]
    absent = [both[f"here_{end}"].isna() for end in ("old", "new")]
    both["change"] = both["current"].mask(absent[1], 0.0) - both["previous"].mask(absent[0], 0.0)
    mixed, in_all = _mixed(snapshot, versions, by, measure, shared, foot.months)
    notes += mixed_notes({} if foot.lacking else mixed, in_all)
    rows: list[dict[str, Any]] = []
    numbers = ["previous", "current", "change"]
    groups = both.groupby(by, dropna=False)[numbers].sum(min_count=1) if by and not foot.lacking else None
    for key, line in (
        zip(groups.index, groups.itertuples(index=False), strict=True) if groups is not None else ()
    ):
        told = tuple(None if pd.isna(n) else str(n) for n in (key if isinstance(key, tuple) else (key,)))
        rows.append({**dict(zip(by, told, strict=True)), **(_NO_LINE if told in mixed else _line(*line))})
    if in_all:
        return rows, nothing
    total = both[numbers].sum(min_count=1)
    base = float(both["previous"].abs().sum())
    return rows, {
        **_line(total["previous"], total["current"], total["change"]),
        "stability": float(both["change"].abs().sum()) / base if base else None,
        "fence_stability": _fence_stability(snapshot, versions, cycle, measure, shared, foot),
    }


def _mixed(
    snapshot: Snapshot, versions: tuple[str, str], by: Sequence[str], measure: str, shared: Scope, months: Sequence[str]
) -> tuple[Mixed, Mixed]:  # fmt: skip
    """The rows, and the total, whose quantities are counted in several units."""
    if measure != "quantity":
        return {}, {}
    rows = mixed_units(snapshot, versions, by, shared, months) if by else {}
    return rows, mixed_units(snapshot, versions, (), shared, months)


def _fence_stability(
    snapshot: Snapshot, versions: tuple[str, str], cycle: str, measure: str, shared: Scope, foot: Footing
) -> float | None:
    """sum |change| / sum of the plan before, by family and month inside the fence that its cycle had; None where the
    plans do not have these."""
    last = {str(f): add_months(cycle, int(months)) for f, months in snapshot.rows(statement("fences"))}
    needed = [snapshot.dimension(n) for n in ("family", "month") if n in snapshot.dimensions]
    if not last or len(needed) < 2 or any(not foot.grain.has(d) for d in needed):
        return None
    old, new = (facts(snapshot, v, ("family", "month"), (measure,), shared, foot.months) for v in versions)
    both = old.merge(new, on=["family", "month"], how="outer", suffixes=("_old", "_new"))
    inside = both[both["month"] <= both["family"].map(last).fillna("")]
    planned = float(inside[f"{measure}_old"].abs().sum())
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
    name = next(iter(biggest.values())) or "(none)"
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
