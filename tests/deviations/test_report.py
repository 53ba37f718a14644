"""`report deviations` on companies computed by hand: the contract's fields, which plan, the sentences."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siop import deviations as room
from siop.core import NotFound, Scope, add_months, span, words
from siop.warehouse import Snapshot
from tests.deviations.company import (
    AGREED,
    LAST,
    PLAN,
    PRICE,
    case,
    company,
    fallen,
    line,
    report,
    row,
    told,
    tolerance,
    wobble,
)  # fmt: skip
from tests.metrics.small import make_snapshot

CONTRACT = (
    "month", "plan", "actual", "deviation", "deviation_ratio", "impact", "tolerance", "in_tolerance",
    "in_original_tolerance", "signal", "first_signal", "signals", "direction", "rule", "norm", "breaches_6",
    "response_rate", "tolerance_growth", "evidence",
)  # fmt: skip


@pytest.fixture(scope="module")
def pumps(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """36 months: Pumps fall by 12 per cent in the last four, Valves stay, Drives are only loud."""
    loud = np.resize([0.09, -0.08, 0.07, -0.09, 0.08, -0.07], 36)
    return company(
        tmp_path_factory.mktemp("pumps"),
        {"Pumps": fallen(36, 4, -0.12), "Valves": wobble(36, 0.01, 1), "Drives": loud},
    )


def test_a_row_has_what_the_contract_names(pumps: Snapshot) -> None:
    found = report(pumps)
    assert all(name in found.rows[0] for name in ("family", "measure", *CONTRACT))
    one = row(found, "Pumps")
    off = float(fallen(36, 4, -0.12)[-1])
    assert (one["month"], one["measure"], one["plan"]) == (LAST, "quantity", PLAN)
    assert one["actual"] == pytest.approx(PLAN * (1 + off))
    assert one["deviation"] == pytest.approx(PLAN * off)
    assert one["deviation_ratio"] == pytest.approx(off)
    assert one["impact"] == pytest.approx(PLAN * off * PRICE)
    assert (one["tolerance"], one["in_tolerance"], one["in_original_tolerance"]) == (0.06, False, False)
    assert (one["signal"], one["direction"]) == (True, "below")
    assert one["first_signal"] == add_months(LAST, -3)
    assert one["signals"] == span(add_months(LAST, -3), LAST)
    assert one["breaches_6"] == 4
    assert one["tolerance_growth"] == 1.0
    assert [r["family"] for r in found.rows] == ["Pumps", "Drives", "Valves"]  # by money
    assert found.as_dict()["rows"][0]["evidence"]
    assert found.coverage == pytest.approx(1.0)


def test_tolerance_and_signal_are_two_questions(pumps: Snapshot) -> None:
    found = report(pumps)
    loud, quiet, fell = (row(found, f) for f in ("Drives", "Valves", "Pumps"))
    assert (loud["in_tolerance"], loud["signal"]) == (False, False)  # matters, has not changed
    assert (quiet["in_tolerance"], quiet["signal"]) == (True, False)
    assert (fell["in_tolerance"], fell["signal"]) == (False, True)
    wide = told(tolerance("Pumps", 20, "2023-01"))
    within = row(report(pumps, wide), "Pumps")
    assert (within["in_tolerance"], within["signal"]) == (True, True)  # has changed, does not matter


def test_totals_share_the_plan_value_over_the_states(pumps: Snapshot) -> None:
    found = report(pumps)
    assert found.totals["plan_in_tolerance"] == pytest.approx(1 / 3)  # Valves; Pumps and Drives are out
    norms = found.totals["norm"]
    assert set(norms) == set(room.STATES)
    assert sum(n["count"] for n in norms.values()) == 3
    assert sum(n["share"] for n in norms.values()) == pytest.approx(1.0)
    assert norms[row(found, "Valves")["norm"]]["share"] >= 1 / 3 - 1e-9


def test_a_miss_that_was_widened_away_and_not_answered_is_normalised(tmp_path: Path) -> None:
    snapshot = company(tmp_path, {"Pumps": fallen(36, 10, -0.11), "Valves": wobble(36, 0.01, 1)})
    quiet = told(*AGREED, case("K1", "Pumps", "2025-09", answered="2025-10-09", due="2025-10-30"))
    widened = told(
        *AGREED, case("K1", "Pumps", "2025-09", answered="2025-10-09", due="2025-10-30"),
        tolerance("Pumps", 15, "2025-12", reason="market"),
    )  # fmt: skip
    answered = told(
        *AGREED, tolerance("Pumps", 15, "2025-12"),
        *[case(f"K{n}", "Pumps", add_months(LAST, -n), answered=f"{add_months(LAST, 1 - n)}-08") for n in range(10)],
    )  # fmt: skip
    states = [row(report(snapshot, s), "Pumps") for s in (quiet, widened, answered)]
    assert [s["norm"] for s in states] == ["tolerated", "normalised", "managed"]
    assert [s["in_tolerance"] for s in states] == [False, True, True]
    assert states[1]["in_original_tolerance"] is False
    assert states[1]["tolerance_growth"] == pytest.approx(2.5)
    assert states[1]["response_rate"] == 0.0
    assert any("market" in said for said in states[1]["evidence"])
    assert row(report(snapshot, widened), "Valves")["norm"] == "normal"


def test_rebasing_onto_misses_is_seen_and_a_decision_excuses_it(tmp_path: Path) -> None:
    """Each cycle moves the plan of the months ahead by 80 per cent of the miss it has just seen; sales keep falling."""
    months = span("2024-07", LAST)
    actual = {m: 1_000.0 * 0.93 ** max(0, n - 11) for n, m in enumerate(months)}
    ahead = add_months(LAST, 3)
    level, plans = 1_000.0, []
    for cycle in span(add_months(months[0], -1), LAST):
        seen = add_months(cycle, -1)
        before = {p[1]: p[3] for p in plans if p[0] == f"{add_months(seen, -1)} C"}
        if seen in actual and seen in before:
            level += 0.8 * (actual[seen] - before[seen])
        plans += [(f"{cycle} C", m, "P1", level) for m in span(cycle, ahead)]
    names = sorted({p[0] for p in plans})
    snapshot = make_snapshot(
        tmp_path, actuals=pd.DataFrame([(m, "P1", q) for m, q in actual.items()], columns=["month", "sku", "quantity"]),
        plans=[pd.DataFrame(plans, columns=["version", "month", "sku", "quantity"])],
        versions=pd.DataFrame([{"version": n, "kind": "consensus", "cycle": n[:7]} for n in names]),
        products=pd.DataFrame({"sku": ["P1"], "family": ["Pumps"]}), closed_to=LAST,
    )  # fmt: skip
    chased = row(report(snapshot), "Pumps")
    assert chased["rebasing"] == pytest.approx(0.8, abs=0.15)
    assert chased["norm"] == "normalised"
    assert chased["signs"] == ["rebasing"]
    options = [{"label": "Yes", "description": "Down"}, {"label": "No", "description": "Stay"}]
    allowed = [{"version": n, "scope": {"family": "Pumps"}, "from": months[0], "to": ahead} for n in names]
    decided = [
        line("decision", "2024-06-20", id="D1", question="Follow the market down?", options=options, raised_by="anna"),
        line("decided", "2024-06-21", decision="D1", outcome="approved", option="Yes", rationale="Agreed", authorises=allowed),
    ]  # fmt: skip
    assert row(report(snapshot, told(*AGREED, decided)), "Pumps")["rebasing"] is None


# which plan, which months -------------------------------------------------------------------------------------------


def test_without_a_consensus_the_budget_is_the_plan_and_it_is_said(tmp_path: Path) -> None:
    snapshot = company(tmp_path, {"Pumps": wobble(36)}, consensus=False, budget=span("2023-07", LAST))
    found = report(snapshot)
    one = row(found, "Pumps")
    assert (one["plan"], one["plan_source"]) == (pytest.approx(PLAN * 1.1), "budget")
    assert any("budget" in note for note in found.notes)
    assert found.totals["plan_version"] == "budget"


def test_a_family_that_no_cycle_plans_is_judged_against_the_budget(tmp_path: Path) -> None:
    snapshot = company(
        tmp_path,
        {"Pumps": wobble(36), "Valves": wobble(36, seed=1)},
        only=["Pumps"],
        budget=span("2023-07", LAST),
    )
    found = report(snapshot)
    assert [row(found, f)["plan_source"] for f in ("Pumps", "Valves")] == ["consensus", "budget"]
    assert any("Valves" in note and "budget" in note for note in found.notes)


def test_a_skipped_cycle_is_filled_from_the_budget_and_left_out_of_the_chart(tmp_path: Path) -> None:
    snapshot = company(
        tmp_path, {"Pumps": wobble(36)}, no_cycle=["2026-03", LAST], budget=span("2023-07", LAST)
    )
    found = report(snapshot)
    one = row(found, "Pumps")
    assert one["plan"] == pytest.approx(PLAN * 1.1)
    assert one["signal"] is False  # a budget that lies 10 % higher is no change of the business
    assert any("Mar 2026" in note for note in found.notes)
    bare = row(report(company(tmp_path, {"Pumps": wobble(36)}, no_cycle=[LAST], name="bare")), "Pumps")
    assert (bare["plan"], bare["deviation"], bare["in_tolerance"]) == (None, None, None)
    assert "No plan" in bare["sentence"]


def test_the_lag_of_the_scope_chooses_the_plan(tmp_path: Path) -> None:
    snapshot = company(tmp_path, {"Pumps": wobble(36)})
    found = report(snapshot, scope=Scope(lag=2))
    assert all(r["plan"] is None for r in found.rows)  # every version here plans one month ahead
    assert found.notes


def test_the_last_month_of_the_scope_is_judged_and_the_first_does_not_cut_the_baseline(
    pumps: Snapshot,
) -> None:
    then = row(report(pumps, scope=Scope(last=add_months(LAST, -6))), "Pumps")
    assert (then["month"], then["signal"]) == (add_months(LAST, -6), False)
    cut = row(report(pumps, scope=Scope(first=add_months(LAST, -2))), "Pumps")
    assert cut["signals"] == row(report(pumps), "Pumps")["signals"]
    cycle = row(report(pumps, scope=Scope(cycle=add_months(LAST, -6))), "Pumps")
    assert cycle["month"] == add_months(LAST, -6)


def test_a_scope_narrows_the_families(pumps: Snapshot) -> None:
    found = report(pumps, scope=Scope(where=(("family", ("Valves",)),)))
    assert [r["family"] for r in found.rows] == ["Valves"]
    assert found.scope == {"family": "Valves"}


def test_measures(pumps: Snapshot, tmp_path: Path) -> None:
    money = row(report(pumps, measure="revenue"), "Pumps")
    units = row(report(pumps), "Pumps")
    assert money["deviation"] == pytest.approx(units["deviation"] * PRICE)
    assert money["impact"] == pytest.approx(money["deviation"])
    assert money["deviation_ratio"] == pytest.approx(units["deviation_ratio"])
    with pytest.raises(NotFound):
        report(pumps, measure="smiles")
    no_money = row(report(company(tmp_path, {"Pumps": fallen(36, 4, -0.12)}, revenue=False)), "Pumps")
    assert no_money["impact"] is None
    assert no_money["deviation"] == pytest.approx(units["deviation"])


# sentences ----------------------------------------------------------------------------------------------------------


def numbers(said: str) -> list[float]:
    """The numbers of a sentence, the true minus read as one."""
    plain = said.replace(words.MINUS, "-").replace(",", "")
    return [float(n) for n in re.findall(r"[-+]?\d+(?:\.\d+)?", plain)]


def test_every_number_of_a_sentence_is_of_its_row(pumps: Snapshot) -> None:
    for one in report(pumps).rows:
        said = one["sentence"]
        assert (
            f"{words.percent(one['deviation_ratio'], 0 if abs(one['deviation_ratio']) >= 0.0995 else 1, signed=True)} against plan"
            in said
        )
        assert words.amount(one["impact"], "money", "EUR", signed=True) in said
        assert f"±{words.percent(one['tolerance'], 0)}" in said
        allowed = {abs(round(100 * one["deviation_ratio"], 1)), abs(round(100 * one["deviation_ratio"])),
                   round(abs(one["impact"]) / 1_000, 1), round(abs(one["impact"])), 100 * one["tolerance"], 100 * one["original_tolerance"],
                   float(one["breaches_6"]), 6.0, float(len(one["signals"])), 2026.0, 2025.0}  # fmt: skip
        if one["response_rate"] is not None:
            allowed.add(round(100 * one["response_rate"]))
        assert all(abs(n) in allowed for n in numbers(said)), said


def test_the_sentence_says_what_the_row_says(pumps: Snapshot) -> None:
    found = report(pumps)
    fell, quiet, loud = (row(found, f)["sentence"] for f in ("Pumps", "Valves", "Drives"))
    assert f"a signal below its usual course since {words.month(add_months(LAST, -3))}, four months" in fell
    assert "within its tolerance of ±6" in quiet
    assert "misses of this size are usual here" in loud
    assert "signal" not in quiet


def test_the_headline_is_of_the_rows(pumps: Snapshot, tmp_path: Path) -> None:
    found = report(pumps)
    fell = row(found, "Pumps")
    begun = words.month(fell["first_signal"], long=True)
    size = words.percent(fell["deviation_ratio"], 0, signed=True)
    assert room.headline(found) == f"Pumps: {size} against plan, and the shift began in {begun}"
    calm = report(company(tmp_path, {"Pumps": wobble(36, 0.01), "Valves": wobble(36, 0.01, 1)}))
    assert room.headline(calm) == "Two families are within tolerance"
    loud = {"Pumps": np.resize([0.09, -0.08, 0.07, -0.09, 0.08, -0.07], 36), "Valves": wobble(36, 0.01, 1)}
    noisy = report(company(tmp_path, loud, name="loud"))
    assert room.headline(noisy).startswith("One family is out of tolerance, Pumps most: ")


def test_the_report_is_the_same_twice(pumps: Snapshot) -> None:
    assert report(pumps).as_dict() == report(pumps).as_dict()


def _in_two_units(tmp_path: Path, *columns: str) -> Snapshot:
    """Pumps are sold in kilograms and pieces, valves in pieces; plan 100, actual 90 of each SKU and month."""
    months = span("2025-01", "2026-06")
    skus = ["P1", "P2", "V1"]
    amounts = {"quantity": 1.0, "revenue": 10.0}
    sold = pd.DataFrame({"month": [m for m in months for _ in skus], "sku": skus * len(months)})
    made = {
        side: sold.assign(**{c: of * amounts[c] for c in columns})
        for side, of in (("actual", 90.0), ("plan", 100.0))
    }
    plan = made["plan"].assign(version=[f"{add_months(m, -1)} C" for m in made["plan"]["month"]])
    versions = pd.DataFrame(
        [
            {"version": f"{add_months(m, -1)} C", "kind": "consensus", "cycle": add_months(m, -1)}
            for m in months
        ]
    )
    products = pd.DataFrame({"sku": skus, "family": ["Pumps", "Pumps", "Valves"], "unit": ["kg", "pc", "pc"]})
    return make_snapshot(
        tmp_path,
        actuals=made["actual"],
        plans=plan,
        versions=versions,
        products=products,
        closed_to=months[-1],
    )


def test_kilograms_and_pieces_of_a_family_are_no_deviation(tmp_path: Path) -> None:
    held = _in_two_units(tmp_path, "quantity", "revenue")
    found = report(held)
    assert found.totals["measure"] == "revenue"
    assert any("revenue is judged" in note for note in found.notes)
    assert row(found, "Pumps")["deviation"] == pytest.approx(-200.0)
    assert room.measures_of(held) == ["revenue", "quantity"]  # the page begins with what the report judges
    valves = report(held, scope=Scope(where=(("family", ("Valves",)),)))
    assert valves.totals["measure"] == "revenue"  # a filter changes no measure
    asked = report(held, measure="quantity")
    assert [r["family"] for r in asked.rows] == ["Valves"]
    assert "Pumps: counted in kg and pc, so quantities cannot be added." in asked.notes
    assert row(asked, "Valves")["deviation"] == pytest.approx(-10.0)


def test_without_money_a_family_of_two_units_is_named_and_left_out(tmp_path: Path) -> None:
    found = report(_in_two_units(tmp_path, "quantity"))
    assert ([r["family"] for r in found.rows], found.totals["measure"]) == (["Valves"], "quantity")
    assert "Pumps: counted in kg and pc, so quantities cannot be added." in found.notes
