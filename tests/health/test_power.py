"""Formal power: the published answers."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.core import Undefined
from siop.health.power import banzhaf, formal_say, shapley_shubik
from siop.ledger.entry import entries_of
from siop.ledger.views import fold
from tests.health.companies import line, when

REFERENCE = Path(__file__).parents[1] / "data" / "reference"


def case(name: str) -> dict[str, dict[str, object]]:
    told: dict[str, dict[str, object]] = json.loads((REFERENCE / f"health_power_{name}.json").read_text())
    return told


def test_a_voter_with_votes_and_no_power() -> None:
    told = case("eec_1958")
    votes = told["input"]
    assert banzhaf(votes["weights"], votes["quota"]) == pytest.approx(
        told["expected"]["banzhaf"]["value"], abs=1e-9
    )
    assert shapley_shubik(votes["weights"], votes["quota"])[-1] == 0.0


def test_equal_weights_and_an_over_powerful_voter() -> None:
    told = case("four_voters")
    votes = told["input"]
    assert shapley_shubik(votes["weights"], votes["quota"]) == pytest.approx(
        told["expected"]["shapley_shubik"]["value"], abs=5e-9
    )


def test_fifteen_voters_with_vetoes() -> None:
    told = case("veto_15")
    votes = told["input"]
    shares = shapley_shubik(votes["weights"], votes["quota"])
    assert shares[-1] == pytest.approx(told["expected"]["shapley_shubik_small"]["value"], abs=1e-12)
    assert shares[0] == pytest.approx(told["expected"]["shapley_shubik_large"]["value"], abs=5e-4)
    assert sum(shares[:5]) > 0.98


@given(st.lists(st.integers(1, 20), min_size=1, max_size=7), st.floats(0.05, 1.0))
def test_power_is_shared_out_whole_and_more_votes_are_never_less(weights: list[int], part: float) -> None:
    quota = max(1, round(part * sum(weights)))
    shares = shapley_shubik(weights, quota)
    assert sum(shares) == pytest.approx(1)
    order = sorted(range(len(weights)), key=lambda i: weights[i])
    assert all(shares[a] <= shares[b] + 1e-12 for a, b in pairwise(order))


def test_a_quota_out_of_reach() -> None:
    with pytest.raises(Undefined):
        shapley_shubik([1, 1], 3)


def test_formal_say_of_the_required_signers() -> None:
    def person(name: str, function: str, signs: bool = True) -> dict[str, object]:
        return line("person", when("2026-01", 1), None, id=name, name=name, function=function, role="executive",
                    principal=True, required_signer=signs)  # fmt: skip

    told = fold(
        entries_of(
            [person("a", "sales"), person("b", "sales"), person("c", "finance"), person("d", "x", False)]
        )
    )
    assert formal_say(told) == {"sales": 1.0, "finance": 0.0}  # two of three votes decide alone
    assert formal_say(fold([])) == {}
