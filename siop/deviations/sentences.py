"""Deviations in words an executive would say; every number is of the row it is said about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siop.core import MEASURES, words
from siop.deviations.norm import LEAST, Norm
from siop.metrics.tolerance import Tolerance

INSUFFICIENT = "insufficient history"
MOST_SHARE = 2.0  # a larger share, or one of the other sign, says only that others offset it


def sentence(row: Mapping[str, Any], currency: str) -> str:
    """One stream: how far, how much money, does it matter, has something changed, is it becoming normal."""
    if row["deviation"] is None:
        lacking = [name for name in ("plan", "actual") if row[name] is None]
        return f"No {' and no '.join(lacking)} for {words.month(row['month'])}: nothing to judge"
    said = f"{size_said(row)}{_money(row, currency)}, {_matters(row, currency)}"
    if row["rule"] == INSUFFICIENT:
        said += "; insufficient history to tell a shift from noise"
    elif row["signal"]:
        run = months_in_run(row)
        side = "above" if row["direction"] == "above" else "below"
        begun = words.month(row["first_signal"])
        said += f"; a signal {side} its usual course since {begun}" + (
            f", {words.count(run, 'month')}" if run > 1 else ""
        )
    elif row["in_tolerance"] is False and row["deviation_ratio"] is None:
        said += "; a month without a plan has no place on the chart"
    elif row["in_tolerance"] is False and row["breaches_6"] > 1:
        said += "; nothing has changed: misses of this size are usual here"
    elif row["in_tolerance"] is False:
        said += "; no sign of a lasting change"
    if row["norm"] in ("normalised", "tolerated"):
        said += f"; {norm_said(row)}"
    return said


def short_said(row: Mapping[str, Any]) -> str:
    """One stream in a line: how far, and the one thing to know about it."""
    if row["deviation"] is None:
        return sentence(row, "")
    said = size_said(row)
    if row["norm"] in ("normalised", "tolerated"):
        return f"{said}, {'becoming normal' if row['norm'] == 'normalised' else 'tolerated'}"
    if row["rule"] == INSUFFICIENT:
        return f"{said}, {'out of' if row['in_tolerance'] is False else 'within'} tolerance, {INSUFFICIENT}"
    if row["signal"]:
        return f"{said}, changed since {words.month(row['first_signal'])}"
    if row["in_tolerance"] is False:
        return f"{said}, out of tolerance, no signal"
    return f"{said}, within tolerance"


def norm_said(row: Mapping[str, Any]) -> str:
    """The state of a stream, in a clause."""
    out = f"{row['breaches_6']} of the last 6 months out of the first tolerance"
    answered = row["response_rate"]
    told = "" if answered is None else f", {_share(answered)} answered"
    return {
        "normalised": f"the miss is becoming normal: {out}{told}",
        "tolerated": f"the miss is tolerated: {out}{told}",
        "managed": f"managed: {out}{told}",
        "normal": f"normal: {out}",
        "insufficient": f"not enough data to say what is normal here; {LEAST} months with answers would do",
    }[str(row["norm"])]


def evidence(norm: Norm, tolerance: Tolerance, decays: bool, measure: str, currency: str) -> list[str]:
    """What a state rests on, a line each; computed from the norm and the tolerance.

    Args: measure, currency: what an absolute tolerance is said in.
    """
    unit = MEASURES[measure].unit

    def told(pct: float, absolute: float | None) -> str:
        most = "" if absolute is None else f" or ±{words.amount(absolute, unit, currency)}, whichever is more"
        return f"±{words.percent(pct, 0)}{most}"

    first = told(tolerance.original, tolerance.original_absolute)
    now = told(tolerance.now, tolerance.absolute_now)
    if not norm.months:
        return ["no month has both plan and actual"]
    set_by = {
        "derived": "derived from its history",
        "policy": "of the policy",
        "ledger": "first agreed",
    }
    said = [
        f"out of the tolerance {set_by[tolerance.source]} ({first}) in {norm.breaches_6} of {norm.known_6} months"
    ]
    if norm.run > 1:
        said.append(f"{words.count(norm.run, 'month')} in a row on one side")
    if norm.months < LEAST:
        said.append(f"{words.count(norm.months, 'month')} of history: with {LEAST} the state can be told")
    if norm.response_rate is not None:
        was = (
            f", {words.percent(norm.earlier_response_rate, 0)} before"
            if norm.earlier_response_rate is not None
            else ""
        )
        said.append(f"{norm.answered} of {norm.asked} misses answered within ten working days{was}")
    elif norm.breaches_6:
        said.append("no ledger was kept of these months, so nobody knows whether they were answered")
    if norm.tolerance_growth is None:
        said.append(f"tolerance {now}, was zero")
    elif abs(norm.tolerance_growth - 1) > 1e-9:
        last = tolerance.changes[-1] if tolerance.changes else None
        why = f", reason given: {last.reason}" if last is not None and last.reason else ""
        after = ""
        if norm.widened_after_miss:
            after = f"; widened after misses {_times(norm.widened_after_miss)}"
        said.append(f"tolerance {now}, was {first}{why}{after}")
    if norm.rebasing is not None:
        said.append(
            f"{words.percent(norm.rebasing, 0)} of a miss moved into the next plan without a decision"
        )
    if decays:
        said.append("answers become fewer the more misses there were, over all families")
    return said


def headline(rows: Sequence[Mapping[str, Any]], months: int = 6) -> str:
    """The page's sentence: what is becoming normal first, else a signal, else what is out of tolerance."""
    normal = [r for r in rows if r["norm"] == "normalised"]
    if normal:
        worst = max(normal, key=lambda r: (r["plan_value"], r["family"]))
        answered = worst["response_rate"]
        tail = "" if answered is None else f", {_share(answered)} answered"
        return f"{worst['family']}: {worst['breaches_6']} of {months} months out of the first tolerance{tail}"
    shifted = [r for r in rows if r["signal"] and r["in_tolerance"] is False]
    if shifted:
        worst = max(shifted, key=lambda r: abs(r["impact"] or 0.0))
        return f"{worst['family']}: {size_said(worst)}, and the shift began in {words.month(worst['first_signal'], long=True)}"
    out = [r for r in rows if r["in_tolerance"] is False]
    if out:
        worst = max(out, key=lambda r: abs(r["impact"] or 0.0))
        families = words.count(len(out), "family is", "families are").capitalize()
        return f"{families} out of tolerance, {worst['family']} most: {size_said(worst)}; nothing has changed for good"
    judged = [r for r in rows if r["in_tolerance"] is not None]
    if not judged:
        return "No family has a plan to deviate from"
    return f"{words.count(len(judged), 'family is', 'families are').capitalize()} within tolerance"


