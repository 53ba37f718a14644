"""Cases opened and closed by rule, with the evidence; what assumptions say; the digest of it all."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siop import deviations as room
from siop.core import Scope, add_months, words
from siop.deviations.trace import verdict
from siop.ledger import State
from siop.warehouse import Snapshot
from tests.deviations.company import LAST, company, line, person, told, tolerance, wobble
from tests.deviations.company import case as case_of

TODAY = date(2026, 8, 31)
AGREED = tolerance("Pumps", 6, "2023-01"), tolerance("Valves", 6, "2023-01")


@pytest.fixture(scope="module")
def fallen(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Pumps are 12 per cent under plan in the last month only; Valves were in spring and are not any more."""
    pumps, valves = wobble(36, 0.015), wobble(36, 0.015, 1)
    pumps[-1] = -0.12
    valves[-5:-2] = -0.12
    return company(tmp_path_factory.mktemp("fallen"), {"Pumps": pumps, "Valves": valves})


def found(snapshot: Snapshot, state: State) -> room.Streams:
    return room.streams(snapshot, state, Scope(), today=TODAY)


def test_the_rule_opens_a_case_where_nobody_did(fallen: Snapshot) -> None:
    state = told(*AGREED)
    proposed = room.to_open(found(fallen, state), state)
    assert [(p.entry.family, p.entry.month, p.entry.measure) for p in proposed] == [
        ("Pumps", LAST, "quantity")
    ]
    assert proposed[0].why == f"out of tolerance and a signal in {words.month(LAST)}"
    assert proposed[0].money == pytest.approx(-1_200.0)
    assert float(proposed[0].entry.deviation or 0) == pytest.approx(-120.0)


def test_it_does_not_open_one_twice_or_beside_an_open_one(fallen: Snapshot) -> None:
    entry = room.to_open(found(fallen, told(*AGREED)), told(*AGREED))[0].entry
    opened = line("case_opened", "2026-07-08", **entry.as_json())
    for more in ([], [line("case_closed", "2026-07-20", id=entry.id, reason="Timing")]):
        state = told(*AGREED, opened, *more)
        assert room.to_open(found(fallen, state), state) == []
    earlier = told(*AGREED, case_of("K1", "Pumps", "2026-02"))
    assert room.to_open(found(fallen, earlier), earlier) == []


def test_a_family_within_its_tolerance_and_without_a_signal_has_no_case(fallen: Snapshot) -> None:
    wide = told(tolerance("Pumps", 30, "2023-01"), AGREED[1])
    proposed = room.to_open(found(fallen, wide), wide)
    assert [p.why for p in proposed] == [f"a signal in {words.month(LAST)}"]


def test_the_rule_closes_what_is_back_in_control_and_says_why(tmp_path: Path) -> None:
    values = wobble(36, 0.015)
    values[-9:-7] = -0.12
    values[-2:] = [0.01, -0.02]
    snapshot = company(tmp_path, {"Pumps": values, "Valves": wobble(36, 0.015, 1)})
    month = add_months(LAST, -8)
    state = told(*AGREED, case_of("K1", "Pumps", month, answered=f"{add_months(month, 1)}-09"))
    closing = room.to_close(found(snapshot, state), state)
    assert [c.case.id for c in closing] == ["K1"]
    said = closing[0].entry.reason
    assert said == (
        f"Back in control: {words.percent(0.01, 1, signed=True)} in {words.month(add_months(LAST, -1))} and"
        f" {words.percent(-0.02, 1, signed=True)} in {words.month(LAST)}, tolerance ±6{words.NBSP}%, no signal"
    )


@pytest.mark.parametrize("month", [add_months(LAST, -1), LAST])
def test_two_months_after_the_case_s_own_are_needed(fallen: Snapshot, month: str) -> None:
    state = told(*AGREED, case_of("K1", "Valves", month))
    assert room.to_close(found(fallen, state), state) == []


def test_a_family_still_out_or_unknown_keeps_its_case(fallen: Snapshot, tmp_path: Path) -> None:
    out = told(*AGREED, case_of("K1", "Pumps", "2026-02"))
    assert room.to_close(found(fallen, out), out) == []
    values = wobble(36, 0.015)
    values[-2] = np.nan
    gap = company(tmp_path, {"Pumps": values, "Valves": wobble(36, 0.015, 1)})
    assert room.to_close(found(gap, out), out) == []
    other = told(
        *AGREED, case_of("K1", "Valves", "2025-12", measure="revenue"), case_of("K2", "Gone", "2025-12")
    )
    assert room.to_close(found(fallen, other), other) == []  # another measure's, and a family that is no more


# assumptions --------------------------------------------------------------------------------------------------------


def assumption(
    ident: str, version: str, observed: float | None = None, families: tuple[str, ...] = ("Pumps",)
) -> list[dict[str, Any]]:
    fields = {"id": ident, "version": version, "statement": "Steel stays", "driver": "steel price", "expected": 100, "low": 95,
              "high": 105, "owner": "anna", "families": list(families)}  # fmt: skip
    lines = [line("assumption", "2026-05-20", **fields)]
    return (
        lines
        if observed is None
        else [*lines, line("assumption_outcome", "2026-07-10", id=ident, observed=observed)]
    )


VERSION = f"{add_months(LAST, -1)} C"


