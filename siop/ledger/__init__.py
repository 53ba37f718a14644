"""What was said, by whom, when: an append-only, hash-chained ledger and the state folded from it."""

from siop.ledger.entries import ENTRY_TYPES, Payload, payload_of
from siop.ledger.entry import Entry, entries_of
from siop.ledger.state import State
from siop.ledger.views import fold

__all__ = ["ENTRY_TYPES", "Entry", "Payload", "State", "entries_of", "fold", "payload_of"]
