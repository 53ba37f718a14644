"""Did the signed plan survive? What changed in it after signing, and which of that a decision allowed (field.md N8).

What is compared. A signature names a version and the hash of its rows. The plan has changed after signing where
  1. the version's rows are no longer those signed: the rows of the snapshot that was signed against those of the
     current one (told by the hash; the rows of the older snapshot file say how much);
  2. another version of the same cycle revises it (same kind, the signed one as its parent) without signatures;
  3. a later cycle's consensus has taken its place without any signature.
A later consensus that was signed is a new agreement and no change. A changed row is allowed where a decision that
was approved authorises its version (the signed or the changed one), scope and month. Changes below one millionth of
the row are rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siop.core import words
from siop.decisions.plan_rows import KEYS
from siop.health.measured import Evidence, Measured, Move
from siop.ledger.state import State

ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a decision allows to change: versions, a scope of dimension values, months."""

    decision: str
    version: str
    scope: Mapping[str, tuple[str, ...]]
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Survival:
    """One signed plan. share: changed without a decision / signed; None where how much changed is unknown.

    rows: KEYS, signed, now, change, decision (None where nothing allowed it), fenced; changed rows only.
    """

    version: str
    cycle: str
    signed: float
    unsigned: float | None
    linked: float
    fenced: float
    how: str | None
    rows: pd.DataFrame
    by: str | None = None  # the function of the version that changed it, where that is known

    @property
    def share(self) -> float | None:
        return None if self.unsigned is None or self.signed <= 0 else self.unsigned / self.signed


def allowed(state: State, until: str | None = None) -> list[Allowed]:
    """The changes that decisions approved by the end of a cycle (default: now) authorise."""
    found = []
    for decision in state.decisions.values():
        for outcome in decision.outcomes:
            if not outcome.agreed or (until is not None and outcome.in_cycle > until):
                continue
            for one in outcome.authorises:
                scope = {d: (v,) if isinstance(v, str) else tuple(v) for d, v in one.scope.items()}
                found.append(Allowed(decision.id, one.version, scope, one.first, one.last))
    return found


