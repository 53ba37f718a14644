"""The register on the screen: its table, the drawer of one item, the what-if, and its two forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import streamlit as st

from siop import risks
from siop.core import Finding, Polarity, Refused, SiopError, add_months, words
from siop.ui import html, lines, parts
from siop.ui.frame import choices, dimensions
from siop.ui.here import Here

FIRST, SLIDERS = 7, 6  # rows before "show all"; items with a slider
UP = Polarity.MORE_IS_BETTER
_LABELS = {"p10": "P10", "p50": "P50", "p90": "P90", "signed": "signed plan"}
_KEYS, _SAVED = "siop_risk_forms", "siop_risk_saved"


def line(told: Mapping[str, Any], names: Sequence[str], currency: str, before: str = "") -> str:
    """Amounts in one line and one unit; a target has the chance to reach it beside it."""
    divisor, unit = words.scale_of([told.get(n) for n in names], "money", currency)
    places = 2 if divisor >= 1e6 else 1
    prefix = "register" if before else "landing"
    cells = []
    for name in names:
        value, chance = told.get(name), told.get(f"chance_to_reach_{name}")
        said = words.number(None if value is None else value / divisor, places)
        beside = None if chance is None else risks.chance_said(chance)
        cells.append((f"{prefix}_{name}", _LABELS.get(name, name), said, beside))
    return lines.facts(cells, unit, before)


def table(at: Here, board: risks.Board) -> None:
    """The open items, the heaviest first, with their weighted sum; a click on one opens its drawer."""
    rows = risks.register_rows(board.report)
    every = bool(st.session_state.get("risk_all"))
    open_item = st.session_state.get("risk_item")
    picked = next((r for r in rows if r["id"] == open_item), None)
    place, drawer = st.columns([1.5, 1], gap="large") if picked else (st.container(gap=None), None)
    with place:
        body = _table(rows if every else rows[:FIRST], board, at.currency, picked)
        if len(rows) > FIRST:
            body += lines.more("all", f"Show the first {FIRST}" if every else f"Show all {len(rows)} items")
        clicked = parts.clickable(body, "register")
    if clicked == "all":
        st.session_state["risk_all"] = not every
        st.rerun()
    if clicked:
        st.session_state["risk_item"] = None if clicked == open_item else clicked
        st.rerun()
    if picked and drawer is not None:
        with drawer, st.container(key="drawer", gap=None):
            item(at, picked)


def _table(rows: Sequence[html.Row], board: risks.Board, currency: str, picked: html.Row | None) -> str:
    alone = board.report.totals["register"]
    divisor, unit = words.scale_of([r["if_it_happens"] for r in rows], "money", currency)
    places = 2 if divisor >= 1e6 else 1

    def weighted(row: html.Row) -> str:
        value = row["mean"]
        said = words.number(None if value is None else value / divisor, places, signed=True)
        return lines.valued(row["mark"], said, UP.judge(value))

    def chance(row: html.Row) -> str:
        return words.percent(row["probability"], 0) if "probability" in row else ""

    def impact(row: html.Row) -> str:
        if "if_it_happens" not in row:
            return ""
        value = row["if_it_happens"]
        said = words.number(None if value is None else value / divisor, places, signed=True)
        return html.variance(said, UP.judge(value))

    def said(name: str, kind: str = "") -> Callable[[html.Row], str]:
        return lambda row: f'<span class="{kind or ("strong" if row.get("stale") else "muted")}">{html.e(row[name])}</span>' if name in row else ""  # fmt: skip

    columns = [
        html.Column("", said("id", "muted nowrap"), wide=True),
        html.opener("Item", "title", "open", second=None if picked else "said"),
        html.Column("Kind", said("kind_said", "second"), wide=True),
        html.Column(f"Impact, {unit}", impact, numeric=True),
        html.Column("Probability", chance, numeric=True, wide=True),
        html.Column("Weighted", weighted, numeric=True),
    ]
    if not picked:
        columns += [html.Column("Response", said("response", "second"), wide=True)]
    columns += [
        html.Column("Owner", said("owner_name", "second nowrap"), wide=True),
        html.Column("Last score", said("last"), wide=True),
    ]
    marked = [{**r, "open": r["id"], "mark": f"weighted_{r['id']}"} for r in rows]
    total = {
        "title": f"Weighted sum of {words.count(alone['items'], 'item')} outside the plan", "mean": alone["mean"],
        "mark": "weighted_sum",
    }  # fmt: skip
    ident = picked["id"] if picked else None
    return html.table(
        columns, marked, caption="Register", dense=True, total=total, picked=lambda r: r["id"] == ident
    )


def item(at: Here, row: Mapping[str, Any]) -> None:
    """One item: what it is, its scores, and the form to check in a new one."""
    parts.panel(str(row["title"]), f"{row['id']} · {row['kind_said']} · {row['where']} · {row['owner_name']}")
    told = [row["said"], f"What would be done: {row['response']}" if row["response"] else None]
    told.append(f"Its sign: {row['trigger']}; {row['trigger_said']}" if row["trigger"] else None)
    parts.notes([text for text in told if text])
    divisor, unit = words.scale_of([row["high"]], "money", at.currency)
    places = 2 if divisor >= 1e6 else 1
    columns = [
        html.Column("Cycle", lambda r: words.month(r["cycle"])),
        html.Column("Probability", lambda r: words.percent(r["probability"], 0), numeric=True),
        html.amount(f"Low, {unit}", "low", divisor, places),
        html.amount("Likely", "likely", divisor, places),
        html.amount("High", "high", divisor, places),
    ]
    parts.still(html.table(columns, risks.score_history(row), caption="Scores, newest first", dense=True))
    if at.service.may(at.identity, "risk_score"):
        st.space(16)
        score_form(at, row)


def what_if(at: Here, board: risks.Board, against: str) -> None:
    """Sliders on the probabilities of the items that carry most, on the same draws. Nothing is written."""
    rows = [r for r in board.report.rows if r["contribution"]][:SLIDERS]
    if not rows:
        parts.empty("No item to move", "Open items outside the plan would each have a slider.")
        return
    changes = {}
    cells = st.columns(3, gap="medium")
    for n, row in enumerate(rows):
        was = round(row["probability"] * 100)
        moved = cells[n % 3].slider(
            row["title"], 0, 100, was, 5, format="%d %%", key=f"what_if_{row['id']}_{was}"
        )
        if moved != was:
            changes[str(row["id"])] = {"probability": moved / 100}
    after = board.seen.with_changes(changes) if changes else board.seen
    parts.panel(risks.what_if_sentence(board.seen, after, at.currency, against), right="not saved")
    was_now = [
        {"name": k, "was": v, "now": risks.figures(after)[k]} for k, v in risks.figures(board.seen).items()
    ]
    parts.still(_moved(was_now, at.currency))


def _moved(rows: Sequence[html.Row], currency: str) -> str:
    money = [r for r in rows if r["name"] not in ("budget", "signed")]
    divisor, unit = words.scale_of([r["was"] for r in money], "money", currency)
    names = {"register": "Register, weighted sum", "p10": "Landing P10", "p50": "Landing P50", "p90": "Landing P90",
             "budget": "Chance to reach budget", "signed": "Chance to reach the signed plan"}  # fmt: skip

    def cell(side: str) -> Callable[[html.Row], str]:
        def said(row: html.Row) -> str:
            value = row[side]
            if row["name"] in ("budget", "signed"):
                return words.percent(value, 0)
            return words.number(None if value is None else value / divisor, 2)

        return said

    columns = [
        html.Column(unit, lambda r: html.e(names[r["name"]])),
        html.Column("As scored", cell("was"), numeric=True),
        html.Column("What if", lambda r: f'<span class="strong">{cell("now")(r)}</span>', numeric=True),
    ]
    return html.table(
        columns, [r for r in rows if r["was"] is not None], caption="What if, not saved", dense=True
    )


def score_form(at: Here, row: Mapping[str, Any]) -> None:
    """Check in a new score of an item. The entry is new; the scores before it stay."""
    _saved(f"score_{row['id']}")
    with st.form(f"score_{row['id']}", border=False):
        probability, low, likely, high = _score_fields(row, f"score_{row['id']}")
        if st.form_submit_button("Check in the score", type="primary"):
            fields = {"id": row["id"], "probability": probability, "low": low, "likely": likely, "high": high}
            _say(lambda: at.service.create(at.identity, "risk_score", fields, cycle=at.cycle, idem=_key(f"score_{row['id']}")),
                 f"score_{row['id']}")  # fmt: skip


def entry_form(at: Here) -> None:
    """Register a risk or an opportunity with its first score; both are entered, or neither."""
    people = {p.id: f"{p.name}, {p.function}" for p in at.state.people.values() if p.active}
    start = at.cycle or at.snapshot.as_of or ""
    months = [add_months(start, n) for n in range(24)] if start else []
    _saved("risk_new")
    with st.form("risk_entry", border=False):
        fields: dict[str, Any] = {}
        left, middle, right = st.columns([1.6, 1, 1], gap="medium")
        fields["title"] = left.text_input("What could happen", key="risk_title")
        fields["kind"] = middle.selectbox("Kind", ["risk", "opportunity"], key="risk_kind")
        fields["owner"] = right.selectbox(
            "Owner", list(people), index=None, key="risk_owner", format_func=people.__getitem__
        )
        cells = st.columns(4, gap="medium")
        fields["from"] = cells[0].selectbox("From", months, key="risk_from")
        fields["to"] = cells[1].selectbox("To", months, key="risk_to")
        for cell, name in zip(
            (cells[2], cells[3], *st.columns(4, gap="medium")), dimensions(at.snapshot), strict=False
        ):
            label = at.snapshot.labels.get(name, name).capitalize()
            fields[name] = cell.selectbox(
                label,
                choices(at.snapshot, name, at.identity.only),
                index=None,
                key=f"risk_{name}",
                placeholder="All",
            )
        probability, low, likely, high = _score_fields({}, "risk_new")
        fields |= {"probability": probability, "low": low, "likely": likely, "high": high}
        fields["contingency"] = st.text_input("What would be done about it", key="risk_contingency")
        fields["in_plan"] = st.checkbox("The plan already contains it", key="risk_in_plan")
        if st.form_submit_button("Register it", type="primary"):
            _say(lambda: _enter(at, fields), "risk_new")  # fmt: skip


def refusals(found: Sequence[Finding]) -> None:
    """What was refused, as field, value and what to do."""
    rows = [{"field": f.column or "form", "value": f.value, "what": f"{f.message}; {f.fix}"} for f in found]
    columns = [
        html.text("Field", "field", strong=True),
        html.text("Value", "value"),
        html.text("Refused because", "what"),
    ]
    parts.still(html.table(columns, rows, caption="What was refused", dense=True))


def _enter(at: Here, fields: Mapping[str, Any]) -> None:
    """Both payloads are checked before the first is written, so that an item never stays without its score."""
    found, risk, score = risks.check_item(fields, at.snapshot, at.state)
    wrong = [f for f in found if f.severity == "error"]
    if wrong or risk is None or score is None:
        raise Refused("Nothing was registered.", wrong)
    key = _key("risk_new")
    written = at.service.create(at.identity, "risk", {**risk, "id": None}, cycle=at.cycle, idem=key)
    given = max((r.seq, r.id) for r in at.ledger.state().risks.values() if r.seq == written.seq)[1]
    at.service.create(at.identity, "risk_score", {**score, "id": given}, cycle=at.cycle, idem=f"{key}-score")


def _score_fields(row: Mapping[str, Any], key: str) -> tuple[float, float | None, float | None, float | None]:
    """Probability as a fraction, and low, likely and high of the amount, in the currency's units."""
    cells = st.columns([1.2, 1, 1, 1], gap="small")
    chance = row.get("probability")
    percent = cells[0].number_input(
        "Probability, %",
        0.0,
        100.0,
        50.0 if chance is None else chance * 100,
        5.0,
        key=f"{key}_p",
        format="%.0f",
    )
    low, likely, high = (
        cell.number_input(
            name.capitalize(), 0.0, None, row.get(name), 1000.0, key=f"{key}_{name}", format="%.0f"
        )
        for cell, name in zip(cells[1:], ("low", "likely", "high"), strict=True)
    )
    return round(percent / 100, 6), low, likely, high


def _say(write: Callable[[], object], form: str) -> None:
    """Write, and show what was refused or by whom the form was overtaken; a written form gets a new key."""
    st.session_state.pop(_SAVED, None)
    try:
        write()
    except Refused as refused:
        parts.banner(str(refused))
        refusals(refused.findings)
        return
    except SiopError as error:
        parts.banner(str(error))
        return
    st.session_state[_KEYS].pop(form, None)
    st.session_state[_SAVED] = form
    st.rerun()


def _saved(form: str) -> None:
    """Say that the form just drawn was the last one saved."""
    if st.session_state.get(_SAVED) == form:
        parts.notes(["Saved in the ledger."])


def _key(form: str) -> str:
    """The key of a form that is open: a double click is one entry."""
    keys: dict[str, str] = st.session_state.setdefault(_KEYS, {})
    return keys.setdefault(form, uuid4().hex)
