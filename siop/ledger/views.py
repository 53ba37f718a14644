"""From entries to the current state: one fold. What each entry type does is in `steps`."""

from __future__ import annotations

from collections.abc import Iterable

from siop.ledger.entry import Entry
from siop.ledger.state import State
from siop.ledger.steps import STEPS, Draft


def fold(entries: Iterable[Entry]) -> State:
    """The state after all of `entries`.

    Entries count in the order of their times, so that a history imported late takes its place before what
    was said since; entries of the same time count in the order of their numbers.
    """
    every = list(entries)
    draft = Draft()
    for entry in sorted(every, key=lambda one: (one.at, one.seq)):
        STEPS[entry.type](draft, entry)
    last = max(every, key=lambda one: one.seq, default=None)
    return State(
        entries=len(every),
        head=last.hash if last else "",
        people=draft.people,
        delegations=tuple(draft.delegations),
        stages=tuple(draft.stages.values()),
        gates=tuple(draft.gates.values()),
        meetings=draft.meetings,
        attendance=tuple(draft.attendance.values()),
        decisions=draft.joined("decisions", draft.decisions),
        positions=tuple(draft.positions),
        sign_offs=tuple(draft.sign_offs),
        publishes=tuple(draft.publishes),
        commitments=draft.commitments,
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
        impact_runs=draft.impact_runs,
        comments=tuple(draft.comments),
    )
