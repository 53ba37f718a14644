"""How many cases are new, escalated, overdue or nobody's, and which they are: one rule for the number and for the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from siop.deviations.case import Standing

NEW_DAYS = 5  # working days for which a case is new

COUNTED: Mapping[str, Callable[[Standing], bool]] = {
    "new": lambda s: s.age <= NEW_DAYS,
    "escalated": lambda s: s.state == "escalated",
    "overdue": lambda s: s.state in ("overdue", "late"),
    "no owner": lambda s: s.owner is None or s.left,
}


def counters(found: Sequence[Standing]) -> dict[str, int]:
    """new, escalated, overdue, no owner: of cases that are neither closed nor snoozed; a case may count in several."""
    return {name: len(counted(found, name)) for name in COUNTED}


def counted(found: Sequence[Standing], name: str | None) -> list[Standing]:
    """The cases behind one counter, in the order given; without a name every case that is not closed.

    Raises KeyError for a counter that does not exist.
    """
    if name is None:
        return [s for s in found if s.state != "closed"]
    rule = COUNTED[name]
    return [s for s in found if s.state not in ("closed", "snoozed") and rule(s)]
