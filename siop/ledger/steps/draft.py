"""The state while it is being folded, and the register of what each entry type does to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar, cast

from siop.ledger import state as s
from siop.ledger.entries import Payload
from siop.ledger.entry import Entry

P = TypeVar("P", bound=Payload)
V = TypeVar("V", bound=s.Item)


@dataclass
class Draft:
    """Dicts and lists that grow; `State` has their final form.

    What is said *about* an item is kept apart and joined at the end, so that the order of lines with the
    same time does not matter.
    """

    people: dict[str, s.PersonView] = field(default_factory=dict)
    delegations: list[s.DelegationView] = field(default_factory=list)
    stages: dict[tuple[str, str], s.StageView] = field(default_factory=dict)
    gates: dict[tuple[str, str], s.GateView] = field(default_factory=dict)
    meetings: dict[str, s.MeetingView] = field(default_factory=dict)
    attendance: dict[tuple[str, str], s.AttendanceView] = field(default_factory=dict)
    decisions: dict[str, s.DecisionView] = field(default_factory=dict)
    positions: list[s.PositionView] = field(default_factory=list)
    sign_offs: list[s.SignOffView] = field(default_factory=list)
    publishes: list[s.PublishView] = field(default_factory=list)
    commitments: dict[str, s.CommitmentView] = field(default_factory=dict)
    actions: dict[str, s.ActionView] = field(default_factory=dict)
    tolerances: list[s.ToleranceView] = field(default_factory=list)
    cases: dict[str, s.CaseView] = field(default_factory=dict)
    risks: dict[str, s.RiskView] = field(default_factory=dict)
    assumptions: dict[str, s.AssumptionView] = field(default_factory=dict)
    surveys: dict[str, s.SurveyView] = field(default_factory=dict)
    responses: dict[str, dict[str, s.ResponseView]] = field(default_factory=dict)
    improvements: dict[str, s.ImprovementView] = field(default_factory=dict)
    requests: dict[str, s.RequestView] = field(default_factory=dict)
    impact_runs: dict[str, s.ImpactRunView] = field(default_factory=dict)
    comments: list[s.CommentView] = field(default_factory=list)
    later: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)  # functions, whatever the case of their letters

    def spelled(self, function: str) -> str:
        """A function as it was spelled first, so that "Sales" and "sales" are one function everywhere."""
        return self.spellings.setdefault(function.casefold(), function)

    def put(self, kind: str, key: str, **fields: Any) -> None:
        """Fields that a later entry sets on the item `key` of `kind`."""
        self.later.setdefault((kind, key), {}).update(fields)

    def add(self, kind: str, key: str, name: str, item: Any) -> None:
        """One more item of the tuple `name` of the item `key` of `kind`."""
        fields = self.later.setdefault((kind, key), {})
        fields[name] = (*fields.get(name, ()), item)

    def joined(self, kind: str, items: dict[str, V]) -> dict[str, V]:
        """The items with what was said about each."""
        told = {key: fields for (about, key), fields in self.later.items() if about == kind}
        return {key: replace(item, **told[key]) if key in told else item for key, item in items.items()}


STEPS: dict[str, Callable[[Draft, Entry], None]] = {}
"""{entry type: what it does to the draft}; complete, or a test fails."""


def step(model: type[P]) -> Callable[[Callable[[Draft, P, dict[str, Any]], None]], None]:
    """Register the step of an entry type. The step gets the payload and what an item keeps of its entry."""

    def register(run: Callable[[Draft, P, dict[str, Any]], None]) -> None:
        def with_entry(draft: Draft, entry: Entry) -> None:
            kept = {
                "seq": entry.seq,
                "at": entry.at,
                "by": entry.by,
                "capacity": entry.capacity,
                "cycle": entry.cycle,
                "imported": entry.imported,
                "snapshot": entry.snapshot,
            }
            run(draft, cast(P, entry.payload), kept)

        STEPS[model.TYPE] = with_entry

    return register


def first_kept(earlier: s.Item | None, kept: dict[str, Any]) -> dict[str, Any]:
    """What the first entry kept, where a later one only corrects the words."""
    return kept if earlier is None else {name: getattr(earlier, name) for name in kept}


def maybe(value: Decimal | None) -> float | None:
    """A decimal as a float, None where absent."""
    return None if value is None else float(value)


def cycle_of(kept: dict[str, Any]) -> str:
    """The cycle of the entry, or the month it was written in."""
    return s.Item(**kept).in_cycle
