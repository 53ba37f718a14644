"""The rows of the page of risks and rewards: what the tornado, the register and the what-if show, said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siop.core import Report, Scope, words
from siop.ledger import State
from siop.risks.picture import Picture, picture
from siop.risks.register import FLAGS
from siop.risks.report import report_of
from siop.risks.sentences import chance_said
from siop.warehouse import Snapshot

KINDS = {"risk": "Risk", "opportunity": "Opportunity"}
DOES = {"win": "Win it", "avoid": "Avoid it", "mitigate": "Mitigate it"}


@dataclass(frozen=True, eq=False)
class Board:
    """The picture and its report, made together so that the draws are drawn once."""

    seen: Picture
    report: Report


def board(snapshot: Snapshot, state: State, scope: Scope, **settings: Any) -> Board:
    """Picture and report of a scope; settings: those of `risk`. Raises as `risk`."""
    seen = picture(snapshot, state, scope, **settings)
    return Board(seen, report_of(snapshot, state, scope, seen))


def tornado_rows(report: Report, most: int) -> list[dict[str, Any]]:
    """The items that carry most of the spread: title, if_it_happens, weighted (signed money), share (fraction)."""
    carrying = [row for row in report.rows if row["contribution"]]
    return [
        {"title": r["title"], "if_it_happens": r["if_it_happens"], "weighted": r["mean"], "share": r["contribution"]}
        for r in carrying[:most]
    ]  # fmt: skip


def register_rows(report: Report) -> list[dict[str, Any]]:
    """The open items with what stands beside them in words: kind, response, last score, flags."""
    return [
        {
            **row, "kind_said": KINDS[row["kind"]], "response": response_said(row), "last": last_said(row),
            "said": flags_said(row), "where": f"{row['scope']}, {window_said(row['from'], row['to'])}",
        }
        for row in report.rows
    ]  # fmt: skip


def response_said(row: Mapping[str, Any]) -> str | None:
    """The mitigation, else the contingency; None where nobody has said what would be done."""
    plan = row.get("mitigation")
    return plan["text"] if plan else row.get("contingency")


def last_said(row: Mapping[str, Any]) -> str:
    """When an item was last scored; a stale one says for how many cycles.

    >>> last_said({"last_scored": "2026-07", "age": 4, "stale": True})
    'Stale: four cycles'
    """
    if row["last_scored"] is None:
        return "Never scored"
    if row["stale"] and row["age"]:
        return f"Stale: {words.count(row['age'], 'cycle')}"
    return words.month(row["last_scored"])


def flags_said(row: Mapping[str, Any]) -> str | None:
    """What is wrong with an item, and whether the sign it waits for has come; None where nothing is to be said.

    >>> flags_said({"flags": ["undated"], "in_plan": True})
    'In plan; its window is longer than twelve months'
    """
    found = ["in plan"] if row.get("in_plan") else []
    found += [FLAGS[flag] for flag in row["flags"]]
    if row.get("triggered"):
        found.append(f"its sign has come: {row['trigger_said']}")
    text = "; ".join(found)
    return text[:1].upper() + text[1:] if text else None


def window_said(first: str, last: str) -> str:
    """The months of an item.

    >>> window_said("2026-11", "2026-12"), window_said("2026-11", "2026-11")
    ('Nov 2026 to Dec 2026', 'Nov 2026')
    """
    return words.month(first) if first == last else f"{words.month(first)} to {words.month(last)}"


def owner_rows(report: Report) -> list[dict[str, Any]]:
    """The record of each owner, flagged ones first: name, n, said, occurred, evidence in words."""
    rows = [{**o, "evidence": o["evidence"][:1].upper() + o["evidence"][1:]} for o in report.totals["owners"]]
    return sorted(rows, key=lambda o: (not o["flagged"], -o["n"], str(o["name"])))


def lever_rows(report: Report, most: int) -> list[dict[str, Any]]:
    """The levers with the largest expected gain: what to do, mean, p50, cost."""
    return [
        {"id": w["item"], "title": w["title"], "do": w["text"] or DOES[w["what"]], "mean": w["mean"], "p50": w["p50"],
         "cost": w["cost"]}
        for w in report.totals["levers"][:most]
    ]  # fmt: skip


def figures(seen: Picture) -> dict[str, float | None]:
    """The numbers a what-if moves: register mean, landing P10, P50, P90, chances to reach budget and signed plan."""
    land = seen.landing
    return {
        "register": seen.simulation.expected,
        "p10": land.p10 if land else None,
        "p50": land.p50 if land else None,
        "p90": land.p90 if land else None,
        "budget": land.chance_to_reach_budget if land else None,
        "signed": land.chance_to_reach_signed if land else None,
    }


def what_if_sentence(before: Picture, after: Picture, currency: str, against: str = "budget") -> str:
    """What the sliders changed: the register, the middle of the landing and the chance to reach the target."""
    was, now = figures(before), figures(after)

    def moved(name: str) -> float | None:
        old, new = was[name], now[name]
        return None if old is None or new is None else new - old

    register, p50 = moved("register"), moved("p50")
    if not register:
        return "Nothing is changed: move a slider."
    said = f"The register moves by {words.amount(register, 'money', currency, signed=True)}"
    if p50 is not None:
        said += f", P50 by {words.amount(p50, 'money', currency, signed=True)}"
    old, new = was[against], now[against]
    if old is not None and new is not None:
        target = "budget" if against == "budget" else "the signed plan"
        first, then = chance_said(old), chance_said(new)
        said += f"; still {then} to reach {target}" if first == then else f"; {then} to reach {target}, {first} before"  # fmt: skip
    return said + "."


def score_history(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """An item's scores, newest first."""
    scores: Sequence[Mapping[str, Any]] = row["scores"]
    return list(reversed(scores))
