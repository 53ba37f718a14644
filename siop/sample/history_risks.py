"""The register over two years: items registered before their months, scored, and closed with what came.

Careful owners say what comes: of the items they call 30 %, about 30 % occur. One owner sees things rosier.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siop.core import add_months, months_between
from siop.sample.book import Book, euros
from siop.sample.company import Floats
from siop.sample.draw import (
    CLOSED,
    CURRENT,
    FIRST_CYCLE,
    LAST_CLOSED,
    MONTHS,
    after,
    generator,
    moment,
    stage_end,
)
from siop.sample.history_deviations import in_force
from siop.sample.names import FAMILIES, LEADERS, REGIONS
from siop.sample.risk_texts import CONTINGENCIES, OPPORTUNITIES, RISKS
from siop.sample.stories import RISK_OWNERS
from siop.sample.tables import Facts

_ODDS = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
_FORESEEN = 0.8  # share of material deviations that somebody had in the register
_OPEN = 16


@dataclass
class _Item:
    """An item before it is written. said: probabilities in order; window as month indices."""

    owner: str
    kind: str
    said: float
    occurred: bool
    realised: float  # over likely, where it occurred
    likely: float
    scope: dict[str, str] = field(default_factory=dict)
    first: int = 0
    last: int = 0


def write_risks(book: Book, facts: Facts) -> dict[str, float]:
    """All items; returns {kind: occurred / expected} of the optimistic owner's closed items."""
    rng = generator(facts.company.seed, "risks")
    closed = [item for owner in RISK_OWNERS for item in _record(rng, facts, owner)]
    _place(rng, facts, closed)
    closed.sort(key=lambda i: (i.first, i.owner, i.last, i.kind, i.said))
    number = 0
    for item in closed:
        number += 1
        _write(book, rng, facts, f"R-{number:03d}", item)
    for n in range(_OPEN):
        number += 1
        _write_open(book, rng, facts, f"R-{number:03d}", n)
    found = {}
    for kind in ("risk", "opportunity"):
        mine = [i for i in closed if i.owner == facts.stories.optimist and i.kind == kind]
        found[kind] = sum(i.occurred for i in mine) / sum(i.said for i in mine)
    return found


def _record(rng: np.random.Generator, facts: Facts, owner: str) -> list[_Item]:
    """The closed items of an owner: what was said, and what came, in proportion to the true odds."""
    rosy = owner == facts.stories.optimist
    found = []
    for kind, count in (("risk", int(rng.integers(34, 41))), ("opportunity", int(rng.integers(18, 23)))):
        if rosy:
            said = rng.choice(_ODDS[:5] if kind == "risk" else _ODDS[5:], count)
            true = np.clip(said + (0.30 if kind == "risk" else -0.32), 0.05, 0.9)
        else:
            said = rng.choice(_ODDS, count, p=np.array([3, 3, 3, 3, 3, 2, 2, 2, 2, 2]) / 25)
            true = said
        came = systematic(rng, true)
        likely = 40e3 * np.exp(rng.normal(1.2, 0.5, count))
        size = _triangular(rng, int(came.sum())) * (1.0 if not rosy else 1.45 if kind == "risk" else 0.62)
        realised = np.zeros(count)
        realised[came] = size
        found += [
            _Item(owner, kind, float(said[i]), bool(came[i]), float(realised[i]), euros(float(likely[i])))
            for i in range(count)
        ]
    return found


def systematic(rng: np.random.Generator, chance: Floats) -> np.ndarray:
    """Which occur: each with its chance, and their count within one of the sum of chances."""
    order = rng.permutation(len(chance))
    steps = np.floor(np.cumsum(chance[order]) + rng.random())
    came = np.diff(np.concatenate([[0.0], steps])) > 0
    came[0] = steps[0] > 0
    found = np.zeros(len(chance), dtype=bool)
    found[order] = came
    return found


def _triangular(rng: np.random.Generator, count: int) -> Floats:
    """Amounts over likely of items that occurred: an even spread over the three points 0.6, 1, 1.5."""
    low, likely, high = 0.6, 1.0, 1.5
    u = (rng.permutation(count) + rng.random(count)) / max(count, 1)
    turn = (likely - low) / (high - low)
    rise = low + np.sqrt(u * (high - low) * (likely - low))
    fall = high - np.sqrt((1 - u) * (high - low) * (high - likely))
    return np.asarray(np.where(u < turn, rise, fall))


def _place(rng: np.random.Generator, facts: Facts, items: list[_Item]) -> None:
    """Give items their family and months: those that occurred where something happened, the others elsewhere."""
    moved: dict[str, list[tuple[int, int]]] = {"risk": [], "opportunity": []}
    quiet: dict[str, list[tuple[int, int]]] = {"risk": [], "opportunity": []}
    for f in range(len(FAMILIES)):
        ratio, limit = facts.family_ratio(f), in_force(facts, f)
        for t in range(FIRST_CYCLE + 2, CLOSED):
            for kind, out in (
                ("risk", ratio[t] < -limit[t] / 100),
                ("opportunity", ratio[t] > limit[t] / 100),
            ):
                (moved if out else quiet)[kind].append((f, t))
    for kind in moved:
        targets = [moved[kind][i] for i in rng.permutation(len(moved[kind]))]
        targets = targets[: round(_FORESEEN * len(targets))]
        for item in sorted((i for i in items if i.kind == kind), key=lambda _: rng.random()):
            if item.occurred and targets:
                family, t = targets.pop()
                item.first = max(FIRST_CYCLE + 2, t - int(rng.integers(0, 2)))
                item.last = min(CLOSED - 1, max(t, item.first + int(rng.integers(0, 3))))
                item.scope = {"family": FAMILIES[family].name}
                continue
            family, t = quiet[kind][int(rng.integers(len(quiet[kind])))]
            item.first = t
            item.last = t if not item.occurred else min(CLOSED - 1, t + int(rng.integers(0, 2)))
            item.scope = {"family": FAMILIES[family].name}
            if item.occurred or rng.random() < 0.5:
                item.scope["region"] = str(rng.choice(REGIONS))


