"""S4, risk and reward not managed: foreseen, kept current, well judged? (field.md N4; the risk room computes)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siop.core import words
from siop.health.measured import Evidence, Measured, Move, insufficient
from siop.health.numbers import spread_of
from siop.health.window import Window
from siop.ledger.state import State
from siop.risks.calibrate import Calibration, calibrate, calibrate_by
from siop.risks.register import closed_items, register
from siop.risks.surprise import Deviation, Surprise

LEAST_CYCLES = 3
LEAST_CLOSED = 10  # below this many closed items neither skill nor money calibration is judged
PARTS = ("foreseen", "current", "skill", "money")
_LABEL = {
    "foreseen": "Register what could go wrong before it does",
    "current": "Score every open item each cycle",
    "skill": "Learn from the odds that were wrong",
    "money": "Size amounts by what came of the last ones",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """The record of one owner of risks, as the risk room judged it."""

    owner: str
    name: str
    n: int
    brier: float | None
    skill: float | None
    money_ratio: float | None
    optimism_ratio: float | None
    flagged: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Discipline:
    """What the risk room knows, over the window.

    surprise: value of material deviations nobody had registered / value of all; unregistered and material are that
    money, deviations their count. stale, open_items: items. skill: of closed items; money: realised / expected.
    cycles: since the first item was registered.
    """

    cycles: int
    surprise: float | None
    unregistered: float
    material: float
    deviations: int
    stale: int
    open_items: int
    closed: int
    skill: float | None
    money: float | None
    owners: tuple[Owner, ...] = ()
    rows: tuple[dict[str, object], ...] = ()

    @property
    def shares(self) -> dict[str, float | None]:
        """The four parts, 0 to 1; None where a part cannot be judged yet."""
        judged = self.closed >= LEAST_CLOSED
        money = self.money if judged and self.money is not None and self.money > 0 else None
        return {
            "foreseen": None if self.surprise is None else 1 - self.surprise,
            "current": 1 - self.stale / self.open_items if self.open_items else None,
            "skill": min(1.0, max(0.0, self.skill)) if judged and self.skill is not None else None,
            "money": None if money is None else min(money, 1 / money),
        }

    @property
    def value(self) -> float | None:
        """100 x mean of the parts that can be judged."""
        have = [s for s in self.shares.values() if s is not None]
        return 100 * float(np.mean(have)) if have else None


def measure(found: Discipline, currency: str = "EUR") -> Measured:
    """S4: risk and reward discipline, 0 to 100; needs three cycles since the first item was registered."""
    if found.cycles < LEAST_CYCLES:
        why = "No risk was ever registered." if not found.cycles else ""
        return insufficient("S4", found.cycles, LEAST_CYCLES, "cycles since the first registered item", why)
    value = found.value
    if value is None:
        return insufficient(
            "S4", found.closed, LEAST_CLOSED, "closed items", "Nothing open, nothing material."
        )
    flagged = [o for o in found.owners if o.flagged]
    shares = found.shares
    pull = min((p for p in PARTS if shares[p] is not None), key=lambda p: (shares[p], PARTS.index(p)))
    numerator, denominator = _part(found, pull)
    sentence = _told(found, pull, currency) + "."
    if flagged:
        sentence += f" {flagged[0].name}: {flagged[0].evidence.rstrip('.')}."
    warned = (
        f"{words.listed([o.name for o in flagged])}: odds that do not fit what came." if flagged else None
    )
    return Measured(
        "S4",
        value,
        sentence,
        n=found.cycles,
        need=LEAST_CYCLES,
        numerator=numerator,
        denominator=denominator,
        interval=_interval(found),
        subject={"person": flagged[0].owner} if flagged else {},
        evidence=_evidence(found),
        moves=_moves(found, currency),
        warning=warned,
    )


def _part(found: Discipline, part: str) -> tuple[float | None, float | None]:
    if part == "foreseen":
        return found.material - found.unregistered, found.material
    if part == "current":
        return float(found.open_items - found.stale), float(found.open_items)
    return (found.skill, 1.0) if part == "skill" else (found.money, 1.0)


def _told(found: Discipline, part: str, currency: str) -> str:
    if part == "foreseen":
        missed = words.amount(found.unregistered, currency=currency)
        return f"{missed} of {words.amount(found.material, currency=currency)} of material misses were in no register"
    if part == "current":
        return f"{found.stale} of {found.open_items} open items were not scored for two cycles or overdue"
    if part == "skill":
        better = max(0.0, found.skill or 0.0)
        return f"Stated odds were {words.percent(better, 0)} better than the average rate of occurrence"
    return f"What came was {words.number(found.money, 1)} times what was expected"


def _moves(found: Discipline, currency: str) -> tuple[Move, ...]:
    """What each part would add where it were whole; odds and amounts are laid at a flagged owner's door."""
    have = {p: s for p, s in found.shares.items() if s is not None}
    flagged = next((o for o in found.owners if o.flagged), None)
    moves = []
    for part, share in have.items():
        if share >= 1:
            continue
        told, subject = _told(found, part, currency), {}
        if flagged is not None and part in ("skill", "money"):
            told = f"{told}; {flagged.name} {flagged.evidence.split(';')[0].rstrip('.')}"
            subject = {"person": flagged.owner}
        moves.append(Move(_LABEL[part], told, 100 * (1 - share) / len(have), subject))
    return tuple(sorted(moves, key=lambda m: -m.gain))


