"""Was it the assumption, or the plan? Deviations traced to what the plan assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from siop.core import Scope
from siop.deviations.streams import Streams
from siop.ledger import State
from siop.ledger.state import AssumptionView
from siop.metrics.source import resolve
from siop.warehouse import Snapshot

VERDICTS = ("bad assumption", "bad plan or execution", "unstated", "not observed yet")


@dataclass(frozen=True, slots=True)
class Traced:
    """A miss out of tolerance: what it is traced to, and the assumptions of its plan that cover the family.

    verdict: bad assumption (one of them left its range), bad plan or execution (all held), unstated (none covers it),
    not observed yet (they cover it, but nobody wrote what came). money: its size, positive; broken: ids.
    """

    family: str
    month: str
    money: float
    verdict: str
    assumptions: tuple[str, ...]
    broken: tuple[str, ...]


def verdict(covering: Sequence[AssumptionView]) -> tuple[str, tuple[str, ...]]:
    """(verdict, ids of the broken ones) of a miss that these assumptions cover."""
    if not covering:
        return "unstated", ()
    broken = tuple(a.id for a in covering if a.observed is not None and not a.low <= a.observed <= a.high)
    if broken:
        return "bad assumption", broken
    if all(a.observed is None for a in covering):
        return "not observed yet", ()
    return "bad plan or execution", ()


def trace(snapshot: Snapshot, state: State, scope: Scope, found: Streams) -> list[Traced]:
    """Every miss out of the tolerance in force of the last twelve months, newest first, then by money.

    An assumption covers a miss where it was made with the plan that the month is compared with, and names the family.
    """
    by_month: dict[str, set[str]] = {}
    for month in found.months[-12:]:
        by_month[month] = set(resolve(snapshot, found.source or "budget", [month], scope.lag).names)
    traced = []
    for i, family in enumerate(found.families):
        out = found.out(i)
        for t, month in enumerate(found.months):
            if month not in by_month or not out[t]:
                continue
            covering = [
                a for a in state.assumptions.values() if a.version in by_month[month] and family in a.families
            ]
            said, broken = verdict(covering)
            money = float(np.nan_to_num(np.abs(found.money[i, t])))
            traced.append(Traced(family, month, money, said, tuple(a.id for a in covering), broken))
    return sorted(traced, key=lambda x: (x.month, x.money, x.family), reverse=True)


def shares(traced: Sequence[Traced]) -> Mapping[str, float | None]:
    """Share of the misses' money by verdict; None where there was none."""
    total = sum(x.money for x in traced)
    return {
        name: sum(x.money for x in traced if x.verdict == name) / total if total else None
        for name in VERDICTS
    }
