"""What each column is taken for, and the form to correct it. The mapping's text is there too, for all it can say."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import streamlit as st

from siop.core import words
from siop.ui import parts
from siop.ui.here import Here
from siop.ui.html import e
from siop.warehouse import Look, Staged, correct
from siop.warehouse.contract import TABLES, VERSION_KINDS
from siop.warehouse.mapping_text import mapping_text

MARKS = {"comma ,": None, "semicolon ;": ";", "bar |": "|", "tab": "\t"}
DECIMALS = {"point 1234.5": None, "comma 1234,5": ","}
THOUSANDS = {
    "none": None,
    "point 1.234": ".",
    "comma 1,234": ",",
    "space 1 234": " ",
    "apostrophe 1'234": "'",
}
PERIODS = {"month": None, "quarter": "quarter", "year": "year"}
DATES = {"month_format": "Format of months", "date_format": "Format of dates"}


def form(at: Here, staged: Staged, look: Look) -> None:
    """The panel of the mapping: one source at a time, the company's head, and the whole as text."""
    st.space(24)
    sub = (
        "Proposed from headers and first rows: nothing is loaded before you save it"
        if look.proposed
        else "As the mapping says; correct what is wrong and save it"
    )
    parts.panel("2  What each column is taken for", sub)
    for finding in look.findings:
        parts.banner(f"{finding.file}: {finding.message}. {finding.fix}")
    if look.mapping is None:
        parts.empty("No file looks like a table of the contract", "Drag in sales or orders with a month and a quantity or revenue, or a mapping.toml.")  # fmt: skip
        return
    mark = sha256(look.mapping.encode()).hexdigest()[:8]
    told: dict[str, Any] = dict(look.told)
    names = {
        f"{n}  {s['file']}, {t.get('table')}": n
        for n, (s, t) in enumerate(zip(look.sources, told.get("source", []), strict=True), 1)
    }
    if names:
        picked = st.selectbox(
            "File and table", list(names), key=f"map_source_{len(names)}", index=_last(look)
        )
        told = _source(look, told, names.get(picked or "", 1), mark)
    told = _unused(staged, look, told)
    told = _company(at, told, mark)
    if st.button(
        "Save the mapping", type="primary" if look.proposed else "secondary", disabled=told.pop("#bad", False)
    ):
        staged.map(mapping_text(told))
        st.rerun()
    with st.expander("The mapping as text"):
        text = st.text_area("mapping.toml", look.mapping, height=420, key=f"map_text_{mark}")
        if st.button("Save the text", disabled=text == look.mapping and not look.proposed):
            staged.map(text or "")
            st.rerun()


def _last(look: Look) -> int:
    """The source shown first: one with a problem, else the actuals."""
    for n, source in enumerate(look.sources):
        if source["problem"]:
            return n
    tables = [s.get("table") for s in look.told.get("source", [])]
    return tables.index("actuals") if "actuals" in tables else 0


def _source(look: Look, told: dict[str, Any], number: int, mark: str) -> dict[str, Any]:
    """One source's form; returns the mapping as the form says."""
    seen, source = look.sources[number - 1], told["source"][number - 1]
    if seen["problem"]:
        parts.notes([f"{seen['file']} cannot be read: {seen['problem']}."])
    options = [*TABLES, correct.NO_TABLE]
    now = source.get("table") if source.get("table") in TABLES else options[0]
    key = f"map_{mark}_{number}"
    table = st.selectbox(
        "Feeds the table", options, index=options.index(str(now)), key=f"{key}_table", width=320
    ) or str(now)
    if table == correct.NO_TABLE:
        return correct.corrected(told, number, table, [], [], [], {})
    header, before = seen["header"], seen["taken"]
    picks = _columns(seen, table, now == table, key)
    constants = _constants(source, table, picks, key)
    forms = _forms(source, table, key)
    elsewhere = [c for one in source.get("lookup", []) for c in one.get("columns", {})]
    said = _problems(
        table, picks, [*elsewhere, *(k for k, v in {**source.get("constants", {}), **constants}.items() if v)]
    )
    if header and said:
        st.html(
            f'<div class="siop-refused" role="alert"><b>Not ready</b>{"".join(f"<span>{e(s)}</span>" for s in said)}</div>'
        )
    if not header:
        header, before, picks = _unread(source)
    made = correct.corrected(told, number, table, header, picks, before, forms, constants)
    return {**made, "#bad": bool(header and correct.doubled(picks))}


def _unread(source: Mapping[str, Any]) -> tuple[list[str], list[list[str]], list[str]]:
    """A file that could not be read keeps the columns it had."""
    columns = source.get("columns", {})
    return list(columns.values()), [[c] for c in columns], list(columns)


def _columns(seen: Mapping[str, Any], table: str, same: bool, key: str) -> list[str]:
    """A choice per column of the file: what it is taken for."""
    picks = []
    known = correct.choices(table)
    for n, (name, values, had) in enumerate(zip(seen["header"], seen["samples"], seen["taken"], strict=True)):
        now = correct.said(table, had if same else [c for c in had if c in known])
        options = known if now in known else [*known, now]
        left, right = st.columns([1.25, 1], vertical_alignment="center")
        shown = ", ".join(map(str, values))
        left.html(f'<p class="siop-facts"><b>{e(name)}</b><span>{e(shown)}</span></p>')
        label = f"{name or 'column without a name'} is taken for"
        picks.append(
            right.selectbox(
                label,
                options,
                index=options.index(now),
                key=f"{key}_{table}_{n}",
                label_visibility="collapsed",
            )
            or now
        )
    return picks


