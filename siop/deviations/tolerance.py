"""Does it matter? The tolerance of a family and measure, month by month, and the one it was first given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from siop.ledger import State
from siop.ledger.state import ToleranceView
from siop.warehouse import Snapshot

Floats = npt.NDArray[np.float64]
FLOOR = 0.05  # least derived tolerance, a fraction of plan
QUANTILE = 0.8  # a derived tolerance holds four of five months of its first two years
DERIVED_MONTHS = 24
_SQL = (Path(__file__).parent / "sql" / "policies.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Of one stream. pct (t,) in force in each month, a fraction of |plan|; absolute (t,) in units or NaN.

    original: the first one; source: ledger, policy or derived; changes: the ledger's entries, oldest first.
    """

    pct: Floats
    absolute: Floats
    original: float
    original_absolute: float | None
    source: str
    changes: tuple[ToleranceView, ...]

    def allowed(self, plan: Floats) -> Floats:
        """(t,) how far actual may be from plan: the larger of per cent of |plan| and the absolute amount."""
        return np.fmax(self.pct * np.abs(plan), self.absolute)

    def allowed_at_first(self, plan: Floats) -> Floats:
        """(t,) the same under the original tolerance."""
        absolute = np.nan if self.original_absolute is None else self.original_absolute
        return np.fmax(self.original * np.abs(plan), absolute)

    @property
    def growth(self) -> float | None:
        """Tolerance now / original; None where the original is zero."""
        return float(self.pct[-1] / self.original) if len(self.pct) and self.original > 0 else None


def policies(snapshot: Snapshot) -> dict[str, tuple[float, float | None]]:
    """{family: (tolerance as a fraction, absolute or None)} of the policies table."""
    if "policies" not in snapshot.tables:
        return {}
    return {
        str(family): (pct / 100, absolute)
        for family, pct, absolute in snapshot.rows(_SQL)
        if family is not None and pct is not None
    }


def tolerance_of(
    state: State,
    policy: dict[str, tuple[float, float | None]],
    family: str,
    measure: str,
    months: Sequence[str],
    ratio: Floats,
) -> Tolerance:
    """The tolerance of a stream: what the ledger says from month to month, before it the policy, else derived.

    The original is the policy where it was in force before the ledger's first entry, the tighter of both; so that
    a widening never becomes the yardstick it is judged by.

    Args: ratio: (t,) (actual - plan)/plan, to derive a tolerance where nobody set one.
    """
    said = [t for t in state.tolerances if t.family == family and t.measure == measure]
    said = said or [t for t in state.tolerances if t.family == family and t.measure in ("", "all")]
    said.sort(key=lambda t: (t.valid_from, t.seq))
    first = policy.get(family)
    if first is None and not said:
        value = derived(ratio)
        pct = np.full(len(months), value)
        return Tolerance(pct, np.full(len(months), np.nan), value, None, "derived", ())
    start = first or (said[0].pct / 100, said[0].abs)
    pct, absolute = (
        np.full(len(months), start[0]),
        np.full(len(months), np.nan if start[1] is None else start[1]),
    )
    for entry in said:
        later = np.array([m >= entry.valid_from for m in months], dtype=bool)
        pct[later] = entry.pct / 100
        absolute[later] = np.nan if entry.abs is None else entry.abs
    original = start
    if said and first is not None:
        before = (said[0].pct / 100, said[0].abs)
        original = min(first, before, key=lambda t: t[0])
    return Tolerance(pct, absolute, original[0], original[1], "ledger" if said else "policy", tuple(said))


def derived(ratio: Floats) -> float:
    """max(5 %, 80th percentile of |deviation ratio| of the first 24 known months), rounded to a point."""
    known = np.abs(ratio[np.isfinite(ratio)])[:DERIVED_MONTHS]
    return max(FLOOR, round(float(np.quantile(known, QUANTILE)), 2)) if len(known) else FLOOR