def moved(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Of the rows that differ, those whose measure moved by more than rounding; absent rows count as 0.

    Args: rows: as siop.decisions.changed_rows gives them (KEYS, <measure>_signed, <measure>_now).
    Returns: KEYS, signed, now, change.
    """
    before, after = rows[f"{measure}_signed"].fillna(0.0), rows[f"{measure}_now"].fillna(0.0)
    size = np.maximum(before.abs(), after.abs())
    hit = (after - before).abs() > ROUNDING * size
    found: pd.DataFrame = rows.loc[hit, list(KEYS)].reset_index(drop=True)
    return found.assign(
        signed=before[hit].to_numpy(), now=after[hit].to_numpy(), change=(after - before)[hit].to_numpy()
    )


def link(
    rows: pd.DataFrame, versions: Iterable[str], decisions: Sequence[Allowed], dims: pd.DataFrame
) -> pd.DataFrame:
    """The rows with the decision that allows each, or None.

    Args: versions: names under which the change may be authorised; dims: one row per row of `rows` (same index) with
        every dimension's value (None where the row has no such level; then a scope on it does not cover the row).
    """
    names = set(versions)
    found: list[str | None] = [None] * len(rows)
    for one in decisions:
        if one.version not in names:
            continue
        hit = (rows["month"] >= one.first) & (rows["month"] <= one.last)
        for dimension, values in one.scope.items():
            if dimension not in dims:
                hit &= False
            else:
                hit &= dims[dimension].isin(list(values)).to_numpy()
        for i in np.flatnonzero(hit.to_numpy()):
            found[i] = found[i] or one.decision
    return rows.assign(decision=pd.Series(found, index=rows.index, dtype="object"))


def survival(
    version: str,
    cycle: str,
    signed_total: float,
    rows: pd.DataFrame | None,
    how: str | None,
    fence: Mapping[str, str] | None = None,
) -> Survival:
    """Sums of one signed plan. Args: rows: as `link` gives them, None where they are unknown; fence: {family: last
    month inside its fence}."""
    if rows is None:
        return Survival(version, cycle, signed_total, None, 0.0, 0.0, how, pd.DataFrame())
    last = [(fence or {}).get(family, "") for family in rows["family"]]
    fenced = rows["month"] <= pd.Series(last, index=rows.index, dtype="str")
    size = rows["change"].abs()
    open_rows = rows["decision"].isna()
    return Survival(
        version, cycle, signed_total, float(size[open_rows].sum()), float(size[~open_rows].sum()),
        float(size[open_rows & fenced].sum()), how if len(rows) else None, rows.assign(fenced=fenced),
    )  # fmt: skip


def changed_by(plans: Sequence[Survival], functions: Iterable[str]) -> dict[str, float | None]:
    """{function: share of the signed plans that it changed without a decision}.

    A change that no version attributes to a function counts for every function: all of them signed that plan.
    None for everybody where no signed plan is known.
    """
    known = [p for p in plans if p.unsigned is not None and p.signed > 0]
    if not known:
        return dict.fromkeys(functions)
    total = sum(p.signed for p in known)
    return {f: min(1.0, sum(p.unsigned or 0.0 for p in known if _is_by(p, f)) / total) for f in functions}


def _is_by(plan: Survival, function: str) -> bool:
    return plan.by is None or plan.by.casefold() == function.casefold()


def measure(
    plans: Sequence[Survival], unit: str = "money", currency: str = "EUR", beside: Evidence | None = None
) -> Measured:
    """unsigned_change: of the plans signed in the last six cycles, the one that changed most without a decision.

    Args: beside: rows to show as well (decisions nobody took).
    """
    known = [p for p in plans if p.share is not None]
    unknown = [p for p in plans if p.share is None and p.how]
    if not known:
        if unknown:
            told = f"How much of the plan signed as {unknown[-1].version} stands is not known: {unknown[-1].how}."
            return Measured("unsigned_change", None, told, need=1, subject={"version": unknown[-1].version})
        return Measured(
            "unsigned_change", None, "Not enough data: no signed plan, 1 would be enough.", need=1
        )
    worst = max(known, key=lambda p: (p.share or 0.0, p.cycle))
    share = worst.share or 0.0
    lost = words.amount(worst.unsigned, unit, currency)
    if share == 0:
        sentence = f"The signed plan {worst.version} stands as it was signed."
        if worst.linked:
            sentence = f"The signed plan {worst.version} changed only where a decision allowed it."
    else:
        sentence = (
            f"{words.percent(share)} of the plan signed as {worst.version} changed without a decision ({lost}); "
            f"{worst.how}."
        )
    warning = None
    if unknown:
        warning = (
            f"{words.listed([p.version for p in unknown])}: signed, and how much of it stands is not known."
        )
    return Measured(
        "unsigned_change",
        share,
        sentence,
        n=len(known),
        need=1,
        numerator=worst.unsigned,
        denominator=worst.signed,
        subject={"version": worst.version},
        evidence=[*_evidence(plans, worst), *(beside or [])],
        moves=(Move("Decide changes of the signed plan", sentence, share),) if share else (),
        warning=warning,
    )


def _evidence(plans: Sequence[Survival], worst: Survival) -> Evidence:
    rows: Evidence = [
        {"version": p.version, "cycle": p.cycle, "signed": p.signed, "unsigned": p.unsigned, "linked": p.linked,
         "inside_fence": p.fenced, "share": p.share, "how": p.how}
        for p in plans
    ]  # fmt: skip
    if len(worst.rows):
        top = worst.rows.assign(size=worst.rows["change"].abs()).sort_values("size", ascending=False).head(20)
        rows += [{str(k): r[k] for k in r if k != "size"} for r in top.to_dict("records")]
    return rows
