"""What is open, how old its score is, and what is marked."""

from __future__ import annotations

import pytest

from siop.ledger import entries_of, fold
from siop.risks import closed_items, register, table
from tests.risks.company import outcome, risk, score, told


def flags(
    *lines: list[dict[str, object]], now: str = "2026-06", until: str | None = None
) -> dict[str, tuple[str, ...]]:
    return {line.risk.id: line.flags for line in register(told(*lines), now, until=until)}


def test_a_fresh_item_has_no_flags() -> None:
    assert flags(risk("R1")) == {"R1": ()}


@pytest.mark.parametrize(
    ("lines", "want"),
    [
        (risk("R1", p=1.0), ("certain",)),
        (risk("R1", p=0.0), ("certain",)),
        (risk("R1", p=None), ("unscored",)),
        (risk("R1", owner="nobody"), ("unowned",)),
        (risk("R1", first="2026-07", last="2027-06"), ()),
        (risk("R1", first="2026-07", last="2027-07"), ("undated",)),
        (risk("R1", cycle="2026-05"), ()),
        (risk("R1", cycle="2026-04"), ("stale",)),
        (risk("R1", cycle="2026-04") + score("R1", "2026-06", 0.4), ()),
        (risk("R1", first="2026-06", last="2026-06"), ()),
        (risk("R1", first="2026-05", last="2026-05"), ("overdue",)),
    ],
)
def test_flags(lines: list[dict[str, object]], want: tuple[str, ...]) -> None:
    assert flags(lines) == {"R1": want}


def test_an_owner_may_be_named_by_name() -> None:
    assert flags(risk("R1", owner="Anna")) == {"R1": ()}


def test_where_nobody_is_declared_nobody_is_unowned() -> None:
    assert register(fold(entries_of(risk("R1", owner="x"))), "2026-06")[0].flags == ()


def test_never_closed_after_the_end_is_stale_however_often_it_is_scored() -> None:
    lines = risk("R1", cycle="2026-01", first="2026-02", last="2026-03") + score("R1", "2026-06", 0.9)
    found = register(told(lines), "2026-06")[0]
    assert (found.stale, found.open, found.age) == (True, True, 0)


def test_a_closed_item_has_no_flags_and_is_not_stale() -> None:
    lines = risk("R1", cycle="2026-01", first="2026-02", last="2026-03") + outcome(
        "R1", "2026-04", True, 90.0
    )
    found = register(told(lines), "2026-06")[0]
    assert (found.open, found.stale, found.flags) == (False, False, ())


def test_signed_means_by_hand() -> None:
    lines = register(told(risk("R1"), risk("O1", kind="opportunity", p=0.2, shape="pert")), "2026-06")
    assert [line.mean for line in lines] == pytest.approx([-100.0, 40.0])
    assert [line.if_it_happens for line in lines] == pytest.approx([-200.0, 200.0])


def test_scores_are_kept_over_time_and_as_of_a_cycle_later_ones_do_not_exist() -> None:
    lines = risk("R1", cycle="2026-03", p=0.2) + score("R1", "2026-04", 0.4) + score("R1", "2026-06", 0.8)
    frame = table(register(told(lines), "2026-06"))
    assert [s["probability"] for s in frame["scores"][0]] == [0.2, 0.4, 0.8]
    before = register(told(lines, outcome("R1", "2026-06", True, 1.0)), "2026-05", until="2026-05")[0]
    assert before.open
    assert (before.score.probability, before.age) == (0.4, 1)  # type: ignore[union-attr]
    assert register(told(lines), "2026-02", until="2026-02") == []


def test_the_score_that_counts_was_given_before_the_months_began() -> None:
    lines = risk("R1", cycle="2026-01", first="2026-03", last="2026-04", p=0.2)
    lines += score("R1", "2026-02", 0.3) + score("R1", "2026-03", 0.95) + outcome("R1", "2026-05", True, 90.0)
    (found,) = closed_items(register(told(lines), "2026-06"))
    assert (found.probability, found.occurred, found.realised, found.function) == (0.3, True, 90.0, "Sales")


def test_a_first_score_given_late_still_counts_and_an_unscored_item_does_not() -> None:
    late = risk("R1", cycle="2026-03", first="2026-03", last="2026-03", p=0.6) + outcome(
        "R1", "2026-04", False
    )
    bare = risk("R2", cycle="2026-01", first="2026-03", last="2026-03", p=None) + outcome(
        "R2", "2026-04", False
    )
    found = closed_items(register(told(late, bare), "2026-06"))
    assert [(c.id, c.probability) for c in found] == [("R1", 0.6)]
    assert closed_items(register(told(late), "2026-06"), first="2026-05") == []


def test_an_empty_register_is_a_table_without_rows() -> None:
    frame = table(register(told(), "2026-06"))
    assert len(frame) == 0
    assert {"id", "mean", "stale", "flags"} <= set(frame.columns)
