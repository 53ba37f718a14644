"""Were the probabilities and amounts that people said any good? Scores of closed items, and a test of an owner.

Every function takes closed items (`Closed`): what was said before the item's months began, and what came. A number
that needs more items than there are is None; `Calibration.status` says "insufficient" and how many are enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import norm, t

from siop.core import words
from siop.risks.impact import Floats, amount_mean

LEAST = 10  # closed items for a skill, a money ratio's verdict, or any test
ENOUGH = (
    50  # closed items without which a clean record proves nothing: power against 30 % said, 45 % came is 0.60
)
BIN = 5  # closed items in a reliability bin
ROSY = 0.0345  # level of "bad news comes more often than said": what a register is read for, so most is spent here
GLOOMY = 0.0025  # of "bad news comes less often than said"
SKEWED = 0.005  # of "everything comes more, or less, often than said", both sides together
MONEY = 0.0025  # of "amounts come worse, or better, than said", both sides together
PRIOR = 10.0  # closed items that the stated probability counts for in a shrunk rate


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed item: the score that was in force before its months began, and the outcome."""

    id: str
    owner: str
    function: str
    kind: str
    probability: float
    low: float
    likely: float
    high: float
    occurred: bool
    realised: float
    shape: str = "triangular"


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of stated probabilities: what was said on average, how often it came, and Wilson's 95 % interval."""

    least: float
    most: float
    said: float
    n: int
    occurred: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a record contradicts what was said, and by which test.

    p: of the test that flagged, one-sided: chance of at least this much, were the owner right; where none flagged, of
    at least this much bad news. test: what p counts: bad news, less bad news, more of everything, less of everything,
    amounts; None under 10 items. level: p at most this flags. p_money: of the amounts, two-sided.
    """

    n: int
    p: float | None
    p_money: float | None
    test: str | None
    level: float | None
    flagged: bool
    direction: str | None  # optimistic, pessimistic, too low, too high; None where not flagged
    evidence: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """The record of an owner, a function or everybody. Ratios are fractions; None is not enough or undefined."""

    name: str
    n: int
    brier: float | None
    skill: float | None
    money_ratio: float | None
    money_ratio_risks: float | None
    money_ratio_opportunities: float | None
    optimism_ratio: float | None
    said: float | None
    occurred: float | None
    shrunk: float | None
    flagged: bool
    direction: str | None
    p_value: float | None
    test: str | None
    level: float | None
    status: str  # flagged, calibrated, insufficient
    evidence: str


def brier(said: Sequence[float], occurred: Sequence[bool]) -> float:
    """Brier score: mean of (p - o)^2, one-class form; 0 is best. Undefined (ZeroDivisionError) without items.

    Source: Brier (1950), Monthly Weather Review 78.
    >>> round(brier([0.1, 0.9, 0.8, 0.3], [False, True, True, False]), 4)
    0.0375
    """
    return sum((p - o) ** 2 for p, o in zip(said, occurred, strict=True)) / len(said)


def skill(said: Sequence[float], occurred: Sequence[bool]) -> float | None:
    """1 - Brier / (o(1 - o)) with o the rate of occurrence of these items; None where all or none occurred."""
    base = sum(occurred) / len(said)
    return None if base in (0, 1) else 1 - brier(said, occurred) / (base * (1 - base))


def wilson(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share, without continuity correction. (0, 1) where n is 0.

    >>> tuple(round(x, 3) for x in wilson(12, 30))
    (0.246, 0.577)
    """
    if n == 0:
        return 0.0, 1.0
    z = float(norm.ppf(0.5 + level / 2))
    rate = count / n
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (0.0 if count == 0 else middle - half), (1.0 if count == n else middle + half)


def reliability(closed: Sequence[Closed], least: int = BIN) -> list[Bin]:
    """Items in order of what was said, in bins of ten points, merged upwards until each holds `least` items.

    Equal probabilities are never divided. Empty where there are fewer than `least` items in all.
    """
    if len(closed) < least:
        return []
    parts: dict[int, list[Closed]] = {}
    for item in closed:
        parts.setdefault(min(9, int(item.probability * 10 + 1e-9)), []).append(item)
    bins: list[list[Closed]] = [[]]
    for key in sorted(parts):
        if len(bins[-1]) >= least:
            bins.append([])
        bins[-1] += parts[key]
    if len(bins) > 1 and len(bins[-1]) < least:
        last = bins.pop()
        bins[-1] += last
    out = []
    for items in bins:
        said = [i.probability for i in items]
        count = sum(i.occurred for i in items)
        low, high = wilson(count, len(items))
        out.append(
            Bin(min(said), max(said), float(np.mean(said)), len(items), count, count / len(items), low, high)
        )
    return out


