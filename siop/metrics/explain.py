"""How is a number computed? Its catalogue entry, and the files and the load that it rests on in this snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siop.core import words
from siop.metrics.catalogue import metric
from siop.metrics.footing import statement
from siop.warehouse import Snapshot

_BETTER = {1: "more is better", -1: "less is better", 0: "neither more nor less is better"}


@dataclass(frozen=True, slots=True)
class Explained:
    """One number in words. missing: tables it needs that are not loaded; files: what its tables were read from;
    fresh: the last closed month, and when the files were loaded."""

    name: str
    label: str
    formula: str
    unit: str
    better: str
    undefined: str
    owner: str
    source: str
    missing: tuple[str, ...]
    files: tuple[str, ...]
    fresh: str


def explained(snapshot: Snapshot, names: Sequence[str]) -> list[Explained]:
    """The definitions behind a figure, in the order asked for. Raises NotFound for a name that has no entry."""
    rows = snapshot.table(statement("files"))
    built = snapshot.meta.get("built_at", "")[:10]
    fresh = f"closed to {words.month(snapshot.as_of)}, " if snapshot.as_of else ""
    found = []
    for name in names:
        entry = metric(name)
        files = rows.loc[rows["table_name"].isin(entry.needs), "file"]
        found.append(
            Explained(
                name=entry.name, label=entry.label, formula=entry.formula, unit=entry.unit,
                better=_BETTER[int(entry.polarity)], undefined=entry.undefined, owner=entry.owner, source=entry.source,
                missing=tuple(entry.missing(snapshot)), files=tuple(dict.fromkeys(files)), fresh=f"{fresh}loaded {built}",
            )
        )  # fmt: skip
    return found
