"""What a case's drawer shows: how it stands, what was said about it entry by entry, and what it hangs together with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from siop.core import MEASURES, Scope, words
from siop.deviations.case import (
    ESCALATE_DAYS,
    RESPONSE_DAYS,
    Standing,
    is_snooze,
    real_answers,
    standing,
    standings,
)
from siop.deviations.rule import Closing, Opening
from siop.deviations.streams import Streams
from siop.deviations.trace import Traced
from siop.ledger import State
from siop.ledger.state import AssumptionView, CaseView


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case on a day. title, clock: in words; history: seq, day, who, what, said; newest first.

    repeated: earlier cases of the family with the same cause, (id, month, what was done); decision: (id, question);
    assumption: what the miss is traced to, in words, None where the month's miss is within tolerance.
    """

    case: CaseView
    standing: Standing
    title: str
    clock: str
    history: tuple[dict[str, Any], ...]
    repeated: tuple[tuple[str, str, str], ...]
    decision: tuple[str, str] | None
    assumption: str | None


def case_file(
    state: State, ident: str, today: date, traced: Sequence[Traced] = (), currency: str = "EUR"
) -> CaseFile | None:
    """The drawer of a case; None where the ledger has none of that id."""
    case = state.cases.get(ident)
    if case is None:
        return None
    now = standing(state, case, today)
    repeated = tuple(
        (c.id, words.month(c.month), c.answers[-1].countermeasure if c.answers else "not answered")
        for c in (state.cases[i] for i in now.repeated)
    )
    decision = None if now.decision is None else (now.decision, state.decisions[now.decision].question)
    miss = next((t for t in traced if t.family == case.family and t.month == case.month), None)
    return CaseFile(
        case, now, f"{case.family}, {words.month(case.month)}", clock_said(state, now), history(state, case, currency),
        repeated, decision, None if miss is None else traced_said(state, miss),
    )  # fmt: skip


def clock_said(state: State, now: Standing) -> str:
    """How a case stands, with its response clock: ten working days to an answer, escalated after twenty."""
    waited = words.count(now.waited, "working day")
    owner = state.name(now.owner) if now.owner else None
    to = f" to {state.name(now.to)}" if now.to else ""
    due = now.case.answers[-1].due if now.case.answers else None
    said = {
        "open": f"open, {waited} of {RESPONSE_DAYS} for the answer",
        "overdue": f"overdue: no answer after {waited}, {RESPONSE_DAYS} are allowed",
        "snoozed": f"snoozed until {day_said(due) if due else ''}",
        "answered": f"answered after {waited}, due {day_said(due) if due else ''}",
        "late": f"late: the countermeasure was due {day_said(due) if due else ''}",
        "closed": f"closed, answered after {waited}" if owner else f"closed without an answer after {waited}",
    }
    if now.state == "escalated":
        if now.owner is None:
            return f"escalated{to}: no answer after {waited}, over {ESCALATE_DAYS}"
        why = f"{owner} has left" if now.left else "the same cause again, and past due"
        return f"escalated{to}: {why}"
    return said[now.state]


def history(state: State, case: CaseView, currency: str = "EUR") -> tuple[dict[str, Any], ...]:
    """Every entry about a case, newest first: seq, day, who, what, said."""
    unit = MEASURES[case.measure].unit if case.measure in MEASURES else "units"
    off = (
        "opened by hand"
        if case.deviation is None
        else f"{words.amount(case.deviation, unit, currency, signed=True)} against plan"
    )
    rows = [
        {"seq": case.seq, "day": case.at.date(), "who": state.name(case.by), "what": "opened", "said": off}
    ]
    for answer in case.answers:
        what = "snoozed" if is_snooze(answer) else "answered"
        told = answer.countermeasure if is_snooze(answer) else f"{answer.cause}: {answer.countermeasure}"
        until = f"{'until' if is_snooze(answer) else 'due'} {day_said(answer.due)}"
        rows.append({"seq": answer.seq, "day": answer.at.date(), "who": state.name(answer.by), "what": what,
                     "said": f"{told}; owner {state.name(answer.owner)}, {until}"})  # fmt: skip
    if case.closed_seq is not None and case.closed_at is not None:
        rows.append({"seq": case.closed_seq, "day": case.closed_at.date(), "who": state.name(case.closed_by or ""),
                     "what": "closed", "said": case.close_reason or ""})  # fmt: skip
    return tuple(sorted(rows, key=lambda r: -r["seq"]))