def money_ratio(closed: Sequence[Closed]) -> float | None:
    """Sum of realised amounts / sum of probability x likely amount; 1 is calibrated. None where nothing was expected."""
    expected = sum(i.probability * i.likely for i in closed)
    return sum(i.realised for i in closed) / expected if expected > 0 else None


def optimism_ratio(closed: Sequence[Closed]) -> float | None:
    """(expected / realised of opportunities) / (expected / realised of risks); over 1 is rosy.

    None without both kinds, or where one of them realised nothing.
    """
    risks, rewards = _of(closed, "risk"), _of(closed, "opportunity")
    of_risks, of_rewards = money_ratio(risks), money_ratio(rewards)
    return of_risks / of_rewards if of_risks is not None and of_rewards else None


def judge(closed: Sequence[Closed]) -> Verdict:
    """Whether an owner's record contradicts what the owner said; all tests are exact but the t-test.

    1. Bad news: a risk that came, or an opportunity that did not. Under the owner's own probabilities its count is
       Poisson-binomial. Flagged as optimistic where P(at least so many) <= 0.0345, as pessimistic where P(at most so
       many) <= 0.0025. With risks of one probability this is the exact binomial test: at n = 100 it sees 30 % said,
       45 % came in 0.905 of histories.
    2. Whatever came, risk or opportunity, likewise, 0.0025 on each side: too low, or too high, of everything.
    3. Amounts of items that came, from 10 of them: e = (realised - said) / likely, counted as bad where a risk cost
       more or an opportunity gave less. "Said" is the owner's mean or most likely amount, whichever excuses more, so
       that neither reading of a three-point estimate is held against anybody. t-tests at 0.00125 on each side; amounts
       that are all off by the same share have no variance to test with, and are judged by their signs (`_above_zero`).

    The levels add to 0.0445, so a calibrated owner is flagged in under 5 % of histories. Under 10 closed items
    nothing is tested. The first of these tests that holds gives the direction and the p that is shown.
    """
    n = len(closed)
    if n < LEAST:
        return Verdict(
            n, None, None, None, None, False, None, f"{_items(n)}: not enough to judge ({LEAST} are tested)."
        )
    risks, rewards = _of(closed, "risk"), _of(closed, "opportunity")
    bad = [i.probability for i in risks] + [1 - i.probability for i in rewards]
    more, less = _tails(bad, sum(i.occurred for i in risks) + sum(not i.occurred for i in rewards))
    up, down = _tails([i.probability for i in closed], sum(i.occurred for i in closed))
    worse, better = _money_tails([i for i in closed if i.occurred])
    tests = (
        ("optimistic", "bad news", more, ROSY),
        ("optimistic", "amounts", worse, MONEY / 2),
        ("pessimistic", "less bad news", less, GLOOMY),
        ("pessimistic", "amounts", better, MONEY / 2),
        ("too low", "more of everything", up, SKEWED / 2),
        ("too high", "less of everything", down, SKEWED / 2),
    )
    held = next((told for told in tests if told[2] <= told[3]), None)
    direction = held[0] if held else None
    _, test, p, level = held or tests[0]
    by_money = min(worse, better) <= MONEY / 2
    evidence = _evidence(risks, rewards, money=by_money) if direction else _clean(closed)
    p_money = min(1.0, 2 * min(worse, better))
    return Verdict(n, p, p_money, test, level, direction is not None, direction, evidence)


def calibrate(closed: Sequence[Closed], name: str = "") -> Calibration:
    """The record of a set of closed items. Skill is None under 10 items; see `judge` for `flagged`."""
    n = len(closed)
    said, occurred = [i.probability for i in closed], [i.occurred for i in closed]
    verdict = judge(closed)
    mean_said = float(np.mean(said)) if n else None
    shrunk = (sum(occurred) + PRIOR * mean_said) / (n + PRIOR) if mean_said is not None else None
    return Calibration(
        name=name,
        n=n,
        brier=brier(said, occurred) if n else None,
        skill=skill(said, occurred) if n >= LEAST else None,
        money_ratio=money_ratio(closed),
        money_ratio_risks=money_ratio(_of(closed, "risk")),
        money_ratio_opportunities=money_ratio(_of(closed, "opportunity")),
        optimism_ratio=optimism_ratio(closed),
        said=mean_said,
        occurred=sum(occurred) / n if n else None,
        shrunk=shrunk,
        flagged=verdict.flagged,
        direction=verdict.direction,
        p_value=verdict.p,
        test=verdict.test,
        level=verdict.level,
        status="flagged" if verdict.flagged else "calibrated" if n >= ENOUGH else "insufficient",
        evidence=verdict.evidence,
    )


