"""How long a person waits until what they said is on the disk: p50, p95, p99 of an append, alone and fifty at once.

The disk is synchronised at every entry (WAL, FULL); the goal is a p95 of 50 ms or less.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

from siop.core import StaleForm
from siop.ledger import Ledger, NotSaved, payload_of

GOAL = 50.0


def payload(number: int, thread: int):
    return payload_of(
        "comment", {"coordinates": {"metric": "revenue", "scope": {}}, "text": f"{thread}/{number}"}
    )


def waits(ledger: Ledger, thread: int, count: int, told: list[float], refused: list[str]) -> None:
    """Append `count` entries, one after the other; the milliseconds of each."""
    for number in range(count):
        start = time.perf_counter()
        try:
            ledger.append(payload(number, thread), by=f"p{thread}", idem=f"{thread}-{number}")
        except (NotSaved, StaleForm) as error:
            refused.append(str(error))
        told.append((time.perf_counter() - start) * 1000)


def quantiles(values: list[float]) -> tuple[float, float, float]:
    cuts = statistics.quantiles(values, n=100)
    return cuts[49], cuts[94], cuts[98]


def main() -> None:
    """Print both, and how many were refused and are whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=500)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to be measured")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        ledger = Ledger(f"sqlite:///{folder}/ledger.sqlite", keys=Path(folder) / "keys")
        rows = []
        for people, each in ((1, args.entries), (args.people, max(1, args.entries // args.people))):
            told: list[float] = []
            refused: list[str] = []
            threads = [
                threading.Thread(target=waits, args=(ledger, people * 100 + n, each, told, refused))
                for n in range(people)
            ]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
            p50, p95, p99 = quantiles(told)
            rows.append((people, len(told), f"{p50:.1f}", f"{p95:.1f}", f"{p99:.1f}", len(refused)))
        found = ledger.verify()
        ledger.close()
    print("| people at once | entries | p50 ms | p95 ms | p99 ms | not saved |\n|---|---|---|---|---|---|")
    print("\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows))
    print(
        f"\nGoal: p95 of one person {GOAL:.0f} ms or less. Chain whole: {found['ok']}, {found['entries']} entries."
    )


if __name__ == "__main__":
    main()
