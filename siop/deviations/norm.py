"""Is it becoming normal? The normalisation of deviance, judged against the tolerance that was first agreed.

Source: field.md N5 after Vaughan; thresholds by design, tested on simulated regimes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

STATES = ("normal", "managed", "tolerated", "normalised", "insufficient")
LEAST = 9  # months below which only persistence is told
RECENT, YEAR = 6, 12
PERSISTS, OFTEN = 0.5, 0.3  # share of months out of tolerance: of the last 6, of the last 12
ANSWERED, UNANSWERED = 0.7, 0.5  # share of the misses that were answered
CREEP = 1.1  # tolerance now against the original
REBASED = 0.5  # median share of a miss copied into the next plan
PAIRS = 5  # misses needed to speak of re-basing or of decay


@dataclass(frozen=True, slots=True)
class Norm:
    """The state of one stream, with what it rests on. Rates are None where there was nothing to answer."""

    state: str
    breaches_6: int
    breach_rate: float | None
    longest_run: int
    response_rate: float | None
    earlier_response_rate: float | None
    tolerance_growth: float | None
    rebasing: float | None
    signs: tuple[str, ...]  # of creep, decay, rebasing: what makes tolerated normalised


@dataclass(frozen=True, slots=True)
class Stream:
    """What norm judges: (t,) months in order, NaN or False where unknown.

    ratio: deviation / plan; out: out of the original tolerance; answered: the miss was answered in time;
    rebased: share of the month's miss copied into the next plan without a decision, NaN where unknown.
    """

    ratio: Floats
    out: Flags
    answered: Flags
    rebased: Floats
    growth: float | None


def norm(stream: Stream, *, decays: bool = False) -> Norm:
    """The state of a stream.

    Args: decays: whether answers decay over all streams together (`decay`); the stream's own must have fallen too.
    """
    known = np.isfinite(stream.ratio)
    n = int(known.sum())
    where = np.flatnonzero(known)
    out = stream.out & known
    recent, year = where[-RECENT:], where[-YEAR:]
    breaches_6 = int(out[recent].sum())
    longest = _longest_run(np.sign(stream.ratio[where]) * out[where])
    misses = year[out[year]]
    response = float(stream.answered[misses].mean()) if len(misses) else None
    earlier_misses = where[:-YEAR][out[where[:-YEAR]]] if n > YEAR else misses[: len(misses) // 2]
    earlier = float(stream.answered[earlier_misses].mean()) if len(earlier_misses) else None
    rho = stream.rebased[misses]
    rho = rho[np.isfinite(rho)]
    rebasing = float(np.median(rho)) if len(rho) >= PAIRS else None
    rate = float(out[year].mean()) if len(year) else None
    if n < LEAST or rate is None:
        return Norm("insufficient", breaches_6, rate, longest, response, earlier, stream.growth, rebasing, ())
    signs = []
    if stream.growth is not None and stream.growth > CREEP:
        signs.append("creep")
    halves = (misses[: len(misses) // 2], misses[len(misses) // 2 :])
    fell = len(misses) >= PAIRS and stream.answered[halves[1]].mean() < stream.answered[halves[0]].mean()
    if decays and fell:
        signs.append("decay")
    if rebasing is not None and rebasing >= REBASED:
        signs.append("rebasing")
    persists = breaches_6 >= PERSISTS * len(recent) and rate >= OFTEN
    if rate < OFTEN and not persists:
        state = "normal"
    elif response is not None and response >= ANSWERED:
        state = "managed"
    elif persists and (response or 0.0) < UNANSWERED:
        state = "normalised" if signs else "tolerated"
    else:
        state = "managed" if (response or 0.0) >= UNANSWERED else "normal"
    return Norm(state, breaches_6, rate, longest, response, earlier, stream.growth, rebasing, tuple(signs))


def decay(streams: Sequence[Stream]) -> tuple[float, float] | None:
    """(slope, one-sided p) of answers on how many misses came before, over all streams, size held constant.

    Logistic r ~ a_stream + b1 x earlier misses + b2 x ln(size of the miss against the stream's median), stream
    intercepts shrunk towards a free common one; None below 12 misses. A negative slope with p < .05 is decay.
    """
    rows, answers, group = [], [], []
    for index, stream in enumerate(streams):
        misses = np.flatnonzero(stream.out & np.isfinite(stream.ratio))
        if not len(misses):
            continue
        size = np.abs(stream.ratio[misses])
        relative = np.log(np.maximum(size, 1e-6) / max(float(np.median(size)), 1e-6))
        for order, (month, big) in enumerate(zip(misses, relative, strict=True)):
            rows.append((1.0, float(order), float(big)))
            answers.append(float(stream.answered[month]))
            group.append(index)
    if len(rows) < 12 or len(set(answers)) < 2:
        return None
    x = np.array(rows)
    dummies = (np.array(group)[:, None] == np.unique(group)[None, :]).astype(float)
    design = np.hstack([x, dummies])
    ridge = np.diag([1e-6, 1e-6, 1e-6] + [1.0] * dummies.shape[1])
    beta = np.zeros(design.shape[1])
    r = np.array(answers)
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + ridge
        step = np.linalg.solve(hessian, design.T @ (r - p) - ridge @ beta)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    se = float(np.sqrt(np.linalg.inv(hessian)[1, 1]))
    from scipy.stats import norm as normal

    return float(beta[1]), float(normal.cdf(beta[1] / se))


def _longest_run(sides: Floats) -> int:
    longest = run = 0
    last = 0.0
    for side in sides:
        run = run + 1 if side and side == last else 1 if side else 0
        last, longest = side, max(longest, run)
    return longest
