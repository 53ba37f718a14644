"""The risk simulation, 200 items x 18 months x 100,000 draws, against plain numpy doing the same work; and a slider."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from benchmarks.side_by_side import interleaved, ratio, table
from siop.core import add_months
from siop.risks import Exposure, simulate, what_if

ITEMS, MONTHS, DRIVERS, RHO, SEED = 200, 18, 12, 0.3, 11
ROOT = Path(__file__).resolve().parents[1]


def register(items: int = ITEMS) -> list[Exposure]:
    """A register of the size of a large company's: windows anywhere in the horizon, probabilities 5 to 60 %."""
    rng = np.random.default_rng(7)
    made = []
    for number in range(items):
        first = int(rng.integers(0, MONTHS))
        last = int(rng.integers(first, MONTHS))
        likely = float(rng.lognormal(11, 0.8))
        made.append(
            Exposure(
                f"I{number}", -1 if rng.random() < 0.6 else 1, float(rng.uniform(0.05, 0.6)), 0.5 * likely, likely,
                2 * likely, add_months("2026-11", first), add_months("2026-11", last), "triangular",
                f"driver {number % DRIVERS}",
            )
        )  # fmt: skip
    return made


def plain(items: list[Exposure], draws: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same model as one would write it: float64, all at once. (monthly, total, contributions)."""
    rng = np.random.default_rng(SEED)
    names = sorted({e.group or e.id for e in items})
    groups = np.array([names.index(e.group or e.id) for e in items])
    sign = np.array([e.sign for e in items], dtype=float)[:, None]
    p, a, m, b = (
        np.array([getattr(e, name) for e in items])[:, None]
        for name in ("probability", "low", "likely", "high")
    )
    factor = rng.standard_normal((len(names), draws))
    score = sign * np.sqrt(RHO) * factor[groups] + np.sqrt(1 - RHO) * rng.standard_normal((len(items), draws))
    u = ndtr(score)
    v = np.clip((u - (1 - p)) / p, 0, 1)
    left = a + np.sqrt(v * (b - a) * (m - a))
    right = b - np.sqrt((1 - v) * (b - a) * (b - m))
    amounts = sign * np.where(u > 1 - p, np.where(v < (m - a) / (b - a), left, right), 0.0)
    months = [add_months("2026-11", k) for k in range(MONTHS)]
    phases = np.array([[(month in e.months) / len(e.months) for e in items] for month in months])
    monthly = phases @ amounts
    total = amounts.sum(axis=0)
    off = total - total.mean()
    contributions = (amounts - amounts.mean(axis=1, keepdims=True)) @ off / (off @ off)
    return monthly, total, contributions


def works(draws: int) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    items = register()
    base = simulate(items, rho=RHO, draws=draws, seed=SEED)
    moved = replace(items[3], probability=0.9)

    def slide() -> list[float]:
        changed = what_if(base, moved)
        return [changed.percentile(q) for q in (0.1, 0.5, 0.9)]

    return {
        "plain": lambda: plain(items, draws),
        "one": lambda: simulate(items, rho=RHO, draws=draws, seed=SEED, threads=1),
        "two": lambda: simulate(items, rho=RHO, draws=draws, seed=SEED, threads=2),
        "slide": slide,
    }


def peak(name: str, draws: int) -> float:
    """Megabytes that one run adds to the peak of a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.simulate", "--child", name, "--draws", str(draws)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(json.loads(done.stdout)["megabytes"])


def child(name: str, draws: int) -> None:
    """One run in this process; prints what it added to the peak."""
    items = register()
    simulate(items[:5], draws=1_000)  # code and tables that any run needs are loaded before
    before = peak_memory()
    if name == "plain":
        plain(items, draws)
    else:
        simulate(items, rho=RHO, draws=draws, seed=SEED, threads=2 if name == "two" else 1)
    print(json.dumps({"megabytes": (peak_memory() - before) / 1024}))


def peak_memory() -> int:
    """Kilobytes this program held at most; Linux says it apart from what the parent held before the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--child", choices=("plain", "one", "two"))
    told = parser.parse_args()
    if told.child:
        child(told.child, told.draws)
        return
    timed = interleaved(works(told.draws), told.rounds)

    def milliseconds(name: str) -> float:
        return statistics.median(timed[name]) * 1e3

    rows = [
        ("plain numpy, float64, one shot", milliseconds("plain"), 1.0, None),
        ("simulate, one thread", milliseconds("one"), ratio(timed, "one", "plain"), 0.2),
        ("simulate, two threads", milliseconds("two"), ratio(timed, "two", "plain"), 0.2),
        ("one slider moved: P10, P50, P90 again (goal 300 ms)", milliseconds("slide"), None, None),
    ]
    print(table(f"{ITEMS} items, {MONTHS} months, {told.draws:,} draws", rows))
    print()
    base = peak("plain", told.draws)
    print("| what | peak MB added | share | goal |\n|---|---|---|---|")
    print(f"| plain numpy | {base:.0f} | 1.00 | – |")
    for name, label in (("one", "simulate, one thread"), ("two", "simulate, two threads")):
        more = peak(name, told.draws)
        print(f"| {label} | {more:.0f} | {more / base:.2f} | ≤ 0.10 |")


if __name__ == "__main__":
    main()