def slice_sentence(
    row: Mapping[str, Any],
    totals: Mapping[str, Any],
    unit: str,
    currency: str,
    labels: Mapping[str, str] | None = None,
) -> str:
    """One slice: where, how much, what per cent, which share of the gap, of which plan, how many items."""
    where = slice_said(row["slice"], labels)
    effect = (
        "sold without a plan"
        if row["effect"] is None
        else f"{words.percent(row['effect'], 0, signed=True)} against plan"
    )
    said = f"{where}: {words.amount(row['impact'], unit, currency, signed=True)}, {effect}"
    if row.get("since") and row["recent_effect"] is not None:
        said += f" ({words.percent(row['recent_effect'], 0, signed=True)} since {words.month(row['since'])})"
    share = row["share_of_gap"]
    if share is not None:
        said += (
            f", {words.percent(share, 0)} of the gap"
            if 0 <= share <= MOST_SHARE
            else ", offset by others in the gap"
        )
    said += f"; plan {words.amount(row['plan'], unit, currency)}, {words.count(row['items'], 'item')}"
    if row.get("without"):
        said += f", without {words.listed([slice_said(s, labels) for s in row['without']])}"
    if totals["broad_effect"]:
        said += f"; the rest of the business moved {words.percent(totals['broad_effect'], 0, signed=True)}"
    return said


