"""Where do the numbers come from? Company files become a checked, published, read-only snapshot."""

from siop.warehouse.history import (
    Change,
    Comparison,
    Effect,
    Load,
    compare_snapshots,
    roll_back,
    snapshots,
)
from siop.warehouse.lineage import Origin, lineage
from siop.warehouse.load import Check, Loaded, check, load
from siop.warehouse.shown import (
    control_totals,
    kept_findings,
    last_refusal,
    load_history,
    note_refusal,
    sources,
)
from siop.warehouse.snapshot import Dimension, Snapshot, current_snapshot

__all__ = [
    "Change",
    "Check",
    "Comparison",
    "Dimension",
    "Effect",
    "Load",
    "Loaded",
    "Origin",
    "Snapshot",
    "check",
    "compare_snapshots",
    "control_totals",
    "current_snapshot",
    "kept_findings",
    "last_refusal",
    "lineage",
    "load",
    "load_history",
    "note_refusal",
    "roll_back",
    "snapshots",
    "sources",
]
