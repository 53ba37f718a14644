"""What somebody who may see only part of the business sees of what people said.

Facts are limited where the query is built (`Scope.only`). What people said carries numbers too: a prediction for
another region, the size of another customer's request. The limit is applied once, on the state that pages read;
writing is checked against the whole state by the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from siop.core import NotFound
from siop.ledger.state import CaseView, DecisionView, OutcomeView, RequestView, State
from siop.warehouse import Snapshot

if TYPE_CHECKING:
    from siop.risks.reach import Reach

Only = tuple[tuple[str, tuple[str, ...]], ...]
ScopeOf = Mapping[str, str | tuple[str, ...]]


def visible(state: State, snapshot: Snapshot, only: Only) -> State:
    """The state as far as a reader with the row-level limits `only` may see it; the same one without limits.

    Left out: risks, commitments and comments that reach beyond the limits, requests of other customers, decisions
    that name other slices alone. Without their numbers: predictions and effects that reach beyond the limits, the
    deviation of a case about more than the reader sees, the results of impact runs (they tell of everybody).
    """
    if not only:
        return state
    from siop.risks.reach import (
        Reach,
    )  # here: the commands that never limit anybody do not wait for the risks room

    eye = _Eye(Reach.of(snapshot), dict(only))
    requests = {k: _request(r) for k, r in state.requests.items() if eye.sees({"customer": r.customer})}
    return replace(
        state,
        decisions={k: _decision(d, eye) for k, d in state.decisions.items() if _named(d, eye)},
        commitments={k: c for k, c in state.commitments.items() if eye.sees(c.scope)},
        cases={k: _case(c, eye) for k, c in state.cases.items()},
        risks={k: r for k, r in state.risks.items() if eye.sees(r.scope)},
        requests=requests,
        impact_runs={k: replace(u, result={}) for k, u in state.impact_runs.items() if u.request in requests},
        comments=tuple(c for c in state.comments if eye.sees(c.scope)),
    )


@dataclass(frozen=True)
class _Eye:
    """The limits of one reader against the members of one snapshot."""

    reach: Reach
    limits: Mapping[str, tuple[str, ...]]

    def sees(self, scope: ScopeOf) -> bool:
        """Whether everything that a scope reaches may be seen."""
        return self.reach.within(dict(scope), self.limits)

    def touches(self, scope: ScopeOf) -> bool:
        """Whether a scope says nothing about the limited dimensions, or names a member that may be seen."""
        for dimension, allowed in self.limits.items():
            named = next((v for d, v in scope.items() if self._same(d, dimension)), None)
            if named is not None and not set(allowed) & ({named} if isinstance(named, str) else set(named)):
                return False
        return True

    def _same(self, one: str, other: str) -> bool:
        try:
            found = self.reach.snapshot.dimension(one).name == self.reach.snapshot.dimension(other).name
        except NotFound:
            return one == other
        return found


def _scopes(outcomes: Iterable[OutcomeView]) -> list[ScopeOf]:
    found: list[ScopeOf] = []
    for outcome in outcomes:
        found += [one.scope for one in outcome.authorises]
        found += [outcome.prediction.scope] if outcome.prediction is not None else []
    return found


def _named(decision: DecisionView, eye: _Eye) -> bool:
    """A decision is shown unless it names slices, and none of them is the reader's."""
    scopes = _scopes(decision.outcomes)
    return not scopes or any(eye.touches(scope) for scope in scopes)


def _decision(decision: DecisionView, eye: _Eye) -> DecisionView:
    outcomes = tuple(_outcome(one, eye) for one in decision.outcomes)
    told = decision.decided.prediction if decision.decided is not None else None
    hidden = told is not None and not eye.sees(told.scope)
    effects = tuple(replace(e, realised=None) if hidden else e for e in decision.effects)
    return replace(decision, outcomes=outcomes, effects=effects)


def _outcome(outcome: OutcomeView, eye: _Eye) -> OutcomeView:
    told = outcome.prediction
    seen = tuple(one for one in outcome.authorises if eye.touches(one.scope))
    return replace(
        outcome,
        authorises=seen,
        prediction=told if told is not None and eye.sees(told.scope) else None,
    )


def _case(case: CaseView, eye: _Eye) -> CaseView:
    """Cases are of a whole family: who owns one may be known to all, its size only to who sees the family."""
    return case if eye.sees({"family": case.family}) else replace(case, deviation=None)


def _request(request: RequestView) -> RequestView:
    return replace(request, impact_runs=tuple(replace(run, result={}) for run in request.impact_runs))
