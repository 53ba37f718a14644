"""What the figures say, in sentences computed from the rows beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from siop.core import MEASURES, words
from siop.risks.calibrate import Calibration
from siop.risks.landing import Landing
from siop.risks.register import Line
from siop.risks.surprise import Surprise

HALF = 0.5


def chance_said(chance: float) -> str:
    """A chance as people say it: never 0 or 100 %, which a simulation cannot know.

    >>> chance_said(0.091), chance_said(0.0), chance_said(0.9999)
    ('9\\xa0% chance', 'less than 1\\xa0% chance', 'more than 99\\xa0% chance')
    """
    return f"{words.chance(chance)} chance"


def carriers(contributions: Mapping[str, float | None]) -> tuple[list[str], float | None]:
    """The fewest items that carry at least half of the spread, largest first, and their share; none varies: ([], None)."""
    ranked = sorted(((c, i) for i, c in contributions.items() if c is not None), key=lambda x: (-x[0], x[1]))
    found: list[str] = []
    share = 0.0
    for contribution, item in ranked:
        if share >= HALF:
            break
        found.append(item)
        share += contribution
    return (found, share) if found else ([], None)


def headline(
    landing: Landing | None, contributions: Mapping[str, float | None], currency: str, measure: str,
    against: str = "budget",
) -> str:  # fmt: skip
    """The one sentence of the page: the chance, how far the middle lands from the target, who carries the spread."""
    found, share = carriers(contributions)
    tail = ""
    if share is not None:
        verb = "carries" if len(found) == 1 else "carry"
        tail = f"{words.count(len(found), 'item')} {verb} {words.percent(share, 0)} of the spread"
    if landing is None:
        return _sentence(tail or "No outlook and no plan: the landing of the year is not known")
    target = landing.budget if against == "budget" else landing.signed
    chance, named = landing.chance(target), MEASURES[measure].label.lower()
    said = {"budget": "budget", "signed": "the signed plan"}[against]
    if target is None or chance is None:
        start = f"P50 lands at {words.amount(landing.p50, 'money', currency)} of {named}"
    else:
        gap = landing.p50 - target
        side = "above" if gap > 0 else "below"
        off = f"{words.amount(abs(gap), 'money', currency)} of {named} {side}" if gap else "on it"
        start = f"{chance_said(chance)} to reach {said}; P50 lands {off}"
    return _sentence(start + (f"; {tail}" if tail else ""))


def tornado_sentence(lines: Sequence[Line], contributions: Mapping[str, float | None]) -> str:
    """Which item moves the year most."""
    found, _ = carriers(contributions)
    if not found:
        return "No open item outside the plan moves the range."
    first = found[0]
    title = next(line.risk.title for line in lines if line.risk.id == first)
    share = contributions[first]
    return _sentence(f"{title} moves the year most: {words.percent(share, 0)} of the spread")


def curve_sentence(landing: Landing | None, currency: str) -> str:
    """The percentiles in words: nine chances in ten are at P10 or more."""
    if landing is None:
        return "The landing of the year is not known."
    low, high = (words.amount(v, "money", currency) for v in (landing.p10, landing.p90))
    return f"Nine chances in ten to land at {low} or more, one in ten at {high} or more."


def register_sentence(lines: Sequence[Line], currency: str) -> str:
    """How many are open, what they weigh, how many are stale or unowned."""
    live = [line for line in lines if line.open]
    outside = [line for line in live if not line.risk.in_plan and line.mean is not None]
    weight = sum(line.mean or 0.0 for line in outside)
    said = words.count(len(live), "open item").capitalize()
    if outside:
        verb = "weighs" if len(outside) == 1 else "weigh"
        weighed = words.amount(weight, "money", currency, signed=True)
        said += f"; {words.count(len(outside), 'item')} outside the plan {verb} {weighed}"
    for flag, text in (("stale", "stale"), ("unowned", "without an owner")):
        count = sum(line.stale if flag == "stale" else flag in line.flags for line in live)
        if count:
            said += f"; {words.count(count, 'item')} {text}"
    return said + "."


def honesty_sentence(owners: Sequence[Calibration], surprise: Surprise) -> str:
    """Who is flagged and why, and what nobody had registered."""
    flagged = [f"{o.name} {o.evidence}" for o in owners if o.flagged]
    parts = flagged or [
        "No owner's record contradicts what was said"
        if owners
        else "No item has been closed with an outcome yet"
    ]
    if surprise.ratio is not None:
        count = words.count(surprise.n, "material deviation")
        if surprise.ratio < 0.005:
            parts.append(f"everything of {count} had been registered")
        elif surprise.ratio > 0.995:
            parts.append(f"nothing of {count} had been registered")
        else:
            parts.append(f"{words.percent(surprise.ratio, 0)} of the value of {count} was in no register")
    return _sentence("; ".join(parts))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
