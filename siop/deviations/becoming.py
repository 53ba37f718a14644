"""Is it becoming normal? The four signs of a family beside what they were: persistence, response, tolerance, re-basing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from siop.core import Report, words
from siop.deviations.norm import RECENT, YEAR
from siop.deviations.streams import Streams

TOLD = ("normalised", "tolerated")


@dataclass(frozen=True, slots=True)
class Becoming:
    """A family whose miss is becoming normal. share: of plan value, None without one; rows: sign, now, said, was."""

    family: str
    state: str
    share: float | None
    original: float
    now: float
    rows: tuple[dict[str, Any], ...]


def becoming(found: Streams, report: Report) -> list[Becoming]:
    """The families that are normalised, then those that are tolerated, each by plan value, largest first."""
    total = sum(r["plan_value"] for r in report.rows)
    told = []
    for row in report.rows:
        if row["norm"] in TOLD:
            i = found.families.index(row["family"])
            share = row["plan_value"] / total if total else None
            told.append(Becoming(row["family"], row["norm"], share, row["original_tolerance"], row["tolerance"],
                                 tuple(_signs(found, i))))  # fmt: skip
    return sorted(told, key=lambda b: (TOLD.index(b.state), -(b.share or 0.0), b.family))


def becoming_sentence(told: Sequence[Becoming]) -> str:
    """How many families, and of which share of plan value."""
    normal = [b for b in told if b.state == "normalised"]
    if not told:
        return "Nothing is becoming normal"
    kind = "Becoming normal" if normal else "Tolerated, not yet normal"
    shown = normal or list(told)
    share = sum(b.share or 0.0 for b in shown)
    return f"{kind}: {words.listed([b.family for b in shown])}, {words.percent(share, 0)} of plan value"


def _signs(found: Streams, i: int) -> list[dict[str, Any]]:
    """One row a sign: what it is now, in words, and what it was before."""
    norm, tolerance = found.norms[i], found.tolerances[i]
    out = found.out_at_first(i)
    before = out[-(RECENT + YEAR) : -RECENT]
    known = int((found.deviation[i] == found.deviation[i])[-(RECENT + YEAR) : -RECENT].sum())
    rows = [
        {"sign": "Persistence", "now": f"{norm.breaches_6} of {norm.known_6}", "said": "months out of the first tolerance",
         "was": f"was {int(before.sum())} of {known}" if known else ""},
        {"sign": "Response", "now": f"{norm.answered} of {norm.asked}" if norm.asked else "unknown",
         "said": "misses answered in ten working days" if norm.asked else "no ledger was kept of these months",
         "was": "" if norm.earlier_response_rate is None else f"was {words.percent(norm.earlier_response_rate, 0)}"},
    ]  # fmt: skip
    last = tolerance.changes[-1] if len(tolerance.changes) > 1 else None
    why = f"{_widened(norm.widened_after_miss)}{f': “{last.reason}”' if last and last.reason else ''}"
    if tolerance.now == tolerance.original:
        why = "as first agreed"
    rows.append({"sign": "Tolerance", "now": f"±{words.percent(tolerance.now, 0)}", "said": why,
                 "was": f"was ±{words.percent(tolerance.original, 0)}"})  # fmt: skip
    if norm.rebasing is None:
        rows.append({"sign": "Re-basing", "now": "unknown", "said": "too few misses to tell", "was": ""})  # fmt: skip
    else:
        rows.append({"sign": "Re-basing", "now": words.percent(norm.rebasing, 0),
                     "said": "of a miss re-planned without a decision", "was": ""})  # fmt: skip
    return rows


def _widened(times: int) -> str:
    if not times:
        return "changed"
    return {1: "widened after a miss", 2: "widened twice"}.get(
        times, f"widened {words.how_many(times)} times"
    )
