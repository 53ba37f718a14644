"""A request in words: the headline, and the options that a decision begins with; computed from the report's rows."""

from __future__ import annotations

from typing import Any

from siop.core import Report, words
from siop.requests.report import ANSWERS

Row = dict[str, Any]


def headline(report: Report, currency: str = "EUR") -> str:
    """What a full yes does, in a sentence."""
    told = report.totals["request"]
    units = f"{words.number(report.totals['quantity'], 0)} {_of(told['lines'])}"
    who = told["name"]
    if not report.rows:
        return f"{who} asks for {units}: what that would displace is not known here"
    accept, feasible = row(report, "accept"), report.totals["feasible_quantity"]
    if accept["granted"] is not None and accept["quantity"] < report.totals["quantity"]:
        return (f"{who} asks for {units}: {words.number(accept['quantity'], 0)} can be made at all,"
                f" {words.number(feasible, 0)} with every open order kept")  # fmt: skip
    n = len(accept["losers"])
    gain = _margin(accept["margin_change"], currency)
    if not n:
        return f"{who} can have {units} in full and nobody loses: {gain}"
    lost = words.number(accept["displaced"]["quantity"], 0)
    said = f"A full yes to {who} takes {lost} units from {words.count(n, 'customer')}: {gain}"
    if accept["committed_short"] > 0.5:
        said += f", and {words.number(accept['committed_short'], 0)} units already on order are not shipped"
    return said


def row(report: Report, policy: str) -> Row:
    """The row of a policy."""
    return next(r for r in report.rows if r["policy"] == policy)


def answers(report: Report) -> list[Row]:
    """The answers that differ, in order: one that comes to the same as an earlier one is left out; refusing stays."""
    found: list[Row] = []
    for name in ANSWERS:
        one = row(report, name)
        twins = [r for r in found if _same(r, one)]
        if name == "refuse" or (one["quantity"] > 0 and not twins):
            found.append(one)
    return found


def _same(a: Row, b: Row) -> bool:
    """Whether two answers ship the same in the same months and take the same from the others."""
    when = [[(s["month"], round(s["quantity"])) for s in r["schedule"]] for r in (a, b)]
    take = [round(r["displaced"]["quantity"]) for r in (a, b)]
    return when[0] == when[1] and take[0] == take[1]


def answer_sentence(one: Row, report: Report, currency: str = "EUR") -> str:
    """What an answer ships, when, what it takes and from whom."""
    if one["policy"] == "refuse":
        return "The plan stands; the customer gets what is planned and nothing more."
    when = one["schedule"]
    months = words.listed(
        [f"{words.number(s['quantity'], 0)} in {words.month(s['month'])}" for s in when[:4]]
    )
    said = f"Ships {months}" if when else "Ships nothing"
    losers = one["losers"]
    if losers:
        names = [r["name"] for r in losers[:3]]
        more = len(losers) - len(names)
        who = words.listed([*names, words.count(more, "other")] if more else names)
        said += f"; takes {words.number(one['displaced']['quantity'], 0)} units from {who}"
    else:
        said += "; takes nothing from anybody"
    if one["committed_short"] > 0.5:
        said += f"; {words.number(one['committed_short'], 0)} units on order are not shipped"
    if one["overtime_cost"] > 0.5:
        said += f"; {words.amount(one['overtime_cost'], 'money', currency)} of overtime"
    if one["margin_change"] is not None and one["margin_change"] < -0.5:
        said += f"; goodwill has to be worth {words.amount(-one['margin_change'], 'money', currency)}"
    return said + "."


def decision_options(report: Report, currency: str = "EUR") -> list[dict[str, Any]]:
    """Options of a decision: label, description, cost (margin taken from the others and overtime), effect (change of
    margin a month asked for), recommended."""
    months = max(1, len({line["month"] for line in report.totals["request"]["lines"]}))
    made = []
    for one in answers(report):
        label = one["label"]
        if one["policy"] != "refuse" and one["quantity"] < report.totals["quantity"]:
            label += f", {words.number(one['quantity'], 0)} units"
        taken = one["displaced"]["margin"]
        cost = None if taken is None else round(max(0.0, taken) + max(0.0, one["overtime_cost"]), 0)
        change = one["margin_change"]
        made.append(
            {
                "label": label,
                "description": answer_sentence(one, report, currency),
                "cost": 0.0 if one["policy"] == "refuse" else cost,
                "effect": None if change is None else round(change / months, 0),
                "recommended": one["policy"] == report.totals["recommended"],
            }
        )
    if made and not any(o["recommended"] for o in made) and report.totals["recommended"]:
        wanted = row(report, report.totals["recommended"])
        for option, one in zip(made, answers(report), strict=True):
            option["recommended"] = _same(one, wanted)
    return made


def question(report: Report) -> str:
    """The question leadership answers."""
    told = report.totals["request"]
    return f"What do we answer {told['name']}, who asks for {words.number(report.totals['quantity'], 0)} {_of(told['lines'])}?"


def _of(lines: list[Row]) -> str:
    items = list(dict.fromkeys(str(line.get("sku") or line.get("family")) for line in lines))
    months = list(dict.fromkeys(words.month(line["month"]) for line in lines))
    moved = all("instead_of" in line for line in lines)
    what = words.listed(items[:3]) if len(items) < 4 else words.count(len(items), "product")
    return f"{'of its' if moved else 'more'} {what} in {words.listed(months[:3])}"


def _margin(change: float | None, currency: str) -> str:
    if change is None:
        return "its margin is not known"
    if abs(change) < 0.5:
        return "margin stays as it is"
    return f"{words.amount(abs(change), 'money', currency)} {'more' if change > 0 else 'less'} margin"
