"""Running a cycle: begin it, end its stages one after the other. A gate that blocks keeps its stage open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from siop.core import Refused, add_months
from siop.core.finding import Finding
from siop.decisions import Identity, Service
from siop.health.cycle import (
    Progress,
    StageTemplate,
    Step,
    Template,
    company_templates,
    is_executive,
    progress,
    stage_key,
    template_for,
    working_day,
)
from siop.health.gates import GateCheck, check_gates
from siop.ledger import Receipt
from siop.ledger.state import State
from siop.warehouse import Snapshot

DAY_ENDS, MEETS = time(16, tzinfo=UTC), time(14, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ended:
    """A stage that was ended. warnings: its gates that did not pass and do not block."""

    receipt: Receipt
    warnings: tuple[GateCheck, ...]


def next_cycle(state: State, as_of: str | None) -> str | None:
    """The cycle to begin: after the last one begun, and never before the first month that is not closed."""
    begun = max((s.in_cycle for s in state.stages), default=None)
    known = [add_months(c, 1) for c in (begun, as_of) if c is not None]
    return max(known, default=None)


def begin(service: Service, who: Identity, snapshot: Snapshot, cycle: str) -> int:
    """Enter the stages of a cycle from its template, and plan its executive meeting; returns how many were entered.

    What is entered already stays as it is, so a beginning that was interrupted is finished by beginning again.
    Raises: NotAllowed below SIOP lead; Refused where the cycle is begun.
    """
    service.require(who, "stage")
    state = service.ledger.state()
    template = template_for(cycle, company_templates(snapshot))
    entered = {stage_key(s.stage) for s in state.stages if s.in_cycle == cycle}
    missing = [t for t in template.stages if stage_key(t.stage) not in entered]
    meets = any(m.in_cycle == cycle and is_executive(m.kind) for m in state.meetings.values())
    if not missing and meets:
        raise _refused("cycle", cycle, f"the cycle {cycle} is begun", "end its stages one after the other")
    first = month_start(snapshot, cycle)
    for t in missing:
        day = working_day(first, t.working_day)
        fields = {
            "stage": t.stage,
            "planned_end": datetime.combine(day, DAY_ENDS),
            "owner": owner_of(state, t),
        }
        service.create(who, "stage", fields, cycle=cycle)
    executive = next((t for t in template.stages if stage_key(t.stage) == "executive"), None)
    if executive is not None and not meets:
        day = working_day(first, executive.working_day)
        fields = {"id": f"exec-{cycle}", "kind": "executive", "planned": datetime.combine(day, MEETS)}
        service.create(who, "meeting", fields, cycle=cycle)
    return len(missing)


def end_stage(
    service: Service,
    who: Identity,
    snapshot: Snapshot,
    cycle: str,
    stage: str,
    now: datetime | None = None,
) -> Ended:
    """End the stage that is next, once its gates are checked. Each check is entered as what it found.

    Raises: NotAllowed below SIOP lead; Refused where an earlier stage is open, or a gate that blocks did not
    pass: the finding names the gate, what was found, and that its content has to change.
    """
    service.require(who, "stage")
    state, at = service.ledger.state(), now or datetime.now(UTC)
    templates = company_templates(snapshot)
    steps = progress(state, cycle, at.date(), templates=templates, start=month_start(snapshot, cycle))
    step = _next(steps, stage)
    checks = [g for g in check_gates(snapshot, state, cycle, templates) if _of(g, step)]
    stands = tuple(g for g in checks if g.holds_up)
    for gate in checks:
        if gate.passed is not None or gate.holds_up:
            stamp = {} if stands else {"stamped_by": who.person, "stamped_at": at}
            service.create(
                who, "gate",
                {"gate": gate.gate, "passed": gate.passed is True, "checked_at": at, "note": gate.sentence, **stamp},
                cycle=cycle, snapshot=snapshot.id,
            )  # fmt: skip
    if stands:
        found = [
            Finding("error", "gate", gate.gate, gate.sentence, f"{gate.asks}; then end the stage again",
                    column=gate.gate)
            for gate in stands
        ]  # fmt: skip
        said = " ".join(gate.sentence for gate in stands)
        raise Refused(f"{step.label} stays open. {said}", found)
    begun = next(
        (s for s in state.stages if s.in_cycle == cycle and stage_key(s.stage) == stage_key(stage)), None
    )
    planned = begun.planned_end if begun else datetime.combine(step.planned_end, DAY_ENDS)
    fields = {
        "stage": begun.stage if begun else step.stage, "planned_end": planned, "actual_end": at,
        "owner": begun.owner if begun else step.owner or who.person,
    }  # fmt: skip
    receipt = service.create(who, "stage", fields, cycle=cycle, snapshot=snapshot.id)
    return Ended(receipt, tuple(g for g in checks if g.passed is not True))


def month_start(snapshot: Snapshot, cycle: str) -> date:
    """The first day of a cycle's month in the company's calendar, the calendar month's where it is not in it."""
    calendar = snapshot.calendar
    rows = calendar.loc[calendar["month"] == cycle, "start_date"].dropna()
    return (
        rows.iloc[0].date()
        if len(rows) and hasattr(rows.iloc[0], "date")
        else date(int(cycle[:4]), int(cycle[5:]), 1)
    )


