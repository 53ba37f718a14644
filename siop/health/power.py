"""Formal say: the power that votes give. Beside influence it shows how far practice is from the rules."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from siop.core import Undefined
from siop.ledger.state import State


def shapley_shubik(weights: Sequence[int], quota: int) -> list[float]:
    """Share of the orderings in which each voter is pivotal; a coalition wins with a sum of at least `quota`.

    Counted by dynamic programming over (size, weight) of the coalitions without the voter, so that many voters are
    no trouble. Raises: Undefined where nobody together reaches the quota.
    Source: Shapley and Shubik (1954).
    >>> [round(share, 4) for share in shapley_shubik([50, 26, 24], 51)]
    [0.6667, 0.1667, 0.1667]
    """
    n = len(weights)
    _check(weights, quota)
    found = []
    for voter, mine in enumerate(weights):
        counts = _coalitions([w for i, w in enumerate(weights) if i != voter])
        pivotal = sum(
            times / (n * comb(n - 1, size))
            for (size, weight), times in counts.items()
            if quota - mine <= weight < quota
        )
        found.append(pivotal)
    return found


def banzhaf(weights: Sequence[int], quota: int) -> list[float]:
    """Each voter's share of all critical defections (normalised Banzhaf index)."""
    _check(weights, quota)
    critical = []
    for voter, mine in enumerate(weights):
        counts = _coalitions([w for i, w in enumerate(weights) if i != voter])
        critical.append(sum(times for (_, weight), times in counts.items() if quota - mine <= weight < quota))
    return [c / sum(critical) for c in critical]


def formal_say(state: State) -> dict[str, float]:
    """{function: its formal power} where each required signer has a vote and more than half decide; {} without."""
    votes: dict[str, int] = {}
    for person in state.people.values():
        if person.required_signer and person.active:
            votes[person.function] = votes.get(person.function, 0) + 1
    if not votes:
        return {}
    shares = shapley_shubik(list(votes.values()), sum(votes.values()) // 2 + 1)
    return dict(zip(votes, shares, strict=True))


def _check(weights: Sequence[int], quota: int) -> None:
    if quota <= 0 or sum(weights) < quota:
        raise Undefined(f"votes {sum(weights)} never reach a quota of {quota}")


def _coalitions(weights: Sequence[int]) -> dict[tuple[int, int], int]:
    """{(size, weight): how many coalitions}."""
    counts = {(0, 0): 1}
    for w in weights:
        grown = dict(counts)
        for (size, weight), times in counts.items():
            key = (size + 1, weight + w)
            grown[key] = grown.get(key, 0) + times
        counts = grown
    return counts
