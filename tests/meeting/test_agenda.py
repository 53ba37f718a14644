"""The agenda says what is open, what is ready and what is missing; the room says whether it may decide."""

from __future__ import annotations

from datetime import UTC, date, datetime

from siop.ledger.state import (
    ActionView,
    AttendanceView,
    DecisionView,
    DelegationView,
    MeetingView,
    OptionView,
    OutcomeView,
    PersonView,
    State,
)  # fmt: skip
from siop.meeting import agenda, presence
from siop.meeting.agenda import NO_COST, ONE_OPTION, READY

AT = datetime(2026, 11, 24, 14, tzinfo=UTC)


def said(seq: int = 1) -> dict[str, object]:
    return {"seq": seq, "at": AT, "by": "planning", "cycle": "2026-11"}


def option(label: str, cost: float | None) -> OptionView:
    return OptionView(label=label, description=label, cost=cost, effect=None, recommended=label == "A")


def decision(name: str, *options: OptionView, outcomes: tuple[OutcomeView, ...] = ()) -> DecisionView:
    return DecisionView(
        **said(), id=name, question=f"Do we do {name}?", context=None, drivers=None, right=None,
        value_at_stake_month=None, needed_by=None, options=options, raised_by="planning", evidence_url=None,
        evidence_snapshot=None, outcomes=outcomes,
    )  # fmt: skip


def person(name: str, function: str, *, principal: bool = True) -> PersonView:
    return PersonView(
        **said(), id=name, name=name.title(), function=function, role=function, permission="function_head",
        principal=principal, required_signer=principal, only={}, active=True,
    )  # fmt: skip


MEETING = MeetingView(
    **said(), id="M", kind="executive", planned=AT, started=None, ended=None, preread_at=None,
    minutes_past=None, minutes_future=None,
)  # fmt: skip


def test_a_decision_is_ready_with_two_options_and_their_costs() -> None:
    state = State(
        decisions={
            "D-1": decision("D-1", option("A", 1.0), option("B", 0.0)),
            "D-2": decision("D-2", option("A", 1.0)),
            "D-3": decision("D-3", option("A", 1.0), option("B", None)),
        },
        meetings={"M": MEETING},
    )
    found = agenda(state, "2026-11", today=AT.date())
    assert [e.ready for e in found.expected] == [READY, ONE_OPTION, NO_COST]
    assert sum(item.kind == "decisions" for item in found.items) == 3
    from siop.meeting import agenda_sentence

    assert agenda_sentence(found) == "Three decisions today, one ready to sign"


def test_late_actions_come_first_with_their_days() -> None:
    actions = {
        name: ActionView(**said(), id=name, text=name, owner="ann", due=due, decision=None)
        for name, due in (("later", date(2026, 11, 30)), ("late", date(2026, 11, 8)))
    }
    found = agenda(State(actions=actions), "2026-11", today=AT.date())
    assert [(due.action.id, due.days) for due in found.actions] == [("late", -16), ("later", 6)]


def test_quorum_counts_functions_with_authority() -> None:
    heads = [person(name, name.title()) for name in ("ann", "bob", "cyd")]
    deputy = person("dan", "Cyd", principal=False)
    attendance = tuple(
        AttendanceView(**said(), meeting="M", person=name, status=status)
        for name, status in (("ann", "principal"), ("bob", "absent"), ("dan", "delegate"))
    )
    state = State(people={p.id: p for p in [*heads, deputy]}, attendance=attendance, meetings={"M": MEETING})
    room = presence(state, MEETING)
    assert [seat.status for seat in room.seats] == ["principal", "absent", "delegate"]
    assert (room.present, room.needed, room.quorum) == (2, 3, False)  # as the gate: every required function
    assert room.sentence() == "No quorum: 2 of 3 functions, one of them by delegate"
    came = AttendanceView(**said(), meeting="M", person="bob", status="principal")
    whole = State(people=state.people, attendance=(*attendance, came), meetings=state.meetings)
    assert presence(whole, MEETING).sentence() == "Quorum reached: 3 of 3 functions, one of them by delegate"
    alone = State(people=state.people, attendance=attendance[:1], meetings={"M": MEETING})
    assert not presence(alone, MEETING).quorum


def test_nobody_recorded_is_not_nobody_present() -> None:
    state = State(people={"ann": person("ann", "Sales")}, meetings={"M": MEETING})
    assert "not recorded yet" in presence(state, MEETING).sentence()


def test_one_decision_is_ready_or_not_and_of_several_none() -> None:
    from siop.meeting import agenda_sentence

    one = {"D-1": decision("D-1", option("A", 1.0))}
    ready = {"D-1": decision("D-1", option("A", 1.0), option("B", 2.0))}
    two = {**one, "D-2": decision("D-2", option("A", 1.0))}

    def said(found: dict[str, DecisionView]) -> str:
        return agenda_sentence(agenda(State(decisions=found), "2026-11"))

    assert said(one) == "One decision today, not ready to sign"
    assert said(ready) == "One decision today, ready to sign"
    assert said(two) == "Two decisions today, none ready to sign"


def test_a_delegate_of_another_function_sits_for_the_one_that_sent_them() -> None:
    people = {name: person(name, function) for name, function in (("ann", "Sales"), ("bob", "Finance"))}
    given = DelegationView(
        **said(), from_person="ann", to="bob", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)
    )
    came = (AttendanceView(**said(), meeting="M", person="bob", status="delegate"),)
    state = State(people=people, attendance=came, meetings={"M": MEETING}, delegations=(given,))
    seats = {seat.function: (seat.person, seat.status) for seat in presence(state, MEETING).seats}
    assert seats["Sales"] == ("bob", "delegate")
