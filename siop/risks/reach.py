"""Which part of the business an item reaches, and whether that lies inside another part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from siop.core import NotFound
from siop.warehouse import Snapshot

Scope = Mapping[str, str | Sequence[str]]

_SQL = Path(__file__).parent / "sql"
_KEYS = {"product": ("products", "sku"), "customer": ("customers", "customer"), "site": ("sites", "site")}


@dataclass(frozen=True)
class Reach:
    """Scopes resolved against a snapshot's products, customers and sites."""

    snapshot: Snapshot
    tables: Mapping[str, pd.DataFrame]
    _index: dict[tuple[str, str], dict[str, set[str]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @staticmethod
    def of(snapshot: Snapshot) -> Reach:
        """Read the three dimension tables, once a snapshot."""
        found: Reach = snapshot.answers.ask(
            "reach",
            lambda: Reach(
                snapshot,
                {
                    side: snapshot.table((_SQL / f"{t}.sql").read_text(encoding="utf-8"))
                    for side, (t, _) in _KEYS.items()
                },
            ),
        )
        return found

    def families(self, scope: Scope) -> set[str] | None:
        """The families a scope reaches; None is every one (nothing on the product side is said).

        A scope may name families, SKUs or any attribute of products; a name unknown here reaches nothing.
        """
        said = self._named(scope).get("product")
        if not said:
            return None
        if set(said) == {"family"}:
            return set(said["family"])
        reached = self._matching("product", said)
        found = {
            family for family, skus in self._keys("product", "family").items() if not skus.isdisjoint(reached)
        }
        return found & set(said["family"]) if "family" in said else found

    def within(self, scope: Scope, limits: Scope) -> bool:
        """Whether everything a scope reaches lies inside `limits`."""
        inner, outer = self._named(scope), self._named(limits)
        for side, wanted in outer.items():
            have = inner.get(side, {})
            rest = {d: v for d, v in wanted.items() if not (d in have and set(have[d]) <= set(v))}
            if not rest:
                continue
            if not have or side not in _KEYS:
                return False
            reached = self._matching(side, have)
            if not reached or not reached <= self._matching(side, rest):
                return False
        return True

    def _named(self, scope: Scope) -> dict[str, dict[str, tuple[str, ...]]]:
        """{side: {dimension: values}}; a dimension this company does not have is a side of its own."""
        sides: dict[str, dict[str, tuple[str, ...]]] = {}
        for name, value in scope.items():
            values = (value,) if isinstance(value, str) else tuple(value)
            try:
                found = self.snapshot.dimension(name)
            except NotFound:
                sides.setdefault("unknown", {})[name] = values
            else:
                sides.setdefault(found.side, {})[found.name] = values
        return sides

    def _matching(self, side: str, said: Mapping[str, Sequence[str]]) -> set[str]:
        """The products, customers or sites for which all that is said holds."""
        sets = [
            set().union(*(self._keys(side, d).get(v, set()) for v in values)) for d, values in said.items()
        ]
        return set.intersection(*sets) if sets else set(self.tables[side][_KEYS[side][1]])

    def _keys(self, side: str, dimension: str) -> dict[str, set[str]]:
        """{value: keys that have it}; empty for a dimension that the table does not have."""
        if (side, dimension) not in self._index:
            rows = self.tables[side]
            found: dict[str, set[str]] = {}
            if dimension in rows.columns:
                known = rows[rows[dimension].notna()]
                for value, key in zip(known[dimension].astype(str), known[_KEYS[side][1]], strict=True):
                    found.setdefault(value, set()).add(key)
            self._index[side, dimension] = found
        return self._index[side, dimension]
