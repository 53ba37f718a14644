"""The catalogue: what every number on a page, in a report or an export means. One entry, one definition.

Numerators and denominators are summed over the scope first, then divided. docs/metrics.md is printed from here; the
entries are in definitions.py.
"""

from __future__ import annotations

from dataclasses import replace

from siop.core import NotFound
from siop.metrics.definitions import ENTRIES, OWNERS
from siop.metrics.metric import Metric

_OWNER = {name: owner for owner, names in OWNERS.items() for name in names}
CATALOGUE: dict[str, Metric] = {
    entry.name: replace(entry, owner=_OWNER.get(entry.name, entry.owner)) for entry in ENTRIES
}


def metric(name: str) -> Metric:
    """The entry of a metric. Raises NotFound naming the known ones."""
    if name not in CATALOGUE:
        raise NotFound(f"no metric {name!r}; known are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]
