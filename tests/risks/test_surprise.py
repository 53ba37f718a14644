"""What came that nobody had registered: planted deviations against planted registers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siop.core import Scope, span
from siop.metrics.tolerance import policies, tolerance_of
from siop.risks.reach import Reach
from siop.risks.surprise import material, material_deviations, surprises, tolerances_in_force
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot
from tests.risks.company import SKUS, cells, company, risk, told

# Pumps lose 40 % in March (4 cells of 1,000: 1,600), Valves win 30 % in April (2 cells: 600); 5 % in May is noise.
PLANTED = {("Pumps", "2026-03"): 0.6, ("Valves", "2026-04"): 1.3, ("Pumps", "2026-05"): 0.95}
FORESEEN = risk("R1", cycle="2026-02", first="2026-03", last="2026-03")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return company(tmp_path_factory.mktemp("company"), effects=PLANTED)


def ratio(snapshot: Snapshot, *lines: list[dict[str, object]]) -> float | None:
    state = told(*lines)
    return surprises(snapshot, state, Scope(), "2026-06")[0].ratio


def test_the_planted_deviations_are_found_with_their_money(snapshot: Snapshot) -> None:
    found, notes, _ = material_deviations(snapshot, told(), Scope(), "2026-06")
    assert notes == []
    assert found.to_dict("records") == [
        {
            "family": "Pumps",
            "month": "2026-03",
            "deviation": pytest.approx(-16.0),
            "value": pytest.approx(1_600.0),
        },
        {
            "family": "Valves",
            "month": "2026-04",
            "deviation": pytest.approx(6.0),
            "value": pytest.approx(600.0),
        },
    ]


def test_surprise_ratio_is_one_zero_and_in_between(snapshot: Snapshot) -> None:
    reward = risk(
        "O1", kind="opportunity", cycle="2026-02", first="2026-04", last="2026-05", scope={"family": "Valves"}
    )
    assert ratio(snapshot) == 1.0
    assert ratio(snapshot, FORESEEN) == pytest.approx(600 / 2_200)
    assert ratio(snapshot, FORESEEN, reward) == 0.0


@pytest.mark.parametrize(
    "change",
    [
        {"scope": {}},
        {"scope": {"family": ["Pumps", "Valves"]}},
        {"scope": {"region": "North"}},
        {"scope": {"grade": "A"}},  # SKUs of both families
        {"first": "2026-01", "last": "2026-04"},  # four months
        {"kind": "opportunity"},  # wrong direction
        {"cycle": "2026-03"},  # registered when it came
        {"scope": {"family": "Valves"}},
        {"first": "2026-04", "last": "2026-04"},
        {"scope": {"family": "Unheard"}},
    ],
)
def test_vague_late_and_wrong_items_do_not_lower_it(snapshot: Snapshot, change: dict[str, object]) -> None:
    told_so = {"cycle": "2026-02", "first": "2026-03", "last": "2026-03", **change}
    assert ratio(snapshot, risk("R1", **told_so)) == 1.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"first": "2026-01", "last": "2026-03"},
        {"in_plan": True},
        {"scope": {"sku": ["P1", "P2"]}},  # all that the family has
    ],
)
def test_an_item_on_the_family_counts(snapshot: Snapshot, change: dict[str, object]) -> None:
    told_so = {"cycle": "2025-12", "first": "2026-03", "last": "2026-03", **change}
    assert ratio(snapshot, risk("R1", **told_so)) == pytest.approx(600 / 2_200)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "scope",
    [{"sku": "P1"}, {"grade": "B"}, {"family": "Pumps", "region": "North"}],  # each half of the family
)
def test_an_item_on_a_slice_had_foreseen_what_the_slice_lost(
    snapshot: Snapshot, scope: dict[str, object]
) -> None:
    item = risk("R1", cycle="2025-12", first="2026-03", last="2026-03", scope=scope)
    assert ratio(snapshot, item) == pytest.approx((800 + 600) / 2_200)


def test_an_item_on_the_slice_that_lost_it_all_counts_wholly_and_one_elsewhere_not_at_all(
    tmp_path: Path,
) -> None:
    months = span("2025-01", "2026-06")
    lost = cells(months)
    lost.loc[(lost["month"] == "2026-03") & (lost["customer"] == "C-North"), ["quantity", "revenue"]] *= 0.5
    plan = cells(span("2026-01", "2026-12")).assign(version="Budget 2026")
    customers = pd.DataFrame({"customer": ["C-North", "C-South"], "region": ["North", "South"]})
    products = pd.DataFrame({"sku": list(SKUS), "family": list(SKUS.values())})
    made = make_snapshot(tmp_path, actuals=lost, plans=plan, customers=customers, products=products)
    for region, want in (("North", 0.0), ("South", 1.0)):
        both = [
            risk(
                f"R{f}",
                cycle="2025-12",
                first="2026-03",
                last="2026-03",
                scope={"family": f, "region": region},
            )
            for f in ("Pumps", "Valves")
        ]
        found, notes = surprises(made, told(*both), Scope(), "2026-06")
        assert found.ratio == pytest.approx(want)
        assert notes == [
            "Surprises are deviations from the budget: no consensus plan is by family and month."
        ]


def test_a_hundred_catch_all_items_change_nothing(snapshot: Snapshot) -> None:
    vague = [risk(f"V{n}", cycle="2025-12", first="2026-01", last="2026-12", scope={}) for n in range(100)]
    assert ratio(snapshot, *vague) == 1.0


def test_without_the_limit_on_months_a_catch_all_would_pay(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: a window of a year foresees every month of it."""
    year = risk("V", cycle="2025-12", first="2026-01", last="2026-12")
    assert ratio(snapshot, year) == 1.0
    monkeypatch.setattr("siop.risks.surprise.WIDEST_MONTHS", 99)
    assert ratio(snapshot, year) == pytest.approx(600 / 2_200)


