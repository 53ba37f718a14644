"""The signed plans of the last cycles against what is in force now, from snapshots (definition in `unsigned`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from siop.core import NotFound, Refused, add_months
from siop.decisions.plan_rows import KEYS, changed_rows, plan_rows
from siop.health.one_plan import statement
from siop.health.unsigned import Allowed, Survival, allowed, link, moved, survival
from siop.health.window import Window, said_of
from siop.ledger.state import PublishView, SignOffView, State
from siop.metrics.source import latest_consensus
from siop.warehouse import Snapshot

_MEASURES = ("revenue", "quantity", "cost")


@dataclass(frozen=True, slots=True)
class Signed:
    """The plan of a cycle as it was signed: its version, the hash and the snapshot that the last signer saw."""

    version: str
    cycle: str
    plan_hash: str | None
    snapshot: str | None


def signed_plans(state: State, cycle_of: Mapping[str, str], within: Window) -> list[Signed]:
    """One per cycle of the window that was signed or published: the published version, else the last signed."""
    found = []
    for cycle in within.cycles:
        said = said_of(_said(state), cycle_of, cycle)
        published = [p for p in said if isinstance(p, PublishView)]
        if not said:
            continue
        version = (published or said)[-1].version
        last = max((s for s in said if s.version == version), key=lambda s: (s.at, s.seq))
        found.append(Signed(version, cycle, last.plan_hash, last.plan_snapshot))
    return found


def _said(state: State) -> list[SignOffView | PublishView]:
    return [*state.signatures, *state.publishes]


def rights(snapshot: Snapshot, state: State, until: str | None = None) -> list[Allowed]:
    """The changes that decisions approved by the end of a cycle (default: now) authorise, with the dimensions' own
    names."""
    return [_named(snapshot, one) for one in allowed(state, until)]


def survivals(
    snapshot: Snapshot, state: State, cycle_of: Mapping[str, str], within: Window, until: str | None = None
) -> tuple[list[Survival], str]:
    """How each signed plan of the window fared, and the unit of the sums ("money", or "units" without revenue).

    Args: until: the cycle up to whose end decisions count; default now.
    """
    plans = signed_plans(state, cycle_of, within)
    versions = snapshot.versions.set_index("version")
    plans = [p for p in plans if p.version in versions.index]
    signatures = {s.version for s in _said(state)}
    allows = rights(snapshot, state, until)
    found, units = [], set()
    for number, plan in enumerate(plans):
        heir = _heir(snapshot, versions, plan, signatures, within, newest=number == len(plans) - 1)
        one, unit = _one(snapshot, plan, str(versions.at[plan.version, "plan_hash"]), heir, allows)
        by = versions.at[heir[0], "function"] if heir and one.how and heir[1] == one.how else None
        found.append(replace(one, by=by if isinstance(by, str) else None))
        units.add(unit)
    return found, "units" if units == {"units"} else "money"


def _one(
    snapshot: Snapshot,
    plan: Signed,
    plan_hash: str,
    heir: tuple[str, str] | None,
    allows: Sequence[Allowed],
) -> tuple[Survival, str]:
    if plan.plan_hash is not None and plan.plan_hash != plan_hash:
        before = _rows_then(snapshot, plan)
        if before is None:
            total, unit = _total(snapshot, plan.version)
            how = f"its rows were changed, and the snapshot {plan.snapshot or 'of the signature'} is not here to say how much"
            return survival(plan.version, plan.cycle, total, None, how), unit
        return _compared(
            snapshot, plan, before, plan_rows(snapshot, plan.version), "rows of the signed version were changed",
            (), allows,
        )  # fmt: skip
    if plan.plan_hash is None and heir is None:
        total, unit = _total(snapshot, plan.version)
        how = "it was signed before anything was loaded"
        return survival(plan.version, plan.cycle, total, None, how), unit
    if heir is not None:
        name, how = heir
        now, theirs = plan_rows(snapshot, plan.version), plan_rows(snapshot, name)
        shared = set(now["month"]) & set(theirs["month"])
        mine = now[now["month"].isin(shared)]
        return _compared(
            snapshot, plan, mine, theirs[theirs["month"].isin(shared)], how, (name,), allows, whole=now
        )
    return _untouched(snapshot, plan)


def _untouched(snapshot: Snapshot, plan: Signed) -> tuple[Survival, str]:
    total, unit = _total(snapshot, plan.version)
    nothing = pd.DataFrame(columns=[*KEYS, "change", "decision"])
    return survival(plan.version, plan.cycle, total, nothing, None), unit


def _compared(
    snapshot: Snapshot, plan: Signed, before: pd.DataFrame, after: pd.DataFrame, how: str,
    names: Sequence[str], allows: Sequence[Allowed], whole: pd.DataFrame | None = None,
) -> tuple[Survival, str]:  # fmt: skip
    """In money where the plan has revenue; where only units moved, in units."""
    everything = before if whole is None else whole
    differing, fence = changed_rows(before, after), _fences(snapshot, plan.cycle)
    for measure in _MEASURES:
        if not everything[measure].notna().any() or everything[measure].sum() <= 0:
            continue
        rows = moved(differing, measure)
        if len(rows):
            dims = _dims(snapshot, rows)
            linked = link(rows, (plan.version, *names), allows, dims)
            total = float(everything[measure].sum())
            unit = "units" if measure == "quantity" else "money"
            return survival(plan.version, plan.cycle, total, linked, how, fence), unit
    return _untouched(snapshot, plan)


def _heir(
    snapshot: Snapshot,
    versions: pd.DataFrame,
    plan: Signed,
    signatures: set[str],
    within: Window,
    *,
    newest: bool,
) -> tuple[str, str] | None:
    """The unsigned version that took the plan's place: a revision of the same cycle, or a later consensus."""
    kind = versions.at[plan.version, "kind"]
    revised = versions[
        (versions["parent"] == plan.version) & (versions["kind"] == kind) & (versions["cycle"] == plan.cycle)
    ]
    names = [str(v) for v in revised.index if v not in signatures]
    if names:
        return names[-1], f"{names[-1]} revised it without signatures"
    if not newest:
        return None
    later = [c for c in within.cycles if c > plan.cycle]
    for cycle in reversed(later):
        name = latest_consensus(snapshot, cycle)
        if name is not None and name not in signatures:
            return name, f"{name} took its place without signatures"
    return None


