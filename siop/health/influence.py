"""Who moves the consensus, and is that earned? Influence of each function's input (field.md N6).

The model: the change that a cycle made to the plan of a month, against the previous cycle's consensus for the
same month, is a weighted mean of the changes that the functions asked for. The weights are non-negative and sum
to 1. Everything here takes plain tables; siop.health.facts fetches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from siop.health.numbers import LEVEL, Floats, Interval, exact_interval

DISAGREEMENT = 0.02  # inputs further apart than this share of the base disagree
CONFLICT = 0.05  # further apart than this they are in conflict
WON = 0.01  # a consensus within this share of the base of one input followed it
LEAST_PAIRS = 60
LEAST_CYCLES = 6
LEAST_FUNCTIONS = 2
MOST_CONDITION = 10.0
_SUM_ROW = 1e4  # weight of the row that makes the weights sum to 1, in units of the table's own norm


@dataclass(frozen=True, slots=True)
class Influence:
    """What one set of pairs says. `abstains` is a sentence where it says nothing; then the figures are None.

    weights, earned, wmape: {function: share or ratio}; intervals: {function: 90 % bootstrap interval}.
    unearned: weight less earned share per function; pairs: family-months used; disagreeing: those of them with
    inputs more than 2 % apart; cycles: distinct months used.
    """

    functions: tuple[str, ...]
    pairs: int
    disagreeing: int
    cycles: int
    condition: float | None
    weights: dict[str, float]
    intervals: dict[str, Interval]
    dominance: float | None
    dominance_interval: Interval | None
    wmape: dict[str, float]
    earned: dict[str, float]
    unearned: dict[str, float]
    unearned_intervals: dict[str, Interval]
    conflicts: int
    won: dict[str, int]
    abstains: str | None = None
    alike: tuple[str, str] | None = None

    @property
    def enough(self) -> tuple[int, int]:
        """(what there is, what would be enough) of the first thing that is short; of the pairs where nothing is."""
        if len(self.functions) < LEAST_FUNCTIONS:
            return len(self.functions), LEAST_FUNCTIONS
        if self.disagreeing >= LEAST_PAIRS and self.cycles < LEAST_CYCLES:
            return self.cycles, LEAST_CYCLES
        return self.disagreeing, LEAST_PAIRS

    @property
    def strongest(self) -> str | None:
        """The function with the largest weight."""
        return max(self.weights, key=lambda k: self.weights[k]) if self.weights else None

    @property
    def least_earned(self) -> str | None:
        """The function whose weight exceeds its earned share most."""
        return max(self.unearned, key=lambda k: self.unearned[k]) if self.unearned else None


def influence(
    pairs: pd.DataFrame,
    functions: Sequence[str],
    *,
    say: str = "family-months",
    resamples: int = 400,
    seed: int = 11,
) -> Influence:
    """Weights of the functions in the consensus, with their 90 % interval, and what their accuracy earned.

    Args:
        pairs: one row per family and month: month, base (the previous cycle's consensus for the month),
            consensus, value (money at stake, the row's weight), actual (NaN where the month is open), and one
            column per function with its input. All plans in one unit, at one lag.
        functions: the input columns, the statistical input included.
        say: what a row is called.
        resamples: bootstrap repetitions, over whole months because the families of a month are decided together.

    Abstains below 60 family-months with inputs more than 2 % apart, below six months, and above a condition
    number of 10 of the table of changes (near-identical inputs cannot be told apart, nor can one that never changes).
    Source: field.md N6; Oliva and Watson (2009) on functional bias in consensus forecasts.
    """
    rows, used = _complete(pairs, functions)
    changes = _changes(rows, used)
    gap = _spread(rows, used)
    disagreeing, cycles = int((gap > DISAGREEMENT).sum()), int(rows["month"].nunique()) if len(rows) else 0
    condition = _condition(changes.x) if len(rows) and len(used) > 1 else None
    idle = next(
        (f for f, column in zip(used, changes.x.T, strict=True) if len(rows) and not column.any()), None
    )
    unclear = idle is None and condition is not None and condition > MOST_CONDITION
    alike = _most_alike(changes.x, used) if unclear else None
    told = _why_not(used, disagreeing, cycles, idle, alike, say)
    conflicts, won = _wins(rows, used, gap)
    empty = Influence(
        tuple(used), len(rows), disagreeing, cycles, condition, {}, {}, None, None, {}, {}, {}, {}, conflicts,
        won, told, alike,
    )  # fmt: skip
    if told is not None:
        return empty
    weights = blend(changes.x, changes.y)
    errors = _errors(rows, used)
    draws = _resampled(changes, errors, rows["month"].to_numpy(), resamples, seed)
    earned = earned_shares(errors.sum(axis=0)) if errors is not None else None
    point = None if earned is None else weights - earned
    concentration = np.array([concentrated(w) for w in draws.weights])
    return Influence(
        functions=tuple(used),
        pairs=len(rows),
        disagreeing=disagreeing,
        cycles=cycles,
        condition=condition,
        weights=dict(zip(used, map(float, weights), strict=True)),
        intervals={k: _band(draws.weights[:, i]) for i, k in enumerate(used)},
        dominance=concentrated(weights),
        dominance_interval=_band(concentration),
        wmape={} if errors is None else dict(zip(used, map(float, _wmape(errors)), strict=True)),
        earned={} if earned is None else dict(zip(used, map(float, earned), strict=True)),
        unearned={} if point is None else dict(zip(used, map(float, point), strict=True)),
        unearned_intervals={}
        if draws.unearned is None
        else {k: _band(draws.unearned[:, i]) for i, k in enumerate(used)},
        conflicts=conflicts,
        won=won,
    )


def blend(x: Floats, y: Floats) -> Floats:
    """The non-negative weights summing to 1 that bring x @ w nearest to y in squares.

    Args: x: shape (n, k), y: shape (n,), both already multiplied by the root of the rows' weights.
    >>> blend(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.7, 0.3, 1.0])).round(3).tolist()
    [0.7, 0.3]
    """
    heavy = _SUM_ROW * max(float(np.linalg.norm(x)), 1e-12)
    ones = np.full((1, x.shape[1]), heavy)
    found, _ = nnls(np.vstack([x, ones]), np.append(y, heavy))
    return np.asarray(found / found.sum())


def concentrated(weights: Floats) -> float:
    """Dominance of a set of shares: 0 where all are equal, 1 where one has everything.

    >>> concentrated(np.array([0.25, 0.25, 0.25, 0.25])), concentrated(np.array([1.0, 0.0]))
    (0.0, 1.0)
    """
    k = len(weights)
    return float((np.square(weights).sum() - 1 / k) / (1 - 1 / k)) if k > 1 else 1.0


def earned_shares(sums: Floats) -> Floats:
    """Shares in proportion to 1 / WMAPE, from [sum of |error| per function..., sum of actual].

    A function without any error takes all; several share it.
    """
    wrong = sums[:-1]
    if (wrong <= 0).any():
        perfect = (wrong <= 0).astype(float)
        return np.asarray(perfect / perfect.sum())
    inverse = 1.0 / wrong
    return np.asarray(inverse / inverse.sum())


@dataclass(frozen=True, slots=True)
class Contested:
    """Decisions somebody objected to: how many went a function's way of those it took part in."""

    function: str
    decisions: int
    won: int
    share: float
    interval: Interval
    rows: tuple[str, ...] = ()


