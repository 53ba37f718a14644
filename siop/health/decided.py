"""Do decisions come, and do they hold? Latency and reversal as indices (field.md N12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from siop.core import months_between, words
from siop.health.measured import Measured, Move, insufficient
from siop.health.numbers import exact_interval
from siop.health.window import Window
from siop.ledger.state import DecisionView, State

LEAST_DECIDED = 3
LEAST_FOR_REVERSAL = 5
REVERSED_WITHIN = 2  # cycles


@dataclass(frozen=True, slots=True)
class Settled:
    """A decision that was settled: how long it took, and whether it was soon replaced without a new reason."""

    decision: str
    question: str
    raised: datetime
    settled: datetime
    cycle: str
    days: float
    reversed_by: str | None


def settled(state: State, within: Window) -> list[Settled]:
    """The decisions first settled in the window, in order of time.

    Reversed: superseded within two cycles by a decision that names no new information.
    """
    found = []
    for decision in state.decisions.values():
        first = decision.first_decided
        if first is None or first.in_cycle not in within:
            continue
        found.append(
            Settled(
                decision.id, decision.question, decision.at, first.at, first.in_cycle,
                (first.at - decision.at).total_seconds() / 86_400, _reversed_by(state, decision, first.in_cycle, within),
            )
        )  # fmt: skip
    return sorted(found, key=lambda s: s.settled)


def measure_latency(found: list[Settled]) -> Measured:
    """latency: median days from first raised to first settled."""
    if len(found) < LEAST_DECIDED:
        return insufficient("latency", len(found), LEAST_DECIDED, "decisions settled")
    days = [s.days for s in found]
    middle = float(median(days))
    slowest = max(found, key=lambda s: s.days)
    sentence = (
        f"Half of {len(found)} decisions took {words.number(middle, 0)} days or less; "
        f"the longest took {words.number(slowest.days, 0)}: {slowest.question.rstrip('.')}."
    )
    return Measured(
        "latency", middle, sentence, n=len(found), need=LEAST_DECIDED, numerator=sum(days),
        denominator=float(len(days)), subject={"decision": slowest.decision},
        evidence=[_row(s) for s in sorted(found, key=lambda s: -s.days)],
        moves=(Move("Decide sooner", sentence, middle, {"decision": slowest.decision}),),
    )  # fmt: skip


def measure_reversal(found: list[Settled]) -> Measured:
    """reversal: superseded within two cycles without new information / settled."""
    back = [s for s in found if s.reversed_by is not None]
    if len(found) < LEAST_FOR_REVERSAL:
        return insufficient(
            "reversal", len(found), LEAST_FOR_REVERSAL, "decisions settled", numerator=float(len(back)),
            denominator=float(len(found)),
        )  # fmt: skip
    sentence = (
        f"{len(back)} of {len(found)} decisions were reversed within two cycles without new information"
    )
    sentence += f"; the last: {back[-1].question.rstrip('.?')}." if back else "."
    return Measured(
        "reversal", len(back) / len(found), sentence, n=len(found), need=LEAST_FOR_REVERSAL,
        numerator=float(len(back)), denominator=float(len(found)), interval=exact_interval(len(back), len(found)),
        subject={"decision": back[-1].decision} if back else {}, evidence=[_row(s) for s in back or found],
        moves=(Move("Let decisions stand", sentence, len(back) / len(found)),) if back else (),
    )  # fmt: skip


def _reversed_by(state: State, decision: DecisionView, cycle: str, within: Window) -> str | None:
    for later in state.decisions.values():
        for outcome in later.outcomes:
            if (
                outcome.supersedes == decision.id
                and outcome.final
                and not outcome.new_information
                and outcome.in_cycle <= within.last
                and 0 <= months_between(cycle, outcome.in_cycle) <= REVERSED_WITHIN
            ):
                return later.id
    return None


def _row(one: Settled) -> dict[str, object]:
    return {
        "decision": one.decision, "question": one.question, "raised": one.raised, "settled": one.settled,
        "cycle": one.cycle, "days": one.days, "reversed_by": one.reversed_by,
    }  # fmt: skip
