"""Do decisions come, and do they hold? Latency and reversal as indices (field.md N12; the decisions room counts)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from siop.core import words
from siop.decisions.log import Standing, standing
from siop.health.measured import Measured, Move, insufficient
from siop.health.numbers import exact_interval
from siop.health.waiting import waiting
from siop.health.window import Window
from siop.ledger.state import State

LEAST_DECIDED = 3
LEAST_FOR_REVERSAL = 5


def settled(state: State, within: Window) -> list[Standing]:
    """The decisions first settled in the window, as they stood at its end, in order of time."""
    if not within.cycles:
        return []
    every = standing(state, within.last)
    found = [(s.settled.at, s) for s in every if s.settled is not None and s.settled.in_cycle in within]
    return [s for _, s in sorted(found, key=lambda pair: pair[0])]


def open_days(state: State, within: Window) -> list[float]:
    """How long each question that still has no answer at the end of the window has waited, in days."""
    if not within.cycles:
        return []
    every = [s for s in standing(state, within.last) if s.settled is None and s.decision.in_cycle in within]
    return [(within.end - s.decision.at).total_seconds() / 86_400 for s in every]


def measure_latency(found: list[Standing], still: Sequence[float] = ()) -> Measured:
    """latency: median days from first raised to first settled.

    Args: still: days that open questions have waited; they enter the interval and the evidence (Kaplan-Meier),
        because the settled ones alone look fast where the slow ones are still open.
    """
    if len(found) < LEAST_DECIDED:
        return insufficient("latency", len(found), LEAST_DECIDED, "decisions settled")
    days = [_days(s) for s in found]
    middle = float(median(days))
    slowest = max(found, key=_days)
    sentence = (
        f"Half of {len(found)} decisions took {words.number(middle, 0)} days or less; "
        f"the longest took {words.number(_days(slowest), 0)}: {_question(slowest)}"
    )
    curve = waiting([*days, *still], [True] * len(days) + [False] * len(still))
    return Measured(
        "latency", middle, sentence, n=len(found), need=LEAST_DECIDED, numerator=sum(days),
        denominator=float(len(days)), interval=curve.interval, subject={"decision": slowest.decision.id},
        evidence=[
            {"median_with_open": curve.median, "open": len(still)},
            *(_row(s) for s in sorted(found, key=lambda s: -_days(s))),
        ],
        moves=(Move("Decide sooner", sentence, middle, {"decision": slowest.decision.id}),),
    )  # fmt: skip


def measure_reversal(found: list[Standing]) -> Measured:
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
    sentence += f"; the last: {_question(back[-1])}" if back else "."
    return Measured(
        "reversal", len(back) / len(found), sentence, n=len(found), need=LEAST_FOR_REVERSAL,
        numerator=float(len(back)), denominator=float(len(found)), interval=exact_interval(len(back), len(found)),
        subject={"decision": back[-1].decision.id} if back else {}, evidence=[_row(s) for s in back or found],
        moves=(Move("Let decisions stand", sentence, len(back) / len(found)),) if back else (),
    )  # fmt: skip


def _days(one: Standing) -> float:
    return one.latency or 0.0


def _question(one: Standing) -> str:
    text = one.decision.question
    return text if text.endswith(("?", ".", "!")) else f"{text}."


def _row(one: Standing) -> dict[str, object]:
    return {
        "decision": one.decision.id, "question": one.decision.question, "raised": one.decision.at,
        "settled": one.settled.at if one.settled else None, "cycle": one.settled.in_cycle if one.settled else None,
        "days": one.latency, "reversed_by": one.reversed_by,
    }  # fmt: skip
