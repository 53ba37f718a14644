"""A report as plain text that can be read at any width: the columns that fit, a sentence a row, then the totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

LEAD: Mapping[str, tuple[str, ...]] = {
    "deviations": ("family", "deviation_ratio", "tolerance", "in_tolerance", "signal", "norm", "impact"),
    "localise": ("slice", "impact", "effect", "share_of_gap", "items"),
    "risk": ("id", "title", "mean", "probability", "contribution", "owner_name"),
}
"""The columns that a reader wants first, by report; those of the other reports come as they are."""
NAMES = {"deviation_ratio": "off plan", "in_tolerance": "within", "share_of_gap": "of gap", "last_scored": "scored",
         "owner_name": "owner", "contribution": "of spread"}  # fmt: skip
SHARES = ("deviation_ratio", "tolerance", "effect", "share_of_gap", "contribution", "probability")
GAP, LONGEST = 2, 34


def lines_of(body: Mapping[str, Any], width: int = 80) -> list[str]:
    """The report in lines of at most `width` characters; a word longer than a line is not broken.

    Columns that do not fit are named in the last line, so that nobody takes what is shown for all there is.
    """
    lines = wrap(f"{body['report']}: snapshot {body['snapshot']}, as of {body['as_of']}", width)
    if body["totals"].get("headline"):
        lines += ["", *wrap(str(body["totals"]["headline"]), width)]
    rows = body["rows"]
    if rows:
        shown, hidden = _fitting(body["report"], rows, width)
        lines += ["", *_table(rows, shown)]
        told = [(_name(body["report"], r), r["sentence"]) for r in rows if r.get("sentence")]
        for name, said in told:
            lines += ["", *wrap(f"{name}: {said}" if name and not said.startswith(name) else said, width)]
        if hidden:
            lines += ["", *wrap(f"Not shown for want of room, in --json: {', '.join(hidden)}", width)]
    lines.append("")
    for key, value in body["totals"].items():
        if key in ("headline", "sentences"):
            continue
        lines += _total(key, value, width)
    for note in body["notes"]:
        lines += wrap(f"Note: {note}", width, subsequent_indent="  ")
    return lines


def _fitting(report: str, rows: Sequence[Mapping[str, Any]], width: int) -> tuple[list[str], list[str]]:
    """(columns that fit side by side, those that do not), in the order a reader wants them."""
    known = list(dict.fromkeys(key for row in rows for key in row))
    plain = [
        c
        for c in known
        if c != "sentence" and (c == "slice" or not any(isinstance(r.get(c), dict | list) for r in rows))
    ]
    order = [
        *(c for c in LEAD.get(report, ()) if c in plain),
        *(c for c in plain if c not in LEAD.get(report, ())),
    ]
    shown: list[str] = []
    room = width
    for column in order:
        need = _width(rows, column) + (GAP if shown else 0)
        if need > room:
            break
        shown.append(column)
        room -= need
    return shown, [c for c in known if c not in shown and c != "sentence"]


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    widths = {c: _width(rows, c) for c in columns}
    right = {c: any(_is_number(r.get(c)) for r in rows) for c in columns}

    def line(cells: Sequence[str]) -> str:
        made = (
            t.rjust(widths[c]) if right[c] else t.ljust(widths[c])
            for c, t in zip(columns, cells, strict=True)
        )
        return (" " * GAP).join(made).rstrip()

    head = line([_head(c) for c in columns])
    return [head, "-" * len(head), *(line([_cell(r.get(c), c) for c in columns]) for r in rows)]


def _width(rows: Sequence[Mapping[str, Any]], column: str) -> int:
    return max(len(_head(column)), *(len(_cell(r.get(column), column)) for r in rows))


def _total(key: str, value: Any, width: int) -> list[str]:
    """One total; a nested one is indented, a long list is counted."""
    if isinstance(value, Mapping):
        plain = all(not isinstance(v, Mapping | list | tuple) for v in value.values())
        line = f"{_head(key)}: " + ", ".join(f"{_head(str(k))} {_cell(v)}" for k, v in value.items())
        if plain and len(line) <= width:
            return [line]
        inner = [line for k, v in value.items() for line in _total(str(k), v, width - 2)]
        return [f"{_head(key)}:", *(f"  {line}" for line in inner)]
    if isinstance(value, list | tuple):
        simple = all(not isinstance(v, Mapping | list | tuple) for v in value)
        said = ", ".join(_cell(v) for v in value) if simple else f"{len(value)} rows, in --json"
        return wrap(f"{_head(key)}: {said or 'none'}", width, subsequent_indent="  ")
    return wrap(f"{_head(key)}: {_cell(value)}", width, subsequent_indent="  ")


def _name(report: str, row: Mapping[str, Any]) -> str:
    found = row.get("family" if report == "deviations" else "index" if report == "health" else "metric")
    return "" if found is None else str(found)


def _head(column: str) -> str:
    return NAMES.get(column, column.replace("_", " "))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: Any, column: str = "") -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _short(", ".join(str(v) for v in value.values()))
    if column in SHARES and _is_number(value):
        return f"{value * 100:,.1f} %"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4f}".rstrip("0").rstrip(".")
    return _short(str(value)) if column else str(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
