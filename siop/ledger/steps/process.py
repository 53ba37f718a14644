"""What is said about people and the cycle."""

from __future__ import annotations

from typing import Any

from siop.ledger import entries as e
from siop.ledger import state as s
from siop.ledger.steps.draft import Draft, cycle_of, maybe, step


@step(e.Person)
def _person(draft: Draft, p: e.Person, kept: dict[str, Any]) -> None:
    earlier = draft.people.get(p.id)
    function = draft.spelled(p.function)
    functions = (*(earlier.functions if earlier else ()), function)
    active = p.active is not False
    term = s.Term(since=cycle_of(kept), function=function, signs=p.required_signer and active)
    draft.people[p.id] = s.PersonView(
        **kept, id=p.id, name=p.name, function=function, role=p.role, permission=p.permission,
        principal=p.principal, required_signer=p.required_signer, only=p.only or {},
        active=active, functions=tuple(dict.fromkeys(functions)),
        terms=(*(earlier.terms if earlier else ()), term),
    )  # fmt: skip


@step(e.Delegation)
def _delegation(draft: Draft, p: e.Delegation, kept: dict[str, Any]) -> None:
    view = s.DelegationView(
        **kept, from_person=p.from_, to=p.to, valid_from=p.valid_from, valid_to=p.valid_to
    )
    draft.delegations.append(view)


@step(e.Stage)
def _stage(draft: Draft, p: e.Stage, kept: dict[str, Any]) -> None:
    draft.stages[cycle_of(kept), p.stage] = s.StageView(
        **kept, stage=p.stage, planned_end=p.planned_end, actual_end=p.actual_end, owner=p.owner
    )


@step(e.Gate)
def _gate(draft: Draft, p: e.Gate, kept: dict[str, Any]) -> None:
    key = cycle_of(kept), p.gate
    earlier = draft.gates.get(key)
    still = p.passed and earlier is not None and earlier.passed  # checked again, and nothing is worse for it
    draft.gates[key] = s.GateView(
        **kept, gate=p.gate, stamped_by=p.stamped_by, stamped_at=p.stamped_at, passed=p.passed,
        checked_at=p.checked_at, note=p.note,
        holds_since=min(earlier.holds_since, p.checked_at) if earlier is not None and still else p.checked_at,
    )  # fmt: skip


@step(e.Meeting)
def _meeting(draft: Draft, p: e.Meeting, kept: dict[str, Any]) -> None:
    draft.meetings[p.id] = s.MeetingView(
        **kept, id=p.id, kind=p.kind, planned=p.planned, started=p.started, ended=p.ended,
        preread_at=p.preread_at, minutes_past=maybe(p.minutes_past), minutes_future=maybe(p.minutes_future),
    )  # fmt: skip


@step(e.Attendance)
def _attendance(draft: Draft, p: e.Attendance, kept: dict[str, Any]) -> None:
    draft.attendance[p.meeting, p.person] = s.AttendanceView(
        **kept, meeting=p.meeting, person=p.person, status=p.status
    )


@step(e.SurveyRound)
def _survey_round(draft: Draft, p: e.SurveyRound, kept: dict[str, Any]) -> None:
    items = tuple(s.SurveyItemView(id=i.id, text=i.text, symptom=i.symptom) for i in p.items)
    draft.surveys[p.round] = s.SurveyView(**kept, round=p.round, items=items)


@step(e.SurveyResponse)
def _survey_response(draft: Draft, p: e.SurveyResponse, kept: dict[str, Any]) -> None:
    view = s.ResponseView(
        **kept, token=p.token, function=draft.spelled(p.function), level=p.level, answers=dict(p.answers),
        comment=p.comment,
    )  # fmt: skip
    draft.responses.setdefault(p.round, {})[p.token] = view


@step(e.Improvement)
def _improvement(draft: Draft, p: e.Improvement, kept: dict[str, Any]) -> None:
    draft.improvements[p.id] = s.ImprovementView(
        **kept, id=p.id, source=p.source, root_cause=p.root_cause, kpi=p.kpi, scope=p.scope, owner=p.owner,
        exec_owner=p.exec_owner, due=p.due,
    )  # fmt: skip


@step(e.ImprovementClosed)
def _improvement_closed(draft: Draft, p: e.ImprovementClosed, kept: dict[str, Any]) -> None:
    draft.put("improvements", p.id, closed_at=p.at)


@step(e.Comment)
def _comment(draft: Draft, p: e.Comment, kept: dict[str, Any]) -> None:
    where = p.coordinates
    draft.comments.append(
        s.CommentView(**kept, metric=where.metric, scope=where.scope, about_cycle=where.cycle, text=p.text)
    )
