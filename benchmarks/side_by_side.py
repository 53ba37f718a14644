"""Time several functions in turn, A B C A B C ..., so that the machine's drift hits all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

Timed = dict[str, list[float]]


def interleaved(work: dict[str, Callable[[], object]], rounds: int) -> Timed:
    """Seconds of each function in each round; one round before is not counted."""
    seconds: Timed = {name: [] for name in work}
    for round_number in range(rounds + 1):
        for name, call in work.items():
            begun = time.perf_counter()
            call()
            if round_number:
                seconds[name].append(time.perf_counter() - begun)
    return seconds


def ratio(timed: Timed, name: str, to: str) -> float:
    """Median over the rounds of the time of `name` divided by that of `to` in the same round."""
    return statistics.median(a / b for a, b in zip(timed[name], timed[to], strict=True))


def table(title: str, rows: list[tuple[str, float, float | None, float | None]]) -> str:
    """A Markdown table of (what, median milliseconds, ratio, goal)."""
    lines = [f"### {title}", "", "| what | median ms | ratio | goal |", "|---|---|---|---|"]
    for what, milliseconds, found, goal in rows:
        said = "–" if found is None else f"{found:.2f}x"
        lines.append(
            f"| {what} | {milliseconds:.2f} | {said} | {'–' if goal is None else f'≤ {goal:.2f}x'} |"
        )
    return "\n".join(lines)