def slice_said(where: Mapping[str, str], labels: Mapping[str, str] | None = None) -> str:
    """A slice by its values; a code of few letters is said with its dimension, as the company labels it.

    >>> slice_said({"region": "North", "site": "S1"}), slice_said({"channel": "OEM"})
    ('North, site S1', 'OEM')
    """
    return ", ".join(_value_said((labels or {}).get(name, name), value) for name, value in where.items())


def _value_said(name: str, value: str) -> str:
    letters = sum(c.isalpha() for c in value)
    return (
        value if letters > 2 and letters >= len(value) / 2 else f"{name.replace('_', ' ')} {value or 'none'}"
    )


def localise_headline(
    rows: Sequence[Mapping[str, Any]],
    totals: Mapping[str, Any],
    unit: str,
    currency: str,
    labels: Mapping[str, str] | None = None,
) -> str:
    """The figure's sentence: the gap, and where it is."""
    gap = totals["gap"]
    if gap is None:
        return "There is nothing to localise"
    said = f"{words.amount(abs(gap), unit, currency)} {'under' if gap < 0 else 'over'} plan"
    if not rows and not totals["broad_effect"]:
        return f"{said}, spread over the business: no slice moved on its own"
    parts = []
    if totals["broad_effect"]:
        parts.append(f"{words.percent(totals['broad_effect'], 0, signed=True)} across the board")
    parts += [
        f"{words.amount(r['impact'], unit, currency, signed=True)} in {slice_said(r['slice'], labels)}"
        for r in rows[:2]
    ]
    return f"{said}: {words.listed(parts)}"


def months_in_run(row: Mapping[str, Any]) -> int:
    """Signals of the run that lasts: those from its first month on."""
    return sum(m >= row["first_signal"] for m in row["signals"]) if row["first_signal"] else 0


def size_said(row: Mapping[str, Any]) -> str:
    """How far from plan: per cent, or the amount where the plan is zero."""
    if row["deviation_ratio"] is None:
        unit = MEASURES[row["measure"]].unit
        return f"{words.amount(row['actual'], unit)} without a plan"
    ratio = row["deviation_ratio"]
    decimals = 0 if abs(ratio) >= 0.0995 else 1
    return f"{words.percent(ratio, decimals, signed=True)} against plan"


def _money(row: Mapping[str, Any], currency: str) -> str:
    return (
        "" if row["impact"] is None else f" ({words.amount(row['impact'], 'money', currency, signed=True)})"
    )


def _matters(row: Mapping[str, Any], currency: str) -> str:
    now = _judge(row, row["tolerance"], row.get("tolerance_abs"), currency)
    if row["in_tolerance"] and row["in_original_tolerance"]:
        return f"within its tolerance of {now}"
    first = _judge(row, row["original_tolerance"], row.get("original_tolerance_abs"), currency)
    if row["in_tolerance"]:
        return f"within the tolerance of {now}, but out of the {first} first agreed"
    return f"out of its tolerance of {now}"


def _judge(row: Mapping[str, Any], pct: float, absolute: float | None, currency: str) -> str:
    """The tolerance that judges this month: the absolute amount where it allows more than the per cent of plan."""
    if absolute is not None and absolute > pct * abs(row["plan"]):
        return f"±{words.amount(absolute, MEASURES[row['measure']].unit, currency)}"
    return f"±{words.percent(pct, _decimals(pct))}" if row["plan"] else "zero where nothing is planned"


def _decimals(tolerance: float) -> int:
    return 0 if abs(tolerance * 100 - round(tolerance * 100)) < 0.05 else 1


def _share(rate: float) -> str:
    return "none" if rate == 0 else "all" if rate == 1 else words.percent(rate, 0)


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")
