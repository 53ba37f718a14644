"""The plan versions that are loaded, as far as signing needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from siop.warehouse import Snapshot


@dataclass(frozen=True, slots=True)
class Plans:
    """The current snapshot's id (None where nothing is loaded) and {version: content hash}."""

    snapshot: str | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)


def plans_of(snapshot: Snapshot | None) -> Plans:
    """The plans of a snapshot."""
    if snapshot is None:
        return Plans()
    versions = snapshot.versions
    return Plans(
        snapshot.id, {str(v): str(h) for v, h in zip(versions["version"], versions["plan_hash"], strict=True)}
    )
