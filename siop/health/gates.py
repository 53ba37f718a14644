"""Can the next step begin? Each gate is a check of content, computed from the data and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from siop.core import add_months, words
from siop.health import one_plan
from siop.health.coherence import Coherence
from siop.health.cycle import Template, is_executive, stands_for, template_for, working_days_between
from siop.health.inputs import functions_of
from siop.health.support.buy_in import required, signings
from siop.health.window import Window, said_of
from siop.ledger.state import MeetingView, State
from siop.warehouse import Snapshot

RECORDED = ("quorum", "positions_recorded", "hash_verified")
"""Gates whose content is what people record: nothing recorded is not passed."""
NAMED_WITHIN = 3  # cycles in which a decision may have named a capacity gap


@dataclass(frozen=True, slots=True)
class GateCheck:
    """What a gate's check found. passed: None where the data or the record it needs is not there."""

    gate: str
    stage: str
    asks: str
    passed: bool | None
    sentence: str
    value: float | None = None
    blocks: bool = False

    @property
    def holds_up(self) -> bool:
        """Whether the stage has to stay open: it blocks, and did not pass. What a company's data cannot tell does not
        block; what nobody recorded yet does."""
        return self.blocks and (self.passed is False or (self.passed is None and self.gate in RECORDED))


@dataclass(frozen=True)
class _Given:
    snapshot: Snapshot
    state: State
    cycle: str
    plan: str | None
    coherence: Coherence

    @property
    def meeting(self) -> MeetingView | None:
        """The executive meeting of the cycle, the last one where there are several."""
        found = [m for m in self.state.meetings.values() if m.in_cycle == self.cycle and is_executive(m.kind)]
        return max(found, key=lambda m: m.planned) if found else None


Found = tuple[bool | None, str, float | None]


def check_gates(
    snapshot: Snapshot, state: State, cycle: str, templates: tuple[Template, ...] | None = None
) -> list[GateCheck]:
    """Every gate of the cycle's template, in its order. A gate the cockpit has no check for is not computed."""
    given = _Given(snapshot, state, cycle, one_plan.plan_of(snapshot, cycle), one_plan.check(snapshot, cycle))
    found = []
    for gate in template_for(cycle, templates).gates:
        check = CHECKS.get(gate.gate)
        passed, sentence, value = (
            check(given) if check else (None, "The cockpit has no check of its own.", None)
        )
        found.append(GateCheck(gate.gate, gate.stage, gate.asks, passed, sentence, value, gate.blocks))
    return found


def _data_closed(g: _Given) -> Found:
    month = add_months(g.cycle, -1)
    if month in g.snapshot.closed_months:
        return True, f"{words.month(month)} is closed.", None
    last = g.snapshot.as_of
    return (
        False,
        f"{words.month(month)} is not closed; the last closed month is {words.month(last) if last else 'none'}.",
        None,
    )


def _launches_dated(g: _Given) -> Found:
    if g.plan is None:
        return None, "There is no plan of this cycle.", None
    if "launch_month" not in g.snapshot.table(one_plan.statement("products")):
        return None, "The products have no launch months.", None
    rows = g.snapshot.rows(
        one_plan.statement("launches"),
        {"version": g.plan, "month": date(int(g.cycle[:4]), int(g.cycle[5:7]), 1)},
    )
    if not rows:
        return None, "No product has a launch month ahead.", None
    missing = [str(sku) for sku, planned in rows if not planned]
    told = (
        f"{words.listed(missing[:3])} launch without a plan."
        if missing
        else f"All {len(rows)} launches have a plan."
    )
    return not missing, told, (len(rows) - len(missing)) / len(rows)


def _inputs_stored(g: _Given) -> Found:
    versions = g.snapshot.versions
    told = versions[versions["kind"].isin(["input", "statistical"])]
    everybody = functions_of(g.snapshot)
    if not everybody:
        return None, "No function's number was ever stored.", None
    here = set(told.loc[told["cycle"] == g.cycle, "function"].dropna().astype(str))
    missing = [f for f in everybody if f not in here]
    sentence = (
        f"{words.listed(missing)} stored no number."
        if missing
        else f"All {len(everybody)} functions stored their number."
    )
    return not missing, sentence, (len(everybody) - len(missing)) / len(everybody)


def _plan_balances(g: _Given) -> Found:
    if "balance" not in g.coherence.checked:
        return None, "The plan has no supply and closing stock.", None
    broken = [b for b in g.coherence.breaks if b.identity in ("balance", "supply")]
    if not broken:
        return True, f"{g.coherence.checked['balance']:,} cells balance.", 0.0
    return False, f"{broken[0].sentence}; {len(broken)} cells in all.", float(len(broken))


def _load_within_capacity(g: _Given) -> Found:
    if "load" not in g.coherence.checked:
        return None, "There are no hours to compare the plan with.", None
    over = {b.item: b for b in reversed([b for b in g.coherence.breaks if b.identity == "load"])}
    since = add_months(g.cycle, 1 - NAMED_WITHIN)
    texts = [
        f"{d.question} {d.context or ''}".casefold()
        for d in g.state.decisions.values()
        if since <= d.in_cycle <= g.cycle
    ]
    open_gaps = [b for b in over.values() if not any(b.item.casefold() in text for text in texts)]
    if not over:
        return True, "Load is within the hours of every resource.", 0.0
    if not open_gaps:
        return True, f"{words.listed(sorted(over))}: the gap is named in a decision.", float(len(over))
    first = open_gaps[0]
    return False, f"{first.item} needs {words.number(first.residual, 0)} hours more than it has in {words.month(first.month)}, and no decision names it.", float(len(open_gaps))  # fmt: skip


