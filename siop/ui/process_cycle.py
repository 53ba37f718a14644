"""The cycle on the screen: begin it, end its stages, what its gates found, its tasks, its meeting, what was learnt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from siop import health, meeting
from siop.core import words
from siop.health import cycle_told, run, template_edit
from siop.ui import html, parts, process
from siop.ui.frame import go
from siop.ui.here import Here
from siop.ui.write import write

ITEMS = {
    "participation": "Attendance", "schedule": "On time", "preread": "Pre-read", "readiness": "Gates",
    "decisions": "Decisions", "actions": "Actions", "future": "Future",
}  # fmt: skip


def draw(at: Here, today: date) -> None:
    """Where the cycle is, and what the next stage needs."""
    if not at.cycle:
        parts.empty("No cycle was begun", "The SIOP lead begins one; its stages would stand here in a line.")
        _begin(at)
        return
    steps = process.steps_of(at, today)
    rows = health.gate_rows(at.snapshot, at.state, at.cycle, steps, today)
    process.line(at, today)
    _next(at, steps)
    st.space(16)
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        process.gates(rows, at.cycle)
        st.space(24)
        _tasks(at, steps, rows, today)
    with right:
        _meeting(at)
        st.space(24)
        _critique(at)
        st.space(24)
        _stands_in(at, today)
    st.space(24)
    _over_time(at)
    _template(at)


def _next(at: Here, steps: health.Progress) -> None:
    """The one button that moves the line, for the SIOP lead; the next cycle where this one is done."""
    step = run.stage_now(steps)
    may = at.service.may(at.identity, "stage")
    begun = any(s.in_cycle == at.cycle for s in at.state.stages)
    if step is None or not begun:
        if step is None:
            parts.notes([f"The cycle {words.month(at.cycle, long=True)} is done."])
        _begin(at)
        return
    blocking = [
        g for g in health.check_gates(at.snapshot, at.state, at.cycle, health.company_templates(at.snapshot))
        if g.holds_up and g.stage == step.stage
    ]  # fmt: skip
    if blocking:
        parts.notes([f"{step.label} stays open: {' '.join(g.sentence for g in blocking)}"])
    if may and st.button(f"End {step.label[:1].lower()}{step.label[1:]}", type="primary", key="end_stage"):
        process.act(
            lambda: run.end_stage(at.service, at.identity, at.snapshot, at.cycle, step.stage),
            f"{step.label} is done",
        )
    newest = max((s.in_cycle for s in at.state.stages), default=at.cycle)
    if at.cycle == newest and (at.snapshot.as_of or "") >= at.cycle:
        _begin(at)


def _begin(at: Here) -> None:
    cycle = run.next_cycle(at.state, at.snapshot.as_of)
    if cycle is None or not at.service.may(at.identity, "stage"):
        return
    if st.button(f"Begin the cycle {words.month(cycle, long=True)}", key="begin_cycle"):
        process.act(lambda: _begun(at, cycle), "Its stages are entered")


def _begun(at: Here, cycle: str) -> None:
    """Begin it, and show it: the bar above still stands on the cycle before."""
    run.begin(at.service, at.identity, at.snapshot, cycle)
    go("process_health", cycle=words.month(cycle), part="Cycle")


def _tasks(at: Here, steps: health.Progress, gates: list[dict[str, object]], today: date) -> None:
    rows = cycle_told.task_rows(at.state, steps, gates, health.company_templates(at.snapshot), today)
    parts.panel(
        cycle_told.tasks_sentence(rows), "A gate proves its task; the others are done with their stage"
    )
    shapes = {"Done": "done", "Overdue": "object"}
    columns = [
        html.Column("Stage", lambda r: f'<span class="strong">{html.e(r["stage"]) if r["stage"] else ""}</span>'),
        html.text("Task", "task"),
        html.Column("Owner", lambda r: html.e(r["owner"]) if r["owner"] else "", wide=True),
        html.Column("With", lambda r: html.e(r["people"]) if r["people"] else "", wide=True),
        html.Column("Due", lambda r: f'<span class="nowrap">{html.e(r["due"])}</span>', wide=True),
        html.Column("State", lambda r: f'<span class="nowrap">{html.mark(shapes.get(r["state"], "wait"))} <span class="{"bad" if r["late"] else ""}">{r["state"]}</span></span>'),
    ]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Tasks of the cycle", dense=True))


def _meeting(at: Here) -> None:
    """The executive meeting: its time and its buttons; who is there is recorded on the agenda."""
    found = meeting.meeting_of(at.state, at.cycle)
    said, rows = health.meeting_rows(at.state, at.cycle)
    parts.panel("Was the meeting worth it?", said)
    if rows:
        columns = [
            html.text("", "item"),
            html.Column("Last", lambda r: f'<span class="strong">{words.percent(r["last"], 0)}</span><span class="small">{r["last_said"]}</span>', numeric=True),
            html.Column("Lately", lambda r: f'{words.percent(r["lately"], 0)}<span class="small">{r["lately_said"]}</span>', numeric=True),
        ]  # fmt: skip
        parts.still(html.table(columns, rows, caption="Meeting scorecard", dense=True))
    else:
        parts.empty(
            "No meeting yet", "Attendance, pre-read, decisions and actions would stand here, each as a share."
        )
    if found is None or not at.service.may(at.identity, "meeting"):
        return
    how = meeting.run.state_of(found)
    if how in ("planned", "sent"):
        when = found.planned
        with st.popover(f"Meeting on {when:%-d %b, %H:%M} UTC", key="meeting_when"):
            day = st.date_input("Day", when.date(), key="meeting_day")
            clock = st.time_input("Time, UTC", when.time(), step=timedelta(minutes=15), key="meeting_time")
            if st.button("Plan it for then", key="meeting_move") and isinstance(day, date):
                at_time = datetime.combine(day, clock, tzinfo=UTC)
                process.act(lambda: meeting.run.move(at.service, at.identity, found, at_time), "Planned")
    if how == "planned" and st.button("The pre-read is out", key="preread_out"):
        process.act(lambda: meeting.run.send_preread(at.service, at.identity, found), "The pre-read is out")


def _over_time(at: Here) -> None:
    rows = cycle_told.meetings_over_time(at.state, at.cycle)
    if not rows:
        return
    parts.panel("Meetings over time", "Share of each item, newest first; a dash was not recorded")

    def cell(name: str) -> html.Column:
        return html.Column(ITEMS[name], lambda r: words.percent(r[name], 0), numeric=True)

    columns = [
        html.Column("Cycle", lambda r: html.e(r["said"]) + ("" if r["held"] else '<span class="small">not held</span>')),
        *(cell(name) for name in ITEMS),
    ]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Meetings over time", dense=True))


def _critique(at: Here) -> None:
    """Fifteen minutes after the meeting: what to keep, what to change. A remark can become an improvement."""
    said = cycle_told.remarks(at.state, at.cycle)
    parts.panel(
        "What did we learn from this cycle?", f"{words.count(len(said), 'remark').capitalize()} so far" if said else "No remark so far",
    )  # fmt: skip
    for one in said:
        parts.still(f'<p class="siop-note">{html.e(one.text)} <span class="muted">{html.e(at.state.name(one.by))}</span></p>')  # fmt: skip
    if not at.service.may(at.identity, "comment"):
        return
    with st.form("critique", border=False, clear_on_submit=True):
        text = st.text_area(
            "Keep or change, one thing a remark", key="critique_text", max_chars=500, height=80
        )
        if st.form_submit_button("Say it"):
            if not (text or "").strip():
                parts.banner("The remark is empty: write one thing to keep or to change.")
                return
            place = {"metric": cycle_told.CRITIQUE, "scope": {}, "cycle": at.cycle}
            write(at, "comment", {"coordinates": place, "text": text})


def _stands_in(at: Here, today: date) -> None:
    """Who stands in for whom, and for oneself."""
    away = [d for d in at.state.delegations if d.valid_to >= today]
    parts.panel("Who stands in for whom?", "" if away else "Nobody stands in for anybody today or later")
    rows = [
        {"from": at.state.name(d.from_person), "to": at.state.name(d.to), "when": f"{d.valid_from:%-d %b} to {d.valid_to:%-d %b}"}
        for d in away
    ]  # fmt: skip
    if rows:
        columns = [html.text("Away", "from"), html.text("Stands in", "to"), html.text("When", "when")]
        parts.still(html.table(columns, rows, caption="Delegates", dense=True))
    if not at.service.may(at.identity, "delegation") or at.identity.person not in at.state.people:
        return
    others = {
        p.id: f"{p.name}, {p.function}"
        for p in at.state.people.values()
        if p.active and p.id != at.identity.person and p.permission != "viewer"
    }
    with st.popover("I cannot come", key="delegate"):
        to = st.selectbox(
            "Who stands in", list(others), index=None, format_func=others.__getitem__, key="delegate_to"
        )
        first = st.date_input("From", today, key="delegate_from")
        last = st.date_input("To", today, key="delegate_until")
        ready = to is not None and isinstance(first, date) and isinstance(last, date)
        if st.button("Let them stand in", key="delegate_save", disabled=not ready) and to:
            process.act(lambda: run.delegate(at.service, at.identity, to, first, last), "Entered")


def _template(at: Here) -> None:
    """The company's own stages and gates, from a cycle on; past cycles keep theirs."""
    if not at.service.may(at.identity, "stage"):
        return
    known = health.company_templates(at.snapshot)
    with st.expander("Stages and gates of the cycles to come", key="template"):
        start = run.next_cycle(at.state, at.snapshot.as_of) or at.cycle
        now = health.template_for(start, known)
        parts.notes(
            [
                f"Saved for the cycles from {words.month(start, long=True)} on; cycles before keep the stages they were run by."
            ]
        )
        stages = st.data_editor(template_edit.stage_rows(now), num_rows="dynamic", key="template_stages")
        gates = st.data_editor(template_edit.gate_rows_of(now), num_rows="dynamic", key="template_gates")
        if st.button("Save for the cycles to come", key="template_save"):
            process.act(
                lambda: template_edit.save_template(at.service, at.identity, at.snapshot, start, list(stages), list(gates)),
                "Saved",
            )  # fmt: skip
