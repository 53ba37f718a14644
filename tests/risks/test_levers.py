"""What closes the gap: gains by hand, returns of mitigations, and the sentence."""

from __future__ import annotations

import pytest

from siop.core import Scope
from siop.risks import Base, OutlookBand, Picture, levers, picture
from siop.risks.levers import gap_covered, gap_sentence
from siop.warehouse import Snapshot
from tests.risks.company import company, risk, told

MONTHS = tuple(f"2026-{n:02d}" for n in range(7, 13))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return company(tmp_path_factory.mktemp("company"))


def seen(snapshot: Snapshot, *lines: list[dict[str, object]], budget: float | None = 10_000.0) -> Picture:
    """A year that stands at 10,000 without the register."""
    band = OutlookBand.line("2026", MONTHS, [1_000.0] * 6, 4_000.0, "plan")
    return picture(snapshot, told(*lines), Scope(), draws=20_000, base=Base(band, budget, None, {}, {}))


def fixed(ident: str, p: float, amount: float, **more: object) -> list[dict[str, object]]:
    return risk(ident, p=p, amounts=(amount, amount, amount), **more)  # type: ignore[arg-type]


def test_gains_by_hand(snapshot: Snapshot) -> None:
    found = levers(seen(snapshot, fixed("R1", 0.6, 1_000.0), fixed("O1", 0.25, 400.0, kind="opportunity")))
    assert [(v.item, v.what) for v in found] == [("R1", "avoid"), ("O1", "win")]
    assert [v.mean for v in found] == pytest.approx([600.0, 300.0])
    # 9,000 in 45 % of years, 9,400 in 15 %, else 10,000 or more: P50 is 9,400, and 10,000 without the risk
    assert found[0].p50 == pytest.approx(600.0)
    assert found[0].tail10 == pytest.approx(1_000.0, abs=30)
    assert found[0].share_of_gap == pytest.approx(1.0)
    # the year reaches 10,000 where the risk does not come: 40 %; without it always
    assert found[0].chance == pytest.approx(0.6, abs=0.02)


def test_only_what_falls_into_the_open_months_of_the_year_is_gained(snapshot: Snapshot) -> None:
    (found,) = levers(seen(snapshot, fixed("R1", 0.5, 600.0, first="2026-11", last="2027-04")))
    assert found.mean == pytest.approx(0.5 * 600 * 2 / 6)


def test_a_mitigation_returns_its_gain_less_its_cost(snapshot: Snapshot) -> None:
    plan = {"text": "Second source", "cost": 100.0, "probability": 0.1}
    found = levers(seen(snapshot, fixed("R1", 0.6, 1_000.0, mitigation=plan)))
    mitigate = next(v for v in found if v.what == "mitigate")
    assert (mitigate.text, mitigate.cost) == ("Second source", 100.0)
    assert mitigate.mean == pytest.approx(500.0)
    assert mitigate.back == pytest.approx(4.0)
    assert mitigate.back_in_the_tail is not None
    free = levers(seen(snapshot, fixed("R1", 0.6, 1_000.0, mitigation={**plan, "cost": 0})))
    assert next(v for v in free if v.what == "mitigate").back is None


def test_a_mitigation_that_caps_the_amount_below_what_was_likely(snapshot: Snapshot) -> None:
    plan = {"text": "Cap", "cost": 1.0, "high": 50.0}
    found = levers(seen(snapshot, risk("R1", p=1.0, amounts=(100.0, 200.0, 300.0), mitigation=plan)))
    assert next(v for v in found if v.what == "mitigate").mean == pytest.approx(200.0 - (50 + 100 + 200) / 3)


def test_the_sentence_names_the_gap_and_what_closes_it(snapshot: Snapshot) -> None:
    open_items = seen(
        snapshot, fixed("R1", 0.9, 1_000.0), fixed("R2", 0.2, 1_000.0, scope={"family": "Valves"})
    )
    assert gap_sentence(open_items, "EUR") == (
        "The gap to budget is 1.0\u00a0kEUR; the two largest levers close it."
    )
    alone = seen(snapshot, fixed("R1", 0.9, 1_000.0))
    assert gap_sentence(alone, "EUR") == (
        "The gap to budget is 1.0\u00a0kEUR; all open items together close 900\u00a0EUR of it."
    )
    one = seen(snapshot, fixed("R1", 1.0, 1_000.0))
    assert gap_sentence(one, "EUR").endswith("the largest lever closes it.")
    over = seen(snapshot, fixed("R1", 0.1, 1_000.0), budget=9_000.0)
    assert gap_sentence(over, "EUR") == "P50 lands 1.0\u00a0kEUR above budget: no gap to close."
    none = seen(snapshot, fixed("R1", 0.1, 1_000.0), budget=None)
    assert gap_sentence(none, "EUR") == "There is no budget for the year: no gap to close."
    empty = seen(snapshot, budget=11_000.0)
    assert gap_sentence(empty, "EUR").endswith("no open item can close any of it.")


def test_the_largest_are_computed_and_every_mitigation(snapshot: Snapshot) -> None:
    lines = [fixed(f"R{n}", 0.5, 10.0 * (n + 1)) for n in range(20)]
    lines.append(fixed("R99", 0.5, 1.0, mitigation={"text": "Call", "cost": 1.0, "probability": 0.0}))
    found = levers(seen(snapshot, *lines), most=3)
    assert {(v.item, v.what) for v in found} == {
        ("R19", "avoid"), ("R18", "avoid"), ("R17", "avoid"), ("R99", "mitigate"),
    }  # fmt: skip
    assert levers(seen(snapshot)) == []


def test_the_gap_is_covered_by_open_opportunities_of_the_year(snapshot: Snapshot) -> None:
    """The outlook stands at 10,000; of an opportunity of 600 over six months two fall into the year."""
    items = (
        fixed("O1", 0.5, 400.0, kind="opportunity"),
        fixed("O2", 1.0, 600.0, kind="opportunity", first="2026-11", last="2027-04"),
        fixed("R1", 0.9, 1_000.0),
    )
    assert gap_covered(seen(snapshot, *items, budget=10_500.0)) == pytest.approx((200 + 200) / 500)
    assert gap_covered(seen(snapshot, *items, budget=10_000.0)) is None  # no gap
    assert gap_covered(seen(snapshot, *items, budget=None)) is None
    assert gap_covered(seen(snapshot, budget=10_500.0)) == 0.0
