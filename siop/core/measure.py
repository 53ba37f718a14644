"""What is measured on plan and actual, and which direction is good."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Polarity(IntEnum):
    """Which side of the plan helps the result."""

    MORE_IS_BETTER = 1
    NEUTRAL = 0
    LESS_IS_BETTER = -1

    def judge(self, deviation: float | None) -> str:
        """good, bad or neutral for a deviation = actual - plan; both sides of NEUTRAL are neutral."""
        if deviation is None or deviation != deviation or deviation == 0 or self is Polarity.NEUTRAL:
            return "neutral"
        return "good" if deviation * self > 0 else "bad"


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of plan and actual that adds up over rows."""

    name: str
    label: str
    unit: str  # "money" (the company's currency) or "units"
    polarity: Polarity


MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        Measure("revenue", "Revenue", "money", Polarity.MORE_IS_BETTER),
        Measure("quantity", "Quantity", "units", Polarity.MORE_IS_BETTER),
        Measure("cost", "Cost", "money", Polarity.LESS_IS_BETTER),
        Measure("margin", "Margin", "money", Polarity.MORE_IS_BETTER),
    )
}
