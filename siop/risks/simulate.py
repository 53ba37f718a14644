"""How far can the plan move? A seeded simulation of a register, month by month.

Model (methods of the field, e.g. Vose, Risk Analysis, 3rd ed.): each item is Bernoulli x triangular or PERT, laid
evenly over its months. Items of one driver group share a factor: z = sqrt(rho) F + sqrt(1 - rho) e, and the item is
the quantile function of its *signed* amount at Phi(z) (one-factor Gaussian copula), so that a favourable driver
raises opportunities and softens risks. Between groups, and for items without a group, dependence is zero.

How it is fast: every item has its own stream of random numbers, named by seed, item id and chunk. A chunk of draws
is worked through item by item in float32; only draws in which the item happens are looked up, in a table of its
conditional quantile function. The result does not depend on the number of threads, on the order of the items, nor
on the other items: what an item did in a draw stays what it was when another one is changed (common random
numbers), which also lets `what_if` redo single items.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from siop.core import Finding, Refused, months_between, span
from siop.risks.impact import Exposure, Floats, quantile

Singles = NDArray[np.float32]

CHUNK = 25_000  # draws worked on at a time; even, and small enough that one item stays in the cache
_CELLS = 2_048  # of an item's table; interpolation moves its mean by under 1e-4 of its range
_FARTHEST = 6.5  # normal scores beyond it are looked up at it: one in 12 thousand million
_BITS = 20  # a 32-bit random number is a cell of the normal table (12 bits) and a place within it (20 bits)


_INNER = ndtri(np.arange(1, 1 << (32 - _BITS)) / (1 << (32 - _BITS)))
_EDGES = np.concatenate([_INNER[:1], _INNER]).astype(np.float32)  # lower edge of each cell
_STEPS = np.diff(np.concatenate([_INNER[:1], _INNER, _INNER[-1:]])).astype(np.float32)


def _means(cells: int) -> Singles:
    """Mean of a standard normal within each of `cells` equally likely cells: density at the lower end less the upper."""
    ends = ndtri(np.arange(cells + 1) / cells)
    return np.asarray(-cells * np.diff(np.exp(-0.5 * ends**2) / np.sqrt(2 * np.pi)), dtype=np.float32)


_NOISE = _means(
    1 << 16
)  # an item's own part: a 16-bit number is looked up; its variance is 1 less 1.5 millionths


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An exposure made ready for drawing: it happens where its severity score exceeds `start`."""

    exposure: Exposure
    key: tuple[int, ...]
    start: float  # of the score: a normal score within a group, a uniform one alone
    scale: float  # table cells per unit of score
    table: Singles  # signed amounts at the cells' edges
    steps: Singles
    pull: float  # weight of the group's factor in the score; opportunities go with it, risks against it
    own: float


@dataclass(frozen=True)
class Simulation:
    """The draws of a register.

    months: those the items fall into, in order; monthly: (months, draws) float32, money; total: (draws,) float32,
    the whole register; covariances: Cov(X_j, total) in the order of `exposures`.
    """

    exposures: tuple[Exposure, ...]
    rho: float
    draws: int
    seed: int
    months: tuple[str, ...]
    monthly: Singles = field(repr=False)
    total: Singles = field(repr=False)
    covariances: Floats = field(repr=False)

    @property
    def expected(self) -> float:
        """Exact expected value of the register: the sum of the items' means, whatever the dependence."""
        return float(sum(e.mean for e in self.exposures))

    @cached_property
    def sd(self) -> float:
        """Standard deviation over the draws."""
        return float(self.total.std(dtype=np.float64))

    def percentile(self, share: float) -> float:
        """The value that a share of the draws lies below (0.1 is P10)."""
        return percentiles(self.total, (share,))[0]

    @property
    def contributions(self) -> dict[str, float | None]:
        """Cov(X_j, S) / Var(S) by item: sums to 1 over the items; None where nothing varies.

        A hedge (an item that moves against the rest) is negative.
        """
        whole = float(self.covariances.sum())
        return {
            e.id: float(c) / whole if whole > 0 else None
            for e, c in zip(self.exposures, self.covariances, strict=True)
        }

    def by_period(self, periods: Mapping[str, str]) -> dict[str, Singles]:
        """The draws summed to periods: {month: label} gives {label: (draws,)}; months without a label are left out."""
        out: dict[str, Singles] = {}
        for row, month in enumerate(self.months):
            label = periods.get(month)
            if label is not None:
                out[label] = out[label] + self.monthly[row] if label in out else self.monthly[row]
        return out


