"""The decisions room in words: its headline, which rows stand in the log, and who has said what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siop.core import MEASURES, add_months, words
from siop.decisions.sign_off import PlanStatus
from siop.ledger.state import State

Row = Mapping[str, Any]
Mark = tuple[str, str, str, str | None]
"""(kind, who, word, detail), as the page draws them."""
SHOWS = {"cycle": "This cycle", "open": "Open", "all": "All"}
STANCE_WORDS = {
    "consent": "Consent",
    "reservation": "Reservation",
    "stand_aside": "Stands aside",
    "object": "Objects",
}
OUTCOME_WORDS = {
    "approved": "Approved",
    "with_conditions": "Approved with a condition",
    "deferred": "Deferred",
    "rejected": "Rejected",
}
VERDICT_WORDS = {
    "delivered": "as predicted",
    "partly": "part of its effect",
    "not": "no effect",
    "not_executed": "not carried out",
}


def headline(status: PlanStatus | None, rows: Sequence[Row]) -> str:
    """How many signed the plan, what waits, and who objects; computed from what stands on the page."""
    said = [_signed(status)] if status is not None else []
    waiting = [row for row in rows if _waits(row)]
    waits = words.count(len(waiting), "decision")
    said.append(f"{waits} {'waits' if len(waiting) == 1 else 'wait'}")
    things: dict[str, list[str]] = {}
    for sign in status.objections if status is not None else ():
        things.setdefault(sign.function, []).append("the plan")
    for row in waiting:
        for function in row["objections"]:
            things.setdefault(function, []).append(row["id"])
    against = [f"{function} objects to {words.listed(found)}" for function, found in things.items()]
    sentence = "; ".join(said) + (f"; {words.listed(against[:2])}" if against else "")
    return sentence[:1].upper() + sentence[1:]


def _signed(status: PlanStatus) -> str:
    if status.published is not None and not status.changed:
        return f"Plan {status.version} is published"
    have, needed = sum(f.signed for f in status.functions), len(status.functions)
    if needed == 0:
        return f"nobody is named to sign plan {status.version}"
    if have == needed:
        return f"all {words.count(needed, 'function')} have signed plan {status.version}"
    of = f"of {words.count(needed, 'function')}"
    if have == 0:
        return f"none {of} has signed plan {status.version}"
    return f"{words.count(have, of, of)} {'has' if have == 1 else 'have'} signed plan {status.version}"


def shown(rows: Sequence[Row], show: str, cycle: str) -> list[Row]:
    """The rows of the log, newest first: `cycle` keeps this cycle, the one before, and what waits."""
    if show == "open":
        kept = [row for row in rows if _waits(row)]
    elif show == "cycle":
        before = add_months(cycle, -1) if cycle else ""
        kept = [row for row in rows if row["cycle"] >= before or _waits(row)]
    else:
        kept = list(rows)
    return sorted(kept, key=lambda row: (row["cycle"], row["raised_at"]), reverse=True)


def _waits(row: Row) -> bool:
    return row["state"] in ("open", "deferred")


def line(row: Row, state: State, currency: str) -> dict[str, Any]:
    """A row of the log as it is read: texts only, and `heavy` where the state asks for attention."""
    told, came = row["prediction"], row["effect"] or {}
    metric = told["metric"] if told else None
    word, heavy = standing_word(row)
    return {
        "id": row["id"],
        "question": row["question"],
        "chosen": chosen(row, currency),
        "owner": state.name(row["owner"]) if row["owner"] else "",
        "due": f"{row['due']:%d %b}" if row["due"] else "",
        "predicted": effect_said(told["p50"] if told else None, metric, currency),
        "actual": effect_said(came.get("realised") if told else None, metric, currency),
        "state": word,
        "heavy": heavy,
    }


def chosen(row: Row, currency: str) -> str:
    """The answer in one line: outcome and option with its cost, or what the question waits for."""
    options = words.count(len(row["options"]), "option")
    if row["outcome"] is None:
        due = f", needed by {row['needed_by']:%d %b}" if row["needed_by"] else ""
        return options[:1].upper() + options[1:] + due
    said = OUTCOME_WORDS[row["outcome"]]
    picked = next((o for o in row["options"] if o["label"] == row["option"]), None)
    if picked is not None:
        said += f": {picked['label']}"
        said += f", cost {words.amount(picked['cost'], 'money', currency)}" if picked["cost"] else ""
    return said + (" (from history)" if row["imported"] else "")


def standing_word(row: Row) -> tuple[str, bool]:
    """(the state in words, whether it asks for attention)."""
    objects = len(row["objections"])
    against = f", {objects} object{'s' if objects == 1 else ''}" if objects else ""
    if row["state"] == "superseded":
        return f"replaced by {row['superseded_by']}", False
    if _waits(row):
        name = "late" if row["late"] else row["state"]
        return name + against, bool(objects) or row["late"]
    verdict = VERDICT_WORDS.get(row["verdict"] or "")
    if verdict is not None:
        return verdict, row["verdict"] != "delivered"
    taken = len(row["positions"])
    return (f"{taken} signed{against}" if taken else OUTCOME_WORDS[row["outcome"]].lower()), False


def effect_said(value: float | None, metric: str | None, currency: str) -> str:
    """An effect with its sign and unit; empty where there is none."""
    if value is None or metric is None:
        return ""
    measure = MEASURES.get(metric)
    if measure is None:
        return words.number(value, 2, signed=True)
    unit = "units" if metric == "quantity" else "money"
    return words.amount(value, unit, currency, signed=True)


def plan_marks(status: PlanStatus, state: State) -> list[Mark]:
    """A mark per required function: its stance under the present rows, or that it has not signed."""
    found: list[Mark] = []
    for one in status.functions:
        sign = one.signature
        if sign is None:
            found.append(("wait", one.function, "Not signed", None))
        elif not one.current:
            found.append(("wait", one.function, "Signed other rows", f"entry {sign.seq}"))
        else:
            by = f"{state.name(sign.by)}, delegate" if sign.capacity != "self" else None
            detail = "; ".join(part for part in (by, sign.reason) if part) or None
            found.append((sign.stance, one.function, STANCE_WORDS[sign.stance], detail))
    return found


def decision_marks(row: Row, state: State) -> list[Mark]:
    """A mark per function that must sign plans or took a position; of several people the last one speaks."""
    said = {p["function"]: p for p in row["positions"]}
    order = list(dict.fromkeys([*state.required_functions, *said]))
    found: list[Mark] = []
    for function in order:
        position = said.get(function)
        if position is None:
            found.append(("wait", function, "No position", None))
        else:
            found.append((position["stance"], function, STANCE_WORDS[position["stance"]], position["reason"]))
    return found


def tally(marks: Sequence[Mark]) -> str:
    """How many stand where: 6 consent, 1 reservation, 1 objects."""
    counted = []
    for stance, word in STANCE_WORDS.items():
        n = sum(kind == stance for kind, *_ in marks)
        if n:
            counted.append(f"{n} {word.lower() if n == 1 or stance != 'object' else 'object'}")
    waiting = sum(kind == "wait" for kind, *_ in marks)
    if waiting:
        counted.append(f"{waiting} not yet")
    return ", ".join(counted)


def short(digest: str | None) -> str:
    """A hash as people compare it: first and last four characters."""
    return f"{digest[:4]}…{digest[-4:]}" if digest else "–"


def last_entry(row: Row | None, status: PlanStatus | None, state: State) -> int | None:
    """The number of the last entry about a decision, or about a plan's signatures where no decision is given."""
    if row is not None:
        decision = state.decisions[row["id"]]
        return max(
            [
                decision.seq,
                *decision.changes,
                *(o.seq for o in decision.outcomes),
                *(p.seq for p in decision.positions),
            ]
        )
    if status is None:
        return None
    seen = [f.signature.seq for f in status.functions if f.signature is not None]
    seen += [status.published.seq] if status.published is not None else []
    return max(seen, default=None)
