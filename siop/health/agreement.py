"""Do the answers agree? Reliability of a scale, agreement of raters, difference between functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

from siop.core import Undefined
from siop.health.numbers import Floats, Interval

UNIFORM_VARIANCE = 2.0  # (5^2 - 1) / 12: five answers, all equally likely


def alpha(rows: Floats, level: float = 0.95) -> tuple[float, Interval]:
    """Cronbach's alpha of a scale and its interval (Feldt).

    Args: rows: answers, shape (respondents, items), no NaN, at least two of each.
    Raises: Undefined where the totals do not vary.
    Source: alpha = k/(k-1) (1 - sum of item variances / variance of the totals); Feldt (1965), as in the R and
        Python packages that print it: 1 - (1 - alpha) F(tail; n - 1, (n - 1)(k - 1)).
    >>> rows = np.array([[4, 5, 4], [3, 3, 2], [5, 5, 5], [2, 3, 2], [4, 4, 3]], dtype=float)
    >>> round(alpha(rows)[0], 4)
    0.9643
    """
    n, k = rows.shape
    if n < 2 or k < 2:
        raise Undefined("alpha needs at least two respondents and two items")
    total = float(rows.sum(axis=1).var(ddof=1))
    if total == 0:
        raise Undefined("alpha is undefined: every respondent has the same total")
    value = k / (k - 1) * (1 - float(rows.var(axis=0, ddof=1).sum()) / total)
    tail = (1 - level) / 2
    low = 1 - (1 - value) * float(stats.f.ppf(1 - tail, n - 1, (n - 1) * (k - 1)))
    high = 1 - (1 - value) * float(stats.f.ppf(tail, n - 1, (n - 1) * (k - 1)))
    return value, (low, high)


def r_wg(answers: Floats) -> float:
    """Agreement of raters on one item: 1 - variance / variance of random answers; 1 is unanimous.

    Negative where people are more divided than chance (polarised); shown as 0 with that word.
    Source: James, Demaree and Wolf (1984).
    >>> r_wg(np.array([4.0, 4, 5, 3, 4])), r_wg(np.array([1.0, 5, 1, 5, 3]))
    (0.75, -1.0)
    """
    if len(answers) < 2:
        raise Undefined("agreement needs at least two answers")
    return float(1 - answers.var(ddof=1) / UNIFORM_VARIANCE)


@lru_cache(maxsize=256)
def chance_agreement(n: int, *, draws: int = 4000, seed: int = 7) -> float:
    """The 95th percentile of r_wg when n people answer at random: below it, agreement is not shown."""
    if n < 2:
        return 1.0
    answers = np.random.default_rng(seed).integers(1, 6, size=(draws, n))
    return float(np.quantile(1 - answers.var(axis=1, ddof=1) / UNIFORM_VARIANCE, 0.95))


@dataclass(frozen=True, slots=True)
class Difference:
    """Disagreement between groups: eta2 is the share of the variance that lies between them."""

    eta2: float
    p: float
    n: int
    groups: int


def difference(scores: Floats, groups: np.ndarray, *, draws: int = 10_000, seed: int = 7) -> Difference:
    """Whether groups answer differently: eta squared with a permutation p (add-one, never zero).

    Args: scores: shape (n,); groups: a label per score.
    Raises: Undefined for fewer than two groups, or scores that do not vary.
    """
    codes, labels = _coded(groups)
    if labels < 2:
        raise Undefined("a difference needs at least two groups")
    centred = scores - scores.mean()
    total = float(np.square(centred).sum())
    if total == 0:
        raise Undefined("every answer is the same")
    sizes = np.bincount(codes, minlength=labels)

    def between(values: Floats) -> Floats:
        sums = np.stack([values[:, codes == g].sum(axis=1) for g in range(labels)], axis=1)
        return np.asarray((np.square(sums) / sizes).sum(axis=1))

    seen = float(between(centred[None, :])[0])
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(np.tile(centred, (draws, 1)), axis=1)
    at_least = int((between(shuffled) >= seen * (1 - 1e-12)).sum())
    return Difference(seen / total, (at_least + 1) / (draws + 1), len(scores), labels)


def change(before: Floats, after: Floats, level: float = 0.95) -> tuple[float, Interval]:
    """Difference of two rounds' means (anonymous, so unpaired) with Welch's interval.

    Raises: Undefined below two answers in either round.
    """
    if len(before) < 2 or len(after) < 2:
        raise Undefined("a change needs at least two answers in each round")
    found = stats.ttest_ind(after, before, equal_var=False)
    delta = float(after.mean() - before.mean())
    if before.var(ddof=1) == 0 and after.var(ddof=1) == 0:
        return delta, (delta, delta)
    band = found.confidence_interval(level)
    return delta, (float(band.low), float(band.high))


def _coded(groups: np.ndarray) -> tuple[np.ndarray, int]:
    labels, codes = np.unique(groups, return_inverse=True)
    return codes, len(labels)
