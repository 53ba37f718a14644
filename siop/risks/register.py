"""Which items are open, how they stand, and what is wrong with them. The items are the ledger's; nothing is kept here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from siop.core import months_between
from siop.ledger import State
from siop.ledger.state import RiskView, ScoreView
from siop.risks.calibrate import Closed
from siop.risks.impact import SIGN, Exposure, amount_mean

STALE_CYCLES = 2
LONG_MONTHS = 12
"""A window longer than this says nothing about when: the item counts as undated."""

FLAGS = {
    "certain": "probability 0 or 1: a certainty belongs in the plan, an impossibility nowhere",
    "unscored": "registered without a score: it cannot move the range",
    "unowned": "its owner is not a person of the ledger",
    "undated": "its window is longer than twelve months",
    "stale": "not scored for two cycles",
    "overdue": "its months are over and nobody said what came",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An item of the register as of a cycle. age: cycles since it was last scored (registered, where never)."""

    risk: RiskView
    scores: tuple[ScoreView, ...]
    open: bool
    age: int
    flags: tuple[str, ...]
    function: str

    @property
    def score(self) -> ScoreView | None:
        """The last score."""
        return self.scores[-1] if self.scores else None

    @property
    def stale(self) -> bool:
        """Not scored for two cycles, or never closed after its end."""
        return "stale" in self.flags or "overdue" in self.flags

    @property
    def if_it_happens(self) -> float | None:
        """Mean amount where it happens, signed."""
        score = self.score
        if score is None:
            return None
        return SIGN[self.risk.kind] * amount_mean(score.low, score.likely, score.high, self.risk.shape)

    @property
    def mean(self) -> float | None:
        """Expected value, signed; None without a score."""
        score, amount = self.score, self.if_it_happens
        return None if score is None or amount is None else score.probability * amount

    def exposure(self) -> Exposure | None:
        """The item as the simulation takes it; None without a score."""
        score, risk = self.score, self.risk
        if score is None:
            return None
        return Exposure(
            risk.id, SIGN[risk.kind], score.probability, score.low, score.likely, score.high, risk.first,
            risk.last, "pert" if risk.shape == "pert" else "triangular", risk.driver_group,
        )  # fmt: skip


def register(state: State, now: str, *, until: str | None = None) -> list[Line]:
    """Every item in the order it was registered, open and closed.

    Args: now: the cycle from which ages are counted, YYYY-MM; until: leave out what was said in later cycles.
    """
    lines = []
    for risk in state.risks.values():
        if until is not None and risk.in_cycle > until:
            continue
        scores = tuple(s for s in risk.scores if until is None or s.in_cycle <= until)
        said = risk.outcome
        is_open = said is None or (until is not None and said.in_cycle > until)
        person = _person(state, risk.owner)
        last = max((s.in_cycle for s in scores), default=risk.in_cycle)
        age = max(0, months_between(last, now))
        flags = _flags(state, risk, scores, now, age, person is not None) if is_open else ()
        function = state.people[person].function if person is not None else ""
        lines.append(Line(risk, scores, is_open, age, flags, function))
    return lines


def closed_items(lines: Sequence[Line], first: str | None = None) -> list[Closed]:
    """Closed items that had a score, with the last score given before their months began (else the first one).

    Later scores are left out: who moves a probability to 1 when it has happened has forecast nothing.
    first: only outcomes told in this cycle or later.
    """
    found = []
    for line in lines:
        risk, outcome = line.risk, line.risk.outcome
        if line.open or outcome is None or not line.scores:
            continue
        if first is not None and outcome.in_cycle < first:
            continue
        before = [s for s in line.scores if s.in_cycle < risk.first]
        score = before[-1] if before else line.scores[0]
        found.append(
            Closed(
                risk.id, risk.owner, line.function or "unknown", risk.kind, score.probability, score.low,
                score.likely, score.high, outcome.occurred, outcome.realised, risk.shape,
            )
        )  # fmt: skip
    return found


def table(lines: Sequence[Line]) -> pd.DataFrame:
    """The register as a table, one row an item: what it is, its last score, its expected value, its flags.

    Columns: id, kind, sign, title, owner, function, scope (text), from, to, in_plan, measure, driver_group, shape,
    trigger, contingency, mitigation, open, probability, low, likely, high, if_it_happens, mean, registered, last_scored, age,
    stale, flags (list), scores (list of {cycle, probability, low, likely, high, seq, by}).
    """
    return pd.DataFrame([as_row(line) for line in lines], columns=list(_COLUMNS))


def as_row(line: Line) -> dict[str, Any]:
    """One row of `table`."""
    risk, score = line.risk, line.score
    return {
        "id": risk.id,
        "kind": risk.kind,
        "sign": SIGN[risk.kind],
        "title": risk.title,
        "owner": risk.owner,
        "function": line.function or None,
        "scope": scope_said(risk.scope),
        "from": risk.first,
        "to": risk.last,
        "in_plan": risk.in_plan,
        "measure": risk.measure,
        "driver_group": risk.driver_group,
        "shape": risk.shape,
        "trigger": risk.trigger,
        "contingency": risk.contingency,
        "mitigation": None if risk.mitigation is None else asdict(risk.mitigation),
        "open": line.open,
        "probability": score.probability if score else None,
        "low": score.low if score else None,
        "likely": score.likely if score else None,
        "high": score.high if score else None,
        "if_it_happens": line.if_it_happens,
        "mean": line.mean,
        "registered": risk.in_cycle,
        "last_scored": score.in_cycle if score else None,
        "age": line.age,
        "stale": line.stale,
        "flags": list(line.flags),
        "scores": [
            {
                "cycle": s.in_cycle,
                "probability": s.probability,
                "low": s.low,
                "likely": s.likely,
                "high": s.high,
                "seq": s.seq,
                "by": s.by,
            }
            for s in line.scores
        ],
    }


def scope_said(scope: dict[str, str | tuple[str, ...]]) -> str:
    """A scope in words: Pumps, North; everything where it is empty.

    >>> scope_said({"family": "Pumps", "region": ("North", "West")}), scope_said({})
    ('Pumps, North or West', 'everything')
    """
    parts = [value if isinstance(value, str) else " or ".join(value) for value in scope.values()]
    return ", ".join(parts) or "everything"


_COLUMNS = (
    "id", "kind", "sign", "title", "owner", "function", "scope", "from", "to", "in_plan", "measure", "driver_group",
    "shape", "trigger", "contingency", "mitigation", "open", "probability", "low", "likely", "high", "if_it_happens", "mean",
    "registered", "last_scored", "age", "stale", "flags", "scores",
)  # fmt: skip


def person_of(state: State, owner: str) -> str | None:
    """The id of the person an owner names, by id or by name; None where there is no such person."""
    return _person(state, owner)


def _person(state: State, owner: str) -> str | None:
    if owner in state.people:
        return owner
    wanted = owner.casefold()
    return next((p.id for p in state.people.values() if p.name.casefold() == wanted), None)


def _flags(
    state: State, risk: RiskView, scores: Sequence[ScoreView], now: str, age: int, owned: bool
) -> tuple[str, ...]:
    flags = []
    if scores and scores[-1].probability in (0, 1):
        flags.append("certain")
    if not scores:
        flags.append("unscored")
    if state.people and not owned:
        flags.append("unowned")
    if months_between(risk.first, risk.last) + 1 > LONG_MONTHS:
        flags.append("undated")
    if age >= STALE_CYCLES:
        flags.append("stale")
    if risk.last < now:
        flags.append("overdue")
    return tuple(flags)
