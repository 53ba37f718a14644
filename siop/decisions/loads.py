"""Loading and rolling back in somebody's name: the role is checked here, whatever a page offered."""

from __future__ import annotations

import contextlib
from pathlib import Path

from siop import deviations, warehouse
from siop.core import SiopError
from siop.decisions.identity import Identity
from siop.decisions.service import Service
from siop.warehouse import Check, Loaded, Staged
from siop.warehouse.supervise import Progress


def check_files(service: Service, who: Identity, sources: Path, progress: Progress | None = None) -> Check:
    """A dry run of a sources folder. Raises NotAllowed where the role may not load."""
    service.require(who, "load")
    return warehouse.check(sources, progress=progress)


def load_staged(
    service: Service, who: Identity, staged: Staged, snapshots: Path, progress: Progress | None = None
) -> Loaded:
    """Check, build and publish what a person has staged; then it is the company's files.

    A refused load changes nothing and leaves the staged files as they are. Raises NotAllowed where the role may
    not load, Refused where another load is running."""
    service.require(who, "load")
    before = warehouse.current_id(snapshots)
    done = warehouse.load(staged.folder, snapshots, by=who.name, progress=progress)
    warehouse.note_refusal(snapshots, done.as_dict(), by=who.name)
    if done.ok and done.snapshot is not None:
        keep_flags(snapshots, done)
        staged.adopt(before)
    return done


def keep_flags(snapshots: Path, done: Loaded) -> None:
    """Keep the flags of all SKUs beside a snapshot that was just published, where it has plans to judge by."""
    if done.snapshot is None or "plans" not in done.tables:
        return
    # the flags are a shortcut: without them the page computes what it asks for
    with contextlib.suppress(SiopError), warehouse.published(snapshots, done.snapshot) as snapshot:
        deviations.keep_flags(snapshot)


def roll_back(service: Service, who: Identity, snapshots: Path, snapshot: str) -> None:
    """Make an earlier snapshot the one on every page, and say so in the load history.

    Raises NotAllowed where the role may not load, NotFound and Refused as `warehouse.roll_back`."""
    service.require(who, "load")
    warehouse.roll_back(snapshots, snapshot, by=who.name)
