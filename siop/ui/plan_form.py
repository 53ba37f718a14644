"""The plan in the drawer of the decisions page: what changed, the reader's signature, and publishing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from siop import metrics
from siop.core import MEASURES, words
from siop.decisions import PlanStatus, room
from siop.ui import html, parts
from siop.ui.delegation import delegation_form
from siop.ui.here import Here
from siop.ui.kept_form import KeptForm
from siop.ui.stance import stance


def plan_drawer(at: Here, status: PlanStatus) -> None:
    """The plan before the leadership: its content hash, what changed, the reader's signature, and publishing it."""
    version, shown = status.version, (status.plan_hash, at.snapshot.id)
    seen_key = f"seen {version}"
    seen = st.session_state.get(seen_key, shown)  # what the reader looked at when they clicked
    st.session_state[seen_key] = shown
    parts.panel(f"Plan {version}", right=f"content {room.short(status.plan_hash)}")
    _changes(at)
    if status.published is not None:
        over = words.listed([at.state.name(p) for p in status.published.over_objections])
        parts.notes([f"Published on {status.published.at:%d %b %Y} by {at.state.name(status.published.by)}"
                     + (f" over the objection of {over}." if over else ".")])  # fmt: skip
    for one in status.objections:
        parts.notes([f"{at.state.name(one.person)}, {one.function}, objects: {one.reason}"])
    if status.published is None or status.changed:
        _sign(at, version, seen)
        if at.service.may(at.identity, "publish"):
            _publish(at, status, seen)
        delegation_form(at)
    parts.small(
        f"Signing binds to plan {version}, content {room.short(status.plan_hash)}, snapshot {at.snapshot.id}."
    )


def _changes(at: Here) -> None:
    report = at.ask(metrics.plan_change, at.scope)
    parts.notes([metrics.change_sentence(report, at.currency)])
    if not report.rows:
        return
    money = report.totals["measure"] != "quantity"
    divisor, unit = words.scale_of(
        [r["current"] for r in report.rows], "money" if money else "units", at.currency
    )
    name = next(iter(report.rows[0]))
    ranked = sorted(report.rows, key=lambda r: -abs(r["change"] or 0.0))
    columns = [
        html.text(f"Changed most, {unit}", name),
        html.amount(str(report.totals["previous_version"]), "previous", divisor, 1, wide=True),
        html.amount(str(report.totals["current_version"]), "current", divisor, 1),
        html.deviation("Change", "change", divisor, MEASURES[report.totals["measure"]].polarity, 2),
    ]
    total = {name: "Whole plan", **report.totals}
    parts.still(
        html.table(
            columns, ranked[:5], caption="What changed since the last signed plan", total=total, dense=True
        )
    )


def _sign(at: Here, version: str, seen: tuple[str | None, str]) -> None:
    """The signature of the reader, or of somebody who delegated to them."""
    if not at.service.may(at.identity, "sign_off"):
        return
    persons = [p for p in (at.identity.person, *at.identity.delegators) if at.state.people[p].required_signer]
    if not persons:
        parts.small(f"The plan does not need the signature of {at.identity.name}, {at.identity.function}.")
        return
    person = persons[0]
    if len(persons) > 1:
        person = st.selectbox("Sign for", persons, format_func=at.state.name, key="sign_for") or person
    signer = at.state.people[person]
    form = KeptForm(at, f"sign_off:{version}:{person}", [f"sign_off:{version}:{person}"])
    text: dict[str, Any] = {}
    for_whom = "" if person == at.identity.person else f" for {signer.name}, as delegate"
    stance(form, f"My signature, as {signer.function}{for_whom}", text)
    form.keep(**text)
    pressed, password = form.pressed("Sign the plan", "sign_plan")
    if pressed:
        fields = {"version": version, "plan_hash": seen[0], "snapshot": seen[1], "person": person, "function": signer.function, **text}  # fmt: skip
        form.say("sign_off", fields, snapshot=seen[1], password=password)
    form.refusals()


def _publish(at: Here, status: PlanStatus, seen: tuple[str | None, str]) -> None:
    """The chair's last word; over objections only by naming who objects."""
    form = KeptForm(at, f"publish:{status.version}", [f"publish:{status.version}"])
    against: Sequence[str] = [s.person for s in status.objections]
    over_key = f"over {status.version}"
    over = st.session_state.get(over_key, against)
    st.session_state[over_key] = against
    st.space(8)
    if not status.publishable:
        parts.notes([*status.why])
    named = words.listed([at.state.name(p) for p in against])
    label = f"Publish over the objection of {html.md(named)}" if named else "Publish the plan"
    pressed, password = form.pressed(
        label, "publish_plan", proof="Your password, to publish", disabled=not status.publishable
    )
    if pressed:
        fields = {
            "version": status.version,
            "plan_hash": seen[0],
            "snapshot": seen[1],
            "over_objections": list(over),
        }
        form.say("publish", fields, snapshot=seen[1], password=password)
    form.refusals()
