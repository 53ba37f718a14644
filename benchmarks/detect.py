"""The control chart of the deviations room, by simulation: `python -m benchmarks.detect [--write]`.

--write makes the table of limits anew (siop/deviations/limits.json), about two minutes: for each number of baseline
months, limits with which 5 % of unchanged streams signal in twelve months, for the whole procedure as it is shipped.
Without it, what the shipped limits do: false alarms and shifts caught, for normal, heavy-tailed and autocorrelated
noise; the textbook charts beside; and the list of SKUs: how many of those named are wrong.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from siop.core import add_months
from siop.deviations.detect import WINDOW, Chart, chart, chart_ratios, widening
from siop.deviations.limits import FALSE_ALARMS, TABLE
from siop.deviations.skus import judge_skus

Floats = npt.NDArray[np.float64]
BASELINES = (8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 27, 30, 36, 42, 48)
SERIES = 400_000
BATCH = 20_000
SHEWHART_SHARE = (
    0.15  # of the EWMA's own false alarms: the EWMA finds the shifts, Shewhart only the very large months
)
NOISES = ("normal", "t4", "ar.3", "ar.6")


def months(count: int) -> tuple[str, ...]:
    return tuple(add_months("2020-01", n) for n in range(count))


def noise(kind: str, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Standardised noise: normal, t with 4 degrees of freedom, gamma, or first-order autocorrelated (ar.3)."""
    if kind == "t4":
        return np.asarray(rng.standard_t(4, shape) / np.sqrt(2))
    if kind == "gamma":
        return np.asarray((rng.gamma(4, 1, shape) - 4) / 2)
    found = rng.standard_normal(shape)
    if kind.startswith("ar"):
        rho = float(kind[2:])
        for t in range(1, shape[1]):
            found[:, t] = rho * found[:, t - 1] + np.sqrt(1 - rho**2) * found[:, t]
    return np.asarray(found)


def largest(baseline: int, rng: np.random.Generator, series: int) -> tuple[Floats, Floats]:
    """Largest |z| and largest |ewma| in its own deviations, of unchanged streams in twelve months."""
    points, smooths = [], []
    for _ in range(0, series, BATCH):
        values = noise("normal", rng, (BATCH, baseline + WINDOW)) * 0.05
        found = chart_ratios(values, months(baseline + WINDOW), calibrated=False, least=min(baseline, 12))
        spread = found.spread * widening(found.rho)[:, None]
        points.append(np.nanmax(np.abs(found.z), axis=1))
        beside = np.sign(found.ewma) == np.sign(found.z)
        smooths.append(np.nanmax(np.where(beside, np.abs(found.ewma) / spread, 0), axis=1))
    return np.concatenate(points), np.concatenate(smooths)


def calibrate(baseline: int, series: int = SERIES, seed: int = 1) -> tuple[float, float]:
    """(Shewhart limit, EWMA limit) with which FALSE_ALARMS of unchanged streams signal in twelve months.

    Bisection on the EWMA's own share of false alarms; the Shewhart chart gets SHEWHART_SHARE of it.
    """
    points, smooths = largest(baseline, np.random.default_rng([seed, baseline]), series)
    low, high = 1e-4, FALSE_ALARMS
    for _ in range(40):
        share = (low + high) / 2
        pair = (
            float(np.quantile(points, 1 - share * SHEWHART_SHARE)),
            float(np.quantile(smooths, 1 - share)),
        )
        alarms = ((points > pair[0]) | (smooths > pair[1])).mean()
        low, high = (low, share) if alarms > FALSE_ALARMS else (share, high)
    return pair


def write(series: int = SERIES) -> None:
    """Make the table of limits anew."""
    rows = []
    for baseline in BASELINES:
        shewhart, smooth = calibrate(baseline, series)
        rows.append([baseline, round(shewhart, 3), round(smooth, 3)])
        print(rows[-1], flush=True)
    told = {
        "what": "Baseline months, Shewhart limit, EWMA(0.3) limit: 5 % of unchanged streams signal in twelve months",
        "made_by": "python -m benchmarks.detect --write",
        "series": series,
        "limits": rows,
    }
    text = json.dumps(told, indent=1).replace("\n   ", " ").replace("\n  ]", " ]")
    TABLE.write_text(text + "\n", encoding="utf-8")


def watched(
    kind: str,
    baseline: int,
    series: int,
    shift: float = 0.0,
    at: int = 0,
    length: int = WINDOW,
    seed: int = 2,
) -> npt.NDArray[np.bool_]:
    """Signals (series, 12) of streams that shift by `shift` deviations in watched month `at`, for `length` months."""
    rng = np.random.default_rng([seed, baseline])
    found = noise(kind, rng, (series, baseline + WINDOW))
    found[:, baseline + at : baseline + at + length] += shift
    return chart_ratios(found * 0.05, months(baseline + WINDOW)).signal[:, -WINDOW:]


def false_alarms(kind: str, baseline: int, series: int = BATCH) -> float:
    """Share of unchanged streams that signal at least once in twelve months."""
    return float(watched(kind, baseline, series).any(axis=1).mean())


