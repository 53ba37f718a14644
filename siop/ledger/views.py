"""From entries to the current state: one fold. What each entry type does is in `steps`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from siop.ledger.entry import Entry
from siop.ledger.state import State
from siop.ledger.steps import STEPS, Draft


def fold(entries: Iterable[Entry]) -> State:
    """The state after all of `entries`.

    Entries count in the order of their times, so that a history imported late takes its place before what
    was said since; entries of the same time count in the order of their numbers. What was said in the
    cockpit keeps the order of its numbers, whatever the server's clock did.
    """
    every = sorted(entries, key=lambda one: one.seq)
    draft = Draft()
    for entry in _in_time(every):
        STEPS[entry.type](draft, entry)
    last = every[-1] if every else None
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


def _in_time(every: list[Entry]) -> list[Entry]:
    times: list[datetime] = []
    latest = datetime.min.replace(tzinfo=UTC)
    for entry in every:
        if not entry.imported:
            latest = max(latest, entry.at)
        times.append(entry.at if entry.imported else latest)
    return [every[n] for n in sorted(range(len(every)), key=lambda n: (times[n], n))]
