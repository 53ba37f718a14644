"""What was said, by whom, when: an append-only, hash-chained ledger and the state folded from it."""

from siop.ledger.check import verified
from siop.ledger.checkpoint import Checkpoint, Receipt
from siop.ledger.compose import New
from siop.ledger.entries import ENTRY_TYPES, Payload, payload_of
from siop.ledger.entry import Entry, entries_of
from siop.ledger.errors import NotSaved
from siop.ledger.history import Imported
from siop.ledger.state import State
from siop.ledger.store import Ledger
from siop.ledger.views import fold

__all__ = [
    "ENTRY_TYPES",
    "Checkpoint",
    "Entry",
    "Imported",
    "Ledger",
    "New",
    "NotSaved",
    "Payload",
    "Receipt",
    "State",
    "entries_of",
    "fold",
    "payload_of",
    "verified",
]