def contested(outcomes: pd.DataFrame) -> list[Contested]:
    """The lens of decisions: of those with an objection, how many ended at what a function had preferred.

    Args: outcomes: one row per contested decision and function that took a position with a preferred option:
        decision, function, preferred, outcome. Interval: exact binomial, 90 %.
    """
    found = []
    for function, rows in outcomes.groupby("function", sort=True):
        hit = rows["preferred"] == rows["outcome"]
        n, won = len(rows), int(hit.sum())
        found.append(
            Contested(
                str(function), n, won, won / n, exact_interval(won, n), tuple(map(str, rows["decision"]))
            )
        )
    return sorted(found, key=lambda c: (-c.share, c.function))


@dataclass(frozen=True, slots=True)
class _Changes:
    x: Floats
    y: Floats


@dataclass(frozen=True, slots=True)
class _Draws:
    weights: Floats
    unearned: Floats | None


def _complete(pairs: pd.DataFrame, functions: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The rows where everybody spoke. A function silent in more than half of the rows is left out."""
    if pairs.empty:
        return pairs, []
    used = [f for f in functions if f in pairs and pairs[f].notna().mean() >= 0.5]
    rows = pairs.dropna(subset=["base", "consensus", *used])
    rows = rows[(rows["base"] > 0) & (rows["value"] > 0)]
    return rows, used


def _changes(rows: pd.DataFrame, used: Sequence[str]) -> _Changes:
    """Relative changes against the base, times the root of the rows' value."""
    if rows.empty or not used:
        return _Changes(np.zeros((0, len(used))), np.zeros(0))
    base = rows["base"].to_numpy(dtype=float)
    weight = np.sqrt(rows["value"].to_numpy(dtype=float) / rows["value"].mean())
    asked = rows[list(used)].to_numpy(dtype=float)
    return _Changes(
        (asked / base[:, None] - 1.0) * weight[:, None],
        (rows["consensus"].to_numpy(dtype=float) / base - 1.0) * weight,
    )


def _spread(rows: pd.DataFrame, used: Sequence[str]) -> Floats:
    """How far apart the inputs are, as a share of the base."""
    if rows.empty or not used:
        return np.zeros(0)
    asked = rows[list(used)].to_numpy(dtype=float)
    return np.asarray((asked.max(axis=1) - asked.min(axis=1)) / rows["base"].to_numpy(dtype=float))


def _condition(x: Floats) -> float:
    """Condition number of the columns, each scaled to length 1 (Belsley); infinite where one is all zero."""
    length = np.linalg.norm(x, axis=0)
    if (length == 0).any():
        return float("inf")
    return float(np.linalg.cond(x / length))


def _most_alike(x: Floats, used: Sequence[str]) -> tuple[str, str]:
    """The two functions whose changes are nearest to being the same."""
    length = np.where((norms := np.linalg.norm(x, axis=0)) == 0, 1.0, norms)
    likeness = (x / length).T @ (x / length)
    np.fill_diagonal(likeness, -np.inf)
    first, second = sorted(divmod(int(np.argmax(likeness)), len(used)))
    return used[first], used[second]


def _why_not(
    used: Sequence[str],
    disagreeing: int,
    cycles: int,
    idle: str | None,
    alike: tuple[str, str] | None,
    say: str,
) -> str | None:
    few = cycles < LEAST_CYCLES
    if len(used) < LEAST_FUNCTIONS:
        return "Not enough data: inputs of at least two functions are needed."
    if disagreeing < LEAST_PAIRS:
        return (
            f"Not enough data: {disagreeing} {say} with inputs more than 2 % apart, "
            f"{LEAST_PAIRS} would be enough{f' in {LEAST_CYCLES} cycles, and there are {cycles}' if few else ''}."
        )
    if few:
        return f"Not enough data: inputs of {cycles} cycles, {LEAST_CYCLES} would be enough."
    if idle is not None:
        return f"{idle} repeats the plan of the cycle before in every row: what say it has cannot be told."
    if alike is not None:
        return f"{alike[0]} and {alike[1]} submit near-identical numbers: they cannot be told apart."
    return None


def _errors(rows: pd.DataFrame, used: Sequence[str]) -> Floats | None:
    """Per row |input - actual| of each function and the actual, in money; None where no month is closed.

    Open months count zero on both sides. One price per row turns units into value.
    """
    actual = rows["actual"].to_numpy(dtype=float)
    known = np.isfinite(actual)
    if not known.any() or np.nansum(actual) <= 0:
        return None
    price = rows["value"].to_numpy(dtype=float) / rows["base"].to_numpy(dtype=float)
    asked = rows[list(used)].to_numpy(dtype=float)
    wrong = np.abs(asked - actual[:, None]) * price[:, None]
    return np.asarray(np.where(known[:, None], np.column_stack([wrong, actual * price]), 0.0))


def _wmape(errors: Floats) -> Floats:
    total = errors.sum(axis=0)
    return np.asarray(total[:-1] / total[-1])


def _resampled(
    changes: _Changes, errors: Floats | None, months: np.ndarray, resamples: int, seed: int
) -> _Draws:
    """Weights (and weight less earned share) of months drawn with replacement.

    Sums of squares are added per month once, so a draw is a small matrix and not the table again.
    """
    groups = pd.factorize(months)[0]
    count = int(groups.max()) + 1
    k = changes.x.shape[1]
    full = np.column_stack([changes.x, changes.y])
    grams = np.zeros((count, k + 1, k + 1))
    np.add.at(grams, groups, full[:, :, None] * full[:, None, :])
    sums = np.zeros((count, k + 1))
    if errors is not None:
        np.add.at(sums, groups, errors)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    weights, unearned = np.empty((resamples, k)), np.empty((resamples, k))
    for i, n in enumerate(times):
        weights[i] = _blend_gram(np.tensordot(n, grams, axes=1))
        if errors is not None:
            drawn = n @ sums
            unearned[i] = weights[i] - earned_shares(drawn if drawn[-1] > 0 else sums.sum(axis=0))
    return _Draws(weights, unearned if errors is not None else None)


def _blend_gram(gram: Floats) -> Floats:
    """`blend` from the table's cross products: any root of the gram matrix has the same least squares."""
    values, vectors = np.linalg.eigh(gram)
    root = np.sqrt(np.clip(values, 0.0, None))[:, None] * vectors.T
    return blend(root[:, :-1], root[:, -1])


def _band(draws: Floats) -> Interval:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _wins(rows: pd.DataFrame, used: Sequence[str], gap: Floats) -> tuple[int, dict[str, int]]:
    """Conflicts (inputs more than 5 % apart), and how many ended within 1 % of each function's number."""
    hard = rows[gap > CONFLICT] if len(rows) else rows
    base = hard["base"] if len(hard) else pd.Series(dtype=float)
    return len(hard), {
        f: int(((hard["consensus"] - hard[f]).abs() / base <= WON).sum()) if len(hard) else 0 for f in used
    }
