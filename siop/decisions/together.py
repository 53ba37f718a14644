"""Several things said at once, all of them or none: an item with its first score, a register pasted from a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from siop.decisions.identity import Identity
from siop.decisions.service import Service, form
from siop.ledger import New, Payload, Receipt, State, entries_of, fold
from siop.ledger.entries import Risk


def write_all(
    service: Service,
    who: Identity,
    said: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    cycle: str | None = None,
    snapshot: str | None = None,
    idem: str,
) -> list[Receipt]:
    """Say (type, fields), in order and with their ids, in one transaction.

    Each is checked as `Service.write` checks it, on a ledger in which those before it have been said. An item that is
    new here must be new in the ledger too. idem: the form's key; sent twice, it is written once.

    Raises: as `Service.write`; then nothing is written.
    """
    items: list[New] = []
    state = service.ledger.state()
    written = service.ledger.receipt(f"{idem}-0") is not None
    for n, (kind, fields) in enumerate(said):
        payload = form(kind, fields)
        expected: dict[str, int] = {}
        if not written:
            service.check(state, who, payload, cycle)
            if isinstance(payload, Risk) and payload.id not in state.risks:
                expected[payload.subject] = 0
            state = _ahead(state, payload, who)
        items.append(
            New(payload=payload, by=who.person, cycle=cycle, snapshot=snapshot, auth=who.auth,
                idem=f"{idem}-{n}", expected=expected)
        )  # fmt: skip
    return service.ledger.append_many(items)


def _ahead(state: State, payload: Payload, who: Identity) -> State:
    """The state with an item that is about to be said, so that what refers to it finds it."""
    if not isinstance(payload, Risk):
        return state
    line = {"type": payload.TYPE, "at": "2000-01-01T00:00:00Z", "by": who.person, "cycle": None, "payload": payload.as_json()}  # fmt: skip
    made = fold(entries_of([line])).risks
    known = state.risks.get(payload.id)
    return replace(state, risks={**state.risks, **made}) if known is None else state
