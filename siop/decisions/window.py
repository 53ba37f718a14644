"""Which cycle the windows of the ledger's reports end with: one rule for `report decisions` and `report health`."""

from __future__ import annotations

from siop.ledger.state import State


def recorded_cycles(state: State) -> list[str]:
    """The cycles in which the process left a record (stage, gate, meeting or signature), in order."""
    found = {item.in_cycle for item in (*state.stages, *state.gates, *state.meetings.values())}
    found |= {item.in_cycle for item in (*state.sign_offs, *state.publishes)}
    return sorted(found)


def last_cycle(state: State, closed: str | None, wanted: str | None) -> str | None:
    """The cycle the windows end with: the one asked for, else the last closed month's (contract.md section 2).

    Where the record ends earlier, the windows end where it ends: what was not yet entered is not a skipped cycle.
    """
    if wanted is not None:
        return wanted
    have = recorded_cycles(state)
    if closed is None:
        return have[-1] if have else None
    before = [c for c in have if c <= closed]
    return before[-1] if before else closed
