"""Regimes planted and judged: `python -m benchmarks.norm [SEEDS]`.

Eight streams a company, five ways of living with misses: healthy (few, answered), managed (many, answered), decaying
(many, answered less and less), shrinking (answered less because they shrink: the confounder), creep (the tolerance is
quietly doubled after a year, and what it covers is not answered). Beside: two rules that others use, and the months of
history that it takes to see decay.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siop.deviations.decay import Decay, decay
from siop.deviations.norm import Norm, Stream, norm

Floats = npt.NDArray[np.float64]
REGIMES = ("healthy", "managed", "decaying", "shrinking", "creep")
STREAMS, MONTHS, TOLERANCE, SD = 8, 24, 0.10, 0.05
FALL = 0.25  # logits of answering lost with each earlier miss


@dataclass(frozen=True, slots=True)
class Company:
    """The streams of a company that lives one regime, its pooled decay, and their norms."""

    streams: tuple[Stream, ...]
    decay: Decay | None
    norms: tuple[Norm, ...]


def company(regime: str, seed: int, months: int = MONTHS) -> Company:
    """A company of one regime; the same for the same seed."""
    rng = np.random.default_rng([seed, REGIMES.index(regime), months])
    streams = tuple(stream(regime, rng, months) for _ in range(STREAMS))
    pooled = decay((s.out, s.replied, s.size) for s in streams)
    return Company(streams, pooled, tuple(norm(s, decay=pooled) for s in streams))


def stream(regime: str, rng: np.random.Generator, months: int) -> Stream:
    """One stream. Misses are judged against 10 per cent; noise has a standard deviation of 5."""
    bias = {"healthy": np.zeros(months), "shrinking": np.linspace(0.45, 0.13, months)}.get(
        regime, np.full(months, 0.12)
    )
    ratio = rng.choice([-1.0, 1.0]) * (bias + SD * rng.standard_normal(months))
    size = np.abs(ratio) / TOLERANCE
    out = size > 1
    tolerance = np.full(months, TOLERANCE)
    if regime == "creep":
        tolerance[months // 2 :] = 2 * TOLERANCE
    earlier = np.cumsum(out) - out
    logit = np.full(months, 2.2)
    if regime == "decaying":
        logit = 2.2 - FALL * earlier
    if regime == "shrinking":
        logit = -1.0 + 2.5 * np.log(np.maximum(size, 1e-9))
    replied = (rng.random(months) < 1 / (1 + np.exp(-logit))).astype(float)
    replied[np.abs(ratio) <= tolerance] = 0.0
    return Stream(
        ratio, out, np.where(out, replied, np.nan), np.full(months, np.nan), float(tolerance[-1] / TOLERANCE), size,
        tolerance,
    )  # fmt: skip


def states(regime: str, seeds: int, months: int = MONTHS) -> dict[str, float]:
    """{state: share of streams} over so many companies."""
    found = [n.state for seed in range(seeds) for n in company(regime, seed, months).norms]
    return {name: found.count(name) / len(found) for name in sorted(set(found))}


def decays(regime: str, seeds: int, months: int = MONTHS, offset: int = 0) -> float:
    """Share of companies of which it is said that answers decay."""
    found = (company(regime, offset + seed, months).decay for seed in range(seeds))
    return sum(d is not None and d.decays for d in found) / seeds


def often(s: Stream) -> bool:
    """A rule in use: more than half of the last six months out of tolerance."""
    return float(s.out[-6:].mean()) > 0.5


def tracking(s: Stream) -> bool:
    """A rule in use: Brown's tracking signal over twelve months beyond 4."""
    error = s.ratio[-12:]
    return bool(abs(error.sum()) > 4 * np.abs(error).mean())


def main() -> None:
    """Print the tables."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{seeds} companies of {STREAMS} streams, {MONTHS} months\n")
    print(
        "| regime | normal | managed | tolerated | normalised | answers decay | breaches > half | tracking signal > 4 |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for regime in REGIMES:
        share = states(regime, seeds)
        cells = [f"{share.get(s, 0):.3f}" for s in ("normal", "managed", "tolerated", "normalised")]
        streams = [s for seed in range(seeds) for s in company(regime, seed).streams]
        cells += [f"{decays(regime, seeds):.3f}", f"{np.mean([often(s) for s in streams]):.3f}",
                  f"{np.mean([tracking(s) for s in streams]):.3f}"]  # fmt: skip
        print(f"| {regime} | " + " | ".join(cells) + " |", flush=True)
    print(
        "\n| months of history | power | false, constant answers | false, shrinking misses |\n|---|---|---|---|"
    )
    for months in (9, 12, 15, 18, 24, 36):
        cells = [f"{decays(r, seeds, months):.2f}" for r in ("decaying", "managed", "shrinking")]
        print(f"| {months} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
