"""The rows and sentences of the page, against registers small enough to add up by hand."""

from __future__ import annotations

import pytest

from siop import risks as room
from siop.core import Refused, Report, Scope
from siop.risks import (
    Board,
    board,
    figures,
    lever_rows,
    owner_rows,
    owners_sentence,
    register_rows,
    tornado_rows,
    what_if_sentence,
)
from siop.warehouse import Snapshot
from tests.risks.company import company, outcome, risk, told


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Board:
    snapshot: Snapshot = company(tmp_path_factory.mktemp("board"))
    state = told(
        risk("R-1", p=0.5, amounts=(60, 90, 150), contingency="Second supplier"),
        risk("R-2", p=0.2, in_plan=True),
        risk(
            "O-1", kind="opportunity", p=0.4, amounts=(30, 30, 30), mitigation={"text": "Bid now", "cost": 1}
        ),
        risk("R-3", p=0.3, amounts=(200, 200, 200), first="2025-01", last="2025-02", cycle="2024-12"),
        outcome("R-3", "2025-03", True, 200.0),
    )
    return board(snapshot, state, Scope(), draws=2_000)


def test_the_tornado_has_items_outside_the_plan_largest_share_first(made: Board) -> None:
    rows = tornado_rows(made.report, 5)
    assert [r["title"] for r in rows] == ["Item R-1", "Item O-1"]
    # triangular 60, 90, 150: mean 100, at 50 %
    assert (rows[0]["if_it_happens"], rows[0]["weighted"]) == (pytest.approx(-100), pytest.approx(-50))
    assert sum(r["share"] for r in rows) == pytest.approx(1)
    assert len(tornado_rows(made.report, 1)) == 1


def test_the_register_says_response_and_flags(made: Board) -> None:
    rows = {r["id"]: r for r in register_rows(made.report)}
    assert set(rows) == {"R-1", "R-2", "O-1"}, "closed items are not in the register"
    assert rows["R-1"]["response"] == "Second supplier"
    assert rows["O-1"]["response"] == "Bid now"
    assert rows["R-2"]["response"] is None
    assert rows["R-2"]["said"] == "In plan"
    assert rows["R-1"]["said"] is None


def test_an_owner_stands_with_a_record_and_a_lever_with_a_gain(made: Board) -> None:
    (owner,) = owner_rows(made.report)
    assert (owner["name"], owner["n"]) == ("Anna", 1)
    assert owner["evidence"][0].isupper() or owner["evidence"][0].isdigit()
    gains = [row["mean"] for row in lever_rows(made.report, 9)]
    assert gains == sorted(gains, reverse=True)


def _records(*flags: bool, status: str | None = None) -> Report:
    owners = [
        {"name": f"Owner {n}", "flagged": flag, "status": status or ("flagged" if flag else "calibrated")}
        for n, flag in enumerate(flags, 1)
    ]
    return Report("risk", None, None, {}, [], {"owners": owners})


def test_the_owners_judged_are_counted_and_those_who_are_off_are_named() -> None:
    assert owners_sentence(_records(False, False)) == "What two owners say fits what came"
    assert owners_sentence(_records(False)) == "What one owner says fits what came"
    assert owners_sentence(_records(True, False, True)) == (
        "What Owner 1 and Owner 3 say does not fit what came; two of three owners judged"
    )
    few = "No owner has ten closed items yet: nobody is judged"
    assert owners_sentence(_records(False, status="insufficient")) == few == owners_sentence(_records())


def test_a_what_if_says_by_how_much_the_register_moves(made: Board) -> None:
    assert what_if_sentence(made.seen, made.seen, "EUR") == "Nothing is changed: move a slider."
    after = made.seen.with_changes({"R-1": {"probability": 0.8}})
    # 30 points of 100
    assert figures(after)["register"] == pytest.approx((figures(made.seen)["register"] or 0) - 30)
    said = what_if_sentence(made.seen, after, "EUR")
    assert said.startswith("The register moves by \u221230\xa0EUR")
    assert figures(made.seen)["register"] == pytest.approx(-50 + 12), "the picture before stays as it was"


def test_a_period_says_what_the_register_moves(made: Board) -> None:
    for kind in ("month", "quarter", "year"):
        rows = room.period_rows(made.report, kind)
        assert rows, kind
        assert all(r["moved"] == pytest.approx(r["p50"] - r["outlook"]) for r in rows)
        assert all(r["p10"] <= r["p50"] <= r["p90"] for r in rows)
    year = room.period_rows(made.report, "year")[0]
    assert year["p50"] == made.report.totals["landing"]["p50"]


def test_levers_that_gain_nothing_in_the_year_are_counted_not_listed(made: Board) -> None:
    listed = room.lever_rows(made.report, 99)
    idle = [w for w in made.report.totals["levers"] if not w["mean"] and w["what"] != "mitigate"]
    assert all(r["mean"] or r["cost"] is not None for r in listed)
    assert (room.beyond_sentence(made.report) is None) == (not idle)


def test_what_was_not_registered_adds_up(made: Board) -> None:
    rows = room.surprise_rows(made.report)
    told = made.report.totals["surprise"]
    assert sum(r["value"] for r in rows) == pytest.approx(told["material"])
    assert sum(r["value"] * (1 - r["covered"]) for r in rows) == pytest.approx(told["unregistered"])


def test_an_outcome_is_whole_or_refused() -> None:
    assert room.checked_outcome(True, 5.0) == {"occurred": True, "realised": 5.0}
    assert room.checked_outcome(False, None) == {"occurred": False, "realised": 0.0}
    for occurred, realised, field in (
        (None, 5.0, "occurred"),
        (True, None, "realised"),
        (False, 5.0, "realised"),
    ):
        with pytest.raises(Refused) as refused:
            room.checked_outcome(occurred, realised)
        assert [f.column for f in refused.value.findings] == [field]
