"""The five symptoms on ledgers small enough to work out by hand, and the edges that must not raise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.core import span
from siop.health.measured import Measured
from siop.health.numbers import spread_of
from siop.health.support import adherence, buy_in, deviance, drive, risk
from siop.health.window import Window, last_cycle, recorded_cycles, window
from siop.ledger.entry import entries_of
from siop.ledger.state import State
from siop.ledger.views import fold
from siop.risks.surprise import Surprise
from tests.health.companies import line, when

CYCLES = span("2026-05", "2026-10")
SIX = Window(tuple(CYCLES), tuple(CYCLES))


def person(function: str, **more: Any) -> dict[str, Any]:
    told = {"principal": True, "required_signer": True} | more
    return line("person", when("2026-05", 1), None, id=f"p_{function}", name=function, function=function,
                role="function_head", **told)  # fmt: skip


def state(*lines: dict[str, Any]) -> State:
    return fold(entries_of(lines))


def signed(cycle: str, function: str, day: int = 17, stance: str = "consent") -> dict[str, Any]:
    reason = {} if stance == "consent" else {"reason": "the volume is not there"}
    return line("sign_off", when(cycle, day), cycle, version=f"C {cycle}", person=f"p_{function}",
                function=function, stance=stance, **reason)  # fmt: skip


def published(cycle: str) -> dict[str, Any]:
    return line("publish", when(cycle, 18), cycle, version=f"C {cycle}", over_objections=[])


def meeting(cycle: str, **status: str) -> list[dict[str, Any]]:
    at = when(cycle, 17)
    held = line("meeting", at, cycle, id=f"M {cycle}", kind="Executive S&OP", planned=at, started=at)
    return [held] + [
        line("attendance", at, cycle, meeting=f"M {cycle}", person=f"p_{f}", status=s)
        for f, s in status.items()
    ]


def history(*, late: str = "", object_: str = "") -> State:
    lines = [person("sales"), person("finance")]
    for cycle in CYCLES:
        lines += meeting(cycle, sales="principal", finance="delegate")
        lines.append(published(cycle))
        for f in ("sales", "finance"):
            stance = "object" if f == object_ else "consent"
            lines.append(signed(cycle, f, 20 if f == late else 17, stance))
    return state(*lines)


def s1(told: State, kept: dict[str, bool | None] | None = None, changed: float | None = 0.0) -> Measured:
    return buy_in.measure(told, SIX, {}, kept or {}, dict.fromkeys(("sales", "finance"), changed))


def test_buy_in_by_hand() -> None:
    told = history()
    measured = s1(told)
    # finance: C = 1, H = .5, K not assessed, S = 1: cube root of .5
    assert measured.value == pytest.approx(100 * 0.5 ** (1 / 3))
    assert measured.subject == {"function": "finance"}
    assert (measured.numerator, measured.denominator) == (3.0, 6.0)
    rows = {r["function"]: r for r in measured.evidence}
    assert rows["finance"]["partial"] is True
    assert rows["sales"]["value"] == pytest.approx(100)
    assert rows["median"]["value"] == pytest.approx((100 + 100 * 0.5 ** (1 / 3)) / 2)
    assert measured.moves[0].gain == pytest.approx(100 - 100 * 0.5 ** (1 / 3))
    assert measured.interval is not None
    assert measured.interval[0] < measured.value < measured.interval[1]


def test_a_signature_for_another_function_is_not_its_signature() -> None:
    """Finance signs for sales in the last two of six cycles, in the last one as its delegate: sales signed 5 of 6."""
    foreign = {"function": "sales", "person": "p_finance"}
    lines = [person("sales"), person("finance")]
    for n, cycle in enumerate(CYCLES):
        lines += [
            *meeting(cycle, sales="principal", finance="principal"),
            published(cycle),
            signed(cycle, "finance"),
        ]
        one = signed(cycle, "sales")
        lines.append(one if n < 4 else {**one, "payload": one["payload"] | foreign})
    lines.append(line("delegation", when("2026-10", 1), None, from_="p_sales", to="p_finance",
                      valid_from="2026-10-01", valid_to="2026-10-31"))  # fmt: skip
    told = state(*lines)
    rows = {r["function"]: r for r in s1(told).evidence}
    assert (rows["sales"]["signed"], rows["sales"]["signed_of"]) == (5.0, 6.0)
    assert (rows["finance"]["signed"], rows["finance"]["signed_of"]) == (6.0, 6.0)
    assert [(s.person, s.in_cycle) for s in told.foreign_signatures] == [("p_finance", "2026-09")]


def test_all_four_parts_by_hand() -> None:
    lines = [person("sales")]
    for n, cycle in enumerate(CYCLES):
        lines += meeting(cycle, sales="principal" if n else "absent")
        lines.append(published(cycle))
        if n > 1:
            lines.append(signed(cycle, "sales"))
        lines.append(
            line("commitment", when(cycle, 17), cycle, id=f"K{n}", function="sales", version=f"C {cycle}",
                 measure="revenue", scope={}, target=100, tolerance_pct=5, from_=cycle, to=cycle)
        )  # fmt: skip
    kept = {f"K{n}": n % 2 == 0 for n in range(6)}
    measured = s1(state(*lines), kept, changed=0.1)
    assert measured.value == pytest.approx(100 * (4 / 6 * 5 / 6 * 3 / 6 * 0.9) ** 0.25)
    assert measured.evidence[0]["say_do_gap"] == pytest.approx(100 * (4 / 6 - 3 / 6))
    assert "kept 3 of 6 commitments" in measured.sentence


def test_dissent_counts_as_signing() -> None:
    assert s1(history(object_="finance")).value == s1(history()).value


def test_a_signature_after_publication_does_not_count() -> None:
    measured = s1(history(late="sales"))
    assert measured.value == 0
    assert "signed 0 of 6 plans before they were published" in measured.sentence


def test_a_meeting_without_attendance_is_not_held_against_anybody() -> None:
    lines = [person("sales")]
    for n, cycle in enumerate(CYCLES):
        lines += meeting(cycle, sales="principal") if n < 2 else meeting(cycle)
        lines += [signed(cycle, "sales"), published(cycle)]
    assert s1(state(*lines)).evidence[0]["attended_of"] == 2


@pytest.mark.parametrize("cycles", [0, 1, 2])
def test_few_cycles_are_not_enough(cycles: int) -> None:
    lines = [person("sales")]
    for cycle in CYCLES[:cycles]:
        lines += [signed(cycle, "sales"), published(cycle)]
    told = state(*lines)
    within = window(recorded_cycles(told), "2026-10" if not cycles else CYCLES[cycles - 1], 6)
    for measured in (
        buy_in.measure(told, within, {}, {}, {}), adherence.measure(told, within), drive.measure(told, within),
        risk.measure(risk.discipline(told, within, Surprise(None, 0, 0, 0, (), ()))), deviance.measure([]),
    ):  # fmt: skip
        assert measured.value is None
        assert measured.need is not None
        assert str(measured.need) in measured.sentence


def gate(cycle: str, name: str, *, passed: bool = True, late: int = 0, stamp: bool = False) -> dict[str, Any]:
    at = when(cycle, 8) + timedelta(days=late)
    more = {"stamped_by": "p_sales", "stamped_at": at} if stamp else {}
    return line("gate", at, cycle, gate=name, passed=passed, checked_at=at, **more)


def stage(cycle: str, name: str = "demand") -> dict[str, Any]:
    return line("stage", when(cycle, 8), cycle, stage=name, planned_end=when(cycle, 8), owner="p_sales")


def test_adherence_by_hand() -> None:
    lines = []
    for n, cycle in enumerate(CYCLES):
        lines += [stage(cycle, "Demand review"), gate(cycle, "inputs_stored", late=(0, 1, 2, 3, 0, 0)[n])]
        if n < 5:
            lines.append(gate(cycle, "coherence", passed=n != 0))
    measured = adherence.measure(state(*lines), SIX)
    # inputs 1 + .5 + .5 + 0 + 1 + 1, coherence 0 + 4 passed (its stage has no plan) + 0 never checked
    assert measured.value == pytest.approx(100 * (4 + 4) / 12)
    assert (measured.numerator, measured.denominator) == (8.0, 12.0)
    assert measured.subject == {"gate": "coherence"}
    coherence = next(r for r in measured.evidence if r["gate"] == "coherence")
    assert (coherence["failed"], coherence["not_checked"]) == (1, 1)


def test_a_skipped_cycle_counts_against_every_gate() -> None:
    lines = [gate(c, "data_closed") for c in CYCLES if c != "2026-08"]
    told = state(*lines)
    within = window(recorded_cycles(told), "2026-10", 6)
    assert "2026-08" in within.cycles
    assert "2026-08" not in within.held
    assert adherence.measure(told, within).value == pytest.approx(100 * 5 / 6)


def test_cadence_of_a_skipped_cycle_is_irregular() -> None:
    every = [m for c in CYCLES for m in meeting(c, sales="principal")]
    gap = [m for c in CYCLES if c != "2026-08" for m in meeting(c, sales="principal")]
    regular = adherence.cadence(state(person("sales"), *every), SIX)
    broken = adherence.cadence(state(person("sales"), *gap), SIX)
    assert regular is not None
    assert broken is not None
    assert regular > 0.9
    assert broken < adherence.REGULAR


def test_stamps_are_worth_nothing_and_a_plain_checklist_would_be_fooled() -> None:
    box, plain = [], []
    for cycle in CYCLES:
        for n in range(8):
            box.append(gate(cycle, f"g{n}", passed=n < 3, stamp=True))
            plain.append(gate(cycle, f"g{n}", passed=n < 7))
    stamped, informal = state(*box), state(*plain)
    assert (adherence.measure(stamped, SIX).value or 0) < 50
    assert (adherence.measure(informal, SIX).value or 0) > 70
    assert "stamps without substance" in (adherence.measure(stamped, SIX).warning or "")

    def checklist(told: State) -> float:
        return sum(g.stamped_by is not None for g in told.gates) / len(told.gates)

    assert checklist(stamped) > checklist(informal)  # the wrong way round


def improvement(one: str, cycle: str, due: str, *, cause: str = "x", owner: bool = True) -> dict[str, Any]:
    more = {"exec_owner": "p_sales"} if owner else {}
    return line("improvement", when(cycle, 5), cycle, id=one, source="survey", root_cause=cause, kpi="wmape",
                scope={}, owner="p_sales", due=due, **more)  # fmt: skip


def closed(one: str, day: str) -> dict[str, Any]:
    return line("improvement_closed", when(day[:7], 1), None, id=one, at=day)


def test_improvement_drive_by_hand() -> None:
    told = state(
        person("sales"),
        improvement("I1", "2026-05", "2026-06-30", cause="late forecast"),
        improvement("I2", "2026-06", "2026-07-31", owner=False),
        improvement("I3", "2026-07", "2026-08-31", cause="Late forecast "),
        closed("I1", "2026-06-15"),
        closed("I2", "2026-08-20"),
    )
    found = drive.drive(told, SIX)
    assert found.opened == (3.0, 6.0)
    assert found.owned == (2.0, 3.0)
    assert found.in_time == (1.0, 3.0)
    assert found.lasting == (1.0, 2.0)  # I1's cause came back as I3; I2's did not
    assert [r.came_back for r in found.recurrences] == ["I3"]
    assert drive.measure(told, SIX).value == pytest.approx(100 * (0.5 * 2 / 3 * 1 / 3 * 0.5) ** 0.25)


def test_no_improvements_after_some_is_zero_and_never_any_is_unknown() -> None:
    once = state(person("sales"), improvement("I1", "2026-01", "2026-03-31"), closed("I1", "2026-02-01"))
    measured = drive.measure(once, SIX)
    assert measured.value == 0
    assert "0 improvements opened in 6 cycles" in measured.sentence
    assert drive.measure(state(person("sales")), SIX).value is None


def test_discipline_by_hand() -> None:
    found = risk.Discipline(
        cycles=12, surprise=0.4, unregistered=40.0, material=100.0, deviations=9, stale=1, open_items=4,
        closed=12, skill=0.3, money=1.25,
    )  # fmt: skip
    measured = risk.measure(found)
    assert measured.value == pytest.approx(100 * (0.6 + 0.75 + 0.3 + 0.8) / 4)
    assert measured.moves[0].gain == pytest.approx(100 * 0.7 / 4)
    few = risk.measure(risk.Discipline(12, 0.4, 40.0, 100.0, 9, 1, 4, closed=9, skill=0.3, money=1.25))
    assert few.value == pytest.approx(100 * (0.6 + 0.75) / 2)  # nine closed items judge nobody


def test_deviance_by_hand() -> None:
    streams = [
        deviance.Stream("A", "normalised", 200.0, 6, 0.1, 2.0), deviance.Stream("B", "tolerated", 100.0, 4, 0.4),
        deviance.Stream("C", "managed", 300.0), deviance.Stream("D", "normal", 400.0),
    ]  # fmt: skip
    measured = deviance.measure(streams)
    assert measured.value == pytest.approx(100 * (1 - 0.2 - 0.05))
    assert measured.subject == {"family": "A"}
    assert (measured.numerator, measured.denominator) == (750.0, 1000.0)
    assert "20\u00a0% of plan value is normalised: A." in measured.sentence
    unknown = [deviance.Stream("A", "normal", 100.0), deviance.Stream("B", "insufficient", 300.0)]
    assert deviance.measure(unknown).value is None


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted({*deviance.LOST, "normal", "managed"})), st.integers(1, 99)),
        min_size=1,
    )
)
def test_deviance_lies_between_nothing_and_all(streams: list[tuple[str, int]]) -> None:
    rows = [deviance.Stream(f"F{n}", norm, float(v)) for n, (norm, v) in enumerate(streams)]
    value = deviance.measure(rows).value
    assert value is not None
    assert 0 <= value <= 100
    worse = [deviance.Stream("F0", "normalised", rows[0].value), *rows[1:]]
    assert (deviance.measure(worse).value or 0) <= value


def test_windows() -> None:
    assert window([], "2026-10", 6) == Window((), ())
    assert window(["2026-12"], "2026-10", 6) == Window((), ())
    late = window(["2026-07", "2026-09", "2026-10"], "2026-10", 6)
    assert late.cycles == ("2026-07", "2026-08", "2026-09", "2026-10")
    quarterly = window(["2025-10", "2026-01", "2026-04", "2026-07", "2026-10"], "2026-11", 3)
    assert quarterly.cycles == ("2026-04", "2026-07", "2026-10")  # the months between are no cycles
    told = state(*(gate(c, "coherence") for c in CYCLES[:4]))
    assert last_cycle(told, "2026-10", None) == "2026-08"
    assert last_cycle(told, "2026-10", "2026-10") == "2026-10"
    assert last_cycle(state(), "2026-10", None) == "2026-10"


def test_an_interval_holds_what_was_observed() -> None:
    for k, n in ((6.0, 6.0), (0.0, 6.0), (3.0, 6.0)):
        low, high = spread_of([(k, n)], lambda draws: 100 * draws[:, 0])
        assert low <= 100 * k / n <= high
        assert high - low > 20


def test_a_gate_checked_again_is_no_worse_for_it() -> None:
    """Passed in time, checked again ten days later: in time where it passed again, not met where it did not."""
    again = [gate("2026-05", "inputs_stored", late=10), gate("2026-06", "inputs_stored", late=10)]
    again.append(gate("2026-07", "inputs_stored", passed=False, late=10))
    lines = [stage(c) for c in CYCLES] + [gate(c, "inputs_stored") for c in CYCLES if c != "2026-06"]
    failed = gate("2026-06", "inputs_stored", passed=False)
    scores = adherence.gate_scores(state(*lines, failed, *again), SIX)
    assert [s.points for s in scores] == [
        1,
        0,
        0,
        1,
        1,
        1,
    ]  # June failed first, and came too late; July fell back


def joined(cycle: str, function: str, **more: Any) -> dict[str, Any]:
    told = person(function, **more)
    return {**told, "at": when(cycle, 1)}


def test_who_joins_later_is_not_held_to_what_was_before() -> None:
    lines = [person("sales"), joined("2026-09", "quality")]
    for cycle in CYCLES:
        there = {"quality": "principal"} if cycle >= "2026-09" else {}
        lines += [*meeting(cycle, sales="principal", **there), published(cycle), signed(cycle, "sales")]
        lines += [signed(cycle, "quality")] if there else []
    measured = s1(state(*lines))
    rows = {r["function"]: r for r in measured.evidence}
    assert measured.value == 100
    assert (rows["quality"]["signed"], rows["quality"]["signed_of"]) == (2.0, 2.0)
    assert (rows["quality"]["attended"], rows["quality"]["attended_of"]) == (2.0, 2.0)
    late = state(
        *(joined("2026-10", f) for f in ("sales", "quality")), *lines[2:]
    )  # written down in the last cycle
    rows = {r["function"]: r for r in s1(late).evidence}
    assert (rows["quality"]["signed"], rows["quality"]["signed_of"]) == (2.0, 6.0)
    partly = state(
        person("sales"), joined("2026-10", "quality"), *lines[2:]
    )  # it signed before it was written down
    assert {r["function"]: r.get("signed_of") for r in s1(partly).evidence}["quality"] == 2.0


def test_who_no_longer_signs_counts_for_the_cycles_in_which_they_did() -> None:
    ended = joined("2026-09", "finance", required_signer=False)
    told = state(person("sales"), person("finance"), ended)
    assert buy_in.required(told) == ["sales"]
    assert [buy_in.required(told, c) for c in ("2026-08", "2026-09")] == [["sales", "finance"], ["sales"]]


def test_a_renamed_function_starts_where_the_old_one_ends() -> None:
    renamed = line("person", when("2026-08", 1), None, id="p_sales", name="sales", function="commercial",
                   role="function_head", principal=True, required_signer=True)  # fmt: skip
    lines = [person("sales"), renamed]
    for n, cycle in enumerate(CYCLES):
        one = signed(cycle, "sales")
        lines += [*meeting(cycle, sales="principal" if n else "absent"), published(cycle)]
        lines.append(
            one if cycle < "2026-08" else {**one, "payload": one["payload"] | {"function": "commercial"}}
        )
    (row, _) = s1(state(*lines)).evidence
    assert row["function"] == "commercial"
    assert (row["signed"], row["signed_of"], row["attended"], row["attended_of"]) == (3.0, 3.0, 3.0, 3.0)


def test_a_delegate_of_another_function_came_for_the_one_that_sent_them() -> None:
    """Finance's controller comes for sales under a delegation: half a point for sales; without one, for finance."""
    deputy = line("person", when("2026-05", 1), None, id="p_deputy", name="deputy", function="finance",
                  role="function_head", principal=False, required_signer=False)  # fmt: skip
    sent = line("delegation", when("2026-05", 1), None, from_="p_sales", to="p_deputy",
                valid_from="2026-05-01", valid_to="2026-07-31")  # fmt: skip
    lines = [person("sales"), person("finance"), deputy, sent]
    for cycle in CYCLES:
        lines += meeting(cycle, finance="principal", deputy="delegate")
    told = state(*lines)
    assert buy_in.attendance(told, SIX, "sales", expected="") == (1.5, 6.0)
    assert buy_in.attendance(told, SIX, "finance", expected="") == (6.0, 6.0)


def test_a_budget_signed_in_the_same_cycle_is_not_the_plan_of_the_cycle() -> None:
    lines = [person("sales"), person("finance")]
    for cycle in CYCLES:
        lines += [
            *meeting(cycle, sales="principal", finance="principal"),
            signed(cycle, "sales"),
            signed(cycle, "finance"),
        ]
    budget = signed("2026-10", "finance", 18)
    lines.append({**budget, "payload": budget["payload"] | {"version": "Budget 2027"}})
    plans = buy_in.signings(state(*lines), {f"C {c}": c for c in CYCLES}, SIX)
    assert (plans[-1].version, plans[-1].functions) == ("C 2026-10", {"sales", "finance"})