def _words(
    rng: np.random.Generator, facts: Facts, owner: str, kind: str, scope: dict[str, str]
) -> tuple[str, str, str]:
    """Title, driver group and contingency in the owner's words; a place or a customer only where the scope has it."""
    function = next(p.function for p in LEADERS if p.id == owner)
    texts = (RISKS if kind == "risk" else OPPORTUNITIES)[function]
    texts = tuple(t for t in texts if "region" in scope or "{region}" not in t[0])
    title, group = texts[int(rng.integers(len(texts)))]
    customers = facts.company.customers
    if "region" in scope:
        customers = customers[customers["region"] == scope["region"]]
    said = {
        "family": scope["family"].lower(),
        "region": scope.get("region", ""),
        "customer": str(rng.choice(customers["name"].to_numpy())),
    }
    return title.format(**said), group, str(rng.choice(CONTINGENCIES[function]))


def _write(book: Book, rng: np.random.Generator, facts: Facts, name: str, item: _Item) -> None:
    """Registered one to three cycles before its months, scored every cycle or two, closed after them."""
    ahead = int(rng.integers(1, 4))
    start = max(FIRST_CYCLE, item.first - ahead)
    title, group, plan_b = _words(rng, facts, item.owner, item.kind, item.scope)
    at = moment(after(stage_end(MONTHS[start], "demand").date(), 1), 9, int(rng.integers(60)))
    book.add(
        "risk", at, item.owner, MONTHS[start],
        id=name, kind=item.kind, title=title, scope=item.scope, from_=MONTHS[item.first], to=MONTHS[item.last],
        in_plan=bool(rng.random() < 0.12), owner=item.owner, measure="margin", driver_group=group,
        contingency=plan_b if item.kind == "risk" and rng.random() < 0.7 else None,
    )  # fmt: skip
    for t in range(start, item.last + 1):
        last = t == item.first - 1 or t == start
        if not last and (t >= item.first or rng.random() < 0.3):
            continue
        _score(book, rng, name, item.owner, t, item.said, item.likely)
    told = moment(after(stage_end(MONTHS[item.last + 1], "close").date(), 2), 11, int(rng.integers(60)))
    amount = euros(item.realised * item.likely) if item.occurred else 0.0
    book.add(
        "risk_outcome",
        told,
        item.owner,
        MONTHS[item.last + 1],
        id=name,
        occurred=item.occurred,
        realised=amount,
    )


def _score(
    book: Book, rng: np.random.Generator, name: str, owner: str, t: int, said: float, likely: float
) -> None:
    at = moment(after(stage_end(MONTHS[t], "demand").date(), 1), 10, int(rng.integers(60)))
    book.add(
        "risk_score", at, owner, MONTHS[t],
        id=name, probability=said, low=euros(0.6 * likely), likely=euros(likely), high=euros(1.5 * likely),
    )  # fmt: skip


def _write_open(book: Book, rng: np.random.Generator, facts: Facts, name: str, n: int) -> None:
    """Items that are still to come; all scored in this cycle or the last, but one."""
    owner = RISK_OWNERS[n % len(RISK_OWNERS)]
    kind = "opportunity" if n % 5 in (1, 3) else "risk"
    family = FAMILIES[int(rng.integers(len(FAMILIES)))].name
    scope = {"family": family}
    if n % 4 == 3:
        scope["region"] = str(rng.choice(REGIONS))
    first = add_months(CURRENT, int(rng.integers(0, 2)) if n < 9 else int(rng.integers(2, 6)))
    last = add_months(first, int(rng.integers(1, 3)))
    stale = n == 7
    start = add_months(LAST_CLOSED, -int(rng.integers(2, 5)) if stale else -int(rng.integers(0, 4)))
    title, group, plan_b = _words(rng, facts, owner, kind, scope)
    at = moment(after(stage_end(start, "demand").date(), 1), 9, int(rng.integers(60)))
    said = float(rng.choice([0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6]))
    likely = euros(float(90e3 * np.exp(rng.normal(1.2, 0.55))))
    book.add(
        "risk", at, owner, start,
        id=name, kind=kind, title=title, scope=scope, from_=first, to=last, in_plan=n in (4, 11),
        owner=owner, measure="margin", driver_group=group, shape="pert" if n % 3 == 0 else "triangular",
        trigger=f"quantity {'below' if kind == 'risk' else 'above'} {92 if kind == 'risk' else 108} % of plan"
        if n % 2 == 0 else None,
        contingency=plan_b if kind == "risk" else None,
    )  # fmt: skip
    for ahead in range(months_between(start, CURRENT) + 1):
        month = add_months(start, ahead)
        if stale and ahead > 0:
            break
        drift = float(np.clip(said + rng.choice([-0.05, 0.0, 0.0, 0.05]), 0.05, 0.9))
        _score(book, rng, name, owner, MONTHS.index(month), round(drift, 2), likely)
