"""`report localise`: which slices of the business moved by a common percentage, and how much money that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from siop import metrics
from siop.core import MEASURES, NotFound, Report, Scope
from siop.deviations import sentences
from siop.deviations.localise import Localised
from siop.deviations.localise import localise as find_slices
from siop.ledger import State
from siop.metrics.footing import Footing, by_name, facts, footing
from siop.warehouse import Dimension, Snapshot

MOST_DIMS = 5
MOST_MEMBERS = 60  # of a dimension that is searched without being asked for
MOST_LEAVES = 200_000
WINDOWS = (12, 6, 3)  # last months that are searched beside the whole
LONGEST_SHARE = 0.7  # ... where they are shorter than so much of it


def localise(
    snapshot: Snapshot,
    state: State,
    scope: Scope,
    *,
    measure: str | None = None,
    by: Sequence[str] | None = None,
    version: str | None = None,
) -> Report:
    """Which slices moved by a common percentage.

    Args: measure: default revenue where loaded; by: dimensions to search, default up to five that plan and actual have;
        version: default the consensus at scope.lag, where there is none the budget of the period. Months: the scope's,
        default all closed ones; those that the plan does not have are left out and noted.
    Returns: rows {slice, effect, impact, share_of_gap, plan, items, actual, score, without, since, recent_effect, sentence}, by
        money. A slice that only moved lately is found too: since its months, recent_effect in them;
        totals {gap, broad_effect, broad_impact, rest}: impacts + broad_impact + rest = gap.
    Raises: NotFound for an unknown measure, dimension or version.
    """
    measure = measure or metrics.default_measure(snapshot)
    if measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)}")
    scope = by_name(snapshot, scope)
    asked = [snapshot.dimension(d) for d in by or ()]
    source, stands, notes = _plan(snapshot, scope, measure, version, asked)
    dims = [d for d in asked or _searchable(snapshot, stands, scope) if d.side != "time"]
    dims = [d for d in dims if d not in stands.lacking]
    months = list(stands.months)
    told: dict[str, Any] = {
        "measure": measure, "dimensions": [d.name for d in dims], "version": source,
        "from": months[0] if months else None, "to": months[-1] if months else None,
    }  # fmt: skip
    notes += stands.notes
    if not dims or not months or stands.blocked:
        notes.append("There is no dimension that plan and actual share in this scope: nothing to localise.")
        return _report(
            snapshot, scope, [], {**_NONE, **told, "headline": "There is nothing to localise"}, notes
        )
    names = [d.name for d in dims]
    leaves = _leaves(snapshot, source, names, measure, scope, months)
    if len(leaves) > MOST_LEAVES:
        notes.append(f"{len(leaves):,} leaves: ask for coarser dimensions with --by to search them.")
        return _report(
            snapshot, scope, [], {**_NONE, **told, "headline": "There is nothing to localise"}, notes
        )
    windows = [months[-n:] for n in WINDOWS if n <= LONGEST_SHARE * len(months)]
    lately = [_leaves(snapshot, source, names, measure, scope, w) for w in windows]
    aligned = [
        leaves[names].merge(f, on=names, how="left")[["plan", "actual"]].to_numpy(dtype=float) for f in lately
    ]
    found = find_slices(leaves, names, windows=[(a[:, 0], a[:, 1]) for a in aligned])
    unit = MEASURES[measure].unit
    totals = {
        "gap": found.gap, "broad_effect": found.broad_effect, "broad_impact": found.broad_impact, "rest": found.rest,
        **told, "items": len(leaves),
    }  # fmt: skip
    rows = _rows(found, totals, unit, snapshot, [w[0] for w in windows])
    unplanned = int((leaves["plan"].fillna(0) <= 0).sum())
    if unplanned:
        notes.append(
            f"{unplanned} of {len(leaves)} items have no plan: their money counts, a change of them cannot be told."
        )
    if stands.lacking:
        notes.append("Only what plan and actual both have is searched.")
    totals["headline"] = sentences.localise_headline(rows, totals, unit, snapshot.currency, snapshot.labels)
    return _report(snapshot, scope, rows, totals, notes)


_NONE: dict[str, Any] = {"gap": None, "broad_effect": None, "broad_impact": None, "rest": None, "items": 0}


def _plan(
    snapshot: Snapshot, scope: Scope, measure: str, version: str | None, asked: Sequence[Dimension]
) -> tuple[str, Footing, list[str]]:
    """(source, how it can be compared, notes): the version named, the consensus, or the budget where there is none."""
    if version is not None:
        return version, footing(snapshot, scope, ("actual", version), asked, measure), []
    stands = footing(snapshot, scope, ("actual", "consensus"), asked, measure)
    if stands.months and not stands.blocked:
        return "consensus", stands, []
    other = footing(snapshot, scope, ("actual", "budget"), asked, measure)
    if other.months and not other.blocked:
        return (
            "budget",
            other,
            ["No consensus plan fits this scope: judged against the budget of the period."],
        )
    return "consensus", stands, []


def _searchable(snapshot: Snapshot, stands: Footing, scope: Scope) -> list[Dimension]:
    """Up to five dimensions that plan and actual have, parents first; none that only renames another one's members."""
    fixed = {d for d, values in (*scope.where, *scope.only) if len(values) == 1}
    able = [
        d for d in snapshot.dimensions.values()
        if d.side != "time" and d.in_cube and d.name not in fixed and 2 <= d.members <= MOST_MEMBERS and stands.grain.has(d)
    ]  # fmt: skip
    parents = [d for d in able if d.level == "parent"]
    rest = sorted(
        (d for d in able if d.level != "parent" and not _coarser(d, parents)), key=lambda d: -d.members
    )
    chosen = parents
    while rest and len(chosen) < MOST_DIMS:  # the sides in turn, the finest of each first
        taken = [sum(d.side == side for d in chosen) for side in (d.side for d in rest)]
        chosen.append(rest.pop(int(np.argmin(taken))))
    return chosen[:MOST_DIMS]


