"""stories.json: what is hidden in the sample, where, when and how big, as measured on the finished tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siop.sample.draw import CLOSED, CURRENT, FIRST_CYCLE, MONTHS
from siop.sample.names import CHANNELS, FAMILIES, REGIONS, RESOURCES
from siop.sample.stories import INPUTS
from siop.sample.tables import Facts

FILE = "stories.json"


@dataclass(frozen=True, slots=True)
class Told:
    """What only the history knows: the decision that came at half, the requests waved through, the odds that came."""

    decision: str
    unseen: int
    unseen_from: str
    unseen_to: str
    odds: dict[str, float]  # occurred / expected of the optimist's closed items, by kind


def write_truth(facts: Facts, told: Told, path: Path) -> None:
    """The list of design.md section 4, one line a story."""
    rows = [json.dumps(row, ensure_ascii=False) for row in truth(facts, told)]
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8", newline="\n")


def truth(facts: Facts, told: Told) -> list[dict[str, Any]]:
    """{story, subject, from, to, size, unit}; sizes are fractions unless the unit says otherwise."""
    s, last = facts.stories, CLOSED - 1
    first = FIRST_CYCLE + 1
    lost, half = facts.stories.lost(facts.company), s.effects[0]
    ratio = facts.lag1()[lost, s.lost_from :].sum(), facts.sold[lost, s.lost_from :].sum()
    return [
        _row("normalised_family", {"family": FAMILIES[s.normalised].name}, s.onset, last,
             float(facts.family_ratio(s.normalised)[s.onset :].mean()), "mean deviation from the plan a month before"),
        _row("lost_slice", {"region": REGIONS[s.lost_region], "channel": CHANNELS[s.lost_channel]}, s.lost_from, last,
             float(ratio[1] / ratio[0] - 1), "quantity against the plan a month before"),
        _row("dominant_function", {"function": INPUTS[s.dominant]}, FIRST_CYCLE, MONTHS.index(CURRENT),
             float(s.weights[s.dominant]), "weight in the consensus"),
        _row("optimistic_owner", {"person": s.optimist}, FIRST_CYCLE, last,
             told.odds["risk"] / told.odds["opportunity"],
             "occurred over expected, risks divided by opportunities; 1 is calibrated"),
        {"story": "favoured_customer",
         "subject": {"customer": str(facts.company.customers["customer"].iloc[s.favoured])},
         "from": told.unseen_from, "to": told.unseen_to, "size": told.unseen,
         "unit": "requests accepted without an impact run"},
        _row("noisy_family", {"family": FAMILIES[s.noisy].name}, first, last,
             _spread(facts, s.noisy), "standard deviation of ln(actual/plan a month before)"),
        _row("fine_family", {"family": FAMILIES[s.fine].name}, first, last,
             _spread(facts, s.fine), "standard deviation of ln(actual/plan a month before)"),
        _row("price_move", {"family": FAMILIES[s.price].name}, s.price_from, last, s.price_change, "change of price"),
        _row("mix_shift", {"family": FAMILIES[s.mix].name}, s.mix_from, last, mix_effect(facts),
             "EUR against the budget over these months, item = sku"),
        _row("bottleneck", {"resource": RESOURCES[s.bottleneck].code}, s.bottleneck_month, s.bottleneck_month,
             _load(facts), "hours needed over hours available, proposed plan"),
        _row("half_effect", {"decision": told.decision}, half.first, half.last, half.came,
             "realised over predicted (P50)"),
    ]  # fmt: skip


def _row(
    story: str, subject: dict[str, str], first: int, last: int, size: float, unit: str
) -> dict[str, Any]:
    return {
        "story": story, "subject": subject, "from": MONTHS[first], "to": MONTHS[last], "size": round(size, 4),
        "unit": unit,
    }  # fmt: skip


def _spread(facts: Facts, family: int) -> float:
    ratio = np.log1p(facts.family_ratio(family)[FIRST_CYCLE + 1 :])
    return float(ratio.std(ddof=1))


def _load(facts: Facts) -> float:
    s = facts.stories
    needed = facts.supply.hours[s.bottleneck] @ facts.supply.plan[-1, :, s.bottleneck_month - CLOSED - 1] / 10
    return float(needed / facts.supply.available[s.bottleneck, s.bottleneck_month])


def mix_effect(facts: Facts) -> float:
    """Mix effect of the family against its budget, EUR: sum of p0 (q1 - Q1 q0/Q0) over continuing products."""
    s, company = facts.stories, facts.company
    inside = company.family == s.mix
    year = MONTHS.index("2026-01")
    months = slice(s.mix_from - year, CLOSED - year)
    sku, products = company.pairs.sku[inside], len(company.products)
    units = facts.plans.budget[1][inside, months] / 10
    q0 = np.bincount(sku, units.sum(axis=1), products)
    r0 = np.bincount(sku, (units * facts.plans.budget_price[1][inside, months]).sum(axis=1), products)
    q1 = np.bincount(sku, facts.sold[inside, s.mix_from : CLOSED].sum(axis=1), products)
    both = (q0 > 0) & (q1 > 0)
    q0, r0, q1 = q0[both], r0[both], q1[both]
    return float((r0 / q0 * (q1 - q1.sum() * q0 / q0.sum())).sum())
