"""The slice of the business on screen. Frozen and hashable: it is the key of every cache."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows a question is about.

    first, last: months, both included; None is "closed months" at that end.
    where: ((dimension, (values, ...)), ...), sorted, all of them must hold.
    lag: months between the cycle whose consensus plan is compared and the target month.
    cycle: the month of the executive meeting; None is the last closed month's.
    only: row-level limits of the reader's role, in the form of `where`; kept apart because a reader
        may not widen them.
    """

    first: str | None = None
    last: str | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    lag: int = 1
    cycle: str | None = None
    only: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    @staticmethod
    def filters(where: dict[str, str | list[str]] | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """{dimension: value or [values]} in the sorted, hashable form.

        >>> Scope.filters({"region": "West", "family": ["B", "A"]})
        (('family', ('A', 'B')), ('region', ('West',)))
        """
        pairs = []
        for dimension, value in (where or {}).items():
            values = [value] if isinstance(value, str) else list(value)
            pairs.append((dimension, tuple(sorted(set(values)))))
        return tuple(sorted(pairs))

    def narrowed(self, dimension: str, *values: str) -> Scope:
        """The same scope with one more filter (replacing one on the same dimension)."""
        rest = tuple(pair for pair in self.where if pair[0] != dimension)
        return replace(self, where=tuple(sorted((*rest, (dimension, tuple(sorted(values)))))))

    def value(self, dimension: str) -> str | None:
        """The single value this scope is narrowed to on a dimension, or None."""
        values = dict(self.where).get(dimension, ())
        return values[0] if len(values) == 1 else None

    def as_dict(self) -> dict[str, Any]:
        """{dimension: value or [values]}, as contract.md writes a scope."""
        return {d: v[0] if len(v) == 1 else list(v) for d, v in self.where}