def _problems(table: str, picks: list[str], others: list[str]) -> list[str]:
    said = [
        f"Two columns are taken for {name}: one of them is something else." for name in correct.doubled(picks)
    ]
    needed = correct.lacking(table, picks, others)
    return [*said, *([f"The table {table} still needs {words.listed(needed)}."] if needed else [])]


def _constants(source: Mapping[str, Any], table: str, picks: list[str], key: str) -> dict[str, str]:
    """Which plan it is, where no column says so."""
    if "version" not in TABLES[table].key or table == "versions":
        return {}
    had = source.get("constants", {})
    have = {n for pick in picks for n in pick.split(" and ")}
    left, middle, right = st.columns(3)
    told = {}
    if "version" not in have:
        told["version"] = left.text_input(
            "Plan version (actual for what happened)", str(had.get("version", "")), key=f"{key}_version"
        )
    if "kind" not in have:
        options = ["", *VERSION_KINDS]
        kind = str(had.get("kind", ""))
        told["kind"] = (
            middle.selectbox(
                "Kind of plan",
                options,
                index=options.index(kind) if kind in options else 0,
                key=f"{key}_kind",
            )
            or ""
        )
    if "cycle" not in have:
        told["cycle"] = right.text_input("Cycle, YYYY-MM", str(had.get("cycle", "")), key=f"{key}_cycle")
    return told


def _forms(source: Mapping[str, Any], table: str, key: str) -> dict[str, str | None]:
    """How the file is written, where it is not written plainly."""
    with st.expander("How the file is written"):
        a, b, c = st.columns(3)
        out = {
            "delimiter": _pick(a, "Delimiter", MARKS, source.get("delimiter"), f"{key}_delimiter"),
            "decimal": _pick(b, "Decimal mark", DECIMALS, source.get("decimal"), f"{key}_decimal"),
            "thousands": _pick(c, "Thousands mark", THOUSANDS, source.get("thousands"), f"{key}_thousands"),
            "encoding": a.text_input(
                "Encoding", source.get("encoding", ""), placeholder="utf-8", key=f"{key}_encoding"
            )
            or None,
            "sheet": b.text_input(
                "Sheet", source.get("sheet", ""), placeholder="the only one", key=f"{key}_sheet"
            )
            or None,
            "period": _pick(c, "One row is for a", PERIODS, source.get("period"), f"{key}_period"),
        }
        for place, (name, label) in zip((a, b), DATES.items(), strict=True):
            out[name] = (
                place.text_input(
                    label, source.get(name, ""), placeholder="2026-03 or 2026-03-31", key=f"{key}_{name}"
                )
                or None
            )
        summed = st.toggle(
            "Rows that repeat a key are summed", source.get("aggregate") == "sum", key=f"{key}_aggregate"
        )
        unmapped = st.toggle(
            "Keys that are in no table are kept as (unmapped)",
            source.get("unknown") == "unmapped",
            key=f"{key}_unknown",
        )
    return {**out, "aggregate": "sum" if summed else None, "unknown": "unmapped" if unmapped else None}


def _pick(place: Any, label: str, options: dict[str, str | None], now: Any, key: str) -> str | None:
    """A choice among marks; one that is not offered is offered as it is."""
    known = dict(options) if now in options.values() else {**options, str(now): str(now)}
    names = list(known)
    return known[place.selectbox(label, names, index=list(known.values()).index(now), key=key) or names[0]]


def _unused(staged: Staged, look: Look, told: dict[str, Any]) -> dict[str, Any]:
    """Files that no source reads: what they look like, and a button that adds them."""
    for n, other in enumerate(look.unused):
        if not other["sources"]:
            parts.notes(
                [
                    f"{other['file']} is not used: it looks like no table. Describe it in the mapping's text, or take it out."
                ]
            )
            continue
        tables = words.listed([s["table"] for s in other["sources"]])
        left, right = st.columns([1.6, 1], vertical_alignment="center")
        with left:
            parts.notes([f"{other['file']} is not in the mapping yet; it looks like {tables}."])
        if right.button(f"Add {other['file']}", key=f"map_add_{n}"):
            staged.map(mapping_text(correct.added(look.told, other["sources"])))
            st.rerun()
    return told


def _company(at: Here, told: dict[str, Any], mark: str) -> dict[str, Any]:
    head = told.get("company", {})
    with st.expander("The company"):
        a, b, c = st.columns(3)
        name = a.text_input("Name", head.get("name") or at.company, key=f"map_{mark}_name")
        currency = b.text_input(
            "Currency", head.get("currency") or at.currency, max_chars=3, key=f"map_{mark}_currency"
        )
        start = c.number_input(
            "Fiscal year starts in month",
            1,
            12,
            int(head.get("fiscal_year_start", 1)),
            key=f"map_{mark}_start",
        )
    bad = told.get("#bad", False)
    made = correct.company_of(
        {k: v for k, v in told.items() if k != "#bad"}, name or "", currency or "", int(start)
    )
    return {**made, "#bad": bad}