def _interval(found: Discipline) -> tuple[float, float] | None:
    """Spread of the two counted parts; the surprise is taken as a share of as many deviations as there were."""
    shares = found.shares
    counted: list[tuple[float, float]] = []
    if shares["foreseen"] is not None and found.deviations:
        counted.append((shares["foreseen"] * found.deviations, float(found.deviations)))
    if shares["current"] is not None:
        counted.append((float(found.open_items - found.stale), float(found.open_items)))
    rest = [s for p in ("skill", "money") if (s := shares[p]) is not None]
    if not counted:
        return None
    n = len(counted) + len(rest)
    return spread_of(counted, lambda draws: 100 * (draws.sum(axis=1) + sum(rest)) / n)


def _evidence(found: Discipline) -> Evidence:
    rows: Evidence = [
        {
            "part": part,
            "share": share,
            "numerator": _part(found, part)[0],
            "denominator": _part(found, part)[1],
        }
        for part, share in found.shares.items()
    ]
    rows += [
        {"owner": o.owner, "name": o.name, "n": o.n, "brier": o.brier, "skill": o.skill, "money_ratio": o.money_ratio,
         "optimism_ratio": o.optimism_ratio, "flagged": o.flagged, "said": o.evidence}
        for o in found.owners
    ]  # fmt: skip
    return [*rows, *found.rows]


def discipline(state: State, within: Window, surprise: Surprise) -> Discipline:
    """What the risk room's register and calibration say of a window; items registered later are not yet known.

    Args: surprise: material deviations of the window's months against the register.
    """
    first = min((r.in_cycle for r in state.risks.values()), default=None)
    if first is None or not within.cycles:
        return Discipline(
            0, surprise.ratio, surprise.unregistered, surprise.material, surprise.n, 0, 0, 0, None, None
        )
    lines = register(state, within.last, until=within.last)
    alive = [line for line in lines if line.open]
    closed = closed_items(lines, within.cycles[0])
    everybody = calibrate(closed)
    records = calibrate_by(closed_items(lines), lambda c: c.owner)
    return Discipline(
        cycles=sum(cycle >= first for cycle in within.cycles),
        surprise=surprise.ratio,
        unregistered=surprise.unregistered,
        material=surprise.material,
        deviations=surprise.n,
        stale=sum(line.stale for line in alive),
        open_items=len(alive),
        closed=len(closed),
        skill=everybody.skill,
        money=everybody.money_ratio,
        owners=tuple(_owner(state, record) for record in records),
        rows=(
            *(_missed(d) for d in surprise.deviations if d.item is None),
            *({"item": line.risk.id, "title": line.risk.title, "owner": state.name(line.risk.owner),
               "age": line.age, "flags": list(line.flags)} for line in alive if line.stale),
        ),
    )  # fmt: skip


def _owner(state: State, record: Calibration) -> Owner:
    return Owner(
        record.name, state.name(record.name), record.n, record.brier, record.skill, record.money_ratio,
        record.optimism_ratio, record.flagged, record.evidence,
    )  # fmt: skip


def _missed(deviation: Deviation) -> dict[str, object]:
    return {
        "family": deviation.family,
        "month": deviation.month,
        "deviation": deviation.deviation,
        "value": deviation.value,
        "what": "in no register",
    }
