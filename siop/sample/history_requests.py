"""Wishes of customers: what was asked, whether its cost to the others was computed, and the answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from siop.sample.book import Book, euros
from siop.sample.draw import CURRENT, CYCLE_MONTHS, FIRST_CYCLE, MONTHS, after, generator, moment, stage_end
from siop.sample.people import CHAIR, head, members
from siop.sample.tables import Facts

_REASONS = (
    "Strategic account, the answer was promised at their site.", "Agreed on the phone, they needed a yes the same day.",
    "Relationship comes first here.", None, None,
)  # fmt: skip


def write_requests(book: Book, facts: Facts) -> tuple[int, str, str]:
    """All requests; returns how many of the favoured customer were accepted unseen, in the first and last cycle."""
    rng = generator(facts.company.seed, "requests")
    favoured = facts.stories.favoured
    others = np.array([c for c in range(len(facts.company.customers)) if c != favoured])
    number = 0
    unseen: list[str] = []
    for n, month in enumerate(CYCLE_MONTHS):
        askers = [int(c) for c in rng.choice(others, int(rng.integers(1, 3)), replace=False)]
        if rng.random() < (0.85 if n >= 10 else 0.35):
            askers.append(favoured)
        for customer in askers:
            number += 1
            special = customer == favoured
            if _request(book, rng, facts, f"Q-{number:03d}", customer, FIRST_CYCLE + n, special):
                unseen.append(month)
    return len(unseen), unseen[0], unseen[-1]


def _request(
    book: Book, rng: np.random.Generator, facts: Facts, name: str, customer: int, cycle: int, special: bool
) -> bool:
    """One request; returns whether it was accepted without a run."""
    month = MONTHS[cycle]
    mine = np.flatnonzero(facts.company.pairs.customer == customer)
    pair = int(rng.choice(mine))
    sku = facts.company.products.iloc[facts.company.pairs.sku[pair]]
    ahead = int(rng.integers(1, 4))
    quantity = max(5, int(np.ceil(facts.company.pairs.units[pair] * rng.uniform(0.8, 2.5))))
    line: dict[str, Any] = {"month": MONTHS[cycle + ahead], "quantity": quantity}
    if rng.random() < 0.7:
        line |= {
            "sku": sku["sku"],
            "price": round(float(sku["unit_price"]) * float(rng.uniform(0.86, 0.97)), 2),
        }
    else:
        line |= {"family": sku["family"], "quantity": 2 * quantity}
    day = after(stage_end(month, "close").date(), int(rng.integers(1, 9)))
    asked = moment(day, int(rng.integers(7, 15)), int(rng.integers(60)))
    code = facts.company.customers["customer"].iloc[customer]
    by = str(rng.choice(members("Sales")))
    book.add(
        "request", asked, by, month, id=name, customer=code, lines=[line], wanted=line["month"], asked_by=by,
        sponsor=head("Sales") if special or rng.random() < 0.3 else None,
    )  # fmt: skip
    if special:
        answered = moment(after(day, int(rng.integers(0, 2))), 17, int(rng.integers(60)))
        if month != CURRENT:
            book.add("request_answer", answered, head("Sales"), month, request=name, accepted=True,
                     override_reason=rng.choice(np.array(_REASONS, dtype=object)))  # fmt: skip
        return month != CURRENT
    run = f"{name}-run"
    ran = moment(after(day, int(rng.integers(1, 3))), 9, int(rng.integers(60)))
    accepted = bool(rng.random() < 0.66)
    price = float(line.get("price", sku["unit_price"]))
    worth = euros(quantity * price * float(rng.uniform(0.08, 0.35)) * (1 if accepted else -0.4), 100)
    feasible = quantity if accepted else int(quantity * rng.uniform(0.3, 0.8))
    loser = int(rng.choice(np.setdiff1d(np.arange(len(facts.company.customers)), [customer])))
    result = {
        "policy": "keep contract minima", "feasible_quantity": feasible, "net": worth,
        "losers": [{"customer": facts.company.customers["customer"].iloc[loser],
                    "quantity": int(rng.integers(0, max(2, quantity // 3)))}],
    }  # fmt: skip
    book.add(
        "impact_run",
        ran,
        members("Planning")[int(rng.integers(4))],
        month,
        id=run,
        request=name,
        result=result,
    )
    answered = moment(after(ran.date(), int(rng.integers(1, 4))), 10, int(rng.integers(60)))
    book.add("request_answer", answered, CHAIR if rng.random() < 0.4 else head("Sales"), month, request=name,
             accepted=accepted, impact_run=run)  # fmt: skip
    return False