def calibrate_by(closed: Sequence[Closed], key: Callable[[Closed], str]) -> list[Calibration]:
    """One record for each value of `key`, for instance the owner; flagged ones first, then by count and name."""
    parts: dict[str, list[Closed]] = {}
    for item in closed:
        parts.setdefault(key(item), []).append(item)
    found = [calibrate(items, name) for name, items in parts.items()]
    return sorted(found, key=lambda c: (not c.flagged, -c.n, c.name))


def poisson_binomial(chances: Sequence[float]) -> Floats:
    """Distribution of the number that occur of independent items with these chances; shape (n + 1,)."""
    pmf = np.ones(1)
    for p in chances:
        grown = np.zeros(len(pmf) + 1)
        grown[:-1] += pmf * (1 - p)
        grown[1:] += pmf * p
        pmf = grown
    return pmf


def _tails(chances: Sequence[float], count: int) -> tuple[float, float]:
    """(P(at least count), P(at most count)) of a Poisson-binomial."""
    pmf = poisson_binomial(chances)
    return float(min(1.0, pmf[count:].sum())), float(min(1.0, pmf[: count + 1].sum()))


def _money_tails(came: Sequence[Closed]) -> tuple[float, float]:
    """One-sided p-values of "amounts came worse than said" and "better than said"; 1 under 10 items."""
    came = [i for i in came if i.likely > 0]
    if len(came) < LEAST:
        return 1.0, 1.0
    worse, better = [], []
    for item in came:
        mean = amount_mean(item.low, item.likely, item.high, item.shape)
        sign = 1 if item.kind == "risk" else -1
        gap = [sign * (item.realised - said) / item.likely for said in (mean, item.likely)]
        worse.append(min(gap))
        better.append(-max(gap))
    return _above_zero(worse), _above_zero(better)


def _above_zero(values: Sequence[float]) -> float:
    """One-sided p-value of a mean above zero: Student's t, or the exact sign test where the values have no variance.

    n values that are all the same and above zero have p = 0.5^n: ten 0.00098, never 0. It holds here without a normal
    distribution: what is said is the larger of an owner's mean and most likely amount (the smaller, to be better than
    said), and an amount from the owner's own triangle or PERT goes beyond it in at most half of all cases.
    """
    n, mean, sd = len(values), float(np.mean(values)), float(np.std(values, ddof=1))
    if sd <= 1e-9:
        return 0.5**n if mean > 1e-9 else 1.0
    return float(t.sf(mean / (sd / sqrt(n)), n - 1))


def _of(closed: Sequence[Closed], kind: str) -> list[Closed]:
    return [i for i in closed if i.kind == kind]


def _items(n: int) -> str:
    return words.count(n, "closed item")


def _rates(closed: Sequence[Closed], plural: str) -> str:
    said = words.percent(float(np.mean([i.probability for i in closed])), 0)
    came = words.percent(sum(i.occurred for i in closed) / len(closed), 0)
    return f"says {said} for {plural} that come {came} of the time (n = {len(closed)})"


def _evidence(risks: Sequence[Closed], rewards: Sequence[Closed], *, money: bool) -> str:
    told = [_rates(part, plural) for part, plural in ((risks, "risks"), (rewards, "opportunities")) if part]
    if money:
        for part, plural in ((risks, "risks"), (rewards, "opportunities")):
            came = [i for i in part if i.occurred and i.likely > 0]
            if came:
                times = sum(i.realised for i in came) / sum(i.likely for i in came)
                told.append(f"{plural} that come are {words.number(times)} times what was said")
    return "; ".join(told)


def _clean(closed: Sequence[Closed]) -> str:
    n = len(closed)
    if n < ENOUGH:
        return f"{_items(n)}: no sign of a bias, but {ENOUGH} are needed to rule one out."
    return f"{_items(n)}: what was said fits what came."