@pytest.mark.parametrize(
    ("lines", "said", "broken"),
    [
        ([], "unstated", ()),
        (assumption("A1", VERSION), "not observed yet", ()),
        (assumption("A1", VERSION, 100), "bad plan or execution", ()),
        (assumption("A1", VERSION, 105), "bad plan or execution", ()),
        (assumption("A1", VERSION, 106), "bad assumption", ("A1",)),
        (assumption("A1", VERSION, 100) + assumption("A2", VERSION, 80), "bad assumption", ("A2",)),
        (assumption("A1", VERSION, 100) + assumption("A2", VERSION), "bad plan or execution", ()),
        (assumption("A1", VERSION, 80, ("Valves",)), "unstated", ()),
        (assumption("A1", "2025-01 C", 80), "unstated", ()),
    ],
)
def test_a_miss_is_traced_to_what_its_plan_assumed(
    fallen: Snapshot, lines: list[dict[str, Any]], said: str, broken: tuple[str, ...]
) -> None:
    state = told(*AGREED, lines)
    traced = room.trace(fallen, state, Scope(), found(fallen, state))
    one = next(t for t in traced if t.family == "Pumps" and t.month == LAST)
    assert (one.verdict, one.broken) == (said, broken)
    assert one.money == pytest.approx(1_200.0)


def test_shares_of_the_misses_money_by_verdict(fallen: Snapshot) -> None:
    state = told(*AGREED, assumption("A1", VERSION, 80))
    traced = room.trace(fallen, state, Scope(), found(fallen, state))
    assert len(traced) == 4
    told_shares = room.shares(traced)
    assert told_shares["bad assumption"] == pytest.approx(1_200 / 4_800)
    assert sum(v or 0 for v in told_shares.values()) == pytest.approx(1.0)
    assert set(told_shares) == set(room.VERDICTS)
    assert all(v is None for v in room.shares([]).values())


def test_known_driver_shocks_are_told_from_plain_misses() -> None:
    """A thousand misses of either kind: the confusion matrix is a diagonal, since the range is what decides."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(1_000):
        shock = rng.random() < 0.5
        came = 100 + rng.choice([-1, 1]) * (rng.uniform(6, 20) if shock else rng.uniform(0, 5))
        state = told(assumption("A1", VERSION, round(float(came), 3)))
        hits += verdict(list(state.assumptions.values()))[0] == (
            "bad assumption" if shock else "bad plan or execution"
        )
    assert hits == 1_000


# digest -------------------------------------------------------------------------------------------------------------


class Text(HTMLParser):
    """The pieces of text of a page, the names of its tags, and how many links it has."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.tags, self.links = set[str](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += sum(name in ("href", "src") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        if self.lasttag != "style" and data.strip():
            self.pieces.append(" ".join(data.split()))


NASTY = "<script>alert(1)</script> [x](http://evil) **bold**"


@pytest.fixture(scope="module")
def digest(fallen: Snapshot) -> tuple[room.Digest, State]:
    state = told(
        *AGREED, person("nasty", name=NASTY), case_of("K1", "Pumps", "2026-05", opened="2026-08-28"),
        case_of("K2", "Valves", "2026-03"), case_of("K3", "Valves", "2026-02", answered="2026-03-09", owner="nasty", due="2026-04-01"),
        case_of("K4", "Pumps", "2026-01", answered="2026-02-09", cause="Snoozed", due="2026-12-01"),
    )  # fmt: skip
    return room.digest(room.deviations(fallen, state, Scope(), today=TODAY), state, TODAY, "EUR"), state


def test_counters(digest: tuple[room.Digest, State]) -> None:
    counted = room.counters(room.standings(digest[1], TODAY))
    assert counted == {"new": 1, "escalated": 1, "overdue": 1, "no owner": 2}
    assert "Cases: 1 new, 1 escalated, 1 overdue, 2 no owner." in digest[0].markdown


def test_html_and_markdown_say_the_same(digest: tuple[room.Digest, State]) -> None:
    page = Text()
    page.feed(digest[0].html)
    plain = re.sub(r"\\(.)", r"\1", digest[0].markdown)
    told_of = " ".join(plain.split())
    assert len(page.pieces) > 8
    assert [piece for piece in page.pieces if piece not in told_of] == []
    lines = [" ".join(line.lstrip("#-* ").rstrip("*").split()) for line in plain.splitlines() if line.strip()]
    assert [line for line in lines if line not in page.pieces] == []


def test_the_digest_holds_the_report_s_sentences(digest: tuple[room.Digest, State], fallen: Snapshot) -> None:
    plain = re.sub(r"\\(.)", r"\1", digest[0].markdown)
    for row in room.deviations(fallen, digest[1], Scope(), today=TODAY).rows:
        if row["in_tolerance"] is False:
            assert row["sentence"] in plain or " ".join(row["sentence"].split()) in plain


def test_what_people_wrote_does_not_become_markup(digest: tuple[room.Digest, State]) -> None:
    page = Text()
    page.feed(digest[0].html)
    assert "script" not in page.tags
    assert page.links == 0  # no outside request
    assert not re.search(r"(?<!\\)\]\(", digest[0].markdown)
    assert "<script>" not in digest[0].markdown.replace("\\<", "")


def test_an_empty_company_has_a_digest(tmp_path: Path) -> None:
    bare = company(tmp_path, {"Pumps": wobble(12)}, consensus=False)
    made = room.digest(room.deviations(bare, told(), Scope(), today=TODAY), told(), TODAY)
    assert "No family has a plan" in made.markdown
    assert "None is open." in made.markdown
