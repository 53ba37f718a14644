"""The board of a simulated company, from the same functions that the report uses."""

from __future__ import annotations

from siop.health import dominance, sway
from siop.health.influence import influence
from siop.health.measured import Measured
from siop.health.support import adherence, buy_in, deviance, drive, risk
from siop.health.window import recorded_cycles, window
from siop.risks.surprise import Deviation, Surprise
from tests.health.companies import INPUTS, SIGNERS, Company


def board(c: Company, *, changed: float = 0.0) -> dict[str, Measured]:
    """{index: measured} of a company; decisions' indices are tested with their own room."""
    recorded = recorded_cycles(c.state)
    six, twelve = window(recorded, c.last, 6), window(recorded, c.last, 12)
    due = {i: v for i, v in c.kept.items() if c.state.commitments[i].last in six}
    cycle_of = {f"Consensus {m}": m for m in recorded}
    missed = [Deviation("F1", m, -v, v, "R" if seen else None) for m, v, seen in c.surprises]
    total = sum(v for _, v, _ in c.surprises)
    unseen = sum(v for _, v, seen in c.surprises if not seen)
    surprise = Surprise(unseen / total if total else None, unseen, total, len(missed), tuple(missed), ())
    found = influence(c.pairs, INPUTS, resamples=200)
    measured = [
        buy_in.measure(c.state, six, cycle_of, due, dict.fromkeys(SIGNERS, changed)),
        adherence.measure(c.state, six),
        drive.measure(c.state, six),
        risk.measure(risk.discipline(c.state, twelve, surprise)),
        deviance.measure([deviance.Stream(f, norm, value) for f, norm, value in c.streams]),
        dominance.measure(found),
        dominance.measure_unearned(found),
        sway.measure(c.state, twelve, c.revenue_share),
    ]
    return {m.index: m for m in measured}
