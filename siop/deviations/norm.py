"""Is it becoming normal? The normalisation of deviance, judged against the tolerance that was first agreed.

Source: Vaughan (1996), The Challenger Launch Decision, for the idea; the four signs and their thresholds are this
cockpit's own, tested on simulated companies (benchmarks/norm.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siop.deviations.decay import Decay

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

STATES = ("normal", "managed", "tolerated", "normalised", "insufficient")
LEAST = 9  # months of plan and actual below which only persistence is told
RECENT, YEAR = 6, 12
LEAST_RECENT = 4  # of the last six, that must be known
OFTEN, PERSISTS = 0.3, 0.5  # share of months out of the original tolerance
ANSWERED, UNANSWERED = 0.7, 0.5  # share of these misses that were answered
CREEP = 1.1  # tolerance now against the original
REBASED = 0.5  # median share of a miss copied into the next plan
MISSES = 4  # needed to speak of re-basing


@dataclass(frozen=True, slots=True)
class Stream:
    """What norm judges: (t,) months in order.

    ratio: deviation / |plan|, infinite where something came and the plan was zero, NaN where unknown (`judged_ratio`);
    out: out of the original tolerance; replied: 1 where the miss was answered in time, 0 where not, NaN where nobody
    can know (no miss, no ledger yet, the clock still runs); rebased: share of the month's miss copied into the next plan without
    a decision, NaN where unknown; growth: tolerance now / original, None where it was widened from zero; size:
    |deviation| / original tolerance.
    tolerance: (t,) in force, to count widenings; empty where it is not known.
    """

    ratio: Floats
    out: Flags
    replied: Floats
    rebased: Floats
    growth: float | None
    size: Floats
    tolerance: Floats


@dataclass(frozen=True, slots=True)
class Norm:
    """The state of one stream, with what it rests on. Rates are None where there was nothing to judge.

    breaches_6 of known_6: months out of the original tolerance; run: such months in a row on one side up to now,
    longest_run: the longest ever; cumulative: sum of the last twelve deviations in months of plan, without the months of
    plan zero, which have no such size; response_rate: of these six months' misses, earlier_response_rate: of the misses
    before; answered, asked: counts behind the first; widened_after_miss: widenings within two months after a miss;
    signs: of creep, decay, rebasing.
    """

    state: str
    months: int
    breaches_6: int
    known_6: int
    run: int
    longest_run: int
    cumulative: float
    response_rate: float | None
    answered: int
    asked: int
    earlier_response_rate: float | None
    tolerance_growth: float | None
    widened_after_miss: int
    rebasing: float | None
    signs: tuple[str, ...]

    @property
    def breach_rate(self) -> float | None:
        """Share of the last six months out of the original tolerance."""
        return self.breaches_6 / self.known_6 if self.known_6 else None


def norm(stream: Stream, *, decay: Decay | None = None) -> Norm:
    """The state of a stream.

    normal: under 30 per cent of the last six months out of the original tolerance. managed: at least that, and at
    least 70 per cent of those misses answered in time. tolerated: at least half out, of these six or of twelve months,
    and fewer than half of the six months' misses answered.
    normalised: tolerated, and one of: the tolerance grew by more than a tenth; answers decay over all streams and this
    one's have fallen; the plan is re-based onto its misses. Between these, managed where half was answered, else normal.
    insufficient: fewer than nine months, or misses whose answers nobody can know.

    Args: decay: of the answers over all streams together (`decay.decay`), None where too little is known.
    """
    known = ~np.isnan(stream.ratio)
    where = np.flatnonzero(known)
    out = stream.out & known
    recent = where[where >= len(known) - RECENT]
    year = where[where >= len(known) - YEAR]
    misses, before = recent[out[recent]], where[where < len(known) - RECENT]
    replies = stream.replied[misses]
    replies = replies[np.isfinite(replies)]
    earlier = stream.replied[before[out[before]]]
    earlier = earlier[np.isfinite(earlier)]
    runs = _runs(np.sign(stream.ratio[where]) * out[where])
    rebasing = _rebasing(stream.rebased, out)
    signs = _signs(stream, rebasing, decay, replies, earlier)
    sizes = stream.ratio[-YEAR:]
    rate = len(misses) / len(recent) if len(recent) else 0.0
    persists = max(rate, float(out[year].mean()) if len(year) else 0.0) >= PERSISTS
    response = float(replies.mean()) if len(replies) else None
    return Norm(
        state=_state(len(where), len(recent), rate, persists, response, signs),
        months=len(where),
        breaches_6=len(misses),
        known_6=len(recent),
        run=runs[-1] if runs else 0,
        longest_run=max(runs, default=0),
        cumulative=float(sizes[np.isfinite(sizes)].sum()),
        response_rate=response,
        answered=int(replies.sum()),
        asked=len(replies),
        earlier_response_rate=float(earlier.mean()) if len(earlier) else None,
        tolerance_growth=stream.growth,
        widened_after_miss=_widened(stream.tolerance, out),
        rebasing=rebasing,
        signs=signs,
    )


def _state(
    months: int, recent: int, rate: float, persists: bool, response: float | None, signs: Sequence[str]
) -> str:
    if months < LEAST or recent < LEAST_RECENT:
        return "insufficient"
    if rate < OFTEN:
        return "normal"
    if response is None:
        return "insufficient"
    if response >= ANSWERED:
        return "managed"
    if persists and response < UNANSWERED:
        return "normalised" if signs else "tolerated"
    return "managed" if response >= UNANSWERED else "normal"


def _signs(
    stream: Stream, rebasing: float | None, decay: Decay | None, replies: Floats, earlier: Floats
) -> tuple[str, ...]:
    signs = []
    if stream.growth is None or stream.growth > CREEP:
        signs.append("creep")
    fell = len(replies) and len(earlier) and replies.mean() < earlier.mean()
    if decay is not None and decay.decays and fell:
        signs.append("decay")
    if rebasing is not None and rebasing >= REBASED:
        signs.append("rebasing")
    return tuple(signs)


def _rebasing(rebased: Floats, out: Flags) -> float | None:
    """Median share of the last year's misses that moved into the next plan; None for fewer than four."""
    shares = rebased[-YEAR:][out[-YEAR:]]
    shares = shares[np.isfinite(shares)]
    return float(np.median(shares)) if len(shares) >= MISSES else None


def _widened(tolerance: Floats, out: Flags) -> int:
    """Widenings in a month after which, at most two months before, a miss lies."""
    wider = np.flatnonzero(np.diff(tolerance) > 1e-12) + 1 if len(tolerance) else np.zeros(0, dtype=np.int64)
    return sum(bool(out[max(t - 2, 0) : t].any()) for t in wider)


def _runs(sides: Floats) -> list[int]:
    """Length, at every known month, of the run of misses on one side that ends there."""
    found: list[int] = []
    last = 0.0
    for side in sides:
        found.append(0 if not side else found[-1] + 1 if side == last and found else 1)
        last = side
    return found
