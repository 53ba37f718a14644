"""The drawer of a case, the counters that filter, the two questions and what is becoming normal: by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from siop import deviations as room
from siop.core import Report, Scope, words
from siop.deviations.trace import Traced
from tests.deviations.company import (
    LAST,
    case,
    company,
    fallen,
    line,
    person,
    report,
    row,
    told,
    tolerance,
    wobble,
)

TODAY = date(2026, 8, 31)
CAUSE = "Tender lost"
STATE = told(
    person("eva", "Sales", active=False),
    tolerance("Pumps", 6, "2023-01", reason="agreed"), tolerance("Pumps", 9, "2026-03", reason="market"),
    tolerance("Pumps", 15, "2026-05", reason="market again"), tolerance("Valves", 6, "2023-01"),
    case("K1", "Pumps", "2025-01", answered="2025-02-10", cause=CAUSE, closed="2025-04-01"),
    case("K2", "Pumps", "2026-01", answered="2026-02-10", cause=" tender  LOST.", due="2026-02-28"),
    case("K3", "Pumps", "2026-06"),
    case("K4", "Valves", "2026-07", opened="2026-08-28"),
    line("case_answered", "2026-08-20", "anna", id="K3", owner="anna", cause="Snoozed", countermeasure="Audit first",
         due="2026-09-15"),
)  # fmt: skip


def names(found: list[room.Standing]) -> list[str]:
    return sorted(s.case.id for s in found)


def test_a_counter_counts_what_it_lists() -> None:
    found = room.standings(STATE, TODAY)
    assert room.counters(found) == {n: len(room.counted(found, n)) for n in room.COUNTED}
    assert names(room.counted(found, "new")) == ["K4"]
    assert names(room.counted(found, "escalated")) == ["K2"]
    assert names(room.counted(found, "no owner")) == ["K4"]
    assert names(room.counted(found, None)) == ["K2", "K3", "K4"]
    with pytest.raises(KeyError):
        room.counted(found, "late for lunch")


def test_the_clock_says_why_a_case_stands_as_it_does() -> None:
    clock = {s.case.id: room.case_rows(STATE, [s])[0]["clock"] for s in room.standings(STATE, TODAY)}
    assert clock["K1"] == "closed, answered after three working days"
    assert clock["K2"] == "escalated: the same cause again, and past due"
    assert clock["K3"] == "snoozed until 15 Sep 2026"
    assert clock["K4"] == "open, one working day of 10 for the answer"
    late = room.case_rows(STATE, room.standings(STATE, date(2026, 9, 16)))
    assert next(r for r in late if r["id"] == "K4")["clock"].startswith(
        "overdue: no answer after 13 working days"
    )
    later = room.case_rows(STATE, room.standings(STATE, date(2026, 10, 16)))
    assert "no answer after" in next(r for r in later if r["id"] == "K4")["clock"]


def test_the_drawer_holds_every_entry_and_the_earlier_cases_of_the_cause() -> None:
    found = room.case_file(STATE, "K2", TODAY)
    assert found is not None
    assert [(h["what"], h["who"]) for h in found.history] == [("answered", "Anna"), ("opened", "Lead")]
    assert found.history[0]["seq"] > found.history[1]["seq"]
    assert found.repeated == (("K1", "Jan 2025", "Offer a service package"),)
    snoozed = room.case_file(STATE, "K3", TODAY)
    assert snoozed is not None
    assert snoozed.history[0]["what"] == "snoozed"
    assert "Audit first" in snoozed.history[0]["said"]
    assert room.case_file(STATE, "K9", TODAY) is None


def test_a_deviation_is_said_in_its_unit() -> None:
    state = told(line("case_opened", "2026-07-05", id="K5", family="Pumps", measure="quantity", month=LAST, deviation=-120),
                 line("case_opened", "2026-07-05", id="K6", family="Pumps", measure="revenue", month=LAST, deviation=-1200))  # fmt: skip
    said = [room.case_file(state, i, TODAY, currency="EUR").history[-1]["said"] for i in ("K5", "K6")]  # type: ignore[union-attr]
    assert said == [
        f"{words.MINUS}120{words.NBSP}units against plan",
        f"{words.MINUS}1.2{words.NBSP}kEUR against plan",
    ]


@pytest.mark.parametrize(
    ("verdict", "start"),
    [("bad assumption", "Traced to an assumption"), ("unstated", "No assumption"),
     ("bad plan or execution", "Every assumption held"), ("not observed yet", "It stands on an assumption")],
)  # fmt: skip
def test_every_verdict_has_a_sentence(verdict: str, start: str) -> None:
    ids = () if verdict == "unstated" else ("A1",)
    assumption = line("assumption", "2026-05-02", id="A1", version="V", statement="Dealers keep stock", driver="weeks",
                      expected=5, low=4, high=6, owner="anna", families=["Pumps"])  # fmt: skip
    state = told(assumption, case("K7", "Pumps", LAST))
    broken = ids if verdict == "bad assumption" else ()
    found = room.case_file(state, "K7", TODAY, [Traced("Pumps", LAST, 100.0, verdict, ids, broken)])
    assert found is not None
    assert found.assumption is not None
    assert found.assumption.startswith(start)
    assert ("A1" in found.assumption) == bool(ids)
    assert room.verdict_sentence(
        room.verdict_rows([Traced("Pumps", LAST, 100.0, verdict, ids, broken)])
    ).startswith("100")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[room.Streams, Report]:
    """Pumps 12 per cent under plan for eight months, their tolerance widened twice; Valves quiet; Seals new."""
    values = {"Pumps": fallen(36, 8, -0.12), "Valves": wobble(36, 0.015, 1), "Seals": wobble(5, 0.01, 2)}
    snapshot = company(tmp_path_factory.mktemp("casefile"), values)
    return room.streams(snapshot, STATE, Scope(), today=TODAY), report(snapshot, STATE)


def test_the_square_asks_both_questions_and_drops_nobody(made: tuple[room.Streams, Report]) -> None:
    _, found = made
    square, apart = room.quadrants(found.rows)
    where = {r["family"]: (q.out, q.signal) for q in square for r in q.rows}
    assert where == {"Pumps": (False, True), "Valves": (False, False)}
    assert [r["family"] for r in apart] == ["Seals"]
    assert room.quadrants_sentence(square, apart) == "None of two families out of tolerance, one changed; one family not judged by both"  # fmt: skip
    assert sum(len(q.rows) for q in square) + len(apart) == len(found.rows)


def test_the_original_tolerance_stays_a_row(made: tuple[room.Streams, Report]) -> None:
    streams, _ = made
    rows = [r for r in room.tolerance_rows(streams, STATE) if r["family"] == "Pumps"]
    assert [round(r["pct"], 6) for r in rows] == [0.06, 0.09, 0.15]
    assert [r["first"] for r in rows] == [True, False, False]
    assert [r["now"] for r in rows] == [False, False, True]
    assert [r["why"] for r in rows] == ["agreed", "market", "market again"]
    assert rows[0]["who"].startswith("Lead")
    assert "widened" in rows[1]["change"]
    derived = next(r for r in room.tolerance_rows(streams, STATE) if r["family"] == "Seals")
    assert (derived["from"], derived["seq"]) == (None, None)
    assert room.tolerances_sentence(streams) == (
        f"One tolerance is wider than first agreed; Pumps most: ±6{words.NBSP}% to ±15{words.NBSP}%"
    )


def test_becoming_normal_rests_on_the_rows_of_the_report(made: tuple[room.Streams, Report]) -> None:
    streams, found = made
    told_ = room.becoming(streams, found)
    assert [b.family for b in told_] == [
        r["family"] for r in found.rows if r["norm"] in ("normalised", "tolerated")
    ]
    assert told_[0].family == "Pumps"
    pumps = row(found, "Pumps")
    signs = {s["sign"]: s for s in told_[0].rows}
    assert signs["Persistence"]["now"] == f"{pumps['breaches_6']} of 6"
    assert signs["Tolerance"]["now"] == f"±15{words.NBSP}%"
    assert signs["Tolerance"]["was"] == f"was ±6{words.NBSP}%"
    assert told_[0].share == pytest.approx(found.totals["norm"][told_[0].state]["share"])
    assert room.becoming_sentence([]) == "Nothing is becoming normal"


def test_the_gap_adds_up_to_the_cent() -> None:
    totals = {"gap": -100.0, "broad_effect": -0.01, "broad_impact": -20.0, "rest": 15.0, "items": 9}
    slices = [{"slice": {"family": "Pumps"}, "impact": -95.0, "effect": -0.2, "share_of_gap": 0.95, "plan": 475.0, "items": 4}]  # fmt: skip
    rows = room.gap_rows(Report("localise", "s", LAST, {}, slices, totals, None, []), {})
    assert rows[-1]["where"] == "The gap"
    assert sum(r["impact"] for r in rows[:-1]) == pytest.approx(rows[-1]["impact"])
    assert sum(r["share_of_gap"] for r in rows[:-1]) == pytest.approx(1.0)


def test_skus_are_named_only_where_a_family_signals(made: tuple[room.Streams, Report]) -> None:
    streams, _ = made
    table = pd.DataFrame({"sku": ["Pu0", "Va0"], "family": ["Pumps", "Valves"], "p": [0.001, 0.001], "deviation": [-5.0, 3.0],
                          "deviation_ratio": [-0.5, float("nan")]})  # fmt: skip
    rows = room.sku_rows(room.named(table, streams))
    assert [r["sku"] for r in rows] == ["Pu0"]
    assert room.skus_sentence(table, rows, streams) == "One SKU is off, of 1 in Pumps"
    assert "no plan is by SKU" in room.skus_sentence(table.iloc[:0], [], streams)


def test_a_filter_keeps_the_cases_of_its_families(made: tuple[room.Streams, Report], tmp_path: Path) -> None:
    streams, _ = made
    here = Scope(where=Scope.filters({"family": ["Pumps"]}))
    only = room.streams(company(tmp_path, {"Pumps": wobble(24)}), STATE, here, today=TODAY)
    assert {s.case.family for s in room.seen_cases(STATE, here, only, TODAY)} == {"Pumps"}
    assert len(room.seen_cases(STATE, Scope(), streams, TODAY)) == len(STATE.cases)


@pytest.mark.parametrize(
    "what",
    ["zero plan", "one month", "no plan", "missing months", "tolerance of zero", "nothing sold", "renamed"],
)
def test_no_bad_input_makes_a_view_fail(what: str, tmp_path: Path) -> None:
    """Every row and sentence of the page can be made of every bad company, and no family is dropped."""
    values: dict[str, object] = {"Pumps": wobble(36), "Valves": wobble(36, 0.015, 1)}
    more: dict[str, object] = {}
    state = told(tolerance("Pumps", 0, "2023-01")) if what == "tolerance of zero" else told()
    if what == "zero plan":
        more["plan"] = {("Pumps", m): 0.0 for m in ("2026-05", "2026-06")}
    if what == "one month":
        values = {"Pumps": [0.2], "Valves": [-0.3]}
    if what == "no plan":
        more["consensus"] = False
    if what == "missing months":
        values["Pumps"] = [*wobble(30), *[float("nan")] * 6]
    if what == "nothing sold":
        values["Pumps"] = [*wobble(30), *[-1.0] * 6]
    if what == "renamed":
        values = {"Old pumps": [*wobble(30), *[float("nan")] * 6], "Pumps": wobble(6), "Valves": wobble(36)}
    snapshot = company(tmp_path, values, **more)  # type: ignore[arg-type]
    streams, found = room.streams(snapshot, state, Scope(), today=TODAY), report(snapshot, state)
    square, apart = room.quadrants(found.rows)
    assert sum(len(q.rows) for q in square) + len(apart) == len(found.rows) == len(streams.families) > 0
    assert room.quadrants_sentence(square, apart)
    assert {r["family"] for r in room.tolerance_rows(streams, state)} == set(streams.families)
    assert len(room.money_rows(streams, found, state)) == len(found.rows)
    assert room.board(streams, state, found).sentence
    assert all(room.control_of(streams, state, f).sentence for f in streams.families)
    assert room.becoming_sentence(room.becoming(streams, found))
    assert room.proposals_sentence(room.to_open(streams, state), room.to_close(streams, state))
    table = room.sku_table(snapshot, Scope())
    assert room.skus_sentence(table, room.sku_rows(room.named(table, streams)), streams)
    gap = room.localise(snapshot, state, Scope())
    rows = room.gap_rows(gap, {})
    assert (rows == []) == (what == "no plan")
    assert sum(r["impact"] for r in rows[:-1]) == pytest.approx(rows[-1]["impact"] if rows else 0.0, abs=1e-6)
    assert room.digest(found, state, TODAY).markdown
