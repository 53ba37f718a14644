"""The executive support board: each index judged by its thresholds, and what to say first."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from siop.core import words
from siop.health.measured import Measured

TWO_LINES = 175  # letters of a headline on a projector
THRESHOLDS = Path(__file__).with_name("thresholds.toml")
SYMPTOMS = ("S1", "S2", "S3", "S4", "S5")
INDICES = (
    *SYMPTOMS, "coherence", "dominance", "unearned_dominance", "customer_sway", "unsigned_change", "reversal",
    "latency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Threshold:
    """When an index is a watch and when it is red. false_red: of healthy simulated companies, as measured
    on `companies` of them; auc: healthy against companies with the symptom planted."""

    index: str
    label: str
    direction: str
    watch: float
    red: float
    false_red: float | None = None
    auc: float | None = None
    companies: int | None = None

    def status(self, measured: Measured) -> str:
        """ok, watch, red or insufficient; a warning beside the value is worth at least a watch."""
        value = measured.value
        if value is None:
            return "insufficient"
        better = self.direction == "higher_better"
        if value < self.red if better else value > self.red:
            return "red"
        near = value < self.watch if better else value > self.watch
        return "watch" if near or measured.warning else "ok"


@lru_cache(maxsize=1)
def thresholds() -> dict[str, Threshold]:
    """{index: its threshold}, as the file says."""
    told = tomllib.loads(THRESHOLDS.read_text(encoding="utf-8"))
    return {name: Threshold(name, **one) for name, one in told.items()}


def row(measured: Measured) -> dict[str, Any]:
    """An index as a row of the health report."""
    limit = thresholds()[measured.index]
    return {
        "index": measured.index,
        "value": measured.value,
        "direction": limit.direction,
        "status": limit.status(measured),
        "numerator": measured.numerator,
        "denominator": measured.denominator,
        "n": measured.n,
        "interval": list(measured.interval) if measured.interval and measured.value is not None else None,
        "subject": measured.subject,
        "sentence": measured.sentence,
        "evidence": measured.evidence,
        "label": limit.label,
        "need": measured.need,
        "warning": measured.warning,
        "watch": limit.watch,
        "red": limit.red,
    }


def weakest(board: Sequence[Measured]) -> Measured | None:
    """The symptom with the lowest value; None where none can be told."""
    known = [m for m in board if m.index in SYMPTOMS and m.value is not None]
    return min(known, key=lambda m: (m.value or 0.0, SYMPTOMS.index(m.index))) if known else None


def headline(board: Sequence[Measured]) -> str:
    """The sentence over the page: the weakest symptom and the one fact that moves it most."""
    found = weakest(board)
    if found is None:
        short = next((m for m in board if m.index in SYMPTOMS), None)
        told = f" {short.sentence}" if short else ""
        return f"No symptom can be judged yet.{told}"
    limit = thresholds()[found.index]
    fact = found.moves[0].sentence if found.moves else found.sentence.rstrip(".")
    others = [
        f"{thresholds()[m.index].label.lower()}, {m.value:.0f}{_whose(m)}"
        for m in board
        if m.index in SYMPTOMS and m is not found and thresholds()[m.index].status(m) == "red"
    ]
    also = f" Red: {words.listed(others)}." if others else ""
    calm = limit.status(found) == "ok" and not others
    judged = sum(m.index in SYMPTOMS and m.value is not None for m in board)
    calm_said = (
        "No symptom shows"
        if judged == len(SYMPTOMS)
        else f"{words.count(judged, 'symptom').capitalize()} of five can be judged"
    )
    start = f"{calm_said}; lowest is" if calm else "Weakest point is"
    said = f"{start} {limit.label.lower()}, {found.value:.0f} of 100: "
    return f"{said}{_short(fact.rstrip('.'), TWO_LINES - len(said))}.{also}"


def _short(fact: str, room: int) -> str:
    """The first parts of a fact that fit: two lines over the page are read, three are not.

    >>> _short("Odds were good; Petra says 21 % for what comes 47 % of the time", 30)
    'Odds were good'
    """
    parts = fact.split("; ")
    while len(parts) > 1 and len("; ".join(parts)) > room:
        parts.pop()
    return "; ".join(parts)


def _whose(measured: Measured) -> str:
    """Whom or what an index is about, in brackets."""
    return f" ({', '.join(measured.subject.values())})" if measured.subject else ""
