"""The drawer of the decisions page: raise a decision, decide it, take a position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from siop import metrics
from siop.core import MEASURES, words
from siop.decisions import next_id, room
from siop.ledger.state import DecisionView
from siop.ui import html, parts
from siop.ui.frame import choices
from siop.ui.here import Here
from siop.ui.kept_form import KeptForm
from siop.ui.stance import stance

OUTCOMES = {
    "approved": "Approve",
    "with_conditions": "With condition",
    "deferred": "Defer",
    "rejected": "Reject",
}
LETTERS = "ABCDEF"
FEW = 60
WHOLE = "The whole company"


def raise_decision(at: Here, address: str, snapshot: str) -> None:
    """Question, options, dates and evidence; at least two options.

    Args: address: of the view it is raised from; snapshot: the one on that view.
    """
    form = KeptForm(at, "decision:new")
    parts.panel(
        "New decision", right=f"{next_id(at.state, 'decision')}{', kept as a draft' if form.is_draft else ''}"
    )
    text: dict[str, Any] = {"question": st.text_input("Question", key=form.widget("question", ""))}
    text["context"] = st.text_area("Context", key=form.widget("context", ""), height=68)
    count = st.session_state.setdefault(f"{form.key} options", _typed_options(form))
    options = [_option(form, letter, text) for letter in LETTERS[:count]]
    first, second, third = st.columns([1, 1.25, 1.25])
    with first:
        text["recommended"] = st.segmented_control(
            "Recommended", list(LETTERS[:count]), key=form.widget("recommended", among=LETTERS[:count])
        )
    with second:
        text["needed_by"] = st.date_input(
            "Needed by", key=form.widget("needed_by"), value=None, format="DD/MM/YYYY"
        )
    with third:
        text["stake"] = st.number_input(
            f"At stake a month, {at.currency}",
            min_value=0.0,
            step=1000.0,
            key=form.widget("stake"),
            value=None,
            format="%.0f",
        )
    text["address"] = st.text_input(
        f"Evidence: the view it is raised from, on snapshot {snapshot}", key=form.widget("address", address)
    )
    mine = {k: v for k, v in text.items() if k != "address"}
    form.keep(**(text if any(v not in (None, "") for v in mine.values()) else mine))
    with st.container(horizontal=True, gap="small"):
        if st.button("Raise decision", type="primary", key="raise_decision"):
            chosen = text["recommended"]
            for letter, option in zip(LETTERS, options, strict=False):
                option["recommended"] = letter == chosen
            form.say("decision", {
                "question": text["question"], "context": text["context"], "needed_by": text["needed_by"],
                "value_at_stake_month": text["stake"], "raised_by": at.identity.person,
                "options": [o for o in options if o["label"] or o["description"]],
                "evidence": {"url": text["address"], "snapshot": snapshot} if text["address"] else None,
            }, snapshot=snapshot)  # fmt: skip
        if count < len(LETTERS) and st.button("Add an option", key="add_option"):
            st.session_state[f"{form.key} options"] = count + 1
            st.rerun()
        if form.is_draft and st.button("Discard the draft", key="discard_decision"):
            st.session_state.pop(f"{form.key} options", None)
            form.discard()
            st.rerun()
    form.refusals()


def _typed_options(form: KeptForm) -> int:
    """How many options the form opens with: two, or as many as the draft has."""
    return max([2, *(i + 1 for i, x in enumerate(LETTERS) if form.opened.text.get(f"label {x}"))])


def _option(form: KeptForm, letter: str, text: dict[str, Any]) -> dict[str, Any]:
    names = {field: f"{field} {letter}" for field in ("label", "cost", "effect", "description")}
    first, second, third = st.columns([2, 1, 1.25])
    with first:
        text[names["label"]] = st.text_input(f"Option {letter}", key=form.widget(names["label"], ""))
    with second:
        text[names["cost"]] = st.number_input(f"Cost of {letter}, {form.at.currency}", key=form.widget(names["cost"]),
                                              value=None, step=1000.0, format="%.0f")  # fmt: skip
    with third:
        text[names["effect"]] = st.number_input(f"Margin a month of {letter}", key=form.widget(names["effect"]),
                                                value=None, step=1000.0, format="%.0f")  # fmt: skip
    text[names["description"]] = st.text_input(
        f"What {letter} means", key=form.widget(names["description"], ""), label_visibility="collapsed",
        placeholder=f"What {letter} means, in a sentence",
    )  # fmt: skip
    effect = text[names["effect"]]
    return {
        "label": text[names["label"]],
        "description": text[names["description"]],
        "cost": text[names["cost"]],
        "effect": {"margin_month": effect} if effect is not None else None,
    }


def decision_drawer(at: Here, row: Mapping[str, Any]) -> None:
    """A picked decision: its options, what was answered, and the reader's part in it."""
    decision = at.state.decisions[row["id"]]
    waits = row["state"] in ("open", "deferred")
    by = at.state.name(decision.raised_by)
    parts.panel(decision.question, right=decision.id)
    parts.small(f"Raised by {by}, {decision.at:%d %b %Y}" + (f", needed by {decision.needed_by:%d %b %Y}" if decision.needed_by else "")
           + (f", {words.amount(decision.value_at_stake_month, 'money', at.currency)} a month at stake" if decision.value_at_stake_month else ""))  # fmt: skip
    if decision.context:
        parts.notes([decision.context])
    _options(at, decision, row["option"])
    if row["outcome"] is not None:
        _answer(at, row)
    if decision.evidence_url:
        _evidence(decision)
    taking = KeptForm.begun(at, f"position:{decision.id}")
    deciding = KeptForm.begun(at, f"decided:{decision.id}")
    if not waits and (deciding or taking):
        parts.notes(["This decision was answered since you began to write; what you wrote is kept below."])
    if (waits or deciding) and at.service.may(at.identity, "decided"):
        _decide(at, decision)
    if (waits or taking) and at.service.may(at.identity, "position"):
        if at.service.may(at.identity, "decided"):
            with st.expander(html.md(f"My position, as {at.identity.function}"), expanded=taking):
                _position(at, decision)
        else:
            _position(at, decision)


