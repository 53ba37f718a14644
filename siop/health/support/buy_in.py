"""S1, weak buy-in: did each function commit in person, and then do what it committed to? (field.md N1)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from siop.core import words
from siop.health.cycle import POINTS, is_executive, stands_for, took_place
from siop.health.measured import Measured, Move, capital, insufficient
from siop.health.numbers import geometric_mean, spread_of
from siop.health.window import Window, said_of
from siop.ledger.state import AttendanceView, PublishView, SignOffView, State

LEAST_CYCLES = 3
PARTS = ("signed", "attended", "kept", "stood")
_SAID = {
    "signed": ("signed {n} of {d} plans before they were published", "Sign before publication"),
    "attended": ("came to {n} of {d} meetings (a delegate counts half)", "Come in person"),
    "kept": ("kept {n} of {d} commitments", "Deliver what is signed"),
    "stood": ("{p} of the signed plan changed without a decision", "Change the plan only by decision"),
}


@dataclass(frozen=True, slots=True)
class Signing:
    """The plan of a cycle that was to be signed: who signed in time. `functions`: with any stance."""

    cycle: str
    version: str | None
    functions: frozenset[str]
    late: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BuyIn:
    """One function. Each part is (points, out of); None is not assessed, and the value is then partial."""

    function: str
    signed: tuple[float, float] | None
    attended: tuple[float, float] | None
    kept: tuple[float, float] | None
    stood: float | None  # 1 - share of the signed plan changed without a decision

    @property
    def shares(self) -> dict[str, float | None]:
        return {
            "signed": _ratio(self.signed),
            "attended": _ratio(self.attended),
            "kept": _ratio(self.kept),
            "stood": self.stood,
        }

    @property
    def value(self) -> float | None:
        """100 x geometric mean of the parts that could be assessed."""
        found = geometric_mean(self.shares.values())
        return None if found is None else 100 * found

    @property
    def say_do_gap(self) -> float | None:
        """100 x (signed - kept); positive: signs but does not deliver."""
        signed, kept = _ratio(self.signed), _ratio(self.kept)
        return None if signed is None or kept is None else 100 * (signed - kept)

    def row(self) -> dict[str, object]:
        """The function as a row of evidence."""
        told: dict[str, object] = {"function": self.function, "value": self.value}
        for name in ("signed", "attended", "kept"):
            part = getattr(self, name)
            told[name], told[f"{name}_of"] = part if part else (None, None)
        told["stood"] = self.stood
        told["say_do_gap"] = self.say_do_gap
        told["partial"] = any(share is None for share in self.shares.values())
        return told


def signings(state: State, cycle_of: Mapping[str, str], within: Window) -> list[Signing]:
    """What was to be signed in each held cycle, and by whom it was signed before publication.

    Args: cycle_of: {consensus version: its cycle}, from the snapshot; see `said_of`.
    The plan of a cycle is the published version, else the one signed last. A dissent counts as signing.
    A cycle with a record but without any signature was to be signed by all, and was by none. A signature for
    another's function without a delegation does not count.
    """
    found = []
    every: list[SignOffView | PublishView] = [*state.signatures, *state.publishes]
    for cycle in within.held:
        said = said_of(every, cycle_of, cycle)
        offs = [s for s in said if isinstance(s, SignOffView)]
        published = [s for s in said if isinstance(s, PublishView)]
        version = published[-1].version if published else offs[-1].version if offs else None
        when = published[-1].at if published else None
        mine = [s for s in offs if s.version == version]
        early = frozenset(s.function for s in mine if when is None or s.at <= when)
        found.append(Signing(cycle, version, early, frozenset(s.function for s in mine) - early))
    return found


def required(state: State, cycle: str | None = None) -> list[str]:
    """The functions whose buy-in the plan of a cycle (default: now) needs: of the required signers as they were declared
    by then, else of principals, else of who signed."""
    told = list(state.required_in(cycle))
    if cycle is not None:  # declared since, and yet they were there
        told += [f for f in state.required_functions if f not in told and since(state, f) <= cycle]
    if not told:
        told = [p.function for p in state.people.values() if p.principal and p.active]
    if not told:
        told = [s.function for s in state.signatures]
    return list(dict.fromkeys(told))


def since(state: State, function: str) -> str:
    """The first cycle in which a plan needed a function's signature; "" for those who were there from the beginning.

    Who joins later is not held to what was before. A history may declare people late: where the function signed or
    came to meetings before it was declared, it was there.
    """
    declared = next((c for c in state.declared_in if function in state.required_in(c)), None)
    if declared is None or declared == state.declared_in[0]:
        return ""
    people = {p.id for p in state.people.values() if p.functions == (function,)}
    acted = [s.in_cycle for s in state.signatures if s.function == function]
    acted += [a.in_cycle for a in state.attendance if a.person in people]
    return min([declared, *acted])


def attendance(
    state: State, within: Window, function: str, expected: str | None = None
) -> tuple[float, float] | None:
    """(points, meetings): principal 1, delegate 1/2, absent 0.

    A function is expected at a meeting where it has an entry, and from the cycle `expected` on at every executive
    meeting (never, without one). A meeting without any attendance entry is not assessed.
    """
    points, meetings = 0.0, 0
    by_meeting: dict[str, list[AttendanceView]] = {}
    for entry in state.attendance:
        by_meeting.setdefault(entry.meeting, []).append(entry)
    for meeting in state.meetings.values():
        entries = by_meeting.get(meeting.id, [])
        if meeting.in_cycle not in within or not entries or not took_place(state, meeting):
            continue
        mine = [POINTS[e.status] for e in entries if function in stands_for(state, e, meeting)]
        if mine or (expected is not None and expected <= meeting.in_cycle and is_executive(meeting.kind)):
            points += max(mine, default=0.0)
            meetings += 1
    return (points, float(meetings)) if meetings else None


def buy_in(
    state: State,
    within: Window,
    cycle_of: Mapping[str, str],
    kept: Mapping[str, bool | None],
    changed: Mapping[str, float | None],
) -> list[BuyIn]:
    """Every function that is required at the end of the window, in the order declared, held to what was since it joined.

    Args: kept: {commitment id: kept, missed, or None where it cannot be told}, of commitments due in the window.
        changed: {function: share of the signed plans changed without a decision, or None}.
    """
    plans = signings(state, cycle_of, within)
    anybody = any(s.functions or s.late for s in plans)
    found = []
    for function in required(state, within.last) if within.cycles else ():
        mine = [v for i, v in kept.items() if v is not None and state.commitments[i].function == function]
        first = since(state, function)
        asked = [s for s in plans if s.cycle >= first]
        signed = sum(function in s.functions for s in asked)
        found.append(
            BuyIn(
                function,
                (float(signed), float(len(asked))) if anybody and asked else None,
                attendance(state, within, function, expected=first),
                (float(sum(mine)), float(len(mine))) if mine else None,
                None if (share := changed.get(function)) is None else max(0.0, 1.0 - share),
            )
        )
    return found


def measure(
    state: State,
    within: Window,
    cycle_of: Mapping[str, str],
    kept: Mapping[str, bool | None],
    changed: Mapping[str, float | None],
) -> Measured:
    """S1: the weakest function's buy-in, 0 to 100; dissent counts as signing."""
    held = len(within.held)
    if held < LEAST_CYCLES:
        return insufficient("S1", held, LEAST_CYCLES, "cycles with a record")
    everyone = buy_in(state, within, cycle_of, kept, changed)
    known = [b for b in everyone if b.value is not None and _assessed(b)]
    if not known:
        return insufficient("S1", 0, 1, "functions with signatures or attendance")
    order = sorted(known, key=lambda b: (b.value or 0.0, b.function))
    weakest = order[0]
    part = _pull(weakest)
    numerator, denominator = getattr(weakest, part) if part != "stood" else (weakest.stood, 1.0)
    middle = median(b.value or 0.0 for b in known)
    gap = weakest.say_do_gap
    sentence = f"{capital(weakest.function)} {_told(weakest, part)}."
    if gap is not None and gap > 0 and part == "kept":
        sentence += f" Say-do gap {words.number(gap, 0)} points."
    return Measured(
        "S1",
        weakest.value,
        sentence,
        n=held,
        need=LEAST_CYCLES,
        numerator=numerator,
        denominator=denominator,
        interval=_interval(weakest),
        subject={"function": weakest.function},
        evidence=[
            *(b.row() for b in sorted(everyone, key=lambda b: (b.value is None, b.value, b.function))),
            {"function": "median", "value": middle},
        ],
        moves=_moves(order),
    )


