"""The plans of one executive cycle: its consensus, the supply plan made from it, and the cycles that stand in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from siop.core import NotFound, add_months, months_between
from siop.metrics.source import latest_consensus
from siop.warehouse import Snapshot

_OLDER = 2  # cycles before that stand in for months this cycle does not plan, such as the running one


@dataclass(frozen=True, slots=True)
class Cycle:
    """last: the newest month that was closed at the meeting (None: none); consensus: newest first; supply: by
    consensus, the supply plan whose parent it is."""

    last: str | None
    consensus: tuple[str, ...]
    supply: dict[str, str]

    @property
    def supplies(self) -> tuple[str, ...]:
        """The supply plans, newest first."""
        return tuple(self.supply[v] for v in self.consensus if v in self.supply)


def cycle_of(snapshot: Snapshot, cycle: str | None = None) -> Cycle:
    """The plans of a cycle, default the newest. Raises NotFound for a cycle without a consensus plan."""
    versions = snapshot.versions
    known = sorted({str(c) for c in versions.loc[versions["kind"] == "consensus", "cycle"].dropna()})
    as_of = snapshot.as_of
    if cycle is not None and cycle not in known:
        have = (
            f"known are {', '.join(known)}"
            if known
            else "none is loaded: give plans the kind consensus and their cycle"
        )
        raise NotFound(f"no consensus plan of the cycle {cycle}; {have}")
    if not known:
        return Cycle(as_of, (), {})
    chosen = cycle or known[-1]
    last = as_of
    if as_of is not None:
        ahead = min(
            max(months_between(as_of, known[-1]), 0), 1
        )  # the newest cycle meets in the month after, or in it
        last = min(as_of, add_months(chosen, -ahead))
    used = [c for c in reversed(known) if c <= chosen][: _OLDER + 1]
    consensus = tuple(v for v in (latest_consensus(snapshot, c) for c in used) if v is not None)
    supply: dict[str, str] = {}
    for row in (
        versions[versions["kind"] == "supply"]
        .sort_values(["frozen_at", "version"], na_position="first")
        .itertuples()
    ):
        if isinstance(row.parent, str) and row.parent in consensus:
            supply[row.parent] = str(row.version)
    return Cycle(last, consensus, supply)


def latest_by_cycle(snapshot: Snapshot, until: str | None = None) -> dict[str, str]:
    """{cycle: its consensus version} in order, up to a cycle; of several versions the one frozen last."""
    versions = snapshot.versions
    known = sorted({str(c) for c in versions.loc[versions["kind"] == "consensus", "cycle"].dropna()})
    found = {c: latest_consensus(snapshot, c) for c in known if until is None or c <= until}
    return {c: v for c, v in found.items() if v is not None}


def first_with(
    versions: Sequence[str], months: Sequence[str], given: Callable[[str], set[str]]
) -> dict[str, str]:
    """{month: the first of the versions that has it}, months without one left out."""
    have = {v: given(v) for v in versions}
    return {
        m: v for m in months for v in [next((v for v in versions if m in have[v]), None)] if v is not None
    }
