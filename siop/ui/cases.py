"""Cases on the screen: counters that filter, the list, what the rules propose, and the drawer of one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from siop import deviations
from siop.core import Report, words
from siop.ui import frame, html, lines, parts
from siop.ui.here import Here
from siop.ui.say import form_key, saved, say

MOST = 8  # rows of the list before "show all"
PICKED, COUNTER, EVERY = "case_picked", "case_counter", "case_all"
VIEW = "deviations_view"


def today() -> date:
    """The day on which clocks are read on the screen."""
    return datetime.now(UTC).date()


def counters(found: Sequence[deviations.Standing], key: str) -> str | None:
    """A row of counters; a click filters by one, a second click takes the filter away. Returns the one that is on.

    Without a case there is nothing to count: "no owner 0" would say that somebody owns what nobody does.
    """
    if not deviations.counted(found, None):
        return None
    on = st.session_state.get(COUNTER)
    clicked = parts.clickable(lines.pills(deviations.counters(found), on), key)
    if clicked is not None:
        st.session_state[COUNTER] = None if clicked == on else clicked
        st.rerun()
    return on


def open_in_list(case: str | None, family: str) -> None:
    """Go to the list of cases with a case, or a family without one, in the drawer."""
    frame.go("deviations", **{PICKED: case or f"new:{family}", COUNTER: None, VIEW: "Cases"})


def work(at: Here, streams: deviations.Streams, report: Report) -> None:
    """The view of cases: list and proposals at the left, the drawer of one at the right."""
    found = deviations.seen_cases(at.state, at.scope, streams, today())
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        shown = _list(at, found)
        proposals(at, streams)
        _causes(at, found)
        _digest(at, report)
    with right:
        picked = st.session_state.get(PICKED) or (shown[0].case.id if shown else None)
        if picked is None:
            parts.empty("No case is open", "A family that is out of tolerance, or that signals, gets one.")
        else:
            drawer(at, streams, report, picked)


def _list(at: Here, found: Sequence[deviations.Standing]) -> list[deviations.Standing]:
    live = deviations.counted(found, None)
    parts.panel(deviations.cases_sentence(found), "Ten working days to an answer; after twenty it goes to the function's principal")  # fmt: skip
    on = counters(found, "case_counters")
    closed = [s for s in found if s.state == "closed"] if st.session_state.get(EVERY) and on is None else []
    shown = [*deviations.counted(found, on), *closed]
    rows = deviations.case_rows(at.state, shown)
    picked = st.session_state.get(PICKED) or (rows[0]["id"] if rows else None)
    columns = [
        html.Column("", lambda r: f'<span class="muted nowrap">{html.e(r["id"])}</span>', wide=True),
        html.opener("Case", "title", "id", second="clock"),
        html.text("Cause", "cause", second="done", wide=True),
        html.Column("Owner", lambda r: f'<span class="nowrap">{html.e(r["owner"])}</span>'),
    ]
    most = len(rows) if st.session_state.get(EVERY) else MOST
    body = html.table(columns, rows[:most], caption="Cases", dense=True, picked=lambda r: r["id"] == picked)
    if not rows:
        body = '<p class="siop-note">No case here.</p>'
    if len(found) > len(live) or len(rows) > MOST:
        hidden = (
            "Show open cases only"
            if st.session_state.get(EVERY)
            else f"Show all {len(found)} cases, closed too"
        )
        body += lines.more("all", hidden)
    clicked = parts.clickable(body, "cases")
    if clicked == "all":
        st.session_state[EVERY] = not st.session_state.get(EVERY)
        st.rerun()
    if clicked:
        st.session_state[PICKED] = clicked
        st.rerun()
    return shown


def proposals(at: Here, streams: deviations.Streams) -> None:
    """What the rules would open and close, each with its evidence; somebody with the right does it with one click."""
    opening, closing = deviations.to_open(streams, at.state), deviations.to_close(streams, at.state)
    st.space(16)
    rows: list[dict[str, Any]] = [
        {"id": o.entry.family, "title": o.entry.family, "why": o.why, "what": "Open", "money": o.money}
        for o in opening
    ]
    rows += [
        {"id": c.case.id, "title": f"{c.case.family}, case {c.case.id}", "why": c.entry.reason, "what": "Close", "money": None}
        for c in closing
    ]  # fmt: skip
    parts.panel(deviations.proposals_sentence(opening, closing))
    if not rows:
        return
    rights = {"Open": at.service.may(at.identity, "case_opened"), "Close": at.service.may(at.identity, "case_closed")}  # fmt: skip
    columns = [
        html.text("What", "title", second="why", strong=True),
        html.Column("", lambda r: lines.button(f"{r['what']}:{r['id']}", f"{r['what']} it", r["title"]) if rights[r["what"]] else "", numeric=True),
    ]  # fmt: skip
    clicked = parts.clickable(html.table(columns, rows, caption="What the rules propose", dense=True), "proposals")  # fmt: skip
    saved("proposal")
    if clicked is None:
        return
    what, _, ident = clicked.partition(":")
    if what == "Open":
        entry = next(o.entry for o in opening if o.entry.family == ident)
        st.session_state[PICKED] = entry.id
        say(lambda: at.service.write(at.identity, entry, cycle=at.cycle, snapshot=at.snapshot.id), "proposal")
    else:
        close = next(c.entry for c in closing if c.case.id == ident)
        say(lambda: at.service.write(at.identity, close, cycle=at.cycle, snapshot=at.snapshot.id), "proposal")


def _causes(at: Here, found: Sequence[deviations.Standing]) -> None:
    seen = {s.case.id for s in found}
    causes = {k: [c for c in v if c in seen] for k, v in deviations.repeated_causes(at.state).items()}
    rows = deviations.cause_rows(at.state, {k: v for k, v in causes.items() if len(v) > 1})
    if not rows:
        return
    st.space(16)
    parts.panel(f"{words.count(len(rows), 'root cause').capitalize()} came again", "The newest of its cases opens in the drawer")  # fmt: skip
    columns = [
        html.opener("Root cause", "cause", "last", second="family"),
        html.text("Came", "times"),
        html.text("Cases of", "months", wide=True),
    ]
    clicked = parts.clickable(
        html.table(columns, rows[:5], caption="Root causes that came again", dense=True), "causes"
    )
    if clicked:
        st.session_state[PICKED] = clicked
        st.rerun()


def _digest(at: Here, report: Report) -> None:
    """The week's digest as a file, the same words as page and command."""
    told = deviations.digest(report, at.state, today(), at.currency)
    name = f"deviations-{today().isoformat()}"
    st.space(16)
    with st.container(horizontal=True, gap="small"):
        st.download_button("Weekly digest, HTML", told.html, f"{name}.html", "text/html", key="digest_html", on_click="ignore")  # fmt: skip
        st.download_button("Weekly digest, Markdown", told.markdown, f"{name}.md", "text/markdown", key="digest_md", on_click="ignore")  # fmt: skip


