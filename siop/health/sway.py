"""Are important customers favoured unseen? Yeses without an impact run (field.md N7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from siop.core import words
from siop.health.measured import Measured, Move, insufficient
from siop.health.numbers import exact_interval
from siop.health.window import Window
from siop.ledger.state import State
from siop.requests import seen_before

LEAST_ACCEPTED = 3


@dataclass(frozen=True, slots=True)
class Yes:
    """An accepted request. blind: no impact run of it was made before the answer; overrides are blind too."""

    request: str
    customer: str
    cycle: str
    at: datetime
    blind: bool
    override_reason: str | None
    asked_by: str
    sponsor: str | None


def accepted(state: State, within: Window) -> list[Yes]:
    """The requests accepted in the window and not refused again by its end, in order of the answer."""
    found = []
    for request in state.requests.values():
        known = tuple(a for a in request.answers if within.cycles and a.in_cycle <= within.last)
        answer = replace(request, answers=known).yes
        if answer is None or answer.in_cycle not in within:
            continue
        found.append(
            Yes(
                request.id, request.customer, answer.in_cycle, answer.at, not seen_before(state, request, answer),
                answer.override_reason, request.asked_by, request.sponsor,
            )
        )  # fmt: skip
    return sorted(found, key=lambda y: y.at)


def measure(state: State, within: Window, revenue_share: Mapping[str, float]) -> Measured:
    """customer_sway: accepted requests without an impact run dated before the acceptance / accepted.

    Args: revenue_share: {customer: share of the last year's revenue}, for the concentration in the evidence:
        share of the blind yeses / share of revenue.
    """
    yeses = accepted(state, within)
    blind = [y for y in yeses if y.blind]
    if len(yeses) < LEAST_ACCEPTED:
        return insufficient(
            "customer_sway", len(yeses), LEAST_ACCEPTED, "accepted requests",
            numerator=float(len(blind)), denominator=float(len(yeses)),
        )  # fmt: skip
    rows = _customers(yeses, revenue_share)
    top = rows[0] if rows and rows[0]["blind"] else None
    sentence = f"{len(blind)} of {len(yeses)} accepted requests had no impact run before the yes"
    if top is not None:
        sentence += f", {top['blind']} of them for {top['customer']}"
        if top["revenue_share"] is not None:
            sentence += f", who brings {words.percent(top['revenue_share'], 0)} of revenue"  # type: ignore[arg-type]
    return Measured(
        "customer_sway",
        len(blind) / len(yeses),
        sentence + ".",
        n=len(yeses),
        need=LEAST_ACCEPTED,
        numerator=float(len(blind)),
        denominator=float(len(yeses)),
        interval=exact_interval(len(blind), len(yeses)),
        subject={"customer": str(top["customer"])} if top else {},
        evidence=[*rows, *(_row(y) for y in yeses)],
        moves=(
            (Move("Impact run before the yes", sentence + ".", len(blind) / len(yeses)),) if blind else ()
        ),
    )


def _customers(yeses: list[Yes], revenue_share: Mapping[str, float]) -> list[dict[str, object]]:
    blind = sum(y.blind for y in yeses)
    rows: list[dict[str, object]] = []
    for customer in dict.fromkeys(y.customer for y in yeses):
        mine = [y for y in yeses if y.customer == customer]
        unseen = sum(y.blind for y in mine)
        share = unseen / blind if blind else 0.0
        of_revenue = revenue_share.get(customer)
        rows.append(
            {
                "customer": customer,
                "accepted": len(mine),
                "blind": unseen,
                "share_of_blind": share,
                "revenue_share": of_revenue,
                "concentration": share / of_revenue if of_revenue else None,
            }
        )
    return sorted(rows, key=lambda r: (-int(r["blind"]), -int(r["accepted"]), str(r["customer"])))  # type: ignore[call-overload]


def _row(yes: Yes) -> dict[str, object]:
    return {
        "request": yes.request,
        "customer": yes.customer,
        "cycle": yes.cycle,
        "at": yes.at,
        "blind": yes.blind,
        "override_reason": yes.override_reason,
        "asked_by": yes.asked_by,
        "sponsor": yes.sponsor,
    }
