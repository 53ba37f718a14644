"""The board of a simulated company, by the code that makes the report's."""

from __future__ import annotations

import pandas as pd

from siop.health.coherence import balance, coherence
from siop.health.facts import Facts, Support
from siop.health.influence import influence
from siop.health.inputs import Inputs
from siop.health.measured import Measured
from siop.health.promises import Promise
from siop.health.report import measure_facts
from siop.health.shadow import Shadow
from siop.health.support.deviance import Stream
from siop.health.unsigned import Survival
from siop.health.window import recorded_cycles, window
from siop.risks.surprise import Deviation, Surprise
from tests.health.companies import INPUTS, Company


def board(c: Company) -> dict[str, Measured]:
    """{index: measured} of a company at its last cycle."""
    recorded = recorded_cycles(c.state)
    six, twelve, long = (window(recorded, c.last, n) for n in (6, 12, 24))
    return {m.index: m for m in measure_facts(c.state, facts_of(c, six.cycles), six, twelve, long)}


def facts_of(c: Company, cycles: tuple[str, ...]) -> Facts:
    """What the files of a simulated company would have said."""
    missed = tuple(Deviation("F1", m, -v, v, "R" if seen else None) for m, v, seen in c.surprises)
    total = sum(v for _, v, _ in c.surprises)
    unseen = sum(v for _, v, seen in c.surprises if not seen)
    kept = []
    for one, said in c.kept.items():
        k = c.state.commitments[one]
        if k.last in cycles:
            kept.append(
                Promise(one, k.function, k.measure, k.target, k.tolerance_pct, k.first, k.last, None, said)
            )
    plans = [
        Survival(f"Consensus {cycle}", cycle, 1e6, 1e6 * without, 1e6 * by_decision, 0.0, "rows were changed",
                 pd.DataFrame())
        for cycle, by_decision, without in c.edits if cycle in cycles
    ]  # fmt: skip
    support = Support(
        cycle=c.last, currency="EUR", cycle_of={}, plans=plans, unit="money", promises=kept,
        surprise=Surprise(unseen / total if total else None, unseen, total, len(missed), missed, ()),
        streams=[Stream(f, norm, value) for f, norm, value in c.streams], notes=[],
    )  # fmt: skip
    return Facts(
        support, None, coherence(balance(c.cells)), Inputs(c.pairs, INPUTS, ("family", "month"), "quantity"),
        influence(c.pairs, INPUTS, resamples=200), Shadow(pd.DataFrame(), 0, 0.0, 0.0), c.revenue_share,
    )  # fmt: skip