def drawer(at: Here, streams: deviations.Streams, report: Report, picked: str) -> None:
    """One case, or a family that has none yet."""
    with st.container(key="drawer", gap=None):
        if picked.startswith("new:"):
            _open_by_hand(at, report, picked[4:])
            return
        traced = deviations.trace(at.snapshot, at.state, at.scope, streams)
        found = deviations.case_file(at.state, picked, today(), traced, at.currency)
        if found is None:
            parts.empty(f"There is no case {picked}", "It may be outside of what you may see.")
            return
        parts.panel(found.title, right=f"case {found.case.id}")
        parts.still(
            f'<p class="siop-panelsub" data-value="case_state"><b>{html.e(_capital(found.clock))}</b></p>'
        )
        row = next((r for r in report.rows if r["family"] == found.case.family), None)
        if row is not None:
            parts.still(
                f'<p class="siop-panelsub">{html.e(words.month(row["month"]))}: {html.e(row["sentence"])}</p>'
            )
        _links(at, found)
        for kind in ("case_answered", "case_closed"):
            saved(f"case_{picked}_{kind}")
        if found.standing.state != "closed":
            _forms(at, found)
        _history(found)


def _links(at: Here, found: deviations.CaseFile) -> None:
    """What the case hangs together with: assumption, decision, earlier cases of the same cause."""
    told = []
    if found.assumption:
        told.append(f"<li>{html.e(found.assumption)}</li>")
    if found.decision:
        ident, question = found.decision
        told.append(f"<li>Decision {lines.link(f'decision:{ident}', ident)}: {html.e(question)}</li>")
    for ident, month, done in found.repeated:
        told.append(
            f"<li>The same cause as in {lines.link(f'case:{ident}', ident)}, {html.e(month)}: {html.e(done)}</li>"
        )
    if not told:
        return
    clicked = parts.clickable(f'<ul class="siop-links">{"".join(told)}</ul>', f"links_{found.case.id}")
    if clicked is None:
        return
    kind, _, ident = clicked.partition(":")
    if kind == "decision":
        frame.go("decisions", decision=ident)
    st.session_state[PICKED] = ident
    st.rerun()


