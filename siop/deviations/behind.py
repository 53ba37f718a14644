"""What lies behind the gap, as rows of a table: slices that add up to it, SKUs that are off, and what it is traced to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from siop.core import Report, words
from siop.deviations.sentences import slice_said
from siop.deviations.streams import Streams
from siop.deviations.trace import VERDICTS, Traced, shares

MOST_SKUS = 8
SAID = {
    "bad assumption": "An assumption did not hold",
    "bad plan or execution": "All assumptions held: the plan or its execution",
    "unstated": "No assumption covered it",
    "not observed yet": "Nobody wrote what came of the assumption",
}


def gap_rows(found: Report, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Slices, then the effect across the board, then the rest, and last their sum, which is the gap.

    Columns: where, said, impact, effect, share_of_gap, plan, items; None where a row has none. Empty without a plan.
    """
    totals = found.totals
    gap = totals["gap"]
    if gap is None:
        return []
    rows = [
        {"where": slice_said(r["slice"], labels), "said": _beside(r, labels), "impact": r["impact"], "effect": r["effect"],
         "share_of_gap": r["share_of_gap"], "plan": r["plan"], "items": r["items"]}
        for r in found.rows
    ]  # fmt: skip
    rows.append(_line("Across the board", totals["broad_impact"], gap, effect=totals["broad_effect"] or None))
    rows.append(_line("The rest: single items, up and down", totals["rest"], gap))
    rows.append(_line("The gap", gap, gap, items=totals["items"]))
    return rows


def window_said(found: Report) -> str:
    """The months that were searched."""
    first, last = found.totals.get("from"), found.totals.get("to")
    if not first or not last:
        return "no closed month"
    return words.month(first) if first == last else f"{words.month(first)} to {words.month(last)}"


def sku_rows(named: pd.DataFrame) -> list[dict[str, Any]]:
    """The SKUs that are off, largest deviation first: sku, family, deviation (units), deviation_ratio, q."""
    kept = named[["sku", "family", "deviation", "deviation_ratio", "q"]].head(MOST_SKUS)
    return [
        {**{str(k): v for k, v in row.items()}, "deviation_ratio": _known(row["deviation_ratio"])}
        for row in kept.to_dict("records")
    ]


def skus_sentence(table: pd.DataFrame, rows: Sequence[Mapping[str, Any]], found: Streams) -> str:
    """How many SKUs of how many families are off."""
    if table.empty:
        return "SKUs cannot be looked into: no plan is by SKU"
    flagged = [f for i, f in enumerate(found.families) if found.chart.signal[i, -1]]
    if not flagged:
        return "No family signals, so no SKU is looked into"
    looked = int(table["family"].isin(flagged).sum())
    said = words.count(len(rows), "SKU is off", "SKUs are off").capitalize().replace("sku", "SKU")
    return f"{said}, of {looked} in {words.listed(flagged[:3])}"


def verdict_rows(traced: Sequence[Traced]) -> list[dict[str, Any]]:
    """What the misses are traced to: said, n, money, share; the largest first, those without a miss left out."""
    share = shares(traced)
    rows = [
        {"verdict": name, "said": SAID[name], "n": sum(t.verdict == name for t in traced),
         "money": sum(t.money for t in traced if t.verdict == name), "share": share[name]}
        for name in VERDICTS
    ]  # fmt: skip
    return sorted((r for r in rows if r["n"]), key=lambda r: (-r["money"], r["verdict"]))


def verdict_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """Was it the assumption, or the plan?"""
    if not rows:
        return "No miss of the last twelve months is out of tolerance"
    first = rows[0]
    said = f"{first['said'][:1].lower()}{first['said'][1:]}"
    return f"{words.percent(first['share'], 0)} of the misses' money: {said}"


def _beside(row: Mapping[str, Any], labels: Mapping[str, str]) -> str | None:
    told = []
    if row.get("since") and row["recent_effect"] is not None:
        told.append(
            f"{words.percent(row['recent_effect'], 0, signed=True)} since {words.month(row['since'])}"
        )
    if row.get("without"):
        told.append(f"without {words.listed([slice_said(s, labels) for s in row['without']])}")
    return ", ".join(told) or None


def _line(
    where: str, impact: float, gap: float, *, effect: float | None = None, items: int | None = None
) -> dict[str, Any]:
    return {"where": where, "said": None, "impact": impact, "effect": effect, "share_of_gap": impact / gap if gap else None,
            "plan": None, "items": items}  # fmt: skip


def _known(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
