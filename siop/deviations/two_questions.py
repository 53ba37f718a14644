"""Does it matter, and has something changed? Two questions, four answers; and who moved the tolerance, when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siop.core import words
from siop.deviations.casefile import day_said
from siop.deviations.streams import Streams
from siop.ledger import State


@dataclass(frozen=True, slots=True)
class Quadrant:
    """One answer to both questions. out: of the tolerance in force; signal: of the chart, in the last month."""

    out: bool
    signal: bool
    said: str
    rows: tuple[Mapping[str, Any], ...]


SAID = {
    (True, True): "It matters and has changed: find what moved, and answer it",
    (True, False): "It matters, nothing changed: the process cannot hold this plan",
    (False, True): "It has changed, still in tolerance: look before it matters",
    (False, False): "Within tolerance, nothing changed: leave it alone",
}


def quadrants(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Quadrant], list[Mapping[str, Any]]]:
    """(the four answers, out of tolerance first; the families that cannot be asked both questions).

    A family without a plan, an actual or twelve months of history has no answer to one of them, and is listed apart.
    """
    asked = [r for r in rows if r["in_tolerance"] is not None and r["signal"] is not None]
    found = [
        Quadrant(out, on, said, tuple(r for r in asked if r["in_tolerance"] is not out and r["signal"] is on))
        for (out, on), said in SAID.items()
    ]
    return found, [r for r in rows if r not in asked]


def quadrants_sentence(found: Sequence[Quadrant], apart: Sequence[Mapping[str, Any]]) -> str:
    """How many families matter, and how many of them have changed."""
    out = [q for q in found if q.out]
    total = sum(len(q.rows) for q in found)
    if not total:
        return "No family has history enough for both questions"
    mattering, changed = sum(len(q.rows) for q in out), sum(len(q.rows) for q in found if q.signal)
    said = f"{words.how_many(mattering) if mattering else 'none'} of {words.count(total, 'family', 'families')} out of tolerance, {words.how_many(changed) if changed else 'none'} changed"
    said = said[:1].upper() + said[1:]
    return f"{said}; {words.count(len(apart), 'family', 'families')} not judged by both" if apart else said


def tolerance_rows(found: Streams, state: State) -> list[dict[str, Any]]:
    """Every tolerance of the streams from the first to the one in force: family, from, pct, before, who, why, first, now.

    The first one stays a row of its own whatever came after it. Families whose tolerance moved most come first.
    """
    blocks = []
    for family, t in zip(found.families, found.tolerances, strict=True):
        last = found.months[-1] if found.months else ""
        rows: list[dict[str, Any]] = []
        if t.source != "ledger" or (t.changes and abs(t.changes[0].pct / 100 - t.original) > 1e-9):
            who = "company policy" if t.source != "derived" else "derived from its history"
            rows.append({"family": family, "from": None, "pct": t.original, "before": None, "who": who, "why": None,
                         "seq": None})  # fmt: skip
        for change in t.changes:
            before = rows[-1]["pct"] if rows else None
            who = f"{state.name(change.by)}, {day_said(change.at.date())}"
            rows.append({"family": family, "from": change.valid_from, "pct": change.pct / 100, "before": before, "who": who,
                         "why": change.reason, "seq": change.seq})  # fmt: skip
        begun = [r for r in rows if r["from"] is None or r["from"] <= last] or rows[:1]
        for n, row in enumerate(rows):
            row["first"], row["now"] = n == 0, row is begun[-1]
            row["change"] = _change(row)
        blocks.append((abs(t.now - t.original), family, rows))
    return [row for _, _, rows in sorted(blocks, key=lambda b: (-b[0], b[1])) for row in rows]


def tolerances_sentence(found: Streams) -> str:
    """How many families are judged by a wider tolerance than was first agreed, and which moved most."""
    wider = [(t.now - t.original, f, t) for f, t in zip(found.families, found.tolerances, strict=True) if t.now > t.original + 1e-9]  # fmt: skip
    if not wider:
        return "No tolerance is wider than first agreed"
    _, family, t = max(wider, key=lambda w: (w[0], w[1]))
    count = words.count(
        len(wider), "tolerance is wider than first agreed", "tolerances are wider than first agreed"
    )
    was, now = words.percent(t.original, 0), words.percent(t.now, 0)
    return f"{count[:1].upper()}{count[1:]}; {family} most: ±{was} to ±{now}"


def _change(row: Mapping[str, Any]) -> str:
    said = f"±{words.percent(row['pct'], _decimals(row['pct']))}"
    if row["first"]:
        return f"{said}, first agreed"
    before = row["before"] or 0.0
    kind = "kept" if row["pct"] == before else "widened" if row["pct"] > before else "tightened"
    return f"{said}, {kind} from ±{words.percent(before, _decimals(before))}"


def _decimals(value: float) -> int:
    return 0 if abs(value * 100 - round(value * 100)) < 0.05 else 1
