"""Was a miss answered? Owner, cause and countermeasure within ten working days, or a decision, or an answer still running."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from siop.core import add_months
from siop.deviations.case import RESPONSE_DAYS, covers, real_answers, working_days
from siop.ledger import State
from siop.ledger.state import CaseView

Floats = npt.NDArray[np.float64]
CLOSE_DAYS = 5  # working days after a month in which its actuals become known


class Replies:
    """The answers of a ledger, by family. Build once, ask often."""

    def __init__(self, state: State, today: date, ends: Mapping[str, date] | None = None) -> None:
        """today: the day the clocks are read; ends: last day of each month, default the calendar's."""
        self.today, self.ends = today, ends or {}
        self.cases: dict[str, list[CaseView]] = {}
        for case in state.cases.values():
            self.cases.setdefault(case.family, []).append(case)
        self.left = {p.id: p.at.date() for p in state.people.values() if not p.active}
        self.decided = [d for d in state.decisions.values() if any(o.agreed for o in d.outcomes)]
        self.since = kept_since(state)

    def answered(self, family: str, month: str) -> bool:
        """A case of that month answered in time; an earlier one whose countermeasure was still running; a decision.

        An answer does not run on once its owner has left: the months that end after that need a new owner.
        """
        end = self.end(month)
        for case in self.cases.get(family, ()):
            real = real_answers(case)
            if not real or working_days(case.at.date(), real[0].at.date()) > RESPONSE_DAYS:
                continue
            if case.month == month:
                return True
            before = [a for a in real if a.at.date() <= end]
            open_then = case.closed_at is None or case.closed_at.date() > end
            if case.month < month and before and open_then:
                last = before[-1]
                if last.due >= end and end < self.left.get(last.owner, date.max):
                    return True
        clock = CLOSE_DAYS + RESPONSE_DAYS
        return any(
            covers(d, family, month) and any(o.agreed and 0 <= working_days(end, o.at.date()) <= clock for o in d.outcomes)
            for d in self.decided
        )  # fmt: skip

    def reply(self, family: str, month: str) -> float:
        """1 answered, 0 not, NaN where the clock still runs or no ledger was kept in that month."""
        if self.answered(family, month):
            return 1.0
        if self.since is None or month < self.since:
            return float("nan")
        opened = [c.at.date() for c in self.cases.get(family, ()) if c.month == month]
        clock = RESPONSE_DAYS if opened else RESPONSE_DAYS + CLOSE_DAYS
        start = min(opened) if opened else self.end(month)
        return float("nan") if working_days(start, self.today) <= clock else 0.0

    def panel(
        self, families: Sequence[str], months: Sequence[str], asked: npt.NDArray[np.bool_]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """(reply where `asked`, else NaN; whether answered), both (families, months)."""
        found = np.full(asked.shape, np.nan)
        for i, t in zip(*np.nonzero(asked), strict=True):
            found[i, t] = self.reply(families[i], months[t])
        return found, np.asarray(found == 1.0)

    def end(self, month: str) -> date:
        """Last day of a month."""
        known = self.ends.get(month)
        return known or date.fromisoformat(f"{add_months(month, 1)}-01") - timedelta(days=1)


def kept_since(state: State) -> str | None:
    """The first month in which the ledger says something of the process; before it silence means nothing."""
    told: list[Iterable[str]] = [
        (c.month for c in state.cases.values()),
        (t.in_cycle for t in state.tolerances),
        (d.in_cycle for d in state.decisions.values()),
        (m.in_cycle for m in state.meetings.values()),
        (s.in_cycle for s in state.stages),
        (s.in_cycle for s in state.sign_offs),
    ]
    return min((month for part in told for month in part), default=None)
