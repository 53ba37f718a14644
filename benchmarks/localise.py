"""Slices that moved, planted and sought again: `python -m benchmarks.localise [CASES]`.

A company of 8 x 6 x 20 x 4 cells, 30 % of them empty; none to three slices of one to three dimensions move by 20 to
60 %, beside noise that is larger in small cells and, in some settings, a change across the board. Scored as the
literature does: a slice counts only where exactly its set of values is named (micro F1 over the cases); in companies
without a moved slice every named one is false.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from siop.deviations.localise import localise

SIZES = {"family": 8, "region": 6, "line": 20, "channel": 4}
EMPTY = 0.3
LAYERS = (0.4, 0.4, 0.2)  # a slice is of one, two or three dimensions
LEAST_SHARE = 0.01  # of plan, that a moved slice has

Label = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Setting:
    """cv: noise of a very large cell; extra: what small cells add (cv^2 + extra/plan); board: change of everything."""

    name: str
    cv: float
    slices: bool = True
    board: float = 0.0
    extra: float = 4.0


SETTINGS = (
    Setting("nothing moved", 0.30, slices=False),
    Setting("only −5 % across the board", 0.30, slices=False, board=-0.05),
    Setting("only −10 % across the board", 0.30, slices=False, board=-0.10),
    Setting("1 to 3 slices, noiseless", 0.0, extra=0.0),
    Setting("1 to 3 slices, cv 0.15", 0.15),
    Setting("1 to 3 slices, cv 0.30", 0.30),
    Setting("1 to 3 slices, cv 0.30, −5 % across the board", 0.30, board=-0.05),
    Setting("1 to 3 slices, cv 0.30, −10 % across the board", 0.30, board=-0.10),
)


def case(
    setting: Setting, rng: np.random.Generator, sizes: dict[str, int] = SIZES
) -> tuple[pd.DataFrame, set[Label]]:
    """(leaves with plan and actual, the labels of the slices that moved)."""
    names = list(sizes)
    code = np.stack([g.ravel() for g in np.meshgrid(*[np.arange(n) for n in sizes.values()], indexing="ij")])
    log = sum(0.5 * rng.standard_normal(n)[code[i]] for i, n in enumerate(sizes.values()))
    plan = 100 * np.exp(log + 0.8 * rng.standard_normal(code.shape[1]))
    keep = rng.random(len(plan)) >= EMPTY
    code, plan = code[:, keep], plan[keep]
    sd = np.sqrt(setting.cv**2 + setting.extra / plan)
    actual = plan * np.exp(sd * rng.standard_normal(len(plan)) - sd**2 / 2) * (1 + setting.board)
    labels: set[Label] = set()
    if setting.slices:
        taken = np.zeros(len(plan), bool)
        for _ in range(int(rng.integers(1, 4))):
            mask, label = _slice(code, names, plan, taken, rng)
            actual[mask] *= 1 + rng.choice([-1, 1]) * rng.uniform(0.2, 0.6)
            taken |= mask
            labels.add(label)
    frame = pd.DataFrame(
        {
            n: pd.Categorical.from_codes(code[i], [f"{n} {v}" for v in range(sizes[n])])
            for i, n in enumerate(names)
        }
    )
    return frame.assign(plan=plan, actual=actual), labels


def _slice(
    code: npt.NDArray[np.int64], names: list[str], plan: npt.NDArray[np.float64], taken: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.bool_], Label]:  # fmt: skip
    """A slice of at least 1 % of plan that meets none taken before."""
    while True:
        dims = rng.choice(len(names), int(rng.choice([1, 2, 3], p=LAYERS)), replace=False)
        values = {int(d): int(rng.integers(code[d].max() + 1)) for d in dims}
        mask = np.all([code[d] == v for d, v in values.items()], axis=0)
        if plan[mask].sum() >= LEAST_SHARE * plan.sum() and not (mask & taken).any():
            return mask, frozenset((names[d], f"{names[d]} {v}") for d, v in values.items())


def cases(setting: Setting, count: int, seed: int = 1) -> Iterator[tuple[pd.DataFrame, set[Label]]]:
    """The same cases for the same seed, whatever other settings run."""
    for n in range(count):
        yield case(setting, np.random.default_rng([seed, n, SETTINGS.index(setting)]))


@dataclass(frozen=True, slots=True)
class Scored:
    """f1: of exact sets over all cases (1 where nothing was planted and nothing named); false_slices: per case."""

    f1: float
    false_slices: float
    board_error: float  # mean |broad effect found - planted|
    p95: float  # seconds


def score(setting: Setting, count: int) -> Scored:
    """Seek the slices of so many cases."""
    hit = named = planted = 0
    errors, seconds = [], []
    for leaves, labels in cases(setting, count):
        start = time.perf_counter()
        found = localise(leaves, list(SIZES))
        seconds.append(time.perf_counter() - start)
        said = {frozenset(s.where.items()) for s in found.slices}
        hit, named, planted = hit + len(said & labels), named + len(said), planted + len(labels)
        errors.append(abs(found.broad_effect - setting.board))
    f1 = 2 * hit / (named + planted) if named + planted else 1.0
    return Scored(f1, (named - hit) / count, float(np.mean(errors)), float(np.quantile(seconds, 0.95)))


def large(rng: np.random.Generator) -> pd.DataFrame:
    """50,000 cells of four dimensions."""
    leaves, _ = case(Setting("large", 0.30), rng, {"family": 20, "region": 15, "line": 60, "channel": 4})
    return leaves.iloc[:50_000]


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(
        f"{count} cases each\n\n| setting | F1 | false slices a case | board off by | p95, s |\n|---|---|---|---|---|"
    )
    for setting in SETTINGS:
        s = score(setting, count)
        f1 = f"{s.f1:.3f}" if setting.slices else "–"
        print(
            f"| {setting.name} | {f1} | {s.false_slices:.3f} | {s.board_error:.3f} | {s.p95:.3f} |",
            flush=True,
        )
    leaves = large(np.random.default_rng(3))
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        localise(leaves, list(SIZES))
        seconds.append(time.perf_counter() - start)
    print(f"\n{len(leaves):,} leaves: {max(seconds):.2f} s, slowest of five.")


if __name__ == "__main__":
    main()
