"""Tolerances, and the cases that misses opened: who answered, who did not, and when the limit moved."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from siop.core import add_months
from siop.sample.book import Book
from siop.sample.draw import (
    CLOSED,
    CYCLE_MONTHS,
    FIRST_CYCLE,
    MONTHS,
    after,
    generator,
    meeting_day,
    moment,
    stage_end,
)
from siop.sample.names import FAMILIES, REGIONS
from siop.sample.noise import tolerances
from siop.sample.people import DEPUTY, LEAD, head, members
from siop.sample.tables import Facts

MEASURES = ("quantity", "revenue")
WIDENED = ((2, 9.5, "market"), (5, 15.0, "volatile market, see discussion"))
"""Widenings of the normalised family: months after its onset, per cent, reason given."""
_BELOW = (
    ("Project order moved to the next month", "Confirm delivery windows for orders above 50 units"),
    ("Distributors ran down stock", "Ask the five largest for their stock each month"),
    ("Castings delivered late", "Expedite, and hold two weeks of buffer"),
    ("Competitor price action in two accounts", "Counter-offer with service package"),
    ("Customer shutdown longer than planned", "Add shutdown calendars of key accounts to the demand review"),
    ("Tender lost", "Take the tender out of the forecast and review the win rate"),
    ("Export papers delayed", "Prepare papers before production ends"),
)  # fmt: skip
_ABOVE = (
    ("Orders pulled forward before the price list", "Take the pull-forward out of next month's plan"),
    ("Launch sold faster than planned", "Raise the launch curve after three weeks instead of eight"),
    ("Large repeat order came early", "Agree call-off dates in the frame contract"),
    ("Distributors stocked up before the fair", "Ask for the stock plan of the fair months"),
)  # fmt: skip
_OWNERS = ("Sales", "Marketing", "Operations", "Purchasing", "Service")


def in_force(facts: Facts, family: int) -> list[float]:
    """Tolerance of a family by closed month, per cent."""
    pct = [tolerances(facts.stories)[family]] * CLOSED
    if family == facts.stories.normalised:
        for later, wider, _ in WIDENED:
            pct[facts.stories.onset + later :] = [wider] * (CLOSED - facts.stories.onset - later)
    if family == facts.stories.plain[0]:
        pct[MONTHS.index("2026-01") :] = [8.0] * (CLOSED - MONTHS.index("2026-01"))
    return pct


def write_tolerances(book: Book, facts: Facts) -> None:
    """The first agreement, one tightening at the yearly review, and two widenings."""
    stories = facts.stories
    first = moment(after(meeting_day(CYCLE_MONTHS[0]), -6), 9)
    for f, pct in enumerate(tolerances(stories)):
        for m, measure in enumerate(MEASURES):
            book.add(
                "tolerance", first + timedelta(seconds=2 * f + m), LEAD, CYCLE_MONTHS[0], family=FAMILIES[f].name,
                measure=measure, pct=pct, valid_from=CYCLE_MONTHS[0], reason="Agreed with the family's planners",
            )  # fmt: skip
    yearly = moment(after(meeting_day("2025-12"), 1), 10)
    for measure in MEASURES:
        book.add("tolerance", yearly, LEAD, "2025-12", family=FAMILIES[stories.plain[0]].name, measure=measure, pct=8.0,
                 valid_from="2026-01", reason="Yearly review: the spread of 2025 allows a tighter limit")  # fmt: skip
    for later, pct, reason in WIDENED:
        month = MONTHS[stories.onset + later]
        cycle = add_months(month, -1)
        at = moment(after(stage_end(cycle, "publish").date(), 2), 17, 26)
        for measure in MEASURES:
            book.add("tolerance", at, members("Sales")[1], cycle, family=FAMILIES[stories.normalised].name,
                     measure=measure, pct=pct, valid_from=month, reason=reason)  # fmt: skip


def write_cases(book: Book, facts: Facts) -> None:
    """A case for every miss outside the limit in force; answered within days, but for one family."""
    rng = generator(facts.company.seed, "cases")
    number = 0
    revenue, planned = facts.actual("revenue"), {}
    for n in range(CLOSED - FIRST_CYCLE - 1):
        planned[FIRST_CYCLE + n + 1] = facts.planned("revenue", n)[:, 0]
    for t in range(FIRST_CYCLE + 1, CLOSED):
        for f in range(len(FAMILIES)):
            inside = facts.company.family == f
            limit = in_force(facts, f)[t] / 100
            units = float(facts.family_ratio(f)[t])
            came, meant = float(revenue[inside, t].sum()), float(planned[t][inside].sum())
            if max(abs(units), abs(came / meant - 1)) <= limit:
                continue
            number += 1
            measure, size = (
                ("quantity", facts.family_gap(f)[t]) if abs(units) > limit else ("revenue", came - meant)
            )
            _case(book, rng, facts, f"K-{number:03d}", f, t, measure, size)


def _case(
    book: Book,
    rng: np.random.Generator,
    facts: Facts,
    name: str,
    family: int,
    t: int,
    measure: str,
    size: float,
) -> None:
    cycle = MONTHS[t + 1]
    opened = moment(after(stage_end(cycle, "close").date(), 1), 9) + timedelta(minutes=int(rng.integers(90)))
    book.add("case_opened", opened, LEAD, cycle, id=name, family=FAMILIES[family].name, measure=measure, month=MONTHS[t],
             deviation=round(float(size), 2))  # fmt: skip
    wait: int | None = int(rng.integers(2, 8))
    since = t - facts.stories.onset if family == facts.stories.normalised else -1
    if since >= 0:
        wait = {0: 4, 1: 9, 2: 19}.get(since)
    if wait is None:
        return
    said = _BELOW if size < 0 else _ABOVE
    cause, answer = said[int(name[2:]) % len(said)]
    function = str(rng.choice(_OWNERS))
    owner = head(function) if rng.random() < 0.5 else DEPUTY[function].id
    answered = moment(after(opened.date(), wait), 11) + timedelta(minutes=int(rng.integers(200)))
    book.add("case_answered", answered, owner, None, id=name, owner=owner, cause=cause, countermeasure=answer,
             due=after(answered.date(), int(rng.integers(10, 30))))  # fmt: skip
    if since >= 0:
        return
    back = next(
        (
            u
            for u in range(t + 1, CLOSED)
            if abs(facts.family_ratio(family)[u]) <= in_force(facts, family)[u] / 100
        ),
        None,
    )
    if back is not None:
        closed = moment(after(stage_end(MONTHS[back + 1], "close").date(), 2), 10) + timedelta(
            minutes=int(rng.integers(90))
        )
        closed = max(closed, answered + timedelta(days=1))
        book.add(
            "case_closed", closed, LEAD, None, id=name, reason=f"Back within its limit in {MONTHS[back]}"
        )


_COMMENTS = (
    ("revenue", "Two large orders invoiced on the last day of the month."),
    ("quantity", "Includes the first delivery of the {region} frame contract."),
    ("revenue", "Price list effect visible for the first time."),
    ("quantity", "Short month, two working days less than last year."),
    ("margin", "Freight by air is in here, about a third of the gap."),
    ("revenue", "Credit note for the returns of spring booked here."),
    ("quantity", "Fair orders came earlier than last year."),
    ("margin", "Mix: more small sizes than planned."),
)  # fmt: skip


def write_comments(book: Book, facts: Facts) -> None:
    """Remarks pinned to numbers, one or two a cycle."""
    rng = generator(facts.company.seed, "comments")
    for cycle in CYCLE_MONTHS[1:]:
        for _ in range(int(rng.integers(1, 3))):
            metric, text = _COMMENTS[int(rng.integers(len(_COMMENTS)))]
            region = str(rng.choice(REGIONS))
            scope = {"family": FAMILIES[int(rng.integers(len(FAMILIES)))].name}
            if "{region}" in text or rng.random() < 0.3:
                scope["region"] = region
            by = str(rng.choice(members(str(rng.choice(["Sales", "Finance", "Planning"])))))
            at = moment(
                after(stage_end(cycle, "close").date(), int(rng.integers(1, 6))),
                int(rng.integers(8, 16)),
                int(rng.integers(60)),
            )
            book.add("comment", at, by, cycle, coordinates={"metric": metric, "scope": scope, "cycle": cycle},
                     text=text.format(region=region))  # fmt: skip
