"""Simulated companies: each index tells a planted symptom from health, and rarely cries wolf.

SIOP_SEEDS sets the companies per case (200 in the published figures, `benchmarks/health.py`; 20 here).
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from scipy import stats

from siop.health.board import INDICES, headline, row, thresholds, weakest
from siop.health.measured import Measured
from siop.ledger.entry import entries_of
from siop.ledger.views import fold
from tests.health.boards import board
from tests.health.companies import FAMILIES, PLANTED, SIGNERS, Plant, company

SEEDS = int(os.environ.get("SIOP_SEEDS", "20"))
SICK = 10_000  # seeds of the planted companies start here


@lru_cache(maxsize=1)
def healthy() -> list[dict[str, Measured]]:
    return [board(company(seed)) for seed in range(SEEDS)]


@lru_cache(maxsize=16)
def planted(symptom: str) -> list[dict[str, Measured]]:
    return [board(company(SICK + seed, PLANTED[symptom])) for seed in range(SEEDS)]


def auc(good: list[float], bad: list[float], direction: str) -> float:
    """Chance that the index orders a healthy and a sick company rightly; ties count half."""
    gap = np.subtract.outer(good, bad)
    better = float((gap > 0).mean() + 0.5 * (gap == 0).mean())
    return better if direction == "higher_better" else 1 - better


@pytest.mark.parametrize("symptom", sorted(PLANTED))
def test_a_planted_symptom_is_told_from_health(symptom: str) -> None:
    limit = thresholds()[symptom]
    good = [b[symptom].value for b in healthy()]
    bad = [b[symptom].value for b in planted(symptom)]
    assert None not in good + bad
    assert auc([g for g in good if g is not None], [b for b in bad if b is not None], limit.direction) >= 0.95


@pytest.mark.parametrize("index", [*sorted(PLANTED), "unearned_dominance"])
def test_healthy_companies_are_rarely_red(index: str) -> None:
    """At most 5 %; the test allows what 5 % would give by chance in so few companies."""
    red = sum(thresholds()[index].status(b[index]) == "red" for b in healthy())
    assert red <= stats.binom.ppf(0.99, SEEDS, 0.05)


@pytest.mark.parametrize("symptom", ["S1", "S2", "S3", "S4", "S5"])
def test_the_headline_names_the_planted_symptom(symptom: str) -> None:
    """As the weakest, or among those that are red as well; the weakest is always the lowest of the five."""
    label = thresholds()[symptom].label.lower()
    named = [label in headline(list(b.values())) for b in planted(symptom)]
    assert np.mean(named) >= 0.75
    for b in planted(symptom):
        worst = weakest(list(b.values()))
        assert worst is not None
        assert worst.value == min(b[s].value or 0 for s in ("S1", "S2", "S3", "S4", "S5"))


def test_subjects_are_the_planted_ones() -> None:
    assert np.mean([b["S1"].subject == {"function": "finance"} for b in planted("S1")]) >= 0.9
    assert np.mean([b["dominance"].subject == {"function": "sales"} for b in planted("dominance")]) == 1
    assert (
        np.mean([b["unearned_dominance"].subject == {"function": "sales"} for b in planted("dominance")]) == 1
    )
    assert (
        np.mean([b["customer_sway"].subject == {"customer": "C07"} for b in planted("customer_sway")]) >= 0.9
    )
    assert all(b["S5"].subject.get("family") in FAMILIES for b in planted("S5"))


def test_box_ticking_is_low_and_informal_substance_is_high() -> None:
    box = Plant(gate_passes=0.3, gate_late=0.2, stamps=1.0)
    informal = Plant(gate_passes=0.88, gate_late=0.05, stamps=0.1)
    low = [board(company(seed, box))["S2"].value or 0 for seed in range(SEEDS)]
    high = [board(company(seed, informal))["S2"].value or 0 for seed in range(SEEDS)]
    assert max(low) < 50
    assert min(high) > 70


def test_open_dissent_that_delivers_stands_above_signing_without_delivering() -> None:
    """The four archetypes of field.md N1: face validity, in at least 95 % of the seeds."""
    dissent = Plant(objects={"finance": 0.7}, keeps={"finance": 0.92})
    hollow = Plant(signs={"finance": 1.0}, keeps={"finance": 0.3})
    absent = Plant(signs={"finance": 0.7}, comes={"finance": (0.2, 0.4)}, keeps={"finance": 0.92})

    def of(plant: Plant, seed: int) -> float:
        rows = {r["function"]: r for r in board(company(seed, plant))["S1"].evidence}
        return float(rows["finance"]["value"])

    above = [of(dissent, seed) > of(hollow, seed) for seed in range(SEEDS)]
    assert np.mean(above) >= 0.95
    committed = [of(Plant(), seed) for seed in range(SEEDS)]
    assert np.mean([c > of(absent, seed) for seed, c in enumerate(committed)]) >= 0.95
    gaps = []
    for seed in range(SEEDS):
        rows = {r["function"]: r for r in board(company(seed, hollow))["S1"].evidence}
        gaps.append(rows["finance"]["say_do_gap"] > 30)
    assert np.mean(gaps) >= 0.9


def test_rank_of_functions_survives_other_weights() -> None:
    """Weights of the four parts moved by half either way keep the order (Kendall tau at least 0.8 on average)."""
    rng = np.random.default_rng(3)
    taus = []
    for one in planted("S1")[:10]:
        rows = [r for r in one["S1"].evidence if r["function"] in SIGNERS]
        parts = np.array([[r["signed"] / r["signed_of"], r["attended"] / r["attended_of"],
                           r["kept"] / r["kept_of"], r["stood"]] for r in rows])  # fmt: skip
        plain = np.log(np.maximum(parts, 1e-6)).mean(axis=1)
        for _ in range(20):
            w = rng.uniform(0.5, 1.5, 4)
            tau = stats.kendalltau(plain, np.log(np.maximum(parts, 1e-6)) @ (w / w.sum())).statistic
            taus.append(float(tau))
    assert np.mean(taus) >= 0.8


def test_a_healthy_board_says_so_and_a_sick_one_names_the_fact() -> None:
    calm = [headline(list(b.values())) for b in healthy()]
    assert np.mean(["No symptom shows" in text for text in calm]) >= 0.7
    for b in planted("S5"):
        worst = weakest(list(b.values()))
        assert worst is not None
        assert worst.moves
        assert worst.moves[0].gain == max(m.gain for m in worst.moves)


def test_rows_have_the_contracts_fields() -> None:
    told = {m.index: row(m) for m in healthy()[0].values()}
    contract = ["index", "value", "direction", "status", "numerator", "denominator", "n", "interval", "subject",
                "sentence", "evidence"]  # fmt: skip
    for index, fields in told.items():
        assert list(fields)[: len(contract)] == contract
        assert index in INDICES
        assert fields["status"] in ("ok", "watch", "red", "insufficient")
        assert fields["evidence"]
        assert set(fields["subject"]) <= {
            "function", "gate", "person", "family", "customer", "version", "month", "decision"
        }  # fmt: skip


def test_an_imported_history_counts_as_one_made_in_the_app() -> None:
    told = company(11)
    here = replace(told, state=fold([replace(e, imported=False) for e in entries_of(told.lines)]))
    assert {i: row(m) for i, m in board(told).items()} == {i: row(m) for i, m in board(here).items()}


def test_intervals_hold_the_value() -> None:
    for b in healthy():
        for m in b.values():
            if m.interval is not None and m.value is not None and m.index in ("S2", "S4", "customer_sway"):
                assert m.interval[0] - 6 <= m.value <= m.interval[1] + 6
