"""Comments on numbers: which of them belong to what is on screen, and at which row each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siop import metrics
from siop.core import Scope, words
from siop.ledger import State
from siop.warehouse import Snapshot


@dataclass(frozen=True, slots=True)
class Remark:
    """number: the mark it carries at its row and in the list; row: the value of `by` it stands at, None where it is about
    the whole of what is shown or narrower; gone: its scope is no longer in the data, so that it stands in the list alone."""

    number: int
    about: str
    row: str | None
    text: str
    by: str
    when: str
    cycle: str | None
    gone: bool


def remarks(
    snapshot: Snapshot, state: State, scope: Scope, *, metric: str, by: str, cycle: str, most: int = 4
) -> list[Remark]:
    """The comments on a metric that follow the filters of a scope, those of the cycle first, then the newest.

    A comment belongs here where it names every filtered dimension with a value on screen. One whose dimension or value no
    longer exists belongs where nothing is filtered: what people said stays readable.
    """
    found = []
    for said in state.comments:
        own = {d: _values(v) for d, v in said.scope.items()}
        gone = any(
            d not in snapshot.dimensions or not set(v) <= set(metrics.members(snapshot, d))
            for d, v in own.items()
        )
        if said.metric != metric or not _follows(own, scope, gone=gone):
            continue
        found.append((said, own, gone))
    found.sort(key=lambda f: (f[0].about_cycle == cycle, f[0].at, f[0].seq), reverse=True)
    return [
        Remark(
            number=i, about=", ".join(v for values in own.values() for v in values) or "All of it",
            row=_row(own, scope, by), text=said.text, by=state.name(said.by),
            when=f"{said.at:%d %b %Y}" + (f", cycle {words.month(said.about_cycle)}" if said.about_cycle else ""),
            cycle=said.about_cycle, gone=gone,
        )
        for i, (said, own, gone) in enumerate(found[:most], 1)
    ]  # fmt: skip


def coordinates(scope: Scope, metric: str, by: str, row: str | None, cycle: str) -> dict[str, Any]:
    """The coordinates of a comment on a row (None: on all that is shown): metric, scope, cycle."""
    where: dict[str, Any] = scope.as_dict()
    if row is not None:
        where[by] = row
    return {"metric": metric, "scope": where, "cycle": cycle or None}


def _values(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _follows(own: Mapping[str, Sequence[str]], scope: Scope, *, gone: bool) -> bool:
    if gone and not scope.where:
        return True
    return all(dimension in own and set(own[dimension]) <= set(values) for dimension, values in scope.where)


def _row(own: Mapping[str, Sequence[str]], scope: Scope, by: str) -> str | None:
    """The row a comment stands at: its scope is the screen's and one value of `by`, and nothing else."""
    values = own.get(by, ())
    extra = set(own) - {d for d, _ in scope.where} - {by}
    return values[0] if len(values) == 1 and not extra else None


__all__ = ["Remark", "coordinates", "remarks"]