def test_nothing_material_is_not_zero_surprise(tmp_path: Path) -> None:
    assert ratio(company(tmp_path)) is None


def test_without_a_plan_it_says_so(tmp_path: Path) -> None:
    found, notes, _ = material_deviations(company(tmp_path, plans=False), told(), Scope(), "2026-06")
    assert len(found) == 0
    assert notes == ["Surprises are not known: no plan is by family and month."]


def tolerance(family: str, pct: float, month: str) -> list[dict[str, object]]:
    payload = {"family": family, "measure": "quantity", "pct": pct, "valid_from": month}
    return [
        {"type": "tolerance", "at": f"{month}-01T00:00:00Z", "by": "lead", "cycle": month, "payload": payload}
    ]


def test_tolerance_in_force_is_the_ledgers_last_word_else_the_policy(tmp_path: Path) -> None:
    rows = pd.DataFrame({"family": ["Pumps"], "tolerance_pct": [5.0], "tolerance_abs": [2.0]})
    snapshot = company(tmp_path, policies=rows)
    state = told(tolerance("Pumps", 50.0, "2026-03"))
    months = ["2026-02", "2026-03"]
    cells = pd.DataFrame([(f, m, 100.0, 100.0) for f in ("Pumps", "Valves") for m in months],
                         columns=["family", "month", "actual", "plan"])  # fmt: skip
    found = tolerances_in_force(snapshot, state, cells, months, "quantity")
    assert found["pct"].tolist() == [
        5.0,
        50.0,
        10.0,
        10.0,
    ]  # nobody set one for Valves, and two months derive nothing
    assert found["abs"].tolist()[:1] == [2.0]


def test_risks_and_deviations_judge_by_the_same_tolerance(tmp_path: Path) -> None:
    """Valves miss by 8 % in most months of two years: derived, that is their tolerance, and 10 % is not guessed."""
    months = [f"{y}-{m:02d}" for y in (2023, 2024, 2025) for m in range(1, 13)]
    cells = pd.DataFrame(
        [("Valves", m, 92.0, 100.0) for m in months], columns=["family", "month", "actual", "plan"]
    )
    snapshot = company(tmp_path)
    found = tolerances_in_force(snapshot, told(), cells, months, "quantity")
    ratio = np.full(len(months), -0.08)
    want = tolerance_of(told(), policies(snapshot), "Valves", "quantity", months, ratio)
    assert found["pct"].to_numpy() == pytest.approx(want.pct * 100)
    assert found["pct"].iloc[-1] == pytest.approx(8.0)


def test_a_wide_tolerance_makes_the_loss_immaterial(snapshot: Snapshot) -> None:
    found, _, _ = material_deviations(snapshot, told(tolerance("Pumps", 50.0, "2026-03")), Scope(), "2026-06")
    assert found["family"].tolist() == ["Valves"]


def test_absolute_tolerance_by_hand() -> None:
    cells = pd.DataFrame(
        {
            "family": ["A"] * 3,
            "month": ["1", "2", "3"],
            "actual": [5.0, 11.0, 0.0],
            "plan": [0.0, 10.0, float("nan")],
            "value": [5.0, 1.0, 9.0],
        }
    )
    limits = pd.DataFrame(
        {"family": ["A"] * 3, "month": ["1", "2", "3"], "pct": [10.0] * 3, "abs": [4.0, float("nan"), 0.0]}
    )
    assert material(cells, limits)["month"].tolist() == [
        "1"
    ]  # 5 > 4; 1 is not over 10 % of 10; no plan, no deviation


def test_reach_inside_another_scope(snapshot: Snapshot) -> None:
    reach = Reach.of(snapshot)
    assert reach.within({"family": "Pumps"}, {"family": ["Pumps", "Valves"]})
    assert reach.within({"sku": "P1"}, {"family": "Pumps"})
    assert reach.within({"grade": "B"}, {"family": "Pumps"})
    assert reach.within({"family": "Pumps", "region": "North"}, {"family": "Pumps"})
    assert not reach.within({"family": "Pumps"}, {"sku": "P1"})
    assert not reach.within({"grade": "A"}, {"family": "Pumps"})
    assert not reach.within({"region": "North"}, {"family": "Pumps"})
    assert not reach.within({}, {"family": "Pumps"})
    assert reach.within({"customer": "C-North"}, {"region": "North"})
    assert not reach.within({"nonsense": "x"}, {"family": "Pumps"})
    assert reach.families({"family": "Pumps", "sku": "V1"}) == set()
