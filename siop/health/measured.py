"""What an index says before it is judged: its value, where it comes from, and what would move it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from siop.health.numbers import Interval

Evidence = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Move:
    """One fact and what the index would gain if it were as it should be. `subject` names whose it is."""

    label: str
    sentence: str
    gain: float
    subject: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """One index.

    value: None where there is not enough data; then `sentence` says how much would be, `need` is that number.
    numerator, denominator: of the ratio, or of the part that pulls a composed index most.
    n: how many of the things in `need` there are. evidence: the rows behind it.
    """

    index: str
    value: float | None
    sentence: str
    n: int = 0
    need: int | None = None
    numerator: float | None = None
    denominator: float | None = None
    interval: Interval | None = None
    subject: dict[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=list)
    moves: tuple[Move, ...] = ()
    warning: str | None = None  # something to say beside it, worth a watch


SINGLE = {
    "cycles with a record": "cycle with a record", "cycles with checked gates": "cycle with checked gates",
    "cycles since the first improvement": "cycle since the first improvement",
    "cycles since the first registered item": "cycle since the first registered item",
    "accepted requests": "accepted request", "decisions settled": "decision settled",
}  # fmt: skip
"""{what is counted: one of it}"""


def insufficient(index: str, n: int, need: int, things: str, why: str = "", **rest: Any) -> Measured:
    """An index that cannot be told yet: "Not enough data: 2 of 3 cycles." with the number that would be enough."""
    said = SINGLE.get(things, things) if n == 1 else things
    sentence = f"Not enough data: {n} {said}, {need} would be enough."
    return Measured(index, None, f"{sentence} {why}".strip(), n=n, need=need, **rest)


def capital(text: str) -> str:
    """The text with its first letter large, as a sentence begins."""
    return text[:1].upper() + text[1:]
