"""Where do the numbers come from? Company files become a checked, published, read-only snapshot."""

from siop.warehouse.load import Check, Loaded, check, load
from siop.warehouse.snapshot import Dimension, Snapshot, current_snapshot

__all__ = ["Check", "Dimension", "Loaded", "Snapshot", "check", "current_snapshot", "load"]
