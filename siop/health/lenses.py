"""The lens of decisions: who got their way where somebody objected? From the ledger (field.md N6)."""

from __future__ import annotations

import pandas as pd

from siop.decisions.log import standing
from siop.health.influence import Contested, contested
from siop.health.window import Window
from siop.ledger.state import DecisionView, PositionView, State

COLUMNS = ["decision", "function", "preferred", "outcome"]


def contested_decisions(state: State, within: Window) -> pd.DataFrame:
    """One row per contested decision and function that took a position: what it preferred, and what came.

    Contested: at least one standing objection, and settled in the window, as it stood at its end. A preference is the
    option a position names; without one, consent and reservation stand behind the recommended option, and an objection
    against it: whatever else came is what it wished. A function with several voices is counted once, by its last.
    """
    rows = []
    for decision in (s.decision for s in standing(state, within.last)) if within.cycles else ():
        settled = decision.decided
        voices = decision.standing
        if settled is None or settled.in_cycle not in within or all(v.stance != "object" for v in voices):
            continue
        last = {v.function: v for v in voices}
        outcome = settled.option if settled.agreed and settled.option else settled.outcome
        for function, voice in last.items():
            wished = _preferred(decision, voice, outcome)
            if wished is not None:
                rows.append((decision.id, function, wished, outcome))
    return pd.DataFrame(rows, columns=COLUMNS)


def decision_lens(state: State, within: Window) -> list[Contested]:
    """Per function: contested decisions that went its way, with an exact interval."""
    rows = contested_decisions(state, within)
    return contested(rows) if len(rows) else []


def _preferred(decision: DecisionView, voice: PositionView, outcome: str) -> str | None:
    if voice.preferred_option:
        return voice.preferred_option
    recommended = next((o.label for o in decision.options if o.recommended), None)
    if recommended is None or voice.stance == "stand_aside":
        return None
    if voice.stance != "object":
        return recommended
    return f"not {recommended}" if outcome == recommended else outcome
