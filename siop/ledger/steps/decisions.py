"""What is said about decisions, plans, actions and commitments."""

from __future__ import annotations

from typing import Any

from siop.ledger import entries as e
from siop.ledger import state as s
from siop.ledger.steps.draft import Draft, first_kept, maybe, step


@step(e.Decision)
def _decision(draft: Draft, p: e.Decision, kept: dict[str, Any]) -> None:
    earlier, seq = draft.decisions.get(p.id), kept["seq"]
    kept = first_kept(earlier, kept)  # a correction: the raising stays where it was
    draft.decisions[p.id] = s.DecisionView(
        **kept, id=p.id, question=p.question, context=p.context, drivers=p.drivers, right=p.right,
        value_at_stake_month=maybe(p.value_at_stake_month), needed_by=p.needed_by, raised_by=p.raised_by,
        options=tuple(
            s.OptionView(label=o.label, description=o.description, cost=maybe(o.cost),
                         effect=e.kept_numbers(o.effect), recommended=bool(o.recommended))
            for o in p.options
        ),
        evidence_url=p.evidence.url if p.evidence else None,
        evidence_snapshot=p.evidence.snapshot if p.evidence else None,
        changes=(*(earlier.changes if earlier else ()), seq),
    )  # fmt: skip


@step(e.Decided)
def _decided(draft: Draft, p: e.Decided, kept: dict[str, Any]) -> None:
    told = p.prediction
    view = s.OutcomeView(
        **kept, decision=p.decision, outcome=p.outcome, option=p.option, rationale=p.rationale,
        conditions=p.conditions, owner=p.owner, due=p.due, review_on=p.review_on, supersedes=p.supersedes,
        new_information=bool(p.new_information),
        authorises=tuple(
            s.AuthorisedView(version=a.version, scope=a.scope, first=a.from_, last=a.to)
            for a in p.authorises or ()
        ),
        prediction=None if told is None else s.PredictionView(
            metric=told.metric, scope=told.scope, baseline_version=told.baseline_version,
            p10=float(told.p10), p50=float(told.p50), p90=float(told.p90), first=told.from_, last=told.to,
            stop=told.stop,
        ),
    )  # fmt: skip
    draft.add("decisions", p.decision, "outcomes", view)
    if p.supersedes and view.final:
        draft.put("decisions", p.supersedes, superseded_by=p.decision)


@step(e.DecisionEffect)
def _effect(draft: Draft, p: e.DecisionEffect, kept: dict[str, Any]) -> None:
    view = s.EffectView(
        **kept, decision=p.decision, executed=p.executed, realised=maybe(p.realised), note=p.note
    )
    draft.add("decisions", p.decision, "effects", view)


@step(e.Position)
def _position(draft: Draft, p: e.Position, kept: dict[str, Any]) -> None:
    view = s.PositionView(
        **kept,
        about=p.about,
        person=p.person,
        function=draft.spelled(p.function),
        stance=p.stance,
        reason=p.reason,
        preferred_option=p.preferred_option,
    )
    draft.positions.append(view)
    draft.add("decisions", p.about, "positions", view)  # fmt: skip


@step(e.SignOff)
def _sign_off(draft: Draft, p: e.SignOff, kept: dict[str, Any]) -> None:
    draft.sign_offs.append(
        s.SignOffView(
            **kept, version=p.version, plan_hash=p.plan_hash, plan_snapshot=p.snapshot, person=p.person,
            function=draft.spelled(p.function), stance=p.stance, reason=p.reason, bound_at_import=p.bound is not None,
        )
    )  # fmt: skip


@step(e.Publish)
def _publish(draft: Draft, p: e.Publish, kept: dict[str, Any]) -> None:
    draft.publishes.append(
        s.PublishView(
            **kept, version=p.version, plan_hash=p.plan_hash, plan_snapshot=p.snapshot,
            over_objections=p.over_objections, bound_at_import=p.bound is not None,
        )
    )  # fmt: skip


@step(e.Commitment)
def _commitment(draft: Draft, p: e.Commitment, kept: dict[str, Any]) -> None:
    draft.commitments[p.id] = s.CommitmentView(
        **kept, id=p.id, function=draft.spelled(p.function), version=p.version, measure=p.measure, scope=p.scope,
        target=float(p.target), tolerance_pct=float(p.tolerance_pct), first=p.from_, last=p.to,
    )  # fmt: skip


@step(e.Action)
def _action(draft: Draft, p: e.Action, kept: dict[str, Any]) -> None:
    draft.actions[p.id] = s.ActionView(
        **kept, id=p.id, text=p.text, owner=p.owner, due=p.due, decision=p.decision
    )


@step(e.ActionDone)
def _action_done(draft: Draft, p: e.ActionDone, kept: dict[str, Any]) -> None:
    draft.put(
        "actions", p.id,
        done_at=kept["at"], done_by=kept["by"], done_seq=kept["seq"], evidence=p.evidence,
    )  # fmt: skip