def case_rows(state: State, found: Sequence[Standing]) -> list[dict[str, Any]]:
    """The list of cases: id, title, month, state, clock, owner, cause, due; None where nothing was said."""
    rows = []
    for s in found:
        answer = s.case.answers[-1] if s.case.answers else None
        owner = "No owner" if s.owner is None else state.name(s.owner) + (" (has left)" if s.left else "")
        rows.append(
            {"id": s.case.id, "title": f"{s.case.family}, {words.month(s.case.month)}", "state": s.state,
             "clock": clock_said(state, s), "owner": owner, "cause": answer.cause if answer else None,
             "done": answer.countermeasure if answer else None}
        )  # fmt: skip
    return rows


def seen_cases(state: State, scope: Scope, found: Streams, today: date) -> list[Standing]:
    """The cases of a scope on a day: of its families where it is filtered or limited, else all."""
    every = standings(state, today)
    if not (scope.where or scope.only):
        return every
    return [s for s in every if s.case.family in found.families]


def cases_sentence(found: Sequence[Standing]) -> str:
    """How many cases are open, and how many of them nobody has answered."""
    live = [s for s in found if s.state != "closed"]
    if not live:
        return "No case is open"
    silent = sum(not real_answers(s.case) for s in live)
    said = words.count(len(live), "open case").capitalize()
    return f"{said}, {words.how_many(silent)} unanswered" if silent else f"{said}, all answered"


def proposals_sentence(opening: Sequence[Opening], closing: Sequence[Closing]) -> str:
    """What the rules propose."""
    if not opening and not closing:
        return "The rules propose nothing: every miss has its case, and no open one is back in control"
    told = []
    if opening:
        told.append(f"{words.count(len(opening), 'family needs', 'families need')} a case")
    if closing:
        told.append(f"{words.count(len(closing), 'case is', 'cases are')} back in control")
    return " and ".join(told).capitalize()


def cause_rows(state: State, causes: dict[tuple[str, str], list[str]]) -> list[dict[str, Any]]:
    """Root causes that came again, the most often first: family, cause, n, cases, last (id), times in words."""
    rows = [
        {"family": family, "cause": cause, "n": len(cases), "last": cases[-1], "times": {2: "twice"}.get(len(cases), f"{words.how_many(len(cases))} times"),
         "months": words.listed([words.month(state.cases[c].month) for c in cases])}
        for (family, cause), cases in causes.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (-r["n"], r["family"], r["cause"]))


def traced_said(state: State, miss: Traced) -> str:
    """What a miss is traced to: the assumption that broke, the plan or its execution, or nothing that was stated."""
    told = [state.assumptions[i] for i in miss.broken or miss.assumptions]
    listed = "; ".join(_assumed(a) for a in told[:2]) + (
        f"; and {len(told) - 2} more" if len(told) > 2 else ""
    )
    return {
        "bad assumption": f"Traced to an assumption that did not hold: {listed}",
        "bad plan or execution": f"Every assumption held, so it is the plan or its execution: {listed}",
        "unstated": "No assumption of the plan covers this family: what it stood on was never stated",
        "not observed yet": f"It stands on an assumption nobody has looked at since: {listed}",
    }[miss.verdict]


def day_said(day: date) -> str:
    """A day as it is said.

    >>> day_said(date(2026, 11, 5))
    '5 Nov 2026'
    """
    return f"{day.day} {words.MONTHS[day.month - 1]} {day.year}"


def _assumed(a: AssumptionView) -> str:
    came = "" if a.observed is None else f", came {words.number(a.observed, 2)}"
    return f"{a.statement} ({a.id}: {words.number(a.low, 2)} to {words.number(a.high, 2)} {a.driver} expected{came})"
