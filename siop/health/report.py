"""`report health`: the executive support board, the weakest symptom, and the fact that moves it most."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from siop.core import Report, Scope, add_months, words
from siop.health import board, decided, dominance, one_plan, sway, unsigned
from siop.health.facts import Facts, Support, gather, gather_support
from siop.health.lenses import decision_lens
from siop.health.maturity import maturity
from siop.health.measured import Measured
from siop.health.power import formal_say
from siop.health.promises import promises
from siop.health.rounds import felt, latest_round
from siop.health.shadow import Shadow
from siop.health.support import adherence, buy_in, deviance, drive, risk
from siop.health.window import Window, first_recorded, last_cycle, recorded_cycles, window
from siop.ledger.state import State
from siop.warehouse import Snapshot

SHORT, YEAR, LONG = 6, 12, 24  # cycles


def health(snapshot: Snapshot, state: State, scope: Scope) -> Report:
    """Is SIOP in control, and is it supported?

    Windows end with scope.cycle (default the last closed one; where the record ends earlier, there).
    Returns: a row per index (contract.md section 2), and beside the contract's fields label, need (n that would be
        enough), warning, watch and red. totals: cycle, weakest (index), value, fact, gain, headline, moves (of the
        weakest), felt, survey, maturity. coverage: share of the indices that could be told.
    Never raises for missing data: the index says how much would be enough.
    """
    cycle = last_cycle(state, snapshot.as_of, scope.cycle)
    if cycle is None:
        return _empty(snapshot, scope)
    found, facts = measure(snapshot, state, scope, cycle)
    rows = [board.row(m) for m in found]
    told = sum(m.value is not None for m in found)
    values = {m.index: m.value for m in found if m.index in board.SYMPTOMS}
    survey = latest_round(state, cycle)
    return Report(
        report="health",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=scope.as_dict(),
        rows=rows,
        totals={
            "cycle": cycle,
            **_weakest(found),
            "felt": [asdict(g) | {"points": g.points} for g in felt(survey, values)],
            "survey": _survey(survey),
            "maturity": asdict(maturity(snapshot, state, {r["index"]: r for r in rows}, cycle, survey)),
        },
        coverage=told / len(rows),
        notes=_notes(snapshot, state, scope, cycle, facts),
    )


def headline(snapshot: Snapshot, state: State, scope: Scope) -> str:
    """Is the process in control? The weakest symptom and the fact that moves it most, in one sentence or two."""
    cycle = last_cycle(state, snapshot.as_of, scope.cycle)
    if cycle is None:
        return "No symptom can be judged yet."
    recorded = recorded_cycles(state)
    six, year = window(recorded, cycle, SHORT), window(recorded, cycle, YEAR)
    told = gather_support(snapshot, state, scope, cycle, six, promises(snapshot, state, six))
    return board.headline(measure_support(state, told, six, year))


def measure(snapshot: Snapshot, state: State, scope: Scope, cycle: str) -> tuple[list[Measured], Facts]:
    """Every index of a cycle, in the order of the board, and the facts they were made of."""
    recorded = recorded_cycles(state)
    six, year, long = (window(recorded, cycle, n) for n in (SHORT, YEAR, LONG))
    facts = gather(snapshot, state, scope, cycle, six)
    return measure_facts(state, facts, six, year, long), facts


def measure_facts(state: State, facts: Facts, six: Window, year: Window, long: Window) -> list[Measured]:
    """The board from what people said and the facts fetched for it; nothing here reads a file."""
    told = facts.support
    lens, formal = decision_lens(state, long), formal_say(state)
    since = _since(state, year, told.cycle)
    settled = decided.settled(state, since)
    return [
        *measure_support(state, told, six, year),
        one_plan.measure(facts.coherence, facts.plan, told.currency),
        dominance.measure(facts.influence, lens, formal, facts.inputs.say),
        dominance.measure_unearned(facts.influence, lens, formal),
        sway.measure(state, since, facts.revenue_share),
        unsigned.measure(told.plans, told.unit, told.currency, _shadow(facts.shadow)),
        decided.measure_reversal(settled),
        decided.measure_latency(settled, decided.open_days(state, since)),
    ]


def measure_support(state: State, told: Support, six: Window, year: Window) -> list[Measured]:
    """The five symptoms."""
    kept = {p.id: p.kept for p in told.promises}
    changed = unsigned.changed_by(told.plans, buy_in.required(state, told.cycle))
    return [
        buy_in.measure(state, six, told.cycle_of, kept, changed),
        adherence.measure(state, six, templates=told.templates),
        drive.measure(state, six if len(six) else _months(told.cycle, SHORT)),
        risk.measure(risk.discipline(state, _since(state, year, told.cycle), told.surprise), told.currency),
        deviance.measure(told.streams, told.currency),
    ]


def trend(snapshot: Snapshot, state: State, scope: Scope, cycles: int = YEAR) -> list[dict[str, Any]]:
    """{cycle, index, value, status} of the five symptoms in the last cycles, oldest first; each as it was then.

    Commitments are judged once, on today's actuals; everything else looks back from its own cycle.
    """
    last = last_cycle(state, snapshot.as_of, scope.cycle)
    if last is None:
        return []
    recorded = recorded_cycles(state)
    promised = promises(snapshot, state, _months(last, cycles + SHORT))
    found = []
    for back in range(cycles - 1, -1, -1):
        cycle = add_months(last, -back)
        six, year = (window(recorded, cycle, n) for n in (SHORT, YEAR))
        asked = replace(scope, cycle=cycle) if back else scope
        told = gather_support(snapshot, state, asked, cycle, six, promised)
        for m in measure_support(state, told, six, year):
            status = board.row(m)["status"]
            found.append({"cycle": cycle, "index": m.index, "value": m.value, "status": status})
    return found


def _since(state: State, year: Window, cycle: str) -> Window:
    """Twelve cycles, not before anything was said: requests, decisions and risks need no recorded meeting."""
    first = first_recorded(state)
    whole = _months(cycle, YEAR)
    if first is None:
        return year
    cycles = tuple(c for c in whole.cycles if c >= first)
    return Window(cycles, tuple(c for c in cycles if c in set(year.held)))


def _months(cycle: str, length: int) -> Window:
    cycles = tuple(add_months(cycle, n - length + 1) for n in range(length))
    return Window(cycles, cycles)


def _shadow(found: Shadow) -> list[dict[str, Any]]:
    """The decisions nobody took, as rows beside the unsigned change."""
    if not found.checked:
        return []
    rows: list[dict[str, Any]] = [
        {"shadow": "made without being planned", "rate": found.rate, "value": found.value, "without": found.without,
         "months": found.checked}
    ]  # fmt: skip
    return rows + [{str(k): v for k, v in r.items()} for r in found.rows.head(10).to_dict("records")]


def _weakest(found: list[Measured]) -> dict[str, Any]:
    worst = board.weakest(found)
    first = worst.moves[0] if worst is not None and worst.moves else None
    return {
        "weakest": worst.index if worst else None,
        "value": worst.value if worst else None,
        "fact": (first.sentence if first else worst.sentence) if worst else None,
        "gain": first.gain if first else None,
        "headline": board.headline(found),
        "moves": [asdict(m) for m in worst.moves] if worst else [],
    }


def _survey(result: Any) -> dict[str, Any] | None:
    if result is None:
        return None
    return {
        **asdict(result),
        "response_rate": result.response_rate,
        "low_response": result.low_response,
    }


def _notes(snapshot: Snapshot, state: State, scope: Scope, cycle: str, facts: Facts) -> list[str]:
    notes = list(facts.support.notes)
    if not state.entries:
        notes.append("The ledger is empty: import a history, or run a cycle, to see who supports the plan.")
    elif scope.cycle is None and snapshot.as_of is not None and cycle < snapshot.as_of:
        notes.append(
            f"The record of the process ends with {words.month(cycle)}, before the last closed month: windows end there."
        )
    if facts.inputs.missing:
        notes.append(facts.inputs.missing)
    elif facts.inputs.by and facts.inputs.by != ("family", "month"):
        notes.append(
            f"Inputs and consensus are compared by {' and '.join(facts.inputs.by)}, the finest that all have."
        )
    if facts.inputs.silent:
        notes.append(_silent(facts.inputs.silent))
    six = window(recorded_cycles(state), cycle, SHORT)
    for s in state.foreign_signatures:
        if facts.support.cycle_of.get(s.version, s.in_cycle) in six:
            notes.append(
                f"Entry {s.seq}: {state.name(s.person)} of {state.people[s.person].function} signed {s.version} for"
                f" {s.function} without a delegation; the signature does not count."
            )
    if any(p.kept is None for p in facts.support.promises):
        unknown = [p for p in facts.support.promises if p.kept is None]
        notes.append(f"{words.count(len(unknown), 'commitment')} cannot be judged: {unknown[0].reason}.")
    return notes


def _silent(functions: tuple[str, ...]) -> str:
    """Who declared input versions and gave no numbers."""
    one = len(functions) == 1
    return (
        f"{words.listed(list(functions))} declared input versions without a row of units or revenue:"
        f" {'it is' if one else 'they are'} left out of who moves the consensus."
    )


def _empty(snapshot: Snapshot, scope: Scope) -> Report:
    """Neither a closed month nor a record."""
    rows = [
        board.row(
            Measured(index, None, "Not enough data: no closed month and no record of the process.", need=1)
        )
        for index in board.INDICES
    ]
    totals: dict[str, Any] = {
        "cycle": None, "weakest": None, "value": None, "fact": None, "gain": None,
        "headline": "No symptom can be judged yet.", "moves": [], "felt": [], "survey": None, "maturity": None,
    }  # fmt: skip
    notes = ["There is neither a closed month nor a record of the process."]
    return Report("health", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, 0.0, notes)
