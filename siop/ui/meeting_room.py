"""The meeting on the agenda: start it, record who is there, end it with the minutes spent on past and future."""

from __future__ import annotations

import streamlit as st

from siop import meeting
from siop.core import words
from siop.meeting import run
from siop.ui import html, parts, process
from siop.ui.here import Here

_SAID = {"principal": "In person", "delegate": "Delegate", "absent": "Absent"}


def controls(at: Here, found: meeting.Agenda) -> None:
    """What moves the meeting on, for the SIOP lead and the chair; nothing for anybody else."""
    one = found.meeting
    if one is None or not at.service.may(at.identity, "meeting"):
        return
    how = run.state_of(one)
    with st.container(horizontal=True, key="meeting_room", gap="small"):
        if how in ("planned", "sent") and st.button("Start the meeting", type="primary", key="meeting_start"):
            process.act(lambda: run.start(at.service, at.identity, one), "The meeting has started")
        _attendance(at, found)
        if how == "running":
            _end(at, found)
    told = run.without_delegation(at.state, one)
    if told:
        is_ = "is" if len(told) == 1 else "are"
        parts.notes(
            [
                f"{words.listed(told)} {is_} counted by a delegate, but no delegation covers the day: it does not count for the quorum."
            ]
        )


def _attendance(at: Here, found: meeting.Agenda) -> None:
    one = found.meeting
    if one is None or not at.service.may(at.identity, "attendance"):
        return
    known = {a.person: a.status for a in at.state.attendance if a.meeting == one.id}
    with st.popover("Record attendance", key="attendance_open"), st.form("attendance", border=False):
        told: dict[str, str | None] = {}
        for person in run.leaders(at.state, one):
            who = at.state.people[person]
            picked = st.segmented_control(
                html.md(f"{who.name}, {who.function}"), list(run.STATUS), default=_SAID.get(known.get(person, "")),
                key=f"seat_{one.id}_{person}",
            )  # fmt: skip
            told[person] = run.STATUS.get(picked or "")
        if st.form_submit_button("Record", type="primary"):
            process.act(lambda: run.record(at.service, at.identity, at.state, one, told), "Recorded")


def _end(at: Here, found: meeting.Agenda) -> None:
    one = found.meeting
    if one is None:
        return
    past, future = run.planned_minutes(found)
    with st.popover("End the meeting", key="meeting_end_open"), st.form("meeting_end", border=False):
        back = st.number_input(f"Minutes on the past (planned {past})", 0, 600, None, 5, key="minutes_past")
        ahead = st.number_input(
            f"Minutes on the future (planned {future})", 0, 600, None, 5, key="minutes_future"
        )
        if st.form_submit_button("End it", type="primary"):
            process.act(
                lambda: run.end(at.service, at.identity, one, past=back, future=ahead), "The meeting is over"
            )
