"""The pre-read: what an executive reads the day before, three pages, from the snapshot the meeting is pinned to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from siop import meeting
from siop.core import Scope, words
from siop.exports.document import Block, Document, Facts, Heading, Table, Text
from siop.ledger import State
from siop.warehouse import Snapshot

EXCEPTIONS = 6


def preread(
    snapshot: Snapshot,
    state: State,
    scope: Scope,
    *,
    cycle: str,
    company: str = "",
    today: date | None = None,
) -> Document:
    """The six questions, the key figures, what needs a decision today, the options expected, and what is late.

    Args: scope: as on the screen, the reader's limits in it; today: for what is late, default the day the snapshot
        was built, so that the same snapshot and ledger give the same bytes.
    """
    built = datetime.fromisoformat(snapshot.meta["built_at"].replace("Z", "+00:00")).astimezone(UTC)
    card = meeting.scorecard(snapshot, state, scope)
    asked = meeting.year_to_date(snapshot, scope)
    streams = meeting.streams(snapshot, state, scope)
    found = meeting.agenda(state, cycle, today=today or built.date())
    money = snapshot.currency
    company = company or snapshot.meta.get("company") or "The company"
    where = ", ".join(v if isinstance(v, str) else words.listed(list(v)) for v in scope.as_dict().values()) or "whole company"  # fmt: skip
    blocks: list[Block] = [
        Facts((("Cycle", words.month(cycle, long=True)), ("Where", where), ("Months", _months(asked)), ("Snapshot", snapshot.id))),
        Heading("Where do we stand?"),
        *(block for q in card.totals["questions"] for block in (Text(q["question"], strong=True), Text(q["answer"]))),
        Table("Key figures", ("Figure", "Value", "Against", "Plan", "Deviation", "State"), tuple(_figure(r, money) for r in card.rows), (1.4, 1.2, 1, 1.2, 1.2, 1.4)),
        Heading("What needs a decision"),
        *_decisions(state, found, money),
        *_exceptions(snapshot, state, scope, streams, money),
        *_late(found),
    ]  # fmt: skip
    blocks += [Text(note) for note in card.notes]
    footer = f"{company} · pre-read of the cycle {words.month(cycle)} · snapshot {snapshot.id}"
    return Document(f"Pre-read: executive SIOP meeting, {words.month(cycle, long=True)}", f"{company}, {where}", tuple(blocks), footer, built, company)  # fmt: skip


def _months(scope: Scope) -> str:
    if not scope.first or not scope.last:
        return "closed months"
    return f"{words.month(scope.first)} to {words.month(scope.last)}"


def _figure(row: dict[str, Any], money: str) -> tuple[str | None, ...]:
    """A key figure as the scorecard says it; a figure without a plan says so."""
    return (row["label"], _said(row, "value", money), row["against"], _said(row, "plan", money), _said(row, "deviation", money, signed=True), row["status"])  # fmt: skip


def _said(row: dict[str, Any], field: str, money: str, *, signed: bool = False) -> str | None:
    value = row[field]
    if value is None:
        return None
    if row["unit"] == "ratio":
        if signed:
            return f"{words.number(value * 100, 1, signed=True)} points"
        return words.percent(value, 1)
    return words.amount(value, row["unit"], money, signed=signed)


def _decisions(state: State, found: meeting.Agenda, money: str) -> list[Block]:
    if not found.expected:
        return [Text("No decision is waiting.")]
    blocks: list[Block] = []
    for one in found.expected:
        d = one.decision
        stake = f", {words.amount(d.value_at_stake_month, 'money', money)} a month at stake" if d.value_at_stake_month else ""  # fmt: skip
        needed = f", needed by {d.needed_by:%d %b %Y}" if d.needed_by else ""
        blocks.append(Text(f"{d.id}: {d.question}", strong=True))
        blocks.append(Text(f"Raised by {state.name(d.raised_by)}{needed}{stake}; {one.ready}."))
        rows = tuple((o.label + (" (recommended)" if o.recommended else ""), o.description, o.cost) for o in d.options)  # fmt: skip
        if rows:
            blocks.append(Table(f"Options of {d.id}", ("Option", "What it means", f"Cost, {money}"), rows, (1.6, 4, 1)))  # fmt: skip
    return blocks


def _exceptions(snapshot: Snapshot, state: State, scope: Scope, streams: Any, money: str) -> list[Block]:
    """The deviations out of tolerance, the largest first, each with who owns it."""
    rows = [r for r in meeting.needs_decision(snapshot, state, scope, streams, top=40) if r["family"]]
    if not rows:
        return [Heading("Deviations out of tolerance"), Text("None.")]
    body = tuple((r["title"], words.amount(r["money"], "money", money, signed=True), r["detail"], r["owner"]) for r in rows[:EXCEPTIONS])  # fmt: skip
    return [Heading("Deviations out of tolerance"), Table("Deviations", ("Family", "Impact", "What happened", "Owner"), body, (1.3, 1, 4, 1.3))]  # fmt: skip


def _late(found: meeting.Agenda) -> list[Block]:
    late = [due for due in found.actions if due.days < 0]
    if not late:
        return [Heading("Actions"), Text(f"{words.count(len(found.actions), 'action').capitalize()} open, none late.")]  # fmt: skip
    body = tuple((due.action.id, due.action.text, due.owner, due.action.due, meeting.days_said(due.days)) for due in late)  # fmt: skip
    return [Heading("Actions that are late"), Table("Late actions", ("Action", "What", "Owner", "Due", "Late"), body, (0.8, 4, 1.4, 1.1, 1))]  # fmt: skip