def _history(found: deviations.CaseFile) -> None:
    st.space(12)
    columns = [
        html.Column("Entry", lambda r: f'<span class="muted" data-entry="{r["seq"]}">{r["seq"]:,}</span>', numeric=True, wide=True),
        html.Column("Day", lambda r: f'<span class="nowrap">{html.e(deviations.day_said(r["day"]))}</span>'),
        html.Column("What was said", lambda r: f'<span class="strong">{html.e(r["who"])} {html.e(r["what"])}</span><span class="small">{html.e(r["said"])}</span>'),
    ]  # fmt: skip
    parts.still(html.table(columns, found.history, caption="History of the case", dense=True))


def _open_by_hand(at: Here, report: Report, family: str) -> None:
    row = next((r for r in report.rows if r["family"] == family), None)
    if row is None:
        parts.empty(f"{family} is not in this scope", "Take the filter away to see it.")
        return
    parts.panel(f"{family}: no case yet", row["sentence"])
    if not at.service.may(at.identity, "case_opened"):
        return
    st.space(8)
    if st.button("Open a case", type="primary", key=f"open_{family}"):
        fields = {k: row[k] for k in ("family", "measure", "month", "deviation")}
        form = f"open_{family}"

        def write() -> None:
            at.service.create(at.identity, "case_opened", fields, cycle=at.cycle, snapshot=at.snapshot.id, idem=form_key(form))  # fmt: skip
            opened = deviations.open_case(at.ledger.state(), family, row["measure"])
            st.session_state[PICKED] = opened.id if opened else None

        say(write, form)


def _forms(at: Here, found: deviations.CaseFile) -> None:
    """Answer, snooze and close, as far as the role may."""
    may = {k: at.service.may(at.identity, k) for k in ("case_answered", "case_closed")}
    names = [
        *(["Answer", "Snooze"] if may["case_answered"] else []),
        *(["Close"] if may["case_closed"] else []),
    ]
    if not names:
        return
    made: Mapping[str, Any] = {"Answer": _answer, "Snooze": _snooze, "Close": _close}
    for name, tab in zip(names, st.tabs(names), strict=True):
        with tab:
            made[name](at, found)


def _owner(at: Here, found: deviations.CaseFile, key: str) -> str:
    people = {p.id: f"{p.name}, {p.function}" for p in at.state.people.values() if p.active}
    owner = found.standing.owner or at.identity.person
    at_first = list(people).index(owner) if owner in people else 0
    return str(st.selectbox("Owner", list(people), at_first, format_func=people.__getitem__, key=key))


def _answer(at: Here, found: deviations.CaseFile) -> None:
    case = found.case
    key = f"answer_{case.id}_{len(case.answers)}"
    last = next((a for a in reversed(case.answers) if not deviations.is_snooze(a)), None)
    with st.form(key, border=False):
        cause = st.text_input("Cause", last.cause if last else "", key=f"{key}_cause")
        remedy = st.text_input("Countermeasure", last.countermeasure if last else "", key=f"{key}_remedy")
        left, right = st.columns(2)
        with left:
            owner = _owner(at, found, f"{key}_owner")
        due = right.date_input("Due", last.due if last else today() + timedelta(days=14), key=f"{key}_due")
        done = st.form_submit_button("Record the answer", type="primary")
    if done:
        fields = {"id": case.id, "owner": owner, "cause": cause, "countermeasure": remedy, "due": str(due)}
        _write(at, "case_answered", fields)


def _snooze(at: Here, found: deviations.CaseFile) -> None:
    """Postpone with a reason and an end: it answers nothing, and the clock goes on."""
    case = found.case
    key = f"snooze_{case.id}_{len(case.answers)}"
    with st.form(key, border=False):
        reason = st.text_input("Reason", key=f"{key}_reason")
        until = st.date_input("Until", today() + timedelta(days=14), min_value=today(), key=f"{key}_until")
        done = st.form_submit_button("Snooze it")
    if done:
        owner = found.standing.owner or at.identity.person
        fields = {
            "id": case.id,
            "owner": owner,
            "cause": deviations.SNOOZE,
            "countermeasure": reason,
            "due": str(until),
        }
        _write(at, "case_answered", fields)


def _close(at: Here, found: deviations.CaseFile) -> None:
    case = found.case
    with st.form(f"close_{case.id}", border=False):
        reason = st.text_input("Why it can be closed", key=f"close_{case.id}_reason")
        done = st.form_submit_button("Close the case")
    if done:
        _write(at, "case_closed", {"id": case.id, "reason": reason})


def _write(at: Here, kind: str, fields: dict[str, Any]) -> None:
    form = f"case_{fields['id']}_{kind}"
    key = form_key(form)
    say(
        lambda: at.service.create(
            at.identity, kind, fields, cycle=at.cycle, snapshot=at.snapshot.id, idem=key
        ),
        form,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
