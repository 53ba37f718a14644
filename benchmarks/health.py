"""Process health on simulated companies: what each index tells apart, how often it cries wolf, and its power.

python -m benchmarks.health                 the table, 200 companies a case
python -m benchmarks.health --write         and the measured rates into siop/health/thresholds.toml
"""

from __future__ import annotations

import argparse
import re
import time

import numpy as np

from siop.health.board import INDICES, THRESHOLDS, thresholds
from siop.health.measured import Measured
from tests.health.boards import board
from tests.health.companies import PLANTED, company

SICK = 10_000  # seeds of the planted companies start here


def boards(symptom: str | None, seeds: int) -> list[dict[str, Measured]]:
    """The boards of `seeds` companies, healthy or with one symptom planted."""
    if symptom is None:
        return [board(company(seed)) for seed in range(seeds)]
    return [board(company(SICK + seed, PLANTED[symptom])) for seed in range(seeds)]


def measured_rates(seeds: int) -> dict[str, dict[str, float]]:
    """{index: false red and false watch of healthy companies, found red of planted ones, AUC, quantiles}."""
    healthy = boards(None, seeds)
    found = {}
    for index in INDICES:
        limit = thresholds()[index]
        sick = boards("dominance" if index == "unearned_dominance" else index, seeds)
        good, bad = ([b[index] for b in group if b[index].value is not None] for group in (healthy, sick))
        x, y = (np.array([m.value for m in group], dtype=float) for group in (good, bad))
        gap = np.subtract.outer(x, y) * (1 if limit.direction == "higher_better" else -1)
        status = [limit.status(m) for m in good]
        found[index] = {
            "false_red": status.count("red") / len(good),
            "false_watch": status.count("watch") / len(good),
            "found_red": float(np.mean([limit.status(m) == "red" for m in bad])),
            "auc": float((gap > 0).mean() + 0.5 * (gap == 0).mean()),
            "healthy": float(np.median(x)),
            "worst healthy 2 %": float(np.quantile(x, 0.02 if limit.direction == "higher_better" else 0.98)),
            "planted": float(np.median(y)),
            "told": len(good) / seeds,
        }
    return found


def write(rates: dict[str, dict[str, float]], seeds: int) -> None:
    """Put the measured rates beside each threshold."""
    text = THRESHOLDS.read_text(encoding="utf-8")
    for index, rate in rates.items():
        head, rest = text.split(f"[{index}]\n")
        block, *more = rest.split("\n\n", 1)
        block = re.sub(r"\n(false_red|auc|companies) = .*", "", block).rstrip("\n")
        block += f"\nfalse_red = {rate['false_red']:.3f}\nauc = {rate['auc']:.3f}\ncompanies = {seeds}"
        text = f"{head}[{index}]\n{block}\n" + (f"\n{more[0]}" if more else "")
    THRESHOLDS.write_text(text, encoding="utf-8")


def main() -> None:
    """The table, and on demand the file."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=200)
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    started = time.perf_counter()
    rates = measured_rates(given.seeds)
    head = ["index", *next(iter(rates.values()))]
    rows = [[index, *(f"{v:.3f}" for v in rate.values())] for index, rate in rates.items()]
    for cells in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(cells) + " |")
    each = (time.perf_counter() - started) / given.seeds / (len(INDICES) + 1)
    print(f"\n{given.seeds} companies a case, {1000 * each:.0f} ms a company with its board.")
    if given.write:
        write(rates, given.seeds)


if __name__ == "__main__":
    main()
