"""What is said about deviations, risks, assumptions and customer requests."""

from __future__ import annotations

from typing import Any

from siop.ledger import entries as e
from siop.ledger import state as s
from siop.ledger.steps.draft import Draft, first_kept, maybe, step


@step(e.Tolerance)
def _tolerance(draft: Draft, p: e.Tolerance, kept: dict[str, Any]) -> None:
    draft.tolerances.append(
        s.ToleranceView(
            **kept, family=p.family, measure=p.measure, pct=float(p.pct), abs=maybe(p.abs),
            valid_from=p.valid_from, reason=p.reason,
        )
    )  # fmt: skip


@step(e.CaseOpened)
def _case_opened(draft: Draft, p: e.CaseOpened, kept: dict[str, Any]) -> None:
    draft.cases[p.id] = s.CaseView(
        **kept, id=p.id, family=p.family, measure=p.measure, month=p.month, deviation=maybe(p.deviation)
    )


@step(e.CaseAnswered)
def _case_answered(draft: Draft, p: e.CaseAnswered, kept: dict[str, Any]) -> None:
    view = s.AnswerView(**kept, owner=p.owner, cause=p.cause, countermeasure=p.countermeasure, due=p.due)
    draft.add("cases", p.id, "answers", view)


@step(e.CaseClosed)
def _case_closed(draft: Draft, p: e.CaseClosed, kept: dict[str, Any]) -> None:
    draft.put(
        "cases", p.id,
        closed_at=kept["at"], closed_by=kept["by"], closed_seq=kept["seq"], close_reason=p.reason,
    )  # fmt: skip


@step(e.Risk)
def _risk(draft: Draft, p: e.Risk, kept: dict[str, Any]) -> None:
    kept = first_kept(draft.risks.get(p.id), kept)  # registered when it was first named
    draft.risks[p.id] = s.RiskView(
        **kept, id=p.id, kind=p.kind, title=p.title, scope=p.scope, first=p.from_, last=p.to,
        in_plan=p.in_plan, owner=p.owner, measure=p.measure or "margin", driver_group=p.driver_group,
        shape=p.shape or "triangular", trigger=p.trigger, contingency=p.contingency,
        mitigation=None if p.mitigation is None else s.MitigationView(
            text=p.mitigation.text, cost=float(p.mitigation.cost), probability=maybe(p.mitigation.probability),
            low=maybe(p.mitigation.low), likely=maybe(p.mitigation.likely), high=maybe(p.mitigation.high),
        ),
    )  # fmt: skip


@step(e.RiskScore)
def _risk_score(draft: Draft, p: e.RiskScore, kept: dict[str, Any]) -> None:
    view = s.ScoreView(
        **kept,
        probability=float(p.probability), low=float(p.low), likely=float(p.likely), high=float(p.high),
    )  # fmt: skip
    draft.add("risks", p.id, "scores", view)


@step(e.RiskOutcome)
def _risk_outcome(draft: Draft, p: e.RiskOutcome, kept: dict[str, Any]) -> None:
    view = s.RiskOutcomeView(**kept, occurred=p.occurred, realised=float(p.realised))
    draft.put("risks", p.id, outcome=view)


@step(e.Assumption)
def _assumption(draft: Draft, p: e.Assumption, kept: dict[str, Any]) -> None:
    draft.assumptions[p.id] = s.AssumptionView(
        **kept, id=p.id, version=p.version, statement=p.statement, driver=p.driver,
        expected=float(p.expected), low=float(p.low), high=float(p.high), owner=p.owner, families=p.families,
    )  # fmt: skip


@step(e.AssumptionOutcome)
def _assumption_outcome(draft: Draft, p: e.AssumptionOutcome, kept: dict[str, Any]) -> None:
    draft.put("assumptions", p.id, observed=float(p.observed), observed_at=kept["at"])


@step(e.Request)
def _request(draft: Draft, p: e.Request, kept: dict[str, Any]) -> None:
    lines = tuple(
        s.RequestLineView(
            sku=line.sku, family=line.family, month=line.month, quantity=float(line.quantity),
            price=maybe(line.price),
        )
        for line in p.lines
    )  # fmt: skip
    draft.requests[p.id] = s.RequestView(
        **kept, id=p.id, customer=p.customer, lines=lines, wanted=p.wanted, asked_by=p.asked_by,
        sponsor=p.sponsor,
    )  # fmt: skip


@step(e.ImpactRun)
def _impact_run(draft: Draft, p: e.ImpactRun, kept: dict[str, Any]) -> None:
    view = s.ImpactRunView(**kept, id=p.id, request=p.request, result=e.kept_numbers(p.result))
    draft.impact_runs[p.id] = view
    draft.add("requests", p.request, "impact_runs", view)


@step(e.RequestAnswer)
def _request_answer(draft: Draft, p: e.RequestAnswer, kept: dict[str, Any]) -> None:
    view = s.RequestAnswerView(
        **kept, accepted=p.accepted, impact_run=p.impact_run, override_reason=p.override_reason
    )
    draft.add("requests", p.request, "answers", view)
