"""What a form must hold before it is said, beyond its fields: the order of steps, and what must exist.

A history may tell of a process that was worse than this; the cockpit does not make one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from siop.core.finding import Finding
from siop.decisions.identity import Identity
from siop.decisions.plans import Plans
from siop.decisions.sign_off import plan_status
from siop.ledger import Payload, State
from siop.ledger import entries as e

P = TypeVar("P", bound=Payload)
Problem = tuple[str, str, str]
"""(field, what is wrong, what to do)"""


@dataclass(frozen=True, slots=True)
class Said:
    """A payload about to be said: by whom, on what state of the ledger, with which plans loaded."""

    state: State
    plans: Plans
    who: Identity
    cycle: str | None
    quorum: float


_RULES: dict[str, Callable[[Said, Payload], Iterable[Problem]]] = {}


def _rule(
    model: type[P],
) -> Callable[[Callable[[Said, P], Iterable[Problem]]], Callable[[Said, P], Iterable[Problem]]]:
    def register(check: Callable[[Said, P], Iterable[Problem]]) -> Callable[[Said, P], Iterable[Problem]]:
        _RULES[model.TYPE] = cast(Callable[[Said, Payload], Iterable[Problem]], check)
        return check

    return register


def problems(said: Said, payload: Payload) -> list[Finding]:
    """Everything that speaks against saying this now, field by field; empty is well."""
    found = [
        *_missing(said, payload),
        *(_RULES[payload.TYPE](said, payload) if payload.TYPE in _RULES else ()),
    ]
    return [Finding("error", payload.TYPE, "form", what, fix, column=name) for name, what, fix in found]


def _missing(said: Said, payload: Payload) -> Iterable[Problem]:
    for name, subject in payload.refers().items():
        kind, _, ident = subject.partition(":")
        if ident not in _existing(said.state, kind):
            yield name, f"there is no {kind.replace('_', ' ')} {ident}", "choose one that exists"
    for name, person in payload.people().items():
        if person not in said.state.people:
            yield name, f"{person} was never declared", "choose a declared person"


def _existing(state: State, kind: str) -> Mapping[str, Any]:
    known: dict[str, Mapping[str, Any]] = {
        "decision": state.decisions,
        "action": state.actions,
        "case": state.cases,
        "risk": state.risks,
        "assumption": state.assumptions,
        "survey_round": state.surveys,
        "improvement": state.improvements,
        "request": state.requests,
        "impact_run": state.impact_runs,
        "meeting": state.meetings,
    }
    return known[kind]


@_rule(e.Decision)
def _decision(said: Said, p: e.Decision) -> Iterable[Problem]:
    if len(p.options) < 2:
        yield (
            "options",
            "a decision needs at least two options",
            "add another one, doing nothing for instance",
        )
    if sum(bool(option.recommended) for option in p.options) > 1:
        yield "options", "two options are recommended", "recommend one"
    earlier = said.state.decisions.get(p.id)
    if earlier is not None and earlier.decided is not None:
        yield "id", f"{p.id} is settled", "raise a new decision that supersedes it"
    if p.raised_by != said.who.person and p.raised_by not in said.state.people:
        yield "raised_by", f"{p.raised_by} was never declared", "choose a declared person"


@_rule(e.Decided)
def _decided(said: Said, p: e.Decided) -> Iterable[Problem]:
    decision = said.state.decisions.get(p.decision)
    if decision is None:
        return
    if decision.decided is not None:
        yield "decision", f"{p.decision} is settled", "raise a new decision that supersedes it"
    if decision.superseded_by is not None:
        yield "decision", f"{p.decision} was superseded by {decision.superseded_by}", "decide the newer one"
    labels = [option.label for option in decision.options]
    if p.option is not None and p.option not in labels:
        yield "option", f"{p.option} is not among the options", f"choose one of {', '.join(labels)}"
    agreed = p.outcome in ("approved", "with_conditions")
    if agreed and p.option is None:
        yield "option", "an approval names the option", "choose the option that was approved"
    if agreed and p.owner is None:
        yield "owner", "what was approved needs an owner", "choose who carries it out"
    if p.outcome == "with_conditions" and not p.conditions:
        yield "conditions", "the conditions are missing", "write what must be met"
    if p.authorises and not agreed:
        yield "authorises", "only an approval authorises a change of the plan", "leave it out"
    told = p.prediction
    if told is not None and said.plans.hashes and told.baseline_version not in said.plans.hashes:
        yield (
            "prediction.baseline_version",
            f"no plan version {told.baseline_version} is loaded",
            "choose a loaded one",
        )


@_rule(e.DecisionEffect)
def _effect(said: Said, p: e.DecisionEffect) -> Iterable[Problem]:
    decision = said.state.decisions.get(p.decision)
    if decision is not None and (decision.decided is None or not decision.decided.agreed):
        yield "decision", f"{p.decision} was not approved", "an effect is of something that was approved"


@_rule(e.Position)
def _position(said: Said, p: e.Position) -> Iterable[Problem]:
    decision = said.state.decisions.get(p.about)
    if decision is None:
        if p.about not in said.plans.hashes:
            yield "subject", f"{p.about} is neither a decision nor a loaded plan", "choose one that exists"
        return
    labels = [option.label for option in decision.options]
    if p.preferred_option is not None and p.preferred_option not in labels:
        yield (
            "preferred_option",
            f"{p.preferred_option} is not among the options",
            f"choose one of {', '.join(labels)}",
        )


@_rule(e.SignOff)
def _sign_off(said: Said, p: e.SignOff) -> Iterable[Problem]:
    yield from _as_seen(said, p.version, p.plan_hash, p.snapshot)
    person = said.state.people.get(p.person)
    if person is not None and not person.required_signer:
        yield "person", f"the plan does not need the signature of {person.name}", "state a position instead"
    if any(one.version == p.version and one.plan_hash == p.plan_hash for one in said.state.publishes):
        yield "version", f"{p.version} is published", "decide a change of it, or sign the next version"


@_rule(e.Publish)
def _publish(said: Said, p: e.Publish) -> Iterable[Problem]:
    yield from _as_seen(said, p.version, p.plan_hash, p.snapshot)
    status = plan_status(said.state, p.version, said.plans.hashes.get(p.version), said.quorum)
    for why in status.why:
        yield "version", why.rstrip("."), "wait until nothing stands in the way"
    against = {s.person for s in status.objections}
    if against != set(p.over_objections):
        named = ", ".join(sorted(said.state.name(person) for person in against)) or "nobody"
        yield "over_objections", f"{named} objects", "name exactly those whose objection is overruled"


def _as_seen(said: Said, version: str, plan_hash: str | None, snapshot: str | None) -> Iterable[Problem]:
    """Whoever signs sees what they sign: the rows on screen are the rows that are loaded."""
    now = said.plans.hashes.get(version)
    if now is None:
        yield "version", f"no plan version {version} is loaded", "choose a loaded one"
    elif plan_hash is None or snapshot is None:
        yield "plan_hash", "it does not say which rows were on screen", "open the form again"
    elif (plan_hash, snapshot) != (now, said.plans.snapshot):
        what = "the plan changed" if plan_hash != now else "the numbers were loaded again"
        yield "plan_hash", f"{what} since you opened this", "open it again, read it, then sign"


@_rule(e.Action)
def _action(said: Said, p: e.Action) -> Iterable[Problem]:
    if p.owner not in said.state.people:
        yield "owner", f"{p.owner} was never declared", "choose a declared person"


@_rule(e.ActionDone)
def _action_done(said: Said, p: e.ActionDone) -> Iterable[Problem]:
    action = said.state.actions.get(p.id)
    if action is not None and action.done_seq is not None:
        yield "id", f"{p.id} was done already (entry {action.done_seq})", "nothing is left to do"
    if not p.evidence:
        yield "evidence", "the evidence is missing", "write what shows that it is done"


@_rule(e.Tolerance)
def _tolerance(said: Said, p: e.Tolerance) -> Iterable[Problem]:
    if not p.reason:
        yield "reason", "a change of a tolerance needs a reason", "write why"


@_rule(e.CaseAnswered)
def _case_answered(said: Said, p: e.CaseAnswered) -> Iterable[Problem]:
    yield from _case_open(said, p.id)


@_rule(e.CaseClosed)
def _case_closed(said: Said, p: e.CaseClosed) -> Iterable[Problem]:
    yield from _case_open(said, p.id)


def _case_open(said: Said, ident: str) -> Iterable[Problem]:
    case = said.state.cases.get(ident)
    if case is not None and case.closed_seq is not None:
        yield "id", f"{ident} is closed (entry {case.closed_seq})", "open a new case"


@_rule(e.RiskScore)
def _risk_score(said: Said, p: e.RiskScore) -> Iterable[Problem]:
    risk = said.state.risks.get(p.id)
    if risk is not None and risk.outcome is not None:
        yield "id", f"what became of {p.id} is known", "register a new item"


@_rule(e.SurveyResponse)
def _survey_response(said: Said, p: e.SurveyResponse) -> Iterable[Problem]:
    asked = said.state.surveys.get(p.round)
    strange = set(p.answers) - {item.id for item in asked.items} if asked is not None else set()
    for item in sorted(strange):
        yield "answers", f"the round has no statement {item}", "answer the statements of the round"


@_rule(e.RequestAnswer)
def _request_answer(said: Said, p: e.RequestAnswer) -> Iterable[Problem]:
    if p.impact_run is not None:
        run = said.state.impact_runs.get(p.impact_run)
        if run is not None and run.request != p.request:
            yield "impact_run", f"{p.impact_run} is of request {run.request}", "attach a run of this request"
    elif p.accepted and not p.override_reason:
        yield (
            "impact_run",
            "a yes needs an impact run",
            "run the impact, or give the reason for going without",
        )


@_rule(e.Stage)
def _stage(said: Said, p: e.Stage) -> Iterable[Problem]:
    yield from _of_a_cycle(said)


@_rule(e.Gate)
def _gate(said: Said, p: e.Gate) -> Iterable[Problem]:
    yield from _of_a_cycle(said)


def _of_a_cycle(said: Said) -> Iterable[Problem]:
    if said.cycle is None:
        yield "cycle", "it belongs to a cycle", "name the cycle"
