"""What a definition is: the fields of a catalogue entry."""

from __future__ import annotations

from dataclasses import dataclass

from siop.core import Polarity
from siop.warehouse import Snapshot

SAID = ("ledger", "register")  # not of the snapshot: what people say


@dataclass(frozen=True, slots=True)
class Metric:
    """One definition. unit: money, units, hours, ratio, days, a year, count, money per unit, points."""

    name: str
    label: str
    unit: str
    polarity: Polarity
    formula: str
    undefined: str
    source: str
    needs: tuple[str, ...] = ("actuals",)
    where: str = ""  # the function that computes it
    owner: str = "Finance"  # the function that answers for the number

    @property
    def computed(self) -> bool:
        """Whether the cockpit computes it; else it says which tables it would need."""
        return bool(self.where)

    def missing(self, snapshot: Snapshot) -> list[str]:
        """The tables this metric needs and the snapshot does not have; what people said is always there."""
        return [table for table in self.needs if table not in snapshot.tables and table not in SAID]
