"""S5, deviations treated as the norm: how much plan value lies in streams that nobody answers any more?

The deviations room judges each stream (field.md N5); this adds up their plan value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siop.core import words
from siop.health.measured import Evidence, Measured, Move

LOST = {"normalised": 1.0, "tolerated": 0.5}  # how much of a stream's plan value counts as lost
LEAST_JUDGED = 0.5  # of plan value; below it the index is not told


@dataclass(frozen=True, slots=True)
class Stream:
    """A family's stream of deviations. value: its plan value (lag-1 consensus revenue, last 12 closed months)."""

    family: str
    norm: str  # normal, managed, tolerated, normalised, insufficient
    value: float
    breaches_6: int | None = None
    response_rate: float | None = None
    tolerance_growth: float | None = None
    evidence: str = ""

    @property
    def lost(self) -> float:
        return LOST.get(self.norm, 0.0) * self.value


def measure(streams: Sequence[Stream], currency: str = "EUR") -> Measured:
    """S5 = 100 x share of plan value not normalised; tolerated counts at half."""
    total = sum(s.value for s in streams)
    judged = sum(s.value for s in streams if s.norm != "insufficient")
    share = judged / total if total > 0 else 0.0
    if share < LEAST_JUDGED:
        sentence = (
            f"Not enough data: {words.percent(share, 0)} of plan value can be judged, "
            f"{words.percent(LEAST_JUDGED, 0)} would be enough. A family needs nine months of plan and actual, and a "
            "record of who answered its misses."
        )
        return Measured("S5", None, sentence, n=round(100 * share), need=round(100 * LEAST_JUDGED),
                        evidence=_evidence(streams, total) if total > 0 else [])  # fmt: skip
    lost = sum(s.lost for s in streams)
    order = sorted(streams, key=lambda s: (-s.lost, s.family))
    worst = order[0] if order[0].lost > 0 else None
    normalised = [s for s in order if s.norm == "normalised"]
    tolerated = [s for s in order if s.norm == "tolerated"]
    return Measured(
        "S5",
        100 * (1 - lost / total),
        _sentence(normalised, tolerated, total),
        n=len([s for s in streams if s.norm != "insufficient"]),
        need=1,
        numerator=total - lost,
        denominator=total,
        subject={"family": worst.family} if worst else {},
        evidence=_evidence(order, total),
        moves=tuple(
            Move(f"Answer {s.family}", _stream(s), 100 * s.lost / total, {"family": s.family})
            for s in order
            if s.lost > 0
        ),
        warning=f"{words.listed([s.family for s in normalised])}: misses have become the norm."
        if normalised
        else None,
    )


def _sentence(normalised: list[Stream], tolerated: list[Stream], total: float) -> str:
    if not normalised and not tolerated:
        return "No family's deviations have become the norm."
    told = []
    for which, name in ((normalised, "normalised"), (tolerated, "tolerated")):
        if which:
            share = words.percent(sum(s.value for s in which) / total, 0)
            told.append(f"{share} of plan value is {name}: {words.listed([s.family for s in which[:3]])}.")
    worst = (normalised or tolerated)[0]
    return " ".join([*told, _stream(worst) + "."])


def _stream(s: Stream) -> str:
    told = []
    if s.breaches_6 is not None:
        told.append(f"out of its first tolerance in {s.breaches_6} of the last 6 months")
    if s.response_rate is not None:
        told.append(f"{words.percent(s.response_rate, 0)} of its breaches answered")
    if s.tolerance_growth is not None and s.tolerance_growth > 1:
        told.append(f"its tolerance is {words.number(s.tolerance_growth)} times the original")
    return f"{s.family}: {', '.join(told)}" if told else s.family


def _evidence(order: Sequence[Stream], total: float) -> Evidence:
    return [
        {"family": s.family, "norm": s.norm, "plan_value": s.value, "share": s.value / total,
         "breaches_6": s.breaches_6, "response_rate": s.response_rate, "tolerance_growth": s.tolerance_growth,
         "said": s.evidence}
        for s in order
    ]  # fmt: skip
