"""What supports the plan: commitments, assumptions, the quarterly survey, improvements of the process."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from siop.health.survey import PULSE
from siop.sample.book import NOW, Book
from siop.sample.draw import (
    CLOSED,
    CYCLE_MONTHS,
    CYCLES,
    FIRST_CYCLE,
    MONTHS,
    after,
    generator,
    meeting_day,
    moment,
    stage_end,
)
from siop.sample.names import FAMILIES, FUNCTIONS, LEADERS
from siop.sample.people import LEAD, everyone, head, members
from siop.sample.plans import cycle_name
from siop.sample.stories import INPUTS
from siop.sample.tables import Facts

_MEASURE = {
    "Sales": "revenue",
    "Marketing": "quantity",
    "Finance": "margin",
    "Operations": "cost",
    "Purchasing": "cost",
}
_MONTHS = 3  # of a commitment
_PCT = 8.0
_MISSED = 8  # every so many promises of a function one is missed


def write_commitments(book: Book, facts: Facts) -> None:
    """Each cycle each function promises a measure of a family for the coming quarter; most promises are kept."""
    rng = generator(facts.company.seed, "commitments")
    families = len(FAMILIES)
    actual = {m: facts.actual(m) for m in sorted(set(_MEASURE.values()))}
    for f, (function, measure) in enumerate(_MEASURE.items()):
        offset = int(rng.integers(_MISSED))
        for n, month in enumerate(CYCLE_MONTHS[:-1]):
            first = FIRST_CYCLE + n + 1
            planned = facts.planned(measure, n)[:, :_MONTHS].sum(axis=1)
            target = np.bincount(facts.company.family, planned, families)
            choice = np.arange(families)
            if first + _MONTHS <= CLOSED:
                came = actual[measure][:, first : first + _MONTHS].sum(axis=1)
                off = np.bincount(facts.company.family, came, families) / target - 1
                missed = np.flatnonzero((off if measure == "cost" else -off) > 1.1 * _PCT / 100)
                choice = np.flatnonzero(np.abs(off) < 0.9 * _PCT / 100)
                if (n + offset) % _MISSED == 0 and len(missed):
                    choice = missed
            family = int(rng.choice(choice))
            book.add(
                "commitment", moment(meeting_day(month), 15, 20 + f), head(function), month,
                id=f"C-{5 * n + f + 1:03d}", function=function, version=cycle_name(month), measure=measure,
                scope={"family": FAMILIES[family].name}, target=round(float(target[family])), tolerance_pct=_PCT,
                from_=MONTHS[first], to=MONTHS[first + _MONTHS - 1],
            )  # fmt: skip


_DRIVERS = (
    ("Order intake of machine builders stays near last year's level", "order intake index", 100.0, 6.0, "Sales"),
    ("Steel stays at its price", "steel price index", 112.0, 8.0, "Purchasing"),
    ("Euro and dollar stay where they are", "EUR/USD", 1.09, 0.05, "Finance"),
    ("The foundry delivers within its lead time", "lead time in days", 42.0, 7.0, "Purchasing"),
    ("Distributors hold their stock", "weeks of stock", 6.0, 1.2, "Sales"),
    ("Sick leave stays at its average", "sick leave in per cent", 5.2, 1.0, "Operations"),
    ("Water utilities call off as agreed", "call-off rate in per cent", 92.0, 6.0, "Marketing"),
)  # fmt: skip


def write_assumptions(book: Book, facts: Facts) -> None:
    """What each plan takes for granted, and the value three cycles later."""
    rng = generator(facts.company.seed, "assumptions")
    number = 0
    for n, month in enumerate(CYCLE_MONTHS):
        for i in sorted(rng.choice(len(_DRIVERS), int(rng.integers(2, 4)), replace=False).tolist()):
            statement, driver, level, width, function = _DRIVERS[i]
            number += 1
            name = f"B-{number:03d}"
            expected = round(level * (1 + 0.02 * float(rng.standard_normal())), 2)
            families = [
                FAMILIES[f].name for f in sorted(rng.choice(len(FAMILIES), 2, replace=False).tolist())
            ]
            at = moment(stage_end(month, "demand").date(), 13, int(rng.integers(60)))
            book.add(
                "assumption", at, head(function), month,
                id=name, version=cycle_name(month), statement=statement, driver=driver, expected=expected,
                low=round(expected - width, 2), high=round(expected + width, 2), owner=head(function),
                families=families,
            )  # fmt: skip
            if n + 3 < CYCLES:
                seen = moment(after(stage_end(CYCLE_MONTHS[n + 3], "close").date(), 1), 14)
                value = round(expected + 0.6 * width * float(rng.standard_normal()), 2)
                book.add("assumption_outcome", seen, LEAD, CYCLE_MONTHS[n + 3], id=name, observed=value)


_FELT = {"S1": 3.9, "S2": 3.8, "S3": 3.6, "S4": 3.5, "S5": 3.9}


def write_survey(book: Book, facts: Facts) -> None:
    """A pulse of eight statements each quarter, answered by about four fifths, without names."""
    rng = generator(facts.company.seed, "survey")
    strong = INPUTS[facts.stories.dominant]
    asked = [p for p in everyone() if p.function != "General management"]
    for month in [m for m in CYCLE_MONTHS if m[5:] in ("01", "04", "07", "10")]:
        opened = moment(after(meeting_day(month), 1), 9)
        items = [{"id": s.id, "text": s.text, "symptom": s.symptom} for s in PULSE]
        book.add("survey_round", opened, LEAD, month, round=month, items=items)
        lines = []
        for person in asked:
            if rng.random() > 0.82:
                continue
            mood = float(rng.normal(0, 0.45))
            answers = {}
            for s in PULSE:
                level = _FELT[s.symptom] + mood
                if s.id == "norm_voice":
                    level += 0.6 if person.function == strong else -1.2
                answers[s.id] = int(np.clip(round(level + float(rng.normal(0, 0.7))), 1, 5))
            minutes = int(rng.integers(10, 7 * 24 * 60))
            token = rng.bytes(8).hex()
            rank = "lead" if person.role != "viewer" else "team"
            lines.append((minutes, token, person.function, rank, answers))
        for minutes, token, function, rank, answers in sorted(lines, key=lambda x: x[:2]):
            book.add("survey_response", opened + timedelta(minutes=minutes), LEAD, month, round=month, token=token,
                     function=function, level=rank, answers=answers)  # fmt: skip


_IMPROVEMENTS = (
    ("critique", "Pre-read grew past fifteen pages", "pre-read pages", "Planning"),
    ("deviation", "Launch volumes entered without dates", "launches dated", "Marketing"),
    ("survey", "Reasons for decisions not written down", "decisions with rationale", "Planning"),
    ("deviation", "Forecast of small customers kept by hand", "wmape", "Sales"),
    ("critique", "Price changes reach the plan a month late", "bias", "Finance"),
    ("deviation", "Supplier dates not in the supply plan", "attainment", "Purchasing"),
    ("survey", "Customer exceptions decided by phone", "requests with impact run", "Sales"),
    ("critique", "Capacity file two weeks old", "data readiness", "Operations"),
    ("deviation", "Stock count differences between systems", "inventory accuracy", "Operations"),
    ("survey", "Risk papers without amounts", "risks with three points", "Finance"),
    ("critique", "Actions without a date", "actions closed in time", "Planning"),
    ("deviation", "Tender wins planned at full volume", "bias", "Sales"),
    ("deviation", "Repair demand mixed with new demand", "wmape", "Service"),
    ("survey", "New members not trained", "survey score", "Planning"),
    ("deviation", "Minimum batch hides true demand", "wmape", "Operations"),
    ("critique", "Scenario questions come after the freeze", "preread on time", "Marketing"),
    ("deviation", "Returns booked in the wrong month", "bias", "Finance"),
    ("deviation", "Inspection backlog delays release", "otif", "Quality"),
)  # fmt: skip


def write_improvements(book: Book, facts: Facts) -> None:
    """One or two a cycle, owned by an executive, most closed in time; a few causes come back."""
    rng = generator(facts.company.seed, "improvements")
    order = rng.permutation(len(_IMPROVEMENTS)).tolist()
    number = 0
    for n, month in enumerate(CYCLE_MONTHS[:-1]):
        for _ in range(2 if n % 3 == 1 else 1):
            source, cause, kpi, function = _IMPROVEMENTS[order[number % len(order)]]
            number += 1
            name = f"I-{number:03d}"
            opened = stage_end(month, "critique") + timedelta(minutes=int(rng.integers(60)))
            due = after(opened.date(), int(rng.integers(35, 75)))
            staff = members(function)
            scope = (
                {"family": FAMILIES[int(rng.integers(len(FAMILIES)))].name} if source == "deviation" else {}
            )
            sponsor = (
                head(function) if function in (*FUNCTIONS, "Purchasing") else LEADERS[int(rng.integers(6))].id
            )
            book.add(
                "improvement", opened, LEAD, month,
                id=name, source=source, root_cause=cause, kpi=kpi, scope=scope,
                owner=str(rng.choice(staff)) if staff else head(function),
                exec_owner=sponsor if rng.random() < 0.93 else None, due=due,
            )  # fmt: skip
            late = rng.random() < 0.12
            day = after(due, int(rng.integers(3, 20)) if late else -int(rng.integers(0, 12)))
            closed = moment(day, 12, int(rng.integers(60)))
            if closed <= NOW:
                book.add("improvement_closed", closed, LEAD, None, id=name, at=closed)