def _options(at: Here, decision: DecisionView, chosen: str | None) -> None:
    kinds = list(dict.fromkeys(k for o in decision.options if isinstance(o.effect, dict) for k in o.effect))[
        :2
    ]
    divisor, unit = words.scale_of([o.cost for o in decision.options], "money", at.currency)
    rows = [
        {"label": ("✓ " if o.label == chosen else "") + o.label, "said": o.description + (" (recommended)" if o.recommended else ""),
         "cost": o.cost, **{f"effect {k}": _effect(o.effect, k) for k in kinds}}
        for o in decision.options
    ]  # fmt: skip
    columns = [html.text("Option", "label", second="said", strong=True), html.amount(f"Cost, {unit}", "cost", divisor, 0 if divisor == 1 else 1)]  # fmt: skip
    for kind in kinds:
        scale, said = words.scale_of([_effect(o.effect, kind) for o in decision.options], "money" if kind.startswith(tuple(MEASURES)) else "", at.currency)  # fmt: skip
        head = kind.replace("_month", " a month").replace("_", " ").capitalize() + (
            f", {said}" if said else ""
        )
        columns.append(html.amount(head, f"effect {kind}", scale, 0 if scale == 1 else 1))
    parts.still(html.table(columns, rows, caption="Options", dense=True))


def _effect(effect: Any, kind: str) -> float | None:
    value = effect.get(kind) if isinstance(effect, dict) else None
    return float(value) if isinstance(value, int | float) else None


def _answer(at: Here, row: Mapping[str, Any]) -> None:
    owner = at.state.name(row["owner"]) if row["owner"] else None
    facts = [("Outcome", room.OUTCOME_WORDS[row["outcome"]]), ("Owner", owner or "–"),
             ("Due", f"{row['due']:%d %b %Y}" if row["due"] else "–"), ("Review", f"{row['review_on']:%d %b %Y}" if row["review_on"] else "–")]  # fmt: skip
    parts.still(html.receipt(facts))
    parts.notes(
        [said for said in (row["rationale"], row["conditions"] and f"Condition: {row['conditions']}") if said]
    )


def _decide(at: Here, decision: DecisionView) -> None:
    form = KeptForm(at, f"decided:{decision.id}", [f"decision:{decision.id}"])
    labels = [o.label for o in decision.options]
    people = [p.id for p in at.state.people.values() if p.active and p.permission != "viewer"]
    text: dict[str, Any] = {}
    text["outcome"] = st.segmented_control("Outcome", list(OUTCOMES), key=form.widget("outcome"), format_func=OUTCOMES.__getitem__, width="stretch")  # fmt: skip
    agreed = text["outcome"] in ("approved", "with_conditions")
    recommended = next((o.label for o in decision.options if o.recommended), None)
    if agreed:
        text["option"] = st.segmented_control(
            "Option chosen",
            labels,
            key=form.widget("option", recommended, labels),
            format_func=html.md,
            width="stretch",
        )
    text["rationale"] = st.text_area("Rationale", key=form.widget("rationale", ""), height=68)
    if text["outcome"] == "with_conditions":
        text["conditions"] = st.text_input("Condition", key=form.widget("conditions", ""))
    first, second, third = st.columns([1.6, 1, 1])
    with first:
        text["owner"] = st.selectbox("Owner", people, key=form.widget("owner", among=people), format_func=at.state.name, index=None, placeholder="Who carries it out")  # fmt: skip
    with second:
        text["due"] = st.date_input("Due", key=form.widget("due"), value=None, format="DD/MM/YYYY")
    with third:
        text["review_on"] = st.date_input(
            "Review on", key=form.widget("review_on"), value=None, format="DD/MM/YYYY"
        )
    told = _prediction(at, form, text) if agreed else None
    form.keep(**text)
    pressed, password = form.pressed("Record decision", "record_decision", proof="Your password, to decide")
    if pressed:
        fields = {k: text.get(k) for k in ("outcome", "rationale", "owner", "due", "review_on", "conditions")}
        option = text.get("option")
        form.say("decided", {"decision": decision.id, **fields, "option": option, "prediction": told},
                 snapshot=at.snapshot.id, password=password)  # fmt: skip
    form.refusals()


