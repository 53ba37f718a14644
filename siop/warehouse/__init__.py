"""Where do the numbers come from? Company files become a checked, published, read-only snapshot."""

from siop.warehouse.snapshot import Dimension, Snapshot, current_snapshot

__all__ = ["Dimension", "Snapshot", "current_snapshot"]