def simulate(
    exposures: Sequence[Exposure],
    *,
    rho: float = 0.3,
    draws: int = 100_000,
    seed: int = 11,
    threads: int = 1,
) -> Simulation:
    """Draw a register.

    Args: rho: correlation of the scores within a driver group, 0 to 1; draws: from 100; seed: a whole number from 0;
        threads: how many work at once; the bits of the result do not depend on it.
    Raises: Refused for a setting out of range, or two items with one id.
    """
    _check(exposures, rho, draws, seed)
    months = _months(exposures)
    drawn = [_prepare(e, rho) for e in exposures]
    monthly = np.zeros((len(months), draws), dtype=np.float32)
    total = np.zeros(draws, dtype=np.float32)
    centre = float(sum(e.mean for e in exposures))

    def work(chunk: int) -> tuple[Floats, Floats, float]:
        lo, hi = chunk * CHUNK, min((chunk + 1) * CHUNK, draws)
        size = hi - lo
        rows = np.zeros((len(drawn), size), dtype=np.float32)
        factors = _factors(drawn, seed, chunk, size)
        spread = np.zeros((len(months) + 1, size), dtype=np.float64)
        for row, item in zip(rows, drawn, strict=True):
            _fill(row, item, seed, chunk, factors)
            first, after, weight = _window(item.exposure, months)
            share = row * np.float32(weight)
            spread[first] += share
            spread[after] -= share
        total[lo:hi] = rows.sum(axis=0)
        for month in range(len(months)):
            if month:
                spread[month] += spread[month - 1]
            monthly[month, lo:hi] = spread[month]
        off = total[lo:hi] - np.float32(centre)
        # einsum, not a BLAS product: its sums are the same whatever number of threads the library uses
        products = np.einsum("ij,j->i", rows, off).astype(np.float64)
        return products, rows.sum(axis=1).astype(np.float64), float(off.sum(dtype=np.float64))

    chunks = range(-(-draws // CHUNK))
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(work, chunks))
    else:
        parts = [work(chunk) for chunk in chunks]
    products, sums, off = (sum(part) for part in zip(*parts, strict=True))
    covariances = np.asarray(products / draws - sums / draws * (off / draws), dtype=np.float64)
    monthly[~_covered(exposures, months)] = 0
    return Simulation(tuple(exposures), rho, draws, seed, months, monthly, total, covariances)


def what_if(base: Simulation, *changes: Exposure) -> Simulation:
    """The same draws with some items changed or added: only these, and what shares their drivers, are drawn again.

    Equals `simulate` of the changed register up to float32 rounding of the sums; covariances of items that share
    no driver with a change are kept (theirs do not change but for the noise of the draws).
    """
    changed = {e.id: e for e in changes}
    before = {e.id: e for e in base.exposures}
    exposures = tuple(changed.get(e.id, e) for e in base.exposures)
    exposures += tuple(e for e in changes if e.id not in before)
    _check(exposures, base.rho, base.draws, base.seed)
    months = _months(exposures)
    monthly = np.zeros((len(months), base.draws), dtype=np.float32)
    here = [months.index(m) for m in base.months if m in months]
    monthly[here] = base.monthly[[row for row, m in enumerate(base.months) if m in months]]
    total = base.total.copy()
    for new in changed.values():
        old = before.get(new.id)
        for exposure, sign in ((old, -1), (new, 1)):
            if exposure is None:
                continue
            values = column(exposure, base.rho, base.draws, base.seed) * np.float32(sign)
            total += values
            share = values * np.float32(1 / len(exposure.months))
            for month in exposure.months:
                if month in months:
                    monthly[months.index(month)] += share
    monthly[~_covered(exposures, months)] = 0

    groups = {e.group for e in [*changes, *(before[i] for i in changed if i in before)] if e.group}
    off = total.astype(np.float64) - total.mean(dtype=np.float64)
    kept = dict(zip((e.id for e in base.exposures), base.covariances, strict=True))
    covariances = [
        float((column(e, base.rho, base.draws, base.seed) * off).sum() / base.draws)
        if e.id in changed or e.group in groups
        else kept[e.id]
        for e in exposures
    ]
    return replace(
        base, exposures=exposures, months=months, monthly=monthly, total=total,
        covariances=np.array(covariances, dtype=np.float64),
    )  # fmt: skip


def column(exposure: Exposure, rho: float, draws: int, seed: int) -> Singles:
    """The draws of one item, (draws,) float32, as `simulate` draws it in any register."""
    item = _prepare(exposure, rho)
    out = np.zeros(draws, dtype=np.float32)
    for chunk in range(-(-draws // CHUNK)):
        part = out[chunk * CHUNK : (chunk + 1) * CHUNK]
        _fill(part, item, seed, chunk, _factors([item], seed, chunk, len(part)))
    return out


def percentiles(values: NDArray[np.floating], shares: Iterable[float]) -> list[float]:
    """Percentiles of draws (linear between neighbours), as plain numbers; 0.1 is P10."""
    return [float(v) for v in np.quantile(values.astype(np.float64), list(shares))]


def tail_mean(values: NDArray[np.floating], share: float, *, worst: str = "low") -> float:
    """Mean of the worst `share` of the draws (CVaR, expected shortfall); worst: low or high values.

    >>> tail_mean(np.array([1.0, 2.0, 3.0, 10.0]), 0.5), tail_mean(np.array([1.0, 2.0, 3.0, 10.0]), 0.25, worst="high")
    (1.5, 10.0)
    """
    count = max(1, round(share * len(values)))
    ordered = np.partition(values, count - 1 if worst == "low" else len(values) - count)
    end = ordered[:count] if worst == "low" else ordered[len(values) - count :]
    return float(end.mean(dtype=np.float64))


def _key(name: str) -> tuple[int, ...]:
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))


def _raw(seed: int, key: tuple[int, ...], chunk: int, size: int, kind: type = np.uint32) -> NDArray[Any]:
    """Random numbers of 32 or 16 bits of a name: the same for the same seed, name and chunk, on any thread."""
    bits = np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(*key, chunk)))
    words = -(-size * np.dtype(kind).itemsize // 8)
    whole = np.random.Generator(bits).integers(0, 2**64, size=words, dtype=np.uint64)
    return whole.view(kind)[:size]


def normal_scores(seed: int, name: str, draws: int) -> Singles:
    """Standard normal draws that belong to a name, (draws,): the same whatever else is drawn."""
    parts = [
        _normal(_raw(seed, _key(name), chunk, min(CHUNK, draws - chunk * CHUNK)))
        for chunk in range(-(-draws // CHUNK))
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def _normal(raw: NDArray[np.uint32]) -> Singles:
    """Standard normal scores by inversion: linear within 4,096 equally likely cells, exact in the two at the ends."""
    cell = (raw >> _BITS).astype(np.intp)
    score = (raw & np.uint32((1 << _BITS) - 1)).astype(np.float32)
    score *= np.float32(2.0**-_BITS)
    score *= _STEPS.take(cell)
    score += _EDGES.take(cell)
    ends = np.flatnonzero(
        raw + np.uint32(1 << _BITS) < np.uint32(2 << _BITS)
    )  # wraps round for the last cell
    score[ends] = ndtri((raw[ends].astype(np.float64) + 0.5) * 2.0**-32)
    return score


@lru_cache(maxsize=1_024)  # 16 kB each; a register is drawn again with each slider and each reader
def _prepare(exposure: Exposure, rho: float) -> _Drawn:
    """The table of the amount given that it happens, over the score that decides whether it does."""
    p = exposure.probability
    if exposure.group is None:
        start, end = 1 - p, 1.0
        score = np.linspace(start, end, _CELLS + 1)
        v = (score - start) / p if p else np.zeros_like(score)
        pull, own = 0.0, 1.0
    else:
        start, end = float(np.clip(-ndtri(p), -_FARTHEST, _FARTHEST)), _FARTHEST
        score = np.linspace(start, end, _CELLS + 1)
        v = 1 - ndtr(-score) / p if p else np.zeros_like(score)
        pull, own = exposure.sign * rho**0.5, (1 - rho) ** 0.5
    amounts = quantile(np.clip(v, 0, 1), exposure.low, exposure.likely, exposure.high, exposure.shape)
    table = (exposure.sign * amounts).astype(np.float32)
    scale = _CELLS / (end - start) if end > start else 0.0
    if p in (0.0, 1.0):
        start = np.inf if p == 0 else -np.inf
    return _Drawn(exposure, _key(f"item {exposure.id}"), start, scale, table, np.diff(table), pull, own)


def _factors(drawn: Sequence[_Drawn], seed: int, chunk: int, size: int) -> dict[str, Singles]:
    """A standard normal factor for each driver group that occurs."""
    groups = {item.exposure.group for item in drawn if item.exposure.group is not None and item.pull}
    return {g: _normal(_raw(seed, _key(f"driver {g}"), chunk, size)) for g in groups}


def _fill(out: Singles, item: _Drawn, seed: int, chunk: int, factors: Mapping[str, Singles]) -> None:
    """Write the item's signed amounts into `out`, which holds zeros."""
    if item.start == np.inf:
        return
    if item.exposure.group is None:
        score = _raw(seed, item.key, chunk, len(out)).astype(np.float32)
        score *= np.float32(2.0**-32)
        least = 0.0 if item.start == -np.inf else item.start
    else:
        score = _NOISE.take(_raw(seed, item.key, chunk, len(out), np.uint16).astype(np.intp))
        if item.pull:
            score *= np.float32(item.own)
            score += np.float32(item.pull) * factors[item.exposure.group]
        least = -_FARTHEST if item.start == -np.inf else item.start
    happens = np.flatnonzero(score >= np.float32(item.start))
    place = score.take(happens)
    place -= np.float32(least)
    place *= np.float32(item.scale)
    np.clip(place, 0, _CELLS - 1e-3, out=place)
    cell = place.astype(np.int32)
    place -= cell
    place *= item.steps.take(cell)
    place += item.table.take(cell)
    out[happens] = place


def _months(exposures: Sequence[Exposure]) -> tuple[str, ...]:
    if not exposures:
        return ()
    return tuple(span(min(e.first for e in exposures), max(e.last for e in exposures)))


def _window(exposure: Exposure, months: Sequence[str]) -> tuple[int, int, float]:
    """(row of the first month, row after the last, share of the amount in each)."""
    first = months_between(months[0], exposure.first)
    count = months_between(exposure.first, exposure.last) + 1
    return first, first + count, 1 / count


def _covered(exposures: Sequence[Exposure], months: Sequence[str]) -> NDArray[np.bool_]:
    """Whether any item falls into a month: elsewhere sums are exactly zero, not a rounding of it."""
    have = {month for e in exposures for month in e.months}
    return np.array([m in have for m in months], dtype=np.bool_)


def _check(exposures: Sequence[Exposure], rho: float, draws: int, seed: int) -> None:
    wrong = []
    if not 0 <= rho <= 1:
        wrong.append(("rho", str(rho), "a correlation between 0 and 1", "write 0.3 unless you know better"))
    if not (isinstance(draws, int) and 100 <= draws <= 5_000_000):
        wrong.append(("draws", str(draws), "a whole number from 100 to 5,000,000", "write 100000"))
    if not (isinstance(seed, int) and seed >= 0):
        wrong.append(("seed", str(seed), "a whole number from 0", "write 11"))
    ids = [e.id for e in exposures]
    twice = sorted({i for i in ids if ids.count(i) > 1}) if len(set(ids)) < len(ids) else []
    wrong += [("id", i, "an id used once", "give each item its own id") for i in twice]
    if wrong:
        findings = [
            Finding("error", "simulation", "setting", f"{name} must be {what}", fix, column=name, value=value)
            for name, value, what, fix in wrong
        ]
        raise Refused(f"{findings[0].message}, not {wrong[0][1]}; {wrong[0][3]}", findings)