def _coherence(g: _Given) -> Found:
    score = g.coherence.score
    if score is None:
        return None, "No identity of the plan can be checked.", None
    if score < one_plan.GATE and (accepted := _accepted(g)):
        return True, f"Coherence {words.number(score)} of 100; {accepted} accepts the break.", score
    return score >= one_plan.GATE, f"Coherence {words.number(score)} of 100.", score


def _accepted(g: _Given) -> str | None:
    """The approved decision of this cycle that speaks of coherence."""
    for d in g.state.decisions.values():
        agreed = d.decided is not None and d.decided.agreed and d.decided.in_cycle == g.cycle
        if agreed and "coherence" in f"{d.question} {d.context or ''}".casefold():
            return d.id
    return None


def _decisions_ready(g: _Given) -> Found:
    table = [
        d
        for d in g.state.decisions.values()
        if d.in_cycle <= g.cycle and (d.decided is None or d.decided.in_cycle == g.cycle)
    ]
    if not table:
        return True, "No decision is on the table.", None
    poor = [d for d in table if len(d.options) < 2 or all(o.cost is None for o in d.options)]
    told = f"{poor[0].question}: {len(poor[0].options)} options, {'a' if any(o.cost is not None for o in poor[0].options) else 'no'} cost." if poor else f"{words.count(len(table), 'decision')}, each with two options and a cost."  # fmt: skip
    return not poor, told[:1].upper() + told[1:], (len(table) - len(poor)) / len(table)


def _preread_frozen(g: _Given) -> Found:
    meeting = g.meeting
    if meeting is None:
        return None, "No executive meeting of this cycle is planned.", None
    if meeting.preread_at is None:
        return False, "The pre-read is not out.", None
    ahead = working_days_between(meeting.preread_at.date(), (meeting.started or meeting.planned).date())
    return (
        ahead >= 1,
        f"The pre-read was out {words.count(ahead, 'working day')} before the meeting.",
        float(ahead),
    )


def _quorum(g: _Given) -> Found:
    meeting = g.meeting
    entries = [a for a in g.state.attendance if meeting is not None and a.meeting == meeting.id]
    if meeting is None or not entries:
        return None, "Nobody's attendance is recorded.", None
    day = (meeting.started or meeting.planned).date()
    there: set[str] = set()
    without: list[str] = []
    for entry in entries:
        person = g.state.people.get(entry.person)
        if person is None or entry.status == "absent":
            continue
        sent = any(d.covers(day) and entry.person in (d.from_person, d.to) for d in g.state.delegations)
        if entry.status == "principal" or sent:
            there |= stands_for(g.state, entry, meeting)
        else:
            without.append(person.function)
    needed = required(g.state, g.cycle)
    missing = [f for f in needed if f not in there]
    if not missing:
        return True, f"All {len(needed)} required functions are there.", 1.0
    told = f"{words.listed(missing)} missing"
    told += f"; {words.listed(sorted(set(without)))} by a delegate without a delegation" if without else ""
    return False, f"{told[:1].upper()}{told[1:]}.", (len(needed) - len(missing)) / len(needed)


def _positions_recorded(g: _Given) -> Found:
    needed = required(g.state, g.cycle)
    if not needed:
        return None, "No function is required to sign.", None
    signing = signings(g.state, one_plan.cycles_of(g.snapshot), Window((g.cycle,), (g.cycle,)))[0]
    signed = signing.functions | signing.late
    missing = [f for f in needed if f not in signed]
    told = (
        f"{words.listed(missing)} did not sign."
        if missing
        else f"All {len(needed)} required functions signed."
    )
    return not missing, told[:1].upper() + told[1:], (len(needed) - len(missing)) / len(needed)


def _hash_verified(g: _Given) -> Found:
    said = said_of(g.state.publishes, one_plan.cycles_of(g.snapshot), g.cycle)
    if not said:
        return None, "The plan of this cycle is not published.", None
    versions = g.snapshot.versions.set_index("version")
    if said[-1].version not in versions.index or said[-1].plan_hash is None:
        return None, "The published version is not in this snapshot.", None
    same = versions.at[said[-1].version, "plan_hash"] == said[-1].plan_hash
    told = (
        "The published plan is the signed plan."
        if same
        else "The published plan is no longer the signed plan."
    )
    return bool(same), told, None


CHECKS: dict[str, Callable[[_Given], Found]] = {
    "data_closed": _data_closed,
    "launches_dated": _launches_dated,
    "inputs_stored": _inputs_stored,
    "plan_balances": _plan_balances,
    "load_within_capacity": _load_within_capacity,
    "coherence": _coherence,
    "decisions_ready": _decisions_ready,
    "preread_frozen": _preread_frozen,
    "quorum": _quorum,
    "positions_recorded": _positions_recorded,
    "hash_verified": _hash_verified,
}
"""{gate: its check}. A template may use any of them, in any stage."""
