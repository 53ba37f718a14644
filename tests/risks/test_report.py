"""`report risk`: the contract's fields, identities between rows and totals, and sentences computed from them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from siop.core import NotFound, Refused, Report, Scope, span
from siop.ledger import State
from siop.metrics.outlook import outlook
from siop.risks import headline, picture, report_of
from siop.risks import risk as risk_report
from siop.risks import sentences as say
from siop.risks.landing import OutlookBand
from siop.risks.picture import Base, fiscal_years
from siop.risks.sentences import carriers, chance_said
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot
from tests.risks.company import CLOSED, END, FIRST, MARGIN, cells, company, outcome, risk, score, told

DRAWS = 20_000
EVERYTHING = Scope()
LOSS = risk("R1", p=0.5, amounts=(4_000.0, 8_000.0, 12_000.0), driver_group="steel")
GAIN = risk("O1", kind="opportunity", p=0.2, amounts=(1_000.0, 2_000.0, 6_000.0), owner="dirk")
PLANNED = risk("R2", p=0.9, amounts=(9_000.0, 9_000.0, 9_000.0), in_plan=True)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return company(tmp_path_factory.mktemp("company"))


def base(budget: float | None = 30_000.0) -> Base:
    """An outlook of 28,000 to 31,000 without the register."""
    months = tuple(f"2026-{n:02d}" for n in range(7, 13))
    band = OutlookBand(
        "2026",
        months,
        (2_200.0,) * 6,
        (2_400.0,) * 6,
        (2_600.0,) * 6,
        15_000.0,
        (28_000.0, 29_400.0, 31_000.0),
    )
    return Base(band, budget, 29_000.0, {}, {})


def report(snapshot: Snapshot, state: State, scope: Scope = EVERYTHING, **how: Any) -> Report:
    seen = picture(snapshot, state, scope, draws=how.pop("draws", DRAWS), base=how.pop("base", base()), **how)
    return report_of(snapshot, state, scope, seen)


def by_id(found: Report) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in found.rows}


def test_the_fields_of_the_contract(snapshot: Snapshot) -> None:
    closed = risk("R9", cycle="2026-01", first="2026-03", last="2026-03") + outcome(
        "R9", "2026-04", True, 150.0
    )
    found = risk_report(snapshot, told(LOSS, GAIN, PLANNED, closed), Scope(), draws=1_000).as_dict()
    json.dumps(found, allow_nan=False)
    assert found["report"] == "risk"
    assert {row["id"] for row in found["rows"]} == {"R1", "O1", "R2"}
    for row in found["rows"]:
        assert {"id", "mean", "contribution", "in_plan", "stale", "flags"} <= set(row)
    totals = found["totals"]
    assert {"mean", "sd", "p10", "p50", "p90"} <= set(totals["register"])
    assert {"p10", "p50", "p90", "chance_to_reach_budget", "chance_to_reach_signed"} <= set(totals["landing"])
    assert totals["surprise_ratio"] is None  # nothing material came
    (owner,) = totals["owners"]
    assert {"owner", "n", "brier", "skill", "money_ratio", "optimism_ratio", "flagged"} <= set(owner)
    assert (owner["owner"], owner["n"], owner["brier"], owner["skill"]) == ("anna", 1, 0.25, None)
    assert owner["money_ratio"] == pytest.approx(150 / (0.5 * 200))


def test_means_are_signed_and_the_register_is_their_sum_without_items_in_plan(snapshot: Snapshot) -> None:
    found = report(snapshot, told(LOSS, GAIN, PLANNED))
    rows = by_id(found)
    assert [rows[i]["mean"] for i in ("R1", "O1", "R2")] == pytest.approx([-4_000.0, 600.0, -8_100.0])
    assert found.totals["register"]["mean"] == pytest.approx(-3_400.0)
    assert sum(row["contribution"] for row in found.rows) == pytest.approx(1, abs=1e-9)
    assert rows["R2"]["contribution"] == 0.0
    assert found.rows[0]["id"] == "R1"


def test_items_in_plan_do_not_move_the_range(snapshot: Snapshot) -> None:
    without, with_it = (report(snapshot, told(LOSS, GAIN, *more)) for more in ((), (PLANNED,)))
    for part in ("register", "landing"):
        assert without.totals[part] == with_it.totals[part]
    outside = risk("R2", p=0.9, amounts=(9_000.0, 9_000.0, 9_000.0))
    assert report(snapshot, told(LOSS, GAIN, outside)).totals["landing"] != without.totals["landing"]


def test_landing_of_an_empty_register_is_the_outlook(snapshot: Snapshot) -> None:
    found = report(snapshot, told(), draws=100_000)
    landing = found.totals["landing"]
    assert [landing[q] for q in ("p10", "p50", "p90")] == pytest.approx([28_000, 29_400, 31_000], abs=15)
    assert found.totals["register"] == {
        "mean": 0.0, "sd": 0.0, "p10": 0.0, "p50": 0.0, "p90": 0.0, "tail10": 0.0, "items": 0, "measure": "margin",
    }  # fmt: skip
    assert found.rows == []
    assert found.totals["sentences"]["tornado"] == "No open item outside the plan moves the range."
    assert found.totals["sentences"]["honesty"] == "No item has been closed with an outcome yet."


def test_one_item_carries_everything(snapshot: Snapshot) -> None:
    found = report(snapshot, told(LOSS))
    assert found.rows[0]["contribution"] == pytest.approx(1.0)
    assert "one item carries 100\u00a0% of the spread" in found.totals["headline"]
    assert found.totals["sentences"]["tornado"].startswith("Item R1 moves the year most: 100\u00a0%")


def test_five_hundred_items(snapshot: Snapshot) -> None:
    lines = [risk(f"R{n}", p=0.3, driver_group=f"g{n % 7}") for n in range(500)]
    found = report(snapshot, told(*lines), draws=2_000)
    assert len(found.rows) == 500
    assert sum(row["contribution"] for row in found.rows) == pytest.approx(1, abs=1e-9)
    assert found.totals["register"]["mean"] == pytest.approx(-500 * 60)


def test_the_headline_says_the_figures_beside_it(snapshot: Snapshot) -> None:
    found = report(snapshot, told(LOSS, GAIN))
    landing = found.totals["landing"]
    chance, gap = landing["chance_to_reach_budget"], 30_000 - landing["p50"]
    said = found.totals["headline"]
    assert said.startswith(
        f"{chance * 100:.0f}\u00a0% chance to reach budget; P50 lands {gap / 1000:.1f}\u00a0kEUR of margin below;"
    )
    share = max(row["contribution"] for row in found.rows)
    assert said.endswith(f"one item carries {share * 100:.0f}\u00a0% of the spread.")
    low, high = (f"{landing[q] / 1000:.1f}\u00a0kEUR" for q in ("p10", "p90"))
    assert (
        found.totals["sentences"]["curve"]
        == f"Nine chances in ten to land at {low} or more, one in ten at {high} or more."
    )
    assert (
        found.totals["sentences"]["register"]
        == "Two open items; two items outside the plan weigh −3.4\u00a0kEUR."
    )


def test_the_room_gives_its_sentence_to_other_pages(snapshot: Snapshot) -> None:
    state = told(LOSS, GAIN)
    assert (
        headline(snapshot, state, Scope(), draws=1_000)
        == (risk_report(snapshot, state, Scope(), draws=1_000).totals["headline"])
    )


def test_the_headline_without_a_budget_and_without_a_landing(snapshot: Snapshot) -> None:
    without = report(snapshot, told(LOSS), base=base(budget=None))
    assert without.totals["landing"]["chance_to_reach_budget"] is None
    assert without.totals["headline"].startswith("P50 lands at ")


def test_chances_at_the_ends_are_not_certainties() -> None:
    assert chance_said(0.0) == "less than 1\u00a0% chance"
    assert chance_said(1.0) == "more than 99\u00a0% chance"
    assert chance_said(0.5) == "50\u00a0% chance"


def test_carriers_are_the_fewest_that_carry_half() -> None:
    assert carriers({"a": 0.3, "b": 0.3, "c": 0.4, "d": None}) == (["c", "a"], pytest.approx(0.7))
    assert carriers({"a": None}) == ([], None)
    assert carriers({"a": 0.5, "b": 0.5}) == (["a"], 0.5)


def test_same_seed_same_report_another_seed_another(snapshot: Snapshot) -> None:
    state = told(LOSS, GAIN)
    one, two, other = (report(snapshot, state, seed=s) for s in (11, 11, 12))
    assert one.as_dict() == two.as_dict()
    assert one.totals["landing"]["p10"] != other.totals["landing"]["p10"]


def test_correlation_widens_a_driver_group(snapshot: Snapshot) -> None:
    lines = [risk(f"R{n}", driver_group="steel") for n in range(6)]
    sds = [report(snapshot, told(*lines), rho=rho).totals["register"]["sd"] for rho in (0.0, 0.3, 0.9)]
    assert sds == sorted(sds)
    assert sds[2] > 1.5 * sds[0]


@pytest.mark.parametrize("how", [{"rho": 1.5}, {"draws": 3}, {"seed": -1}])
def test_settings_out_of_range_are_refused(snapshot: Snapshot, how: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        risk_report(snapshot, told(LOSS), Scope(), **how)


def test_a_slider_changes_the_picture_and_saves_nothing(snapshot: Snapshot) -> None:
    state = told(LOSS, GAIN)
    before = picture(snapshot, state, Scope(), draws=DRAWS, base=base())
    moved = before.with_changes({"R1": {"probability": 0.9}})
    fresh = picture(snapshot, told(risk("R1", p=0.9, amounts=(4_000.0, 8_000.0, 12_000.0), driver_group="steel"), GAIN),
                    Scope(), draws=DRAWS, base=base())  # fmt: skip
    assert moved.landing is not None
    assert fresh.landing is not None
    assert moved.landing.p50 == pytest.approx(fresh.landing.p50, abs=0.1)
    assert before.landing is not None
    assert before.landing.p50 > moved.landing.p50 + 1_000
    assert state.risks["R1"].score.probability == 0.5  # type: ignore[union-attr]
    with pytest.raises(Refused):
        before.with_changes({"R1": {"probability": 1.9}})
    with pytest.raises(NotFound):
        before.with_changes({"R99": {"probability": 0.9}})


def test_as_of_a_cycle_nothing_said_later_counts(snapshot: Snapshot) -> None:
    state = told(
        risk("R1", cycle="2026-03", p=0.2), score("R1", "2026-06", 0.8), risk("R5", cycle="2026-05"),
    )  # fmt: skip
    then = by_id(report(snapshot, state, Scope(cycle="2026-04")))
    now = by_id(report(snapshot, state))
    assert set(then) == {"R1"}
    assert (then["R1"]["probability"], then["R1"]["stale"]) == (0.2, False)
    assert (now["R1"]["probability"], now["R5"]["probability"]) == (0.8, 0.5)


def test_stale_and_unowned_items_are_marked_and_counted(snapshot: Snapshot) -> None:
    found = report(snapshot, told(risk("R1", cycle="2026-04"), risk("R2", owner="nobody"), LOSS[:0]))
    rows = by_id(found)
    assert (rows["R1"]["stale"], rows["R1"]["flags"]) == (True, ["stale"])
    assert (rows["R2"]["stale"], rows["R2"]["flags"]) == (False, ["unowned"])
    assert found.totals["staleness"] == {"open": 2, "stale": 1, "unowned": 1, "undated": 0, "share": 0.5}
    assert found.totals["sentences"]["register"].endswith("; one item stale; one item without an owner.")


def test_a_scope_takes_the_items_that_lie_inside_it(snapshot: Snapshot) -> None:
    state = told(LOSS, risk("R3", scope={"sku": "V1"}), risk("R4", scope={}))
    found = report(snapshot, state, Scope(where=Scope.filters({"family": "Valves"})))
    assert [row["id"] for row in found.rows] == ["R3"]
    assert any("Two open items outside this scope" in note for note in found.notes)
    limited = report(snapshot, state, Scope(only=Scope.filters({"family": "Pumps"})))
    assert [row["id"] for row in limited.rows] == ["R1"]


def test_unscored_and_foreign_measures_are_listed_but_not_in_the_range(snapshot: Snapshot) -> None:
    found = report(
        snapshot, told(LOSS, risk("R3", p=None), risk("R4", measure="quantity"), risk("R5", measure="cost"))
    )
    rows = by_id(found)
    assert (rows["R3"]["mean"], rows["R3"]["contribution"]) == (None, None)
    assert (rows["R4"]["mean"], rows["R4"]["contribution"]) == (-100.0, None)
    assert found.totals["register"]["items"] == 2
    assert found.totals["register"]["mean"] == pytest.approx(-4_100.0)
    assert "One item without a score, not in the range." in found.notes
    assert "One item in another measure than margin, not in the range." in found.notes


def test_items_past_their_end_stay_in_the_register_and_cannot_move_the_landing(snapshot: Snapshot) -> None:
    late = risk(
        "R6", cycle="2026-06", first="2026-03", last="2026-04", p=1.0, amounts=(5_000.0, 5_000.0, 5_000.0)
    )
    without, with_it = report(snapshot, told(GAIN)), report(snapshot, told(GAIN, late))
    assert with_it.totals["landing"]["p50"] == without.totals["landing"]["p50"]
    assert with_it.totals["register"]["mean"] == pytest.approx(without.totals["register"]["mean"] - 5_000)
    assert any("past the end and not closed" in note for note in with_it.notes)


def test_an_optimistic_owner_is_named_with_evidence(snapshot: Snapshot) -> None:
    lines = []
    for n in range(60):
        ident, owner = f"R{n}", "dirk" if n % 2 else "anna"
        came = n % 4 < 2  # every second item of each owner
        lines.append(
            risk(
                ident,
                cycle="2025-01",
                first="2025-02",
                last="2025-03",
                p=0.2 if owner == "dirk" else 0.5,
                owner=owner,
            )
            + outcome(ident, "2025-05", came, 200.0 if came else 0.0)
        )
    found = report(snapshot, told(*lines))
    owners = {o["owner"]: o for o in found.totals["owners"]}
    assert (owners["dirk"]["flagged"], owners["dirk"]["direction"]) == (True, "optimistic")
    assert not owners["anna"]["flagged"]
    assert (
        "Dirk says 20\u00a0% for risks that come 50\u00a0% of the time (n = 30)"
        in found.totals["sentences"]["honesty"]
    )


# --- on the snapshot's own year


def test_the_year_stands_on_actuals_plan_and_budget(snapshot: Snapshot) -> None:
    """Nothing deviates: the year lands on the budget, 72 cells of 400 margin."""
    found = risk_report(snapshot, told(), Scope(), draws=1_000)
    landing = found.totals["landing"]
    assert landing["budget"] == pytest.approx(72 * MARGIN)
    assert landing["p50"] == pytest.approx(72 * MARGIN, rel=1e-6)
    assert landing["year"] == "2026"


def test_a_loss_in_the_open_months_lowers_the_landing_by_its_expected_value(snapshot: Snapshot) -> None:
    without = risk_report(snapshot, told(), Scope(), draws=50_000).totals["landing"]
    found = risk_report(snapshot, told(LOSS), Scope(), draws=50_000).totals["landing"]
    assert found["mean"] == pytest.approx(without["mean"] - 4_000, abs=100)
    assert found["chance_to_reach_budget"] == pytest.approx(0.5 * without["chance_to_reach_budget"], abs=0.02)


def test_without_costs_the_register_is_laid_on_revenue_and_says_so(tmp_path: Path) -> None:
    found = risk_report(company(tmp_path, costs=False), told(LOSS), Scope(), draws=1_000)
    assert found.totals["landing"]["budget"] == pytest.approx(72 * 1_000)
    assert any(note.startswith("Margin is not known in plan and actual") for note in found.notes)


def test_without_any_plan_the_year_lands_on_its_actuals_and_no_chance_is_claimed(tmp_path: Path) -> None:
    found = risk_report(company(tmp_path, plans=False), told(LOSS), Scope(), draws=50_000)
    landing = found.totals["landing"]
    assert landing["mean"] == pytest.approx(72 * MARGIN - 4_000, rel=0.01)
    assert (landing["chance_to_reach_budget"], landing["chance_to_reach_signed"]) == (None, None)
    assert found.totals["headline"].startswith("P50 lands at ")


def test_an_empty_register_gives_the_outlooks_own_landing_and_chances(tmp_path: Path) -> None:
    effects = {
        (f, m): 1 + 0.02 * ((7 * n) % 11 - 5)
        for f in ("Pumps", "Valves")
        for n, m in enumerate(span(FIRST, CLOSED))
    }
    snapshot = company(tmp_path, effects=effects)
    for measure, item in (
        ("margin", risk("R1", in_plan=True)),
        ("revenue", risk("R1", measure="revenue", p=0.0)),
    ):
        want = outlook(snapshot, Scope(), measure=measure).totals
        found = risk_report(snapshot, told(item), Scope(), draws=100_000).totals["landing"]
        spread = want["landing"]["p90"] - want["landing"]["p10"]
        assert spread > 0
        for q in ("p10", "p50", "p90"):
            assert found[q] == pytest.approx(want["landing"][q], abs=0.02 * spread)
        for name in ("chance_to_reach_budget", "chance_to_reach_signed"):
            assert found[name] == pytest.approx(want[name], abs=0.01)


def test_a_young_company_lies_on_its_plan_and_one_without_a_plan_says_what_is_missing(tmp_path: Path) -> None:
    year = span("2026-01", "2026-12")
    plan = cells(year).assign(version="Budget 2026")
    for name, plans in (("planned", plan), ("bare", None)):
        snapshot = make_snapshot(tmp_path, actuals=cells(["2026-01"]), plans=plans, name=name)
        found = risk_report(snapshot, told(LOSS), Scope(), draws=1_000)
        json.dumps(found.as_dict(), allow_nan=False)
        assert found.totals["register"]["mean"] == pytest.approx(-4_000)
        if plans is None:
            assert found.totals["landing"] is None
            assert any("the landing is not known" in note for note in found.notes)
            assert found.totals["headline"] == "One item carries 100\u00a0% of the spread."
        else:
            assert found.totals["landing"]["source"] == "budget"
            assert found.totals["landing"]["p90"] == pytest.approx(12 * 6 * MARGIN)


def test_fiscal_years_beyond_the_calendar(snapshot: Snapshot) -> None:
    years = fiscal_years(snapshot)
    assert (years(CLOSED), years(END), years("2031-01")) == ("2026", "2026", "2031")


def test_an_imported_item_about_nobody_is_said(snapshot: Snapshot) -> None:
    lost = risk("R9", p=0.5, amounts=(1.0, 2.0, 3.0), scope={"family": ["Nope", "Pumps"], "planet": "Mars"})
    notes = report(snapshot, told(LOSS, lost)).notes
    assert "R9 is about family Nope, which neither plan nor actual has." in notes
    assert "R9 is about planet Mars, which neither plan nor actual has." in notes
    assert not any(note.startswith("R1 is about") for note in notes)


def test_a_landing_in_revenue_is_said_to_be_of_revenue(tmp_path: Path) -> None:
    """No cost, so no margin: the register is in margin, the landing is not, and the headline says what lands."""
    found = risk_report(company(tmp_path, costs=False), told(LOSS), Scope(), draws=1_000)
    totals = found.totals
    assert (totals["register"]["measure"], totals["landing"]["measure"]) == ("margin", "revenue")
    assert "of revenue" in totals["sentences"]["headline"]
    assert "of margin" not in totals["sentences"]["headline"]


def test_a_landing_on_the_budget_is_neither_above_nor_below() -> None:
    on = SimpleNamespace(p50=100.0, budget=100.0, signed=None, chance=lambda _: 0.5)
    assert "P50 lands on it" in say.headline(on, {}, "EUR", "margin")  # type: ignore[arg-type]
