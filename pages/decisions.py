"""What do we decide, and who signs?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from siop import decisions, metrics, ui
from siop.core import Scope, words
from siop.decisions import PlanStatus, room
from siop.ui import decision_form, export_slot, kept_form, plan_form

ACTS = ("cycle",)
PLAN, DECISION, NEW = "plan", "decision", "new"


def page() -> None:
    """The log, who signs, the receipt; beside them the drawer to raise, decide and sign."""
    at = ui.here()
    log = at.ask(decisions.decisions, at.state, Scope(cycle=at.cycle or None, only=at.scope.only))
    version = metrics.latest_consensus(at.snapshot, at.cycle or None)
    plans = decisions.plans_of(at.snapshot)
    status = decisions.plan_status(at.state, version, plans.hashes.get(version)) if version else None
    rows = {row["id"]: row for row in log.rows}
    mode = _arrived(rows)
    ui.headline(
        room.headline(status, log.rows),
        f"Cycle {words.month(at.cycle, long=True)}" if at.cycle else "No cycle yet",
        f"· plan {version or 'not loaded'} · entries are never changed, a correction is a new entry",
    )
    st.space(16)
    left, right = st.columns([1.62, 1], gap="large")
    with left:
        picked = rows.get(st.session_state.get("decision", "")) if mode == DECISION else None
        _log(at, log.rows, picked)
        st.space(24)
        _who(at, picked, status)
        chain = _receipt(at, picked, status)
    with right, st.container(key="drawer"):
        _drawer(at, rows, status, mode)
    with chain:  # last: reading every entry takes longer than the page
        ui.still(f'<p class="siop-small">{ui.html.e(kept_form.chain_said(at))}</p>')


def _arrived(rows: Mapping[str, Any]) -> str:
    """What the drawer shows: what the reader came for, else what it showed before, else the plan."""
    state = st.session_state
    if state.pop("raising", False):
        state["drawer_mode"] = NEW
    elif state.get("decision") in rows and state.get("decision") != state.get("decision_seen"):
        state["drawer_mode"] = DECISION
    state["decision_seen"] = state.get("decision")
    if state.get("drawer_mode") == DECISION and state.get("decision") not in rows:
        state["drawer_mode"] = PLAN
    return str(state.setdefault("drawer_mode", PLAN))


def _log(at: ui.Here, rows: list[dict[str, Any]], picked: Mapping[str, Any] | None) -> None:
    with st.container(horizontal=True, key="log_head", vertical_alignment="center", gap="small"):
        title = st.container()
        show = st.segmented_control("Show", list(room.SHOWS), default="cycle", required=True, key="show", wrap=False,
                                    bind="query-params", label_visibility="collapsed", format_func=room.SHOWS.__getitem__)  # fmt: skip
    found = room.shown(rows, show or "cycle", at.cycle)
    with title:
        ui.panel("Log", right=words.count(len(found), "decision"))
    if not found:
        ui.empty("No decision is here", "Raise one from any page with the key D.")
        return
    columns = [
        ui.html.Column("", lambda r: f'<span class="siop-id">{ui.html.e(r["id"])}</span>', wide=True),
        ui.html.opener("Decision", "question", "id", second="chosen"),
        ui.html.Column("Owner", lambda r: f'<span class="siop-name">{ui.html.e(r["owner"])}</span>', wide=True),
        ui.html.Column("Due", lambda r: ui.html.e(r["due"]), numeric=True, wide=True),
        ui.html.Column("Predicted", lambda r: ui.html.e(r["predicted"]), numeric=True, wide=True),
        ui.html.Column("Actual", lambda r: ui.html.e(r["actual"]), numeric=True, wide=True),
        ui.html.Column("State", lambda r: f'<span class="{"strong" if r["heavy"] else ""}">{ui.html.e(r["state"])}</span>'),
    ]  # fmt: skip
    lines = [room.line(row, at.state, at.currency) for row in found]
    table = ui.html.table(columns, lines, caption="Log of decisions", dense=True,
                          picked=lambda r: picked is not None and r["id"] == picked["id"])  # fmt: skip
    with st.container(height=440 if len(found) > 7 else "content", border=False):
        clicked = ui.clickable(table, "decision_log")
    if clicked in {row["id"] for row in found}:
        st.session_state.update(decision=clicked, decision_seen=clicked, drawer_mode=DECISION)
        st.rerun()


def _who(at: ui.Here, picked: Mapping[str, Any] | None, status: PlanStatus | None) -> None:
    if picked is not None:
        marks, name = room.decision_marks(picked, at.state), str(picked["id"])
    elif status is not None:
        marks, name = room.plan_marks(status, at.state), f"plan {status.version}"
    else:
        return
    if not marks:
        ui.panel(f"Who signs {name}")
        ui.empty(
            "Nobody is named to sign",
            "On the server, the administrator names who must: python -m siop people add ID ... --signs.",
        )
        return
    sub = "Every position counts as signing, dissent too. An objection is answered in writing"
    ui.panel(f"Who signs {name}", sub, room.tally(marks))
    ui.still(ui.html.marks(marks))


def _receipt(at: ui.Here, picked: Mapping[str, Any] | None, status: PlanStatus | None) -> Any:
    """The receipt of what was just written, else of the last entry about what is shown."""
    fresh = st.session_state.get(kept_form.RECEIPT)
    seq = room.last_entry(picked, status, at.state)
    receipt = (
        fresh if fresh is not None and fresh.seq >= (seq or 0) else at.ledger.receipt_of(seq) if seq else None
    )
    if receipt is None:
        export_slot.minutes_button(at)
        return st.container()
    entry = at.ledger.entries(until=receipt.seq)[-1]
    facts = [("Receipt", f"{receipt.hash[:8].upper()} · entry {receipt.seq:,}")]
    payload = entry.payload
    if entry.type in ("sign_off", "publish"):
        facts.append(("Plan and content hash", f"{payload.version} · {room.short(payload.plan_hash)}"))  # type: ignore[attr-defined]
    facts.append(("Snapshot", entry.snapshot or getattr(payload, "snapshot", None) or "not named"))
    said = "Taken in, of" if entry.imported else "Signed by" if entry.type == "sign_off" else "Written by"
    facts.append((f"{said} {at.state.name(entry.by)}", f"{entry.at:%d %b %Y, %H:%M:%S}"))
    saved = fresh is not None and receipt.seq == fresh.seq
    ui.still(ui.html.receipt(facts, "✓ Saved" if saved else ""))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button("Download the receipt", receipt.text(), f"receipt-{receipt.seq}.json", "application/json",
                           key="receipt_file", on_click="ignore", type="tertiary")  # fmt: skip
        export_slot.minutes_button(at)
        return st.container()


def _drawer(at: ui.Here, rows: Mapping[str, Any], status: PlanStatus | None, mode: str) -> None:
    known = rows.get(st.session_state.get("decision", ""))
    choices = {PLAN: "The plan"} if status is not None else {}
    choices |= {DECISION: str(known["id"])} if known is not None else {}
    choices |= {NEW: "New decision"} if at.service.may(at.identity, "decision") else {}
    if not choices:
        ui.empty("Nothing to sign", "No plan of this cycle is loaded.")
        return
    if mode not in choices:
        mode = st.session_state["drawer_mode"] = next(iter(choices))
    chosen = st.segmented_control("Drawer", list(choices), key="drawer_mode", required=True, width="stretch",
                                  label_visibility="collapsed", format_func=lambda kind: ui.html.md(choices[kind]))  # fmt: skip
    if chosen == NEW:
        origin = st.session_state.get("raised_from") or f"/decide-and-sign?cycle={at.cycle}"
        decision_form.raise_decision(at, origin, at.snapshot.id)
    elif chosen == DECISION and known is not None:
        decision_form.decision_drawer(at, known)
    elif status is not None:
        plan_form.plan_drawer(at, status)