def _coarser(dimension: Dimension, chosen: Sequence[Dimension]) -> bool:
    """Whether a parent that is already searched determines it: its slices are sets of the parent's, seldom what moved."""
    return dimension.of_parent and any(
        d.side == dimension.side and d.of_parent and d.level == "parent" for d in chosen
    )


def _leaves(
    snapshot: Snapshot, source: str, names: list[str], measure: str, scope: Scope, months: Sequence[str]
) -> pd.DataFrame:
    """Plan and actual of every combination of the dimensions that has either."""
    plan = facts(snapshot, source, names, (measure,), scope, months).rename(columns={measure: "plan"})
    actual = facts(snapshot, "actual", names, (measure,), scope, months).rename(columns={measure: "actual"})
    return plan.merge(actual, on=names, how="outer")


def _rows(
    found: Localised, totals: dict[str, Any], unit: str, snapshot: Snapshot, since: Sequence[str]
) -> list[dict[str, Any]]:
    rows = []
    for s in found.slices:
        row: dict[str, Any] = {
            "slice": s.where, "effect": s.effect, "impact": s.impact, "share_of_gap": s.impact / found.gap if found.gap else None,
            "plan": s.plan, "items": s.items, "actual": s.actual, "score": s.score, "without": list(s.without),
            "since": None if s.window is None else since[s.window], "recent_effect": s.recent,
        }  # fmt: skip
        row["sentence"] = sentences.slice_sentence(row, totals, unit, snapshot.currency, snapshot.labels)
        rows.append(row)
    return rows


def _report(
    snapshot: Snapshot, scope: Scope, rows: list[dict[str, Any]], totals: dict[str, Any], notes: list[str]
) -> Report:
    said = list(dict.fromkeys(notes))
    return Report("localise", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, None, said)


def last_quarter(snapshot: Snapshot, scope: Scope) -> Scope:
    """The last three closed months of a scope, for a look at what moved lately."""
    closed = [m for m in snapshot.closed_months if scope.last is None or m <= scope.last]
    return replace(scope, first=closed[-3:][0] if closed else None, last=closed[-1] if closed else None)
