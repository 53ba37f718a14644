"""The register on the screen: its table, the drawer of one item, and the what-if."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from siop import risks
from siop.core import Polarity, words
from siop.ui import html, lines, parts, risk_forms
from siop.ui.here import Here
from siop.ui.say import saved

FIRST, SLIDERS = 5, 6  # rows before "show all"; items with a slider
ALL, WHAT_IF, ENTRY = ":all", ":what_if", ":entry"  # what its buttons open; no id of an item
UP = Polarity.MORE_IS_BETTER
_LABELS = {"p10": "P10", "p50": "P50", "p90": "P90", "signed": "signed plan"}


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


def table(at: Here, board: risks.Board, *, may_enter: bool) -> set[str]:
    """The open items, the heaviest first, with their weighted sum; a click on one opens its drawer.

    Returns which of WHAT_IF and ENTRY stand open below it.
    """
    rows = risks.register_rows(board.report)
    opened: set[str] = st.session_state.setdefault("risk_opened", set())
    every = ALL in opened
    open_item = st.session_state.get("risk_item")
    picked = next((r for r in rows if r["id"] == open_item), None)
    place, drawer = st.columns([1.5, 1], gap="large") if picked else (st.container(gap=None), None)
    with place:
        body = _table(rows if every else rows[:FIRST], board, at.currency, picked) if rows else ""
        offers = (
            {ALL: f"Show the first {FIRST}" if every else f"Show all {len(rows)} items"}
            if len(rows) > FIRST
            else {}
        )
        if rows:
            offers[WHAT_IF] = "What if? Move probabilities; nothing is saved"
        if may_enter:
            offers[ENTRY] = "Register a risk or an opportunity"
        clicked = (
            parts.clickable(body + lines.openers(offers, opened), "register") if offers or body else None
        )
    if clicked in offers:
        opened ^= {clicked}
        st.rerun()
    if clicked:
        st.session_state["risk_item"] = None if clicked == open_item else clicked
        st.rerun()
    if picked and drawer is not None:
        with drawer, st.container(key="drawer", gap=None):
            item(at, picked)
    return opened & set(offers)


def just_closed() -> None:
    """Say that the item which just left the register was closed."""
    gone = st.session_state.get("risk_item")
    if gone is not None:
        saved(f"outcome_{gone}")


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
        html.Column("Entry", lambda r: f'<span class="muted" data-entry="{r["seq"]}">{r["seq"]:,}</span>', numeric=True, wide=True),
        html.Column("Cycle", lambda r: f'<span class="nowrap">{html.e(words.month(r["cycle"]))}</span>'),
        html.Column("Probability", lambda r: words.percent(r["probability"], 0), numeric=True),
        html.amount(f"Low, {unit}", "low", divisor, places),
        html.amount("Likely", "likely", divisor, places),
        html.amount("High", "high", divisor, places),
    ]  # fmt: skip
    parts.still(html.table(columns, risks.score_history(row), caption="Scores, newest first", dense=True))
    begun = at.state.risks[str(row["id"])]
    parts.still(
        f'<p class="siop-small">Registered by {html.e(at.state.name(begun.by))} in {html.e(words.month(row["registered"]))}, entry {begun.seq:,}.</p>'
    )
    risk_forms.of_item(at, row)


def what_if(at: Here, board: risks.Board, against: str, again: Callable[[float], risks.Board]) -> None:
    """Sliders on the probabilities of the items that carry most, and on the correlation. Nothing is written.

    again: the board with another correlation, remembered, on the same seed.
    """
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
    rho = board.seen.simulation.rho
    wanted = st.slider(
        "Correlation between items of one driver group", 0.0, 0.9, rho, 0.1, format="%.1f", key="what_if_rho",
        help="Items of one driver group tend to happen together; 0 is by chance alone. The setting is in siop.toml.",
    )  # fmt: skip
    after = board.seen if wanted == rho else again(wanted).seen
    after = after.with_changes(changes) if changes else after
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
