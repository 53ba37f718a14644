"""Every family's stream of one measure: plan, actual, tolerance, chart and norm, month by month. One computation that the
report, the page's grid and the health board share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from siop.core import Scope, words
from siop.deviations.decay import Decay, decay
from siop.deviations.detect import Chart, chart
from siop.deviations.facts import Facts, read, some
from siop.deviations.norm import Norm, Stream, norm
from siop.deviations.rebase import rebased
from siop.deviations.replies import Replies
from siop.ledger import State
from siop.metrics.tolerance import LEAST_MONTHS, RECENT, UNKNOWN, Tolerance, outside, policies, tolerance_of
from siop.warehouse import Snapshot

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Streams:
    """Arrays are (families, months); NaN where unknown. money: the deviation in the company's currency.

    value (families,): plan value of the last twelve months; answered: a miss that was answered in time; replied: 1
    answered, 0 not, NaN where there was nothing to answer or nobody can know; decay: of the answers over all streams.
    """

    facts: Facts
    money: Floats
    tolerances: tuple[Tolerance, ...]
    chart: Chart
    norms: tuple[Norm, ...]
    answered: Flags
    replied: Floats
    decay: Decay | None
    notes: tuple[str, ...]

    @property
    def families(self) -> tuple[str, ...]:
        return self.facts.families

    @property
    def months(self) -> tuple[str, ...]:
        return self.facts.months

    @property
    def measure(self) -> str:
        return self.facts.measure

    @property
    def source(self) -> str | None:
        """consensus; budget where no family has a consensus plan, None where none has any."""
        return next((s for s in ("consensus", "budget") if s in self.facts.source), None)

    @property
    def plan(self) -> Floats:
        return self.facts.plan

    @property
    def actual(self) -> Floats:
        return self.facts.actual

    @property
    def value(self) -> Floats:
        return self.facts.value

    @property
    def deviation(self) -> Floats:
        return self.actual - self.plan

    def out(self, family: int) -> Flags:
        """(months,) out of the tolerance in force then."""
        return outside(self.deviation[family], self.tolerances[family].allowed(self.plan[family]))

    def out_at_first(self, family: int) -> Flags:
        """(months,) out of the original tolerance."""
        return outside(self.deviation[family], self.tolerances[family].allowed_at_first(self.plan[family]))


def streams(
    snapshot: Snapshot, state: State, scope: Scope, measure: str | None = None, today: date | None = None
) -> Streams:
    """The streams of a scope up to its last closed month.

    The plan is the consensus at scope.lag; where a family has none, the budget of the period (facts.read).
    scope.first does not cut the history: a signal needs its baseline.

    Args: measure: default quantity; today: the day the response clocks are read, default the day of the snapshot.
    Raises: NotFound where the company has no families, or for an unknown measure.
    """
    facts = read(snapshot, scope, measure)
    off = facts.actual - facts.plan
    ratio = ratio_to_plan(facts.actual, facts.plan)
    policy = policies(snapshot)
    tolerances = tuple(
        tolerance_of(state, policy, f, facts.measure, facts.months, ratio[i])
        for i, f in enumerate(facts.families)
    )
    first = _rows([t.allowed_at_first(facts.plan[i]) for i, t in enumerate(tolerances)], off)
    out = outside(off, first)
    replies = Replies(state, today or day_of(snapshot, state), _ends(snapshot))
    replied, answered = replies.panel(facts.families, facts.months, out)
    copied = rebased(snapshot, state, scope, facts.measure, facts.families, facts.months, ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(first > 0, np.abs(off) / first, np.where(off == 0, 0.0, np.inf))
    known = judged_ratio(facts.actual, facts.plan)
    judged = [
        Stream(known[i], out[i], replied[i], copied[i], t.growth(facts.plan[i]), size[i], t.width)
        for i, t in enumerate(tolerances)
    ]
    pooled = decay((s.out, s.replied, s.size) for s in judged)
    charted = np.where(facts.filled, np.nan, facts.plan)
    return Streams(
        facts=facts, money=off * facts.price, tolerances=tolerances, chart=chart(facts.actual, charted, facts.months),
        norms=tuple(norm(s, decay=pooled) for s in judged), answered=answered, replied=replied, decay=pooled,
        notes=(*facts.notes, *_tolerance_notes(facts, tolerances)),
    )  # fmt: skip


def ratio_to_plan(actual: Floats, plan: Floats) -> Floats:
    """(actual - plan)/|plan|; NaN where either is unknown or the plan is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(plan != 0, (actual - plan) / np.abs(plan), np.nan)


def judged_ratio(actual: Floats, plan: Floats) -> Floats:
    """The same for months to be counted: where the plan is zero, 0 where nothing came, else infinite with its sign.

    Such a month has no size in months of plan, but it is in or out of tolerance: the absolute amount judges it, and
    where there is none nothing is allowed (`metrics.tolerance.outside`). Source: field.md N5, edge of a plan of zero.
    """
    off = actual - plan
    return np.where((plan == 0) & np.isfinite(off), np.where(off == 0, 0.0, np.copysign(np.inf, off)), ratio_to_plan(actual, plan))  # fmt: skip


def day_of(snapshot: Snapshot, state: State) -> date:
    """The day a clock is read: when the snapshot was built, or the last word on a case where that is later.

    Never the wall clock: the same snapshot and ledger give the same report.
    """
    told = snapshot.meta.get("built_at")
    days = [datetime.fromisoformat(told.replace("Z", "+00:00")).date()] if told else []
    days += [item.at.date() for c in state.cases.values() for item in (c, *c.answers)]
    return max(days, default=date.fromisoformat(f"{snapshot.as_of or '1970-01'}-28"))


def _ends(snapshot: Snapshot) -> dict[str, date]:
    """Last day of each month of the company's calendar, where it gives one."""
    table = snapshot.calendar[["month", "end_date"]].dropna()
    return {str(m): d.date() if isinstance(d, datetime) else d for m, d in table.itertuples(index=False)}


def _rows(found: list[Floats], like: Floats) -> Floats:
    return np.stack(found) if found else np.zeros(like.shape)


def _tolerance_notes(facts: Facts, tolerances: tuple[Tolerance, ...]) -> list[str]:
    """Whose tolerance is used where nobody set one for this measure."""
    notes = []
    borrowed: dict[str, list[str]] = {}
    for family, t in zip(facts.families, tolerances, strict=True):
        if t.source == "ledger" and t.measure != facts.measure:
            borrowed.setdefault(t.measure, []).append(family)
    for measure, families in borrowed.items():
        notes.append(
            f"No tolerance was set for {facts.measure} of {some(families)}: that of {measure} is used, in per cent."
        )
    derived = [i for i, t in enumerate(tolerances) if t.source == "derived"]
    ratio = ratio_to_plan(facts.actual, facts.plan)
    short = [i for i in derived if np.isfinite(ratio[i, :-RECENT]).sum() < LEAST_MONTHS]
    for found, why in (
        ([i for i in derived if i not in short], "derived from earlier months, four of five lie within it"),
        (
            short,
            f"±{words.percent(UNKNOWN, 0)} until six months before the last year are known to derive one from",
        ),
    ):
        if found:
            notes.append(f"Nobody set a tolerance for {some([facts.families[i] for i in found])}: {why}.")
    return notes
