"""What do we decide today?"""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from siop import meeting, metrics, risks, ui
from siop.core import words
from siop.ui import meeting_room

ACTS = ("cycle",)
PAGE_OF = {"actions": "decisions", "scorecard": "scorecard", "deviations": "deviations", "risk": "risk_reward",
           "decisions": "decisions", "sign": "decisions"}  # fmt: skip


def page() -> None:
    """The meeting as a strip, its items, the decisions expected, open actions and who is in the room."""
    at = ui.here()
    scope = meeting.year_to_date(at.snapshot, at.scope)
    revenue = at.ask(metrics.plan_vs_actual, scope)
    stands = meeting.stands_sentence(revenue, at.currency)
    streams = at.ask(meeting.streams, at.state, at.scope)
    found = meeting.agenda(
        at.state, at.cycle, stands=stands, deviations=meeting.owner_sentence(streams),
        risk=at.ask(risks.headline, at.state, scope),
    )  # fmt: skip
    when = found.meeting.planned if found.meeting else None
    ui.headline(
        meeting.agenda_sentence(found, stands[:1].lower() + stands[1:] if stands else ""),
        f"Executive SIOP meeting, cycle {words.month(at.cycle, long=True)}" if at.cycle else "No cycle yet",
        f"· {when:%A %d %B, %H:%M} UTC" if when else "· no meeting is planned in the ledger",
    )
    ui.still(ui.html.strip(meeting.strip(found, datetime.now(UTC))))
    st.space(8)
    left, right = st.columns([1.17, 1], gap="large")
    with left:
        _items(at, found)
    with right:
        _expected(at, found)
        _actions(found)
        _presence(at, found)


def _items(at: ui.Here, found: meeting.Agenda) -> None:
    ui.panel("Agenda", right=f"{sum(item.minutes for item in found.items)} minutes")
    rows = [
        {"title": i.title, "detail": i.detail, "owner": i.owner, "minutes": i.minutes,
         "go": f"{PAGE_OF[i.kind]}|{i.decision or ''}"}
        for i in found.items
    ]  # fmt: skip
    columns = [
        ui.html.opener("Item", "title", "go", second="detail"),
        ui.html.text("Owner", "owner"),
        ui.html.amount("Minutes", "minutes", 1, 0),
    ]
    clicked = ui.clickable(ui.html.table(columns, rows, caption="Agenda", dense=True), "agenda_items")
    if clicked:
        page_name, _, decision = clicked.partition("|")
        ui.go(page_name, **({"decision": decision} if decision else {}))


def _expected(at: ui.Here, found: meeting.Agenda) -> None:
    ready = sum(one.ready == meeting.READY for one in found.expected)
    ui.panel("Decisions expected", right=f"{ready} of {len(found.expected)} ready")
    if not found.expected:
        ui.empty("No decision is waiting", "Raise one from any page with the key D.")
        return
    divisor, unit = words.scale_of([one.cost for one in found.expected], "money", at.currency)
    rows = [
        {"id": one.decision.id, "question": one.decision.question, "options": one.options, "cost": one.cost,
         "ready": ("✓ " if one.ready == meeting.READY else "") + one.ready, "open": one.decision.id}
        for one in found.expected
    ]  # fmt: skip
    columns = [
        ui.html.Column("", lambda r: f'<span class="nowrap muted">{ui.html.e(r["id"])}</span>', wide=True),
        ui.html.opener("Decision", "question", "open"),
        ui.html.amount("Options", "options", 1, 0, wide=True),
        ui.html.amount(f"Cost, {unit}", "cost", divisor, 1, wide=True),
        ui.html.text("Ready", "ready"),
    ]
    clicked = ui.clickable(
        ui.html.table(columns, rows, caption="Decisions expected", dense=True), "agenda_expected"
    )
    if clicked:
        ui.go("decisions", decision=clicked)


def _actions(found: meeting.Agenda) -> None:
    st.space(8)
    done, due = found.closed_since_last
    ui.panel("Open actions", right=f"{done} of {due} closed since the meeting before")
    if not found.actions:
        ui.empty("Every action is closed", "New ones come from decisions.")
        return
    rows = [
        {"text": one.action.text, "owner": one.owner, "due": f"{one.action.due:%d %b}", "days": one.days}
        for one in found.actions[:5]
    ]
    late = ui.html.Column(
        "", lambda r: f'<span class="{"bad strong" if r["days"] < 0 else "muted"}">{meeting.days_said(r["days"])}</span>',
        numeric=True,
    )  # fmt: skip
    columns = [ui.html.text("Action", "text"), ui.html.text("Owner", "owner", wide=True),
               ui.html.Column("Due", lambda r: ui.html.e(r["due"]), numeric=True), late]  # fmt: skip
    ui.still(ui.html.table(columns, rows, caption="Open actions", dense=True))


def _presence(at: ui.Here, found: meeting.Agenda) -> None:
    st.space(8)
    room = meeting.presence(at.state, found.meeting)
    ui.panel(room.sentence(), right="in person, or by a delegate")
    said = {"principal": "present", "delegate": "delegate", "absent": "absent", "unknown": "not recorded"}
    ui.still(ui.html.marks([(s.status, s.function, said[s.status], None) for s in room.seats]))
    meeting_room.controls(at, found)
