"""The rows of the page of risks and rewards: what the tornado, the register and the what-if show, said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siop.core import Report, Scope, words
from siop.ledger import State
from siop.risks.impact import SIGN
from siop.risks.picture import Picture, picture
from siop.risks.register import FLAGS, Line, closed_items
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
    """The levers with the largest expected gain: what to do, mean, p50, tail10, chance, cost and what it returns.

    An item whose months lie beyond the year gains nothing in it and is left out.
    """
    return [
        {"id": w["item"], "title": w["title"], "do": w["text"] or DOES[w["what"]], "mean": w["mean"], "p50": w["p50"],
         "tail10": w["tail10"], "cost": w["cost"], "back": w["back"], "chance": w["chance"]}
        for w in report.totals["levers"][:most]
        if w["mean"] or w["cost"] is not None
    ]  # fmt: skip


def beyond_sentence(report: Report) -> str | None:
    """How many items lie beyond the year, and so cannot close its gap; None where there is none."""
    n = sum(not w["mean"] and w["what"] != "mitigate" for w in report.totals["levers"])
    if not n:
        return None
    return (
        f"{words.count(n, 'item lies', 'items lie').capitalize()} beyond the year: no lever on its landing."
    )


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
    if not register and before.simulation.rho == after.simulation.rho:
        return "Nothing is changed: move a slider."
    said = f"The register moves by {words.amount(register, 'money', currency, signed=True)}"
    if not register:
        sd = (
            words.amount(after.simulation.sd, "money", currency),
            words.amount(before.simulation.sd, "money", currency),
        )
        said = f"The register's spread is {sd[0]}, {sd[1]} before (one standard deviation)"
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


def period_rows(report: Report, kind: str) -> list[dict[str, Any]]:
    """The landing by month, quarter or year: period in words, p10, p50, p90, outlook, moved (P50 less the outlook)."""
    landing = report.totals["landing"]
    if landing is None:
        return []
    return [
        {**row, "said": words.month(row["period"]) if kind == "month" else row["period"], "moved": row["p50"] - row["outlook"]}
        for row in landing["periods"]
        if row["kind"] == kind
    ]  # fmt: skip


def closed_rows(lines: Sequence[Line], state: State) -> list[dict[str, Any]]:
    """The items closed with an outcome, the newest first: what was said before their months began, and what came.

    Columns: id, title, owner, kind, said (probability), likely, occurred, realised (signed), cycle.
    """
    by_id = {line.risk.id: line for line in lines}
    rows = []
    for item in closed_items(lines):
        line = by_id[item.id]
        outcome = line.risk.outcome
        if outcome is not None:
            sign = SIGN[item.kind]
            rows.append(
                {"id": item.id, "title": line.risk.title, "owner": state.name(item.owner), "kind": KINDS[item.kind],
                 "said": item.probability, "likely": sign * item.likely, "occurred": item.occurred,
                 "realised": sign * item.realised, "cycle": outcome.in_cycle, "seq": outcome.seq}
            )  # fmt: skip
    return sorted(rows, key=lambda r: (r["cycle"], r["seq"]), reverse=True)


def owners_sentence(report: Report) -> str:
    """Of how many owners judged what they say does not fit what came, and who they are."""
    judged = [o for o in report.totals["owners"] if o["status"] != "insufficient"]
    off = [str(o["name"]) for o in judged if o["flagged"]]
    if not judged:
        return "No owner has ten closed items yet: nobody is judged"
    if not off:
        return f"What {words.count(len(judged), 'owner says', 'owners say')} fits what came"
    verb = "says" if len(off) == 1 else "say"
    return f"What {words.listed(off)} {verb} does not fit what came; {words.how_many(len(off))} of {words.count(len(judged), 'owner')} judged"


def bin_rows(report: Report) -> list[dict[str, Any]]:
    """The reliability bins: which probabilities, said on average, came, n, interval; all as fractions."""
    return [
        {**b, "range": words.percent(b["least"], 0) if b["least"] == b["most"]
         else f"{words.number(b['least'] * 100, 0)} to {words.percent(b['most'], 0)}"}
        for b in report.totals["reliability"]
    ]  # fmt: skip


def bins_sentence(report: Report) -> str:
    """In how many bins what came fits what was said."""
    bins = report.totals["reliability"]
    if not bins:
        return "Fewer than five items are closed: no reliability yet"
    fits = sum(b["low"] <= b["said"] <= b["high"] for b in bins)
    return f"What was said fits what came in {words.how_many(fits)} of {words.count(len(bins), 'band')} of probability"


def surprise_rows(report: Report) -> list[dict[str, Any]]:
    """The material deviations, the largest first, with the item that had foreseen each: family, said, value, by, covered."""
    rows = [
        {**d, "where": f"{d['family']}, {words.month(d['month'])}", "by": d["item"] or "nobody",
         "favourable": d["deviation"] > 0}
        for d in report.totals["surprise"]["deviations"]
    ]  # fmt: skip
    return sorted(rows, key=lambda r: -r["value"])


def surprise_sentence(report: Report, currency: str) -> str:
    """How much of what came was in no register."""
    told = report.totals["surprise"]
    if report.totals["surprise_ratio"] is None:
        return "Nothing material came in the last twelve months: no surprise to count"
    share = words.percent(report.totals["surprise_ratio"], 0)
    lost, every = (words.amount(told[k], "money", currency) for k in ("unregistered", "material"))
    return f"{share} of what came was in no register: {lost} of {every}"
