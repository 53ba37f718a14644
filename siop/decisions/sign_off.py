"""Is the plan bought off? Who must sign a version, who has, what stands against it, and did it change since.

Only signatures that count for their function are looked at (`siop.ledger.voices`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from siop.core import words
from siop.ledger.state import PublishView, SignOffView, State

STANCES = {
    "consent": "consents",
    "reservation": "consents with a reservation",
    "stand_aside": "stands aside",
    "object": "objects",
}


@dataclass(frozen=True, slots=True)
class FunctionSign:
    """A required function and its last signature. `current` is False where it is under other rows."""

    function: str
    people: tuple[str, ...]  # who may sign for it
    signature: SignOffView | None
    current: bool

    @property
    def signed(self) -> bool:
        """Whether the function has signed the rows as they are now; a dissent is a signature."""
        return self.signature is not None and self.current


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """A plan version before the leadership.

    quorum: how many of the required functions must have signed before it may be published.
    publishable: nothing is missing; where somebody objects, only over the objection.
    why: what stands in the way, in sentences; empty where nothing does.
    changed: it was signed or published with other rows than it has now.
    """

    version: str
    plan_hash: str | None
    functions: tuple[FunctionSign, ...]
    quorum: int
    published: PublishView | None
    publishable: bool
    why: tuple[str, ...]
    changed: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """Required functions without a signature under the present rows."""
        return tuple(f.function for f in self.functions if not f.signed)

    @property
    def objections(self) -> tuple[SignOffView, ...]:
        """Signatures that object, under the present rows."""
        return self._with("object")

    @property
    def reservations(self) -> tuple[SignOffView, ...]:
        """Signatures with a reservation or standing aside."""
        return self._with("reservation", "stand_aside")

    def _with(self, *stances: str) -> tuple[SignOffView, ...]:
        found = (f.signature for f in self.functions if f.signed)
        return tuple(s for s in found if s is not None and s.stance in stances)


def plan_status(state: State, version: str, plan_hash: str | None, quorum: float = 1.0) -> PlanStatus:
    """How a plan version stands.

    Args: plan_hash: of its rows in the current snapshot, None where they are not loaded; quorum: share of the
        required functions that must have signed before publishing.
    """
    signatures = [s for s in state.signatures if s.version == version]
    functions = tuple(_function(state, signatures, plan_hash, name) for name in state.required_functions)
    needed = math.ceil(len(functions) * quorum - 1e-9)
    have = sum(f.signed for f in functions)
    published = next((p for p in reversed(state.publishes) if p.version == version), None)
    why: list[str] = []
    if published is not None:
        why.append(f"It was published on {published.at:%Y-%m-%d} by {state.name(published.by)}.")
    if plan_hash is None:
        why.append("Its rows are not loaded.")
    if not functions:
        why.append("No person is declared as a required signer.")
    if have < needed:
        missing = words.listed([f.function for f in functions if not f.signed])
        have_not = "has" if sum(not f.signed for f in functions) == 1 else "have"
        why.append(f"{missing} {have_not} not signed; {have} of {needed} needed signatures are there.")
    seen: list[SignOffView | PublishView | None] = [*(f.signature for f in functions), published]
    changed = any(s is not None and not _same(s.plan_hash, plan_hash) for s in seen)
    return PlanStatus(
        version=version,
        plan_hash=plan_hash,
        functions=functions,
        quorum=needed,
        published=published,
        publishable=not why,
        why=tuple(why),
        changed=changed,
    )


def signed_version(state: State, cycle: str | None = None) -> str | None:
    """The plan in force at the end of a cycle (default: now): the last one published, else the last one that every
    required function signed."""
    return state.plan_in_force(cycle)


@dataclass(frozen=True, slots=True)
class Drift:
    """The plan in force is not the plan that was signed."""

    version: str
    signed_hash: str
    current_hash: str | None
    snapshot: str | None  # the one that was signed; its file, where it is kept, says which rows moved
    sentence: str


def drift(state: State, hashes: dict[str, str]) -> Drift | None:
    """The banner of every page: whether the rows of the plan in force are no longer those signed; else None.

    Args: hashes: {version: content hash} of the current snapshot.
    """
    version = signed_version(state)
    if version is None:
        return None
    every: list[SignOffView | PublishView] = [*state.signatures, *state.publishes]
    said = [s for s in every if s.version == version and s.plan_hash]
    if not said:
        return None
    last = max(said, key=lambda s: (s.at, s.seq))
    now = hashes.get(version)
    if last.plan_hash is None or last.plan_hash == now:
        return None
    told = "is no longer loaded" if now is None else "is not the plan that was signed: its rows changed"
    sentence = f"The plan {version} {told} since entry {last.seq} of {last.at:%Y-%m-%d}."
    return Drift(version, last.plan_hash, now, last.plan_snapshot, sentence)


def _function(
    state: State, signatures: Sequence[SignOffView], plan_hash: str | None, name: str
) -> FunctionSign:
    signs = [s for s in signatures if s.function == name]
    people = tuple(
        p.id for p in state.people.values() if p.function == name and p.required_signer and p.active
    )
    last = signs[-1] if signs else None
    return FunctionSign(name, people, last, last is not None and _same(last.plan_hash, plan_hash))


def _same(signed: str | None, now: str | None) -> bool:
    """A signature without a hash (an old one, taken in before anything was loaded) is under whatever is loaded."""
    return signed is None or now is None or signed == now