def _prediction(at: Here, form: KeptForm, text: dict[str, Any]) -> dict[str, Any] | None:
    """The effect expected, registered before it can be known; None where nobody predicts."""
    with st.expander("Predict the effect"):
        slices = _slices(at)
        versions = [str(v) for v in at.snapshot.versions.loc[at.snapshot.versions["kind"].isin(["consensus", "budget"]), "version"]][::-1]  # fmt: skip
        months = [str(m) for m in at.snapshot.calendar["month"]]
        latest = metrics.latest_consensus(at.snapshot, at.cycle) or (versions[0] if versions else None)
        one, two, three = st.columns(3)
        with one:
            text["metric"] = st.selectbox("Metric", list(MEASURES), key=form.widget("metric", "margin"), format_func=words.measure_label)  # fmt: skip
        with two:
            text["slice"] = st.selectbox(
                "Where", list(slices), key=form.widget("slice", next(iter(slices), None), slices)
            )
        with three:
            text["baseline"] = st.selectbox(
                "Against plan", versions, key=form.widget("baseline", latest, versions)
            )
        cells = st.columns(3)
        for cell, name in zip(cells, ("p10", "p50", "p90"), strict=True):
            with cell:
                text[name] = st.number_input(name.upper(), key=form.widget(name), value=None, step=1000.0, format="%.0f")  # fmt: skip
        first, last = st.columns(2)
        with first:
            text["first"] = st.selectbox(
                "From", months, key=form.widget("first", among=months), index=None, format_func=words.month
            )
        with last:
            text["last"] = st.selectbox(
                "To", months, key=form.widget("last", among=months), index=None, format_func=words.month
            )
        text["stop"] = st.text_input("Stop if", key=form.widget("stop", ""))
    if all(text[name] is None for name in ("p10", "p50", "p90")):
        return None
    return {"metric": text["metric"], "scope": slices.get(text["slice"], {}), "baseline_version": text["baseline"],
            "p10": text["p10"], "p50": text["p50"], "p90": text["p90"], "from": text["first"], "to": text["last"],
            "stop": text["stop"] or None}  # fmt: skip


def _slices(at: Here) -> dict[str, dict[str, str]]:
    """{said: scope} of what a prediction can be about: the company, or a member of a short dimension."""
    found: dict[str, dict[str, str]] = {} if at.identity.only else {WHOLE: {}}
    for dimension in at.snapshot.dimensions.values():
        if dimension.side != "time" and 2 <= dimension.members <= FEW:
            for member in choices(at.snapshot, dimension.name, at.identity.only):
                found[f"{at.snapshot.labels.get(dimension.name, dimension.name)}: {member}"] = {
                    dimension.name: member
                }
    return found


def _position(at: Here, decision: DecisionView) -> None:
    who = at.identity
    form = KeptForm(at, f"position:{decision.id}", [f"position:{decision.id}:{who.person}"])
    text: dict[str, Any] = {}
    stance(form, f"My position, as {who.function}", text)
    form.keep(**text)
    if st.button("Record my position", key="record_position"):
        form.say("position", {"subject": decision.id, "person": who.person, "function": who.function, **text},
                 snapshot=at.snapshot.id)  # fmt: skip
    form.refusals()


def _evidence(decision: DecisionView) -> None:
    """The view a decision was raised from: a link where it is one of ours, else its text."""
    url = html.e(decision.evidence_url)
    view = f'<a href="{url}" target="_self">{url}</a>' if decision.view else url
    at = html.e(decision.evidence_snapshot or "not named")
    parts.still(f'<p class="siop-small">Raised from {view}, snapshot {at}</p>')
