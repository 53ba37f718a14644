"""Where do the numbers come from? Company files become a checked, published, read-only snapshot."""

from siop.warehouse.contract import ACTUAL
from siop.warehouse.findings_file import findings_csv
from siop.warehouse.history import (
    Change,
    Comparison,
    Effect,
    Load,
    compare_published,
    compare_snapshots,
    current_id,
    published,
    roll_back,
    snapshots,
)
from siop.warehouse.journal import events
from siop.warehouse.lineage import Origin, lineage, spread_versions
from siop.warehouse.load import Check, Loaded, Look, check, load, look_at
from siop.warehouse.shown import (
    control_totals,
    kept_findings,
    last_refusal,
    load_history,
    note_refusal,
    sources,
)
from siop.warehouse.snapshot import Dimension, Snapshot, current_snapshot
from siop.warehouse.staged import Staged, StagedFile

__all__ = [
    "ACTUAL",
    "Change",
    "Check",
    "Comparison",
    "Dimension",
    "Effect",
    "Load",
    "Loaded",
    "Look",
    "Origin",
    "Snapshot",
    "Staged",
    "StagedFile",
    "check",
    "compare_published",
    "compare_snapshots",
    "control_totals",
    "current_id",
    "current_snapshot",
    "events",
    "findings_csv",
    "kept_findings",
    "last_refusal",
    "lineage",
    "load",
    "load_history",
    "look_at",
    "note_refusal",
    "published",
    "roll_back",
    "snapshots",
    "sources",
    "spread_versions",
]
