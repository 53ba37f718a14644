"""From entries to the current state: one fold. What each entry type does is in `steps`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from siop.ledger.entry import Entry
from siop.ledger.state import State
from siop.ledger.steps import STEPS, Draft

_BEGIN = datetime.min.replace(tzinfo=UTC)


def fold(entries: Iterable[Entry]) -> State:
    """The state after all of `entries`.

    Entries count in the order of their times, so that a history imported late takes its place before what
    was said since; entries of the same time count in the order of their numbers. What was said in the
    cockpit keeps the order of its numbers, whatever the server's clock did.
    """
    folding = Folding()
    folding.take(sorted(entries, key=lambda one: one.seq))
    return folding.state()


class Folding:
    """A fold that goes on: new entries are taken in without reading the old ones again."""

    def __init__(self) -> None:
        self._draft = Draft()
        self._said = _BEGIN  # the latest time of what was said in the cockpit
        self._until = _BEGIN  # the latest time of all
        self._count, self._head = 0, ""

    def take(self, entries: Sequence[Entry]) -> bool:
        """Take in entries that follow in number. False, and nothing taken, where one belongs before an earlier
        one: then only a new fold of everything is right."""
        said, timed = self._said, []
        for entry in entries:
            if not entry.imported:
                said = max(said, entry.at)
            timed.append((entry.at if entry.imported else said, entry))
        timed.sort(key=lambda pair: pair[0])  # stable: the order of the numbers within a time
        if timed and timed[0][0] < self._until:
            return False
        for _, entry in timed:
            STEPS[entry.type](self._draft, entry)
        if timed:
            self._said, self._until = said, timed[-1][0]
            self._count, self._head = self._count + len(entries), entries[-1].hash
        return True

    def state(self) -> State:
        """The state now; what is taken in later does not change it."""
        draft = self._draft
        return State(
            entries=self._count,
            head=self._head,
            people=dict(draft.people),
            delegations=tuple(draft.delegations),
            stages=tuple(draft.stages.values()),
            gates=tuple(draft.gates.values()),
            meetings=dict(draft.meetings),
            attendance=tuple(draft.attendance.values()),
            decisions=draft.joined("decisions", draft.decisions),
            positions=tuple(draft.positions),
            sign_offs=tuple(draft.sign_offs),
            publishes=tuple(draft.publishes),
            commitments=dict(draft.commitments),
            actions=draft.joined("actions", draft.actions),
            tolerances=tuple(draft.tolerances),
            cases=draft.joined("cases", draft.cases),
            risks=draft.joined("risks", draft.risks),
            assumptions=draft.joined("assumptions", draft.assumptions),
            surveys={
                key: survey.with_responses(tuple(draft.responses.get(key, {}).values()))
                for key, survey in draft.surveys.items()
            },
            improvements=draft.joined("improvements", draft.improvements),
            requests=draft.joined("requests", draft.requests),
            impact_runs=dict(draft.impact_runs),
            comments=tuple(draft.comments),
        )