def _assessed(one: BuyIn) -> bool:
    """Signing, coming and delivering are what a function does; the plan's standing alone says nothing of it."""
    return any(part is not None for part in (one.signed, one.attended, one.kept))


def _pull(one: BuyIn) -> str:
    """The part that lowers the function's value most."""
    return min((p for p in PARTS if one.shares[p] is not None), key=lambda p: (one.shares[p], PARTS.index(p)))


def _told(one: BuyIn, part: str) -> str:
    if part == "stood":
        return "stands by a plan of which " + _SAID["stood"][0].format(
            p=words.percent(1 - (one.stood or 0.0))
        )
    points, of = getattr(one, part)
    return _SAID[part][0].format(n=f"{points:g}", d=f"{of:g}")


def _moves(order: list[BuyIn]) -> tuple[Move, ...]:
    """What the index gains where one part of the weakest function were whole; the next weakest is the ceiling."""
    weakest, ceiling = order[0], order[1].value if len(order) > 1 else None
    base = weakest.value or 0.0
    found = []
    for part, share in weakest.shares.items():
        if share is None or share >= 1:
            continue
        better = geometric_mean([1.0 if p == part else v for p, v in weakest.shares.items()])
        reach = min(100 * (better or 0.0), ceiling if ceiling is not None else 100.0)
        found.append(
            Move(_SAID[part][1], f"{weakest.function}: {_told(weakest, part)}", reach - base,
                 {"function": weakest.function})
        )  # fmt: skip
    return tuple(sorted(found, key=lambda m: -m.gain))


def _interval(one: BuyIn) -> tuple[float, float]:
    shares = [part for part in (one.signed, one.attended, one.kept) if part is not None]
    fixed = [one.stood] if one.stood is not None else []

    def combine(draws: np.ndarray) -> np.ndarray:
        product = draws.prod(axis=1) * (fixed[0] if fixed else 1.0)
        return np.asarray(100 * product ** (1 / (len(shares) + len(fixed))))

    return spread_of(shares, combine)


def _ratio(part: tuple[float, float] | None) -> float | None:
    return None if part is None else part[0] / part[1]