def owner_of(state: State, stage: StageTemplate) -> str:
    """The person a template's owner stands for: a role (siop_lead, chair), a function's head, or as it is written."""
    wanted = stage.owner.casefold().replace(" ", "_")
    active = [p for p in state.people.values() if p.active]
    for p in active:
        if wanted in (p.permission, p.id.casefold()):
            return p.id
    heads = [p for p in active if p.function.casefold().replace(" ", "_") == wanted]
    lead = next((p.id for p in active if p.permission == "siop_lead"), None)
    return next((p.id for p in heads if p.principal), heads[0].id if heads else lead or stage.owner)


def stage_now(steps: Progress) -> Step | None:
    """The stage that is next to end; None where all are done."""
    return next((s for s in steps.steps if s.state != "done"), None)


def absent_today(state: State, day: date) -> dict[str, str]:
    """{person: who stands in for them} on a day."""
    return {d.from_person: d.to for d in state.delegations if d.covers(day)}


def delegate(service: Service, who: Identity, to: str, first: date, last: date) -> Receipt:
    """Let somebody stand in for oneself from one day to another. Raises Refused where the days or the person are wrong."""
    state = service.ledger.state()
    if to == who.person or to not in state.people:
        raise _refused("to", to, "nobody else is named", "choose another person")
    if last < first:
        raise _refused("valid_to", f"{last}", "it ends before it begins", "exchange the days")
    if last - first > timedelta(days=366):
        raise _refused("valid_to", f"{last}", "it is longer than a year", "name a day within a year")
    fields = {"from": who.person, "to": to, "valid_from": first, "valid_to": last}
    return service.create(who, "delegation", fields)


def templates_of(snapshot: Snapshot) -> tuple[Template, ...]:
    """The company's templates, oldest first."""
    return company_templates(snapshot)


def _next(steps: Progress, stage: str) -> Step:
    wanted = next((s for s in steps.steps if stage_key(s.stage) == stage_key(stage)), None)
    if wanted is None:
        known = ", ".join(s.stage for s in steps.steps)
        raise _refused("stage", stage, "the cycle has no such stage", f"choose one of {known}")
    if wanted.actual_end is not None:
        raise _refused("stage", stage, f"{wanted.label} is done", "end the next one")
    first = stage_now(steps)
    if first is not None and first.stage != wanted.stage:
        raise _refused("stage", stage, f"{first.label} is still open", f"end {first.label} first")
    return wanted


def _of(gate: GateCheck, step: Step) -> bool:
    return stage_key(gate.stage) == stage_key(step.stage)


def _refused(field: str, value: str | None, message: str, fix: str) -> Refused:
    finding = Finding("error", "cycle", "form", message, fix, column=field, value=value)
    return Refused(f"{message[:1].upper()}{message[1:]}: {fix}.", [finding])