def caught(baseline: int, shift: float, within: int, series: int = BATCH, at: int = 0) -> float:
    """Share of lasting shifts that signal within so many months."""
    return float(watched("normal", baseline, series, shift, at)[:, at : at + within].any(axis=1).mean())


def xmr(x: npt.ArrayLike) -> tuple[float, float, float, float]:
    """(mean, mean moving range, lower, upper): the textbook individuals chart, to compare with.

    Source: NIST/SEMATECH e-Handbook 6.3.2.2; limits mean +/- 3 mean moving range / 1.128.
    """
    values = np.asarray(x, dtype=np.float64)
    mean, moving = float(values.mean()), float(np.abs(np.diff(values)).mean())
    return mean, moving, mean - 3 * moving / 1.128, mean + 3 * moving / 1.128


def cusum(z: npt.ArrayLike, k: float = 0.5, start: float = 0.0) -> Floats:
    """Upper cumulative sums max(0, C + z - k) along the last axis, from `start`: textbook, to compare with."""
    values = np.asarray(z, dtype=np.float64)
    found, held = np.empty(values.shape), np.full(values.shape[:-1], start)
    for t in range(values.shape[-1]):
        held = np.maximum(0.0, held + values[..., t] - k)
        found[..., t] = held
    return found


def textbook(kind: str, baseline: int, chart_of: str, series: int = 4_000, seed: int = 3) -> float:
    """False alarms in twelve months of a textbook chart with its limits from `baseline` months."""
    rng = np.random.default_rng([seed, baseline])
    found = noise(kind, rng, (series, baseline + WINDOW))
    first, rest = found[:, :baseline], found[:, baseline:]
    sigma = np.abs(np.diff(first, axis=1)).mean(axis=1) / 1.128
    z = (rest - first.mean(axis=1)[:, None]) / sigma[:, None]
    if chart_of == "XmR, 3 sigma":
        return float((np.abs(z) > 3).any(axis=1).mean())
    both = np.maximum(cusum(z), cusum(-z))
    return float((both > 5).any(axis=1).mean())


def sku_panel(
    baseline: int, kind: str, rng: np.random.Generator, skus: int = 3_000, moved: int = 60, size: float = 4.0
) -> tuple[Chart, npt.NDArray[np.bool_]]:
    """A chart of SKUs whose last month has moved for some of them, and which; spreads vary by e^(0.35 N)."""
    spread = 0.1 * np.exp(0.35 * rng.standard_normal(skus))
    values = noise(kind, rng, (skus, baseline + WINDOW)) * spread[:, None]
    truth = np.zeros(skus, bool)
    truth[rng.choice(skus, moved, replace=False)] = True
    values[truth, -1] += size * spread[truth] * rng.choice([-1, 1], moved)
    return chart_ratios(values, months(baseline + WINDOW)), truth


def false_discoveries(baseline: int, kind: str, repeats: int = 20, seed: int = 4) -> tuple[float, float]:
    """(mean share of named SKUs that had not moved, share of moved SKUs that were named)."""
    rng = np.random.default_rng([seed, baseline])
    wrong, power = [], []
    for _ in range(repeats):
        found, truth = sku_panel(baseline, kind, rng)
        named = judge_skus(found).named
        wrong.append((named & ~truth).sum() / max(named.sum(), 1))
        power.append((named & truth).sum() / truth.sum())
    return float(np.mean(wrong)), float(np.mean(power))


def main() -> None:
    """Print the tables."""
    if "--write" in sys.argv[1:]:
        return write()
    print("| baseline months | " + " | ".join(f"false alarms, {k}" for k in NOISES), end=" | ")
    print("2 sd in 3 | 2 sd in 6 | 2 sd late, in 6 | 3 sd in 3 | 4 sd at once | XmR | CUSUM 5 |")
    print("|" + "---|" * 12)
    for m in (12, 24, 36, 48):
        cells = [f"{false_alarms(k, m, 2 * BATCH):.3f}" for k in NOISES]
        cells += [f"{caught(m, 2, w):.2f}" for w in (3, 6)] + [f"{caught(m, 2, 6, at=6):.2f}"]
        cells += [f"{caught(m, 3, 3):.2f}", f"{caught(m, 4, 1):.2f}"]
        cells += [f"{textbook('normal', m, c):.3f}" for c in ("XmR, 3 sigma", "CUSUM 5")]
        print(f"| {m} | " + " | ".join(cells) + " |", flush=True)
    print("\n| SKUs named at q = 0.10 | wrong | found (4 sd) |\n|---|---|---|")
    for m, kind in ((12, "normal"), (24, "normal"), (36, "normal"), (24, "t4"), (24, "ar.3")):
        wrong, found = false_discoveries(m, kind)
        print(f"| {m} months, {kind} | {wrong:.3f} | {found:.2f} |", flush=True)
    rng = np.random.default_rng(5)
    plan = np.full((5_000, 36), 100.0)
    actual = plan * np.exp(0.1 * rng.standard_normal(plan.shape))
    best = min(timed(lambda: judge_skus(chart(actual, plan, months(36)))) for _ in range(5))
    print(f"\nCharts and list of 5,000 SKUs x 36 months: {best:.3f} s, best of five.")
    return None


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
