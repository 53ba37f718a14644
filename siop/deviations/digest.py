"""The week's digest of deviations: one page of HTML for mail, and the same in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from siop.core import Report, words
from siop.deviations.case import Standing, standings
from siop.deviations.counted import counters
from siop.deviations.sentences import norm_said
from siop.ledger import State

MOST = 7  # rows of a list: what does not fit a page is in the cockpit


@dataclass(frozen=True, slots=True)
class Digest:
    """The page as HTML (one table-free document without outside parts) and as Markdown; both say the same."""

    title: str
    html: str
    markdown: str


@dataclass(frozen=True, slots=True)
class _Part:
    title: str
    lines: list[str]


def digest(report: Report, state: State, today: date, currency: str = "EUR") -> Digest:
    """The digest of a deviations report and of the ledger's cases on a day.

    Args: report: of `deviations`; its sentences are taken as they are, so page, command and mail say the same.
    """
    found = standings(state, today)
    live = [s for s in found if s.state != "closed"]
    said = counters(found)
    month = report.totals.get("month")
    title = f"Deviations, {words.month(month, long=True) if month else 'no closed month'}"
    out = [r for r in report.rows if r["in_tolerance"] is False or r["signal"]]
    normal = [r for r in report.rows if r["norm"] in ("normalised", "tolerated")]
    cases = ", ".join(f"{n} {name}" for name, n in said.items())
    parts = [
        _Part("", [f"{report.totals['headline']}.", f"Cases: {cases}."]),
        _Part("By money", [f"{r['family']}: {r['sentence']}." for r in out[:MOST]] or ["Every family is within its tolerance."]),
        _Part("Becoming normal", [f"{r['family']}: {norm_said(r)}." for r in normal[:MOST]] or ["Nothing."]),
        _Part("Cases to answer", [_case(s, state) for s in live if s.state != "snoozed"][:MOST] or ["None is open."]),
        _Part("Snoozed", [_snoozed(s, state) for s in live if s.state == "snoozed"]),
        _Part("What to know", list(report.notes)),
    ]  # fmt: skip
    shown = [p for p in parts if p.lines]
    foot = f"Snapshot {report.snapshot}, {today.isoformat()}."
    return Digest(title, _html(title, shown, foot), _markdown(title, shown, foot))


def _case(s: Standing, state: State) -> str:
    owner = state.name(s.owner) if s.owner else "no owner"
    left = " (has left)" if s.left else ""
    said = f"{s.case.family}, {words.month(s.case.month)}: {s.state}, {owner}{left}, {words.count(s.age, 'working day')} open"
    if s.to:
        said += f", escalated to {state.name(s.to)}"
    if s.repeated:
        said += f", same cause as {words.listed(s.repeated)}"
    return f"{said}."


def _snoozed(s: Standing, state: State) -> str:
    last = s.case.answers[-1]
    return f"{s.case.family}, {words.month(s.case.month)}: until {last.due.isoformat()}, {last.countermeasure} ({state.name(last.owner)})."


def _markdown(title: str, parts: Sequence[_Part], foot: str) -> str:
    lines = [f"# {_plain(title)}", ""]
    for part in parts:
        if part.title:
            lines += [f"## {part.title}", "", *(f"- {_plain(line)}" for line in part.lines), ""]
        else:
            lines += [line for said in part.lines for line in (_plain(said), "")]
    return "\n".join([*lines, f"*{_plain(foot)}*", ""])


def _html(title: str, parts: Sequence[_Part], foot: str) -> str:
    body = []
    for part in parts:
        if part.title:
            items = "".join(f"<li>{escape(line)}</li>" for line in part.lines)
            body.append(f"<h2>{escape(part.title)}</h2><ul>{items}</ul>")
        else:
            body += [f"<p>{escape(line)}</p>" for line in part.lines]
    style = "body{font:16px/24px sans-serif;color:#14171c;max-width:44em;margin:2em auto;padding:0 1em}h1{font-size:24px}h2{font-size:18px}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{style}</style>'
        f"</head><body><h1>{escape(title)}</h1>{''.join(body)}<p><small>{escape(foot)}</small></p></body></html>\n"
    )


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: what people wrote does not become markup or a link."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in " ".join(text.split()))