def _rows_then(snapshot: Snapshot, plan: Signed) -> pd.DataFrame | None:
    """The version's rows in the snapshot that was signed, None where that file is gone or unreadable."""
    if plan.snapshot is None:
        return None
    path = snapshot.path.parent / f"{plan.snapshot}.duckdb"
    if path == snapshot.path or not path.exists():
        return None
    try:
        older = Snapshot(path)
    except (Refused, NotFound):
        return None
    try:
        return plan_rows(older, plan.version)
    finally:
        older.close()


def _total(snapshot: Snapshot, version: str) -> tuple[float, str]:
    """What a version adds up to, in money where it has any, and the unit."""
    sums = snapshot.table(statement("version_sums"), {"version": version}).iloc[0]
    for measure in _MEASURES:
        value = float(sums[measure])
        if value > 0:
            return value, "units" if measure == "quantity" else "money"
    return 0.0, "money"


def _dims(snapshot: Snapshot, rows: pd.DataFrame) -> pd.DataFrame:
    """Every dimension's value of changed rows: the keys they have, and the attributes of those keys."""
    found = rows[list(KEYS)].copy()
    for key, table in (("sku", "products"), ("customer", "customers"), ("site", "sites"), ("family", "families"),
                       ("region", "regions")):  # fmt: skip
        attributes = snapshot.table(f"SELECT * FROM {table}")  # noqa: S608 - one of five constants
        if key not in attributes or attributes.empty:
            continue
        joined = rows[[key]].merge(attributes.drop_duplicates(key), on=key, how="left")
        for column in joined.columns:
            if column == key:
                continue
            values = joined[column].to_numpy()
            found[column] = found[column].where(found[column].notna(), values) if column in found else values
    return found


def _named(snapshot: Snapshot, right: Allowed) -> Allowed:
    """The right with the dimensions' own names where people wrote the company's labels."""

    def name(written: str) -> str:
        try:
            return snapshot.dimension(written).name
        except NotFound:
            return written

    return replace(right, scope={name(d): values for d, values in right.scope.items()})


def _fences(snapshot: Snapshot, cycle: str) -> dict[str, str]:
    """{family: last month inside its fence} for a plan of a cycle."""
    rows = snapshot.rows(statement("fences"))
    return {str(family): add_months(cycle, int(months)) for family, months in rows}
