"""How far has the process come? A stage with the evidence for it, and what the next stage asks.

Asked of the process and of what it achieves, never of tools: firms differ by how they meet, measure and agree, not by
their software (Grimson and Pyke, 2007).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from siop.core import words
from siop.health import meetings
from siop.health.inputs import functions_of
from siop.health.one_plan import cycles_of
from siop.health.support.buy_in import required, signings
from siop.health.survey import SurveyResult
from siop.health.window import recorded_cycles, window
from siop.ledger.state import State
from siop.warehouse import Snapshot

STAGES = ("reacts", "meets", "agrees", "keeps its word", "learns")
CYCLES = 6


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a stage asks. met: None where it cannot be told, which is not yet met."""

    stage: int
    asks: str
    met: bool | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Maturity:
    """stage: 1 to 5, the highest whose criteria, and those of all stages below, are met; next: what is missing."""

    stage: int
    name: str
    criteria: tuple[Criterion, ...]
    next: tuple[str, ...]


def maturity(
    snapshot: Snapshot,
    state: State,
    rows: Mapping[str, Mapping[str, Any]],
    cycle: str,
    survey: SurveyResult | None,
) -> Maturity:
    """The stage of the process as of a cycle. Args: rows: {index: its row of the board}; survey: the latest round."""
    return judge(
        [
            *_meets(state, cycle),
            *_agrees(snapshot, state, rows, cycle),
            *_keeps(rows),
            *_learns(rows, survey),
        ]
    )


def judge(criteria: list[Criterion]) -> Maturity:
    """The stage that a list of criteria gives; the first stage asks for nothing."""
    stage = 1
    while stage < len(STAGES) and all(c.met for c in criteria if c.stage == stage + 1):
        stage += 1
    missing = tuple(f"{c.asks} ({c.evidence})" for c in criteria if c.stage == stage + 1 and not c.met)
    return Maturity(stage, STAGES[stage - 1], tuple(criteria), missing)


def _meets(state: State, cycle: str) -> list[Criterion]:
    within = window(recorded_cycles(state), cycle, CYCLES)
    scored = [s for s in meetings.scores(state) if s.cycle in within]
    held = len({s.cycle for s in scored if s.held})
    total = meetings.over_time(scored)
    there, preread = total["participation"], total["preread"]
    return [
        Criterion(2, "The executive meeting was held in five of the last six cycles", held >= CYCLES - 1,
                  f"held in {held}"),
        _share(2, "Three quarters of the leaders come, or send a delegate", there, 0.75),
        _share(2, "The pre-read is out a day before, mostly", preread, 0.5),
    ]  # fmt: skip


def _agrees(
    snapshot: Snapshot, state: State, rows: Mapping[str, Mapping[str, Any]], cycle: str
) -> list[Criterion]:
    within = window(recorded_cycles(state), cycle, CYCLES)
    signed = [
        (set(required(state, s.cycle)), s.functions | s.late)
        for s in signings(state, cycles_of(snapshot), within)
    ]
    whole = sum(bool(needed) and needed <= by for needed, by in signed)
    inputs = functions_of(snapshot)
    return [
        Criterion(3, "Every required function signs, in four of the last six cycles", whole >= 4, f"in {whole}"),
        Criterion(3, "At least three functions hand in their own number", len(inputs) >= 3,
                  words.listed(inputs) or "none"),
        _row(3, "Gates hold on content", rows, "S2", ("ok",)),
        _row(3, "The plan agrees with itself", rows, "coherence", ("ok", "watch")),
    ]  # fmt: skip


def _keeps(rows: Mapping[str, Mapping[str, Any]]) -> list[Criterion]:
    return [
        _row(4, "Every function does what it signs", rows, "S1", ("ok",)),
        _row(4, "The signed plan changes only by decision", rows, "unsigned_change", ("ok",)),
        _row(4, "Misses are answered", rows, "S5", ("ok",)),
        _row(4, "Customers' wishes are judged before the yes", rows, "customer_sway", ("ok",)),
    ]


def _learns(rows: Mapping[str, Mapping[str, Any]], survey: SurveyResult | None) -> list[Criterion]:
    rate = survey.response_rate if survey is not None else None
    return [
        _row(5, "Improvements are driven", rows, "S3", ("ok",)),
        _row(5, "Risks are foreseen and judged", rows, "S4", ("ok",)),
        _row(5, "Nobody decides more than accuracy earned", rows, "unearned_dominance", ("ok", "watch")),
        Criterion(5, "Seven in ten leaders answer the survey", None if rate is None else rate >= 0.7,
                  "no round yet" if rate is None else f"{words.percent(rate, 0)} answered"),
    ]  # fmt: skip


def _share(stage: int, asks: str, score: meetings.Score, least: float) -> Criterion:
    ratio = score.ratio
    told = "not recorded" if ratio is None else words.percent(ratio, 0)
    return Criterion(stage, asks, None if ratio is None else ratio >= least, told)


def _row(
    stage: int, asks: str, rows: Mapping[str, Mapping[str, Any]], index: str, good: tuple[str, ...]
) -> Criterion:
    row = rows[index]
    unknown = row["status"] == "insufficient"
    return Criterion(stage, asks, None if unknown else row["status"] in good, str(row["sentence"]))
